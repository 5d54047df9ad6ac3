// The activity log: what went over the wire and what came of it, to filter, copy and keep.
const MOST = 2000;

export function makeLog(list, { filter, pretty }) {
  const lines = [];

  filter.addEventListener("input", draw);
  pretty.addEventListener("change", draw);

  /* `kind`: out, in, bad or note. */
  function add(kind, text) {
    lines.push({ at: new Date(), kind, text });
    if (lines.length > MOST) lines.shift();
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    if (list.childElementCount >= MOST) list.firstElementChild.remove();
    if (matches(lines.at(-1))) list.append(rowOf(lines.at(-1)));
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  const matches = ({ text }) => text.toLowerCase().includes(filter.value.trim().toLowerCase());

  function draw() {
    list.replaceChildren(...lines.filter(matches).map(rowOf));
    list.scrollTop = list.scrollHeight;
  }

  function rowOf({ at, kind, text }) {
    const row = document.createElement("li");
    const time = document.createElement("time"), sign = document.createElement("span"), words = document.createElement("span");
    time.textContent = clockOf(at);
    time.dateTime = at.toISOString();
    sign.textContent = { out: "→", in: "←", bad: "!", note: "·" }[kind];
    sign.className = words.className = kind;
    words.textContent = shown(text);
    row.append(time, sign, words);
    return row;
  }

  function shown(text) {
    if (!pretty.checked) return text;
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  }

  return {
    add,
    clear() {
      lines.length = 0;
      draw();
    },
    text: () => lines.filter(matches).map(({ at, kind, text }) => `${at.toISOString()} ${kind.padEnd(4)} ${shown(text)}`).join("\n"),
  };
}

const clockOf = (at) => at.toTimeString().slice(0, 8);
