"""Facebook Messenger: what people write to a page of ours."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from connectors.meta.direct import LARGEST, WINDOW, Direct
from connectors.meta.direct_writing import BUTTONS, Limits
from connectors.meta.settings import MetaSettings, check_id
from hub.chats import Rules
from hub.languages import N_

LETTERS = 2_000


class MessengerSettings(MetaSettings, frozen=True, kw_only=True):
    """Settings of a page, beside those that all of Meta's have."""

    page_id: Annotated[
        str,
        Meta(
            title=N_("Page ID"),
            description=N_(
                "The number of the page: Page settings, Page transparency. Of what comes for others nothing is made."
            ),
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        super().__post_init__()
        check_id("page_id", self.page_id)


class Messenger(Direct):
    """A page of ours at Facebook."""

    kind: ClassVar[str] = "messenger"
    object: ClassVar[str] = "page"
    profile: ClassVar[str] = "first_name,last_name"
    fields: ClassVar[frozenset[str]] = frozenset({
        "messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_reads",
        "message_reactions", "message_edits",
    })  # fmt: skip
    limits: ClassVar[Limits] = Limits(4 * LETTERS)  # a letter has four bytes at most
    settings_type: ClassVar[type[MessengerSettings]] = MessengerSettings
    settings: MessengerSettings
    rules: ClassVar[Rules] = Rules(
        handle="messenger", text=LETTERS, caption=0, file=LARGEST, buttons=BUTTONS, window=WINDOW
    )

    @property
    def own(self) -> str:
        """Give the page's id."""
        return self.settings.page_id
