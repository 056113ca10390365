"""What one types first, and what one is told when it was a mistake."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hub.cli import COMMANDS, main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    assert all(name in told and words in told for name, words in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("ringback 0.")


def test_a_mistyped_command_gets_a_suggestion() -> None:
    done = CliRunner().invoke(main, ["chek"])
    assert done.exit_code == 2
    assert "check" in done.output


def test_help_loads_nothing_that_takes_long() -> None:
    code = (
        "import sys, hub.cli; print(sorted({'sqlalchemy', 'aiohttp', 'rich', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_a_mistyped_folder_does_not_become_a_hub(ringback: Ringback, empty: Path) -> None:
    done = ringback("user", "list")
    assert done.exit_code == 1
    assert "no hub keeps its data here" in done.output
    assert not empty.exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://hub:secret@127.0.0.1:1/ringback", "no database answers at 127.0.0.1:1/ringback"),
        ("postgresql://hub:secret@127.0.0.1:port/ringback", "RINGBACK_DATABASE: "),
        ("mysql://hub:secret@127.0.0.1/ringback", "“mysql” is no database we know"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    ringback: Ringback, monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("RINGBACK_DATABASE", url)
    done = ringback("user", "list")
    assert done.exit_code == 1
    assert told in done.output
    assert "secret" not in done.output


def test_a_file_that_is_no_database_is_told(ringback: Ringback, data: Path) -> None:
    (data / "ringback.db").write_bytes(b"a shopping list" * 1000)
    done = ringback("user", "list")
    assert done.exit_code == 1
    assert "the database in the data folder cannot be used: file is not a database" in done.output
