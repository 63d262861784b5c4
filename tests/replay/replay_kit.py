# SPDX-License-Identifier: GPL-3.0-or-later
"""What the replay tests share: a recording made from the reference data or the simulator, replayed by poised, every
emitted object checked, and figures printed as `figure NAME VALUE UNIT` so that documents can quote them."""

import csv
import functools
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import jsonschema
import numpy as np

BIN = Path(os.environ["POISE_BIN_DIR"])
SOURCE = Path(os.environ["POISE_SOURCE_DIR"])
DATA = Path(os.environ["POISE_DATA_DIR"])
PATIENCE_S = 250 * int(os.environ.get("POISE_TEST_SCALE", 1))
SKIPPED = 77
RATE_HZ = {"posture": 20, "orientation": 50, "cadence": 4, "breathing": 1, "status": 1, "gait": 1, "arms": 1,
           "pack": 1}
EVENTS = ("contact", "step", "inspiration")
STREAMS = (*RATE_HZ, *EVENTS, "calibration", "finding", "session")

# Keywords whose verdict cannot change between two numbers of the same kind, sign and being 0, 1 or more.
_KEYWORDS = {"$schema", "title", "description", "type", "const", "enum", "pattern", "minimum", "properties", "required",
             "additionalProperties", "propertyNames", "items", "minItems", "maxItems", "uniqueItems"}
_UTC = re.compile(r'"utc":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"')
_BOOT = re.compile(r'"boot":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"')
_DECIMAL = re.compile(r"(?<=[:\[,])-?(?:\d+\.\d+|[1-9](?:\.\d+)?e-\d+)(?=[,\]}])")
_COUNT = re.compile(r"(?<=[:\[,])(?:[2-9]|\d\d+)(?=[,\]}])")


def _check_schema(schema):
    """Refuses what would make Schemas.check wrong: another keyword, a limit it does not keep apart."""
    for key, value in schema.items():
        if key not in _KEYWORDS:
            raise AssertionError(f"the schemas use '{key}', which replay_kit.Schemas does not know")
        if key == "minimum" and (value not in (0, 1) or schema["type"] not in ("integer", ["integer", "null"])):
            raise AssertionError(f"a minimum of {value} for {schema['type']} is more than replay_kit.Schemas knows")
        if key == "uniqueItems" and "enum" not in schema["items"]:
            raise AssertionError("digits that are left out may make items equal; replay_kit.Schemas cannot tell")
        if key == "properties":
            for nested in value.values():
                _check_schema(nested)
        elif isinstance(value, dict):
            _check_schema(value)


class Schemas:
    """Validates each line; lines that differ only in digits the schemas cannot tell apart share one verdict, because
    a recording has a hundred thousand lines and jsonschema takes 0.3 ms for each."""

    def __init__(self):
        self.validators, self.seen = {}, set()
        for stream in STREAMS:
            schema = json.loads((SOURCE / "config" / "schema" / f"{stream}.json").read_text())
            _check_schema(schema)
            self.validators[stream] = jsonschema.Draft202012Validator(schema)

    def check(self, line, message):
        shape = _COUNT.sub("2", _DECIMAL.sub("0.5", _UTC.sub('"utc":"*"', _BOOT.sub('"boot":"*"', line))))
        if hash(shape) in self.seen:  # the shapes themselves would take much memory
            return
        for error in self.validators[message["stream"]].iter_errors(message):
            raise AssertionError(f"schema: {message['stream']} {message['seq']}: {error.json_path}: "
                                 f"{error.message[:300]}")
        self.seen.add(hash(shape))


@functools.cache
def schemas():
    """One for all replays of a test, so that each learns from the ones before."""
    return Schemas()


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def number(value):
    return np.nan if value is None else float(value)


class Emitted:
    """The objects of one replay by stream, in order."""

    def __init__(self, text):
        self.streams = {stream: [] for stream in STREAMS}
        self.emitted_at = []  # of each breathing object: the newest instant any object before it describes
        now = -np.inf
        for line in text.splitlines():
            message = json.loads(line, parse_constant=_refuse_constant)
            schemas().check(line, message)
            self.streams[message["stream"]].append(message)
            now = max(now, message["t_s"])
            if message["stream"] == "breathing":
                self.emitted_at.append(now)

    def of(self, stream, key, sub=None):
        return np.array([number((message[sub] if sub else message)[key]) for message in self.streams[stream]])

    def names(self, stream, key):
        return np.array([message[key] or "" for message in self.streams[stream]], dtype=object)

    def times(self, stream):
        return self.of(stream, "t_s")

    @property
    def counters(self):
        return self.streams["status"][-1]["counters"]


