"""A trade's words in another language: what people read in a diagram and in its file, and nothing that is looked up.

A trade is written in English. Its dictionary (config/trades/sv.toml, and NAME/sv.toml for what it alone says) has a
line for each text; what stands in none stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec
from lxml import etree

from crm.process_xml import MODEL, OWN, Element, local, read_xml
from hub.settings import default_file, load

LANGUAGES = ("en", "sv")
_LITERAL = re.compile(r'"([^"]*)"')
# What is no word for people though it is called a name: it is looked up by it.
_LOOKED_UP = frozenset({"message", "error", "signal", "escalation"})
_SPOKEN = {"answer": ("label",), "stage": ("name", "pipeline", "reason"), "message": ("subject",)}
_SAID = frozenset({"note", "notify", "message"})


class Dictionary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """sv.toml: English texts and what they are in Swedish."""

    words: dict[str, str] = {}


def dictionary(trade: str, language: str) -> Mapping[str, str]:
    """Give the words of a trade in a language, none for English."""
    if language == "en":
        return {}
    files = [default_file(f"trades/{where}{language}.toml") for where in ("", f"{trade}/")]
    return {key: value for file in files for key, value in load(file, Dictionary).words.items()}


def spoken(raw: bytes, words: Mapping[str, str]) -> bytes:
    """Give a diagram in other words, byte for byte where there are none."""
    if not words:
        return raw
    root = read_xml(raw)
    for write, text in list(_texts(root)):
        write(_translated(text, words))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def texts_of(raw: bytes) -> set[str]:
    """Give everything that a dictionary must say of a diagram."""
    return {part for _write, text in _texts(read_xml(raw)) for part in _parts(text)}


def _translated(text: str, words: Mapping[str, str]) -> str:
    """Say a text, or what stands in it: the choices of a list, a department, what a condition compares with."""
    if text in words:
        return words[text]
    if text.startswith("department:"):
        name = text.removeprefix("department:")
        return f"department:{words.get(name, name)}"
    if ";" in text:
        return ";".join(words.get(part.strip(), part.strip()) for part in text.split(";"))
    return _LITERAL.sub(lambda found: f'"{words.get(found[1], found[1])}"', text)


def _parts(text: str) -> list[str]:
    if text.startswith("department:"):
        return [text.removeprefix("department:")]
    if literals := _LITERAL.findall(text):
        return list(literals)
    return [part.strip() for part in text.split(";")]


def _texts(root: Element) -> Iterator[tuple[Callable[[str], None], str]]:
    """Give every text for people, with what writes another in its place."""
    for node in root.iter("{*}*"):
        space, name = local(node)
        keys: tuple[str, ...] = ()
        if space == MODEL and name not in _LOOKED_UP and name != "definitions":
            keys = ("name",)
        elif space == OWN:
            keys = _SPOKEN.get(name, ())
            if name == "answer" and node.get("choices"):
                keys += ("choices",)
            if node.get("who", "").startswith("department:"):
                keys += ("who",)
        for key in keys:
            if text := node.get(key, "").strip():
                yield _writes(node, key), text
        if choice := node.get("when", "").partition("=")[2].strip():
            yield _writes_choice(node), choice
        says = (space == OWN and name in _SAID) or (
            name == "conditionExpression" and '"' in (node.text or "")
        )
        if says and (text := (node.text or "").strip()):
            yield _writes(node, ""), text


def _writes_choice(node: Element) -> Callable[[str], None]:
    def write(text: str) -> None:
        node.set("when", f"{node.get('when').partition('=')[0]}={text}")

    return write


def _writes(node: Element, key: str) -> Callable[[str], None]:
    def write(text: str) -> None:
        if key:
            node.set(key, text)
        else:
            node.text = text

    return write
