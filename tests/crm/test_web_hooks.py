"""A program of others is told of a deal by a process, once for each step. Only admins say where it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from crm import run_wishes, web_hooks
from crm.processes import Faulty
from crm.refusals import Refusal
from crm.web.document_making import DocumentMaker
from crm.web.run_work import Errands
from hub.blobs import Blobs
from hub.calling_out import Caller, NotTakenError, Parcel
from hub.clock import Clock, now
from hub.db import Database
from hub.papers import Papers
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.sale import Sale


class Post(Caller):
    """Keeps what would be posted, and fails where it is told to."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__()
        self.posted: list[Parcel] = []
        self.fails: NotTakenError | None = None

    async def post(self, parcel: Parcel) -> None:
        """Keep it."""
        self.posted.append(parcel)
        if self.fails is not None:
            raise self.fails


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it."""
    made = Sale(db)
    await made.found()
    return made


@pytest.fixture
async def post() -> Post:
    """Give who posts."""
    return Post()


@pytest.fixture
async def errands(sale: Sale, post: Post, tmp_path: Path) -> AsyncIterator[Errands]:
    """Give who carries out what runs wish for."""
    papers = Papers()
    yield Errands(sale.db, DocumentMaker(sale.db, Blobs(tmp_path / "blobs"), papers), post)
    await papers.close()


HOOK = '<ringback:hook name="Warehouse">Order it</ringback:hook>'
TELLS = drawn(
    start(),
    f'<bpmn:sendTask id="h" name="Tell"><bpmn:extensionElements>{HOOK}</bpmn:extensionElements></bpmn:sendTask>',
    user("a", "Ring"), end(), way("s h a e"),
)  # fmt: skip


async def named(sale: Sale, url: str = "https://warehouse.example/hook") -> str:
    """Have Maria name the warehouse, and give its secret."""

    def name(session: Session) -> str:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        return web_hooks.name_one(session, maria, "Warehouse", url, inside=False).secret

    return await sale.db.write(name)


async def works(sale: Sale, errands: Errands) -> None:
    """Have done what is due."""
    for _number, wish_id in await sale.db.read(run_wishes.take, now(), 10):
        await errands.do(wish_id)


async def test_it_is_told_of_the_deal_and_the_run_goes_on(sale: Sale, post: Post, errands: Errands) -> None:
    secret = await named(sale)
    run_id = await sale.begin(await sale.publish(TELLS))
    assert await sale.open_steps() == {}
    await works(sale, errands)
    [parcel] = post.posted
    told = json.loads(parcel.body)
    assert (parcel.url, parcel.secret) == ("https://warehouse.example/hook", secret)
    assert (told["run"], told["words"], told["deal"]["value"]) == (run_id, "Order it", 15_000)
    assert (told["contact"]["name"], told["deal"]["stage"]) == ("Karin Ekdahl", "Request")
    assert list(await sale.open_steps()) == ["Ring"]
    await works(sale, errands)
    assert len(post.posted) == 1


async def test_its_secret_stands_where_secrets_are_and_nowhere_else(
    sale: Sale, post: Post, errands: Errands
) -> None:
    secrets = [await named(sale), await named(sale)]
    await sale.begin(await sale.publish(TELLS))
    await works(sale, errands)
    assert secrets[1] not in post.posted[0].body.decode()

    def places(session: Session) -> set[str]:
        """Search every table, such as the audit, diagrams, runs and what waits to leave."""
        return {
            name for name in inspect(session.connection()).get_table_names()
            for row in session.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - our own names
            for value in row if any(secret in str(value) for secret in secrets)
        }  # fmt: skip

    assert await sale.read(places) == {"web_hooks"}


async def test_tried_again_it_is_the_same_delivery(
    sale: Sale, post: Post, errands: Errands, clock: Clock
) -> None:
    await named(sale)
    run_id = await sale.begin(await sale.publish(TELLS))
    post.fails = NotTakenError("warehouse.example answers 503", for_good=False)
    await works(sale, errands)
    post.fails = None
    clock.advance(seconds=60)
    await works(sale, errands)
    first, second = post.posted
    assert (first.key, str((await sale.run(run_id)).stuck)) == (second.key, "")
    assert list(await sale.open_steps()) == ["Ring"]


async def test_what_is_refused_is_told_by_the_run(sale: Sale, post: Post, errands: Errands) -> None:
    await named(sale)
    run_id = await sale.begin(await sale.publish(TELLS))
    post.fails = NotTakenError("warehouse.example answers 404", for_good=True)
    await works(sale, errands)
    assert str((await sale.run(run_id)).stuck) == "warehouse.example answers 404"


async def test_one_that_was_taken_off_is_told_nothing(sale: Sale, post: Post, errands: Errands) -> None:
    await named(sale)
    version = await sale.publish(TELLS)

    def off(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        web_hooks.take_off(session, maria, web_hooks.every(session)[0].id)

    await sale.db.write(off)
    run_id = await sale.begin(version)
    await works(sale, errands)
    assert (post.posted, "there is no web hook “Warehouse”" in (await sale.run(run_id)).stuck) == ([], True)


async def test_a_diagram_that_names_none_is_not_published(sale: Sale) -> None:
    with pytest.raises(Faulty, match="there is no web hook “Warehouse”"):
        await sale.publish(TELLS)


@pytest.mark.parametrize("url", ["ftp://x.example/", "https://elin:pw@x.example/", "x.example", "http://["])
async def test_what_is_no_address_is_refused(sale: Sale, url: str) -> None:
    with pytest.raises(Refusal):
        await named(sale, url)


async def test_named_again_it_has_another_secret(sale: Sale) -> None:
    assert await named(sale) != await named(sale, "https://elsewhere.example/hook")
    assert len(await sale.read(web_hooks.every)) == 1
