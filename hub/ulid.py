"""Identities that sort by the time they were made: ULIDs, 26 characters of Crockford's base 32.

48 bits of milliseconds and 80 random bits (https://github.com/ulid/spec), so that several nodes need not agree.
"""

from __future__ import annotations

import os
from base64 import b32hexencode

from hub.clock import now

# The standard's letters skip I, L, O and U; both alphabets are in ASCII order, so order is kept.
CROCKFORD = bytes.maketrans(b"0123456789ABCDEFGHIJKLMNOPQRSTUV", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
PADDING = bytes(4)  # 128 bits become the last 26 of 32 digits
LENGTH = 26


def ulid() -> str:
    """Make a new one."""
    milliseconds = int(now().timestamp() * 1000)
    digits = b32hexencode(PADDING + milliseconds.to_bytes(6, "big") + os.urandom(10))
    return digits[-LENGTH:].translate(CROCKFORD).decode("ascii")
