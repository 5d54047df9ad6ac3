"""The private PostGIS: from nothing to a query, through crashes, shared and left again."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.config import ROOT, read_settings
from app.main import open_context
from app.store import debian, embedded, embedded_binaries, embedded_home, embedded_server
from app.store.embedded import Cluster, EmbeddedError
from tests.unpacked import POSTGRESQL as UNPACKED


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder the server's user can reach, which pytest's own are not for root."""
    folder = Path(tempfile.mkdtemp(prefix="halla-test-"))
    folder.chmod(0o755)
    yield folder / "data"
    cluster = embedded.running(folder / "data")
    if cluster is not None:
        os.kill(cluster.pid, signal.SIGQUIT)
        wait_until_gone(cluster)
    shutil.rmtree(folder)


def start(data_dir: Path, told: list[str] | None = None) -> Cluster:
    progress = told.append if told is not None else print
    return embedded.start(data_dir, progress, unpacked_dir=UNPACKED)


def ask(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.url, autocommit=True, connect_timeout=5) as connection:
        answer = connection.execute(query)
        return answer.fetchone()[0] if answer.description else None


def wait_until_gone(cluster: Cluster) -> None:
    deadline = time.monotonic() + 20
    while embedded_server.is_postgres(cluster.pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_from_nothing_to_a_map_query_and_away_again(data_dir: Path) -> None:
    cluster = start(data_dir)
    assert str(ask(cluster, "SELECT postgis_version()")).startswith("3.")
    distance = ask(
        cluster,
        "SELECT ST_Distance('POINT(126.4926 33.4996)'::geography, 'POINT(126.5 33.25)'::geography)",
    )
    assert 27_000 < float(str(distance)) < 28_500
    assert ask(cluster, "SHOW fsync") == "on"
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert (data_dir / "cluster").stat().st_mode & 0o777 == 0o700
    assert (data_dir / "run").stat().st_mode & 0o777 == 0o700

    embedded.stop(cluster)
    assert embedded.running(data_dir) is None
    assert not embedded_server.is_postgres(cluster.pid)


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(EmbeddedError, match=r"data cannot be written .* set HALLA_DATA_DIR"):
        start(tmp_path / "data")


def with_programs(data_dir: Path) -> Path:
    """The data directory with PostgreSQL's programs in it already."""
    data_dir.mkdir()
    (data_dir / "postgresql").symlink_to(UNPACKED)
    return data_dir


async def test_a_start_that_is_interrupted_leaves_no_server(data_dir: Path) -> None:
    settings = read_settings({"HALLA_DATA_DIR": str(with_programs(data_dir))})
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(sentence: str) -> None:
        if sentence.startswith("Starting"):
            loop.call_soon_threadsafe(begun.set)

    async def work() -> None:
        async with open_context(settings, tell):
            await asyncio.sleep(60)

    working = asyncio.create_task(work())
    await asyncio.wait_for(begun.wait(), 60)
    working.cancel()
    await asyncio.wait({working}, timeout=60)
    assert working.cancelled()
    assert embedded.running(data_dir) is None


def test_rows_survive_a_stop_and_a_killed_server(data_dir: Path) -> None:
    first = start(data_dir)
    ask(first, "CREATE TABLE kept AS SELECT 'before stop' AS word")
    embedded.stop(first)
    second = start(data_dir)
    ask(second, "INSERT INTO kept VALUES ('before kill')")
    os.kill(second.pid, signal.SIGKILL)

    third = start(data_dir)

    assert third.pid != second.pid
    assert ask(third, "SELECT string_agg(word, ', ') FROM kept") == "before stop, before kill"
    embedded.stop(third)
    embedded.stop(second)


def test_a_number_left_by_a_crash_and_taken_by_another_program_does_not_matter(
    data_dir: Path,
) -> None:
    embedded.stop(start(data_dir))
    content = f"{os.getpid()}\n{data_dir}/cluster\n1\n5432\n{data_dir}/run\n\n"
    (data_dir / "cluster" / "postmaster.pid").write_text(content)
    (data_dir / "run" / ".s.PGSQL.5432.lock").write_text(content)

    cluster = start(data_dir)

    assert ask(cluster, "SELECT 1") == 1
    embedded.stop(cluster)


def test_a_second_start_uses_the_server_that_runs_and_the_last_user_stops_it(
    data_dir: Path,
) -> None:
    first = start(data_dir)
    told: list[str] = []
    second = start(data_dir, told)
    assert second.pid == first.pid
    assert told == []

    embedded.stop(first)
    assert ask(second, "SELECT 1") == 1
    embedded.stop(second)
    assert embedded.running(data_dir) is None


def test_a_start_that_fails_ends_its_server_and_says_why(data_dir: Path) -> None:
    first = start(data_dir)
    with psycopg.connect(first.url.replace("/halla?", "/postgres?"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE halla ALLOW_CONNECTIONS false")
    embedded.stop(first)

    with pytest.raises(EmbeddedError, match=r"could not prepare .* not currently accepting"):
        start(data_dir)

    assert embedded.running(data_dir) is None
    assert not (data_dir / "cluster" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_told_before_anything_is_made(data_dir: Path) -> None:
    data_dir.mkdir()
    mounted = 'mount -t tmpfs -o size=50m,mode=755 tmpfs "$1" || exit 77; shift; exec "$@"'
    command = [sys.executable, "-m", "app.store.embedded", "start", f"--data-dir={data_dir}"]
    words = ["unshare", "--mount", "sh", "-c", mounted, "sh", str(data_dir), *command]
    done = subprocess.run(
        [*words, f"--unpacked-dir={UNPACKED}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("nothing may be mounted here")

    assert done.returncode == 1
    assert done.stderr.startswith(f"No space is left in {data_dir}; make room")


def test_a_killed_user_does_not_keep_the_server_up(data_dir: Path) -> None:
    mine = start(data_dir)
    program = (
        "import sys, time; from pathlib import Path; from app.store import embedded\n"
        f"embedded.start(Path({str(data_dir)!r}), print); print('started', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "started\n"
        other.kill()

    embedded.stop(mine)

    assert embedded.running(data_dir) is None


def test_two_processes_starting_at_once_get_one_server(data_dir: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "app.store.embedded",
        "start",
        f"--data-dir={data_dir}",
        f"--unpacked-dir={UNPACKED}",
    ]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    urls = [each.communicate(timeout=120)[0] for each in both]

    assert [each.returncode for each in both] == [0, 0]
    assert urls[0] == urls[1]
    cluster = embedded.running(data_dir)
    assert cluster is not None
    assert ask(cluster, "SELECT count(*) FROM pg_database WHERE datname = 'halla'") == 1
    embedded.stop(cluster)


def test_a_data_directory_too_deep_for_a_socket_has_it_elsewhere(data_dir: Path) -> None:
    deep = data_dir / ("d" * 90)
    cluster = start(deep)
    try:
        assert cluster.home.socket_dir.parent == Path("/tmp")
        assert ask(cluster, "SELECT 1") == 1
    finally:
        embedded.stop(cluster)
        cluster.home.socket_dir.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders the server cannot enter")
def test_root_s_own_folders_are_replaced_by_one_the_server_can_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    told: list[str] = []
    cluster = start(tmp_path / "data", told)
    try:
        assert cluster.home.root.parent == Path("/var/lib")
        assert "who may not enter" in told[0]
        assert f"the database lives in {cluster.home.root}." in told[0]
        assert ask(cluster, "SELECT 1") == 1
        assert embedded.running(tmp_path / "data") is not None
    finally:
        embedded.stop(cluster)
        shutil.rmtree(cluster.home.root)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to stand in for two users")
def test_an_ordinary_user_is_told_whose_database_it_is(data_dir: Path) -> None:
    embedded.stop(start(data_dir))
    os.seteuid(1)
    try:
        with pytest.raises(EmbeddedError, match=r"belongs to .* set HALLA_DATA_DIR"):
            start(data_dir)
    finally:
        os.seteuid(0)


def test_where_nothing_can_be_found_one_sentence_says_what_to_run(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_binaries, "_PLACES", ())
    monkeypatch.setattr(debian, "has_apt", lambda: False)
    monkeypatch.setattr(embedded_binaries, "find_installed", lambda major: None)
    with pytest.raises(EmbeddedError, match=r"run `.*install.*`, or set HALLA_DATABASE_URL"):
        embedded.start(data_dir, print)


def test_a_database_of_a_version_that_is_gone_says_so(data_dir: Path) -> None:
    embedded.stop(start(data_dir))
    (data_dir / "cluster" / "PG_VERSION").write_text("13\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 13 with PostGIS is needed"):
        start(data_dir)
    (data_dir / "cluster" / "PG_VERSION").write_text("15\n")


def test_the_socket_s_path_always_fits(tmp_path: Path) -> None:
    owner = embedded_home.find_home(tmp_path).owner
    for length in range(1, 200):
        home = embedded_home.Home(root=Path("/" + "x" * length), owner=owner)
        assert len(str(home.socket_dir / ".s.PGSQL.5432.lock")) <= 107


def test_apt_s_list_of_needs_is_understood() -> None:
    listed = (
        "server\n |Depends: locales\n  Depends: locales-all\n  Depends: <virtual>\n    one\n"
        "    two\n  Depends: libsystemd0\n    libelogind0\n  PreDepends: perl:any\nlibsystemd0\n"
    )
    assert debian._read_needs(listed) == {
        "server": [
            ["locales", "locales-all"],
            ["virtual", "one", "two"],
            ["libsystemd0"],
            ["perl"],
        ],
        "libsystemd0": [],
    }
