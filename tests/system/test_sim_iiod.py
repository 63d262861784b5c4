# SPDX-License-Identifier: GPL-3.0-or-later
"""poise-sim as other people's programs see it: libiio's own tools, iiod in front of it, raw sockets, signals."""

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

from poise_rig import EMULATED, PATIENCE_S, SITES, SOURCE, Rig, run

SAMPLE = struct.Struct("<6h4xq")  # gyro, accelerometer, pad, stamp
CHANNELS = ["anglvel_x", "anglvel_y", "anglvel_z", "accel_x", "accel_y", "accel_z", "timestamp"]


def tool(name, *arguments, uri=None):
    """A libiio tool's output as bytes."""
    command = [name, *(["-u", uri] if uri else []), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.decode()}")
    return done.stdout


def samples(data):
    return list(SAMPLE.iter_unpack(data))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Talk:
    """A connection that speaks the protocol by hand."""

    def __init__(self, address):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
        self.file = self.socket.makefile("rb")

    def say(self, text):
        self.socket.sendall(text.encode())

    def ask(self, text):
        self.say(text + "\r\n")
        return self.file.readline().decode().rstrip("\n")

    def close(self):
        self.file.close()
        self.socket.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.close)

    def sim(self, *arguments):
        sim = self.rig.start_sim(*arguments)
        self.uri = f"ip:{self.rig.sim_address}"
        return sim


