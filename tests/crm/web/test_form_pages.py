"""The room Forms: making one without scripts, its map, the ways onto a site, and what was set aside."""

from __future__ import annotations

import re
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote_plus
from zipfile import ZipFile

import pytest
from aiohttp import FormData
from sqlalchemy import select

from crm.contacts import Contact
from hub import audit, journal
from hub.channels import Channel
from hub.web.journal_deeds import GRACE
from hub.web.keys import ANSWERS
from tests.crm.web.seat import words as words_of
from tests.eventually import eventually

if TYPE_CHECKING:
    from hub.clock import Clock
    from hub.db import Database
    from tests.crm.web.conftest import Sit
    from tests.crm.web.seat import Seat

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

CF7 = {
    "your-name": "Karin Ekdahl",
    "text-55": "070-174 06 12",
    "text-9": "seven",
    "your-message": "A draught.",
}


@pytest.fixture
async def annika(sit: Sit) -> Seat:
    """Seat the admin."""
    return await sit("Annika Kron", "admin")


async def settings(db: Database) -> dict[str, object]:
    return await db.read(
        lambda session: session.scalars(select(Channel.settings).where(Channel.id == 1)).one()
    )


def draft(*rows: tuple[str, str, str], **more: str) -> dict[str, str]:
    """Give the form of one question a row: key, label, kind."""
    fields = {"title": "A price", "intro": "", "thanks": "", "thanks_address": "", **more}
    for key, label, kind in rows:
        fields |= {"row": key, f"label-{key}": label, f"kind-{key}": kind}
    return fields


async def send(annika: Seat, **answers: str) -> None:
    """Send the website's form, and wait until the journal has read it."""
    answer = await annika.client.post(await annika.intake(), data=answers, allow_redirects=False)
    assert answer.status in {200, 303}

    async def is_read() -> bool:
        return "nothing waits" in await annika.reads("/journal")

    await eventually(is_read)


async def test_managers_see_forms_and_admins_change_them(sit: Sit) -> None:
    maria = await sit("Maria Berg", "manager")
    assert "disabled" in await maria.opens("/form-builder/1")
    assert (await maria.sends("/form-builder/1", **draft())).status == 403
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    assert (await elin.asks("/form-builder")).status == 403


async def test_buttons_change_the_draft_and_save_nothing(annika: Seat, db: Database) -> None:
    before = await settings(db)
    page = await (
        await annika.sends("/form-builder/1/draft?do=add:choice", **draft(("0", "Floor?", "text")))
    ).text()
    assert re.findall(r'name="row" value="(\d)"', page) == ["0", "1"]
    assert "Not saved yet" in page
    assert 'value="Floor?"' in page
    page = await (
        await annika.sends("/form-builder/1/draft?do=remove:0", **draft(("0", "Floor?", "text")))
    ).text()
    assert 'name="row"' not in page
    assert await settings(db) == before


async def test_a_saved_form_asks_the_new_question_and_undo_brings_the_old_ones_back(
    annika: Seat, db: Database
) -> None:
    before = await settings(db)
    answer = await annika.sends("/form-builder/1", **draft(("0", "Which floor?", "number"), thanks="Thanks."))
    undo = re.search(r'action="(/channels/1/changes/\d+)"', await answer.text())
    saved = await settings(db)
    assert [field["name"] for field in saved["fields"]] == ["Which floor?"]
    assert saved["origins"] == before["origins"]
    assert undo
    await annika.client.delete(undo[1], headers=annika.headers)
    assert await settings(db) == before
    entries = await db.read(lambda session: audit.history(session, "channel", 1))
    assert [entry.who for entry in entries] == ["Annika Kron", "Annika Kron"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (draft(("0", "", "text")), "Write what you ask."),
        (draft(("0", "Which?", "choice")), "Write the answers to choose from"),
        (draft(("0", "_x", "text")), "may not begin with an underscore"),
        (draft(thanks_address="klarruta.example"), "Write the whole address"),
        (draft(title=""), "Say what stands above the form."),
    ],
)
async def test_what_is_wrong_with_a_form_stands_beside_it(
    annika: Seat, wrong: dict[str, str], words: str
) -> None:
    answer = await annika.sends("/form-builder/1", **wrong)
    assert answer.status == 422
    assert words in await answer.text()


