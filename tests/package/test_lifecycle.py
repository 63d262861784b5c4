#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package's life under a real systemd, step by step in one container: install, run, reload, crash, hang, wrong
configuration, upgrade, remove, purge. The harness is poise-sim inside. Each step prints what was found; the packages
are built by tools/package, or taken from POISE_PACKAGES, a folder with an older and a newer one."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from container import ROOT, Container, wait_until, why_not

UNIT = "poised.service"
WATCHDOG_S = 15
SITES = ("head c7 t12 sacrum sternum abdomen shoulder_left shoulder_right wrist_left wrist_right foot_left "
         "foot_right").split()
SIM_UNIT = """[Unit]
Description=A harness in software
[Service]
ExecStart=/usr/bin/poise-sim --port 30431 --seed 8
User=nobody
"""
# Where the manager may not raise limits itself (a container without CAP_SYS_RESOURCE), the rights come another way.
RIGHTS = """[Service]
PrivateUsers=no
CapabilityBoundingSet=CAP_SYS_NICE CAP_IPC_LOCK
AmbientCapabilities=CAP_SYS_NICE CAP_IPC_LOCK
"""
FIRST_METRIC = """
import sys, time, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.RECONNECT_IVL, 10)
socket.connect("tcp://127.0.0.1:5556")
for stream in sys.argv[1:]:
    socket.subscribe("lab1/" + stream)
print("connecting", flush=True)
socket.poll(60000) and socket.recv_multipart()
print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
"""


def say(text):
    print(f"  {text}", flush=True)


