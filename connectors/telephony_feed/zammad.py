"""Zammad's generic CTI: `newCall`, `answer` and `hangup`, in JSON or as a form, also in the address of a GET.

https://docs.zammad.org/en/latest/api/generic-cti/index.html
sipgate.io, Placetel, and bridges to 3CX and Asterisk speak it as well.
"""

from __future__ import annotations

from typing import Literal

from connectors.asterisk.plan import is_withheld
from connectors.telephony_feed.asked import Asked
from connectors.telephony_feed.settings import FeedSettings
from hub.connector import Answer
from hub.events import CallNews

_WHAT: dict[str, Literal["rings", "answered", "ended"]] = {
    "newcall": "rings", "answer": "answered", "hangup": "ended",
}  # fmt: skip
# Q.850
_CAUSES = {
    "normalclearing": 16, "busy": 17, "cancel": 16, "noanswer": 19, "congestion": 34, "notfound": 1, "forwarded": 16,
}  # fmt: skip


def key(asked: Asked) -> str:
    """Give the id of the call, "" where this is none of its events."""
    known = asked.text("event").casefold() in _WHAT
    return (asked.text("callId") or asked.text("call_id")) if known else ""


def answer() -> Answer:
    """Say that nothing else is to be done with the call."""
    return Answer(status=200, headers={"Content-Type": "application/json"}, body=b"{}")


def read(asked: Asked, settings: FeedSettings) -> CallNews:
    """Give what happened; `from` and `to` change sides with the direction."""
    called, is_out = asked.text("to"), asked.text("direction") == "out"
    theirs, ours = (called, asked.text("from")) if is_out else (asked.text("from"), called)
    is_inside = bool(settings.extension(theirs))
    what = _WHAT[asked.text("event").casefold()]
    minutes = settings.talking_minutes if what == "answered" else settings.ringing_minutes
    queue, cause = asked.text("queue"), asked.text("cause").casefold()
    return CallNews(
        key=key(asked),
        what=what,
        at=asked.received_at,
        direction="internal" if is_inside else "outbound" if is_out else "inbound",
        customer=None if is_inside else settings.number(theirs),
        written=theirs,
        withheld=is_withheld(theirs),
        dialled=called,
        queue=queue,
        extensions=_extensions(asked, settings, ours),
        cause=_CAUSES.get(cause) if what == "ended" else None,
        ended_by="customer" if cause == "cancel" and not is_out else None,
        department=settings.department_of(queue, ours),
        within=60.0 * minutes,
    )


def _extensions(asked: Asked, settings: FeedSettings, ours: str) -> tuple[str, ...]:
    """Give whose telephones it is about: who answered, else who is named, else whose the number is.

    A name of nobody's telephone is kept as it is, so that people read who it was.
    """
    named = [each for each in (asked.text("answeringNumber"),) if each] or asked.texts("user")
    found = tuple(dict.fromkeys(settings.extension(each) or each for each in named))
    own = settings.extension(ours)
    return found or ((own,) if own else ())
