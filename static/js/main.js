// The page's script. Every module works on what it finds and does nothing where its part of the page is missing.
import "./theme.js";
import "./toasts.js";
import "./dialogs.js";
import "./clock.js";
import "./live.js";
import "./filters.js";
import "./selection.js";
import "./limit.js";
import "./keyboard.js";
import "./sheet.js";
import "./chart.js";
import "./station.js";
import "./manage.js";
import "./alerts.js";

if (document.getElementById("map")) import("./map.js");
if (document.getElementById("pin")) import("./pin.js");

for (const input of document.querySelectorAll("input[data-next]"))
  input.form.addEventListener("submit", () => (input.value = location.pathname + location.search));
