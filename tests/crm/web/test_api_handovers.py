"""Hand-over by the API: all that somebody has or a part of it, to one or several, with a list, and taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, tasks
from crm.calendars import Absence
from crm.deals import Deal
from crm.pipelines import Stage
from crm.setup import setup
from hub.clock import now
from hub.db import Database
from hub.users import add_user, find_user
from tests.crm.web.conftest import Api, Person


@pytest.fixture
async def ebba(db: Database, api: Api) -> int:
    """Give Ebba, who has a contact, a deal and two tasks, and Olle, who is to have some of it."""
    del api

    def make(session: Session) -> int:
        ebba = add_user(session, "ebba@klarruta.example", "Ebba Sand", "agent", None).id
        add_user(session, "olle@klarruta.example", "Olle Berg", "agent", None)
        contact_id = contacts.add_contact(session, "Karin Ekdahl", responsible_id=ebba)
        stage = session.scalars(select(Stage).order_by(Stage.pipeline_id, Stage.position)).first()
        assert stage is not None
        session.add(Deal(title="Seven windows", contact_id=contact_id, pipeline_id=stage.pipeline_id, stage_id=stage.id,
                         value=0, currency="SEK", responsible_id=ebba))  # fmt: skip
        for title in ("Call Karin", "Write to Karin"):
            tasks.add_task(session, title=title, kind="call", why="", contact_id=contact_id, department_id=None,
                           assignee_id=ebba, why_me="", created_at=now())  # fmt: skip
        return ebba

    return await db.write(make)


async def other(db: Database, name: str) -> int:
    """Give somebody's number."""
    return await db.read(lambda session: find_user(session, f"{name}@klarruta.example").id)


async def test_all_that_somebody_has_goes_to_one_and_comes_back(api: Api, db: Database, ebba: int) -> None:
    held = (await api.ask("GET", f"/belongings?user={ebba}"))["items"]
    assert sorted((each["kind"], each["name"]) for each in held) == [
        ("contact", "Karin Ekdahl"), ("deal", "Seven windows"), ("task", "Call Karin"), ("task", "Write to Karin"),
    ]  # fmt: skip
    olle = await other(db, "olle")
    deed = await api.ask("POST", "/handovers", {"user": ebba, "assignee": olle, "why": "Leaves"}, status=201)
    assert {each["assignee"] for each in deed["items"]} == {olle}
    assert (await api.ask("GET", f"/belongings?user={ebba}"))["items"] == []
    assert len((await api.ask("GET", f"/belongings?user={olle}"))["items"]) == 4
    back = await api.ask("DELETE", f"/handovers/{deed['id']}")
    assert all(each["returned_at"] and not each["left_why"] for each in back["items"])
    assert (await api.ask("GET", f"/belongings?user={ebba}"))["items"] == held
    await api.ask("DELETE", f"/handovers/{deed['id']}", status=409)


async def test_each_may_go_to_somebody_else(api: Api, db: Database, ebba: int) -> None:
    first, second = [
        each["id"]
        for each in (await api.ask("GET", f"/belongings?user={ebba}"))["items"]
        if each["kind"] == "task"
    ]
    olle = await other(db, "olle")
    place = await db.read(lambda session: next(iter(setup(session).departments.values())).name)
    body = {
        "department": place, "items": [{"kind": "task", "id": first}, {"kind": "task", "id": second, "assignee": olle}],
    }  # fmt: skip
    deed = await api.ask("POST", "/handovers", {"user": ebba, **body}, status=201)
    assert await api.ask("GET", f"/handovers/{deed['id']}") == deed
    went = {each["id"]: (each["assignee"], each["department"]) for each in deed["items"]}
    assert went == {first: (None, place), second: (olle, None)}
    left = (await api.ask("GET", f"/belongings?user={ebba}"))["items"]
    assert {each["kind"] for each in left} == {"contact", "deal"}


@pytest.mark.parametrize(
    "body", [{}, {"assignee": 987_654}, {"department": "Nowhere"}, {"items": [{"kind": "task", "id": 1}]}]
)
async def test_what_cannot_go_is_said_and_nothing_goes(api: Api, ebba: int, body: dict[str, object]) -> None:
    before = await api.ask("GET", f"/belongings?user={ebba}")
    refused = await api.ask("POST", "/handovers", {"user": ebba, **body}, status=409)
    assert refused["errors"]
    both = {"assignee": ebba, "department": "Sales"}
    await api.ask("POST", "/handovers", {"user": ebba, **both}, status=409)
    await api.ask("POST", "/handovers", {"user": ebba, "assignee": ebba}, status=409)  # to himself
    assert await api.ask("GET", f"/belongings?user={ebba}") == before


async def test_who_is_not_there_and_what_no_scope_opens(api: Api, program: Person, ebba: int) -> None:
    await api.ask("GET", "/belongings?user=987654", status=409)
    await api.ask("GET", "/handovers/987654", status=404)
    reader = await program("users:read")
    await reader.ask("GET", f"/belongings?user={ebba}")
    await reader.ask("POST", "/handovers", {"user": ebba, "department": "Sales"}, status=403)
    await (await program("deals:read")).ask("GET", f"/belongings?user={ebba}", status=403)


async def test_whoever_gives_to_somebody_who_is_away_is_told(api: Api, db: Database, ebba: int) -> None:
    olle, moment = await other(db, "olle"), now()
    gone = {
        "user_id": olle,
        "since": moment,
        "until": moment + timedelta(days=3),
        "why": "Ill",
        "substitute_id": None,
    }
    await db.write(lambda session: session.add(Absence(**gone)))
    deed = await api.ask("POST", "/handovers", {"user": ebba, "assignee": olle, "why": "Leaves"}, status=201)
    (told,) = deed["warnings"]
    assert told.startswith("Olle Berg is away until ")
    assert (await api.ask("DELETE", f"/handovers/{deed['id']}"))["warnings"] == []
