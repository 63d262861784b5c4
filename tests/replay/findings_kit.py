# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of findings share: a scenario written by the simulator and replayed, its findings in the order they
were published with the instant at which each came out, and the truth of what the scenario raises."""

import json
import os
import random
import re
import subprocess
import tempfile
from pathlib import Path

import jsonschema
import yaml

from replay_kit import BIN, PATIENCE_S, SOURCE, run

SCENARIOS = SOURCE / "config" / "scenarios" / "findings"
_STREAM = re.compile(r'"stream":"(\w+)"')
_EVENT = re.compile(r'{"event":"(factor|hold|inspiration)"')
_TIME = re.compile(r'"t_s":(-?[\d.]+)')
RAISED = ("notice", "warn")


class Found:
    """The findings of one replay. Each object has said_s: the newest instant that anything published before it
    describes, which is when whoever reads the stream had it (give or take the 25 ms of the pipeline)."""

    def __init__(self, lines):
        self.findings, self.sessions, self.until_s, self.from_s, self.status = [], [], float("-inf"), None, None
        validators = {}
        for line in lines:
            stream = _STREAM.search(line).group(1)
            if stream in ("finding", "session"):
                message = json.loads(line)
                if stream not in validators:
                    schema = json.loads((SOURCE / "config" / "schema" / f"{stream}.json").read_text())
                    validators[stream] = jsonschema.Draft202012Validator(schema)
                validators[stream].validate(message)
                message["said_s"] = self.until_s
                (self.findings if stream == "finding" else self.sessions).append(message)
                continue
            if stream == "status":
                self.status = line
            self.until_s = max(self.until_s, float(_TIME.search(line).group(1)))
            self.from_s = self.until_s if self.from_s is None else self.from_s

    @property
    def hours(self):
        return (self.until_s - self.from_s) / 3600

    def of(self, factor):
        return [message for message in self.findings if message["factor"] == factor]

    def factors(self):
        return sorted({message["factor"] for message in self.findings})

    def spells(self, factor, levels=("warn",)):
        """When the factor was at one of the levels: (from, until), by said_s."""
        spans, begun = [], None
        for message in self.of(factor):
            if message["level"] in levels and begun is None:
                begun = message["said_s"]
            elif message["level"] not in levels and begun is not None:
                spans.append((begun, message["said_s"]))
                begun = None
        return spans + ([(begun, self.until_s)] if begun is not None else [])

    def warned(self):
        return {factor: self.spells(factor) for factor in self.factors() if self.spells(factor)}

    def worst(self, factor):
        """The highest level it had, for messages."""
        levels = {message["level"] for message in self.of(factor)}
        return next((level for level in ("warn", "notice", "ok", "unknown") if level in levels), "never published")

    def unknown_of(self, factor):
        return sorted({message.get("unknown_of") or "" for message in self.of(factor) if message["level"] == "unknown"})


def replay_findings(recording, *options):
    """Replays and reads the stream as it comes: hours of it do not have to lie about."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen([BIN / "poised", "--replay", recording, "--emit", "-", *map(str, options)],
                                   stdout=subprocess.PIPE, stderr=complaints, text=True)
        try:
            found = Found(process.stdout)
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        if code != 0:
            complaints.seek(0)
            raise AssertionError(f"poised ended with {code}: {complaints.read()[-2000:]}")
    counters = json.loads(found.status)["counters"]
    parts = sum(counters[f"samples_{part}"] for part in ("used", "dropped", "invalid", "held"))
    if counters["samples_in"] != parts or counters["samples_in"] == 0:
        raise AssertionError(f"the counters do not balance: {counters}")
    return found


def simulate(scenario, folder, seed=None, settings=(), options=()):
    """Found, and the truth's events of kinds factor, hold and inspiration."""
    name = f"{Path(scenario).stem}-{seed or 'own'}"
    recording, truth = Path(folder) / f"{name}.xdf", Path(folder) / f"{name}.truth.jsonl"
    run("poise-sim", "--scenario", scenario, "--write", recording, "--truth", truth, "--quiet",
        *(("--seed", seed) if seed else ()))
    with open(truth, encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines if _EVENT.match(line)]
    truth.unlink()
    found = replay_findings(recording, *(part for setting in settings for part in ("--set", setting)), *options)
    recording.unlink()
    return found, events


def seeds():
    """None is the scenario's own; with POISE_SEEDS=N, N random ones besides, or with POISE_SEED that one."""
    if "POISE_SEED" in os.environ:
        return [int(os.environ["POISE_SEED"])]
    n = int(os.environ.get("POISE_SEEDS", 1)) - 1
    return [None] + [random.SystemRandom().randrange(1, 2 ** 31) for _ in range(n)]


def limits(settings=()):
    """The findings' settings in force, {factor: {key: number}}, as poised prints them."""
    text = run("poised", "--print-config", *(part for setting in settings for part in ("--set", setting)))
    table = yaml.safe_load(text.stdout)["findings"]
    return table | table.pop("arm_swing", {})
