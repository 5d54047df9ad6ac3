"""Debian packages unpacked into a folder of our own: no root, nothing installed.

Used for the private PostGIS (`app.store.embedded_binaries`) and, in tests, for a browser. It asks
the machine's own apt which packages exist, so the archive, its mirror and its signatures are the
ones the machine already trusts. What is inside the packages is the caller's business.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import CsmsError

ASK_TIMEOUT_S = 60
UPDATE_TIMEOUT_S = 300
DOWNLOAD_TIMEOUT_S = 900
UNPACK_TIMEOUT_S = 300

_NEED_ONLY = [
    f"--no-{kind}"
    for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
]


class PackagesUnavailable(CsmsError):
    """The packages could not be fetched with apt."""

    code = "packages_unavailable"


class DiskFull(PackagesUnavailable):
    """No space is left for the packages"""


@dataclass(frozen=True, slots=True)
class Apt:
    """How to call apt: with the machine's package lists, or with lists of our own."""

    options: tuple[str, ...]
    private: bool


def has_apt() -> bool:
    """Is this a system whose packages we can fetch and unpack?"""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query"))


def open_lists(state: Path, progress: Callable[[str], None], *, wanted: str) -> Apt:
    """Choose the machine's package lists when they know a package named `wanted` (a regex).

    Otherwise, as in a fresh container, lists of our own are fetched into `state`, which anybody
    may do.
    """
    machine = Apt(_sandbox_options(), private=False)
    if find_names(machine, wanted):
        return machine
    return fetch_lists(state, progress)


def fetch_lists(state: Path, progress: Callable[[str], None]) -> Apt:
    """Fetch package lists of our own into `state`."""
    progress("Asking the package archive what it has.")
    for folder in (state / "lists" / "partial", state / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    own = Apt(
        (
            *_sandbox_options(),
            f"-oDir::State={state}",
            f"-oDir::State::lists={state / 'lists'}",
            "-oDir::State::status=/var/lib/dpkg/status",
            f"-oDir::Cache={state / 'cache'}",
            "-oAPT::Update::Post-Invoke::=true",
            "-oAcquire::Languages=none",
        ),
        private=True,
    )
    told = _call(["apt-get", *own.options, "-qq", "update"], UPDATE_TIMEOUT_S).stderr
    # For apt an archive that does not answer is a warning: another one may have what is wanted.
    if not any((state / "lists").glob("*_Packages*")):
        reason = re.search(r"Failed to fetch \S+\s+(.+)", told)
        why = f" ({reason[1].strip()})" if reason else ""
        raise PackagesUnavailable(
            f"The package archive does not answer{why}; check the network, then try again"
        )
    return own


def find_names(apt: Apt, pattern: str) -> list[str]:
    """Names of the available packages that match the regular expression."""
    found = _run(["apt-cache", *apt.options, "pkgnames"], ASK_TIMEOUT_S)
    return sorted(name for name in found.split() if re.fullmatch(pattern, name))


def missing_dependencies(
    apt: Apt, names: Sequence[str], *, follow: Callable[[str], bool]
) -> list[str]:
    """What `names` need, directly or not, and this machine lacks.

    `follow` says which packages are worth having: those it refuses are left out with everything
    only they would have needed.
    """
    needs = _read_needs(
        _run(
            ["apt-cache", *apt.options, "depends", "--recurse", *_NEED_ONLY, *names], ASK_TIMEOUT_S
        )
    )
    present = _installed()
    seen, found, waiting = set(names), [], list(names)
    while waiting:
        for alternatives in needs.get(waiting.pop(), ()):
            if present.intersection(alternatives) or seen.intersection(alternatives):
                continue
            chosen = next((each for each in alternatives if follow(each)), None)
            if chosen is not None:
                seen.add(chosen)
                found.append(chosen)
                waiting.append(chosen)
    return sorted(found)


def unpack(
    apt: Apt, names: Sequence[str], into: Path, progress: Callable[[str], None], *, what: str
) -> None:
    """Download the packages and unpack them into `into`, as if that were the root directory."""
    progress(f"Downloading {what} ({len(names)} package{'s' if len(names) > 1 else ''}).")
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".debs-") as folder:
        try:
            _run(["apt-get", *apt.options, "download", *names], DOWNLOAD_TIMEOUT_S, folder)
        except PackagesUnavailable:
            if apt.private:
                raise
            # The machine's lists may be older than the archive, which drops superseded versions.
            apt = fetch_lists(Path(folder) / "apt", progress)
            _run(["apt-get", *apt.options, "download", *names], DOWNLOAD_TIMEOUT_S, folder)
        packages = sorted(Path(folder).glob("*.deb"))
        size = sum(each.stat().st_size for each in packages) / 1e6
        progress(f"Unpacking {what} ({size:.0f} MB).")
        into.mkdir(parents=True, exist_ok=True)
        for package in packages:
            _run(["dpkg-deb", "-x", str(package), str(into)], UNPACK_TIMEOUT_S)


