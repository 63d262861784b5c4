# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl export to CSV and HDF5: every sample, event, marker and metric as other readers find them (libxdf for the
recording, h5py for the result), gaps and half-streams as they are, memory that does not grow."""

import json
import os
import re
import subprocess
import time
import unittest
from pathlib import Path

import numpy as np

try:
    import h5py
except ImportError:
    h5py = None

from export_kit import (BIN, GAP, HALVES, SCENARIO, START_S, ExportTest, add_metrics, has_libxdf, libxdf, numbers,
                        published, simulate, table)
from poise_rig import RigTest, foreign_xdf, run, subscribe

KEYS_LEFT_OUT = {"v", "rig", "stream", "boot"}
MARK = 'half way, "hot"; naïve 100 %'


def flat(value, path=""):
    """Dotted keys as docs/export.md says."""
    if isinstance(value, dict):
        return {key: cell for name, item in value.items() for key, cell in flat(item, f"{path}{name}.").items()}
    if isinstance(value, list) and value and all(item is None or isinstance(item, (int, float)) for item in value):
        return {f"{path}{index}": item for index, item in enumerate(value)}
    if isinstance(value, list):
        return {path[:-1]: " ".join(value)}
    return {path[:-1]: value}


def metric_rows(lines):
    streams = {}
    for line in map(json.loads, lines):
        row = flat({key: value for key, value in line.items() if key not in KEYS_LEFT_OUT})
        streams.setdefault(line["stream"], []).append(row)
    return streams


def same(cell, value):
    """A number or text of a table against that of an object."""
    if value is None or value == "":
        return cell in ("", b"") or (isinstance(cell, float) and np.isnan(cell))
    if isinstance(value, str):
        return (cell.decode() if isinstance(cell, bytes) else cell) == value
    return cell != "" and float(cell) == float(value)


@unittest.skipUnless(has_libxdf(), "libxdf is not installed")
class Samples(ExportTest):
    def setUp(self):
        super().setUp()
        self.recording = simulate(self.folder)
        self.streams, self.events = libxdf(self.recording, self.folder / "libxdf")
        self.assertEqual(sorted(self.streams), sorted(HALVES))

    def test_csv_has_every_sample(self):
        out = self.export(self.recording, "csv", "out")
        self.assertEqual({path.name for path in out.glob("*_*.csv")}, {f"{name}.csv" for name in HALVES.values()})
        for name, (stamps, values, labels) in self.streams.items():
            header, rows = numbers(out / f"{HALVES[name]}.csv")
            units = {"acc": "m_s2", "gyro": "rad_s"}
            self.assertEqual(header, ["t_s"] + [f"{label}_{units[label[:-2]]}" for label in labels])
            self.assertEqual(rows.shape, (len(stamps), len(labels) + 1))
            self.assertGreater(len(stamps), 10000)
            self.assertLess(np.abs(rows[:, 0] - stamps).max(), 2e-8)
            np.testing.assert_allclose(rows[:, 1:], values, rtol=1e-8, atol=1e-12)

    def test_a_gap_stays_a_gap(self):
        _, rows = numbers(self.export(self.recording, "csv", "out") / "t12_imu.csv")
        inside = (rows[:, 0] > START_S + GAP[0] + 0.01) & (rows[:, 0] < START_S + GAP[1] - 0.01)
        self.assertEqual(inside.sum(), 0)
        about = json.loads((self.folder / "out" / "about.json").read_text())
        stream = {stream["name"]: stream for stream in about["streams"]}["t12"]
        self.assertEqual(stream["gaps"], 1)
        self.assertAlmostEqual(stream["mean_rate_hz"], 1000, delta=12)

    def test_events_have_their_stamps(self):
        header, *rows = table(self.export(self.recording, "csv", "out") / "events.csv")
        self.assertEqual(header, "t_s utc event site source state value error text".split())
        expected = [(stamp, event) for stamp, event in self.events if "event" in event and event["event"] != "source"]
        found = [row for row in rows if row[2] != "source"]
        self.assertEqual(len(found), len(expected))
        for row, (stamp, event) in zip(found, expected):
            self.assertAlmostEqual(float(row[0]), stamp, places=7)
            self.assertEqual(row[2], event["event"])
            self.assertEqual((row[3], row[5]), (event.get("site", ""), event.get("state", "")))
        self.assertEqual(sum(row[2] == "source" for row in rows), len(HALVES))

    @unittest.skipUnless(h5py, "python3-h5py is not installed")
    def test_hdf5_has_every_sample(self):
        with h5py.File(self.export(self.recording, "hdf5", "out.h5"), "r") as file:
            self.assertEqual(sorted(file["imu"]), sorted(HALVES))
            for name, (stamps, values, labels) in self.streams.items():
                group = file["imu"][name]
                np.testing.assert_array_equal(group["time"][:], stamps)
                self.assertEqual(group["time"].attrs["unit"], "s")
                for sensor, unit in (("acc", "m/s^2"), ("gyro", "rad/s")):
                    columns = [index for index, label in enumerate(labels) if label.startswith(sensor)]
                    self.assertEqual(sensor in group, len(columns) > 0)
                    if columns:
                        data = group[sensor]
                        np.testing.assert_array_equal(data[:], values[:, columns].astype(np.float32))
                        self.assertEqual((data.attrs["unit"], data.attrs["axes"]), (unit, "xyz"))
                        self.assertEqual((data.compression, data.shape[1]), ("gzip", 3))
                        self.assertIsNotNone(data.chunks)
                self.assertEqual(len(group.attrs["mount"]), 9)
                self.assertEqual(group.attrs["site"], name.split("_")[0])
            self.assertEqual(file.attrs["recording"], "run.xdf")
            self.assertEqual(file.attrs["rig"], "sim")
            self.assertIn("rig: sim", file.attrs["settings"])
            self.assertEqual(len(file.attrs["settings_sha1"]), 40)
            rows = table(self.export(self.recording, "csv", "out") / "events.csv")[1:]
            self.assertEqual([event.decode() for event in file["events/event"][:]], [row[2] for row in rows])
            np.testing.assert_allclose(file["events/t_s"][:], [float(row[0]) for row in rows], atol=1e-7)

    def test_the_summary(self):
        out = self.folder / "out"
        done = run("poisectl", "export", self.recording, "--to", "csv", "--output", out, "--json", "--progress")
        summary = json.loads(done.stdout)
        counts = {name: len(stamps) for name, (stamps, _, _) in self.streams.items()}
        self.assertEqual({stream["name"]: stream["samples"] for stream in summary["streams"]}, counts)
        self.assertEqual(summary["samples"], sum(counts.values()))
        files = {str(path.relative_to(out)): path.stat().st_size for path in out.rglob("*") if path.is_file()}
        self.assertEqual({file["path"]: file["bytes"] for file in summary["files"]}, files)
        self.assertIsNone(summary["warning"])
        shares = [int(line.split(":")[1].strip(" %")) for line in done.stderr.splitlines()]
        self.assertGreater(len(shares), 5)
        self.assertEqual(shares, sorted(shares))
        self.assertLessEqual(shares[-1], 100)


class Metrics(ExportTest):
    def setUp(self):
        super().setUp()
        plain = simulate(self.folder)
        self.lines = published(plain)
        self.recording = add_metrics(plain, self.lines, self.folder / "metrics.xdf")
        self.expected = metric_rows(self.lines)

    def test_csv(self):
        folder = self.export(self.recording, "csv", "out") / "metrics"
        self.assertEqual({path.stem for path in folder.iterdir()}, set(self.expected))
        for stream, rows in self.expected.items():
            header, *found = table(folder / f"{stream}.csv")
            self.assertEqual(set(header), {key for row in rows for key in row}, stream)
            self.assertEqual(len(found), len(rows), stream)
            for cells, row in zip(found, rows):
                for key, cell in zip(header, cells):
                    self.assertTrue(same(cell, row.get(key)), f"{stream} {key}: {cell!r} for {row.get(key)!r}")

    @unittest.skipUnless(h5py, "python3-h5py is not installed")
    def test_hdf5(self):
        with h5py.File(self.export(self.recording, "hdf5", "out.h5"), "r") as file:
            self.assertEqual(set(file["metrics"]), set(self.expected))
            for stream, rows in self.expected.items():
                columns = {key: file["metrics"][stream][key][:] for key in file["metrics"][stream]}
                self.assertEqual(set(columns), {key for row in rows for key in row}, stream)
                for key, column in columns.items():
                    self.assertEqual(len(column), len(rows))
                    for cell, row in zip(column, rows):
                        self.assertTrue(same(cell, row.get(key)), f"{stream} {key}: {cell!r} for {row.get(key)!r}")

    def test_what_is_no_object_is_told(self):
        odd = ['{"stream":"../evil","t_s":1}', '{"t_s":2}', '{"stream":"cadence","t_s":3,"a/b":[1,"x",{"y":2}]}']
        recording = add_metrics(simulate(self.folder, "odd.xdf"), odd, self.folder / "odd-metrics.xdf")
        done = run("poisectl", "export", recording, "--to", "csv", "--output", self.folder / "odd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 samples of poise.metrics", done.stderr)
        self.assertEqual([path.name for path in (self.folder / "odd" / "metrics").iterdir()], ["cadence.csv"])
        self.assertEqual(table(self.folder / "odd/metrics/cadence.csv"),
                         [["t_s", "a_b"], ["3", '[1,"x",{"y":2}]']])


class Live(RigTest):
    def test_markers_of_a_live_recording(self):
        self.rig.start_sim("--sites", "c7,sternum")
        recording, out = self.rig.folder / "live.xdf", self.rig.folder / "out"
        poised = self.rig.start_poised("--record", recording, sites=("c7", "sternum"), sets=("subject.id=s07",))
        subscribe(self.rig.endpoint, 20, ["lab/status"], enough=lambda messages: len(messages) > 2)
        for command in (("mark", MARK), ("speed", "2.75")):
            self.assertEqual(run("poisectl", "--runtime-dir", self.rig.runtime, *command).returncode, 0)
        subscribe(self.rig.endpoint, 3, ["lab/status"], enough=lambda messages: len(messages) > 1)
        self.assertEqual(poised.stop(), 0, poised.log)
        done = run("poisectl", "export", recording, "--to", "csv", "--output", out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        header, mark = table(out / "markers.csv")
        self.assertEqual((header, mark[2]), (["t_s", "utc", "text"], MARK))
        events = {row[2]: row for row in table(out / "events.csv")}
        self.assertEqual(events["speed"][6], "2.75")
        self.assertEqual(events["mark"][0], mark[0])
        about = json.loads((out / "about.json").read_text())
        self.assertEqual((about["rig"], about["subject"]), ("lab", "s07"))
        self.assertRegex(about["start_utc"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertTrue(about["first_t_s"] < float(mark[0]) < about["last_t_s"])
        done = run("poisectl", "export", recording, "--to", "bids-motion", "--output", self.rig.folder / "bids")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = table(next((self.rig.folder / "bids/sub-s07/motion").glob("*_events.tsv")), "\t")
        marks = [row for row in rows if row[2] == "mark"]
        self.assertEqual([row[-1] for row in marks], [MARK])
        if h5py:
            done = run("poisectl", "export", recording, "--to", "hdf5", "--output", self.rig.folder / "live.h5")
            self.assertEqual(done.returncode, 0, done.stderr)
            with h5py.File(self.rig.folder / "live.h5", "r") as file:
                self.assertEqual([text.decode() for text in file["markers/text"][:]], [MARK])
                self.assertAlmostEqual(file["markers/t_s"][0], float(mark[0]), places=6)


class Others(ExportTest):
    def test_a_recording_of_another_program(self):
        wave = [[np.sin(i / 20), i / 1000, 9.8] for i in range(500)]
        path = self.folder / "other.xdf"
        path.write_bytes(foreign_xdf([("sacrum", "IMU", ["acc_x", "acc_y", "acc_z"], "m/s^2", 100, wave)]))
        header, rows = numbers(self.export(path, "csv", "out", warns=True) / "sacrum_acc.csv")
        self.assertEqual(header[0], "t_s")
        np.testing.assert_allclose(rows[:, 0], 100 + np.arange(500) / 100, atol=1e-7)
        np.testing.assert_allclose(rows[:, 1:], np.array(wave, dtype=np.float32), rtol=1e-7)
        self.assertIsNone(json.loads((self.folder / "out" / "about.json").read_text())["settings"])

    def test_a_stream_of_any_name_is_mapped(self):
        path = self.folder / "other.xdf"
        samples = [[0.0, 0.1, 9.8]] * 300
        path.write_bytes(foreign_xdf([("Muse 3", "Accelerometer", ["x", "y", "z"], "m/s^2", 100, samples)]))
        done = run("poisectl", "export", path, "--to", "csv", "--output", self.folder / "out")
        self.assertEqual(done.returncode, 66, done.stderr)
        out = self.export(path, "csv", "out", "--map", "Muse 3=sternum", warns=True)
        self.assertEqual(len(numbers(out / "sternum_acc.csv")[1]), 300)
        for wrong in ("Muse 3", "Muse 3=elbow", "=sternum"):
            done = run("poisectl", "export", path, "--to", "csv", "--map", wrong)
            self.assertEqual((done.returncode, "--map" in done.stderr), (64, True))

    def test_memory_does_not_grow_with_the_recording(self):
        def peak_kb(seconds, to):
            scenario = SCENARIO.replace("split: [c7]\n", "").replace("duration_s: 7", f"duration_s: {seconds}")
            recording = simulate(self.folder, f"{seconds}.xdf", scenario, ())
            environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"}  # else freed memory is kept
            arguments = [BIN / "poisectl", "export", recording, "--to", to, "--output", self.folder / f"{seconds}-{to}"] + (["--subject", "x"] if to == "bids-motion" else [])
            peak = 0
            with open(self.folder / "out.log", "wb") as log:
                child = subprocess.Popen(arguments, env=environment, stdout=log)
                while child.poll() is None:
                    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())
                    peak = max(peak, int(found[1])) if found else peak
                    time.sleep(0.005)
            self.assertEqual(child.returncode, 0)
            self.assertGreater(peak, 1000)
            return peak

        for to in ("csv", "bids-motion", "hdf5"):
            with self.subTest(to=to):
                short, long = peak_kb(20, to), peak_kb(150, to)
                print(f"figure export_memory_{to} {short / 1024:.1f} {long / 1024:.1f} MiB")
                self.assertLess(long - short, 8 * 1024)


if __name__ == "__main__":
    unittest.main(verbosity=2)
