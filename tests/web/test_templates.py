"""The templates: what people find on pages, with and without scripts; nothing a strict browser refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.web import views
from tests.web.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

FILES = sorted(ROOT.glob("*/web/templates/*.html"))
SPRITE = (ROOT / "hub/web/assets/icons.svg").read_text()

Render = Callable[..., str]


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def file(request: pytest.FixtureRequest) -> Path:
    """Give each template in turn."""
    path: Path = request.param
    return path


def test_every_template_can_be_read_and_says_what_it_needs(file: Path, templates: Environment) -> None:
    templates.get_template(file.name)
    assert file.read_text().startswith("{#-")


def test_no_template_holds_script_or_style_that_the_policy_forbids(file: Path) -> None:
    source = file.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", source)


def test_every_icon_that_is_named_is_in_the_sprite(file: Path) -> None:
    named = re.findall(r'ui\.icon\("([\w-]+)"\)|icon_name="([\w-]+)"', file.read_text())
    assert [name for pair in named for name in pair if name and f'id="i-{name}"' not in SPRITE] == []


def test_what_a_visitor_wrote_is_shown_and_never_obeyed(render: Render) -> None:
    page = render("contact.html", **views.card())
    assert "34, &lt;b&gt;wood&lt;/b&gt;" in page
    assert "<b>wood" not in page


def test_a_task_says_why_it_is_mine_and_who_was_told(render: Render) -> None:
    row = render("_task.html", task=views.task(), me=views.ELIN)
    assert "Why you: Longest free in Sales" in row
    assert "Sofia Hjelm was told at 10:31" in row
    assert "data-late" in row


def test_a_task_is_done_without_scripts_too(render: Render) -> None:
    row = render("_task.html", task=views.task(), me=views.ELIN)
    assert 'method="post" action="/tasks/7/completion"' in row


def test_a_done_task_can_be_taken_back_without_scripts_too(render: Render) -> None:
    row = render("_task.html", task=views.task(done=True, done_words="Done 10:44"), me=views.ELIN)
    assert 'action="/tasks/7/completion" hx-delete="/tasks/7/completion"' in row
    assert 'name="_method" value="delete"' in row


def test_several_candidates_are_offered_and_none_is_guessed(render: Render) -> None:
    row = render("_task.html", task=views.task(candidates=2), me=views.ELIN)
    assert "Possible same person: choose" in row
    assert "/tasks/7?open=contact" in row


def test_who_may_not_change_a_task_gets_no_button(render: Render) -> None:
    assert "<button" not in render("_task.html", task=views.task(may_change=False), me=views.ELIN)


def test_the_bar_of_a_deadline_is_one_whole(render: Render) -> None:
    panel = render("_deadline.html", deadline=views.deadline())
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', panel)]
    assert sum(widths) == pytest.approx(100, abs=0.1)
    assert "due Mon 09:05" in panel


def test_a_clock_that_runs_carries_its_times_and_one_that_stands_does_not(render: Render) -> None:
    running = render("_task.html", task=views.task(deadline=views.deadline("soon", "7:11")), me=views.ELIN)
    paused = render("_task.html", task=views.task(deadline=views.deadline("paused", "Paused")), me=views.ELIN)
    assert 'data-due="2026-11-23T09:30:00Z"' in running
    assert "data-due" not in paused


def test_an_empty_day_says_so(render: Render) -> None:
    view = {**views.today(), "tasks": views.View(overdue=[], today=[], later=[]), "queue": None}
    assert "Nothing waits for you" in render("today.html", **view)


def test_a_wrong_field_keeps_what_was_typed_and_is_tied_to_its_words(render: Render) -> None:
    page = render("form_page.html", **views.form(phone="Two digits are missing"))
    assert 'value="070-174 06"' in page
    assert 'aria-invalid="true" aria-describedby="f-phone-error' in page
    assert 'id="f-phone-error"' in page


def test_the_trap_of_a_form_is_not_for_people(render: Render) -> None:
    page = render("form_page.html", **views.form())
    assert '<label class="trap" aria-hidden="true">' in page
    assert 'name="_gotcha" tabindex="-1"' in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500])
def test_trouble_is_told_in_our_words_to_strangers_too(status: int, render: Render) -> None:
    page = render("error.html", status=status, me=None, code="7F3K")
    assert "Noted as 7F3K" in page
    assert str(status) not in re.sub(r"<title>.*</title>", "", page)
