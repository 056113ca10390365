"""Policies in working days: what a request gets, who is told when, pauses, other hours, and what was written before."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Session

from crm import calendar_preview, deadlines, desk, policies, policy_preview, sla
from crm.calendar_preview import DEPARTMENT, Owner
from crm.calendars import set_hours
from crm.company_file import CompanyFile, PolicyFile, StepFile, seed
from crm.policies import Policy, Step
from crm.policy_preview import Proposal
from crm.setup import calendar_for
from crm.working_hours import SpecialDay, WorkingHours
from hub import migrations
from hub.clock import Clock, now
from hub.db import Database
from tests.crm.klarruta import Klarruta

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = 86_400
OFFICE = WorkingHours.read(
    "Europe/Stockholm", {"mon-thu": ["09:00-18:00"], "fri": ["09:00-14:00"]}, country="SE",
    exceptions=[SpecialDay.read("2026-12-08", "Inventory", ["09:00-12:00"])],
)  # fmt: skip
LONG = WorkingHours.read("Europe/Stockholm", {"mon-sat": ["07:00-19:00"]})
NEVER = WorkingHours.read("Europe/Stockholm", {})
ASKED = "2026-12-03 16:00"  # a Thursday


def at(text: str) -> datetime:
    """Read a time by the clock in Stockholm."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


async def policy_of(firm: Klarruta) -> Policy:
    """Give the first policy."""
    return await firm.do(lambda session: session.get_one(Policy, 1))


def has_no_days(store: Connection) -> None:
    """See that the store is one from before there were days."""
    assert "days" not in {each["name"] for each in inspect(store).get_columns("policies")}
    steps = store.execute(text("SELECT CAST(steps AS text) FROM policies WHERE id = 1")).scalar_one()
    assert "days" not in steps


def come(clock: Clock, moment: str) -> None:
    """Have it be that time."""
    clock.shift += at(moment) - now()


def in_days(number: int, *steps: Step) -> Proposal:
    """Promise so many working days."""
    return Proposal(
        name="New request", kinds=("form",), target="first response", seconds=number * DAY, days=number,
        steps=steps or (Step(0, "head"),), unseen_seconds=9 * DAY,
    )  # fmt: skip


async def promises(firm: Klarruta, proposal: Proposal) -> None:
    """Have new requests get this promise."""
    who = await firm.who("Maria")
    await firm.do(lambda session: policy_preview.apply(session, who, session.get_one(Policy, 1), proposal))


@pytest.fixture
async def office(firm: Klarruta) -> Klarruta:
    """Give the company with office hours in Sales and a promise of one day."""
    await firm.do(set_hours, OFFICE, department_id=1)
    await promises(firm, in_days(1, Step(-3600, "assignee"), Step(0, "head"), Step(DAY, "company", 1)))
    return firm


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-12-02 10:30", "2026-12-03 10:30"),
        ("2026-12-04 10:30", "2026-12-07 10:30"),  # over a weekend
        ("2026-12-03 16:00", "2026-12-04 14:00"),  # a short day
        ("2026-12-07 16:00", "2026-12-08 12:00"),  # a day that is different
        ("2026-12-23 10:30", "2026-12-28 10:30"),  # over Christmas
        ("2026-12-05 22:00", "2026-12-08 09:00"),  # outside of hours: Monday is the day they have
        ("2027-03-25 10:30", "2027-03-30 10:30"),  # over Easter, in which the clocks go forward
        ("2027-03-26 10:30", "2027-03-31 09:00"),  # asked on Good Friday
    ],
)
async def test_a_request_has_a_working_day(office: Klarruta, clock: Clock, asked: str, due: str) -> None:
    come(clock, asked)
    deadline = await office.deadline(await office.request(to="Elin"))
    assert deadline.due_at is not None
    assert abs(deadline.due_at - at(due)) < timedelta(seconds=30)
    assert "1 working day" in deadline.words


