// What the overview is narrowed to. The form #filters holds it, the address shows it, every region sends it along.
const form = document.getElementById("filters");
const NAMES = ["status", "site", "category", "q", "charger", "hours", "box", "heat", "days"];
const DEFAULTS = { hours: "24", days: "30" };
const NARROWING = ["status", "site", "category", "q", "box"];
const DATA = [...NARROWING, "hours"]; // what the regions ask the server for; the heatmap asks for itself
const HEAT = ["heat", "days"];

export function filter(name) {
  return form?.querySelector(`input[name="${name}"]`)?.value ?? "";
}

export function address(changes = {}) {
  const query = new URLSearchParams();
  for (const name of NAMES) {
    const value = changes[name] ?? filter(name);
    if (value && value !== DEFAULTS[name]) query.set(name, value);
  }
  if (document.body.classList.contains("view-list")) query.set("view", "list");
  return query.size ? `/?${query}` : "/";
}

// Sets filters, writes the address and has every region fetch itself anew; whether there was anything to do.
export function narrow(changes, { push = true, replace = false } = {}) {
  const before = DATA.map(filter).join("\n");
  const heatBefore = HEAT.map(filter).join("\n");
  for (const [name, value] of Object.entries(changes)) {
    const input = form.querySelector(`input[name="${name}"]`);
    if (input) input.value = value ?? "";
  }
  if (replace) history.replaceState({ halla: true }, "", address());
  else if (push) history.pushState({ halla: true }, "", address());
  if (HEAT.map(filter).join("\n") !== heatBefore) document.body.dispatchEvent(new CustomEvent("heat"));
  if (DATA.map(filter).join("\n") === before) return false;
  mirror();
  // A region finishes what it fetches before it fetches anew, or news that come faster than answers would leave it
  // behind for ever; but what was asked of other filters is not waited for.
  for (const region of document.querySelectorAll('[hx-trigger*="filter from:body"]')) window.htmx.trigger(region, "htmx:abort");
  document.body.dispatchEvent(new CustomEvent("filter"));
  return true;
}

function mirror() {
  for (const select of document.querySelectorAll("[data-filter]")) select.value = filter(select.name);
  const search = document.getElementById("search");
  if (search && document.activeElement !== search) search.value = filter("q");
  const clear = document.getElementById("clear-filters");
  if (clear) clear.hidden = !NARROWING.some(filter);
  document.getElementById("in-view")?.setAttribute("aria-pressed", String(Boolean(filter("box"))));
  for (const link of document.querySelectorAll("a[data-export]")) {
    const query = new URLSearchParams(NARROWING.filter(filter).map((name) => [name, filter(name)]));
    query.set("format", link.dataset.export);
    link.href = `/export/chargers?${query}`;
  }
  for (const button of document.querySelectorAll("[data-hours]"))
    button.setAttribute("aria-pressed", String(button.dataset.hours === filter("hours")));
}

const CLEAR = Object.fromEntries(NARROWING.map((name) => [name, ""]));

function fromAddress() {
  const query = new URLSearchParams(location.search);
  const changes = {};
  for (const name of NAMES) changes[name] = query.get(name) ?? DEFAULTS[name] ?? "";
  document.body.classList.toggle("view-list", query.get("view") === "list");
  narrow(changes, { push: false });
  document.dispatchEvent(new CustomEvent("charger", { detail: { id: changes.charger } }));
}

function start() {
  let timer = 0;
  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-status]");
    const hours = event.target.closest("[data-hours]");
    const clear = event.target.closest("[data-clear]");
    if (!card && !hours && !clear) return;
    event.preventDefault();
    if (card) {
      const pressed = filter("status") === card.dataset.status;
      for (const other of document.querySelectorAll("[data-status]"))
        other.setAttribute("aria-pressed", String(other === card && !pressed));
      narrow({ status: pressed ? "" : card.dataset.status });
    } else if (hours) narrow({ hours: hours.dataset.hours });
    else narrow(CLEAR);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-filter]")) narrow({ [event.target.name]: event.target.value });
  });
  const search = document.getElementById("search");
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => narrow({ q: search.value.trim() }), 250);
  });
  document.getElementById("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const fetching = narrow({ q: search.value.trim() });
    document.dispatchEvent(new CustomEvent("open-first", { detail: { fetching } }));
  });
  addEventListener("popstate", fromAddress);
}

if (form) start();
