// The chart's other face: the same hours as a table.
const button = document.getElementById("chart-table");

button?.addEventListener("click", () => {
  const table = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(table));
  document.getElementById("hourly").classList.toggle("as-table", table);
});
