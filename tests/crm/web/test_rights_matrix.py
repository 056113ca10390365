"""Every role at every door with every record: who may, may; who may not is told so and changes nothing.

The routes are those that are declared, so a new one fails here until it is known whose records it opens.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import func, select

from crm import desk, tasks
from crm.contacts import Contact, Handle
from crm.tasks import Task
from hub.audit import READ, Entry
from hub.bus import Notice
from hub.store import blobs_of
from hub.users import ROLES, Role, User, viewer
from hub.web.api import ENDPOINTS, ROOT
from hub.web.frame import has_role
from hub.web.pages import PAGES
from tests.crm.web.records import BESIDE, COMMON, CONTENT, OWNED, OWNERS, Owner, sees, task

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from hub.db import Database
    from tests.crm.web.conftest import Api, Person

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

DEPARTMENT = "Front desk"
NAMES: dict[Role, str] = {
    "agent": "Elin Sandgren",
    "head": "Sofia Hjelm",
    "manager": "Maria Berg",
    "admin": "Amir Hadad",
}
# What stands in an address beside the record.
PARTS = {
    "name": "openings", "attachment": "1", "kind": "task", "handle": "1", "entry": "1", "tag": "1", "relation": "1",
    "change": "1", "person": "1", "file": "1", "item": "1", "enclosure": "1", "move": "1", "part": "1", "trial": "1",
    "version": "1", "number": "1", "member": "1", "place": "1", "letter": "B",
}  # fmt: skip
# What every form and every endpoint is sent: enough to make sense to most, so that only rights can be in the way.
SAID = {
    "text": "They called back", "why": "Knows the house", "to": "department:1", "at": "2099-01-01T09:00",
    "contact": "new", "name": "Karin", "value": "5", "was": "", "within": "2 h", "password": "a", "mail": "",
}  # fmt: skip
SENT = {
    "/contacts/{id}/notes": {"text": "They called back"},
    "/contacts/{id}": {"name": "Karin"},
    "/contacts/{id}/merges": {"contact": 1},
    "/tasks/{id}/handover": {"department": DEPARTMENT},
    "/tasks/{id}/answers": {"answers": {}},
    "/tasks/{id}/pause": {"why": "Waits for the landlord"},
    "/appointments/{id}": {"purpose": "Measure"},
    "/deals/{id}": {"title": "Seven windows"},
    "/deals/{id}/move": {"stage": 1},
    "/deals/{id}/lines": {"lines": [{"name": "Window", "price": 100}]},
    "/deals/{id}/parts": {"parts": []},
    "/suppressions/{id}/lift": {"why": "He called"},
    "/deals/{id}/documents": {"template": "poem"},
    "/runs/{id}/moves": {"at": "call", "to": "quote", "why": "The customer came by"},
    "/runs/{id}/ending": {"why": "The customer came by"},
}
# Doors that open to the one whom a record is addressed to alone.
ADDRESSED = ("/alarms/{id}/seen",)
# Addresses that belong to whoever asks, or to nobody: no record stands in them.
OPEN = ("/signin", "/signout", "/welcome/{token}")


class Route(NamedTuple):
    """One declared door: its address, the least role, and the kind of record in it ("": none)."""

    method: str
    path: str
    role: Role
    kind: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody of a role, as the store knows him and as he asks."""

    api: Api
    user_id: int
    role: Role


def routes() -> Iterator[Route]:
    """Give every declared door."""
    for page in PAGES:
        if page.role is not None and page.path not in OPEN:
            yield Route(page.method, page.path, page.role, _kind(page.path))
    for endpoint in ENDPOINTS:
        yield Route(endpoint.method, f"{ROOT}{endpoint.path}", endpoint.role, _kind(endpoint.path))


def _kind(path: str) -> str:
    found = re.search(r"/([a-z-]+)/\{id\}", path.replace("/audit/{kind}/", "/tasks/"))
    return found[1] if found else ""


@pytest.fixture
async def guests(person: Person, db: Database, tmp_path: Path) -> list[Guest]:
    """Give somebody of each role, all of one department."""
    blobs_of(tmp_path).put_now(CONTENT)
    found = []
    for role in ROLES:
        api = await person(NAMES[role], role, DEPARTMENT)
        user_id = await db.read(lambda session, name: session.scalars(select(User.id).where(User.name == name)).one(),
                                NAMES[role])  # fmt: skip
        found.append(Guest(api, user_id, role))
    return found


def test_of_every_door_it_is_known_whose_records_it_opens() -> None:
    assert {route.kind for route in routes() if route.kind} <= {*OWNED, *COMMON}
    assert [
        route.path for route in routes() if set(re.findall(r"\{(\w+)\}", route.path)) - {"id", *PARTS}
    ] == []


@on_sqlite
@pytest.mark.parametrize("role", ROLES)
async def test_each_role_at_each_door_with_each_record(role: Role, guests: list[Guest], db: Database) -> None:
    [guest] = [guest for guest in guests if guest.role == role]
    wrong = [fault for route in routes() async for fault in _faults(db, guest, route)]
    assert not wrong, "\n".join(wrong)


