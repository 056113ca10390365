"""What service and send tasks can do, and what is missing for it: palette of our own beside BPMN's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from crm.process_elements import DEEDS, Deed, Diagram, Node
from hub.languages import LANGUAGES
from hub.said import said

KINDS = {"serviceTask": ("stage", "document", "letter"), "sendTask": ("note", "notify", "message", "hook")}
WAYS = ("mail", "messenger")
CUSTOMER = "contact"
"""Whom a message goes to where nobody of ours is named."""
WHO = re.compile(r"responsible|head|contact|(department|role|user):\S.*")


def look(diagram: Diagram, node: Node, _names: Collection[str]) -> Iterator[str]:
    """Say what is missing for a service or send task to do anything."""
    if node.tag not in DEEDS:
        return
    kinds = KINDS[node.tag]
    if node.deed is None:
        yield said("*%(name)s* does nothing: choose what from the palette", name=node.called)
    elif node.deed.kind not in kinds:
        yield said(
            "*%(name)s* does “%(kind)s”, which is not supported", name=node.called, kind=node.deed.kind[:60]
        )
    else:
        yield from _LOOKS[node.deed.kind](diagram, node, node.deed)


def _stage_deed(_diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not deed.name:
        yield said("*%(name)s* says not to which stage the deal goes", name=node.called)


def _note_deed(_diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not (deed.text and WHO.fullmatch(deed.who or "responsible")):
        yield said("*%(name)s* says not whom it tells what", name=node.called)


def _document_deed(_diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not deed.template:
        yield said("*%(name)s* says not of which template the document is made", name=node.called)
    if deed.language and deed.language not in LANGUAGES:
        yield said(
            "*%(name)s*: there are no documents in “%(language)s”",
            name=node.called, language=deed.language[:20],
        )  # fmt: skip


def _message_deed(diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not (deed.template or deed.text):
        yield said(
            "*%(name)s* says not what it writes: name a template of letters, or write the words",
            name=node.called,
        )
    if not WHO.fullmatch(deed.who or CUSTOMER):
        yield said("*%(name)s* says not to whom it writes", name=node.called)
    if deed.by not in WAYS:
        yield said(
            "*%(name)s* writes by “%(way)s”: choose mail or messenger", name=node.called, way=deed.by[:60]
        )
    for each in deed.attach:
        made = diagram.nodes.get(each)
        if made is None or made.deed is None or made.deed.kind != "document":
            yield said("*%(name)s* attaches “%(element)s”, which makes no document", name=node.called,
                       element=each[:60])  # fmt: skip


def _letter_deed(_diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not deed.name.isdigit():
        yield said("*%(name)s* says not which letter of a sequence it sends", name=node.called)


def _hook_deed(_diagram: Diagram, node: Node, deed: Deed) -> Iterator[str]:
    if not deed.name:
        yield said("*%(name)s* says not which program it tells", name=node.called)


_LOOKS: Mapping[str, Callable[[Diagram, Node, Deed], Iterator[str]]] = {
    "stage": _stage_deed, "note": _note_deed, "notify": _note_deed, "document": _document_deed,
    "message": _message_deed, "hook": _hook_deed, "letter": _letter_deed,
}  # fmt: skip
