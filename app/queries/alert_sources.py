"""Where alerts come from: one SELECT per kind, all with the same columns. What counts as wrong is decided here."""

from app.queries.alert_runs import run_above

ROUTINE = (
    "FirmwareUpdated",
    "SettingSystemTime",
    "StartupOfTheDevice",
    "ResetOrReboot",
    "ReconfigurationOfSecurityParameters",
)
"""Security events (OCPP 2.0.1, appendix 2) that belong to everyday operation."""
ATTACKS = (
    "AttemptedReplayAttacks",
    "TamperDetectionActivated",
    "InvalidFirmwareSignature",
    "InvalidFirmwareSigningCertificate",
    "InvalidCsmsCertificate",
    "InvalidCentralSystemCertificate",
    "FailedToAuthenticateAtCsms",
    "FailedToAuthenticateAtCentralSystem",
    "SecurityLogWasCleared",
)
DONE = (
    "Installed",
    "Uploaded",
    "Published",
    "Unpublished",
    "Canceled",
    "AcceptedCanceled",
)

_NOW = "%(now)s::timestamptz"

# Every branch has the same columns: kind, severity (0 worst), station, site, EVSE, part of the key, since, until,
# detail, value, threshold, times.
_FAULTED = f"""
SELECT 'faulted' AS kind, 0 AS rank, c.station_id, NULL::text AS location_id, c.evse_id,
       c.evse_id || '.' || c.connector_id AS part, c.status_at AS since, NULL::timestamptz AS until,
       nullif(concat_ws(' · ', nullif(c.error_code, 'NoError'), c.vendor_error_code, c.info), '') AS detail,
       NULL::float8 AS value, NULL::float8 AS threshold, 1::bigint AS times
FROM connector_state c JOIN station_state ss USING (station_id)
WHERE c.status = 'Faulted' AND ss.online AND c.status_at <= {_NOW}
"""

_OFFLINE = f"""
SELECT CASE WHEN t.id IS NULL THEN 'offline' ELSE 'offline_charging' END,
       CASE WHEN t.id IS NULL THEN 1 ELSE 0 END, s.id, NULL, coalesce(t.evse_id, 0), '',
       ss.disconnected_at, NULL, t.transaction_id, t.energy_wh::float8, NULL, 1
FROM station s JOIN station_state ss ON ss.station_id = s.id
LEFT JOIN LATERAL (
    SELECT id, evse_id, transaction_id, energy_wh FROM "transaction"
    WHERE station_id = s.id AND ended_at IS NULL ORDER BY id DESC LIMIT 1
) t ON true
WHERE NOT ss.online AND s.registration = 'accepted' AND s.retired_at IS NULL
  AND ss.disconnected_at <= {_NOW} - interval '2 minutes'
"""

_NO_PROGRESS = f"""
SELECT 'no_progress', 1, t.station_id, NULL, t.evse_id, t.id::text,
       coalesce((SELECT min(m.measured_at) FROM meter_sample m
                 WHERE m.station_id = t.station_id AND m.evse_id = t.evse_id
                   AND m.measured_at >= t.started_at - interval '1 hour'
                   AND m.transaction_id = t.id AND m.suspect IS NULL
                   AND m.energy_wh >= t.meter_start_wh + t.energy_wh), t.started_at),
       NULL, t.transaction_id, t.energy_wh::float8, NULL, 1
FROM "transaction" t JOIN station_state ss USING (station_id)
LEFT JOIN LATERAL (
    SELECT m.energy_wh FROM meter_sample m
    WHERE m.station_id = t.station_id AND m.evse_id = t.evse_id
      AND m.measured_at >= t.started_at - interval '1 hour'
      AND m.measured_at <= {_NOW} - interval '15 minutes'
      AND m.transaction_id = t.id AND m.energy_wh IS NOT NULL AND m.suspect IS NULL
    ORDER BY m.measured_at DESC LIMIT 1
) earlier ON true
WHERE t.ended_at IS NULL AND ss.online AND t.started_at <= {_NOW} - interval '15 minutes'
  AND coalesce(t.charging_state, 'Charging') = 'Charging'
  AND t.energy_wh <= coalesce(earlier.energy_wh - t.meter_start_wh, 0) + 1
  -- what tells nothing while it charges is not known to stand still; an EVSE's row is no witness, for it is not
  -- written anew while its readings stay the same
  AND t.meter_at > {_NOW} - interval '15 minutes'
"""

