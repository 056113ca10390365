"""Notices reach everybody who listens, whatever one of them does."""

from __future__ import annotations

from hub.bus import Audience, LocalBus, Notice

CHANGED = Notice(kind="task", id=7, audience=Audience(users=frozenset({3})))


def test_everybody_hears_each_notice_once() -> None:
    bus, anna, olof = LocalBus(), [], []  # type: LocalBus, list[Notice], list[Notice]
    bus.subscribe(anna.append)
    bus.subscribe(olof.append)
    bus.publish(CHANGED)
    assert anna == olof == [CHANGED]


def test_one_who_fails_to_listen_keeps_the_news_from_nobody() -> None:
    bus, heard = LocalBus(), []  # type: LocalBus, list[Notice]

    def fail(_notice: Notice) -> None:
        raise ConnectionResetError

    bus.subscribe(fail)
    bus.subscribe(heard.append)
    bus.publish(CHANGED)
    assert heard == [CHANGED]


def test_without_listeners_a_notice_is_gone() -> None:
    bus, heard = LocalBus(), []  # type: LocalBus, list[Notice]
    bus.publish(CHANGED)
    bus.subscribe(heard.append)
    assert heard == []
