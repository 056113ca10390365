"""What became of a call that ended: exactly one word, by its talks, its Q.850 cause and its dial statuses.

The cause goes first: a number that does not exist and a call that was declined are both "NOANSWER" to Dial.
"""

from __future__ import annotations

from connectors.asterisk.call import Call, Outcome

BUSY, NO_USER, NO_ANSWER, REJECTED = 17, 18, 19, 21

# Q.850: unallocated number, no route, out of order, invalid number, no circuit, failure of the network, …
_FAILED = frozenset({1, 2, 3, 20, 22, 27, 28, 34, 38, 41, 42, 44, 50, 57, 58, 63, 65, 79, 88, 102, 111})
_BY_CAUSE: dict[int, Outcome] = {
    BUSY: "busy", NO_USER: "no-answer", NO_ANSWER: "no-answer", REJECTED: "rejected",
    **dict.fromkeys(_FAILED, "failed"),
}  # fmt: skip
_BY_STATUS: dict[str, Outcome] = {"BUSY": "busy", "CHANUNAVAIL": "failed", "CONGESTION": "failed"}

# OriginateResponse's Reason, where the agent's phone was never reached (AST_CONTROL_*).
_BY_REASON: dict[str, Outcome] = {"1": "no-answer", "3": "no-answer", "5": "busy"}


def outcome(call: Call) -> Outcome:
    """Say what became of a call whose end was heard."""
    if call.met:
        return "answered"
    if call.is_inbound:
        return _missed(call)
    return _in_vain(call)


def of_reason(reason: str) -> Outcome:
    """Say why an Originate failed without a channel."""
    return _BY_REASON.get(reason, "failed")


def _missed(call: Call) -> Outcome:
    if call.hung_up == "customer":
        return "abandoned"
    statuses = set(call.statuses.values())
    return "busy" if statuses == {"BUSY"} or (call.cause == BUSY and not statuses) else "no-answer"


def _in_vain(call: Call) -> Outcome:
    by_cause = _BY_CAUSE.get(call.cause or 0)
    if by_cause:
        return by_cause
    tried = (call.far and call.far.status) or next(reversed(call.statuses.values()), "")
    if tried in _BY_STATUS:
        return _BY_STATUS[tried]
    never_rang = call.direction == "outbound" and call.far is None and not call.rang
    return "failed" if never_rang and call.hung_up is None else "no-answer"
