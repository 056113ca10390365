"""How an Asterisk is set up: where it is, who we are there, and what is ours on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from connectors.asterisk import browsers
from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.chronicle_table import address_of
from connectors.asterisk.plan import Who
from connectors.asterisk.shelf import Shelf
from connectors.asterisk.whose_settings import WhoseSettings
from hub.connector import Secret, WrongSetting
from hub.exchange import Relay
from hub.languages import N_, _

CALLING = N_("Calling by a click")
SOFTPHONES, RECORDINGS, RECORDS = N_("Softphones"), N_("Recordings"), N_("Records of calls")
"""The parts of the form in which these settings stand."""


class AsteriskSettings(WhoseSettings, frozen=True, kw_only=True):
    """Settings of a PBX, in the order in which people read them."""

    dial: Annotated[
        str,
        Meta(
            title=N_("How a telephone is rung"),
            description=N_("For a call by a click; {extension} is the colleague's."),
            extra={"group": CALLING},
        ),
    ] = "PJSIP/{extension}"
    context: Annotated[
        str,
        Meta(
            title=N_("Dial plan"),
            description=N_("The context by which a click dials out."),
            extra={"group": CALLING},
        ),
    ] = "ringback-dial"
    transfer: Annotated[
        str,
        Meta(
            title=N_("Dial plan of transfers"),
            description=N_("The context by which a call is handed on to a colleague."),
            extra={"group": CALLING},
        ),
    ] = "ringback-transfer"
    listen: Annotated[
        str,
        Meta(
            title=N_("Dial plan of listening"),
            description=N_("The context by which a supervisor hears a call."),
            extra={"group": CALLING},
        ),
    ] = "ringback-listen"
    webrtc: Annotated[
        str,
        Meta(
            title=N_("Softphones"),
            description=N_(
                "The PBX's websocket, by which browsers are telephones: “wss://pbx.example:8089/ws”."
            ),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    ice_servers: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("STUN and TURN"),
            description=N_(
                "For softphones in other networks, one in a line: “stun:turn.example:3478”, "
                "“turn:turn.example:3478?transport=udp”."
            ),
            extra={"group": SOFTPHONES},
        ),
    ] = ()
    turn_user: Annotated[
        str,
        Meta(
            title=N_("User for TURN"),
            description=N_("By whom softphones are known there."),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    turn_secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret for TURN"),
            description=N_("The one of that user; softphones are given it."),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    recordings: Annotated[
        str,
        Meta(
            title=N_("Recordings"),
            description=N_("A folder that this hub sees, or an address (https://…), where they lie."),
            extra={"group": RECORDINGS},
        ),
    ] = ""
    recorded_in: Annotated[
        str,
        Meta(
            title=N_("Recordings on the PBX"),
            description=N_("The folder on the PBX for which that stands."),
            extra={"group": RECORDINGS},
        ),
    ] = "/var/spool/asterisk/monitor"
    recordings_user: Annotated[
        str,
        Meta(
            title=N_("User for recordings"),
            description=N_("Where that address asks for one."),
            extra={"group": RECORDINGS},
        ),
    ] = ""
    recordings_secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret for recordings"),
            description=N_("The one of that user."),
            extra={"group": RECORDINGS},
        ),
    ] = ""

    cel_file: Annotated[
        str,
        Meta(
            title=N_("Records of calls, a file"),
            description=N_("Where the PBX writes them (CEL): read for what happened while nobody listened."),
            extra={"group": RECORDS},
        ),
    ] = ""
    cel_database: Annotated[
        Secret,
        Meta(
            title=N_("Records of calls, a database"),
            description=N_("In place of a file: “postgresql://user:word@pbx.example/asterisk”."),
            extra={"group": RECORDS},
        ),
    ] = ""
    cel_table: Annotated[
        str,
        Meta(
            title=N_("Table of the records"),
            description=N_("Its name in that database."),
            extra={"group": RECORDS},
        ),
    ] = "cel"
    cdr_file: Annotated[
        str,
        Meta(
            title=N_("Sums of calls, a file"),
            description=N_(
                "In place of records, where the PBX writes only what became of each call (CDR), such as "
                "/var/log/asterisk/cdr-csv/Master.csv."
            ),
        ),
    ] = ""
    cdr_database: Annotated[
        Secret,
        Meta(title=N_("Sums of calls, a database"), description=N_("In place of that file: its address.")),
    ] = ""
    cdr_table: Annotated[
        str, Meta(title=N_("Table of the sums"), description=N_("Its name in that database."))
    ] = "cdr"

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        super().__post_init__()
        if "{extension}" not in self.dial:
            raise WrongSetting("dial", _("It must say where {extension} stands."))
        browsers.check(self.webrtc, self.relays)
        _refuse_records(cel_file=self.cel_file, cel_database=self.cel_database, cdr_file=self.cdr_file,
                        cdr_database=self.cdr_database)  # fmt: skip

    @property
    def relays(self) -> Sequence[Relay]:
        """Give what helps the sound of browsers through networks; TURN alone asks who one is."""
        return browsers.relays(self.ice_servers, self.turn_user, self.turn_secret)

    @property
    def shelf(self) -> Shelf:
        """Give where recordings lie."""
        return Shelf(self.recordings, self.recorded_in, self.recordings_user, self.recordings_secret)

    @property
    def chronicle(self) -> Chronicle:
        """Give where the PBX writes down what happens."""
        if self.cdr_file or self.cdr_database:
            return Chronicle(self.cdr_file, self.cdr_database, self.cdr_table, "cdr")
        return Chronicle(self.cel_file, self.cel_database, self.cel_table)

    def rings(self, extension: str) -> bool:
        """Tell whether a telephone, as it is rung, is one of staff's; where the dial plan finds it, it may be."""
        rung = [self.plan.who(each) for each in self.dial.format(extension=extension).split("&")]
        return any(who.kind == "nobody" or who == Who("staff", extension) for who in rung)


def _refuse_records(**places: str) -> None:
    named = [setting for setting, place in places.items() if place]
    if len(named) > 1:
        raise WrongSetting(named[1], _("Name one place, a file or a database: the hub reads one of them."))
    try:
        for setting in named:
            if setting.endswith("_database"):
                address_of(places[setting])
    except ValueError:
        words = _("It is an address like postgresql://user:word@pbx.example/asterisk.")
        raise WrongSetting(named[0], words) from None
