"""Tasks and deadlines over the API: whose they are, what is late, made, done, handed over, held."""

from __future__ import annotations

import asyncio

import pytest

from crm.alarms import step_deadline
from hub.clock import Clock
from hub.db import Database
from tests.crm.web.conftest import Api, Form, Json, Person


@pytest.fixture
async def karins(api: Api, form: Form) -> Json:
    """Give the task that came of Karin's request."""
    await form(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows")
    return (await api.items("/tasks"))[0]


async def test_a_request_is_a_task_with_its_deadline_and_why(api: Api, karins: Json) -> None:
    assert karins["title"] == "First answer: Karin Ekdahl"
    assert (karins["department"], karins["assignee"], karins["done_at"]) == ("Front desk", None, None)
    (deadline,) = karins["deadlines"]
    assert deadline["kind"] == "first response"
    assert deadline["derivation"].startswith(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    assert " request · due " in deadline["derivation"]
    assert deadline["promise"] == "15 min"
    assert str(deadline["due_at"]).endswith("Z")
    assert await api.items(f"/deadlines?task={karins['id']}") == [deadline]
    assert await api.ask("GET", f"/deadlines/{deadline['id']}") == deadline


async def test_what_is_late_is_found_at_the_moment_it_is_late(api: Api, karins: Json, clock: Clock) -> None:
    assert await api.items("/tasks?overdue=true") == []
    assert await api.items("/deadlines?overdue=false") == karins["deadlines"]
    clock.advance(minutes=15, seconds=1)
    assert [each["id"] for each in await api.items("/tasks?overdue=true")] == [karins["id"]]
    assert [each["task"] for each in await api.items("/deadlines?overdue=true")] == [karins["id"]]
    assert await api.items("/tasks?overdue=false") == await api.items("/deadlines?overdue=false") == []
    await api.ask("PUT", f"/tasks/{karins['id']}/completion")
    assert await api.items("/tasks?overdue=true") == []


async def test_a_breach_is_written_down(api: Api, karins: Json, db: Database, clock: Clock) -> None:
    clock.advance(minutes=15, seconds=1)
    await db.write(step_deadline, karins["deadlines"][0]["id"])
    (deadline,) = await api.items("/deadlines?overdue=true")
    assert deadline["breached_at"] is not None
    assert deadline["met_at"] is None


async def test_tasks_are_found_by_contact_and_assignee(api: Api, karins: Json, person: Person) -> None:
    elin = await person("Elin Sandgren", "agent", "Front desk")
    (colleague,) = await api.items("/users")
    assert await api.items(f"/tasks?contact={karins['contact']}&assignee=none") == [karins]
    given = await api.ask(
        "POST", f"/tasks/{karins['id']}/handover", {"assignee": colleague["id"], "why": "Yours"}
    )
    assert given["assignee"] == colleague["id"]
    for path in (f"/tasks?assignee={colleague['id']}", "/tasks?assignee=me"):
        assert await elin.items(path) == [given]
    assert await api.items("/tasks?assignee=me") == await api.items("/tasks?assignee=none") == []
    assert await api.items("/tasks?contact=99") == []


async def test_done_is_done_once_and_can_be_taken_back(api: Api, karins: Json) -> None:
    path = f"/tasks/{karins['id']}/completion"
    done = await api.ask("POST", path)
    assert done["done_at"] is not None
    assert done["deadlines"][0]["met_at"] is not None
    told = await api.ask("POST", path, status=409)
    assert "done already" in str(told["detail"])
    assert await api.ask("PUT", path) == done
    assert [each["id"] for each in await api.items("/tasks?open=false")] == [karins["id"]]
    assert await api.ask("DELETE", path) == karins
    assert await api.items("/tasks?open=true") == [karins]


async def test_of_two_who_complete_at_once_one_has_done_it(program: Person, karins: Json) -> None:
    programs = [await program("tasks:write") for _ in range(5)]
    path = f"/tasks/{karins['id']}/completion"

    async def complete(each: Api) -> bool:
        try:
            await each.ask("POST", path)
        except AssertionError:
            return False
        return True

    assert sorted(await asyncio.gather(*map(complete, programs))) == [False] * 4 + [True]


async def test_a_held_task_has_no_due_time(api: Api, karins: Json) -> None:
    path = f"/tasks/{karins['id']}/pause"
    held = (await api.ask("POST", path, {"why": "Karin measures"}))["deadlines"][0]
    assert held["due_at"] is None
    assert held["paused_at"] is not None
    assert "Karin measures" in held["derivation"]
    assert await api.items("/deadlines?overdue=false") == [held]
    again = (await api.ask("DELETE", path))["deadlines"][0]
    assert again["paused_at"] is None
    assert again["due_at"] is not None


async def test_a_task_that_is_done_cannot_be_held_nor_given(api: Api, karins: Json) -> None:
    await api.ask("PUT", f"/tasks/{karins['id']}/completion")
    await api.ask("POST", f"/tasks/{karins['id']}/pause", {"why": "Rain"}, status=409)
    await api.ask("POST", f"/tasks/{karins['id']}/handover", {"department": "Sales"}, status=409)


@pytest.mark.parametrize(
    "to", [{}, {"department": "Cellar"}, {"assignee": 99}, {"assignee": 1, "department": "Sales"}]
)
async def test_a_task_is_given_to_one_who_is_here(to: dict[str, object], api: Api, karins: Json) -> None:
    await api.ask("POST", f"/tasks/{karins['id']}/handover", to, status=409)
    assert await api.ask("GET", f"/tasks/{karins['id']}") == karins


async def test_a_task_is_made_for_a_contacts_department(api: Api) -> None:
    nils = await api.ask("POST", "/contacts", {"name": "Nils Falk", "department": "Service"}, status=201)
    made = await api.ask("POST", "/tasks", {"title": "Repair the door", "contact": nils["id"]}, status=201)
    assert (made["department"], made["assignee"], made["kind"]) == ("Service", None, "task")
    assert made["url"] == f"/tasks/{made['id']}"
    assert await api.items(f"/tasks?contact={nils['id']}") == [made]


async def test_a_new_task_goes_to_whom_the_departments_rule_says(api: Api, person: Person) -> None:
    await person("Elin Sandgren", "agent", "Installation")
    await person("Omar Nasser", "agent", "Installation")
    task = {"title": "Measure", "department": "Installation"}
    given = [(await api.ask("POST", "/tasks", task, status=201))["assignee"] for _ in range(3)]
    assert given[0] == given[2] != given[1]


@pytest.mark.parametrize(
    "wrong", [{"contact": 99}, {"department": "Cellar"}, {"assignee": 99}, {"title": " \t"}],
)  # fmt: skip
async def test_a_task_for_nobody_we_know_is_refused(wrong: dict[str, object], api: Api) -> None:
    await api.ask("POST", "/tasks", {"title": "Measure", **wrong}, status=409)
    assert await api.items("/tasks") == []


async def test_another_departments_task_is_not_there(karins: Json, api: Api, person: Person) -> None:
    omar = await person("Omar Nasser", "agent", "Service")
    assert (
        await omar.items("/tasks")
        == await omar.items("/deadlines")
        == await omar.items("/interactions")
        == []
    )
    task, deadline = karins["id"], karins["deadlines"][0]["id"]
    for path in (f"/tasks/{task}", f"/deadlines/{deadline}", "/interactions/1"):
        await omar.ask("GET", path, status=404)
        await api.ask("GET", path)
    await omar.ask("POST", f"/tasks/{task}/completion", status=404)
    await omar.ask("DELETE", f"/tasks/{task}/pause", status=404)
    told = await omar.ask("POST", "/tasks", {"title": "Whose?", "contact": karins["contact"]}, status=409)
    assert told["detail"] == "There is no such contact."


async def test_a_change_of_what_another_changed_is_refused(api: Api, karins: Json) -> None:
    await api.ask("GET", f"/tasks/{karins['id']}")
    seen = api.etag
    await api.ask("POST", f"/tasks/{karins['id']}/pause", {"why": "Rain"}, if_match=seen)
    await api.ask("PUT", f"/tasks/{karins['id']}/completion", if_match=seen, status=412)