class LibiioTools(Case):
    def test_iio_info_lists_a_device_per_site(self):
        self.sim("--sites", "pack," + ",".join(SITES))
        text = tool("iio_info", uri=self.uri).decode()
        self.assertNotRegex(text, r"(?i)error|no dtd")
        self.assertIn("IIO context has 13 devices", text)
        self.assertEqual(set(re.findall(r"bmi160 \(label: (\w+)\)", text)), {*SITES, "pack"})
        self.assertEqual(re.findall(r"^\t\t\t(\w+):  \(input, index: (\d)", text, re.M)[:7],
                         [(name, str(index)) for index, name in enumerate(CHANNELS)])
        self.assertEqual(text.count("format: le:S16/16>>0"), 6 * 13)

    def test_iio_attr_reads_and_writes(self):
        self.sim("--sites", "c7,sternum")

        def attr(*arguments):
            return tool("iio_attr", *arguments, uri=self.uri).decode()

        self.assertIn("realtime", attr("-d", "iio:device0", "current_timestamp_clock"))
        attr("-d", "iio:device0", "current_timestamp_clock", "monotonic")
        self.assertIn("monotonic", attr("-d", "iio:device0", "current_timestamp_clock"))
        self.assertIn("realtime", attr("-d", "iio:device1", "current_timestamp_clock"))
        attr("-c", "iio:device0", "accel_x", "sampling_frequency", "200")
        self.assertIn("200", attr("-c", "iio:device0", "anglvel_y", "sampling_frequency"))
        self.assertAlmostEqual(float(re.search(r"[\d.]+$", attr("-c", "iio:device1", "accel_z", "scale").strip())[0]),
                               16 * 9.80665 / 32768, places=5)
        self.assertIn("0.000598500 0.001197000 0.002394000 0.004788000",
                      attr("-c", "iio:device0", "accel_z", "scale_available"))
        attr("-c", "iio:device0", "accel_z", "scale", "0.001197000")
        self.assertIn("0.001197", attr("-c", "iio:device0", "accel_x", "scale"))
        self.assertIn("0.001065", attr("-c", "iio:device0", "anglvel_x", "scale"))
        attr("-B", "iio:device0", "watermark", "16")
        self.assertIn("16", attr("-B", "iio:device0", "watermark"))

    def test_iio_readdev_streams_in_real_time(self):
        self.sim("--sites", "c7,foot_left")
        for device in ("iio:device0", "iio:device1"):
            tool("iio_attr", "-d", device, "current_timestamp_clock", "monotonic", uri=self.uri)
        begun = time.monotonic_ns()
        read = samples(tool("iio_readdev", "-b", 10, "-s", 2000, "iio:device0", uri=self.uri))
        ended = time.monotonic_ns()
        self.assertEqual(len(read), 2000)
        stamps = [sample[-1] for sample in read]
        self.assertTrue(begun < stamps[0] < stamps[-1] < ended + 1_000_000, "stamps are the host's monotonic clock")
        period_ms = (stamps[-1] - stamps[0]) / 1999e6
        self.assertTrue(0.985 < period_ms < 1.015, period_ms)
        self.assertTrue(all(later > earlier for earlier, later in zip(stamps, stamps[1:])))
        force = sum(sum((0.004788 * count) ** 2 for count in sample[3:6]) ** 0.5 for sample in read) / len(read)
        self.assertAlmostEqual(force, 9.81, delta=0.3)
        # Fewer channels: what is left is packed to its own alignment.
        data = tool("iio_readdev", "-b", 10, "-s", 50, "iio:device1", "accel_y", "timestamp", uri=self.uri)
        self.assertEqual(len(data), 50 * 16)

    def test_one_buffer_per_device(self):
        self.sim("--sites", "c7")
        first = Talk(self.rig.sim_address)
        self.addCleanup(first.close)
        self.assertEqual(first.ask("OPEN iio:device0 10 0000007f"), "0")
        second = Talk(self.rig.sim_address)
        self.addCleanup(second.close)
        self.assertEqual(second.ask("OPEN iio:device0 10 0000007f"), "-16")
        first.say("READBUF iio:device0 2400\r\n")
        first.close()  # in the middle of a read
        deadline = time.monotonic() + PATIENCE_S
        while second.ask("OPEN iio:device0 10 0000007f") != "0":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_iiod_in_front(self):
        program = shutil.which("iiod") or shutil.which("iiod", path="/usr/sbin")
        if not program:
            self.skipTest("no iiod")
        self.sim("--sites", "c7,t12")
        port = free_port()
        with (self.rig.folder / "iiod.log").open("wb") as log:
            iiod = subprocess.Popen([program, "-u", self.uri, "-p", str(port)], stdout=log, stderr=log)
        try:
            front, deadline = f"ip:127.0.0.1:{port}", time.monotonic() + PATIENCE_S
            while True:
                try:
                    text = tool("iio_info", uri=front).decode()
                    break
                except AssertionError:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.2)
            self.assertIn("label: t12", text)
            read = samples(tool("iio_readdev", "-b", 20, "-s", 500, "iio:device1", uri=front))
            self.assertEqual(len(read), 500)
            steps = [b[-1] - a[-1] for a, b in zip(read, read[1:])]
            self.assertGreater(min(steps), 0)
            if not EMULATED:  # there a reader may fall behind what the kernel's buffers hold
                self.assertLess(max(steps), 3_000_000)
        finally:
            iiod.kill()  # asked politely, it waits a minute for Avahi
            iiod.wait(PATIENCE_S)


