"""Diagrams for tests, drawn in a line or two."""

from __future__ import annotations

from itertools import pairwise

from crm.process_elements import MESSAGES


def drawn(*inside: str) -> str:
    """Give a file with one process “P” of these elements."""
    spaces = (
        'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ringback="urn:ringback:process" '
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    )
    messages = "".join(
        f'<bpmn:message id="{name.replace(" ", "_")}" name="{name}"/>'
        for name in (*MESSAGES, "pigeon arrived")
    )
    return (
        f'<bpmn:definitions {spaces}>{messages}<bpmn:error id="oops" name="oops" errorCode="oops"/>'
        f'<bpmn:process id="p" name="P" isExecutable="true">{"".join(inside)}</bpmn:process></bpmn:definitions>'
    )


def start(id: str = "s", inner: str = "") -> str:  # noqa: A002 - as the file calls it
    """Draw a start."""
    return f'<bpmn:startEvent id="{id}">{inner}</bpmn:startEvent>'


def end(id: str = "e", name: str = "", inner: str = "") -> str:  # noqa: A002
    """Draw an end."""
    return f'<bpmn:endEvent id="{id}" name="{name}">{inner}</bpmn:endEvent>'


def terminate(id: str) -> str:  # noqa: A002
    """Draw an end that ends everything."""
    return end(id, inner="<bpmn:terminateEventDefinition/>")


def error_end(id: str, name: str = "") -> str:  # noqa: A002
    """Draw an end by an error."""
    return end(id, name, '<bpmn:errorEventDefinition errorRef="oops"/>')


def user(id: str, name: str, answers: str = "", who: str = "responsible", within: str = "") -> str:  # noqa: A002
    """Draw a step that somebody does."""
    time = f' within="{within}"' if within else ""
    work = f'<ringback:work who="{who}"{time}>{answers}</ringback:work>'
    inner = f"<bpmn:extensionElements>{work}</bpmn:extensionElements>"
    return f'<bpmn:userTask id="{id}" name="{name}">{inner}</bpmn:userTask>'


def flow(source: str, target: str, condition: str = "", id: str = "") -> str:  # noqa: A002
    """Draw a way; its id is `source_target` unless it is given."""
    inner = (
        f"<bpmn:conditionExpression>{condition.replace('<', '&lt;')}</bpmn:conditionExpression>"
        if condition
        else ""
    )
    ends = f'id="{id or f"{source}_{target}"}" sourceRef="{source}" targetRef="{target}"'
    return f"<bpmn:sequenceFlow {ends}>{inner}</bpmn:sequenceFlow>"


def way(through: str) -> str:
    """Draw the ways through several elements, one after the other: `way("s a e")`."""
    return "".join(flow(one, other) for one, other in pairwise(through.split()))


def gateway(id: str, name: str = "", default: str = "", kind: str = "exclusive") -> str:  # noqa: A002
    """Draw a gateway."""
    usual = f' default="{default}"' if default else ""
    return f'<bpmn:{kind}Gateway id="{id}" name="{name}"{usual}/>'


def timer(
    id: str,  # noqa: A002
    name: str,
    text: str,
    at: str = "",
    *,
    working: bool = False,
    goes_on: bool = False,
) -> str:
    """Draw a time to wait for, at the edge of an element if `at` names one; `goes_on`: that goes on beside it."""
    clock = ' ringback:clock="working"' if working else ""
    tag = "timeDuration" if text.startswith("P") or not (text[:1].isdigit() or "_" in text) else "timeDate"
    what = f"<bpmn:timerEventDefinition{clock}><bpmn:{tag}>{text}</bpmn:{tag}></bpmn:timerEventDefinition>"
    return _caught(id, name, what, at, goes_on=goes_on)


def message(id: str, name: str, what: str, at: str = "", *, goes_on: bool = False) -> str:  # noqa: A002
    """Draw a message to wait for."""
    event = f'<bpmn:messageEventDefinition messageRef="{what.replace(" ", "_")}"/>'
    return _caught(id, name, event, at, goes_on=goes_on)


def error(id: str, at: str) -> str:  # noqa: A002
    """Draw what catches an error at the edge of a sub-process."""
    return _caught(id, "", '<bpmn:errorEventDefinition errorRef="oops"/>', at, goes_on=False)


def stage(id: str, name: str) -> str:  # noqa: A002
    """Draw a change of the deal's stage."""
    inner = f'<bpmn:extensionElements><ringback:stage name="{name}"/></bpmn:extensionElements>'
    return f'<bpmn:serviceTask id="{id}" name="To {name}">{inner}</bpmn:serviceTask>'


def note(id: str, who: str, text: str) -> str:  # noqa: A002
    """Draw a note that tells somebody something."""
    inner = (
        f'<bpmn:extensionElements><ringback:note who="{who}">{text}</ringback:note></bpmn:extensionElements>'
    )
    return f'<bpmn:sendTask id="{id}" name="Tell">{inner}</bpmn:sendTask>'


def script(id: str, *lines: str) -> str:  # noqa: A002
    """Draw a script."""
    text = "\n".join(lines).replace("<", "&lt;")
    return f'<bpmn:scriptTask id="{id}" name="Reckon"><bpmn:script>{text}</bpmn:script></bpmn:scriptTask>'


def inside(id: str, name: str, *inner: str) -> str:  # noqa: A002
    """Draw a sub-process."""
    return f'<bpmn:subProcess id="{id}" name="{name}">{"".join(inner)}</bpmn:subProcess>'


def _caught(id: str, name: str, what: str, at: str, *, goes_on: bool) -> str:  # noqa: A002
    tag = "boundaryEvent" if at else "intermediateCatchEvent"
    edge = f' attachedToRef="{at}"' + (' cancelActivity="false"' if goes_on else "") if at else ""
    return f'<bpmn:{tag} id="{id}" name="{name}"{edge}>{what}</bpmn:{tag}>'
