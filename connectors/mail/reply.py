"""The new part of a letter: what its sender wrote now, without what he quotes and without his signature.

Line by line and without looking back, so that it takes time with the length alone. Where answers stand between
quotes, or nothing would be left, all of it is the new part.
"""

from __future__ import annotations

import re

from connectors.mail.bounds import REPLY_LINES
from connectors.mail.reply_words import FROM, MOBILE, ORIGINAL, OTHERS, WROTE

_FIELD = re.compile(r"[\s>*_]{0,8}([^\W\d][\w -]{0,17})\*?\s?:")
_STAMP = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_LINE = 200  # characters; no mail program announces a quote in longer lines
_ANNOUNCED = 400
_HEADERS = 3  # of a quoted letter that must stand together
_NEAR = 12  # lines in which they stand
_RULE = 20  # characters of a line drawn across


def new_part(text: str) -> str:
    """Give what was written now; text has plain line breaks."""
    lines = text.split("\n")
    cut = next((n for n in range(min(len(lines), REPLY_LINES)) if _quote_begins(lines, n)), None)
    if cut is not None and _is_answered(lines[cut:]):
        return text.strip()
    written = lines[:cut]
    signed = next((n for n, line in enumerate(written[:REPLY_LINES]) if _is_signature(line)), None)
    return _joined(written[:signed]) or _joined(written) or text.strip()


def without_signature(text: str) -> str:
    """Give a text up to its line of two dashes."""
    lines = text.split("\n")
    return _joined(lines[: next((n for n, line in enumerate(lines) if line.rstrip() == "--"), None)])


def _quote_begins(lines: list[str], n: int) -> bool:
    line = lines[n].strip()
    if not line:
        return False
    return line.startswith(">") or _announces(lines, n) or (len(line) <= _LINE and _letter_begins(lines, n))


def _announces(lines: list[str], n: int) -> bool:
    """Tell whether a line announces a quote, maybe wrapped over two or three: "On Monday … wrote:"."""
    first = lines[n]
    if _is_announcement(first):
        return True
    if len(first) > _LINE or first.rstrip().endswith(":") or n + 1 == len(lines):
        return False
    if _is_announcement(f"{first} {lines[n + 1].strip()}"):
        return not _is_announcement(lines[n + 1]) or _lacks_its_beginning(lines[n + 1], first)
    three = " ".join(line.strip()[:_LINE] for line in lines[n : n + 3])
    return bool(_STAMP.search(first)) and _is_announcement(three)


def _lacks_its_beginning(line: str, first: str) -> bool:
    """Tell whether a line that announces a quote does so only together with the one above, which has its date."""
    ends = first.rstrip().endswith((".", "!", "?"))
    return not ends and _STAMP.search(first) is not None and not _STAMP.search(line)


def _is_announcement(line: str) -> bool:
    line = line.strip("> \t")
    if not line.endswith(":") or len(line) > _ANNOUNCED:
        return False
    hints = (WROTE, _ADDRESS, _STAMP)
    return sum(hint.search(line) is not None for hint in hints) > 1


def _letter_begins(lines: list[str], n: int) -> bool:
    """Tell whether a line opens a letter quoted whole, as Outlook does."""
    line = lines[n].strip()
    if ORIGINAL.fullmatch(line):
        return True
    if len(line) >= _RULE and not line.strip("_-"):
        return _headers_follow(lines[n + 1 : n + 1 + _NEAR])
    return _FIELD.match(line) is not None and _headers_follow(lines[n : n + _NEAR])


def _headers_follow(lines: list[str]) -> bool:
    """Tell whether three headers stand here, From among them, with blank and wrapped lines between."""
    seen: set[str] = set()
    above = ""
    for line in lines:
        name = _header(line)
        if name:
            seen.add(name)
        elif line.strip() and (not seen or not above.strip()):
            return False
        above = line
        if len(seen) >= _HEADERS and not FROM.isdisjoint(seen):
            return True
    return False


def _header(line: str) -> str:
    match = _FIELD.match(line[:_LINE])
    name = match[1].strip().lower() if match else ""
    return name if name in FROM or name in OTHERS else ""


def _is_answered(tail: list[str]) -> bool:
    """Tell whether anything stands below the first quoted lines that is no quote."""
    quoted = next((n for n, line in enumerate(tail) if line.lstrip().startswith(">")), None)
    if quoted is None:
        return False
    below = (line.strip() for line in tail[quoted : quoted + _LINE])
    return any(
        line
        and not line.startswith(">")
        and not _is_announcement(line)
        and not MOBILE.fullmatch(line[:_LINE])
        for line in below
    )


def _is_signature(line: str) -> bool:
    return line.rstrip() == "--" or (len(line) <= _LINE and MOBILE.fullmatch(line.strip()) is not None)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()
