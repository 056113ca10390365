"""What a program does with processes: diagrams in and out, begun, its steps' forms filled in, and how far it is."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm import contacts, departments
from crm.departments import Wanted
from hub.clock import Clock
from hub.db import Database
from hub.users import find_department, find_user, viewer
from tests.crm.drawing import drawn, end, flow, gateway, message, start, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.web.conftest import Api, Person

FORM = '<ringback:answer name="windows" label="How many windows" kind="whole" required="true" least="1"/>'
SALE = drawn(
    start(), user("a", "Call", FORM), gateway("g", default="few"), user("b", "Measure"), end("e"), end("f"),
    way("s a g"), flow("g", "b", "windows > 3"), flow("g", "f", id="few"), flow("b", "e"),
)  # fmt: skip
BROKEN = SALE.replace(flow("b", "e"), "")


@pytest.fixture
async def manager(person: Person, db: Database) -> Api:
    """Give a manager, with a contact of Sales'."""
    maria = await person("Maria Berg", "manager", "Sales")

    def furnish(session: Session) -> None:
        contacts.add_contact(session, "Karin Ekdahl", department_id=find_department(session, "Sales").id)

    await db.write(furnish)
    return maria


async def test_a_process_is_made_published_begun_and_walked_to_its_end(manager: Api) -> None:
    made = await manager.ask("POST", "/processes", {"diagram": SALE, "name": "Sale"}, status=201)
    assert (made["version"], made["faults"], made["draft"]) == (None, [], SALE)
    assert (await manager.ask("POST", "/processes/1/publication"))["version"] == 1
    run = await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    (task,) = [step["task"] for step in run["steps"] if step["task"]]
    (field,) = await manager.ask("GET", f"/tasks/{task}/form")
    assert (field["name"], field["required"], field["least"]) == ("windows", True, 1)
    await manager.ask("POST", f"/tasks/{task}/completion", status=409)
    await manager.ask("POST", f"/tasks/{task}/answers", {"answers": {"windows": 0}}, status=409)
    assert (await manager.ask("POST", f"/tasks/{task}/answers", {"answers": {"windows": 4}}))["done_at"]
    assert [each["id"] for each in await manager.items("/runs?contact=1&going=true")] == [1]
    run = await manager.ask("GET", "/runs/1")
    (measure,) = [step for step in run["steps"] if step["name"] == "Measure"]
    assert (measure["cause"], measure["ended_at"]) == ("“Call” was done", None)
    await manager.ask("POST", f"/tasks/{measure['task']}/completion")
    assert (await manager.ask("GET", "/runs/1"))["ended_at"] is not None
    assert await manager.ask("GET", f"/tasks/{measure['task']}/form") == []


async def test_what_a_process_names_and_is_called_otherwise_by_now_is_told(
    manager: Api, db: Database
) -> None:
    drawing = SALE.replace('who="responsible"', 'who="department:Sales"')
    await manager.ask("POST", "/processes", {"diagram": drawing, "name": "Sale"}, status=201)
    assert (await manager.ask("POST", "/processes/1/publication"))["warnings"] == []

    def rename(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        departments.change(session, boss, find_department(session, "Sales"), Wanted(name="Selling"))

    await db.write(rename)
    said = ["there is no department “Sales”"]
    assert [each["warnings"] for each in await manager.items("/processes")] == [said]
    assert (await manager.ask("GET", "/processes/1"))["warnings"] == said


async def test_what_is_wrong_in_a_draft_is_told_and_keeps_it_from_being_published(manager: Api) -> None:
    made = await manager.ask("POST", "/processes", {"diagram": BROKEN}, status=201)
    assert [(each["element"], each["words"]) for each in made["faults"]] == [
        ("b", "No way leads out of *Measure*"), ("e", "No way leads to *e*"),
    ]  # fmt: skip
    assert made["name"] == "P"
    told = await manager.ask("POST", "/processes/1/publication", status=409)
    assert [each["parameter"] for each in told["errors"]] == ["b", "e"]
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=409)
    mended = await manager.ask("PUT", "/processes/1/draft", {"diagram": SALE})
    assert mended["faults"] == []


