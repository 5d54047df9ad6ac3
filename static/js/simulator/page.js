// The simulator's page: what is filled in becomes a station, what is pressed becomes a message.
import { makeLog } from "./log.js";
import { openLink } from "./link.js";
import { makeStation } from "./station.js";
import { speak16 } from "./v16.js";
import { speak2 } from "./v2.js";

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("sim-words").textContent);
const form = $("sim-connect");
const token = document.querySelector('meta[name="csrf-token"]').content;
const log = makeLog($("sim-log"), { filter: $("sim-filter"), pretty: $("sim-pretty") });
const RESTART_S = 2, RETRY_S = 10;

let link = null, station = null, dialect = null, timers = [], sent = 0, received = 0;


function say(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);
}
const number = (value, digits) =>
  value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const note = (key, values) => log.add("note", say(key, values));
const complain = (key, values) => log.add("bad", say(key, values));

/* What happens in an order: a session from the token to the stop, a restart, in and out of service. */
const flow = {
  async start(idToken, { remoteStartId, profile } = {}) {
    if (station.charging) return complain("runs_already");
    if (remoteStartId == null && !profile) {
      const status = await dialect.send.authorize(idToken);
      if (status !== "Accepted") return complain("token_refused", { status });
    }
    station.session = { token: idToken, startWh: station.registerWh, began: Date.now(), remoteStartId };
    station.become("Preparing");
    if (profile) station.install(profile);
    await dialect.send.status();
    const status = await dialect.send.begin(station.session);
    note("session", { id: station.session.id });
    if (status !== "Accepted") {
      complain("token_refused", { status });
      return flow.stop("DeAuthorized");
    }
    station.become(station.limitKw === 0 ? "SuspendedEVSE" : "Charging");
    await dialect.send.charging();
    every(() => station.every, dialect.send.meter);
  },
  async stop(reason) {
    const session = station.session;
    if (!session) return complain("nothing_runs");
    station.become("Finishing"); // and the meter stands still
    await dialect.send.end(session, reason);
    note("ended", { kwh: number(station.sessionWh / 1000, 3) });
    station.forgetSession();
    station.become(station.inService ? "Available" : "Unavailable");
    await dialect.send.status();
  },
  async serve(inService) {
    station.inService = inService;
    if (!station.charging) {
      station.become(inService ? "Available" : "Unavailable");
      await dialect.send.status();
    }
  },
  async restart(reason) {
    note("restart");
    if (station.charging) await flow.stop(reason);
    link?.close();
    setTimeout(connect, RESTART_S * 1000);
  },
  beat(seconds) {
    timers.filter((one) => one.beat).forEach((one) => clearTimeout(one.number));
    timers = timers.filter((one) => !one.beat);
    if (seconds > 0) every(() => seconds, dialect.send.heartbeat, { beat: true });
  },
  limited() {
    if (station.limitKw === null) note("unlimited");
    else note("limited", { kw: number(station.limitKw, 1) });
  },
};

/* Again and again while this connection and, but for the heartbeat, this session last. */
function every(seconds, act, { beat = false } = {}) {
  const mine = link, session = station.session;
  const timer = { beat, number: 0 };
  const again = () => {
    timer.number = setTimeout(async () => {
      if (link !== mine || (!beat && station.session !== session)) return;
      await run(act);
      again();
    }, Math.max(1, seconds()) * 1000);
  };
  timers.push(timer);
  again();
}

async function run(act) {
  if (!link?.open) return complain("offline");
  station.pass();
  try {
    return await act();
  } catch (error) {
    if (error.code === "NoAnswer") complain("no_answer", { action: error.message, n: link?.ANSWER_S ?? 30 });
    else if (error.code !== "Closed") log.add("bad", `${error.code ?? error.name}: ${error.message}`);
  }
}

async function boot() {
  const mine = link;
  const answer = await run(dialect.send.boot);
  if (!answer || link !== mine) return;
  if (answer.status !== "Accepted") {
    const seconds = answer.interval || RETRY_S;
    complain("not_accepted", { status: answer.status, n: seconds });
    setTimeout(() => link === mine && boot(), seconds * 1000);
    return;
  }
  note("accepted", { n: answer.interval });
  flow.beat(answer.interval);
  await run(dialect.send.status);
}

