"""A person at a browser: a language, a screen, a console that is listened to, and the admin's password."""

from playwright.async_api import Browser, Page

from tests.journeys.program import Program

PASSWORD = "long enough to pass"


async def visit(
    browser: Browser, complaints: list[str], *, locale: str, width: int = 1440, theme: str = "light"
) -> Page:
    """A page of one's own; what its console complains of is appended to `complaints`."""
    visitor = await browser.new_context(
        locale=locale,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = await visitor.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


async def sign_in(page: Page, running: Program, then: str = "/") -> None:
    """As the admin, on to `then`. What is there is waited for by who asks."""
    await page.goto(f"http://127.0.0.1:{running.http_port}/sign-in?next={then}")
    await page.fill("input[name=name]", "admin")
    await page.fill("input[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