async def test_where_nobody_ever_works_a_day_is_one_of_the_clock(office: Klarruta, clock: Clock) -> None:
    await office.do(set_hours, NEVER, department_id=1)
    come(clock, ASKED)
    deadline = await office.deadline(await office.request())
    assert deadline.due_at == deadline.started_at + timedelta(days=1)


async def test_all_are_told_in_time(office: Klarruta, clock: Clock) -> None:
    come(clock, ASKED)
    task = await office.request(to="Elin")
    for moment, told in [
        ("2026-12-04 12:59", []),
        ("2026-12-04 13:01", ["Elin?"]),
        ("2026-12-04 14:01", ["Elin?", "Sofia"]),
        ("2026-12-07 13:59", ["Elin?", "Sofia"]),
        ("2026-12-07 14:01", ["Elin?", "Sofia", "Maria", "Sofia"]),  # a working day after the breach
    ]:
        come(clock, moment)
        await office.tick()
        assert sorted(await office.told(task)) == sorted(told)


async def test_a_reminder_comes_a_working_day_before(office: Klarruta, clock: Clock) -> None:
    await promises(office, in_days(3, Step(-DAY, "assignee", 1), Step(0, "head")))
    come(clock, "2026-12-02 10:30")
    task = await office.request(to="Elin")  # until Monday
    come(clock, "2026-12-04 10:29")
    await office.tick()
    assert await office.told(task) == []
    come(clock, "2026-12-04 10:31")
    await office.tick()
    assert await office.told(task) == ["Elin?"]


async def test_after_a_pause_what_was_left_is_still_left(office: Klarruta, clock: Clock) -> None:
    come(clock, "2026-12-02 10:30")
    task = await office.request(to="Elin")
    come(clock, "2026-12-02 15:30")
    await office.act(desk.pause, "Elin", task, "waits for the drawing")
    held = await office.deadline(task)
    assert held.due_at is None
    assert "1 working day, 9 h of work" in held.words
    assert held.words.endswith("waits for the drawing · 4 h left")
    come(clock, "2026-12-03 17:00")
    await office.act(desk.resume, "Elin", task)
    due_at = (await office.deadline(task)).due_at
    assert due_at is not None
    assert abs(due_at - at("2026-12-04 12:00")) < timedelta(seconds=30)


async def test_other_hours_move_it_and_the_preview_says_so(office: Klarruta, clock: Clock) -> None:
    come(clock, ASKED)
    task = await office.request(to="Elin")
    who = await office.who("Maria")
    shown = await office.do(calendar_preview.preview, Owner(DEPARTMENT, 1), LONG)
    done = await office.do(calendar_preview.apply, who, Owner(DEPARTMENT, 1), LONG)
    deadline = await office.deadline(task)
    assert [move.due_then for move in shown.moved] == [deadline.due_at]
    assert done.moved == shown.moved
    assert abs((deadline.due_at or now()) - at("2026-12-04 16:00")) < timedelta(seconds=30)


async def test_a_policy_from_hours_to_days_counts_what_is_open_in_days(firm: Klarruta, clock: Clock) -> None:
    await firm.do(set_hours, OFFICE, department_id=1)
    come(clock, ASKED)
    task = await firm.request(to="Elin")
    shown = await firm.do(
        lambda session: policy_preview.preview(session, session.get_one(Policy, 1), in_days(2))
    )
    await promises(firm, in_days(2))
    deadline = await firm.deadline(task)
    assert [move.due_then for move in shown.moved] == [deadline.due_at]
    assert (deadline.days, deadline.seconds) == (2, 2 * DAY)
    assert abs((deadline.due_at or now()) - at("2026-12-07 16:00")) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("text", "span"),
    [("1 day", (DAY, 1)), ("3 days", (3 * DAY, 3)), ("24 h", (DAY, 0)), ("30 min", (1800, 0))],
)
def test_days_are_told_apart_from_as_many_hours(text: str, span: tuple[int, int]) -> None:
    assert policies.within(text) == span


