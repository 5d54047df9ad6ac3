// The map: rings for groups of chargers, glyphs for single ones, over the ground. Only what is in sight is in the page.
import { addCoast, addNames, addTiles, addZoom } from "./basemap.js";
import { filter, narrow } from "./filters.js";
import { STATUSES, fleet, load } from "./fleet.js";
import { CLOSE, FleetGrid, toLatLon, world } from "./fleet_grid.js";
import { addHeat } from "./heat.js";
import { chargerIcon, ringIcon } from "./markers.js";
import { current, select } from "./selection.js";

const L = window.L;
const HIDDEN = STATUSES.length;
const UNAVAILABLE = STATUSES.indexOf("unavailable");
const ISLAND = [[33.17, 126.13], [33.585, 126.985]];
const box = document.getElementById("map");
const rare = document.getElementById("legend-unavailable"); // explained while there is one
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const small = matchMedia("(max-width: 767px)");

const map = L.map(box, { zoomControl: false, zoomSnap: 0.25, minZoom: 5, maxZoom: 20, zoomAnimation: !still, fadeAnimation: !still });
map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
addZoom(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);

let grid = null;
let ids = [];
let indexOf = new Map();
let hovered = "";
let placeNames = () => {};
let queued = false;
let moved = false; // once a hand has moved the map, or a saved view did, it stays where it was put
const shown = new Map(); // key of a cell -> { marker, signature }

function padding() {
  return small.matches ? { paddingTopLeft: [4, 64], paddingBottomRight: [4, current() ? 330 : 70] } : { padding: [8, 8] };
}

function closePadding() {
  return small.matches ? { paddingTopLeft: [40, 110], paddingBottomRight: [90, current() ? 340 : 110] } : { paddingTopLeft: [60, 60], paddingBottomRight: [110, 64] };
}

if (boxed()) moved = true;
else map.fitBounds(ISLAND, padding());

// A filter hides markers and rows alike.
function passes(charger) {
  if (filter("status") && charger.status !== filter("status")) return false;
  if (filter("site") && charger.location_id !== filter("site")) return false;
  if (filter("category") && charger.category !== filter("category")) return false;
  const wanted = filter("q").toLowerCase();
  if (!wanted) return true;
  return [charger.station_id, charger.name, charger.location_name, charger.location_name_en].some((text) => text?.toLowerCase().includes(wanted));
}

function codeOf(charger) {
  return passes(charger) ? STATUSES.indexOf(charger.status) : HIDDEN;
}

function rebuild() {
  const placed = [...fleet.all()].filter((each) => Number.isFinite(each.lat) && Number.isFinite(each.lon));
  ids = placed.map((each) => each.station_id);
  indexOf = new Map(ids.map((id, index) => [id, index]));
  grid = new FleetGrid(placed.map((each) => each.lat), placed.map((each) => each.lon), Uint8Array.from(placed, codeOf), { hidden: HIDDEN, codeCount: HIDDEN + 1, minZoom: 5, maxZoom: 20 });
  for (const { marker } of shown.values()) marker.remove();
  shown.clear();
}

function recode(chargers) {
  for (const charger of chargers) {
    const index = indexOf.get(charger.station_id);
    if (index !== undefined) grid.setCode(index, codeOf(charger));
  }
}

function drawSoon() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    draw();
  });
}

function draw() {
  if (!grid) return;
  const zoom = Math.floor(map.getZoom());
  const level = grid.level(zoom);
  const bounds = map.getBounds().pad(0.15);
  const [west, north] = world(bounds.getNorth(), bounds.getWest());
  const [east, south] = world(bounds.getSouth(), bounds.getEast());
  const keep = new Set();
  const taken = [];
  for (const cell of grid.visible(level, west, north, east, south)) {
    const key = `${zoom}:${cell}`;
    keep.add(key);
    const at = toLatLon(level.x[cell], level.y[cell]);
    taken.push(map.latLngToContainerPoint(at));
    place(key, at, describe(level, cell));
  }
  for (const [key, { marker }] of shown)
    if (!keep.has(key)) {
      marker.remove();
      shown.delete(key);
    }
  placeNames(taken);
  rare.hidden = !grid.codes.includes(UNAVAILABLE);
}

function describe(level, cell) {
  const members = grid.members(level, cell).filter((index) => grid.codes[index] !== HIDDEN).map((index) => fleet.get(ids[index]));
  const selected = members.some((each) => each.station_id === current());
  const hover = members.some((each) => each.station_id === hovered);
  return { counts: [...grid.countsOf(level, cell)].slice(0, HIDDEN), members, selected, hover };
}

