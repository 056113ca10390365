"""Backup and restore from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hub.cli import main

if TYPE_CHECKING:
    from tests.hub.cli.conftest import Ringback


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Say where the backup goes."""
    return tmp_path / "monday.tar.gz"


@pytest.mark.usefixtures("data")
def test_what_was_backed_up_is_there_after_a_restore(ringback: Ringback, file: Path, tmp_path: Path) -> None:
    ringback("user", "add", "elin@klarruta.example", "--name", "Elin Sandgren")
    assert ringback("backup", file).exit_code == 0
    other = ["--data", str(tmp_path / "other")]
    assert CliRunner().invoke(main, ["restore", str(file), *other]).exit_code == 0
    assert "Elin Sandgren" in CliRunner().invoke(main, ["user", "list", *other]).output
    assert (
        CliRunner().invoke(main, ["channel", "url", "website", *other]).output
        == ringback("channel", "url", "website").output
    )


@pytest.mark.usefixtures("data")
def test_nothing_is_written_over(ringback: Ringback, file: Path) -> None:
    file.write_text("a shopping list", encoding="utf-8")
    assert f"{file}: this file is there already" in ringback("backup", file).output
    assert file.read_text(encoding="utf-8") == "a shopping list"


@pytest.mark.usefixtures("data")
def test_a_folder_with_data_is_not_restored_into(ringback: Ringback, file: Path) -> None:
    ringback("backup", file)
    done = ringback("restore", file)
    assert done.exit_code == 1
    assert "there is data here already" in done.output


def test_what_is_no_backup_makes_no_folder(ringback: Ringback, file: Path, empty: Path) -> None:
    file.write_text("a shopping list", encoding="utf-8")
    done = ringback("restore", file)
    assert done.exit_code == 1
    assert "this is no whole backup of Ringback" in done.output
    assert not empty.exists()
