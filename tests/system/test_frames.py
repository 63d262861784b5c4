# SPDX-License-Identifier: GPL-3.0-or-later
"""The 1 kHz frames and the example readers: simulator → poised → both readers in C and Python. They read the same bits
as the run's recording gives again; a reader that stops harms nobody and takes nothing old for new; a daemon that starts
anew is noticed; the endpoint can be closed."""

import re
import signal
import statistics
import subprocess
import sys
import time
import unittest

from poise_rig import BIN, PATIENCE_S, SITES, SOURCE, Process, Rig, RigTest, Stalls, is_sanitized, subscribe

sys.path.insert(0, str(SOURCE / "tools/readers"))
import poise_frames

LISTEN_S = 10
STOPPED_S = 20
MAX_AGE_S = 2
FEW = ("c7", "sternum", "wrist_left", "foot_right")
PYTHON = "/usr/bin/python3"
RUNNER = "version: 1\nphases:\n  - {kind: stand, duration_s: 5}\n  - {kind: run, duration_s: 600}\n"


def start_reader(rig, program, *arguments, name=None):
    """poise_frames or poise_metrics, .py for the one in Python."""
    path = SOURCE / "tools/readers" / program if program.endswith(".py") else BIN / program
    command = [PYTHON, path] if program.endswith(".py") else [path]
    process = Process(rig.folder, name or program, [*command, "--runtime-dir", rig.runtime, *arguments])
    rig.processes.append(process)
    return process


def totals(process):
    """What a reader says at its end, {name: number}."""
    line = re.findall(r"^total (.*)$", process.log + process.out, re.M)[-1].split(" sites")[0]
    words = line.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2])}


def rows(process):
    """(index, t_s, age_ms, site, rest of the line) of the CSV."""
    for line in process.out.splitlines()[1:]:
        if line.count(",") == 10:
            index, t_s, age_ms, rest = line.split(",", 3)
            yield int(index), float(t_s), float(age_ms), rest


def read_one(rig):
    """One block, by the functions of the reader in Python."""
    socket = poise_frames.subscribe(f"ipc://{rig.runtime}/frames")
    if not socket.poll(PATIENCE_S * 1000):
        raise AssertionError("no frames came")
    block = poise_frames.parse(socket.recv_multipart()[1])
    socket.close()
    return block


def resident_kb(process):
    with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s*(\d+)", status.read())[1])