@pytest.mark.parametrize(
    ("text", "words"), [("1.5 days", "is a part of a day"), ("366 days", "more than a year")]
)
def test_what_is_no_promise_in_days_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        policies.within(text)
    with pytest.raises(ValueError, match=words):
        policies.step(f"{text} after", "head")


async def test_the_file_of_a_company_says_days(db: Database) -> None:
    promise = PolicyFile("Offer", "2 days", steps=(StepFile("1 day before", "assignee"),))
    file = CompanyFile(name="K", country="SE", zone="Europe/Stockholm", policies=(promise,))
    await db.write(seed, file)
    policy = await db.read(lambda session: session.scalars(select(Policy)).one())
    assert (policy.seconds, policy.days) == (2 * DAY, 2)
    assert policy.escalation == (Step(-DAY, "assignee", 1), Step(0, "head"))


async def test_an_old_version_comes_back_as_it_was_counted(office: Klarruta) -> None:
    old = {**policy_preview.written(await policy_of(office)), "seconds": DAY}
    del old["days"]
    assert policy_preview.proposal_of(old).days == 0


async def test_what_was_written_as_a_day_before_is_one_and_what_stands_keeps_its_time(
    firm: Klarruta, clock: Clock
) -> None:
    await firm.do(set_hours, OFFICE, department_id=1)
    come(clock, ASKED)
    steps = [{"after": -DAY, "tell": "assignee"}, {"after": 900, "tell": "head"}]

    def write_as_before(session: Session) -> None:
        policy = session.get_one(Policy, 1)
        policy.seconds, policy.steps = DAY, steps
        session.add(Policy(name="Hours", position=9, kinds=["none"], departments=[], target="resolution",
                           seconds=25 * 3600, steps=[], unseen_seconds=600))  # fmt: skip

    await firm.do(write_as_before)
    task = await firm.request(to="Elin")
    before = (await firm.deadline(task)).due_at
    await firm.db.migrate(lambda store: command.downgrade(migrations._config(store), "0077"))
    await firm.db.migrate(has_no_days)
    await firm.db.migrate(migrations.upgrade)

    policy = await policy_of(firm)
    assert (policy.seconds, policy.days) == (DAY, 1)
    assert policy.escalation == (Step(-DAY, "assignee", 1), Step(900, "head"))
    hours = await firm.do(lambda session: session.scalars(select(Policy).where(Policy.name == "Hours")).one())
    assert hours.days == 0

    await firm.act(desk.pause, "Elin", task, "rings back")
    await firm.act(desk.resume, "Elin", task)
    deadline = await firm.deadline(task)
    assert abs((deadline.due_at or now()) - (before or now())) < timedelta(seconds=30)
    assert deadline.days == 0
    await firm.do(
        lambda session: setattr(session.get_one(Policy, 1), "changed_at", now())
    )  # or it is remembered
    assert (await firm.deadline(await firm.request("Anna"))).days == 1


async def test_what_stands_is_not_moved_by_other_hours_into_days(office: Klarruta, clock: Clock) -> None:
    come(clock, ASKED)
    task = await office.request(to="Elin")

    def as_before(session: Session) -> None:
        (deadline,) = deadlines.running(session, task)
        deadline.days = 0
        sla.derive(session, deadline, session.get_one(Policy, 1), calendar_for(session, 1))

    await office.do(as_before)
    who = await office.who("Maria")
    shown = await office.do(calendar_preview.preview, Owner(DEPARTMENT, 1), LONG)
    await office.do(calendar_preview.apply, who, Owner(DEPARTMENT, 1), LONG)
    deadline = await office.deadline(task)
    assert [move.due_then for move in shown.moved] == [deadline.due_at]
    assert abs((deadline.due_at or now()) - at("2026-12-05 16:00")) < timedelta(
        seconds=30
    )  # 24 h of 12 a day
