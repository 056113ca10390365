"""Policies on screen: what a change would move is shown first, and moved when it is saved."""

from __future__ import annotations

import re

import pytest
from aiohttp.test_utils import TestClient

from crm.policies import Policy, Step
from hub import audit
from hub.clock import Clock
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles

FORM: dict[str, str | list[str]] = {
    "name": "New request",
    "kinds": ["form"],
    "target": "first response",
    "unseen": "10",
    "within": "30",
    "unit": "min",
    "reminders": "10, 5",
    "step_after": ["0", "30", ""],
    "step_side": ["min_after", "min_after", "min_after"],
    "step_who": ["head", "company", "head"],
}


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


async def policy(firm: Klarruta) -> Policy:
    """Give the first policy as it is now."""
    return await firm.do(lambda session: session.get_one(Policy, 1))


async def test_the_form_holds_the_policy_as_people_count(consoles: Consoles) -> None:
    html = (await consoles.get("Maria", "/policies")).html
    assert 'name="within" inputmode="decimal" required value="15"' in html
    assert '<option value="min" selected>minutes of working time' in html
    assert 'name="reminders" value="5"' in html
    assert re.findall(r'name="step_after"[^>]* value="(\d*)"', html) == ["0", "15", ""]  # and an empty line
    assert html.count('<option value="min_after" selected>') == 3


async def test_heads_see_it_and_managers_change_it(consoles: Consoles) -> None:
    assert (await consoles.get("Elin", "/policies")).status == 403
    seen = await consoles.get("Sofia", "/policies")
    assert "New request" in seen.words
    assert "disabled" in seen.html[seen.html.index('action="/policies/1"') :]
    for name in ("Elin", "Sofia"):
        assert (await consoles.press(name, "/policies/1", **FORM)).status == 403
        assert (await consoles.press(name, "/policies/1/preview", **FORM)).status == 403
        assert 'href="/policies"' not in (await consoles.get(name, "/today")).html


async def test_a_preview_shows_what_would_move_and_changes_nothing(
    firm: Klarruta, consoles: Consoles
) -> None:
    task = await firm.request("Karin Ekdahl", to="Elin")
    before = await firm.deadline(task)
    shown = await consoles.press("Maria", "/policies/1/preview", **FORM)
    assert "1 open task would move" in shown.words
    assert "First answer: Karin Ekdahl" in shown.words
    assert "<html" not in shown.html
    assert (await firm.deadline(task)).due_at == before.due_at


async def test_a_preview_says_what_would_be_late_at_once(
    firm: Klarruta, clock: Clock, consoles: Consoles
) -> None:
    await firm.request(to="Elin")
    clock.advance(minutes=7)
    shown = await consoles.press("Maria", "/policies/1/preview", **{**FORM, "within": "6", "reminders": "5"})
    assert "late at once" in shown.words


async def test_a_preview_works_without_scripts_too(firm: Klarruta, consoles: Consoles) -> None:
    await firm.request(to="Elin")
    shown = await consoles.send("Maria", "/policies/1/preview", **FORM)
    assert shown.status == 200
    assert "1 open task would move" in shown.words
    assert 'name="within" inputmode="decimal" required value="30"' in shown.html


