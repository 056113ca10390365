"""Chats as programs see them: further shapes of `/api/v1`, beside letters in the same lists.

People outside build on these words. A field may be added; none is taken away or changes its meaning.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.web.decoding import Body


class WordingOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said before it was edited, and until when."""

    text: str
    until: datetime


class ReactionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A sign that somebody put to a message; `by` is the messenger's id of who did."""

    by: str
    emoji: str


class SpotOut(msgspec.Struct, frozen=True, kw_only=True):
    """A place on earth, in degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class AwaitedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that lies with the messenger still; `error` says why it is not here, null where nothing failed yet.

    `gone`: it will not be tried any more.
    """

    kind: str
    name: str
    size: int | None
    error: str | None
    gone: bool


class ButtonOut(msgspec.Struct, frozen=True, kw_only=True):
    """A button below a message of ours: it sends its `payload`, or opens `url`."""

    text: str
    payload: str
    url: str


class SpokenOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a message of a chat (its id) has that a letter has not.

    `remote_id` is the messenger's, `answers` the id of the message that it answers. `before` is what it said before it
    was edited; `pressed` the payload of a button that the contact pressed. Of ours `left_at`, `delivered_at`, `read_at`
    and `failed_at` say what the messenger told; `template` names what it was made of.
    """

    chat: int
    remote_id: str | None
    answers: int | None
    edited_at: datetime | None
    withdrawn_at: datetime | None
    before: list[WordingOut]
    reactions: list[ReactionOut]
    pressed: str
    spot: SpotOut | None
    awaited: list[AwaitedOut]
    buttons: list[ButtonOut]
    template: str
    left_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None


class ChatOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody writes by a messenger: how it calls him, and until when he may be answered in words of our own.

    `answer_until` is null where that is for ever; later only a template leaves. Since `blocked_at` he lets none,
    and since `spam_since` what he writes is set aside.
    """

    id: int
    handle: str
    name: str
    username: str
    language: str
    blocked_at: datetime | None
    spam_since: datetime | None
    answer_until: datetime | None


class ButtonIn(Body, frozen=True, kw_only=True):
    """A button below a message: it sends its `payload`, or opens the address `url`."""

    text: Annotated[str, Meta(min_length=1, max_length=64)]
    payload: Annotated[str, Meta(max_length=64)] = ""
    url: Annotated[str, Meta(max_length=1000, pattern=r"^(https://.*)?$")] = ""
