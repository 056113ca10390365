"""How this hub is an application service of a Matrix homeserver."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from connectors.chat_settings import check_address, secret_of
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

_USER = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+")


class MatrixSettings(Settings, frozen=True, kw_only=True):
    """Settings of an application service, in the order in which people read them."""

    base_url: Annotated[
        str,
        Meta(title=N_("Homeserver"), description=N_("Its address: “https://matrix.klarruta.example”.")),
    ] = ""
    user: Annotated[
        str,
        Meta(
            title=N_("User"),
            description=N_("As whom we write: “@office:klarruta.example”. Customers invite him."),
        ),
    ] = ""
    as_token: Annotated[
        Secret,
        Meta(
            title=N_("Our token"),
            description=N_("By it the homeserver knows us (as_token): long, and of your own making."),
        ),
    ] = ""
    as_token_file: Annotated[
        str,
        Meta(
            title=N_("File with our token"),
            description=N_("A path, in place of the token itself."),
            extra={"by_command": True},
        ),
    ] = ""
    hs_token: Annotated[
        Secret,
        Meta(
            title=N_("The homeserver's token"),
            description=N_("By it we know the homeserver (hs_token): another one, as long."),
        ),
    ] = ""
    hs_token_file: Annotated[
        str,
        Meta(
            title=N_("File with the homeserver's token"),
            description=N_("A path, in place of the token itself."),
            extra={"by_command": True},
        ),
    ] = ""
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task a message is; without one the company's first."),
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        check_address("base_url", self.base_url, plain=True)
        if self.user and not _USER.fullmatch(self.user):
            raise WrongSetting("user", _("It is written “@name:server”, with small letters."))
        if self.as_token and self.as_token == self.hs_token:
            raise WrongSetting("hs_token", _("It must be another one than our own."))

    @property
    def our_secret(self) -> str:
        """Give the token by which the homeserver knows us, "" where there is none."""
        return secret_of(self.as_token, self.as_token_file)

    @property
    def their_secret(self) -> str:
        """Give the token by which we know the homeserver, "" where there is none."""
        return secret_of(self.hs_token, self.hs_token_file)

    @property
    def local_name(self) -> str:
        """Give the user's name within his server."""
        return self.user.partition(":")[0].removeprefix("@")


def service_id(channel: str) -> str:
    """Give what the homeserver calls us."""
    return f"ringback-{channel}"
