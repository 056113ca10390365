"""The channel that a visitor's browser asks, and what the hub has for it."""

from __future__ import annotations

from typing import NamedTuple, cast

from aiohttp import web

from connectors.webchat.gate import Gate, Gated
from connectors.webchat.sites import cors, request_may_come
from hub.channels import LiveChannel
from hub.languages import _
from hub.reception import RECEPTION, Reception
from hub.web.keys import CHANNELS
from hub.web.problems import Problem

KIND = "webchat"


class Desk(NamedTuple):
    """A channel at work, and where its visitors wait."""

    channel: LiveChannel
    gate: Gate
    reception: Reception


def at_desk(request: web.Request, *, any_site: bool = False) -> Desk:
    """Give the channel that is asked; a Problem where there is none, or where it is none of this site."""
    channel = request.app[CHANNELS].by_token(request.match_info["token"])
    if channel is None or channel.kind != KIND:
        raise Problem(404, _("There is no chat at this address. It may have been replaced by another one."))
    desk = Desk(channel, cast("Gated", channel.connector).gate, request.app[RECEPTION])
    if not any_site and not request_may_come(request, desk.gate.settings.origins):
        raise Problem(403, _("The chat does not belong to this site."))
    return desk


def readable(request: web.Request, desk: Desk) -> dict[str, str]:
    """Give what lets the scripts of an allowed page read an answer."""
    return cors({"origin": request.headers.get("Origin", "")}, desk.gate.settings.origins)
