"""An application service of a homeserver: transactions are heard once and in order, what is said is one event there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import ClientSession, web
from msgspec import structs

from connectors.matrix import Matrix, MatrixSettings, entering, reading
from hub.chats import ChatChanged, Chatter, MessageEdited, MessageReceived, SendMessage, ShowTyping
from hub.clock import now
from hub.connector import AuthFailed, Blocked, Line, Raw, Refused, Unavailable, WrongSetting
from hub.db import Database
from hub.journal import Inbound, Outcome
from hub.letters import Enclosure
from tests.connectors.chat_hub import ChatHub, hearing
from tests.connectors.chat_wire import body_of
from tests.eventually import eventually
from tests.servers import matrix
from tests.servers.matrix import AS_TOKEN, HS_TOKEN, MOST, ROOM, USER, Homeserver, error

HELLO = SendMessage(to=ROOM, text="Hej!", message_id="m1/ä")
KARIN = "@karin:oberg.example"
OURS = {"user": USER, "as_token": AS_TOKEN, "hs_token": HS_TOKEN}


@pytest.fixture
async def server() -> AsyncIterator[Homeserver]:
    async with matrix.running() as running:
        yield running


@pytest.fixture
def service(server: Homeserver) -> Matrix:
    return Matrix("chat", "sesame", MatrixSettings(**OURS, base_url=server.address))


@pytest.fixture
async def hub(db: Database, tmp_path: Path, server: Homeserver) -> AsyncIterator[ChatHub]:
    async with hearing(db, tmp_path, "matrix", {**OURS, "base_url": server.address}) as hub:
        server.service = hub.intake
        yield hub


def events(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body_of("matrix", name))["events"]
    return found


def test_what_one_event_nests_without_measure_costs_the_others_nothing() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    [first, second] = events("text")[:1] * 2
    written = json.dumps(
        {"events": [first | {"content": first["content"] | {"x": "HERE"}}, 3, second | {"event_id": "$2"}]}
    )
    raw = Raw(body=written.encode().replace(b'"HERE"', deep), headers={}, received_at=now())
    [part] = reading.parts(raw, USER)
    told = reading.read(part, USER)
    assert [event.key for event in told if isinstance(event, MessageReceived)] == [first["event_id"], "$2"]


async def test_a_transaction_is_heard_once_with_the_name_of_who_wrote(
    hub: ChatHub, server: Homeserver
) -> None:
    assert await server.push(events("text"), times=3) == [(200, b"{}")] * 3
    (event,) = await eventually(lambda: list(hub.heard))
    assert isinstance(event, MessageReceived)
    assert (event.sender.id, event.sender.name) == (KARIN, "Karin Öberg")


async def test_older_homeservers_send_their_token_in_the_query(hub: ChatHub, server: Homeserver) -> None:
    assert await server.push(events("text"), legacy=True) == [(200, b"{}")]
    await eventually(lambda: len(hub.heard) == 1)


async def test_what_is_said_in_a_room_stays_in_order_over_transactions(
    hub: ChatHub, server: Homeserver
) -> None:
    (first,), (edit,) = events("text"), events("edited")
    for number in range(20):
        room = f"!room{number % 2}:klarruta.example"
        said = {**first, "event_id": f"$said{number}", "room_id": room}
        relation = {"rel_type": "m.replace", "event_id": f"$said{number}"}
        changed = {**edit, "room_id": room, "content": {**edit["content"], "m.relates_to": relation}}
        await server.push([said, *events("own-message")])
        await server.push([changed, said])
    await eventually(lambda: len(hub.heard) == 60)
    for room in ("!room0:klarruta.example", "!room1:klarruta.example"):
        heard = [
            each
            for each in hub.heard
            if isinstance(each, MessageReceived | MessageEdited) and each.chat == room
        ]
        numbers = [int(each.key.removeprefix("$said")) for each in heard]
        assert numbers == sorted(numbers)
        assert [type(each) for each in heard[:3]] == [MessageReceived, MessageEdited, MessageReceived]


async def test_one_room_in_trouble_holds_up_no_other(hub: ChatHub, server: Homeserver) -> None:
    hub.stumbles_over.add(ROOM)
    await server.push(events("several-rooms"))
    (event,) = await eventually(lambda: list(hub.heard))
    assert isinstance(event, MessageReceived)
    assert event.text == "annat"


async def test_a_room_beside_one_in_trouble_is_heard_once_though_it_is_taken_twice(
    hub: ChatHub, db: Database
) -> None:
    """Two rooms share a commit, which fails for one of them: the other's is made anew."""
    hub.stumbles_over.add(ROOM)
    held = threading.Event()
    holding = asyncio.create_task(db.write(lambda _session: held.wait(10)))
    began = [ChatChanged(chat=chat, sender=Chatter(id=KARIN), what="began") for chat in ("!other:x", ROOM)]
    taking = [asyncio.create_task(db.write(hub.take, Inbound(), hub.channel, each)) for each in began]
    await asyncio.sleep(0)
    held.set()
    outcomes = await asyncio.gather(holding, *taking, return_exceptions=True)
    assert [type(each) for each in outcomes] == [bool, Outcome, ValueError]
    assert len(hub.heard) == 1


@pytest.mark.parametrize("token", ["", "wrong", AS_TOKEN, "ä"])
async def test_what_does_not_carry_the_homeservers_token_is_kept_apart(
    hub: ChatHub, server: Homeserver, token: str
) -> None:
    ((status, body),) = await server.push(events("text"), token=token)
    assert (status, json.loads(body)["errcode"]) == (403, "M_FORBIDDEN")
    assert await hub.unproven() == ["It does not carry the homeserver's token."]
    assert hub.heard == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "_matrix/app/v1/users/%40office%3Aklarruta.example", 200),
        ("GET", "_matrix/app/v1/users/%40other%3Aklarruta.example", 404),
        ("GET", "_matrix/app/v1/rooms/%23office%3Aklarruta.example", 404),
        ("POST", "_matrix/app/v1/ping", 200),
        ("POST", "_matrix/app/v1/thirdparty/protocol/x", 404),
        ("POST", "_matrix/app/v1/transactions/7", 404),
        ("PUT", "_matrix/app/v1/ping", 404),
    ],
)
async def test_what_a_homeserver_asks_is_answered_and_not_kept(
    hub: ChatHub, method: str, path: str, status: int
) -> None:
    proven = {"Authorization": f"Bearer {HS_TOKEN}"}
    url = f"{hub.intake}/{path}"
    async with ClientSession() as client, client.request(method, url, json={}, headers=proven) as answer:
        assert answer.status == status
    async with ClientSession() as client, client.request(method, url, json={}) as answer:
        assert answer.status == (
            404 if "thirdparty" in path or method == "PUT" or "transactions" in path else 403
        )
    assert await hub.kept() == []


async def test_nothing_else_may_be_put_there(hub: ChatHub) -> None:
    async with ClientSession() as client, client.put(hub.intake, data=b"x") as answer:
        assert answer.status == 404


async def test_a_message_tried_again_is_one_event_there(service: Matrix, server: Homeserver) -> None:
    assert {await service.send(HELLO) for _ in range(3)} == {"$event0"}
    assert list(server.sent) == [(ROOM, HELLO.message_id)]
    await service.send(structs.replace(HELLO, message_id="m2", answers="$ev1"))
    content = server.sent[ROOM, "m2"]
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$ev1"}}


async def test_a_file_is_handed_over_and_shown_with_its_words(service: Matrix, server: Homeserver) -> None:
    file = Enclosure(name="så här.jpg", type="image/jpeg", blob="a", size=3, content=b"jpg")
    await service.send(structs.replace(HELLO, file=file, text="så"))
    (content,) = server.sent.values()
    assert (content["msgtype"], content["body"], content["filename"]) == ("m.image", "så", "så här.jpg")
    assert server.media["media0"] == ("image/jpeg", b"jpg")
    with pytest.raises(Refused, match="too large"):
        await service.send(structs.replace(HELLO, file=structs.replace(file, content=b"x" * (MOST + 1))))


async def test_typing_is_shown(service: Matrix, server: Homeserver) -> None:
    await service.send(ShowTyping(to=ROOM))
    assert server.typing == [ROOM]


@pytest.mark.parametrize(
    ("trouble", "kind", "after"),
    [
        (error(429, "M_LIMIT_EXCEEDED", retry_after_ms=2500), Unavailable, 2.5),
        (error(401, "M_UNKNOWN_TOKEN"), AuthFailed, None),
        (error(403, "M_FORBIDDEN"), Blocked, None),
        (error(413, "M_TOO_LARGE"), Refused, None),
        (error(404, "M_NOT_FOUND"), Refused, None),
        (web.Response(status=502, text="<html>"), Unavailable, None),
        (web.Response(status=429, headers={"Retry-After": "9"}), Unavailable, 9.0),
    ],
    ids=["limit", "token", "forbidden", "large", "none", "502", "429"],
)
async def test_what_the_homeserver_says_decides_whether_it_is_tried_again(
    service: Matrix, server: Homeserver, trouble: web.Response, kind: type[Exception], after: float | None
) -> None:
    server.troubles = [trouble]
    with pytest.raises(kind) as raised:
        await service.send(HELLO)
    assert type(raised.value) is kind
    assert getattr(raised.value, "after", None) == after


async def test_a_room_that_we_are_not_in_is_said_to_be_closed_to_us(service: Matrix) -> None:
    with pytest.raises(Blocked):
        await service.send(structs.replace(HELLO, to="!gone:klarruta.example"))


async def test_a_greeting_may_be_faster_than_the_invitation(service: Matrix, server: Homeserver) -> None:
    server.invitations.add("!new:klarruta.example")
    await service.send(structs.replace(HELLO, to="!new:klarruta.example"))
    assert list(server.sent) == [("!new:klarruta.example", HELLO.message_id)]


async def test_a_room_of_several_is_left_again_and_told_why(service: Matrix, server: Homeserver) -> None:
    crowd = "!crowd:klarruta.example"
    server.invitations, server.several = {crowd, "!two:klarruta.example"}, {crowd}
    async with listening(service) as (_ear, _task):
        await eventually(lambda: crowd in server.left and "!two:klarruta.example" in server.rooms)
    assert "one person at a time" in server.left[crowd]
    server.invitations.add(crowd)
    with pytest.raises(Blocked, match="Several people"):  # a greeting may be faster
        await service.send(structs.replace(HELLO, to=crowd))
    assert (crowd in server.rooms, server.sent) == (False, {})


@pytest.mark.parametrize("knows", [True, False])
async def test_a_file_is_fetched_from_new_homeservers_and_old_ones(
    service: Matrix, server: Homeserver, tmp_path: Path, *, knows: bool
) -> None:
    server.knows_new_media = knows
    server.media["AQwa"] = ("image/jpeg", b"jpg")
    await service.bring("mxc://oberg.example/AQwa", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"jpg"
    with pytest.raises(Refused):
        await service.bring("mxc://oberg.example/other", tmp_path / "file")


@pytest.mark.parametrize(
    "ref", ["mxc://a/../../secret", "mxc://a/b?x=1", "https://a/b", "", "mxc://a@b/c", "mxc://a/b/c"]
)
async def test_what_is_no_file_of_matrix_is_not_asked_for(service: Matrix, tmp_path: Path, ref: str) -> None:
    with pytest.raises(Refused):
        await service.bring(ref, tmp_path / "file")


async def test_a_homeserver_that_sends_us_on_cannot_send_us_into_our_own_network(
    service: Matrix, server: Homeserver, tmp_path: Path
) -> None:
    server.moved = "https://127.0.0.1:8443/secret"
    with pytest.raises(Refused, match="public network"):
        await service.bring("mxc://oberg.example/AQwa", tmp_path / "file")


class Ear:
    """The line of a listener, of which only whether it hears is wanted."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.is_up = False

    async def up(self) -> None:
        """Hear."""
        self.is_up = True


@contextlib.asynccontextmanager
async def listening(service: Matrix) -> AsyncIterator[tuple[Ear, asyncio.Task[None]]]:
    """Listen as the hub does."""
    ear = Ear()
    task = asyncio.create_task(service.run(cast("Line", ear)))
    try:
        yield ear, task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


async def test_rooms_are_entered_to_which_we_are_invited_also_while_the_hub_was_away(
    service: Matrix, server: Homeserver
) -> None:
    server.invitations = {"!before:klarruta.example"}
    async with listening(service) as (ear, _task):
        await eventually(lambda: "!before:klarruta.example" in server.rooms and ear.is_up)
        assert server.users == {USER}
        server.invitations.add("!now:klarruta.example")
        server.invited.set()
        await eventually(lambda: "!now:klarruta.example" in server.rooms)


async def test_an_invitation_from_a_server_that_is_gone_stops_no_other_and_is_taken_once_it_is_back(
    service: Matrix, server: Homeserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "FIRST_PAUSE", 0.05)
    gone = {f"!gone{each}:dead.example" for each in range(120)}
    server.gone, server.invitations = set(gone), gone | {"!before:klarruta.example"}
    async with listening(service) as (ear, task):
        await eventually(lambda: "!before:klarruta.example" in server.rooms and ear.is_up)
        server.invitations.add("!now:klarruta.example")
        server.invited.set()
        await eventually(lambda: "!now:klarruta.example" in server.rooms and not task.done())
        server.gone.clear()
        await eventually(lambda: gone <= server.rooms, 40)  # the pauses double
        assert all(server.joins.count(each) < 12 for each in gone)
    await eventually(lambda: not [each for each in asyncio.all_tasks() if "Entering" in repr(each)])


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(error(401, "M_UNKNOWN_TOKEN"), AuthFailed), (error(403, "M_FORBIDDEN"), Unavailable),
     (web.Response(status=502), Unavailable)],
    ids=["token", "forbidden", "502"],
)  # fmt: skip
async def test_a_homeserver_that_is_lost_or_refuses_us_is_told_to_the_hub(
    service: Matrix, server: Homeserver, trouble: web.Response, kind: type[Exception]
) -> None:
    server.troubles = [trouble]
    async with listening(service) as (_ear, task):
        await asyncio.wait([task], timeout=10)
        assert isinstance(task.exception(), kind)


async def test_who_invites_us_begins_a_chat(hub: ChatHub, server: Homeserver) -> None:
    await server.push(events("invited"))
    (event,) = await eventually(lambda: list(hub.heard))
    assert isinstance(event, ChatChanged)
    assert (event.what, event.sender.name) == ("began", "Karin Öberg")


async def test_a_test_of_the_channel_says_whether_both_reach_each_other(
    hub: ChatHub, service: Matrix, server: Homeserver
) -> None:
    assert [each.how async for each in service.examine(send=False)] == ["good", "good"]
    server.service = hub.intake + "x"
    assert [each.how async for each in service.examine(send=False)] == ["good", "bad"]
    unknown = Matrix("chat", "sesame", structs.replace(service.settings, as_token=HS_TOKEN[1:]))
    found = [each async for each in unknown.examine(send=False)]
    assert [each.how for each in found] == ["bad", "unknown"]
    assert "sender_localpart: office" in found[1].words
    assert AS_TOKEN not in found[1].words


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"user": "office"}, "user"),
        ({"base_url": "matrix"}, "base_url"),
        ({"as_token": "a", "hs_token": "a"}, "hs_token"),
    ],
)
def test_what_could_never_work_is_refused(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(WrongSetting) as raised:
        MatrixSettings(**settings)
    assert raised.value.setting == wrong
