# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl export when something is wrong: nothing half-written stays, what was there stays, the message names the
cause, the exit code its kind. A recording cut anywhere gives what is whole of it."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

import numpy as np

from export_kit import BIN, ExportTest, add_metrics, export, numbers, published, simulate, table
from poise_rig import PATIENCE_S, run

FORMATS = {"csv": ("out", ()), "bids-motion": ("out", ("--subject", "01")), "hdf5": ("out.h5", ())}
LARGEST_FILE = 300_000  # bytes; below what any format needs


class Failures(ExportTest):
    def setUp(self):
        super().setUp()
        self.recording = simulate(self.folder)

    def each(self):
        return [(to, self.folder / name, options) for to, (name, options) in FORMATS.items()]

    def refused(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)
        self.check_clean()

    def test_usage(self):
        for arguments, word in (((), "which recording"), (("a.xdf",), "--to csv"), (("a.xdf", "--to", "edf"), "'edf'"),
                                (("a.xdf", "b.xdf", "--to", "csv"), "'b.xdf'"),
                                (("a.xdf", "--to", "csv", "--subject", "01"), "belong to --to bids-motion"),
                                (("a.xdf", "--to", "csv", "--output", ""), "--output"),
                                (("a.xdf", "--to", "csv", "--nonsense"), "nonsense")):
            self.refused(run("poisectl", "export", *arguments), 64, word)
        shown = run("poisectl", "export", "--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for to in FORMATS:
            self.assertIn(f"--to {to}", shown.stdout)

    def test_input_that_is_none(self):
        (self.folder / "text.xdf").write_text("no recording")
        (self.folder / "empty.xdf").write_bytes(b"")
        (self.folder / "headers.xdf").write_bytes(self.recording.read_bytes()[:3000])
        for to, output, options in self.each():
            for name, words in (("text.xdf", ("text.xdf: not an XDF",)), ("empty.xdf", ("empty.xdf",)),
                                ("gone.xdf", ("gone.xdf: No such file",)), (".", ("no regular file",)),
                                ("headers.xdf", ("headers.xdf: no samples",))):
                self.refused(export(self.folder / name, to, output, *options), 66, *words)
                self.assertFalse(output.exists())

    def test_what_is_there_stays(self):
        for to, output, options in self.each():
            if to == "hdf5":
                output.write_text("mine")
            elif to == "csv":
                output.mkdir()
                (output / "notes.txt").write_text("mine")
            else:
                self.assertEqual(export(self.recording, to, output, *options).returncode, 0)
            before = self.content(output)
            self.refused(export(self.recording, to, output, *options), 1, "is there already", "--force")
            self.assertEqual(self.content(output), before)
            done = export(self.recording, to, output, *options, "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            if to == "csv":
                self.assertEqual((output / "notes.txt").read_text(), "mine")
            self.remove(output)

    def content(self, path):
        return {str(name): name.read_bytes() for name in [path, *path.rglob("*")] if name.is_file()}

    def remove(self, path):
        for name in sorted(path.rglob("*"), reverse=True):
            name.rmdir() if name.is_dir() else name.unlink()
        path.rmdir() if path.is_dir() else path.unlink()

    def test_no_place_to_write(self):
        (self.folder / "file").write_text("")
        for to, _, options in self.each():
            for place, word in ((self.folder / "file" / "out", "Not a directory"),
                                (self.folder / "gone" / "deep" / "out", "No such file"), ("/proc/out", "/proc")):
                self.refused(export(self.recording, to, place, *options), 1, word)

    def test_a_disk_that_is_full(self):
        """No file may become larger than the limit, which fails in the middle of writing like a full disk."""
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        for to, output, options in self.each():
            done = subprocess.run([BIN / "poisectl", "export", self.recording, "--to", to, "--output", output, *options],
                                  capture_output=True, text=True, timeout=PATIENCE_S, preexec_fn=limit, check=False)
            self.refused(done, 1, "File too large")
            self.assertFalse(output.exists())

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount")
    def test_a_disk_that_is_really_full(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", disk], capture_output=True,
                                 check=False)
        if mounted.returncode != 0:
            self.skipTest("no mount here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        for to, output, options in self.each():
            done = export(self.recording, to, disk / output.name, *options)
            self.refused(done, 1, "No space left on device")
            self.assertEqual(list(disk.iterdir()), [])

    def test_interrupted(self):
        scenario = "version: 1\nphases:\n  - {kind: walk, duration_s: 100}\n"
        recording = simulate(self.folder, "long.xdf", scenario, ())
        for to, output, options in self.each():
            for number in (signal.SIGINT, signal.SIGTERM):
                process = subprocess.Popen([BIN / "poisectl", "export", recording, "--to", to, "--output", output,
                                            *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                deadline = time.monotonic() + PATIENCE_S
                while not self.written() and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                process.send_signal(number)
                said, error = process.communicate(timeout=PATIENCE_S)
                self.assertEqual((process.returncode, said), (128 + number, ""), error)
                self.assertIn("interrupted", error)
                self.assertFalse(output.exists())
                self.check_clean()

    def written(self):
        """Bytes in files of an export under way."""
        return sum(path.stat().st_size for folder in self.folder.glob(".*") for path in folder.rglob("*")
                   if path.is_file())

    def test_a_summary_nobody_takes(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BIN / "poisectl", "export", self.recording, "--to", "csv", "--output",
                                   self.folder / "out"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)

    def test_cut_short(self):
        whole = self.recording.read_bytes()
        complete = self.export(self.recording, "csv", "complete")
        _, all_rows = numbers(complete / "sternum_imu.csv")
        for share in (0.3, 0.77, 0.999):
            cut = self.folder / "cut.xdf"
            cut.write_bytes(whole[:int(share * len(whole))])
            for to, output, options in self.each():
                done = export(cut, to, output, *options)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stderr, "warning: .*cut.xdf: (cut short|ends without footers)")
                if to == "csv":
                    _, rows = numbers(output / "sternum_imu.csv")
                    self.assertGreater(len(rows), 0.9 * share * len(all_rows))
                    np.testing.assert_array_equal(rows, all_rows[:len(rows)])
                self.remove(output)

    def test_damaged_in_the_middle(self):
        recording = add_metrics(self.recording, published(self.recording), self.folder / "metrics.xdf")
        damaged = bytearray(recording.read_bytes())
        start = len(self.recording.read_bytes()) // 2
        damaged[start:start + 2000] = os.urandom(2000)
        recording.write_bytes(damaged)
        for to, output, options in self.each():
            done = export(recording, to, output, *options, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("damaged", json.loads(done.stdout)["warning"])
            if to == "csv":
                self.assertGreater(len(table(output / "metrics" / "posture.csv")), 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
