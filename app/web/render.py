"""Templates: one environment, the same words in every page. A page hands over one frozen dataclass, called `page`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from app.config import ROOT
from app.csms.accounts import Visitor
from app.domain.roles import Permission, may
from app.domain.stations import DisplayStatus
from app.web import charts, words
from app.web.assets import asset
from app.web.format import SITE_ZONE, filters, plural
from app.web.i18n import LANGUAGES, gettext, language, ngettext
from app.web.journal_words import ending

TEMPLATES = ROOT / "templates"
THEME_COOKIE = "halla_theme"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the menu; those of the `group` "manage" stand together under one button."""

    key: str
    path: str
    label: str
    icon: str
    permission: Permission
    group: str = ""


@cache
def environment() -> Environment:
    """Strict about undefined names, escaping everything, speaking the request's language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(filters())
    made.globals.update(
        asset=asset,
        word=words.word,
        words=words,
        ending=ending,
        shares=charts.shares,
        plural=plural,
        SITE_ZONE=SITE_ZONE,
        LANGUAGES=LANGUAGES,
        THEMES=THEMES,
        STATUSES=tuple(DisplayStatus),
        Permission=Permission,
    )
    return made


def render(
    request: Request,
    template: str,
    page: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """`template` with `page` and what every page knows. Never cached: what it shows is of this minute."""
    html = environment().get_template(template).render(page=page, **_around(request))
    return HTMLResponse(
        html, status, headers={"Cache-Control": "no-store", "Vary": "Cookie", **(headers or {})}
    )


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of a page, not the browser for a page."""
    return request.headers.get("hx-request") == "true"


def theme_of(request: Request) -> str:
    """The theme that the switch chose: auto, light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def _around(request: Request) -> dict[str, Any]:
    visitor: Visitor | None = getattr(request.state, "visitor", None)

    def allowed(permission: Permission) -> bool:
        return visitor is not None and may(visitor.actor.role, permission)

    items: tuple[NavigationItem, ...] = request.app.state.navigation
    return {
        "visitor": visitor,
        "may": allowed,
        "navigation": [item for item in items if allowed(item.permission)],
        "path": request.url.path,
        "language": language(),
        "theme": theme_of(request),
        "now": request.app.state.context.clock(),
    }
