"""Addresses from a file: on a stated ground, in three encodings, all of it or nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_whom,
    consent_file,
    consent_files,
    consent_standings,
    consent_taking,
    consents,
    contacts,
    segment_rules,
    suppressions,
)
from crm.campaigns import Campaign
from crm.consent_file import LARGEST, Read
from crm.consent_files import ConsentFile
from crm.consent_taking import Report, Stated
from crm.consents import CONSENT, CUSTOMER, Consent, Origin
from crm.contacts import MAIL
from crm.mailing_lists import MailingList
from crm.refusals import Refusal
from hub.audit import RINGBACK, Entry
from hub.clock import Clock
from hub.store import open_store
from tests.crm.newsletter import ERIK, KARIN, Newsletter

ROWS = int(os.environ.get("ROWS", "100000"))  # a million in `make soak`
STATED = "Fair in Kista, 12 October 2026, on paper."


def values(data: bytes | str) -> list[str]:
    found = consent_file.read(data.encode() if isinstance(data, str) else data)
    assert found.wrong == 0, found.faults
    return list(found.values)


def faults(data: str) -> list[tuple[int, str]]:
    return [(fault.row, str(fault.words)) for fault in consent_file.read(data.encode()).faults]


def test_a_column_of_addresses_is_found() -> None:
    assert values("a@b.example\nA@B.example\r\nc@d.example\n\n") == ["a@b.example", "c@d.example"]
    assert values("Name;E-post;Ort\nÅsa;asa@x.example;Luleå\n") == ["asa@x.example"]
    assert values('name,email\n"Berg, Erik",erik@berg.example\n') == ["erik@berg.example"]
    assert values("Åsa <asa@x.example>\n") == ["asa@x.example"]
    assert values("Namn\temail\nÅsa\t'asa@x.example") == ["asa@x.example"]


HEADS = (
    ("Name,E-Mail-Adresse\nAnna,anna@x.example\n", "E-Mail-Adresse"),
    ("E-Mail-Adresse\nanna@x.example\n", "E-Mail-Adresse"),
    ("Name;Mailadress\nAnna;anna@x.example\n", "Mailadress"),
    ("Contact Email,Name\nanna@x.example,Anna\n", "Contact Email"),
    ("Notes,EMAIL_ADDRESS\nby bo@x.example,anna@x.example\n", "EMAIL_ADDRESS"),
    ("Name;Address;Email\nAnna;Gatan 1;anna@x.example\n", "Email"),
    ("Tips;Så når vi\n;anna@x.example\nbo@x.example;anna@x.example\n", "Så når vi"),
    ("anna@x.example,Anna\n", ""),
)  # fmt: skip


@pytest.mark.parametrize(("data", "column"), HEADS)
def test_a_head_in_any_words_is_none_of_the_rows(data: str, column: str) -> None:
    found = consent_file.read(data.encode())
    assert (list(found.values), found.wrong, found.column) == (["anna@x.example"], 0, column)


def test_a_row_in_which_nobody_is_told_shows_all_of_it() -> None:
    assert faults("Namn;Ort\nAnna;Kista\n") == [(2, "“Anna;Kista” holds no address")]
    assert faults("email;Ort\n;Kista\n") == [(2, "“;Kista” holds no address")]


@pytest.mark.parametrize("cell", ["anna berg@y.example", "ok@x.example\\r\\nBcc: evil@x.example"])
def test_a_mistyped_address_is_nobody_elses(cell: str) -> None:
    assert faults(f"email\na@b.example\n{cell}\n") == [(3, f"“{cell}” is no address")]


def test_a_cell_in_quotes_may_hold_line_breaks() -> None:
    notes = 'Email,Note\na@x.example,"line one\n\nline ""two"""\r\nb@x.example,\n'
    assert values(notes) == ["a@x.example", "b@x.example"]
    assert faults(f"{notes}nobody,\n") == [(4, "“nobody” is no address")]


OPEN = '“"open,a@x.example” begins a quotation that does not end: close it, or take the quotation mark away'


