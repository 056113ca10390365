"""The press: a process that makes documents of templates nobody vouches for. It reads orders and writes answers.

Run by hub/papers.py in a folder that it is told, and ended when it takes too long. What it may take is bounded here
before the first order: memory, the size of files, and for each order its seconds of work.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from shutil import rmtree

import msgspec

from hub.paper_docx import make_docx
from hub.paper_orders import MOST_PAPER, Answer, Fault, FaultyError, Paper, framed, read
from hub.paper_reading import reading_of
from hub.paper_typst import Typesetter
from hub.paper_words import docx_of

MEMORY = 2_000_000_000  # bytes of addresses, of which threads take many that they never touch
WORK = 30  # seconds of the processor's for one order: its parent may be gone


def main() -> None:
    """Answer until nobody asks any more. The hub may be gone then, so nothing is left behind."""
    folder = Path(sys.argv[1])
    _bound(resource.RLIMIT_AS, MEMORY)
    _bound(resource.RLIMIT_FSIZE, MOST_PAPER)
    _bound(resource.RLIMIT_CORE, 0)
    typesetter = Typesetter(folder)
    while (order := read(sys.stdin.buffer)) is not None:
        _bound_work()
        answer = _answer(typesetter, msgspec.msgpack.decode(order, type=Paper))
        sys.stdout.buffer.write(framed(msgspec.msgpack.encode(answer)))
        sys.stdout.buffer.flush()
    rmtree(folder, ignore_errors=True)


def _answer(typesetter: Typesetter, paper: Paper) -> Answer:
    try:
        content = _made(typesetter, paper)
    except FaultyError as error:
        return Answer(fault=error.fault)
    except (MemoryError, RecursionError):
        return Answer(fault=Fault("hungry"))
    return Answer(content) if len(content) <= MOST_PAPER else Answer(fault=Fault("hungry"))


def _made(typesetter: Typesetter, paper: Paper) -> bytes:
    if paper.format == "words":
        return docx_of(paper.template.decode())
    if paper.format == "reading":
        return reading_of(paper.template)
    return typesetter.make(paper) if paper.format == "pdf" else make_docx(paper.template, paper.data)


def _bound(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _bound_work() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + WORK, hard))


if __name__ == "__main__":
    main()
