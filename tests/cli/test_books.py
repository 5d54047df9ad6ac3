"""Where `halla simulate scenario` reads back what was stored; where it cannot, it says what is missing."""

from pathlib import Path

from app.api.app import add_api
from app.cli.books import ApiBooks, Closed, open_books
from app.config import Settings, read_settings
from app.csms.accounts import create_api_key
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from app.main import serve_http
from app.store.database import Database
from app.web.app import create_app
from tests.journeys.program import free_port
from tests.queries.planting import NOW, Garden


async def opened(settings: Settings, url: str = "", key: str | None = None) -> object:
    url = url or f"ws://127.0.0.1:{settings.ocpp_port}"
    async with open_books(settings, url, api=None, key=key) as books:
        return books


async def test_where_no_database_is_at_hand_a_key_opens_the_api(
    context: Context, database: Database, tmp_path: Path
) -> None:
    garden = Garden(database)
    await garden.station("A", location_id=await garden.location())
    await garden.transaction("A", transaction_id="tx9", ended_at=NOW)
    key = await create_api_key(context, HALLA, "scenario", Role.VIEWER)
    application = create_app(context)
    add_api(application, context)
    async with serve_http(application, "127.0.0.1", 0) as port:
        settings = read_settings(
            {
                "HALLA_DATA_DIR": str(tmp_path),
                "HALLA_HTTP_PORT": str(port),
                "HALLA_ADMIN_API_KEY": key,
            }
        )
        books = await opened(settings)
        assert isinstance(books, ApiBooks)
        assert books.where == f"the Halla at http://127.0.0.1:{port}"
        (stored,) = await books.transactions("A", NOW.replace(year=2000))
        assert stored.transaction_id == "tx9"
        wrong = await opened(settings, key="nobody's")
        assert isinstance(wrong, Closed)
        assert wrong.why.endswith("answers 401; give a key that it knows with --key.")
        application.state.hub.close()


async def test_what_is_missing_is_said(tmp_path: Path) -> None:
    settings = read_settings({"HALLA_DATA_DIR": str(tmp_path), "HALLA_HTTP_PORT": str(free_port())})
    keyless = await opened(settings)
    assert isinstance(keyless, Closed)
    assert str(tmp_path) in keyless.why
    assert "HALLA_ADMIN_API_KEY or give --key" in keyless.why
    away = await opened(settings, key="a key")
    assert isinstance(away, Closed)
    assert f"http://127.0.0.1:{settings.http_port} cannot be read" in away.why
    assert "with --api" in away.why
    stranger = await opened(settings, "ws://csms.example:9000", "a key")
    assert isinstance(stranger, Closed)
    assert "--api" in stranger.why
