"""How long a step of a sequence waits: by the calendar or of working time, and until an hour of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import process_diagrams, sequence_changes, sequence_drawing, worktime
from crm.desk import Refusal
from crm.process_elements import Wait
from crm.runs import Run
from crm.sequences import LetterSequence, Step
from hub.audit import RINGBACK
from hub.clock import now
from tests.crm.test_working_days import OFFICE
from tests.crm.welcome import GOOD, KARIN, Welcome

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _waits(session: Session, sequence_id: int, step: Step) -> None:
    sequence = session.get_one(LetterSequence, sequence_id)
    sequence_changes.take_away(session, RINGBACK, sequence, 2)
    sequence_changes.add(session, RINGBACK, sequence, step)
    for place in range(len(sequence.steps), 2, -1):
        sequence_changes.move(session, RINGBACK, sequence, place, -1)
    sequence_changes.turn_on(session, RINGBACK, sequence, GOOD)


@pytest.mark.parametrize("step", [
    Step(kind="wait", wait="2 days", at="09:00"), Step(kind="wait", at="09:00"),
])  # fmt: skip
async def test_it_waits_until_an_hour_where_the_company_is(welcome: Welcome, step: Step) -> None:
    await welcome.firm.do(_waits, welcome.id, step)
    await welcome.agrees(KARIN)
    await welcome.turns()
    run = await welcome.firm.db.read(lambda session: session.scalars(select(Run)).one())
    assert run.due_at is not None
    assert run.due_at.astimezone(STOCKHOLM).strftime("%H:%M") == "09:00"
    least = timedelta(days=2 if step.wait else 0)
    assert least <= run.due_at - now() + timedelta(minutes=1) <= least + timedelta(days=1, hours=1, minutes=1)


@pytest.mark.parametrize(("step", "words"), [
    (Step(kind="wait", at="25:00"), "“25:00” is no hour"), (Step(kind="wait", at="9"), "“9” is no hour"),
    (Step(kind="wait", wait="soon"), "“soon” is no time"), (Step(kind="wait"), "is no time"),
])  # fmt: skip
async def test_what_is_no_time_is_refused(welcome: Welcome, step: Step, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        await welcome.firm.do(_waits, welcome.id, step)


def test_a_wait_is_said_as_it_is_waited() -> None:
    said = [str(sequence_drawing.said_wait(each)) for each in (
        Step(kind="wait", wait="3 days"), Step(kind="wait", wait="3 days", at="09:00"), Step(kind="wait", at="09:00"),
        Step(kind="wait", wait="2 days", working=True),
    )]  # fmt: skip
    assert said == [
        "Wait 3 days", "Wait 3 days, then until 09:00", "Wait until 09:00", "Wait 2 days of working time"
    ]  # fmt: skip


@pytest.mark.parametrize(("after", "hour", "working", "at"), [
    ("2026-11-27T10:30", "09:00", False, "2026-11-28T09:00"), ("2026-11-27T10:30", "09:00", True, "2026-11-30T09:00"),
    ("2026-11-27T09:00", "09:00", False, "2026-11-27T09:00"), ("2026-11-27T10:30", "22:00", True, "2026-11-27T22:00"),
    ("2026-10-24T10:30", "09:00", False, "2026-10-25T09:00"),
])  # fmt: skip
def test_an_hour_is_by_the_clock_on_the_wall(after: str, hour: str, working: bool, at: str) -> None:  # noqa: FBT001
    begin, wanted = (datetime.fromisoformat(each).replace(tzinfo=STOCKHOLM) for each in (after, at))
    assert worktime.at_hour(begin.astimezone(UTC), hour, OFFICE, working=working) == wanted


def test_a_working_day_is_drawn_as_one() -> None:
    steps = [Step(kind="letter", letter=1), Step(kind="wait", wait="2 days", working=True, at="09:00")]
    diagram = process_diagrams.read(sequence_drawing.drawn("Welcome", steps, {1: "First"}, {}))
    happening = diagram.nodes["step_2"].happening
    assert happening is not None
    assert happening.wait == Wait(seconds=2 * 86_400, days=2, working=True, at="09:00")
