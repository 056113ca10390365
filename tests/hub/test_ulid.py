"""Identities that sort by time."""

from __future__ import annotations

import re

from hub.clock import Clock
from hub.ulid import ulid


def test_it_is_26_letters_that_nobody_mistakes_for_another() -> None:
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid())


def test_a_later_one_sorts_after_an_earlier_one(clock: Clock) -> None:
    made = []
    for _ in range(5):
        made.append(ulid())
        clock.advance(milliseconds=2)
    assert made == sorted(made)


def test_a_thousand_of_one_moment_are_all_different() -> None:
    assert len({ulid() for _ in range(1000)}) == 1000
