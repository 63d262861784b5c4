# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs with sensors 10 degrees askew about any axis, 0.5 deg/s of gyro bias, clocks off by up to 1 %, at 165 to 178
steps a minute with every posture angle on the move: stride averages against the truth's mean over the same strides.
Three runners, or POISE_SEEDS=N random ones. And a sensor that slips in a steady run."""

import json
import os
import random

import numpy as np

from replay_kit import SOURCE, ReplayTest, figure, main, number, run

SCENARIOS = SOURCE / "config" / "scenarios"
SEEDS = (1, 2, 3)
FROM_S = 35  # of the run: 15 s of standing, then gait has had 20 s to show forward
MEAN_STRIDES = 2
TOLERANCE_DEG = {"trunk_lean_deg": 1.0, "thoracic_flexion_deg": 1.0, "lumbar_flexion_deg": 1.0,
                 "neck_flexion_deg": 1.0, "pelvic_tilt_deg": 1.0, "trunk_side_lean_deg": 1.5,
                 "pelvic_obliquity_deg": 1.5, "lateral_bend_deg": 1.5, "shoulder_elevation_left_deg": 1.5,
                 "shoulder_elevation_right_deg": 1.5, "shoulder_protraction_deg": 1.5}
SLIP_AT_S, SLIP_DEG, SLIP_KNOWN_S = 60, 7, 13


class Mounts(ReplayTest):
    def simulate(self, scenario, seed, *options):
        recording, truth = self.folder / f"seed{seed}.xdf", self.folder / f"seed{seed}.truth.jsonl"
        run("poise-sim", "--scenario", SCENARIOS / scenario, "--write", recording, "--truth", truth, "--seed", seed, "--quiet",
            *options)
        emitted = self.replay(recording)
        recording.unlink()
        lines = [json.loads(line) for line in truth.read_text().splitlines()]
        return emitted, [line for line in lines if "event" not in line]

    def test_stride_averages(self):
        seeds = SEEDS
        if "POISE_SEEDS" in os.environ:
            seeds = [random.SystemRandom().randrange(1, 2 ** 31) for _ in range(int(os.environ["POISE_SEEDS"]))]
        everything = {key: [] for key in TOLERANCE_DEG}
        for seed in seeds:
            print(f"seed {seed}", flush=True)
            with self.subTest(seed=seed):
                self.score(*self.simulate("mounts.yaml", seed), everything)
        for key, values in everything.items():
            figure(f"mounts_{key}_rmse", np.sqrt(np.mean(np.square(values))), "deg")
            figure(f"mounts_{key}_rmse_of_worst_seed", np.max(values), "deg")

    def score(self, emitted, truth, everything):
        at = np.array([sample["mono_s"] for sample in truth])
        t = emitted.times("posture")
        late = t > at[0] + FROM_S
        strides_s = MEAN_STRIDES * 120 / np.interp(t, at, [sample["cadence_spm"] for sample in truth])
        first, last = np.searchsorted(at, t - strides_s), np.searchsorted(at, t)
        for key, tolerance in TOLERANCE_DEG.items():
            total = np.concatenate([[0], np.cumsum([number(sample[key]) for sample in truth])])
            error = emitted.of("posture", key, "mean")[late] - ((total[last] - total[first]) / (last - first))[late]
            self.assertTrue(np.isfinite(error).all(), f"{key} is null")
            everything[key].append(np.sqrt(np.mean(error ** 2)))
            self.assertLessEqual(everything[key][-1], tolerance, key)

    def test_a_slip_is_told_of_that_sensor_alone(self):
        self.may_slip = True
        emitted, truth = self.simulate("run.yaml", 4, "--fault", f"slip:c7@{SLIP_AT_S}+0.3={SLIP_DEG}")
        told = None
        for message in emitted.streams["posture"]:
            since = message["t_s"] - truth[0]["mono_s"] - SLIP_AT_S
            self.assertIn(message["slipped"], ([], ["c7"]))
            if message["slipped"] and told is None:
                told = since
            if since > 0:
                self.assertIsNotNone(message["thoracic_flexion_deg"])  # angles go on
        self.assertIsNotNone(told)
        figure("mounts_slip_told_after", told, "s")
        self.assertTrue(0 < told < SLIP_KNOWN_S)
        site = emitted.streams["status"][-1]["sites"]["c7"]
        self.assertLess(abs(site["slipped_deg"] - SLIP_DEG), 1)
        self.assertRegex(site["reason"], r"has turned by [678] deg on the body: calibrate again")


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
