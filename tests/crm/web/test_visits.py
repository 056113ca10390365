"""A visitor of the web chat, and the hub behind it: asked, woken, answered, and nobody else's."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from connectors.webchat import visitors
from crm import chat_writing
from crm.attachments import Attachment
from crm.chat_writing import Wanted
from crm.chats import Chat, ChatManner, ChatMessage
from crm.conversations import Interaction
from hub import signin
from hub.bus import Notice
from hub.channels import add_channel, find_channel
from hub.clock import Clock
from hub.db import Database
from hub.pace import Pace
from hub.reception import RECEPTION
from hub.users import Viewer, add_user, find_user, viewer
from hub.web.keys import BUS, CHANNELS
from tests.eventually import eventually

SITE = "https://klarruta.example"
FROM = {"Origin": SITE, "Content-Type": "text/plain"}
Json = dict[str, Any]
Foreign = Callable[[str], dict[str, str]]


class Visitor:
    """A browser on the company's site."""

    def __init__(self, client: TestClient, token: str) -> None:
        """Be nobody yet."""
        self.client, self.token, self.carried, self.written = client, token, "", 0

    async def introduce(self) -> None:
        """Get a pass."""
        async with self.client.post(f"/chat/{self.token}/visitor", headers=FROM) as answer:
            self.carried = (await answer.json())["v"]

    async def write(self, text: str, content: bytes = b"", **said: object) -> int:
        """Post a message, and give the status of the answer."""
        self.written += 1
        told = {"v": self.carried, "id": f"message-{self.written:04}", "text": text, **said}
        body = msgspec.json.encode(told) + (b"\n" + content if content else b"")
        async with self.client.post(f"/in/chat/{self.token}", data=body, headers=FROM) as answer:
            return answer.status

    async def news(self, **asked: object) -> Json:
        """Ask how it is."""
        body = msgspec.json.encode({"v": self.carried, **asked})
        async with self.client.post(f"/chat/{self.token}/news", data=body, headers=FROM) as answer:
            assert answer.status == 200
            return cast("Json", await answer.json())

    async def sees(self) -> list[str]:
        """Give the texts of his chat."""
        return [message["text"] for message in (await self.news())["visit"]["messages"]]

    async def listen(self) -> ClientWebSocketResponse:
        """Stay on the line."""
        socket = await self.client.ws_connect(f"/chat/{self.token}/live", headers={"Origin": SITE})
        await socket.send_str(msgspec.json.encode({"v": self.carried}).decode())
        return socket


@pytest.fixture
async def karin(client: TestClient, db: Database) -> Visitor:
    """Give a visitor who has a pass."""
    row = await db.write(add_channel, "chat", "Chat", "webchat", {"origins": [SITE]})
    await client.app[CHANNELS].load()
    visitor = Visitor(client, row.token)
    await visitor.introduce()
    return visitor


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Foreign:
    """Give what a browser of another address says: here all of them are in one house."""
    monkeypatch.setattr(visitors, "remote", lambda request: request.headers.get("X-From", ""))
    return lambda address: {**FROM, "X-From": address}


@pytest.fixture
async def elin(db: Database) -> Viewer:
    """Give a colleague who is at the console."""
    return await db.write(sign_in)


def sign_in(session: Session) -> Viewer:
    mail = "elin@klarruta.example"
    with suppress(ValueError):
        add_user(session, mail, "Elin Sandgren", "agent", "Front desk")
    user = find_user(session, mail)
    signin.start(session, user.id, lasts=timedelta(days=1))
    return viewer(user)


async def say(db: Database, who: Viewer, text: str) -> None:
    def do(session: Session) -> None:
        chat = session.scalars(select(Chat)).one()
        chat_writing.say(session, who, Wanted(chat_id=chat.id, text=text))

    await eventually(lambda: db.read(lambda session: session.scalar(select(Chat.id))))
    await db.write(do)


async def test_a_message_is_seen_by_its_visitor_and_by_nobody_else(
    client: TestClient, karin: Visitor
) -> None:
    other = Visitor(client, karin.token)
    await other.introduce()
    assert await karin.write("Do you have oak?") == 200
    await eventually(karin.sees)
    assert await karin.sees() == ["Do you have oak?"]
    assert await other.sees() == []


async def test_a_message_that_is_sent_twice_is_one(karin: Visitor, db: Database) -> None:
    for _again in range(2):
        karin.written = 0
        assert await karin.write("Do you have oak?") == 200
    await eventually(karin.sees)
    assert (
        await db.read(
            lambda session: session.query(Interaction).filter_by(kind="chat", direction="in").count()
        )
        == 1
    )


async def test_an_answer_wakes_the_visitor_and_says_who_answers(
    karin: Visitor, db: Database, elin: Viewer
) -> None:
    await karin.write("Do you have oak?")
    await eventually(karin.sees)
    socket = await karin.listen()
    assert (await socket.receive_json(timeout=5))["visit"]["unread"] == 0
    await say(db, elin, "Yes, in three widths.")
    visit = await until(socket, lambda told: told["visit"]["unread"] == 1)
    assert visit["messages"][-1]["text"] == "Yes, in three widths."
    assert visit["messages"][-1]["by"] == visit["by"] == {"name": "Elin Sandgren", "initials": "ES"}
    await socket.close()