function place(key, at, group) {
  const single = group.members.length === 1;
  const close = map.getZoom() >= CLOSE;
  const sites = new Set(group.members.map((each) => each.location_id));
  const signature = [group.counts.join(), group.selected, group.hover, single && group.members[0].station_id, sites.size].join("|");
  const known = shown.get(key);
  if (known?.signature === signature) return;
  const icon = single ? chargerIcon(group, close) : ringIcon(group, sites, close);
  if (known) {
    const focused = known.marker.getElement()?.contains(document.activeElement);
    known.marker.setIcon(icon);
    if (focused) known.marker.getElement().querySelector("a").focus({ preventScroll: true });
    known.signature = signature;
    return;
  }
  const marker = L.marker(at, { icon, keyboard: false, interactive: false, zIndexOffset: group.selected ? 1000 : 0 }).addTo(map);
  shown.set(key, { marker, signature });
}

// A ring opens: closer, or, where closer would not take it apart, as a list of its site.
function open(link) {
  const members = link.dataset.members.split("\n").map((id) => fleet.get(id)).filter(Boolean);
  const bounds = L.latLngBounds(members.map((each) => [each.lat, each.lon]));
  const sites = new Set(members.map((each) => each.location_id));
  if (sites.size === 1 && members[0].location_id && filter("site") !== members[0].location_id) narrow({ site: members[0].location_id });
  const apart = bounds.getNorth() - bounds.getSouth() + bounds.getEast() - bounds.getWest() > 1e-5;
  if (apart) map.fitBounds(bounds, { ...closePadding(), maxZoom: 19 });
  else map.setView(bounds.getCenter(), Math.max(map.getZoom(), CLOSE));
}

// A saved view of a part of the map opens on that part.
function boxed() {
  const [south, west, north, east] = filter("box").split(",").map(Number);
  if (![south, west, north, east].every(Number.isFinite) || !filter("box")) return false;
  map.fitBounds([[south, west], [north, east]], { animate: false });
  return true;
}

function fitAll(animate = true) {
  const all = [...fleet.all()].filter((each) => Number.isFinite(each.lat) && passes(each));
  if (!all.length) return map.fitBounds(ISLAND, { ...padding(), animate });
  const bounds = L.latLngBounds(all.map((each) => [each.lat, each.lon]));
  const island = L.latLngBounds(ISLAND);
  if (island.contains(bounds) && !filter("site")) map.fitBounds(island, { ...padding(), animate });
  else map.fitBounds(bounds, { ...closePadding(), maxZoom: 18, animate });
}

box.addEventListener("click", (event) => {
  const link = event.target.closest("a.mk");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (map.dragging.moved?.()) return;
  if (link.dataset.station) select(link.dataset.station);
  else open(link);
});
document.getElementById("fit-all").addEventListener("click", () => fitAll());
document.body.addEventListener("filter", () => {
  if (!grid) return;
  recode(fleet.all());
  drawSoon();
});
document.addEventListener("selection", (event) => {
  const charger = fleet.get(event.detail.id);
  if (charger && Number.isFinite(charger.lat) && !map.getBounds().contains([charger.lat, charger.lon])) map.panTo([charger.lat, charger.lon]);
  drawSoon();
});
document.addEventListener("hover", (event) => {
  if (event.detail.id === hovered) return;
  hovered = event.detail.id;
  drawSoon();
});
// “In map view”: the list, the chart and what is exported follow the part of the map that is in sight.
const inView = document.getElementById("in-view");
let following = 0;

function inSight() {
  const bounds = map.getBounds();
  return [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()].map((edge) => edge.toFixed(5)).join(",");
}

function follow() {
  clearTimeout(following);
  if (filter("box")) following = setTimeout(() => filter("box") && narrow({ box: inSight() }, { replace: true }), 300);
}

inView?.addEventListener("click", () => narrow({ box: filter("box") ? "" : inSight() }));
map.on("moveend", follow);

let first = true;
fleet.onChange(({ changed, everything }) => {
  if (everything || !grid) rebuild();
  else recode(changed);
  if (first) {
    first = false;
    const all = [...fleet.all()].filter((each) => Number.isFinite(each.lat));
    if (!moved && (filter("site") || all.some((each) => !L.latLngBounds(ISLAND).contains([each.lat, each.lon])))) fitAll(false);
  }
  drawSoon();
});
map.on("moveend zoomend resize", drawSoon);
for (const name of ["pointerdown", "wheel", "keydown"]) box.addEventListener(name, () => (moved = true), { passive: true });
new ResizeObserver(() => {
  map.invalidateSize({ animate: false });
  if (!moved) fitAll(false);
}).observe(box);

addTiles(map, box.dataset, document.getElementById("tiles-down"), document.getElementById("layer"));
addCoast(map, box.dataset.basemap, box.dataset.thanks).then((points) => {
  placeNames = addNames(map, points);
  drawSoon();
});
addHeat(map);
load();
