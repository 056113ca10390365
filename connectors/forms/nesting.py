"""JSON forms, unfolded to flat labels as PHP writes them: `{"a": {"b": 1}}` is `a[b] = 1`.

A list of plain values becomes one field per value under the list's own label, as a form sends several ticks.
Numbers stay as they were written: a price keeps its zeros and a phone number its digits.
"""

from __future__ import annotations

import json

import msgspec

from connectors.forms.bounds import FIELDS, JSON_MARKS, LABEL, LEVELS
from connectors.forms.charset import decode_text
from hub.said import said

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
Answers = list[tuple[str, str]]

_DECODER = msgspec.json.Decoder(float_hook=str)


def looks_json(body: bytes) -> bool:
    """Tell whether this begins as JSON that could hold a form."""
    return body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1] in {b"{", b"[", b'"'}


def read_json(body: bytes, declared: str) -> tuple[Answers, int, str]:
    """Give labels and values in order, how many more there were than we keep, a remark ("" for none).

    Raises ValueError when it is no JSON, no form, or deeper than anybody could have meant.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > JSON_MARKS:
        raise ValueError(said("as JSON it holds too many values"))
    try:
        value, remark = _decode(body, declared)
        if isinstance(value, str) and looks_json(value.encode(errors="replace")):
            value, _ = _decode(value.encode(errors="replace"), "utf-8")  # written as JSON twice over
        if not isinstance(value, dict | list):
            raise ValueError(said("it is a single value in JSON"))  # noqa: TRY004 - all that is unreadable is a ValueError
        unfolded = _Unfolded()
        unfolded.add("", value, LEVELS)
    except RecursionError:
        raise ValueError(said("it is nested thousands of levels deep")) from None
    return unfolded.answers, unfolded.more, remark


def _decode(body: bytes, declared: str) -> tuple[Json, str]:
    try:
        return _DECODER.decode(body), ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        # What templates and plug-ins write: line breaks in strings, NaN, half letters, other character sets.
        text, remark = decode_text(body, declared)
        forgiving = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
        try:
            value: Json = forgiving.decode(text)
        except json.JSONDecodeError as problem:
            raise ValueError(
                said(
                    "as JSON it breaks at line %(line)s, column %(column)s",
                    line=problem.lineno,
                    column=problem.colno,
                )
            ) from None
        return value, remark


class _Unfolded:
    """What has been unfolded so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.answers: Answers = []
        self.more = 0

    def add(self, label: str, value: Json, levels: int) -> None:
        """Unfold value under label, that many levels deep; what lies deeper is kept as JSON text."""
        if not isinstance(value, dict | list):
            self._keep(label, value)
        elif levels == 0:
            self._keep(label, json.dumps(value, ensure_ascii=False))
        else:
            plain = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                inner = label if plain and label else f"{label}[{key}]" if label else str(key)
                self.add(inner[: LABEL + 1], item, levels - 1)

    def _keep(self, label: str, value: str | int | None) -> None:
        if len(self.answers) == FIELDS:
            self.more += 1
        else:
            self.answers.append((label, _written(value)))


def _written(value: str | int | None) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)
