// The chart's other face: the same hours as a table.
import { say } from "./words.js";

const chart = document.getElementById("chart");

chart?.addEventListener("click", (event) => {
  const button = event.target.closest("#chart-table");
  if (!button) return;
  const table = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(table));
  chart.classList.toggle("as-table", table);
});

// How often the chart has been brought up to date since the page was opened.
let updates = 0;
chart?.addEventListener("htmx:after:swap", () => {
  updates += 1;
  const count = document.getElementById("chart-count");
  if (count) count.textContent = `· ${say("updates", { n: updates })}`;
});