async def test_the_map_is_learned_from_the_last_request_and_wins_over_guesses(
    annika: Seat, db: Database
) -> None:
    await send(annika, **CF7)
    page = await annika.reads("/form-builder/1/map")
    assert "text-55" in page
    assert "what its value looks like" in page
    html = await annika.opens("/form-builder/1/map")
    labels = dict(re.findall(r'name="label-(\d+)" value="([^"]+)"', html))
    means = {f"means-{number}": {"text-55": "nothing", "text-9": "field:openings"}.get(label, "")
             for number, label in labels.items()}  # fmt: skip
    fields = {f"label-{number}": label for number, label in labels.items()} | means
    difference = await (await annika.sends("/form-builder/1/map/preview", number="10", **fields)).text()
    assert "1 request would be read otherwise" in difference
    assert "<del>070-174 06 12</del>" in difference
    assert "<ins>seven</ins>" in difference
    await annika.sends("/form-builder/1/map", **fields)
    assert (await settings(db))["map"] == {"text-55": "nothing", "text-9": "field:openings"}
    await send(annika, **CF7 | {"text-9": "7", "your-name": "Lena Berg"})
    found = await annika.opens("/journal/2")
    assert "the field map" in found
    card = re.search(r"/contacts/\d+", found)
    assert card
    assert re.search(r"Openings[^<]*<(?s:.*?)7", await annika.opens(card[0]))


async def test_a_better_map_is_run_again_over_what_came(annika: Seat, db: Database) -> None:
    await send(
        annika, **{"your-name": "Karin Ekdahl", "text-55": "reach me: 070-174 06 12", "your-message": "Call"}
    )
    page = await annika.reads("/form-builder/1/map?item=1")
    assert "The card it would make" in page
    fields = {"item": "1", "label-0": "text-55", "means-0": "phone"}
    shown = words_of(await (await annika.sends("/form-builder/1/map/preview", number="10", **fields)).text())
    assert "phone reach me: 070-174 06 12" in shown
    await annika.sends("/form-builder/1/map", **fields)
    assert (
        "1 request is read again"
        in await (await annika.sends("/form-builder/1/map/again", number="50")).text()
    )

    async def is_read() -> bool:
        return "read again: +46701740612" in await annika.reads("/journal/1")

    await eventually(is_read)
    entries = await db.read(lambda session: audit.history(session, "contact", 1))
    assert entries[0].words == "a form was read again: +46701740612"


async def test_a_mass_of_spam_is_one_line_and_goes_and_comes_back_at_once(annika: Seat) -> None:
    for number in range(7):
        await send(annika, name=f"SEO {number}", message=f"Rank first {number}", _gotcha="yes")
    assert "All 7 are spam" in await annika.reads("/form-builder/1/set-aside")
    answer = await annika.sends("/form-builder/1/set-aside/7/spam")
    assert "7 taken away as spam" in await answer.text()
    assert "Nothing is set aside" in await annika.reads("/form-builder/1/set-aside")
    await annika.client.delete("/form-builder/1/set-aside/7/spam", headers=annika.headers)
    assert "All 7 are spam" in await annika.reads("/form-builder/1/set-aside")


async def test_a_mass_that_was_real_goes_on_at_once_and_can_be_held_back(
    annika: Seat, db: Database, clock: Clock
) -> None:
    for number in range(7):
        await send(annika, name=f"Kim {number}", message=f"Window {number}", _gotcha="yes")
    assert "All 7 were real" in await annika.reads("/form-builder/1/set-aside")
    answer = await annika.sends("/form-builder/1/set-aside/7/release")
    assert "7 were real, and go on their way" in await answer.text()
    await annika.client.delete("/form-builder/1/set-aside/7/release", headers=annika.headers)
    assert "All 7 were real" in await annika.reads("/form-builder/1/set-aside")
    await annika.sends("/form-builder/1/set-aside/3/release")
    assert "Nothing is set aside" in await annika.reads("/form-builder/1/set-aside")
    clock.advance(seconds=GRACE.total_seconds())

    async def all_have_cards() -> bool:
        return len(await db.read(lambda session: session.scalars(select(Contact.name)).all())) == 7

    await eventually(all_have_cards)


