"""Who may come in, and how fast: what the intake and the questions of visitors' browsers share of a channel."""

from __future__ import annotations

from typing import Protocol

from connectors.webchat import passes
from connectors.webchat.settings import ChatSettings
from hub.pace import Pace


class Gate:
    """One of a channel at work. A browser that is told to wait tries again."""

    def __init__(self, settings: ChatSettings) -> None:
        """Begin with nobody counted."""
        self.settings = settings
        self.messages, self.networks = Pace(20, 20), Pace(200, 200)
        self.newcomers, self.askers = Pace(30, 10), Pace(600, 600)
        self.writers, self.movers, self.readers = Pace(1, 30), Pace(6, 20), Pace(60, 60)

    def visitor(self, carried: str) -> str:
        """Give whose pass this is, "" for nobody's."""
        return passes.visitor_of(self.settings.secret, carried)


class Gated(Protocol):
    """A connector with a gate."""

    gate: Gate
