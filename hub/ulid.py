"""Identities that sort by the time they were made: ULIDs, 26 characters of Crockford's base 32.

48 bits of milliseconds and 80 random bits (https://github.com/ulid/spec), so that several nodes need not
agree.
"""

from __future__ import annotations

import random

from hub.clock import now

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Ten bits at a time: two digits each. Every item that comes in gets one, so it has to cost little.
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
PLACES = tuple(range(120, -1, -10))

# No secrets, and a call into the system for each would let other threads in between.
_random = random.Random()  # noqa: S311


def ulid() -> str:
    """Make a new one."""
    number = int(now().timestamp() * 1000) << 80 | _random.getrandbits(80)
    return "".join([PAIRS[number >> place & 1023] for place in PLACES])
