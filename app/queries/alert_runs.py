"""Since when something draws more than it may: the beginning of the unbroken run above a limit, from the samples."""


def run_above(evses: str, limit_w: str, floor: str, now: str) -> str:
    """A scalar subquery: when the power of some EVSEs together rose above `limit_w` to stay there until now.

    `evses`: the condition that chooses them, over `e` (evse_state) and `s` (station); `floor`: before it nothing
    counts. Between two samples an EVSE draws what the earlier one said, after its session nothing. It looks back as far
    as it must, a day at most: what lasts longer begins anew each day. Samples are read only where somebody is above.
    """
    return _RUN.format(evses=evses, limit=limit_w, floor=floor, now=now)


_RUN = """coalesce((
    SELECT run.since
    FROM (VALUES (interval '15 minutes'), (interval '3 hours'), (interval '1 day')) window_of(length)
    CROSS JOIN LATERAL (SELECT greatest({now} - window_of.length, {floor}) AS opens) o
    CROSS JOIN LATERAL (
        WITH evse AS (
            SELECT e.station_id, e.evse_id FROM evse_state e
            JOIN station s ON s.id = e.station_id
            JOIN station_state h ON h.station_id = e.station_id AND h.online
            WHERE {evses}
        ),
        told AS (
            SELECT station_id, evse_id, o.opens AS at, 0 AS place, coalesce((
                SELECT CASE WHEN t.ended_at <= o.opens THEN 0 ELSE m.power_w END
                FROM meter_sample m JOIN "transaction" t ON t.id = m.transaction_id
                WHERE m.station_id = evse.station_id AND m.evse_id = evse.evse_id
                  AND m.measured_at <= o.opens AND m.measured_at > o.opens - interval '1 day'
                  AND m.power_w IS NOT NULL
                ORDER BY m.measured_at DESC LIMIT 1), 0) AS power_w
            FROM evse
            UNION ALL
            SELECT station_id, evse_id, m.measured_at, 1, m.power_w
            FROM evse JOIN meter_sample m USING (station_id, evse_id)
            WHERE m.measured_at > o.opens AND m.measured_at <= {now}
              AND m.transaction_id IS NOT NULL AND m.power_w IS NOT NULL
            UNION ALL
            SELECT station_id, evse_id, t.ended_at, 2, 0
            FROM evse JOIN "transaction" t USING (station_id, evse_id)
            WHERE t.ended_at > o.opens AND t.ended_at <= {now}
        ),
        step AS (
            SELECT at, power_w - coalesce(
                lag(power_w) OVER (PARTITION BY station_id, evse_id ORDER BY at, place), 0) AS more_w
            FROM told
        ),
        total AS (SELECT at, sum(more_w) OVER (ORDER BY at) AS power_w FROM step),
        below AS (SELECT max(at) AS at FROM total WHERE power_w <= {limit})
        SELECT below.at AS below,
               (SELECT min(at) FROM total WHERE at > coalesce(below.at, '-infinity')) AS since
        FROM below
    ) run
    WHERE run.below IS NOT NULL OR o.opens = {floor}
    LIMIT 1
), greatest({floor}, {now} - interval '1 day'))"""
