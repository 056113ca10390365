"""Headers as they are written (RFC 5322, 2047, 2231): folded, in ASCII, and never more of them than are meant.

The standard library folds them too, in three milliseconds for a letter; these are the same bytes at each try.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from connectors.mail.bounds import IDENTITY, NAME, REFERENCES, SUBJECT
from hub.letters import Address

WIDTH = 76
_AT_ONCE = 42  # bytes of one encoded word, which may have 75 characters
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_LONG_WORD = re.compile(r"\S{60}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_IN_IDENTITY = re.compile(r"[^\x21-\x7e]|[<>]")


def text_line(name: str, text: str) -> str:
    """Write a header of free text."""
    return _folded(name, _words(_clean(text)[:SUBJECT]))


def address_line(name: str, addresses: Sequence[Address]) -> str:
    """Write a header of addresses; "" where there are none."""
    written = [_address(each) for each in addresses]
    return _folded(name, [f"{each}," for each in written[:-1]] + written[-1:]) if written else ""


def identity_line(name: str, identities: Iterable[str]) -> str:
    """Write a header of Message-IDs, the first and the last of too many; "" where there are none."""
    cleaned = (_NOT_IN_IDENTITY.sub("", each)[:IDENTITY] for each in identities)
    written = [f"<{each}>" for each in dict.fromkeys(cleaned) if each]
    kept = written if len(written) <= REFERENCES else [written[0], *written[1 - REFERENCES :]]
    return _folded(name, kept) if kept else ""


def file_line(name: str, value: str, parameter: str, file_name: str) -> str:
    """Write a header that names a file of any script (RFC 2231)."""
    cleaned = _clean(file_name)[:NAME] or "file"
    if _PLAIN.fullmatch(cleaned) and len(cleaned) < WIDTH - len(parameter) - 6:
        escaped = cleaned.replace("\\", r"\\").replace('"', r"\"")
        return _folded(name, [f"{value};", f'{parameter}="{escaped}"'])
    first, *others = re.findall(r"(?:%..|[^%]){1,20}", quote(cleaned, safe=""))
    if not others:
        return _folded(name, [f"{value};", f"{parameter}*=utf-8''{first}"])
    parts = [
        f"{parameter}*0*=utf-8''{first}",
        *(f"{parameter}*{at}*={each}" for at, each in enumerate(others, 1)),
    ]
    return _folded(name, [f"{value};", *(f"{part};" for part in parts[:-1]), parts[-1]])


def _clean(text: str) -> str:
    """Leave what may stand in a header: no line of it can end."""
    return _CONTROLS.sub(" ", text).strip()


def _words(text: str) -> list[str]:
    """Give the words of a text, encoded where they must be."""
    if _PLAIN.fullmatch(text) and "=?" not in text and not _LONG_WORD.search(text):
        return text.split(" ")
    return list(_encoded(text))


def _encoded(text: str) -> Iterator[str]:
    """Give encoded words, none of which ends within a character."""
    waiting = b""
    for character in text:
        encoded = character.encode()
        if len(waiting) + len(encoded) > _AT_ONCE:
            yield _word(waiting)
            waiting = b""
        waiting += encoded
    yield _word(waiting)


def _word(encoded: bytes) -> str:
    return f"=?utf-8?b?{b64encode(encoded).decode()}?="


def _address(address: Address) -> str:
    name = _clean(address.name)[:NAME]
    if not name:
        return address.address
    if _ATOMS.fullmatch(name) and "=?" not in name:
        words = name
    elif _PLAIN.fullmatch(name) and "=?" not in name:
        escaped = name.replace("\\", r"\\").replace('"', r"\"")
        words = f'"{escaped}"'
    else:
        words = "\r\n ".join(_encoded(name))
    return f"{words} <{address.address}>"


def _folded(name: str, words: Iterable[str]) -> str:
    """Put words on lines of at most 76 characters, or one word each."""
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + len(word) >= WIDTH and line.strip() and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"
