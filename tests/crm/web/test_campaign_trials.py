"""Letters tried against each other, on their pages and over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crm import campaign_deciding, campaign_sending
from crm.campaign_trials import PERSON, CampaignTrial
from crm.campaigns import RUNNING, Campaign, CampaignContent
from crm.consents import GIVEN, Consent
from crm.contacts import MAIL
from crm.deliveries import SENT, Delivery
from hub.clock import now
from hub.outbox import Outgoing
from tests.crm.web.test_campaigns import WORDS, campaign

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.crm.mailbox import Mailbox
    from tests.crm.web.conftest import Api
    from tests.crm.web.console import Consoles

__all__ = ["campaign"]
HOW = {"share": "40", "rule": "clicked", "hours": "2", "enough": "", "unsure": "ask"}


async def begun(mailbox: Mailbox, campaign_id: int) -> None:
    """Have it be sent to those who are asked, as far as the store knows; four of ten of letter B followed a link."""

    def send(session: Session) -> None:
        row = session.get_one(Campaign, campaign_id)
        lines = [Consent(list_id=row.list_id, kind=MAIL, value=f"kund-{each}@nyman.example", state=GIVEN,
                         source="form") for each in range(40)]  # fmt: skip
        session.add_all(lines)
        row.state = RUNNING
        session.flush()
        campaign_sending.prepare(session, row.id)
        for each in session.scalars(
            select(Delivery).where(Delivery.due_at.is_not(None)).order_by(Delivery.id)
        ):
            each.state, each.sent_at, each.due_at = SENT, now(), None
            each.clicked_at = now() if each.variant == "B" else None

    await mailbox.db.write(send)


async def test_a_second_letter_is_written_beside_the_first_one(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    added = await consoles.send("Maria", f"/campaigns/{campaign}/letters")
    assert added.location == f"/campaigns/{campaign}/content?variant=B"
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **WORDS, variant="B")
    await consoles.press(
        "Maria", f"/campaigns/{campaign}/content", **WORDS | {"subject": "Warmer", "variant": "B"}
    )
    second = await consoles.get("Maria", added.location)
    first = await consoles.get("Maria", f"/campaigns/{campaign}/content")
    assert 'value="Warmer"' in second.html
    assert 'value="News"' in first.html
    moved = await consoles.press("Maria", f"/campaigns/{campaign}/draft?do=up:1", **WORDS, variant="B")
    assert 'name="variant" value="B"' in moved.html
    assert (await consoles.get("Maria", f"/campaigns/{campaign}/content?variant=C")).status == 404
    await consoles.press("Maria", f"/campaigns/{campaign}/tests")
    subjects = await mailbox.db.read(
        lambda session: [str(each.command) for each in session.scalars(select(Outgoing))]
    )
    assert any("Test of letter A: News" in each for each in subjects)
    assert any("Test of letter B: Warmer" in each for each in subjects)


async def test_how_it_is_tried_is_said_and_a_letter_taken_away_ends_it(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    assert (await consoles.get("Maria", f"/campaigns/{campaign}/trial")).status == 404
    await consoles.press("Maria", f"/campaigns/{campaign}/letters")
    await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW)
    wrong = await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW | {"rule": "opened"})
    assert "not counted" in wrong.words
    assert (
        await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW | {"share": "0"})
    ).status == 409
    kept = await mailbox.db.read(lambda session: session.scalars(select(CampaignTrial)).one())
    assert (kept.share, kept.hours, kept.unsure) == (40, 2, "ask")
    assert "Most who opened it" not in (await consoles.get("Maria", f"/campaigns/{campaign}/trial")).words
    assert (await consoles.get("Elin", f"/campaigns/{campaign}/trial")).status == 403
    await consoles.press("Maria", f"/campaigns/{campaign}/letters/B", "DELETE")
    assert (await consoles.get("Maria", f"/campaigns/{campaign}/trial")).status == 404


async def test_a_broken_second_letter_and_an_uncounted_rule_hold_it_up(
    campaign: int, consoles: Consoles
) -> None:
    await consoles.press("Maria", f"/campaigns/{campaign}/letters")
    wrong = WORDS | {"words-0": "Hello {{first_name}}", "variant": "B"}
    await consoles.press("Maria", f"/campaigns/{campaign}/content", **wrong)
    await consoles.press("Maria", f"/campaigns/{campaign}", name="Winter")  # counts no links any more
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/checks")
    assert "Something must be mended in letter B" in shown.words
    assert "have something else decide" in shown.words


async def test_a_person_sees_what_came_of_each_and_chooses(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.press("Maria", f"/campaigns/{campaign}/letters")
    await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW | {"rule": "person"})
    await begun(mailbox, campaign)
    editor = await consoles.get("Maria", f"/campaigns/{campaign}/content?variant=B")
    assert f'href="/campaigns/{campaign}/trial"' in editor.html
    assert "One more letter" not in editor.words
    shown = await consoles.get("Maria", f"/campaigns/{campaign}/trial")
    assert "All the others wait until you choose" in shown.words
    assert "did better than the others" in shown.words
    assert "100 %" in shown.words
    refused = await consoles.press("Maria", f"/campaigns/{campaign}/trial/winner", letter="C")
    assert refused.status == 409
    await consoles.press("Maria", f"/campaigns/{campaign}/trial/winner", letter="A")
    after = await consoles.get("Maria", f"/campaigns/{campaign}/trial")
    assert "Letter A was chosen by Maria Berg" in after.words
    assert "/trial/winner" not in after.html
    assert (await consoles.press("Maria", f"/campaigns/{campaign}/letters")).status == 409


async def test_that_it_waits_for_a_choice_is_said_where_it_is_looked_at(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.press("Maria", f"/campaigns/{campaign}/letters")
    await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW)
    await begun(mailbox, campaign)
    page, trial = f"/campaigns/{campaign}", f'href="/campaigns/{campaign}/trial"'
    shown = await consoles.get("Maria", page)
    assert "wait for the choice between the letters A, B." in shown.words
    assert "Waits for a choice" not in shown.words

    def asks(session: Session) -> None:
        row, found = session.get_one(Campaign, campaign), session.get_one(CampaignTrial, campaign)
        found.rule, found.decides_at = PERSON, now()
        campaign_deciding.go_on(session, row, now())

    await mailbox.db.write(asks)
    shown = await consoles.get("Maria", page)
    assert "Waits for a choice" in shown.words
    assert shown.html.count(trial) == 2
    assert "wait until somebody chooses between the letters A, B." in shown.words
    assert "Waits for a choice" in (await consoles.get("Maria", "/campaigns")).words
    assert f"{trial}>Choose the letter that all" in (await consoles.get("Maria", "/tasks?whose=mine")).html


async def test_how_many_a_share_is_stands_beside_it_and_none_holds_it_up(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    def agrees(session: Session) -> None:
        row = session.get_one(Campaign, campaign)
        row.key = "by which the same ones are drawn each time"
        session.add_all(Consent(list_id=row.list_id, kind=MAIL, value=f"kund-{each}@nyman.example", state=GIVEN,
                                source="form") for each in range(40))  # fmt: skip

    await mailbox.db.write(agrees)
    await consoles.press("Maria", f"/campaigns/{campaign}/letters")
    await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW)
    assert (
        "About 8 people for each letter now."
        in (await consoles.get("Maria", f"/campaigns/{campaign}/trial")).words
    )
    assert "Nobody gets letter" not in (await consoles.get("Maria", f"/campaigns/{campaign}")).words
    await consoles.press("Maria", f"/campaigns/{campaign}/trial", **HOW | {"share": "1"})
    assert "Nobody gets letter" in (await consoles.get("Maria", f"/campaigns/{campaign}")).words


async def test_a_program_tries_letters_as_well(campaign: int, mailbox: Mailbox, api: Api) -> None:
    path = f"/campaigns/{campaign}"
    await api.ask("GET", f"{path}/trial", status=404)
    await api.ask("POST", f"{path}/letters", {"subject": "Warmer\r\nBcc: all@nyman.example"}, status=201)
    second = await mailbox.db.read(
        lambda session: session.scalars(select(CampaignContent).where(CampaignContent.variant == "B")).one()
    )
    assert second.subject == "Warmer Bcc: all@nyman.example"
    changed = await api.ask("PATCH", f"{path}/trial", {"share": 50, "enough": 5})
    assert (changed["share"], changed["enough"], changed["rule"]) == (50, 5, "clicked")
    await api.ask("PATCH", f"{path}/trial", {"rule": "opened"}, status=409)
    await api.ask("PATCH", f"{path}/trial", {"share": 101}, status=422)
    await begun(mailbox, campaign)
    shown = await api.ask("GET", f"{path}/trial")
    assert shown["waits"]
    assert [each["letter"] for each in shown["letters"]] == ["A", "B"]
    assert shown["letters"][1]["clicked"] == shown["letters"][1]["sent"] > 0
    chosen = await api.ask("POST", f"{path}/trial/winner", {"letter": "B"})
    assert chosen["winner"] == "B"
    await api.ask("DELETE", f"{path}/trial", status=409)
