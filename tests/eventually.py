"""Waiting in tests: until it is so or a deadline passes, never for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(predicate: Callable[[], Awaitable[T]], seconds: float = 20) -> T: ...
@overload
async def eventually(predicate: Callable[[], T], seconds: float = 20) -> T: ...
async def eventually(predicate: Callable[[], object], seconds: float = 20) -> object:
    """Ask again and again until the answer is true, and give it; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = predicate()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {inspect.getsource(predicate).strip()}")
        await asyncio.sleep(0.01)
