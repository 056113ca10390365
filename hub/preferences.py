"""How somebody wants the console: his language, his time zone, what it looks like and when it may ring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy.orm import Session

from hub import audit
from hub.bus import Audience, Notice
from hub.db import announce
from hub.languages import LANGUAGES, N_, Listener, negotiate
from hub.shapes import convert
from hub.users import User, Viewer

Theme = Literal["system", "light", "dark"]
Density = Literal["calm", "dense"]
Way = Literal["page", "browser", "sound"]
THEMES: tuple[Theme, ...] = get_args(Theme)
WAYS: tuple[Way, ...] = get_args(Way)

# Of what the console tells on its own, and how as long as nobody chose otherwise.
OCCASIONS = {
    "alarm": N_("An alarm of mine: a reminder, or a deadline that passed"),
    "task": N_("A task was given to me"),
    "call": N_("My telephone rings"),
}
TOLD: Mapping[str, tuple[Way, ...]] = {
    "alarm": ("page", "browser"),
    "task": ("page",),
    "call": ("page", "browser"),
}
ALWAYS: Mapping[str, tuple[Way, ...]] = {"call": ("page",)}  # nobody can be without it
EVERY_DAY = tuple(range(7))

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Quiet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hours in which nothing rings, "22:00" to "07:00"; `days` are those on which they begin, Monday is 0."""

    since: str
    until: str
    days: tuple[int, ...] = EVERY_DAY


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person's choices. "" leaves it to the browser (language) or to the company (zone).

    `letters`: single letters are keys. `told`: the ways by which he is told of an occasion.
    `softphone`: his browser is a telephone.
    """

    language: str = ""
    zone: str = ""
    theme: Theme = "system"
    density: Density = "calm"
    letters: bool = True
    told: dict[str, tuple[Way, ...]] = {}
    quiet: Quiet | None = None
    softphone: bool = False

    def listener(self, accepted: str) -> Listener:
        """Give whom we speak to; `accepted` is what his browser says of languages."""
        language = self.language if self.language in LANGUAGES else negotiate(accepted)
        return Listener(language, zone_of(self.zone))

    def ways(self, occasion: str) -> tuple[Way, ...]:
        """Tell how he is told of an occasion."""
        return self.told.get(occasion, TOLD.get(occasion, ()))


def preferences_of(user: User) -> Preferences:
    """Give somebody's choices."""
    return read_preferences(user.preferences)


def read_preferences(kept: Mapping[str, object]) -> Preferences:
    """Read choices as they are kept; what a newer or older version wrote and we do not know is left out."""
    try:
        return convert(kept, Preferences)
    except msgspec.ValidationError:
        return Preferences()


def choose(session: Session, viewer: Viewer, /, **choices: object) -> Preferences:
    """Keep what somebody chose for himself. His other windows hear of it."""
    user = session.get_one(User, viewer.user_id)
    before = preferences_of(user)
    after = msgspec.structs.replace(before, **choices)
    if after != before:
        old, new = (cast("dict[str, object]", msgspec.to_builtins(each)) for each in (before, after))
        user.preferences = new
        audit.record(session, viewer, audit.CHANGED, "user", user.id, changes=audit.differences(old, new))
        announce(
            session, Notice(kind="preferences", id=user.id, audience=Audience(users=frozenset({user.id})))
        )
    return after


def is_time(text: str) -> bool:
    """Tell whether this is a time of day, "07:30"."""
    return _TIME.fullmatch(text) is not None


def zone_of(name: str) -> ZoneInfo | None:
    """Give a time zone by name, None where there is none of it."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
