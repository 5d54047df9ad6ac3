// Questions before what cannot be undone, menus near their buttons, and the token that proves a form is ours.
const ask = document.getElementById("ask");
const token = document.querySelector('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET" && token) request.headers["X-CSRF-Token"] = token;
});

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  const { ask: title, askText: text, askYes: yes } = ctx.sourceElement.dataset;
  document.getElementById("ask-title").textContent = title ?? ctx.confirm;
  document.getElementById("ask-text").textContent = text ?? "";
  document.getElementById("ask-yes").textContent = yes ?? ctx.confirm;
  ask.returnValue = "no";
  ask.showModal();
  ask.addEventListener("close", () => (ask.returnValue === "yes" ? issueRequest() : dropRequest()), { once: true });
});

document.addEventListener("htmx:before:request", (event) => {
  // A menu has done its work when its request leaves.
  event.detail.ctx.sourceElement.closest?.("[popover]")?.hidePopover?.();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.matches?.("dialog")) event.target.close("no"); // outside of the box
});

function place(menu) {
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  if (!button) return;
  const from = button.getBoundingClientRect();
  const gap = 6;
  const { width, height } = menu.getBoundingClientRect();
  const wanted = from.left + width + gap < innerWidth ? from.left : from.right - width;
  const left = Math.min(Math.max(gap, wanted), innerWidth - width - gap);
  const below = from.bottom + gap + height < innerHeight;
  const top = below ? from.bottom + gap : Math.max(gap, from.top - gap - height);
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}

document.addEventListener(
  "toggle",
  (event) => {
    // a question stands in the middle, with its own button in focus
    if (!event.target.matches?.("[popover]:not(.dialog)") || event.newState !== "open") return;
    place(event.target);
    event.target.querySelector("input:not([type=hidden])")?.focus();
  },
  true,
);
