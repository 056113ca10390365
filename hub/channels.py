"""Channels: configured connectors. A row each, and the living connector beside it."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.metadata import entry_points
from typing import cast

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.clock import now
from hub.connector import Connector, Settings
from hub.db import Base, Database, Document
from hub.languages import _
from hub.said import said
from hub.sentence import Sentence
from hub.settings import explain
from hub.shapes import convert

log = logging.getLogger(__name__)

GROUP = "ringback.connectors"
GLANCE = 2.0  # seconds: how late a channel is taken up that somebody else configured
FAREWELL = 5.0  # seconds: for how long the other sides are waited for when the hub ends


class Channel(Base):
    """One configured connector. `token` is the secret in its addresses, beside which the one before it may still work.

    A paused channel keeps what comes, makes nothing of it, sends nothing, and does not listen. How one that listens
    is (`up_at` and what follows) is kept by hub/channel_health.py.
    """

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, object]] = mapped_column(Document)
    made_at: Mapped[datetime] = mapped_column(default=now)
    paused_at: Mapped[datetime | None]
    old_token: Mapped[str | None]
    old_token_until: Mapped[datetime | None]
    up_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    unheard_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(Sentence)
    trouble_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    missed_since: Mapped[datetime | None]
    filled: Mapped[str | None] = mapped_column(Sentence)
    unfilled: Mapped[str | None] = mapped_column(Sentence)
    doing: Mapped[str | None] = mapped_column(Sentence)
    compare_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel with its connector at work."""

    id: int
    name: str
    title: str
    kind: str
    token: str
    connector: Connector
    paused: bool = False
    old_token: str | None = None
    old_token_until: datetime | None = None

    def opens(self, token: str) -> bool:
        """Tell whether this token is the channel's, or the one before it within its time."""
        if hmac.compare_digest(self.token.encode(), token.encode()):
            return True
        old, until = self.old_token, self.old_token_until
        known = old is not None and hmac.compare_digest(old.encode(), token.encode())
        return known and until is not None and now() < until


