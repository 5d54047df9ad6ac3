"""A browser for the tests that need one: find it, or fetch it (`python -m tests.browser`).

Looked for in this order: `HALLA_TEST_BROWSER`, an installed Chromium or Chrome, one unpacked by us,
one Playwright fetched. Fetched in this order: apt as root, Debian's packages unpacked into a folder
of ours, Playwright's own download. Where none can be had, browser tests skip and say why.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.store import debian
from tests import unpacked

UNPACKED = unpacked.UNPACKED / "browser"
WRAPPER = UNPACKED / "halla-chromium"
DRIVER_LIBRARIES = UNPACKED / "driver"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
INSTALL_TIMEOUT_S = 900
ASK_TIMEOUT_S = 30


@cache
def find_browser() -> Path | None:
    """A Chromium that answers when asked for its version; None if there is none.

    Ask before starting Playwright: its driver may need a library that was unpacked too.
    """
    found = next((each for each in _candidates() if _answers(each)), None)
    if found == WRAPPER:
        os.environ["LD_LIBRARY_PATH"] = str(DRIVER_LIBRARIES)
    return found


def launch_arguments() -> list[str]:
    """What a browser needs to start here: root may not use the sandbox, containers have no GPU."""
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [*sandbox, "--disable-dev-shm-usage", "--disable-gpu"]


def why_there_is_none() -> str:
    """The sentence of a skipped browser test."""
    return "no Chromium was found and none could be fetched; install one, or set HALLA_TEST_BROWSER"


def install() -> bool:
    """Fetch a browser and a Korean font unless they are here; say whether there is a browser."""
    if find_browser() is None:
        for attempt in (_install_with_apt, _unpack_debian, _install_with_playwright):
            _say(f"Fetching a browser for the tests ({attempt.__name__.strip('_')}).")
            try:
                attempt()
            except (debian.PackagesUnavailable, subprocess.SubprocessError, OSError) as error:
                _say(f"That did not work: {error}")
            find_browser.cache_clear()
            if find_browser() is not None:
                break
    _add_korean_font()
    _say(f"Browser: {find_browser() or why_there_is_none()}")
    return find_browser() is not None


def _candidates() -> Iterator[Path]:
    given = os.environ.get("HALLA_TEST_BROWSER")
    if given:
        yield Path(given)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield WRAPPER
    kept = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    )
    yield from sorted(kept.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def _answers(browser: Path) -> bool:
    # Some systems install a program of that name which only says where the real one could be had.
    try:
        told = subprocess.run(
            [browser, "--version"], capture_output=True, timeout=ASK_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def _install_with_apt() -> None:
    if os.geteuid() != 0 or not debian.has_apt():
        raise OSError("apt installs only as root")
    _apt_install("chromium", "libatomic1")  # the second is Playwright's driver's


def _apt_install(*packages: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    words = [
        "apt-get",
        "-qq",
        "-y",
        "-oDPkg::Lock::Timeout=120",
        "--no-install-recommends",
        "install",
        *packages,
    ]
    for command in (words, ["apt-get", "-qq", "update"], words):
        done = subprocess.run(
            command, env=environ, capture_output=True, timeout=INSTALL_TIMEOUT_S, check=False
        )
        if done.returncode == 0 and command is words:
            return
    raise OSError(done.stderr.decode(errors="replace").strip()[-300:])


def _unpack_debian() -> None:
    """Chromium and what it needs, unpacked, with a script that starts it among those files."""
    if not debian.has_apt():
        raise OSError("this is not a Debian system")
    partial = UNPACKED.with_name("browser.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        apt = debian.open_lists(partial / "apt", _say, wanted="chromium")
        names = ["chromium", "fonts-nanum", "libatomic1"]
        names += debian.missing_dependencies(
            apt, names, follow=lambda name: name.startswith(("lib", "chromium", "fontconfig"))
        )
        debian.unpack(apt, names, partial / "tree", _say, what="Chromium")
        shutil.rmtree(UNPACKED, ignore_errors=True)
        (partial / "tree").rename(UNPACKED)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    DRIVER_LIBRARIES.mkdir()
    for library in UNPACKED.glob("usr/lib/*/libatomic.so.1"):
        shutil.copy(library, DRIVER_LIBRARIES)
    _write_wrapper()


def _write_wrapper() -> None:
    fonts = UNPACKED / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{UNPACKED / 'usr/share/fonts'}</dir>"
        '<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>'
    )
    private = list(UNPACKED.glob("usr/lib/*/pulseaudio"))
    folders = ":".join(map(str, [*debian.library_folders(UNPACKED), *private]))
    WRAPPER.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH='{folders}' FONTCONFIG_FILE='{fonts}'\n"
        f"exec '{UNPACKED}/usr/lib/chromium/chromium' --no-sandbox \"$@\"\n"
    )
    WRAPPER.chmod(0o755)


def _install_with_playwright() -> None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.geteuid() == 0:
        command.insert(-1, "--with-deps")
    done = subprocess.run(
        command, check=False, timeout=INSTALL_TIMEOUT_S, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise OSError((done.stderr or done.stdout).strip()[-300:])


def _add_korean_font() -> None:
    """So that screenshots show Hangul; tests pass without."""
    fonts = shutil.which("fc-list")
    if fonts is None or os.geteuid() != 0 or not debian.has_apt():
        return
    told = subprocess.run(
        [fonts, ":lang=ko"], capture_output=True, timeout=ASK_TIMEOUT_S, check=False
    )
    if told.stdout.strip():
        return
    try:
        _apt_install("fonts-nanum")
    except (OSError, subprocess.TimeoutExpired) as error:
        _say(f"No Korean font: {error}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    install()