@pytest.mark.parametrize(
    "later", ["", '"c",c@x.example\n', "d,d@x.example\n" * 3_000], ids=["end", "closed", "long"]
)
def test_a_quote_that_does_not_end_swallows_no_row(later: str) -> None:
    found = consent_file.read(f'Note,Email\n"open,a@x.example\nb,b@x.example\n{later}'.encode())
    assert [(fault.row, str(fault.words)) for fault in found.faults] == [(2, OPEN)]
    assert list(found.values) == ["b@x.example", *{line[2:] for line in later.replace('"', "").splitlines()}]
    assert faults('"open,a@x.example\nb@x.example') == [(1, OPEN)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_three_encodings_are_read(encoding: str) -> None:
    assert values("namn;e-post\nÅsa;asa@räksmörgås.example\n".encode(encoding)) == ["asa@räksmörgås.example"]


def test_lines_of_several_encodings_are_read_each_as_it_is() -> None:
    mixed = "e-post\nå@ä.example\n".encode() + "ö@ä.example\n".encode("cp1252")
    assert values(mixed) == ["å@ä.example", "ö@ä.example"]


BROKEN = (
    (b"PK\x03\x04 a sheet", "Save the sheet"), (b"", "holds no address"), (b"\xff\xfe\x00", "breaks off"),
    (b"a\0b@c.example", "Save the sheet"), (b"x" * (LARGEST + 1), "larger than"),
)  # fmt: skip


@pytest.mark.parametrize(("data", "words"), BROKEN)
def test_a_file_that_is_none_says_so(data: bytes, words: str) -> None:
    found = consent_file.read(data)
    assert (found.values, found.wrong) == ((), 1)
    assert words in found.faults[0].words


def test_rows_without_an_address_are_named() -> None:
    found = consent_file.read(
        b'email\na@b.example\nnobody\nx@\n@y\nq\r@z..example\na@b.example\x01@c\n"half\n'
    )
    assert [fault.row for fault in found.faults] == [3, 4, 5, 6, 7, 8, 9]
    assert found.wrong == 7


def test_a_file_of_many_rows_in_three_encodings_is_read_or_says_what_is_wrong() -> None:
    lines = [f"Åsa {number};person{number}@kund.example".encode("utf-8" if number % 2 else "cp1252")
             for number in range(ROWS)]  # fmt: skip
    assert len(values(b"\n".join(lines))) == ROWS
    wide = "\n".join(f"p{number}@x.example" for number in range(ROWS))
    assert len(values(wide.encode("utf-16"))) == ROWS
    lines[ROWS - 7] = b"nobody"
    found = consent_file.read(b"\n".join(lines))
    assert (found.wrong, [fault.row for fault in found.faults]) == (1, [ROWS - 6])


def test_of_many_wrong_rows_the_first_are_named_and_all_are_counted() -> None:
    found = consent_file.read(b"email\n" + b"no\n" * 5_000)
    assert (len(found.faults), found.wrong) == (50, 5_000)


SIZE = LARGEST // 96
LARGE = {
    "quotes": b'"a\n' * (SIZE // 3), "blank-lines": b"\n" * SIZE, "one-line": b"x" * SIZE,
    "wide-letters": b"\xff\xfe" + b"a\0\n\0" * (SIZE // 4),
}  # fmt: skip


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE)
def test_whatever_a_file_holds_it_takes_little_memory_and_time(data: bytes) -> None:
    begun = time.process_time()
    tracemalloc.start()
    try:
        found = consent_file.read(data)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (list(found.values), found.wrong > 0) == ([], True)
    assert most < 4 * SIZE
    assert time.process_time() - begun < 10


def test_as_many_rows_as_are_taken_may_end_with_a_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_file, "MOST_ROWS", 20_000)
    lines = [f"p{number}@x.example" for number in range(20_000)]
    for end in ("\n", "\r\n", "\r"):
        assert len(values(end.join(["email", *lines, ""]))) == len(lines)
        found = consent_file.read(end.join(["email", *lines, "one@more.example"]).encode())
        assert (found.values, found.wrong) == ((), 1)


KILLED = """
import asyncio, os, sys
from pathlib import Path
import hub.app
from crm import consent_file, consent_taking, suppressions
from crm.mailing_lists import MailingList
from crm.refusals import Refusal
from hub.audit import RINGBACK, Entry
from hub.store import open_store

lots, ask = iter(range(99)), suppressions.suppressed

def suppressed(*args):
    if next(lots) == 5:
        os.kill(os.getpid(), 9)
    return ask(*args)

suppressions.suppressed = suppressed

def take(session):
    of = session.get_one(MailingList, 1)
    found = consent_file.Read(values=[f"n{number}@x.example" for number in range(5_000)])
    stated = consent_taking.Stated("consent", "A fair, on paper", "fair.csv")
    row = consent_taking.lay_aside(session, RINGBACK, of, 5_000, stated)
    consent_taking.lay(session, row.id, found.values, last=True)

async def main():
    async with open_store(Path(sys.argv[1]), alone=True) as db:
        await db.write(take)
        while True:
            await db.write(consent_taking.go_on, 1)

asyncio.run(main())
"""


async def test_killed_on_the_way_a_large_one_goes_on_to_its_end(tmp_path: Path) -> None:
    async with open_store(tmp_path, alone=True) as db:
        await db.write(lambda session: session.add(MailingList(name="News", public=True)))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(tmp_path))
    assert await process.wait() == -signal.SIGKILL
    async with open_store(tmp_path, alone=True) as db:
        before = await db.read(lambda session: len(session.scalars(select(Consent)).all()))
        assert 0 < before < 5_000
        while await db.read(consent_files.under_way, 1):
            await db.write(consent_taking.go_on, 1)
        rows = await db.read(lambda session: session.scalars(select(Consent.value)).all())
        assert (len(rows), len(set(rows))) == (5_000, 5_000)


