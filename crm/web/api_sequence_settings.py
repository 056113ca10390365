"""Sequences over the API: what holds for all letters of one, and whether it is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.orm import Session

from crm import sequence_changes, sequence_settings
from crm.sequence_settings import Settings
from crm.sequences import LetterSequence
from crm.web import sequence_pages
from crm.web.api_campaign_shapes import Hour
from crm.web.api_sequences import WRITE, SequenceOut, shown
from crm.web.api_shapes import Id
from crm.web.sequence_views import sequence_of
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.decoding import Body
from hub.web.pages import path_id, viewer_of

Called = Annotated[str, Meta(min_length=1, max_length=sequence_changes.NAME)]
Deed = Callable[[Session, Viewer, LetterSequence], None]


class SequencePatch(Body, frozen=True, kw_only=True):
    """What holds for all its letters from now on; what is left out stays. The same hour twice is day and night."""

    name: Called | UnsetType = UNSET
    channel: Id | UnsetType | None = UNSET
    since: Hour | UnsetType = UNSET
    until: Hour | UnsetType = UNSET


@endpoint("PATCH", "/sequences/{id}", scope=WRITE, role="manager", body=SequencePatch, returns=SequenceOut,
          errors=(409,), summary="Change what a sequence is called, its mailbox and its hours")  # fmt: skip
async def change(request: web.Request, body: SequencePatch) -> SequenceOut:
    """Change one."""

    def settled(session: Session, viewer: Viewer, row: LetterSequence) -> None:
        kept = Settings(name=row.name, channel_id=row.channel_id, since=row.hours_from, until=row.hours_until)
        given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
        own = {"channel_id" if name == "channel" else name: value for name, value in given.items()}
        sequence_settings.settle(session, viewer, row, msgspec.structs.replace(kept, **own))

    return await write(request, _done, viewer_of(request), path_id(request), settled)


@endpoint("POST", "/sequences/{id}/on", scope=WRITE, role="manager", returns=SequenceOut, errors=(409,),
          summary="Turn a sequence on, if all that must hold does")  # fmt: skip
async def turn_on(request: web.Request) -> SequenceOut:
    """Turn one on; the network is asked."""
    outside = await sequence_pages.outside_of(request)

    def turned(session: Session, viewer: Viewer, row: LetterSequence) -> None:
        sequence_changes.turn_on(session, viewer, row, outside)

    return await write(request, _done, viewer_of(request), path_id(request), turned)


@endpoint("DELETE", "/sequences/{id}/on", scope=WRITE, role="manager", returns=SequenceOut,
          summary="Turn a sequence off: nobody begins, and nothing of it leaves")  # fmt: skip
async def turn_off(request: web.Request) -> SequenceOut:
    """Turn one off."""
    return await write(request, _done, viewer_of(request), path_id(request), sequence_changes.turn_off)


def _done(session: Session, viewer: Viewer, sequence_id: int, deed: Deed) -> SequenceOut:
    row = sequence_of(session, sequence_id)
    deed(session, viewer, row)
    return shown(session, row)
