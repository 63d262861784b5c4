# SPDX-License-Identifier: GPL-3.0-or-later
"""harlab_hexoskin: respiration bands about chest and belly at rest, walking, on stairs, jogging, fed to the breathing
estimator itself; its steps come from the accelerometer at the waist through the daemon. Truth are the bands' own breaths,
counted by two rules, where these agree within 1 breath/min over 30 s."""

import json
import subprocess

import numpy as np
from scipy import signal

from replay_kit import BIN, DATA, ReplayTest, columns, figure, main

FOLDER = "harlab_hexoskin"
SUBJECTS = ("004", "007", "010")
RATE_HZ, BANDS_HZ = 25, 128
WINDOW_S = 30
AGREE_BPM = 1.0
MEDIAN_BPM = 1.0
ANSWERED = 0.85
CONFIDENT, WRONG_BPM, WRONG_SHARE = 0.8, 3.0, 0.02
DETACHED = 12  # of the median deviation: no breath is so deep


def bands_of(subject):
    """t, chest, belly at 25 Hz and whether they were measured: the first samples are zero."""
    t, chest, belly = columns(DATA / FOLDER / f"{subject}_rip.csv.xz", "t_s", "thoracic", "abdominal")
    there = chest != 0
    low_pass = signal.firwin(103, 6, fs=BANDS_HZ)
    grid = np.arange(0, t[-1], 1 / RATE_HZ)
    bands = []
    for band in (chest, belly):
        band = np.interp(t, t[there], band[there])
        band = np.convolve(np.pad(band, 51, mode="edge"), low_pass, "valid")
        bands.append(np.interp(grid, t, band))
    return grid, *bands, np.interp(grid, t, there) > 0.99


def scaled(band):
    """By its median deviation, what is far out cut off."""
    x = band - np.interp(np.arange(len(band)), np.arange(0, len(band), RATE_HZ), signal.medfilt(band[::RATE_HZ], 31))
    deviation = np.median(np.abs(x))
    return np.clip(x, -DETACHED * deviation, DETACHED * deviation) / deviation


def crossings(x):
    """Rule one: rises through zero after an excursion below -0.3, before one above 0.3, of the usual deviation."""
    x = signal.sosfiltfilt(signal.butter(2, (0.05, 1.2), "band", fs=RATE_HZ, output="sos"), x)
    usual = np.sqrt(np.convolve(x ** 2, np.ones(WINDOW_S * RATE_HZ) / (WINDOW_S * RATE_HZ), "same"))
    state, found = 0, []
    for i, value in enumerate(x / usual):
        if value < -0.3:
            state, at = -1, None
        elif state == -1 and value >= 0 and at is None:
            at = i
        if state == -1 and value > 0.3:
            found.append(at)
            state = 1
    return np.array(found) / RATE_HZ


def peaks(x):
    """Rule two: peaks that stand out from both sides, without a high-pass."""
    smooth = signal.sosfiltfilt(signal.butter(4, 1.5, fs=RATE_HZ, output="sos"), x)
    n = len(x) // (WINDOW_S * RATE_HZ)
    spread = [np.subtract(*np.percentile(part, (90, 10))) for part in np.array_split(smooth, n)]
    usual = np.interp(np.arange(len(x)), (np.arange(n) + 0.5) * len(x) / n, spread)
    return signal.find_peaks(smooth / usual, prominence=0.25)[0] / RATE_HZ


def rate_between(instants, start, end):
    inside = instants[(instants >= start) & (instants <= end)]
    return 60 * (len(inside) - 1) / (inside[-1] - inside[0]) if len(inside) > 2 else np.nan


class Hexoskin(ReplayTest):
    def steps_of(self, subject, grid):
        """Moving, phase in steps and step frequency on the grid, by the daemon from the waist."""
        emitted = self.replay_csv(FOLDER, DATA / FOLDER / f"{subject}_acc.csv.xz")
        t, cadence = emitted.times("cadence"), np.nan_to_num(emitted.of("cadence", "cadence_spm"))
        hz = np.interp(grid, t, cadence) / 60
        moving = hz > 0.7
        contacts = emitted.times("contact")
        phase = np.interp(grid, contacts, np.arange(len(contacts))) if len(contacts) > 1 else 0 * grid
        # A missed contact must not halve the phase: it follows the cadence, drawn to the contacts' fraction.
        turns, now = np.zeros(len(grid)), 0.0
        for i in range(len(grid)):
            now += hz[i] / RATE_HZ
            if moving[i]:
                now += 0.1 * ((phase[i] - now + 0.5) % 1 - 0.5)
            turns[i] = now
        return moving, turns, hz

    def estimate(self, subject):
        grid, chest, belly, there = bands_of(subject)
        moving, turns, hz = self.steps_of(subject, grid)
        x = scaled(chest) + scaled(belly)
        lines = np.column_stack([scaled(chest), scaled(belly), there, moving, turns, hz])
        text = "\n".join(" ".join(f"{value:.5f}" for value in line) for line in lines)
        out = subprocess.run([BIN / "feed_bands"], input=text.encode(), capture_output=True, check=True).stdout
        values = [json.loads(line) for line in out.decode().splitlines()]
        return grid, x, moving, [value for value in values if value["stream"] == "breathing"]

    def test_rate_against_the_bands_own_breaths(self):
        collected = []
        for subject in SUBJECTS:
            grid, x, moving, values = self.estimate(subject)
            one, two = crossings(x), peaks(x)
            for value in values:
                start, end = value["t_s"] - WINDOW_S / 2, value["t_s"] + WINDOW_S / 2
                if start < WINDOW_S or end > grid[-1] - WINDOW_S:
                    continue
                rates = rate_between(one, start, end), rate_between(two, start, end)
                if not abs(rates[0] - rates[1]) <= AGREE_BPM:
                    continue
                inside = moving[(grid >= start) & (grid <= end)]
                rate = value["rate_bpm"]
                collected.append((int(subject), inside.mean(), np.nan if rate is None else rate - np.mean(rates),
                                  value["confidence"] or 0))
        subject, share, error, confidence = np.array(collected).T
        answered = np.isfinite(error)
        for name, chosen in (("all", subject > 0), ("rest", share == 0), ("moving", share == 1),
                             ("mixed", (share > 0) & (share < 1)), *((str(s), subject == int(s)) for s in SUBJECTS)):
            known = np.abs(error[chosen & answered])
            figure(f"hexoskin_{name}_windows", chosen.sum())
            figure(f"hexoskin_{name}_answered", answered[chosen].mean())
            figure(f"hexoskin_{name}_median", np.median(known), "breaths/min")
            figure(f"hexoskin_{name}_mean", known.mean(), "breaths/min")
            figure(f"hexoskin_{name}_p90", np.percentile(known, 90), "breaths/min")
        sure = answered & (confidence >= CONFIDENT)
        wrong = np.mean(np.abs(error[sure]) > WRONG_BPM)
        figure("hexoskin_confident", sure.mean())
        figure("hexoskin_confidently_wrong", wrong)
        self.assertLessEqual(np.median(np.abs(error[answered])), MEDIAN_BPM)
        self.assertGreaterEqual(answered.mean(), ANSWERED)
        self.assertLessEqual(wrong, WRONG_SHARE)


if __name__ == "__main__":
    main(FOLDER)
