"""No change goes without an entry: an admin walks through every declared door that changes something.

The doors are those that are declared, and the records those of the matrix of rights. A door that takes what it is
sent must leave an entry in the audit, unless it is known to change nothing that counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import func, select

from hub.audit import READ, Entry
from hub.store import blobs_of
from hub.users import User
from hub.web.api import ROOT
from tests.crm.web.records import CONTENT
from tests.crm.web.test_rights_matrix import Guest, Route, _address, on_sqlite, routes

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from hub.db import Database
    from tests.crm.web.conftest import Person

ACCEPTED = 400  # below this a door took what it was sent

# Doors that take something and change no record.
LOOKING = ("/preview", "/seen", "/trial", "/count", "/suggestions", "/presence")

PERSON = {
    "name": "Lena Falk",
    "email": "lena@klarruta.example",
    "role": "agent",
    "department": "",
    "extension": "",
}
PLACE = {"name": "Workshop", "distribution": "turn", "head": "", "deputy": ""}
AWAY = {"user": "1", "since": "2099-01-01", "until": "2099-01-02", "why": "Holidays", "substitute": ""}
POLICY = {"minutes": "30", "reminders": "10", "step_after": "30", "step_who": "head"}

# What a door needs to take it; others get along with this.
SAID = {"text": "They called back", "why": "Knows the house", "to": "department:1", "at": "2099-01-01T09:00",
        "value": "5", "name": "Karin"}  # fmt: skip
SENT: dict[str, dict[str, object]] = {
    "/people": PERSON, "/people/{id}": {**PERSON, "email": "karl@klarruta.example"}, "/departments": PLACE,
    "/departments/{id}": {**PLACE, "name": "Stores"}, "/absences": AWAY, "/policies/{id}": POLICY,
    "/tasks": {"title": "Ring the landlord"}, "/contacts": {"name": "Karin"},
    "/tasks/{id}/handover": {"to": "department:1", "why": "Knows the house"},
    f"{ROOT}/tasks": {"title": "Ring the landlord"}, f"{ROOT}/contacts": {"name": "Karin"},
    f"{ROOT}/contacts/{{id}}": {"name": "Karin"}, f"{ROOT}/contacts/{{id}}/notes": {"text": "They called back"},
    f"{ROOT}/tasks/{{id}}/handover": {"department": "Front desk"}, f"{ROOT}/tasks/{{id}}/pause": {"why": "Waits"},
}  # fmt: skip


class Outcome(NamedTuple):
    """What a door answered, and whether the audit grew."""

    door: str
    status: int
    grew: bool


@pytest.fixture
async def admin(person: Person, db: Database, tmp_path: Path) -> Guest:
    """Give an admin."""
    blobs_of(tmp_path).put_now(CONTENT)
    api = await person("Amir Hadad", "admin", "Front desk")
    user_id = await db.read(
        lambda session: session.scalars(select(User.id).where(User.role == "admin")).one()
    )
    return Guest(api, user_id, "admin")


@on_sqlite
async def test_no_change_goes_without_an_entry(admin: Guest, db: Database) -> None:
    outcomes = [await _drive(db, admin, route) for route in routes() if _changes(route)]
    taken = [each for each in outcomes if each.status < ACCEPTED]
    assert [each.door for each in taken if not each.grew] == []
    refused = [f"{each.door}: {each.status}" for each in outcomes if each.status >= ACCEPTED]
    assert len(taken) > len(refused), refused  # most of them are really driven


def _changes(route: Route) -> bool:
    return route.method != "GET" and not route.path.endswith(LOOKING)


async def _drive(db: Database, admin: Guest, route: Route) -> Outcome:
    """Go through one door with a fresh record of one's department's (of a person: a colleague)."""
    path = await _address(db, admin, route, "department")
    before = await db.read(_deeds)
    by_program = path.startswith(ROOT)
    headers = admin.api.headers if by_program else {**admin.api.headers, "HX-Request": "true"}
    body = SENT.get(route.path, {} if by_program else SAID)
    sent: dict[str, object] = {} if route.method == "DELETE" else {"json" if by_program else "data": body}
    async with admin.api.client.request(
        route.method, path, headers=headers, allow_redirects=False, **sent
    ) as answer:
        await answer.read()
        status = answer.status
    return Outcome(f"{route.method} {route.path}", status, await db.read(_deeds) > before)


def _deeds(session: Session) -> int:
    return session.scalar(select(func.count()).where(Entry.verb != READ)) or 0
