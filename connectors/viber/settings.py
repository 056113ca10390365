"""How a bot of Viber is set up."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from connectors.chat_settings import check_address, secret_of
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

NAME = 28
"""Letters of a sender's name, by Viber."""
WELCOME = 7_000
SERVER = N_("Viber's server")


class ViberSettings(Settings, frozen=True, kw_only=True):
    """Settings of a bot, in the order in which people read them."""

    token: Annotated[
        Secret,
        Meta(
            title=N_("Token"), description=N_("Viber shows it on the bot's page. It signs what comes, too.")
        ),
    ] = ""
    token_file: Annotated[
        str,
        Meta(
            title=N_("File with the token"),
            description=N_("A path, in place of the token itself."),
            extra={"by_command": True},
        ),
    ] = ""
    name: Annotated[
        str,
        Meta(
            title=N_("Sender"),
            description=N_(
                "Who writes, as customers read it: 28 letters at most. Empty: the channel's name."
            ),
        ),
    ] = ""
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task a message is; without one the company's first."),
        ),
    ] = ""
    welcome: Annotated[
        str,
        Meta(
            title=N_("Welcome"),
            description=N_("Shown to who opens the chat and has not written yet. Empty: nothing."),
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(title=N_("Viber's API"), description=N_("Where it is."), extra={"group": SERVER}),
    ] = "https://chatapi.viber.com/pa"

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if len(self.name) > NAME:
            raise WrongSetting("name", _("It has %(most)s letters at most.", most=NAME))
        if len(self.welcome) > WELCOME:
            raise WrongSetting("welcome", _("It has %(most)s letters at most.", most=WELCOME))
        check_address("base_url", self.base_url, plain=True)

    @property
    def secret(self) -> str:
        """Give the token, "" where there is none."""
        return secret_of(self.token, self.token_file)
