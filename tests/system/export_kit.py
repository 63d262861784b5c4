# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of exports share: recordings made by the simulator and the daemon, one with published metrics, and
what another reader, Debian's libxdf, finds in them."""

import csv
import json
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np

from poise_rig import BIN, run

SCENARIO = """\
version: 1
sites: [c7, t12, sternum]
split: [c7]
phases:
  - {kind: stand, duration_s: 5}
  - {kind: walk, duration_s: 7}
"""
GAP = (6.0, 7.0)  # of t12, in seconds of the scenario
START_S = 1000.0  # scenario time 0 in what the simulator writes
HALVES = {"c7_acc": "c7_acc", "c7_gyro": "c7_gyro", "t12": "t12_imu", "sternum": "sternum_imu"}


def _chunk(tag, content):
    body = struct.pack("<H", tag) + content
    return b"\x08" + struct.pack("<Q", len(body)) + body


def add_metrics(recording, lines, to, stamp=lambda line: json.loads(line)["t_s"]):
    """The recording with a stream poise.metrics: every published line as one sample."""
    header = (b'<?xml version="1.0"?><info><name>poise.metrics</name><type>Metrics</type>'
              b"<channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
              b"<channel_format>string</channel_format></info>")
    out = bytearray(recording.read_bytes() + _chunk(2, struct.pack("<I", 900) + header))
    for line in lines:
        text = line.encode()
        sample = struct.pack("<Bd", 8, stamp(line)) + struct.pack("<BI", 4, len(text)) + text
        out += _chunk(3, struct.pack("<IBI", 900, 4, 1) + sample)
    to.write_bytes(out + _chunk(6, struct.pack("<I", 900) + b'<?xml version="1.0"?><info></info>'))
    return to


def simulate(folder, name="run.xdf", scenario=SCENARIO, options=("--fault", f"gap:t12@{GAP[0]:g}+{GAP[1] - GAP[0]:g}")):
    path = folder / name
    (folder / "scenario.yaml").write_text(scenario)
    done = run("poise-sim", "--quiet", "--scenario", folder / "scenario.yaml", "--write", path, *options)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return path


def published(recording):
    """What the daemon publishes of a recording, as lines."""
    emitted = recording.with_suffix(".jsonl")
    done = run("poised", "--replay", recording, "--emit", emitted)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return emitted.read_text().splitlines()


def libxdf(recording, folder):
    """name → (stamps, values in SI [n × channels], labels), and the event lines as (stamp, object); by libxdf."""
    folder.mkdir()
    done = run("dump_libxdf", recording, folder)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    streams = {}
    for path in folder.glob("*.channels"):
        channels = [line.split("\t") for line in path.read_text().splitlines()]
        rows = np.fromfile(path.with_suffix(".f64")).reshape(-1, len(channels) + 1)
        scale = np.array([float(channel[2]) for channel in channels])
        offset = np.array([float(channel[3]) for channel in channels])
        streams[path.stem] = (rows[:, 0], (rows[:, 1:] + offset) * scale, [channel[0] for channel in channels])
    events = [line.split("\t", 1) for line in (folder / "events.tsv").read_text().splitlines()]
    return streams, [(float(stamp), json.loads(text)) for stamp, text in events if text.startswith("{")]


def table(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


def numbers(path):
    """Header and values of a table of numbers; empty cells are NaN."""
    header, *rows = table(path)
    return header, np.array([[float(cell or "nan") for cell in row] for row in rows]).reshape(-1, len(header))


def export(recording, to, output, *options):
    return run("poisectl", "export", recording, "--to", to, "--output", output, *options)


def has_libxdf():
    return (BIN / "dump_libxdf").exists()


class ExportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poise-export-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def export(self, recording, to, name, *options, warns=False):
        output = self.folder / name
        done = export(recording, to, output, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        if not warns:
            self.assertEqual(done.stderr, "")
        self.check_clean()
        return output

    def check_clean(self):
        """Nothing of an export under way is left."""
        left = [str(path) for path in self.folder.rglob(".*")]
        self.assertEqual(left, [])
