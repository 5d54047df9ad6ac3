// The server's time, learnt from every tick, and the ages on the page that grow by it.
import { shortDuration } from "./words.js";

let ahead = 0; // how far the server's clock is ahead of ours, in ms

export function learn(serverTime) {
  const at = Date.parse(serverTime);
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

function grow() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const text = shortDuration((now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(grow, 10_000);
