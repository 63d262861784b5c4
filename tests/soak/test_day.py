# SPDX-License-Identifier: GPL-3.0-or-later
"""A day of samples of ten sites, from the simulator through a pipe into a replay: nothing is lost, nothing is said, and
memory is at the end what it was after the first tenth. POISE_SOAK_HOURS makes it another time than 24."""

import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BIN = Path(os.environ["POISE_BIN_DIR"])
HOURS = float(os.environ.get("POISE_SOAK_HOURS", "24"))
SITES = "head,c7,t12,sacrum,sternum,abdomen,shoulder_left,shoulder_right,foot_left,foot_right"
SCENARIO_S = 180     # of the built-in scenario, every phase of which is stretched
MEMORY_MB = 1.0      # growth after the first tenth
PATIENCE = 10.0      # slower than so many times real time is a failure, not a slow machine


def resident_mb(pid):
    """None when the process has ended."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 or None
    except (FileNotFoundError, ProcessLookupError):
        return None


class Day(unittest.TestCase):
    def replay(self, log):
        """Exit codes of simulator and daemon, wall time, and the daemon's resident memory, sampled all along."""
        began = time.monotonic()
        with subprocess.Popen([BIN / "poise-sim", "--write", "-", "--pace", "fast", "--quiet", "--sites", SITES,
                               "--stretch", str(HOURS * 3600 / SCENARIO_S)], stdout=subprocess.PIPE) as sim:
            with subprocess.Popen([BIN / "poised", "--replay", "-", "--emit", "/dev/null"], stdin=sim.stdout,
                                  stderr=log) as daemon:
                sim.stdout.close()
                memory, deadline = [], began + max(60, HOURS * 3600 / PATIENCE)
                while daemon.poll() is None:
                    size = resident_mb(daemon.pid)
                    if size:
                        memory.append(size)
                    if time.monotonic() > deadline:
                        daemon.kill()
                        sim.kill()
                    time.sleep(0.05)
                codes = sim.wait(), daemon.wait()
        return codes, time.monotonic() - began, memory

    def test_memory_stays(self):
        with tempfile.TemporaryFile() as log:
            codes, took_s, memory = self.replay(log)
            log.seek(0)
            said = log.read().decode()
        self.assertEqual(codes, (0, 0), said[-2000:])
        self.assertNotIn("warning", said)
        replayed = re.search(r"replayed ([0-9.]+) s", said)
        samples = re.search(r"samples in (\d+) = used (\d+) \+ dropped 0 \+ invalid 0", said)
        self.assertTrue(replayed and samples, said)
        self.assertGreater(float(replayed[1]), HOURS * 3600 - 1)
        self.assertEqual(samples[1], samples[2])
        self.assertGreater(int(samples[1]), (HOURS * 3600 - 1) * 999 * len(SITES.split(",")))

        steady = memory[len(memory) // 10:]
        growth = max(steady) - steady[0]
        print(f"figure soak_hours {HOURS:g} h")
        print(f"figure soak_speed {HOURS * 3600 / took_s:.0f} x real time, the simulator on the same cores")
        print(f"figure soak_took {took_s:.0f} s")
        print(f"figure soak_memory {steady[-1]:.1f} MB, sampled {len(memory)} times")
        print(f"figure soak_memory_growth {growth:.2f} MB", flush=True)
        if b"__asan_init" not in (BIN / "poised").read_bytes():  # it keeps what was freed, to catch its use
            self.assertLess(growth, MEMORY_MB)


if __name__ == "__main__":
    for program in ("poised", "poise-sim"):
        if not (BIN / program).exists():
            print(f"skipped: {program} is not built")
            sys.exit(77)
    unittest.main(verbosity=2)
