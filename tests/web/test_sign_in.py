"""Coming in and going out."""

import httpx
import pytest

from app.csms.accounts import create_account, create_sign_in_link
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from app.web.auth import SESSION_COOKIE, safe_target
from tests.web.conftest import PASSWORD


@pytest.fixture
async def kim(context: Context) -> str:
    await create_account(context, HALLA, "kim", PASSWORD, Role.OPERATOR)
    return "kim"


async def test_a_page_leads_to_the_sign_in_and_back(stranger: httpx.AsyncClient, kim: str) -> None:
    asked = await stranger.get("/sessions?state=running")
    assert asked.status_code == 303
    form = await stranger.get(asked.headers["location"])
    assert 'name="next" value="/sessions?state=running"' in form.text
    answer = await stranger.post(
        "/sign-in",
        data={"name": kim, "password": PASSWORD, "next": "/sessions?state=running"},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sessions?state=running"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await stranger.get("/sessions")).status_code == 200


async def test_over_https_the_cookie_is_secure(stranger: httpx.AsyncClient, kim: str) -> None:
    answer = await stranger.post("https://halla/sign-in", data={"name": kim, "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_password_is_told_and_the_name_kept(
    stranger: httpx.AsyncClient, kim: str
) -> None:
    answer = await stranger.post("/sign-in", data={"name": kim, "password": "wrong"})
    assert answer.status_code == 401
    assert "User name or password is wrong." in answer.text
    assert 'value="kim"' in answer.text
    assert "set-cookie" not in answer.headers
    endless = await stranger.post("/sign-in", data={"name": kim, "password": "p" * 1025})
    assert endless.status_code == 401
    assert "A password has 8 to 1024 characters." in endless.text
    assert "maxlength" not in endless.text.partition('id="password"')[2].partition(">")[0]


async def test_a_foreign_page_cannot_sign_anybody_in(stranger: httpx.AsyncClient, kim: str) -> None:
    sent = {"name": kim, "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await stranger.post("/sign-in", data=sent, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    answer = await stranger.post("/sign-in", data=sent, headers={"Origin": "http://halla"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\n/x",
        "",
    ],
)
def test_nobody_is_sent_to_a_foreign_page(target: str) -> None:
    assert safe_target(target) == "/"


async def test_a_link_signs_in_once(
    stranger: httpx.AsyncClient, context: Context, kim: str
) -> None:
    address = f"/sign-in/link/{await create_sign_in_link(context, HALLA, kim)}"
    first = await stranger.get(address)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert (await stranger.get("/sites")).status_code == 200
    stranger.cookies.clear()
    again = await stranger.get(address)
    assert again.status_code == 401
    assert "set-cookie" not in again.headers


async def test_signing_out_ends_the_sign_in_for_good(admin: httpx.AsyncClient) -> None:
    cookie = admin.cookies[SESSION_COOKIE]
    answer = await admin.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    admin.cookies.set(SESSION_COOKIE, cookie)
    assert (await admin.get("/sites")).status_code == 303


async def test_language_and_theme_are_kept_in_cookies(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post(
        "/preferences", data={"language": "ko", "theme": "dark", "next": "/sign-in"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    html = (await stranger.get("/sign-in", headers={"Accept-Language": "en"})).text
    assert '<html lang="ko" data-theme="dark"' in html
    answer = await stranger.post("/preferences", data={"language": "xx", "theme": "neon"})
    assert "set-cookie" not in answer.headers
