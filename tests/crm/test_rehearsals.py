"""A draft is played over what really came: who would have had how much, what would be late, and nothing is touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from crm import contacts
from crm.calendars import add_absence
from crm.conversations import Interaction
from crm.deals import Deal
from crm.processes import Faulty, Process, draw
from crm.rehearsal_figures import Figures, figures_of
from crm.rehearsal_history import Nothing, _earlier, scene_of
from crm.rehearsal_scenes import Guess, Scene
from crm.rehearsal_words import Rehearsed, rehearsed
from crm.rehearsals import Rehearsal
from crm.web import rehearsal_views
from hub.bus import Notice
from hub.clock import Clock, now
from hub.db import Database
from hub.timers import Due
from hub.users import find_department, find_user, viewer
from tests.conftest import engines_of
from tests.crm.drawing import drawn, end, flow, gateway, message, script, stage, start, timer, user, way
from tests.crm.sale import WINDOWS, Sale
from tests.plans import steps

ASKED = '<ringback:answer name="interested" kind="choice" choices="yes;no" required="true"/>'
CALL = drawn(
    start(), user("a", "Call", ASKED, within="2 h"), gateway("g", default="no"),
    user("b", "Write an offer", who="department:Service", within="8 h"), end(), end("f"),
    way("s a g"), flow("g", "b", 'interested == "yes"'), flow("g", "f", id="no"), flow("b", "e"),
)  # fmt: skip
TWICE = CALL.replace("</bpmn:process>", user("c", "Call again") + "</bpmn:process>").replace(
    flow("b", "e"), flow("b", "c") + flow("c", "e")
)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company, with the process published."""
    made = Sale(db)
    await made.found()
    await made.publish(CALL)
    return made


async def deals(sale: Sale, *answers: str, hours: float = 6) -> None:
    """Have deals of the last weeks, one each so many hours, with what was answered in them ("": nothing)."""

    def add(session: Session) -> None:
        old = session.get_one(Deal, sale.deal_id)
        old.made_at = now() - timedelta(weeks=60)
        first = now() - timedelta(days=35)
        for number, answer in enumerate(answers):
            at = first + timedelta(hours=hours * number)
            contact_id = contacts.add_contact(session, f"Karin {number}", [], department_id=old.department_id)
            touch = Interaction(
                contact_id=contact_id, kind="form", direction="in", at=at, summary="A form", text="", fields=[],
                origin=[], remarks=[],
            )  # fmt: skip
            session.add(touch)
            session.flush()
            session.add(
                Deal(
                    title=f"Windows {number}", contact_id=contact_id, pipeline_id=old.pipeline_id,
                    stage_id=old.stage_id, currency="SEK", department_id=old.department_id,
                    responsible_id=old.responsible_id, made_at=at, interaction_id=touch.id,
                    fields={"interested": answer} if answer else {},
                )
            )  # fmt: skip

    await sale.db.write(add)


async def scene(sale: Sale, **said: object) -> Scene:
    """Read what is played."""
    guess = Guess(**said)  # type: ignore[arg-type] - a test names its own
    return await sale.read(lambda session: scene_of(session, session.get_one(Process, 1), guess))


def play(of: Scene) -> Rehearsed:
    """Play it to its end."""
    figures = []
    for version in of.versions:
        played = Rehearsal(of, version)
        while played.advance(1):
            pass
        figures.append(figures_of(played, whole=True))
    return rehearsed(of, figures)


async def rehearse(sale: Sale, **said: object) -> Rehearsed:
    """Have everything played."""
    return play(await scene(sale, **said))


def tasks_of(figures: Figures) -> dict[str, int]:
    """Give how many tasks each would have had."""
    return {each.name: each.tasks for each in figures.people}


