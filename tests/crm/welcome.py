"""A welcome of three letters in a store, people who come to its list, and what they do."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

import hub.app  # noqa: F401 - all tables
from crm import (
    campaign_sending,
    campaign_starts,
    consents,
    contacts,
    paces,
    processes,
    run_moves,
    runs,
    sequence_changes,
    sequence_lots,
    sequence_people,
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
from crm.invoices import Invoice
from crm.letterheads import keep
from crm.mailing_lists import MailingList
from crm.payments import Allocation, Payment
from crm.pipelines import Pipeline, Stage
from crm.processes import Process
from crm.runs import Run
from crm.sequence_settings import Settings
from crm.sequences import LetterSequence, SequencePerson, Step
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found
from hub.clock import Clock, now
from hub.users import Viewer
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
        self.id, self.list_id = await self.firm.do(set_up)

    async def agrees(self, *addresses: str, source: str = consents.FORM) -> None:
        """Have these agree to its list."""
        for address in addresses:
            origin = Origin(source=source, place="Website", words="Yes.", address="203.0.113.9")
            await self.firm.do(consents.give, self.list_id, MAIL, address, origin)

    async def turns(self) -> None:
        """Have it look, its runs go on whose time is there, and all leave that may leave."""
        await self.firm.do(turn, self.id)

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


def set_up(session: Session) -> tuple[int, int]:
    """Make it, and turn it on; give its number and that of its list."""
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


def turn(session: Session, sequence_id: int) -> None:
    """Have it look, its runs go on whose time is there, and all leave that may leave."""
    sequence = session.get_one(LetterSequence, sequence_id)
    if sequence.on_at is not None:
        sequence.look_at = sequence.leave_at = now()
        sequence_turns.look(session, sequence_id)
    times_come(session)
    leave_all(session, sequence_id)
    times_come(session)  # of those whose letter left


def times_come(session: Session) -> None:
    """Have whoever waited for a time that is there go on."""
    for sequence_id, _row in sequence_lots.take(session, now(), 100):
        sequence_lots.go_on(session, sequence_id)
    for run_id, _row in runs.take(session, now(), 100):
        run_moves.fire(session, run_id)


def leave_all(session: Session, sequence_id: int) -> None:
    """Have all letters leave that may leave."""
    for letter in sequence_changes.letters_of(session, sequence_id):
        while batch := campaign_sending.claim(session, letter.id, "lease", 50, now(), URL):
            fates = tuple(Fate(each.id, "sent", 250) for each in batch.copies)
            found = Found(frozenset(each.id for each in batch.copies), fates, is_whole=True)
            campaign_sending.settle(session, letter.id, "lease", found, now())


def switch(session: Session, sequence_id: int, *, on: bool) -> None:
    """Turn it on or off."""
    sequence = session.get_one(LetterSequence, sequence_id)
    if on:
        sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)
    else:
        sequence_changes.turn_off(session, RINGBACK, sequence)


def by_hand(session: Session, address: str, deed: Callable[[Session, Viewer, SequencePerson], None]) -> None:
    """Take somebody out, or put him back."""
    person = session.scalars(select(SequencePerson).where(SequencePerson.address == address)).one()
    deed(session, RINGBACK, person)


def drawn_otherwise(session: Session, sequence_id: int) -> None:
    """Have somebody draw a condition that no step of a sequence says."""
    process = session.get_one(Process, session.get_one(LetterSequence, sequence_id).process_id)
    condition = 'letter_clicked and contact != "Nobody"'
    processes.draw(session, RINGBACK, process, process.draft.replace("letter_clicked", condition).encode())
    processes.publish(session, RINGBACK, process)


def standing_of(session: Session, sequence_id: int) -> dict[int, int]:
    """Give how many stand at which step."""
    return dict(sequence_people.standing(session, session.get_one(LetterSequence, sequence_id)))


def fate(session: Session, address: str, letter: str, what: str) -> None:
    """Have something become of a letter of somebody: `what` is the column that says when."""
    of = select(Campaign.id).where(Campaign.name == letter)
    copy = session.scalars(
        select(Delivery).where(Delivery.address == address, Delivery.campaign_id.in_(of))
    ).one()
    setattr(copy, what, now())


def _answers(session: Session, _list_id: int) -> None:
    fate(session, KARIN, "Letter 1", "answered_at")


def _buys(session: Session, _list_id: int) -> None:
    _deal(session).won_at = now()


def _pays(session: Session, _list_id: int) -> None:
    deal = _deal(session)
    invoice = Invoice(deal_id=deal.id, part="whole", language="en", currency="SEK")
    payment = Payment(paid_on=now().date(), amount=100, currency="SEK", how="hand")
    session.add_all([invoice, payment])
    session.flush()
    session.add(Allocation(payment_id=payment.id, invoice_id=invoice.id, amount=100))


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


def _takes_it_back(session: Session, list_id: int) -> None:
    consents.withdraw(session, list_id, MAIL, KARIN, FORM)


def _complains(session: Session, _list_id: int) -> None:
    suppressions.suppress(session, MAIL, KARIN, suppressions.COMPLAINED)


DOES = {
    "answers": _answers,
    "buys": _buys,
    "pays": _pays,
    "takes it back": _takes_it_back,
    "complains": _complains,
}
"""What Karin does, by name."""
