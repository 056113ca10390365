"""Every scenario that the telephony must get right, played by real telephones through a real Asterisk.

truth = await play("05", asterisk)
assert truth.stories[0].transfers == [("blind", "101", "102")]
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.connectors.asterisk.scenes import inbound, link, outbound, queues, transfers
from tests.connectors.asterisk.stage import Stage, on_stage
from tests.connectors.asterisk.truth import Truth
from tests.servers.asterisk import Asterisk

SCENARIOS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "01": queues.answered,
    "01b": queues.answered_and_staff_hangs_up,
    "02": queues.abandoned,
    "02b": queues.timed_out,
    "03": inbound.busy,
    "03b": inbound.unanswered,
    "03c": inbound.given_up,
    "03d": inbound.answered,
    "04": inbound.withheld,
    "04b": inbound.withheld_but_asserted,
    "05": transfers.blind,
    "05b": transfers.blind_by_ami,
    "05c": transfers.blind_out,
    "05d": transfers.blind_unanswered,
    "06": transfers.attended,
    "06b": transfers.attended_by_ami,
    "06c": transfers.attended_out,
    "06d": transfers.asked_only,
    "07": transfers.hold,
    "08": outbound.clicked,
    "08b": outbound.clicked_with_own_id,
    "09": outbound.clicked_unanswered,
    "09b": outbound.clicked_busy,
    "09c": outbound.clicked_no_such_number,
    "10": outbound.clicked_and_declined,
    "10b": outbound.clicked_and_away,
    "10c": outbound.clicked_and_offline,
    "11": queues.all_talk,
    "11b": queues.all_talk_and_abandoned,
    "12": inbound.international,
    "12b": inbound.latin1,
    "12c": inbound.notations,
    "13": queues.recorded,
    "14": link.stopped,
    "14b": link.killed,
    "14c": link.line_lost,
    "15": inbound.menu,
    "15b": inbound.menu_hung_up,
    "16": inbound.group,
    "17": inbound.behind_local,
    "18": outbound.dialled,
    "19": queues.second_answers,
    "20": link.presence,
    "21": outbound.internal,
    "22": queues.two_at_once,
    "23": link.refusals,
    "24": inbound.forwarded,
}


async def play(name: str, server: Asterisk) -> Truth:
    """Play one of SCENARIOS and give what happened; AssertionError or TimeoutError when a telephone was let down.

    It takes one to seven seconds. All calls are over afterwards and the server runs, so that the next can be played.
    """
    async with on_stage(server) as stage:
        await SCENARIOS[name](stage)
    return Truth(name, tuple(stage.stories), tuple(stage.moments))
