// Markers as HTML: real links with names, so that a keyboard and a screen reader meet them too. No inline styles.
import { STATUSES } from "./fleet.js";
import { say, sayStatus, siteName } from "./words.js";

const L = window.L;
const RADIUS = 18;
const ROUND = 2 * Math.PI * RADIUS;
const GAP = 2;

function escape(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function icon(html) {
  return L.divIcon({ className: "mk-icon", iconSize: [0, 0], html });
}

export function chargerIcon({ members: [charger], selected, hover }, close) {
  const label = `${charger.name}, ${sayStatus(charger.status)}`;
  const state = `${selected ? " selected" : ""}${hover ? " hover" : ""}`;
  return icon(
    `<a class="mk one s-${charger.status}${state}" href="/?charger=${encodeURIComponent(charger.station_id)}" data-station="${escape(charger.station_id)}" aria-label="${escape(label)}" title="${escape(label)}">` +
      `<svg class="g" width="26" height="26" aria-hidden="true"><use href="#st-${charger.status}"/></svg>${close ? `<span class="mk-side" aria-hidden="true">${escape(charger.name)}</span>` : ""}</a>`,
  );
}

export function ringIcon({ counts, members, selected, hover }, sites, close) {
  const total = members.length;
  let begun = 0;
  let arcs = "";
  counts.forEach((count, code) => {
    if (!count) return;
    const long = (count / total) * ROUND;
    const drawn = total === count ? long : Math.max(1, long - GAP);
    arcs += `<circle class="arc s-${STATUSES[code]}" cx="25" cy="25" r="${RADIUS}" stroke-dasharray="${drawn.toFixed(2)} ${ROUND.toFixed(2)}" stroke-dashoffset="${(-begun).toFixed(2)}" transform="rotate(-90 25 25)"/>`;
    begun += long;
  });
  const badge = counts[STATUSES.indexOf("faulted")] ? '<g class="s-faulted badge" transform="translate(31 0)"><use href="#st-faulted" width="18" height="18"/></g>' : "";
  const name = sites.size === 1 ? siteName(members[0]) : say("sites", { n: sites.size });
  const spoken = counts.map((count, code) => (count ? `${sayStatus(STATUSES[code])} ${count}` : "")).filter(Boolean).join(", ");
  const label = `${name}, ${say("chargers", { n: total })}: ${spoken}`;
  const to = sites.size === 1 && members[0].location_id ? `/?site=${encodeURIComponent(members[0].location_id)}` : "/";
  const pulse = selected ? '<circle class="pulse" cx="25" cy="25" r="24"/>' : "";
  return icon(
    `<a class="mk ring${hover ? " hover" : ""}" href="${to}" data-members="${escape(members.map((each) => each.station_id).join("\n"))}" aria-label="${escape(label)}" title="${escape(label)}">` +
      `<svg width="${close ? 36 : 52}" height="${close ? 36 : 52}" viewBox="-1 -1 52 52" aria-hidden="true">${pulse}<circle class="core" cx="25" cy="25" r="23"/>${arcs}<text x="25" y="29.5" text-anchor="middle">${total}</text>${badge}</svg>` +
      (close ? "</a>" : `<span class="mk-name" aria-hidden="true">${escape(name)}</span></a>`),
  );
}