_UNMETERED = f"""
SELECT 'unmetered', 1, t.station_id, NULL, t.evse_id, t.evse_id::text, max(t.ended_at), NULL,
       (array_agg(t.transaction_id ORDER BY t.id DESC))[1], max(m.power_w), NULL, count(*)
FROM "transaction" t
CROSS JOIN LATERAL (
    SELECT max(power_w) AS power_w,
           avg(power_w) * extract(epoch FROM max(measured_at) - min(measured_at)) / 3600 AS about_wh
    FROM meter_sample
    WHERE station_id = t.station_id AND evse_id = t.evse_id AND transaction_id = t.id
      AND measured_at BETWEEN t.started_at - interval '1 hour' AND t.ended_at + interval '1 hour'
      AND power_w > 0 AND suspect IS NULL
) m
WHERE t.ended_at > {_NOW} - interval '3 days' AND t.energy_wh = 0 AND m.about_wh >= 100
GROUP BY t.station_id, t.evse_id
"""
"""Its register is missing or stands still. No energy is made of the power: what was not metered is not billed."""

_ABOVE_ACCEPTED = run_above(
    "e.station_id = told.station_id AND (told.scope = 'station' OR e.evse_id = told.evse_id)",
    "told.accepted_w * 1.05 + 100",
    "told.accepted_at + interval '60 seconds'",
    _NOW,
)

_LIMITS = f"""
SELECT CASE WHEN refused THEN 'limit_refused' ELSE 'limit_exceeded' END,
       CASE WHEN refused THEN 1 ELSE 0 END, station_id, NULL, evse_id, evse_id::text,
       CASE WHEN refused THEN requested_at ELSE {_ABOVE_ACCEPTED} END, NULL, status,
       CASE WHEN refused THEN requested_w ELSE power_w END, accepted_w, 1
FROM (
    SELECT p.*, e.power_w, p.status NOT IN ('accepted', 'requested') AS refused,
           -- an EVSE's row is not written anew while its readings stay the same: these bear witness too
           e.power_w > p.accepted_w * 1.05 + 100 AND (
               e.measured_at > p.accepted_at + interval '60 seconds'
               OR EXISTS (
                   SELECT FROM meter_sample m
                   WHERE m.station_id = p.station_id AND (p.scope = 'station' OR m.evse_id = p.evse_id)
                     AND m.measured_at > p.accepted_at + interval '60 seconds'
                     AND m.transaction_id IS NOT NULL AND m.power_w IS NOT NULL
               )
           ) AS exceeded
    FROM power_limit p JOIN station_state ss USING (station_id)
    CROSS JOIN LATERAL (
        SELECT sum(power_w) FILTER (WHERE transaction_id IS NOT NULL) AS power_w,
               max(measured_at) AS measured_at, max(transaction_id) AS running
        FROM evse_state
        WHERE station_id = p.station_id AND (p.scope = 'station' OR evse_id = p.evse_id)
    ) e
    WHERE ss.online AND (p.scope = 'station' OR p.transaction_id = e.running)
) told
WHERE (refused AND requested_at > {_NOW} - interval '1 day') OR (NOT refused AND exceeded)
"""

_ABOVE_GRID = run_above(
    "s.location_id = l.id AND s.retired_at IS NULL",
    "l.grid_limit_w * 1.02",
    "'-infinity'::timestamptz",
    _NOW,
)

_OVERLOAD = f"""
SELECT 'overload', 0, NULL, l.id, 0, '', {_ABOVE_GRID}, NULL, NULL, sum(e.power_w),
       l.grid_limit_w, 1
FROM location l
JOIN station s ON s.location_id = l.id
JOIN station_state ss ON ss.station_id = s.id AND ss.online
JOIN evse_state e ON e.station_id = s.id AND e.transaction_id IS NOT NULL
WHERE l.grid_limit_w IS NOT NULL AND l.retired_at IS NULL
GROUP BY l.id HAVING sum(e.power_w) > l.grid_limit_w * 1.02
"""

_SECURITY = f"""
SELECT 'security', CASE WHEN type = ANY(%(attacks)s) THEN 0 ELSE 1 END, station_id, NULL, 0, type,
       max(received_at), NULL,
       type || coalesce(' · ' || nullif((array_agg(tech_info ORDER BY received_at DESC))[1], ''), ''),
       NULL, NULL, count(*)
FROM security_event
WHERE received_at > {_NOW} - interval '7 days' AND type <> ALL(%(routine)s)
GROUP BY station_id, type
"""

