"""A campaign that stops by itself is told of once: to whoever started it, and to his head, by task and by letter."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_alarms,
    campaign_changes,
    campaign_letters,
    campaign_sending,
    colleague_fates,
    delivery_reports,
    delivery_tokens,
    desk,
)
from crm.calendars import add_absence
from crm.campaign_alarms import CampaignTask
from crm.campaigns import DONE, RUNNING, Campaign
from crm.colleague_fates import ColleagueLetter
from crm.deadlines import Deadline
from crm.deliveries import SENT, Delivery
from crm.tasks import Task
from hub.audit import RINGBACK
from hub.bulk_mail import Fate, Found, Trouble
from hub.clock import now
from hub.letters import Bounce, LetterReceived, SendLetter
from hub.outbox import Outgoing
from hub.said import said
from hub.users import User, find_user
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import URL, filled

PEOPLE = [f"kund-{number}@kund.example" for number in range(30)]
COMPLAINTS = "3 of the last 20 recipients complained."


class Told(NamedTuple):
    """A task: whose it is, what kind, what it says, why it is his, and whether a promise runs on it."""

    who: str
    kind: str
    title: str
    why: str
    why_me: str
    promised: bool


@pytest.fixture
async def campaign_id(firm: Klarruta) -> int:
    """Give a campaign that Johan, whose head is Sofia, started, and of which 20 copies left."""

    def write(session: Session) -> int:
        campaign = filled(session, PEOPLE)
        campaign.started_by = find_user(session, "johan@klarruta.example").id
        batch = campaign_sending.claim(session, campaign.id, "lease", 20, now(), URL)
        assert batch is not None
        found = Found(frozenset(), tuple(Fate(each.id, "sent", 250) for each in batch.copies), is_whole=True)
        campaign_sending.settle(session, campaign.id, "lease", found, now())
        return campaign.id

    return await firm.do(write)


async def settled(
    firm: Klarruta, campaign_id: int, trouble: Trouble | None = None, complaints: int = 0
) -> None:
    """Settle nothing more than what came to be known of the copies that left."""

    def run(session: Session) -> None:
        gone = (
            select(Delivery)
            .where(Delivery.campaign_id == campaign_id, Delivery.state == SENT)
            .limit(complaints)
        )
        for each in session.scalars(gone).all():
            delivery_reports.complained(session, each, "abuse")
        found = Found(frozenset(), (), is_whole=True)
        campaign_sending.settle(session, campaign_id, "lease", found, now(), trouble)

    await firm.do(run)


async def came_back(firm: Klarruta, campaign_id: int, why: tuple[str, str], after: int, number: int) -> None:
    """Have some of the copies that left be reported by mail, as what they came back for."""

    def read(session: Session) -> None:
        gone = select(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.state == SENT)
        for each in session.scalars(gone.order_by(Delivery.id).offset(after).limit(number)).all():
            token = delivery_tokens.Tokens(session.get_one(Campaign, campaign_id)).of(each.id, "envelope")
            bounce = Bounce(recipient=each.address, action="failed", status=why[0], diagnostic=f"smtp; {why[1]}",
                            detail=token)  # fmt: skip
            letter = LetterReceived(key=f"report {each.id}", kind="bounce", automatic=True, bounces=(bounce,))
            assert campaign_letters.hear(session, letter, "Office")

    await firm.do(read)


async def told(firm: Klarruta, *, done: bool = False) -> list[Told]:
    """Give the tasks that lead to a campaign."""

    def read(session: Session) -> list[Told]:
        rows = session.execute(
            select(Task, User.name)
            .join(User, User.id == Task.assignee_id)
            .where(Task.done_at.is_not(None) if done else Task.done_at.is_(None))
            .order_by(Task.id)
        ).all()
        promised = set(session.scalars(select(Deadline.task_id).where(Deadline.met_at.is_(None))))
        return [Told(name, row.kind, str(row.title), str(row.why), str(row.why_me), row.id in promised)
                for row, name in rows if campaign_alarms.leads_of(session, [row.id])]  # fmt: skip

    return await firm.db.read(read)


async def letters(firm: Klarruta) -> list[tuple[str, str]]:
    """Give to whom letters wait to leave, and what they say."""
    rows = await firm.db.read(lambda session: session.scalars(select(Outgoing).order_by(Outgoing.id)).all())
    found = [msgspec.convert(row.command, SendLetter) for row in rows]
    return [(each.to[0].address, f"{each.subject}\n{each.text}") for each in found]


async def change(firm: Klarruta, campaign_id: int, how: str) -> None:
    """Have somebody decide."""
    await firm.do(lambda s: getattr(campaign_changes, how)(s, RINGBACK, s.get_one(Campaign, campaign_id)))


async def test_who_started_it_has_to_decide_and_his_head_knows(firm: Klarruta, campaign_id: int) -> None:
    await settled(firm, campaign_id, complaints=2)
    assert await told(firm) == []
    await settled(firm, campaign_id, complaints=3)
    stopped = "The campaign “Summer” stopped"
    johan = Told(
        "Johan Lindh", "note", f"{stopped}: decide what becomes of it", COMPLAINTS, "You started it", False
    )
    sofia = Told("Sofia Hjelm", "notice", stopped, COMPLAINTS, "You lead Sales", False)
    assert await told(firm) == [johan, sofia]
    wrote = await letters(firm)
    assert [to for to, _text in wrote] == ["johan@klarruta.example", "sofia@klarruta.example"]
    assert all(stopped in text and COMPLAINTS in text for _to, text in wrote)

    await settled(firm, campaign_id, complaints=3)  # what comes later tells nobody again
    assert (len(await told(firm)), len(await letters(firm))) == (2, 2)

    await change(firm, campaign_id, "resume")
    assert await told(firm) == []
    assert len(await told(firm, done=True)) == 2
    await settled(firm, campaign_id, Trouble("The mail server refuses user “office”.", None))
    assert [(each.who, each.why) for each in await told(firm)] == [
        ("Johan Lindh", "The mail server refuses user “office”."),
        ("Sofia Hjelm", "The mail server refuses user “office”."),
    ]
    await change(firm, campaign_id, "cancel")
    assert await told(firm) == []


async def test_what_comes_back_for_what_we_are_when_it_is_done_is_told_once(
    firm: Klarruta, campaign_id: int
) -> None:
    await firm.do(lambda s: setattr(s.get_one(Campaign, campaign_id), "state", DONE))
    await came_back(firm, campaign_id, ("5.1.1", "User unknown"), 0, 10)
    await came_back(firm, campaign_id, ("5.7.1", "Poor reputation"), 10, 2)
    assert (await told(firm), await letters(firm)) == ([], [])
    await came_back(firm, campaign_id, ("5.7.1", "Poor reputation"), 12, 3)
    title = "The campaign “Summer” came back, when it had ended"
    why = "Mail servers refuse us for what we are, not for whom it is to: 5.7.1 Poor reputation"
    assert await told(firm) == [
        Told("Johan Lindh", "note", title, why, "You started it", False),
        Told("Sofia Hjelm", "notice", title, why, "You lead Sales", False),
    ]
    assert all(title in text and why in text for _to, text in await letters(firm))
    tasks = await firm.db.read(lambda session: session.scalars(select(CampaignTask)).all())
    await firm.do(lambda s: [desk.complete(s, RINGBACK, s.get_one(Task, each.task_id)) for each in tasks])
    await came_back(firm, campaign_id, ("5.7.1", "Poor reputation"), 15, 5)
    assert (await told(firm), len(await letters(firm))) == ([], 2)
    assert (await firm.db.read(lambda s: s.get_one(Campaign, campaign_id))).state == DONE


async def test_what_a_person_holds_tells_nobody(firm: Klarruta, campaign_id: int) -> None:
    await change(firm, campaign_id, "pause")
    assert (await told(firm), await letters(firm)) == ([], [])
    await change(firm, campaign_id, "resume")
    await settled(firm, campaign_id, Trouble("The mail server is away.", timedelta(minutes=1)))
    state = await firm.db.read(lambda session: session.get_one(Campaign, campaign_id).state)
    assert (state, await told(firm)) == (RUNNING, [])


async def test_for_one_who_is_away_another_decides(firm: Klarruta, campaign_id: int) -> None:
    def away(session: Session) -> None:
        johan, elin = (find_user(session, f"{name}@klarruta.example") for name in ("johan", "elin"))
        add_absence(session, johan.id, now() - timedelta(hours=1), now() + timedelta(days=1), "ill", elin.id)

    await firm.do(away)
    await settled(firm, campaign_id, complaints=3)
    assert [(each.who, each.kind, each.why_me) for each in await told(firm)] == [
        ("Elin Sandgren", "note", "You stand in for Johan Lindh, who is away (ill)"),
        ("Sofia Hjelm", "notice", "You lead Sales"),
    ]


async def test_of_one_that_nobody_is_here_for_the_managers_decide(firm: Klarruta, campaign_id: int) -> None:
    def gone(session: Session) -> None:
        find_user(session, "johan@klarruta.example").disabled_at = now()

    await firm.do(gone)
    await settled(firm, campaign_id, complaints=3)
    assert [(each.who, each.kind) for each in await told(firm)] == [("Maria Berg", "note")]


async def test_a_letter_that_does_not_arrive_is_told_without_a_card(firm: Klarruta, campaign_id: int) -> None:
    await settled(firm, campaign_id, complaints=3)
    first = await firm.db.read(lambda session: session.scalars(select(ColleagueLetter)).first())
    assert first is not None
    await firm.do(lambda session: session.add(User(
        email="annika@klarruta.example", name="Annika Kron", role="admin", made_at=now())))  # fmt: skip
    await firm.do(colleague_fates.settle, first.outgoing_id, said("The mailbox is full"))
    wanted = select(Task.title).where(Task.contact_id.is_(None)).order_by(Task.id.desc())
    title = str(await firm.db.read(lambda session: session.scalars(wanted).first()))
    assert title == "Did not reach Johan Lindh: The campaign “Summer” stopped: decide what becomes of it"