async def test_answers_that_are_known_decide_who_gets_how_many_tasks(sale: Sale) -> None:
    await deals(sale, "yes", "no", "yes", "yes", "no")
    [only] = (await rehearse(sale)).played
    assert (only.version, only.runs, only.ended, only.tasks) == (1, 5, 5, 8)
    assert tasks_of(only) == {"Elin Sandgren": 5, "Nils Åkerman": 3}
    assert [(step.name, step.tasks) for step in only.steps] == [("Call", 5), ("Write an offer", 3)]
    elin = next(each for each in only.people if each.name == "Elin Sandgren")
    assert elin.peak_week is not None
    assert (elin.peak_week.weekday(), elin.peak <= 5, elin.busy is not None) == (0, True, True)


async def test_the_draft_is_played_beside_the_newest_version(sale: Sale) -> None:
    await deals(sale, "yes", "yes", "no")
    boss = await sale.firm.who("Maria")
    await sale.db.write(lambda session: draw(session, boss, session.get_one(Process, 1), TWICE.encode()))
    old, new = (await rehearse(sale)).played
    assert (old.version, new.version) == (1, None)
    assert (tasks_of(old)["Elin Sandgren"], tasks_of(new)["Elin Sandgren"]) == (3, 5)


async def test_what_nobody_answered_is_answered_as_was_said(sale: Sale) -> None:
    await deals(sale, *[""] * 40)
    told = await rehearse(sale, shares={"interested": {"yes": 90, "no": 10}})
    offers = next(step for step in told.played[0].steps if step.name == "Write an offer")
    assert 30 <= offers.tasks <= 40
    assert (told.choices[0].shares, told.choices[0].said) == ([("yes", 90), ("no", 10)], True)
    none = await rehearse(sale, shares={"interested": {"no": 1}})
    assert [step.tasks for step in none.played[0].steps] == [40, 0]


async def test_what_is_not_known_is_answered_as_in_other_deals(sale: Sale) -> None:
    await deals(sale, *["no"] * 4, *[""] * 6)
    told = await rehearse(sale)
    assert [step.tasks for step in told.played[0].steps] == [10, 0]
    assert (told.choices[0].known, told.choices[0].shares) == (4, [("yes", 0), ("no", 100)])


async def test_it_jams_where_one_person_has_more_than_he_can_do(sale: Sale) -> None:
    await deals(sale, *["yes"] * 20, hours=2)
    quick = (await rehearse(sale, minutes={"Write an offer": 10})).played[0]
    assert (quick.jam, quick.late) == ("", 0)
    slow = (await rehearse(sale, minutes={"Write an offer": 600})).played[0]
    assert slow.jam == "Write an offer"
    offer = next(step for step in slow.steps if step.name == "Write an offer")
    assert offer.late > 10
    assert offer.queue > 5
    nils = next(each for each in slow.people if each.name == "Nils Åkerman")
    assert (nils.busy, nils.late) == (100, offer.late)


async def test_somebody_who_has_half_the_time_takes_twice_as_long(sale: Sale) -> None:
    await deals(sale, *["yes"] * 12, hours=2)
    whole = (await rehearse(sale, minutes={"Write an offer": 120})).played[0]
    half = (await rehearse(sale, minutes={"Write an offer": 120}, attention=25)).played[0]
    assert half.days_nine is not None
    assert whole.days_nine is not None
    assert half.days_nine > whole.days_nine


async def test_the_same_is_played_alike_every_time(sale: Sale) -> None:
    await deals(sale, *[""] * 15, "yes")
    assert await rehearse(sale) == await rehearse(sale)


async def test_nothing_is_written_and_nobody_hears_of_it(sale: Sale) -> None:
    await deals(sale, "yes", "no", "")
    await sale.publish(WINDOWS.read_bytes())
    heard: list[object] = []
    for kind in (Notice, Due):
        sale.db.listen(kind, heard.append)
    before = await sale.read(rows)
    assert (await rehearse(sale)).played[0].tasks > 2
    assert await sale.read(rows) == before
    assert heard == []


