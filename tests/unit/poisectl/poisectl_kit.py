# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of poisectl share: running it, and a real publisher without sensors."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

BIN = Path(os.environ["POISE_BIN_DIR"])
STREAMS = ["posture", "orientation", "cadence", "breathing", "inspiration", "status", "meta", "calibration", "contact", "step",
           "gait", "arms", "pack", "finding", "session", "assessment", "repetition"]
EVIL = "\x1b]0;owned\x07\x9b31m"


def ctl(*arguments, **options):
    return subprocess.run([BIN / "poisectl", *arguments], capture_output=True, text=True, check=False, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


class ProbeTest(unittest.TestCase):
    """A real publisher without sensors."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poise-")
        self.probe = subprocess.Popen([BIN / "publish_probe", "run", self.folder], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = self.probe.stdout.readline().strip()

    def tearDown(self):
        self.probe.stdin.close()
        self.assertEqual(self.probe.wait(30), 0)
        self.probe.stdout.close()
        shutil.rmtree(self.folder)

    def ctl(self, *arguments):
        return ctl("--runtime-dir", self.folder, *arguments)
