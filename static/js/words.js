// What the page says in the reader's language. Scripts hold no sentences of their own.
const holder = document.getElementById("words");
const words = holder ? JSON.parse(holder.textContent) : { status: {} };

export const language = document.documentElement.lang;

export function say(key, values = {}) {
  let text = words[key] ?? key;
  if (Array.isArray(text)) text = text[String(values.n) === "1" ? 0 : 1];
  for (const [name, value] of Object.entries(values)) text = text.replace(`{${name}}`, value);
  return text;
}

export function number(value, most = 3) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: most }).format(value);
}

export function sayStatus(status) {
  return words.status[status] ?? status;
}

export function shortDuration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return say("seconds", { n: whole });
  if (whole < 3600) return say("minutes", { n: Math.floor(whole / 60) });
  if (whole < 86400) return say("hours", { n: Math.floor(whole / 3600) });
  return say("days", { n: Math.floor(whole / 86400) });
}

export function siteName(marker) {
  const { location_name: korean, location_name_en: english } = marker;
  return (language === "ko" ? korean || english : english || korean) || say("unplaced");
}
