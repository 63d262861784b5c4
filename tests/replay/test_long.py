# SPDX-License-Identifier: GPL-3.0-or-later
"""Half an hour of running through a pipe, clocks off by up to 1 %, one sample in fifty lost at random: the sites stay
together, memory stays what it was, every counter balances and agrees with what the simulator left out."""

import json
import subprocess
import time

import numpy as np

from replay_kit import BIN, Emitted, ReplayTest, figure, main, number

SECONDS = 1800
SITES = ("c7", "t12", "sacrum")
DROP_PCT = 2
SCENARIO = """version: 1
seed: 5
sites: [c7, t12, sacrum]
clock: {ppm_max: 10000, jitter_us: 100}
phases:
  - {name: stand, kind: stand, duration_s: 12}
  - {name: run, kind: run, duration_s: 1788, cadence_spm: 170, speed_m_s: 3, trunk_lean_deg: 6}
"""
APART_MS = 0.5       # between sites, the last five minutes against the first
POSTURE_DEG = 1.0    # RMS of the whole, and its change between first and last five minutes below …
DRIFT_DEG = 0.1
MEMORY_MB = 1.0      # growth after the first tenth
LOST_SHARE = 0.001   # of the daemon's count of missing samples against the simulator's
PATIENCE_S = 400


def resident_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


class Long(ReplayTest):
    def stream(self):
        scenario, truth, emit = (self.folder / name for name in ("long.yaml", "truth.jsonl", "long.jsonl"))
        scenario.write_text(SCENARIO)
        with open(self.folder / "sim.log", "wb") as sim_log, open(self.folder / "daemon.log", "wb") as log:
            sim = subprocess.Popen([BIN / "poise-sim", "--scenario", scenario, "--write", "-", "--truth", truth,
                                    "--fault", f"drop:all@0+{SECONDS}={DROP_PCT}", "--quiet"],
                                   stdout=subprocess.PIPE, stderr=sim_log)
            daemon = subprocess.Popen([BIN / "poised", "--replay", "-", "--emit", emit], stdin=sim.stdout, stderr=log)
            sim.stdout.close()
            memory, deadline = [], time.monotonic() + PATIENCE_S
            while daemon.poll() is None and time.monotonic() < deadline:
                size = emit.stat().st_size if emit.exists() else 0
                try:
                    memory.append((size, resident_mb(daemon.pid)))
                except (FileNotFoundError, IndexError):
                    break
                time.sleep(0.2)
            for process in (daemon, sim):
                if process.poll() is None and time.monotonic() >= deadline:
                    process.kill()
            self.assertEqual((daemon.wait(), sim.wait()), (0, 0), (self.folder / "daemon.log").read_text()[-2000:])
        self.assertEqual((self.folder / "daemon.log").read_text().count("warning"), 0)
        return Emitted(emit.read_text()), [json.loads(line) for line in truth.read_text().splitlines()], memory

    def lag_ms(self, t, x, y, cadence_hz):
        """How much later y swings than x, at the step frequency: from the phase of their cross-spectrum."""
        window = np.hanning(len(t))
        turn = np.exp(-2j * np.pi * cadence_hz * t) * window
        return np.angle(np.sum((y - y.mean()) * turn) * np.conj(np.sum((x - x.mean()) * turn))) / (
            2 * np.pi * cadence_hz) * 1e3

    def lags(self, emitted, from_s, to_s, truth):
        """Medians over windows of 20 s of the daemon's lag against the truth's own, per site against the sacrum."""
        messages = [m for m in emitted.streams["orientation"] if from_s <= m["t_s"] < to_s]
        t = np.array([m["t_s"] for m in messages])
        pitch = {}
        for site in SITES:
            w, x, y, z = np.array([m["segments"][site] for m in messages]).T
            pitch[site] = np.degrees(np.arcsin(np.clip(2 * (w * y - x * z), -1, 1)))
        result = {}
        for site in SITES[:2]:
            lags = []
            for start in np.arange(from_s, to_s - 20, 20):
                inside = (t >= start) & (t < start + 20)
                cadence = np.interp(start + 10, *truth) / 60
                lags.append(self.lag_ms(t[inside], pitch["sacrum"][inside], pitch[site][inside], cadence))
            result[site] = np.median(lags)
        return result

    def test_half_an_hour(self):
        emitted, truth, memory = self.stream()
        self.check_balance(emitted)
        self.check_sequences(emitted)
        samples = [line for line in truth if "event" not in line]
        start, end = samples[0]["mono_s"], samples[-1]["mono_s"]
        self.assertGreater(end - start, SECONDS - 10)

        steady = [mb for size, mb in memory if size > 0.1 * memory[-1][0]]
        figure("long_memory", steady[-1], "MB")
        figure("long_memory_growth", max(steady) - steady[0], "MB")
        if b"__asan_init" not in (BIN / "poised").read_bytes():  # it keeps what was freed, to catch its use
            self.assertLess(max(steady) - steady[0], MEMORY_MB)

        lost = sum(line["dropped"] for line in truth if line.get("event") == "samples")
        sites = emitted.streams["status"][-1]["sites"]
        missed = sum(site["missed"] for site in sites.values())
        figure("long_missed", missed)
        figure("long_missed_against_lost", missed / lost)
        self.assertLessEqual(abs(missed - lost), LOST_SHARE * lost)
        self.assertGreater(lost, 0.015 * SECONDS * 1000 * len(SITES))

        cadence = ([s["mono_s"] for s in samples], [number(s["cadence_spm"]) or 170 for s in samples])
        early = self.lags(emitted, start + 60, start + 360, cadence)
        late = self.lags(emitted, end - 310, end - 10, cadence)
        for site in SITES[:2]:
            figure(f"long_{site}_apart", late[site] - early[site], "ms")
            self.assertLess(abs(late[site] - early[site]), APART_MS, site)

        t = emitted.times("posture")
        for key in ("thoracic_flexion_deg", "lumbar_flexion_deg", "trunk_lean_deg"):
            error = emitted.of("posture", key) - np.interp(t, cadence[0], [number(s[key]) for s in samples])
            first = error[(t > start + 60) & (t < start + 360)]
            last = error[(t > end - 310) & (t < end - 10)]
            figure(f"long_{key}_rmse", np.sqrt(np.mean(error[t > start + 60] ** 2)), "deg")
            figure(f"long_{key}_drift", last.mean() - first.mean(), "deg")
            self.assertLess(np.sqrt(np.mean(error[t > start + 60] ** 2)), POSTURE_DEG, key)
            self.assertLess(abs(last.mean() - first.mean()), DRIFT_DEG, key)


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