def now_s():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Values(unittest.TestCase):
    """One run for all tests here: it takes real time."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.rig.start_sim("--scenario", cls.rig.write("runner.yaml", RUNNER))
        cls.recording = cls.rig.folder / "live.xdf"
        cls.poised = cls.rig.start_poised("--record", cls.recording, sites=FEW)
        for site in FEW:
            cls.poised.wait_for(f"site {site} is running")
        time.sleep(2)  # not the first frames: nobody is subscribed, so nothing is packed
        for tries_left in (2, 1, 0):
            cls.readers = {program: start_reader(cls.rig, program, "--seconds", LISTEN_S, "--csv")
                           for program in ("poise_frames", "poise_frames.py")}
            stalls = Stalls()
            stalls.sleep(LISTEN_S)
            for reader in cls.readers.values():
                if reader.popen.wait(PATIENCE_S) != 0:
                    raise AssertionError(reader.log)
            if not stalls.excuse(tries_left):
                break
        cls.sooner = read_one(cls.rig)
        time.sleep(3)
        cls.later = read_one(cls.rig)
        cls.meta = [message for _, message in subscribe(cls.rig.endpoint, 7, ["lab/meta"])][-1]
        cls.status = [message for _, message in subscribe(cls.rig.endpoint, 5, ["lab/status"], enough=len)][-1]
        cls.exit_code = cls.poised.stop()
        cls.rows = {name: list(rows(reader)) for name, reader in cls.readers.items()}
        indexes = [row[0] for name in cls.rows for row in cls.rows[name]]
        dump = subprocess.run([BIN / "grid_dump", cls.recording, str(min(indexes)), str(max(indexes))],
                              capture_output=True, text=True, check=True, timeout=PATIENCE_S * 4).stdout
        cls.grid = {}
        for line in dump.splitlines():
            index, t_s, rest = line.split(",", 2)
            cls.grid[int(index), rest.split(",")[0]] = (float(t_s), rest)

    def test_ended_cleanly(self):
        self.assertEqual(self.exit_code, 0, self.poised.log)

    def test_no_hole_in_ten_seconds_of_1000_frames_each(self):
        for name, reader in self.readers.items():
            with self.subTest(reader=name):
                total = totals(reader)
                for key in ("lost", "missing", "stale", "refused"):
                    self.assertEqual(total[key], 0, f"{key}: {total}")
                self.assertEqual(total["starts"], 1)
                self.assertGreater(total["frames"], 1000 * (LISTEN_S - 1.5))
                indexes = sorted({row[0] for row in self.rows[name]})
                self.assertEqual(indexes, list(range(indexes[0], indexes[-1] + 1)))
                self.assertEqual(len(self.rows[name]), len(indexes) * len(FEW))
                ages = [row[2] for row in self.rows[name]]
                print(f"figure frames age of the newest sample, {name}: median {statistics.median(ages):.1f} ms, p99 "
                      f"{statistics.quantiles(ages, n=100)[98]:.1f} ms, most {max(ages):.1f} ms")
                self.assertLess(statistics.median(ages), 500)

    def test_the_recording_gives_the_same_bits(self):
        for name, read in self.rows.items():
            with self.subTest(reader=name):
                different = [row for row in read if self.grid.get((row[0], row[3].split(",")[0])) != (row[1], row[3])]
                self.assertEqual(different[:3], [])
                moved = {row[3].split(",", 2)[2] for row in read}
                self.assertGreater(len(moved), len(read) * 0.9, "values that never change prove nothing")
                print(f"figure frames compared with the recording, {name}: {len(read)}, different 0")

    def test_both_readers_agree(self):
        first = {(row[0], row[3].split(",")[0]): row[3] for row in self.rows["poise_frames"]}
        common = [row for row in self.rows["poise_frames.py"] if (row[0], row[3].split(",")[0]) in first]
        self.assertGreater(len(common), 1000 * len(FEW) * 2)
        for row in common:
            self.assertEqual(row[3], first[row[0], row[3].split(",")[0]])

    def test_nothing_is_packed_for_nobody(self):
        """Who comes again after 3 s: the frame index went on, the count of what was made did not."""
        self.assertGreaterEqual(self.later.first_index - self.sooner.first_index, 2500)
        self.assertLess(self.later.seq - self.sooner.seq, 100)

    def test_meta_and_status_tell(self):
        self.assertEqual(self.meta["endpoints"]["frames"], f"ipc://{self.rig.runtime}/frames")
        self.assertIsInstance(self.status["overruns"]["frames_dropped"], int)


class Freshness(RigTest):
    def start(self, sites=SITES, **more):
        self.rig.start_sim("--scenario", self.rig.write("runner.yaml", RUNNER))
        poised = self.rig.start_poised(sites=sites, **more)
        for site in sites:
            poised.wait_for(f"site {site} is running")
        return poised

    def check_history_was_not_shown(self, times, stop_s, go_s):
        """Nothing of the time it was stopped but the last MAX_AGE_S, and something of before and after."""
        old = [t for t in times if stop_s + 0.1 < t < go_s - MAX_AGE_S]
        self.assertEqual(old, [])
        self.assertTrue(any(t < stop_s for t in times))
        self.assertTrue(any(t > go_s for t in times))

    def test_a_stopped_reader(self):
        poised = self.start()
        for tries_left in (2, 1, 0):
            stalls = Stalls()
            found = self.stop_readers(poised, stalls)
            if not stalls.excuse(tries_left):
                break
        self.check_the_others(*found[:2])
        self.check_the_stopped(*found[2:])
        if not is_sanitized():  # their allocator keeps what is freed
            self.assertLess(self.grown_kb, 4096)

    def stop_readers(self, poised, stalls):
        fast = start_reader(self.rig, "poise_frames", name="fast")
        fast_metrics = start_reader(self.rig, "poise_metrics", "posture", name="fast_metrics")
        stopped = {name: start_reader(self.rig, name, *options) for name, options in
                   (("poise_frames", ["--csv"]), ("poise_frames.py", []), ("poise_metrics", ["posture"]),
                    ("poise_metrics.py", ["posture"]))}
        for reader in (fast, *stopped.values()):
            reader.wait_for(r"messages [1-9]|posture|\d+,\d")
        stalls.sleep(3)
        before_kb, stop_s = resident_kb(poised), now_s()
        for reader in stopped.values():
            reader.popen.send_signal(signal.SIGSTOP)
        stalls.sleep(STOPPED_S)
        self.grown_kb, go_s = resident_kb(poised) - before_kb, now_s()
        for reader in stopped.values():
            reader.popen.send_signal(signal.SIGCONT)
        stalls.sleep(6)
        for reader in (fast, fast_metrics, *stopped.values()):
            self.assertEqual(reader.stop(), 0, reader.log)
        return fast, fast_metrics, stopped, stop_s, go_s

    def check_the_others(self, fast, fast_metrics):
        said = totals(fast)
        self.assertEqual((said["lost"], said["missing"], said["stale"]), (0, 0, 0), fast.out)
        self.assertGreater(said["frames"], 1000 * (STOPPED_S + 6))
        self.assertEqual(totals(fast_metrics)["lost"], 0, fast_metrics.log)
        memory = "" if is_sanitized() else f"; the daemon's memory {self.grown_kb / 1024:+.1f} MB"
        print(f"figure readers of 12 sites stood still for {STOPPED_S} s: the others lost 0 of "
              f"{said['messages']:.0f} messages{memory}")

    def check_the_stopped(self, stopped, stop_s, go_s):
        for name, reader in stopped.items():
            said = totals(reader)
            print(f"figure {name} after {STOPPED_S} s: {said['stale']:.0f} messages were history, {said['lost']:.0f} lost")
            self.assertGreater(said["lost"], 0, f"{name}: no jump")
            self.assertEqual(said["starts"], 1)
        read = list(rows(stopped["poise_frames"]))
        self.check_history_was_not_shown([row[1] for row in read], stop_s, go_s)
        self.assertLessEqual(max(row[2] for row in read), MAX_AGE_S * 1000)
        for name in ("poise_metrics", "poise_metrics.py"):
            times = [float(t) for t in re.findall(r'"t_s":\s?([\d.]+)', stopped[name].out)]
            self.check_history_was_not_shown(times, stop_s, go_s)

    def test_another_start_is_noticed(self):
        poised = self.start(FEW)
        readers = [start_reader(self.rig, program) for program in ("poise_frames", "poise_frames.py")]
        for reader in readers:
            reader.wait_for(r"so far messages [1-9]\d\d")
        self.assertEqual(poised.stop(), 0, poised.log)
        time.sleep(2)
        self.rig.start_poised(sites=FEW, name="again")
        for reader in readers:
            reader.wait_for(r"starts 2")
            self.assertEqual(reader.stop(), 0)
            said = totals(reader)
            self.assertEqual((said["lost"], said["missing"], said["refused"]), (0, 0, 0))
            self.assertRegex(reader.out, "silent")

    def test_the_endpoint_can_be_closed(self):
        self.start(FEW, sets=["publish.frames=false"])
        meta = [message for _, message in subscribe(self.rig.endpoint, 7, ["lab/meta"], enough=len)][-1]
        self.assertIsNone(meta["endpoints"]["frames"])
        self.assertFalse((self.rig.runtime / "frames").exists())
        reader = start_reader(self.rig, "poise_frames", "--seconds", 2)
        self.assertEqual(reader.popen.wait(PATIENCE_S), 1)
        self.assertEqual(totals(reader)["messages"], 0)


if __name__ == "__main__":
    if not (BIN / "poise_frames").exists():
        print("skipped: the readers are not built")
        sys.exit(77)
    unittest.main(verbosity=1)