def build(version, folder):
    """The package with that version, None: the changelog's."""
    command = [ROOT / "tools/package", *(["--version", version] if version else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, flush=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    built = [Path(line.split()[1]) for line in done.stdout.splitlines() if re.search(r"/poise_\S*\.deb ", line)][0]
    target = folder / built.name
    target.write_bytes((ROOT / built).read_bytes())
    return target


def packages(folder, upgrade=True):
    """An older and a newer package; the newer is the same without upgrade."""
    given = os.environ.get("POISE_PACKAGES")
    if given:
        found = sorted(Path(given).glob("poise_*.deb"), key=lambda path: path.name.split("_")[1])
        return found[0], found[-1]
    old = build(None, folder)
    if not upgrade:
        return old, old
    version = old.name.split("_")[1]
    return old, build(version + "+next", folder)


def setUpModule():
    missing = why_not()
    if missing:
        raise unittest.SkipTest(missing)


class Lifecycle(unittest.TestCase):
    """The steps build on each other: they run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.old, cls.new = packages(Path(cls.folder.name))
        cls.box = Container(cls.old)
        cls.addClassCleanup(cls.box.stop)
        for package in (cls.old, cls.new):
            cls.box.path(f"/var/tmp/{package.name}").write_bytes(package.read_bytes())
        cls.box.boot()
        cls.before = cls.box.files()

    def setUp(self):
        print(f"{self._testMethodName}", flush=True)

    # What the steps ask.
    def pid(self):
        return self.box.show(UNIT, "MainPID")

    def status_line(self):
        return self.box.show(UNIT, "StatusText")

    def status(self):
        return json.loads(self.box.run("poisectl", "status", "--json").stdout)

    def all_run(self):
        return self.status_line().startswith(f"{len(SITES)} sites running")

    def wait_for_sites(self):
        wait_until("all sites run", self.all_run)
        return self.status_line()

    def restarted_after(self, pid, seconds=60):
        return wait_until("a new process", lambda: self.box.show(UNIT, "ActiveState") == "active" and
                          self.pid() not in ("0", pid) and self.pid(), seconds)

    def configure(self, extra=""):
        sites = "\n".join(f"  {site}: {{uri: \"ip:127.0.0.1:30431\", label: {site}}}" for site in SITES)
        self.box.write("/etc/poise/poised.yaml", "version: 1\nrig: lab1\nsubject: {id: s01}\n"
                       f"segment: {{calibration: stored}}\nsites:\n{sites}\n{extra}")

    def install(self, package):
        # A newer default configuration is laid beside the operator's, as dpkg does when nobody answers.
        return self.box.run("apt-get", "install", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", "-o",
                            "Dpkg::Options::=--force-confold", f"/var/tmp/{package.name}").stdout

    def test_01_install(self):
        self.assertNotIn("warning", self.install(self.old).lower())
        self.assertEqual(self.box.show(UNIT, "ActiveState"), "active", self.box.journal("-u", "poised"))
        self.assertEqual(self.box.run("systemctl", "is-enabled", UNIT).stdout.strip(), "enabled")
        line = wait_until("a status line", self.status_line)
        self.assertIn("waiting for", line)
        say(f"STATUS: {line}")
        owner = self.box.run("stat", "-c", "%U:%G %a", "/var/lib/poise", "/run/poise").stdout.split("\n")
        self.assertEqual(owner[:2], ["poise:poise 750", "poise:poise 750"])
        self.assertIn("/etc/poise/poised.yaml", self.box.run("dpkg-query", "-W", "-f", "${Conffiles}", "poise").stdout)
        for page in ("man8/poised.8", "man5/poised.yaml.5", "man1/poisectl.1", "man1/poise-sim.1"):
            self.assertTrue(self.box.run("dpkg-query", "-L", "poise").stdout.find(f"/usr/share/man/{page}.gz") > 0, page)

    def test_02_first_metric_from_the_harness(self):
        self.box.write("/etc/systemd/system/harness.service", SIM_UNIT)
        self.configure()
        self.box.run("systemctl", "daemon-reload")
        self.box.run("systemctl", "start", "harness")
        wait_until("the harness", lambda: ":30431" in self.box.run("sh", "-c", "cat /proc/net/tcp | cut -c15-19 | "
                                                                   "grep -q :76DF && echo :30431", check=False).stdout)
        times = []
        for streams in (["orientation"], ["posture"]):
            self.box.run("systemctl", "stop", UNIT)
            with self.box.python(FIRST_METRIC, *streams) as first:
                first.stdout.readline()
                self.box.run("systemctl", "start", UNIT)
                ready = int(self.box.show(UNIT, "ActiveEnterTimestampMonotonic")) / 1e6
                began = int(self.box.show(UNIT, "InactiveExitTimestampMonotonic")) / 1e6
                times.append((ready - began, float(first.stdout.readline()) - began))
        say(f"figure from unit start to READY {times[0][0]:.2f} s, to the first orientation {times[0][1]:.2f} s, "
            f"to the first posture {times[1][1]:.2f} s")
        self.assertLess(times[0][1], 10)
        self.assertGreater(times[0][1], 0)
        say(f"STATUS: {self.wait_for_sites()}")

    def test_03_journal_fields(self):
        entries = [json.loads(line) for line in self.box.journal("-o", "json", "POISE_SITE=c7").splitlines()]
        running = [entry for entry in entries if "running" in entry["MESSAGE"]]
        self.assertTrue(running, entries)
        for key, value in (("POISE_RIG", "lab1"), ("PRIORITY", "6"), ("SYSLOG_IDENTIFIER", "poised"),
                           ("_SYSTEMD_UNIT", UNIT)):
            self.assertEqual(running[-1][key], value)
        self.assertTrue(all(entry["MESSAGE"].startswith("site c7:") for entry in entries))
        say(f"{len(entries)} entries of POISE_SITE=c7, the last: {entries[-1]['MESSAGE']}")

    def test_04_rights_inside(self):
        """SCHED_FIFO and locked memory in the hardened unit."""
        limits = self.box.run("cat", f"/proc/{self.pid()}/limits").stdout
        raised = bool(re.search(r"Max realtime priority +90 ", limits)) and "locked memory         unlimited" in limits
        say("the manager raised the limits" if raised else
            "the manager may not raise limits here (no CAP_SYS_RESOURCE): rights as capabilities, the rest as it is")
        if not raised:
            self.box.write(f"/etc/systemd/system/{UNIT}.d/rights.conf", RIGHTS)
            self.box.run("systemctl", "daemon-reload")
            self.box.run("systemctl", "restart", UNIT)
            self.wait_for_sites()
        tasks = self.box.run("sh", "-c", f"cd /proc/{self.pid()}/task && for t in *; do echo $(cat $t/comm) "
                             "$(cut -d' ' -f40,41 $t/stat); done").stdout.split("\n")
        policies = {task.split()[0]: task.split()[1:] for task in tasks if len(task.split()) == 3}
        self.assertEqual(policies["pipeline"][1], "1", policies)  # SCHED_FIFO
        self.assertEqual(policies["read-c7"][1], "1", policies)
        self.assertGreater(int(policies["read-c7"][0]), int(policies["pipeline"][0]))
        locked = re.search(r"VmLck:\s+(\d+)", self.box.run("cat", f"/proc/{self.pid()}/status").stdout)
        self.assertGreater(int(locked[1]), 1000)
        rt = self.status()["rt"]
        say(f"status says rt: {json.dumps(rt)[:300]}; {int(locked[1])} kB locked")
        self.assertTrue(rt["mlock"])
        self.assertEqual(rt["policy"], "fifo")

    def test_05_sandbox(self):
        lines = dict(line.split(":\t", 1) for line in
                     self.box.run("cat", f"/proc/{self.pid()}/status").stdout.splitlines() if ":\t" in line)
        self.assertEqual(lines["NoNewPrivs"], "1")
        self.assertEqual(lines["Seccomp"], "2")
        self.assertNotEqual(lines["Uid"].split()[0], "0")
        inside = ["nsenter", "--target", self.pid(), "--mount"]
        for path in ("/etc/poise/x", "/usr/x", "/var/lib/x"):
            done = self.box.run(*inside, "touch", path, check=False)
            self.assertIn("Read-only file system", done.stderr, path)
        self.box.run("useradd", "--system", "--groups", "poise", "reader")
        self.assertEqual(self.box.run("poisectl", "status", "--json", user="reader", check=False).returncode, 0)
        self.assertNotEqual(self.box.run("poisectl", "status", "--json", user="nobody", check=False).returncode, 0)
        self.box.run("userdel", "reader")
        say("read-only outside its own folders; the group may ask, others may not")

    def test_06_reload_right(self):
        pid, boot = self.pid(), self.status()["boot"]
        self.configure("posture: {mean_strides: 4}\n")
        self.box.run("systemctl", "reload", UNIT)
        wait_until("the new configuration", lambda: "the new configuration is in force" in
                   self.box.journal("-u", "poised", "-n", "20"))
        wait_until("running again", lambda: self.box.show(UNIT, "SubState") == "running")
        say(f"STATUS: {self.wait_for_sites()}")
        self.assertEqual((self.pid(), self.status()["boot"]), (pid, boot))

    def test_07_reload_wrong(self):
        pid = self.pid()
        self.configure("posture: {mean_strides: many}\n")
        self.box.run("systemctl", "reload", UNIT)
        line = wait_until("the refusal", lambda: "reload refused" in self.status_line() and self.status_line())
        say(f"STATUS: {line}")
        self.assertRegex(line, r"poised\.yaml:\d+: .*posture\.mean_strides")
        self.assertEqual(self.pid(), pid)
        self.assertEqual(self.box.show(UNIT, "SubState"), "running")
        seq = self.status()["seq"]
        wait_until("it goes on", lambda: self.status()["seq"] > seq)
        self.configure("posture: {mean_strides: 4}\n")
        self.box.run("systemctl", "reload", UNIT)
        wait_until("the refusal is over", lambda: "refused" not in self.status_line() and self.all_run())

    def test_08_killed(self):
        """Started again; the session goes on."""
        pid = self.pid()
        self.box.run("poisectl", "session", "start")
        session = wait_until("a session", lambda: self.status()["session"])
        time.sleep(2)  # main saves what the session is
        began = time.monotonic()
        self.box.run("sh", "-c", f"kill -9 {pid}")
        self.restarted_after(pid)
        say(f"active again {time.monotonic() - began:.1f} s after kill -9")
        self.wait_for_sites()
        self.assertEqual(self.status()["session"], session)
        self.assertEqual(self.box.show(UNIT, "NRestarts"), "1")

    def test_09_hanging(self):
        """A stopped process feeds no watchdog."""
        pid = self.pid()
        began = time.monotonic()
        self.box.run("sh", "-c", f"kill -STOP {pid}")
        self.restarted_after(pid, WATCHDOG_S + 60)
        say(f"active again {time.monotonic() - began:.1f} s after SIGSTOP")
        self.assertGreater(time.monotonic() - began, WATCHDOG_S / 2)
        self.assertIn("Watchdog timeout", self.box.journal("-u", "poised"))
        self.wait_for_sites()

    def test_10_a_harness_that_is_off_is_no_reason(self):
        pid, restarts = self.pid(), self.box.show(UNIT, "NRestarts")
        self.box.run("systemctl", "stop", "harness")
        wait_until("the sites are missed", lambda: "waiting for" in self.status_line())
        time.sleep(WATCHDOG_S + 5)
        self.assertEqual((self.pid(), self.box.show(UNIT, "NRestarts")), (pid, restarts))
        say(f"STATUS: {self.status_line()}")
        self.box.run("systemctl", "start", "harness")
        say(f"STATUS: {self.wait_for_sites()}")

    def test_11_configuration_error_is_not_tried_again(self):
        self.configure("posture: {mean_strides: many}\n")
        self.assertNotEqual(self.box.run("systemctl", "restart", UNIT, check=False).returncode, 0)
        time.sleep(4)
        self.assertEqual(self.box.show(UNIT, "ActiveState"), "failed")
        self.assertEqual(self.box.show(UNIT, "ExecMainStatus"), "78")
        self.assertEqual(self.box.show(UNIT, "NRestarts"), "0")
        say("exit 78, failed, 0 restarts")
        self.configure()
        self.box.run("systemctl", "start", UNIT)
        self.wait_for_sites()

    def test_12_ipc_only(self):
        drop_in = f"/etc/systemd/system/{UNIT}.d/ipc-only.conf"
        self.box.write(drop_in, self.box.path("/usr/share/doc/poise/examples/ipc-only.conf").read_text())
        self.box.run("systemctl", "daemon-reload")
        self.box.run("systemctl", "restart", UNIT)
        self.assertEqual(self.status()["rig"], "lab1")
        table = self.box.run("cat", f"/proc/{self.pid()}/net/tcp").stdout.strip().split("\n")
        self.assertEqual(len(table), 1, table)  # the heading
        links = self.box.run("ls", f"/proc/{self.pid()}/root/sys/class/net", check=False)
        say(f"no TCP socket; the stream answers on ipc; STATUS: {self.status_line()[:70]}")
        self.assertEqual(self.status()["rt"]["policy"], "fifo")
        self.assertEqual(links.returncode, 0)
        self.box.path(drop_in).unlink()
        self.box.run("systemctl", "daemon-reload")
        self.box.run("systemctl", "restart", UNIT)
        self.wait_for_sites()

    def test_13_upgrade_keeps_configuration_and_calibration(self):
        state = self.box.path("/var/lib/poise/calibration/s01@lab1.json")
        if not state.exists():  # the simulator stands quietly at its start
            self.box.run("systemctl", "restart", "harness")
            self.box.run("systemctl", "restart", UNIT)
            wait_until("a calibration", state.exists, 120)
        wait_until("calibrated", lambda: self.status()["calibrated"])
        made = json.loads(state.read_text())
        config, pid = self.box.path("/etc/poise/poised.yaml").read_bytes(), self.pid()
        before = self.box.run("poised", "--version").stdout.strip()
        self.install(self.new)
        after = self.box.run("poised", "--version").stdout.strip()
        self.restarted_after(pid)
        say(f"{before} → {after}, restarted")
        self.assertNotEqual(before, after)
        self.assertEqual(self.box.path("/etc/poise/poised.yaml").read_bytes(), config)
        self.assertFalse(self.box.path("/etc/poise/poised.yaml.dpkg-old").exists())
        # The old version's calibration is in force before the new one could have made its own.
        wait_until("calibrated", lambda: self.status()["calibrated"], 30)
        kept = json.loads(state.read_text())
        self.assertEqual({k: v for k, v in kept.items() if k != "program"},
                         {k: v for k, v in made.items() if k != "program"})
        self.wait_for_sites()

    def test_14_remove_keeps_what_the_operator_made(self):
        self.box.run("apt-get", "remove", "-y", "-o", "Dpkg::Use-Pty=0", "poise")
        self.assertEqual(self.box.run("sh", "-c", "pgrep -x poised; cat /proc/*/comm | grep -x poised",
                                      check=False).stdout, "")
        self.assertFalse(self.box.path("/usr/bin/poised").exists())
        self.assertTrue(self.box.path("/etc/poise/poised.yaml").exists())
        self.assertTrue(self.box.path("/var/lib/poise/calibration/s01@lab1.json").exists())
        say("no process, no program; configuration and calibration are there")

    def test_15_purge_leaves_nothing(self):
        self.box.run("systemctl", "stop", "harness")
        self.box.path("/etc/systemd/system/harness.service").unlink()
        for drop_in in self.box.path(f"/etc/systemd/system/{UNIT}.d").glob("*"):
            drop_in.unlink()
            drop_in.parent.rmdir() if not list(drop_in.parent.iterdir()) else None
        self.box.run("apt-get", "purge", "-y", "-o", "Dpkg::Use-Pty=0", "poise")
        self.box.run("systemctl", "daemon-reload")
        self.box.run("systemctl", "reset-failed")
        left = {path for path in self.box.files() - self.before if not path.startswith("var/lib/systemd/")}
        # The backups of the user's table, and of the user `reader` above.
        left -= {f"etc/{name}-" for name in ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")}
        self.assertEqual(left, set())
        self.assertEqual([path for path in self.box.files() if "poise" in path.lower()], [])
        self.assertEqual(self.box.run("systemctl", "list-units", "--all", "--no-legend", "poise*").stdout, "")
        self.assertEqual(self.box.run("systemctl", "list-unit-files", "--no-legend", "poise*", check=False).stdout, "")
        self.assertFalse(self.box.run("ls", "/run").stdout.count("poise"))
        user = self.box.run("getent", "passwd", "poise").stdout.strip()
        self.assertIn("nologin", user)
        say(f"no file, unit or socket; the locked user stays, as Debian wants: {user}")


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=1, failfast=True)
