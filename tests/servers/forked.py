"""The command `ringback` in a process of its own, forked from one that has loaded it and does nothing else.

Loading it anew takes two seconds, which a hub that is killed and started again and again cannot spare; so does
compiling its pages, which tests.servers.warm has done. From then on all is as ever: its own process, environment and
signals. That the program itself starts is proven in tests/hub/cli.
"""

from __future__ import annotations

import contextlib
import os
import sys
from multiprocessing import get_context
from types import ModuleType
from typing import TYPE_CHECKING

from hub.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

LOADED = [
    __name__, *(f"hub.cli.{command}" for command in ("serve", "user", "channel")),
    "alembic.command", "holidays.countries", "pysqlite3.dbapi2",  # what the first start loads late
    "tests.servers.warm",
]  # fmt: skip
FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(LOADED)


def begin(words: list[str], environment: dict[str, str], output: Path, errors: Path) -> ForkServerProcess:
    """Start a command; what it says is added to two files, or one."""
    process = FORKED.Process(target=_run, args=(words, environment, output, errors))
    with _without_main():
        process.start()
    return process


def ended(process: ForkServerProcess, seconds: float) -> int:
    """Wait until a command has ended and give its exit code; TimeoutError when it does not."""
    process.join(seconds)
    if process.exitcode is None:
        raise TimeoutError(f"{process.pid} still runs after {seconds} s")
    return process.exitcode


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Have nobody load the program that runs the tests, as a child else does."""
    tests = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = tests


def _run(words: list[str], environment: dict[str, str], output: Path, errors: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, output), (2, errors)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    main(words, prog_name="ringback")
