"""How browsers come to a PBX as telephones: its websocket, and the servers that help their sound through networks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.connector import WrongSetting
from hub.exchange import Relay
from hub.languages import _

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
TURN = ("turn:", "turns:")

_HOST = r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]{2,45}\])(?::[0-9]{1,5})?"
_WEBSOCKET = re.compile(rf"(?P<scheme>wss?)://{_HOST}(/[A-Za-z0-9._~/-]{{0,200}})?")
_STUN = re.compile(rf"stuns?:{_HOST}")  # RFC 7064
_TURN = re.compile(rf"turns?:{_HOST}(?:\?transport=(?:udp|tcp))?")  # RFC 7065


def check(websocket: str, servers: Sequence[Relay]) -> None:
    """Refuse what no browser could be given, by WrongSetting."""
    if websocket and not is_websocket(websocket):
        raise WrongSetting("webrtc", _("It is an address like wss://pbx.example:8089/ws."))
    for each in servers:
        if not (_STUN.fullmatch(each.urls) or _TURN.fullmatch(each.urls)):
            raise WrongSetting(
                "ice_servers", _("“%(line)s” is no address like turn:turn.example:3478.", line=each.urls)
            )
        if each.urls.startswith(TURN) and not (each.username and each.credential):
            raise WrongSetting("turn_user", _("TURN needs a user and a secret."))


def is_websocket(address: str) -> bool:
    """Tell whether browsers may be sent there: encrypted, or on this machine; nothing that a policy would misread."""
    found = _WEBSOCKET.fullmatch(address)
    return found is not None and (found["scheme"] == "wss" or found["host"] in LOOPBACK)


def relays(addresses: Sequence[str], user: str, secret: str) -> Sequence[Relay]:
    """Give the servers as browsers take them; who one is, is said to TURN alone."""
    return [Relay(each, user, secret) if each.startswith(TURN) else Relay(each) for each in addresses]
