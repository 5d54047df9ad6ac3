"""People and keys on their page, one's own password, and who may do what there."""

import re

import httpx

from app.csms import accounts
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from tests.web.conftest import PASSWORD, SignedInBrowser

NEW = "a brand new secret"


async def gets_in(admin: httpx.AsyncClient, name: str, password: str) -> bool:
    """Whether somebody signs in with a browser of their own."""
    async with httpx.AsyncClient(transport=admin._transport, base_url="http://halla") as browser:
        answer = await browser.post("/sign-in", data={"name": name, "password": password})
    return answer.status_code == 303


async def test_a_user_is_added_changed_kept_out_and_deleted(admin: httpx.AsyncClient) -> None:
    async def send(path: str, **fields: str) -> httpx.Response:
        return await admin.post(f"/users{path}", data={"name": "kim/<b>", **fields})

    assert (await send("", password="short", role="operator")).status_code == 422
    assert (await send("", password=NEW, role="operator")).status_code == 303
    assert await gets_in(admin, "kim/<b>", NEW)
    again = await send("", password=NEW, role="operator")
    assert again.status_code == 422
    assert "This name is taken" in again.text
    assert "<b>" not in re.sub(r"<b>Copy|<b>Give|<b>a admin</b>", "", again.text)

    assert (
        (await send("/role", role="admin")).headers["location"].startswith("/users/edit?name=kim")
    )
    assert (await send("/password", password="another secret")).status_code == 303
    assert not await gets_in(admin, "kim/<b>", NEW)
    assert (await send("/disable", disabled="yes")).status_code == 303
    assert not await gets_in(admin, "kim/<b>", "another secret")
    assert (await send("/disable")).status_code == 303
    assert await gets_in(admin, "kim/<b>", "another secret")
    assert (await send("/delete")).headers["location"] == "/users?done=removed"
    assert (await send("/delete")).status_code == 404
    assert "kim" not in (await admin.get("/users")).text


async def test_without_a_password_a_link_signs_in_once(admin: httpx.AsyncClient) -> None:
    made = await admin.post("/users", data={"name": "lee", "role": "viewer"})
    assert made.status_code == 201
    link = re.search(r'value="http://halla(/sign-in/link/[^"]+)"', made.text)
    assert link
    for status in (303, 401):
        async with httpx.AsyncClient(
            transport=admin._transport, base_url="http://halla"
        ) as browser:
            assert (await browser.get(link.group(1))).status_code == status
    assert link.group(1) not in (await admin.get("/users/edit?name=lee")).text


async def test_the_last_admin_stays(admin: httpx.AsyncClient) -> None:
    for path, fields in (
        ("role", {"role": "viewer"}),
        ("disable", {"disabled": "x"}),
        ("delete", {}),
    ):
        answer = await admin.post(f"/users/{path}", data={"name": "a admin", **fields})
        assert answer.status_code == 422
        assert "This is the last admin" in answer.text
    html = (await admin.get("/users/edit?name=a+admin")).text
    assert "/users/delete" not in html


async def test_a_key_is_shown_once_and_revoked(admin: httpx.AsyncClient, context: Context) -> None:
    made = await admin.post("/users/keys", data={"name": "billing", "role": "operator"})
    assert made.status_code == 201
    key = re.search(r'value="(halla_[^"]+)"', made.text)
    assert key
    known = await accounts.who_has_key(context, key.group(1))
    assert known == accounts.Actor("api:billing", Role.OPERATOR)
    listed = (await admin.get("/users")).text
    assert "billing" in listed
    assert key.group(1) not in listed
    assert (await admin.post("/users/keys", data={"name": "billing"})).status_code == 422
    assert (await admin.post("/users/keys/revoke", data={"name": "billing"})).status_code == 303
    assert await accounts.who_has_key(context, key.group(1)) is None


async def test_everybody_changes_their_own_password(
    signed_in: SignedInBrowser, application: object, context: Context
) -> None:
    viewer = await signed_in(Role.VIEWER)

    async def change(old: str, new: str, again: str) -> httpx.Response:
        fields = {"old": old, "new": new, "again": again}
        return await viewer.post("/account/password", data=fields)

    assert "differ" in (await change(PASSWORD, NEW, "else")).text
    assert "present password is wrong" in (await change("guess", NEW, NEW)).text
    for poor in ("short", "p" * 1025):
        assert "A password has 8 to 1024 characters." in (await change(PASSWORD, poor, poor)).text
    other = await accounts.sign_in(context, "a viewer", PASSWORD)
    assert (await change(PASSWORD, NEW, NEW)).status_code == 303
    assert (await viewer.get("/account?done=password")).status_code == 200
    assert await accounts.who(context, other.token) is None
    assert (await viewer.get("/users")).status_code == 403


async def test_an_account_of_the_terminal_is_listed_with_its_browsers(
    admin: httpx.AsyncClient, context: Context
) -> None:
    await accounts.create_account(context, HALLA, "park", NEW, Role.OPERATOR)
    await accounts.sign_in(context, "park", NEW)
    html = (await admin.get("/users", headers={"Accept-Language": "de"})).text
    assert "In 1 Browser angemeldet" in html
    assert "Bediener" in html
