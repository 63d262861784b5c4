# SPDX-License-Identifier: GPL-3.0-or-later
"""A day of a harness that fails at random, from the simulator through a pipe into a replay: every status balances,
nothing has a hole, no angle is ever wild, and ten seconds after each fault everything is again within its tolerance of
what the runner does. POISE_SOAK_HOURS makes it another time than 24, POISE_SOAK_SEED another day."""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from test_day import resident_mb

BIN = Path(os.environ["POISE_BIN_DIR"])
HOURS = float(os.environ.get("POISE_SOAK_HOURS", "24"))
SITES = ("head", "c7", "t12", "sacrum", "sternum", "shoulder_left")
HEAD = re.compile(r'\{"v":1,"rig":"sim","stream":"(\w+)","boot":"[^"]*","session":[^,]*,"seq":(\d+)')
STAND_S, FIRST_S, N_PHASES = 20, 90, 60
GOOD_S = 10.0        # after a fault
BEFORE_S = 7.0       # before a change windows reach into it
CHANGE_S = 30.0      # after a change of gait cadence and lean may be anywhere between
MEMORY_MB = 1.0      # growth after the first tenth
PATIENCE = 3.0       # slower than so many times real time is a failure, not a slow machine
WILD_DEG = 25
JITTER_PCT = 1       # with the usual 2 the mean of 8 s of steps itself is once a day 3 spm off
# What the runner does, and how far what is published may be from it.
GAITS = {"walk": {"cadence_spm": 112, "trunk_lean_deg": 2, "thoracic_flexion_deg": 0},
         "run": {"cadence_spm": 164, "trunk_lean_deg": 6, "thoracic_flexion_deg": 1}}
TOLERANCE = {"cadence_spm": 3, "trunk_lean_deg": 2, "thoracic_flexion_deg": 2}
KINDS = {  # longest and the values' range
    "gap": (5, None), "unplug": (20, None), "freeze": (10, None), "saturate": (3, None), "burst": (1, None),
    "step": (10, (-500, 500)), "drop": (10, (1, 10)), "short": (10, None), "eio": (10, None), "enodev": (10, None),
    "etimedout": (10, None), "reset": (10, None), "hang": (20, None), "ppm": (30, (-5000, 5000))}


def make_faults(chance, length_s):
    """[(from, until, specs)], seldom two at once, with some quiet between them."""
    faults, at = [], FIRST_S
    while True:
        specs, until = [], at
        for _ in range(2 if chance.random() < 0.2 else 1):
            kind = chance.choice(list(KINDS))
            longest, values = KINDS[kind]
            lasts = round(0.03 + longest * chance.random() ** 2, 3)
            site = "all" if chance.random() < 0.15 else chance.choice(SITES)
            specs.append(f"{kind}:{site}@{at:.3f}+{lasts}" + (f"={chance.uniform(*values):.3f}" if values else ""))
            until = max(until, at + lasts)
        if until > length_s - 20:
            return faults
        faults.append((at, until, specs))
        at = until + chance.uniform(GOOD_S + 5, 60)


class Books:
    """Reads what is emitted, line by line, and keeps nothing but what went wrong."""

    def __init__(self, faults, changes):
        self.faults, self.changes = faults, changes
        self.sequence, self.n, self.n_checked, self.n_wrong, self.wrong, self.invalid = {}, 0, 0, 0, [], 0
        self.start, self.next_fault, self.last_end, self.worst_deg = None, 0, 0.0, 0.0

    def blame(self, t, words):
        self.n_wrong += 1
        if len(self.wrong) < 20:
            fault = self.faults[self.next_fault - 1][2] if self.next_fault else None
            self.wrong.append(f"{t:.2f} s, {t - self.last_end:.2f} s after {fault}: {words}")

    def take(self, line):
        stream, seq = HEAD.match(line).groups()
        self.n += 1
        if int(seq) != self.sequence.get(stream, 0) + 1:
            self.wrong.append(f"hole in {stream} before {seq}")
        self.sequence[stream] = int(seq)
        if stream not in ("posture", "cadence", "status") or (stream == "posture" and int(seq) % 4):
            return
        message = json.loads(line)
        t = message["t_s"] - 1000
        while self.next_fault < len(self.faults) and t >= self.faults[self.next_fault][0]:
            self.last_end = self.faults[self.next_fault][1]
            self.next_fault += 1
        quiet = t > max(self.last_end + GOOD_S, FIRST_S)
        if stream == "status":
            self.take_status(t, message, quiet)
            return
        if stream == "posture" and message["calibrated"]:
            for key, value in message.items():
                if key.endswith("_deg") and value is not None and abs(value) > WILD_DEG:
                    self.blame(t, f"{key} {value}")
        if quiet:
            self.take_value(t, message)

    def take_value(self, t, message):
        gait, since = next((g, t - s) for s, g in reversed(self.changes) if t >= s)
        until = next((s - t for s, _ in self.changes if s > t), BEFORE_S + 1)
        source = message["mean"] if message["stream"] == "posture" else message
        for key, wanted in GAITS[gait].items():
            if key in source and since > CHANGE_S and until > BEFORE_S:
                self.n_checked += 1
                if source[key] is None or abs(source[key] - wanted) > TOLERANCE[key]:
                    self.blame(t, f"{key} {source[key]}, not {wanted}")
                elif key.endswith("deg"):
                    self.worst_deg = max(self.worst_deg, abs(source[key] - wanted))

    def take_status(self, t, message, quiet):
        counters = message["counters"]
        parts = sum(counters[f"samples_{part}"] for part in ("used", "dropped", "invalid", "held"))
        if counters["samples_in"] != parts:
            self.blame(t, f"samples {counters}")
        self.invalid = counters["samples_invalid"]
        if quiet:
            for name, site in message["sites"].items():
                if site["state"] != "running" or site["reason"]:
                    self.blame(t, f"{name} {site['state']}: {site['reason']}")