class Behaviour(Case):
    def test_truth_lines_up_with_the_stamps(self):
        truth = self.rig.folder / "truth.jsonl"
        sim = self.sim("--sites", "c7", "--truth", truth)
        tool("iio_attr", "-d", "iio:device0", "current_timestamp_clock", "monotonic", uri=self.uri)
        read = samples(tool("iio_readdev", "-b", 10, "-s", 1000, "iio:device0", uri=self.uri))
        self.assertEqual(sim.stop(), 0)
        lines = [json.loads(line) for line in truth.read_text().splitlines()]
        rows = [line for line in lines if "event" not in line]
        self.assertGreaterEqual(len(rows), 19)
        self.assertEqual([row["t_s"] for row in rows[:3]], [0, 0.05, 0.1])
        start = rows[0]["mono_s"]
        self.assertTrue(0 <= read[0][-1] * 1e-9 - start < 0.5)
        self.assertTrue(all(abs(row["mono_s"] - start - row["t_s"]) < 1e-5 for row in rows))
        self.assertEqual(lines[0]["event"], "inspiration")

    def test_a_slow_reader_finds_a_gap(self):
        self.sim("--sites", "c7")
        talk = Talk(self.rig.sim_address)
        self.addCleanup(talk.close)
        self.assertEqual(talk.ask("OPEN iio:device0 10 00000040"), "0")
        time.sleep(0.5)

        def stamps(n):
            read = []
            self.assertEqual(talk.ask(f"READBUF iio:device0 {8 * n}"), str(8 * min(n, 10)))
            self.assertEqual(talk.file.readline(), b"00000040\n")
            while True:
                read += struct.unpack("<10q", talk.file.read(80))
                if len(read) == n:
                    return read
                self.assertEqual(talk.file.readline(), b"80\n")

        read = stamps(60)
        steps = [later - earlier for earlier, later in zip(read, read[1:])]
        self.assertLess(max(steps[:39]), 2_000_000)  # four buffers of ten were kept
        self.assertGreater(max(steps[39:]), 300_000_000)  # what came later was lost

    def test_unplugged_devices_go_and_come_back(self):
        self.sim("--sites", "c7,t12", "--fault", "unplug:c7@1+1")
        talk, control = Talk(self.rig.sim_address), Talk(self.rig.sim_address)
        self.addCleanup(talk.close)
        self.addCleanup(control.close)
        self.assertEqual(talk.ask("OPEN iio:device0 10 00000040"), "0")
        answer = talk.ask("READBUF iio:device0 16000")
        while answer != "-19":
            self.assertRegex(answer, r"^([1-9]\d*|0{6}40)$")
            if answer != "00000040":
                first = talk.file.peek(9)[:9] == b"00000040\n"
                talk.file.read(int(answer) + (9 if first else 0))
            answer = talk.file.readline().decode().rstrip("\n")
        self.assertNotIn("label: c7", tool("iio_info", uri=self.uri).decode())
        self.assertEqual(control.ask("READ iio:device0 current_timestamp_clock"), "-19")
        talk.close()
        deadline = time.monotonic() + PATIENCE_S
        while control.ask("OPEN iio:device0 10 00000040") != "0":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_writing_is_deterministic_and_replays_the_same_samples(self):
        first, again, other = (self.rig.folder / name for name in ("a.xdf", "b.xdf", "c.xdf"))
        options = ["--sites", "c7,foot_right", "--seconds", "20", "--stretch", "0.2"]
        for path, seed in ((first, 5), (again, 5), (other, 6)):
            done = run("poise-sim", *options, "--seed", seed, "--write", path)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(first.read_bytes(), again.read_bytes())
        self.assertNotEqual(first.read_bytes(), other.read_bytes())
        piped = subprocess.run([str(self.rig_bin()), *options, "--seed", "5", "--write", "-"], capture_output=True,
                               check=True, timeout=PATIENCE_S)
        self.assertEqual(piped.stdout, first.read_bytes())

        self.sim(*options, "--seed", "5", "--pace", "fast")
        direct = [samples(tool("iio_readdev", "-b", 100, "-s", 15000, device, uri=self.uri))
                  for device in ("iio:device0", "iio:device1")]
        self.sim("--replay", first, "--pace", "fast")
        for device, expected in zip(("iio:device0", "iio:device1"), direct):
            replayed = samples(tool("iio_readdev", "-b", 100, "-s", 15000, device, uri=self.uri))
            self.assertEqual([sample[:6] for sample in replayed], [sample[:6] for sample in expected])
            for a, b in zip(replayed[1:], expected[1:]):
                self.assertLess(abs((a[-1] - replayed[0][-1]) - (b[-1] - expected[0][-1])), 200)  # the log's 100 ns
        self.assertIn("label: foot_right", tool("iio_info", uri=self.uri).decode())

    def test_faults_are_the_same_over_the_network_and_in_a_file(self):
        scenario = self.rig.write("split.yaml", "version: 1\nsites: [c7, t12]\nsplit: [t12]\nphases:\n"
                                                "  - {kind: stand, duration_s: 2}\n  - {kind: walk, duration_s: 10}\n")
        faults = ["slip:c7@1+0.5=-20", "drop:all@0+9=5", "burst:c7@2+0.2", "step:t12@3+1=-30", "gap:t12@5+0.5",
                  "freeze:c7@6+0.5"]
        options = ["--scenario", scenario, "--seed", "5", *(word for fault in faults for word in ("--fault", fault))]
        recording, truth = self.rig.folder / "faults.xdf", self.rig.folder / "truth.jsonl"
        done = run("poise-sim", *options, "--write", recording, "--truth", truth)
        self.assertEqual(done.returncode, 0, done.stderr)

        def told():
            return [json.loads(line) for line in truth.read_text().splitlines() if '"event"' in line]

        written = [line for line in told() if line["event"] == "samples"]
        self.assertEqual([(line["site"], line["device"]) for line in written],
                         [("c7", "bmi160"), ("t12", "lsm6dso_accel"), ("t12", "lsm6dso_gyro")])
        # SITE all is every worn site.
        self.assertEqual([(line["kind"], line["site"]) for line in told() if line["event"] == "fault"],
                         [(fault.split(":")[0], site) for fault in faults
                          for site in ("c7", "t12") if site in fault or "all" in fault])
        for line in written:
            self.assertAlmostEqual(line["delivered"] + line["dropped"] + line["in_gaps"], 12000, delta=130)
            self.assertAlmostEqual(line["dropped"], 450, delta=90)
            self.assertRegex(done.stderr, rf'{line["device"]}\): {line["delivered"]} samples delivered, '
                                          rf'{line["in_gaps"]} left out in gaps, {line["dropped"]} dropped')
        self.assertAlmostEqual(written[0]["burst"], 190, delta=20)
        self.assertAlmostEqual(written[1]["stepped"], 950, delta=40)
        self.assertAlmostEqual(written[2]["in_gaps"], 500, delta=6)

        n = min(line["delivered"] for line in written) // 100 * 100 - 100
        sim = self.sim(*options, "--pace", "fast", "--truth", truth)
        direct = [tool("iio_readdev", "-b", 100, "-s", n, f"iio:device{i}", uri=self.uri) for i in range(3)]
        self.assertEqual(sim.stop(), 0)
        self.assertIn(" dropped, ", sim.log)
        self.assertEqual([line["device"] for line in told() if line["event"] == "samples"],
                         [line["device"] for line in written])
        self.sim("--replay", recording, "--pace", "fast")
        layouts = [SAMPLE, struct.Struct("<3h2xq"), struct.Struct("<3h2xq")]
        for i, (layout, data) in enumerate(zip(layouts, direct)):
            first = list(layout.iter_unpack(data))
            again = list(layout.iter_unpack(tool("iio_readdev", "-b", 100, "-s", n, f"iio:device{i}", uri=self.uri)))
            self.assertEqual([sample[:-1] for sample in again], [sample[:-1] for sample in first])
            for a, b in zip(again, first):
                self.assertLess(abs((a[-1] - again[0][-1]) - (b[-1] - first[0][-1])), 200)

    def test_a_burst_is_waited_for(self):
        self.sim("--sites", "c7", "--fault", "burst:c7@0.5+0.5")
        tool("iio_attr", "-d", "iio:device0", "current_timestamp_clock", "monotonic", uri=self.uri)
        read = samples(tool("iio_readdev", "-b", 1000, "-s", 2000, "iio:device0", uri=self.uri))
        stamps = [sample[-1] for sample in read]
        ends = {stamp for stamp in stamps if stamps.count(stamp) > 1}
        self.assertEqual(len(ends), 1)
        self.assertAlmostEqual(stamps.count(ends.pop()), 500, delta=6)

    @staticmethod
    def rig_bin():
        return os.path.join(os.environ["POISE_BIN_DIR"], "poise-sim")

    def test_it_ends_by_itself_after_its_seconds(self):
        sim = self.sim("--sites", "c7", "--seconds", "1")
        tool("iio_readdev", "-b", 10, "-s", 500, "iio:device0", uri=self.uri)
        self.assertEqual(sim.popen.wait(PATIENCE_S), 0)

    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            sim = self.sim("--sites", "c7")
            talk = Talk(self.rig.sim_address)
            talk.ask("OPEN iio:device0 10 0000007f")
            talk.say("READBUF iio:device0 24000000\r\n")
            talk.file.readline()
            self.assertEqual(sim.stop(number), 0)
            talk.close()

    def test_garbage_harms_nobody(self):
        sim = self.sim("--sites", "c7")
        for data in (b"\0" * 5000, b"A" * 100000, os.urandom(5000), b"WRITE iio:device0 a 10\r\n", b"READ\r\n" * 1000):
            with socket.create_connection(tuple(self.rig.sim_address.split(":"))) as client:
                try:
                    client.sendall(data)
                except OSError:
                    pass  # it may have hung up already
        self.assertIn("label: c7", tool("iio_info", uri=self.uri).decode())
        self.assertIsNone(sim.popen.poll())


