"""Messages that a messenger approved beforehand: what goes where somebody can no longer be answered in own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from hub.channels import Channel, connector_kinds, settings_of
from hub.chats import Template

_BLANK = re.compile(r"\{(\d{1,2})\}")


def approved(channel: Channel) -> Sequence[Template]:
    """Give the templates that a channel was set up with."""
    kind = connector_kinds().get(channel.kind)
    with suppress(ValueError):
        return kind(channel.name, channel.token, settings_of(channel)).approved() if kind else ()
    return ()


def blanks(text: str) -> int:
    """Give how many values a template wants: as many as its highest number."""
    return max((int(number) for number in _BLANK.findall(text)), default=0)


def fill(text: str, values: Sequence[str]) -> str:
    """Fill the values in; a blank without one stays."""

    def value(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        return values[at] if 0 <= at < len(values) and values[at] else found[0]

    return _BLANK.sub(value, text)
