// A pin that is put where something stands. The numbers beside the map are the truth; the pin follows them and writes them.
import { addCoast, addNames, addTiles, addZoom } from "./basemap.js";

const L = window.L;
const ISLAND = [[33.17, 126.13], [33.585, 126.985]];
const CLOSE = 16;
const COAST_ONLY = 13; // closer there is nothing to see on the built-in map
const FAR_STEP = 10; // pixels, with the shift key; without it one
const DIGITS = 6;
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const box = document.getElementById("pin");
const form = box.closest("form");
const latitude = form.elements.latitude;
const longitude = form.elements.longitude;
const near = box.dataset.tiles === "none" ? COAST_ONLY : CLOSE;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const map = L.map(box, { zoomControl: false, zoomSnap: 0.25, minZoom: 3, maxZoom: 20, zoomAnimation: !still, fadeAnimation: !still });
map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
addZoom(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
let marker = null;

function typed() {
  const lat = Number.parseFloat(latitude.value.replace(",", "."));
  const lon = Number.parseFloat(longitude.value.replace(",", "."));
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? L.latLng(lat, lon) : null;
}

function write(at) {
  latitude.value = String(Number(at.lat.toFixed(DIGITS)));
  longitude.value = String(Number(at.lng.toFixed(DIGITS)));
}

function put(at) {
  if (marker) return marker.setLatLng(at);
  const icon = L.divIcon({ className: "pin-icon", iconSize: [30, 38], iconAnchor: [15, 37], html: '<svg viewBox="0 0 30 38" aria-hidden="true"><path d="M15 37s13-12.4 13-22.5a13 13 0 10-26 0C2 24.6 15 37 15 37z"/><circle cx="15" cy="14.5" r="5"/></svg>' });
  marker = L.marker(at, { icon, draggable: true, autoPan: true, title: box.dataset.label, alt: box.dataset.label }).addTo(map);
  marker.on("drag", () => write(marker.getLatLng()));
  const handle = marker.getElement();
  handle.setAttribute("aria-label", box.dataset.label);
  handle.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation(); // the map would pan
    const step = event.shiftKey ? FAR_STEP : 1;
    const point = map.latLngToContainerPoint(marker.getLatLng()).add(L.point(move).multiplyBy(step));
    const to = map.containerPointToLatLng(point);
    marker.setLatLng(to);
    write(to);
    if (!map.getBounds().pad(-0.05).contains(to)) map.panTo(to);
  });
  return marker;
}

function start() {
  const own = typed();
  if (own) {
    map.setView(own, near);
    put(own);
  } else if (box.dataset.lat) map.setView([Number(box.dataset.lat), Number(box.dataset.lon)], near);
  else map.fitBounds(ISLAND);
}

map.on("click", (event) => {
  put(event.latlng);
  write(event.latlng);
});
for (const input of [latitude, longitude])
  input.addEventListener("input", () => {
    const at = typed();
    if (!at) return marker?.remove(), void (marker = null);
    put(at);
    if (!map.getBounds().contains(at)) map.setView(at, Math.max(map.getZoom(), near));
  });
form.querySelector("[data-sites]")?.addEventListener("change", (event) => {
  const { lat, lon } = event.target.selectedOptions[0].dataset;
  if (lat && !typed()) map.setView([Number(lat), Number(lon)], near);
});

start();
addTiles(map, box.dataset, document.getElementById("tiles-down"), null);
addCoast(map, box.dataset.basemap, box.dataset.thanks).then((points) => {
  const placeNames = addNames(map, points);
  const again = () => placeNames([]);
  map.on("moveend zoomend resize", again);
  again();
});
new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(box);
