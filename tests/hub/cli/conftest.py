"""The command line on a data folder, in this process or in one of its own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.app import fill
from hub.cli import main
from hub.settings import default_file
from hub.store import open_store
from tests.furniture import Models

Ringback = Callable[..., Result]
Serving = Callable[..., "Hub"]
SECONDS = 30


class Hub:
    """A hub in a process of its own, and what it said when it started."""

    def __init__(self, data: Path, *arguments: str) -> None:
        """Start it and wait until it says where it is."""
        program = Path(sys.executable).with_name("ringback")
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [program, *arguments, "--data", data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said: dict[str, str] = {}
        assert self.process.stdout is not None
        while "Order form" not in self.said and (line := self.process.stdout.readline()):
            name, _, value = line.partition(": ")  # what is no "name: value" is a name alone
            self.said[name.strip()] = value.split("(")[0].strip()

    @property
    def address(self) -> str:
        """Say where it is reached."""
        return self.said["Console"].rstrip("/")

    def stop(self) -> int:
        """Ask it to stop, and give its exit code."""
        self.process.terminate()
        code = self.process.wait(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Give a data folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def lived_in(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data folder of a hub with our own company in it, to be copied."""
    made = tmp_path_factory.mktemp("lived-in") / "data"
    made.mkdir()
    models.copy(made / "ringback.db", None)

    async def go() -> None:
        async with open_store(made) as db:
            await fill(db, default_file("company.toml"))

    asyncio.run(go())
    return made


@pytest.fixture
def data(lived_in: Path, empty: Path) -> Path:
    """Give the data folder of a hub with our own company in it."""
    shutil.copytree(lived_in, empty)
    return empty


@pytest.fixture
def ringback(empty: Path) -> Ringback:
    """Give what runs a command on the data folder, and tells what it said and how it ended."""

    def run(*arguments: str | Path) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, [*words, "--data", str(empty)], catch_exceptions=False)

    return run


@pytest.fixture
def serving(empty: Path) -> Iterator[Serving]:
    """Give what starts a hub on the data folder; it is stopped at the end."""
    hubs: list[Hub] = []

    def start(*arguments: str) -> Hub:
        hubs.append(Hub(empty, *arguments))
        return hubs[-1]

    yield start
    for hub in hubs:
        hub.stop()
