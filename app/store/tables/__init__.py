"""All tables, imported here so that the metadata is whole (migrations compare against it)."""

from app.store.tables import (
    accounts,
    authorization,
    charging_profiles,
    commands,
    conformance,
    device,
    journal,
    local_lists,
    locations,
    metering,
    reservations,
    security,
    smart_charging,
    stations,
    transactions,
    variables,
)

__all__ = [
    "accounts",
    "authorization",
    "charging_profiles",
    "commands",
    "conformance",
    "device",
    "journal",
    "local_lists",
    "locations",
    "metering",
    "reservations",
    "security",
    "smart_charging",
    "stations",
    "transactions",
    "variables",
]
