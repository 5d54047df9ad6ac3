"""Statistics as the originals' dashboards read them: energy in kWh, money in the currency's major unit."""

import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from app.queries.dashboard_day import DashboardDay
from app.queries.geo import ChargerStatus
from app.queries.money import Money as Amounts
from app.queries.statistics import ChargerPeriod, DaySum, SitePeriod

Money = int | float
"""A whole number where the currency has no smaller unit."""
OtherMoney = Annotated[
    dict[str, Money],
    Field(description="What there is in other currencies, by its code.", examples=[{"EUR": 12.5}]),
]


class ChargerDaily(BaseModel):
    """A charger's day."""

    charger_id: str
    date: datetime.date
    num_sessions: int
    total_revenue: Money
    total_energy: float
    avg_charge: Money = Field(description="Money per session.")
    other_revenue: OtherMoney

    @classmethod
    def of(cls, charger_id: str, day: DaySum) -> "ChargerDaily":
        """In the original's words."""
        return cls(
            charger_id=charger_id,
            date=day.day,
            num_sessions=day.sessions,
            total_revenue=money(day.revenue),
            total_energy=kwh(day.energy_wh),
            avg_charge=money(day.average_revenue),
            other_revenue=others(day.other_revenue),
        )


class DayOfPeriod(BaseModel):
    """One day of a period."""

    date: datetime.date
    sessions: int
    energy: float
    revenue: Money
    other_revenue: OtherMoney


class ChargerPeriodStatistics(BaseModel):
    """A charger's days."""

    charger_id: str
    period: str = Field(examples=["2026-11-01 ~ 2026-11-20"])
    total_sessions: int
    total_energy: float
    total_revenue: Money
    avg_daily_revenue: Money
    daily_stats: list[DayOfPeriod] = Field(description="Every day of the period.")
    currency: str
    other_revenue: OtherMoney

    @classmethod
    def of(cls, charger_id: str, period: ChargerPeriod) -> "ChargerPeriodStatistics":
        """In the original's words."""
        return cls(
            charger_id=charger_id,
            period=period_of(period.start, period.end),
            total_sessions=period.sessions,
            total_energy=kwh(period.energy_wh),
            total_revenue=money(period.revenue),
            avg_daily_revenue=money(period.revenue / max(len(period.days), 1)),
            daily_stats=[
                DayOfPeriod(
                    date=day.day,
                    sessions=day.sessions,
                    energy=kwh(day.energy_wh),
                    revenue=money(day.revenue),
                    other_revenue=others(day.other_revenue),
                )
                for day in period.days
            ],
            currency=period.currency,
            other_revenue=others(period.other_revenue),
        )


class SiteStatistics(BaseModel):
    """A site's sums."""

    station_id: str
    period: str
    num_chargers: int
    total_energy: float
    total_revenue: Money
    avg_charger_revenue: Money
    total_sessions: int
    currency: str
    other_revenue: OtherMoney

    @classmethod
    def of(cls, site: SitePeriod) -> "SiteStatistics":
        """In the original's words."""
        return cls(
            station_id=site.location_id,
            period=period_of(site.start, site.end),
            num_chargers=site.chargers,
            total_energy=kwh(site.energy_wh),
            total_revenue=money(site.revenue),
            avg_charger_revenue=money(site.revenue / max(site.chargers, 1)),
            total_sessions=site.sessions,
            currency=site.currency,
            other_revenue=others(site.other_revenue),
        )


class HourOfDay(BaseModel):
    """One hour of the day. `energy` null: nothing was measured, which is not the same as no energy."""

    hour: int
    label: str = Field(examples=["15시"])
    energy: float | None
    sessions: int = Field(description="Those that began in it.")
    revenue: Money
    other_revenue: OtherMoney


class DayStatistics(BaseModel):
    """The sessions that began on the day."""

    sessions: int
    total_revenue: Money
    total_energy: float
    avg_charge: Money
    other_revenue: OtherMoney


class Dashboard(BaseModel):
    """All chargers on one day: both of the originals' sets of fields.

    `charger_status` and what follows from it is how the chargers are now, whatever the day.
    """

    date: datetime.date
    total_stations: int = Field(description="Sites.")
    total_chargers: int
    charger_status: dict[str, int] = Field(
        examples=[
            {
                "available": 30,
                "in_use": 3,
                "fault": 0,
                "offline": 1,
                "maintenance": 0,
                "reserved": 0,
            }
        ]
    )
    daily_stats: DayStatistics
    total_active_chargers: int = Field(description="Those in use.")
    total_energy_today: float = Field(description="kWh that were delivered within the day.")
    total_revenue_today: Money
    currency: str = Field(description="Of all money here: won, or the main one if there is no won.")
    other_revenue_today: OtherMoney
    utilization_rate: float = Field(description="Percent of the chargers that are in use now.")
    time_utilization_rate: float = Field(
        description="Percent of the EVSEs' time of the day so far in use."
    )
    hourly_data: list[HourOfDay]

    @classmethod
    def of(cls, day: DashboardDay) -> "Dashboard":
        """In the original's words."""
        return cls(
            date=day.day,
            total_stations=day.sites,
            total_chargers=day.chargers,
            charger_status={word.value: day.statuses[word] for word in ChargerStatus},
            daily_stats=DayStatistics(
                sessions=day.sum.sessions,
                total_revenue=money(day.sum.revenue),
                total_energy=kwh(day.sum.energy_wh),
                avg_charge=money(day.sum.average_revenue),
                other_revenue=others(day.sum.other_revenue),
            ),
            total_active_chargers=day.statuses[ChargerStatus.IN_USE],
            total_energy_today=kwh(day.energy_today_wh),
            total_revenue_today=money(day.revenue_today),
            currency=day.currency,
            other_revenue_today=others(day.other_revenue_today),
            utilization_rate=round(day.utilisation_percent, 1),
            time_utilization_rate=round(day.time_utilisation_percent, 1),
            hourly_data=[
                HourOfDay(
                    hour=hour.hour,
                    label=f"{hour.hour:02d}시",
                    energy=None if hour.energy_wh is None else kwh(hour.energy_wh),
                    sessions=hour.sessions,
                    revenue=money(hour.revenue),
                    other_revenue=others(hour.other_revenue),
                )
                for hour in day.hours
            ],
        )


def kwh(energy_wh: Decimal) -> float:
    """To the watt-hour's thousandth."""
    return round(float(energy_wh) / 1000, 6)


def others(amounts: Amounts) -> dict[str, Money]:
    """By the code of the currency."""
    return {currency: money(amount) for currency, amount in amounts}


def money(amount: Decimal) -> Money:
    """3825, not 3825.0; at most two decimals."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else float(rounded)


def period_of(start: datetime.date, end: datetime.date) -> str:
    """As the original writes it."""
    return f"{start} ~ {end}"
