// OCPP-J over one WebSocket: calls one after the other, each with a deadline; answers to what the system asks.
const CALL = 2, RESULT = 3, FAILURE = 4;
const ANSWER_S = 30;

export class Refused extends Error {
  constructor(code, description = "") {
    super(description || code);
    this.code = code;
  }
}

/* `on`: opened(), closed(code, wasOpen), sent(text), received(text), asked(action, payload) -> [answer, then?]. */
export function openLink(url, protocols, on) {
  const socket = new WebSocket(url, protocols);
  const waiting = new Map();
  let opened = false, turn = Promise.resolve();

  socket.addEventListener("open", () => {
    opened = true;
    on.opened();
  });
  socket.addEventListener("close", ({ code }) => {
    for (const { fail } of waiting.values()) fail(new Refused("Closed"));
    waiting.clear();
    on.closed(code, opened);
  });
  socket.addEventListener("message", ({ data }) => {
    on.received(data);
    read(data);
  });

  function send(frame) {
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(text);
    on.sent(text);
    return true;
  }

  function read(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (!Array.isArray(frame)) return;
    const [kind, id] = frame;
    if (kind === CALL) return answer(id, frame[2], frame[3]);
    const waits = waiting.get(id);
    if (!waits) return;
    waiting.delete(id);
    if (kind === RESULT) waits.done(frame[2]);
    if (kind === FAILURE) waits.fail(new Refused(frame[2], frame[3]));
  }

  function answer(id, action, payload) {
    try {
      const [result, then] = on.asked(action, payload ?? {});
      send([RESULT, id, result]);
      then?.();
    } catch (error) {
      send([FAILURE, id, error.code ?? "InternalError", error.message.slice(0, 255), {}]);
      if (!error.code) throw error;
    }
  }

  function ask(action, payload) {
    return new Promise((done, fail) => {
      const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(16).slice(2)}`;
      const timer = setTimeout(() => {
        waiting.delete(id);
        fail(new Refused("NoAnswer", action));
      }, ANSWER_S * 1000);
      const settle = (finish) => (value) => {
        clearTimeout(timer);
        finish(value);
      };
      waiting.set(id, { done: settle(done), fail: settle(fail) });
      if (!send([CALL, id, action, payload])) waiting.get(id).fail(new Refused("Closed"));
    });
  }

  return {
    ANSWER_S,
    send,
    close: () => socket.close(1000),
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    /* One call at a time (OCPP-J, 4.1.1). */
    call(action, payload) {
      const mine = turn.then(() => ask(action, payload));
      turn = mine.catch(() => {});
      return mine;
    },
  };
}
