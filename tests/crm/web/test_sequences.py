"""The pages of sequences: what comes when, whether it is on, and who is in it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consents, segment_changes, sequence_turns
from crm.campaigns import Campaign
from crm.consents import IMPORT, Origin
from crm.contacts import MAIL
from crm.runs import Run
from crm.segments import Segment
from crm.sequences import LetterSequence, SequencePerson
from crm.web.campaign_outlook import OUTLOOK
from hub.audit import RINGBACK
from hub.clock import now
from hub.users import add_user
from tests.crm.mailbox import SUPPORT, Mailbox
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import WORDS as UNFIT
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture

KARIN, ERIK = "karin@nyman.example", "erik@berg.example"
WORDS = UNFIT | {"href-1": "https://klarruta.example/"}
LIST = 1
HERE = "/sequences/1"


@pytest.fixture
async def welcome(campaign: int, mailbox: Mailbox, consoles: Consoles) -> int:  # noqa: ARG001 - its list is here
    """Give a sequence of a letter, three days and a letter, of which nothing is written."""
    await mailbox.db.write(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    consoles.client.app[OUTLOOK]._url = "https://crm.klarruta.example"  # type: ignore[union-attr]
    await consoles.press("Annika", f"/paces/{SUPPORT}", vouched="on")
    await consoles.press("Maria", "/sequences", name="Welcome", list=str(LIST))
    await consoles.press("Maria", HERE, name="Welcome", box=str(SUPPORT))
    await consoles.press("Maria", f"{HERE}/steps", kind="letter", subject="Welcome to us")
    await consoles.press("Maria", f"{HERE}/steps", kind="wait", wait="3 days")
    await consoles.press("Maria", f"{HERE}/steps", kind="letter", subject="How to measure")
    return 1


async def letters(mailbox: Mailbox) -> list[int]:
    wanted = select(Campaign.id).where(Campaign.sequence_id.is_not(None)).order_by(Campaign.id)
    return list(await mailbox.db.read(lambda session: session.scalars(wanted).all()))


async def write_and_test(mailbox: Mailbox, consoles: Consoles) -> None:
    for letter in await letters(mailbox):
        await consoles.press("Maria", f"/campaigns/{letter}/content", **WORDS)
        await consoles.press("Maria", f"/campaigns/{letter}/tests")
        await consoles.press("Maria", f"/campaigns/{letter}/tests/reading")


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_it_is_on_once_its_letters_are_written_and_tested(
    mailbox: Mailbox,
    consoles: Consoles,
) -> None:
    shown = await consoles.get("Maria", HERE)
    assert "Welcome to us" in shown.words
    assert "Wait 3 days" in shown.words
    assert "A person read the test" in shown.words
    refused = await consoles.press("Maria", f"{HERE}/on")
    assert (refused.status, "Welcome to us: A person read the test. " in refused.words) == (409, True)
    await write_and_test(mailbox, consoles)
    assert (await consoles.press("Maria", f"{HERE}/on")).status == 200
    shown = await consoles.get("Maria", HERE)
    assert "Turn it off" in shown.words
    assert "Still to do" not in shown.words
    assert "Welcome to us" not in (await consoles.get("Maria", "/campaigns")).words
    [first, _second] = await letters(mailbox)
    assert (await consoles.get("Maria", f"/campaigns/{first}")).location == HERE
    assert (await consoles.press("Maria", f"/campaigns/{first}/schedule", when="now")).status == 409


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_its_letters_are_of_its_list_and_mailbox_and_not_tried_against_each_other(
    mailbox: Mailbox,
    consoles: Consoles,
) -> None:
    [first, _second] = await letters(mailbox)
    here = f"/campaigns/{first}"
    shown = await consoles.get("Maria", f"{here}/content")
    assert "Its list and its mailbox are those of its sequence" in shown.words
    assert "Try two letters" not in shown.words
    assert (await consoles.press("Maria", f"{here}/letters")).status == 409
    kept = {"name": "Hello", "list": str(LIST), "box": str(SUPPORT), "counts_clicks": "on"}
    for wrong in ({"list": "0"}, {"box": "0"}):
        assert (await consoles.press("Maria", here, **kept | wrong)).status == 409
    assert (await consoles.press("Maria", here, **kept)).status == 200
    told = await consoles.get("Maria", HERE)
    assert "Hello" in told.words
    assert "A sequence goes by mail." in told.words


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_who_is_in_it_stands_there_with_why_he_left(
    mailbox: Mailbox,
    consoles: Consoles,
) -> None:
    await write_and_test(mailbox, consoles)
    await consoles.press("Maria", f"{HERE}/on")

    def agree(session: Session) -> None:
        for each in (KARIN, ERIK):
            consents.give(session, LIST, MAIL, each, Origin(source=IMPORT, words="Yes"))

    await mailbox.db.write(agree)
    put = await consoles.press("Maria", f"{HERE}/people", addresses=f"{KARIN}, {ERIK}\nnobody@else.example")
    assert put.status == 200
    shown = await consoles.get("Maria", HERE)
    assert "2 wait here" in shown.words
    assert "nobody@else.example" not in shown.words
    await consoles.press("Maria", f"{HERE}/people/1/end")

    def took_back(session: Session) -> None:
        consents.withdraw(session, LIST, MAIL, ERIK, Origin(source=consents.PAGE))
        sequence = session.get_one(LetterSequence, 1)
        sequence.look_at = sequence.leave_at = now()
        sequence_turns.look(session, 1)

    await mailbox.db.write(took_back)
    shown = await consoles.get("Maria", HERE)
    assert "Left: Taken out by Maria" in shown.words
    assert "Left: Took back that he agreed." in shown.words
    assert "waits here" not in shown.words
    going = select(Run.id).join(SequencePerson, SequencePerson.run_id == Run.id).where(Run.ended_at.is_(None))
    assert await mailbox.db.read(lambda session: session.scalars(going).all()) == []


@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_a_condition_asks_for_a_segment_and_says_what_speaks_against_it(
    mailbox: Mailbox,
    consoles: Consoles,
) -> None:
    assert "is in the segment" not in (await consoles.get("Maria", HERE)).words
    rule = {"what": "group", "of": "all", "rules": [{"what": "consent", "list": LIST, "state": "given"}]}
    made = await mailbox.db.write(segment_changes.make, RINGBACK, "Bought windows", rule)
    await consoles.press("Maria", f"{HERE}/steps", kind="if", holds="in-segment", segment=str(made.id))
    told = "Goes on: who is in the segment “Bought windows”. Everybody else leaves."
    assert told in (await consoles.get("Maria", HERE)).words
    assert "A condition of “Welcome” asks for it, off" in (await consoles.get("Maria", "/segments")).words
    await write_and_test(mailbox, consoles)

    def retire(session: Session) -> None:
        segment_changes.retire(session, RINGBACK, session.get_one(Segment, made.id), retired=True)

    await mailbox.db.write(retire)
    assert "Still to do: “Bought windows” is in use no more" in (await consoles.get("Maria", HERE)).words
    refused = await consoles.press("Maria", f"{HERE}/on")
    assert (refused.status, "Step 4: “Bought windows” is in use no more" in refused.words) == (409, True)
    unknown = await consoles.press("Maria", f"{HERE}/steps", kind="if", holds="in-segment", segment="99")
    assert unknown.status == 409


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "wait", "wait": "soon"}, "is no time"),
        ({"kind": "wait", "wait": "0 min"}, "between a minute and a year"),
        ({"kind": "letter", "subject": " "}, "what the letter is about"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("mailboxes_are_read", "welcome")
async def test_a_step_that_cannot_be_is_refused_in_words(
    consoles: Consoles,
    step: dict[str, str],
    words: str,
) -> None:
    refused = await consoles.press("Maria", f"{HERE}/steps", **step)
    assert (refused.status, words in refused.words) == (409, True)
    assert (await consoles.get("Elin", HERE)).status == 403
    assert (await consoles.get("Maria", "/sequences/99")).status == 404
