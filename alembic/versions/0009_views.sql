-- The original project's seven tables, and three logs that its documents named, over what Halla stores.
--
-- Moments of type timestamp are the site's own clock. What Halla does not know is NULL. docs/sql-views.md says what
-- each column means.

CREATE VIEW station_info AS
SELECT row_number() OVER (ORDER BY l.created_at, l.id)::int AS id,
       l.id AS station_id,
       l.name AS station_name,
       l.address,
       ST_X(l.position) AS longitude,
       ST_Y(l.position) AS latitude,
       l.operator_name,
       l.operator_phone,
       l.operator_email,
       (SELECT count(*) FROM station s WHERE s.location_id = l.id)::int AS total_chargers,
       l.created_at AT TIME ZONE l.time_zone AS created_at,
       l.updated_at AT TIME ZONE l.time_zone AS updated_at
FROM location l;

CREATE VIEW charger_info AS
SELECT row_number() OVER (ORDER BY s.created_at, s.id)::int AS id,
       s.id AS charger_id,
       s.location_id AS station_id,
       s.serial_number,
       s.category AS charger_type,
       s.vendor AS manufacturer,
       s.model AS model_name,
       NULL::date AS manufacturing_date,
       s.max_power_w / 1000 AS rated_power,
       s.max_power_w / 1000 AS max_output,
       s.min_power_w / 1000 AS min_output,
       s.location_detail,
       ST_X(coalesce(s.position, l.position)) AS longitude,
       ST_Y(coalesce(s.position, l.position)) AS latitude,
       NULL::varchar AS floor_level,
       NULL::varchar AS charging_standard,
       s.connector_type,
       (SELECT count(*) > 1 FROM connector k WHERE k.station_id = s.id) AS is_multi_connector,
       CASE WHEN NOT coalesce(h.online, false) THEN 'offline'
            WHEN c.faulted THEN 'fault'
            WHEN e.running OR c.occupied THEN 'in_use'
            WHEN c.reserved THEN 'reserved'
            WHEN c.unavailable THEN 'maintenance'
            WHEN c.available THEN 'available'
            ELSE 'maintenance' END AS current_status,
       greatest(c.status_at, h.connected_at, h.disconnected_at) AT TIME ZONE z.zone AS last_status_update,
       CASE WHEN h.protocol IS NOT NULL THEN true END AS supports_remote_control,
       CASE WHEN p.taken THEN true WHEN p.refused THEN false END AS power_control_available,
       p.limit_w / 1000 AS current_power_limit,
       f.session_fee::numeric(10,2) AS base_fee,
       f.price_per_kwh::numeric(10,2) AS unit_price_kwh,
       CASE WHEN f.id IS NOT NULL THEN 0 END::numeric(10,2) AS unit_price_time,
       CASE WHEN f.id IS NOT NULL THEN 0 END::numeric(10,2) AS parking_fee,
       NULL::varchar AS asset_tag,
       NULL::varchar AS fixed_asset_no,
       s.installed_on AS installation_date,
       NULL::date AS warranty_expiry,
       s.firmware_version,
       NULL::timestamp AS last_maintenance,
       NULL::timestamp AS next_maintenance,
       s.created_at AT TIME ZONE z.zone AS created_at,
       s.updated_at AT TIME ZONE z.zone AS updated_at,
       f.currency
FROM station s
LEFT JOIN location l ON l.id = s.location_id
CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
LEFT JOIN tariff f ON f.id = coalesce(s.tariff_id, l.tariff_id)
LEFT JOIN station_state h ON h.station_id = s.id
LEFT JOIN (
    SELECT station_id, max(status_at) AS status_at,
           bool_or(status = 'Faulted') AS faulted, bool_or(status = 'Occupied') AS occupied,
           bool_or(status = 'Reserved') AS reserved, bool_or(status = 'Unavailable') AS unavailable,
           bool_or(status = 'Available') AS available
    FROM connector_state GROUP BY station_id
) c ON c.station_id = s.id
LEFT JOIN (
    SELECT station_id, bool_or(transaction_id IS NOT NULL) AS running FROM evse_state GROUP BY station_id
) e ON e.station_id = s.id
LEFT JOIN (
    SELECT w.station_id, bool_or(w.accepted_at IS NOT NULL) AS taken, bool_or(w.status = 'rejected') AS refused,
           min(w.accepted_w) FILTER (WHERE w.scope = 'station' OR w.transaction_id = v.transaction_id) AS limit_w
    FROM power_limit w
    LEFT JOIN evse_state v ON v.station_id = w.station_id AND v.evse_id = w.evse_id
    GROUP BY w.station_id
) p ON p.station_id = s.id;

