// Every charger as the server last told it: the snapshot first, then what the stream says, newest revision wins.
import { learn } from "./clock.js";
import { on } from "./live.js";

export const STATUSES = ["faulted", "charging", "occupied", "available", "unavailable", "offline"]; // order of the rings

const chargers = new Map();
const listeners = new Set();
let held = [];
let loaded = false;
let loading = null;
let again = false; // news were lost, or sites changed, since the snapshot that is on its way was asked for

export const fleet = {
  all: () => chargers.values(),
  get: (id) => chargers.get(id),
  // react({ changed: [marker], everything: bool })
  onChange: (react) => listeners.add(react),
};

function tell(news) {
  for (const react of listeners) react(news);
}

function put(marker) {
  const known = chargers.get(marker.station_id);
  if (known && known.revision > marker.revision) return false;
  chargers.set(marker.station_id, marker);
  return true;
}

function apply(markers) {
  if (!loaded) {
    held.push(...markers); // the stream is opened before the snapshot is asked for: no gap between them
    if (held.length > 20_000) held = held.slice(-10_000);
    return;
  }
  const strangers = markers.some((marker) => !chargers.has(marker.station_id));
  const changed = markers.filter(put);
  if (changed.length) tell({ changed, everything: strangers });
}

export function load() {
  again = loading !== null;
  loading ??= fetch("/map/stations.json", { headers: { Accept: "application/json" } })
    .then((answer) => {
      if (answer.status === 401) location.reload();
      if (!answer.ok) throw new Error(`snapshot: ${answer.status}`);
      return answer.json();
    })
    .then((snapshot) => {
      learn(snapshot.now);
      const newer = held;
      held = [];
      const ids = new Set(snapshot.stations.map((marker) => marker.station_id));
      for (const id of chargers.keys()) if (!ids.has(id)) chargers.delete(id);
      snapshot.stations.forEach(put);
      newer.forEach(put);
      loaded = true;
      tell({ changed: [], everything: true });
    })
    .catch(() => {
      again = false;
      setTimeout(load, 5_000);
    })
    .finally(() => {
      loading = null;
      if (again) load();
    });
  return loading;
}

on("status", apply);
on("meter", apply);
on("resync", load);
