"""Rows of the original's tables. Moments without a zone are the site's own clock, as they were there."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict


class UsageLog(BaseModel):
    """A session: charger_usage_log. Energy in kWh, power in kW, money in the currency's major unit."""

    model_config = ConfigDict(extra="ignore")

    id: int
    charger_id: str
    transaction_id: str
    session_date: dt.date
    start_time: dt.datetime
    end_time: dt.datetime | None
    duration_minutes: int | None
    energy_delivered: float
    energy_meter_start: float | None
    energy_meter_end: float | None
    average_power: float | None
    max_power: float | None
    min_power: float | None
    base_charge: float | None
    energy_charge: float | None
    time_charge: float | None
    parking_charge: float | None
    total_charge: float | None
    payment_method: str | None
    payment_status: str | None
    payment_date: dt.datetime | None
    vehicle_type: str | None
    user_id_hash: str | None
    status: str
    error_code: str | None
    error_message: str | None
    extra_data: dict[str, Any] | None
    created_at: dt.datetime | None
    station_id: str | None
    energy_consumed: float
    cost: float | None
    user_id: str | None
    duration_seconds: int
    currency: str | None


class HourlyStats(BaseModel):
    """An hour of a charger: hourly_charger_stats."""

    model_config = ConfigDict(extra="ignore")

    charger_id: str
    stats_hour: dt.datetime
    num_sessions: int
    total_energy: float
    total_duration_minutes: int
    total_revenue: float
    avg_power: float | None
    max_power: float | None
    metered_energy: float | None
