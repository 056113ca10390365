"""Settings as lines of TOML: how a command shows them, and how one types a value of them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def assignments(settings: Mapping[str, object]) -> Iterator[str]:
    """Write `key = value` for each setting, which `value_of` and any reader of TOML understand."""
    for key, value in settings.items():
        if value is not None:  # TOML leaves out what has no value
            yield f"{_key(key)} = {_written(value, 0)}"


def value_of(text: str) -> object:
    """Read what was typed: a value of TOML, or else the text as it stands."""
    try:
        found = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return found["value"] if len(found) == 1 else text


def _written(value: object, depth: int) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = ", ".join(assignments(value))
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return _list(value, depth)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _list(values: Sequence[object], depth: int) -> str:
    """Write tables below each other, everything else in one line."""
    written = [_written(each, depth + 1) for each in values]
    if depth or not any(isinstance(each, Mapping) for each in values):
        return f"[{', '.join(written)}]"
    return "\n".join(["[", *(f"  {each}," for each in written), "]"])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _written(key, 0)
