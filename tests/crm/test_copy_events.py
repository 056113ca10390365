"""What happens to copies: a person's look counts, a machine's does not, and an answer is for who sent the campaign."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import campaign_figures, campaign_people, campaign_trials, copy_events, holders, leaving
from crm.campaign_people import Asked
from crm.campaigns import Campaign
from crm.consents import PAGE, Origin
from crm.conversations import Conversation, Interaction
from crm.copy_events import MOST, CopyEvent, Link
from crm.deals import Deal
from crm.deliveries import SENT, WAITING, Delivery
from crm.pipelines import Pipeline, Stage
from crm.tasks import Task
from hub.clock import Clock, now
from hub.users import User
from tests.crm.mailbox import Mailbox, letter
from tests.crm.newsletter import ERIK, KARIN, Newsletter

FIVE = 5  # links of the letter


async def click(newsletter: Newsletter, copy: int, number: int = 0, *, by_program: bool = False) -> None:
    """Have a link be followed."""
    link = Link(number, FIVE)
    await newsletter.firm.do(lambda session: copy_events.clicked(session, copy, link, by_program=by_program))


async def machines(newsletter: Newsletter) -> list[str]:
    """Give why each click was a machine's, in order."""
    wanted = select(CopyEvent.machine).order_by(CopyEvent.id)
    return list(await newsletter.firm.db.read(lambda session: session.scalars(wanted).all()))


async def test_a_person_who_clicks_counts_once(newsletter: Newsletter, clock: Clock) -> None:
    copy = await newsletter.copy(state=SENT)
    clock.advance(hours=1)
    await click(newsletter, copy)
    first = (await newsletter.delivery(copy)).clicked_at
    clock.advance(hours=1)
    await click(newsletter, copy)
    assert first is not None
    assert (await newsletter.delivery(copy)).clicked_at == first
    assert await machines(newsletter) == ["", ""]


async def test_what_comes_within_seconds_or_from_a_program_is_nobody(
    newsletter: Newsletter, clock: Clock
) -> None:
    copy = await newsletter.copy(state=SENT)
    clock.advance(seconds=2)
    await click(newsletter, copy)
    clock.advance(hours=1)
    await click(newsletter, copy, 1, by_program=True)
    assert await machines(newsletter) == ["soon", "program"]
    assert (await newsletter.delivery(copy)).clicked_at is None
    clock.advance(hours=1)
    await click(newsletter, copy, 2)
    assert (await newsletter.delivery(copy)).clicked_at is not None


async def test_three_links_at_once_are_a_machine_also_those_before(
    newsletter: Newsletter, clock: Clock
) -> None:
    copy = await newsletter.copy(state=SENT)
    clock.advance(hours=1)
    await newsletter.firm.do(
        lambda session: [
            copy_events.clicked(session, copy, Link(each, FIVE), by_program=False) for each in range(3)
        ]
    )
    assert await machines(newsletter) == ["sweep", "sweep", "sweep"]
    assert (await newsletter.delivery(copy)).clicked_at is None


async def test_two_links_one_after_the_other_are_a_person(newsletter: Newsletter, clock: Clock) -> None:
    copy = await newsletter.copy(state=SENT)
    clock.advance(hours=1)
    for number in range(4):
        await click(newsletter, copy, number)
        clock.advance(seconds=20)
    assert await machines(newsletter) == [""] * 4


async def test_whoever_follows_for_ever_fills_no_store(newsletter: Newsletter, clock: Clock) -> None:
    copy = await newsletter.copy(state=SENT)
    clock.advance(hours=1)
    for _again in range(MOST + 5):
        await click(newsletter, copy)
    assert len(await machines(newsletter)) == MOST


async def test_a_copy_that_never_left_was_clicked_by_nobody(newsletter: Newsletter) -> None:
    copy = await newsletter.copy(state=WAITING)
    await click(newsletter, copy)
    assert await machines(newsletter) == []


async def owned(newsletter: Newsletter, name: str = "Maria Berg") -> int:
    """Have the campaign be somebody's."""

    def change(session: Session) -> int:
        user = session.scalars(select(User).where(User.name == name)).one()
        session.get_one(Campaign, newsletter.campaign_id).started_by = user.id
        return user.id

    return await newsletter.firm.do(change)


async def test_an_answer_is_a_conversation_of_who_sent_the_campaign(
    newsletter: Newsletter, mailbox: Mailbox
) -> None:
    copy, maria = await newsletter.copy(state=SENT), await owned(newsletter)
    named = f"<{await newsletter.token(copy, 'envelope')}@example.org>"
    came = await mailbox.gets(letter(f"Karin <{KARIN}>", "Re: News", "How much?", "a@nyman.example",
                                     In_Reply_To=named))  # fmt: skip

    def found(session: Session) -> tuple[int | None, int | None, list[str], str]:
        touch = session.scalars(select(Interaction).where(Interaction.contact_id == came.contact)).one()
        conversation = session.get_one(Conversation, touch.conversation_id)
        task = session.scalars(select(Task).where(Task.interaction_id == touch.id)).one()
        event = session.scalars(select(CopyEvent).where(CopyEvent.interaction_id == touch.id)).one()
        return conversation.assignee_id, task.assignee_id, [str(each) for each in touch.remarks], event.kind

    held_by, task_of, remarks, kind = await newsletter.firm.db.read(found)
    assert (held_by, task_of, kind) == (maria, maria, "replied")
    assert "An answer to the campaign “Spring”." in remarks
    assert (await newsletter.delivery(copy)).answered_at is not None


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Authentication_Results": "mx.example.org; dmarc=fail header.from=nyman.example"},
    ],
)
async def test_automatic_and_forged_letters_answer_nothing(
    newsletter: Newsletter, mailbox: Mailbox, headers: dict[str, str]
) -> None:
    copy = await newsletter.copy(state=SENT)
    named = f"<{await newsletter.token(copy, 'envelope')}@example.org>"
    await mailbox.gets(letter(f"Karin <{KARIN}>", "Away", "Back soon", "b@nyman.example", In_Reply_To=named,
                              **headers))  # fmt: skip
    assert (await newsletter.delivery(copy)).answered_at is None