CREATE VIEW charger_usage_log AS
SELECT t.id,
       t.station_id AS charger_id,
       t.transaction_id,
       (t.started_at AT TIME ZONE z.zone)::date AS session_date,
       t.started_at AT TIME ZONE z.zone AS start_time,
       t.ended_at AT TIME ZONE z.zone AS end_time,
       round(d.seconds / 60)::int AS duration_minutes,
       (t.energy_wh / 1000)::numeric(10,3) AS energy_delivered,
       (t.meter_start_wh / 1000)::numeric(12,3) AS energy_meter_start,
       (t.meter_wh / 1000)::numeric(12,3) AS energy_meter_end,
       (t.energy_wh / nullif(d.seconds, 0) * 3.6)::float8 AS average_power,
       (SELECT max(h.max_power_w) / 1000 FROM session_hour h WHERE h.transaction_id = t.id) AS max_power,
       (SELECT min(h.min_power_w) / 1000 FROM session_hour h WHERE h.transaction_id = t.id) AS min_power,
       t.session_fee::numeric(10,2) AS base_charge,
       (t.energy_wh * t.price_per_kwh / 1000)::numeric(10,2) AS energy_charge,
       CASE WHEN t.currency IS NOT NULL THEN 0 END::numeric(10,2) AS time_charge,
       CASE WHEN t.currency IS NOT NULL THEN 0 END::numeric(10,2) AS parking_charge,
       t.cost::numeric(10,2) AS total_charge,
       NULL::varchar AS payment_method,
       NULL::varchar AS payment_status,
       NULL::timestamp AS payment_date,
       NULL::varchar AS vehicle_type,
       encode(sha256(convert_to(lower(t.id_token), 'UTF8')), 'hex')::varchar AS user_id_hash,
       CASE WHEN t.ended_at IS NULL THEN 'in_progress' ELSE 'completed' END AS status,
       CASE WHEN t.stop_reason IN ('EmergencyStop', 'GroundFault', 'HardReset', 'OvercurrentFault', 'PowerLoss',
                                   'PowerQuality', 'Reboot', 'SoftReset', 'Timeout', 'Superseded')
            THEN t.stop_reason END AS error_code,
       CASE WHEN t.stop_reason NOT IN ('DeAuthorized', 'EVDisconnected', 'Local', 'MasterPass', 'Remote') THEN (
           SELECT x.info FROM status_history x
           WHERE x.station_id = t.station_id AND x.evse_id = t.evse_id AND x.connector_id = t.connector_id
             AND x.status = 'Faulted' AND x.at BETWEEN t.started_at AND t.ended_at + interval '1 minute'
           ORDER BY x.at DESC LIMIT 1) END AS error_message,
       jsonb_strip_nulls(jsonb_build_object(
           'evse_id', t.evse_id, 'connector_id', t.connector_id, 'currency', t.currency,
           'price_per_kwh', t.price_per_kwh, 'stop_reason', t.stop_reason, 'charging_state', t.charging_state,
           'soc_start_percent', t.soc_start_percent, 'soc_percent', t.soc_percent, 'token_type', t.token_type,
           'token_status', t.token_status, 'station_cost', t.station_cost, 'simulated', t.simulated)) AS extra_data,
       t.created_at AT TIME ZONE 'Asia/Seoul' AS created_at,
       s.location_id AS station_id,
       t.energy_wh / 1000 AS energy_consumed,
       t.cost,
       t.id_token AS user_id,
       floor(d.seconds)::bigint AS duration_seconds,
       t.currency,
       t.started_at,
       t.ended_at,
       t.simulated
FROM transaction t
JOIN station s ON s.id = t.station_id
LEFT JOIN location l ON l.id = s.location_id
CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
CROSS JOIN LATERAL (SELECT extract(epoch FROM coalesce(t.ended_at, now()) - t.started_at) AS seconds) d;

