"""The admin is told whether a bot works, and what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.telegram import Telegram, TelegramSettings
from hub.connector import WrongSetting
from tests.connectors.telegram.bots import bot
from tests.servers.telegram import TOKEN
from tests.servers.telegram import Telegram as Server


async def found(channel: Telegram) -> dict[str, tuple[str, str]]:
    """Give what was found of each thing."""
    return {each.what: (each.how, each.words) async for each in channel.examine(send=False)}


async def test_which_bot_it_is_and_how_its_messages_come_is_said(telegram: Server) -> None:
    await telegram.write("Är det klart?")
    told = await found(bot(telegram))
    assert told["The bot"] == ("good", "Klarruta, https://t.me/klarruta_bot")
    assert told["Groups"][0] == "unknown"
    assert told["Messages"] == ("good", "the hub fetches them, 1 wait")
    assert len(telegram.waiting) == 1


async def test_a_web_hook_that_is_not_as_it_is_set_up_is_said(telegram: Server) -> None:
    channel = bot(telegram, mode="webhook")
    assert "knows no address yet" in (await found(channel))["Messages"][1]
    telegram.hook, telegram.hook_error = {"url": "https://hub.klarruta.example/in"}, "Connection refused"
    how, words = (await found(channel))["Messages"]
    assert (how, words[:51]) == ("bad", "https://hub.klarruta.example/in: Connection refused")
    telegram.hook_error = ""
    assert (await found(channel))["Messages"][0] == "good"
    assert "until the hub fetches them" in (await found(bot(telegram)))["Messages"][1]


async def test_a_wrong_token_is_said(telegram: Server) -> None:
    told = await found(bot(telegram, token="1:wrong"))  # noqa: S106 - of no bot
    assert told["Telegram"][0] == "bad"
    assert "mistyped" in told["Telegram"][1]


async def test_the_token_may_stand_in_a_file(telegram: Server, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    told = await found(bot(telegram, token="", token_file=str(file)))
    assert told["The bot"][0] == "good"


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("token", {"token": "sesame"}),
        ("token_file", {"token": TOKEN, "token_file": "/etc/token"}),
        ("base_url", {"base_url": "api.telegram.org"}),
        ("base_url", {"base_url": "https://who:what@api.telegram.org"}),
    ],
)
def test_what_could_never_work_is_refused_by_name(setting: str, settings: dict[str, str]) -> None:
    with pytest.raises(WrongSetting) as error:
        TelegramSettings(**settings)
    assert error.value.setting == setting