class Channels:
    """All channels of this hub, kept in step with their rows."""

    def __init__(self, db: Database, url: str = "") -> None:
        """Know nothing until `load`. `url` is under which address the hub is reached, "" where nobody says."""
        self._db = db
        self._url = url.rstrip("/")
        self._kinds = connector_kinds()
        self._stamps: dict[int, tuple[tuple[object, ...], tuple[object, ...]]] = {}
        self._refused: dict[int, str] = {}
        self._by_id: dict[int, LiveChannel] = {}
        self._by_name: dict[str, LiveChannel] = {}
        self._by_token: dict[str, LiveChannel] = {}

    async def run(self) -> None:
        """Look every few seconds for what a command or another node changed, until cancelled."""
        while True:
            await asyncio.sleep(GLANCE)
            await self.load()

    async def close(self) -> None:
        """Have every connector let go of its other side; one that is silent is waited for no longer than FAREWELL."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await asyncio.gather(*(each.connector.close() for each in self), return_exceptions=True)

    async def load(self) -> None:
        """Read the rows and make connectors for those that are new or changed."""
        rows = await self._db.read(lambda session: session.scalars(select(Channel)).all())
        known = self._by_id
        made = [self._made(row, known.get(row.id)) for row in rows if row.kind in self._kinds]
        living = [channel for channel in made if channel is not None]
        self._by_id = {channel.id: channel for channel in living}
        self._by_name = {channel.name: channel for channel in living}
        before = {channel.old_token: channel for channel in living if channel.old_token}
        self._by_token = before | {channel.token: channel for channel in living}

    async def find(self, channel_id: int) -> LiveChannel:
        """Give the channel of this id, also one that was only just made elsewhere; LookupError as `get`."""
        if channel_id not in self._by_id:
            await self.load()
        return self.get(channel_id)

    def get(self, channel_id: int) -> LiveChannel:
        """Give the channel of this id; LookupError when its connector is not installed."""
        try:
            return self._by_id[channel_id]
        except KeyError:
            raise LookupError(said("the connector of this channel is not installed")) from None

    def admit(self, name: str, token: str) -> LiveChannel | None:
        """Give the channel when name and token belong together."""
        channel = self._by_name.get(name)
        return channel if channel and channel.opens(token) else None

    def by_token(self, token: str) -> LiveChannel | None:
        """Give the channel of a public address."""
        channel = self._by_token.get(token)
        return channel if channel and channel.opens(token) else None

    def refusal(self, channel_id: int) -> str:
        """Say why a channel cannot use its settings, "" when it can."""
        return self._refused.get(channel_id, "")

    def __iter__(self) -> Iterator[LiveChannel]:
        """Walk over all living channels."""
        return iter(self._by_id.values())

    def _made(self, row: Channel, known: LiveChannel | None) -> LiveChannel | None:
        """Give the channel; one whose settings are refused goes on as it was and harms no other."""
        try:
            made = self._live(row, known)
        except ValueError as error:
            if self._refused.get(row.id) != str(error):
                log.warning("channel %s cannot use its settings: %s", row.name, error)
            self._refused[row.id] = str(error)
            return known
        self._refused.pop(row.id, None)
        return made

    def _live(self, row: Channel, known: LiveChannel | None) -> LiveChannel:
        around = (row.title, row.paused_at, row.old_token, row.old_token_until)
        stamp = (row.name, row.kind, row.token, row.settings)
        before = self._stamps.get(row.id)
        if known is not None and before == (stamp, around):
            return known
        connector = known.connector if known and before and before[0] == stamp else self._connector(row)
        self._stamps[row.id] = (stamp, around)
        return LiveChannel(
            row.id, row.name, row.title, row.kind, row.token, connector, paused=row.paused_at is not None,
            old_token=row.old_token, old_token_until=row.old_token_until,
        )  # fmt: skip

    def _connector(self, row: Channel) -> Connector:
        kind = self._kinds[row.kind]
        made = kind(row.name, row.token, convert(row.settings, kind.settings_type))
        made.renew = partial(self._renew, row.id)
        made.address = f"{self._url}/in/{row.name}/{row.token}" if self._url else ""
        return made

    async def _renew(self, channel_id: int, setting: str, before: str, after: str) -> None:
        """Keep a secret that the other side gave out; the connector, which knows it already, lives on."""
        try:
            changed = await self._db.write(renew_secret, channel_id, setting, before, after)
        except SQLAlchemyError:
            log.exception("a new secret of channel %d could not be kept", channel_id)
            return
        stamp, around = self._stamps[channel_id]
        if changed is not None and stamp[-1] == changed[0]:
            self._stamps[channel_id] = ((*stamp[:-1], changed[1]), around)


def add_channel(
    session: Session, name: str, title: str, kind: str, settings: Mapping[str, object]
) -> Channel:
    """Configure a channel. ValueError names the setting that is wrong."""
    kinds = connector_kinds()
    if kind not in kinds:
        known = ", ".join(sorted(kinds))
        raise ValueError(_("there is no connector “%(kind)s”; there are: %(known)s", kind=kind, known=known))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
        raise ValueError(
            _("“%(name)s” cannot be a channel's name: use small letters, digits and hyphens", name=name)
        )
    checked = convert(settings, kinds[kind].settings_type)
    row = Channel(name=name, title=title, kind=kind, token=secrets.token_urlsafe(18),
                  settings=cast("dict[str, object]", msgspec.to_builtins(checked)))  # fmt: skip
    session.add(row)
    session.flush()
    return row


def set_settings(session: Session, name: str, changes: Mapping[str, object]) -> Channel:
    """Change some settings of a channel. ValueError names the one that is wrong, LookupError the channel."""
    row = find_channel(session, name)
    session.refresh(row, with_for_update=True)  # two who change it at once both have their change
    kind = connector_kinds().get(row.kind)
    if kind is None:
        raise ValueError(
            _(
                "%(name)s: its connector %(kind)s is not installed, so nothing can be changed",
                name=name,
                kind=row.kind,
            )
        )
    try:
        checked = convert({**row.settings, **changes}, kind.settings_type)
    except msgspec.ValidationError as error:
        raise ValueError(explain(str(error), kind.settings_type)) from None
    row.settings = cast("dict[str, object]", msgspec.to_builtins(checked))
    return row


def renew_secret(
    session: Session, channel_id: int, setting: str, before: str, after: str
) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
    """Keep a secret in place of another; give all settings before and after, None where somebody set one meanwhile."""
    row = session.get(Channel, channel_id, with_for_update=True)
    if row is None or row.settings.get(setting) != before:
        return None
    settings = row.settings
    row.settings = {**settings, setting: after}
    return settings, row.settings


def find_channel(session: Session, name: str) -> Channel:
    """Give a channel by name; LookupError with words where there is none."""
    found = session.scalar(select(Channel).where(Channel.name == name))
    if found is None:
        names = ", ".join(session.scalars(select(Channel.name).order_by(Channel.name)))
        told = _(
            "there is no channel “%(name)s”; there are: %(names)s", name=name, names=names or _("none yet")
        )
        raise LookupError(told)
    return found


def stays_paused(session: Session, channel_id: int) -> bool:
    """Tell whether a channel is paused; who resumes it waits until the transaction ends."""
    at = select(Channel.paused_at).where(Channel.id == channel_id).with_for_update(read=True)
    return session.scalar(at) is not None


def settings_of(channel: Channel) -> Settings:
    """Give how a channel is set up; as if nothing were said where its connector is not there, or refuses that."""
    kind = connector_kinds().get(channel.kind)
    with suppress(ValueError):
        return convert(channel.settings, kind.settings_type) if kind else Settings()
    return Settings()


def kinds_that_carry(command: type) -> list[str]:
    """Give the kinds of channels that carry out such commands."""
    return [name for name, kind in connector_kinds().items() if command in kind.carries]


@cache
def connector_kinds() -> Mapping[str, type[Connector]]:
    """Give every installed connector by its kind."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}
