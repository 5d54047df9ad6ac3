"""Static files under an address that changes with their content, so that browsers may keep them for ever.

One hash stands for the whole tree and is part of the path: relative imports between ES modules and `url()` in style
sheets carry it along by themselves.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.config import ROOT

STATIC = ROOT / "static"
FOR_EVER = "public, max-age=31536000, immutable"


class ImmutableFiles(StaticFiles):
    """Files that never change under their address."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Starlette's answer, kept by the browser for ever."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        return response


@cache
def tree_hash(tree: Path = STATIC) -> str:
    """Ten hex digits of everything under `tree`: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(each for each in tree.rglob("*") if each.is_file()):
        digest.update(path.relative_to(tree).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def asset(path: str) -> str:
    """The address of `static/<path>`. Raises FileNotFoundError for one that is not there."""
    if not (STATIC / path).is_file():
        raise FileNotFoundError(f"static/{path} does not exist")
    return f"/static/{tree_hash()}/{path}"


def mount_assets(application: FastAPI) -> None:
    """Serve the tree under its hash, and under `/static` for those who do not know the hash."""
    application.mount(f"/static/{tree_hash()}", ImmutableFiles(directory=STATIC), name="assets")
    application.mount("/static", StaticFiles(directory=STATIC), name="static")
