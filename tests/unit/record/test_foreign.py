# SPDX-License-Identifier: GPL-3.0-or-later
"""Other people's XDF files through log_reader: recognised, on one clock, in order; or refused with what was found."""
import errno
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest

import xdf_maker as x

DUMP = os.path.join(os.environ["POISE_BIN_DIR"], "dump_log")
ACC = [("acc_x", "m/s^2"), ("acc_y", "m/s^2"), ("acc_z", "m/s^2")]
IMU = ACC + [("gyro_x", "rad/s"), ("gyro_y", "rad/s"), ("gyro_z", "rad/s")]
UNKNOWN_UTC = -(1 << 63)


def dump(data, *args, pipe=False):
    """(events, warning) or (exit code, error text)."""
    with tempfile.NamedTemporaryFile(suffix=".xdf") as file:
        file.write(data)
        file.flush()
        done = subprocess.run([DUMP, *args, "-" if pipe else file.name], input=data if pipe else None,
                              capture_output=True, timeout=120)
    if done.returncode:
        return done.returncode, done.stderr.decode()
    events = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert events[-1]["kind"] == "end" and events[-1]["rc"] == 0, events[-1]
    return events[:-1], events[-1]["warning"]


def of_kind(events, kind):
    return [e for e in events if e["kind"] == kind]


def stamps(events, source):
    return [s for e in of_kind(events, "block") if e["source"] == source for s in e["stamp_ns"]]


def values(events, source):
    return [v for e in of_kind(events, "block") if e["source"] == source for v in e["value"]]


def rows(t0, rate, n, width):
    return [(t0 + i / rate, [float(i)] * width) for i in range(n)]


