"""The hub itself, `ringback serve`: started, killed and started again on the same data and port."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import shutil
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.options import ADDRESS_FILE
from hub.store import database_file, open_store
from tests.eventually import eventually
from tests.servers import forked
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

SECONDS = 30


class Hub:
    """One data folder, one port, and the process that serves them as long as it lives."""

    def __init__(self, data: Path, *options: str, database: str = "") -> None:
        """Choose a port. `options` are more words for `serve`, `database` is what RINGBACK_DATABASE says."""
        self.data = data
        self.port = free_port()
        self.log = data.with_suffix(".log")
        self._options = options
        self._environment = {**os.environ, "RINGBACK_DATABASE": database}
        self._process: ForkServerProcess | None = None
        self._told = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; it does not listen yet. Its first store has the schema: making that takes a second."""
        if not self._environment["RINGBACK_DATABASE"] and not database_file(self.data).exists():
            self.data.mkdir(exist_ok=True)
            shutil.copy(_bare_store(), database_file(self.data))
        listen = ["--listen", f"127.0.0.1:{self.port}"]
        words = ["serve", "--data", str(self.data), *listen, *self._options]
        self._process = forked.begin(words, self._environment, self.log, self.log)

    async def listening(self) -> None:
        """Wait until it takes connections, and other commands know where."""
        await eventually(lambda: self._answers() and (self.data / ADDRESS_FILE).exists(), SECONDS)

    def kill(self) -> None:
        """End it as a power cut would; a hub that had ended by itself is a failure."""
        assert self._process is not None
        assert self._process.is_alive(), self.words()
        self._process.kill()
        self._process.join()

    def stop(self) -> int:
        """Ask it to end, wait until it has, and give its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        return forked.ended(self._process, SECONDS)

    def tell(self, *words: str) -> str:
        """Run another command on the same data and give what it prints."""
        self._told += 1
        output, errors = (self.data.with_suffix(f".{self._told}.{kind}") for kind in ("output", "errors"))
        asked = forked.begin([*words, "--data", str(self.data)], self._environment, output, errors)
        assert forked.ended(asked, SECONDS) == 0, errors.read_text()
        return output.read_text().strip()

    def hire(self, name: str, role: str, department: str) -> str:
        """Have somebody of the company there, at its head where that is his role; give his way in."""
        mail = f"{name.partition(' ')[0].lower()}@klarruta.example"
        link = self.tell("user", "add", mail, "--name", name, "--role", role, "--department", department)
        if role == "head":
            self.tell("user", "head", department, mail)
        return link

    def memory(self) -> int:
        """Give the most megabytes that it ever held at once."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024

    def words(self) -> str:
        """Give what it said."""
        return self.log.read_text(errors="replace")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.is_alive(), self.words()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@cache
def _bare_store() -> Path:
    """Give a store in which nothing is but the schema."""
    data = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, data, ignore_errors=True)

    async def make() -> None:
        async with open_store(data, alone=True):
            pass

    with ThreadPoolExecutor(1) as aside:  # a test's loop runs in this thread
        aside.submit(asyncio.run, make()).result()
    return database_file(data)
