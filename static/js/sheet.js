// On small screens the drawer is a sheet: peek, half, full. Dragged by its handle, or stepped by its button.
const STEPS = ["peek", "half", "full"];
const drawer = document.getElementById("drawer");

function step(to) {
  drawer.dataset.sheet = to;
}

if (drawer) {
  step("peek");
  document.addEventListener("selection", () => drawer.dataset.sheet ?? step("peek"));
  drawer.addEventListener("click", (event) => {
    if (event.target.closest("#grab button")) {
      step(STEPS[(STEPS.indexOf(drawer.dataset.sheet) + 1) % STEPS.length]);
    }
  });
  drawer.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#grab")) return;
    const from = event.clientY;
    const high = drawer.getBoundingClientRect().height;
    let moved = 0;
    const move = (at) => {
      moved = from - at.clientY;
      drawer.style.height = `${Math.max(160, high + moved)}px`;
      drawer.classList.add("dragging");
    };
    const end = () => {
      removeEventListener("pointermove", move);
      drawer.classList.remove("dragging");
      drawer.style.height = "";
      if (Math.abs(moved) < 24) return;
      const share = (high + moved) / innerHeight;
      step(share > 0.75 ? "full" : share > 0.48 ? "half" : "peek");
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
    addEventListener("pointercancel", end, { once: true });
  });
}

for (const tab of document.querySelectorAll(".tabs a[data-view]"))
  tab.addEventListener("click", (event) => {
    if (!document.getElementById("map")) return;
    event.preventDefault();
    const list = tab.dataset.view === "list";
    document.body.classList.toggle("view-list", list);
    for (const other of document.querySelectorAll(".tabs a[data-view]")) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "page");
    const query = new URLSearchParams(location.search);
    if (list) query.set("view", "list");
    else query.delete("view");
    history.pushState({ halla: true }, "", query.size ? `/?${query}` : "/");
    dispatchEvent(new Event("resize"));
  });
