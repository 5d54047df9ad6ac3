// A charger's own pages are fetched anew when the stream speaks of that charger, at most every two seconds.
import { on } from "./live.js";

const EVERY_MS = 2_000;
const tab = () => document.getElementById("tab");
let waiting = 0;
let toldAt = 0;

function tell() {
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    toldAt = Date.now();
    const busy = tab()?.querySelector(".htmx-request") || document.querySelector("dialog[open]");
    if (tab() && !busy) window.htmx.trigger(tab(), "news");
  }, Math.max(0, toldAt + EVERY_MS - Date.now()));
}

function concerns(markers) {
  return markers.some((marker) => marker.station_id === tab()?.dataset.station);
}

if (tab()) {
  document.querySelector(".subnav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  on("status", (markers) => concerns(markers) && tell());
  on("meter", (markers) => concerns(markers) && tell());
  on("command", (news) => news.station_id === tab()?.dataset.station && tell());
  on("resync", tell);
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (named?.matches("details")) {
    named.open = true; // a menu elsewhere led to this tool
    named.scrollIntoView({ block: "center" });
    named.querySelector("input")?.focus();
  }
}
