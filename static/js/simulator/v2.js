// OCPP 2.0.1 and 2.1 as a station speaks them; the same two tables as of 1.6.
import { amperes, composite } from "./station.js";
import { found } from "./v16.js";

export const STATUSES = ["Available", "Occupied", "Reserved", "Unavailable", "Faulted"];
const CHARGING_STATES = { Preparing: "EVConnected", Charging: "Charging", SuspendedEVSE: "SuspendedEVSE", SuspendedEV: "SuspendedEV", Finishing: "EVConnected", Available: "Idle" };
const IDLE = ["Available", "Reserved", "Unavailable", "Faulted"];
const RESULT_OF = { Immediate: "ImmediateReset", OnIdle: "ImmediateReset" };
const now = () => new Date().toISOString();

/* Component.Variable: [value, writable, data type]. */
const VARIABLES = {
  "OCPPCommCtrlr.HeartbeatInterval": ["60", true, "integer"],
  "SampledDataCtrlr.TxUpdatedInterval": ["5", true, "integer"],
  "AuthCtrlr.Enabled": ["true", true, "boolean"],
  "SmartChargingCtrlr.Enabled": ["true", false, "boolean"],
  "ChargingStation.Model": ["Browser Simulator", false, "string"],
  "ChargingStation.VendorName": ["Halla", false, "string"],
  "EVSE.Power": ["0", false, "decimal"],
};

