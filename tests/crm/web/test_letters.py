"""A card shows its letters: who wrote to whom, the new part, and all of it on demand. Their HTML is not in the card."""

from __future__ import annotations

from html import unescape

from msgspec import structs

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
