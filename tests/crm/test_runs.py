"""Runs on both stores: each move is one transaction with its tasks, promises, stages and history."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import desk, processes, run_mending, run_moves, runs
from crm.calendars import set_hours
from crm.deadlines import Deadline
from crm.deals import Deal, moves_of
from crm.mentions import Mention
from crm.processes import Faulty, Process
from crm.runs import TIMER, Run
from crm.tasks import Task
from crm.working_hours import WorkingHours
from hub.clock import Clock, now
from hub.db import Database
from hub.timers import Due
from hub.users import find_department, find_user, viewer
from tests.crm.drawing import (
    drawn,
    end,
    error,
    error_end,
    flow,
    gateway,
    inside,
    message,
    note,
    script,
    stage,
    start,
    timer,
    user,
    way,
)
from tests.crm.sale import WINDOWS, Sale

CALLED = {
    "interested": "yes",
    "windows": "4",
    "address": "Storgatan 1",
    "visit_on": "2026-12-01",
    "visit_at": "10:00",
}


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


async def test_the_story_of_the_windows_runs_from_request_to_installation(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    sizes = [await size(sale, run)]
    assert await sale.open_steps() == {"Call the buyer": "Elin"}
    await sale.do("Call the buyer", **CALLED)
    assert await sale.stage() == "Called"
    (measurer,) = (await sale.open_steps()).values()
    assert measurer.startswith("the queue of")
    await sale.do("Take measurements", by="Nils", measured="4", measurements="four of 1200 by 1400")
    assert (await sale.stage(), await sale.open_steps()) == (
        "Measured",
        {"Compute the price and agree it with the buyer": "Elin"},
    )
    await sale.do("Compute the price and agree it with the buyer", agreed="yes")
    assert await sale.stage() == "Agreed"
    assert await sale.errands() == ["document", "document", "message"]
    await sale.do("Write the invoice")
    assert (await sale.open_steps(), (await sale.run(run)).waits_for) == ({}, ["payment received"])
    sizes.append(await size(sale, run))
    assert await sale.hear("payment received") == 1
    assert (await sale.stage(), list(await sale.open_steps())) == ("Installation", ["Install the windows"])
    await sale.do("Install the windows", by="Nils", installed_on="2026-12-20")
    assert (await sale.stage(), await sale.open_steps()) == (
        "Installed",
        {"Karin Ekdahl": "Sofia"},
    )
    sizes.append(await size(sale, run))
    assert await sale.errands() == ["document", "message"]
    assert (await sale.run(run)).ended_at is not None
    assert max(sizes) < 8_000


async def size(sale: Sale, run_id: int) -> int:
    """Give the bytes that a run takes in the store."""
    run = await sale.run(run_id)
    return len(msgspec.json.encode([run.state, run.data, run.waits_for]))


async def test_its_history_says_who_when_and_from_what(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    await sale.do("Call the buyer", **CALLED)
    told = [
        (step.element, str(step.cause), step.ended_by is not None, step.ended_at is not None)
        for step in await sale.steps(run)
    ]
    assert told == [
        ("request", "begun", False, True),
        ("call", "begun", True, True),
        ("wants", "“Call the buyer” was done", True, True),
        ("called", "“Call the buyer” was done", True, True),
        ("measure", "“Call the buyer” was done", False, False),
    ]
    moves = await sale.read(lambda session: [str(move.why) for move in moves_of(session, sale.deal_id)])
    assert moves == ["“Call the buyer” was done"]


async def test_what_a_form_found_out_stands_on_the_deal_too(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    await sale.do("Call the buyer", **CALLED)
    fields = await sale.read(lambda session: session.get_one(Deal, sale.deal_id).fields)
    assert (fields["windows"], fields["visit_on"]) == (4, "2026-12-01")
    assert (await sale.run(run)).data["visit_on"] == {"day": "2026-12-01"}


async def test_a_form_that_is_not_filled_in_changes_nothing(sale: Sale) -> None:
    run = await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    before = (await sale.run(run)).state
    for answers, words in (
        ({}, "“Wants an offer” is needed"),
        ({"interested": "perhaps"}, "must be one of: yes, no"),
        ({"interested": "yes", "windows": "four"}, "must be a number"),
        ({"interested": "yes", "windows": 501}, "between 1 and 500"),
        ({"interested": "yes", "visit_on": "tomorrow"}, "must be a day"),
        ({"interested": "yes", "address": "x" * 3000}, "too long"),
        ({"interested": "yes", "visit_on": "2026-12-01"}, "“Address of the building” is needed"),
        ({"interested": "yes", "address": "Storgatan 1"}, "“Day of the visit” is needed"),
    ):
        with pytest.raises(desk.Refusal, match=words):
            await sale.do("Call the buyer", **answers)
    assert await sale.open_steps() == {"Call the buyer": "Elin"}
    assert (await sale.run(run)).state == before


async def test_a_step_that_is_done_is_not_taken_back(sale: Sale) -> None:
    await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    await sale.do("Call the buyer", **CALLED)
    task = await sale.read(lambda session: session.scalars(select(Task.id).order_by(Task.id)).first())
    assert task
    with pytest.raises(desk.Refusal, match="went on from here"):
        await sale.firm.act(desk.take_back, "Elin", task)


async def test_a_step_has_the_time_that_its_diagram_gives_in_working_hours(sale: Sale, clock: Clock) -> None:
    clock.advance(days=(4 - now().weekday()) % 7)  # a Friday
    hours = WorkingHours.read("Europe/Stockholm", {"mon-fri": ["08:00-17:00"]})
    await sale.db.write(
        lambda session: set_hours(session, hours, department_id=find_department(session, "Sales").id)
    )
    diagram = drawn(start(), user("a", "A", within="27 h"), end(), way("s a e"))
    await sale.begin(await sale.publish(diagram))
    (deadline,) = await promises(sale)
    assert deadline.due_at
    assert deadline.due_at - now() > timedelta(days=3), (
        "27 hours of work are three days, with a weekend between"
    )


async def promises(sale: Sale) -> list[Deadline]:
    """Give every deadline."""
    return list(
        await sale.read(lambda session: session.scalars(select(Deadline).order_by(Deadline.id)).all())
    )


async def test_a_step_may_have_the_promise_of_a_policy(sale: Sale) -> None:
    xml = drawn(start(), user("a", "A"), end(), way("s a e")).replace('who="r', 'policy="New request" who="r')
    await sale.begin(await sale.publish(xml))
    (deadline,) = await promises(sale)
    assert (deadline.seconds, len(deadline.coming)) == (900, 4)
    await sale.do("A")
    (deadline,) = await promises(sale)
    assert deadline.met_at is not None


async def test_a_time_at_an_edge_comes_by_the_hubs_timer(sale: Sale, clock: Clock) -> None:
    heard: list[Due] = []
    sale.db.listen(Due, heard.append)
    diagram = drawn(
        start(),
        user("a", "A"),
        timer("late", "Late", "PT15M", at="a", goes_on=True),
        user("b", "Hurry", who="head"),
        end(),
        end("f"),
        way("s a e"),
        way("late b f"),
    )
    run = await sale.begin(await sale.publish(diagram))
    due = (await sale.run(run)).due_at
    assert due is not None
    assert due in [each.at for each in heard if each.timer == TIMER]
    assert await sale.read(lambda session: runs.earliest(session, now())) == due
    clock.advance(minutes=16)
    await sale.tick()
    assert await sale.open_steps() == {"A": "Elin", "Hurry": "Sofia"}
    assert (await sale.run(run)).due_at is None


async def test_a_step_that_is_overtaken_is_no_longer_to_be_done(sale: Sale, clock: Clock) -> None:
    diagram = drawn(
        start(),
        user("a", "A"),
        timer("late", "Late", "PT15M", at="a"),
        user("b", "B"),
        end(),
        end("f"),
        way("s a e"),
        way("late b f"),
    )
    run = await sale.begin(await sale.publish(diagram))
    clock.advance(minutes=16)
    await sale.tick()
    assert await sale.open_steps() == {"B": "Elin"}
    (dropped,) = [step for step in await sale.steps(run) if step.dropped_at is not None]
    task = await sale.read(lambda session: session.get_one(Task, dropped.task_id))
    assert (task.done_at is not None, task.done_by) == (True, None)


async def test_a_time_in_working_hours_waits_over_the_weekend(sale: Sale, clock: Clock) -> None:
    clock.advance(days=(4 - now().weekday()) % 7)
    hours = WorkingHours.read("Europe/Stockholm", {"mon-fri": ["08:00-17:00"]})
    await sale.db.write(
        lambda session: set_hours(session, hours, department_id=find_department(session, "Sales").id)
    )
    diagram = drawn(start(), timer("w", "Wait", "PT18H", working=True), end(), way("s w e"))
    run = await sale.begin(await sale.publish(diagram))
    due = (await sale.run(run)).due_at
    assert due
    assert due - now() > timedelta(days=3)


async def test_a_day_that_a_form_named_is_waited_for(sale: Sale, clock: Clock) -> None:
    form = '<ringback:answer name="visit_on" kind="day" required="true"/>'
    diagram = drawn(
        start(),
        user("a", "A", form),
        timer("w", "Day before", "visit_on - 1").replace("timeDuration", "timeDate"),
        end(),
        way("s a w e"),
    )
    run = await sale.begin(await sale.publish(diagram))
    visit = now().date() + timedelta(days=5)
    await sale.do("A", visit_on=visit.isoformat())
    due = (await sale.run(run)).due_at
    assert due
    assert (visit - due.date()).days == 2, "midnight in Stockholm is the evening before in UTC"
    clock.advance(days=5)
    await sale.tick()
    assert (await sale.run(run)).ended_at is not None


async def test_conditions_know_the_deal_and_scripts_set_values(sale: Sale) -> None:
    diagram = drawn(
        start(),
        script("x", "discount = value / 100 if value > 10000 else 0"),
        gateway("g", default="no"),
        user("a", "Ask the boss"),
        user("b", "Sell"),
        end(),
        end("f"),
        way("s x g"),
        flow("g", "a", 'discount > 100 and stage == "Request" and currency == "SEK"'),
        flow("g", "b", id="no"),
        flow("a", "e"),
        flow("b", "f"),
    )
    run = await sale.begin(await sale.publish(diagram))
    assert (await sale.open_steps(), (await sale.run(run)).data) == (
        {"Ask the boss": "Elin"},
        {"discount": 150},
    )


async def test_a_message_goes_to_those_who_wait_for_it_alone(sale: Sale) -> None:
    await sale.begin(
        await sale.publish(drawn(start(), message("m", "Paid", "payment received"), end(), way("s m e")))
    )
    assert await sale.hear("stage changed") == 0
    assert await sale.hear("payment received") == 1
    assert await sale.hear("payment received") == 0, "a second payment moves nothing"


async def test_a_process_may_begin_with_a_message_once(sale: Sale) -> None:
    event = '<bpmn:messageEventDefinition messageRef="form_submitted"/>'
    await sale.publish(drawn(start(inner=event), user("a", "Call"), end(), way("s a e")))
    assert await sale.hear("form submitted") == 1
    assert await sale.hear("form submitted") == 0
    assert list(await sale.open_steps()) == ["Call"]


async def test_a_send_task_tells_somebody_on_the_card(sale: Sale) -> None:
    diagram = drawn(start(), note("n", "head", "was sold, have a look"), end(), way("s n e"))
    await sale.begin(await sale.publish(diagram))
    told = await sale.read(lambda session: session.scalars(select(Mention.user_id)).all())
    sofia = await sale.read(lambda session: find_user(session, "sofia@klarruta.example").id)
    assert told == [sofia]


async def test_a_run_stays_on_its_version(sale: Sale) -> None:
    old = drawn(start(), user("a", "A"), user("b", "Old"), end(), way("s a b e"))
    first = await sale.publish(old)
    await sale.begin(first)
    second = await sale.publish(old.replace("Old", "New"))
    assert second != first
    assert await sale.publish(old.replace("Old", "New")) == second, "the same again is no new version"
    await sale.do("A")
    assert list(await sale.open_steps()) == ["Old"]


async def test_a_faulty_draft_is_kept_and_not_published(sale: Sale) -> None:
    with pytest.raises(Faulty) as told:
        await sale.publish(
            drawn(
                start(),
                user("a", "A", who="department:Moon"),
                stage("t", "Nowhere"),
                end(),
                way("s a t e"),
            )
        )
    assert [fault.words for fault in told.value.faults] == [
        "*A*: there is no department “Moon”",
        "*To Nowhere*: there is no stage “Nowhere”",
    ]


async def test_one_by_which_no_run_could_begin_is_not_published(sale: Sale) -> None:
    parts = gateway("g", kind="parallel")
    winding = drawn(start(), user("a", "Ask"), parts, end("e"), way("s a g a"), flow("g", "e"))
    with pytest.raises(Faulty, match="comes round to where it parted"):
        await sale.publish(winding)


async def test_a_diagram_is_given_back_byte_for_byte(sale: Sale) -> None:
    raw = (
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- by hand -->\n'
        + drawn(start(), end(), flow("s", "e")).encode()
        + b"\r\n\t"
    )
    version = await sale.publish(raw)
    kept = await sale.read(lambda session: session.get_one(processes.ProcessVersion, version).xml)
    draft = await sale.read(lambda session: session.scalars(select(Process.draft)).one())
    assert (kept.encode(), draft.encode()) == (raw, raw)


UNSURE = drawn(
    start(),
    message("m", "Paid", "payment received"),
    gateway("g", "Large?"),
    user("a", "A"),
    end(),
    end("f"),
    way("s m g"),
    flow("g", "a", "value > 10000"),
    flow("g", "f", "value < 5000"),
    flow("a", "e"),
)


async def test_a_run_that_cannot_go_on_says_so_and_goes_on_once_it_is_mended(sale: Sale) -> None:
    run_id = await sale.begin(await sale.publish(UNSURE))
    await set_value(sale, 700_000)
    assert await sale.hear("payment received") == 1
    run = await sale.run(run_id)
    assert (str(run.stuck), run.stuck_at is not None) == (
        "No condition holds at *Large?*, and no way out of it is the usual one",
        True,
    )
    assert [step.element for step in await sale.steps(run_id) if step.ended_at is not None] == ["s"], (
        "nothing half done"
    )
    await set_value(sale, 1_700_000)

    def again(session: Session) -> None:
        run_mending.try_again(
            session, viewer(find_user(session, "maria@klarruta.example")), session.get_one(Run, run_id)
        )

    await sale.db.write(again)
    assert await sale.hear("payment received") == 0, "the first one was not forgotten"
    assert list(await sale.open_steps()) == ["A"]


async def set_value(sale: Sale, value: int) -> None:
    """Have the deal be worth something else."""

    def change(session: Session) -> None:
        session.get_one(Deal, sale.deal_id).value = value

    await sale.db.write(change)


async def test_a_time_that_nobody_named_is_told_to_whoever_did_the_step(sale: Sale) -> None:
    form = '<ringback:answer name="visit_on" kind="day"/>'
    wait = timer("w", "Day before", "visit_on - 1").replace("timeDuration", "timeDate")
    diagram = drawn(start(), user("a", "A", form), wait, end(), way("s a w e"))
    await sale.begin(await sale.publish(diagram))
    with pytest.raises(desk.Refusal, match=r"\*Day before\*: it is not known until when to wait"):
        await sale.do("A")
    assert await sale.open_steps() == {"A": "Elin"}


async def test_a_run_is_ended_by_hand_with_what_was_to_do_in_it(sale: Sale) -> None:
    run_id = await sale.begin(await sale.publish(WINDOWS.read_bytes()))

    def stop(session: Session) -> None:
        run_mending.stop(
            session,
            viewer(find_user(session, "maria@klarruta.example")),
            session.get_one(Run, run_id),
            "bought elsewhere",
        )

    await sale.db.write(stop)
    run = await sale.run(run_id)
    assert (run.ended_at is not None, run.stopped_why, await sale.open_steps()) == (
        True,
        "bought elsewhere",
        {},
    )


async def test_an_error_is_caught_at_the_edge(sale: Sale) -> None:
    diagram = drawn(
        start(),
        inside("sub", "Sub", start("s2"), user("a", "A"), error_end("x"), way("s2 a x")),
        error("c", at="sub"),
        user("b", "Put it right"),
        end(),
        end("f"),
        way("s sub e"),
        way("c b f"),
    )
    await sale.begin(await sale.publish(diagram))
    await sale.do("A")
    assert list(await sale.open_steps()) == ["Put it right"]


async def test_a_run_for_a_contact_alone_has_no_stage_to_change(sale: Sale) -> None:
    version = await sale.publish(drawn(start(), stage("t", "Called"), end(), way("s t e")))
    with pytest.raises(run_moves.Stuck, match="has no deal"):
        await sale.begin(version, deal=False)
    assert await sale.read(lambda session: session.scalar(select(func.count()).select_from(Run))) == 0


async def test_two_who_do_the_same_step_at_once_move_the_run_once(sale: Sale) -> None:
    diagram = drawn(start(), user("a", "A"), user("b", "B"), end(), way("s a b e"))
    await sale.begin(await sale.publish(diagram))
    done = await asyncio.gather(sale.do("A"), sale.do("A"), return_exceptions=True)
    assert sum(each is None for each in done) == 1
    tasks = await sale.read(lambda session: session.scalars(select(Task.title).order_by(Task.id)).all())
    assert [str(title) for title in tasks] == ["A: Karin Ekdahl", "B: Karin Ekdahl"]


async def test_two_payments_at_once_move_the_run_once(sale: Sale) -> None:
    await sale.begin(
        await sale.publish(
            drawn(start(), message("m", "Paid", "payment received"), user("a", "A"), end(), way("s m a e"))
        )
    )
    assert sorted(await asyncio.gather(sale.hear("payment received"), sale.hear("payment received"))) == [
        0,
        1,
    ]
    assert await sale.open_steps() == {"A": "Elin"}


async def test_somebody_who_is_away_gets_no_step(sale: Sale) -> None:
    await sale.firm.send_away("Elin")
    await sale.begin(
        await sale.publish(
            drawn(
                start(),
                user("a", "A"),
                user("b", "B", who="user:nils@klarruta.example"),
                end(),
                way("s a b e"),
            )
        )
    )
    (whose,) = (await sale.open_steps()).values()
    assert whose.startswith("the queue of")
    await sale.do("A", by="Johan")
    assert await sale.open_steps() == {"B": "Nils"}
