"""The room Channels: every way in with its health, and one of them with all that is set up about it.

Managers see, admins change. What a channel is set up with comes from its connector's own manual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from hub.channel_changes import TITLE as RENAMED
from hub.channels import Channel, connector_kinds
from hub.clock import now
from hub.connector import Connector, Place, takes_posts
from hub.languages import N_, _
from hub.manual import Setting, manual, shown
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind, named
from hub.web.channel_answers import Told, last_sender, told
from hub.web.channel_trial import Trial, has_trial, trial_of
from hub.web.channel_views import Compared, Failed, Shown, compared, every, latest_failed, one
from hub.web.frame import COMPANY, Back, Room, add_room, has_role
from hub.web.keys import CHANNELS, DB
from hub.web.origin import base_url
from hub.web.pages import is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

TITLE = "channel-title"  # the input's name: a connector may have a setting called title

add_room(Room(href="/channels", name=N_("Channels"), icon="inbox", order=20, role="manager", within="/settings",
              about=N_("The ways in: whether they work, what came, and how they are set up")))  # fmt: skip


PLACES: list[tuple[Place, Callable[[type[Connector]], bool]]] = []


def add_place(place: Place, fits: Callable[[type[Connector]], bool]) -> None:
    """Show a page of the business with every channel whose connector it fits."""
    PLACES.append((place, fits))


def _labels(_session: Session, _viewer: Viewer) -> Mapping[str, str]:
    """Give what settings are called in the audit: each connector's own titles."""
    settings = [each for kind in connector_kinds().values() for each in manual(kind.settings_type)]
    return {each.name: _(each.title) for each in settings} | {RENAMED: _("What colleagues call it")}


add_kind(Kind("channel", N_("Channel"), "/channels/{id}", named(Channel), labels=_labels))


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as it is filled in; of a secret, whether one is `kept`."""

    setting: Setting
    value: object
    error: str = ""
    kept: bool = False


class Part(msgspec.Struct, frozen=True):
    """Settings that stand together under a title, folded up unless one is `wrong`; `chosen` of them are set."""

    title: str
    fields: Sequence[Field]
    chosen: int
    wrong: bool


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one channel. `fields` stand in sight, `parts` are the others.

    `intake` is where things are sent to, "" where nothing can be. `token_until` is when the old token ends, None where
    there is none; `compared` has the last days that were; `told` those on which its senders were told anything,
    `last_sender` who sent last, "" where nobody knows.
    """

    channel: Shown
    fields: Sequence[Field]
    parts: Sequence[Part]
    error: str
    title: str
    title_error: str
    intake: str
    token_until: datetime | None
    places: Sequence[Place]
    compared: Sequence[Compared]
    told: Sequence[Told]
    last_sender: str
    failed: Sequence[Failed]
    may_test: bool
    trial: Trial | None


@page("GET", "/channels", role="manager")
async def channels(request: web.Request) -> web.StreamResponse:
    """Show them all."""
    zone = request.app[COMPANY]().zone
    listed = await request.app[DB].read(every, request.app[CHANNELS], zone)
    return await render(
        request,
        "_channels.html" if is_fragment(request) else "channels.html",
        title=_("Channels"),
        sub=_("The ways in, and whether they work"),
        channels=listed,
        may_change=has_role(viewer_of(request), "admin"),
        back=Back("/settings", _("Settings")),
    )


@page("GET", "/channels/new", role="admin")
async def new(request: web.Request) -> web.StreamResponse:
    """Ask what a new one is called."""
    return await show_new(request, {}, {})


@page("GET", "/channels/{id}", role="manager")
async def channel(request: web.Request) -> web.StreamResponse:
    """Show one with everything about it."""
    return await show(request, path_id(request))


