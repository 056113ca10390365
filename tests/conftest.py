"""The test bed: both databases under the same tests, one clock, and doubles at our own seams alone."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, cast
from zlib import crc32

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

import crm.setup  # noqa: F401 - whoever changes the set-up counts it there, also beside a hub that runs
from hub import channels as hub_channels
from hub import clock as hub_clock
from hub import journal, outbox  # noqa: F401 - their tables belong to the schema
from hub.channels import Channels, add_channel
from hub.clock import Clock
from hub.db import Base, Database
from hub.postgres import PostgresDatabase
from hub.sqlite import READERS, SqliteDatabase
from tests.fake import Fake
from tests.furniture import Furniture, Models
from tests.servers import asterisk as asterisk_server
from tests.servers import chromium as chromium_server
from tests.servers import dovecot as dovecot_server
from tests.servers import postfix as postfix_server
from tests.servers import postgres as postgres_server
from tests.servers.debian import MissingError

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser
    from sqlalchemy import Connection, Engine

    from tests.servers.asterisk import Asterisk
    from tests.servers.dovecot import Dovecot
    from tests.servers.postfix import Postfix
    from tests.servers.postgres import Postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run say that it is worth nothing with tests left out, or that it has no time for all."""
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run")
    parser.addoption("--by-turns", action="store_true", help="a test of a page has one of the databases")


