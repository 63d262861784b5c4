# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl import: the folders of reference data number for number, any CSV with a mapping, and bad input."""
import csv
import glob
import json
import lzma
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ["POISE_BIN_DIR"]
DATA = os.environ.get("POISE_DATA_DIR", "")
IMPORT, DUMP = os.path.join(BIN, "import_cli"), os.path.join(BIN, "dump_log")
def x_up(place):
    """Columns of a chip with x up and z backwards, as x forward, y left, z up."""
    return [f"{sign}{place}_{kind}{axis}" for kind in "ag" for sign, axis in (("-", "z"), ("", "y"), ("", "x"))]


PRESETS = {
    "harlab_actigraph": ("[0-9][0-9][0-9].csv.xz", {"sacrum": "waist_"}),
    "adept_run": ("*.csv.xz", {"sacrum": "hip_"}),
    "treadmill_run_grf": ("trial??.csv.xz", {"sacrum": ["sacrum_a_ap", None, "sacrum_a_vert"]}),
    "supine_paced_breathing": ("pos*.csv.xz", {"sternum": ""}),
    "qmt_fullbody": ("*.csv.xz", {"sacrum": x_up("hip"), "t12": x_up("lower_back"), "c7": x_up("upper_back"),
                                  "head": x_up("head"), "foot_left": "foot_left_", "foot_right": "foot_right_"}),
    "harlab_hexoskin": ("*_acc.csv.xz", {"sacrum": ""}),
    "broad": ("*.csv.xz", {"sacrum": ""}),
    "ipol_gait": ("*_lowerback.csv.xz", {"sacrum": ""}),
    "mobilised_lab": ("*_lowerback.csv.xz", {"sacrum": ["az", "-ay", "ax", "gz", "-gy", "gx"]}),
    "stroke_treadmill_lumbar": ("*_lumbar.csv.xz", {"sacrum": ""}),
    "mtw17_fullbody": ("*.csv.xz", {"sacrum": "pelvis_", "sternum": "sternum_", "head": "head_",
                                    "shoulder_left": "left_shoulder_", "shoulder_right": "right_shoulder_",
                                    "wrist_left": "left_forearm_", "wrist_right": "right_forearm_",
                                    "foot_left": "left_foot_", "foot_right": "right_foot_"}),
    "trunk_arm_mocap": ("[0-9]*.csv.xz", {"sternum": "trunk_", "wrist_right": "forearm_"}),
    "arm_swing_wrists": ("*.csv.xz", {"wrist_left": [None] * 3 + ["left_gx", "left_gy", "left_gz"],
                                      "wrist_right": [None] * 3 + ["right_gx", "right_gy", "right_gz"]}),
    "shank_walk_run_grf": ("[AD]_*_[0-9][0-9].csv.xz", {"foot_left": ["shank_a_ap", "shank_a_ml", "shank_a_vert"]}),
}


def as_float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def run(*args, stdin=None):
    done = subprocess.run([IMPORT, *args], input=stdin, capture_output=True, timeout=120)
    return done.returncode, done.stderr.decode()


def read(path):
    done = subprocess.run([DUMP, path], capture_output=True, timeout=120, check=True)
    events = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert events[-1]["kind"] == "end" and events[-1]["warning"] == "", events[-1]
    return events[:-1]


def number(text):
    try:
        value = float(text)
    except ValueError:
        return None
    return as_float32(value) if math.isfinite(value) else None


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "out.xdf")

    def file(self, text, name="in.csv"):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def check_log(self, events):
        self.assertEqual(events[0], {"kind": "settings", "text": "version: 1\nrig: import\n"})
        ticks = [e["mono_ns"] for e in events if e["kind"] == "tick"]
        reached = None
        for event in events:
            if event["kind"] == "tick":
                reached = event["mono_ns"]
            elif event["kind"] == "block":
                self.assertIsNotNone(reached)
                self.assertLess(event["stamp_ns"][0] - reached, 100_000_000)
                self.assertLess(event["stamp_ns"][-1] - event["stamp_ns"][0], 10_000_000)
        return ticks


