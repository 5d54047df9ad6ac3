"""Prices as an admin writes them, one at a time. Whole files of them are `provisioning`'s business."""

import re

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.slugs import free_id
from app.csms.work import Work, work
from app.domain.errors import Invalid, NotFound
from app.domain.locations import TariffRecord
from app.store.tables.locations import Tariff

_CURRENCY = re.compile(r"[A-Z]{3}")


def is_currency(code: str) -> bool:
    """Whether this has the form of a code of ISO 4217."""
    return _CURRENCY.fullmatch(code) is not None


async def write_tariff(context: Context, actor: Actor, tariff: TariffRecord) -> None:
    """Change a price. Sessions that run keep the one that they began with. Raises NotFound, Invalid."""
    _check(tariff)
    async with work(context) as w:
        row = await w.session.get(Tariff, tariff.id, with_for_update=True)
        if row is None:
            raise NotFound(f"There is no tariff {tariff.id!r}.", tariff_id=tariff.id)
        row.name, row.currency = tariff.name, tariff.currency
        row.price_per_kwh, row.session_fee = tariff.price_per_kwh, tariff.session_fee
        _note(w, actor, "tariff.write", tariff)


async def create_tariff(context: Context, actor: Actor, tariff: TariffRecord) -> str:
    """Make a price; its new id. Raises Invalid."""
    async with work(context) as w:
        return await create_tariff_in(w, actor, tariff)


async def create_tariff_in(w: Work, actor: Actor, tariff: TariffRecord) -> str:
    """Make a price as a part of a work; its id is made of its name. Raises Invalid."""
    _check(tariff)
    tariff_id = await free_id(w, Tariff, tariff.name, "tariff")
    w.session.add(
        Tariff(
            id=tariff_id,
            name=tariff.name,
            currency=tariff.currency,
            price_per_kwh=tariff.price_per_kwh,
            session_fee=tariff.session_fee,
        )
    )
    await w.session.flush()
    _note(w, actor, "tariff.create", tariff, tariff_id)
    return tariff_id


def _note(w: Work, actor: Actor, action: str, tariff: TariffRecord, tariff_id: str = "") -> None:
    price, fee = str(tariff.price_per_kwh), str(tariff.session_fee)
    subject = f"tariff:{tariff_id or tariff.id}"
    note(
        w, actor, action, subject, name=tariff.name, currency=tariff.currency, price=price, fee=fee
    )


def _check(tariff: TariffRecord) -> None:
    if not tariff.name:
        raise Invalid("A tariff needs a name.", field="tariff_name")
    if not is_currency(tariff.currency):
        raise Invalid("A currency has three letters, like KRW or EUR.", field="currency")
    if tariff.price_per_kwh < 0 or tariff.session_fee < 0:
        raise Invalid("A price is not less than nothing.", field="price_per_kwh")
