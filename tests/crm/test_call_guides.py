"""A department's script and results, and when the task follows that a result asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import call_guides, call_results
from crm.after_calls import follow_at
from crm.call_guides import Section, sections
from crm.call_results import Wanted, results_of
from crm.caller_names import signature
from crm.working_hours import WorkingHours
from crm.worktime import Calendar
from tests.crm.klarruta import Klarruta

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = Calendar(WorkingHours.read("Europe/Stockholm", {"mon-fri": ["08:00-17:00"]}))


def test_a_script_is_divided_at_lines_that_stand_alone_and_end_with_a_colon() -> None:
    script = "Smile.\r\n\r\nGreeting:\r\n\r\nSay who you are.\n\nAsk how it goes.\n\nWindows:\nHow many?\nOf what?\n"
    assert sections(script) == [
        Section("", ["Smile."]),
        Section("Greeting", ["Say who you are.", "Ask how it goes."]),
        Section("Windows", ["How many?\nOf what?"]),
    ]


@given(st.text(max_size=400))
def test_no_word_of_a_script_is_lost(script: str) -> None:
    shown = [part for each in sections(script) for part in (each.heading, *each.paragraphs)]
    assert "".join("".join(shown).replace(":", "").split()) == "".join(script.replace(":", "").split())


@pytest.mark.parametrize(
    ("amount", "unit", "follows"),
    [
        (60, "minutes", "2026-11-27 16:30"),
        (120, "minutes", "2026-11-30 08:30"),
        (1, "days", "2026-11-30 08:00"),
        (3, "days", "2026-12-02 08:00"),
    ],
)
def test_a_task_follows_in_working_time(amount: int, unit: str, follows: str) -> None:
    friday = datetime(2026, 11, 27, 15, 30, tzinfo=STOCKHOLM)
    at = follow_at(friday.astimezone(UTC), amount, unit, OFFICE)
    assert f"{at.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}" == follows


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello\n\nRegards\nKarin Ekdahl\n+46 70 174 06 12", "Karin Ekdahl"),
        ("Hello\n\nPer-Olof von Sydow\nBrf Ankaret, chair\n0701740612\n", "Per-Olof von Sydow"),
        ("Call me on 070-174 06 12", ""),
        ("Karin Ekdahl\n070-999 06 13", ""),
        ("", ""),
    ],
)
def test_the_name_above_a_number_is_its_owners(text: str, name: str) -> None:
    assert signature(text, "+46701740612", "SE") == name


async def test_two_results_share_neither_words_nor_digit(firm: Klarruta) -> None:
    sofia = await firm.who("Sofia")
    place = sofia.department_id or 0
    await firm.do(call_results.make, sofia, place, Wanted(words="Settled", key="1"))
    faults = await firm.do(call_results.faults, place, Wanted(words="settled", key="1", follow_in=-1), None)
    assert set(faults) == {"words", "key", "follow_in"}
    assert set(await firm.do(call_results.faults, place, Wanted(words="", key="10"), None)) == {
        "words",
        "key",
    }
    assert not await firm.do(call_results.faults, place, Wanted(words="Lost", key="2", follow_in=3), None)


async def test_one_that_is_taken_up_again_finds_a_free_digit(firm: Klarruta) -> None:
    sofia = await firm.who("Sofia")
    place = sofia.department_id or 0
    old = await firm.do(call_results.make, sofia, place, Wanted(words="Settled", key="1"))
    await firm.db.write(lambda session: call_results.retire(session, sofia, session.merge(old)))
    await firm.do(call_results.make, sofia, place, Wanted(words="Lost", key="1"))
    await firm.db.write(lambda session: call_results.take_up(session, sofia, session.merge(old)))
    found = await firm.db.read(results_of, place)
    assert [(each.key, each.words) for each in found] == [("1", "Lost"), ("2", "Settled")]


async def test_what_is_offered_is_made_once(firm: Klarruta) -> None:
    sofia = await firm.who("Sofia")
    place = sofia.department_id or 0
    assert await firm.do(call_results.make_offered, sofia, place) == len(call_results.OFFERED)
    assert await firm.do(call_results.make_offered, sofia, place) == 0


async def test_a_department_without_a_guide_needs_nothing(firm: Klarruta) -> None:
    assert not await firm.db.read(call_guides.is_required, 1)
    assert not await firm.db.read(call_guides.is_required, None)