async def _faults(db: Database, guest: Guest, route: Route) -> Awaitable[str]:
    for owner in OWNERS if route.kind in OWNED else OWNERS[:1]:
        path = await _address(db, guest, route, owner)
        before = await db.read(_deeds)
        status = await _asked(guest, route, path)
        expected = await db.read(_expected, guest, route, owner)
        if status not in expected or (expected is not GOOD and await db.read(_deeds) != before):
            yield f"{guest.role} {route.method} {path} ({owner}): {status}, not one of {expected}"


def _expected(session: Session, guest: Guest, route: Route, owner: Owner) -> tuple[int, ...]:
    somebody = viewer(session.get_one(User, guest.user_id))
    may = has_role(somebody, route.role)
    if not may:
        return (403, 404)
    if route.kind in OWNED and not (
        owner == "own" if route.path in ADDRESSED else sees(somebody, owner, _rule(route))
    ):
        return (404,)
    return GOOD


def _rule(route: Route) -> str:
    """Give the kind by whose rule a door opens: a person's sign-ins are more his own than his page."""
    return "sign-ins" if route.path.endswith("/sign-ins") else route.kind


# What a door answers to whom it lets in: also that what was asked makes no sense here.
GOOD = (200, 201, 202, 204, 303, 304, 400, 409, 410, 412, 415, 422, 428)


async def _asked(guest: Guest, route: Route, path: str) -> int:
    by_program = path.startswith(ROOT)
    headers = guest.api.headers if by_program else {**guest.api.headers, "HX-Request": "true"}
    sent: dict[str, object] = {}
    if route.method not in {"GET", "DELETE"}:
        body = SENT.get(route.path.removeprefix(ROOT), {})
        sent = {"json": body} if by_program else {"data": SAID}
    async with guest.api.client.request(
        route.method, path, headers=headers, allow_redirects=False, **sent
    ) as answer:
        await answer.read()
        return answer.status


async def _address(db: Database, guest: Guest, route: Route, owner: Owner) -> str:
    """Put a fresh record of this owner into an address."""
    parts = dict(PARTS)
    if route.kind:
        make = OWNED.get(route.kind) or COMMON[route.kind]
        made = await db.write(lambda session: make(session, session.get_one(User, guest.user_id), owner))
        parts["id"] = str(made)
        for name, add in BESIDE.items():
            if f"{{{name}}}" in route.path:
                parts[name] = str(await db.write(add, made))
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], route.path)


def _deeds(session: Session) -> int:
    """Count what was done; that a record was read is written down later, aside."""
    return session.scalar(select(func.count()).where(Entry.verb != READ)) or 0


@on_sqlite
@pytest.mark.timeout(900)
async def test_no_list_and_no_export_tells_of_what_is_foreign(guests: list[Guest], db: Database) -> None:
    leaks = []
    for guest in guests[:2]:
        task_id = await db.write(
            lambda session, user_id: task(session, session.get_one(User, user_id), "foreign"), guest.user_id
        )
        handles = await db.read(_handles, task_id)
        for route in routes():
            if route.method == "GET" and "{" not in route.path:
                for query in ("", f"?q={handles[0]}", "?q=utomst%C3%A5ende", "?whose=team", "?whose=all"):
                    async with guest.api.client.get(route.path + query, headers=guest.api.headers) as answer:
                        text = await answer.text(errors="replace")
                        leaks += [f"{guest.role} {route.path}{query}"] if handles[1] in text else []
    assert not leaks, "\n".join(leaks)


def _handles(session: Session, task_id: int) -> list[str]:
    contact_id = session.get_one(Task, task_id).contact_id
    return list(
        session.scalars(select(Handle.value).where(Handle.contact_id == contact_id).order_by(Handle.id))
    )


@on_sqlite
async def test_notices_reach_those_who_may_see_and_nobody_else(guests: list[Guest], db: Database) -> None:
    heard: list[Notice] = []
    db.listen(Notice, heard.append)
    wrong = []
    for guest in guests:
        for owner in OWNERS:
            heard.clear()
            await db.write(_stir, guest.user_id, owner)
            somebody = await db.read(lambda session: viewer(session.get_one(User, guest.user_id)))  # noqa: B023
            kinds = {notice.kind for notice in heard}
            wrong += [] if {"task", "contact"} <= kinds else [f"{guest.role} {owner}: only {kinds}"]
            wrong += [f"{guest.role} {owner}: {notice.kind}" for notice in heard
                      if somebody.hears(notice.audience) != sees(somebody, owner)]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def _stir(session: Session, user_id: int, owner: Owner) -> None:
    """Change a task and its contact."""
    stirred = session.get_one(Task, task(session, session.get_one(User, user_id), owner))
    tasks.changed(session, stirred, user_id, "changed")
    desk.contact_changed(session, session.get_one(Contact, stirred.contact_id))


Fault = Callable[[], str]