async def test_saving_moves_the_open_tasks_and_says_how_many(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    assert "Saved: 1 open task was moved" in (await consoles.press("Maria", "/policies/1", **FORM)).words
    deadline = await firm.deadline(task)
    assert deadline.due_at is not None
    assert (deadline.due_at - deadline.started_at).total_seconds() == 1800
    saved = await policy(firm)
    assert saved.escalation == (
        Step(-600, "assignee"),
        Step(-300, "assignee"),
        Step(0, "head"),
        Step(1800, "company"),
    )
    assert saved.changed_by == (await firm.who("Maria")).user_id


async def test_a_new_request_gets_the_saved_promise(firm: Klarruta, consoles: Consoles) -> None:
    await consoles.press("Maria", "/policies/1", **FORM)
    deadline = await firm.deadline(await firm.request())
    assert deadline.seconds == 1800


async def test_saving_the_form_as_it_stood_changes_nothing(firm: Klarruta, consoles: Consoles) -> None:
    before = (await policy(firm)).escalation
    as_it_was = {
        **FORM,
        "within": "15",
        "reminders": "5",
        "step_after": ["0", "15"],
        "step_who": ["head", "company"],
    }
    await consoles.press("Maria", "/policies/1", **as_it_was)
    assert (await policy(firm)).escalation == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"within": ""}, "Write a number, more than 0"),
        ({"within": "0"}, "Write a number, more than 0"),
        ({"within": "-3"}, "Write a number, more than 0"),
        ({"within": "nan"}, "Write a number, more than 0"),
        ({"within": "9" * 40}, "Write a number, more than 0"),
        ({"within": "30", "unit": "years"}, "Write a number, more than 0"),
        ({"within": "1.5", "unit": "day"}, "Write a whole number of days, at most 365"),
        ({"within": "0", "unit": "day"}, "Write a whole number of days, at most 365"),
        ({"within": "366", "unit": "day"}, "Write a whole number of days, at most 365"),
        ({"within": "inf", "unit": "day"}, "Write a whole number of days, at most 365"),
        ({"reminders": "five"}, "Write minutes with commas between"),
        ({"reminders": "45"}, "A reminder comes before the promise is up"),
        ({"step_after": "soon"}, "Write for each step a number"),
        ({"step_after": "0.5", "step_side": "day_after"}, "Write for each step a number"),
        ({"step_after": "5", "step_side": "long_before"}, "Write for each step a number"),
        ({"step_after": "1", "step_side": "day_before"}, "A reminder comes before the promise is up"),
        ({"step_after": "20", "step_side": "min_before"}, "Somebody must be told when it is late"),
        ({"step_who": ["nobody", "company"]}, "Choose whom to tell from the list"),
        ({"step_who": ["user:999", "company"]}, "Choose whom to tell from the list"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_saved(
    firm: Klarruta, consoles: Consoles, wrong: dict[str, str | list[str]], words: str
) -> None:
    for path in ("/policies/1", "/policies/1/preview"):
        assert words in (await consoles.press("Maria", path, **{**FORM, **wrong})).words
    assert words in (await consoles.send("Maria", "/policies/1", **{**FORM, **wrong})).words
    assert (await policy(firm)).seconds == 900


IN_DAYS: dict[str, str | list[str]] = {
    **FORM,
    "within": "2",
    "unit": "day",
    "reminders": "30",
    "step_after": ["1", "0", "1"],
    "step_side": ["day_before", "min_after", "day_after"],
    "step_who": ["assignee", "head", "company"],
}


async def test_a_promise_in_working_days_is_written_shown_and_brought_back(
    firm: Klarruta, consoles: Consoles
) -> None:
    await consoles.press("Maria", "/policies/1", **IN_DAYS)
    saved = await policy(firm)
    assert (saved.seconds, saved.days) == (172_800, 2)
    assert saved.escalation == (
        Step(-86_400, "assignee", 1), Step(-1800, "assignee"), Step(0, "head"), Step(86_400, "company", 1),
    )  # fmt: skip
    shown = await consoles.get("Maria", "/policies")
    assert "First answer, 2 working days · Forms" in shown.words
    assert 'name="within" inputmode="decimal" required value="2"' in shown.html
    assert '<option value="day" selected>working days' in shown.html
    assert 'name="reminders" value="30"' in shown.html
    assert '<option value="day_before" selected>working days before' in shown.html
    assert "How soon and Whom to tell" in shown.words
    noted = (await consoles.get("Maria", "/audit/policy/1")).words
    for words in (
        "15 min",
        "2 working days",
        "1 working day before: Whoever has the task",
        "30 min before: Whoever",
        "when it is late: Head of department",
        "1 working day after: Everybody who leads or manages",
    ):
        assert words in noted  # fmt: skip
    assert "48 h" not in noted
    await consoles.press("Maria", "/policies/1", **FORM)
    assert (await policy(firm)).days == 0
    await consoles.press("Maria", "/policies/1/version", version="2")
    assert (await policy(firm)).escalation == saved.escalation
    assert (await policy(firm)).days == 2


async def test_a_preview_counts_days_by_the_hours_of_the_department(consoles: Consoles) -> None:
    sample = {"sample_day": "4", "sample_time": "10:30", "sample_department": "2"}
    shown = await consoles.press("Maria", "/policies/1/preview", **IN_DAYS, **sample)
    assert "Asked Fri 10:30 due Tue 10:30" in shown.words
    assert "2 working days, to the same hour" in shown.words
    shown = await consoles.press("Maria", "/policies/1/preview", **{**IN_DAYS, "within": "10"}, **sample)
    assert re.search(r"Asked Fri 10:30 due Fri \d+ \w+ 10:30", shown.words)


async def test_why_it_is_due_then_is_said_in_days(firm: Klarruta, consoles: Consoles) -> None:
    await consoles.press("Maria", "/policies/1", **IN_DAYS)
    task = await firm.request("Karin Ekdahl", to="Elin", of="Service")
    href = f"/deadlines/{(await firm.deadline(task)).id}"
    shown = await consoles.part("Elin", href)
    assert "2 working days with 18 h of work, rule “New request”" in shown.words
    await consoles.press("Maria", "/policies/1", **{**FORM, "within": "24", "unit": "h"})
    assert "24 h of working time, rule “New request”" in (await consoles.part("Elin", href)).words


async def test_a_policy_that_is_not_there_is_not_found(consoles: Consoles) -> None:
    assert (await consoles.get("Maria", "/policies?policy=99")).status == 404
    assert (await consoles.press("Maria", "/policies/99", **FORM)).status == 404
    assert (await consoles.press("Maria", "/policies/99/preview", **FORM)).status == 404


async def test_a_sample_week_shows_when_requests_would_be_due(consoles: Consoles) -> None:
    shown = await consoles.press(
        "Maria", "/policies/preview",
        **{**FORM, "name": "Repairs", "sample_day": "4", "sample_time": "16:50", "sample_department": "2"},
    )  # fmt: skip
    assert "Asked Fri 16:50 due Mon 08:20" in shown.words
    assert "10 min until close" in shown.words
    assert shown.html.count("<svg") == 8  # the week, and the Monday after


async def test_a_policy_is_made_and_retired_and_comes_first(firm: Klarruta, consoles: Consoles) -> None:
    made = await consoles.press(
        "Maria", "/policies", **{**FORM, "name": "Sales at once", "departments": ["1"]}
    )
    assert "Made: Sales at once" in made.words
    assert (await firm.deadline(await firm.request())).policy_id == 2
    assert "Another policy is called so" in (await consoles.press("Maria", "/policies", **FORM)).words
    await consoles.press("Maria", "/policies/2", "DELETE")
    assert (await firm.deadline(await firm.request())).policy_id == 1
    assert "Sales at once" not in (await consoles.get("Sofia", "/policies")).words
    await consoles.press("Maria", "/policies/2/retirement", "DELETE")
    await consoles.press("Maria", "/policies/1/place")
    assert (await firm.deadline(await firm.request())).policy_id == 1


async def test_versions_are_kept_and_brought_back(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Elin")
    await consoles.press("Maria", "/policies/1", **FORM)
    page = await consoles.get("Maria", "/policies?policy=1")
    assert "Maria Berg" in page.words
    assert "How soon and Whom to tell" in page.words
    old = await consoles.get("Maria", "/policies?policy=1&version=1")
    assert 'name="within" inputmode="decimal" required value="15"' in old.html
    back = await consoles.press("Maria", "/policies/1/version", version="1")
    assert "1 open task was moved" in back.words
    assert (await firm.deadline(task)).seconds == 900
    changes = await firm.do(audit.history, "policy", 1)
    assert [entry.changes["seconds"] for entry in changes] == [[1800, 900], [900, 1800]]
