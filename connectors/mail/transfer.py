"""Content that travelled as base64 or quoted-printable (RFC 2045), as whole as it can be had."""

from __future__ import annotations

import binascii
import re

# Some programs leave blanks after a soft break, which would then be no break.
_LOOSE = re.compile(rb"=[ \t]+(?=\r?\n|\Z)")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OTHERS = bytes(set(range(256)) - set(_ALPHABET))


def content_of(data: memoryview, encoding: str) -> tuple[bytes, bool]:
    """Give the content and whether it came whole. Base64 is decoded from where it lies, without a copy."""
    how = encoding.strip().lower()
    if how == "base64":
        return unbase64(data)
    if how == "quoted-printable":
        return binascii.a2b_qp(_LOOSE.sub(b"=", data)), True
    return bytes(data), True


def unbase64(data: bytes | memoryview) -> tuple[bytes, bool]:
    """Decode base64 that may be cut, or strewn with other characters; gives it and whether it was whole."""
    try:
        return binascii.a2b_base64(data), True
    except binascii.Error:
        return _remains(bytes(data)), False


def _remains(data: bytes) -> bytes:
    digits = data.translate(None, _OTHERS)
    whole = len(digits) - (len(digits) % 4 == 1)
    return binascii.a2b_base64(digits[:whole] + b"=" * (-whole % 4))