class Foreign(unittest.TestCase):
    def check_shape(self, events):
        """What holds for every imported log."""
        self.assertEqual(events[0]["kind"], "settings")
        blocks = of_kind(events, "block")
        for block in blocks:
            self.assertTrue(1 <= len(block["stamp_ns"]) <= 64)
        ticks = [t["mono_ns"] for t in of_kind(events, "tick")]
        self.assertTrue(all(t % 100_000_000 == 0 for t in ticks))
        return blocks, ticks

    def test_two_streams_on_one_clock(self):
        # Stream 2's clock is 1000 s behind and runs 50 ppm slow; offsets are collected every 5 s with 1 ms of noise.
        rng = random.Random(3)
        n = 3000
        a = rows(1000.0, 100, n, 3)
        slow = lambda t: (t - 1000.0) * (1 - 50e-6)
        b = [(slow(1000.002 + i / 250), [float(i)] * 6) for i in range(int(n * 2.5))]
        data = x.file_header("<datetime>2026-11-21T11:00:00+0100</datetime>")
        data += x.stream_header(7, "sacrum", "ACC", [("accX", "g"), ("accY", "g"), ("accZ", "g")], 100, "float32")
        data += x.stream_header(9, "Xsens foot-left", "IMU", [(l, "deg/s" if l[0] == "g" else "") for l in
                                ("ax", "ay", "az", "gx", "gy", "gz")], 250, "int16")
        for second in range(30):
            data += x.samples(7, "float32", a[second * 100:second * 100 + 100])
            data += x.samples(9, "int16", [(t, [int(v) for v in vs]) for t, vs in b[second * 250:second * 250 + 250]])
            if second % 5 == 0:
                real = 1000.0 + second
                data += x.clock_offset(7, real, 0.0)
                data += x.clock_offset(9, slow(real), real - slow(real) + rng.gauss(0, 1e-4))
                data += x.boundary()
        for pipe in (False, True):
            events, warning = dump(data, pipe=pipe)
            self.assertEqual(warning, "")
            blocks, ticks = self.check_shape(events)
            sources = of_kind(events, "source")
            self.assertEqual([s["site"] for s in sources], ["sacrum", "foot_left"])
            self.assertEqual([s["mask"] for s in sources], [7, 63])
            self.assertEqual([s["chip"] for s in sources], ["", ""])  # each its own clock
            self.assertAlmostEqual(sources[0]["scale"][0], 9.80665)
            self.assertAlmostEqual(sources[1]["scale"][0], 1.0)
            self.assertAlmostEqual(sources[1]["scale"][3], math.pi / 180)
            self.assertEqual(len(stamps(events, 0)), n)
            self.assertEqual([v[0] for v in values(events, 1)], [float(i) for i in range(len(b))])
            got = stamps(events, 1)
            worst = max(abs(s - (1000.002 + i / 250) * 1e9) for i, s in enumerate(got))
            self.assertLess(worst, 0.5e6)
            begins = [e["stamp_ns"][0] for e in blocks]
            self.assertTrue(all(later > earlier - 10_000_000 for earlier, later in zip(begins, begins[1:])))
            self.assertTrue(all(e["stamp_ns"][-1] - e["stamp_ns"][0] < 10_000_000 for e in blocks))
            self.assertEqual(ticks, [1000_000_000_000 + i * 100_000_000 for i in range(len(ticks))])
            self.assertIn(len(ticks), (301, 302))
            self.assertEqual(of_kind(events, "tick")[0]["utc_ns"], 1795255200 * 10**9)

    def test_without_stamps_nominal_rate(self):
        data = x.file_header() + x.stream_header(1, "x", "IMU", IMU, 50, "double64", "<site>t12</site><chip>BMI160</chip>")
        data += x.samples(1, "double64", [(5.0, [0.5] * 6)] + [(None, [float("nan")] * 6)] * 9)
        data += x.samples(1, "double64", [(None, [1.0] * 6)] * 5)
        events, warning = dump(data)
        self.assertEqual(warning, "")
        self.assertEqual(of_kind(events, "source")[0]["chip"], "")  # a model is no common oscillator
        self.assertEqual(stamps(events, 0), [5_000_000_000 + i * 20_000_000 for i in range(15)])
        self.assertEqual(values(events, 0)[1], [None] * 6)
        self.assertTrue(all(t["utc_ns"] == UNKNOWN_UTC for t in of_kind(events, "tick")))

    def test_one_huge_chunk_per_stream(self):
        # Not interleaved at all, as converters write: the cursors must bring it together.
        n = 20000
        data = x.file_header()
        for sid, site in ((1, "c7"), (2, "t12"), (3, "head")):
            data += x.stream_header(sid, site, "IMU", IMU, 1000, "int32")
        for sid in (1, 2, 3):
            data += x.samples(sid, "int32", [(10 + i / 1000, [i] * 6) for i in range(n)], size=8)
        events, warning = dump(data)
        blocks, ticks = self.check_shape(events)
        begins = [e["stamp_ns"][0] for e in blocks]
        self.assertEqual(begins, sorted(begins))
        self.assertTrue(all(len(stamps(events, s)) == n for s in range(3)))
        self.assertEqual(len(ticks), 201)

    def test_wild_stamps(self):
        good = rows(100.0, 100, 500, 3)
        for i in (50, 120):
            good[i] = (1e9 + i, good[i][1])  # a single stamp decades ahead
        good[200] = (float("nan"), good[200][1])
        good[210] = (float("inf"), good[210][1])
        good[220] = (-3e9, good[220][1])
        good[300] = (good[299][0] - 0.02, good[300][1])  # one step backwards
        jump = [(2e9 + i / 100, [0.0] * 3) for i in range(100)]  # and then the clock is set
        back = [(50 + i / 100, [0.0] * 3) for i in range(100)]
        data = x.file_header() + x.stream_header(1, "c7", "Accelerometer", ACC, 100, "float32")
        data += x.stream_header(2, "sternum", "IMU", IMU, 100, "float32")
        data += x.samples(1, "float32", good + jump + back)
        data += x.samples(2, "float32", rows(100.0, 100, 500, 6))
        events, warning = dump(data)
        self.check_shape(events)
        self.assertEqual(len(stamps(events, 0)), 700)
        ticks = of_kind(events, "tick")
        self.assertLess(len(ticks), 80)
        # The wild samples did not hold their stream back: at the middle both streams are equally far.
        middle = [i for i, e in enumerate(events) if e["kind"] == "tick" and e["mono_ns"] == 103_000_000_000][0]
        self.assertLess(abs(len(stamps(events[:middle], 0)) - len(stamps(events[:middle], 1))), 5)
        alternating = [(i * 1e5 * (-1) ** i, [0.0] * 3) for i in range(2000)]
        data = x.file_header() + x.stream_header(1, "c7", "ACC", ACC, 100, "float32")
        events, warning = dump(data + x.samples(1, "float32", alternating))
        self.assertEqual(len(stamps(events, 0)), 2000)
        self.assertLess(len(of_kind(events, "tick")), 2010)

    def test_refused_with_what_was_found(self):
        data = x.file_header() + x.stream_header(1, "Cap", "EEG", [(f"C{i}", "uV") for i in range(8)], 250, "float32")
        data += x.samples(1, "float32", rows(0, 250, 10, 8))
        data += x.stream_header(2, "Marks", "Markers", None, 0, "string", count=1)
        data += x.samples(2, "string", [(0.1, ["hallo"])])
        code, text = dump(data)
        self.assertEqual(code, errno.ENODATA)
        self.assertIn("'Cap' type EEG 8 channels", text)
        self.assertIn("'Marks' type Markers 1 channels", text)
        data += x.stream_header(3, "Movella 12", "IMU", IMU, 100, "float32") + x.samples(3, "float32", rows(0, 100, 10, 6))
        code, text = dump(data)
        self.assertEqual(code, errno.ENODATA)
        self.assertIn("import.map", text)
        events, warning = dump(data, "--map", "Movella 12=wrist_left")
        self.assertEqual(of_kind(events, "source")[0]["site"], "wrist_left")
        self.assertIn("'Cap' type EEG", warning)

    def test_halves_doubles_and_no_labels(self):
        data = x.file_header()
        data += x.stream_header(1, "c7_acc", "ACC", None, 100, "float32", count=3)
        data += x.stream_header(2, "c7_gyro", "GYRO", [("X", "dps"), ("Y", "dps"), ("Z", "dps")], 100, "float32")
        data += x.stream_header(3, "c7 again", "IMU", IMU, 100, "float32")
        data += x.stream_header(4, "head", "IMU", [("FreeAcc_X", ""), ("gyr_z", "furlong")], 100, "float32")
        for sid, width in ((1, 3), (2, 3), (3, 6), (4, 2)):
            data += x.samples(sid, "float32", rows(1, 100, 20, width))
        events, warning = dump(data)
        self.assertEqual([(s["site"], s["mask"]) for s in of_kind(events, "source")],
                         [("c7", 7), ("c7", 56), ("head", 32)])
        self.assertIn("c7 has another stream already", warning)
        self.assertIn("taken as SI", warning)

    def test_random_bytes(self):
        rng = random.Random(5)
        for size in (0, 1, 3, 4, 100, 70000):
            code, text = dump(rng.randbytes(size))
            self.assertEqual(code, errno.EBADMSG)
            self.assertIn("not an XDF recording", text)
        code, text = dump(b"XDF:" + rng.randbytes(5000))
        self.assertEqual(code, errno.EBADMSG)
        code, text = dump(b"XDF:")
        self.assertEqual(code, errno.ENODATA)

    def test_damage_is_passed_at_the_boundary(self):
        head = x.file_header() + x.stream_header(1, "c7", "IMU", IMU, 100, "float32")
        parts = [x.samples(1, "float32", rows(10 + i, 100, 100, 6)) + x.boundary() for i in range(6)]
        for at, what in ((0, b"\x07"), (1, b"\xff\xff\xff"), (5, b"\x09"), (7, b"\x02"), (11, b"\xee\xee")):
            broken = list(parts)
            broken[2] = parts[2][:at] + what + parts[2][at + len(what):]
            events, warning = dump(head + b"".join(broken))
            kept = stamps(events, 0)
            whole = [int(round((10 + i + k / 100) * 1e9)) for i in (0, 1, 3, 4, 5) for k in range(100)]
            self.assertTrue(set(whole) <= set(kept), (at, len(kept), warning))
            # A sound chunk of another kind or stream is all that is seen when its tag or its stream is damaged.
            self.assertIn("no known kind or stream" if at in (5, 7) else "damaged", warning)
        cut = head + b"".join(parts)[:-150]
        events, warning = dump(cut)
        self.assertIn("cut short", warning)
        self.assertGreaterEqual(len(stamps(events, 0)), 500)

    def test_a_mount_that_is_no_rotation_is_none(self):
        turned, none = [0, 1, 0, -1, 0, 0, 0, 0, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]
        for text, wanted in (("0 1 0 -1 0 0 0 0 1", turned), ("nan 0 0 0 1 0 0 0 1", none), ("1 0 0 0 inf 0 0 0 1", none),
                             ("1e200 0 0 0 1 0 0 0 1", none), ("0 1 0 -1 0 0 0 0", none), ("0 1 0 -1 0 0 0 0 1 0", none)):
            with self.subTest(mount=text):
                data = x.file_header() + x.stream_header(2, "c7", "IMU", IMU, 100, "float32", f"<mount>{text}</mount>")
                events, _ = dump(data + x.samples(2, "float32", rows(0, 100, 30, 6)))
                self.assertEqual(of_kind(events, "source")[0]["mount"], wanted)

    def test_hostile_headers(self):
        bomb = ("<?xml version='1.0'?><!DOCTYPE info [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>"
                "<info><name>&b;</name><type>IMU</type><channel_count>6</channel_count>"
                "<channel_format>float32</channel_format></info>").encode()
        data = x.file_header() + x.chunk(2, b"\x01\0\0\0" + bomb)
        for count, fmt in ((10**9, "float32"), (-1, "float32"), (6, "float99"), ("", "int8")):
            data += x.stream_header(5, "head", "IMU", None, 100, fmt, count=count)
        data += x.samples(5, "float32", rows(0, 10, 3, 6))
        code, text = dump(data)
        self.assertEqual(code, errno.ENODATA, text)
        good = x.stream_header(2, "c7", "IMU", IMU, 100, "float32") + x.samples(2, "float32", rows(0, 10, 3, 6))
        events, warning = dump(data + good)
        self.assertEqual(len(stamps(events, 0)), 3)
        self.assertIn("unusable header", warning)


if __name__ == "__main__":
    unittest.main(verbosity=1)
