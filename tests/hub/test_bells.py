"""Threads have the event loop call what they have for it."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from hub import bells
from hub.languages import Listener, listener, speaking_to

number: ContextVar[int] = ContextVar("number", default=0)


def in_a_thread(*fns: Callable[[], object]) -> None:
    """Ring from a thread for each of them."""
    bell = bells.here()
    ringing = threading.Thread(target=lambda: [bell.call(fn) for fn in fns])
    ringing.start()
    ringing.join()


async def test_what_threads_ring_for_is_called_in_its_order_on_the_loop() -> None:
    called: list[tuple[int, int]] = []
    everything = asyncio.Event()
    many = [lambda each=each: called.append((each, threading.get_ident())) for each in range(500)]
    in_a_thread(*many, everything.set)
    await asyncio.wait_for(everything.wait(), 5)
    assert called == [(each, threading.get_ident()) for each in range(500)]


async def test_one_that_fails_is_said_and_keeps_nobody_from_being_called() -> None:
    failed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, told: failed.append(told))
    everything = asyncio.Event()
    in_a_thread({}.popitem, everything.set)
    await asyncio.wait_for(everything.wait(), 5)
    assert [type(each["exception"]) for each in failed] == [KeyError]


async def test_who_is_called_knows_nothing_of_who_hung_it_up_or_was_called_before() -> None:
    known: list[object] = []
    everything = asyncio.Event()
    with speaking_to(Listener("sv")):
        bells.here()
    in_a_thread(
        lambda: known.append(listener().language), lambda: number.set(7),
        lambda: known.append(number.get()), everything.set,
    )  # fmt: skip
    await asyncio.wait_for(everything.wait(), 5)
    assert known == ["en", 0]


def test_a_loop_that_is_closed_calls_nothing_and_leaves_nothing_open() -> None:
    async def hang() -> bells.Bell:
        return bells.here()

    called: list[int] = []
    before = set(Path("/proc/self/fd").iterdir())
    bell = asyncio.run(hang())
    bell.call(lambda: called.append(1))
    del bell
    gc.collect()
    assert not called
    assert set(Path("/proc/self/fd").iterdir()) <= before
