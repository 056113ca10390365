"""Times in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from hub.languages import Listener, speaking_to
from hub.web import moments
from hub.web.parts import Parts

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 11, 23, 9, 49, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T08:12:00Z", "today 09:12"),
        ("2026-11-22T23:30:00Z", "today 00:30"),
        ("2026-11-22T22:30:00Z", "Sun 23:30"),
        ("2026-11-20T14:02:00Z", "Fri 15:02"),
        ("2026-11-27T14:02:00Z", "Fri 15:02"),
        ("2026-11-16T09:00:00Z", "16 Nov"),
        ("2025-11-18T09:00:00Z", "18 Nov 2025"),
        (None, ""),
    ],
)
def test_near_times_need_few_words(moment: str | None, words: str) -> None:
    with time_machine.travel(MONDAY):
        assert moments.when(moment, STOCKHOLM) == words


def test_any_time_can_be_said_in_full() -> None:
    assert moments.full(MONDAY, STOCKHOLM) == "Monday 23 November 2026, 10:49 CET"
    assert moments.full("", STOCKHOLM) == ""


def test_machines_get_utc_and_text_passes() -> None:
    assert moments.iso(MONDAY.astimezone(STOCKHOLM)) == "2026-11-23T09:49:00Z"
    assert moments.iso("2026-11-23") == "2026-11-23"
    assert moments.iso(None) == ""


def test_a_day_begins_where_the_company_is() -> None:
    with time_machine.travel(MONDAY):
        assert moments.midnight(STOCKHOLM) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


def test_a_day_on_which_the_clock_changes_has_its_own_length() -> None:
    with time_machine.travel(datetime(2026, 10, 24, 22, 30, tzinfo=UTC)):  # the 25th, of 25 hours
        assert moments.midnight(STOCKHOLM, 1) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
        assert moments.midnight(STOCKHOLM, -6) == datetime(2026, 10, 18, 22, 0, tzinfo=UTC)


def test_a_time_on_a_page_is_told_anew_on_another_day_and_in_another_language() -> None:
    parts, at = Parts("icons.svg", lambda: STOCKHOLM), MONDAY - timedelta(hours=1)
    shown = []
    for moment, language in ((MONDAY, "en"), (MONDAY + timedelta(days=1), "en"), (MONDAY, "sv")):
        with time_machine.travel(moment), speaking_to(Listener(language)):
            shown.append(parts.moment(at))
    assert [re.sub("<[^>]*>", "", each) for each in shown] == ["today 09:49", "Mon 09:49", "i dag 09:49"]
    assert 'datetime="2026-11-23T08:49:00Z" title="Monday 23 November 2026, 09:49 CET"' in shown[0]
