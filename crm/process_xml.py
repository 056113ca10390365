"""BPMN 2.0 files as bytes: read within bounds, never fetching or expanding anything.

A file may come from anywhere. What could cost more than its length is refused before a parser sees it: other encodings
than UTF-8, document types and with them entities; and after, what is nested or furnished beyond any diagram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias, cast

from lxml import etree

from hub.said import said

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
DC, DI = "http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI"
OWN = "urn:ringback:process"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"

LARGEST = 1_000_000  # bytes
MOST_ELEMENTS = 20_000
DEEPEST = 40
LONGEST = 2_000  # letters of a text in it

_ENCODING = re.compile(r"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml gives it no other name


class NotBpmn(ValueError):
    """The file is no BPMN 2.0 diagram, or larger than any is; the words say which."""


def read_xml(raw: bytes) -> Element:
    """Read a file, or raise NotBpmn with words."""
    if len(raw) > LARGEST:
        raise NotBpmn(said("This is too large: a diagram has at most %(most)s bytes", most=f"{LARGEST:,}"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotBpmn(said("This is no BPMN 2.0 file: it is not written in UTF-8")) from None
    declared = _ENCODING.match(text.lstrip("\ufeff"))
    if declared and declared[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise NotBpmn(said("This is no BPMN 2.0 file: it is not written in UTF-8"))
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotBpmn(said("A diagram has no document type: take out the line that begins with <!DOCTYPE"))
    root = _parsed(raw)
    _bound(root)
    if root.tag != f"{{{MODEL}}}definitions":
        raise NotBpmn(said("This is no BPMN 2.0 file: it does not begin with “definitions”"))
    return root


def _parsed(raw: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise NotBpmn(said("This is no BPMN 2.0 file: line %(line)s cannot be read", line=line)) from None


def _bound(root: Element) -> None:
    """Refuse what no diagram is."""
    depth = number = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        number += event == "start"
        if depth > DEEPEST or number > MOST_ELEMENTS:
            raise NotBpmn(said("This is too large or nested too deeply for a diagram"))


def children(node: Element, name: str, space: str = MODEL) -> Iterator[Element]:
    """Give the children of this name."""
    return cast("Iterator[Element]", node.iterchildren(f"{{{space}}}{name}"))


def child(node: Element, name: str, space: str = MODEL) -> Element | None:
    """Give the first child of this name."""
    return next(children(node, name, space), None)


def local(node: Element) -> tuple[str, str]:
    """Give the namespace and the name of an element."""
    name = etree.QName(node)
    return name.namespace or "", name.localname


def words(node: Element | None) -> str:
    """Give the text in an element."""
    return ((node.text if node is not None else "") or "").strip()[:LONGEST]


def extensions(node: Element) -> Iterator[Element]:
    """Give what stands in an element beside BPMN itself."""
    box = child(node, "extensionElements")
    return iter(()) if box is None else box.iterchildren("{*}*")
