"""No page says anything that a catalogue does not know.

All of gettext's sentences are put in brackets; what stands on a page outside of brackets, and is neither data nor a
word that is the same in every language, was written down untranslated.
"""

import gettext as catalogues
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from app.config import ROOT
from app.domain.authorization import TOKEN_TYPES
from app.web import i18n
from app.web.currencies import CURRENCIES
from app.web.journal_words import ERROR_CODES
from tests.queries.planting import Garden
from tests.web.test_i18n import said
from tests.web.test_permissions import ROUTES

SAID = ("aria-label", "title", "placeholder", "alt", "data-ask", "data-ask-text", "data-ask-yes")
"""Attributes that people read or hear."""

SAME_EVERYWHERE = re.compile(
    r"""(?x)
    \w+\.[\w.]+ | \w*[_\d]\w*  # names of programs and tables: command.Reset, Type2_DC
    | \b(OCPP(\s[\d.]+J?)? | Halla | EVSE | SoC | JSON | GeoJSON | CSV | XLSX | API | PEM | TLS | HTTP | ID | RFID
    | kWh? | MWh | Wh | kVA | KRW | EUR | USD | JPY | KST | https? | UTC | ms
    | min | km | Wi-?Fi | MAC | NFC | IP | URL | PIN
    | 한국어 | English | Deutsch | EN | KO | DE)\b
    """
)
EXAMPLES = {"station_id": "BUSY", "location_id": "emart_jeju", "token": "card-1"}
LETTERS = re.compile(r"[^\W\d_]{2,}")

PROTOCOL = frozenset(
    {"BootNotification", "Heartbeat", "Authorize", "StatusNotification", "MeterValues"}
    | {"DataTransfer", *TOKEN_TYPES, *ERROR_CODES, *CURRENCIES}
)
"""Words of the protocol and codes of currencies, which are the same in every language."""


FIELDS = frozenset(
    name
    for file in (ROOT / "templates").rglob("*.html")
    for name in re.findall(r'name="(\w+)"', file.read_text(encoding="utf-8"))
) - {"csrf_token"}
"""Of all forms."""
ANSWERS = ("", "~~", "yes")
"""What no form wants in every field."""


class Bracketed(catalogues.NullTranslations):
    """A language in which everything that the catalogues know stands in brackets."""

    known = frozenset(each if isinstance(each, str) else each[0] for each in said())

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message in self.known else message

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"


class Reader(HTMLParser):
    """Collects what of a page people read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("input", "meta", "link", "br", "hr", "img"):
            self._inside.append(tag)
        known = dict(attrs)
        if "translate" in known or "data-raw" in known:
            return
        self.texts += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code", "pre", "kbd", "time", "datalist"} & set(self._inside):
            self.texts.append(data)


def outside_of_brackets(text: str) -> str:
    """What of a text gettext has not said; sentences may stand inside each other."""
    depth, kept = 0, []
    for sign in text:
        depth += {"⟦": 1, "⟧": -1}.get(sign, 0)
        kept.append(sign if depth == 0 and sign not in "⟦⟧" else " ")
    return "".join(kept)


def untranslated(html: str, data: str) -> Iterator[str]:
    reader = Reader()
    reader.feed(html)
    for text in reader.texts:
        for word in LETTERS.findall(SAME_EVERYWHERE.sub(" ", outside_of_brackets(text))):
            if word.lower() not in data and word not in PROTOCOL:
                yield f"{word} in {' '.join(text.split())[:80]!r}"


async def all_data(garden: Garden) -> str:
    """Every value that stands in the database, in one text."""
    async with garden.database.read() as connection:
        cursor = await connection.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        names = [row[0] for row in await cursor.fetchall()]
        rows = []
        for name in names:
            cursor = await connection.execute(f"SELECT string_agg(t::text, ' ') FROM \"{name}\" t")
            rows += [row[0] or "" for row in await cursor.fetchall()]
    return " ".join(rows).lower()


async def test_no_page_says_what_no_catalogue_knows(
    admin: httpx.AsyncClient, planted: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "_catalogue", lambda chosen: Bracketed())
    data = await all_data(planted)
    found: set[str] = set()
    looked_at = 0
    for method, route in ROUTES:
        if method != "GET" or route.path in ("/sign-in/link/{token}",):
            continue
        path = re.sub(r"{(\w+)[^}]*}", lambda name: EXAMPLES.get(name[1], "1"), route.path)
        answer = await admin.get(path, headers={"Accept-Language": "en"})
        if answer.status_code in (200, 404) and "html" in answer.headers.get("content-type", ""):
            looked_at += answer.status_code == 200
            found |= {f"{route.path}: {each}" for each in untranslated(answer.text, data)}
    assert looked_at > 15
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize("answer", ANSWERS)
async def test_no_wrong_form_is_answered_in_words_that_no_catalogue_knows(
    answer: str, admin: httpx.AsyncClient, planted: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "_catalogue", lambda chosen: Bracketed())
    data = await all_data(planted) + answer
    found: set[str] = set()
    refused = 0
    for method, route in ROUTES:
        if method == "GET" or route.path == "/sign-out":
            continue
        for station in ("BUSY", "nobody"):
            names = {**EXAMPLES, "station_id": station}
            path = re.sub(r"{(\w+)[^}]*}", lambda name, of=names: of.get(name[1], "1"), route.path)
            form = dict.fromkeys(FIELDS, answer) if answer else {}
            for partial in ({}, {"HX-Request": "true"}):
                told = await admin.request(method, path, data=form, headers=partial)
                refused += told.status_code >= 400
                found |= {f"{method} {route.path}: {each}" for each in _unknown(told, data)}
    assert refused > 30
    assert not found, "\n".join(sorted(found))


def _unknown(told: httpx.Response, data: str) -> list[str]:
    if "json" in told.headers.get("content-type", ""):
        return list(untranslated(f"<p>{told.json().get('error', '')}</p>", data))
    return list(untranslated(told.text, data))


def test_the_finder_finds() -> None:
    page = (
        '<p>⟦Charging at %(n)s ⟦inner⟧⟧ 12 kWh</p><b title="Hello">⟦x⟧ OCPP 2.0.1 world seoul</b>'
    )
    assert [each.split(" ")[0] for each in untranslated(page, "seoul")] == ["Hello", "world"]
