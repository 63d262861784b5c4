# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the simulator against its truth: posture, cadence, breathing after 30 s of three runners, or of POISE_SEEDS=N
random ones. Truth of a window is the mean over that window: single steps and breaths have lengths of their own."""

import json
import os
import random

import numpy as np

from replay_kit import ReplayTest, figure, main, number, run

SEEDS = (1, 2, 3)
FROM_S = 30
STEADY_SPM = 2
CADENCE_MAE_SPM, CADENCE_NEAR_SPM, CADENCE_NEAR_SHARE = 0.4, 2.0, 0.99
BREATHING_MAE_BPM = 2.0
BREATHING_FILTER_S = 0.2
POSTURE_MAX_DEG, POSTURE_RMSE_DEG = 3.0, 1.0
POSTURE_KEYS = ("trunk_lean_deg", "thoracic_flexion_deg", "lumbar_flexion_deg", "neck_flexion_deg")
OTHER_KEYS = ("trunk_side_lean_deg", "pelvic_tilt_deg", "pelvic_obliquity_deg", "lateral_bend_deg",
              "trunk_rotation_deg", "shoulder_elevation_left_deg", "shoulder_elevation_right_deg",
              "shoulder_protraction_deg")


class Truth:
    def __init__(self, path):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.samples = [line for line in lines if "event" not in line]
        self.t = self.of("mono_s")
        _, self.phase = np.unique([sample["phase"] for sample in self.samples], return_inverse=True)

    def of(self, key):
        return np.array([number(sample[key]) for sample in self.samples])

    def at(self, key, t):
        return np.interp(t, self.t, self.of(key))

    def rate_per_min(self, key, start, end):
        """Mean rate of a counted event between two instants."""
        count = self.of(key)
        return 60 * (np.interp(end, self.t, count) - np.interp(start, self.t, count)) / (end - start)

    def in_one_phase(self, start, end):
        first, last = np.searchsorted(self.t, (start, end))
        return np.array([start >= self.t[0] and end <= self.t[-1] + 0.05 and len(set(self.phase[a:b + 1])) == 1
                         for start, end, a, b in zip(start, end, first, last)])


class Simulator(ReplayTest):
    def run_seed(self, seed):
        recording, truth = self.folder / f"seed{seed}.xdf", self.folder / f"seed{seed}.truth.jsonl"
        run("poise-sim", "--write", recording, "--truth", truth, "--seed", seed, "--quiet")
        emitted = self.replay(recording)
        recording.unlink()
        return emitted, Truth(truth)

    def check_posture(self, emitted, truth):
        t = emitted.times("posture")
        late = t > truth.t[0] + FROM_S
        self.assertTrue(all(message["calibrated"] for message in np.array(emitted.streams["posture"])[late]))
        rmse = {}
        for key in POSTURE_KEYS + OTHER_KEYS:
            error = (emitted.of("posture", key) - truth.at(key, t))[late]
            self.assertTrue(np.isfinite(error).all(), f"{key} is null")
            rmse[f"{key}_rmse"] = np.sqrt(np.mean(error ** 2))
            self.assertLessEqual(np.abs(error).max(), POSTURE_MAX_DEG, key)
            if key in POSTURE_KEYS:
                self.assertLessEqual(rmse[f"{key}_rmse"], POSTURE_RMSE_DEG, key)
        return rmse

    def check_cadence(self, emitted, truth):
        t, window, cadence = (emitted.of("cadence", key) for key in ("t_s", "window_s", "cadence_spm"))
        chosen = (t > truth.t[0] + FROM_S) & np.isfinite(window) & (t + window / 2 <= truth.t[-1])
        t, half, cadence = t[chosen], window[chosen] / 2, cadence[chosen]
        steady = np.abs(truth.at("cadence_spm", t + half) - truth.at("cadence_spm", t - half)) < STEADY_SPM
        # The step counter of the truth runs on while the runner stands.
        moving = truth.at("cadence_spm", t) > 0
        error = np.abs(cadence - np.where(moving, truth.rate_per_min("steps", t - half, t + half), 0))
        changing, error = error[~steady & moving], error[steady]
        answered = error[np.isfinite(error)]
        near = np.mean(answered <= CADENCE_NEAR_SPM)
        self.assertGreater(len(answered), 0.98 * len(error))
        self.assertLessEqual(answered.mean(), CADENCE_MAE_SPM)
        self.assertGreaterEqual(near, CADENCE_NEAR_SHARE)
        return {"cadence_steady_share": steady.mean(), "cadence_mae": answered.mean(), "cadence_within_2_spm": near,
                "cadence_worst": answered.max(), "cadence_changing_median": np.nanmedian(changing)}

    def check_breathing(self, emitted, truth):
        """The window is not published: it ended when the value was emitted, and its centre is t_s."""
        t, rate = emitted.times("breathing"), emitted.of("breathing", "rate_bpm")
        half = np.array(emitted.emitted_at) - BREATHING_FILTER_S - t
        late = (t > truth.t[0] + FROM_S) & np.isfinite(rate)
        t, half, rate = t[late], half[late], rate[late]
        chosen = truth.in_one_phase(t - half, t + half)
        error = np.abs(rate - truth.rate_per_min("breaths", t - half, t + half))[chosen]
        self.assertGreater(len(error), 40)
        self.assertLessEqual(error.mean(), BREATHING_MAE_BPM)
        self.assertLessEqual(np.percentile(error, 95), BREATHING_MAE_BPM)
        return {"breathing_values": len(error), "breathing_mae": error.mean(), "breathing_worst": error.max()}

    def test_runners(self):
        seeds = SEEDS
        if "POISE_SEEDS" in os.environ:
            seeds = [random.SystemRandom().randrange(1, 2 ** 31) for _ in range(int(os.environ["POISE_SEEDS"]))]
        everything = []
        for seed in seeds:
            print(f"seed {seed}", flush=True)
            with self.subTest(seed=seed):
                emitted, truth = self.run_seed(seed)
                scores = self.check_posture(emitted, truth)
                scores |= self.check_cadence(emitted, truth) | self.check_breathing(emitted, truth)
                everything.append(scores)
        for key in everything[0] if everything else ():
            values = [scores[key] for scores in everything]
            figure(f"simulator_{key}", np.mean(values))
            more_is_better = "share" in key or "within" in key
            figure(f"simulator_{key}_of_worst_seed", np.min(values) if more_is_better else np.max(values))


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