async def test_who_waits_without_a_socket_is_answered_as_soon_as_there_is_something(
    karin: Visitor, db: Database, elin: Viewer
) -> None:
    await karin.write("Do you have oak?")
    await eventually(karin.sees)
    mark = (await karin.news())["mark"]
    assert "visit" not in await karin.news(has=mark)
    await say(db, elin, "Yes.")
    told = await karin.news(has=mark, wait=20)
    assert told["mark"] != mark


async def test_who_waits_for_news_holds_up_no_hub_that_ends(client: TestClient, karin: Visitor) -> None:
    mark = (await karin.news())["mark"]
    waiting = asyncio.create_task(karin.news(has=mark, wait=25))
    await eventually(lambda: client.app[RECEPTION].bells)
    await client.app[RECEPTION].close()
    assert (await asyncio.wait_for(waiting, 5))["mark"] == mark


async def test_junk_on_the_line_ends_it_and_no_other(karin: Visitor) -> None:
    socket, other = await karin.listen(), await karin.listen()
    await socket.receive_json(timeout=5)
    await socket.send_str("[" * 5_000)
    assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert "visit" in await other.receive_json(timeout=5)
    await other.close()


async def test_a_line_ends_when_the_store_is_away_so_that_the_browser_comes_again(
    client: TestClient, karin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_asked: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    socket = await karin.listen()
    await socket.receive_json(timeout=5)
    with monkeypatch.context() as trouble:
        trouble.setattr(client.app[RECEPTION], "look", away)
        await karin.write("Do you have oak?")
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    again = await karin.listen()
    assert (await until(again, lambda told: told["visit"]["messages"]))["messages"][0][
        "text"
    ] == "Do you have oak?"
    await again.close()


async def test_what_was_read_is_known_and_stays_so(karin: Visitor, db: Database, elin: Viewer) -> None:
    await karin.write("Do you have oak?")
    await say(db, elin, "Yes.")
    await eventually(lambda: left(db))
    visit = (await karin.news())["visit"]
    last = visit["messages"][-1]["id"]
    await karin.news(read=last)
    await karin.news(got=last)
    message = await db.read(lambda session: session.get_one(ChatMessage, last))
    assert message.delivered_at is not None
    assert message.read_at is not None
    assert (await karin.news())["visit"]["unread"] == 0


async def test_writing_is_shown_both_ways_and_kept_nowhere(
    client: TestClient, karin: Visitor, db: Database, elin: Viewer
) -> None:
    heard: list[Notice] = []
    await karin.write("Do you have oak?")
    await eventually(karin.sees)
    client.app[BUS].subscribe(heard.append)
    socket = await karin.listen()
    await socket.receive_json(timeout=5)
    for _fast in range(3):
        await socket.send_str('{"writing":true}')
    await eventually(lambda: [notice for notice in heard if notice.kind == "typing"])
    await db.write(lambda session: chat_writing.typing(session, elin, session.scalars(select(Chat)).one()))
    while not (await socket.receive_json(timeout=5)).get("writing"):
        pass
    assert len([notice for notice in heard if notice.kind == "typing"]) == 1
    await socket.close()


async def test_a_file_is_handed_out_by_its_own_address_alone_and_never_run(
    client: TestClient, karin: Visitor, db: Database
) -> None:
    page = b"<script>alert(1)</script>"
    await karin.write("", page, file={"name": "offer.html", "type": "text/html"})
    await eventually(lambda: db.read(lambda session: session.scalar(select(Attachment.id))))
    (file,) = (await karin.news())["visit"]["messages"][0]["files"]
    path = file["href"].partition("/chat/")[2]
    async with client.get(f"/chat/{path}") as answer:
        assert await answer.read() == page
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    number, opener = path.split("/")[2:4]
    for forged in (path.replace(opener, "0" * 40), path.replace(f"/{number}/", f"/{int(number) + 1}/")):
        async with client.get(f"/chat/{forged}") as answer:
            assert answer.status == 404


async def test_somebody_is_there_in_working_hours_while_a_colleague_is_at_the_console(
    karin: Visitor, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.reception.DUTY_LASTS", -1.0)
    wednesday = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    clock.shift = wednesday - datetime.now(UTC)
    assert (await karin.news())["duty"] == {"open": False, "faces": []}
    await db.write(sign_in)
    assert (await karin.news())["duty"] == {"open": True, "faces": ["ES"]}  # and nobody's name
    clock.shift = wednesday - datetime.now(UTC) + timedelta(hours=12)
    await db.write(sign_in)
    assert (await karin.news())["duty"]["open"] is False


async def test_who_runs_through_pages_wakes_colleagues_now_and_then(
    client: TestClient, karin: Visitor, db: Database
) -> None:
    heard: list[Notice] = []
    await karin.write("Do you have oak?")
    await eventually(karin.sees)
    socket = await karin.listen()
    await socket.receive_json(timeout=5)
    client.app[BUS].subscribe(heard.append)
    for number in range(40):
        await socket.send_json({"page": {"url": f"{SITE}/{number}"}})
    await socket.send_json({"writing": True})  # which is heard after all of them
    await eventually(lambda: [notice for notice in heard if notice.kind == "typing"])
    assert 0 < len([notice for notice in heard if notice.kind != "typing"]) < 10
    assert (await db.read(lambda session: session.scalars(select(Chat)).one())).origin
    await socket.close()


async def test_a_network_that_asks_without_end_is_told_when_to_come_again_and_no_other(
    client: TestClient, karin: Visitor, foreign: Foreign
) -> None:
    client.app[CHANNELS].by_token(karin.token).connector.gate.askers = Pace(2, 1)
    address = f"/chat/{karin.token}/news"
    for status, last in ((200, 1), (200, 2), (429, 3)):
        async with client.post(address, data=b"{}", headers=foreign(f"198.51.100.{last}")) as answer:
            assert answer.status == status
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    async with client.post(address, data=b"{}", headers=foreign("203.0.113.1")) as answer:
        assert answer.status == 200


async def test_no_network_takes_all_sockets(
    client: TestClient, karin: Visitor, foreign: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.webchat.visitors.MOST_OF_NETWORK", 2)
    address = f"/chat/{karin.token}/live"
    held = [await client.ws_connect(address, headers=foreign(f"198.51.100.{last}")) for last in (1, 2)]
    async with client.get(address, headers=foreign("198.51.100.3")) as answer:
        assert answer.status == 503
    held.append(await client.ws_connect(address, headers=foreign("203.0.113.1")))
    for socket in held:
        await socket.close()
    await eventually(lambda: not client.app[RECEPTION].sockets)
    await (await client.ws_connect(address, headers=foreign("198.51.100.3"))).close()


async def test_the_greeting_stands_before_the_first_word(
    client: TestClient, karin: Visitor, db: Database
) -> None:
    def greet(session: Session) -> None:
        session.add(ChatManner(channel_id=find_channel(session, "chat").id, greeting="Hello there"))

    await db.write(greet)
    assert (await Visitor(client, karin.token).news())["visit"]["greeting"] == "Hello there"
    assert (await karin.news())["visit"]["greeting"] == "Hello there"


async def test_a_page_of_another_site_gets_neither_a_pass_nor_news_nor_a_line(
    client: TestClient, karin: Visitor
) -> None:
    evil = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    for what in ("visitor", "news"):
        async with client.post(f"/chat/{karin.token}/{what}", data=b"{}", headers=evil) as answer:
            assert answer.status == 403
    async with client.get(f"/chat/{karin.token}/live", headers=evil) as answer:
        assert answer.status == 403


async def test_a_pass_of_nobody_is_told_so(karin: Visitor) -> None:
    karin.carried = "0123456789abcdef0123." + "0" * 40
    assert await karin.news() == {"stranger": True}
    assert await karin.write("Do you have oak?") == 401
    socket = await karin.listen()
    assert await socket.receive_json(timeout=5) == {"stranger": True}


@pytest.mark.parametrize("junk", [b"[", b"[" * 10_000, b'{"read":"x"}', b'{"wait":1e99}', b"\xff"])
async def test_junk_is_refused_and_harms_nobody(client: TestClient, karin: Visitor, junk: bytes) -> None:
    async with client.post(f"/chat/{karin.token}/news", data=junk, headers=FROM) as answer:
        assert answer.status == 400
    assert await karin.sees() == []


async def test_the_page_he_goes_to_stands_on_the_chat(karin: Visitor, db: Database) -> None:
    await karin.write("Do you have oak?")
    await eventually(karin.sees)
    await karin.news(page={"url": f"{SITE}/prices", "title": "Prices", "path": [f"{SITE}/"]})
    chat = await db.read(lambda session: session.scalars(select(Chat)).one())
    assert {"label": "page_url", "value": f"{SITE}/prices"} in chat.origin


async def test_the_script_goes_over_the_line_in_less_than_fifteen_kilobytes(
    client: TestClient, karin: Visitor
) -> None:
    async with client.get(f"/chat/{karin.token}.js") as answer:
        script = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.compress(script, 6)) < 15_000
    assert karin.carried.partition(".")[2] not in script.decode()


async def left(db: Database) -> bool:
    return bool(
        await db.read(
            lambda session: session.scalar(
                select(ChatMessage.left_at).where(ChatMessage.left_at.is_not(None))
            )
        )
    )


async def until(socket: ClientWebSocketResponse, holds: Any) -> Json:  # noqa: ANN401 - a question about JSON
    """Give the first visit that is so."""
    while True:
        told = await socket.receive_json(timeout=5)
        if told.get("visit") and holds(told):
            return cast("Json", told["visit"])