export function speak2({ station, link, flow, connector }) {
  for (const [name, [value]] of Object.entries(VARIABLES)) station.settings.set(name, value);
  station.settings.set("SampledDataCtrlr.TxUpdatedInterval", String(station.every));

  const token = (idToken) => ({ idToken, type: "ISO14443" });
  const sampled = (context = "Sample.Periodic") => [{
    timestamp: now(),
    sampledValue: [
      { value: Math.round(station.registerWh * 10) / 10, context, measurand: "Energy.Active.Import.Register", unitOfMeasure: { unit: "Wh" } },
      { value: Math.round(station.powerKw * 1000), context, measurand: "Power.Active.Import", unitOfMeasure: { unit: "W" } },
      { value: Math.round(amperes(station.powerKw) * 10) / 10, context, measurand: "Current.Import", unitOfMeasure: { unit: "A" } },
    ],
  }];
  const event = (eventType, triggerReason, session, more = {}, info = {}) =>
    link().call("TransactionEvent", {
      eventType, timestamp: now(), triggerReason, seqNo: session.seqNo++,
      transactionInfo: { transactionId: session.id, chargingState: CHARGING_STATES[station.state] ?? "Idle", ...info },
      evse: { id: connector(), connectorId: 1 }, ...more,
    });
  const send = {
    boot: (reason = "PowerUp") => link().call("BootNotification", { reason, chargingStation: { vendorName: "Halla", model: "Browser Simulator", serialNumber: "HALLA-BROWSER", firmwareVersion: "1.0" } }),
    heartbeat: () => link().call("Heartbeat", {}),
    authorize: async (id) => (await link().call("Authorize", { idToken: token(id) })).idTokenInfo.status,
    status: (status = IDLE.includes(station.state) ? station.state : "Occupied") =>
      link().call("StatusNotification", { timestamp: now(), connectorStatus: STATUSES.includes(status) ? status : "Occupied", evseId: connector(), connectorId: 1 }),
    async begin(session) {
      session.id = crypto.randomUUID?.() ?? `sim-${Date.now().toString(36)}`;
      session.seqNo = 0;
      const info = session.remoteStartId == null ? {} : { remoteStartId: session.remoteStartId };
      const trigger = session.remoteStartId == null ? "Authorized" : "RemoteStart";
      const answer = await event("Started", trigger, session, { idToken: token(session.token), meterValue: sampled("Transaction.Begin") }, info);
      return answer.idTokenInfo?.status ?? "Accepted";
    },
    charging: () => event("Updated", "ChargingStateChanged", station.session, { meterValue: sampled() }),
    meter: () => (station.session ? event("Updated", "MeterValuePeriodic", station.session, { meterValue: sampled() }) : link().call("MeterValues", { evseId: connector(), meterValue: sampled() })),
    end: (session, reason) =>
      event("Ended", { Remote: "RemoteStop", Local: "StopAuthorized", UnlockCommand: "UnlockCommand" }[reason] ?? "ResetCommand", session,
        { meterValue: sampled("Transaction.End"), ...(reason === "Local" && { idToken: token(session.token) }) },
        { stoppedReason: { Remote: "Remote", Local: "Local", UnlockCommand: "Other" }[reason] ?? "ImmediateReset" }),
    data: () => link().call("DataTransfer", { vendorId: "org.halla.simulator", messageId: "Hello", data: "Hello" }),
  };

  const profileOf = (profile, evseId) => ({ id: profile.id, purpose: profile.chargingProfilePurpose, level: profile.stackLevel, evse: evseId, schedule: profile.chargingSchedule[0] });
  const nameOf = ({ component, variable }) => `${component.name}.${variable.name}`;
  const accepted = (then) => [{ status: "Accepted" }, then];
  const rejected = () => [{ status: "Rejected" }];
  const unknown = (one) => (Object.keys(VARIABLES).some((name) => name.startsWith(`${one.component.name}.`)) ? "UnknownVariable" : "UnknownComponent");
  const report = (requestId) => ({
    requestId, generatedAt: now(), seqNo: 0, tbc: false,
    reportData: Object.entries(VARIABLES).map(([name, [, writable, dataType]]) => ({
      component: { name: name.split(".")[0] }, variable: { name: name.split(".")[1] },
      variableAttribute: [{ type: "Actual", value: station.settings.get(name), mutability: writable ? "ReadWrite" : "ReadOnly" }],
      variableCharacteristics: { dataType, supportsMonitoring: false },
    })),
  });
  const answers = {
    RequestStartTransaction({ idToken, remoteStartId, chargingProfile, evseId = 1 }) {
      if (station.charging || !station.inService) return rejected();
      return accepted(() => flow.start(idToken.idToken, { remoteStartId, profile: chargingProfile && profileOf(chargingProfile, evseId) }));
    },
    RequestStopTransaction: ({ transactionId }) => (station.session?.id === transactionId ? accepted(() => flow.stop("Remote")) : rejected()),
    GetVariables: ({ getVariableData }) => [{
      getVariableResult: getVariableData.map((one) => {
        station.settings.set("EVSE.Power", String(Math.round(station.powerKw * 1000)));
        const value = station.settings.get(nameOf(one));
        const { component, variable } = one;
        return value === undefined ? { attributeStatus: unknown(one), component, variable } : { attributeStatus: "Accepted", attributeValue: value, component, variable };
      }),
    }],
    SetVariables: ({ setVariableData }) => [{
      setVariableResult: setVariableData.map((one) => ({ attributeStatus: put(one), component: one.component, variable: one.variable })),
    }],
    SetChargingProfile({ evseId, chargingProfile }) {
      if (chargingProfile.chargingProfilePurpose === "TxProfile" && chargingProfile.transactionId !== station.session?.id) return rejected();
      station.install(profileOf(chargingProfile, evseId));
      return accepted(flow.limited);
    },
    ClearChargingProfile({ chargingProfileId: id, chargingProfileCriteria: wanted = {} }) {
      const any = station.clear((one) =>
        id != null ? one.id === id : (!wanted.chargingProfilePurpose || one.purpose === wanted.chargingProfilePurpose) && (wanted.stackLevel == null || one.level === wanted.stackLevel) && (wanted.evseId == null || one.evse === wanted.evseId));
      return [{ status: any ? "Accepted" : "Unknown" }, flow.limited];
    },
    GetCompositeSchedule: ({ evseId, duration, chargingRateUnit = "W" }) => [
      { status: "Accepted", schedule: { evseId, scheduleStart: now(), ...composite(station, duration, chargingRateUnit) } },
    ],
    Reset: ({ type }) => (type in RESULT_OF ? accepted(() => flow.restart(RESULT_OF[type])) : rejected()),
    UnlockConnector: () => (station.charging ? [{ status: "OngoingAuthorizedTransaction" }] : [{ status: "Unlocked" }]),
    TriggerMessage({ requestedMessage }) {
      const message = {
        BootNotification: () => send.boot("Triggered"), Heartbeat: send.heartbeat, StatusNotification: () => send.status(), MeterValues: () => link().call("MeterValues", { evseId: connector(), meterValue: sampled("Trigger") }),
        TransactionEvent: station.charging && (() => event("Updated", "Trigger", station.session, { meterValue: sampled("Trigger") })),
      }[requestedMessage];
      return message ? accepted(message) : [{ status: message === false ? "Rejected" : "NotImplemented" }];
    },
    ChangeAvailability: ({ operationalStatus }) => (station.charging && operationalStatus === "Inoperative" ? [{ status: "Scheduled" }, () => flow.serve(false)] : accepted(() => flow.serve(operationalStatus === "Operative"))),
    GetBaseReport: ({ requestId }) => accepted(() => link().call("NotifyReport", report(requestId))),
    GetTransactionStatus: ({ transactionId }) => [{ ongoingIndicator: station.session?.id === transactionId, messagesInQueue: false }],
    DataTransfer: ({ vendorId }) => [{ status: vendorId === "org.halla.simulator" ? "Accepted" : "UnknownVendorId" }],
    ClearCache: () => accepted(),
    GetLocalListVersion: () => [{ versionNumber: 0 }],
  };

  function put(one) {
    const name = nameOf(one);
    if (!(name in VARIABLES)) return unknown(one);
    const [, writable, dataType] = VARIABLES[name];
    if (!writable || (dataType === "integer" && !/^\d+$/.test(one.attributeValue))) return "Rejected";
    station.settings.set(name, one.attributeValue);
    if (name === "SampledDataCtrlr.TxUpdatedInterval") station.every = Number(one.attributeValue);
    if (name === "OCPPCommCtrlr.HeartbeatInterval") flow.beat(Number(one.attributeValue));
    return "Accepted";
  }
  return { STATUSES, send, answer: (action, payload) => found(answers, action)(payload) };
}
