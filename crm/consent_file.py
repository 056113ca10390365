"""Addresses from a file: who agreed elsewhere, on a ground that somebody states. All of it is taken, or nothing.

A large one goes into the ledger lot by lot (crm/consent_files.py), once all of it was read.

The file is text, an address to a line or in a column, in UTF-8, UTF-16 or as older sheets wrote it (Windows-1252), also
mixed line by line. Who took his consent back here, or must not be written to, is left out whatever a file says.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import addresses, consent_files, consents, suppressions
from crm.consent_files import ConsentFile
from crm.consents import CONSENT, CONTRACT, CUSTOMER, GIVEN, IMPORT, WITHDRAWN, Consent
from crm.contacts import MAIL, Handle
from crm.fields import fold
from crm.mailing_lists import KIND, MailingList
from crm.suppressions import batched
from hub import audit
from hub.clock import now
from hub.db import announce
from hub.languages import N_
from hub.rows import held, insert_many
from hub.said import Said, nsaid, said
from hub.timers import Due
from hub.users import User, Viewer
from hub.users import viewer as rights_of

LARGEST, MOST_ROWS = 48 * 1024**2, 2_000_000
AT_ONCE = 2_000  # so many are written in one go, while nobody else writes
MOST_FAULTS = 50  # so many are named
MOST_COLUMNS, LONGEST_CELL, LONGEST_HEAD = 200, 10_000, 60
LEAST_WORDS = 10  # letters of what somebody states
GROUNDS: Mapping[str, str] = {
    CONSENT: N_("They agreed to get it"),
    CUSTOMER: N_("They are customers, and it is about the like of what they bought"),
    CONTRACT: N_("It belongs to what was agreed with them, and advertises nothing"),
}
_HEADS = frozenset({"email", "emailaddress", "mail", "address", "epost", "epostadress", "mejl"})
_LINE, _LINE_OF_BYTES = (
    re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]+"),
    re.compile(rb"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]+"),
)
# What needs no closer look; anything else is read as what a person typed.
_PLAIN = re.compile(
    r"(?=.{3,200}$)[a-z0-9_][a-z0-9._+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,24}"
)


class Fault(msgspec.Struct, frozen=True):
    """A row that holds no address, by its number in the file (0: the file itself), and why."""

    row: int
    words: Said


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says: its addresses, each once, and `wrong` rows of which the first are named."""

    values: Sequence[str] = ()
    faults: Sequence[Fault] = ()
    wrong: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: so many were written down, stood there already, were left out. With `wrong` nobody was.

    `waiting` are on their way, lot by lot.
    """

    made: int = 0
    same: int = 0
    left_out: int = 0
    wrong: int = 0
    faults: Sequence[Fault] = ()
    waiting: int = 0


def read(data: bytes) -> Read:
    """Read a file; meant to be called beside the event loop, its largest takes a second."""
    try:
        return _read(_lines(data))
    except _Broken as error:
        return Read(wrong=1, faults=(Fault(0, error.words),))


def take(
    session: Session, viewer: Viewer, of: MailingList, found: Read, ground: str, words: str, name: str
) -> Report:
    """Write down that these addresses agreed, on this ground; ValueError where none is stated."""
    words = " ".join(words.split())
    if ground not in GROUNDS:
        raise ValueError(said("Choose on which ground they are written to"))
    if len(words) < LEAST_WORDS:
        raise ValueError(said("State how they agreed, and when: it is kept with each address"))
    if found.wrong or not found.values:
        return Report(wrong=found.wrong, faults=found.faults)
    row = ConsentFile(
        list_id=of.id, name=name[: consents.PLACE], ground=ground, words=words[: consents.WORDS],
        total=len(found.values), made=0, same=0, left_out=0, by=viewer.user_id,
    )  # fmt: skip
    if len(found.values) > AT_ONCE:
        consent_files.keep(session, row, found.values)
        return Report(waiting=len(found.values))
    for values in batched(found.values):
        _take(session, row, values)
    _ended(session, viewer, row)
    return Report(made=row.made, same=row.same, left_out=row.left_out)


def go_on(session: Session, file_id: int) -> None:
    """Take the next lot of a file that is on its way, and say at its end what came of it."""
    row = held(session, ConsentFile, file_id)
    if row.due_at is None:
        return
    part = consent_files.next_part(session, row.id)
    if part is not None:
        for values in batched(part.addresses):
            _take(session, row, values)
        session.delete(part)
        session.flush()
    if consent_files.next_part(session, row.id) is not None:
        row.due_at = now()
        announce(session, Due(consent_files.TIMER, row.due_at))
    else:
        row.due_at = None
        who = session.get(User, row.by) if row.by is not None else None
        _ended(session, rights_of(who) if who is not None else audit.RINGBACK, row)
    consent_files.tell(session, row.list_id)


def _take(session: Session, row: ConsentFile, values: Sequence[str]) -> None:
    known = _states(session, row.list_id, values)
    barred = suppressions.suppressed(session, MAIL, values, row.list_id)
    barred |= {value for value, state in known.items() if state == WITHDRAWN}
    new = [value for value in values if value not in barred and known.get(value) != GIVEN]
    _write(
        session, row.list_id, new, {"ground": row.ground, "words": row.words, "by": row.by, "place": row.name}
    )
    row.made, row.left_out = row.made + len(new), row.left_out + len(barred)
    row.same += len(values) - len(new) - len(barred)


def _ended(session: Session, who: Viewer, row: ConsentFile) -> None:
    told = nsaid("%(num)s address from a file, on the ground: %(ground)s", "%(num)s addresses from a file, on the "
                 "ground: %(ground)s", row.made, ground=said(GROUNDS[row.ground]))  # fmt: skip
    audit.record(session, who, audit.CHANGED, KIND, row.list_id, words=told)


class _Broken(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, words: Said) -> None:
        super().__init__(words)
        self.words = words


def _lines(data: bytes) -> Iterator[str]:
    if len(data) > LARGEST:
        raise _Broken(said("The file is larger than %(most)s MB", most=LARGEST // 1024**2))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise _Broken(said("The file breaks off, or is no text")) from None
        yield from (line[0].rstrip("\r\n") for line in _LINE.finditer(text))
        return
    if data.startswith(b"PK\x03\x04") or b"\0" in data:
        raise _Broken(said("Save the sheet as text with commas (CSV) first"))
    # One after the other: all of them at once are many times the file, where each holds a letter.
    for line in _LINE_OF_BYTES.finditer(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0):
        yield _line(line[0].rstrip(b"\r\n"))


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _read(lines: Iterator[str]) -> Read:
    values: dict[str, None] = {}
    faults: list[Fault] = []
    wrong, column, separator = 0, -1, ""
    for number, line in enumerate(lines, 1):
        if number > MOST_ROWS + 1:
            raise _Broken(said("The file has more than %(most)s rows", most=MOST_ROWS))
        if not line.strip():
            continue
        separator = separator or max(",;\t", key=line.count)
        cells = _cells(line, separator)
        if column < 0:
            column = _column(cells)
            if _is_head(cells, column):
                continue
        value = _value(cells[column]) if column < len(cells) else ""
        if value:
            values[value] = None
        else:
            wrong += 1
            if len(faults) < MOST_FAULTS:
                shown = " ".join(line.split())[:60]
                faults.append(Fault(number, said("“%(text)s” holds no address", text=shown)))
    if not values and not wrong:
        raise _Broken(said("The file holds no address"))
    return Read(values=list(values), faults=faults, wrong=wrong)


def _cells(line: str, separator: str) -> Sequence[str]:
    if '"' not in line:
        return line.split(separator, MOST_COLUMNS)
    try:
        return next(csv.reader([line], delimiter=separator), ())
    except csv.Error:
        return ()


def _column(cells: Sequence[str]) -> int:
    """Tell which column holds addresses: the one that says so, or the first that does."""
    named = (place for place, cell in enumerate(cells) if fold(cell[:LONGEST_HEAD]) in _HEADS)
    holding = (place for place, cell in enumerate(cells) if "@" in cell)
    return next(named, next(holding, 0))


def _is_head(cells: Sequence[str], column: int) -> bool:
    return column < len(cells) and fold(cells[column][:LONGEST_HEAD]) in _HEADS


def _value(cell: str) -> str:
    text = cell.strip().lstrip("'").lower()  # our own files keep a sheet from reckoning with a text by a '
    if (
        _PLAIN.fullmatch(text)
        and ".." not in text
        and ".@" not in text
        and "-." not in text
        and ".-" not in text
    ):
        return text
    found = addresses.only(cell[:LONGEST_CELL]) if "@" in cell else None
    return found.handle if found else ""


def _states(session: Session, list_id: int, values: Collection[str]) -> dict[str, str]:
    rows = select(Consent.value, Consent.state).where(
        Consent.kind == MAIL, Consent.value.in_(values), Consent.list_id == list_id
    )  # fmt: skip
    return dict(session.execute(rows.order_by(Consent.id)).all())  # the newest of each comes last, and stays


def _write(session: Session, list_id: int, values: Sequence[str], told: Mapping[str, object]) -> None:
    owners = dict(
        session.execute(
            select(Handle.value, Handle.contact_id).where(Handle.kind == MAIL, Handle.value.in_(values))
        ).all()
    )
    moment = now()
    insert_many(session, Consent, [
        {"list_id": list_id, "kind": MAIL, "value": value, "state": GIVEN, "source": IMPORT, "address": "",
         "contact_id": owners.get(value), "interaction_id": None, "campaign_id": None, "at": moment, **told}
        for value in values
    ])  # fmt: skip
