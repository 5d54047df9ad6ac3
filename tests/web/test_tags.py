"""Charge tags in a browser: written one by one, taken away as files, brought as files, all or nothing."""

import io
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from app.csms.context import Context
from app.queries import tokens
from tests.queries.planting import Garden

OCPP_CORE = """TagId;TagName;ParentTagId;ExpiryDate;Blocked
ABC123;Kim;fleet;31.12.2030;0
def456;Lee;;;1
"""


async def known(context: Context) -> dict[str, tuple[Any, ...]]:
    found = await tokens.listing(context.database)
    return {t.token: (t.written, t.name, t.group_id, t.blocked, t.status) for t in found}


async def notes(context: Context) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT action, subject FROM audit_entry WHERE action ~ 'tag' ORDER BY id"
        )
        return await cursor.fetchall()


async def test_a_tag_is_made_changed_found_and_taken_away(
    admin: httpx.AsyncClient, context: Context
) -> None:
    tag = {"token": "AB/12 x", "name": "Kim", "group": "fleet", "expires_at": "2020-01-01T00:00"}
    made = await admin.post("/tags/new", data=tag)
    assert (made.status_code, made.headers["location"]) == (303, "/tags?q=AB%2F12+x")
    assert await known(context) == {"ab/12 x": ("AB/12 x", "Kim", "fleet", False, "Expired")}
    twice = await admin.post("/tags/new", data=tag | {"token": "ab/12 X"})
    assert twice.status_code == 422
    assert 'id="token-error"' in twice.text
    html = (await admin.get("/tags?status=Expired&group=FLEET")).text
    assert "AB/12 x" in html
    assert "AB/12 x" not in (await admin.get("/tags?status=Blocked")).text

    form = await admin.get("/tags/edit", params={"token": "AB/12 X"})
    assert 'value="2020-01-01T00:00"' in form.text
    saved = await admin.post("/tags/edit?token=ab/12%20x", data={"name": "Lee", "blocked": "yes"})
    assert saved.status_code == 303
    assert await known(context) == {"ab/12 x": ("AB/12 x", "Lee", None, True, "Blocked")}
    await admin.post("/tags/edit?token=ab/12%20x", data={"name": "Lee"})
    assert (await known(context))["ab/12 x"][-1] == "Accepted", "unblocked, it may charge again"
    assert "0 sessions" in (await admin.get("/tags/delete?token=ab/12%20x")).text
    assert (await admin.post("/tags/delete?token=ab/12%20x")).status_code == 303
    assert (await admin.post("/tags/delete?token=ab/12%20x")).status_code == 404
    assert await notes(context) == [
        *(("tag.create", "tag:ab/12 x"), ("tag.write", "tag:ab/12 x")),
        *(("tag.write", "tag:ab/12 x"), ("tag.delete", "tag:ab/12 x")),
    ]


