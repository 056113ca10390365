"""A whole hub of the window company behind its API, with programs and people that use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.orm import Session

from connectors.mail.connector import MailConnector
from crm.company_file import CompanyFile, seed
from hub import signin, tokens
from hub.app import make_app
from hub.connector import Line
from hub.db import Database
from hub.settings import Settings, default_file, load
from hub.users import add_user
from tests.conftest import Store
from tests.crm.klarruta import Klarruta
from tests.crm.newsletter import Newsletter
from tests.crm.switchboard import Switchboard
from tests.crm.web.console import Consoles
from tests.crm.web.seat import Seat
from tests.eventually import eventually
from tests.furniture import Furniture

Json = dict[str, Any]
Found = list[Json]


class Api:
    """Asks the API as one program or person does; `ask` also says which status is expected."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        """Ask with these headers."""
        self.client = client
        self.headers = headers
        self.etag = ""
        self.replayed = False

    async def ask(
        self, method: str, path: str, body: object = None, *, status: int = 200, **headers: str
    ) -> Json:
        """Ask, and give the answer; a header such as If-Match is written if_match."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"json": body} if body is not None else {}
        async with self.client.request(
            method, f"/api/v1{path}", headers={**self.headers, **more}, **kind
        ) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            self.etag = answer.headers.get("ETag", "")
            self.replayed = "Idempotency-Replayed" in answer.headers
            return cast("Json", await answer.json(content_type=None)) if text else {}

    async def items(self, path: str) -> Found:
        """Give what a list holds."""
        return cast("Found", (await self.ask("GET", path))["items"])


Person = Callable[..., Awaitable[Api]]
Form = Callable[..., Awaitable[Json]]
Sit = Callable[..., Awaitable[Seat]]


@pytest.fixture(scope="session")
def company() -> CompanyFile:
    """Give the window company."""
    return load(default_file("company.toml"), CompanyFile)


@pytest.fixture
def furniture(
    request: pytest.FixtureRequest, furniture: Furniture | None, company: CompanyFile
) -> Furniture | None:
    """Have the company whose hub it is in the store from the beginning: the one that a test names first."""
    wanted = [name for name in request.fixturenames if name in {"firm", "client"}]
    if wanted[:1] == ["client"]:
        return Furniture("windows", lambda session: seed(session, company))
    return furniture


@pytest.fixture
async def db(store: Store) -> Database:
    """Give an open, empty database; a hub's many loops share a few lines to it, as they share SQLite's readers."""
    return await store.open(narrow=True)


@pytest.fixture
async def client(
    db: Database,
    company: CompanyFile,
    tmp_path: Path,
    aiohttp_server: Callable[..., Awaitable[TestServer]],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> TestClient:
    """Give a visitor of a running hub."""
    await db.write(seed, company)
    app = await make_app(db, tmp_path, Settings())
    return await aiohttp_client(await aiohttp_server(app, auto_decompress=False))


@pytest.fixture
def program(db: Database, client: TestClient) -> Person:
    """Give what makes a program with these scopes."""
    numbers = count(1)

    async def make(*scopes: str) -> Api:
        token = await db.write(tokens.create, f"program {next(numbers)}", scopes)
        return Api(client, {"Authorization": f"Bearer {token}"})

    return make


@pytest.fixture
async def api(program: Person) -> Api:
    """Give a program that may do everything."""
    return await program("all")


@pytest.fixture
def person(db: Database, client: TestClient) -> Person:
    """Give what signs somebody in: a name, a role, and a department."""

    async def make(name: str, role: str, department: str | None = None) -> Api:
        def add(session: Session) -> str:
            email = f"{name.split(maxsplit=1)[0].lower()}@klarruta.example"
            user = add_user(session, email, name, role, department)
            return signin.start(session, user.id, lasts=timedelta(days=1))

        return Api(client, {"Cookie": f"ringback={await db.write(add)}", "Sec-Fetch-Site": "same-origin"})

    return make


@pytest.fixture
def sit(person: Person) -> Sit:
    """Give what seats somebody at the console: a name, a role, and a department."""

    async def down(name: str, role: str, department: str | None = None) -> Seat:
        api = await person(name, role, department)
        return Seat(api.client, api.headers)

    return down


@pytest.fixture
async def form(api: Api) -> Form:
    """Give what sends the website's form and waits for the interaction that it becomes."""
    website = next(form for form in await api.items("/forms") if form["name"] == "website")

    async def send(**answers: str) -> Json:
        before = {each["id"] for each in await api.items("/interactions")}
        async with api.client.post(str(website["intake"]), data=answers) as answer:
            assert answer.status in {200, 303}
        new = await eventually(
            lambda: _new(api, before),
        )
        return new[0]

    return send


async def _new(api: Api, before: set[object]) -> Found:
    return [each for each in await api.items("/interactions") if each["id"] not in before]


@pytest.fixture
def mailboxes_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the hub be content with each mailbox that it reads, though none is there."""

    async def silence(_mailbox: MailConnector, _line: Line) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(MailConnector, "run", silence)


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


@pytest.fixture
async def unheard_pbx(firm: Klarruta, consoles: Consoles, monkeypatch: pytest.MonkeyPatch) -> Switchboard:
    """Give the company's PBX, to which nobody listens: it is up, or not, because the test says so."""
    del consoles
    monkeypatch.setattr("crm.exchanges.kinds_that_carry", lambda _command: ["none"])
    made = Switchboard(firm, kind="none")
    await made.open()
    return made


@pytest.fixture
async def pbx(firm: Klarruta, consoles: Consoles) -> Switchboard:
    """Give the company's PBX."""
    del consoles
    made = Switchboard(firm)
    await made.open()
    return made


@pytest.fixture
async def newsletter(firm: Klarruta, consoles: Consoles) -> Newsletter:
    """Give the company's newsletter, in a hub that runs."""
    del consoles
    made = Newsletter(firm)
    await made.found()
    return made
