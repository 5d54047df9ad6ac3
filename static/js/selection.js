// The one selected charger: a row, a ring on the map, the drawer and `?charger=` in the address are the same thing.
import { address, narrow } from "./filters.js";
import { on } from "./live.js";

const drawer = document.getElementById("drawer");
const REFRESH_MS = 1_000;
let selected = drawer?.dataset.charger ?? "";
let waiting = 0;
let refreshedAt = 0;

export function current() {
  return selected;
}

function mark() {
  for (const row of document.querySelectorAll(".row")) {
    if (row.dataset.charger === selected) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  document.body.classList.toggle("has-drawer", Boolean(selected));
  const close = document.getElementById("drawer-close");
  if (close) close.href = address({ charger: "" });
  document.dispatchEvent(new CustomEvent("selection", { detail: { id: selected } }));
}

function part(id) {
  return `/partials/drawer/${encodeURIComponent(id)}`;
}

function show(id) {
  selected = id;
  drawer.dataset.charger = id;
  mark();
  if (!id) {
    drawer.replaceChildren();
    return;
  }
  document.getElementById(`row-${CSS.escape(id)}`)?.scrollIntoView({ block: "nearest" });
  window.htmx.ajax("GET", part(id), { source: drawer, target: drawer, swap: "innerHTML" }).then(() => {
    if (selected === id) drawer.focus({ preventScroll: true });
  });
}

export function select(id) {
  if (id === selected) return;
  narrow({ charger: id });
  show(id);
}

// The drawer is fetched anew when the stream speaks of its charger, at most once a second.
function refresh() {
  const id = selected;
  if (!id || waiting) return;
  waiting = setTimeout(() => {
    waiting = 0;
    refreshedAt = Date.now();
    if (selected !== id || drawer.querySelector(".htmx-request")) return;
    window.htmx.ajax("GET", part(id), { source: drawer, target: drawer, swap: "innerMorph" });
  }, Math.max(0, refreshedAt + REFRESH_MS - Date.now()));
}

function concerns(markers) {
  return markers.some((marker) => marker.station_id === selected);
}

export function neighbour(step) {
  const rows = [...document.querySelectorAll(".row")];
  if (!rows.length) return null;
  const focused = document.activeElement?.closest?.(".row");
  const at = rows.indexOf(focused ?? document.querySelector(".row[aria-current]"));
  return rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
}

if (drawer) {
  on("status", (markers) => concerns(markers) && refresh());
  on("meter", (markers) => concerns(markers) && refresh());
  on("command", (news) => news.station_id === selected && refresh());
  on("resync", refresh);
  document.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a[data-charger]");
    const close = event.target.closest("#drawer-close");
    if (!link && !close) return;
    event.preventDefault();
    select(link ? link.dataset.charger : "");
  });
  document.addEventListener("charger", (event) => {
    if (event.detail.id !== selected) show(event.detail.id);
  });
  document.addEventListener("open-first", (event) => {
    const open = () => {
      const first = document.querySelector(".row");
      if (first) select(first.dataset.charger);
    };
    const rows = document.getElementById("rows");
    if (event.detail.fetching || rows.classList.contains("htmx-request")) rows.addEventListener("htmx:after:swap", open, { once: true });
    else open();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target.closest?.("#rows, #drawer")) mark();
  });
  for (const name of ["pointerover", "pointerout", "focusin", "focusout"])
    document.getElementById("rows").addEventListener(name, (event) => {
      const row = event.target.closest(".row");
      const leaves = name === "pointerout" || name === "focusout";
      document.dispatchEvent(new CustomEvent("hover", { detail: { id: leaves ? "" : (row?.dataset.charger ?? "") } }));
    });
  mark();
}
