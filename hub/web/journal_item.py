"""An item of the journal as a row of the list shows it: who sent it, what it became, how it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from hub.channels import Channel
from hub.clock import now
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.web.channel_views import ICONS
from hub.web.moments import hundredths

KILO, MEGA = 1000, 1_000_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the list."""

    id: int
    at: datetime
    clock: str
    icon: str
    sender: str
    channel: str
    became: str
    became_href: str
    state: str
    state_words: str
    action: str


def row(item: Inbound, channel: Channel, zone: ZoneInfo) -> Row:
    """Show one item in the list."""
    state, words = _state(item, channel, zone)
    return Row(
        id=item.id,
        at=item.received_at,
        clock=_clock(item.received_at, zone),
        icon=ICONS.get(channel.kind, "journal"),
        sender=_sender(item.headers),
        channel=channel.title,
        became=item.became or "",
        became_href=item.became_path or "",
        state=state,
        state_words=words,
        action=_action(item),
    )


def bytes_in_words(size: int) -> str:
    """Say a size: 812 bytes, 1.2 kB, 3.1 MB."""
    for unit, name in ((MEGA, "MB"), (KILO, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return ngettext("%(num)s byte", "%(num)s bytes", size)


def next_try(item: Inbound, channel: Channel, zone: ZoneInfo) -> str:
    """Say when a waiting item is taken up."""
    if channel.paused_at is not None:
        return _("its channel is paused")
    if item.due_at is None or item.due_at <= now():
        return _("now in work")
    return _("next try %(time)s", time=f"{item.due_at.astimezone(zone):%H:%M}")


def _clock(at: datetime, zone: ZoneInfo) -> str:
    """Give the second of an item of today: several come in a minute."""
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}" if local.date() == now().astimezone(zone).date() else ""


def _sender(headers: dict[str, str]) -> str:
    """Say who sent it, as far as it says so itself."""
    if ":method" not in headers:
        return headers.get("from", "") or _("unknown")
    site = urlsplit(headers.get("origin") or headers.get("referer") or "").hostname
    place = site or headers.get(":remote") or _("somewhere")
    return _("%(method)s from %(site)s", method=headers[":method"], site=place)


def _state(item: Inbound, channel: Channel, zone: ZoneInfo) -> tuple[str, str]:
    if item.due_at is not None:
        waits = item.attempts or channel.paused_at or item.due_at > now() + timedelta(seconds=1)
        told = _("Waiting, %(when)s", when=next_try(item, channel, zone)) if waits else _("Waiting")
        return "soon", told
    if item.failed_at is not None:
        return "late", ngettext("Failed, %(num)s try", "Failed, %(num)s tries", item.attempts)
    if item.spam_at is not None:
        return "off", _("Spam, as a person said")
    if item.set_aside_at is not None:
        why = item.set_aside_why
        return "off", _("Set aside: %(why)s", why=why) if why else _("Set aside")
    if item.done_at is not None and item.attempts == 0 and item.released_at is None:
        took = (item.done_at - item.received_at).total_seconds()
        return "ok", _("Done in %(n)s s", n=hundredths(took))
    return "ok", _("Done")


def _action(item: Inbound) -> str:
    if item.due_at is not None:
        return ""
    if item.failed_at is not None:
        return "retry"
    return "release" if item.set_aside_at is not None and item.forgotten_at is None else ""
