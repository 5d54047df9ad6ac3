// OCPP 1.6 as a station speaks it. `send` makes the messages of the buttons, `answers` those to what the system asks.
import { Refused } from "./link.js";
import { amperes, composite, MAX_PURPOSES } from "./station.js";

export const STATUSES = ["Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted"];
const READ_ONLY = { NumberOfConnectors: "1", SupportedFeatureProfiles: "Core,SmartCharging,RemoteTrigger", ChargeProfileMaxStackLevel: "10", ChargingScheduleAllowedChargingRateUnit: "Current,Power", ChargingScheduleMaxPeriods: "24", MaxChargingProfilesInstalled: "10" };
const OWN = { HeartbeatInterval: "60", MeterValueSampleInterval: "5", ConnectionTimeOut: "60", AuthorizeRemoteTxRequests: "false", LocalAuthorizeOffline: "true" };
const now = () => new Date().toISOString();

export function speak16({ station, link, flow, connector }) {
  for (const [key, value] of Object.entries(OWN)) station.settings.set(key, value);
  station.settings.set("MeterValueSampleInterval", String(station.every));

  const sampled = () => [
    { value: station.registerWh.toFixed(1), measurand: "Energy.Active.Import.Register", unit: "Wh", context: "Sample.Periodic" },
    { value: (station.powerKw * 1000).toFixed(0), measurand: "Power.Active.Import", unit: "W", context: "Sample.Periodic" },
    { value: amperes(station.powerKw).toFixed(1), measurand: "Current.Import", unit: "A", context: "Sample.Periodic" },
  ];
  const send = {
    boot: () => link().call("BootNotification", { chargePointVendor: "Halla", chargePointModel: "Browser Simulator", chargePointSerialNumber: "HALLA-BROWSER", firmwareVersion: "1.0" }),
    heartbeat: () => link().call("Heartbeat", {}),
    authorize: async (idTag) => (await link().call("Authorize", { idTag })).idTagInfo.status,
    status: (status = station.state, errorCode = "NoError") =>
      link().call("StatusNotification", { connectorId: connector(), errorCode: status === "Faulted" ? "OtherError" : errorCode, status, timestamp: now() }),
    async begin(session) {
      const answer = await link().call("StartTransaction", { connectorId: connector(), idTag: session.token, meterStart: Math.round(session.startWh), timestamp: now() });
      session.id = answer.transactionId;
      return answer.idTagInfo.status;
    },
    charging: () => send.status("Charging"),
    meter: () =>
      link().call("MeterValues", { connectorId: connector(), ...(station.session && { transactionId: station.session.id }), meterValue: [{ timestamp: now(), sampledValue: sampled() }] }),
    end: (session, reason) =>
      link().call("StopTransaction", { transactionId: session.id, idTag: session.token, meterStop: Math.round(station.registerWh), timestamp: now(), reason }),
    data: () => link().call("DataTransfer", { vendorId: "org.halla.simulator", messageId: "Hello", data: "Hello" }),
  };

  const purposeOf = (profile) => ({ id: profile.chargingProfileId, purpose: profile.chargingProfilePurpose, level: profile.stackLevel, evse: 0, schedule: profile.chargingSchedule });
  const accepted = (then) => [{ status: "Accepted" }, then];
  const rejected = () => [{ status: "Rejected" }];
  const answers = {
    RemoteStartTransaction({ idTag, chargingProfile }) {
      if (station.charging || !station.inService) return rejected();
      return accepted(() => flow.start(idTag, { reason: "Remote", profile: chargingProfile && purposeOf(chargingProfile) }));
    },
    RemoteStopTransaction: ({ transactionId }) => (station.session?.id === transactionId ? accepted(() => flow.stop("Remote")) : rejected()),
    GetConfiguration({ key }) {
      const all = { ...READ_ONLY, ...Object.fromEntries(station.settings) };
      const wanted = key?.length ? key : Object.keys(all);
      return [{
        configurationKey: wanted.filter((one) => one in all).map((one) => ({ key: one, readonly: one in READ_ONLY, value: all[one] })),
        unknownKey: wanted.filter((one) => !(one in all)),
      }];
    },
    ChangeConfiguration({ key, value }) {
      if (key in READ_ONLY) return rejected();
      if (!station.settings.has(key)) return [{ status: "NotSupported" }];
      if (key.endsWith("Interval") && !(Number(value) >= 0)) return rejected();
      station.settings.set(key, value);
      if (key === "MeterValueSampleInterval") station.every = Number(value);
      if (key === "HeartbeatInterval") flow.beat(Number(value));
      return accepted();
    },
    SetChargingProfile({ csChargingProfiles: profile }) {
      if (profile.chargingProfilePurpose === "TxProfile" && !station.charging) return rejected();
      station.install(purposeOf(profile));
      return accepted(flow.limited);
    },
    ClearChargingProfile({ id, chargingProfilePurpose: purpose, stackLevel }) {
      const any = station.clear((one) => (id == null || one.id === id) && (!purpose || one.purpose === purpose) && (stackLevel == null || one.level === stackLevel));
      return [{ status: any ? "Accepted" : "Unknown" }, flow.limited];
    },
    GetCompositeSchedule: ({ connectorId, duration, chargingRateUnit = "W" }) => [
      { status: "Accepted", connectorId, scheduleStart: now(), chargingSchedule: composite(station, duration, chargingRateUnit) },
    ],
    Reset: ({ type }) => accepted(() => flow.restart(type === "Hard" ? "HardReset" : "SoftReset")),
    UnlockConnector: () => [{ status: "Unlocked" }, () => station.charging && flow.stop("UnlockCommand")],
    TriggerMessage({ requestedMessage }) {
      const message = { BootNotification: send.boot, Heartbeat: send.heartbeat, StatusNotification: () => send.status(), MeterValues: send.meter }[requestedMessage];
      return message ? accepted(message) : [{ status: "NotImplemented" }];
    },
    ChangeAvailability: ({ type }) => (station.charging && type === "Inoperative" ? [{ status: "Scheduled" }, () => flow.serve(false)] : accepted(() => flow.serve(type === "Operative"))),
    DataTransfer: ({ vendorId }) => [{ status: vendorId === "org.halla.simulator" ? "Accepted" : "UnknownVendorId" }],
    ClearCache: () => accepted(),
    GetLocalListVersion: () => [{ listVersion: 0 }],
  };
  return { STATUSES, send, MAX_PURPOSES, answer: (action, payload) => found(answers, action)(payload) };
}

export function found(answers, action) {
  if (!Object.hasOwn(answers, action)) throw new Refused("NotImplemented", `The simulator does not know ${action}.`);
  return answers[action];
}
