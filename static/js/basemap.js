// The ground: the bundled coastline, always drawn, and street tiles above it while they load.
// When tiles do not come there is nothing to switch: the coastline is there already; only a chip says so.
import { isDark } from "./theme.js";
import { say } from "./words.js";

const L = window.L;
const FAILURES = 4;
const PROBE_MS = [30_000, 60_000, 120_000, 300_000, 600_000];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function addZoom(map) {
  L.control.zoom({ position: "topleft", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(map);
}

export async function addCoast(map, address, thanks) {
  map.createPane("ground").style.zIndex = 150;
  map.createPane("names").style.zIndex = 450;
  map.getPane("names").style.pointerEvents = "none";
  map.attributionControl.addAttribution(thanks);
  const coast = await (await fetch(address)).json();
  const renderer = L.canvas({ pane: "ground", padding: 0.4 });
  const style = ({ properties }) =>
    properties.kind === "land"
      ? { color: colour("--coast"), weight: 1.1, fillColor: colour("--land"), fillOpacity: 1 }
      : { stroke: false, fillColor: colour(`--water-${properties.level}`), fillOpacity: 1 };
  const layer = (kind) =>
    L.geoJSON(coast, { renderer, pane: "ground", interactive: false, style, filter: (each) => each.properties.kind === kind }).addTo(map);
  const layers = [layer("waterline"), layer("land")];
  document.addEventListener("theme", () => layers.forEach((each) => each.setStyle(style)));
  return coast.features.filter((each) => each.geometry.type === "Point");
}

export function addNames(map, points) {
  const names = points.map((point) => {
    const { name_ko: korean, name_en: english, rank, kind } = point.properties;
    const [lon, lat] = point.geometry.coordinates;
    const html = document.createElement("span");
    html.className = `place r${rank} ${kind}`;
    html.append(Object.assign(document.createElement("span"), { lang: "ko", textContent: korean }));
    html.append(Object.assign(document.createElement("small"), { lang: "en", textContent: english }));
    const icon = L.divIcon({ className: "place-icon", iconSize: [0, 0], html });
    return { rank, lat, lon, marker: L.marker([lat, lon], { pane: "names", interactive: false, keyboard: false, icon }) };
  });
  // Names make way for markers; less important ones wait for a closer look.
  return (taken) => {
    const deepest = map.getZoom() >= 11.5 ? 3 : map.getZoom() >= 9.25 && map.getSize().x > 480 ? 2 : 1;
    for (const name of names) {
      const at = map.latLngToContainerPoint([name.lat, name.lon]);
      const free = taken.every((other) => Math.abs(other.x - at.x) > 62 || Math.abs(other.y + 8 - at.y) > 46);
      const wanted = name.rank <= deepest && free;
      if (wanted !== map.hasLayer(name.marker)) wanted ? name.marker.addTo(map) : name.marker.remove();
    }
  };
}

// Street tiles as the operator chose them. Dark screens get the dark tiles, or the built-in map where there are none.
export function addTiles(map, options, chip, button) {
  if (options.tiles === "none") return;
  let layer = null;
  let failed = false;
  let attempt = 0;
  let wanted = localStorage.getItem("halla-street-map") ?? "auto";

  const address = () => (isDark() && options.tilesDark ? options.tilesDark : options.tilesUrl);
  const fits = () => wanted === "on" || (wanted === "auto" && (!isDark() || Boolean(options.tilesDark)));

  function make() {
    if (options.tiles === "pmtiles")
      return window.protomapsL.leafletLayer({ url: options.tilesUrl, flavor: isDark() ? "dark" : "light", lang: document.documentElement.lang, attribution: options.attribution });
    return L.tileLayer(address(), {
      attribution: options.attribution,
      minZoom: Number(options.minZoom),
      maxNativeZoom: Number(options.maxZoom),
      maxZoom: 20,
      referrerPolicy: "strict-origin-when-cross-origin", // some tile servers refuse requests without a Referer
    });
  }

  function watch(tiles) {
    let good = 0;
    let bad = 0;
    tiles.on("tileload", () => {
      good++;
      attempt = 0;
    });
    tiles.on("tileerror", () => {
      bad++;
      if (bad >= FAILURES && good === 0) giveUp();
    });
  }

  function giveUp() {
    if (failed) return;
    failed = true;
    chip.hidden = false;
    draw();
    setTimeout(probe, PROBE_MS[Math.min(attempt++, PROBE_MS.length - 1)]);
  }

  function probe() {
    const image = new Image();
    const zoom = Math.max(Number(options.minZoom), 7);
    const at = map.project(map.getCenter(), zoom).divideBy(256).floor();
    image.referrerPolicy = "strict-origin-when-cross-origin";
    image.onload = () => {
      failed = false;
      chip.hidden = true;
      draw();
    };
    image.onerror = () => setTimeout(probe, PROBE_MS[Math.min(attempt++, PROBE_MS.length - 1)]);
    image.src = L.Util.template(address(), { x: at.x, y: at.y, z: zoom, s: "a" });
  }

  function draw() {
    layer?.remove();
    layer = null;
    const on = fits() && !failed;
    button?.setAttribute("aria-pressed", String(fits()));
    map.getContainer().classList.toggle("with-tiles", on);
    if (!on) return;
    layer = make();
    watch(layer);
    layer.addTo(map);
  }

  button?.addEventListener("click", () => {
    wanted = fits() ? "off" : "on";
    localStorage.setItem("halla-street-map", wanted);
    draw();
  });
  document.addEventListener("theme", draw);
  addEventListener("offline", giveUp);
  draw();
}
