"""The API meets whatever programs send: with a clear refusal, and never a fault of its own."""

from __future__ import annotations

import asyncio
import io
import json
from itertools import product

import pytest

from crm.search_feed import waiting
from hub.db import Database
from tests.asked import asked
from tests.crm.web.conftest import Api, Form, Person
from tests.eventually import eventually

PATHS = ["/contacts", "/interactions", "/tasks", "/deadlines", "/forms"]
READING = ["contacts:read", "interactions:read", "tasks:read", "deadlines:read", "forms:read"]
HUGE = "9" * 400


@pytest.mark.parametrize(("path", "scope"), list(zip(PATHS, READING, strict=True)))
async def test_each_list_has_its_own_scope(path: str, scope: str, program: Person) -> None:
    assert "items" in await (await program(scope)).ask("GET", path)
    others = await program(*(each for each in READING if each != scope))
    told = await others.ask("GET", path, status=403)
    assert scope in str(told["detail"])


async def test_who_may_read_may_not_write(program: Person) -> None:
    reader = await program(*READING)
    await reader.ask("POST", "/contacts", {"name": "Karin"}, status=403)
    await reader.ask("POST", "/tasks", {"title": "Ring"}, status=403)
    await reader.ask("PUT", "/tasks/1/completion", status=403)


NO_PARAMETERS = [
    "limit=0", f"limit={HUGE}", "limit=-1", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=AAAAAAAAAA%00",
    "cursor=__________8", "unknown=1", "limit=1%00", "cursor=%ED%A0%80",
]  # fmt: skip


async def test_a_parameter_that_is_none_is_refused(api: Api) -> None:
    for path, query in product(PATHS, NO_PARAMETERS):
        async with api.client.get(f"/api/v1{path}?{query}", headers=api.headers) as answer:
            assert answer.status in {400, 422}, query
            assert answer.content_type == "application/problem+json"


NO_QUESTIONS = [
    f"/tasks?contact={HUGE}", "/tasks?contact=0", "/tasks?assignee=you", f"/tasks?assignee={HUGE}",
    "/tasks?assignee=-1", "/tasks?overdue=yes", "/tasks?open=1", "/tasks?assignee=%D9%A1",
    "/deadlines?task=1.5",
    f"/interactions?contact={HUGE}", f"/contacts?q={HUGE}", f"/contacts?handle={HUGE}", "/contacts?q=%00",
    "/contacts?handle=a%00b",
]  # fmt: skip


async def test_a_question_that_makes_no_sense_is_refused(api: Api) -> None:
    for question in NO_QUESTIONS:
        await api.ask("GET", question, status=422)


SEARCHES = [
    "q=%25", "q=%27%22%3B--", "q=_", "q=", "handle=@", "handle=@@@@", "handle=%2B", "handle=%0A",
    "q=%F0%9F%AA%9F",
    "q=%5C", f"q={'a' * 200}", f"handle={'1' * 200}", "handle=%D9%A0%D9%A7%D9%A0",
    "q=%ED%A0%80",
]  # fmt: skip


async def test_any_text_can_be_searched_for(api: Api) -> None:
    await api.ask("POST", "/contacts", {"name": "Karin Ekdahl"}, status=201)
    for search in SEARCHES:
        await api.ask("GET", f"/contacts?{search}")


BODIES = [
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b'{"name": "\xed\xa0\x80"}', b'{"name": "\\ud800"}',
    b'{"name": "a\\u0000b"}', b'{"name": 1}', b'{"name": null}', b'{"handles": [{}]}', b'{"handles": "x"}',
    b'{"handles": [{"kind": "fax", "value": "1"}]}', b'{"fields": {"x": [1]}}', b'{"fields": {"": 1}}',
    b'{"fields": {"a\\u0000": 1}}', b'{"fields": {"x": 1e400}}', b'{"responsible": ' + HUGE.encode() + b"}",
    b'{"responsible": 1.5}', b'{"fields": {"x": ' + HUGE.encode() + b"}}", b'{"name": "x", "id": 7}',
    b'{"name": NaN}', b"[" * 5000, b'{"fields":' * 400 + b"1" + b"}" * 400,
    b'{"fields":{"x":' + b"[" * 940 + b"]" * 940 + b"}}",
    json.dumps({"name": "x" * 201}).encode(),
    json.dumps({"handles": [{"kind": "mail", "value": "x"}] * 51}).encode(),
    json.dumps({"fields": {f"f{n}": 1 for n in range(101)}}).encode(),
]  # fmt: skip


