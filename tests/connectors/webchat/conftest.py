"""A web chat of the window company, and what a visitor's browser posts to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from connectors.webchat import ChatSettings, WebChat
from connectors.webchat.passes import issue
from hub.connector import Raw

SITE = "https://klarruta.example"
SECRET = "a secret of the channel"  # noqa: S105 - an invented one
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Make = Callable[..., WebChat]
Sends = Callable[..., Raw]


@pytest.fixture
def chat() -> Make:
    """Give what makes the connector with these settings."""

    def make(**settings: object) -> WebChat:
        return WebChat("chat", "sesame", ChatSettings(**{"origins": (SITE,), "secret": SECRET, **settings}))

    return make


@pytest.fixture
def carried() -> str:
    """Give a visitor's pass."""
    return issue(SECRET)


@pytest.fixture
def sends(carried: str) -> Sends:
    """Give what a browser on the company's site posts, with a file's bytes behind it."""

    def make(content: bytes = b"", origin: str = SITE, **said: object) -> Raw:
        line = msgspec.json.encode({"v": carried, "id": "0a1b2c3d4e5f", "text": "Do you have oak?", **said})
        headers = {"origin": origin, "content-type": "text/plain", ":remote": "192.0.2.7"}
        return Raw(
            body=line + (b"\n" + content if content else b""), headers=headers, received_at=NINE, key="a1"
        )

    return make
