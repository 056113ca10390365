"""How a bot is set up: who it is, and which way its messages come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

_TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{1,256}")
SERVER = N_("Telegram's server")
MODES = {"polling": N_("The hub fetches them"), "webhook": N_("Telegram brings them")}
OFFICIAL = "https://api.telegram.org"


class TelegramSettings(Settings, frozen=True, kw_only=True):
    """Settings of a bot, in the order in which people read them."""

    token: Annotated[
        Secret,
        Meta(
            title=N_("Token"),
            description=N_(
                "What BotFather gave out for the bot, such as 123456:AAH… It is all one needs to be it."
            ),
        ),
    ] = ""
    token_file: Annotated[
        str,
        Meta(
            title=N_("File with the token"),
            description=N_("A path, in place of the token itself."),
            extra={
                "by_command": True
            },  # as of a password: whoever names a file here could have it sent elsewhere
        ),
    ] = ""
    mode: Annotated[
        Literal["polling", "webhook"],
        Meta(
            title=N_("How messages come"),
            description=N_(
                "Fetched, the hub needs no address on the internet. Brought, they come to the public https address of "
                "this hub."
            ),
            extra={"choices": MODES},
        ),
    ] = "polling"
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task a message is; without one the company's first."),
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(
            title=N_("Address of the Bot API"),
            description=N_(
                "Another one than Telegram's own, such as that of a Bot API server in your own house."
            ),
            extra={"group": SERVER},
        ),
    ] = OFFICIAL

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.token and self.token_file:
            raise WrongSetting("token_file", _("Give the token or the file with it, not both."))
        if self.token and not _TOKEN.fullmatch(self.token):
            raise WrongSetting(
                "token", _("A token is a number, a colon and about 35 letters, as BotFather shows it.")
            )
        if not re.fullmatch(r"https?://[^/?#\s@]+(?:/[^?#\s@]*)?", self.base_url):
            raise WrongSetting("base_url", _("Write an address like https://api.telegram.org"))

    @property
    def secret(self) -> str:
        """Give the token; OSError where its file cannot be read."""
        if self.token_file:
            return Path(self.token_file).read_text(encoding="utf-8").strip()
        return self.token
