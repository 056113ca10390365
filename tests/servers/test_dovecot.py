"""The tests' own Dovecot: it is ours alone, and it ends with us."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from tests.eventually import eventually
from tests.servers import dovecot as dovecot_server
from tests.servers.dovecot import Dovecot

KILLED = """
import signal
from tests.servers.dovecot import running
with running() as server:
    print(server.process_id, server.folder, flush=True)
    signal.pause()
"""


def test_two_servers_stand_side_by_side(dovecot: Dovecot) -> None:
    with dovecot_server.running() as other:
        assert other.port != dovecot.port


def test_it_ends_when_the_tests_are_killed(dovecot: Dovecot) -> None:
    assert dovecot.process_id  # it can be had
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        number, folder = tests.stdout.readline().decode().split()
        server = Path("/proc", number)
        assert server.exists()
        tests.kill()
    asyncio.run(eventually(lambda: not server.exists(), 30))
    shutil.rmtree(Path(folder).parent, ignore_errors=True)  # what it began itself may still end
