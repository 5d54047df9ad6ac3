// The chart's other face: the same hours as a table.
const chart = document.getElementById("chart");

chart?.addEventListener("click", (event) => {
  const button = event.target.closest("#chart-table");
  if (!button) return;
  const table = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(table));
  chart.classList.toggle("as-table", table);
});
