// How values at places become heat between them: an amount (energy, money, sessions) adds up, exactly and whatever is drawn
// first; a share (of time in use) is averaged over the chargers that reach a spot, so that no place is hotter than the
// hottest charger. Radius and blur are the original's. Nothing here knows the map.
const RADIUS = 25;
const BLUR = 15;
const REACH = RADIUS + BLUR;
const CELL = RADIUS / 2;
const FAINTEST = 0.05; // of the hottest spot: what is there is seen

// How much of a point's value counts at a distance in pixels: all of it near, half at the radius, none at the reach.
function share(distance) {
  const t = Math.min(1, Math.max(0, (distance - (RADIUS - BLUR)) / (2 * BLUR)));
  return 1 - t * t * (3 - 2 * t);
}

// Points near each other as one, at the middle of their weight: { x, y, sum, count } in pixels.
export function gather(points) {
  const cells = new Map();
  for (const [{ x, y }, value] of points) {
    const key = `${Math.floor(x / CELL)}:${Math.floor(y / CELL)}`;
    const cell = cells.get(key);
    if (!cell) cells.set(key, { x, y, sum: value, count: 1 });
    else {
      const sum = cell.sum + value;
      cell.x = (cell.x * cell.sum + x * value) / sum;
      cell.y = (cell.y * cell.sum + y * value) / sum;
      cell.sum = sum;
      cell.count += 1;
    }
  }
  return cells;
}

// The mean of what reaches a spot: `sum` of the values of `count` chargers. Where less than one place reaches (`cover`), it fades.
function meanOf(sum, count, cover) {
  return count ? (sum / count) * Math.min(1, cover) : 0;
}

// The hottest spot: the greatest heat in the middle of a cell.
export function ceilingOf(cells, mean) {
  const span = Math.ceil(REACH / CELL);
  let highest = 0;
  for (const [key, { x, y }] of cells) {
    const [column, row] = key.split(":").map(Number);
    let sum = 0;
    let [count, cover] = [0, 0];
    for (let dx = -span; dx <= span; dx += 1)
      for (let dy = -span; dy <= span; dy += 1) {
        const near = cells.get(`${column + dx}:${row + dy}`);
        if (!near) continue;
        const counts = share(Math.hypot(near.x - x, near.y - y));
        sum += near.sum * counts;
        count += near.count * counts;
        cover += counts;
      }
    highest = Math.max(highest, mean ? meanOf(sum, count, cover) : sum);
  }
  return highest;
}

// The same by whole pixels, row by row: what a picture is made of.
const SIDE = 2 * REACH + 1;
const STAMP = Float32Array.from({ length: SIDE * SIDE }, (_, at) => share(Math.hypot((at % SIDE) - REACH, Math.floor(at / SIDE) - REACH)));

// The heat of every pixel of a picture that begins at `origin`, row by row, as a share of `ceiling`.
export function fieldOf(cells, origin, { width, height, ceiling, mean }) {
  const sums = new Float32Array(width * height);
  const [counts, covers] = mean ? [new Float32Array(width * height), new Float32Array(width * height)] : [];
  for (const { x, y, sum, count } of cells.values()) {
    const [left, top] = [Math.round(x - origin.x) - REACH, Math.round(y - origin.y) - REACH];
    const value = Math.max(FAINTEST * (mean ? count : 1), sum / ceiling);
    const [first, end] = [Math.max(0, left), Math.min(width, left + SIDE)];
    for (let row = Math.max(0, top); row < Math.min(height, top + SIDE); row += 1) {
      let stamp = (row - top) * SIDE + first - left;
      for (let at = row * width + first; at < row * width + end; at += 1, stamp += 1) {
        sums[at] += value * STAMP[stamp];
        if (!mean) continue;
        counts[at] += count * STAMP[stamp];
        covers[at] += STAMP[stamp];
      }
    }
  }
  if (mean) for (let at = 0; at < sums.length; at += 1) sums[at] = meanOf(sums[at], counts[at], covers[at]);
  return sums;
}
