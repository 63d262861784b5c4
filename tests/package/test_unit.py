#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's files as systemd and udev read them: no complaint, little exposure, and nothing in the hardening that
would take real time away."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("POISE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
MOST_DEFAULT, MOST_STRICT = 1.3, 0.8


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)], capture_output=True, text=True,
                          check=False)


class Unit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.units = self.root / "etc/systemd/system"
        self.install("poised.service.in", "poised.service")

    def install(self, source, target):
        text = (ROOT / "systemd" / source).read_text().replace("@bindir@", "/usr/bin")
        self.assertNotIn("@", re.sub(r"modprobe@|@[a-z-]+\b(?=[ \n])", "", text), "something was not filled in")
        path = self.units / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def exposure(self):
        done = analyze("security", "--offline=yes", f"--root={self.root}", "poised.service")
        found = re.search(r"exposure level for poised\.service: ([0-9.]+)", done.stdout)
        if not found:
            self.skipTest(f"systemd-analyze cannot judge a unit offline: {done.stderr.strip()}")
        return float(found[1])

    def test_exposure(self):
        default = self.exposure()
        self.install("lan.conf", "poised.service.d/lan.conf")
        lan = self.exposure()
        (self.units / "poised.service.d/lan.conf").unlink()
        self.install("ipc-only.conf.in", "poised.service.d/ipc-only.conf")
        strict = self.exposure()
        print(f"figure exposure: {default} by default, {strict} with ipc-only.conf, {lan} with lan.conf")
        self.assertLessEqual(default, MOST_DEFAULT)
        self.assertLessEqual(strict, MOST_STRICT)
        # The judge tells units apart: without the sandbox the same unit is exposed.
        text = (self.units / "poised.service").read_text()
        (self.units / "poised.service").write_text(re.sub(r"^(Protect|System|Private|Restrict|Capa).*$", "", text,
                                                          flags=re.M))
        self.assertGreater(self.exposure(), MOST_DEFAULT)

    def test_systemd_understands_every_line(self):
        binary = self.root / "usr/bin"
        binary.mkdir(parents=True)
        for program in ("poised", "systemd-tmpfiles", "sh"):
            (binary / program).write_text("#!/bin/sh\n")
            (binary / program).chmod(0o755)
        (self.root / "bin").symlink_to("usr/bin")
        for drop_in in (None, "ipc-only.conf.in", "lan.conf"):
            if drop_in:
                self.install(drop_in, "poised.service.d/" + drop_in.removesuffix(".in"))
            done = analyze("verify", f"--root={self.root}", "--man=no", "--recursive-errors=no", "poised.service")
            ours = [line for line in done.stderr.splitlines() if "poised" in line]
            self.assertEqual(ours, [], done.stderr)

    def test_nothing_takes_real_time_away(self):
        text = (self.units / "poised.service").read_text()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        self.assertIn("LimitRTPRIO=90", lines)
        self.assertIn("LimitMEMLOCK=infinity", lines)
        for never in ("RestrictRealtime=yes", "CPUSchedulingPolicy", "PrivateDevices=yes"):
            self.assertFalse([line for line in lines if line.startswith(never)], never)
        allowed = [line for line in lines if line.startswith("SystemCallFilter=") and "~" not in line][-1]
        for call in ("sched_setscheduler", "sched_setaffinity", "mlockall", "fdatasync"):
            self.assertIn(call, allowed)


class Rules(unittest.TestCase):
    def test_the_group_is_one_name_everywhere(self):
        groups = set()
        for name, pattern in (("poise.sysusers", r"^u (\S+)"), ("poise.tmpfiles", r"^z \S+ \d+ root (\S+)"),
                              ("60-poise.rules", r'GROUP="(\w+)"'), ("60-poise.rules", r"chgrp -R (\w+)"),
                              ("poised.service.in", r"^Group=(\S+)")):
            found = re.findall(pattern, (ROOT / "systemd" / name).read_text(), re.M)
            self.assertTrue(found, f"{name}: {pattern}")
            groups |= set(found)
        self.assertEqual(groups, {"poise"})

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "no systemd-sysusers here")
    def test_sysusers_makes_the_user(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "etc").mkdir()
            done = subprocess.run(["systemd-sysusers", f"--root={folder}", ROOT / "systemd/poise.sysusers"],
                                  capture_output=True, text=True, check=False)
            if os.geteuid() != 0:
                self.skipTest("needs root")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex((Path(folder) / "etc/passwd").read_text(), r"(?m)^poise:.*:/var/lib/poise:\S*nologin$")

    def test_rules_hold_together(self):
        """Every jump has its label, and what a sensor starts is the unit's name."""
        text = (ROOT / "systemd/60-poise.rules").read_text()
        self.assertLessEqual(set(re.findall(r'GOTO="(\w+)"', text)), set(re.findall(r'LABEL="(\w+)"', text)))
        self.assertIn('ENV{SYSTEMD_WANTS}+="poised.service"', text)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        sys.exit(77)
    unittest.main()
