// The stream's health: a badge, and the data itself dimmed when it is not of this minute.
// htmx keeps the connection; named events arrive on #live, where htmx regions and the map listen too.
import { learn, now } from "./clock.js";
import { say } from "./words.js";

const STALE_MS = 12_000; // the server says its time every five seconds
const PATIENCE_MS = 2_000; // a short gap is not worth a word

const live = document.getElementById("live");
const badge = document.getElementById("badge");
let connected = false;
let heardAt = 0;
let lostAt = Date.now();

export function on(name, react) {
  live?.addEventListener(name, (event) => react(JSON.parse(event.detail.data)));
}

// On the clock of what is shown: of a part that was narrowed to a site since, else of the page as it was rendered.
function timeOf(at) {
  const { zone } = (document.querySelector("main [data-zone]") ?? document.documentElement).dataset;
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
}

function show() {
  if (!badge) return;
  const silent = Date.now() - heardAt;
  let state = "live";
  let text = say("live");
  if (!heardAt) {
    state = "waiting";
    text = say("connecting");
  } else if (!connected && Date.now() - lostAt > PATIENCE_MS) {
    state = "lost";
    text = say("reconnecting", { time: timeOf(now() - silent) });
  } else if (silent > STALE_MS) {
    state = "stale";
    text = say("stale", { time: timeOf(now() - silent) });
  } else {
    text = `${say("live")} · ${say("seconds", { n: Math.floor(silent / 1000) })}`;
  }
  badge.className = `live is-${state}`;
  document.body.dataset.live = state;
  const label = document.getElementById("badge-text");
  if (label.textContent !== text) label.textContent = text;
}

function heard() {
  connected = true;
  heardAt = Date.now();
  show();
}

function lost() {
  if (connected) lostAt = Date.now();
  connected = false;
  show();
}

function tryAgain() {
  // The extension reconnects what once was open; a first connection that failed is asked for again here.
  if (!document.hidden && !live._htmx?.sse) window.htmx.trigger(live, "again");
}

if (live) {
  live.addEventListener("htmx:sse:after:connection", heard);
  live.addEventListener("htmx:sse:after:message", heard);
  live.addEventListener("htmx:sse:close", lost);
  live.addEventListener("htmx:sse:error", (event) => {
    lost();
    if (event.detail.status === 401) location.reload();
  });
  on("tick", ({ now: at }) => learn(at));
  setInterval(show, 1_000);
  setInterval(tryAgain, 8_000);
}
