"""The feed of a PBX that tells by web hook what happens to its calls, one thing at a time.

What it tells of a call is a stream, kept in order. The hub puts the call together (crm/call_news.py), so that a restart
in the midst of a call forgets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from connectors.asterisk.words import ID
from connectors.telephony_feed import bitrix24, zammad
from connectors.telephony_feed.asked import opened
from connectors.telephony_feed.settings import FeedSettings
from hub.connector import Answer, Connector, Doubt, Raw
from hub.events import CallNews
from hub.languages import _
from hub.said import said

LARGEST = 64 * 1024  # bytes of a body: what happens to a call is said in a few hundred


class TelephonyFeed(Connector):
    """One PBX; the token in its address is what it is known by."""

    kind: ClassVar[str] = "telephony"
    settings_type: ClassVar[type[FeedSettings]] = FeedSettings
    settings: FeedSettings

    def read(self, raw: Raw) -> tuple[CallNews, ...]:
        """Give what happened to a call; ValueError for what is about none."""
        asked = opened(raw)
        if bitrix24.key(asked):
            return bitrix24.read(asked, self.settings)
        if zammad.key(asked):
            return (zammad.read(asked, self.settings),)
        raise ValueError(said("This is no call: neither as Zammad's CTI tells it, nor as Bitrix24's."))

    def refuse(self, raw: Raw) -> Answer | None:
        """Refuse what is about no call or too large for one, and answer who asks whether Bitrix24 knows somebody."""
        if len(raw.body) > LARGEST:
            return _refused(413, _("A call is told in 64 kB at most."))
        asked = opened(raw)
        if bitrix24.key(asked) or zammad.key(asked):
            return None
        if bitrix24.method(asked):
            return bitrix24.answer(asked)
        return _refused(400, _("A call is told with “event” and “callId”."))

    def asks(self, raw: Raw) -> bool:
        """Understand a GET that says it all in its address."""
        asked = opened(raw)
        return bool(bitrix24.method(asked) or zammad.key(asked))

    def doubt(self, raw: Raw) -> Doubt | None:
        """Doubt nothing: these ways know no signature, and the address is the secret."""
        del raw
        return None

    def stream(self, raw: Raw) -> str:
        """Give the call, so that what is told of it stays in order."""
        asked = opened(raw)
        return (bitrix24.key(asked) or zammad.key(asked))[:ID]

    def answer(self, raw: Raw) -> Answer:
        """Say what the PBX waits for."""
        asked = opened(raw)
        return bitrix24.answer(asked) if bitrix24.method(asked) else zammad.answer()

    def preflight(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Let no browser tell of calls."""
        del headers
        return {}


def _refused(status: int, why: str) -> Answer:
    return Answer(
        status=status,
        headers={"Content-Type": "application/json"},
        body=msgspec.json.encode({"error": why}),
    )
