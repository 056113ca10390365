"""What an IMAP server answers, as values; what it refuses, as one of the hub's exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from connectors.mail.folder_names import read, unquoted
from connectors.mail.imap_cutter import Response
from hub.connector import Refused, Unavailable
from hub.said import said

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Codes that say "not now" (RFC 5530); all other refusals are for good.
_PASSING = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN|THROTTLED)\b", re.IGNORECASE)
# What servers without such codes say.
_LATER = re.compile(rb"too many|simultaneous|temporar|try again|later|throttl", re.IGNORECASE)
_FOLDER = re.compile(rb'LIST \(([^)]*)\) (NIL|"(?:\\.|[^"\\])") (.*)', re.IGNORECASE)
_FETCHED = re.compile(rb"\d+ FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]*)"', re.IGNORECASE)
_SHORT = re.compile(rb'\bBODY\[[A-Z]*\] "((?:\\.|[^"\\])*)"', re.IGNORECASE)
_APPENDED = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.IGNORECASE)


class Answer(NamedTuple):
    """How a command ended: "OK", "NO" or "BAD", the words to that, and what came before it."""

    result: str
    words: bytes
    responses: Sequence[Response]

    def checked(self) -> Answer:
        """Give it where the command was done; Unavailable: not now; Refused: never."""
        if self.result == "OK":
            return self
        if self.is_passing:
            raise Unavailable(said("The mail server cannot do that now: %(why)s", why=text(self.words)))
        raise Refused(said("The mail server refuses: %(why)s", why=text(self.words)))

    @property
    def is_passing(self) -> bool:
        """Say whether a refusal may be none the next time."""
        return bool(_PASSING.match(self.words) or _LATER.search(self.words))


class Folder(NamedTuple):
    r"""A folder: its name, what stands between the parts of a name, and marks in lower case, such as `\sent`."""

    name: str
    separator: str
    marks: frozenset[str]


class Opened(NamedTuple):
    """A folder as it was when it was opened; 0 is what the server did not tell.

    UIDs are worth nothing any more when `uidvalidity` is another one than before (RFC 3501, 2.3.1.1). `changed` is
    the highest number of a change (RFC 7162, HIGHESTMODSEQ).
    """

    uidvalidity: int
    uidnext: int
    exists: int
    changed: int


class Fetched(NamedTuple):
    """What was told of one letter; None is what was not. `day` is when it came, by the server's calendar."""

    uid: int
    flags: frozenset[str] | None
    size: int | None
    body: bytes | None
    day: date | None = None


class Letter(NamedTuple):
    """A letter as the server holds it. Of one larger than was wanted, `raw` is the header alone."""

    uid: int
    raw: bytes
    size: int
    is_whole: bool = True


def folders(answer: Answer) -> list[Folder]:
    """Read LIST; folders that cannot be opened are left out."""
    found = [_folder(response) for response in answer.responses]
    return [each for each in found if each and not each.marks & {"\\noselect", "\\nonexistent"}]


def opened(answer: Answer) -> Opened:
    """Read SELECT."""
    told = b"\n".join(response[0] for response in answer.responses)
    exists = re.findall(rb"^(\d+) EXISTS", told, re.MULTILINE)
    return Opened(
        _code(b"UIDVALIDITY", told),
        _code(b"UIDNEXT", told),
        int(exists[-1]) if exists else 0,
        _code(b"HIGHESTMODSEQ", told),
    )


def found(answer: Answer) -> list[int]:
    """Read SEARCH, which may come in several lines."""
    lines = [line for line, *_ in answer.responses if line.upper().startswith(b"SEARCH")]
    return sorted({int(number) for line in lines for number in line.split()[1:] if number.isdigit()})


def fetched(answer: Answer) -> Iterator[Fetched]:
    """Read FETCH; what is told of others unasked, without a UID, is left out."""
    for response in answer.responses:
        line = b"".join(response[::2])
        uid = _UID.search(line)
        if uid and _FETCHED.match(line):
            size, flags, arrived = _SIZE.search(line), _FLAGS.search(line), _ARRIVED.search(line)
            yield Fetched(int(uid[1]), _marks(flags[1]) if flags else None, int(size[1]) if size else None,
                          _body(response), _day(arrived[1]) if arrived else None)  # fmt: skip


def appended(answer: Answer) -> int:
    """Read the UID that an appended letter got; 0 where the server does not tell."""
    told = _APPENDED.search(answer.words)
    return int(told[1]) if told else 0


def batches(sizes: Mapping[int, int], most: int) -> Iterator[list[int]]:
    """Put letters together so that those of a batch are `most` bytes at the most, or one alone."""
    batch: list[int] = []
    held = 0
    for uid, size in sizes.items():
        if batch and held + size > most:
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += size
    if batch:
        yield batch


def uid_set(uids: Sequence[int]) -> str:
    """Write UIDs as a command wants them, neighbours together: `1:3,7`."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def text(line: bytes) -> str:
    """Read words of the server's."""
    return line.decode("utf-8", "replace").strip()


def _folder(response: Response) -> Folder | None:
    told = _FOLDER.match(response[0])
    if not told:
        return None
    name = response[1] if len(response) > 1 else unquoted(told[3])
    separator = "" if told[2].upper() == b"NIL" else text(unquoted(told[2]))
    return Folder(read(name), separator, frozenset(mark.lower() for mark in _marks(told[1])))


def _body(response: Response) -> bytes | None:
    if len(response) > 1:
        return response[1]
    short = _SHORT.search(response[0])
    return re.sub(rb"\\(.)", rb"\1", short[1]) if short else None


def _day(told: bytes) -> date | None:
    """Read the day of RFC 3501's date-time, ` 5-Nov-2026 11:02:03 +0100`, by the server's own calendar."""
    day, month, year = (*text(told).partition(" ")[0].split("-"), "", "")[:3]
    try:
        return date(int(year), MONTHS.index(month.title()) + 1, int(day))
    except ValueError:
        return None


def _marks(told: bytes) -> frozenset[str]:
    return frozenset(text(told).split())


def _code(name: bytes, told: bytes) -> int:
    number = re.search(rb"\[" + name + rb" (\d+)", told, re.IGNORECASE)
    return int(number[1]) if number else 0
