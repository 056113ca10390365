"""What the web application and a request carry, by typed keys."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from jinja2 import Environment

from hub.answers import Tally
from hub.blobs import Blobs
from hub.bus import Bus
from hub.channels import Channels
from hub.db import Database
from hub.preferences import Preferences
from hub.processing import Processor
from hub.settings import Settings
from hub.users import Viewer

DB = web.AppKey("db", Database)
BLOBS = web.AppKey("blobs", Blobs)
CHANNELS = web.AppKey("channels", Channels)
BUS = web.AppKey[Bus]("bus")
SETTINGS = web.AppKey("settings", Settings)
TEMPLATES = web.AppKey("templates", Environment)
ANSWERS = web.AppKey("answers", Tally)
PROCESSOR = web.AppKey("processor", Processor)


DEFAULT = Preferences()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: nobody we know, a person who signed in, or a program with a token and its scopes.

    `extension` is where a person's telephone rings.
    """

    viewer: Viewer | None = None
    sign_in: int | None = None
    token: int | None = None
    scopes: frozenset[str] = frozenset()
    preferences: Preferences = DEFAULT
    extension: str = ""
    mail: str = ""


NOBODY = Caller()
CALLER = web.RequestKey("caller", Caller)
