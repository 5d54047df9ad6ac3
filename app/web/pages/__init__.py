"""Every page of the web, in one table. To add one: its file, its templates, its line here."""

from dataclasses import dataclass

from fastapi import APIRouter

from app.domain.roles import Permission
from app.web.i18n import N_
from app.web.pages import (
    account,
    alerts,
    audit,
    charge_point_connection,
    charge_points,
    commands,
    connectors,
    diagnostics,
    export,
    live,
    map,
    operations,
    overview,
    protocol,
    reports,
    session,
    sessions,
    sign_in,
    simulator,
    site_forms,
    sites,
    station_device,
    station_device_changes,
    station_messages,
    station_overview,
    station_security,
    station_smart_charging,
    station_transactions,
    stations,
    tag_files,
    tags,
    tariffs,
    users,
    waiting,
)
from app.web.render import NavigationItem


@dataclass(frozen=True, slots=True)
class Page:
    """A noun's routes; `item` is its entry in the menu, shown to who has its permission."""

    router: APIRouter
    item: NavigationItem | None = None


PAGES: tuple[Page, ...] = (
    Page(
        overview.router,
        NavigationItem("overview", "/", N_("Overview"), "map", Permission.VIEW),
    ),
    Page(
        operations.router,
        NavigationItem("operations", "/operations", N_("Operations"), "pulse", Permission.VIEW),
    ),
    Page(site_forms.router),
    Page(sites.router, NavigationItem("sites", "/sites", N_("Sites"), "pin", Permission.VIEW)),
    Page(
        sessions.router,
        NavigationItem("sessions", "/sessions", N_("Sessions"), "plug", Permission.VIEW),
    ),
    Page(alerts.router, NavigationItem("alerts", "/alerts", N_("Alerts"), "bell", Permission.VIEW)),
    Page(
        commands.router,
        NavigationItem("commands", "/commands", N_("Commands"), "terminal", Permission.VIEW),
    ),
    Page(
        charge_points.router,
        NavigationItem(
            "charge_points",
            "/charge-points",
            N_("Charge points"),
            "charger",
            Permission.MANAGE_STATIONS,
            group="manage",
        ),
    ),
    Page(charge_point_connection.router),
    Page(
        connectors.router,
        NavigationItem(
            "connectors", "/connectors", N_("Connectors"), "plug", Permission.VIEW, group="manage"
        ),
    ),
    Page(tag_files.router),
    Page(
        tags.router,
        NavigationItem(
            "tags", "/tags", N_("Charge tags"), "tag", Permission.MANAGE_TOKENS, group="manage"
        ),
    ),
    Page(
        tariffs.router,
        NavigationItem(
            "tariffs",
            "/tariffs",
            N_("Tariffs"),
            "report",
            Permission.MANAGE_STATIONS,
            group="manage",
        ),
    ),
    Page(
        waiting.router,
        NavigationItem(
            "waiting",
            "/stations/waiting",
            N_("New chargers"),
            "inbox",
            Permission.MANAGE_STATIONS,
            group="manage",
        ),
    ),
    Page(
        protocol.router,
        NavigationItem(
            "protocol",
            "/protocol",
            N_("Protocol"),
            "terminal",
            Permission.MANAGE_STATIONS,
            group="manage",
        ),
    ),
    Page(
        simulator.router,
        NavigationItem(
            "simulator",
            "/simulator",
            N_("Simulator"),
            "charger",
            Permission.SEND_COMMANDS,
            group="manage",
        ),
    ),
    Page(
        users.router,
        NavigationItem(
            "users", "/users", N_("Users"), "users", Permission.MANAGE_ACCOUNTS, group="manage"
        ),
    ),
    Page(account.router),
    Page(session.router),
    Page(
        reports.router,
        NavigationItem(
            "reports",
            "/reports/charging",
            N_("Charge report"),
            "report",
            Permission.VIEW,
            group="manage",
        ),
    ),
    Page(
        diagnostics.router,
        NavigationItem(
            "diagnostics",
            "/diagnostics",
            N_("Diagnostics"),
            "pulse",
            Permission.VIEW,
            group="manage",
        ),
    ),
    Page(
        audit.router,
        NavigationItem(
            "audit",
            "/audit",
            N_("Audit log"),
            "history",
            Permission.MANAGE_ACCOUNTS,
            group="manage",
        ),
    ),
    Page(stations.router),
    Page(station_overview.router),
    Page(station_transactions.router),
    Page(station_smart_charging.router),
    Page(station_device.router),
    Page(station_device_changes.router),
    Page(station_security.router),
    Page(station_messages.router),
    Page(map.router),
    Page(export.router),
    Page(live.router),
    Page(sign_in.router),
)