class Import(Case):
    def test_mapping_units_signs_and_gaps(self):
        path = self.file("\ufefftime;a;b;gyr\r\n0.00;1;-2.5;90\r\n0.01;;nan;1e400\r\n\r\n0.01;NA;3;-90\r\n")
        code, text = run("--map", "c7=-b,,a,gyr", "--time", "time", "--unit-acc", "g", "--unit-gyro", "deg/s", path,
                         self.out)
        self.assertEqual((code, text), (0, ""))
        events = read(self.out)
        source = [e for e in events if e["kind"] == "source"][0]
        self.assertEqual((source["site"], source["mask"], source["mount"]), ("c7", 13, [1, 0, 0, 0, 1, 0, 0, 0, 1]))
        self.assertAlmostEqual(source["scale"][0], 9.80665)
        self.assertAlmostEqual(source["scale"][3], math.pi / 180)
        blocks = [e for e in events if e["kind"] == "block"]
        self.assertEqual([s for b in blocks for s in b["stamp_ns"]], [0, 10_000_000, 10_000_000])
        self.assertEqual([v[:4] for b in blocks for v in b["value"]],
                         [[2.5, 0, 1, 90], [None, 0, None, None], [-3, 0, None, -90]])

    def test_rate_instead_of_time_and_no_header(self):
        rows = "".join(f"{i},0,9.81\n" for i in range(1000))
        code, text = run("--map", "sacrum=1,2,3", "--rate", "500", "-", self.out, stdin=rows.encode())
        self.assertEqual((code, text), (0, ""))
        events = read(self.out)
        blocks = [e for e in events if e["kind"] == "block"]
        self.assertEqual([s for b in blocks for s in b["stamp_ns"]], [i * 2_000_000 for i in range(1000)])
        self.assertEqual([v[0] for b in blocks for v in b["value"]], [float(i) for i in range(1000)])
        self.assertEqual(len(blocks), 200)
        self.assertEqual(self.check_log(events), [i * 100_000_000 for i in range(21)])

    def test_odd_times_do_not_make_floods_of_ticks(self):
        path = self.file("t_s,x\n0,1\n0.1,1\n3e9,1\n0.2,1\n-3e9,1\n0.3,1\n")
        self.assertEqual(run("--map", "c7=x", path, self.out), (0, ""))
        self.assertLess(sum(e["kind"] == "tick" for e in read(self.out)), 20)

    def test_bad_input(self):
        good = "t_s,x,y\n0,1,2\n1,3,4\n"
        cases = [
            ("t_s,x,y\n0,1,2\n1,abc,4\n", 66, ":3: column 'x': 'abc' is not a number"),
            ("t_s,x,y\n0,1,2\n1\n", 66, ":3: column 'x': the line ends before it"),
            ("t_s,x,y\n,1,2\n", 66, ":2: column 't_s': no time"),
            ("t_s,z,y\n0,1,2\n", 66, "no column 'x'; it has: t_s, z, y"),
            ("when,x,y\n0,1,2\n", 66, "no time column 't_s'"),
            ("", 66, "empty"),
            ("t_s,x,y\n", 66, "no rows"),
            ("t_s,x,y\n0,1,2\n" + "1" * (1 << 20) + "1\n", 66, "longer than 1 MiB"),
            ("t_s,x,y\n0,1\0,2\n", 66, ":2: not text"),
        ]
        for text, code, message in cases:
            got, said = run("--map", "c7=x,y", self.file(text), self.out)
            self.assertEqual(got, code, (text[:40], said))
            self.assertIn(message, said)
            self.assertFalse(os.path.exists(self.out), "a partial recording stays behind")
        path = self.file(good)
        self.assertIn("No such file", run("--map", "c7=x", path + "x", self.out)[1])
        self.assertIn("No such file", run("--map", "c7=x", path + ".xz", self.out)[1])
        whole = lzma.compress(("t_s,x,y\n" + "".join(f"{i},1,2\n" for i in range(9000))).encode())
        code, said = run("--map", "c7=x", self.file(whole[:-40], "cut.csv.xz"), self.out)
        self.assertEqual(code, 66)
        self.assertIn("xz could not decompress", said)
        self.assertEqual(run("--map", "c7=x", self.file(b"no xz at all", "no.csv.xz"), self.out)[0], 66)
        code, said = run("--map", "c7=x", path, "/nonexistent/out.xdf")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent/out.xdf", said)
        self.assertEqual(run("--map", "c7=x", path, "/dev/full")[0], 1)

    def test_usage(self):
        path = self.file("t_s,x\n0,1\n")
        for args in ([], [path], [path, self.out], ["--map", "knee=x", path, self.out], ["--from", "nothing", path, self.out],
                     ["--map", "c7", path, self.out], ["--map", "c7=", path, self.out], ["--bad", path, self.out],
                     ["--map", "c7=x,x,x,x,x,x,x", path, self.out], ["--map", "c7=x", "--rate", "0", path, self.out],
                     ["--map", "c7=x", "--map", "c7=x", path, self.out],
                     ["--map", "c7=x", "--unit-acc", "furlong", path, self.out]):
            code, said = run(*args)
            self.assertEqual(code, 64, args)
            self.assertTrue(said.strip(), args)
        self.assertEqual(run("--help"), (0, ""))


class ReferenceData(Case):
    def test_reference_data(self):
        for preset, (pattern, sites) in PRESETS.items():
            files = sorted(glob.glob(os.path.join(DATA, preset, pattern)))
            self.assertTrue(files, preset)
            with self.subTest(preset=preset):
                self.compare(preset, files[0], sites)

    def compare(self, preset, path, sites):
        code, text = run("--from", preset, path, self.out)
        self.assertEqual((code, text), (0, ""))
        events = read(self.out)
        self.check_log(events)
        sources = {e["site"]: e["source"] for e in events if e["kind"] == "source"}
        self.assertEqual(set(sources), set(sites))
        with lzma.open(path, "rt") as f:
            rows = list(csv.DictReader(f))
        stamps = [round(float(r["t_s"]) * 1e7) * 100 for r in rows]
        for site, columns in sites.items():
            if isinstance(columns, str):
                columns = [columns + c for c in ("ax", "ay", "az", "gx", "gy", "gz")]
                columns = [c if c in rows[0] else None for c in columns]
            blocks = [e for e in events if e["kind"] == "block" and e["source"] == sources[site]]
            self.assertEqual([s for b in blocks for s in b["stamp_ns"]], stamps)
            got = [v for b in blocks for v in b["value"]]
            for c, column in enumerate(columns):
                if column is None:
                    continue
                sign = -1 if column[0] == "-" else 1
                want = [number(r[column.lstrip("-")]) for r in rows]
                want = [None if w is None else sign * w for w in want]
                self.assertEqual([g[c] for g in got], want, (site, column))


if __name__ == "__main__":
    if "ReferenceData" in sys.argv and not os.path.isdir(DATA):
        print(f"skipped: no reference data in '{DATA}'")
        sys.exit(77)
    unittest.main(verbosity=1)
