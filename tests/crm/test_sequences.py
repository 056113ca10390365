"""A sequence: who joins its list gets letter after letter, once each, and leaves for what he does."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import hub.app  # noqa: F401 - all tables
from crm import (
    campaign_sending,
    campaign_starts,
    consents,
    contacts,
    paces,
    run_moves,
    runs,
    sequence_changes,
    sequence_entries,
    sequence_lots,
    sequence_settings,
    sequence_turns,
    suppressions,
)
from crm.campaign_checks import Outside
from crm.campaigns import Campaign
from crm.consents import Origin
from crm.contacts import MAIL
from crm.deals import Deal
from crm.deliveries import SENT, Delivery
from crm.desk import Refusal
from crm.invoices import Invoice
from crm.letterheads import keep
from crm.mailing_lists import MailingList
from crm.payments import Allocation, Payment
from crm.pipelines import Pipeline, Stage
from crm.runs import Run
from crm.sequence_settings import Settings
from crm.sequences import LetterSequence, SequencePerson, Step
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import add_mailbox, look_at_test
from tests.crm.window_deal import LETTERHEAD

URL = "https://crm.klarruta.example"
GOOD = Outside(url=URL, key="good", links={})
KARIN, ERIK = "karin@nyman.example", "erik@berg.example"
FORM = Origin(source=consents.FORM, place="Website", words="Yes, write to me.", address="203.0.113.9")
WELCOME = (
    Step(kind="letter"), Step(kind="wait", wait="3 days"), Step(kind="letter"), Step(kind="wait", wait="2 days"),
    Step(kind="if", holds="clicked"), Step(kind="letter"),
)  # fmt: skip


class Welcome:
    """A welcome of three letters, the last one for whom the second interested."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for what is in this store."""
        self.firm = firm
        self.id = self.list_id = 0

    async def begins(self) -> None:
        """Make it, and turn it on."""
        self.id, self.list_id = await self.firm.do(_made)

    async def agrees(self, *addresses: str, source: str = consents.FORM) -> None:
        """Have these agree to its list."""
        for address in addresses:
            origin = Origin(source=source, place="Website", words="Yes.", address="203.0.113.9")
            await self.firm.do(consents.give, self.list_id, MAIL, address, origin)

    async def turns(self) -> None:
        """Have it look, its runs go on whose time is there, and all leave that may leave."""
        await self.firm.do(_turn, self.id)

    async def later(self, clock: Clock, days: float) -> None:
        """Have time go by, and then its turns."""
        clock.advance(days=days)
        await self.turns()

    async def got(self, address: str) -> list[str]:
        """Give the letters that left for somebody, in order."""
        wanted = (
            select(Campaign.name).join(Delivery, Delivery.campaign_id == Campaign.id)
            .where(Delivery.address == address, Delivery.state == SENT).order_by(Delivery.id)
        )  # fmt: skip
        return list(await self.firm.db.read(lambda session: session.scalars(wanted).all()))

    async def going(self) -> list[str]:
        """Give who is under way."""
        wanted = (
            select(SequencePerson.address).join(Run, Run.id == SequencePerson.run_id)
            .where(Run.ended_at.is_(None)).order_by(SequencePerson.id)
        )  # fmt: skip
        return list(await self.firm.db.read(lambda session: session.scalars(wanted).all()))

    async def why(self, address: str) -> str:
        """Give why somebody left, "" while he is under way."""
        found = await self.firm.db.read(
            lambda session: session.scalars(
                select(SequencePerson).where(SequencePerson.address == address)
            ).one()
        )
        return str(found.why) if found.left_at is not None else ""


@pytest.fixture
async def welcome(firm: Klarruta) -> Welcome:
    made = Welcome(firm)
    await made.begins()
    return made


def _made(session: Session) -> tuple[int, int]:
    keep(session, LETTERHEAD)
    channel = add_mailbox(session, 25)
    paces.pace(session, channel.id).vouched_at = now()
    of = MailingList(name="News", public=True, words="Yes, write to me.", language="en")
    session.add(of)
    session.flush()
    made = sequence_changes.make(session, RINGBACK, "Welcome", of.id)
    sequence_settings.settle(session, RINGBACK, made, Settings(name="Welcome", channel_id=channel.id))
    for step in WELCOME:
        start = campaign_starts.ready("letter")
        sequence_changes.add(
            session, RINGBACK, made, step, msgspec.structs.replace(start, subject="Welcome"), URL
        )
    for number, letter in enumerate(sequence_changes.letters_of(session, made.id), 1):
        letter.name = f"Letter {number}"
        look_at_test(session, letter)
    sequence_changes.turn_on(session, RINGBACK, made, GOOD)
    return made.id, of.id