def library_folders(root: Path) -> list[Path]:
    """Folders under an unpacked tree that hold shared libraries, for `LD_LIBRARY_PATH`."""
    folders = [*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")]
    return sorted(each for each in folders if each.is_dir())


def missing_libraries(programs: Iterable[Path], folders: Sequence[Path]) -> list[str]:
    """Shared libraries the programs would not find, even with `folders` searched first."""
    environ = {**os.environ, "LC_ALL": "C", "LD_LIBRARY_PATH": ":".join(map(str, folders))}
    missing = set()
    for program in programs:
        told = _run(["ldd", str(program)], ASK_TIMEOUT_S, environ=environ)
        missing.update(re.findall(r"^\s*(\S+) => not found", told, re.MULTILINE))
    return sorted(missing)


def _sandbox_options() -> tuple[str, ...]:
    # As root apt drops to a user who may not be able to write where we download to.
    return ("-oAPT::Sandbox::User=root",) if os.geteuid() == 0 else ()


def _installed() -> set[str]:
    listed = _run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Provides}\n"], ASK_TIMEOUT_S
    )
    present = set()
    for line in listed.splitlines():
        state, name, provides = line.split("\t")
        if state.startswith("ii"):
            present.add(name)
            present.update(each.split()[0] for each in provides.split(",") if each.strip())
    return present


def _read_needs(listed: str) -> dict[str, list[list[str]]]:
    """Turn `apt-cache depends` into package -> groups of alternatives.

    A line with `|` is an alternative to the next; `<name>` is virtual and followed, deeper
    indented, by the packages that provide it.
    """
    needs: dict[str, list[list[str]]] = {}
    groups: list[list[str]] = []
    joins_next = virtual = False
    for line in listed.splitlines():
        if not line.startswith(" "):
            groups = needs.setdefault(line.strip(), [])
            joins_next = False
        elif line.startswith("    "):
            if virtual:
                groups[-1].append(line.strip())
        else:
            name = line.split(": ", 1)[1].strip()
            virtual = name.startswith("<")
            name = name.strip("<>").split(":")[0]
            if joins_next:
                groups[-1].append(name)
            else:
                groups.append([name])
            joins_next = line.startswith(" |")
    return needs


def _run(
    command: Sequence[str],
    timeout_s: int,
    cwd: str | None = None,
    *,
    environ: dict[str, str] | None = None,
) -> str:
    """Run a tool and return what it printed; raise `PackagesUnavailable` with its last words."""
    return _call(command, timeout_s, cwd, environ=environ).stdout


def _call(
    command: Sequence[str],
    timeout_s: int,
    cwd: str | None = None,
    *,
    environ: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd=cwd,
            env=environ or {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.TimeoutExpired as error:
        raise PackagesUnavailable(
            f"{command[0]} did not finish within {timeout_s} s; check the network, then try again"
        ) from error
    if done.returncode != 0 and "No space left on device" in done.stderr:
        raise DiskFull  # dpkg-deb's and apt's last words would be about what came of it
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise PackagesUnavailable(f"{command[0]} failed: {last}")
    return done


def main(words: Sequence[str]) -> int:
    """`python -m app.store.debian DIR PACKAGE...`: unpack packages; for the Makefile."""
    into, names = Path(words[0]).resolve(), list(words[1:])

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    if not has_apt():
        tell(f"{' and '.join(names)} could only be fetched on a Debian system.")
        return 1
    try:
        apt = open_lists(into.with_name(f"{into.name}.apt"), tell, wanted=re.escape(names[0]))
        unpack(apt, names, into, tell, what=" and ".join(names))
    except PackagesUnavailable as error:
        tell(f"{error.message}.")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
