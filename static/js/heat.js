// The heatmap: where energy, money, sessions or use come from, as a canvas of its own between the ground and the markers.
// Zoom and colours are the original's. What differs: the colours run from nothing to the hottest spot of the present
// zoom, so the legend can say real numbers. How values become heat stands in heat_field.js.
import { filter, narrow } from "./filters.js";
import { ceilingOf, fieldOf, gather } from "./heat_field.js";
import { on } from "./live.js";
import { language, number, say } from "./words.js";

const L = window.L;
const MAX_ZOOM = 13; // from here on the scale of an amount stays: closer shows more of the same numbers
const GRADIENT = [[0, "#0000ff"], [0.25, "#00d4ff"], [0.5, "#00ff00"], [0.75, "#ffff00"], [1, "#ff0000"]];
const REFRESH_MS = 60_000;

function canvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  return made;
}

function paletteOf() {
  const made = canvas(256, 1);
  const ink = made.getContext("2d");
  const run = ink.createLinearGradient(0, 0, 256, 0);
  for (const [at, colour] of GRADIENT) run.addColorStop(at, colour);
  ink.fillStyle = run;
  ink.fillRect(0, 0, 256, 1);
  return ink.getImageData(0, 0, 256, 1).data;
}

const Heat = L.Layer.extend({
  onAdd(map) {
    const pane = map.getPane("heat") ?? map.createPane("heat");
    this.canvas = canvas(0, 0);
    this.canvas.className = "heat";
    this.canvas.setAttribute("aria-hidden", "true");
    pane.append(this.canvas);
    this.palette ??= paletteOf();
    map.on("moveend zoomend resize", this.draw, this);
    map.on("zoomstart", this.hide, this);
    this.draw();
  },
  onRemove(map) {
    this.canvas.remove();
    map.off("moveend zoomend resize", this.draw, this);
    map.off("zoomstart", this.hide, this);
  },
  hide() {
    this.canvas.classList.add("away");
  },
  show({ points, weight }, told) {
    this.points = points;
    this.mean = weight === "utilisation"; // a share of time is averaged, an amount is added
    this.told = told;
    if (this._map) this.draw();
  },
  draw() {
    const map = this._map;
    const { x: width, y: height } = map.getSize();
    this.canvas.width = width;
    this.canvas.height = height;
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    this.canvas.classList.remove("away");
    if (!this.points?.length || !width || !height) return this.told?.(0);
    const zoom = map.getZoom();
    const placed = (scale) => this.points.map(([lat, lon, value]) => [map.project([lat, lon], scale), value]);
    const cells = gather(placed(zoom));
    const stays = zoom > MAX_ZOOM && !this.mean;
    const ceiling = ceilingOf(stays ? gather(placed(MAX_ZOOM)) : cells, this.mean);
    const field = fieldOf(cells, map.project(map.containerPointToLatLng([0, 0]), zoom), { width, height, ceiling, mean: this.mean });
    const ink = this.canvas.getContext("2d", { willReadFrequently: true });
    const picture = ink.createImageData(width, height);
    for (let at = 0; at < field.length; at += 1) {
      const heat = Math.min(255, Math.round(255 * field[at]));
      if (!heat) continue;
      picture.data.set(this.palette.subarray(heat * 4, heat * 4 + 3), at * 4);
      picture.data[at * 4 + 3] = Math.min(255, 60 + heat * 0.9);
    }
    ink.putImageData(picture, 0, 0);
    this.told?.(ceiling);
  },
});

function spoken(value, { weight, currency }) {
  if (weight === "energy") return value >= 1e7 ? `${number(value / 1e6, 2)} MWh` : `${number(value / 1000, value < 1e5 ? 1 : 0)} kWh`;
  if (weight === "revenue") {
    if (currency !== "KRW") return `${number(value, 2)} ${currency}`;
    return language === "ko" ? `${number(value, 0)}원` : `₩${number(value, 0)}`;
  }
  if (weight === "sessions") return number(value, value < 10 ? 1 : 0);
  return `${number(value, value < 1 ? 2 : 1)} %`;
}

export function addHeat(map) {
  const button = document.getElementById("heat");
  const panel = document.getElementById("heat-panel");
  const legend = document.getElementById("heat-legend");
  const note = document.getElementById("heat-note");
  const select = document.getElementById("heat-weight");
  const layer = new Heat();
  let told = null;
  let last = "";
  let asked = 0;

  function read() {
    return { weight: filter("heat"), days: filter("days") };
  }

  function explain(ceiling) {
    if (!told) return;
    const empty = !told.points.length;
    legend.hidden = empty;
    for (const label of legend.querySelectorAll("[data-part]")) label.textContent = spoken(ceiling * Number(label.dataset.part), told);
    const total = told.points.reduce((sum, point) => sum + point[2], 0);
    const text = empty
      ? say("heat_none")
      : say(told.weight === "utilisation" ? "heat_mean" : "heat_total", {
          total: spoken(told.weight === "utilisation" ? total / told.points.length : total, told),
          n: number(told.points.length, 0),
          name: told.points[0][3],
          most: spoken(told.points[0][2], told),
        });
    if (note.textContent !== text) note.textContent = text;
  }

  async function fetchIt() {
    const mine = ++asked;
    const query = new URLSearchParams(new FormData(document.getElementById("filters")));
    try {
      const answer = await fetch(`/map/heat.json?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      told = await answer.json();
      layer.show(told, explain);
    } catch {
      if (mine === asked) note.textContent = say("network");
    }
  }

  function settle() {
    const { weight, days } = read();
    const shown = Boolean(weight);
    button.setAttribute("aria-pressed", String(shown));
    panel.hidden = !shown;
    map.getContainer().classList.toggle("heat-on", shown);
    if (weight) select.value = weight;
    for (const each of document.querySelectorAll("[data-heat-days]")) each.setAttribute("aria-pressed", String(each.dataset.heatDays === days));
    if (shown && !map.hasLayer(layer)) layer.addTo(map);
    if (!shown && map.hasLayer(layer)) layer.remove();
    const query = new URLSearchParams(new FormData(document.getElementById("filters")));
    query.delete("charger");
    if (shown && String(query) !== last) fetchIt();
    last = shown ? String(query) : "";
  }

  button.addEventListener("click", () => narrow({ heat: filter("heat") ? "" : select.value }));
  select.addEventListener("change", () => narrow({ heat: select.value }));
  panel.addEventListener("click", (event) => {
    const each = event.target.closest("[data-heat-days]");
    if (each) narrow({ days: each.dataset.heatDays });
  });
  document.body.addEventListener("filter", settle);
  document.body.addEventListener("heat", settle);
  on("resync", () => filter("heat") && fetchIt());
  setInterval(() => filter("heat") && !document.hidden && fetchIt(), REFRESH_MS);
  settle();
}
