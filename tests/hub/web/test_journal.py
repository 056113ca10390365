"""The journal's room and its endpoints: what came in, what became of it, and the second try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from hub import journal
from hub.bus import LocalBus, Notice
from hub.clock import Clock
from hub.db import Database
from hub.journal import Inbound
from tests.hub.web.conftest import Program, SignIn, Visitor

HEADERS = {":method": "POST", "origin": "https://brf.example"}
Add = Callable[..., Awaitable[None]]


@pytest.fixture
def add(db: Database, intake: str, clock: Clock) -> Add:
    """Give what puts an item into the journal as it is after a while."""
    assert intake

    async def go(key: str, **columns: object) -> None:
        values = {
            "channel_id": 1, "key": key, "received_at": clock.now(), "headers": HEADERS,
            "body": b"name=Yasmin", "size": 11, "attempts": 0, **columns,
        }  # fmt: skip

        def put(session: Session) -> None:
            session.execute(insert(Inbound).values(**values))

        await db.write(put)

    return go


async def test_it_is_for_managers(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    assert (await visitor.get("/journal")).status == 403
    await sign_in("manager")
    assert (await visitor.get("/journal")).status == 200


async def test_every_item_says_what_became_of_it(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    moment = clock.now()
    await add(
        "1",
        received_at=moment,
        done_at=moment + timedelta(seconds=1),
        became="Yasmin Karimi",
        became_path="/contacts/3",
    )
    await add("2", due_at=moment, attempts=0)
    await add("3", failed_at=moment, attempts=5, error="this is junk")
    await add("4", set_aside_at=moment, set_aside_why="filled the hidden field")
    await sign_in("manager")
    page = await (await visitor.get("/journal")).text()
    for words in (
        "Yasmin Karimi",
        "/contacts/3",
        "Done in 1.",
        "Waiting",
        "Failed, 5 tries",
        "Set aside: filled the hidden field",
        "POST from brf.example",
        "Try again",
        "It was real",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("chosen", "shown"), [("failed", {"3"}), ("waiting", {"2"}), ("set-aside", {"4"}), ("x", set("1234"))]
)
async def test_a_filter_shows_its_items_alone(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock, chosen: str, shown: set[str]
) -> None:
    for key, column in (("1", "done_at"), ("2", "due_at"), ("3", "failed_at"), ("4", "set_aside_at")):
        await add(key, **{column: clock.now()})
    await sign_in("manager")
    page = await (
        await visitor.get(f"/journal?filter={chosen}&channel=shop", headers={"HX-Request": "true"})
    ).text()
    assert {key for key in "1234" if f'id="item-{key}"' in page} == shown
    assert "<html" not in page


async def test_older_items_are_a_page_away(visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock) -> None:
    for number in range(60):
        await add(str(number), done_at=clock.now())
    await sign_in("manager")
    page = await (await visitor.get("/journal")).text()
    assert page.count('id="item-') == 50
    older = page.split('class="more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert (await (await visitor.get(older)).text()).count('id="item-') == 10


async def test_todays_figures_begin_at_the_companys_midnight(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    clock.shift = datetime.combine(clock.now().date(), time(12), UTC) - clock.now()
    await add("old", received_at=clock.now() - timedelta(days=2), done_at=clock.now())
    await add("new", done_at=clock.now())
    await sign_in("manager")
    page = await (await visitor.get("/journal")).text()
    assert "<b>1</b>" in page.split("Received today")[1].split("</a>")[0]


async def test_a_failed_item_is_tried_again_and_everybody_hears(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock, bus: LocalBus
) -> None:
    heard: list[Notice] = []
    bus.subscribe(heard.append)
    await add("1", failed_at=clock.now(), attempts=5, error="this is junk")
    await sign_in("manager")
    answer = await visitor.post("/journal/1/retry", headers={"HX-Request": "true"})
    assert "It is being tried again" in await answer.text()
    assert [(notice.kind, notice.id) for notice in heard] == [("journal", 1)]
    assert (await visitor.post("/journal/1/retry")).status == 409


async def test_what_was_set_aside_is_let_go_on(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    await add("1", set_aside_at=clock.now(), set_aside_why="too fast")
    await sign_in("manager")
    assert "Let go on" not in await (await visitor.get("/journal/1")).text()
    await visitor.post("/journal/1/release", headers={"HX-Request": "true"})
    assert "Let go on" in await (await visitor.get("/journal/1")).text()
    assert (await visitor.post("/journal/1/release")).status == 409


async def test_it_was_real_is_taken_back_as_long_as_nothing_became_of_it(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    await add("1", set_aside_at=clock.now(), set_aside_why="too fast")
    await sign_in("manager")
    await visitor.post("/journal/1/release", headers={"HX-Request": "true"})
    await visitor.delete("/journal/1/release", headers={"HX-Request": "true"})
    assert "Set aside: too fast" in await (await visitor.get("/journal/1")).text()
    assert (await visitor.delete("/journal/1/release")).status == 409


async def test_what_is_really_spam_leaves_what_is_set_aside_and_can_be_brought_back(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    await add("1", set_aside_at=clock.now(), set_aside_why="too fast")
    await sign_in("manager")
    await visitor.post("/journal/1/spam", headers={"HX-Request": "true"})
    assert 'id="item-1"' not in await (await visitor.get("/journal?filter=set-aside")).text()
    assert 'id="item-1"' in await (await visitor.get("/journal?filter=spam")).text()
    await visitor.delete("/journal/1/spam", headers={"HX-Request": "true"})
    assert 'id="item-1"' in await (await visitor.get("/journal?filter=set-aside")).text()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=yasmin", {"1"}),
        ("q=BRF.example", {"1", "2"}),
        ("q=2", {"2"}),
        ("q=%25", set()),
        ("span=week", {"1"}),
    ],
)
async def test_items_are_found_by_words_sender_key_and_time(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock, query: str, shown: set[str]
) -> None:
    moment = clock.now()
    await add("2", received_at=moment - timedelta(days=9), done_at=moment)
    await add("1", done_at=moment, became="Yasmin Karimi")
    await sign_in("manager")
    page = await (await visitor.get(f"/journal?{query}")).text()
    assert {key for number, key in (("1", "2"), ("2", "1")) if f'id="item-{number}"' in page} == shown


async def test_a_duplicate_leads_to_the_first_and_the_first_to_its_duplicates(
    visitor: Visitor, sign_in: SignIn, add: Add, clock: Clock
) -> None:
    await add("1", done_at=clock.now())
    await add("2", done_at=clock.now(), duplicate_of=1)
    await sign_in("manager")
    assert 'href="/journal/1"' in await (await visitor.get("/journal/2")).text()
    assert 'href="/journal/2"' in await (await visitor.get("/journal/1")).text()


async def test_one_item_shows_everything_and_its_raw_bytes_are_a_harmless_file(
    visitor: Visitor, sign_in: SignIn, intake: str
) -> None:
    await visitor.post(intake, data=b"<script>alert(1)</script>", headers={"X-Shop": "7"})
    await sign_in("manager")
    page = await (await visitor.get("/journal/1")).text()
    assert "&lt;script&gt;alert(1)" in page
    assert "x-shop" in page
    raw = await visitor.get("/journal/1/raw")
    assert await raw.read() == b"<script>alert(1)</script>"
    assert raw.content_type == "text/plain"
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_large_body_is_shown_in_part(
    visitor: Visitor, sign_in: SignIn, intake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "IN_ROW", 1000)
    await visitor.post(intake, data=b"x" * 90_000)
    await sign_in("manager")
    assert "First 65.5 kB of 90.0 kB" in await (await visitor.get("/journal/1")).text()
    assert len(await (await visitor.get("/journal/1/raw")).read()) == 90_000


async def test_what_is_not_there_is_not_found(visitor: Visitor, sign_in: SignIn, program: Program) -> None:
    await sign_in("manager")
    for path in ("/journal/7", "/journal/7/raw", "/journal/x", "/api/v1/journal/7"):
        assert (await visitor.get(path)).status == 404
    headers = await program("journal:write")
    assert (await visitor.post("/api/v1/journal/7/retry", headers=headers)).status == 404


async def test_a_program_reads_and_retries(
    visitor: Visitor, program: Program, add: Add, clock: Clock
) -> None:
    await add("1", failed_at=clock.now(), attempts=5, error="this is junk")
    await add("2", done_at=clock.now(), became="Yasmin Karimi")
    headers = await program("journal:write")
    page = await (await visitor.get("/api/v1/journal?state=failed&channel=shop", headers=headers)).json()
    assert [(item["key"], item["state"], item["error"]) for item in page["items"]] == [
        ("1", "failed", "this is junk")
    ]
    tried = await visitor.post("/api/v1/journal/1/retry", headers=headers)
    assert (await tried.json())["state"] == "waiting"
    assert (await visitor.post("/api/v1/journal/1/retry", headers=headers)).status == 409
    assert (await visitor.post("/api/v1/journal/2/release", headers=headers)).status == 409
