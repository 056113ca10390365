"""PostgreSQL for tests: Debian's package, fsync on, a database per test cloned from one template."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]

from hub.postgres import PostgresDatabase
from tests.furniture import furnish
from tests.servers.debian import need
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.furniture import Furniture

TEMPLATE = "template_ringback"
SECONDS = 30
# It commits as in earnest. What pays only for large tables and for other servers is left out.
SETTINGS = ("listen_addresses=127.0.0.1", "fsync=on", "max_connections=200",
            "jit=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0")  # fmt: skip


class Postgres:
    """A running server. `url` gives the address of one of its databases."""

    def __init__(self, port: int) -> None:
        """Count the databases from one."""
        self.port = port
        self._made = 0
        self._templates: set[str] = set()

    def url(self, database: str) -> str:
        """Say where a database is."""
        return f"postgresql://ringback@127.0.0.1:{self.port}/{database}"

    @contextlib.asynccontextmanager
    async def database(
        self, schema: Callable[[Connection], None], furniture: Furniture | None = None
    ) -> AsyncIterator[str]:
        """Clone a database with this schema and what stands in it, give its address, and drop it at the end."""
        template = await self._template(schema, furniture)
        self._made += 1
        name = f"test_{self._made}"
        await self._clone(name, template)
        yield self.url(name)
        await self._command(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """Make a database without a single table, give its address, and drop it at the end."""
        self._made += 1
        name = f"empty_{self._made}"
        await self._command(f"CREATE DATABASE {name}")
        yield self.url(name)
        await self._command(f"DROP DATABASE {name} WITH (FORCE)")

    async def _template(self, schema: Callable[[Connection], None], furniture: Furniture | None) -> str:
        if TEMPLATE not in self._templates:
            await self._command(f"CREATE DATABASE {TEMPLATE}")
            async with self._opened(TEMPLATE) as bare:
                await bare.migrate(schema)
        if furniture is None:
            return TEMPLATE
        name = f"{TEMPLATE}_{furniture.name}"
        if name not in self._templates:
            await self._clone(name, TEMPLATE)
            async with self._opened(name) as furnished:
                await furnish(furnished, furniture)
        return name

    @contextlib.asynccontextmanager
    async def _opened(self, template: str) -> AsyncIterator[PostgresDatabase]:
        database = PostgresDatabase(self.url(template))
        yield database
        await database.close()
        self._templates.add(template)

    async def _clone(self, name: str, template: str) -> None:
        await self._command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {_strategy()}")

    async def _command(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        await connection.execute(sql)
        await connection.close()


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Start a server in a folder of its own and stop it at the end, also when the tests are killed."""
    programs = need("postgresql", "/usr/lib/postgresql/*/bin/postgres").parent
    folder = Path(tempfile.mkdtemp(prefix="ringback-postgres-"))
    as_owner = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_owner += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port = free_port()
    try:
        subprocess.run(
            [*as_owner, programs / "initdb", "--pgdata", folder / "data", "--username", "ringback",
             "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            cwd=folder, check=True, capture_output=True, timeout=SECONDS,
        )  # fmt: skip
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*as_owner, programs / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port),
                 *[word for setting in SETTINGS for word in ("-c", setting)]],
                cwd=folder, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            wait_until_ready(programs, port, server, folder / "log")
            yield Postgres(port)
        finally:
            server.send_signal(signal.SIGINT)  # not SIGTERM, which waits for whoever is connected
            server.wait(SECONDS)
    finally:
        shutil.rmtree(folder)


def _strategy() -> str:
    """Say how a database is cloned: its files are copied in half the time, and synced one by one, which disks feel."""
    return "FILE_COPY" if tempfile.gettempdir().startswith("/dev/shm") else "WAL_LOG"  # noqa: S108


def wait_until_ready(programs: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until connections are taken; what the server said is told when it takes none."""
    ask: list[str | Path] = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}"]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if subprocess.run(ask, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