async def test_a_body_that_does_not_fit_is_refused(api: Api) -> None:
    headers = {**api.headers, "Content-Type": "application/json"}
    for body in BODIES:
        async with api.client.post("/api/v1/contacts", data=body, headers=headers) as answer:
            assert answer.status in {400, 422}, f"{body[:80]!r}: {await answer.text()}"
            assert answer.content_type == "application/problem+json"
    assert await api.items("/contacts") == []


async def test_a_body_of_more_than_a_megabyte_is_too_large(api: Api) -> None:
    headers = {**api.headers, "Content-Type": "application/json"}
    for size, status in ((1_000_000, 422), (1_100_000, 413)):
        body = io.BytesIO(json.dumps({"name": "x" * size}).encode())
        async with api.client.post("/api/v1/contacts", data=body, headers=headers) as answer:
            assert answer.status == status


async def test_what_is_no_json_is_not_taken(api: Api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "x"):
        headers = {**api.headers, "Content-Type": kind}
        async with api.client.post("/api/v1/tasks", data=b'{"title": "x"}', headers=headers) as answer:
            assert answer.status == 415


async def test_an_address_that_nothing_has_is_not_found(api: Api) -> None:
    numbers = ["0", "-1", "x", HUGE, "1.5", "9223372036854775808", "1%00", "%D9%A1"]
    for path, number in product(PATHS, numbers):
        await api.ask("GET", f"{path}/{number}", status=404)


async def test_the_largest_number_is_merely_not_there(api: Api) -> None:
    for path in PATHS:
        await api.ask("GET", f"{path}/{2**63 - 1}", status=404)
    await api.ask("PATCH", f"/contacts/{2**63 - 1}", {"name": "x"}, status=404)
    await api.ask("POST", "/tasks", {"title": "x", "contact": 2**63 - 1}, status=409)
    assert await api.items(f"/tasks?contact={2**63 - 1}&assignee={10**18 - 1}") == []


async def test_a_method_that_is_not_there_names_those_that_are(api: Api) -> None:
    async with api.client.put("/api/v1/contacts", headers=api.headers) as answer:
        assert answer.status == 405
        assert set(answer.headers["Allow"].split(",")) >= {"GET", "POST"}


async def test_ten_posts_at_once_with_one_key_make_one_task(api: Api) -> None:
    async def post() -> object:
        mine = Api(api.client, api.headers)
        return await mine.ask("POST", "/tasks", {"title": "Ring Karin"}, status=201, idempotency_key="once")

    answers = await asyncio.gather(*(post() for _ in range(10)))
    assert await api.items("/tasks") == [answers[0]]
    assert all(answer == answers[0] for answer in answers)


async def test_ten_at_once_cannot_share_one_number(api: Api) -> None:
    async def post(number: int) -> int:
        body = {"name": f"Karin {number}", "handles": [{"kind": "phone", "value": "070-174 06 12"}]}
        async with api.client.post("/api/v1/contacts", json=body, headers=api.headers) as answer:
            return answer.status

    assert sorted(await asyncio.gather(*map(post, range(10)))) == [201] + [409] * 9
    assert len(await api.items("/contacts")) == 1


async def test_a_page_of_many_costs_as_many_queries_as_a_page_of_few(
    api: Api, form: Form, db: Database
) -> None:
    async def all_is_indexed() -> bool:
        return await db.read(waiting, 1) == 0

    await form(name="Karin Ekdahl", phone="070-174 06 12", company="Ekdahl & Co", message="Seven windows")
    await eventually(all_is_indexed)
    few = {path: await queries(api, path) for path in PATHS}
    for number in range(10, 20):
        await form(
            name=f"Customer {number}", phone=f"070-174 07 {number}", company=f"Firm {number}", message="One"
        )
    await eventually(all_is_indexed)
    for path, before in few.items():
        await eventually(lambda path=path, before=before: asks_at_most(api, path, before))
    assert max(few.values()) <= 8


async def asks_at_most(api: Api, path: str, most: int) -> bool:
    """Tell whether a list asks no more than that: loops of the hub may come in between more than once."""
    return await queries(api, path) <= most


async def queries(api: Api, path: str) -> int:
    """Count what a list asks the database: the least of three, since loops of the hub may come in between."""
    return min([await _asked(api, path) for _ in range(3)])


async def _asked(api: Api, path: str) -> int:
    with asked() as told:
        await api.items(path)
    return sum(
        1
        for sql in told
        if not any(loop in sql for loop in ("inbound.due_at", "next_at", "outbox", "search_queue"))
    )