async function connect() {
  const { url, protocol, station: id, password, kw, every: interval } = Object.fromEntries(new FormData(form));
  badge("connecting", "s-occupied");
  form.elements.connect.disabled = true;
  let ticket;
  try {
    const answer = await fetch("/simulator/tickets", { method: "POST", headers: { "X-CSRF-Token": token }, body: new URLSearchParams({ station_id: id }) });
    const told = await answer.json();
    if (told.error) throw new Error(told.error);
    ticket = told.ticket;
  } catch (error) {
    offline();
    return complain("refused", { reason: error.message });
  }
  station ??= makeStation({ kw: Number(kw), every: Number(interval), changed: draw });
  station.maxKw = Number(kw);
  station.every = Number(interval);
  const secrets = [`halla.ticket.${ticket}`];
  if (password) secrets.push(`halla.basic.${base64url(`${id}:${password}`)}`);
  const address = `${url.replace(/\/+$/, "")}/${encodeURIComponent(id)}`;
  try {
    link = openLink(address, [protocol, ...secrets], {
      opened() {
        badge("connected", "s-available");
        settled(true);
        boot();
      },
      async closed(code, wasOpen) {
        offline();
        timers.forEach((one) => clearTimeout(one.number));
        timers = [];
        if (wasOpen) return note("closed", { code });
        const told = await fetch(`/simulator/refusal?station_id=${encodeURIComponent(id)}`).then((one) => one.json()).catch(() => ({}));
        if (told.reason) complain("refused", { reason: told.reason });
        else complain("unreachable", { url: address });
      },
      sent(text) {
        sent += 1;
        log.add("out", text);
        draw();
      },
      received(text) {
        received += 1;
        log.add("in", text);
        draw();
      },
      asked: (action, payload) => withGuard(dialect.answer(action, payload)),
    });
  } catch (error) {
    offline();
    return complain("refused", { reason: error.message });
  }
  const speak = protocol === "ocpp1.6" ? speak16 : speak2;
  dialect = speak({ station, link: () => link, flow, connector: () => Number($("sim-connector").value) || 1 });
  fillStatuses();
  draw();
}

/* What follows an answer may fail like any message; that is the log's business. */
const withGuard = ([answer, then]) => [answer, then && (() => run(then))];

function base64url(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function settled(online) {
  $("sim-send").disabled = !online;
  $("sim-disconnect").disabled = !online;
  form.elements.connect.disabled = online;
  for (const name of ["url", "protocol", "station", "password", "kw", "every"]) form.elements[name].disabled = online;
}

function offline() {
  badge("disconnected", "s-offline");
  settled(false);
}

function badge(key, kind) {
  $("sim-badge").textContent = words[key];
  $("sim-badge").className = `pill sp ${kind}`;
}

function fillStatuses() {
  $("sim-status").replaceChildren(...dialect.STATUSES.map((status) => new Option(status, status)));
}

function draw() {
  if (!station) return;
  $("sim-state").textContent = station.state;
  $("sim-power").textContent = number(station.powerKw, 1);
  $("sim-limit").textContent = station.limitKw === null ? "" : `· ${say("limit", { kw: number(station.limitKw, 1) })}`;
  $("sim-bar").setAttribute("width", Math.min(100, (100 * station.powerKw) / station.maxKw).toFixed(1));
  $("sim-energy").textContent = number(station.sessionWh / 1000, 3);
  $("sim-sent").textContent = sent;
  $("sim-received").textContent = received;
}

const pressed = {
  boot,
  heartbeat: () => dialect.send.heartbeat(),
  authorize: () => dialect.send.authorize($("sim-token").value),
  status: () => dialect.send.status($("sim-status").value),
  start: () => flow.start($("sim-token").value),
  meter: () => dialect.send.meter(),
  stop: () => flow.stop("Local"),
  data: () => dialect.send.data(),
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  connect();
});
$("sim-disconnect").addEventListener("click", () => {
  link?.close();
});
$("sim-send").addEventListener("click", ({ target }) => {
  const key = target.closest("[data-send]")?.dataset.send;
  if (key) run(pressed[key]);
});
$("sim-free-frame").addEventListener("click", () => {
  let text = $("sim-frame").value.trim();
  try {
    const frame = JSON.parse(text);
    if (Array.isArray(frame) && frame[1] === "") {
      frame[1] = String(Date.now());
      text = JSON.stringify(frame);
    }
  } catch (error) {
    complain("bad_frame", { reason: error.message }); // and is sent all the same
  }
  if (!link?.send(text)) complain("offline");
});
$("sim-clear").addEventListener("click", log.clear);
$("sim-copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(log.text()); // a browser has it only on https and on the machine itself
    note("copied");
  } catch {
    note("copy_by_hand");
    getSelection().selectAllChildren($("sim-log"));
  }
});
$("sim-export").addEventListener("click", () => {
  const file = document.createElement("a");
  file.href = URL.createObjectURL(new Blob([log.text()], { type: "text/plain" }));
  file.download = `simulator_${new Date().toISOString().replaceAll(":", "-")}.log`;
  file.click();
  setTimeout(() => URL.revokeObjectURL(file.href), 1000);
});

setInterval(() => station?.pass(), 1000);
note("ready");
