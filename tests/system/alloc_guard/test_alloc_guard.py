# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipeline and readers do nothing after start that may keep them waiting: poised under a preloaded guard, fed by the
simulator, with a subscriber, a recording in parts with what is published, commands and a session. What libiio does for
its network backend is let through, it is not ours. The system calls of the same threads are listed by strace. The guard
itself is shown to fail when it should."""

import os
import re
import shutil
import signal
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from poise_rig import BIN, SITES, RigTest, read_lines, run, subscribe

GUARD = BIN / "poise_alloc_guard.so"
START_S = 3
LISTEN_S = 26
SCENARIO = """\
version: 1
phases:
  - {kind: stand, duration_s: 14}
  - {kind: walk, duration_s: 600}
"""
CALLS = ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "free", "mmap", "open", "nanosleep",
         "pthread_mutex_lock", "pthread_rwlock_rdlock", "pthread_rwlock_wrlock", "sem_wait")
READERS_SETTLE_S = 8  # devices are opened by then
READERS_LISTEN_S = 10
# What the pipeline may do: wait for the bell or the next tick, at most 2 ms for the other sites' blocks, ring the
# publisher's, ask for its page faults.
PIPELINE_CALLS = {"ppoll", "clock_nanosleep", "read", "write", "getrusage", "restart_syscall"}


def guarded(thread, after_s, **more):
    return {"LD_PRELOAD": str(GUARD), "POISE_GUARD_THREAD": thread, "POISE_GUARD_AFTER_S": str(after_s),
            **{f"POISE_GUARD_{key.upper()}": str(value) for key, value in more.items()}}


class Guard(unittest.TestCase):
    """The negative control."""

    def probe(self, name, call, threads="pipeline", at_once=1, **more):
        return subprocess.run([BIN / "alloc_probe", name, call, str(at_once)], env=os.environ | guarded(threads, 0.5, **more),
                              capture_output=True, text=True, timeout=60, check=False)

    def each(self, cases):
        """(case, what came of it); a case is (thread, call, keywords). Each waits for a second first: they do so together."""
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda case: self.probe(case[0], case[1], **case[2]), cases))
        for case, one in zip(cases, done, strict=True):
            with self.subTest(case=case):
                yield case, one

    def check_codes(self, cases):
        """(thread, call, keywords, whether it is caught)"""
        for case, done in self.each(cases):
            self.assertEqual(done.returncode, -signal.SIGABRT if case[3] else 0, done.stderr)

    def test_every_call_in_the_pipeline_thread_aborts(self):
        for (_, call, _), done in self.each([("pipeline", call, {}) for call in CALLS]):
            self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
            self.assertIn(f"alloc_guard: thread 'pipeline' called {call} after start", done.stderr)
            self.assertIn("alloc_probe(", done.stderr, "no backtrace")

    def test_threads_at_once_are_told_as_one(self):
        for _, done in self.each([("pipeline", "malloc", {"at_once": 32})] * 8):
            self.assertEqual(done.returncode, -signal.SIGABRT, done.stderr)
            self.assertEqual(done.stderr.count("alloc_guard: "), 1, done.stderr)
            self.assertIn("alloc_guard: thread 'pipeline' called malloc after start\n", done.stderr)

    def test_a_list_of_names_and_beginnings(self):
        self.check_codes([(name, "free", {"threads": names}, caught) for names, name, caught in (
            ("pipeline,read-*", "read-c7", True), ("pipeline,read-*", "pipeline", True), ("read-*,publisher", "reader", False),
            ("read-c7", "read-c70", False), ("pipe", "pipeline", False), ("a,pipe*", "pipeline", True))])

    def test_excuses_and_the_end(self):
        self.check_codes([("pipeline", "malloc", more, caught) for more, caught in (
            ({"excuse": "libc.so"}, False), ({"excuse": "libnothing"}, True), ({"until_s": 0.6}, False))])

    def test_other_threads_may(self):
        for _, done in self.each([("publisher", call, {}) for call in CALLS]):
            self.assertEqual((done.returncode, done.stdout), (0, "went unnoticed\n"), done.stderr)

    def test_several_threads_by_name_and_beginning(self):
        self.check_codes([(name, "malloc", {"threads": "read-*,pipeline"}, caught) for name, caught in (
            ("pipeline", True), ("read-c7", True), ("read-", True), ("read", False), ("pipe", False), ("pipelines", False),
            ("publisher", False))])


class Pipeline(RigTest):
    def start(self, thread, after_s=START_S, **more):
        self.rig.start_sim("--scenario", self.rig.write("scenario.yaml", SCENARIO))
        self.emitted = self.rig.folder / "live.jsonl"
        environment = guarded(thread, after_s, **more)
        os.environ.update(environment)
        try:
            return self.rig.start_poised("--emit", self.emitted, sets=[
                "breathing.min_window_s=8", f"record.dir={self.rig.folder / 'rec'}", "record.rotate_mb=1"])
        finally:
            for key in environment:
                del os.environ[key]

    def test_the_pipeline_thread_allocates_and_locks_nothing(self):
        poised = self.start("pipeline")
        frames = self.rig.start("poise_frames", "--runtime-dir", self.rig.runtime, "--seconds", LISTEN_S / 2)
        messages = subscribe(self.rig.endpoint, LISTEN_S / 2)
        self.assertEqual(frames.popen.wait(60), 0, frames.out)
        if (BIN / "poisectl").exists():
            for verb in (["session", "start"], ["mark", "guarded"], ["speed", "1.5"], ["record", "stop"],
                         ["record", "start"]):
                done = run("poisectl", "--runtime-dir", self.rig.runtime, *verb)
                self.assertEqual(done.returncode, 0, done.stderr)
            guide = self.rig.start("poisectl", "--runtime-dir", self.rig.runtime, "assess", "arm-swing", "--json",
                                   "--state-dir", self.rig.state)
        messages += subscribe(self.rig.endpoint, LISTEN_S / 2)
        if (BIN / "poisectl").exists():
            self.assertIn(guide.stop(signal.SIGINT), (0, 128 + signal.SIGINT))
            self.assertIn('"stream":"assessment"', guide.out)
        self.assertIsNone(poised.popen.poll(), poised.log)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertNotIn("alloc_guard", poised.log)
        self.assertGreater(len(list((self.rig.folder / "rec").iterdir())), 5)
        # It was the whole work: standing and walking, every kind of value, a rate of breathing among them.
        lines = read_lines(self.emitted)
        self.assertGreater(len(messages), 70 * LISTEN_S / 2)
        self.assertEqual({line["activity"] for line in lines if line["stream"] == "cadence"} & {"still", "walk"},
                         {"still", "walk"})
        self.assertTrue(any(line["rate_bpm"] for line in lines if line["stream"] == "breathing"))
        self.assertTrue(any(line["calibrated"] for line in lines if line["stream"] == "posture"))
        if [line for line in lines if line["stream"] == "status"][-1]["rt"]["mlock"]:
            self.assertEqual([line for line in lines if line["stream"] == "status"][-1]["rt"]["page_faults"], 0)

    def test_the_readers_allocate_and_lock_nothing(self):
        until_s = READERS_SETTLE_S + READERS_LISTEN_S
        poised = self.start("read-*,pipeline", READERS_SETTLE_S, excuse="libiio.so", until_s=until_s)
        messages = subscribe(self.rig.endpoint, until_s + 1, ["lab/status"])
        self.assertIsNone(poised.popen.poll(), poised.log)
        running = {site["state"] for site in messages[-1][1]["sites"].values()}
        self.assertEqual((running, len(messages[-1][1]["sites"])), ({"running"}, len(SITES)))
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertNotIn("alloc_guard", poised.log)

    def test_what_libiio_does_over_the_network_is_caught_without_the_excuse(self):
        """So the excuse above is all that lets it through, and the readers are guarded indeed."""
        poised = self.start("read-*", READERS_SETTLE_S)
        poised.wait_for(r"alloc_guard: thread 'read-\w+' called \w+ after start")
        self.assertEqual(poised.popen.wait(60), -signal.SIGABRT)

    def test_the_pipeline_waits_for_nothing_but_the_bell(self):
        """Its system calls, as the kernel sees them: no futex, so no lock that others held either."""
        if not shutil.which("strace"):
            self.skipTest("no strace")
        self.rig.start_sim("--scenario", self.rig.write("scenario.yaml", SCENARIO))
        poised = self.rig.start_poised("--record", self.rig.folder / "run.xdf", sites=SITES[:4])
        messages = subscribe(self.rig.endpoint, 7, ["lab/status"])
        tasks = {(task / "comm").read_text().strip(): task.name
                 for task in Path(f"/proc/{poised.popen.pid}/task").iterdir()}
        calls = {}
        for thread in ("pipeline", f"read-{SITES[0]}", f"read-{SITES[1]}"):
            done = subprocess.run(["timeout", "-s", "INT", "4", "strace", "-qq", "-c", "-U", "calls,name", "-p",
                                   tasks[thread]], capture_output=True, text=True, check=False, timeout=60)
            if "Operation not permitted" in done.stderr:
                self.skipTest("ptrace is not permitted here")
            calls[thread] = {name: int(count) for count, name in re.findall(r"^ *(\d+) +(\w+)$", done.stderr, re.M)
                             if name != "total"}
            print(f"figure system calls of {thread} in 4 s: {calls[thread]}")
        self.assertEqual(set(calls["pipeline"]) - PIPELINE_CALLS, set())
        self.assertGreater(calls["pipeline"]["ppoll"], 20)
        for thread, made in calls.items():
            self.assertNotIn("futex", made, thread)
            self.assertEqual(set(made) & {"mmap", "munmap", "mprotect", "brk", "madvise", "openat"}, set())
            self.assertTrue(thread == "pipeline" or "clock_nanosleep" not in made, made)
        messages += subscribe(self.rig.endpoint, 3, ["lab/status"])
        self.assertEqual(messages[-1][1]["rt"]["page_faults"], 0)
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_the_guard_is_alive_in_the_daemon(self):
        """The publisher's thread makes JSON and may allocate: guarded, it must be caught."""
        poised = self.start("publisher")
        found = poised.wait_for(r"alloc_guard: thread 'publisher' called \w+ after start")
        self.assertTrue(found)
        self.assertEqual(poised.popen.wait(60), -signal.SIGABRT)


def sanitized(path):
    program = path.read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


if __name__ == "__main__":
    if sanitized(BIN / "poised"):
        print("skipped: a sanitized build has its own malloc; run this test in a release build")
        sys.exit(77)
    unittest.main(verbosity=1)