async def test_a_sender_is_blocked_by_a_click_and_free_by_another(annika: Seat) -> None:
    await send(annika, name="SEO Team", email="seo@rank.example", _gotcha="yes")
    page = await annika.reads("/journal/1")
    for words in (
        "Is it spam?",
        "A field that people cannot see was filled in.",
        "had nothing to say",
        "Block this sender",
    ):
        assert words in page
    assert "Blocked: seo@rank.example" in await (await annika.sends("/journal/1/block")).text()
    assert "seo@rank.example" in await annika.reads("/blocked")
    await send(annika, name="Somebody", email="seo@rank.example", message="Nothing odd")
    assert "“seo@rank.example” is blocked" in await annika.reads("/form-builder/1/set-aside")
    await annika.client.delete("/journal/1/block", headers=annika.headers)
    assert "Nobody is blocked" in await annika.reads("/blocked")


async def test_a_page_of_thanks_of_ones_own_is_where_visitors_go(annika: Seat) -> None:
    await annika.sends(
        "/form-builder/1", **draft(("0", "Name", "text"), thanks_address="https://klarruta.example/tack")
    )
    answer = await annika.client.post(
        await annika.intake(), data={"Name": "Karin"}, headers={"Accept": "text/html"}, allow_redirects=False
    )
    assert answer.headers["Location"] == "https://klarruta.example/tack"


async def test_every_way_onto_a_site_has_its_steps_and_something_to_copy(annika: Seat, db: Database) -> None:
    page = await annika.reads("/form-builder/1/sites")
    for words in (
        "WordPress, with our plug-in",
        "WordPress, Contact Form 7",
        "Elementor",
        "Tilda",
        "Wix",
        "Google Forms",
        "computeHmacSha256Signature",
        '<script>import("',
        '<input type="tel"',
    ):
        assert words in page
    wrong = await annika.sends("/form-builder/1/sites", origins="klarruta.example")
    assert "An origin is scheme and host" in await wrong.text()
    await annika.sends("/form-builder/1/sites", origins="https://klarruta.example/\n")
    assert (await settings(db))["origins"] == ["https://klarruta.example"]


async def test_the_plugin_is_downloaded_and_its_secret_is_shown_once(
    annika: Seat, sit: Sit, db: Database
) -> None:
    answer = await annika.asks("/form-builder/1/sites/ringback-wordpress.zip")
    files = ZipFile(BytesIO(await answer.read())).namelist()
    assert {"ringback/ringback.php", "ringback/languages/ringback-sv_SE.mo"} <= set(files)

    shown = await (await annika.sends("/form-builder/1/sites/secret")).text()
    first = str((await settings(db))["secret"])
    assert escape(first) in shown
    page = await annika.opens("/form-builder/1/sites")
    assert escape(first) not in page
    assert "Make a new secret" in page
    await annika.sends("/form-builder/1/sites/secret")
    after = await settings(db)
    assert (after["earlier_secret"], after["secret"] != first) == (first, True)
    maria = await sit("Maria Lind", "manager")
    assert "Make a new secret" not in await maria.opens("/form-builder/1/sites")
    assert (await maria.sends("/form-builder/1/sites/secret")).status == 403


async def test_a_secret_that_would_shut_others_out_is_asked_about_first(annika: Seat, db: Database) -> None:
    answer = await annika.client.post(await annika.intake(), data={"name": "Lena Berg"}, headers=WPFORMS)
    assert answer.status == 200
    await send(annika, name="Karin", message="By hand")
    asked = await (await annika.sends("/form-builder/1/sites/secret")).text()
    assert "would be refused from then on: WPForms." in asked
    assert not (await settings(db)).get("secret")
    await annika.sends("/form-builder/1/sites/secret", sure="1")
    assert (await settings(db))["secret"]


async def test_the_journal_shows_no_secret(annika: Seat) -> None:
    secret = "s3cret/+key"  # noqa: S105 - invented
    form = {"channel-title": "Website", "secret": secret, "sender": "any"}
    await annika.sends("/channels/1", **form)
    headers = {"Authorization": "Basic a2xhcjpydXRh", "X-Own-Key": secret}
    await annika.client.post(
        await annika.intake(), data={"name": "Lena Berg", "key": secret}, headers=headers
    )
    page = await annika.opens("/journal/1")
    assert "Lena" in page
    for words in (secret, quote_plus(secret), "a2xhcjpydXRh"):
        assert words not in page
    assert "Basic •••" in page


