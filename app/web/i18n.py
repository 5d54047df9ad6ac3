"""Korean, English and German: which language a request speaks, and gettext bound to it.

English is the language of the source and has no catalogue. The others are compiled from their text in memory: what is
reviewed is what runs. `N_` marks a sentence that is translated later, when somebody looks at it.
"""

import gettext as catalogues
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"ko": "한국어", "en": "English", "de": "Deutsch"}
DEFAULT = "en"
COOKIE = "halla_language"
LOCALES = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a deferred message
    """Mark `message` for translation and leave it as it is."""
    return message


def language() -> str:
    """The language of the request at hand: a key of LANGUAGES."""
    return _language.get()


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak `chosen` inside the block."""
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


def gettext(message: str) -> str:
    """`message` in the request's language; itself where no translation is known."""
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form for `number` in the request's language."""
    return _catalogue(language()).ngettext(singular, plural, number)


def choose_language(cookie: str | None, accept_language: str | None) -> str:
    """The switch's cookie first, then what the browser prefers, then English."""
    if cookie in LANGUAGES:
        return cookie
    wanted = sorted(_preferences(accept_language or ""), key=lambda pair: -pair[1])
    found = negotiate_locale([tag for tag, _ in wanted], list(LANGUAGES), sep="-")
    return found or DEFAULT


def _preferences(header: str) -> Iterator[tuple[str, float]]:
    for part in header[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            yield tag.partition("-")[0].lower(), float(quality or 1)
        except ValueError:
            continue


@cache
def _catalogue(chosen: str) -> catalogues.NullTranslations:
    path = LOCALES / chosen / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return catalogues.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as text:
        write_mo(compiled, read_po(text, locale=chosen))
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)
