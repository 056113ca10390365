"""A card shows its letters: who wrote to whom, the new part, and all of it on demand. Their HTML is not in the card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from crm.conversations import Interaction
from hub.clock import now
from tests.crm.mailbox import Mailbox, letter
from tests.crm.web.console import Consoles


async def test_a_card_shows_a_letter_its_new_part_and_all_of_it_on_demand(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    came = await mailbox.gets("18_reply")
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    html = unescape(shown.html)
    assert "Karin Nyman <karin@tenant.example>" in html
    assert "to support@example.org, “support@example.org”" in html
    assert "<b>SV: [#4711] Din order</b>" in html
    new, _all_of_it, whole = html.partition("All of it")
    assert "ja, skicka gärna en ny" in new
    assert "ska vi skicka en ny lampa" not in new
    assert "ska vi skicka en ny lampa" in whole
    assert "Answer Karin Nyman: SV: [#4711] Din order" in shown.words


async def test_a_card_shows_what_came_along_and_the_filter_of_letters(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    came = await mailbox.gets("03_related")
    shown = await consoles.get("Maria", f"/contacts/{came.contact}/timeline?show=mail")
    assert "kvitto.pdf" in shown.words
    assert "Trasig lampa" in shown.words


async def test_nothing_of_the_html_of_a_letter_is_rendered(mailbox: Mailbox, consoles: Consoles) -> None:
    came = await mailbox.gets("10_base64")
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert "javascript:" not in shown.html
    assert "Hello team," in shown.words


async def test_a_subject_with_markup_stands_there_as_written(mailbox: Mailbox, consoles: Consoles) -> None:
    event = structs.replace(mailbox.read(letter()), subject="<img src=x onerror=alert(1)>")
    came = await mailbox.gets_event(event)
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert "<img src=x" not in shown.html
    assert "&lt;img src=x" in shown.html


async def test_what_our_server_found_out_about_the_sender_is_said(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    results = {"Authentication_Results": "mx.example.org; spf=pass; dmarc=fail"}
    many = {"Cc": "a@b.example, c@d.example, e@f.example, g@h.example"}
    came = await mailbox.gets(letter(**results, **many))
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert "The mail server says: SPF pass, DMARC fail." in shown.words
    assert "to support@example.org, a@b.example, c@d.example and 2 more" in shown.words


async def test_a_letter_of_ours_stands_on_our_side(mailbox: Mailbox, consoles: Consoles) -> None:
    came = await mailbox.gets(letter())
    await mailbox.gets(letter("elin@klarruta.example", "Re: A window", "It does.", "ours@klarruta.example",
                              In_Reply_To="<one@tenant.example>", Cc="karin@tenant.example"))  # fmt: skip
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert 'class="bubble text ours"' in shown.html


async def test_the_road_of_a_letter_in_the_journal_leads_to_what_it_became(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    came = await mailbox.gets(letter())
    shown = await consoles.get("Maria", f"/journal/{came.item}")
    assert shown.status == 200
    assert f"/contacts/{came.contact}" in shown.html


async def test_a_date_that_a_letter_proposes_is_said_and_becomes_a_task_by_a_click(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    event = mailbox.read("11_calendar")
    assert event.invitation is not None
    coming = (now() + timedelta(days=9)).replace(hour=12, minute=30, second=0, microsecond=0)
    later = structs.replace(event.invitation, starts_at=coming, ends_at=coming + timedelta(hours=1))
    came = await mailbox.gets_event(structs.replace(event, invitation=later))
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    local = coming.astimezone(ZoneInfo("Europe/Stockholm"))
    assert re.search(
        rf"Proposes “Avtalsmöte”, \w+ {local.day} \w+ {local.year} {local:%H:%M}-[\d:]+, Storgatan 1",
        shown.words,
    )
    [link] = re.findall(r'href="(/tasks/new\?title=[^"]+)"[^>]*>Make it a task', shown.html)
    asked = await consoles.get("Maria", unescape(link))
    for value in (
        "Avtalsmöte",
        f"{local:%Y-%m-%dT%H:%M}",
        f'name="contact_id" value="{came.contact}"',
        "Storgatan 1",
    ):
        assert value in asked.html


@pytest.mark.parametrize(("method", "days", "words"), [
    ("CANCEL", 9, "Takes back “Avtalsmöte”"), ("REQUEST", -9, "Proposes “Avtalsmöte”"), ("REPLY", 9, ""),
])  # fmt: skip
async def test_a_date_that_is_taken_back_or_over_asks_for_no_task(
    mailbox: Mailbox, consoles: Consoles, method: str, days: int, words: str
) -> None:
    event = mailbox.read("11_calendar")
    assert event.invitation is not None
    other = structs.replace(
        event.invitation, method=method, starts_at=now() + timedelta(days=days), ends_at=None
    )
    came = await mailbox.gets_event(structs.replace(event, invitation=other))
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert words in shown.words
    assert ("“Avtalsmöte”, " in shown.words) == bool(words)
    assert "Make it a task" not in shown.words


async def test_a_date_without_an_end_is_no_trouble(mailbox: Mailbox, consoles: Consoles) -> None:
    event = mailbox.read("11_calendar")
    assert event.invitation is not None
    endless = structs.replace(event.invitation, ends_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    came = await mailbox.gets_event(structs.replace(event, invitation=endless))
    shown = await consoles.get("Maria", f"/contacts/{came.contact}")
    assert (shown.status, "Avtalsmöte" in shown.words) == (200, True)


async def test_an_answer_that_was_opened_and_closed_is_begun_anew(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    came = await mailbox.gets(letter())
    first, second = (touch.id for touch in [*await mailbox.touches(), *await _another(mailbox)])
    path = f"/contacts/{came.contact}/drafts"
    await consoles.press("Maria", path, about=str(first), how="reply")
    begun = await consoles.press("Maria", path, about=str(second), how="reply")
    assert 'value="Re: The door"' in begun.html
    [address] = re.findall(r'data-composer="([^"]+)"', begun.html)
    await consoles.press("Maria", address, body="It is half written")
    again = await consoles.press("Maria", path, about=str(first), how="reply")
    assert "It is half written" in again.html


async def _another(mailbox: Mailbox) -> Sequence[Interaction]:
    again = {"In_Reply_To": "<one@tenant.example>"}
    await mailbox.gets(letter(subject="The door", key="two@tenant.example", **again))
    return (await mailbox.touches())[1:]
