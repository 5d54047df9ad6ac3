"""Charge tags as files: taken away as CSV or XLSX; brought as CSV, looked at first, and then taken over as a whole."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from app.csms import authorization
from app.csms.accounts import Visitor
from app.domain.roles import Permission
from app.queries import tokens
from app.web import tag_file
from app.web.auth import CurrentContext, Needs
from app.web.export import table_response
from app.web.format import SITE_ZONE
from app.web.forms import text_of
from app.web.i18n import gettext
from app.web.render import render
from app.web.tag_file import COLUMNS, MAX_BYTES, MAX_MISTAKES, Difference, Mistake

router = APIRouter(prefix="/tags")
TagAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_TOKENS))]
MOST_EXPORTED = 1_000_000
SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """A file, as far as it has come. `content`: read without mistakes and looked at; None: nothing was brought yet."""

    file: str = ""
    content: str | None = None
    mistakes: tuple[Mistake, ...] = ()
    more_mistakes: int = 0
    created: tuple[Difference, ...] = ()
    updated: tuple[Difference, ...] = ()
    unchanged: int = 0
    columns: tuple[str, ...] = COLUMNS
    shown: int = SHOWN


@router.get("/export", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def export(
    context: CurrentContext,
    kind: Literal["csv", "xlsx"] = "csv",
    q: str = "",
    status: str = "",
    group: str = "",
) -> Response:
    """What the list shows, all of it."""
    found = await tokens.listing(
        context.database,
        text_of(q) or None,
        status=text_of(status) or None,
        group=text_of(group) or None,
        limit=MOST_EXPORTED,
    )
    rows = (tag_file.export_row(row) for row in found)
    zone = ZoneInfo(SITE_ZONE)  # a thread writes it: stations must not wait for a long list
    return await asyncio.to_thread(table_response, kind, "halla_tags", COLUMNS, rows, zone=zone)


@router.get("/import", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def ask_import(request: Request) -> Response:
    """Where a file is brought."""
    return render(request, "tags/import.html", ImportPage())


@router.post("/import")
async def bring(request: Request, context: CurrentContext, visitor: TagAdmin) -> Response:
    """Look at a file; with `confirm`, take over what was looked at."""
    async with request.form() as form:
        upload, kept = form.get("file"), form.get("content")
        name, raw = text_of(str(form.get("name", ""))) or "tags.csv", b""
        if isinstance(upload, UploadFile):
            name, raw = (upload.filename or name)[:100], await upload.read(MAX_BYTES + 1)
        elif isinstance(kept, str):
            raw = kept.encode()
        confirmed = form.get("confirm") == "yes"
    content, mistakes = _text(raw)
    lines: list[tag_file.Line] = []
    if not mistakes:
        lines, mistakes = tag_file.read(content)
    if mistakes:
        page = ImportPage(
            file=name,
            mistakes=tuple(mistakes[:MAX_MISTAKES]),
            more_mistakes=max(0, len(mistakes) - MAX_MISTAKES),
        )
        return render(request, "tags/import.html", page, status=422)
    known = await tokens.among(context.database, [line.token for line in lines])
    changes = tag_file.differences(lines, known)
    if confirmed:
        records = [each.record for each in changes]
        await authorization.import_tokens(context, visitor.actor, records, name)
        return RedirectResponse(f"/tags?taken={len(records)}", 303)
    page = ImportPage(
        file=name,
        content=content,
        created=tuple(each for each in changes if each.before is None),
        updated=tuple(each for each in changes if each.before is not None),
        unchanged=len(lines) - len(changes),
    )
    return render(request, "tags/import.html", page)


def _text(raw: bytes) -> tuple[str, list[Mistake]]:
    if not raw.strip():
        return "", [Mistake(1, gettext("Choose a file that is not empty."))]
    if len(raw) > MAX_BYTES:
        return "", [Mistake(1, gettext("The file is larger than 1 MB; split it."))]
    for encoding in (
        ("utf-8-sig", "utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",)
    ):
        try:
            text = raw.decode(encoding)
            return text.replace("\x00", ""), []
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
    told = gettext("This line is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8).")
    return "", [Mistake(line, told)]
