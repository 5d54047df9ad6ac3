"""The web application: pages, static files and the live stream, around one `Context`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.csms.context import Context
from app.web.assets import mount_assets
from app.web.bodies import BodyLimit
from app.web.errors import add_error_pages
from app.web.headers import BrowserRules
from app.web.live.hub import Hub
from app.web.pages import PAGES


def create_app(context: Context) -> FastAPI:
    """The application; its lifespan runs the hub. Who stops it calls `state.hub.close()` first, so that streams end."""
    hub = Hub(context)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with hub.run():
            yield

    application = FastAPI(
        title="Halla", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    application.state.context = context
    application.state.hub = hub
    application.state.coverage = ()
    application.state.navigation = tuple(page.item for page in PAGES if page.item)
    for page in PAGES:
        application.include_router(page.router, include_in_schema=False)
    mount_assets(application)
    add_error_pages(application)
    application.add_middleware(GZipMiddleware, minimum_size=1_000)
    application.add_middleware(BodyLimit)
    application.add_middleware(BrowserRules, settings=context.settings)
    return application
