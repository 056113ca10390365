"""A file of addresses has those begin a sequence who newly agreed by it, once it counts."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import consent_files, consent_taking, consents, contacts, sequence_changes, sequence_turns
from crm.consent_files import ConsentFile
from crm.consent_taking import Stated
from crm.contacts import MAIL, Contact
from crm.mailing_lists import MailingList
from crm.sequences import LetterSequence, SequenceArrival
from hub.audit import RINGBACK
from hub.clock import Clock
from tests.crm.welcome import ERIK, FORM, KARIN, Welcome, switch

NILS, OLD = "nils@berg.example", "old@berg.example"
STATED = "Fair in Kista, 12 October 2026, on paper."
MANY = [f"n{number}@x.example" for number in range(60)]


@pytest.fixture(autouse=True)
def _small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_files, "LOT", 20)


async def take(welcome: Welcome, *values: str, sequence: int | None = None) -> None:
    """Have a small file be taken, all at once."""
    begins = welcome.id if sequence is None else sequence
    await welcome.firm.do(_taken, welcome.list_id, values, Stated("consent", STATED, "fair.csv", begins))


async def test_who_newly_agrees_by_a_file_begins_and_who_agreed_before_does_not(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(OLD, source=consents.IMPORT)
    await welcome.firm.do(consents.withdraw, welcome.list_id, MAIL, ERIK, FORM)
    await take(welcome, KARIN, ERIK, OLD)
    await welcome.turns()
    assert await welcome.going() == [KARIN]
    await take(welcome, KARIN, NILS, sequence=0)
    await welcome.later(clock, 3.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]
    for each in (ERIK, OLD, NILS):
        assert await welcome.got(each) == []


async def test_nobody_begins_before_the_file_counts_and_then_all_do_once(welcome: Welcome) -> None:
    await welcome.firm.do(_laid_aside, welcome.list_id, welcome.id)
    await welcome.agrees(MANY[0])  # he says so himself meanwhile
    while await welcome.firm.db.read(consent_files.under_way, welcome.list_id):
        await welcome.turns()
        assert await welcome.going() == MANY[:1]
        await welcome.firm.do(consent_taking.go_on, 1)
    await welcome.firm.do(consents.withdraw, welcome.list_id, MAIL, MANY[1], FORM)
    await _all_look(welcome)
    assert sorted(await welcome.going()) == sorted({*MANY} - {MANY[1]})


async def test_cards_that_are_made_together_are_each_of_one_address(welcome: Welcome) -> None:
    """Though words of a card go into the search as it is written, which counts rows of its own."""

    def made(session: Session) -> tuple[dict[str, int], dict[str, int | None], list[int]]:
        found = contacts.add_contacts(session, MAIL, MANY)
        newest = select(Contact.id).order_by(Contact.id.desc()).limit(len(MANY))
        return (
            found,
            {each: contacts.find(session, MAIL, each) for each in MANY},
            list(session.scalars(newest)),
        )

    ids, found, newest = await welcome.firm.do(made)
    assert ids == found
    assert list(ids.values()) == newest[::-1]


async def test_of_one_that_is_stopped_nobody_begins(welcome: Welcome) -> None:
    await welcome.firm.do(_laid_aside, welcome.list_id, welcome.id)
    await welcome.firm.do(consent_taking.go_on, 1)
    await welcome.firm.do(
        lambda session: consent_taking.stop(session, RINGBACK, session.get_one(ConsentFile, 1))
    )
    await _all_look(welcome)
    assert await welcome.going() == []


async def test_turned_off_meanwhile_those_of_a_file_begin_once_it_is_on_again(welcome: Welcome) -> None:
    await take(welcome, KARIN)
    await welcome.firm.do(switch, welcome.id, on=False)
    await welcome.turns()
    assert await welcome.going() == []
    await welcome.firm.do(switch, welcome.id, on=True)
    await welcome.turns()
    assert await welcome.going() == [KARIN]


async def test_a_sequence_that_is_off_or_of_another_list_is_begun_by_no_file(welcome: Welcome) -> None:
    def other(session: Session) -> int:
        of = MailingList(name="Offers", public=True, words="What is cheaper.", language="en")
        session.add(of)
        session.flush()
        return sequence_changes.make(session, RINGBACK, "Of another list", of.id).id

    for begins in (99, await welcome.firm.do(other)):
        with pytest.raises(ValueError, match="no such sequence of this list"):
            await take(welcome, KARIN, sequence=begins)
    await welcome.firm.do(switch, welcome.id, on=False)
    with pytest.raises(ValueError, match="turn it on first"):
        await take(welcome, KARIN)
    assert await welcome.firm.db.read(lambda session: session.scalar(select(func.count(ConsentFile.id)))) == 0


async def test_who_agreed_and_may_not_be_written_to_waits_no_longer(welcome: Welcome) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.firm.do(consents.withdraw, welcome.list_id, MAIL, KARIN, FORM)
    await welcome.turns()
    assert await welcome.going() == [ERIK]
    assert await welcome.firm.db.read(lambda session: session.scalars(select(SequenceArrival)).all()) == []
    await welcome.agrees(KARIN)
    await welcome.turns()
    assert await welcome.going() == [ERIK, KARIN]


def _taken(session: Session, list_id: int, values: tuple[str, ...], stated: Stated) -> None:
    consent_taking.take_all(session, RINGBACK, session.get_one(MailingList, list_id), values, stated)


def _laid_aside(session: Session, list_id: int, sequence_id: int) -> None:
    of = session.get_one(MailingList, list_id)
    stated = Stated("consent", STATED, "fair.csv", sequence_id)
    row = consent_taking.lay_aside(session, RINGBACK, of, len(MANY), stated)
    consent_taking.lay(session, row.id, MANY, last=True)


async def _all_look(welcome: Welcome) -> None:
    def look(session: Session) -> bool:
        sequence_turns.look(session, welcome.id)
        sequence = session.get_one(LetterSequence, welcome.id)
        session.refresh(sequence)
        return sequence.look_at == sequence.leave_at

    while not await welcome.firm.do(look):
        pass