CREATE VIEW power_consumption AS
SELECT hashtextextended(m.station_id || m.evse_id || m.context, extract(epoch FROM m.measured_at)::bigint)
           & 9223372036854775807 AS id,
       m.station_id AS charger_id,
       m.measured_at AT TIME ZONE z.zone AS measurement_time,
       (m.measured_at AT TIME ZONE z.zone)::date AS measurement_date,
       extract(hour FROM m.measured_at AT TIME ZONE z.zone)::int AS hour,
       m.power_w / 1000 AS input_power,
       (CASE WHEN m.suspect IS NULL THEN m.energy_wh END / 1000)::numeric(12,3) AS cumulative_energy,
       (SELECT sum(greatest(0, coalesce(
            CASE WHEN t.ended_at <= m.measured_at THEN t.meter_wh END,
            (SELECT max(n.energy_wh) FROM meter_sample n
             WHERE n.station_id = t.station_id AND n.evse_id = t.evse_id AND n.transaction_id = t.id
               AND n.measured_at >= t.started_at - interval '1 minute' AND n.measured_at <= m.measured_at
               AND n.suspect IS NULL),
            t.meter_start_wh, 0)
            - coalesce(
                (SELECT max(h.last_wh) FROM session_hour h
                 WHERE h.transaction_id = t.id AND h.hour < date_trunc('day', m.measured_at, z.zone)),
                t.meter_start_wh, 0))) / 1000
        FROM transaction t
        WHERE t.station_id = m.station_id AND t.started_at <= m.measured_at
          AND t.started_at > m.measured_at - interval '3 days'
          AND coalesce(t.ended_at, 'infinity') > date_trunc('day', m.measured_at, z.zone)
       )::numeric(10,3) AS daily_cumulative,
       (SELECT (o->>4)::float8 FROM jsonb_array_elements(m.other) o
        WHERE o->>0 = 'Power.Factor' AND jsonb_typeof(o->4) = 'number' LIMIT 1) AS power_factor,
       m.voltage_v AS voltage,
       m.current_a AS current,
       m.transaction_id IS NOT NULL AS is_charging,
       CASE WHEN m.transaction_id IS NOT NULL THEN 'in_use' END AS charger_status,
       m.recorded_at AT TIME ZONE z.zone AS created_at,
       s.location_id AS station_id,
       m.evse_id,
       m.transaction_id AS session_id,
       m.context,
       m.suspect,
       m.measured_at
FROM meter_sample m
JOIN station s ON s.id = m.station_id
LEFT JOIN location l ON l.id = s.location_id
CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z;

CREATE VIEW charger_uptime_days AS
SELECT k.station_id AS charger_id,
       day.day,
       extract(epoch FROM b.ends - b.begins)::float8 AS measured_seconds,
       (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
        FROM unnest(k.online * b.whole) AS r) AS online_seconds,
       (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
        FROM unnest(k.online * b.whole - k.faulted) AS r) AS up_seconds,
       (SELECT count(*) FROM unnest(k.began) AS at WHERE at >= b.begins AND at < b.ends)::int AS fault_count,
       CASE WHEN NOT k.online @> b.last THEN 'offline' WHEN k.faulted @> b.last THEN 'fault' ELSE 'up' END AS at_end,
       b.begins,
       b.ends
FROM (
    SELECT o.station_id, o.known_since, o.zone, o.times AS online, coalesce(f.times, '{}') AS faulted, f.began
    FROM (
        SELECT x.station_id, x.zone, min(x.at) AS known_since,
               coalesce(range_agg(tstzrange(x.at, x.ends)) FILTER (WHERE x.online AND x.at < x.ends), '{}') AS times
        FROM (
            SELECT h.station_id, coalesce(l.time_zone, 'Asia/Seoul') AS zone, h.online, h.at,
                   lead(h.at, 1, now()) OVER (PARTITION BY h.station_id ORDER BY h.at, h.id) AS ends
            FROM connection_history h
            JOIN station s ON s.id = h.station_id
            LEFT JOIN location l ON l.id = s.location_id
        ) x GROUP BY x.station_id, x.zone
    ) o
    LEFT JOIN (
        SELECT y.station_id,
               coalesce(range_agg(tstzrange(y.at, y.ends)) FILTER (WHERE y.at < y.ends), '{}') AS times,
               array_agg(y.at) FILTER (WHERE y.before IS DISTINCT FROM 'Faulted') AS began
        FROM (
            SELECT f.station_id, f.at, coalesce(next.at, now()) AS ends, last.status AS before
            FROM status_history f
            LEFT JOIN LATERAL (
                SELECT n.at FROM status_history n
                WHERE n.station_id = f.station_id AND n.evse_id = f.evse_id AND n.connector_id = f.connector_id
                  AND n.at >= f.at AND (n.at, n.id) > (f.at, f.id)
                ORDER BY n.at, n.id LIMIT 1
            ) next ON true
            LEFT JOIN LATERAL (
                SELECT n.status FROM status_history n
                WHERE n.station_id = f.station_id AND n.evse_id = f.evse_id AND n.connector_id = f.connector_id
                  AND n.at <= f.at AND (n.at, n.id) < (f.at, f.id)
                ORDER BY n.at DESC, n.id DESC LIMIT 1
            ) last ON true
            WHERE f.status = 'Faulted'
        ) y GROUP BY y.station_id
    ) f ON f.station_id = o.station_id
) k
CROSS JOIN LATERAL (
    SELECT each::date AS day FROM generate_series(
        date_trunc('day', k.known_since AT TIME ZONE k.zone), now() AT TIME ZONE k.zone, interval '1 day') AS each
) day
CROSS JOIN LATERAL (
    SELECT greatest(k.known_since, day.day::timestamp AT TIME ZONE k.zone) AS begins,
           least(now(), (day.day + 1)::timestamp AT TIME ZONE k.zone) AS ends
) bounds
CROSS JOIN LATERAL (
    SELECT bounds.begins, bounds.ends, tstzmultirange(tstzrange(bounds.begins, bounds.ends)) AS whole,
           bounds.ends - interval '1 microsecond' AS last
) b
WHERE b.begins < b.ends;

