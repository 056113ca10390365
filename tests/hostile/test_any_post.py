"""Any body under any content type is refused in words or becomes something: never a failed item."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.conversations import Interaction
from hub.app import fill, make_app
from hub.channels import Channel
from hub.db import Database
from hub.journal import Inbound
from hub.settings import Settings, default_file
from hub.store import open_store
from tests.eventually import eventually

Browser = TestClient[web.Request, web.Application]

KINDS = st.sampled_from(
    ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=windows-1251",
     "multipart/form-data; boundary=b", "multipart/form-data", "application/json", "text/plain",
     "text/plain; charset=utf-16", "", "*/*", "image/png"]
) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)  # fmt: skip
LABELS = st.sampled_from(
    ["name", "phone", "email", "company", "message", "subject", "_nonce", "_ts", "_gotcha", "_next",
     "_charset_", "openings", "budget", "wanted_by", "newsletter", "about", "utm_source", "page_url",
     "fields[a][value]", "fields[a][type]", "webhook_id", "test"]
) | st.text(max_size=20)  # fmt: skip
VALUES = st.text(max_size=60) | st.sampled_from(
    [
        "+46 70 174 06 12",
        "031-390 06 72 ankn 543",
        "anna@berg.example",
        "1e999",
        "test",
        "7",
        "https://a.example",
    ]
)
ANSWERS = st.dictionaries(LABELS, VALUES, min_size=1, max_size=8)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LABELS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.one_of(
    st.binary(max_size=300),
    ANSWERS.map(lambda answers: urlencode(answers, errors="surrogatepass").encode()),
    TREES.map(lambda tree: json.dumps(tree).encode()),
    ANSWERS.map(
        lambda answers: "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{value}"\r\n\r\n{value}\r\n--b'
            for name, value in answers.items()
        ).encode("utf-8", "surrogatepass")
    ),
)


class Desk:
    """A hub in this process, and the one who posts to it and reads what was made of it."""

    def __init__(self, runner: asyncio.Runner, client: Browser, db: Database, path: str) -> None:
        """Keep what posting needs."""
        self._runner, self._client, self._db, self._path = runner, client, db, path

    def post(self, body: bytes, kind: str) -> tuple[int, Inbound | None]:
        """Post a body; give the status and, where it was taken, the item once it is closed."""
        return self._runner.run(self._post(body, kind))

    def interaction_of(self, item: Inbound) -> Interaction | None:
        """Give what an item became."""
        found = select(Interaction).where(Interaction.inbound_id == item.id)
        return self._runner.run(self._db.read(lambda session: session.scalar(found)))

    async def _post(self, body: bytes, kind: str) -> tuple[int, Inbound | None]:
        headers = {"Content-Type": kind, "Accept": "application/json"}
        async with self._client.post(self._path, data=body, headers=headers) as answer:
            if answer.status != 200:
                return answer.status, None
            key = (await answer.json())["id"]
        return 200, await eventually(lambda: self._db.read(closed, key))


def closed(session: Session, key: str) -> Inbound | None:
    """Give the item of this key once nothing waits for it, or once it has failed for the first time."""
    item = session.scalars(select(Inbound).where(Inbound.key == key)).one()
    return item if item.due_at is None or item.attempts else None


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a hub on SQLite, filled as the first start fills it."""
    with asyncio.Runner() as runner:
        opening = open_store(tmp_path_factory.mktemp("desk"), alone=True)
        db = runner.run(opening.__aenter__())
        client, path = runner.run(begin(db, tmp_path_factory.mktemp("blobs")))
        yield Desk(runner, client, db, path)
        runner.run(client.close())
        runner.run(opening.__aexit__(None, None, None))


async def begin(db: Database, data: Path) -> tuple[Browser, str]:
    """Put the hub together and say where its form is."""
    await fill(db, default_file("company.toml"))
    server = TestServer(await make_app(db, data, Settings()))
    await server.start_server(auto_decompress=False)
    client = TestClient(server)
    token = await db.read(lambda session: session.scalar(select(Channel.token)))
    return client, f"/in/website/{token}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, kind=KINDS)
@example(body=b'{"budget": NaN, "name": 1e999}', kind="application/json")
@example(body=b"name=\xff\xfe&phone=%00", kind="text/plain; charset=utf-16")
def test_whatever_is_taken_becomes_something(desk: Desk, body: bytes, kind: str) -> None:
    status, item = desk.post(body, kind)
    assert status == 200 or 400 <= status < 500
    if item is not None:
        assert item.error is None
        assert item.became
        made = desk.interaction_of(item)
        assert (
            made or item.set_aside_why or item.duplicate_of or item.became.startswith("a test by the sender")
        )