async def show_new(
    request: web.Request, typed: Mapping[str, str], errors: Mapping[str, str]
) -> web.StreamResponse:
    """Show the form of a new channel, with what was typed and what is wrong with it."""
    return await render(
        request,
        "channel_new.html",
        status=422 if errors else 200,
        title=_("New channel"),
        kinds=sorted(connector_kinds()),
        typed=typed,
        errors=errors,
        back=Back("/channels", _("Channels")),
    )


async def show(
    request: web.Request, channel_id: int, *, typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> web.StreamResponse:  # fmt: skip
    """Show a channel, with what was typed and what is wrong with it."""
    found = await request.app[DB].read(_whole, request, channel_id, typed, errors or {})
    return await render(
        request,
        "channel.html",
        status=422 if errors else 200,
        sub=_("Channel"),
        **{name: getattr(found, name) for name in found.__struct_fields__},
        site=base_url(request),
        may_change=has_role(viewer_of(request), "admin"),
        back=Back("/channels", _("Channels")),
    )


def find(session: Session, channel_id: int, *, lock: bool = False) -> Channel:
    """Give a channel, or a problem."""
    row = session.get(Channel, channel_id, with_for_update=lock)
    if row is None:
        raise Problem(404, _("There is no such channel."))
    return row


def _whole(
    session: Session, request: web.Request, channel_id: int, typed: Mapping[str, str] | None,
    errors: Mapping[str, str],
) -> Whole:  # fmt: skip
    row = find(session, channel_id)
    kind = connector_kinds().get(row.kind)
    settings = manual(kind.settings_type) if kind else []
    fields = [_field(setting, row, typed, errors) for setting in settings]
    living = row.old_token_until is not None and row.old_token_until > now()
    return Whole(
        channel=one(session, row, request.app[CHANNELS], request.app[COMPANY]().zone),
        fields=[field for field in fields if not field.setting.group],
        parts=list(_parts(fields, row)),
        error=errors.get("", ""),
        title=(typed or {}).get(TITLE, row.title),
        title_error=errors.get(TITLE, ""),
        intake=f"/in/{row.name}/{row.token}" if kind is None or takes_posts(kind) else "",
        token_until=row.old_token_until if living else None,
        places=[Place(_(place.words), place.path.format(id=row.id), place.icon) for place in _places(row)],
        compared=compared(session, row.id),
        told=told(session, row.id),
        last_sender=last_sender(session, request.app[CHANNELS], row.id),
        failed=list(latest_failed(session, row.id)),
        may_test=has_trial(request.app[CHANNELS], row.id),
        trial=trial_of(session, row.id, request.query.get("trial", "")),
    )


def _parts(fields: Sequence[Field], row: Channel) -> Iterator[Part]:
    """Put those of one group together, in the order in which the manual names the groups."""
    for title in dict.fromkeys(field.setting.group for field in fields if field.setting.group):
        some = [field for field in fields if field.setting.group == title]
        chosen = sum(_is_chosen(field.setting, row) for field in some)
        yield Part(_(title), some, chosen, any(field.error for field in some))


def _is_chosen(setting: Setting, row: Channel) -> bool:
    if setting.kind == "secret":
        return bool(row.settings.get(setting.name))
    return shown(setting, row.settings) != shown(setting, {})


def _places(row: Channel) -> Sequence[Place]:
    kind = connector_kinds().get(row.kind)
    return [*kind.places, *(place for place, fits in PLACES if fits(kind))] if kind else []


def _field(
    setting: Setting, row: Channel, typed: Mapping[str, str] | None, errors: Mapping[str, str]
) -> Field:
    if typed is None or setting.place or setting.by_command or setting.kind == "secret":
        value = shown(setting, row.settings)
    else:
        value = setting.name in typed if setting.kind == "yesno" else typed.get(setting.name, "")
    place = setting.place.format(id=row.id)
    return Field(
        setting=msgspec.structs.replace(setting, place=place),
        value=value,
        error=errors.get(setting.name, ""),
        kept=bool(row.settings.get(setting.name)),
    )
