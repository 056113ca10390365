"""Decoding is total: whatever is sent becomes a struct or a problem."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict

from hub.web.decoding import Body, Query, decode_body, decode_query
from hub.web.problems import Problem


class Inner(Body, frozen=True, kw_only=True):
    """Something inside."""

    n: int | None = None


class Sent(Body, frozen=True, kw_only=True):
    """A bit of everything."""

    name: str
    at: datetime | None = None
    inner: tuple[Inner, ...] = ()
    flag: bool = False


class Asked(Query, frozen=True, kw_only=True):
    """A bit of everything."""

    q: str | None = None
    n: int = 0
    flag: bool | None = None
    tags: tuple[str, ...] = ()
    at: datetime | None = None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "at", "inner", "n", "flag", "~/"]), inner)
    ),
    max_leaves=8,
)


@given(VALUES)
@settings(max_examples=200)
def test_any_json_is_taken_or_refused(value: object) -> None:
    with suppress(Problem):
        assert decode_body(json.dumps(value).encode(), Sent).name is not None


@given(st.binary(max_size=40))
@settings(max_examples=200)
def test_any_bytes_are_taken_or_refused(raw: bytes) -> None:
    with suppress(Problem):
        decode_body(raw, Sent)


@given(
    st.lists(
        st.tuples(st.sampled_from(["q", "n", "flag", "tags", "at", "x"]), st.text(max_size=25)), max_size=6
    )
)
@settings(max_examples=200)
def test_any_query_is_taken_or_refused(pairs: list[tuple[str, str]]) -> None:
    with suppress(Problem):
        decode_query(MultiDict(pairs), Asked)


def test_a_query_means_what_it_says() -> None:
    pairs = [
        ("q", "null"),
        ("n", "-7"),
        ("flag", "true"),
        ("tags", "a"),
        ("tags", "b"),
        ("at", "2026-11-23T10:00:00Z"),
    ]
    asked = decode_query(MultiDict(pairs), Asked)
    assert (asked.q, asked.n, asked.flag, asked.tags) == ("null", -7, True, ("a", "b"))
    assert asked.at is not None
    assert msgspec.to_builtins(asked)["at"] == "2026-11-23T10:00:00Z"
