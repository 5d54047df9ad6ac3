"""PostgreSQL's programs with PostGIS: found on this machine, or unpacked into a folder of ours.

Running them is `app.store.embedded`'s business.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import CsmsError
from app.store import debian

OLDEST_MAJOR = 14
ASK_TIMEOUT_S = 20

_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu, Arch, openSUSE
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Red Hat systems
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_INSTALL = (
    ("apt-get", "sudo apt-get install postgresql-postgis"),
    ("dnf", "sudo dnf install postgresql-server postgis"),
    ("zypper", "sudo zypper install postgresql-server postgresql-postgis"),
    ("apk", "sudo apk add postgresql postgis"),
    ("pacman", "sudo pacman -S postgresql postgis"),
    ("brew", "brew install postgresql@17 postgis"),
)
# Only for raster and 3D functions and for the query compiler, which Halla does not use; together
# they would quadruple the download.
_NOT_NEEDED = ("libgdal", "libsfcgal", "libllvm")


class EmbeddedError(CsmsError):
    """The private database cannot run here."""

    code = "embedded_database"


def no_space(folder: Path) -> EmbeddedError:
    """What to say of a full disk."""
    return EmbeddedError(
        f"No space is left in {folder}; make room (PostgreSQL and a young database take 400 MB),"
        " or set HALLA_DATA_DIR to another folder."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A PostgreSQL that has PostGIS: where its programs are and what they need around them."""

    bin_dir: Path
    major: int
    environ: Mapping[str, str] = field(default_factory=dict)
    unpacked: bool = False


def find_or_fetch(
    unpacked_dir: Path, progress: Callable[[str], None], *, major: int | None = None
) -> Binaries:
    """The newest PostgreSQL with PostGIS on this machine, or else one unpacked into `unpacked_dir`.

    `major` is the version an existing cluster needs. Raises `EmbeddedError` with the one command
    that helps. The caller holds the lock that keeps two processes from unpacking at once.
    """
    found = find_installed(major) or _read_unpacked(unpacked_dir, major)
    if found is not None:
        return found
    if not debian.has_apt():
        raise EmbeddedError(_advice(major))
    _fetch(unpacked_dir, progress, major)
    fetched = _read_unpacked(unpacked_dir, major)
    if fetched is None:
        raise EmbeddedError(_advice(major))
    return fetched


def find_installed(major: int | None = None) -> Binaries | None:
    """The newest PostgreSQL of this machine that has PostGIS, of version `major` if given."""
    found = [each for each in map(_examine, _bin_dirs()) if each is not None]
    fitting = [each for each in found if major in (None, each.major)]
    return max(fitting, key=lambda each: each.major, default=None)


def _bin_dirs() -> Iterator[Path]:
    for pattern in _PLACES:
        yield from Path("/").glob(pattern[1:])
    config = shutil.which("pg_config")
    if config is not None:
        yield Path(_ask([config, "--bindir"]))
    initdb = shutil.which("initdb")
    if initdb is not None:
        yield Path(initdb).resolve().parent


def _examine(bin_dir: Path, environ: Mapping[str, str] | None = None) -> Binaries | None:
    if not all((bin_dir / program).exists() for program in ("postgres", "initdb", "pg_ctl")):
        return None
    told = re.search(r"(\d+)", _ask([str(bin_dir / "postgres"), "--version"], environ))
    if told is None or int(told[1]) < OLDEST_MAJOR:
        return None
    major = int(told[1])
    shared = [Path(_ask([str(bin_dir / "pg_config"), "--sharedir"], environ) or "/nowhere")]
    shared.append(bin_dir.parents[2] / "share" / "postgresql" / str(major))
    if not any((each / "extension" / "postgis.control").exists() for each in shared):
        return None
    return Binaries(bin_dir=bin_dir, major=major, environ=environ or {})


def _read_unpacked(root: Path, major: int | None) -> Binaries | None:
    for bin_dir in sorted(root.glob("usr/lib/postgresql/*/bin")):
        environ = {
            "LD_LIBRARY_PATH": ":".join(map(str, debian.library_folders(root))),
            "PROJ_LIB": str(root / "usr" / "share" / "proj"),
        }
        found = _examine(bin_dir, environ)
        if found is not None and major in (None, found.major):
            return Binaries(bin_dir=bin_dir, major=found.major, environ=environ, unpacked=True)
    return None


def _fetch(root: Path, progress: Callable[[str], None], major: int | None) -> None:
    """Unpack the newest PostgreSQL with PostGIS on offer into `root`, or nothing."""
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        wanted = rf"postgresql-{major or '[0-9]+'}-postgis-3"
        lists = partial / "apt"
        apt = debian.open_lists(lists, progress, wanted=wanted)
        names = debian.find_names(apt, wanted)
        if not names:
            raise EmbeddedError(_advice(major))
        newest = max(int(name.split("-")[1]) for name in names)
        packages = [
            f"postgresql-{newest}",
            f"postgresql-client-{newest}",
            "libpq5",
            f"postgresql-{newest}-postgis-3",
        ]
        packages += debian.missing_dependencies(apt, packages, follow=_is_worth_having(newest))
        tree = partial / "tree"
        debian.unpack(apt, packages, tree, progress, what=f"PostgreSQL {newest} with PostGIS")
        _finish_extensions(tree, newest)
        _refuse_missing_libraries(tree, newest)
        shutil.rmtree(root, ignore_errors=True)
        tree.rename(root)
    except debian.DiskFull as error:
        raise no_space(root.parent) from error
    except debian.PackagesUnavailable as error:
        raise EmbeddedError(f"{error.message}. {_advice(major)}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_worth_having(major: int) -> Callable[[str], bool]:
    def follow(name: str) -> bool:
        if name == f"postgresql-{major}-postgis-3-scripts" or name == "proj-data":
            return True
        return name.startswith("lib") and not name.startswith(_NOT_NEEDED)

    return follow


def _finish_extensions(tree: Path, major: int) -> None:
    """Make the links that installing would make: `postgis-3.control` is `postgis.control`."""
    extensions = tree / "usr" / "share" / "postgresql" / str(major) / "extension"
    for control in extensions.glob("*-3.control"):
        link = extensions / control.name.replace("-3.control", ".control")
        if not link.exists():
            link.symlink_to(control.name)


def _refuse_missing_libraries(tree: Path, major: int) -> None:
    home = tree / "usr" / "lib" / "postgresql" / str(major)
    programs = [home / "bin" / name for name in ("postgres", "initdb", "pg_ctl")]
    programs.append(home / "lib" / "postgis-3.so")
    missing = debian.missing_libraries(programs, debian.library_folders(tree))
    if missing:
        raise EmbeddedError(f"PostgreSQL lacks {', '.join(missing)} here. {_advice(major)}")
    if not Path("/usr/share/zoneinfo/Asia/Seoul").exists():
        raise EmbeddedError(
            "This machine has no time-zone files; run `sudo apt-get install tzdata`."
        )


def _advice(major: int | None) -> str:
    """One sentence: the command that installs PostGIS on this platform."""
    which = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    for tool, command in _INSTALL:
        if shutil.which(tool):
            return f"{which} with PostGIS is needed: run `{command}`, or set HALLA_DATABASE_URL."
    where = "Postgres.app" if sys.platform == "darwin" else "your system's packages"
    return f"{which} with PostGIS is needed: install it from {where}, or set HALLA_DATABASE_URL."


def _ask(command: list[str], environ: Mapping[str, str] | None = None) -> str:
    """What a small program answers; empty when it cannot."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=ASK_TIMEOUT_S,
            check=False,
            env={**os.environ, **(environ or {})},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
