-- Three of the views again: what they say is what the API says.
--
-- Numbers count what was removed too, so that they stay. Between the end of a simulated past and the first real
-- connection nothing is measured: neither up nor down.

CREATE OR REPLACE VIEW station_info AS
SELECT n.number AS id,
       l.id AS station_id,
       l.name AS station_name,
       l.address,
       ST_X(l.position) AS longitude,
       ST_Y(l.position) AS latitude,
       l.operator_name,
       l.operator_phone,
       l.operator_email,
       (SELECT count(*) FROM station s WHERE s.location_id = l.id AND s.retired_at IS NULL)::int AS total_chargers,
       l.created_at AT TIME ZONE l.time_zone AS created_at,
       l.updated_at AT TIME ZONE l.time_zone AS updated_at
FROM location l
JOIN (SELECT id, row_number() OVER (ORDER BY created_at, id)::int AS number FROM location) n ON n.id = l.id
WHERE l.retired_at IS NULL;

CREATE OR REPLACE VIEW charger_info AS
SELECT n.number AS id,
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
JOIN (SELECT id, row_number() OVER (ORDER BY created_at, id)::int AS number FROM station) n ON n.id = s.id
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
) p ON p.station_id = s.id
WHERE s.retired_at IS NULL;

CREATE OR REPLACE VIEW charger_uptime_days AS
SELECT k.station_id AS charger_id,
       day.day,
       nullif(m.seconds, 0) AS measured_seconds,
       (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
        FROM unnest(k.online * b.whole) AS r) AS online_seconds,
       (SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8
        FROM unnest(k.online * b.whole - k.faulted) AS r) AS up_seconds,
       CASE WHEN m.seconds > 0 THEN
           (SELECT count(*) FROM unnest(k.began) AS at WHERE at >= b.begins AND at < b.ends) END::int AS fault_count,
       CASE WHEN k.unknown @> b.last THEN NULL WHEN NOT k.online @> b.last THEN 'offline'
            WHEN k.faulted @> b.last THEN 'fault' ELSE 'up' END AS at_end,
       b.begins,
       b.ends
FROM (
    SELECT o.station_id, o.known_since, o.zone, o.times AS online, o.unknown, coalesce(f.times, '{}') AS faulted, f.began
    FROM (
        SELECT x.station_id, x.zone, min(x.at) AS known_since,
               coalesce(range_agg(tstzrange(x.at, x.ends)) FILTER (WHERE x.online AND x.at < x.ends), '{}') AS times,
               coalesce(range_agg(tstzrange(x.at, x.ends)) FILTER (WHERE x.unknown AND x.at < x.ends), '{}') AS unknown
        FROM (
            SELECT h.station_id, coalesce(l.time_zone, 'Asia/Seoul') AS zone, h.online, h.at,
                   lead(h.at, 1, now()) OVER each AS ends,
                   h.simulated AND NOT h.online AND lead(h.simulated) OVER each IS NOT TRUE AS unknown
            FROM connection_history h
            JOIN station s ON s.id = h.station_id
            LEFT JOIN location l ON l.id = s.location_id
            WINDOW each AS (PARTITION BY h.station_id ORDER BY h.at, h.id)
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
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8 AS seconds
    FROM unnest(b.whole - k.unknown) AS r
) m
WHERE b.begins < b.ends;
