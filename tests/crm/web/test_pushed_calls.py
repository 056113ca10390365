"""Calls that a PBX pushes to the hub: the popup is at the telephone that rings, and an end that never comes is made."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, pushed_calls
from crm.calls import Call
from crm.contacts import PHONE
from crm.tasks import Task
from hub.channels import Channel
from hub.clock import Clock
from hub.db import Database
from hub.users import find_user
from hub.web import keys
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles
from tests.eventually import eventually

KARIN = "+46701740612"
SESAME = "sesame"
Push = Callable[..., object]


@pytest.fixture
async def push(firm: Klarruta, client: TestClient, consoles: Consoles) -> Push:
    """Give what tells the hub of a call, as a PBX would; Elin sits at 101, Johan at 102."""
    del consoles

    def furnish(session: Session) -> None:
        session.add(Channel(id=9, name="calls", title="Telephone company", kind="telephony", token=SESAME,
                            settings={"telephones": ["Elin Sandgren = 101"]}))  # fmt: skip
        for name, extension in (("elin", "101"), ("johan", "102")):
            find_user(session, f"{name}@klarruta.example").extension = extension
        contacts.add_contact(session, "Karin Ekdahl", [(PHONE, KARIN)])

    await firm.db.write(furnish)
    await client.server.app[keys.CHANNELS].load()

    async def tell(event: str, **more: str) -> None:
        told = {"event": event, "from": KARIN, "to": "+4684650404", "direction": "in", "callId": "c1", **more}
        async with client.post("/in/calls/sesame", json=told) as answer:
            assert (answer.status, await answer.text()) == (200, "{}")

    return tell


async def shows(consoles: Consoles, name: str, words: str) -> None:
    async def said() -> bool:
        shown = (await consoles.part(name, "/popups")).words
        return words in shown if words else not shown

    await eventually(said, 15)


async def calls(db: Database) -> list[Call]:
    return list(await db.read(lambda session: session.scalars(select(Call).order_by(Call.id)).all()))


async def test_the_popup_is_at_the_telephone_that_rings_and_goes_with_the_call(
    push: Push, consoles: Consoles, firm: Klarruta
) -> None:
    await push("newCall", **{"user[]": "Elin Sandgren"})
    await shows(consoles, "Elin", "Karin Ekdahl")
    assert (await consoles.part("Johan", "/popups")).words == ""
    await push("answer", answeringNumber="101")
    await shows(consoles, "Elin", "In talk")
    assert "Hang up" not in (await consoles.part("Elin", "/popups")).words  # this PBX is told nothing
    await push("hangup", cause="normalClearing")
    await shows(consoles, "Elin", "")
    (call,) = await calls(firm.db)
    assert (call.outcome, call.silent_at, [talk.extension for talk in call.spoken]) == (
        "answered",
        None,
        ["101"],
    )


async def test_her_console_is_told_at_once(push: Push, consoles: Consoles) -> None:
    cookie = await consoles._cookie("Elin")
    headers = {"Cookie": f"ringback={cookie}", "Sec-Fetch-Site": "same-origin"}
    origin = str(consoles.client.make_url("")).rstrip("/")
    async with consoles.client.ws_connect("/live", headers=headers, origin=origin) as socket:
        await push("newCall", **{"user[]": "Elin Sandgren"})

        async def popup() -> bool:
            told = (await socket.receive_str(timeout=10)).splitlines()
            return "popup" in [json.loads(each)["kind"] for each in told]

        await eventually(popup, 15)


async def test_a_call_in_vain_is_a_task_to_call_back(push: Push, firm: Klarruta) -> None:
    await push("newCall", **{"user[]": "Elin Sandgren"})
    await push("hangup", cause="cancel")

    async def asked() -> list[str]:
        return list(await firm.db.read(lambda session: session.scalars(select(Task.title)).all()))

    assert await eventually(asked, 15) == ["Call back Karin Ekdahl"]


async def test_who_dials_again_at_once_is_seen_though_his_pbx_says_the_same_key(
    push: Push, consoles: Consoles, firm: Klarruta, clock: Clock
) -> None:
    await push("newCall", **{"user[]": "Elin Sandgren"})
    await shows(consoles, "Elin", "Karin Ekdahl")
    await push("hangup", cause="cancel")
    await shows(consoles, "Elin", "")
    clock.advance(seconds=20)
    await push("newCall", **{"user[]": "Elin Sandgren"})
    await shows(consoles, "Elin", "Karin Ekdahl")
    await push("answer", answeringNumber="101")
    await push("hangup", cause="normalClearing")
    await shows(consoles, "Elin", "")
    assert [call.outcome for call in await calls(firm.db)] == ["abandoned", "answered"]


async def test_a_call_whose_end_never_comes_is_ended_and_nobody_says_how(
    push: Push, consoles: Consoles, firm: Klarruta, clock: Clock
) -> None:
    await push("newCall", **{"user[]": "Elin Sandgren"})
    await shows(consoles, "Elin", "Karin Ekdahl")
    clock.advance(minutes=29)
    (call,) = await calls(firm.db)
    await firm.db.write(pushed_calls.end, call.id)
    assert (await calls(firm.db))[0].ended_at is None
    clock.advance(minutes=2)
    await firm.db.write(pushed_calls.end, call.id)
    (call,) = await calls(firm.db)
    assert (call.outcome, call.silent_at, call.interaction_id is not None) == ("unknown", None, True)
    await shows(consoles, "Elin", "")


async def test_the_timer_ends_it_by_itself(push: Push, firm: Klarruta, clock: Clock) -> None:
    await push("newCall")
    await eventually(lambda: calls(firm.db), 15)
    clock.advance(minutes=31)

    async def over() -> bool:
        return (await calls(firm.db))[0].ended_at is not None

    await eventually(over, 20)
