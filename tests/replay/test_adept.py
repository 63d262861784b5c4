# SPDX-License-Identifier: GPL-3.0-or-later
"""adept_run: outdoor running, an accelerometer at the hip against one at the ankle: twice the ankle's stride frequency
in the very window the daemon looked at."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, fft_hz, figure, main

FOLDER = "adept_run"
FILE = "run_000_300s.csv.xz"
MOVING_M_S2 = 5  # the ankle's standard deviation when the runner runs
MEDIAN_SPM = 0.3
MAE_SPM = 0.5
FULL_S = 7.9
ANSWERED = 0.95


class Adept(ReplayTest):
    def test_cadence_against_the_ankle(self):
        path = DATA / FOLDER / FILE
        t, *ankle = columns(path, "t_s", "ankle_ax", "ankle_ay", "ankle_az")
        magnitude = np.linalg.norm(ankle, axis=0)
        emitted = self.replay_csv(FOLDER, path)
        errors, asked = [], 0
        for message in emitted.streams["cadence"]:
            half = (message["window_s"] or FULL_S) / 2
            inside = (t >= message["t_s"] - half) & (t < message["t_s"] + half)
            # The daemon's shorter windows are those in which he starts, stops or changes his speed.
            if inside.sum() < 100 * FULL_S or magnitude[inside].std() < MOVING_M_S2:
                continue
            asked += 1
            if message["cadence_spm"] is not None:
                errors.append(message["cadence_spm"] - 120 * fft_hz(t[inside], magnitude[inside], 0.5, 2))
        errors = np.abs(errors)
        figure("adept_windows", asked)
        figure("adept_answered", len(errors) / asked)
        figure("adept_cadence_mae", errors.mean(), "spm")
        figure("adept_cadence_median", np.median(errors), "spm")
        figure("adept_cadence_p95", np.percentile(errors, 95), "spm")
        self.assertGreater(asked, 500)
        self.assertGreaterEqual(len(errors) / asked, ANSWERED)
        self.assertLessEqual(errors.mean(), MAE_SPM)
        self.assertLessEqual(np.median(errors), MEDIAN_SPM)


if __name__ == "__main__":
    main(FOLDER)