async def test_what_was_set_aside_says_why_and_shows_a_sample(annika: Seat) -> None:
    await send(annika, name="SEO Team", message="[url=x] Rank first", _gotcha="yes")
    page = await annika.reads("/form-builder/1/set-aside")
    for words in ("SEO Team", "Rank first", "A field that people cannot see was filled in.", "It was real"):
        assert words in page
    await annika.sends("/journal/1/spam")
    assert "Nothing is set aside" in await annika.reads("/form-builder/1/set-aside")


async def test_what_was_set_aside_is_shown_however_large_it_is(
    annika: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "IN_ROW", 100)
    await send(annika, name="SEO Team", message="Rank first " * 20, _gotcha="yes")
    page = await annika.reads("/form-builder/1/set-aside")
    assert "A field that people cannot see was filled in." in page
    assert "SEO Team" in page
    assert "Rank first" in page


WPFORMS = {"User-Agent": "WordPress/6.8; WPForms/1.9.3"}


async def test_what_is_not_proven_waits_until_the_secret_is_right(annika: Seat) -> None:
    await annika.sends("/channels/1", **{"channel-title": "Website", "secret": "mistyped", "sender": "any"})
    refused = await annika.client.post(
        await annika.intake(), data={"name": "Lena Berg"}, headers=WPFORMS | {"X-Key": "the right one"}
    )
    assert refused.status == 401
    assert "It does not carry the secret" in await refused.text()
    page = await annika.reads("/form-builder/1/unproven")
    for words in (
        "1 not proven genuine",
        "WPForms",
        "Lena Berg",
        "It does not carry the secret",
        "It was real",
    ):
        assert words in page
    assert "1 not proven genuine since" in await annika.reads("/channels")
    assert "Nothing is set aside" in await annika.reads("/form-builder/1/set-aside")
    await annika.sends("/form-builder/1/unproven/proof")
    assert "1 not proven genuine" in await annika.reads("/form-builder/1/unproven")
    await annika.sends(
        "/channels/1", **{"channel-title": "Website", "secret": "the right one", "sender": "any"}
    )
    await annika.sends("/form-builder/1/unproven/proof")
    assert "Everything is proven genuine" in await annika.reads("/form-builder/1/unproven")

    async def is_a_card() -> bool:
        return "Lena Berg" in await annika.reads("/journal?filter=done")

    await eventually(is_a_card)


async def test_a_channel_says_who_sent_last_and_what_senders_were_told(annika: Seat) -> None:
    await send(annika, Name="Oleg", Phone="+79991112233", tranid="1:2", formid="form7")
    assert (await annika.client.post(await annika.intake(), data=b"")).status == 400
    await annika.client.app[ANSWERS].write()  # type: ignore[union-attr]
    page = await annika.reads("/channels/1")
    assert "Tilda" in page
    assert "What its senders were told" in page
    assert "200: 1, 400: 1" in page


async def test_a_channel_is_fixed_to_a_sender_by_its_own_name(annika: Seat, db: Database) -> None:
    page = await annika.opens("/channels/1")
    assert "Who sends, and how it is proven" in page
    assert '<option value="contact-form-7">Contact Form 7</option>' in page
    await annika.sends("/channels/1", **{"channel-title": "Website", "sender": "tilda"})
    assert (await settings(db))["sender"] == "tilda"


async def test_contact_form_7_posts_by_its_own_script(annika: Seat) -> None:
    below = f"{await annika.intake()}/wp-json/contact-form-7/v1/contact-forms/5/feedback"
    rules = await annika.client.get(f"{below}/schema", headers={"Origin": "https://klarruta.example"})
    assert (await rules.json())["rules"] == []
    assert rules.headers["Access-Control-Allow-Origin"] == "*"
    form = FormData(
        {"_wpcf7_unit_tag": "wpcf7-f5-o1", "your-name": "Karin Ekdahl"}, default_to_multipart=True
    )
    answer = await annika.client.post(below, data=form, headers={"Origin": "https://klarruta.example"})
    told = await answer.json()
    assert (told["status"], told["into"], told["invalid_fields"]) == ("mail_sent", "#wpcf7-f5-o1", [])
    assert (await annika.client.get(below)).status == 405
