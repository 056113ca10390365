"""A call put together from what a PBX says happens to it, one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from crm.call_news import NOBODY, grown, is_another
from hub.events import CallNews, CallState, Talk, Transfer

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KARIN = "+46701740612"
RINGS = CallNews(
    key="c1", what="rings", at=NINE, customer=KARIN, written=KARIN, dialled="+4684650404", queue="sales",
    extensions=("101", "102"),
)  # fmt: skip


def after(passed: float, what: str, *extensions: str, **more: object) -> CallNews:
    return CallNews(key="c1", what=what, at=NINE + timedelta(seconds=passed), extensions=extensions, **more)


def call(*news: CallNews) -> CallState:
    state: CallState | None = None
    for each in news:
        state = grown(state, each) or state
    assert state is not None
    return state


def test_a_new_call_rings_at_all_who_are_named() -> None:
    state = call(RINGS)
    assert (state.direction, state.customer, state.queue) == ("inbound", KARIN, "sales")
    assert (state.ringing, state.rang, state.started_at) == (("101", "102"), ("101", "102"), NINE)


def test_who_answers_has_it_and_the_others_do_not() -> None:
    state = call(RINGS, after(5, "answered", "101"))
    assert (state.ringing, state.talking, state.inside) == ((), ("101",), ("101",))
    assert state.answered_at == NINE + timedelta(seconds=5)


def test_its_end_says_how_long_was_talked() -> None:
    state = call(RINGS, after(5, "answered", "101"), after(65, "ended", cause=16))
    assert (state.outcome, state.talks) == ("answered", (Talk("101", 60.0),))
    assert (state.inside, state.ended_at) == ((), NINE + timedelta(seconds=65))


def test_who_talks_after_another_is_kept_with_his_own_time() -> None:
    state = call(RINGS, after(5, "answered", "101"), after(25, "answered", "102"), after(65, "ended"))
    assert state.talks == (Talk("101", 20.0), Talk("102", 40.0))


@pytest.mark.parametrize(
    ("direction", "cause", "by", "outcome"),
    [
        ("inbound", 16, "customer", "abandoned"), ("inbound", 19, None, "no-answer"),
        ("inbound", 17, None, "busy"), ("inbound", 34, None, "no-answer"), ("outbound", 17, None, "busy"),
        ("outbound", 21, None, "rejected"), ("outbound", 1, None, "failed"), ("outbound", 16, None, "no-answer"),
    ],
)  # fmt: skip
def test_a_call_in_vain_says_why(direction: str, cause: int, by: str | None, outcome: str) -> None:
    begun = structs.replace(RINGS, direction=direction)
    assert call(begun, after(20, "ended", cause=cause, ended_by=by)).outcome == outcome


def test_one_who_calls_has_it_at_his_telephone_before_anybody_answers() -> None:
    state = call(structs.replace(RINGS, direction="outbound", extensions=("101",)))
    assert (state.ringing, state.inside) == ((), ("101",))
    assert call(
        structs.replace(RINGS, direction="outbound", extensions=("101",)), after(3, "answered")
    ).talks == (Talk("101", 0.0),)


def test_what_is_told_twice_changes_nothing() -> None:
    answer = after(5, "answered", "101")
    assert call(RINGS, RINGS, answer, answer, RINGS) == call(RINGS, answer)


def test_nothing_happens_to_a_call_that_ended() -> None:
    over = call(RINGS, after(9, "ended"))
    assert [grown(over, each) for each in (RINGS, after(10, "answered", "101"), after(11, "ended"))] == [
        None
    ] * 3


@pytest.mark.parametrize(("ended_before", "news", "is_so"), [
    (10, RINGS, True), (1, RINGS, False), (-10, RINGS, False), (10, structs.replace(RINGS, what="answered"), False),
    (10, structs.replace(RINGS, written=""), False), (10, structs.replace(RINGS, written="", withheld=True), True),
], ids=["again", "at once", "before", "answered", "shown", "withheld"])  # fmt: skip
def test_one_that_rings_clearly_after_the_end_is_another(
    ended_before: float, news: CallNews, *, is_so: bool
) -> None:
    over = call(RINGS, after(9, "ended"))
    at = NINE + timedelta(seconds=9 + ended_before)
    assert is_another(over, structs.replace(news, at=at)) is is_so


def test_one_that_lives_is_the_same_however_often_it_rings() -> None:
    assert not is_another(call(RINGS), structs.replace(RINGS, at=NINE + timedelta(hours=1)))


def test_where_it_rings_no_more_it_goes_from_the_screen() -> None:
    state = call(RINGS, after(4, "quiet", "101"))
    assert (state.ringing, state.rang) == (("102",), ("101", "102"))


def test_who_answered_is_not_guessed_among_several() -> None:
    assert call(RINGS, after(5, "answered")).talking == (NOBODY,)
    assert call(structs.replace(RINGS, extensions=("102",)), after(5, "answered")).talking == ("102",)


def test_an_end_alone_makes_up_for_the_beginning() -> None:
    state = call(after(90, "ended", "101", seconds=60.0, customer=KARIN))
    assert (state.started_at, state.answered_at) == (NINE + timedelta(seconds=30),) * 2
    assert (state.outcome, state.talks, state.rang) == ("answered", (Talk("101", 60.0),), ("101",))


def test_the_length_that_the_pbx_counted_is_when_it_was_answered() -> None:
    state = call(RINGS, after(100, "ended", "102", seconds=70.0))
    assert (state.answered_at, state.talks) == (NINE + timedelta(seconds=30), (Talk("102", 70.0),))


def test_no_transfer_is_made_up() -> None:
    assert (
        call(RINGS, after(5, "answered", "101"), after(25, "answered", "102")).transfers
        == tuple[Transfer, ...]()
    )
