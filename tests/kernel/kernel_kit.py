# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of the kernel test share: the files that the guest left, the recording as arrays, the truth of what
was fed on the guest's clock."""

import os
import re
import struct
import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
from poise_rig import Schemas, check_balance, parse, read_lines  # noqa: E402,F401

OUT = Path(os.environ["POISE_KERNEL_OUT"])
SCHEMAS = Schemas()
MOST_MISSED = 30  # ticks per device and run: the emulated single core is late once in a boot, by 16
SETTLED_S = 0.5  # enabling buffers one after another may cost the first device some ms


def figure(name, value, unit=""):
    print(f"figure kernel {name}: {value} {unit}".rstrip())


def setting(name):
    return re.search(rf"^{name}='(.*)'$", (OUT / "setup").read_text(), re.M)[1]


SITES = setting("SITES").split()
STUCK = "its values stand still"  # of registers that nobody writes


def text(name):
    return (OUT / name).read_text()


def answer(name):
    return parse(text(name))


def log_of(scenario):
    """What poised said; libiio's own remarks left out."""
    return "\n".join(line for line in text(f"{scenario}.log").splitlines() if line.startswith("poised: "))


class Scenario(unittest.TestCase):
    """Tests of what one scenario left; skipped when it was not asked for."""
    name = ""

    @classmethod
    def setUpClass(cls):
        if cls.name not in setting("SCENARIOS").split():
            raise unittest.SkipTest(f"scenario {cls.name} was not run")
        cls.lines = read_lines(OUT / f"{cls.name}.jsonl")
        cls.log = log_of(cls.name)

    @classmethod
    def of(cls, stream):
        return [line for line in cls.lines if line["stream"] == stream]

    def status(self, when):
        status = answer(f"{self.name}.{when}.json")
        SCHEMAS.check(status)
        return status

    def check_end(self):
        self.assertEqual(int(text(f"{self.name}.exit")), 0, text(f"{self.name}.log")[-3000:])
        self.assertNotIn("alloc_guard", text(f"{self.name}.log"))
        self.assertIn("poised: ended", self.log)

    def check_lines(self, lines):
        for line in lines:
            SCHEMAS.check(line)
        for line in lines:
            if line["stream"] == "status":
                check_balance(self, line["counters"])


def _number(data, at):
    size = data[at]
    return int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size


class Stream:
    """An IMU stream: stamps [n] in s, counts [n × 6], what they mean in SI, the stated mount [3 × 3]."""

    def __init__(self, header):
        self.site = re.search("<site>(.*?)</site>", header)[1]
        self.device = re.search("<device>(.*?)</device>", header)[1]
        self.scale = np.array([float(word) for word in re.findall("<scale>(.*?)</scale>", header)])
        mount = re.search("<mount>(.*?)</mount>", header)[1]
        self.mount = np.array([float(word) for word in mount.split()]).reshape(3, 3)
        self.rows = []

    def finish(self):
        rows = np.frombuffer(b"".join(self.rows), np.dtype([("size", "u1"), ("stamp", "<f8"), ("counts", "<i2", 6)]))
        assert (rows["size"] == 8).all(), "a sample without a stamp"
        self.stamp, self.counts = rows["stamp"].copy(), rows["counts"].astype(float)
        self.si = self.counts * self.scale
        return self


def imu_streams(path):
    """{site: Stream} of the 16-bit IMU streams of a recording, by a reader of its own."""
    data, at, streams = Path(path).read_bytes(), 4, {}
    while at < len(data):
        length, start = _number(data, at)
        tag, = struct.unpack_from("<H", data, start)
        number = data[start + 2:start + 6]
        if tag == 2:
            header = data[start + 6:start + length].decode()
            if "<type>IMU<" in header:
                assert "<channel_format>int16<" in header and "<channel_count>6<" in header, header
                streams[number] = Stream(header)
        elif tag == 3 and number in streams:
            _, place = _number(data, start + 6)
            streams[number].rows.append(data[place:start + length])
        at = start + length
    found = {stream.site: stream.finish() for stream in streams.values()}
    assert len(found) == len(streams), "two streams of one site"
    return found


class Truth:
    """The simulator's truth on the guest's clock: instant t_s of what the daemon published."""

    def __init__(self, player):
        self.shift_s = player["start_s"] - player["recording_s"]
        records = read_lines(OUT / "truth.jsonl")
        self.rows = [record for record in records if "event" not in record]
        self.contacts = np.array([record["mono_s"] for record in records
                                  if record.get("event") == "contact"]) + self.shift_s
        self.t_s = np.array([row["mono_s"] for row in self.rows]) + self.shift_s

    def at(self, times, *path):
        values = []
        for row in self.rows:
            for key in path:
                row = row[key]
            values.append(np.nan if row is None else row)
        return np.interp(times, self.t_s, np.array(values, float))

    def begins(self, phase):
        return next(row["mono_s"] for row in self.rows if row["phase"] == phase) + self.shift_s
