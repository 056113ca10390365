"""A hub is killed while people call, another one is not: when the first is back, both know the same of every call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import calls
from crm.calls import Call
from crm.conversations import Interaction
from crm.tasks import Task
from hub.channels import Channel
from hub.clock import now
from hub.store import open_store
from tests.connectors.asterisk.stage import ANOTHER, CUSTOMER, DIRECT, Stage, on_stage
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

THIRD, FOURTH = "+46701740608", "+46701740609"
CAUGHT_UP = 30  # seconds


class Known(msgspec.Struct, frozen=True):
    """What a hub knows of a call, as people see it."""

    customer: str | None
    outcome: str | None
    ended_by: str | None
    rang: list[str]
    talked: list[str]
    queue: str
    line: str
    counts: bool
    called_back: list[bool]


async def hub_of(asterisk: Asterisk, data: Path, **settings: str) -> Hub:
    """Give a running hub that hears this PBX."""
    made = Hub(data)
    made.start()
    await made.listening()
    told = {"secret": asterisk.secret, "recorded_in": str(asterisk.recordings), **settings}
    file = data.with_suffix(".toml")
    write(file, port=asterisk.ami_port, **told)
    made.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(file))
    await eventually(lambda: hears(made), 30)
    return made


def write(file: Path, **settings: object) -> None:
    """Write settings as a person does."""
    file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))


async def hears(hub: Hub) -> bool:
    """Tell whether a hub hears its PBX and has worked off all that it heard."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        told = await answer.text()
    return "ringback_channels_heard 1" in told and "\nringback_journal_waiting 0\n" in told


@pytest.fixture
async def stage(asterisk: Asterisk) -> AsyncIterator[Stage]:
    """Everybody at his telephone."""
    async with on_stage(asterisk) as given:
        yield given


@pytest.fixture
async def deaf(asterisk: Asterisk, tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a hub that is to be killed; what it misses is written down."""
    made = await hub_of(asterisk, tmp_path / "deaf", cel_file=str(asterisk.cel_file))
    yield made
    made.stop()


@pytest.fixture
async def keen(asterisk: Asterisk, tmp_path: Path) -> AsyncIterator[Hub]:
    """Give a hub that hears everything."""
    made = await hub_of(asterisk, tmp_path / "keen")
    yield made
    made.stop()


async def known(hub: Hub, began: datetime) -> list[Known]:
    """Give what a hub knows of all calls since a moment."""
    async with open_store(hub.data) as db:
        return await db.read(read, began)


def read(session: Session, began: datetime) -> list[Known]:
    found = []
    for call in session.scalars(select(Call).where(Call.started_at >= began).order_by(Call.key)):
        line = session.get(Interaction, call.interaction_id) if call.interaction_id else None
        tasks = session.scalars(select(Task).where(
            Task.contact_id == call.contact_id, Task.kind == "call",
            Task.created_at >= began,  # whoever wrote down calls wrote down those of the minute before as well
        ))  # fmt: skip
        found.append(Known(
            customer=call.customer, outcome=call.outcome, ended_by=call.ended_by, rang=sorted(call.rang),
            talked=[talk.extension for talk in call.spoken], queue=call.queue,
            line=line.summary.partition(",")[0] if line else "", counts=bool(line and line.counts_as_contact),
            called_back=[task.done_at is None for task in tasks],
        ))  # fmt: skip
    return found


async def is_made_good(hub: Hub) -> bool:
    """Tell whether a hub has found out what it missed and worked it off."""
    async with open_store(hub.data) as db:
        channel = await db.read(
            lambda session: session.scalars(select(Channel).where(Channel.name == "pbx")).one()
        )
    return channel.filled is not None and channel.missed_since is None and await hears(hub)


async def knows_one_that_talks_and_one_that_rings(hub: Hub) -> bool:
    """Tell whether a hub has heard how things stand when it is to be killed."""
    async with open_store(hub.data) as db:
        living = await db.read(lambda session: [bool(call.talking) for call in calls.live(session)])
    return sorted(living) == [False, True]


@pytest.mark.timeout(240)
async def test_both_know_the_same(stage: Stage, deaf: Hub, keen: Hub) -> None:
    began = now()
    heard, _ = await stage.connected(who=FOURTH)  # heard by both
    heard.hangs_up()
    await stage.quiet()  # else her telephone may be busy still
    talking, _ = await stage.connected()  # answered before, ended in the gap
    ringing = await stage.customer_calls(DIRECT, ANOTHER)  # rings before, given up in the gap
    await stage.a_while()
    await eventually(lambda: knows_one_that_talks_and_one_that_rings(deaf))
    deaf.kill()
    talking.hangs_up()
    ringing.hangs_up()
    await stage.quiet()
    for who in (ANOTHER, THIRD):  # wholly in the gap, in vain
        in_vain = await stage.customer_calls(DIRECT, who)
        await stage.rings("101", in_vain.story)
        in_vain.hangs_up()
        await stage.quiet()
    answered, _ = await stage.connected(who=ANOTHER)  # wholly in the gap: he gets through
    answered.hangs_up()
    out = await stage.dials("101", "0701740607")  # and one of ours calls
    outside = await stage.rings("customer", out.story)
    outside.answers()
    await stage.a_while()
    out.hangs_up()
    await stage.quiet()
    deaf.start()
    await deaf.listening()
    await eventually(lambda: is_made_good(deaf), CAUGHT_UP)
    await eventually(lambda: hears(keen))
    assert await known(deaf, began) == await known(keen, began)
    assert {call.customer: call.called_back for call in await known(deaf, began)} == {
        CUSTOMER: [], FOURTH: [], ANOTHER: [False], THIRD: [True], "+46701740607": [],
    }  # fmt: skip
    deaf.kill()
    deaf.start()
    await deaf.listening()
    await eventually(lambda: is_made_good(deaf), CAUGHT_UP)
    assert await known(deaf, began) == await known(keen, began)
