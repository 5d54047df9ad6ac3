// What a charging station is, whatever version it speaks: a state, a meter, limits, settings. It sends nothing itself.
const VOLTS = 230;
export const MAX_PURPOSES = ["ChargePointMaxProfile", "ChargingStationMaxProfile"];

export function makeStation({ kw, every, changed }) {
  let last = performance.now();
  const station = {
    state: "Available",
    inService: true,
    maxKw: kw,
    every,
    registerWh: 0, // never goes back
    session: null, // { id, token, startWh, began, seqNo, remoteStartId }
    profiles: [],
    settings: new Map(),
    limitKw: null,
    get charging() {
      return station.session !== null;
    },
    get powerKw() {
      return station.state === "Charging" ? Math.min(station.maxKw, station.limitKw ?? Infinity) : 0;
    },
    get sessionWh() {
      return station.session ? station.registerWh - station.session.startWh : 0;
    },
    become(state) {
      count();
      station.state = state;
      changed();
    },
    /* What is up to now: the meter has counted, schedules have moved on. */
    pass() {
      count();
      obey();
      changed();
    },
    install(profile) {
      station.profiles = station.profiles.filter(
        (one) => one.id !== profile.id && !(one.purpose === profile.purpose && one.level === profile.level && one.evse === profile.evse),
      );
      station.profiles.push({ ...profile, installed: Date.now() });
      obey();
    },
    /* Those that match are gone; whether there were any. */
    clear(matches) {
      const kept = station.profiles.filter((one) => !matches(one));
      const any = kept.length < station.profiles.length;
      station.profiles = kept;
      obey();
      return any;
    },
    forgetSession() {
      station.session = null;
      station.profiles = station.profiles.filter((one) => one.purpose !== "TxProfile");
      obey();
    },
  };

  /* The meter, up to now, at the power that was drawn since it was last looked at. */
  function count() {
    const at = performance.now();
    station.registerWh += (station.powerKw * (at - last)) / 3600;
    last = at;
  }

  function obey() {
    count();
    station.limitKw = limitOf(station);
    if (!station.session) return;
    if (station.limitKw === 0 && station.state === "Charging") station.become("SuspendedEVSE");
    if (station.limitKw !== 0 && station.state === "SuspendedEVSE") station.become("Charging");
  }
  return station;
}

/* The limit that holds now: the session's own profile before the default one, and never above the station's. */
function limitOf(station) {
  const now = Date.now();
  const best = (purposes) => {
    const candidates = station.profiles
      .filter((one) => purposes.includes(one.purpose))
      .sort((a, b) => b.level - a.level)
      .map((one) => limitIn(one, now, station.session))
      .filter((kw) => kw !== null);
    return candidates.length ? candidates[0] : null;
  };
  const ceiling = best(MAX_PURPOSES);
  const own = (station.session && best(["TxProfile"])) ?? best(["TxDefaultProfile"]);
  const both = [ceiling, own].filter((kw) => kw !== null);
  return both.length ? Math.min(...both) : null;
}

function limitIn({ schedule, installed }, now, session) {
  const start = Date.parse(schedule.startSchedule) || session?.began || installed;
  const seconds = (now - start) / 1000;
  if (seconds < 0 || (schedule.duration != null && seconds >= schedule.duration)) return null;
  const period = schedule.chargingSchedulePeriod.filter((one) => one.startPeriod <= seconds).at(-1);
  if (!period) return null;
  const watts = schedule.chargingRateUnit === "A" ? period.limit * VOLTS * (period.numberPhases ?? 3) : period.limit;
  return watts / 1000;
}

/* GetCompositeSchedule in either version's words: what holds now, for so long. */
export function composite(station, duration, unit) {
  const watts = (station.limitKw ?? station.maxKw) * 1000;
  const limit = unit === "A" ? watts / VOLTS / 3 : watts;
  return { duration, chargingRateUnit: unit, chargingSchedulePeriod: [{ startPeriod: 0, limit: Math.round(limit * 10) / 10 }] };
}

export const amperes = (kw) => (kw * 1000) / VOLTS / 3;