async def test_of_a_large_one_no_transaction_writes_more_than_a_lot_and_all_of_it_counts_at_once(
    newsletter: Newsletter,
) -> None:
    """So that a call in between waits for a lot, and who looks meanwhile sees no part of it."""
    await lay_aside(newsletter, [KARIN, *MANY])
    assert await newsletter.lines() == 2
    while await newsletter.firm.db.read(consent_files.under_way, newsletter.list_id):
        before = await newsletter.lines()
        assert await counted(newsletter) == (2, False, 2, 0, 1)
        await newsletter.firm.do(consent_taking.go_on, 1)
        assert await newsletter.lines() - before <= consent_files.LOT
    assert await newsletter.lines() == 5_502
    assert await counted(newsletter) == (5_502, True, 5_502, 1, 2)
    row = await newsletter.firm.db.read(lambda session: session.get_one(ConsentFile, 1))
    assert (row.made, row.same, row.left_out) == (5_500, 1, 0)
    told = select(Entry.words).where(Entry.kind == "mailing_list").order_by(Entry.id.desc())
    words = str(await newsletter.firm.db.read(lambda session: session.scalars(told).first()))
    assert words.startswith("5500 addresses from a file")


async def test_who_leaves_while_he_is_staged_has_left(newsletter: Newsletter) -> None:
    await lay_aside(newsletter, MANY)
    await newsletter.firm.do(consent_taking.go_on, 1)
    await newsletter.firm.do(consents.withdraw, newsletter.list_id, MAIL, MANY[0], Origin(source="page"))
    while await newsletter.firm.db.read(consent_files.under_way, newsletter.list_id):
        await newsletter.firm.do(consent_taking.go_on, 1)
    assert (await newsletter.states(MANY[0]))[newsletter.list_id] == consents.WITHDRAWN
    assert await newsletter.firm.db.read(consent_standings.numbers, [newsletter.list_id]) == {
        newsletter.list_id: 5_501
    }
    assert await newsletter.firm.db.read(consent_standings.wrong) == []


async def test_one_that_is_stopped_leaves_nothing(newsletter: Newsletter) -> None:
    await lay_aside(newsletter, MANY)
    for _lot in range(3):
        await newsletter.firm.do(consent_taking.go_on, 1)
    assert await newsletter.lines() == 3_002
    await newsletter.firm.do(stop)
    assert await newsletter.firm.db.read(consent_files.under_way, newsletter.list_id) is None
    while await newsletter.firm.db.read(due):
        before = await newsletter.lines()
        assert await counted(newsletter) == (2, False, 2, 0, 1)
        await newsletter.firm.do(consent_taking.go_on, 1)
        assert before - await newsletter.lines() <= consent_files.LOT
    assert await newsletter.lines() == 2
    assert await newsletter.firm.db.read(consent_files.next_part, 1) is None
    for over in (stop, lambda session: consent_taking.lay(session, 1, ["late@x.example"], last=True)):
        with pytest.raises(Refusal):
            await newsletter.firm.do(over)
    assert await take(newsletter, Read(values=MANY[:3])) == Report(made=3)


