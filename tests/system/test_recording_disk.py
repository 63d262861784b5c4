# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks that are full, read-only or gone: the recording stops with one line and a status, measuring goes on, and
`poisectl record start` tries again."""

import shutil
import time
import unittest

from poise_rig import BIN, PATIENCE_S, Process, RigTest, subscribe
from recording_kit import SOME_SITES, WALKER, Disk, as_json, ask, can_mount, ctl, replay


class Trouble(RigTest):
    def start(self, folder, disk=None, sets=()):
        self.rig.start_sim("--scenario", self.rig.write("walker.yaml", WALKER))
        options = self.rig.poised_options(SOME_SITES, [f"record.dir={folder}", *sets])
        command = [BIN / "poised", "-c", self.rig.write("poised.yaml", "version: 1\nrig: lab\n"), *options]
        poised = Process(self.rig.folder, "poised", disk.wrap(*command) if disk else command)
        self.rig.processes.append(poised)
        self.rig.endpoint = poised.wait_for(r"tcp://127\.0\.0\.1:[1-9]\d*")[0]
        return poised

    def state(self):
        return ask(self.rig, cmd="record", action="status")["recording"]

    def await_state(self, **wanted):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            state = self.state()
            if all(state[key] == value for key, value in wanted.items()):
                return state
            time.sleep(0.1)
        raise AssertionError(f"{state} never had {wanted}")

    def check_measuring(self, error):
        """It goes on: 20 Hz of posture, and status tells what happened."""
        messages = [message for _, message in subscribe(self.rig.endpoint, 3, ["lab/posture", "lab/status"])]
        posture = [message["seq"] for message in messages if message["stream"] == "posture"]
        self.assertGreater(len(posture), 40)
        self.assertEqual(posture, list(range(posture[0], posture[0] + len(posture))))
        recording = [message["recording"] for message in messages if message["stream"] == "status"][-1]
        self.assertFalse(recording["writing"])
        self.assertEqual(recording["error"], error)

    def check_stopped_once(self, poised, times=1):
        self.assertEqual(poised.log.count("measuring goes on"), times, poised.log)

    def test_full(self):
        if not can_mount():
            self.skipTest("no file system can be mounted here")
        disk = Disk(self.rig.folder / "rec", "1m")
        poised = self.start(disk.folder, disk)
        self.await_state(writing=False, error="No space left on device")
        self.check_measuring("No space left on device")
        self.check_stopped_once(poised)
        refused = ctl(self.rig, "record", "start")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("No space left", refused.stdout)
        files, root = disk.files(poised)
        full = self.rig.folder / "full.xdf"
        shutil.copyfile(f"{root}/{files[0]}", full)
        disk.inside(poised, "sh", "-c", f"rm {disk.folder}/*")
        started = ctl(self.rig, "record", "start")
        self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
        self.assertIn("recording to", started.stdout)
        self.assertIsNone(self.state()["error"])
        self.assertEqual(ctl(self.rig, "record", "stop").returncode, 0)
        self.assertEqual(poised.stop(), 0, poised.log)
        done, lines = replay(self.rig, [full], "full")  # what is there can be used
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cut short", done.stderr)
        self.assertGreater(len([1 for line in lines if line["stream"] == "posture"]), 40)

    def test_full_while_it_rotates(self):
        if not can_mount():
            self.skipTest("no file system can be mounted here")
        disk = Disk(self.rig.folder / "rec", "1m")
        poised = self.start(disk.folder, disk, ["record.rotate_mb=0.2", "record.keep_gb=0.0006"])
        poised.wait_for("_004.xdf deleted")  # the limit is below the disk's size: it never fills
        self.assertIsNone(self.state()["error"])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_read_only(self):
        if not can_mount():
            self.skipTest("no file system can be mounted here")
        disk = Disk(self.rig.folder / "rec", "8m", ",ro")
        poised = self.start(disk.folder, disk)
        self.assertIn("cannot be begun: Read-only file system; measuring goes on", poised.log)
        time.sleep(2)
        self.check_measuring("Read-only file system")
        self.check_stopped_once(poised)
        self.assertEqual(ctl(self.rig, "record", "start").returncode, 1)
        disk.inside(poised, "mount", "-o", "remount,rw", disk.folder)
        self.assertEqual(ctl(self.rig, "record", "start").returncode, 0)
        self.assertTrue(self.state()["writing"])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_no_folder_at_the_start(self):
        folder = self.rig.folder / "disk" / "rec"  # a disk that is not there yet: no parent
        poised = self.start(folder)
        self.check_measuring("No such file or directory")
        self.check_stopped_once(poised)
        folder.parent.mkdir()
        started = as_json(ctl(self.rig, "record", "start", "--json").stdout)
        self.assertTrue(started["writing"])
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertEqual(len(list(folder.iterdir())), 1)

    def test_removed_while_running(self):
        folder = self.rig.folder / "rec"
        poised = self.start(folder)
        time.sleep(2)
        shutil.rmtree(folder)
        self.await_state(writing=False, error="No such file or directory")
        self.check_measuring("No such file or directory")
        self.check_stopped_once(poised)
        self.assertEqual(ctl(self.rig, "record", "start").returncode, 0)  # makes it again
        time.sleep(1)
        self.assertEqual(poised.stop(), 0, poised.log)
        done, _ = replay(self.rig, sorted(folder.iterdir()), "again")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stderr)

    def test_removed_between_parts(self):
        folder = self.rig.folder / "rec"
        poised = self.start(folder, sets=["record.rotate_mb=0.1"])
        poised.wait_for("recording to")
        deadline = time.monotonic() + PATIENCE_S
        while self.state()["part"] < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        shutil.rmtree(folder)
        folder.write_text("a file in its place")
        state = self.await_state(writing=False)
        self.assertIn(state["error"], ("Not a directory", "No such file or directory"))
        self.check_stopped_once(poised)
        self.assertEqual(poised.stop(), 1, poised.log)  # the recording is incomplete


if __name__ == "__main__":
    unittest.main()
