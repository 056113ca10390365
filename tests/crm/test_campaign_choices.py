"""Where a trial needs a person, whoever began it is asked once, and the campaign says that it waits for him."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    campaign_alarms,
    campaign_changes,
    campaign_progress,
    campaign_shares,
    campaign_slowness,
    campaign_stops,
    campaign_trial_changes,
)
from crm.campaign_duties import Check
from crm.campaign_slowness import Reason
from crm.campaign_trials import ASK, CLICKED, PERSON, CampaignTrial
from crm.campaigns import Campaign
from crm.tasks import Task
from hub.audit import RINGBACK
from hub.clock import Clock, now
from hub.letters import SendLetter
from hub.outbox import Outgoing
from hub.users import User, find_user
from tests.crm.klarruta import Klarruta
from tests.crm.mailing_out import write_campaign
from tests.crm.test_campaign_trials import PEOPLE, clicks, looked_again, sent_all, tried


async def asked(firm: Klarruta, clock: Clock, **wanted: object) -> int:
    """Give Johan's campaign, whose trial has come to its time with too little to tell."""
    campaign_id = await firm.do(tried, **wanted)

    def starts(session: Session) -> None:
        session.get_one(Campaign, campaign_id).started_by = find_user(session, "johan@klarruta.example").id

    await firm.do(starts)
    await firm.do(sent_all, campaign_id)
    await firm.do(clicks, campaign_id, A=2, B=3)
    clock.advance(hours=5)
    assert await firm.do(looked_again, campaign_id) == []
    return campaign_id


async def open_tasks(firm: Klarruta) -> list[tuple[str, str, str]]:
    """Give whose they are, what they say and where they lead."""

    def read(session: Session) -> list[tuple[str, str, str]]:
        rows = session.execute(select(Task, User.name).join(User, User.id == Task.assignee_id)
                               .where(Task.done_at.is_(None)).order_by(Task.id)).all()  # fmt: skip
        leads = campaign_alarms.leads_of(session, [task.id for task, _name in rows])
        return [(name, str(task.title), leads[task.id]) for task, name in rows if task.id in leads]

    return await firm.db.read(read)


async def reasons(firm: Klarruta, campaign_id: int) -> list[Reason]:
    """Say why it goes no faster."""
    return await firm.db.read(
        lambda session: campaign_slowness.reasons(session, session.get_one(Campaign, campaign_id), now())
    )


@pytest.mark.parametrize("wanted", [{"unsure": ASK}, {"rule": PERSON}])
async def test_who_began_it_is_asked_once_and_has_done_it_by_choosing(
    firm: Klarruta, clock: Clock, wanted: dict[str, object]
) -> None:
    campaign_id = await asked(firm, clock, **wanted)
    title = "Choose the letter that all the others get of the campaign “Summer”"
    johans = ("Johan Lindh", title, f"/campaigns/{campaign_id}/trial")
    assert await open_tasks(firm) == [johans]
    letters = await firm.db.read(lambda session: session.scalars(select(Outgoing.command)).all())
    letter = msgspec.convert(letters[0], SendLetter)
    assert (len(letters), letter.to[0].address, letter.subject) == (1, "johan@klarruta.example", title)
    assert "too few to tell" in letter.text

    for how in ("pause", "resume"):
        await firm.do(
            lambda s, how=how: getattr(campaign_changes, how)(s, RINGBACK, s.get_one(Campaign, campaign_id))
        )
    await firm.do(sent_all, campaign_id)
    assert await open_tasks(firm) == [johans]

    def chosen(session: Session) -> None:
        campaign_trial_changes.choose(session, RINGBACK, session.get_one(Campaign, campaign_id), "A")

    await firm.do(chosen)
    assert await open_tasks(firm) == []


async def test_what_its_stop_gave_to_do_is_another_thing_than_the_choice(
    firm: Klarruta, clock: Clock
) -> None:
    campaign_id = await asked(firm, clock, unsure=ASK)
    await firm.do(lambda s: campaign_stops.stop(s, s.get_one(Campaign, campaign_id), "Refused."))
    assert len(await open_tasks(firm)) == 3
    await firm.do(lambda s: campaign_changes.resume(s, RINGBACK, s.get_one(Campaign, campaign_id)))
    assert [lead for _who, _title, lead in await open_tasks(firm)] == [f"/campaigns/{campaign_id}/trial"]
    await firm.do(lambda s: campaign_changes.cancel(s, RINGBACK, s.get_one(Campaign, campaign_id)))
    assert await open_tasks(firm) == []


async def test_it_says_how_many_wait_for_the_choice_and_tells_no_end(firm: Klarruta, clock: Clock) -> None:
    campaign_id = await firm.do(tried, unsure=ASK)
    clock.advance(seconds=5)
    sent = len(await firm.do(sent_all, campaign_id))
    wait = f"{len(PEOPLE) - sent} wait"

    def told(session: Session) -> campaign_progress.Progress:
        return campaign_progress.progress(session, session.get_one(Campaign, campaign_id), now())

    seen = await firm.db.read(told)
    assert (seen.speed > 0, seen.left, seen.ends_at) == (True, len(PEOPLE) - sent, None)
    found = await reasons(firm, campaign_id)
    assert [str(each.words) for each in found] == [f"{wait} for the choice between the letters A, B."]
    assert found[0].until == (await firm.db.read(lambda s: s.get_one(CampaignTrial, campaign_id))).decides_at
    clock.advance(hours=5)
    await firm.do(looked_again, campaign_id)
    found = await reasons(firm, campaign_id)
    assert [str(each.words) for each in found] == [f"{wait} until somebody chooses between the letters A, B."]
    assert found[0].href == f"/campaigns/{campaign_id}/trial"


async def test_a_list_of_which_nobody_would_be_asked_does_not_begin(firm: Klarruta) -> None:
    def share(session: Session, percent: int) -> tuple[Check, int]:
        campaign = session.scalars(select(Campaign)).first() or write_campaign(session, PEOPLE[:3])
        trial = CampaignTrial(
            campaign_id=campaign.id, variants=["A", "B"], share=percent, rule=CLICKED, hours=4
        )
        check = campaign_shares.check(session, campaign, trial)
        return check, campaign_shares.each_gets(session, campaign, trial)

    check, each = await firm.do(share, 1)
    assert (check.holds, each) == (False, 0)
    assert "Nobody gets letter A, B before the choice" in check.words
    check, each = await firm.do(share, 100)
    assert (check.holds, each) == (True, 2)