def _turn(session: Session, sequence_id: int) -> None:
    sequence = session.get_one(LetterSequence, sequence_id)
    if sequence.on_at is not None:
        sequence.look_at = sequence.leave_at = now()
        sequence_turns.look(session, sequence_id)
    _times_come(session)
    _leave_all(session, sequence_id)
    _times_come(session)  # of those whose letter left


def _leave_all(session: Session, sequence_id: int) -> None:
    for letter in sequence_changes.letters_of(session, sequence_id):
        while batch := campaign_sending.claim(session, letter.id, "lease", 50, now(), URL):
            fates = tuple(Fate(each.id, "sent", 250) for each in batch.copies)
            found = Found(frozenset(each.id for each in batch.copies), fates, is_whole=True)
            campaign_sending.settle(session, letter.id, "lease", found, now())


async def test_who_agrees_gets_letter_after_letter_once_each(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.later(clock, 2)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.later(clock, 1.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]


async def test_who_followed_a_link_gets_the_last_and_who_did_not_leaves(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 3.1)
    await welcome.firm.do(_fate, KARIN, "Letter 2", "clicked_at")
    await welcome.later(clock, 2.1)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2", "Letter 3"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]
    assert await welcome.going() == []
    await welcome.agrees(KARIN, ERIK)
    await welcome.later(clock, 10)
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2", "Letter 3"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("answers", "Answered a letter."), ("buys", "Bought."), ("pays", "Bought."),
        ("takes it back", "Took back that he agreed."), ("complains", "Is not written to any more."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("looked", [True, False], ids=["it looked", "its time came first"])
async def test_who_is_to_leave_gets_nothing_more(
    welcome: Welcome,
    clock: Clock,
    does: str,
    why: str,
    looked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    await welcome.agrees(KARIN, ERIK)
    await welcome.turns()
    await welcome.later(clock, 1)
    await welcome.firm.do(_DOES[does], welcome.list_id)
    if looked:
        await welcome.turns()
        assert await welcome.why(KARIN) == why
        assert await welcome.going() == [ERIK]
    clock.advance(days=3)
    await welcome.firm.do(_times_come)
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.got(ERIK) == ["Letter 1", "Letter 2"]
    assert await welcome.why(KARIN) == why


async def test_who_is_on_the_list_before_or_by_a_file_is_put_in_by_hand(
    welcome: Welcome, clock: Clock
) -> None:
    await welcome.agrees(KARIN, source=consents.IMPORT)
    await welcome.turns()
    assert await welcome.got(KARIN) == []
    put = [KARIN, KARIN, "stranger@else.example"]
    assert await welcome.firm.do(_put_in, welcome.id, put) == (1, ["stranger@else.example"])
    assert await welcome.firm.do(_put_in, welcome.id, put) == (0, ["stranger@else.example"])
    await welcome.later(clock, 0.1)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.firm.do(_take_out, KARIN)
    await welcome.later(clock, 9)
    assert await welcome.got(KARIN) == ["Letter 1"]
    assert await welcome.why(KARIN) == "Taken out by Ringback."


async def test_many_who_are_put_in_begin_lot_by_lot_and_each_once(welcome: Welcome) -> None:
    many = [f"kund-{number}@domain.example" for number in range(30)]
    await welcome.agrees(*many, source=consents.IMPORT)
    assert await welcome.firm.do(_put_in, welcome.id, many) == (30, [])
    assert len(await welcome.going()) == sequence_lots.LOT
    await welcome.firm.do(_take_out, many[-1])
    for _lot in range(2):
        await welcome.turns()
    assert await welcome.going() == many[:-1]
    assert [await welcome.got(each) for each in many[:-1]] == [["Letter 1"]] * 29
    assert await welcome.got(many[-1]) == []


async def test_while_it_is_off_nothing_leaves_and_then_it_goes_on(welcome: Welcome, clock: Clock) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    await welcome.firm.do(lambda session: sequence_changes.turn_off(
        session, RINGBACK, session.get_one(LetterSequence, welcome.id)))  # fmt: skip
    await welcome.later(clock, 4)
    assert await welcome.got(KARIN) == ["Letter 1"]
    await welcome.firm.do(lambda session: sequence_changes.turn_on(
        session, RINGBACK, session.get_one(LetterSequence, welcome.id), GOOD))  # fmt: skip
    await welcome.turns()
    assert await welcome.got(KARIN) == ["Letter 1", "Letter 2"]


async def test_it_is_not_turned_on_past_what_must_hold(welcome: Welcome) -> None:
    def untested(session: Session) -> None:
        sequence = session.get_one(LetterSequence, welcome.id)
        sequence_changes.turn_off(session, RINGBACK, sequence)
        sequence_changes.letters_of(session, welcome.id)[1].tested_at = None
        sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)

    with pytest.raises(Refusal, match="Letter 2: A person read the test"):
        await welcome.firm.do(untested)


async def test_a_condition_needs_a_letter_before_it(welcome: Welcome) -> None:
    def condition_first(session: Session) -> None:
        sequence = session.get_one(LetterSequence, welcome.id)
        for place in (5, 4, 3, 2):
            sequence_changes.move(session, RINGBACK, sequence, place, -1)

    with pytest.raises(Refusal, match="Step 1 asks for a letter before it"):
        await welcome.firm.do(condition_first)


async def test_what_a_run_keeps_is_little(welcome: Welcome) -> None:
    await welcome.agrees(KARIN)
    await welcome.turns()
    run = await welcome.firm.db.read(lambda session: session.scalars(select(Run)).one())
    assert len(msgspec.json.encode([run.state, run.data])) < 1_000


def _times_come(session: Session) -> None:
    for sequence_id, _row in sequence_lots.take(session, now(), 100):
        sequence_lots.go_on(session, sequence_id)
    for run_id, _row in runs.take(session, now(), 100):
        run_moves.fire(session, run_id)


def _fate(session: Session, address: str, letter: str, fate: str) -> None:
    of = select(Campaign.id).where(Campaign.name == letter)
    copy = session.scalars(
        select(Delivery).where(Delivery.address == address, Delivery.campaign_id.in_(of))
    ).one()
    setattr(copy, fate, now())


def _deal(session: Session) -> Deal:
    contact_id = contacts.find(session, MAIL, KARIN)
    assert contact_id is not None
    pipeline = Pipeline(name="Of a test", position=99)
    session.add(pipeline)
    session.flush()
    stage = Stage(pipeline_id=pipeline.id, name="Won", position=1)
    session.add(stage)
    session.flush()
    deal = Deal(
        title="Windows", contact_id=contact_id, pipeline_id=pipeline.id, stage_id=stage.id, currency="SEK"
    )
    session.add(deal)
    session.flush()
    return deal


def _answers(session: Session, _list_id: int) -> None:
    _fate(session, KARIN, "Letter 1", "answered_at")


def _buys(session: Session, _list_id: int) -> None:
    _deal(session).won_at = now()


def _pays(session: Session, _list_id: int) -> None:
    deal = _deal(session)
    invoice = Invoice(deal_id=deal.id, part="whole", language="en", currency="SEK")
    payment = Payment(paid_on=now().date(), amount=100, currency="SEK", how="hand")
    session.add_all([invoice, payment])
    session.flush()
    session.add(Allocation(payment_id=payment.id, invoice_id=invoice.id, amount=100))


def _takes_it_back(session: Session, list_id: int) -> None:
    consents.withdraw(session, list_id, MAIL, KARIN, FORM)


def _complains(session: Session, _list_id: int) -> None:
    suppressions.suppress(session, MAIL, KARIN, suppressions.COMPLAINED)


_DOES = {
    "answers": _answers,
    "buys": _buys,
    "pays": _pays,
    "takes it back": _takes_it_back,
    "complains": _complains,
}


def _put_in(session: Session, sequence_id: int, addresses: list[str]) -> tuple[int, list[str]]:
    return sequence_entries.put_in(session, RINGBACK, session.get_one(LetterSequence, sequence_id), addresses)


def _take_out(session: Session, address: str) -> None:
    person = session.scalars(select(SequencePerson).where(SequencePerson.address == address)).one()
    sequence_entries.take_out(session, RINGBACK, person)
