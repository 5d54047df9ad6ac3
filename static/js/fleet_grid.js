export const CLOSE = 18; // from this zoom on single chargers are told apart

// Clusters for chargers that do not move. The cell of every charger is worked out once per zoom; afterwards a change of
// status is a few integer steps per zoom, whatever the size of the fleet. Nothing is ever clustered again.
export class FleetGrid {
  // lats, lons: degrees; codes: status of each, 0 .. codeCount-1; `hidden` is the code that is counted but not shown.
  constructor(lats, lons, codes, { minZoom = 3, maxZoom = 19, codeCount = 6, hidden = 5, cellPx = cellSize, merge = 0.75 } = {}) {
    Object.assign(this, { n: lats.length, minZoom, maxZoom, codeCount, hidden, codes });
    this.x = new Float64Array(this.n);
    this.y = new Float64Array(this.n);
    for (let i = 0; i < this.n; i++) [this.x[i], this.y[i]] = world(lats[i], lons[i]);
    this.levels = [];
    for (let zoom = minZoom; zoom <= maxZoom; zoom++) this.levels.push(this.#level((256 * 2 ** zoom) / cellPx(zoom), merge));
  }

  level(zoom) {
    const clamped = Math.max(this.minZoom, Math.min(this.maxZoom, Math.floor(zoom)));
    return this.levels[clamped - this.minZoom];
  }

  setCode(index, code) {
    const old = this.codes[index];
    if (old === code) return false;
    this.codes[index] = code;
    for (const level of this.levels) {
      const base = level.cellOf[index] * this.codeCount;
      level.counts[base + old]--;
      level.counts[base + code]++;
    }
    return true;
  }

  countsOf(level, cell) {
    return level.counts.subarray(cell * this.codeCount, (cell + 1) * this.codeCount);
  }

  shown(level, cell) {
    let total = 0;
    for (let code = 0; code < this.codeCount; code++)
      if (code !== this.hidden) total += level.counts[cell * this.codeCount + code];
    return total;
  }

  // Cells with something to show whose centre lies within the world bounds.
  visible(level, west, north, east, south) {
    const found = [];
    for (let cell = 0; cell < level.size; cell++) {
      const x = level.x[cell];
      const y = level.y[cell];
      if (x >= west && x <= east && y >= north && y <= south && this.shown(level, cell)) found.push(cell);
    }
    return found;
  }

  members(level, cell) {
    level.members ??= group(level.cellOf, level.size);
    return level.members[cell];
  }

  #level(k, merge) {
    const cells = new Map();
    const cellOf = new Int32Array(this.n);
    for (let i = 0; i < this.n; i++) {
      const key = keyOf(Math.floor(this.x[i] * k), Math.floor(this.y[i] * k));
      let cell = cells.get(key);
      if (cell === undefined) cells.set(key, (cell = cells.size));
      cellOf[i] = cell;
    }
    const size = cells.size;
    this.#mergeNear(cellOf, size, cells, k, merge);
    const counts = new Uint32Array(size * this.codeCount);
    const x = new Float64Array(size);
    const y = new Float64Array(size);
    const total = new Uint32Array(size);
    for (let i = 0; i < this.n; i++) {
      const cell = cellOf[i];
      counts[cell * this.codeCount + this.codes[i]]++;
      x[cell] += this.x[i];
      y[cell] += this.y[i];
      total[cell]++;
    }
    for (let cell = 0; cell < size; cell++) {
      if (!total[cell]) continue;
      x[cell] /= total[cell];
      y[cell] /= total[cell];
    }
    return { cellOf, size, counts, x, y, total, members: null };
  }

  // Neighbouring cells whose centres would overlap on screen become one: no borders of the grid show.
  #mergeNear(cellOf, size, cells, k, merge) {
    const x = new Float64Array(size);
    const y = new Float64Array(size);
    const total = new Uint32Array(size);
    for (let i = 0; i < this.n; i++) {
      x[cellOf[i]] += this.x[i];
      y[cellOf[i]] += this.y[i];
      total[cellOf[i]]++;
    }
    const parent = new Int32Array(size);
    for (let cell = 0; cell < size; cell++) {
      x[cell] /= total[cell];
      y[cell] /= total[cell];
      parent[cell] = cell;
    }
    const near = (merge / k) ** 2;
    const done = new Uint8Array(size);
    const largestFirst = Array.from({ length: size }, (_, cell) => cell).sort((a, b) => total[b] - total[a]);
    for (const cell of largestFirst) {
      if (done[cell]) continue;
      done[cell] = 1;
      const column = Math.floor(x[cell] * k);
      const row = Math.floor(y[cell] * k);
      for (let across = -1; across <= 1; across++)
        for (let down = -1; down <= 1; down++) {
          const other = cells.get(keyOf(column + across, row + down));
          if (other === undefined || other === cell || done[other]) continue;
          if ((x[other] - x[cell]) ** 2 + (y[other] - y[cell]) ** 2 >= near) continue;
          parent[other] = cell;
          done[other] = 1;
        }
    }
    for (let i = 0; i < this.n; i++) cellOf[i] = parent[cellOf[i]];
  }
}

// Web Mercator, 0 .. 1 from west to east and north to south.
export function world(lat, lon) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [(lon + 180) / 360, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

export function toLatLon(x, y) {
  return [(Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI, x * 360 - 180];
}

function cellSize(zoom) {
  return zoom >= CLOSE ? 24 : 64;
}

function keyOf(column, row) {
  return column * 67108864 + row;
}

function group(cellOf, size) {
  const members = Array.from({ length: size }, () => []);
  for (let i = 0; i < cellOf.length; i++) members[cellOf[i]].push(i);
  return members;
}
