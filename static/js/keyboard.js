// One hand on the keys: / search, j and k through the list, Enter opens, Esc closes, ? lists them.
import { neighbour, select, current } from "./selection.js";

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const search = document.getElementById("search");
  if (event.key === "Escape") {
    if (document.querySelector(":popover-open")) return;
    if (document.activeElement === search) search.blur();
    else if (current() && !typing(event.target)) {
      const id = current();
      select("");
      document.getElementById(`row-${id}`)?.focus();
    }
    return;
  }
  if (typing(event.target)) return;
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "j" || event.key === "k") {
    neighbour(event.key === "j" ? 1 : -1)?.focus();
  } else if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  }
});
