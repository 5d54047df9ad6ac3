"""Sessions as files: the columns of OCPP.Core's exports, what a session cost behind them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.queries.session_history import HistoryRow
from app.web.export import Cell

MONEY = ("Cost", "Exact cost", "Currency", "Simulated")
OF_CHARGER = (
    *("Connector", "Start", "Start-Tag", "Start-Meter", "Stop", "Stop-Tag", "Stop-Meter"),
    *("Charged", *MONEY),
)
"""`Transactions_{name}`: one charger's. Meters and energies are kWh."""
OF_ALL = (
    *("Transaction ID", "Charging station", "Connector", "Start-Tag ID", "Start-Tag", "Group"),
    *("Start", "Start-Meter", "Stop-Tag ID", "Stop-Tag", "Stop", "Stop-Meter", "Energy (kWh)"),
    *MONEY,
)
"""`AllTransactions`. The names are the same in every language: programs read them."""

DIGITS = 6


def rows_of_charger(rows: Iterable[HistoryRow]) -> Iterable[Sequence[Cell]]:
    """Cells below `OF_CHARGER`."""
    for row in rows:
        yield (
            connector_name(row),
            row.started_at,
            row.start_tag or row.start_tag_id,
            kwh(row.meter_start_wh),
            row.ended_at,
            row.stop_tag or row.stop_tag_id,
            kwh(row.meter_stop_wh),
            kwh(row.energy_wh),
            *_money(row),
        )


def rows_of_all(rows: Iterable[HistoryRow]) -> Iterable[Sequence[Cell]]:
    """Cells below `OF_ALL`."""
    for row in rows:
        yield (
            row.id,
            row.station_name,
            connector_number(row),
            row.start_tag_id,
            row.start_tag,
            row.group,
            row.started_at,
            kwh(row.meter_start_wh),
            row.stop_tag_id,
            row.stop_tag,
            row.ended_at,
            kwh(row.meter_stop_wh),
            kwh(row.energy_wh),
            *_money(row),
        )


def connector_number(row: HistoryRow) -> str:
    """`1`, or `1.2` for an EVSE's second connector."""
    return str(row.evse_id) if row.connector_id == 1 else f"{row.evse_id}.{row.connector_id}"


def connector_name(row: HistoryRow) -> str:
    """Its own name; else the charger's, with the number behind it where there are several."""
    if row.connector_name:
        return row.connector_name
    return row.station_name if row.connectors < 2 else f"{row.station_name}:{connector_number(row)}"


def kwh(wh: Decimal | None) -> Decimal | None:
    """Exact up to a milliwatt-hour."""
    if wh is None:
        return None
    value = wh / 1000
    return round(value, DIGITS) if -int(value.as_tuple().exponent) > DIGITS else value


def _money(row: HistoryRow) -> tuple[Cell, ...]:
    return row.cost, row.cost_exact, row.currency, "yes" if row.simulated else None
