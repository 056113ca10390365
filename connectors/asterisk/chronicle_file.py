"""A file into which Asterisk writes down what happens: a line for each entry (cel_custom) or each record (cdr_csv)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from connectors.asterisk.messages import text
from connectors.asterisk.reading import Form, Read, T, collect
from hub.connector import Unavailable
from hub.said import said

MOST_BYTES = 64 * 1024 * 1024
MOST_IN_A_LINE = 16 * 1024
BLOCK = 256 * 1024
TOO_LONG = b"?"


def read_file(path: Path, form: Form[T], since: float) -> Read[T]:
    """Read a file back to a moment, and the one before it where it was turned; Unavailable where it cannot be read."""
    try:
        if not path.is_file():
            raise Unavailable(said("The file %(path)s is not there.", path=str(path)))
        files = _files(path)
        lines = chain.from_iterable(map(lines_of, files))
        has_all = files[-1].stat().st_size <= MOST_BYTES
        return collect(
            (form.of_line(text(line)) for line in lines if line), since, form.wanted, has_all=has_all
        )
    except OSError as error:
        raise Unavailable(said("The file %(path)s cannot be read: %(why)s",
                               path=str(path), why=error.strerror or str(error))) from error  # fmt: skip


def _files(path: Path) -> list[Path]:
    before = path.with_name(path.name + ".1")
    return [path, before] if path.stat().st_size <= MOST_BYTES and before.is_file() else [path]


def lines_of(path: Path) -> Iterator[bytes]:
    """Give the lines of the end of a file, the last one first; in place of one that is too long comes `TOO_LONG`."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        floor = max(0, end - MOST_BYTES)
        rest = b""
        while end > floor:
            start = max(floor, end - BLOCK)
            file.seek(start)
            rest, *lines = (file.read(end - start) + rest).split(b"\n")
            yield from (_fitting(line) for line in reversed(lines))
            rest = rest[: MOST_IN_A_LINE + 1]  # the end of a line; what is too long stays too long
            end = start
        if not floor:
            yield _fitting(rest)


def _fitting(line: bytes) -> bytes:
    return line if len(line) <= MOST_IN_A_LINE else TOO_LONG
