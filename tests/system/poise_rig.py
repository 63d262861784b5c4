# SPDX-License-Identifier: GPL-3.0-or-later
"""What the system tests share: programs started in folders of their own and ended by their process, a subscriber that
validates, recordings of other programs."""

import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema
import zmq

BIN = Path(os.environ["POISE_BIN_DIR"])
SOURCE = Path(os.environ["POISE_SOURCE_DIR"])
SITES = ("head c7 t12 sacrum sternum abdomen shoulder_left shoulder_right wrist_left wrist_right foot_left "
         "foot_right").split()
# For anything that takes a moment on an idle machine; longer on an emulated one.
PATIENCE_S = 60 * int(os.environ.get("POISE_TEST_SCALE", 1))
# Under qemu's user mode (tools/arm64/test): threads, pages and the start of programs are then the emulator's, too.
EMULATED = "POISE_EMULATED" in os.environ
PATIENT_HWM, DEFAULT_HWM = 2000, 50  # publish.send_hwm


class Process:
    """A program with its output in files. `log` is standard error so far."""

    def __init__(self, folder, name, arguments, stdin=subprocess.DEVNULL):
        self.name, self.arguments = name, [str(argument) for argument in arguments]
        given = [next_one for one, next_one in zip(self.arguments, self.arguments[1:]) if one == "--emit"]
        self.emitted = Path(given[0]) if given else None
        self.out_path, self.log_path = folder / f"{name}.out", folder / f"{name}.log"
        with self.out_path.open("wb") as out, self.log_path.open("wb") as log:
            self.popen = subprocess.Popen(self.arguments, stdin=stdin, stdout=out, stderr=log)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    def wait_for(self, pattern, start=0):
        """The first match in standard error or output; `start` skips that much of standard error."""
        deadline = time.monotonic() + PATIENCE_S
        ended = False
        while not ended and time.monotonic() < deadline:
            ended = self.popen.poll() is not None  # asked first: its last words count
            found = re.search(pattern, self.log[start:]) or re.search(pattern, self.out)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.name} never said /{pattern}/ (exit {self.popen.poll()}):\n{self.log}{self.out[-2000:]}")

    def stop(self, number=signal.SIGTERM):
        """Signals, waits, gives the exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        try:
            return self.popen.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.name} did not end after {signal.Signals(number).name}:\n{self.log}") from None


def check_books(process, other_files=()):
    """A daemon that ran and ended well says where each sample went and how many objects it published; what it emitted
    are these, numbered without a hole. Asserted after every test."""
    log = process.log
    if "poised: ready" not in log or process.popen.returncode != 0:
        return
    balance = re.search(r"samples in (\d+) = used (\d+) \+ dropped (\d+) \+ invalid (\d+)", log)
    published = re.search(r"published (\d+) objects", log)
    assert balance and published, f"{process.name} ended without its balance:\n{log[-2000:]}"
    total, *parts = map(int, balance.groups())
    assert total == sum(parts), balance[0]
    path = process.emitted
    if path and path.is_file() and path not in other_files:
        numbers = {}
        for stream, seq in re.findall(r'"stream":"(\w+)".*?"seq":(\d+)', path.read_text()):
            assert int(seq) == numbers.get(stream, 0) + 1, f"{process.name}: hole in {stream} before {seq}"
            numbers[stream] = int(seq)
        assert sum(numbers.values()) == int(published[1]), f"{process.name}: {published[0]}, emitted {numbers}"


class Rig:
    """A temporary folder and the processes in it; all are ended on exit."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="poise-")
        self.folder = Path(self._folder.name)
        self.runtime, self.state = self.folder / "run", self.folder / "state"
        self.runtime.mkdir()
        self.state.mkdir()
        self.processes = []
        self.sim_address = self.endpoint = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.processes):
            if process.popen.poll() is None:
                process.popen.terminate()
                try:
                    process.popen.wait(10)
                except subprocess.TimeoutExpired:
                    process.popen.kill()
                    process.popen.wait()
        try:
            for process in self.processes:
                check_books(process, [other.emitted for other in self.processes if other is not process])
        finally:
            self._folder.cleanup()

    def start(self, program, *arguments, name=None, stdin=subprocess.DEVNULL):
        process = Process(self.folder, name or program, [BIN / program, *arguments], stdin)
        self.processes.append(process)
        return process

    def start_sim(self, *arguments):
        sim = self.start("poise-sim", "--port", "0", *arguments)
        self.sim_address = sim.wait_for(r"127\.0\.0\.1:[1-9]\d*")[0]
        return sim

    def poised_options(self, sites=SITES, sets=()):
        options = ["--runtime-dir", self.runtime, "--state-dir", self.state]
        for site in sites:
            options += ["--set", f"sites.{site}.uri=ip:{self.sim_address}"]
        # A queue that outlasts a machine standing still: what it lost would say nothing about the daemon. Tests of what
        # a subscriber may lose set the default again.
        for assignment in ("publish.tcp=127.0.0.1:0", f"publish.send_hwm={PATIENT_HWM}", *sets):
            options += ["--set", assignment]
        return options

    def start_poised(self, *arguments, sites=SITES, sets=(), config=None, name="poised"):
        config = config or self.write("poised.yaml", "version: 1\nrig: lab\n")
        poised = self.start("poised", "-c", config, *self.poised_options(sites, sets), *arguments, name=name)
        self.endpoint = poised.wait_for(r"tcp://127\.0\.0\.1:[1-9]\d*")[0]
        return poised

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def run(program, *arguments, stdin=None, timeout=PATIENCE_S * 4):
    """A program that ends by itself; `input` as bytes. Text comes back."""
    done = subprocess.run([str(BIN / program), *map(str, arguments)], input=stdin, capture_output=True, timeout=timeout,
                          check=False)
    done.stdout, done.stderr = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return done


