"""What the rules against spam said of an item, kept with it: a person can look up each decision with its reasons.

Only what a rule had to say is kept. A rule that is not among them looked as well, and had nothing to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Dialect, types

from hub.db import Document
from hub.languages import N_
from hub.said import hear, keep

SHOWS, NETWORK, CHANNEL, PROOF, BLOCKED, ALIKE = "shows", "network", "channel", "proof", "blocked", "alike"
RULES = {
    SHOWS: N_("What the request itself shows"),
    BLOCKED: N_("Your block list"),
    ALIKE: N_("Like what was spam before"),
    NETWORK: N_("How many came from its network"),
    CHANNEL: N_("How many came by this form"),
    PROOF: N_("Work that its browser did"),
}


class Check(msgspec.Struct, frozen=True):
    """What one of the RULES said, in words; `against` speaks for spam, and `href` opens what it is about."""

    rule: str
    words: str
    against: bool = True
    href: str = ""


class Checks(types.TypeDecorator[Sequence[Check]]):
    """A column of them, said to each reader in his language."""

    impl = Document
    cache_ok = True

    def process_bind_param(self, value: Sequence[Check] | None, _dialect: Dialect) -> list[object] | None:
        """Keep them with the values of their sentences."""
        return [[each.rule, keep(each.words), each.against, each.href] for each in value] if value else None

    def process_result_value(self, value: Any, _dialect: Dialect) -> Sequence[Check] | None:  # noqa: ANN401 - JSON
        """Say them."""
        if value is None:
            return None
        return [Check(rule, hear(words), against, href) for rule, words, against, href in value]
