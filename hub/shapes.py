"""Values as what they are meant to be: what was decoded or kept becomes a structure that was declared, or is refused.

The library learns a structure where it is first asked for, and who asks for it in another thread meanwhile ends the
process. So one learns it, and the others wait.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

_known: set[object] = set()
_alone = threading.Lock()


@overload
def convert(value: object, kind: type[T], *, strict: bool = ..., from_attributes: bool = ...) -> T: ...
@overload
def convert(value: object, kind: object, *, strict: bool = ..., from_attributes: bool = ...) -> Any: ...  # noqa: ANN401 - of a union nothing better can be said
def convert(value: object, kind: Any, *, strict: bool = True, from_attributes: bool = False) -> object:
    """Give a value as msgspec.convert does. ValidationError says what is wrong with it."""
    if kind not in _known:
        _learn(kind)
    return msgspec.convert(value, kind, strict=strict, from_attributes=from_attributes)  # noqa: TID251 - it is learned


@overload
def decode(text: bytes | str, kind: type[T], *, strict: bool = ...) -> T: ...
@overload
def decode(text: bytes | str, kind: object, *, strict: bool = ...) -> Any: ...  # noqa: ANN401 - of a union nothing better can be said
def decode(text: bytes | str, kind: Any, *, strict: bool = True) -> object:
    """Give what JSON says as msgspec.json.decode does. DecodeError and ValidationError say what is wrong with it."""
    if kind not in _known:
        _learn(kind)
    return msgspec.json.decode(text, type=kind, strict=strict)


def _learn(kind: object) -> None:
    with _alone:
        msgspec.json.Decoder(kind)
        _known.add(kind)