async def test_a_file_is_looked_at_before_it_counts(
    admin: httpx.AsyncClient, context: Context, garden: Garden
) -> None:
    await garden.put("id_token", token="abc123", name="Old", type="ISO14443")
    await garden.put("id_token", token="stays", name="Other")
    files = {"file": ("cards.csv", OCPP_CORE.encode("utf-8-sig"), "text/csv")}
    seen = await admin.post("/tags/import", files=files)
    assert seen.status_code == 200
    assert "<dt>New</dt><dd>1</dd>" in seen.text
    assert "<dt>Changed</dt><dd>1</dd>" in seen.text
    assert (await known(context))["abc123"][1] == "Old", "nothing was changed yet"
    kept = {"content": OCPP_CORE.replace("\n", "\r\n"), "name": "cards.csv", "confirm": "yes"}
    assert (await admin.post("/tags/import", data=kept)).status_code == 303
    assert await known(context) == {
        "abc123": ("ABC123", "Kim", "fleet", False, "Accepted"),
        "def456": ("def456", "Lee", None, True, "Blocked"),
        "stays": (None, "Other", None, False, "Accepted"),
    }
    kim = await tokens.one(context.database, "ABC123")
    assert kim.type == "ISO14443", "a column that is not there leaves what is known"
    assert kim.expires_at == datetime(2030, 12, 30, 15, tzinfo=UTC), "a bare day starts in Korea"
    assert await notes(context) == [("tag.import", "tags")]
    again = await admin.post("/tags/import", files=files)
    assert "<dt>As before</dt><dd>2</dd>" in again.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("token;name;colour\nA;b;red\n", "cards.csv:1</code> There is no column &#34;colour&#34;"),
        ("name\nKim\n", "cards.csv:1</code> The first line must name the columns"),
        ("token;blocked\nA;maybe\n", "cards.csv:2</code> blocked: &#34;maybe&#34; is neither"),
        ("token;expires_at\nA;\nB;soon\n", "cards.csv:3</code> expires_at: &#34;soon&#34; is no"),
        ("token;expires_at\nA;01.01.0001 00:00:00\n", "cards.csv:2</code> expires_at: &#34;01.01."),
        ("token;expires_at\nA;9999-12-31T23:59:59-12:00\n", "cards.csv:2</code> expires_at: "),
        ("token\nA\nb\n\na\n", "cards.csv:5</code> a is there already, in line 2."),
        ("token;name\nA;b;c\n", "cards.csv:2</code> This line has 3 cells, the first one 2."),
        ("token;name\n;b\n", "cards.csv:2</code> token: A tag needs an id."),
        ("token;type\nA;Card\n", "cards.csv:2</code> type: &#34;Card&#34; is no kind"),
        ('token;name\nA;"b\nc\n', "This is not CSV"),
        ("token\n", "There is no tag in this file."),
        ("", "cards.csv:1</code> Choose a file that is not empty."),
        (b"token;name\nA;\xb1\xe8\n", "cards.csv:2</code> This line is not UTF-8"),
    ],
)
async def test_every_mistake_is_told_by_its_line_and_nothing_is_changed(
    admin: httpx.AsyncClient, context: Context, content: str | bytes, told: str
) -> None:
    raw = content.encode() if isinstance(content, str) else content
    answer = await admin.post(
        "/tags/import", files={"file": ("cards.csv", io.BytesIO(raw), "text/csv")}
    )
    assert answer.status_code == 422
    assert told in answer.text
    assert await known(context) == {}


async def test_what_is_taken_away_can_be_brought_back(
    admin: httpx.AsyncClient, context: Context, garden: Garden
) -> None:
    await garden.put(
        "id_token",
        token="=1+1",
        written="=1+1",
        name='He said "hi"; and went',
        group_id="fleet",
        expires_at=datetime(2031, 5, 6, 7, 8, tzinfo=UTC),
    )
    await garden.put("id_token", token="b", blocked=True, status="Blocked", type="KeyCode")
    csv = await admin.get("/tags/export?kind=csv")
    assert csv.headers["content-disposition"].startswith('attachment; filename="halla_tags.csv"')
    assert csv.content.startswith(
        "\ufefftoken;name;group;expires_at;blocked;type;status\r\n".encode()
    )
    assert b"'=1+1;" in csv.content, "no formula for a spreadsheet"
    answer = await admin.post("/tags/import", files={"file": ("t.csv", csv.content, "text/csv")})
    assert "<dt>As before</dt><dd>2</dd>" in answer.text
    xlsx = await admin.get("/tags/export?kind=xlsx&q=fleet")
    assert xlsx.content.startswith(b"PK")


async def test_a_big_file_fits(admin: httpx.AsyncClient, context: Context) -> None:
    content = "token;name\n" + "".join(f"card-{n:06};Somebody number {n}\n" for n in range(15_000))
    seen = await admin.post(
        "/tags/import", files={"file": ("big.csv", content.encode(), "text/csv")}
    )
    assert "<dt>New</dt><dd>15000</dd>" in seen.text
    kept = {"content": content, "name": "big.csv", "confirm": "yes"}
    parts = {name: (None, value) for name, value in kept.items()}
    assert (await admin.post("/tags/import", files=parts)).status_code == 303
    assert len(await tokens.listing(context.database, limit=20_000)) == 15_000


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Somebody else is changing this"),
        ("de", "Das wird gerade von anderer Seite geändert"),
        ("ko", "다른 곳에서 변경하는 중이어서"),
    ],
)
async def test_a_tag_that_somebody_holds_is_told_in_a_sentence(
    admin: httpx.AsyncClient, database_url: str, language: str, sentence: str
) -> None:
    """What was typed stays; what has no form is a toast."""
    await admin.post("/tags/new", data={"token": "card"})
    admin.headers["Accept-Language"] = language
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT FROM id_token FOR UPDATE")
        form = await admin.post("/tags/edit?token=card", data={"name": "Lee"})
        toast = await admin.post("/tags/delete?token=card", headers={"HX-Request": "true"})
    assert (form.status_code, toast.status_code) == (503, 503)
    assert sentence in form.text
    assert 'value="Lee"' in form.text
    assert sentence in toast.text
    assert "<html" not in toast.text
