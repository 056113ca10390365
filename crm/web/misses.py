"""Wrong tokens of public pages: whoever tries many is not looked up any more, for a while."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from aiohttp import web

from hub.clock import now
from hub.languages import _
from hub.networks import network_of
from hub.web.origin import remote
from hub.web.problems import Problem

MOST, WITHIN = 20, timedelta(minutes=10)
NETWORKS = 10_000  # that are remembered at a time


class Misses:
    """When each network was last wrong."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._of: OrderedDict[str, deque[datetime]] = OrderedDict()

    def note(self, network: str) -> None:
        """Remember that it was wrong just now."""
        self._of.setdefault(network, deque(maxlen=MOST)).append(now())
        self._of.move_to_end(network)
        while len(self._of) > NETWORKS:
            self._of.popitem(last=False)

    def is_too_many(self, network: str) -> bool:
        """Tell whether it was wrong too often lately."""
        moments = self._of.get(network, deque[datetime]())
        return len(moments) == MOST and moments[0] > now() - WITHIN


_misses: WeakKeyDictionary[web.Application, Misses] = WeakKeyDictionary()


def refuse_guessing(request: web.Request) -> None:
    """Refuse who guesses. A proxy that speaks for everybody is nobody's network."""
    network = network_of(remote(request))
    if network is not None and _misses.setdefault(request.app, Misses()).is_too_many(network):
        wait = {"Retry-After": str(int(WITHIN.total_seconds()))}
        raise Problem(
            429,
            _("There were too many wrong addresses from your network. Try again in a while."),
            headers=wait,
        )


def missed(request: web.Request) -> Problem:
    """Remember a wrong token, and say that there is nothing at its address."""
    network = network_of(remote(request))
    if network is not None:
        _misses.setdefault(request.app, Misses()).note(network)
    return Problem(
        404, _("This link is not known here, or is too old. Answer any of our letters, and we see to it.")
    )
