// Short notes at the bottom left; they leave by themselves, errors more slowly.
import { say } from "./words.js";

const shelf = document.getElementById("toasts");

function keepFor(toast) {
  return toast.classList.contains("bad") ? 12_000 : 6_000;
}

function welcome(toast) {
  let timer = setTimeout(() => toast.remove(), keepFor(toast));
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), 3_000)));
  while (shelf.children.length > 4) shelf.firstElementChild.remove();
}

function toast(text, kind = "bad") {
  const made = document.createElement("div");
  made.className = `toast ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  made.append(words);
  shelf.append(made);
}

new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes) if (node.nodeType === 1 && node.matches(".toast")) welcome(node);
}).observe(shelf, { childList: true });
for (const each of shelf.querySelectorAll(".toast")) welcome(each);

shelf.addEventListener("click", (event) => event.target.closest(".toast-close")?.closest(".toast").remove());

document.addEventListener("htmx:error", (event) => {
  const ctx = event.detail?.ctx;
  if (ctx && ctx.request?.method !== "GET") toast(say("network"));
});
