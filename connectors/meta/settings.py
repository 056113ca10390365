"""How a channel of Meta's is set up: what all of them need."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

PROOF = N_("More on how Meta proves itself")
PLACE = N_("Where Meta is")

# Tokens travel over TLS, or within this machine.
_BASE = re.compile(r"https://[a-z0-9.-]{3,200}(:\d{1,5})?(/[\w./-]{0,100})?|http://127\.0\.0\.1(:\d{1,5})?")
_VERSION = re.compile(r"v\d{1,3}\.\d")
_ID = re.compile(r"\d{1,30}")


class MetaSettings(Settings, frozen=True, kw_only=True):
    """Settings that WhatsApp, Messenger and Instagram have in common."""

    access_token: Annotated[
        Secret,
        Meta(
            title=N_("Access token"),
            description=N_("With which we send and fetch. Take one that does not expire: a system user's."),
        ),
    ] = ""
    app_secret: Annotated[
        Secret,
        Meta(
            title=N_("App secret"),
            description=N_(
                "With which Meta signs what it sends: App settings, Basic. Without it nothing is taken; what comes "
                "meanwhile is kept apart for a day."
            ),
        ),
    ] = ""
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose conversations these are. Empty leaves that to the company's rules."),
        ),
    ] = ""
    earlier_app_secret: Annotated[
        Secret,
        Meta(
            title=N_("App secret before that"),
            description=N_("Holds as well, until Meta signs with the new one."),
            extra={"group": PROOF},
        ),
    ] = ""
    verify_token: Annotated[
        Secret,
        Meta(
            title=N_("Verify token"),
            description=N_(
                "The word that you also give to Meta beside the callback URL. Empty: it is the last part of that URL."
            ),
            extra={"group": PROOF},
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(title=N_("Address of the Graph API"), description=N_("As a rule it stays as it is."),
             extra={"group": PLACE}),
    ] = "https://graph.facebook.com"  # fmt: skip
    version: Annotated[
        str,
        Meta(title=N_("Version of the Graph API"), description=N_("Each is good for about two years."),
             extra={"group": PLACE}),
    ] = "v25.0"  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if not _BASE.fullmatch(self.base_url):
            words = _("Write the whole address, beginning with https://: the token is sent there")
            raise WrongSetting("base_url", words)
        if not _VERSION.fullmatch(self.version):
            raise WrongSetting("version", _("A version is written like v25.0"))
        if not (self.access_token.isascii() and self.access_token.isprintable()):
            raise WrongSetting("access_token", _("A token has no letters of this kind"))


def check_id(setting: str, value: str) -> None:
    """Refuse what is no id of Meta's; "" is for one that is not known yet."""
    if value and not _ID.fullmatch(value):
        raise WrongSetting(setting, _("An id of Meta's is a number such as 106540352242922"))
