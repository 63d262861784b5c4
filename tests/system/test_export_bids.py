# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl export --to bids-motion: file names, columns and keys by the rules of the BIDS specification 1.9 (Motion),
the samples on their grid against those as captured, and datasets that grow."""

import json
import re
import unittest

import numpy as np

from export_kit import GAP, START_S, ExportTest, numbers, simulate
from poise_rig import run

LABEL = "[0-9a-zA-Z]+"
ENTITIES = rf"sub-(?P<sub>{LABEL})(_ses-(?P<ses>{LABEL}))?_task-(?P<task>{LABEL})_tracksys-(?P<tracksys>{LABEL})(_run-\d+)?"
MOTION_FILE = re.compile(rf"^sub-{LABEL}(/ses-{LABEL})?/motion/{ENTITIES}_(?P<suffix>motion|channels|events)\.(tsv|json)$")
SCANS_FILE = re.compile(rf"^sub-{LABEL}(/ses-{LABEL})?/sub-{LABEL}(_ses-{LABEL})?_scans\.tsv$")
TOP_FILES = {"dataset_description.json", "participants.tsv", "README"}
TYPES = {"ACCEL", "ANGACCEL", "GYRO", "JNTANG", "LATENCY", "MAGN", "MISC", "ORNT", "POS", "VEL"}
COMPONENTS = {"x", "y", "z", "quat_x", "quat_y", "quat_z", "quat_w", "n/a"}
FIRST_COLUMNS = ["name", "component", "type", "tracked_point", "units"]
KNOWN_COLUMNS = {*FIRST_COLUMNS, "placement", "reference_frame", "description", "sampling_frequency", "status",
                 "status_description"}
COUNTS = {f"{kind}ChannelCount" for kind in TYPES}
MOUNTED = {"x": 0, "y": 1, "z": 2}


class Dataset:
    """A dataset on disk, checked by the rules while it is read."""

    def __init__(self, case, folder):
        self.case, self.folder = case, folder
        self.files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        self.check_names()
        description = self.json("dataset_description.json")
        case.assertTrue(description["Name"])
        case.assertRegex(description["BIDSVersion"], r"^1\.(9|[1-9]\d)\.\d+$")
        case.assertEqual(description["DatasetType"], "raw")
        self.check_participants()

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def tsv(self, name):
        text = (self.folder / name).read_bytes()
        self.case.assertNotIn(b"\r", text)
        self.case.assertTrue(text.endswith(b"\n"))
        rows = [line.split("\t") for line in text.decode().splitlines()]
        self.case.assertEqual({len(row) for row in rows}, {len(rows[0])}, f"{name}: ragged")
        self.case.assertFalse([row for row in rows if "" in row], f"{name}: an empty cell")
        return rows

    def check_names(self):
        for name in self.files - TOP_FILES:
            match = MOTION_FILE.match(name)
            self.case.assertTrue(match or SCANS_FILE.match(name), name)
            if match:
                folder = name.split("/motion/")[0]
                session = f"/ses-{match['ses']}" if match["ses"] else ""
                self.case.assertEqual(folder, f"sub-{match['sub']}{session}")
        self.case.assertLessEqual(TOP_FILES, self.files)

    def check_participants(self):
        header, *rows = self.tsv("participants.tsv")
        self.case.assertEqual(header[0], "participant_id")
        folders = {name.split("/")[0] for name in self.files if name.startswith("sub-")}
        self.case.assertEqual(sorted(row[0] for row in rows), sorted(folders))

    def recording(self, base):
        """Channels (as dicts), samples, motion.json and events of one tracking system; base without suffix."""
        header, *rows = self.tsv(f"{base}_channels.tsv")
        self.case.assertEqual(header[:5], FIRST_COLUMNS)
        self.case.assertLessEqual(set(header), KNOWN_COLUMNS)
        channels = [dict(zip(header, row)) for row in rows]
        self.check_channels(base, channels)
        samples = np.array([[np.nan if cell == "n/a" else float(cell) for cell in row]
                            for row in self.tsv(f"{base}_motion.tsv")])
        self.case.assertEqual(samples.shape[1], len(channels))
        about = self.json(f"{base}_motion.json")
        self.check_motion(base, about, channels, samples)
        events = self.tsv(f"{base}_events.tsv")
        self.case.assertEqual(events[0][:2], ["onset", "duration"])
        self.case.assertEqual(set(self.json(f"{base}_events.json")), set(events[0]) - {"duration"})
        for row in events[1:]:
            float(row[0]), float(row[1])
        return channels, samples, about, events

    def check_channels(self, base, channels):
        levels = self.json(f"{base}_channels.json")["reference_frame"]["Levels"]
        for channel in channels:
            self.case.assertIn(channel["type"], TYPES)
            self.case.assertIn(channel["component"], COMPONENTS)
            self.case.assertEqual(channel["units"], {"ACCEL": "m/s^2", "GYRO": "rad/s"}[channel["type"]])
            self.case.assertIn(channel["status"], ("good", "bad", "n/a"))
            self.case.assertIn(channel["reference_frame"], levels)
            self.case.assertEqual(float(channel["sampling_frequency"]), 1000)
        self.case.assertEqual(len({channel["name"] for channel in channels}), len(channels))
        for level in levels.values():
            self.case.assertRegex(level["SpatialAxes"], "^[APLRSI_]{3}$")
            self.case.assertIn(level["RotationRule"], ("left-hand", "right-hand"))

    def check_motion(self, base, about, channels, samples):
        tracksys, task = re.search("_tracksys-([^_]+)", base)[1], re.search("_task-([^_]+)", base)[1]
        self.case.assertEqual(re.sub("[^0-9a-zA-Z]", "", about["TaskName"]), task)
        self.case.assertEqual(about["TrackingSystemName"], tracksys)
        self.case.assertEqual((about["SamplingFrequency"], about["SamplingFrequencyEffective"]), (1000, 1000))
        for count in COUNTS:
            kind = count.removesuffix("ChannelCount")
            self.case.assertEqual(about[count], sum(channel["type"] == kind for channel in channels), count)
        self.case.assertEqual(about["MotionChannelCount"], len(channels))
        self.case.assertEqual(about["TrackedPointsCount"], len({channel["tracked_point"] for channel in channels}))
        self.case.assertEqual(about["MissingValues"], "n/a")
        self.case.assertAlmostEqual(about["RecordingDuration"], len(samples) / 1000, places=6)


class Bids(ExportTest):
    def setUp(self):
        super().setUp()
        self.run_xdf = simulate(self.folder)

    def test_the_rules(self):
        folder = self.export(self.run_xdf, "bids-motion", "set", "--subject", "01", "--session", "a", "--task", "walk",
                             "--run", "2", "--tracksys", "harness")
        dataset = Dataset(self, folder)
        base = "sub-01/ses-a/motion/sub-01_ses-a_task-walk_tracksys-harness_run-2"
        channels, samples, _, _ = dataset.recording(base)
        self.assertEqual(len(dataset.files), len(TOP_FILES) + 7)
        self.assertEqual({channel["tracked_point"] for channel in channels}, {"c7", "t12", "sternum"})
        self.assertEqual(len(channels), 18)
        self.assertAlmostEqual(len(samples), 12000, delta=40)
        header, row = dataset.tsv("sub-01/ses-a/sub-01_ses-a_scans.tsv")
        self.assertEqual(header, ["filename", "acq_time"])
        self.assertTrue((folder / "sub-01/ses-a" / row[0]).exists())
        self.assertRegex(row[1], r"^2026-\d\d-\d\dT00:00:00\.\d{6}Z$")

    def test_samples_are_those_of_the_sensors(self):
        """Each channel's mean over 50 ms, where noise and interpolation hardly matter, against the samples as
        captured, turned by the mount and read at the same instants."""
        folder = self.export(self.run_xdf, "bids-motion", "set", "--subject", "01")
        base = "sub-01/motion/sub-01_task-running_tracksys-imu"
        channels, samples, about, _ = Dataset(self, folder).recording(base)
        plain = self.export(self.run_xdf, "csv", "plain")
        streams = {stream["name"]: stream for stream in json.loads((plain / "about.json").read_text())["streams"]}
        t = about["FirstSampleMonotonicSeconds"] + np.arange(len(samples)) / 1000
        files = {("c7", "ACCEL"): "c7_acc", ("c7", "GYRO"): "c7_gyro"}
        for index, channel in enumerate(channels):
            point, kind = channel["tracked_point"], channel["type"]
            name = files.get((point, kind), point)
            header, rows = numbers(plain / (f"{name}.csv" if name != point else f"{name}_imu.csv"))
            sensor = "acc" if kind == "ACCEL" else "gyro"
            vectors = rows[:, [header.index(column) for column in header if column.startswith(sensor)]]
            mount = np.array(streams[name]["mount"]).reshape(3, 3)
            mounted = vectors @ mount[MOUNTED[channel["component"]]]
            valid = ~np.isnan(samples[:, index])
            blocks = [slice(start, start + 50) for start in range(100, len(t) - 150, 50)
                      if valid[start - 10:start + 60].all()]
            self.assertGreater(len(blocks), 200)
            captured = np.interp(t, rows[:, 0], mounted)
            found = np.array([samples[block, index].mean() for block in blocks])
            expected = np.array([captured[block].mean() for block in blocks])
            error = np.sqrt(np.mean((found - expected) ** 2))
            self.assertLess(error, 0.02 if kind == "ACCEL" else 0.003, channel["name"])
            self.assertGreater(np.std(found), 5 * error, f"{channel['name']} does not move")

    def test_missing_samples_are_not_invented(self):
        folder = self.export(self.run_xdf, "bids-motion", "set", "--subject", "01")
        channels, samples, about, _ = Dataset(self, folder).recording(
            "sub-01/motion/sub-01_task-running_tracksys-imu")
        t = about["FirstSampleMonotonicSeconds"] + np.arange(len(samples)) / 1000
        gap = (t > START_S + GAP[0] + 0.02) & (t < START_S + GAP[1] - 0.02)
        for index, channel in enumerate(channels):
            missing = np.isnan(samples[:, index])
            if channel["tracked_point"] == "t12":
                self.assertTrue(missing[gap].all())
                self.assertLess(missing.sum(), 1100)
            else:
                self.assertLess(missing.sum(), 30, channel["name"])
            share = float(re.match(r"[\d.]+", channel["status_description"])[0])
            self.assertAlmostEqual(share, 100 * (1 - missing.mean()), delta=0.01)

    def test_a_dataset_grows(self):
        folder = self.export(self.run_xdf, "bids-motion", "set", "--subject", "01")
        people = folder / "participants.tsv"
        people.write_text("participant_id\tage\tsex\thand\nsub-01\t33\tF\tright\n")
        (folder / "dataset_description.json").write_text(
            json.dumps({"Name": "Ours", "BIDSVersion": "1.9.0", "DatasetType": "raw"}))
        for options in (("--subject", "02"), ("--subject", "01", "--run", "2")):
            self.export(self.run_xdf, "bids-motion", "set", *options)
        dataset = Dataset(self, folder)
        self.assertEqual(dataset.tsv("participants.tsv"),
                         [["participant_id", "age", "sex", "hand"], ["sub-01", "33", "F", "right"],
                          ["sub-02", "n/a", "n/a", "n/a"]])
        self.assertEqual(dataset.json("dataset_description.json")["Name"], "Ours")
        self.assertEqual(len(dataset.tsv("sub-01/sub-01_scans.tsv")), 3)
        for base in ("sub-01/motion/sub-01_task-running_tracksys-imu",
                     "sub-01/motion/sub-01_task-running_tracksys-imu_run-2",
                     "sub-02/motion/sub-02_task-running_tracksys-imu"):
            dataset.recording(base)
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        done = run("poisectl", "export", self.run_xdf, "--to", "bids-motion", "--output", folder, "--subject", "02")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sub-02_task-running_tracksys-imu_motion.tsv: is there already; --force", done.stderr)
        self.assertEqual(before, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()})
        self.export(self.run_xdf, "bids-motion", "set", "--subject", "02", "--force")
        self.assertEqual(before, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()})

    def test_labels(self):
        for option, label in (("--subject", "s_1"), ("--subject", ""), ("--session", "a b"), ("--task", "läuft"),
                              ("--tracksys", "a-b"), ("--run", "0"), ("--run", "1x")):
            done = run("poisectl", "export", self.run_xdf, "--to", "bids-motion", "--output", self.folder / "no",
                       option, label)
            self.assertEqual((done.returncode, option in done.stderr), (64, True), done.stderr)
        done = run("poisectl", "export", self.run_xdf, "--to", "bids-motion", "--output", self.folder / "no")
        self.assertEqual((done.returncode, "--subject LABEL is needed" in done.stderr), (64, True), done.stderr)
        self.assertFalse((self.folder / "no").exists())
        self.check_clean()


if __name__ == "__main__":
    unittest.main(verbosity=2)
