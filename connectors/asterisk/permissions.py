"""What a user of the manager interface lacks, said as the line that is missing in manager.conf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from connectors.asterisk.words import Message, seconds
from hub.said import Said, said

DENIED = "permission denied"
SETTLED = 5.0
"""Seconds after which a channel that is listed must have been heard of."""

# The class that lets a user do it; where several do, the one that lets him do least.
_RIGHTS: Mapping[str, str] = {
    "Originate": "originate", "CoreShowChannels": "reporting", "Status": "reporting", "Getvar": "reporting",
    "BlindTransfer": "call", "Atxfer": "call", "Redirect": "call", "Park": "call", "Hangup": "call",
    "QueuePause": "agent", "QueueAdd": "agent", "QueueRemove": "agent", "MixMonitor": "call", "MixMonitorMute": "call",
    "Setvar": "call",
}  # fmt: skip


def denied(action: str, user: str) -> Said:
    """Say which right an action needs."""
    return said("The PBX does not allow %(action)s: add “%(right)s” to “write =” of [%(user)s] in manager.conf.",
                action=action, right=_RIGHTS.get(action, "system"), user=user)  # fmt: skip


def unheard(rows: Iterable[Message], kinds: AbstractSet[str], connected_for: float, user: str) -> list[Said]:
    """Say which classes of events never come: what began since we are connected is listed, and was not heard of.

    `kinds` are the events heard since then; `connected_for` is in seconds.
    """
    fresh = [row for row in rows if SETTLED < _age(row) < connected_for - SETTLED]
    lacks = {
        "call": "Newchannel" not in kinds and any(row.get("Event") == "CoreShowChannel" for row in fresh),
        "agent": "QueueCallerJoin" not in kinds and any(row.get("Event") == "QueueEntry" for row in fresh),
    }
    return [
        said("The PBX does not tell all that we need: add “%(right)s” to “read =” of [%(user)s] in manager.conf.",
             right=right, user=user)
        for right, is_lacking in lacks.items() if is_lacking
    ]  # fmt: skip


def _age(row: Message) -> float:
    """Give the seconds for which a channel lives, or a caller waits."""
    return seconds(row.get("Duration") or row.get("Wait", "")) or 0.0
