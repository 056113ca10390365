"""How a WhatsApp channel is set up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from connectors.meta.settings import MetaSettings, check_id
from connectors.pairs import check_pairs, pairs
from hub.chats import Template
from hub.connector import WrongSetting
from hub.languages import N_, _

_NAMED = re.compile(r"(?P<name>[a-z0-9_]{1,512}) +(?P<language>[a-z]{2,3}(_[A-Z]{2,4})?)")

_DIALLED = re.compile(r"\+[1-9][0-9 ()./-]{5,24}")


class WhatsAppSettings(MetaSettings, frozen=True, kw_only=True):
    """Settings of a number of ours at WhatsApp, beside those that all of Meta's have."""

    phone_number_id: Annotated[
        str,
        Meta(
            title=N_("Phone number ID"),
            description=N_(
                "The long number beside our own number, under WhatsApp, API setup; not the number itself."
            ),
        ),
    ] = ""
    number: Annotated[
        str,
        Meta(
            title=N_("Our number"),
            description=N_(
                "With the country, such as +46 8 465 004 00: for links by which somebody begins a chat."
            ),
        ),
    ] = ""
    account_id: Annotated[
        str,
        Meta(
            title=N_("WhatsApp Business account ID"),
            description=N_("Of whom the templates are. Only “ringback channel test” needs it."),
        ),
    ] = ""
    templates: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Templates"),
            description=N_(
                "What may be sent once 24 hours have passed, as Meta approved it: “order_ready sv = Hello {1}, your "
                "windows are here.” A line break is written \\n. “ringback channel test” lists them in this way."
            ),
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        super().__post_init__()
        check_id("phone_number_id", self.phone_number_id)
        check_id("account_id", self.account_id)
        if self.number and not _DIALLED.fullmatch(self.number):
            raise WrongSetting("number", _("Write the number with its country, such as +46 8 465 004 00"))
        check_pairs(templates=self.templates)
        for name in pairs(self.templates):
            if not _NAMED.fullmatch(name):
                words = _("Write a template's name and its language before the “=”, such as order_ready sv")
                raise WrongSetting("templates", words)

    @property
    def digits(self) -> str:
        """Give our number without anything around its digits, "" where nobody said it."""
        return "".join(filter(str.isdigit, self.number))

    def approved(self) -> Sequence[Template]:
        """Give the templates."""
        found = ((_NAMED.fullmatch(name), text) for name, text in pairs(self.templates).items())
        return [
            Template(name=named["name"], language=named["language"], text=text.replace("\\n", "\n"))
            for named, text in found if named
        ]  # fmt: skip