CREATE VIEW daily_charger_stats AS
SELECT hashtextextended(d.charger_id, d.day - date '2000-01-01') & 9223372036854775807 AS id,
       d.charger_id,
       d.day AS stats_date,
       coalesce(n.sessions, 0)::int AS num_sessions,
       coalesce(n.energy_wh / 1000, 0)::numeric(10,3) AS total_energy,
       coalesce(round(n.seconds / 60), 0)::int AS total_duration_minutes,
       coalesce(n.cost, 0)::numeric(12,2) AS total_revenue,
       (n.cost / n.sessions)::numeric(10,2) AS avg_charge_per_session,
       coalesce(n.hourly_energy, '{}') AS hourly_energy,
       coalesce(n.hourly_sessions, '{}') AS hourly_sessions,
       coalesce(n.hourly_revenue, '{}') AS hourly_revenue,
       100 * u.up_seconds / u.measured_seconds AS uptime_percentage,
       u.fault_count,
       u.at_end = 'fault' AS maintenance_required,
       d.day::timestamp AS created_at,
       least(now() AT TIME ZONE d.zone, (d.day + 1)::timestamp) AS updated_at,
       d.day AS date,
       coalesce(n.sessions, 0)::int AS sessions,
       (SELECT sum(h.energy_wh) / 1000 FROM energy_hour h
        WHERE h.station_id = d.charger_id AND h.hour >= d.day::timestamp AT TIME ZONE d.zone
          AND h.hour < (d.day + 1)::timestamp AT TIME ZONE d.zone)::numeric(10,3) AS metered_energy,
       d.location_id AS station_id,
       CASE WHEN u.at_end = 'up' AND EXISTS (
                SELECT FROM transaction r
                WHERE r.station_id = d.charger_id AND r.started_at < u.ends AND r.started_at > u.ends - interval '3 days'
                  AND coalesce(r.ended_at, 'infinity') >= u.ends)
            THEN 'in_use' WHEN u.at_end = 'up' THEN 'available' ELSE u.at_end END AS status_at_end
