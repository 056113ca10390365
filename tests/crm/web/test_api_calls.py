"""Calls over the API: exactly what was promised, found by contact, time and outcome, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from hub.db import Database
from hub.events import Transfer
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.web.conftest import Api, Person

BO = "+46701740613"
PROMISED = {
    "id", "channel", "direction", "customer", "name", "withheld", "dialled", "queue", "rang", "talks", "holds",
    "transfers", "outcome", "ended_by", "cause", "recorded", "started_at", "answered_at", "ended_at", "contact", "task",
}  # fmt: skip


@pytest.fixture
async def pbx(api: Api, db: Database) -> Switchboard:
    """Give the PBX of the hub; nobody sits at its telephones."""
    del api
    made = Switchboard(Klarruta(db))
    await made.firm.do(lambda session: session.add(made.row()))
    return made


async def test_a_call_has_the_promised_shape(pbx: Switchboard, api: Api) -> None:
    handed = (Transfer("blind", "101", "102"),)
    await pbx.talks(name="Karin", dialled="+46313900670", transfers=handed, holds=1, cause=16)
    (call,) = await api.items("/calls")
    assert call.keys() == PROMISED
    assert call["talks"] == [{"extension": "101", "seconds": 192.0}]
    assert call["transfers"] == [{"kind": "blind", "by": "101", "to": "102"}]
    assert (call["channel"], call["direction"], call["customer"]) == ("pbx", "inbound", KARIN)
    assert (call["rang"], call["holds"], call["cause"], call["contact"]) == (["101", "102"], 1, 16, 1)
    assert (call["outcome"], call["ended_by"], call["task"]) == ("answered", "customer", None)
    assert await api.ask("GET", "/calls/1") == call
    await api.ask("GET", "/calls/2", status=404)


async def test_calls_are_found_by_contact_time_and_outcome(pbx: Switchboard, api: Api) -> None:
    await pbx.misses()
    await pbx.talks(BO)

    async def ids(query: str) -> list[object]:
        return [call["id"] for call in await api.items(f"/calls?{query}")]

    assert await ids("") == [2, 1]
    assert await ids("contact=1") == await ids("outcome=abandoned") == [1]
    assert await ids("contact=9") == await ids("outcome=busy") == []
    started = str((await api.items("/calls"))[0]["started_at"])
    assert await ids(f"since={started}") == [2]
    assert await ids("since=0001-01-01T00:00:00%2B14:00") == [2, 1]
    assert await ids("since=9999-12-31T23:59:59-14:00") == []
    for wrong in ("since=yesterday", "since=2026-01-01T00:00:00", "outcome=lost", "contact=0", "who=me"):
        await api.ask("GET", f"/calls?{wrong}", status=422)


async def test_pages_follow_each_other(pbx: Switchboard, api: Api) -> None:
    for _ in range(3):
        await pbx.misses()
    page = await api.ask("GET", "/calls?limit=2")
    assert [call["id"] for call in page["items"]] == [3, 2]
    assert [call["id"] for call in await api.items(f"/calls?limit=2&cursor={page['next']}")] == [1]


async def test_a_missed_call_names_its_task_and_a_hidden_number_nobody(pbx: Switchboard, api: Api) -> None:
    await pbx.misses()
    await pbx.misses(None, withheld=True)
    hidden, missed = await api.items("/calls")
    assert missed["task"] == (await api.items("/tasks"))[0]["id"]
    assert (hidden["customer"], hidden["withheld"], hidden["contact"], hidden["task"]) == (
        None,
        True,
        None,
        None,
    )


async def test_rights_and_scopes_hold(
    pbx: Switchboard, program: Callable[..., Awaitable[Api]], person: Person
) -> None:
    await pbx.misses()
    omar = await person("Omar Nasser", "agent", "Service")
    assert await omar.items("/calls") == []
    await omar.ask("GET", "/calls/1", status=404)
    await (await program("contacts:read")).ask("GET", "/calls", status=403)
    assert len(await (await program("calls:read")).items("/calls")) == 1
