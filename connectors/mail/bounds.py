"""How much of one letter is read; the journal keeps it all. More is an attack or a mistake, and `flags` say so.

The figures keep the worst letter under two seconds of one slow core.
"""

from __future__ import annotations

LETTER = 40_000_000  # bytes
SCANNED = 3 * LETTER  # bytes looked through for boundaries, all levels together
PARTS = 500
PASSED = 50_000  # lines that look like a boundary and are none
LEVELS = 20

HEAD = 256_000  # bytes of the letter's own headers
PART_HEAD = 8_000
LINES = 4_000  # headers
PART_LINES = 100
VALUE = 16_000  # characters of one header
ADDRESSED = 50_000  # characters of all addresses in one header
ADDRESSES = 500
REFERENCES = 100
IDENTITY = 500  # characters of a Message-ID
NAME = 200
SUBJECT = 1_000

TEXT = 500_000  # characters
HTML = 4_000_000  # characters kept to be shown
WRITTEN = 500_000  # characters of HTML that text is made of
REPLY_LINES = 5_000
CALENDAR = 60_000  # bytes
REPORT = 100_000  # bytes
RECIPIENTS = 100  # of one delivery report
UNPACKED = 100  # files of one winmail.dat
WINMAILS = 10
