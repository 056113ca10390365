"""How somebody wants the console: his language, his time zone, what it looks like and when it may ring."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hub.languages import LANGUAGES, Listener, negotiate
from hub.users import User


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's choices. "" leaves it to the browser (language) or to the company (zone)."""

    language: str = ""
    zone: str = ""

    def listener(self, accepted: str) -> Listener:
        """Give whom we speak to; `accepted` is what his browser says of languages."""
        language = self.language if self.language in LANGUAGES else negotiate(accepted)
        return Listener(language, _zone(self.zone))


def preferences_of(user: User) -> Preferences:
    """Give somebody's choices; what a newer or older version wrote and we do not know is left out."""
    try:
        return msgspec.convert(user.preferences, Preferences)
    except msgspec.ValidationError:
        return Preferences()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
