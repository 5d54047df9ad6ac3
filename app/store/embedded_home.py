"""Where the private database lives, who runs it, and who uses it at the moment.

PostgreSQL refuses to run as root, limits the length of a socket's path, and must not be set up by
two processes at once. The three answers to that are here; starting and stopping is
`app.store.embedded`'s business.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.store.embedded_binaries import EmbeddedError

LOCK_TIMEOUT_S = 900.0
LOCK_POLL_S = 0.1
# The kernel allows 107 bytes; the server appends "/.s.PGSQL.5432" and a lock file's suffix.
LONGEST_SOCKET_DIR = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The ordinary user the server runs as; `switch` says that we are root and must become them."""

    uid: int
    gid: int
    name: str
    switch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Every path of one private database."""

    root: Path
    owner: Owner

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "cluster"

    @property
    def lock(self) -> Path:
        """Held while the cluster is being made, started or stopped."""
        return self.root / "cluster.lock"

    @property
    def users(self) -> Path:
        """Held, shared, by every process that uses the cluster."""
        return self.root / "cluster.users"

    @property
    def socket_dir(self) -> Path:
        """Only its owner (and root) may enter: whoever reaches the socket is let in."""
        near = self.root / "run"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_DIR:
            return near
        return Path("/tmp") / f"halla-{_fingerprint(self.root)}"


def find_home(data_dir: Path) -> Home:
    """Decide where the database of this data directory lives and who runs it; create nothing.

    Raises `EmbeddedError` if it belongs to somebody else or cannot be one.
    """
    try:
        owner = _choose_owner(data_dir.resolve())
    except OSError as error:  # a file stands there, or somebody's closed folder
        raise _unusable(data_dir, error) from error
    root = reachable(data_dir, owner)
    cluster = root / "cluster"
    # A cluster that exists keeps its owner, also when root starts what an ordinary user made.
    if root != data_dir.resolve() and cluster.exists():
        owner = _choose_owner(root)
    return Home(root=root, owner=owner)


def reachable(path: Path, owner: Owner) -> Path:
    """`path`, or a stand-in under /var/lib if the server's user cannot get there.

    That happens to root with a checkout under /root, which nobody else may enter.
    """
    path = path.resolve()
    if not owner.switch or all(_may_enter(each, owner) for each in (path, *path.parents)):
        return path
    return Path("/var/lib") / f"halla-{_fingerprint(path)}"


def prepare(home: Home) -> None:
    """Create the folders around the cluster with the rights they need."""
    try:
        _make_folder(home.root, open_to_others=home.owner.switch)
        home.socket_dir.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unusable(home.root, error) from error
    if home.owner.switch:
        os.chown(home.socket_dir, home.owner.uid, home.owner.gid)
    if home.socket_dir.is_symlink() or home.socket_dir.stat().st_uid != home.owner.uid:
        raise EmbeddedError(f"{home.socket_dir} belongs to somebody else; remove it and try again.")
    home.socket_dir.chmod(0o700)


@contextmanager
def locked(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Keep other processes out; wait for them, saying so, no longer than `LOCK_TIMEOUT_S`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path.parent, error) from error
    handle = _open_lock(path)
    try:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        told = False
        while not _try_lock(handle, fcntl.LOCK_EX):
            if not told:
                progress("Waiting for another Halla that is preparing the database.")
                told = True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Another process has held {path} too long; end it, try again.")
            time.sleep(LOCK_POLL_S)
        yield
    finally:
        os.close(handle)


def take_part(home: Home) -> int:
    """Note, until `leave` or the end of this process however it ends, that it uses the cluster."""
    handle = _open_lock(home.users)
    if not _try_lock(handle, fcntl.LOCK_SH):
        os.close(handle)
        raise EmbeddedError(f"{home.users} is held by a program that is not Halla; end it.")
    return handle


@contextmanager
def serving(home: Home) -> Iterator[None]:
    """Be the only one, or raise `EmbeddedError`; who was killed is it no longer."""
    handle = _open_lock(home.root / "cluster.serving")
    try:
        if not _try_lock(handle, fcntl.LOCK_EX):
            raise EmbeddedError(
                f"Another Halla serves charging stations from the database in {home.root}; end it"
                " first, or set HALLA_DATA_DIR to another folder."
            )
        yield
    finally:
        os.close(handle)


def leave(home: Home, handle: int | None) -> bool:
    """Take that note back; say whether nobody else uses the cluster. Call with the lock held."""
    if handle is not None:
        with suppress(OSError):
            os.close(handle)
    alone = _open_lock(home.users)
    try:
        return _try_lock(alone, fcntl.LOCK_EX)
    finally:
        os.close(alone)


def _unusable(folder: Path, error: OSError) -> EmbeddedError:
    return EmbeddedError(
        f"{folder} cannot be written ({error.strerror}); set HALLA_DATA_DIR to a folder that can."
    )


def _choose_owner(root: Path) -> Owner:
    """The cluster's owner if there is one, else ourselves, else (for root) an ordinary user."""
    me = os.geteuid()
    with suppress(FileNotFoundError, PermissionError):
        uid = (root / "cluster").stat().st_uid
        if uid != 0:
            if me not in (0, uid):
                raise EmbeddedError(
                    f"The database in {root} belongs to {_describe(uid).pw_name}; run Halla as"
                    " that user, or set HALLA_DATA_DIR to another folder."
                )
            return _as_owner(_describe(uid), switch=me == 0)
    if me != 0:
        return _as_owner(_describe(me), switch=False)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return _as_owner(pwd.getpwnam(name), switch=True)
    raise EmbeddedError("PostgreSQL does not run as root; run Halla as an ordinary user.")


def _describe(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedError(
            f"User id {uid} has no name on this machine, which PostgreSQL insists on; add it to"
            " /etc/passwd, or set HALLA_DATABASE_URL."
        ) from error


def _as_owner(user: pwd.struct_passwd, *, switch: bool) -> Owner:
    return Owner(uid=user.pw_uid, gid=user.pw_gid, name=user.pw_name, switch=switch)


def _may_enter(folder: Path, owner: Owner) -> bool:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return True  # it will be created, open to others as root's umask usually has it
    if status.st_uid == owner.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & 0o001)


def _make_folder(path: Path, *, open_to_others: bool) -> None:
    """Create the folder and those above it; whatever the umask, the server's user can pass."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in missing if open_to_others else ():
        each.chmod(0o755)


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be opened ({error.strerror}).") from error


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