def run(program, *arguments, stdin=None, ok=True):
    done = subprocess.run([BIN / program, *map(str, arguments)], input=stdin, capture_output=True, timeout=PATIENCE_S,
                          check=False)
    if ok and done.returncode != 0:
        raise AssertionError(f"{program} {' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                             f"{done.stderr.decode(errors='replace')[-4000:]}")
    return done


def rows(path):
    opened = lzma.open(path, "rt") if str(path).endswith(".xz") else open(path, encoding="utf-8")
    with opened as file:
        return list(csv.DictReader(file))


def columns(path, *names):
    """Columns of a big file as arrays; empty cells are NaN."""
    with lzma.open(path, "rt") as file:
        table = list(csv.reader(file))
    return [np.array([float(row[table[0].index(name)] or "nan") for row in table[1:]]) for name in names]


def figure(name, value, unit=""):
    print(f"figure {name} {value:.3f} {unit}".rstrip(), flush=True)


class ReplayTest(unittest.TestCase):
    """A folder for recordings; import_csv and replay with their checks."""

    may_slip = False  # a sensor in the recordings is known to slip

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poise-replay-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def import_csv(self, preset, path, *options):
        out = self.folder / (Path(path).name.split(".")[0] + ".xdf")
        run("poisectl", "import", *(["--from", preset] if preset else []), *options, path, out)
        return out

    def replay(self, recording, *options):
        emit = self.folder / f"{recording.stem}.jsonl"
        run("poised", "--replay", recording, "--emit", emit, *options)
        emitted = Emitted(emit.read_text())
        self.check_balance(emitted)
        self.check_sequences(emitted)
        if not self.may_slip:
            slips = {site for message in emitted.streams["posture"] for site in message["slipped"]}
            self.assertEqual(slips, set(), "slipped, it says")
        return emitted

    def replay_csv(self, preset, path, *options):
        return self.replay(self.import_csv(preset, path), *options)

    def check_balance(self, emitted):
        self.assertGreater(len(emitted.streams["status"]), 0)
        for status in emitted.streams["status"]:
            counters = status["counters"]
            parts = sum(counters[f"samples_{part}"] for part in ("used", "dropped", "invalid", "held"))
            self.assertEqual(counters["samples_in"], parts, counters)
        self.assertEqual(emitted.counters["samples_held"], 0)
        self.assertGreater(emitted.counters["samples_in"], 0)

    def check_sequences(self, emitted):
        for stream, messages in emitted.streams.items():
            self.assertEqual([message["seq"] for message in messages], list(range(1, len(messages) + 1)), stream)
        for stream in ("posture", "orientation", *EVENTS):  # an event may be older than what came before it elsewhere
            times = emitted.times(stream)
            self.assertTrue((np.diff(times) > 0).all(), f"{stream}: t_s does not rise")
        self.assertTrue((np.diff(emitted.times("status")) >= 0).all(), "status: t_s falls")


def fft_hz(t, x, low_hz, high_hz):
    """Frequency of the largest line between low and high: Hann, 16-fold zero padding, a parabola through the logarithms
    of three bins, the reference's own FFT."""
    n = len(x)
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(n), 16 * n)) ** 2
    hz = np.fft.rfftfreq(16 * n, (t[-1] - t[0]) / (n - 1))
    top = np.argmax(power * ((hz > low_hz) & (hz < high_hz)))
    below, at, above = np.log(power[top - 1:top + 2])
    return hz[top] + hz[1] * 0.5 * (below - above) / (below - 2 * at + above)


def main(*folders, programs=("poised", "poisectl")):
    """Runs the tests of the calling script, or says what is missing and skips."""
    for program in programs:
        if not (BIN / program).exists():
            print(f"skipped: no {program} in {BIN}")
            sys.exit(SKIPPED)
    for folder in folders:
        if not (DATA / folder).is_dir():
            print(f"skipped: no reference data in {DATA / folder}")
            sys.exit(SKIPPED)
    unittest.main(verbosity=1)
