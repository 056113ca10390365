"""What no page of ours sent is refused, and so is a stolen id, what is too large, and what comes too fast."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from connectors.webchat import passes
from connectors.webchat.settings import ChatSettings
from hub.connector import WrongSetting
from hub.pace import Pace
from tests.connectors.webchat.conftest import NINE, SECRET, SITE, Make, Sends


def test_a_page_of_the_site_is_let_in_and_may_read_the_receipt(chat: Make, sends: Sends) -> None:
    taken = chat().answer(sends())
    assert chat().refuse(sends()) is None
    assert (taken.status, taken.headers["Access-Control-Allow-Origin"]) == (200, SITE)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "https://klarruta.example.evil.example"]
)
def test_a_page_of_another_site_is_refused_and_reads_nothing(chat: Make, sends: Sends, origin: str) -> None:
    refusal = chat().refuse(sends(origin=origin))
    assert refusal is not None
    assert refusal.status == 403
    assert "Access-Control-Allow-Origin" not in refusal.headers
    assert chat().preflight({"origin": origin}) == {}


@pytest.mark.parametrize("origin", ["http://hub.lan:8080", "http://chat.klarruta.example"])
def test_the_hubs_own_page_is_let_in_where_browsers_say_no_more_than_its_origin(
    chat: Make, sends: Sends, origin: str
) -> None:
    own, posted = chat(), sends(origin=origin)
    own.address = "http://chat.klarruta.example/in/chat/sesame"
    posted = structs.replace(posted, headers={**posted.headers, "host": "hub.lan:8080"})
    assert own.refuse(posted) is None
    across = structs.replace(posted, headers={**posted.headers, "sec-fetch-site": "cross-site"})
    assert (refusal := own.refuse(across))
    assert refusal.status == 403


@pytest.mark.parametrize(
    "origin", ["", "null", "http://", "http://hub.lan", "http://[", "http://evil.example"]
)
def test_no_other_page_passes_for_the_hubs_own(chat: Make, sends: Sends, origin: str) -> None:
    posted = sends(origin=origin)
    for host in ({}, {"host": ""}, {"host": "hub.lan:8080"}):
        assert (refusal := chat().refuse(structs.replace(posted, headers={**posted.headers, **host})))
        assert refusal.status == 403


def test_the_id_of_somebody_else_opens_nothing(chat: Make, sends: Sends, carried: str) -> None:
    visitor = carried.partition(".")[0]
    forged = [visitor, f"{visitor}.", f"{visitor}.{'0' * 40}", passes.issue("another secret"), "\ud800.x", ""]
    assert [passes.visitor_of(SECRET, each) for each in forged] == [""] * len(forged)
    refusal = chat().refuse(sends(v=f"{visitor}.{'0' * 40}"))
    assert refusal is not None
    assert refusal.status == 401


def test_a_file_over_the_bound_is_refused_in_words(chat: Make, sends: Sends) -> None:
    file = {"name": "film.mp4", "type": "video/mp4"}
    refusal = chat(largest_file=1).refuse(sends(b"x" * 1_000_001, file=file))
    assert refusal is not None
    assert refusal.status == 413
    assert b"1 MB" in refusal.body
    assert chat(largest_file=1).refuse(sends(b"x" * 1_000_000, file=file)) is None


def test_who_writes_too_fast_is_told_when_to_come_again(chat: Make, sends: Sends) -> None:
    busy = chat()
    refusals = [busy.refuse(sends()) for _number in range(21)]
    assert refusals[:20] == [None] * 20
    assert refusals[20] is not None
    assert refusals[20].status == 429
    assert int(refusals[20].headers["Retry-After"]) > 0


def test_a_pace_fills_again_with_time() -> None:
    moment = 0.0
    pace = Pace(2, 60, clock=lambda: moment)
    assert [pace.wait("a"), pace.wait("a"), pace.wait("a")] == [0.0, 0.0, 1.0]
    assert pace.wait("b") == 0.0
    moment = 1.0
    assert [pace.wait("a"), pace.wait("a")] == [0.0, 1.0]


def test_a_file_opens_until_the_end_of_the_next_day_and_no_other_does() -> None:
    opener = passes.opener(SECRET, 7, NINE)
    assert passes.opens(SECRET, 7, opener, NINE + timedelta(days=1))
    assert not passes.opens(SECRET, 7, opener, NINE + timedelta(days=2))
    assert not passes.opens(SECRET, 8, opener, NINE)


@pytest.mark.parametrize(("setting", "value"), [
    ("origins", ("klarruta.example",)), ("colour", "red"), ("position", "top"), ("when_closed", "sometimes"),
    ("questions", ("Name",)), ("questions", tuple(f"{number} = topic" for number in range(7))),
    ("consent_address", "javascript:alert(1)"),
])  # fmt: skip
def test_what_could_never_work_is_refused_by_its_name(setting: str, value: object) -> None:
    with pytest.raises(WrongSetting) as wrong:
        ChatSettings(**{setting: value})
    assert wrong.value.setting == setting


def test_each_chat_has_a_secret_of_its_own() -> None:
    assert ChatSettings().secret != ChatSettings().secret
