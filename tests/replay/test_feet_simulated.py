# SPDX-License-Identifier: GPL-3.0-or-later
"""Eversion of simulated feet against the truth: an uneven runner whose feet roll by 11 to 19 degrees, and walks and runs
from 80 to 200 steps a minute."""

import json

import numpy as np

from replay_kit import SOURCE, ReplayTest, figure, main, number, run

SCENARIOS = ("dynamics", "intervals")
SIDES = ("left", "right")
MAE_DEG = 2.0  # in each scenario and of each foot
PHASE_MAE_DEG = 2.5  # of each phase; the answer is a median of ten stances, so it lags
STEADY_AFTER_S = 10
ANSWERED = 0.9


class Feet(ReplayTest):
    may_slip = True  # the loose pack of dynamics tilts as it comes off

    def replay_scenario(self, name):
        recording, truth = self.folder / f"{name}.xdf", self.folder / f"{name}.truth.jsonl"
        scenario = SOURCE / "config" / "scenarios" / f"{name}.yaml"
        run("poise-sim", "--scenario", scenario, "--write", recording, "--truth", truth, "--quiet")
        samples = [json.loads(line) for line in truth.read_text().splitlines()]
        return self.replay(recording), [sample for sample in samples if "event" not in sample]

    def test_eversion(self):
        for name in SCENARIOS:
            emitted, truth = self.replay_scenario(name)
            t, at = emitted.times("gait"), np.array([sample["mono_s"] for sample in truth])
            near = np.searchsorted(at, t).clip(0, len(at) - 1)
            phase = np.array([truth[i]["phase"] for i in near])
            for side in SIDES:
                stated = np.array([number(truth[i][f"foot_eversion_{side}_deg"]) for i in near])
                error = emitted.of("gait", f"eversion_{side}_deg") - stated
                moving = np.isfinite(stated)
                moving &= t > t[np.argmax(moving)] + STEADY_AFTER_S
                answered = moving & np.isfinite(error)
                mae = np.abs(error[answered]).mean()
                with self.subTest(scenario=name, side=side):
                    figure(f"eversion_{name}_{side}_mae", mae, "deg")
                    figure(f"eversion_{name}_{side}_answered", answered.sum() / moving.sum())
                    self.assertGreater(answered.sum(), ANSWERED * moving.sum())
                    self.assertLessEqual(mae, MAE_DEG)
                    for one in set(phase[answered]):
                        self.assertLessEqual(np.abs(error[answered & (phase == one)]).mean(), PHASE_MAE_DEG, one)


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
