# SPDX-License-Identifier: GPL-3.0-or-later
"""Real time as the running daemon has it: policy, priority, CPUs and locked memory of each thread as the kernel tells
them, page faults, the figures in status, and what is said and done where the rights are missing."""

import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from poise_rig import BIN, EMULATED, RigTest, Schemas, is_sanitized, run, subscribe

SITES = ("c7", "t12", "sacrum")
SCHED_OTHER, SCHED_FIFO = 0, 1
NOBODY = 65534
ONLINE = sorted(os.sched_getaffinity(0))


def fifo_is_granted():
    """Root in a container may still be refused."""
    return subprocess.run(["chrt", "-f", "50", "true"], capture_output=True, check=False).returncode == 0


def threads(pid):
    """{name: policy, priority, CPUs, page faults} of a process, from /proc."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()  # from field 3 on
        cpus = re.search(r"Cpus_allowed_list:\s*(\S+)", (task / "status").read_text())[1]
        found[(task / "comm").read_text().strip()] = {
            "faults": int(fields[7]) + int(fields[9]), "priority": int(fields[37]), "policy": int(fields[38]),
            "cpus": cpus}
    return found


def locked_kib(pid):
    return int(re.search(r"VmLck:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


class Granted(RigTest):
    def start(self, *sets, arguments=()):
        self.rig.start_sim()
        return self.rig.start_poised(*arguments, sites=SITES, sets=sets)

    def status(self, seconds, case=None):
        """The last status after that many seconds."""
        got = [body for _, body in subscribe(self.rig.endpoint, seconds, ["lab/status"])]
        for message in got:
            Schemas().check(message)
        return got[-1]

    @unittest.skipUnless(fifo_is_granted(), "SCHED_FIFO is not granted here")
    def test_each_thread_has_its_policy_and_its_cpus(self):
        sets = ["acquire.fifo_priority=60", "rt.pipeline_priority=40"]
        apart = len(ONLINE) > 1
        mine, rest = str(ONLINE[-1]), ONLINE[:-1]
        if apart:
            sets.append(f"rt.cpus={mine}")
        poised = self.start(*sets)
        self.assertEqual(self.status(4)["rt"]["policy"], "fifo")
        found = threads(poised.popen.pid)
        for name in [f"read-{site}" for site in SITES] + ["pipeline"]:
            with self.subTest(thread=name):
                self.assertEqual((found[name]["policy"], found[name]["priority"]),
                                 (SCHED_FIFO, 40 if name == "pipeline" else 60))
                if apart:
                    self.assertEqual(found[name]["cpus"], mine)
        if EMULATED:  # it has threads of its own, under our names
            return
        others = set(found) - {f"read-{site}" for site in SITES} - {"pipeline"}
        self.assertGreaterEqual(len(others & {"poised", "publisher", "gate", "read-watch"}), 4, others)
        self.assertTrue(any(name.startswith("ZMQ") for name in others), others)
        for name in others:
            with self.subTest(thread=name):
                self.assertEqual(found[name]["policy"], SCHED_OTHER)
                if apart:
                    self.assertNotIn(int(mine), self.cpu_list(found[name]["cpus"]))
                    self.assertEqual(set(self.cpu_list(found[name]["cpus"])), set(rest))

    @staticmethod
    def cpu_list(text):
        cpus = []
        for part in text.split(","):
            first, _, last = part.partition("-")
            cpus += range(int(first), int(last or first) + 1)
        return cpus

    def test_priorities_of_zero_mean_none(self):
        poised = self.start("acquire.fifo_priority=0", "rt.pipeline_priority=0", "rt.lock_memory=false")
        status = self.status(4)
        self.assertEqual((status["rt"]["policy"], status["rt"]["mlock"], status["rt"]["cpus"]), ("other", False, None))
        self.assertEqual({thread["policy"] for thread in threads(poised.popen.pid).values()}, {SCHED_OTHER})
        self.assertEqual(locked_kib(poised.popen.pid), 0)
        self.assertNotIn("warning", poised.log)

    @unittest.skipIf(os.geteuid() != 0 and resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY,
                     "memory cannot be locked here")
    @unittest.skipIf(is_sanitized(), "a sanitizer's own memory")
    @unittest.skipIf(EMULATED, "an emulator's own memory")
    def test_memory_is_there_and_nothing_faults(self):
        poised = self.start()
        pid = poised.popen.pid
        status = self.status(9)  # 5 s to settle
        self.assertTrue(status["rt"]["mlock"])
        self.assertGreater(locked_kib(pid), 20000)
        before = threads(pid)
        status = self.status(5)
        after = threads(pid)
        for name in [f"read-{site}" for site in SITES] + ["pipeline"]:
            self.assertEqual(after[name]["faults"] - before[name]["faults"], 0, f"{name} waited for pages")
        self.assertEqual(status["rt"]["page_faults"], 0)
        print(f"figure faults of readers and pipeline in 5 s: 0; VmLck {locked_kib(pid) // 1024} MiB")

    def test_lateness_is_counted(self):
        self.start()
        first = self.status(8)["rt"]["wakeup_us"]
        begin = time.monotonic()
        second = self.status(6)["rt"]["wakeup_us"]
        passed = time.monotonic() - begin
        self.assertEqual(first["edges"], sorted(first["edges"]))
        gained = {}
        for what in ("tick", "block", "sample"):
            self.assertEqual(len(second[what]["counts"]), len(second["edges"]) + 1)
            grown = [b - a for a, b in zip(first[what]["counts"], second[what]["counts"])]
            self.assertGreaterEqual(min(grown), 0, what)
            gained[what] = sum(grown)
            self.assertGreaterEqual(second[what]["worst"], first[what]["worst"])
            # The worst lies in the highest bin that was counted.
            highest = max(i for i, count in enumerate(second[what]["counts"]) if count)
            low = second["edges"][highest - 1] if highest else 0
            high = second["edges"][highest] if highest < len(second["edges"]) else float("inf")
            self.assertTrue(low <= second[what]["worst"] <= high, (what, second[what]))
        self.assertTrue(10 * (passed - 2.5) < gained["tick"] < 10 * (passed + 2.5), gained)
        blocks = 100 * len(SITES)  # ten samples at 1 kHz
        self.assertTrue(blocks * (passed - 3) < gained["block"] < blocks * (passed + 3), gained)
        self.assertEqual(gained["block"], gained["sample"])
        self.assertIn(second["block"]["site"], SITES)
        self.assertIn(second["sample"]["site"], SITES)
        self.assertIsNone(second["tick"]["site"])
        for what in ("tick", "block", "sample"):
            print(f"figure {what} late, counts up to {second['edges']} us: {second[what]['counts']}, "
                  f"worst {second[what]['worst']} us")

    def test_a_stopped_daemon_counts_how_late_it_was(self):
        """The negative control: half a second that the whole process stood still is in the figures."""
        poised = self.start()
        before = self.status(8)
        poised.popen.send_signal(19)
        time.sleep(0.6)
        poised.popen.send_signal(18)
        after = self.status(5)
        self.assertGreater(after["rt"]["wakeup_us"]["tick"]["worst"], 300000)
        self.assertGreater(after["rt"]["wakeup_us"]["sample"]["worst"], 300000)
        self.assertGreater(after["rt"]["wakeup_us"]["tick"]["counts"][-1],
                           before["rt"]["wakeup_us"]["tick"]["counts"][-1])
        self.assertGreater(after["latency_ms"]["worst"], 300)
        self.assertGreaterEqual(after["latency_ms"]["worst"], after["latency_ms"]["max"])

    def test_a_reload_says_that_it_waits_for_the_next_start(self):
        config = self.rig.write("poised.yaml", "version: 1\nrig: lab\n")
        self.rig.start_sim()
        poised = self.rig.start_poised(sites=SITES, config=config)
        self.status(3)
        before = threads(poised.popen.pid)["pipeline"]
        config.write_text("version: 1\nrig: lab\nrt: {pipeline_priority: 7, lock_memory: false}\n")
        start = len(poised.log)
        poised.popen.send_signal(1)
        poised.wait_for(r"rt\.\* take effect at the next start", start)
        poised.wait_for("the new configuration is in force", start)
        mlock = self.status(4)["rt"]["mlock"]
        if not is_sanitized():  # there mlockall does nothing
            self.assertEqual(mlock, locked_kib(poised.popen.pid) > 0)
        after = threads(poised.popen.pid)["pipeline"]
        self.assertEqual((after["policy"], after["priority"]), (before["policy"], before["priority"]))
        config.write_text("version: 1\nrig: lab\nrt: {cpus: '4000'}\n")
        start = len(poised.log)
        poised.popen.send_signal(1)
        poised.wait_for(r"key 'rt\.cpus': value '4000' .* the old configuration stays", start)
        self.status(2)
        self.assertEqual(poised.stop(), 0, poised.log)


class Refused(unittest.TestCase):
    """Configuration errors, and a user without rights."""

    def test_what_this_machine_lacks_ends_with_78(self):
        for value, said in ((f"{ONLINE[-1] + 1}-{ONLINE[-1] + 2}", f"names CPU {ONLINE[-1] + 1}; this machine has"),
                            ("two", "is no list of CPUs"), ("1-0", "is no list of CPUs")):
            with self.subTest(cpus=value):
                done = run("poised", "--check-config", "--set", f"rt.cpus={value}")
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assertIn(f"key 'rt.cpus': value '{value}'", done.stderr)
                self.assertIn(said, done.stderr)
        done = run("poised", "--check-config", "--set", "rt.pipeline_priority=50")
        self.assertEqual(done.returncode, 78)
        self.assertIn("'rt.pipeline_priority': value 50 is not below acquire.fifo_priority (50)", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root to become nobody")
    def test_nobody_is_told_what_is_missing_and_runs(self):
        with tempfile.TemporaryDirectory(prefix="poise-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            program = folder / "poised"  # the build may lie where nobody can read
            shutil.copy(BIN / "poised", program)
            for part in ("run", "state"):
                (folder / part).mkdir()
                os.chown(folder / part, NOBODY, NOBODY)
            log = folder / "log"
            with log.open("wb") as to:
                poised = subprocess.Popen(
                    ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program, "--runtime-dir",
                     folder / "run", "--state-dir", folder / "state", "--set", "sites.c7.uri=ip:127.0.0.1:1", "--set",
                     "publish.tcp=null"], stderr=to, preexec_fn=limits)
            try:
                deadline = time.monotonic() + 60
                found = {}
                while ("ready:" not in log.read_text() or "pipeline" not in found) and time.monotonic() < deadline:
                    time.sleep(0.05)
                    self.assertIsNone(poised.poll(), log.read_text())
                    found = threads(poised.pid)
                self.assertEqual({thread["policy"] for thread in found.values()}, {SCHED_OTHER})
                self.assertIn("pipeline", found)
            finally:
                poised.terminate()
                self.assertEqual(poised.wait(60), 0, log.read_text())
            said = log.read_text()
            self.assertEqual(len(re.findall(r"RLIMIT_RTPRIO must be at least 50, it is 0: LimitRTPRIO=50", said)), 1, said)
            self.assertEqual(len(re.findall(r"RLIMIT_MEMLOCK must be unlimited, it is 64 KiB: LimitMEMLOCK=infinity",
                                            said)), 1, said)


def limits():
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))


if __name__ == "__main__":
    unittest.main(verbosity=1)
