"""What app_queue says when it refuses, and what that means. Its own words know neither whose telephone nor why."""

from __future__ import annotations

from collections.abc import Mapping

from hub.connector import Refused
from hub.languages import N_
from hub.said import Said, said

# What Asterisk says, and what it means.
WORDS: Mapping[str, str] = {
    "Unable to add interface: Already there": N_("%(extension)s is in queue %(queue)s already."),
    "Unable to add interface to queue: No such queue": N_("The PBX has no queue %(queue)s."),
    "Unable to remove interface from queue: No such queue": N_("The PBX has no queue %(queue)s."),
    "Unable to remove interface: Not there": N_("%(extension)s is not in queue %(queue)s."),
    "Member not dynamic": N_(
        "%(extension)s is in queue %(queue)s for good, by the set-up of the PBX: pause instead."
    ),
    "Interface not found": N_("%(extension)s is in no queue."),
}


def in_words(error: Refused, extension: str, queue: str) -> Said | str:
    """Say it in our words where we know what is meant, else in the PBX's."""
    told = str(error.args[0]) if error.args else ""
    meant = WORDS.get(told)
    return said(meant, extension=extension, queue=queue) if meant else told