class Usage(Case):
    def test_exit_codes(self):
        scenario = self.rig.write("wrong.yaml", "version: 1\nphases:\n  - {kind: run, duration_s: fast}\n")
        garbage = self.rig.write("garbage.xdf", os.urandom(300))
        for code, says, arguments in (
                (0, "usage: poise-sim", ["--help"]),
                (0, r"poise-sim \d", ["--version"]),
                (64, "--help", ["--nonsense"]),
                (64, "extra", ["extra"]),
                (64, "--port 70000", ["--port", "70000"]),
                (64, "--port 1x", ["--port", "1x"]),
                (64, "--fault gap:c7", ["--fault", "gap:c7"]),
                (64, "degrees from -90 to 90", ["--fault", "slip:c7@1+1"]),
                (64, "recording", ["--replay", garbage, "--fault", "slip:c7@1+1=5"]),
                (64, "--sites c7,c7", ["--sites", "c7,c7"]),
                (64, "loopback", ["--bind", "0.0.0.0", "--port", "0"]),
                (64, "exclude", ["--scenario", scenario, "--replay", garbage]),
                (66, "absent.yaml", ["--scenario", self.rig.folder / "absent.yaml"]),
                (66, "garbage.xdf", ["--replay", garbage]),
                (66, "absent.xdf", ["--replay", self.rig.folder / "absent.xdf"]),
                (78, r"wrong\.yaml:3: duration_s: fast", ["--scenario", scenario]),
                (1, "--write", ["--write", self.rig.folder / "no" / "such.xdf", "--seconds", "1"])):
            with self.subTest(arguments=arguments):
                done = run("poise-sim", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertRegex(done.stdout + done.stderr, says)

    def test_a_taken_port_is_said(self):
        self.sim("--sites", "c7")
        done = run("poise-sim", "--port", self.rig.sim_address.split(":")[1])
        self.assertEqual(done.returncode, 1)
        self.assertIn("in use", done.stderr)

    def test_shipped_scenarios_run(self):
        for path in sorted((SOURCE / "config" / "scenarios").glob("*.yaml")):
            done = run("poise-sim", "--scenario", path, "--seconds", "2", "--sites", "c7", "--write", "/dev/null")
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    if not all(map(shutil.which, ("iio_info", "iio_attr", "iio_readdev"))):
        print("skipped: libiio-utils are not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
