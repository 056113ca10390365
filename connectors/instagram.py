"""Instagram: direct messages to a professional account of ours."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from connectors.meta.direct import LARGEST, WINDOW, Direct
from connectors.meta.direct_writing import BUTTONS, Limits
from connectors.meta.settings import MetaSettings, check_id
from hub.chats import Rules
from hub.languages import N_

BYTES = 1_000


class InstagramSettings(MetaSettings, frozen=True, kw_only=True):
    """Settings of an account, beside those that all of Meta's have."""

    account_id: Annotated[
        str,
        Meta(
            title=N_("Instagram account ID"),
            description=N_(
                "The number of the professional account. Of what comes for others nothing is made."
            ),
        ),
    ] = ""
    page_id: Annotated[
        str,
        Meta(
            title=N_("ID of its page"),
            description=N_(
                "Of the Facebook page that is linked to it, whose token this is. Empty for a token of Instagram's own "
                "log-in; then the address of the Graph API is https://graph.instagram.com."
            ),
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        super().__post_init__()
        check_id("account_id", self.account_id)
        check_id("page_id", self.page_id)


class Instagram(Direct):
    """A professional account of ours at Instagram."""

    kind: ClassVar[str] = "instagram"
    object: ClassVar[str] = "instagram"
    profile: ClassVar[str] = "name,username"
    fields: ClassVar[frozenset[str]] = frozenset()
    limits: ClassVar[Limits] = Limits(BYTES, "instagram")
    settings_type: ClassVar[type[InstagramSettings]] = InstagramSettings
    settings: InstagramSettings
    rules: ClassVar[Rules] = Rules(
        handle="instagram", text=BYTES, in_bytes=True, caption=0, file=LARGEST, buttons=BUTTONS, window=WINDOW
    )

    @property
    def own(self) -> str:
        """Give the account's id."""
        return self.settings.account_id

    @property
    def sends_as(self) -> str:
        """Give by what we write: the page, or whose token it is."""
        return self.settings.page_id or "me"
