"""Diagrams that are drawn by ourselves: elements in columns and rows, the ways between them, and a file for both.

Whatever it is given is put into the file as text, never as markup.
"""

from __future__ import annotations

from lxml import etree

from crm.process_xml import DC, DI, DIAGRAM, MODEL, OWN, Element

PROCESS = "process"
LONGEST = 200  # letters of a name
ROW, COLUMN = 120, 170
SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "intermediateCatchEvent": (36, 36)}
GATEWAY, TASK = (50, 50), (120, 80)


def empty(name: str) -> bytes:
    """Draw a process that begins, and goes nowhere yet."""
    sheet = Sheet(name)
    sheet.node("startEvent", "start", "", 0, 0)
    return sheet.file()


class Sheet:
    """A file that is drawn on."""

    def __init__(self, name: str) -> None:
        """Begin one, with a process of this name."""
        spaces = {"bpmn": MODEL, "bpmndi": DIAGRAM, "dc": DC, "di": DI, "ringback": OWN}
        self._root = etree.Element(f"{{{MODEL}}}definitions", nsmap=spaces, id="file", targetNamespace=OWN)
        self._process = inside(
            self._root, MODEL, "process", id=PROCESS, name=name[:LONGEST], isExecutable="true"
        )
        diagram = inside(self._root, DIAGRAM, "BPMNDiagram", id="diagram")
        self._plane = inside(diagram, DIAGRAM, "BPMNPlane", id="plane", bpmnElement=PROCESS)
        self._middles: dict[str, tuple[int, int]] = {}

    def file(self) -> bytes:
        """Give what was drawn."""
        return bytes(etree.tostring(self._root, xml_declaration=True, encoding="UTF-8"))

    def node(self, tag: str, id_: str, name: str, column: int, row: int, *, low: bool = False) -> str:
        """Draw an element in a column and row of its own."""
        inside(self._process, MODEL, tag, id=id_, **({"name": name} if name else {}))
        width, height = SIZES.get(tag, GATEWAY if tag.endswith("Gateway") else TASK)
        x, y = 100 + column * COLUMN, 100 + row * ROW + (60 if low else 0)
        self._middles[id_] = (x, y)
        shape = inside(self._plane, DIAGRAM, "BPMNShape", id=f"{id_}_di", bpmnElement=id_)
        bounds = {"x": x - width // 2, "y": y - height // 2, "width": width, "height": height}
        inside(shape, DC, "Bounds", **{key: str(value) for key, value in bounds.items()})
        return id_

    def after(self, source: str, target: str, id_: str = "", condition: str = "") -> str:
        """Draw a way and give where it ends."""
        id_ = id_ or f"{source}_{target}"
        flow = inside(self._process, MODEL, "sequenceFlow", id=id_, sourceRef=source, targetRef=target)
        if condition:
            inside(flow, MODEL, "conditionExpression").text = condition
        edge = inside(self._plane, DIAGRAM, "BPMNEdge", id=f"{id_}_di", bpmnElement=id_)
        (x, y), (to_x, to_y) = self._middles[source], self._middles[target]
        for at in dict.fromkeys(((x, y), (x, to_y), (to_x, to_y))):
            inside(edge, DI, "waypoint", x=str(at[0]), y=str(at[1]))
        return target

    def element(self, id_: str) -> Element:
        """Give an element that was drawn."""
        return next(each for each in self._process if each.get("id") == id_)


def inside(parent: Element, space: str, tag: str, **attributes: str) -> Element:
    """Put an element into another."""
    return etree.SubElement(parent, f"{{{space}}}{tag}", attributes)