async def test_a_draft_that_a_colleague_drew_is_not_written_over_unasked(
    manager: Api, person: Person
) -> None:
    await manager.ask("POST", "/processes", {"diagram": BROKEN}, status=201)
    seen = manager.etag
    nils = await person("Nils Åkerman", "manager", "Sales")
    told = await nils.ask("PUT", "/processes/1/draft", {"diagram": SALE}, status=409)
    assert told["detail"].startswith("Maria Berg drew this draft last")
    await nils.ask("GET", "/processes/1")
    assert nils.etag == seen
    assert (await nils.ask("PUT", "/processes/1/draft", {"diagram": SALE}, if_match=nils.etag))[
        "faults"
    ] == []
    await manager.ask("PUT", "/processes/1/draft", {"diagram": BROKEN}, if_match=seen, status=412)
    await manager.ask("PUT", "/processes/1/draft", {"diagram": BROKEN}, status=409)
    assert (await manager.ask("GET", "/processes/1"))["draft"] == SALE
    await nils.ask("PUT", "/processes/1/draft", {"diagram": BROKEN})


async def test_a_run_is_moved_by_hand_over_the_api(manager: Api, person: Person) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    moved = await manager.ask("POST", "/runs/1/moves", {"at": "a", "to": "b", "why": "Known already"})
    assert [(each["element"], each["dropped_at"] is None) for each in moved["steps"][1:]] == [
        ("a", False),
        ("b", True),
    ]
    told = await manager.ask("POST", "/runs/1/moves", {"at": "a", "to": "b", "why": "Twice"}, status=409)
    assert told["errors"][0]["pointer"] == "/at"
    await manager.ask("POST", "/runs/1/moves", {"at": "b", "to": "s", "why": "Back"}, status=409)
    nils = await person("Nils Åkerman", "agent", "Sales")
    await nils.ask("POST", "/runs/1/moves", {"at": "b", "to": "a", "why": "No"}, status=403)


async def test_one_that_runs_already_begins_once_more_only_beside_the_other(manager: Api) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    first = await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=409)
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1, "beside": first["id"]}, status=201)
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1, "beside": first["id"]}, status=409)


async def test_what_a_stage_does_by_itself_is_set_over_the_api(manager: Api) -> None:
    deeds = [
        {"kind": "task", "text": "Call", "within": "4 h"},
        {"kind": "note", "text": "was asked", "after": "2 days"},
    ]
    made = await manager.ask("PUT", "/stages/1/robot", {"deeds": deeds})
    assert [each["words"] for each in made["deeds"]] == [
        "Task for Responsible for the deal: Call, within 4 h",
        "After 2 days, if it is still here: Responsible for the deal is told: was asked",
    ]
    assert await manager.ask("GET", "/stages/1/robot") == made
    (robot,) = await manager.items("/processes")
    await manager.ask("PUT", f"/processes/{robot['id']}/draft", {"diagram": SALE}, status=409)
    wrong = [{"kind": "stage", "text": "Nowhere"}]
    await manager.ask("PUT", "/stages/1/robot", {"deeds": wrong}, status=409)
    await manager.ask("PUT", "/stages/1/robot", {"deeds": [{"kind": "rocket", "text": "x"}]}, status=422)
    assert (await manager.ask("PUT", "/stages/1/robot", {"deeds": []}))["deeds"] == []
    await manager.ask("GET", "/stages/999/robot", status=404)


async def test_what_is_no_diagram_is_refused_and_nothing_is_kept(manager: Api) -> None:
    told = await manager.ask("POST", "/processes", {"diagram": "<html/>"}, status=409)
    assert told["errors"][0]["pointer"] == "/diagram"
    assert await manager.items("/processes") == []
    await manager.ask("GET", "/processes/1", status=404)
    await manager.ask("GET", "/runs/1", status=404)
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=409)


async def test_an_agent_changes_no_process_and_sees_no_run_of_others(manager: Api, person: Person) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    nils = await person("Nils Åkerman", "agent", "Service")
    await nils.ask("POST", "/processes", {"diagram": SALE}, status=403)
    await nils.ask("GET", "/runs/1", status=404)
    assert await nils.items("/runs?contact=1") == []


