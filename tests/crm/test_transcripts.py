"""Whatever a program writes down of a recording, its words are read, and the second at which they were said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.transcripts import LONGEST, MOST_LINES, lines_of

VTT = """WEBVTT

NOTE made by a program

1
00:00:01.500 --> 00:00:03.000
<v Karin>Hello, it is about the windows.

00:01:02.000 --> 00:01:05.000 align:start
Two of them.
They are old.
"""
SRT = "1\n01:00:00,250 --> 01:00:02,000\nAfter an hour\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (VTT, [(1.5, "Hello, it is about the windows."), (62.0, "Two of them."), (62.0, "They are old.")]),
        (SRT, [(3600.25, "After an hour")]),
        ("[0:05] Hello\n[1:02:03] Later", [(5.0, "Hello"), (3723.0, "Later")]),
        ("[00:00:01.000 --> 00:00:02.500]  As whisper writes it", [(1.0, "As whisper writes it")]),
        ("0:07 Hello\nand more", [(7.0, "Hello"), (7.0, "and more")]),
        ("Only words.\n\nAnd more.", [(0.0, "Only words."), (0.0, "And more.")]),
        ("We meet 12:30 at the door", [(0.0, "We meet 12:30 at the door")]),
        ("", []),
    ],
)
def test_every_usual_way_of_writing_is_read(text: str, lines: list[tuple[float, str]]) -> None:
    assert lines_of(text) == lines


@given(st.text(max_size=400))
def test_anything_is_read_and_bounded(text: str) -> None:
    for second, words in lines_of(text):
        assert second >= 0
        assert 0 < len(words) <= LONGEST


def test_too_many_lines_are_cut() -> None:
    assert len(lines_of("word\n" * (MOST_LINES + 7))) == MOST_LINES
