"""No change goes without an entry: an admin walks through every declared door that changes something.

The doors are those that are declared, and the records those of the matrix of rights. A door that takes what it is
sent must leave an entry in the audit, unless it is known to change nothing that counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import func, select

from hub.audit import READ, Entry
from hub.db import Base
from hub.store import blobs_of
from hub.users import User
from hub.web.api import ROOT
from tests.crm.web.records import COMMON, CONTENT, OWNED, PRIVATE, PROCESS
from tests.crm.web.test_rights_matrix import PARTS, Guest, Route, _address, on_sqlite, routes

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from hub.db import Database
    from tests.crm.web.conftest import Person

# Tables that move by themselves, or tell of work and not of records; so do the search and the look-out for duplicates.
ASIDE = frozenset(
    {
        "letter_drafts",
        "letter_draft_files",
        "chat_drafts",
        "chat_draft_files",
        "duplicate_looks",
        "likeness_keys",
        "duplicate_pairs",
        "channel_silences",
    }
) | frozenset(
    {"audit", "sign_ins", "api_tokens", "idempotency", "failed_sign_ins", "company", "outbox", "inbound"}
)

# Doors that take something and change no record.
LOOKING = (  # a trial stands in the journal
    "/campaigns/{id}/draft",  # the page keeps it
    "/campaigns/{id}/check",  # the network is asked
    "/campaigns/{id}/checks",
    "/trials",
    "/preview",
    "/rehearsals",
    "/seen",
    "/told",
    "/trial",
    "/count",
    "/suggestions",
    "/presence",
    "/answer",  # what is being written is nobody else's yet
    "/answer/files",
    "/typing",
)

PERSON = {
    "name": "Lena Falk",
    "email": "lena@klarruta.example",
    "role": "agent",
    "department": "",
    "extension": "",
}
PLACE = {"name": "Workshop", "distribution": "turn", "head": "", "deputy": ""}
AWAY = {"user": "1", "since": "2099-01-01", "until": "2099-01-02", "why": "Holidays", "substitute": ""}
POLICY = {"within": "30", "reminders": "10", "step_after": "0", "step_who": "head"}

# What a door needs to take it; others get along with this.
SAID = {"text": "They called back", "why": "Knows the house", "to": "department:1", "at": "2099-01-01T09:00",
        "value": "5", "name": "Karin"}  # fmt: skip
SENT: dict[str, dict[str, object]] = {
    "/people": PERSON, "/people/{id}": {**PERSON, "email": "karl@klarruta.example"}, "/departments": PLACE,
    "/call-guides/{id}": {"script": "Greeting:\n\nSay who you are", "required": "on"},
    "/call-guides/{id}/results": {"words": "Settled", "key": "1"},
    "/callers": {"number": "0701740699", "list": "blocked"},
    "/departments/{id}/recordings": {"heard_by": "heads", "days": "30"},
    "/call-results/{id}": {"words": "Settled for good", "key": "8"},
    "/call-guides/{id}/rescue": {"most": "3", "again": "15", "say": ""},
    "/popups/{id}/note": {"text": "", "was": "Twelve windows"},  # told at its beginning and its end, not as it is typed
    "/popups/{id}/task": {"title": "Ring the landlord", "when": "tomorrow"},
    "/first-answers/{id}": {"greeting": "Hello"},
    "/departments/{id}": {**PLACE, "name": "Stores"}, "/absences": AWAY, "/policies/{id}": POLICY,
    "/channels/{id}/token": {"term": "day"},
    "/people/{id}/softphone": {"sip_user": "104", "secret": "seven green doors"},
    "/deals": {"title": "Seven windows", "contact_id": "1"}, "/deals/{id}": {"title": "Eight windows"},
    "/deals/{id}/parts": {"contact_id": "1", "role": "Architect"},
    "/deals/{id}/lines": {"name": "Window", "product": "", "quantity": "1", "unit": "pc", "price": "100",
                          "discount": "", "tax": "25"},
    "/pipelines": {"name": "Homes"}, "/pipelines/{id}": {"name": "Cabins"},
    "/pipelines/{id}/openings": {"channel": "website"},
    "/stages/{id}": {"name": "Agreed", "probability": "80"},
    "/trades": {"trade": "bank", "language": "en"},
    "/stages/{id}/robot": {"kind": "task", "text": "Call"}, "/processes": {"name": "Repairs"},
    "/campaigns": {"name": "News", "start": "letter"}, "/campaigns/{id}": {"name": "Other news"},
    "/campaigns/{id}/recipients": {"frozen": "0", "since": "08:00", "until": "20:00"},
    "/paces/{id}": {"per_hour": "500"}, "/paces/{id}/domains": {"domain": "gmail.com", "per_hour": "50"},
    f"{ROOT}/campaigns": {"name": "News"}, f"{ROOT}/campaigns/{{id}}": {"name": "Other news"},
    f"{ROOT}/campaigns/{{id}}/unknown": {"again": True},
    "/sequences": {"name": "Welcome", "list": "1"}, "/sequences/{id}": {"name": "Greeting"},
    "/sequences/{id}/steps": {"kind": "wait", "wait": "2 days"}, "/sequences/{id}/steps/{place}": {"do": "down"},
    "/campaigns/{id}/content": {"row": "0", "kind-0": "text", "words-0": "Hello"},
    "/processes/{id}/draft": {"diagram": PROCESS}, "/deals/{id}/runs": {"process": "1"},
    "/lost-reasons": {"name": "Too dear"}, "/lost-reasons/{id}": {"name": "Too late"},
    "/mailing-lists": {"name": "News", "words": "Yes, write to me.", "language": "en"},
    "/mailing-lists/{id}": {"name": "Offers", "words": "Yes, write to me.", "language": "en"},
    "/suppressions": {"value": "karin@nyman.example", "list": "", "words": "Wrote to us"},
    f"{ROOT}/mailing-lists": {"name": "Fairs", "words": "Yes, write to me."},
    f"{ROOT}/consents": {"list": 1, "address": "karin@nyman.example", "state": "given", "words": "In the shop"},
    f"{ROOT}/suppressions": {"address": "erik@berg.example", "words": "Wrote to us"},
    f"{ROOT}/suppressions/{{id}}/lift": {"why": "He called"},
    "/products": {"code": "W-1", "name": "Window", "price": "100"},
    "/products/{id}": {"code": "W-2", "name": "Window", "price": "200"},
    "/deals/{id}/documents": {"template": "quote", "language": "en"}, "/documents/{id}/sending": {"by": "link"},
    "/document-templates": {"name": "Poem", "format": "pdf", "pattern": "P-{number}"},
    "/document-templates/{id}": {"pattern": "N-{number:04}"}, "/document-templates/{id}/trials": {"text": "Words"},
    "/visits": {"contact_id": "1", "at": "2027-03-01T10:00", "person": "1", "minutes": "30", "travel": "0"},
    "/visits/{id}": {"at": "2027-03-01T12:00", "person": "1", "minutes": "30", "travel": "0"},
    "/visits/{id}/moves": {"at": "2027-03-01T14:00", "person": "1"},
    "/visits/{id}/signature": {"signer": "Karin", "key": "k1"},
    "/visit-settings": {"minutes": "50", "travel": "10"},
    f"{ROOT}/appointments": {"contact": 1, "person": 1, "starts_at": "2027-03-01T16:00:00Z", "minutes": 30},
    f"{ROOT}/appointments/{{id}}": {"address": "Storgatan 2"},
    "/deals/{id}/invoices": {"part": "all", "language": "en"}, "/invoices/{id}/issue": {"due": ""},
    "/payments/{id}/refunds": {"amount": "1"},
    f"{ROOT}/payments": {"amount": 5, "currency": "SEK", "paid_on": "2026-01-02"},
    f"{ROOT}/payments/{{id}}/refunds": {"amount": 5, "paid_on": "2026-01-02"},
    f"{ROOT}/bank-statements": {"content": "RGF0dW07QmVsb3BwCjIwMjYtMTEtMjY7MTIsNTAK"},
    "/tasks": {"title": "Ring the landlord"}, "/contacts": {"name": "Karin"},
    "/tasks/{id}/handover": {"to": "department:2", "why": "Knows the house"},
    f"{ROOT}/tasks": {"title": "Ring the landlord"}, f"{ROOT}/contacts": {"name": "Karin"},
    f"{ROOT}/contacts/{{id}}": {"name": "Karin"}, f"{ROOT}/contacts/{{id}}/notes": {"text": "They called back"},
    f"{ROOT}/handovers": {"user": 1, "department": "Sales"},
    f"{ROOT}/tasks/{{id}}/handover": {"department": "Sales"}, f"{ROOT}/tasks/{{id}}/pause": {"why": "Waits"},
    f"{ROOT}/deals": {"contact": 1, "title": "Seven windows"}, f"{ROOT}/deals/{{id}}": {"title": "Eight windows"},
    f"{ROOT}/deals/{{id}}/move": {"stage": 8, "lost_reason": 1},
    f"{ROOT}/deals/{{id}}/lines": {"lines": [{"name": "Window", "price": 100}]},
    f"{ROOT}/deals/{{id}}/parts": {"parts": [{"contact": 1, "role": "Landlord"}]},
    f"{ROOT}/deals/{{id}}/documents": {"template": "quote"},
    f"{ROOT}/products": {"code": "D-1", "name": "Door", "price": 5}, f"{ROOT}/products/{{id}}": {"price": 7},
}  # fmt: skip


# What is done first where a door takes something back.
FIRST = {
    "/absences/{id}/end": ("DELETE", "/absences/{id}"),
    "/channels/{id}/token/old": ("POST", "/channels/{id}/token"),
    "/call-results/{id}/retirement": ("DELETE", "/call-results/{id}"),
    "/departments/{id}/retirement": ("DELETE", "/departments/{id}"),
}  # fmt: skip


class Outcome(NamedTuple):
    """What a door answered, which tables it moved, and whether the audit grew."""

    door: str
    status: int
    moved: list[str]
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
@pytest.mark.timeout(900)
async def test_no_change_goes_without_an_entry(admin: Guest, db: Database) -> None:
    outcomes = [await _drive(db, admin, route) for route in routes() if _changes(route)]
    silent = [f"{each.door}: {', '.join(each.moved)}" for each in outcomes if each.moved and not each.grew]
    assert not silent, "\n".join(silent)
    still = [f"{each.door}: {each.status}" for each in outcomes if not each.moved]
    assert len(outcomes) > 2 * len(still), "\n".join(still)  # most of them are really driven


def _changes(route: Route) -> bool:
    """Tell whether a door changes something; of whose records it opens the matrix of rights must know."""
    known = set(re.findall(r"\{(\w+)\}", route.path)) <= {"id", *PARTS} and route.kind in {
        "",
        *OWNED,
        *COMMON,
    }
    if not known:
        return False
    return route.method != "GET" and not route.path.endswith(LOOKING)


async def _drive(db: Database, admin: Guest, route: Route) -> Outcome:
    """Go through one door with a fresh record of one's department's (of a person: a colleague), or of one's own."""
    path = await _address(db, admin, route, "own" if route.kind in PRIVATE else "department")
    if route.path in FIRST:
        method, before_it = FIRST[route.path]
        number = re.search(r"/(\d+)", path)
        await _press(admin, method, before_it, before_it.replace("{id}", number[1] if number else ""))
    elif route.method == "DELETE":
        await _press(admin, "POST", route.path, path)
    before, deeds = await db.read(_store), await db.read(_deeds)
    status = await _press(admin, route.method, route.path, path)
    after = await db.read(_store)
    moved = [name for name, rows in after.items() if rows != before[name]]
    return Outcome(f"{route.method} {route.path}", status, moved, await db.read(_deeds) > deeds)


async def _press(admin: Guest, method: str, declared: str, path: str) -> int:
    by_program = path.startswith(ROOT)
    headers = admin.api.headers if by_program else {**admin.api.headers, "HX-Request": "true"}
    body = SENT.get(declared, {} if by_program else SAID)
    sent: dict[str, object] = {} if method == "DELETE" else {"json" if by_program else "data": body}
    async with admin.api.client.request(
        method, path, headers=headers, allow_redirects=False, **sent
    ) as answer:
        await answer.read()
        return answer.status


def _store(session: Session) -> dict[str, int]:
    """Give what is in each table, as a number."""
    return {
        table.name: hash(str(session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
        if table.name not in ASIDE and not table.name.startswith("search_")
    }


def _deeds(session: Session) -> int:
    return session.scalar(select(func.count()).where(Entry.verb != READ)) or 0