async def test_what_happened_elsewhere_is_told_and_moves_whoever_waits_for_it(manager: Api) -> None:
    waits = drawn(
        start(), message("m", "Paid", "payment received"), user("a", "Install"), end(), way("s m a e")
    )
    await manager.ask("POST", "/processes", {"diagram": waits}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    run = await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    assert run["waits_for"] == ["payment received"]
    paid = {"message": "payment received", "contact": 1}
    assert await manager.ask("POST", "/process-messages", paid) == {"runs": 1}
    assert await manager.ask("POST", "/process-messages", paid) == {"runs": 0}
    assert (await manager.ask("GET", "/runs/1"))["steps"][-1]["name"] == "Install"
    await manager.ask("POST", "/process-messages", {"message": "payment received"}, status=409)
    await manager.ask("POST", "/process-messages", {"message": "pigeon arrived", "contact": 1}, status=422)


async def test_with_a_deal_that_is_lost_its_runs_end_where_a_program_says_so(manager: Api) -> None:
    await manager.ask("POST", "/processes", {"diagram": SALE}, status=201)
    await manager.ask("POST", "/processes/1/publication")
    (windows,) = await manager.ask("GET", "/pipelines")
    lost = next(stage["id"] for stage in windows["stages"] if stage["ends"] == "lost")
    reason = (await manager.ask("GET", "/lost-reasons"))[0]["id"]
    for ends, over in ((False, False), (True, True)):
        deal = await manager.ask("POST", "/deals", {"contact": 1, "title": "Seven windows"}, status=201)
        run = await manager.ask("POST", "/runs", {"process": 1, "deal": deal["id"]}, status=201)
        move = {"stage": lost, "lost_reason": reason, "end_runs": ends}
        await manager.ask("POST", f"/deals/{deal['id']}/move", move)
        assert ((await manager.ask("GET", f"/runs/{run['id']}"))["ended_at"] is not None) is over


async def test_what_of_another_program_does_nothing_here_is_told(manager: Api) -> None:
    foreign = SALE.replace('<bpmn:userTask id="a"', '<bpmn:userTask id="a" camunda:formKey="ask.html"')
    made = await manager.ask("POST", "/processes", {"diagram": foreign}, status=201)
    assert [each["element"] for each in made["leftovers"]] == ["a"]
    assert "camunda:formKey" in made["leftovers"][0]["words"]


FORGETFUL = drawn(
    start(), user("a", "Call", FORM, within="1 h"), gateway("g"), user("b", "Measure"), end("e"), way("s a g"),
    flow("g", "b", "windows > 3"), flow("b", "e"), message("m", "Paid", "payment received", at="a"), flow("m", "g"),
).replace('within="1 h"', 'within="1 h" clock="always"')  # fmt: skip


async def test_runs_and_tasks_of_a_deal_and_what_is_late_or_stuck_are_found(
    manager: Api, db: Database, clock: Clock
) -> None:
    await publish(manager, FORGETFUL)
    deal = (await manager.ask("POST", "/deals", {"title": "Seven windows", "contact": 1}, status=201))["id"]
    for whose in ({"deal": deal}, {"contact": 1}):
        await manager.ask("POST", "/runs", {"process": 1, **whose}, status=201)
    assert await ids(manager, f"/runs?deal={deal}") == [1]
    (task,) = await manager.items(f"/tasks?deal={deal}")
    assert task["id"] in [each["task"] for each in (await manager.ask("GET", "/runs/1"))["steps"]]
    assert await ids(manager, "/runs?state=late") == await ids(manager, "/runs?state=stuck") == []
    clock.advance(hours=2)
    await Klarruta(db).tick()
    assert await ids(manager, "/runs?state=late") == [2, 1]
    await manager.ask("POST", "/process-messages", {"message": "payment received", "deal": deal})
    assert await ids(manager, f"/runs?state=stuck&deal={deal}") == [1]


async def test_a_stuck_run_tries_again_and_is_ended_over_the_api(manager: Api, person: Person) -> None:
    await publish(manager, FORGETFUL)
    await manager.ask("POST", "/runs", {"process": 1, "contact": 1}, status=201)
    await manager.ask("POST", "/process-messages", {"message": "payment received", "contact": 1})
    why = (await manager.ask("GET", "/runs/1"))["stuck"]
    told = await manager.ask("POST", "/runs/1/attempt", status=409)
    assert why
    assert why in str(told)
    elin = await person("Elin Sandgren", "agent", "Sales")
    await elin.ask("POST", "/runs/1/ending", {"why": "Mine"}, status=403)
    await manager.ask("POST", "/runs/1/ending", {"why": " "}, status=409)
    ended = await manager.ask("POST", "/runs/1/ending", {"why": "Sold elsewhere"})
    assert (ended["ended_at"] is not None, await ids(manager, "/runs?state=open")) == (True, [])


async def publish(manager: Api, xml: str) -> None:
    """Make a process of a diagram, and publish it."""
    await manager.ask("POST", "/processes", {"diagram": xml, "name": "Sale"}, status=201)
    await manager.ask("POST", "/processes/1/publication")


async def ids(api: Api, path: str) -> list[int]:
    """Give the ids of what a list holds."""
    return [each["id"] for each in await api.items(path)]
