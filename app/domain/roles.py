"""Who may do what: one table of permissions, asked by every door."""

from enum import StrEnum


class Role(StrEnum):
    """What a person or an API key is, weakest first."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that one may do."""

    VIEW = "view"
    CONTROL_CHARGING = "control_charging"
    LIMIT_POWER = "limit_power"
    SEND_COMMANDS = "send_commands"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_STATIONS = "manage_stations"
    MANAGE_ACCOUNTS = "manage_accounts"


_VIEWER = frozenset({Permission.VIEW})
_OPERATOR = _VIEWER | {
    Permission.CONTROL_CHARGING,
    Permission.LIMIT_POWER,
    Permission.SEND_COMMANDS,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether `role` has `permission`."""
    return permission in PERMISSIONS[role]