def is_sanitized(program="poised"):
    """Built with a sanitizer, whose own memory says nothing about the program's."""
    return re.search(rb"__(asan|tsan)_init", (BIN / program).read_bytes()) is not None


class Schemas:
    """Validators by stream."""

    def __init__(self):
        self.validators = {}
        for path in (SOURCE / "config" / "schema").glob("*.json"):
            self.validators[path.stem] = jsonschema.Draft202012Validator(json.loads(path.read_text()))

    def check(self, message):
        self.validators[message["stream"]].validate(message)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def parse(text):
    return json.loads(text, parse_constant=refuse_constant)


def subscribe(endpoint, seconds, topics=("",), enough=None):
    """All (topic, object) of that many seconds, fewer when enough(messages) says so."""
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(endpoint)
    for topic in topics:
        socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
    messages, deadline = [], time.monotonic() + seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            if socket.poll(max(1, int(left * 1000))):
                topic, body = socket.recv_multipart()
                messages.append((topic.decode(), parse(body)))
                if enough and enough(messages):
                    break
    finally:
        socket.close()
        context.term()
    return messages


class Stalls:
    """Sleeps, and how long the machine itself let this program wait meanwhile: then the daemon waited too, and a burst
    after half a second loses messages by design."""

    def __init__(self):
        self.worst_s = 0

    def sleep(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            step, begin = min(left, 0.03), time.monotonic()
            time.sleep(step)
            self.worst_s = max(self.worst_s, time.monotonic() - begin - step)

    def excuse(self, tries_left):
        if self.worst_s > 0.3 and tries_left:
            print(f"the machine stood still for {self.worst_s:.1f} s: once more", flush=True)
            return True
        return False


def check_sequences(case, messages, first=None):
    """Each stream's seq rises by one and its boot stays; `first`: where seq begins."""
    last, boot = {}, set()
    for message in messages:
        stream = message["stream"]
        expected = last[stream] + 1 if stream in last else first or message["seq"]
        case.assertEqual(message["seq"], expected, f"hole in {stream}")
        last[stream] = message["seq"]
        boot.add(message["boot"])
    case.assertEqual(len(boot), 1)


def check_balance(case, counters):
    parts = {part: counters[f"samples_{part}"] for part in ("used", "dropped", "invalid", "held")}
    case.assertEqual(counters["samples_in"], sum(parts.values()), parts)


def read_lines(path):
    return [parse(line) for line in Path(path).read_text().splitlines()]


# What a replay cannot know: another start, and the host.
HOST_KEYS = ("boot", "latency_ms", "rt", "host", "recording", "overruns")


def check_replay(case, recording, lines, at_least):
    """The recording gives the emitted lines again, value for value. Returns what the replay emitted."""
    again = recording.with_suffix(".again.jsonl")
    done = run("poised", "--replay", recording, "--emit", again)
    case.assertEqual(done.returncode, 0, done.stderr)
    replayed = {(line["stream"], line["seq"]): line for line in read_lines(again)}
    live = [line for line in lines if line["stream"] != "meta"]
    for line in live:
        other = replayed[line["stream"], line["seq"]]
        for key, value in line.items():
            if key not in HOST_KEYS:
                case.assertEqual(other[key], value, f"{line['stream']} {line['seq']} {key}")
    case.assertEqual(len(replayed), len(live))
    case.assertGreater(len(live), at_least)
    return list(replayed.values())


def _xdf_chunk(tag, content):
    body = struct.pack("<H", tag) + content
    return b"\x04" + struct.pack("<I", len(body)) + body


def foreign_xdf(streams):
    """An XDF file as another program writes it. streams: (name, type, labels, unit, rate, [[sample…]…])."""
    out = b"XDF:" + _xdf_chunk(1, b"<?xml version=\"1.0\"?><info><version>1.0</version></info>")
    for number, (name, kind, labels, unit, rate, samples) in enumerate(streams, 1):
        channels = "".join(f"<channel><label>{label}</label><unit>{unit}</unit></channel>" for label in labels)
        header = (f"<?xml version=\"1.0\"?><info><name>{name}</name><type>{kind}</type>"
                  f"<channel_count>{len(labels)}</channel_count><nominal_srate>{rate}</nominal_srate>"
                  f"<channel_format>float32</channel_format><desc><channels>{channels}</channels></desc></info>")
        out += _xdf_chunk(2, struct.pack("<I", number) + header.encode())
    for number, (_, _, labels, _, rate, samples) in enumerate(streams, 1):
        for start in range(0, len(samples), 100):
            part = samples[start:start + 100]
            content = struct.pack("<IBI", number, 4, len(part))
            for index, sample in enumerate(part, start):
                content += struct.pack("<Bd", 8, 100 + index / rate) + struct.pack(f"<{len(labels)}f", *sample)
            out += _xdf_chunk(3, content)
    for number in range(1, len(streams) + 1):
        out += _xdf_chunk(6, struct.pack("<I", number) + b"<?xml version=\"1.0\"?><info></info>")
    return out


class RigTest(unittest.TestCase):
    """A fresh rig for each test."""

    def setUp(self):
        self.rig = Rig()
        self.addCleanup(self.rig.close)
