"""What goes to many, where two of them turn out to be one, and one of them two again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consents, contacts, edits, merging, partings
from crm.contacts import MAIL, Contact
from crm.deliveries import LEFT_OUT, REFUSED, SENT, WAITING, Delivery
from crm.runs import Run
from crm.sequences import SequencePerson
from hub.clock import Clock
from hub.users import Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.newsletter import Newsletter
from tests.crm.welcome import FORM, KARIN, Welcome

WORK = "karin@office.example"


async def merged(firm: Klarruta) -> int:
    """Have Sofia say that who reads at work is Karin, and give the merge."""

    def run(session: Session) -> int:
        work, home = (contacts.find(session, MAIL, each) for each in (WORK, KARIN))
        assert work
        assert home
        return merging.merge(session, sofia, work, home).id

    sofia = await firm.who("Sofia")
    return await firm.do(run)


async def whose(firm: Klarruta, address: str) -> set[str]:
    """Say whose what a sequence holds for an address is: its runs, its people and its copies."""

    def look(session: Session) -> set[str]:
        person = session.scalars(select(SequencePerson).where(SequencePerson.address == address)).one()
        copies = session.scalars(select(Delivery.contact_id).where(Delivery.address == address)).all()
        ids = {person.contact_id, session.get_one(Run, person.run_id).contact_id, *copies}
        return {handle.value for each in contacts.handles_of(session, ids).values() for handle in each}

    return await firm.db.read(look)


async def parted(firm: Klarruta, merge: int) -> None:
    """Have Sofia say that they are two after all."""
    await firm.do(partings.part, await firm.who("Sofia"), merge)


async def test_who_is_in_a_sequence_twice_goes_on_once(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN, WORK)
    await welcome.turns()
    await merged(welcome.firm)
    await welcome.later(clock, 3.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]
    assert await welcome.got(WORK) == ["Letter 1"]
    assert await welcome.why(WORK) == "Is in it with another address already."


async def test_both_go_on_once_they_are_two_again(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN, WORK)
    await welcome.turns()
    merge = await merged(welcome.firm)
    await welcome.later(clock, 1)
    await parted(welcome.firm, merge)
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == await welcome.got(WORK) == ["Letter 1", "Letter 2"]


async def test_who_stopped_the_letters_to_one_address_gets_them_at_the_other(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, WORK)
    await welcome.turns()
    await merged(welcome.firm)
    await welcome.firm.do(consents.withdraw, welcome.list_id, MAIL, KARIN, FORM)
    await welcome.later(clock, 3.1)
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.got(WORK) == ["Letter 1", "Letter 2"]


@pytest.mark.parametrize("known", [True, False], ids=["in it as well", "alone in it"])
async def test_who_joined_meanwhile_is_himself_once_they_are_two_again(
    welcome: Welcome,
    clock: Clock,
    known: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await welcome.firm.do(_cards, WORK, KARIN)
    if known:
        await welcome.agrees(KARIN)
        await welcome.turns()
    merge = await merged(welcome.firm)
    await welcome.agrees(WORK)
    await welcome.turns()
    await parted(welcome.firm, merge)
    await welcome.later(clock, 3.1)
    assert await welcome.got(WORK)
    assert await whose(welcome.firm, WORK) == {WORK}


def _cards(session: Session, *addresses: str) -> None:
    for address in addresses:
        contacts.add_contact(session, address.partition("@")[2], [(MAIL, address)])


async def copies(firm: Klarruta) -> dict[str, str]:
    """Say by address what became of the copies of a campaign."""
    wanted = select(Delivery.address, Delivery.state)
    return dict(await firm.db.read(lambda session: session.execute(wanted).all()))


async def test_of_two_copies_that_wait_for_one_person_one_leaves(newsletter: Newsletter) -> None:
    firm = newsletter.firm
    await firm.do(_cards, WORK)
    await newsletter.copy(KARIN)
    await newsletter.copy(WORK)
    merge = await merged(firm)
    assert await copies(firm) == {KARIN: WAITING, WORK: LEFT_OUT}
    await parted(firm, merge)
    assert await copies(firm) == {KARIN: WAITING, WORK: WAITING}


@pytest.mark.parametrize(("first", "then"), [(SENT, LEFT_OUT), (REFUSED, WAITING), (LEFT_OUT, WAITING)])
async def test_one_that_left_counts_and_one_that_could_not_does_not(
    newsletter: Newsletter, first: str, then: str
) -> None:
    await newsletter.firm.do(_cards, WORK)
    await newsletter.copy(WORK, state=first)
    await newsletter.copy(KARIN)
    await merged(newsletter.firm)
    assert await copies(newsletter.firm) == {WORK: first, KARIN: then}


async def test_an_address_that_was_put_on_another_card_is_written_to_as_that_ones(
    welcome: Welcome, clock: Clock
) -> None:
    firm = welcome.firm
    await firm.do(_cards, KARIN, "bo@else.example")
    await welcome.agrees(KARIN)
    await welcome.turns()
    await firm.do(_goes_to_bo, await firm.who("Sofia"))
    await welcome.later(clock, 3.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]
    assert await whose(firm, KARIN) == {KARIN, "bo@else.example"}


def _goes_to_bo(session: Session, sofia: Viewer) -> None:
    karin, bo = (contacts.find(session, MAIL, each) for each in (KARIN, "bo@else.example"))
    (handle,) = contacts.handles_of(session, [karin or 0])[karin or 0]
    edits.remove_handle(session, sofia, session.get_one(Contact, karin), handle)
    edits.add_handle(session, sofia, session.get_one(Contact, bo), KARIN)