FROM (
    SELECT s.id AS charger_id, s.location_id, z.zone, each::date AS day
    FROM station s
    LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
    CROSS JOIN LATERAL (
        SELECT least((SELECT min(t.started_at) FROM transaction t WHERE t.station_id = s.id),
                     (SELECT min(c.at) FROM connection_history c WHERE c.station_id = s.id)) AS since
    ) first
    CROSS JOIN LATERAL generate_series(
        date_trunc('day', first.since AT TIME ZONE z.zone), now() AT TIME ZONE z.zone, interval '1 day') AS each
) d
LEFT JOIN (
    SELECT charger_id, day, sum(sessions) AS sessions, sum(energy_wh) AS energy_wh, sum(seconds) AS seconds,
           sum(cost) AS cost,
           jsonb_object_agg(hour, (energy_wh / 1000)::numeric(10,3)) AS hourly_energy,
           jsonb_object_agg(hour, sessions) AS hourly_sessions,
           jsonb_object_agg(hour, coalesce(cost, 0)::numeric(12,2)) AS hourly_revenue
    FROM (
        SELECT t.station_id AS charger_id, w.at::date AS day, extract(hour FROM w.at)::int AS hour,
               count(*) AS sessions, sum(t.energy_wh) AS energy_wh, sum(t.cost) AS cost,
               sum(extract(epoch FROM coalesce(t.ended_at, now()) - t.started_at)::float8) AS seconds
        FROM transaction t
        JOIN station s ON s.id = t.station_id
        LEFT JOIN location l ON l.id = s.location_id
        CROSS JOIN LATERAL (SELECT t.started_at AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul') AS at) w
        GROUP BY 1, 2, 3
    ) by_hour GROUP BY charger_id, day
) n ON n.charger_id = d.charger_id AND n.day = d.day
LEFT JOIN charger_uptime_days u ON u.charger_id = d.charger_id AND u.day = d.day;

CREATE VIEW hourly_charger_stats AS
SELECT hashtextextended(x.charger_id, extract(epoch FROM x.hour)::bigint) & 9223372036854775807 AS id,
       x.charger_id,
       x.hour AS stats_hour,
       sum(x.sessions)::int AS num_sessions,
       (sum(x.energy_wh) / 1000)::numeric(10,3) AS total_energy,
       round(sum(x.seconds) / 60)::int AS total_duration_minutes,
       sum(x.cost)::numeric(12,2) AS total_revenue,
       max(x.average_power_w) / 1000 AS avg_power,
       max(x.max_power_w) / 1000 AS max_power,
       x.hour AS created_at,
       least(now() AT TIME ZONE x.zone, x.hour + interval '1 hour') AS updated_at,
       (max(x.metered_wh) / 1000)::numeric(10,3) AS metered_energy
FROM (
    SELECT t.station_id AS charger_id, z.zone, date_trunc('hour', t.started_at AT TIME ZONE z.zone) AS hour,
           1 AS sessions, t.energy_wh, coalesce(t.cost, 0) AS cost,
           extract(epoch FROM coalesce(t.ended_at, now()) - t.started_at)::float8 AS seconds,
           NULL::numeric AS metered_wh, NULL::float8 AS max_power_w, NULL::float8 AS average_power_w
    FROM transaction t
    JOIN station s ON s.id = t.station_id
    LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
    UNION ALL
    SELECT h.station_id, z.zone, h.hour AT TIME ZONE z.zone, 0, 0, 0, 0, h.energy_wh, h.max_power_w, h.average_power_w
    FROM energy_hour h
    JOIN station s ON s.id = h.station_id
    LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
) x
GROUP BY x.charger_id, x.zone, x.hour;

CREATE VIEW station_daily_stats AS
SELECT hashtextextended(d.station_id, d.stats_date - date '2000-01-01') & 9223372036854775807 AS id,
       d.station_id,
       d.stats_date,
       sum(d.num_sessions)::int AS num_sessions,
       sum(d.total_energy)::numeric(12,3) AS total_energy,
       sum(d.total_revenue)::numeric(12,2) AS total_revenue,
       CASE WHEN count(d.stood) > 0 THEN count(*) FILTER (WHERE d.stood = 'available') END::int AS num_available,
       CASE WHEN count(d.stood) > 0 THEN count(*) FILTER (WHERE d.stood = 'in_use') END::int AS num_in_use,
       CASE WHEN count(d.stood) > 0 THEN count(*) FILTER (WHERE d.stood = 'fault') END::int AS num_fault,
       d.stats_date::timestamp AS created_at,
       max(d.updated_at) AS updated_at
FROM (
    SELECT c.station_id, c.stats_date, c.num_sessions, c.total_energy, c.total_revenue, c.updated_at,
           CASE WHEN c.updated_at < c.stats_date + 1 THEN i.current_status ELSE c.status_at_end END AS stood
    FROM daily_charger_stats c
    LEFT JOIN charger_info i ON i.charger_id = c.charger_id
    WHERE c.station_id IS NOT NULL
) d
GROUP BY d.station_id, d.stats_date;

CREATE VIEW ocpp_message_log AS
SELECT j.id,
       j.station_id AS charger_id,
       j.at AS message_time,
       j.direction,
       CASE j.message_type WHEN 2 THEN 'CALL' WHEN 3 THEN 'CALLRESULT' WHEN 4 THEN 'CALLERROR'
                           WHEN 5 THEN 'CALLRESULTERROR' WHEN 6 THEN 'SEND' END AS message_type,
       j.message_id,
       j.action,
       j.frame AS message,
       j.latency_ms,
       j.outcome,
       j.transaction_id
FROM journal j;

CREATE VIEW charger_status_log AS
SELECT h.id,
       h.station_id AS charger_id,
       h.evse_id,
       h.connector_id,
       h.status,
       h.error_code,
       h.vendor_error_code,
       h.info,
       h.at AS changed_at,
       h.said_at AS reported_at,
       h.simulated
FROM status_history h;

CREATE VIEW charger_connection_log AS
SELECT h.id,
       h.station_id AS charger_id,
       CASE WHEN h.online THEN 'connected' ELSE 'disconnected' END AS event,
       h.at AS event_time,
       h.protocol,
       h.remote_address,
       h.simulated
FROM connection_history h;