async def test_a_made_up_name_of_a_copy_answers_nothing(newsletter: Newsletter, mailbox: Mailbox) -> None:
    copy = await newsletter.copy(state=SENT)
    for odd in (f"{newsletter.campaign_id:x}-{copy:x}-aaaa", await newsletter.token(copy, "leave"), "é" * 90):
        await mailbox.gets(letter(f"Karin <{KARIN}>", "Re", "Hi", f"{len(odd)}@nyman.example",
                                  References=f"<{odd}@example.org>"))  # fmt: skip
    assert (await newsletter.delivery(copy)).answered_at is None


async def numbers(newsletter: Newsletter) -> dict[str, int]:
    """Count what became of the first campaign."""
    return await newsletter.firm.db.read(
        lambda session: campaign_figures.numbers(session, session.get_one(Campaign, newsletter.campaign_id))
    )


async def test_each_number_is_of_the_people_that_it_opens(newsletter: Newsletter, clock: Clock) -> None:
    karin = await newsletter.copy(state=SENT)
    erik = await newsletter.copy(ERIK, state=SENT)
    clock.advance(hours=1)
    await click(newsletter, karin)

    def came_back(session: Session) -> None:
        row = session.get_one(Delivery, erik)
        row.bounced_at, row.code, row.why = now(), "5.1.1", "no such mailbox"

    await newsletter.firm.do(came_back)
    counts = await numbers(newsletter)
    assert (counts["sent"], counts["delivered"], counts["bounced"], counts["clicked"]) == (2, 1, 1, 1)
    assert "opened" not in counts

    def listed(session: Session) -> dict[str, list[str]]:
        campaign = session.get_one(Campaign, newsletter.campaign_id)
        kinds = ("delivered", "bounced", "clicked", "not-clicked", "machine", "not-bought")
        asked = {kind: campaign_people.people(session, campaign, Asked(kind=kind)) for kind in kinds}
        return {kind: sorted(row.address for row in session.scalars(one)) for kind, one in asked.items()}

    found = await newsletter.firm.db.read(listed)
    assert found == {"delivered": [KARIN], "bounced": [ERIK], "clicked": [KARIN], "not-clicked": [ERIK],
                     "machine": [], "not-bought": [ERIK, KARIN]}  # fmt: skip
    tallies = await newsletter.firm.db.read(
        lambda session: campaign_trials.tallies(session, session.get_one(Campaign, newsletter.campaign_id))
    )
    assert {kind: number for kind, number in tallies["A"].items() if number} == {
        "sent": 2, "clicked": 1, "returned": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("days", "bought"), [(-1, 0), (3, 1), (40, 0)])
async def test_a_deal_won_within_a_month_after_is_said(
    newsletter: Newsletter, days: int, bought: int
) -> None:
    copy = await newsletter.copy(state=SENT, days_ago=60)

    def won(session: Session) -> None:
        row = session.get_one(Delivery, copy)
        assert row.contact_id is not None
        assert row.sent_at is not None
        pipeline = Pipeline(name="Of a test", position=99)
        session.add(pipeline)
        session.flush()
        stage = Stage(pipeline_id=pipeline.id, name="Won", position=1)
        session.add(stage)
        session.flush()
        session.add(Deal(title="Windows", contact_id=row.contact_id, pipeline_id=pipeline.id, stage_id=stage.id,
                         currency="SEK", won_at=row.sent_at + timedelta(days=days)))  # fmt: skip

    await newsletter.firm.do(won)
    assert (await numbers(newsletter))["bought"] == bought


async def test_hours_and_reasons_are_told(newsletter: Newsletter, clock: Clock) -> None:
    clock.advance(minutes=-now().minute)  # what is counted by the hour must not run over the end of one
    copy = await newsletter.copy(state=SENT)

    def begin(session: Session) -> None:
        session.get_one(Campaign, newsletter.campaign_id).started_at = now()
        session.get_one(Delivery, copy).code = "5.7.1"
        session.get_one(Delivery, copy).bounced_at = now()

    await newsletter.firm.do(begin)
    clock.advance(hours=2)
    await click(newsletter, copy)

    def told(session: Session) -> tuple[list[int], list[str], int]:
        campaign = session.get_one(Campaign, newsletter.campaign_id)
        hours, reasons = (
            campaign_figures.hours(session, campaign),
            campaign_figures.reasons(session, campaign),
        )
        assert campaign_people.count(session, campaign, Asked(kind="clicked", hour=1)) == 0
        return ([each.clicked for each in hours], [each.means for each in reasons],
                campaign_people.count(session, campaign, Asked(kind="clicked", hour=2)))  # fmt: skip

    assert await newsletter.firm.db.read(told) == ([0, 0, 1], ["we are refused for what we are"], 1)


async def test_leaving_twice_is_noted_once(newsletter: Newsletter) -> None:
    copy = await newsletter.copy(state=SENT)
    for _again in range(2):
        await newsletter.firm.do(
            lambda session: leaving.leave(
                session, holders.of_copy(session, session.get_one(Delivery, copy)), Origin(source=PAGE)
            )
        )
    count = select(func.count()).select_from(CopyEvent).where(CopyEvent.kind == "left")
    assert await newsletter.firm.db.read(lambda session: session.scalar(count)) == 1
