"""Having a process rehearsed while the hub goes on: read at once, then played in parts on a thread of its own."""

from __future__ import annotations

import asyncio
from time import monotonic
from weakref import WeakKeyDictionary

from aiohttp import web
from sqlalchemy.orm import Session

from crm.processes import Process
from crm.rehearsal_figures import Figures, figures_of
from crm.rehearsal_history import scene_of
from crm.rehearsal_scenes import Guess, Scene, Version
from crm.rehearsal_words import Rehearsed, rehearsed
from crm.rehearsals import Rehearsal
from hub.languages import _
from hub.web.keys import DB
from hub.web.problems import Problem

MOST = 10.0  # seconds of playing
PART = 0.05
# One at a time for each hub: a second one waits, so that many who ask do not take all of the machine.
_turns: WeakKeyDictionary[web.Application, asyncio.Lock] = WeakKeyDictionary()


async def look_ahead(request: web.Request, process_id: int, guess: Guess) -> Rehearsed:
    """Say what a rehearsal would assume, without playing. Faulty, NotBpmn and Nothing say why there is none."""
    return rehearsed(await request.app[DB].read(_scene, process_id, guess), [])


async def rehearse(request: web.Request, process_id: int, guess: Guess) -> Rehearsed:
    """Play the newest version and the draft. Faulty, NotBpmn and Nothing say why there is nothing to play."""
    async with _turns.setdefault(request.app, asyncio.Lock()):
        scene = await request.app[DB].read(_scene, process_id, guess)
        share = MOST / len(scene.versions)
        return rehearsed(scene, [await _played(scene, version, share) for version in scene.versions])


async def _played(scene: Scene, version: Version, seconds: float) -> Figures:
    until = monotonic() + seconds
    played = await asyncio.to_thread(Rehearsal, scene, version)
    goes_on = True
    while goes_on and monotonic() < until:
        goes_on = await asyncio.to_thread(played.advance, PART)
    return await asyncio.to_thread(figures_of, played, whole=not goes_on)


def _scene(session: Session, process_id: int, guess: Guess) -> Scene:
    process = session.get(Process, process_id)
    if process is None:
        raise Problem(404, _("There is no such process."))
    return scene_of(session, process, guess)
