"""The script is small, and its colours can be read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import msgspec
import pytest

from connectors.webchat import ChatSettings
from connectors.webchat.pages import drawing, ink_on

MOST = 12_000  # bytes, compressed; with its words it is measured as it goes over the line
MANUAL = Path(__file__).parents[3] / "docs" / "messengers.md"


def test_the_script_is_under_twelve_kilobytes_without_its_words() -> None:
    assert len(gzip.compress(drawing().encode(), 9)) < MOST


def test_every_setting_stands_in_the_manual() -> None:
    rows = [line.split("|")[1] for line in MANUAL.read_text().splitlines() if line.startswith("| `")]
    explained = {key for row in rows for key in re.findall(r"`([^`]+)`", row)}
    assert {field.name for field in msgspec.structs.fields(ChatSettings)} - explained == set()


@pytest.mark.parametrize(("colour", "ink"), [
    ("#7a3186", "#ffffff"), ("#ffd400", "#000000"), ("#000000", "#ffffff"), ("#ffffff", "#000000"),
])  # fmt: skip
def test_what_stands_on_a_colour_can_be_read(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink
