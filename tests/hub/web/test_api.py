"""The API: who may call it, what it takes, pages, tags, and posts that are sent again."""

from __future__ import annotations

import asyncio
import io
from typing import Annotated

import msgspec
import pytest
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.clock import Clock
from hub.db import Database
from hub.users import Department, add_user
from hub.web import api
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.etags import Match, if_match, tag_of
from hub.web.pages import path_id
from hub.web.problems import Problem
from tests.hub.web.conftest import Program, SignIn, Visitor

ROOMS = "/api/v1/rooms"


class RoomIn(Body, frozen=True, kw_only=True):
    """A department as it is sent."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    size: int = 0
    tags: tuple[str, ...] = ()


class RoomOut(msgspec.Struct, frozen=True, kw_only=True):
    """A department as it is shown."""

    id: int
    name: str


def add(session: Session, body: RoomIn) -> RoomOut:
    """Add a department; one of these names the business refuses."""
    if body.name == "Cellar":
        raise Problem(409, "There is no cellar.")
    row = Department(name=body.name)
    session.add(row)
    session.flush()
    return RoomOut(id=row.id, name=row.name)


def rename(session: Session, room_id: int, body: RoomIn, match: Match) -> RoomOut:
    """Rename a department that is as the program saw it."""
    row = session.get_one(Department, room_id)
    match.check(tag_of(RoomOut(id=row.id, name=row.name)))
    row.name = body.name
    return RoomOut(id=row.id, name=row.name)


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare endpoints for departments."""
    monkeypatch.setattr(api, "ENDPOINTS", list(api.ENDPOINTS))

    @endpoint(
        "POST",
        "/rooms",
        scope="rooms:write",
        body=RoomIn,
        returns=RoomOut,
        status=201,
        etag=tag_of,
        summary="Add",
    )
    async def add_room(request: web.Request, body: RoomIn) -> RoomOut:
        return await write(request, add, body)

    @endpoint(
        "PUT", "/rooms/{id}", scope="rooms:write", body=RoomIn, returns=RoomOut, etag=tag_of, summary="Rename"
    )
    async def rename_room(request: web.Request, body: RoomIn) -> RoomOut:
        return await write(request, rename, path_id(request), body, if_match(request))

    @endpoint("DELETE", "/rooms/{id}", scope="rooms:write", role="admin", summary="Drop")
    async def drop_room(request: web.Request) -> None:
        path_id(request)


async def count_rooms(db: Database) -> int:
    """Count departments."""
    return await db.read(lambda session: session.scalar(select(func.count(Department.id)))) or 0


async def test_nobody_gets_in_without_a_token(visitor: Visitor) -> None:
    answer = await visitor.get("/api/v1/users")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_token_opens_its_scope_and_nothing_else(visitor: Visitor, program: Program) -> None:
    headers = await program("users:read")
    assert (await visitor.get("/api/v1/users", headers=headers)).status == 200
    answer = await visitor.get("/api/v1/journal", headers=headers)
    assert answer.status == 403
    assert "journal:read" in (await answer.json(content_type=None))["detail"]


async def test_a_signed_in_person_may_call_it_with_his_own_rights(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    assert (await visitor.get("/api/v1/users")).status == 200
    assert (await visitor.get("/api/v1/journal")).status == 403
    foreign = await visitor.post(ROOMS, json={"name": "Sales"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status == 403


async def test_a_list_is_walked_page_by_page(visitor: Visitor, program: Program, db: Database) -> None:
    def hire(session: Session) -> None:
        for number in range(5):
            add_user(session, f"p{number}@klarruta.example", "", "agent")

    await db.write(hire)
    headers, seen, cursor = await program("all"), [], None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = await (await visitor.get("/api/v1/users", headers=headers, params=params)).json()
        seen += [user["name"] for user in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAAAAAAAA", "gAAAAAAAAAA", "AAAAAAAAAA\n", "äAAAAAAAAAA"])
async def test_a_cursor_of_somebody_else_is_a_problem(
    visitor: Visitor, program: Program, cursor: str
) -> None:
    answer = await visitor.get("/api/v1/users", headers=await program("all"), params={"cursor": cursor})
    assert answer.status == 400
    assert (await answer.json(content_type=None))["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("limit=1&limit=2", "limit"),
     ("limit=99999999999999999999", "limit"), ("page=2", "page"), ("cursor=%00", "cursor")],
)  # fmt: skip
async def test_a_wrong_parameter_is_named(
    visitor: Visitor, program: Program, query: str, parameter: str
) -> None:
    answer = await visitor.get(f"/api/v1/users?{query}", headers=await program("all"))
    problem = await answer.json(content_type=None)
    assert answer.status == 422
    assert [fault["parameter"] for fault in problem["errors"]] == [parameter]


async def test_everything_that_is_wrong_with_a_body_is_told_at_once(
    visitor: Visitor, program: Program
) -> None:
    sent = {"name": "", "size": 2**63, "tags": ["a", 7, "b\0"], "colour": "red"}
    answer = await visitor.post(ROOMS, headers=await program("all"), json=sent)
    problem = await answer.json(content_type=None)
    assert answer.status == 422
    assert {fault["pointer"] for fault in problem["errors"]} == {
        "/name",
        "/size",
        "/tags/1",
        "/tags/2",
        "/colour",
    }


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b'{"name": "\\ud800"}', 400), (b"[" * 100_000, 400),
        (b"[]", 422), (b"null", 422), (b"{}", 422), (b'{"name": 1.5}', 422), (b"x" * 1_100_000, 413),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_taken_is_a_clear_problem(
    visitor: Visitor, program: Program, data: bytes, status: int
) -> None:
    headers = await program("all") | {"Content-Type": "application/json"}
    answer = await visitor.post(ROOMS, headers=headers, data=io.BytesIO(data))
    assert answer.status == status
    assert answer.content_type == "application/problem+json"


async def test_only_json_is_taken(visitor: Visitor, program: Program) -> None:
    answer = await visitor.post(ROOMS, headers=await program("all"), data={"name": "Sales"})
    assert (answer.status, answer.headers["Accept"]) == (415, "application/json")


async def test_a_post_that_is_sent_again_does_nothing_again(
    visitor: Visitor, program: Program, db: Database
) -> None:
    headers = await program("all") | {"Idempotency-Key": "order-7"}
    first = await visitor.post(ROOMS, headers=headers, json={"name": "Sales"})
    again = await visitor.post(ROOMS, headers=headers, json={"name": "Sales"})
    assert (first.status, again.status) == (201, 201)
    assert await first.read() == await again.read()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await count_rooms(db) == 1


async def test_ten_at_once_with_one_key_do_it_once(visitor: Visitor, program: Program, db: Database) -> None:
    headers = await program("all") | {"Idempotency-Key": "order-7"}
    answers = await asyncio.gather(
        *(visitor.post(ROOMS, headers=headers, json={"name": "Sales"}) for _ in range(10))
    )
    assert {answer.status for answer in answers} == {201}
    assert len({await answer.read() for answer in answers}) == 1
    assert await count_rooms(db) == 1


async def test_a_key_stands_for_one_request_of_one_program(
    visitor: Visitor, program: Program, db: Database
) -> None:
    key = {"Idempotency-Key": "order-7"}
    await visitor.post(ROOMS, headers=await program("all") | key, json={"name": "Sales"})
    mine = await program("rooms:write")
    assert (await visitor.post(ROOMS, headers=mine | key, json={"name": "Service"})).status == 201
    assert (await visitor.post(ROOMS, headers=mine | key, json={"name": "Stock"})).status == 422
    assert await count_rooms(db) == 2


async def test_what_was_refused_may_be_tried_again_and_keys_are_forgotten_in_a_day(
    visitor: Visitor, program: Program, clock: Clock
) -> None:
    headers = await program("all") | {"Idempotency-Key": "order-7"}
    assert (await visitor.post(ROOMS, headers=headers, json={"name": "Cellar"})).status == 409
    assert (await visitor.post(ROOMS, headers=headers, json={"name": "Sales"})).status == 201
    clock.advance(hours=25)
    assert (await visitor.post(ROOMS, headers=headers, json={"name": "Stock"})).status == 201


@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
async def test_a_key_that_is_none_is_a_problem(visitor: Visitor, program: Program, key: str) -> None:
    headers = await program("all") | {"Idempotency-Key": key}
    assert (await visitor.post(ROOMS, headers=headers, json={"name": "Sales"})).status == 400


async def test_who_changes_what_another_changed_meanwhile_is_told(visitor: Visitor, program: Program) -> None:
    headers = await program("all")
    made = await visitor.post(ROOMS, headers=headers, json={"name": "Sales"})
    room, seen = f"{ROOMS}/{(await made.json())['id']}", {"If-Match": made.headers["ETag"]}
    changed = await visitor.put(room, headers=headers | seen, json={"name": "Service"})
    assert (changed.status, changed.headers["ETag"] == made.headers["ETag"]) == (200, False)
    late = await visitor.put(room, headers=headers | seen, json={"name": "Stock"})
    assert (late.status, late.headers["ETag"]) == (412, changed.headers["ETag"])
    for anyhow in ({"If-Match": "*"}, {}):
        assert (await visitor.put(room, headers=headers | anyhow, json={"name": "Stock"})).status == 200


async def test_what_a_program_has_already_is_not_sent_again(
    visitor: Visitor, program: Program, sign_in: SignIn
) -> None:
    await sign_in("agent")
    headers = await program("all")
    first = await visitor.get("/api/v1/users/1", headers=headers)
    again = await visitor.get(
        "/api/v1/users/1", headers=headers | {"If-None-Match": f'"x", {first.headers["ETag"]}'}
    )
    assert (again.status, await again.read()) == (304, b"")


async def test_nothing_to_return_is_204_and_a_role_may_be_needed(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("manager")
    assert (await visitor.delete(f"{ROOMS}/7")).status == 403
    await sign_in("admin")
    assert (await visitor.delete(f"{ROOMS}/7")).status == 204


@pytest.mark.parametrize("number", ["0", "9223372036854775808", "x", "9" * 50])
async def test_a_number_that_no_row_can_have_is_not_found(
    visitor: Visitor, program: Program, number: str
) -> None:
    assert (await visitor.get(f"/api/v1/users/{number}", headers=await program("all"))).status == 404


async def test_users_are_shown_without_their_secrets(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    user = await (await visitor.get("/api/v1/users/1")).json()
    assert (user["name"], user["email"], user["role"]) == ("Elin Sandgren", "elin@klarruta.example", "agent")
    assert "password_hash" not in user
    assert user["created_at"].endswith("Z")