class FaultyDay(unittest.TestCase):
    maxDiff = 200

    def test_a_day(self):
        seed = int(os.environ.get("POISE_SOAK_SEED", random.SystemRandom().randrange(1, 2 ** 31)))
        print(f"seed {seed}", flush=True)
        length_s = HOURS * 3600
        faults = make_faults(random.Random(seed), length_s)
        each = (length_s - STAND_S) / N_PHASES
        changes = [(STAND_S + each * i, ("run", "walk")[i % 2]) for i in range(N_PHASES)]
        phases = "".join(f"  - {{kind: {gait}, duration_s: {each:.3f}}}\n" for _, gait in changes)
        books = Books(faults, changes)
        with tempfile.TemporaryDirectory(prefix="poise-soak-") as folder, tempfile.TemporaryFile() as log:
            scenario = Path(folder) / "day.yaml"
            scenario.write_text(f"version: 1\nseed: {seed % 1000}\nsites: [{', '.join(SITES)}]\n"
                                f"body: {{step_jitter_pct: {JITTER_PCT}}}\nphases:\n"
                                f"  - {{kind: stand, duration_s: {STAND_S}}}\n{phases}")
            codes, took_s, memory = self.run_day(scenario, faults, books, log)
            log.seek(0)
            said = log.read().decode()
        self.assertEqual(codes, (0, 0), said[-2000:])
        self.report(books, faults, took_s, memory)
        self.assertEqual(books.wrong, [], "\n".join([f"{books.n_wrong} in all", *books.wrong]))
        self.assertGreater(books.n_checked, HOURS * 1000)
        balance = re.search(r"samples in (\d+) = used (\d+) \+ dropped 0 \+ invalid (\d+)", said)
        self.assertEqual(int(balance[1]), int(balance[2]) + int(balance[3]))

    def run_day(self, scenario, faults, books, log):
        began, memory = time.monotonic(), []
        options = [word for _, _, specs in faults for spec in specs for word in ("--fault", spec)]
        with subprocess.Popen([BIN / "poise-sim", "--scenario", scenario, "--write", "-", "--quiet", *options],
                              stdout=subprocess.PIPE) as sim:
            with subprocess.Popen([BIN / "poised", "--replay", "-", "--emit", "-"], stdin=sim.stdout,
                                  stdout=subprocess.PIPE, stderr=log, text=True) as daemon:
                sim.stdout.close()
                for line in daemon.stdout:
                    books.take(line)
                    if books.n % 20000 == 0:
                        memory.append(resident_mb(daemon.pid) or memory[-1])
                        if time.monotonic() - began > max(300, HOURS * 3600 / PATIENCE):
                            daemon.kill()
                            sim.kill()
                codes = sim.wait(), daemon.wait()
        return codes, time.monotonic() - began, memory

    def report(self, books, faults, took_s, memory):
        steady = memory[len(memory) // 10:] or [0]
        for name, value in (("hours", f"{HOURS:g} h"), ("faults", sum(len(specs) for _, _, specs in faults)),
                            ("speed", f"{HOURS * 3600 / took_s:.0f} x real time"), ("objects", books.n),
                            ("values_checked", books.n_checked), ("invalid", books.invalid),
                            ("worst_good", f"{books.worst_deg:.2f} deg"),
                            ("memory_growth", f"{max(steady) - steady[0]:.2f} MB")):
            print(f"figure faulty_day_{name} {value}", flush=True)
        if b"__asan_init" not in (BIN / "poised").read_bytes():
            self.assertLess(max(steady) - steady[0], MEMORY_MB)


if __name__ == "__main__":
    for program in ("poised", "poise-sim"):
        if not (BIN / program).exists():
            print(f"skipped: {program} is not built")
            sys.exit(77)
    unittest.main(verbosity=2)
