"""Third-party browser files: which ones, which version, and whether they are what they should be.

`halla vendor fetch` asks the `npm` client for the pinned packages, verifies each against the
sha512 written here, and puts only the listed files into `static/vendor/<library>/`, together with
`VENDOR.md` for people and `vendor.lock.json` for programs. `halla vendor check` compares the files
with the lock and needs no network. The files are committed, so nobody needs npm to run Halla.
Serving them is `app.web`'s business.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import typer

from app.config import ROOT

VENDOR = ROOT / "static" / "vendor"
LOCK = "vendor.lock.json"
NOTE = "VENDOR.md"
PACK_TIMEOUT_S = 180

commands = typer.Typer(name="vendor", help="Third-party files of the dashboard.")


class VendorError(Exception):
    """A package could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One pinned package; `files` maps its path inside the package to its name in our folder."""

    name: str
    version: str
    licence: str
    integrity: str
    purpose: str
    files: tuple[tuple[str, str], ...]


LIBRARIES = (
    Library(
        name="htmx.org",
        version="4.0.1",
        licence="0BSD",
        integrity="sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        purpose="HTML over the wire, and its SSE extension",
        files=(
            ("dist/htmx.min.js", "htmx.min.js"),
            ("dist/ext/hx-sse.min.js", "hx-sse.min.js"),
            ("LICENSE", "LICENSE"),
        ),
    ),
    Library(
        name="leaflet",
        version="1.9.4",
        licence="BSD-2-Clause",
        integrity="sha512-nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAxwQixURb+FA74PA==",
        purpose="the map",
        files=(
            ("dist/leaflet.js", "leaflet.js"),
            ("dist/leaflet.css", "leaflet.css"),
            ("dist/images/layers.png", "images/layers.png"),
            ("dist/images/layers-2x.png", "images/layers-2x.png"),
            ("dist/images/marker-icon.png", "images/marker-icon.png"),
            ("LICENSE", "LICENSE"),
        ),
    ),
    Library(
        name="protomaps-leaflet",
        version="5.1.0",
        licence="BSD-3-Clause",
        integrity="sha512-N0YY1Gbw5nZ9n8VUOvwHKm/w3zhTTuaZEeMZl8doHemeM4ujGPp2otI6t4Sgqrz8iM4svx2rpG1Q17rHkOWSaA==",
        purpose="self-hosted map tiles, only loaded with HALLA_MAP_TILES=pmtiles",
        files=(
            ("dist/protomaps-leaflet.js", "protomaps-leaflet.js"),
            ("LICENSE", "LICENSE"),
        ),
    ),
    Library(
        name="swagger-ui-dist",
        version="5.35.0",
        licence="Apache-2.0",
        integrity="sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        purpose="the API's page at /docs",
        files=(
            ("swagger-ui-bundle.js", "swagger-ui-bundle.js"),
            ("swagger-ui-bundle.js.LICENSE.txt", "swagger-ui-bundle.js.LICENSE.txt"),
            ("swagger-ui.css", "swagger-ui.css"),
            ("LICENSE", "LICENSE"),
            ("NOTICE", "NOTICE"),
        ),
    ),
)

_SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=[^\n]*|/\*# sourceMappingURL=[^*]*\*/)\s*$")


@commands.command("fetch")
def fetch_command() -> None:
    """Fetch the pinned packages with npm and write the files, the lock and VENDOR.md."""
    try:
        for path in fetch(VENDOR):
            typer.echo(f"static/vendor/{path}")
    except VendorError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@commands.command("check")
def check_command() -> None:
    """Compare the files with the lock; works offline."""
    differences = check(VENDOR)
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        raise typer.Exit(1)
    typer.echo("Every file under static/vendor is the pinned one.")


def fetch(vendor: Path, libraries: tuple[Library, ...] = LIBRARIES) -> list[str]:
    """Replace each library's folder by the files of its pinned package; return their paths."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("Fetching needs the npm client; install Node.js, then run this again.")
    written: list[str] = []
    for library in libraries:
        with tempfile.TemporaryDirectory() as folder:
            tarball = _pack(npm, library, Path(folder))
            contents = _read_files(tarball, library)
        home = vendor / library.name
        shutil.rmtree(home, ignore_errors=True)
        for name, content in contents.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append(f"{library.name}/{name}")
    lock = _describe(vendor, libraries)
    (vendor / LOCK).write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    (vendor / NOTE).write_text(render_note(lock), encoding="utf-8")
    return written


