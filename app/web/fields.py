"""A form's fields, read one by one: what was sent, what it means, and a sentence for each that means nothing.

Nothing stops at the first mistake; a page shows the form again with what was typed and every sentence at its field.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

from fastapi import Request

from app.domain.errors import CsmsError
from app.domain.geo import Position
from app.web.errors import sentence_of
from app.web.forms import MAX_TEXT, one_of, plain_number
from app.web.i18n import N_, gettext

E = TypeVar("E", bound=StrEnum)
MAX_LONG = 500
MISSING = N_("Fill this in.")
NO_NUMBER = N_("Enter a number from %(least)s to %(most)s.")
NO_PLACE = N_("Enter latitude and longitude in degrees, like 33.51709 and 126.52232.")


class Blank(dict[str, str]):
    """What a form shows: fields that nobody filled are empty."""

    def __missing__(self, key: str) -> str:
        return ""


class Fields:
    """`values`: as typed, for showing the form again; `errors`: a sentence by the name of its field."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.errors: dict[str, str] = {}
        self._busy = False

    @property
    def status(self) -> int:
        """Of the answer that shows the form: 200, 422 for what was typed, 503 when it may be sent again as it is."""
        return (503 if self._busy else 422) if self.errors else 200

    def wrong(self, name: str, sentence: str) -> None:
        """Say at a field what is wrong with it; the first sentence stays."""
        self.errors.setdefault(name, sentence)

    def refused(self, error: CsmsError) -> None:
        """Say at its field, or over the form, what another room refused."""
        self._busy = self._busy or error.status == HTTPStatus.SERVICE_UNAVAILABLE
        self.wrong(str(error.details.get("field") or "form"), sentence_of(error))

    def text(self, name: str, *, needed: bool = False, most: int = MAX_TEXT) -> str:
        """One line, or several; empty for nothing."""
        text = self.values.get(name, "").replace("\x00", "").strip()[:most]
        if needed and not text:
            self.wrong(name, gettext(MISSING))
        return text

    def word(self, name: str, words: type[E]) -> E | None:
        """One of `words`, or None."""
        return one_of(words, self.values.get(name))

    def number(
        self, name: str, *, least: Decimal | int = 0, most: Decimal | int = 1_000_000
    ) -> Decimal | None:
        """A number as typed in any of the languages; None for nothing, or with a sentence."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = Decimal(plain_number(text))
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_nan() or not least <= value <= most:
            self.wrong(name, gettext(NO_NUMBER) % {"least": least, "most": f"{most:,}"})
            return None
        return value

    def watts(self, name: str, *, least: Decimal | int = 0) -> float | None:
        """kW as typed, in W."""
        value = self.number(name, least=least, most=100_000)
        return None if value is None else float(value * 1000)

    def position(self, latitude: str = "latitude", longitude: str = "longitude") -> Position | None:
        """A place as typed or as the pin wrote it; None if nothing was."""
        lat, lon = self.text(latitude), self.text(longitude)
        if not lat and not lon:
            return None
        try:
            return Position(lat=float(plain_number(lat)), lon=float(plain_number(lon)))
        except ValueError:
            self.wrong(latitude, gettext(NO_PLACE))
            return None


async def fields_of(request: Request) -> Fields:
    """The fields of the form that was posted; files are left to who wants them."""
    form = await request.form()
    return Fields({name: value for name, value in form.items() if isinstance(value, str)})
