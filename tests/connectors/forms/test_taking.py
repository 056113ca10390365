"""What a form's channel makes of posts that mean harm: nobody waits for them, and nobody else's post is lost by them."""

from __future__ import annotations

import time
from collections.abc import Callable

from connectors.forms.senders.wix import Wix
from hub.connector import Raw

LARGE = 32 * 1024 * 1024  # bytes, the most that is taken


def test_a_large_body_of_letters_is_told_from_a_token_at_once(raw: Callable[..., Raw]) -> None:
    post = raw(b"a" * LARGE)
    began = time.perf_counter()
    assert not Wix().knows(post)
    assert time.perf_counter() - began < 0.1