def check(vendor: Path) -> list[str]:
    """Every way in which the folder differs from its lock and the lock from `LIBRARIES`."""
    try:
        lock = json.loads((vendor / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [f"static/vendor/{LOCK} is missing; run `halla vendor fetch`."]
    differences = []
    pinned = {library.name: library.version for library in LIBRARIES}
    locked = {library["name"]: library["version"] for library in lock["libraries"]}
    if pinned != locked:
        differences.append(f"The lock names {locked}, the code {pinned}; run `halla vendor fetch`.")
    expected = {
        f"{library['name']}/{file['path']}": file
        for library in lock["libraries"]
        for file in library["files"]
    }
    present = {
        path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()
    } - {LOCK, NOTE}
    differences += [
        f"static/vendor/{path} is missing." for path in sorted(expected.keys() - present)
    ]
    differences += [
        f"static/vendor/{path} is not listed." for path in sorted(present - expected.keys())
    ]
    for path in sorted(present & expected.keys()):
        if _digests((vendor / path).read_bytes()) != (
            expected[path]["sha256"],
            expected[path]["sha384"],
        ):
            differences.append(f"static/vendor/{path} is not the pinned file.")
    if (vendor / NOTE).read_text(encoding="utf-8") != render_note(lock):
        differences.append(f"static/vendor/{NOTE} does not say what the lock says.")
    return differences


def render_note(lock: dict[str, list[dict[str, object]]]) -> str:
    """The lock as a page for people."""
    lines = [
        "# Third-party files",
        "",
        "Written by `halla vendor fetch`; do not edit. Versions are pinned in `app/cli/vendor.py`.",
        "A trailing `sourceMappingURL` comment is dropped; nothing else is changed.",
    ]
    for library in lock["libraries"]:
        lines += [
            "",
            f"## {library['name']} {library['version']}",
            "",
            f"{library['licence']}. Used for {library['purpose']}.",
            "",
            "| File | sha256 | sha384 (for `integrity=`) |",
            "|---|---|---|",
        ]
        files = library["files"]
        assert isinstance(files, list)
        lines += [f"| {f['path']} | `{f['sha256']}` | `{f['sha384']}` |" for f in files]
    return "\n".join(lines) + "\n"


def _pack(npm: str, library: Library, folder: Path) -> Path:
    """Have npm put the package's tarball into `folder`; verify it against the pinned sha512."""
    wanted = f"{library.name}@{library.version}"
    try:
        done = subprocess.run(
            [npm, "pack", wanted, "--ignore-scripts", "--pack-destination", str(folder)],
            capture_output=True,
            text=True,
            timeout=PACK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VendorError(f"npm did not deliver {wanted} within {PACK_TIMEOUT_S} s.") from error
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise VendorError(f"npm could not deliver {wanted}: {done.stderr.strip()[-300:]}")
    digest = hashlib.sha512(tarballs[0].read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != library.integrity:
        raise VendorError(f"{wanted} is not the package that was pinned; nothing was written.")
    return tarballs[0]


def _read_files(tarball: Path, library: Library) -> dict[str, bytes]:
    contents = {}
    with tarfile.open(tarball) as package:
        for inside, name in library.files:
            try:
                member = package.extractfile(f"package/{inside}")
            except KeyError:
                member = None
            if member is None:
                raise VendorError(f"{library.name} {library.version} has no file {inside}.")
            contents[name] = _SOURCE_MAP.sub(b"\n", member.read())
    return contents


def _describe(vendor: Path, libraries: tuple[Library, ...]) -> dict[str, list[dict[str, object]]]:
    described: list[dict[str, object]] = []
    for library in libraries:
        files = []
        for _, name in library.files:
            sha256, sha384 = _digests((vendor / library.name / name).read_bytes())
            files.append({"path": name, "sha256": sha256, "sha384": sha384})
        described.append(
            {
                "name": library.name,
                "version": library.version,
                "licence": library.licence,
                "purpose": library.purpose,
                "integrity": library.integrity,
                "files": files,
            }
        )
    return {"libraries": described}


def _digests(content: bytes) -> tuple[str, str]:
    """(sha256 in hex, sha384 as browsers' `integrity` attribute wants it)."""
    sha384 = base64.b64encode(hashlib.sha384(content).digest()).decode()
    return hashlib.sha256(content).hexdigest(), f"sha384-{sha384}"