def rows(session: Session) -> dict[str, list[object]]:
    """Give everything that stands in the store, the outbox among it."""
    connection = session.connection()
    return {
        name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))  # noqa: S608 - our own names
        for name in inspect(connection).get_table_names()
    }


async def test_more_requests_ask_the_store_no_more_often(sale: Sale) -> None:
    said: list[str] = []
    event.listen(engines_of(sale.db)[-1], "before_cursor_execute", lambda *told: said.append(told[2]))

    async def asked() -> int:
        said.clear()
        await scene(sale)
        return len(said)

    await deals(sale, "yes", "no")
    few = await asked()
    await deals(sale, *["yes"] * 60)
    assert 0 < await asked() <= few


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # which tells how much it does
async def test_what_was_done_before_these_weeks_is_not_gone_through(sale: Sale, clock: Clock) -> None:
    version = await sale.publish(CALL)
    taken = []
    for earlier in (2, 20):
        for _each in range(earlier):
            await sale.begin(version)
            await sale.do("Call", interested="no")
        clock.advance(days=400)
        since = now() - timedelta(weeks=8)
        taken.append(await sale.db.write(steps, lambda session, since=since: [*_earlier(session, since)]))
    assert taken[1] < 2 * taken[0]


async def test_a_step_takes_as_long_as_it_took(sale: Sale, clock: Clock) -> None:
    await deals(sale, "yes", "yes")
    version = await sale.publish(CALL)
    for _each in range(3):
        await sale.begin(version)
        clock.advance(minutes=50)
        await sale.do("Call", interested="no")
    effort = (await rehearse(sale)).efforts[0]
    assert (effort.name, effort.known, round(effort.half), effort.said) == ("Call", 3, 50, False)


async def test_a_reminder_is_due_where_the_payment_takes_longer(sale: Sale) -> None:
    await deals(sale, *["yes"] * 3)
    await sale.db.write(agree, sale)
    await sale.db.write(install)
    await sale.publish(WINDOWS.read_bytes())
    soon = (await rehearse(sale, days={"payment received": 2})).played[0]
    late = (await rehearse(sale, days={"payment received": 20})).played[0]
    reminders = [
        next(step.tasks for step in each.steps if step.name == "Ask for the payment") for each in (soon, late)
    ]
    assert reminders == [0, 3]
    assert (soon.ended, soon.stuck) == (3, 0)


def agree(session: Session, sale: Sale) -> None:
    """Have all buyers have agreed."""
    for deal in session.scalars(select(Deal).where(Deal.id != sale.deal_id)):
        deal.fields = {**deal.fields, "agreed": "yes"}


def install(session: Session) -> None:
    """Have Nils install, too."""
    place = find_department(session, "Installation").id
    find_user(session, "nils@klarruta.example").department_id = place


async def test_a_department_in_which_nobody_works_jams(sale: Sale) -> None:
    await deals(sale, *["yes"] * 3)
    await sale.publish(WINDOWS.read_bytes())
    only = (await rehearse(sale)).played[0]
    measured = next(step for step in only.steps if step.name == "Take measurements")
    assert (only.jam, measured.undone, only.ended) == ("Take measurements", 3, 0)
    assert ("Installation", True) in [(each.name, each.queue) for each in only.people]


async def test_a_run_that_would_be_stuck_is_told_of(sale: Sale) -> None:
    await deals(sale, "yes", "no")
    text = drawn(start(), script("x", 'y = "a" + 1'), stage("t", "Called"), end(), way("s x t e"))
    await sale.publish(text)
    only = (await rehearse(sale)).played[0]
    assert (only.stuck, only.ended, len(only.why_stuck)) == (2, 0, 1)
    assert "Only numbers" in only.why_stuck[0]


async def test_a_guess_breaks_no_promise_of_a_policy(sale: Sale) -> None:
    await deals(sale, "no", "no")
    await sale.publish(CALL.replace(' within="2 h"', ' policy="New request"'))
    told = await rehearse(sale)
    assert (told.efforts[0].half, told.played[0].late) == (7.5, 0)
    assert "Nobody knows how long these take: Call, Write an offer." in " ".join(told.assumed)