async def test_one_that_never_came_whole_is_stopped_by_itself(newsletter: Newsletter, clock: Clock) -> None:
    await lay_aside(newsletter, MANY, last=False)
    await newsletter.firm.do(consent_taking.go_on, 1)
    assert await newsletter.firm.db.read(consent_files.under_way, newsletter.list_id)
    clock.advance(hours=1.1)
    while await newsletter.firm.db.read(due):
        await newsletter.firm.do(consent_taking.go_on, 1)
    assert await newsletter.lines() == 2
    assert await newsletter.firm.db.read(consent_files.under_way, newsletter.list_id) is None


MANY = [f"n{number}@x.example" for number in range(5_500)]
LAST = MANY[0]  # staged in the first lot


async def lay_aside(newsletter: Newsletter, values: list[str], *, last: bool = True) -> None:
    def run(session: Session) -> None:
        contacts.add_contact(session, "Nils", [(MAIL, LAST)])
        of = session.get_one(MailingList, newsletter.list_id)
        row = consent_taking.lay_aside(
            session, RINGBACK, of, len(values), Stated(CUSTOMER, STATED, "fair.csv")
        )
        consent_taking.lay(session, row.id, values, last=last)

    await newsletter.firm.do(run)


async def counted(newsletter: Newsletter) -> tuple[int, bool, int, int, int]:
    """Say how many agreed, and whether one of the file did: by the list, for a campaign, on a card, in a segment."""

    def run(session: Session) -> tuple[int, bool, int, int, int]:
        list_id, campaign = newsletter.list_id, session.get_one(Campaign, newsletter.campaign_id)
        rule = {
            "what": "group",
            "of": "all",
            "rules": [{"what": "consent", "list": list_id, "state": "given"}],
        }
        return (
            consent_standings.numbers(session, [list_id])[list_id],
            LAST in consents.ground_of(session, list_id, MAIL, [LAST]),
            campaign_whom.counts(session, campaign)[campaign_whom.GETS], len(consents.lines_of(session, MAIL, [LAST])),
            segment_rules.count(session, None, rule),
        )  # fmt: skip

    return await newsletter.firm.db.read(run)


def due(session: Session) -> bool:
    return session.get_one(ConsentFile, 1).due_at is not None


def stop(session: Session) -> None:
    consent_taking.stop(session, RINGBACK, session.get_one(ConsentFile, 1))


async def test_a_file_is_taken_on_a_stated_ground(newsletter: Newsletter) -> None:
    firm = newsletter.firm
    await firm.do(consents.withdraw, newsletter.list_id, MAIL, ERIK, Origin(source="page"))
    await firm.do(suppressions.suppress, MAIL, "bad@x.example", suppressions.BOUNCED)
    found = Read(values=[KARIN, ERIK, "bad@x.example", "new@x.example"])
    assert await take(newsletter, found) == Report(made=1, same=1, left_out=2)
    line = (await firm.do(consents.newest, MAIL, "new@x.example"))[newsletter.list_id]
    assert (line.state, line.ground, line.source, line.words, line.place) == (
        "given", CUSTOMER, "import", STATED, "fair.csv",
    )  # fmt: skip
    assert await take(newsletter, found) == Report(same=2, left_out=2)


async def test_without_a_ground_or_with_a_wrong_row_nobody_is_taken(newsletter: Newsletter) -> None:
    found = Read(values=["new@x.example"])
    for ground, words in (("", STATED), ("anything", STATED), (CONSENT, ""), (CONSENT, "yes")):
        with pytest.raises(ValueError, match=r"ground|State"):
            await take(newsletter, found, ground, words)
    wrong = consent_file.read(b"new@x.example\nnobody\n")
    report = await take(newsletter, wrong)
    assert (report.made, report.wrong) == (0, 1)
    assert await newsletter.lines() == 2


async def test_what_fails_on_the_way_leaves_nothing(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots = iter(range(3))

    def fails(*_args: object) -> set[str]:
        if next(lots) == 2:
            raise OSError("the disk is full")
        return set()

    monkeypatch.setattr(consent_taking.suppressions, "suppressed", fails)
    with pytest.raises(OSError, match="full"):
        await take(newsletter, Read(values=[f"n{number}@x.example" for number in range(1_500)]))
    rows = await newsletter.firm.db.read(lambda session: session.scalars(select(Consent)).all())
    assert len(rows) == 2


async def take(newsletter: Newsletter, found: Read, ground: str = CUSTOMER, words: str = STATED) -> Report:
    def run(session: Session) -> Report:
        of = session.get_one(MailingList, newsletter.list_id)
        return consent_taking.take(session, RINGBACK, of, found, Stated(ground, words, "fair.csv"))

    return await newsletter.firm.do(run)
