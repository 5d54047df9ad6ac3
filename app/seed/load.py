"""Records -> the database, in one work: all or nothing, any number of times."""

from dataclasses import dataclass

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.authorization import put_tokens_in
from app.csms.context import Context
from app.csms.provisioning import Registered, register_in
from app.csms.work import work
from app.seed.records import Seed


@dataclass(frozen=True, slots=True)
class Part:
    """What happened to the rows of one kind."""

    kind: str
    rows: int
    created: int
    updated: int

    @property
    def unchanged(self) -> int:
        """Rows that were so already."""
        return self.rows - self.created - self.updated


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a seed did. `parts`: per kind of row, in the order they were stored."""

    registered: Registered
    parts: tuple[Part, ...]

    @property
    def created(self) -> int:
        """Rows that did not exist before."""
        return sum(part.created for part in self.parts)

    @property
    def updated(self) -> int:
        """Rows that said something else before."""
        return sum(part.updated for part in self.parts)


async def load(context: Context, actor: Actor, seed: Seed) -> Loaded:
    """Store `seed` and tell open maps of it. Raises CsmsError, and then nothing was changed."""
    async with work(context) as w:
        registered = await register_in(w, actor, seed.locations, seed.tariffs)
        tokens = await put_tokens_in(w, seed.tokens)
        if tokens.changed:
            note(w, actor, "tag.import", "tags", created=tokens.created, updated=tokens.updated)
    parts = tuple(
        Part(kind=part.table, rows=part.rows, created=part.created, updated=part.updated)
        for part in (*registered.parts, tokens)
    )
    return Loaded(registered=registered, parts=parts)
