"""What the documents say is made from the code, or held against it."""

import re

from typer.main import get_command

from app.cli import halla
from app.config import ROOT, settings_table

README = ROOT / "README.md"
SETTINGS = re.compile(r"(<!-- settings: .*? -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def test_the_settings_in_the_readme_are_the_codes() -> None:
    """To bring the README up to date: python -m tests.house.test_docs"""
    text = README.read_text(encoding="utf-8")
    assert with_settings(text) == text


def test_every_command_is_in_the_readme_and_has_help() -> None:
    text = README.read_text(encoding="utf-8")
    commands = get_command(halla).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        assert command.help, name
        assert name == "vendor" or f"halla {name}" in text, name


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in [README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def with_settings(text: str) -> str:
    return SETTINGS.sub(lambda found: f"{found[1]}\n{settings_table()}\n{found[2]}", text)


if __name__ == "__main__":
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