# How fast a busy machine makes up and tries examples says nothing of what is tried with them.
settings.register_profile("ringback", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ringback")

# What takes minutes: begun last, it would be all that is left to wait for.
LONG = (
    "tests/walk/", "tests/chaos/", "tests/journeys/", "tests/crm/web/test_openapi", "tests/crm/web/test_rights_matrix",
)  # fmt: skip
ENGINES = ("sqlite", "postgres")
# What is above the seam: a page asks little that the business does not ask, and that is tested on both.
ABOVE = ("tests/crm/web/", "tests/crm/demo/", "tests/hub/web/", "tests/hostile/")
# A whole hub on PostgreSQL costs three times one on SQLite: one test of a page in four has it; make soak has all.
TURNS = ("sqlite", "sqlite", "sqlite", "postgres")
# But these ask everything that there is, of both.
ASK_ALL = ("test_rights_matrix", "test_openapi", "test_every_change", "list", "search")


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Look for no garbage while all tests are loaded, which nobody throws away: it is a fifth of that time."""
    gc.disable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave each test of a page to one database where there is no time for both, and put what is long early.

    One that is said to be for one database alone has its turn each time.
    """
    others: set[pytest.Item] = set()
    if config.getoption("--by-turns"):
        both = {each for each, number in Counter(map(_without_engine, items)).items() if number > 1}
        others = {item for item in items if _without_engine(item) in both and _is_for_the_other(item)}
        config.hook.pytest_deselected(items=list(others))
    items[:] = _spread([item for item in items if item not in others])


def _is_for_the_other(item: pytest.Item) -> bool:
    """Tell whether another database has its turn at a test of a page."""
    asks_all = any(name in item.path.name for name in ASK_ALL)
    if asks_all or not item.nodeid.startswith(ABOVE) or not hasattr(item, "callspec"):
        return False
    engine = item.callspec.params.get("store", "")
    return bool(engine) and engine != TURNS[crc32(_without_engine(item).encode()) % len(TURNS)]


def _without_engine(item: pytest.Item) -> str:
    """Name a test without the database that it has."""
    engine = item.callspec.params.get("store", "") if hasattr(item, "callspec") else ""
    return item.nodeid.replace(engine, "") if engine else item.nodeid


def _spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """Spread the long tests over the run, the longest first, so that workers share them and none of them ends it."""
    long = [item for kind in LONG for item in items if item.nodeid.startswith(kind)]
    others = [item for item in items if not item.nodeid.startswith(LONG)]
    step = len(others) // max(len(long), 1)
    return [
        item for number, each in enumerate(long)
        for item in (each, *others[number * step : (number + 1) * step])
    ] + others[len(long) * step :]  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage among what tests make: half a million objects stand here, and stay."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that was to leave nothing out and did."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("\nTests were skipped, and this run allows none.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def make_schema(connection: Connection) -> None:
    """Bring an empty database to what the hub needs: as the hub does it, by its migrations."""
    try:
        upgrade = import_module("hub.migrations").upgrade
    except (ImportError, AttributeError):
        Base.metadata.create_all(connection)
    else:
        upgrade(connection)


def engines_of(db: Database) -> list[Engine]:
    """Give what a database talks through."""
    if isinstance(db, PostgresDatabase):
        return [db._engine.sync_engine]
    assert isinstance(db, SqliteDatabase)
    return [db._writing, db._reading]


# Statements that were compiled for one test's engine serve the next: each has its own database, all speak alike.
KNOWN: dict[str, Engine] = {}


def share_compiled(engine: Engine) -> None:
    """Have an engine take what another of its kind compiled."""
    first = KNOWN.get(_kind(engine))
    if first is not None:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


def remember_compiled(engine: Engine) -> None:
    """Have others take what this engine compiled, once it has met its database."""
    if getattr(engine.dialect, "default_isolation_level", None) is not None:
        KNOWN.setdefault(_kind(engine), engine)


def _kind(engine: Engine) -> str:
    return f"{engine.name} {engine.driver} {engine.get_execution_options()}"


class Store:
    """An empty database with the schema. `open` connects to it, also a second time, as another node would."""

    def __init__(self, engine: str, place: Path | str) -> None:
        """Stand for a file or an address."""
        self.engine = engine
        self.place = place
        self._open: list[Database] = []

    async def open(self, *, narrow: bool = False) -> Database:
        """Connect, by a few lines only where a whole hub would begin with twenty; closed at the end of the test."""
        if self.engine == "sqlite":
            opened: Database = SqliteDatabase(cast("Path", self.place))
        elif narrow:
            opened = PostgresDatabase(cast("str", self.place), pool=READERS, spare=0)
        else:
            opened = PostgresDatabase(cast("str", self.place))
        self._open.append(opened)
        for engine in engines_of(opened):
            share_compiled(engine)
        return opened

    async def close(self) -> None:
        """Close whatever the test left open."""
        for opened in self._open:
            for engine in engines_of(opened):
                remember_compiled(engine)
            await opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give the tests' own PostgreSQL server."""
    try:
        with postgres_server.running() as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(params=ENGINES)
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Give what RINGBACK_DATABASE says, for a database without a single table; "" is SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    server: Postgres = request.getfixturevalue("postgres")
    async with server.empty() as url:
        yield url


@pytest.fixture(scope="session")
def asterisk() -> Iterator[Asterisk]:
    """Give the tests' own Asterisk."""
    try:
        with asterisk_server.running() as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """Give the tests' own mail server for reading."""
    try:
        with dovecot_server.running() as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """Give the tests' own mail server for sending."""
    try:
        with postfix_server.running(dovecot) as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Give the SQLite files that tests copy, each made once."""
    return Models(tmp_path_factory.mktemp("models"), make_schema)


@pytest.fixture
def furniture() -> Furniture | None:
    """Say what else a store holds in the beginning: nothing."""
    return None


@pytest.fixture(params=ENGINES)
async def store(
    request: pytest.FixtureRequest, furniture: Furniture | None, tmp_path: Path
) -> AsyncIterator[Store]:
    """Give an empty database with the schema; the test runs once for each engine."""
    if request.param == "sqlite":
        models: Models = request.getfixturevalue("models")
        given = Store("sqlite", models.copy(tmp_path / "ringback.db", furniture))
        yield given
        await given.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    async with server.database(make_schema, furniture) as url:
        given = Store("postgres", url)
        yield given
        await given.close()


@pytest.fixture
async def db(store: Store) -> Database:
    """Give an open, empty database."""
    return await store.open()


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Give the one clock, to be advanced; it is right again after the test."""
    yield hub_clock.clock
    hub_clock.clock.shift *= 0


@pytest.fixture
async def channels(db: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    """Give the channels of a hub that has one, “office”, of a connector that is ours."""
    monkeypatch.setattr(hub_channels, "connector_kinds", lambda: {Fake.kind: Fake})
    await db.write(add_channel, "office", "Office", Fake.kind, {})
    known = Channels(db)
    await known.load()
    return known


@pytest.fixture
def office(channels: Channels) -> Fake:
    """Give the connector of the channel “office”."""
    return cast("Fake", channels.get(1).connector)


@pytest.fixture
def _function_scoped_runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    """Run what has a browser in one loop, in which the browser lives on after a test, and all else in its own."""
    scope = "session" if "browser" in request.fixturenames else "function"
    return cast("asyncio.Runner", request.getfixturevalue(f"_{scope}_scoped_runner"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[chromium_server.Shared]:
    """Give the Chromium of all tests."""
    shared = chromium_server.Shared()
    yield shared
    await shared.close()


@pytest.fixture
async def browser(chromium: chromium_server.Shared) -> AsyncIterator[Browser]:
    """Give a Chromium in which nothing is open."""
    try:
        async with chromium.lent() as lent:
            yield lent
    except MissingError as error:
        pytest.skip(str(error))
