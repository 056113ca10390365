"""What was said in a recording, as a program of the admin's writes it: lines with the second at which each begins.

Read are WebVTT and SubRip (`00:01:02.500 --> …`, then the words), lines that begin with a time (`[1:02] words`), and
plain text, of which every line stands at the second of the line before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_LINES = 5_000
LONGEST = 2_000
TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?")
SPAN = re.compile(rf"\s*{TIME.pattern}\s+-->")
BEGINS = re.compile(rf"\s*(?:\[{TIME.pattern}[^\]\n]{{0,40}}\]|{TIME.pattern}\s)\s*")
NO_WORDS = re.compile(r"\s*(?:WEBVTT\b.*|NOTE\b.*|\d+)?\s*")
MARKS = re.compile(r"<[^<>]{0,200}>")

Line = tuple[float, str]


def lines_of(text: str) -> list[Line]:
    """Read what a program wrote. Total: whatever it is, its words are given."""
    return list(_lines(text))[:MOST_LINES]


def _lines(text: str) -> Iterator[Line]:
    at = 0.0
    for line in text.splitlines():
        span, begins = SPAN.match(line), BEGINS.match(line)
        if span:
            at = _seconds(span)
            continue
        if begins:
            at, line = _seconds(begins), line[begins.end() :]  # noqa: PLW2901 - the words without their time
        words = MARKS.sub("", line).replace("\0", "").strip()[:LONGEST]
        if not NO_WORDS.fullmatch(words):
            yield at, words


def _seconds(found: re.Match[str]) -> float:
    groups = found.groups()
    hours, minutes, seconds, fraction = groups[:4] if groups[1] else groups[4:]
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
