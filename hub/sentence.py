"""A column that keeps sentences of ours as what was said; see hub/said.py, which whoever keeps nothing can do with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, String, types

from hub.said import hear, keep


class Sentence(types.TypeDecorator[str]):
    """A text that may be a sentence of ours."""

    impl = String
    cache_ok = True

    def bind_processor(self, _dialect: Dialect) -> Callable[[str | None], str | None]:
        """Keep a sentence with its values; no text of somebody else's may pass for one."""
        return keep

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], str | None]:
        """Say it to the reader."""
        return lambda text: hear(text) if text else text
