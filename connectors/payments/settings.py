"""How a payment provider is set up."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from connectors.chat_settings import secret_of
from hub.connector import Secret, Settings
from hub.languages import N_


class PaymentSettings(Settings, frozen=True, kw_only=True):
    """Settings of a provider, in the order in which people read them."""

    secret: Annotated[
        Secret,
        Meta(
            title=N_("Signing secret"),
            description=N_(
                "The provider shows it with the address of its web hook (whsec_…). What is not signed with it is "
                "kept apart for a day, and no money comes of it."
            ),
        ),
    ] = ""
    earlier_secret: Annotated[
        Secret,
        Meta(
            title=N_("Signing secret before"),
            description=N_("Holds as well, while the provider goes over to the new one. Empty afterwards."),
        ),
    ] = ""
    secret_file: Annotated[
        str,
        Meta(
            title=N_("File with the signing secret"),
            description=N_("A path, in place of the secret itself."),
            extra={"by_command": True},
        ),
    ] = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give the secrets that hold, the newer first; none where none is said."""
        return tuple(each for each in (secret_of(self.secret, self.secret_file), self.earlier_secret) if each)
