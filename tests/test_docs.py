"""The manual is whole and true: every key, command, variable and endpoint is in it; what it shows exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import msgspec
import pytest

from connectors.forms import FormSettings
from crm.company_file import CompanyFile
from crm.web import rooms
from hub.cli import COMMANDS
from hub.settings import Settings
from hub.web import setup
from hub.web.api import ENDPOINTS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

LINK = re.compile(r"\]\(([^)\s]+)\)")
SHOWN_CODE = re.compile(r"^ {4}.*$|`[^`\n]+`", re.MULTILINE)


def first_cells(page: str) -> set[str]:
    """Give what stands as code in the first column of a page's tables."""
    rows = (line for line in (DOCS / page).read_text().splitlines() if line.startswith("| `"))
    return {found for row in rows for found in re.findall(r"`([^`]+)`", row.split("|")[1])}


def keys(kind: type[msgspec.Struct], before: str = "", above: tuple[type, ...] = ()) -> Iterator[str]:
    """Name every key of a struct and of the structs in it, with dots: `hours.week`."""
    for item in msgspec.structs.fields(kind):
        yield f"{before}{item.encode_name}"
        for inner in structs_in(item.type):
            if inner not in above:
                yield from keys(inner, f"{before}{item.encode_name}.", (*above, inner))


def structs_in(annotation: object) -> Iterator[type[msgspec.Struct]]:
    """Find the structs in an annotation such as `tuple[PolicyFile, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from structs_in(part)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every command by its whole name: "ringback user add"."""
    for name in COMMANDS:
        command: click.Command = import_module(f"hub.cli.{name}").command
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        yield from ((f"ringback {name} {each}".strip(), found) for each, found in inner.items())


def shown_commands(page: Path) -> Iterator[str]:
    """Give what a page shows of our command line, without comments."""
    for code in SHOWN_CODE.findall(page.read_text()):
        yield from re.findall(r"ringback (?=[a-z])[^`#\n$|;]*", code)


def anchors(page: Path) -> set[str]:
    """Give the places of a page that a link can lead to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("kind", "page"), [(Settings, "admin.md"), (CompanyFile, "admin.md"), (FormSettings, "websites.md")]
)
def test_every_key_of_every_file_is_explained(kind: type[msgspec.Struct], page: str) -> None:
    explained = first_cells(page)
    hours = {key for key in keys(kind) if key.startswith("departments.hours.")}  # the keys of `hours` again
    assert sorted(set(keys(kind)) - hours - explained) == []


def test_ringback_toml_shows_every_setting_with_its_default() -> None:
    shown = dict(re.findall(r"^# (\w+) = (\S+)", (ROOT / "config/ringback.toml").read_text(), re.MULTILINE))
    assert shown.keys() == {item.encode_name for item in msgspec.structs.fields(Settings)}


def test_every_command_is_listed_with_all_its_options() -> None:
    lines = [line.strip() for line in (DOCS / "admin.md").read_text().splitlines() if line.startswith("    ")]
    for name, command in commands():
        listed = [line for line in lines if re.match(rf"{name}(?![\w-])", line)]
        assert listed, f"{name} is not in admin.md"
        options = {found for each in command.params if isinstance(each, click.Option) for found in each.opts}
        missing = {option for option in options - {"--data"} if option not in " ".join(listed)}
        assert not missing, f"{name}: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists(page: Path) -> None:
    known = dict(commands())
    for shown in shown_commands(page):
        words = shown.split()
        name = next((" ".join(words[:count]) for count in (3, 2) if " ".join(words[:count]) in known), "")
        alone = len(words) == 2 and words[1] in COMMANDS  # a group, spoken of: `ringback user`
        assert name or alone, f"{page.name} shows “{shown}”"
        options = {option for each in (known[name].params if name else ()) for option in each.opts}
        assert set(re.findall(r"--[a-z]+", shown)) <= options, f"{page.name} shows “{shown}”"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_that_is_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    codes = "\n".join(SHOWN_CODE.findall(page.read_text()))
    assert set(re.findall(r"\bmake ([a-z]+)", codes)) <= targets


def test_every_variable_of_the_environment_is_explained() -> None:
    sources = [ROOT / "Makefile", ROOT / "hatch_build.py"]
    sources += [path for folder in ("hub", "crm", "connectors") for path in (ROOT / folder).rglob("*.py")]
    used = re.findall(r"RINGBACK_[A-Z]+(?:_[A-Z]+)*", "\n".join(path.read_text() for path in sources))
    of_the_pbx = first_cells("telephony.md")  # variables of a call
    assert sorted(set(used) - first_cells("admin.md") - of_the_pbx) == []


def test_everything_that_is_added_to_a_pbx_is_explained() -> None:
    added = "\n".join(path.read_text() for path in (ROOT / "config/asterisk").rglob("*.conf"))
    names = set(re.findall(r"^\[([\w-]+)\]|(RINGBACK_[A-Z]+)", added, re.MULTILINE))
    explained = (DOCS / "telephony.md").read_text()
    assert [name for pair in sorted(names) for name in pair if name not in explained] == []


def test_every_endpoint_is_in_the_manual() -> None:
    modules = {module.__name__ for module in (*rooms.ENDPOINTS, *setup.DECLARING)}
    declared = {f"{each.method} {each.path}" for each in ENDPOINTS if each.handler.__module__ in modules}
    assert first_cells("api.md") == declared


def test_no_endpoint_is_in_the_manual_twice() -> None:
    listed = re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert [each for each, times in Counter(listed).items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_every_decision_is_in_the_index_and_fits_on_a_page() -> None:
    index = (DOCS / "index.md").read_text()
    for number, page in enumerate(sorted((DOCS / "adr").glob("*.md")), 1):
        assert page.name.startswith(f"{number:04}-")
        assert f"(adr/{page.name})" in index
        text = page.read_text()
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.splitlines()) <= 60
