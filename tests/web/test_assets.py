"""The browser side as it is built: every name leads to a file, scripts stay small, no foreign address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.web.conftest import ROOT

ASSETS = ROOT / "hub/web/assets"
STATIC = ROOT / "hub/web/static"
SCRIPTS = sorted((ASSETS / "js").rglob("*.js"))


def test_every_file_that_a_template_names_was_built() -> None:
    built = json.loads((STATIC / "manifest.json").read_text())
    sources = "".join(path.read_text() for path in ROOT.glob("*/web/templates/*.html"))
    for name in re.findall(r"asset\('([\w.]+)'\)", sources):
        assert (STATIC / built[name]).is_file()


def test_names_carry_what_is_in_them_so_that_browsers_may_keep_them() -> None:
    built = json.loads((STATIC / "manifest.json").read_text())
    changing = {name for name, file in built.items() if not re.search(r"-[0-9a-f]{10}\.", file)}
    assert changing == {"chat.js", "forms.js"}  # those that stand in other people's pages


def test_the_console_is_small_enough_for_a_slow_line() -> None:
    built = json.loads((STATIC / "manifest.json").read_text())
    first = [built[name] for name in ("console.css", "console.js", "icons.svg")]
    assert (
        sum((STATIC / f"{file}.gz").stat().st_size for file in first) < 50_000
    )  # of the 60 that a first page may weigh


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_one_behaviour_of_at_most_a_hundred_lines(script: Path) -> None:
    source = script.read_text()
    assert source.startswith("//")
    assert source.count("\n") <= 100


def test_the_lock_file_carries_no_download_address() -> None:
    assert "resolved" not in (ASSETS / "package-lock.json").read_text()


def test_htmx_is_pinned_exactly() -> None:
    assert json.loads((ASSETS / "package.json").read_text())["dependencies"]["htmx.org"] == "4.0.1"
