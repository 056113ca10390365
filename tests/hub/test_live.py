"""Live consoles: everybody hears what is for him, and a sign-in's end is the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import signin
from hub.bus import Audience, LocalBus, Notice
from hub.clock import Clock
from hub.db import Database
from hub.languages import listener
from hub.live import HELLO, LIVE, QUEUE, Console, Fragment, LivePool
from hub.settings import Settings
from hub.users import User, Viewer, add_user
from hub.web import console, keys, shell
from tests.eventually import eventually

Client = TestClient[web.Request, web.Application]
Join = Callable[[str], Awaitable[ClientWebSocketResponse]]

TASK = {"kind": "task", "id": 7}


@pytest.fixture
def bus() -> LocalBus:
    """Give the bus."""
    return LocalBus()


@pytest.fixture
async def client(db: Database, bus: LocalBus, aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    """Give a hub that has nothing but /live."""
    app = web.Application(middlewares=[shell.identify])
    app[keys.DB], app[keys.SETTINGS], app[LIVE] = db, Settings(), LivePool(db, bus)
    app.router.add_get("/live", console.live)
    return await aiohttp_client(app)


@pytest.fixture
def join(db: Database, client: Client) -> Join:
    """Give what opens a console for somebody of a role."""

    async def go(role: str) -> ClientWebSocketResponse:
        def add(session: Session) -> str:
            user = session.scalar(select(User).where(User.role == role))
            user = user or add_user(session, f"{role}@klarruta.example", role, role)
            return signin.start(session, user.id, lasts=timedelta(hours=1))

        socket = await client.ws_connect("/live", headers={"Cookie": f"ringback={await db.write(add)}"})
        assert await socket.receive_json() == {"kind": "hello"}
        return socket

    return go


def task(*users: int, roles: tuple[str, ...] = (), why: str = "") -> Notice:
    """Tell that task 7 changed."""
    return Notice(
        kind="task", id=7, audience=Audience(users=frozenset(users), roles=frozenset(roles)), why=why
    )


async def test_a_notice_goes_to_whom_it_is_for(join: Join, bus: LocalBus) -> None:
    elin, maria = await join("agent"), await join("manager")
    bus.publish(task(roles=("manager",)))
    bus.publish(Notice(kind="alarm", id=1, audience=Audience(roles=frozenset({"agent"}))))
    assert await maria.receive_json() == TASK
    assert await elin.receive_json() == {"kind": "alarm", "id": 1}


async def test_why_me_is_said_only_to_me(join: Join, bus: LocalBus) -> None:
    elin, maria = await join("agent"), await join("manager")
    bus.publish(task(1, roles=("manager",), why="Longest free in Sales"))
    assert await elin.receive_json() == TASK | {"why": "Longest free in Sales"}
    assert await maria.receive_json() == TASK


async def test_every_tab_hears(join: Join, bus: LocalBus) -> None:
    tabs = [await join("agent") for _ in range(3)]
    bus.publish(task(1))
    assert [await tab.receive_json() for tab in tabs] == [TASK] * 3


async def test_a_closed_tab_is_forgotten(join: Join, client: Client) -> None:
    pool = client.app[LIVE]
    tab = await join("agent")
    assert len(pool) == 1
    await tab.close()
    await eventually(lambda: len(pool) == 0)


async def test_one_that_reads_too_slowly_is_told_to_ask_again() -> None:
    slow = Console(web.WebSocketResponse(), 1, Viewer(1, "agent", None, "Elin"))
    for number in range(3 * QUEUE):
        slow.tell(b"%d" % number)
    assert len(slow._waiting) <= QUEUE
    assert slow._waiting[0] == HELLO


async def test_signing_out_closes_the_console(join: Join, db: Database) -> None:
    elin, maria = await join("agent"), await join("manager")
    await db.write(signin.revoke_all, 1)
    good_bye = await elin.receive()
    assert (good_bye.type, good_bye.data) == (WSMsgType.CLOSE, 4401)
    assert not maria.closed


async def test_a_sign_in_that_expired_closes_the_console(join: Join, client: Client, clock: Clock) -> None:
    elin = await join("agent")
    clock.advance(hours=2)
    await client.app[LIVE].review()
    await elin.receive()
    assert elin.close_code == 4401


async def test_new_rights_count_for_an_open_console(
    join: Join, client: Client, db: Database, bus: LocalBus
) -> None:
    elin = await join("agent")

    def promote(session: Session) -> None:
        session.get_one(User, 1).role = "manager"

    await db.write(promote)
    await client.app[LIVE].review()
    assert await elin.receive_json() == {"kind": "hello"}
    bus.publish(task(roles=("manager",)))
    assert await elin.receive_json() == TASK


class Ringing:
    """A fragment that goes along with notices of a ring, as slow as a test wants it."""

    def __init__(self, pool: LivePool) -> None:
        """Answer at once, in the language of who asks."""
        self.asked: list[Viewer] = []
        self.trouble: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        pool.along = {"ring": Fragment("/rings", self.ask)}

    async def ask(self, viewer: Viewer) -> str:
        """Say how often it was asked."""
        self.asked.append(viewer)
        number = len(self.asked)
        await self.may_answer.wait()
        if self.trouble:
            raise self.trouble
        return f"<b>{listener().language} {number}</b>"


def ring(number: int, *users: int) -> Notice:
    """Tell that something rings."""
    return Notice(kind="ring", id=number, audience=Audience(users=frozenset(users)))


async def test_what_rings_goes_along_to_whom_it_is_for(join: Join, client: Client, bus: LocalBus) -> None:
    ringing = Ringing(client.app[LIVE])
    elin, maria = await join("agent"), await join("manager")
    bus.publish(ring(3, 1))
    bus.publish(task(2))
    assert await elin.receive_json() == {"kind": "ring", "id": 3, "src": "/rings", "html": "<b>en 1</b>"}
    assert await maria.receive_json() == TASK
    assert [viewer.user_id for viewer in ringing.asked] == [1]


async def test_what_goes_along_is_in_the_language_of_the_page(
    join: Join, client: Client, db: Database, bus: LocalBus
) -> None:
    Ringing(client.app[LIVE])
    await join("agent")

    def speaks(session: Session) -> None:
        session.get_one(User, 1).preferences = {"language": "sv"}

    await db.write(speaks)
    tab = await join("agent")
    bus.publish(ring(3, 1))
    assert (await tab.receive_json())["html"].startswith("<b>sv ")


async def test_of_rings_that_come_meanwhile_the_last_is_asked_for_once(
    join: Join, client: Client, bus: LocalBus
) -> None:
    ringing = Ringing(client.app[LIVE])
    elin = await join("agent")
    ringing.may_answer.clear()
    for number in range(1, 6):
        bus.publish(ring(number, 1))
        await eventually(lambda: ringing.asked)
    ringing.may_answer.set()
    told = []
    while len(told) < 2:
        told += [json.loads(line) for line in (await elin.receive_str()).splitlines()]
    assert [(each["id"], each["html"]) for each in told] == [(1, "<b>en 1</b>"), (5, "<b>en 2</b>")]


async def test_where_nothing_can_go_along_the_page_is_told_to_ask_by_itself(
    join: Join, client: Client, bus: LocalBus
) -> None:
    ringing = Ringing(client.app[LIVE])
    elin = await join("agent")
    ringing.trouble = ConnectionError("the store is away")
    bus.publish(ring(3, 1))
    assert await elin.receive_json() == {"kind": "ring", "id": 3}
    ringing.trouble = None
    bus.publish(ring(4, 1))
    assert (await elin.receive_json())["html"] == "<b>en 2</b>"


async def test_nothing_is_asked_for_a_page_that_is_closed(join: Join, client: Client, bus: LocalBus) -> None:
    pool = client.app[LIVE]
    ringing = Ringing(pool)
    elin = await join("agent")
    ringing.may_answer.clear()
    for number in (1, 2):
        bus.publish(ring(number, 1))
        await eventually(lambda: ringing.asked)
    await elin.close()
    await eventually(lambda: len(pool) == 0)
    ringing.may_answer.set()
    await eventually(lambda: not [each for each in asyncio.all_tasks() if "_bring" in repr(each)])
    assert len(ringing.asked) == 1


async def test_at_shutdown_everybody_is_told_good_bye(join: Join, client: Client) -> None:
    elin = await join("agent")
    await client.app[LIVE].close()
    await elin.receive()
    assert elin.close_code == 1001


async def test_who_is_not_signed_in_is_told_so_in_the_socket(client: Client) -> None:
    socket = await client.ws_connect("/live")
    await socket.receive()
    assert socket.close_code == 4401
