"""How a community of VK is set up."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from connectors.chat_settings import check_address, secret_of
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

SERVER = N_("VK's server")


class VkSettings(Settings, frozen=True, kw_only=True):
    """Settings of a community, in the order in which people read them."""

    group_id: Annotated[
        int,
        Meta(
            title=N_("Number of the community"),
            description=N_("VK shows it where the address is set. What another one sends is not taken."),
        ),
    ] = 0
    token: Annotated[
        Secret,
        Meta(
            title=N_("Access key"),
            description=N_("One of the community's, with the rights for messages, photos and files."),
        ),
    ] = ""
    token_file: Annotated[
        str,
        Meta(
            title=N_("File with the key"),
            description=N_("A path, in place of the key itself."),
            extra={"by_command": True},
        ),
    ] = ""
    confirmation: Annotated[
        str,
        Meta(
            title=N_("Confirmation"),
            description=N_("The words that VK wants to hear from the address before it uses it."),
        ),
    ] = ""
    secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret key"),
            description=N_("The one that you set at VK. Empty: the address alone is the secret."),
        ),
    ] = ""
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task a message is; without one the company's first."),
        ),
    ] = ""
    base_url: Annotated[
        str, Meta(title=N_("VK's API"), description=N_("Where it is."), extra={"group": SERVER})
    ] = "https://api.vk.com/method"

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if self.group_id < 0:
            raise WrongSetting("group_id", _("It is a number above nought."))
        check_address("base_url", self.base_url, plain=True)

    @property
    def key(self) -> str:
        """Give the access key, "" where there is none."""
        return secret_of(self.token, self.token_file)
