"""`ringback channel test` for a channel of Meta's: what works, what is missing, and what is to be pasted where."""

from __future__ import annotations

import pytest
from msgspec import structs

from connectors.instagram import Instagram, InstagramSettings
from connectors.messenger import Messenger, MessengerSettings
from connectors.whatsapp import WhatsApp, WhatsAppSettings
from hub.connector import WrongSetting
from hub.examination import Examiner, Finding
from tests.servers import graph
from tests.servers.graph import ACCOUNT, APP_SECRET, INSTAGRAM, NUMBER, PAGE, Meta

READY = "order_ready sv = Hej {1}!\\nDina {2} är här."
WRONG = "0000"


async def found(examiner: Examiner) -> dict[str, Finding]:
    """Give the findings by what was looked at."""
    return {each.what: each async for each in examiner.examine(send=False)}


@pytest.fixture
def settings(meta: Meta) -> WhatsAppSettings:
    """Give a number that is set up as it should be."""
    meta.hooks_go_to = "https://hub.klarruta.example/in/wa/sesame"
    return WhatsAppSettings(
        phone_number_id=NUMBER, account_id=ACCOUNT, access_token=graph.TOKEN, app_secret=APP_SECRET,
        base_url=meta.address, templates=(READY,),
    )  # fmt: skip


async def test_a_number_that_works_says_so_and_lists_its_templates(settings: WhatsAppSettings) -> None:
    all_ = [each async for each in WhatsApp("wa", "sesame", settings).examine(send=False)]
    assert [(each.what, each.how) for each in all_] == [
        ("Number", "good"), ("Posts go to", "good"), ("App secret", "good"), ("Web hooks", "good"),
        ("Template", "good"), ("Template", "unknown"), ("Callback URL", "good"), ("Verify token", "good"),
    ]  # fmt: skip
    words = {each.words for each in all_}
    assert "+46 8 465 004 00 “Klarruta”, quality GREEN" in words
    assert READY in words  # as it is written into the settings
    assert "visit sv is not approved: pending" in words
    assert "paste the hub's https address, then /in/wa/sesame" in words
    assert "paste sesame" in words


async def test_a_token_that_is_refused_is_said(settings: WhatsAppSettings) -> None:
    wrong = structs.replace(settings, access_token=WRONG)
    number = (await found(WhatsApp("wa", "sesame", wrong)))["Number"]
    assert number.how == "bad"
    assert number.words.startswith("Meta refuses the access token")


async def test_an_app_secret_of_another_app_is_found_out(settings: WhatsAppSettings) -> None:
    wrong = structs.replace(settings, app_secret=WRONG)
    secret = (await found(WhatsApp("wa", "sesame", wrong)))["App secret"]
    assert (secret.how, "Invalid appsecret_proof" in secret.words) == ("bad", True)


async def test_posts_that_go_to_somebody_else_are_found_out(settings: WhatsAppSettings, meta: Meta) -> None:
    meta.hooks_go_to = "https://old.example/webhook"
    hooks = (await found(WhatsApp("wa", "sesame", settings)))["Posts go to"]
    assert hooks == Finding("Posts go to", "bad", "https://old.example/webhook, which is not this channel")


async def test_a_template_that_meta_has_not_approved_is_found_out(
    settings: WhatsAppSettings, meta: Meta
) -> None:
    meta.templates.clear()
    all_ = [each async for each in WhatsApp("wa", "sesame", settings).examine(send=False)]
    assert Finding("Template", "bad", "order_ready sv is set up here, and Meta has not approved it") in all_


async def test_what_is_not_set_up_is_said() -> None:
    bare = await found(WhatsApp("wa", "sesame", WhatsAppSettings()))
    assert [(each.what, each.how) for each in bare.values()] == [
        ("Number", "bad"), ("Templates", "unknown"), ("Callback URL", "good"), ("Verify token", "good"),
    ]  # fmt: skip


async def test_a_page_says_what_it_does_not_hear_of(meta: Meta) -> None:
    page = Messenger("fb", "sesame", MessengerSettings(
        page_id=PAGE, access_token=graph.TOKEN, app_secret=APP_SECRET, base_url=meta.address,
    ))  # fmt: skip
    meta.subscribed = [
        {"name": "Klarruta hub", "id": "1", "subscribed_fields": ["messages", "messaging_postbacks"]}
    ]
    findings = await found(page)
    assert (findings["Account"].how, findings["App secret"].how) == ("good", "good")
    assert findings["Web hooks"] == Finding(
        "Web hooks", "bad",
        "nothing will come of message_deliveries, message_edits, message_reactions, message_reads, "
        "messaging_referrals: subscribe to them",
    )  # fmt: skip
    meta.subscribed[0]["subscribed_fields"] = sorted(Messenger.fields)
    assert (await found(page))["Web hooks"].how == "good"


async def test_an_account_that_no_app_hears_is_found_out(meta: Meta) -> None:
    account = Instagram("ig", "sesame", InstagramSettings(
        account_id=INSTAGRAM, access_token=graph.TOKEN, app_secret=APP_SECRET, base_url=meta.address,
    ))  # fmt: skip
    meta.subscribed = []
    findings = await found(account)
    assert findings["Account"] == Finding("Account", "good", f"“klarruta”, {INSTAGRAM}")
    assert findings["Web hooks"].how == "bad"


def test_templates_are_read_as_they_are_listed() -> None:
    (template,) = WhatsAppSettings(templates=(READY,)).approved()
    assert (template.name, template.language, template.text) == (
        "order_ready",
        "sv",
        "Hej {1}!\nDina {2} är här.",
    )


@pytest.mark.parametrize(("setting", "value"), [
    ("templates", ("order_ready",)), ("templates", ("Order ready = Hej",)), ("templates", ("order_ready = Hej",)),
    ("phone_number_id", "+46 8 465 004 00"), ("account_id", "klarruta"), ("base_url", "http://graph.example"),
    ("version", "25"), ("access_token", "EAA\nJB"),
])  # fmt: skip
def test_what_could_never_work_is_refused(setting: str, value: object) -> None:
    with pytest.raises(WrongSetting) as caught:
        WhatsAppSettings(**{setting: value})  # type: ignore[arg-type]
    assert caught.value.setting == setting
