"""The words of the page on which processes are drawn, for its script."""

from __future__ import annotations

from collections.abc import Mapping

from hub.languages import N_, _

_WORDS = {
    "whole": N_("The process"),
    "name": N_("Name"),
    "is": N_("What it is"),
    "does": N_("What it does"),
    "nothing": N_("Nothing yet"),
    "script": N_("Lines that set values"),
    "scriptHint": N_("total = windows * 1200"),
    "message": N_("Which news"),
    "error": N_("Which error"),
    "interrupts": N_("The step ends with it"),
    "after": N_("How long it waits"),
    "afterHint": N_("PT15M, PT4H, P2D or P1W"),
    "at": N_("Then until the hour"),
    "atHint": N_("09:00, or nothing"),
    "until": N_("Or until"),
    "untilHint": N_("A day, or what gives one: visit_on - 1"),
    "working": N_("Of working time"),
    "usual": N_("The usual way"),
    "condition": N_("Condition"),
    "conditionHint": N_('windows > 3 and agreed == "yes"'),
    "away": N_("Take it away"),
    "ways": N_("Ways out of it"),
    "lead": N_("Lead on to"),
    "choose": N_("Choose …"),
    "form": N_("What is asked when it is done"),
    "visit": N_("At the customer's"),
    "ask": N_("Ask for one more thing"),
    "answer": N_("An answer"),
    "leave": N_("Ask for it no more"),
    "up": N_("Earlier"),
    "unkept": N_("Not saved yet"),
    "away_from_hub": N_("No contact with the hub: not saved"),
    "next": N_("A step behind it"),
    "way": N_("A way from it"),
    "bpmn:StartEvent": N_("Start"),
    "bpmn:EndEvent": N_("End"),
    "bpmn:UserTask": N_("Task"),
    "bpmn:ManualTask": N_("Task"),
    "bpmn:Task": N_("Task"),
    "bpmn:ServiceTask": N_("By itself"),
    "bpmn:SendTask": N_("Told"),
    "bpmn:ScriptTask": N_("Reckoned"),
    "bpmn:ReceiveTask": N_("Waits for news"),
    "bpmn:SubProcess": N_("Several steps"),
    "bpmn:ExclusiveGateway": N_("Decision"),
    "bpmn:ParallelGateway": N_("All at once"),
    "bpmn:EventBasedGateway": N_("Whichever comes first"),
    "bpmn:IntermediateCatchEvent": N_("Waits"),
    "bpmn:BoundaryEvent": N_("At the edge"),
    "bpmn:SequenceFlow": N_("Way"),
    "bpmn:IntermediateThrowEvent": N_("Milestone"),
    "bpmn:TextAnnotation": N_("Remark"),
}


def words() -> Mapping[str, str]:
    """Give them in the reader's language."""
    return {key: _(text) for key, text in _WORDS.items()}
