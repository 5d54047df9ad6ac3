"""What the pages of one charger share: their head, their tabs, and how a change is answered.

Each tab is a file of `app.web.pages` that gathers its content and hands it to `show`. Asked by htmx, `show` answers
with the tab alone, so that the same address serves the page, its live refresh and the answer to a form.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from app.csms.accounts import Visitor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.commands import Outcome, OutcomeStatus
from app.domain.roles import Permission, may
from app.domain.stations import Registration
from app.queries import stations
from app.queries.stations import StationDetail
from app.web.errors import Toast
from app.web.format import latency
from app.web.i18n import N_, gettext
from app.web.refusals import in_this_language
from app.web.render import is_partial, render
from app.web.words import COMMAND_STATUS, effect_said, nothing_came, word


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: `path` is what follows the charger's address. What follows a | in `label` is for translators."""

    key: str
    path: str
    label: str
    template: str


OVERVIEW = Tab("overview", "", N_("Overview|of a charger"), "station/_overview.html")
TRANSACTIONS = Tab("transactions", "/transactions", N_("Sessions"), "station/_transactions.html")
SMART_CHARGING = Tab(
    "smart_charging", "/smart-charging", N_("Smart charging"), "station/_smart_charging.html"
)
DEVICE = Tab("device", "/device", N_("Device"), "station/_device.html")
SECURITY = Tab("security", "/security", N_("Security"), "station/_security.html")
MESSAGES = Tab("messages", "/messages", N_("Messages"), "station/_messages.html")
TABS = (OVERVIEW, TRANSACTIONS, SMART_CHARGING, DEVICE, SECURITY, MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPage:
    """A tab of a charger. `off`: why commands cannot be sent, None: they can. `news`: what has it fetched anew."""

    station: StationDetail
    tab: Tab
    tabs: tuple[Tab, ...]
    template: str
    content: Any
    base: str
    address: str
    off: str | None
    news: str
    toast: Toast | None = None


def base_of(station_id: str) -> str:
    """The charger's own address."""
    return f"/stations/{quote(station_id, safe='')}"


async def station_of(context: Context, station_id: str) -> StationDetail:
    """The charger of this id or alias. Raises StationNotFound."""
    return await stations.detail(context.database, station_id)


def show(
    request: Request,
    visitor: Visitor,
    station: StationDetail,
    tab: Tab,
    content: Any,
    toast: Toast | None = None,
    *,
    news: str = "news",
) -> Response:
    """The tab: as a page, or as a part of it."""
    base = base_of(station.marker.station_id)
    query = request.url.query if request.method == "GET" else request.query_params.get("back", "")
    page = StationPage(
        station=station,
        tab=tab,
        tabs=TABS,
        template=tab.template,
        content=content,
        base=base,
        address=base + tab.path + (f"?{query}" if query else ""),
        off=off_reason(visitor, station),
        news=news,
        toast=toast,
    )
    return render(
        request, "station/_tab.html" if is_partial(request) else "station/page.html", page
    )


def back_to(station_id: str, tab: Tab) -> Response:
    """After a form that was sent without scripts: to where it stands."""
    return RedirectResponse(base_of(station_id) + tab.path, 303)


def off_reason(visitor: Visitor, station: StationDetail) -> str | None:
    """Why `visitor` cannot send commands to `station` now."""
    if not may(visitor.actor.role, Permission.SEND_COMMANDS):
        return gettext("Your role may only watch.")
    if station.marker.registration == Registration.REJECTED:
        return gettext("The charger is rejected.")
    if not station.marker.online:
        return gettext("The charger is offline.")
    return None


async def told(title: str, asked: Awaitable[CommandResult], *, nothing: str = "") -> Toast:
    """Wait for a command's end, and say it. `nothing`: the charger's word for having nothing of what is read."""
    result = await asked
    outcome = result.outcome
    if outcome.status is OutcomeStatus.REJECTED and nothing and outcome.detail == nothing:
        return Toast(kind="good", title=title, text=gettext("The charger has none."))
    return outcome_toast(title, outcome, result.effect)


def outcome_toast(title: str, outcome: Outcome, effect: str = "") -> Toast:
    """How a command ended, in a line, and what came of it; good only if what had to come has come."""
    accepted = outcome.status is OutcomeStatus.ACCEPTED
    text = word(outcome.status, COMMAND_STATUS)
    if not accepted:
        text = " · ".join(
            filter(None, (text, outcome.detail, in_this_language(outcome.description or "")))
        )
    if took := latency(outcome.latency_ms):
        text += f" ({took})"
    if effect:
        text += f" · {effect_said(effect)}"
    kind = "bad" if not accepted else "wait" if nothing_came(effect) else "good"
    return Toast(kind=kind, title=title, text=text)


def done(text: str) -> Toast:
    """Something that was written here and needs no charger."""
    return Toast(kind="good", text=text)
