"""Commands in forms of the legacy dialect, each made of the standard payload.

The standard form goes first, unless the station took another one before; what it takes is learned (`ingress.calls`).
A form that cannot say what the payload says is no form of it: then a sentence tells why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.legacy import OBJECT_SCHEDULE, ROOT_PROFILE, TEXT_TOKEN
from app.ingress.block import Payload


@dataclass(frozen=True, slots=True)
class Form:
    """Another way to write a call. `key`: the trait of stations that take it. `build`: of the standard payload.

    `loses`: what such a station does not do of it, as a sentence; None: nothing is lost.
    """

    key: str
    says: str
    build: Callable[[Payload], Payload]
    loses: Callable[[Payload], str | None]


def _schedule(payload: Payload) -> Payload:
    schedule: Payload = payload["chargingProfile"]["chargingSchedule"][0]
    return schedule


def _as_object(payload: Payload) -> Payload:
    profile = {**payload["chargingProfile"], "chargingSchedule": _schedule(payload)}
    return {**payload, "chargingProfile": profile}


def _at_root(payload: Payload) -> Payload:
    schedule = _schedule(payload)
    periods = [
        {**period, "limit": period["limit"] / 1000} for period in schedule["chargingSchedulePeriod"]
    ]
    return {
        "evseId": payload["evseId"],
        "chargingSchedule": {
            **schedule,
            "chargingRateUnit": "kW",
            "chargingSchedulePeriod": periods,
        },
    }


def _first_only(payload: Payload) -> str | None:
    count = len(_schedule(payload)["chargingSchedulePeriod"])
    return None if count == 1 else f"It obeys only the first of {count} periods."


def _text_token(payload: Payload) -> Payload:
    return {**payload, "idToken": payload["idToken"]["idToken"]}


def _nothing(_payload: Payload) -> None:
    return None


FORMS: Mapping[str, tuple[Form, ...]] = {
    "SetChargingProfile": (
        Form(OBJECT_SCHEDULE, "its schedule as an object", _as_object, _first_only),
        Form(ROOT_PROFILE, "its schedule at the root, in kW", _at_root, _first_only),
    ),
    "RequestStartTransaction": (Form(TEXT_TOKEN, "its token as a text", _text_token, _nothing),),
}
"""By action, in the order in which they are tried."""


def forms_of(action: str, payload: Payload, traits: frozenset[str]) -> tuple[Form | None, ...]:
    """The forms to try, one after the other; None is the standard one. What was learned goes first."""
    forms = FORMS.get(action, ())
    if action == "SetChargingProfile" and _schedule(payload)["chargingRateUnit"] != "W":
        forms = ()  # they know only watts, and would take amperes for them
    learned = tuple(form for form in forms if form.key in traits)
    return (*learned, None, *(form for form in forms if form.key not in traits))
