"""The tests' own Postfix: it ends with us."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from tests.eventually import eventually
from tests.servers.postfix import Postfix

KILLED = """
import signal
from tests.servers import dovecot, postfix
with dovecot.running() as mailboxes, postfix.running(mailboxes) as server:
    print(server.process_id, server.folder, mailboxes.process_id, mailboxes.folder, flush=True)
    signal.pause()
"""


def test_it_ends_when_the_tests_are_killed(postfix: Postfix) -> None:
    assert postfix.process_id  # it can be had
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        number, folder, other, mailboxes = tests.stdout.readline().decode().split()
        server, beside = Path("/proc", number), Path("/proc", other)
        assert server.exists()
        assert beside.exists()
        tests.kill()
    asyncio.run(eventually(lambda: not server.exists() and not beside.exists(), 30))
    shutil.rmtree(folder, ignore_errors=True)  # what they began themselves may still end
    shutil.rmtree(Path(mailboxes).parent, ignore_errors=True)
