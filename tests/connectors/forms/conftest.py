"""A website's form channel, and posts to it at nine on a Friday morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.forms import Forms, FormSettings
from hub.connector import Raw
from hub.events import FormSubmitted

URLENCODED = "application/x-www-form-urlencoded"
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def nine() -> datetime:
    """Give the moment at which everything here is received."""
    return NINE


@pytest.fixture(scope="session")
def raw() -> Callable[..., Raw]:
    """Make a raw item of a body, its content type and other headers."""

    def make(body: bytes | str, content_type: str = URLENCODED, **headers: str) -> Raw:
        body = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Raw(body=body, headers={"content-type": content_type, **named}, received_at=NINE, key="a1")

    return make


@pytest.fixture(scope="session")
def read(raw: Callable[..., Raw]) -> Callable[..., FormSubmitted]:
    """Read one post into the one request it holds."""

    def make(body: bytes | str, content_type: str = URLENCODED, **settings: object) -> FormSubmitted:
        (event,) = Forms("website", "sesame", FormSettings(**settings)).read(raw(body, content_type))
        return event

    return make
