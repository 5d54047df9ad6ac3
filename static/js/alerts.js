// The bell's number in the tab's title, and, for who wants it, a short sound when something critical begins.
const SOUND = "halla_alert_sound";
const title = document.title;
const toggle = () => document.getElementById("alert-sound");
let critical = null;
let audio = null;

function wanted() {
  return localStorage.getItem(SOUND) === "on";
}

function beep() {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  const now = audio.currentTime;
  tone.frequency.setValueAtTime(880, now);
  tone.frequency.setValueAtTime(660, now + 0.15);
  loudness.gain.setValueAtTime(0.15, now);
  loudness.gain.exponentialRampToValueAtTime(0.001, now + 0.4);
  tone.connect(loudness).connect(audio.destination);
  tone.start(now);
  tone.stop(now + 0.4);
}

function tell() {
  const bell = document.getElementById("bell");
  if (!bell) return;
  const open = Number(bell.dataset.openAlerts);
  document.title = open ? `(${open}) ${title}` : title;
  const now = Number(bell.dataset.critical);
  if (critical !== null && now > critical && wanted()) beep();
  if (bell.dataset.known !== "no") critical = now;
}

// htmx sets the title of an answer after it has swapped it: the number is put back when it is done.
for (const event of ["htmx:after:swap", "htmx:finally:swap"]) document.addEventListener(event, tell);
document.addEventListener("click", (event) => {
  const button = event.target.closest("#alert-sound");
  if (!button) return;
  localStorage.setItem(SOUND, wanted() ? "off" : "on");
  button.setAttribute("aria-pressed", String(wanted()));
  if (wanted()) beep();
});
toggle()?.setAttribute("aria-pressed", String(wanted()));
tell();
