"""Words as messengers take them: cut into messages where they are too long, and templates filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.chats import Template

# Where words may be cut, the best place first: between paragraphs, lines, sentences, words.
PLACES = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))
WIDEST = 4  # bytes of a character
WORTH = 0.5  # of the room: a better place that leaves more of it empty is none
GAP = re.compile(r"\{(\d{1,2})\}")


def length(text: str, *, in_bytes: bool = False) -> int:
    """Count letters as messengers do: in UTF-16, so that many an emoji is two; or bytes of UTF-8, as Instagram does."""
    if in_bytes:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, most: int, *, in_bytes: bool = False) -> list[str]:
    """Cut words into messages of at most so many letters; none where there are none."""
    found, rest = list[str](), text.strip()
    while length(rest, in_bytes=in_bytes) > most:
        room = _room(rest, most, in_bytes=in_bytes)
        end, begin = _place(rest, room)
        found.append(rest[:end].rstrip())
        rest = rest[begin:].lstrip()
    return [*found, rest] if rest else found


def _room(text: str, most: int, *, in_bytes: bool) -> int:
    """Tell how many characters of it are so many letters."""
    room = min(most, len(text))
    while (over := length(text[:room], in_bytes=in_bytes) - most) > 0:
        room -= max(over // WIDEST, 1)
    return max(room, 1)


def _place(text: str, room: int) -> tuple[int, int]:
    """Give where a message ends and where the next begins: a word that is longer than the room is cut."""
    for place in PLACES:
        found = [each.span() for each in place.finditer(text, 0, room + 1) if 0 < each.start() <= room]
        if found and found[-1][0] >= room * WORTH:
            return found[-1]
    words = [each.span() for each in PLACES[-1].finditer(text, 0, room + 1) if 0 < each.start() <= room]
    return words[-1] if words else (room, room)


def gaps(template: Template) -> int:
    """Count what is to be filled in."""
    return max((int(each) for each in GAP.findall(template.text)), default=0)


def filled(template: Template, values: Sequence[str]) -> str:
    """Give the words of a template with its gaps filled in; one for which nothing is said stays."""
    given = {str(number): value for number, value in enumerate(values, start=1)}
    return GAP.sub(lambda gap: given.get(gap[1], gap[0]), template.text)