_CERTIFICATE = f"""
SELECT 'certificate', CASE WHEN expires_at <= {_NOW} + interval '7 days' THEN 0 ELSE 1 END,
       station_id, NULL, 0, use,
       CASE WHEN expires_at <= {_NOW} THEN expires_at
            WHEN expires_at <= {_NOW} + interval '7 days' THEN expires_at - interval '7 days'
            ELSE expires_at - interval '30 days' END,
       expires_at, use, NULL, NULL, 1
FROM (
    SELECT station_id, 'ChargingStationCertificate' AS use, certificate_expires_at AS expires_at
    FROM station_security
    UNION ALL
    SELECT station_id, use, min(expires_at) FROM installed_certificate
    WHERE use <> 'ChargingStationCertificate' GROUP BY station_id, use
) certificate
WHERE expires_at <= {_NOW} + interval '30 days'
"""

_REFUSED = f"""
SELECT 'refused', 1, s.id, NULL, 0, r.code || ':' || r.remote_address, r.first_at, NULL,
       r.reason, NULL, NULL, r.times
FROM connection_refusal r
JOIN (SELECT id, id AS called FROM station UNION ALL SELECT station_id, alias FROM station_alias) s
    ON s.called = r.identity
LEFT JOIN station_state ss ON ss.station_id = s.id
WHERE r.last_at > {_NOW} - interval '1 day'
  AND NOT (coalesce(ss.online, false) AND coalesce(ss.connected_at > r.last_at, false))
"""

_JOB_FAILED = f"""
SELECT 'job_failed', 1, j.station_id, NULL, 0, j.kind, j.finished_at, NULL, j.status, NULL, NULL, 1
FROM (
    SELECT DISTINCT ON (station_id, kind) station_id, kind, status, finished_at FROM station_job
    WHERE requested_at > {_NOW} - interval '7 days' ORDER BY station_id, kind, id DESC
) j
WHERE j.finished_at > {_NOW} - interval '3 days' AND j.status <> ALL(%(done)s)
"""

_EVENT = f"""
SELECT 'event', CASE WHEN severity <= 3 THEN 0 ELSE 1 END, station_id, NULL, evse_id,
       component || '.' || variable || '.' || evse_id || '.' || coalesce(monitor_id, 0), received_at, NULL,
       concat_ws(' · ', component || ' ' || variable, actual_value, tech_code, tech_info),
       severity, NULL, 1
FROM (
    SELECT DISTINCT ON (e.station_id, e.component, e.variable, e.evse_id, e.monitor_id)
           e.station_id, e.component, e.variable, e.evse_id, e.monitor_id, e.received_at,
           e.actual_value, e.cleared, e.trigger, e.tech_code, e.tech_info, m.severity
    FROM station_event e
    LEFT JOIN monitor m ON m.station_id = e.station_id AND m.monitor_id = e.monitor_id
    WHERE e.received_at > {_NOW} - interval '1 day'
    ORDER BY e.station_id, e.component, e.variable, e.evse_id, e.monitor_id, e.id DESC
) newest
WHERE trigger = 'Alerting' AND NOT coalesce(cleared, false) AND coalesce(severity, 4) <= 4
"""

_CLOCK_AHEAD = f"""
SELECT 'clock_ahead', 1, told.station_id, NULL, 0, '', coalesce(ss.connected_at, {_NOW}), NULL, NULL,
       extract(epoch FROM told.at - coalesce(ss.last_seen_at, {_NOW})), NULL, 1
FROM (
    SELECT station_id, max(at) AS at FROM (
        SELECT station_id, last_event_at AS at FROM "transaction" WHERE ended_at IS NULL
        UNION ALL SELECT station_id, measured_at FROM evse_state
        UNION ALL SELECT station_id, status_at FROM connector_state
    ) moment
    WHERE at > {_NOW} + interval '1 hour'
    GROUP BY station_id
) told
JOIN station_state ss ON ss.station_id = told.station_id AND ss.online
"""
"""As `app.domain.clocks.AHEAD`. Many tell their own zone's time as UTC: in Korea nine hours ahead."""

_WAITING = f"""
SELECT 'waiting', 2, s.id, NULL, 0, '', coalesce(ss.connected_at, s.created_at, {_NOW}), NULL,
       nullif(concat_ws(' ', s.vendor, s.model), ''), NULL, NULL, 1
FROM station s JOIN station_state ss ON ss.station_id = s.id
WHERE s.registration = 'pending' AND ss.online AND s.retired_at IS NULL
"""

SOURCES = (
    _FAULTED,
    _OFFLINE,
    _NO_PROGRESS,
    _UNMETERED,
    _LIMITS,
    _OVERLOAD,
    _SECURITY,
    _CERTIFICATE,
    _REFUSED,
    _JOB_FAILED,
    _EVENT,
    _CLOCK_AHEAD,
    _WAITING,
)
