"""Pages on an empty and on a planted database, in both languages; what must never be in their HTML."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import httpx
import pytest

from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.roles import Role
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser

PAGES = (
    "/",
    "/?view=list&status=faulted&category=fast&q=x&hours=168",
    "/sites",
    "/sessions",
    "/sessions?state=running&since=2026-11-01&until=2026-11-30",
    "/commands",
    "/protocol",
    "/stations/waiting",
    "/sessions?days=90&tag=card&connector=1&site=emart_jeju",
    "/reports/charging",
    "/reports/charging?preset=last_month&real=1",
    "/diagnostics?hours=1",
    "/audit?action=account.&since=2026-11-01",
    "/users",
    "/users/edit?name=a+admin",
    "/account",
    "/operations",
    "/operations?days=30&category=fast&site=emart_jeju",
    "/partials/operations/reliability",
    "/alerts",
    "/partials/bell",
    "/?box=33.1,126.1,33.6,127.0&heat=revenue&days=90",
    "/partials/kpis",
    "/partials/stations",
    "/partials/hourly",
)
PLANTED = (
    "/?charger=BUSY",
    "/?charger=FAULTED",
    "/?charger=OFFLINE",
    "/partials/drawer/BUSY",
    "/partials/drawer/%3Cb%3ENEW",
    "/charge-points?q=busy&status=charging",
    "/charge-points/BUSY/edit",
    "/charge-points/%3Cb%3ENEW/connect",
    "/charge-points/OFFLINE/delete",
    "/connectors?site=emart_jeju&running=1",
    "/tags/new",
    "/tags/import",
    "/sites/new",
    "/sites/emart_jeju/edit",
    "/sites/emart_jeju/delete",
    "/sessions?station=BUSY",
    "/commands?station=BUSY",
    *(
        f"/stations/{station}{tab}"
        for station in ("BUSY", "OFFLINE", "%3Cb%3ENEW")
        for tab in (
            "",
            "/transactions",
            "/smart-charging",
            "/device?q=x",
            "/security",
            "/messages?direction=in&outcome=failed&q=x",
        )
    ),
)


class Inline(HTMLParser):
    """Collects what the Content-Security-Policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given:
            self.found.append(f"<{tag} style>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("<script>")
        handlers = [name for name in given if name.startswith(("on", "hx-on")) or name == "nonce"]
        self.found += [f"<{tag} {name}>" for name in handlers]
        if (given.get("href") or "").startswith("javascript:"):
            self.found.append("javascript:")


def check(answer: httpx.Response) -> None:
    """The page is there, and holds nothing inline, nothing unfilled and nothing foreign."""
    assert answer.status_code == 200, answer.url
    inline = Inline()
    inline.feed(answer.text)
    assert inline.found == []
    assert "{{" not in answer.text
    assert "None" not in re.sub(r"<[^>]*>", "", answer.text)
    assert "<b>NEW" not in answer.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert address.startswith(("/", "#", "?", "data:")), address


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("path", PAGES)
async def test_pages_of_an_empty_halla(path: str, language: str, admin: httpx.AsyncClient) -> None:
    check(await admin.get(path, headers={"Accept-Language": language}))


@pytest.mark.parametrize("language", ["en", "ko", "de"])
async def test_pages_of_a_busy_halla(
    language: str, admin: httpx.AsyncClient, planted: Garden, clock: Clock
) -> None:
    clock.now = None
    for path in PAGES + PLANTED:
        check(await admin.get(path, headers={"Accept-Language": language}))


async def test_every_role_sees_the_overview(signed_in: SignedInBrowser, planted: Garden) -> None:
    for role in Role:
        browser = await signed_in(role)
        for path in ("/?charger=BUSY", "/?charger=OFFLINE"):
            check(await browser.get(path))


async def test_the_drawer_says_why_a_control_is_off(
    signed_in: SignedInBrowser, planted: Garden
) -> None:
    operator, viewer = await signed_in(Role.OPERATOR), await signed_in(Role.VIEWER)

    async def reasons(browser: httpx.AsyncClient, station: str) -> str:
        html = (await browser.get(f"/partials/drawer/{station}")).text
        return " ".join(re.sub(r"<[^>]*>", " ", html).split())

    assert "The charger is offline." in await reasons(operator, "OFFLINE")
    assert "Start: Already charging." in await reasons(operator, "BUSY")
    assert "Stop: Nothing is charging." in await reasons(operator, "AVAILABLE")
    assert "Start: The charger reports a fault." in await reasons(operator, "FAULTED")
    assert "Your role may only watch." in await reasons(viewer, "BUSY")
    assert "An admin has to accept" in await reasons(operator, "%3Cb%3ENEW")


CHANGES = re.compile(
    r"""(?x) hx-(?:post|put|delete)="([^"]+)" | method="post"\ action="([^"]+)" """
)
OPEN_TO_ALL = ("/preferences", "/sign-out", "/account/password")


async def test_who_may_only_watch_sees_no_control(
    signed_in: SignedInBrowser, planted: Garden, clock: Clock
) -> None:
    clock.now = None
    viewer = await signed_in(Role.VIEWER)
    for path in PAGES + PLANTED:
        shown = (await viewer.get(path)).text
        controls = {a or b for a, b in CHANGES.findall(shown)} - set(OPEN_TO_ALL)
        assert controls == set(), path
        assert 'id="start-open"' not in shown
        assert 'id="limit-slider"' not in shown


async def test_the_list_is_narrowed_by_the_address(
    admin: httpx.AsyncClient, planted: Garden
) -> None:
    async def rows(query: str) -> set[str]:
        return set(
            re.findall(r'id="row-([^"]+)"', (await admin.get(f"/partials/stations?{query}")).text)
        )

    assert rows is not None
    assert await rows("status=faulted") == {"FAULTED"}
    assert await rows("q=jeju") == {"AVAILABLE", "FAULTED", "BUSY", "OFFLINE"}
    assert await rows("q=jeju&status=offline") == {"OFFLINE"}
    assert await rows("site=nowhere") == set()
    assert len(await rows("status=nonsense")) == 5


async def test_a_deep_link_is_rendered_by_the_server(
    admin: httpx.AsyncClient, planted: Garden
) -> None:
    html = (await admin.get("/?charger=BUSY&status=charging")).text
    assert '<h2 id="drawer-title">BUSY</h2>' in html
    assert re.search(r'id="row-BUSY"[^>]*aria-current="true"', html)
    assert re.search(r'data-status="charging" aria-pressed="true"', html)


async def test_an_unknown_charger_is_told_on_the_overview(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/?charger=nobody")
    assert answer.status_code == 404
    assert "There is no charger nobody." in answer.text


async def test_an_unknown_page_is_a_page(admin: httpx.AsyncClient) -> None:
    for address, status in (("/nothing", 404), ("/account/password", 405)):
        answer = await admin.get(address)
        assert answer.status_code == status
        assert "There is no such page." in answer.text


async def test_revenue_of_every_currency_is_on_its_card(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.transaction("A", currency="EUR", cost=Decimal("12.50"))
    alone = (await admin.get("/partials/kpis")).text
    assert "12.50 <small>EUR</small>" in alone
    await garden.transaction("A", transaction_id="won", cost=Decimal(1350))
    both = (await admin.get("/partials/kpis")).text
    assert "<small>₩</small>1,350" in both
    assert "+ 12.50 EUR</span>" in both
    assert "2 sessions</span>" in both


async def test_money_is_shown_as_billed_with_the_exact_energy_behind_it(
    admin: httpx.AsyncClient, planted: Garden
) -> None:
    html = (await admin.get("/sessions?station=AVAILABLE")).text
    assert "₩63" in html
    assert 'title="416.67 Wh"' in html
    assert 'title="62.5005"' in html
    assert "63원" in (await admin.get("/sessions", headers={"Accept-Language": "ko"})).text


async def test_sessions_come_page_by_page(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    for number in range(60):
        await garden.transaction("A", transaction_id=f"tx-{number:02}", ended_at=NOW)
    first = (await admin.get("/sessions")).text
    older = re.search(r'href="(/sessions\?before=\d+)"', first)
    assert older
    second = (await admin.get(older.group(1))).text
    seen = re.findall(r"tx-\d\d", first) + re.findall(r"tx-\d\d", second)
    assert len(seen) == len(set(seen)) == 60


async def test_an_admin_lets_a_charger_in(admin: httpx.AsyncClient, planted: Garden) -> None:
    assert "&lt;b&gt;NEW" in (await admin.get("/stations/waiting")).text
    await planted.station("GOOD", registration="pending")
    answer = await admin.post("/stations/waiting/GOOD/accept")
    assert answer.status_code == 303
    assert "GOOD" not in (await admin.get("/stations/waiting")).text


async def test_a_limit_is_asked_of_the_station_and_its_outcome_told(
    admin: httpx.AsyncClient, planted: Garden, context: Context
) -> None:
    asked: list[Command] = []

    async def station(command: Command) -> Outcome:
        asked.append(command)
        return Outcome(status=OutcomeStatus.ACCEPTED, latency_ms=12.0)

    await context.bus.serve("BUSY", station)
    answer = await admin.put(
        "/stations/BUSY/limit",
        data={"limit_kw": "42.5", "scope": "session"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert 'hx-target="#toasts"' in answer.text
    assert "Limit 42.5 kW for this session — Accepted (12 ms)" in answer.text
    assert [type(command).__name__ for command in asked] == ["InstallChargingProfile"]
    assert 'data-current="42.5"' in answer.text


@pytest.mark.parametrize("limit", ["", "fast", "-1", "nan", "1e9", "101"])
async def test_a_limit_that_is_none_is_refused_with_a_toast(
    limit: str, admin: httpx.AsyncClient, planted: Garden
) -> None:
    answer = await admin.put(
        "/stations/BUSY/limit", data={"limit_kw": limit}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert "toast bad" in answer.text


async def test_an_offline_station_is_an_outcome_not_an_error(
    admin: httpx.AsyncClient, planted: Garden
) -> None:
    answer = await admin.post(
        "/stations/OFFLINE/reset", data={"kind": "OnIdle"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "Not sent: charger offline" in answer.text


async def test_headers_refuse_what_is_inline_or_foreign(admin: httpx.AsyncClient) -> None:
    headers = (await admin.get("/")).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["img-src"] == "'self' data:"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


async def test_sites_with_trouble_come_first(admin: httpx.AsyncClient, garden: Garden) -> None:
    for site in ("a_calm", "b_silent", "c_faulted"):
        await garden.location(site, name=site, name_en=site)
        await garden.station(f"{site}_1", location_id=site, online=site != "b_silent")
    await garden.connector("a_calm_1", "Available")
    await garden.connector("c_faulted_1", "Faulted")
    html = (await admin.get("/partials/stations")).text
    assert html.index("c_faulted") < html.index("b_silent") < html.index("a_calm")