async def test_where_nothing_came_in_it_says_so(sale: Sale) -> None:
    await sale.db.write(lambda session: setattr(session.get_one(Deal, sale.deal_id), "made_at", LONG_AGO))
    [only] = (await rehearse(sale)).played
    shown = rehearsal_views.shown_of(1, "Windows", Guess(), await rehearse(sale), "", ())
    assert only.runs == 0
    assert shown.verdicts == ["Version 1: nothing came in in these weeks, so nothing was played."]


ROUND = drawn(
    start(), gateway("i"), user("a", "Call", ASKED), timer("w", "Wait", "PT1M"), gateway("o", default="back"), end(),
    way("s i a w o"), flow("o", "i", id="back"), flow("o", "e", 'interested == "ja"'),
)  # fmt: skip


@pytest.mark.parametrize("diagram", [ROUND, ROUND.replace("PT1M", "PT0M")])
async def test_one_that_goes_round_and_round_is_told_of(sale: Sale, diagram: str) -> None:
    await deals(sale, "yes", "no")
    await sale.publish(diagram)
    only = (await rehearse(sale, minutes={"Call": 1})).played[0]
    assert (only.stuck, only.why_stuck) == (2, ["This process has gone round too often"])


async def test_a_draft_with_faults_is_not_played(sale: Sale) -> None:
    boss = await sale.firm.who("Maria")
    wrong = CALL.replace(flow("b", "e"), "").encode()
    await sale.db.write(lambda session: draw(session, boss, session.get_one(Process, 1), wrong))
    with pytest.raises(Faulty):
        await scene(sale)
    await sale.db.write(lambda session: setattr(session.get_one(Process, 1), "draft", ""))
    with pytest.raises(Nothing):
        await scene(sale)


async def test_who_is_away_gets_nothing_meanwhile(sale: Sale) -> None:
    await deals(sale, *["no"] * 6)

    def leave(session: Session) -> None:
        elin = viewer(find_user(session, "elin@klarruta.example")).user_id or 0
        add_absence(session, elin, now() - timedelta(days=60), now() + timedelta(days=90), "Ill")

    await sale.db.write(leave)
    assert "Elin Sandgren" not in tasks_of((await rehearse(sale)).played[0])


async def test_what_took_too_long_says_how_far_it_came(sale: Sale) -> None:
    await deals(sale, *["yes"] * 10)
    of = await scene(sale)
    played = Rehearsal(of, of.versions[0])
    assert played.advance(0)
    assert figures_of(played, whole=False).played_until is not None


BY_FORM = drawn(
    start("s", '<bpmn:messageEventDefinition messageRef="form_submitted"/>'), user("a", "Answer", within="4 h"),
    message("m", "Called", "form submitted"), user("b", "Answer again"), end(), way("s a m b e"),
)  # fmt: skip


async def test_what_begins_with_a_form_is_played_over_the_forms_that_came(sale: Sale) -> None:
    def come(session: Session) -> None:
        for number, days in enumerate((30, 20, 20, 10)):
            contact_id = (
                contacts.add_contact(session, f"Buyer {number % 2}") if number < 2 else ids[number % 2]
            )
            ids.append(contact_id)
            session.add(
                Interaction(
                    contact_id=contact_id, kind="form", direction="in", at=now() - timedelta(days=days, hours=number),
                    summary="", text="", fields=[], origin=[], remarks=[],
                )
            )  # fmt: skip

    ids: list[int] = []
    await sale.db.write(come)
    await sale.publish(BY_FORM)
    only = (await rehearse(sale)).played[0]
    # Either buyer wrote twice: the second form goes on with the run of the first, and begins none.
    assert (only.runs, only.passed_over, only.ended) == (2, 2, 2)
    assert [(step.name, step.tasks) for step in only.steps] == [("Answer", 2), ("Answer again", 2)]
