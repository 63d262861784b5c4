# SPDX-License-Identifier: GPL-3.0-or-later
"""treadmill_run_grf: cadence of 5 s of running from a sacral accelerometer against the force treadmill's steps."""

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main, rows

FOLDER = "treadmill_run_grf"
MAE_SPM = 0.8
STEP_MAE_SPM = 0.4
LATEST, FILTER_S = 8, 0.039  # steps that step_cadence_spm speaks of, until now
WORST_SPM = 2.0  # 15 intervals: one step's length is worth 1 to 2 spm


class Treadmill(ReplayTest):
    def test_cadence_against_the_force_plate(self):
        errors, step_errors, runs = [], [], 0
        trials = [row["trial"] for row in rows(DATA / FOLDER / "trials.csv")]
        trials = [trial for trial in trials if (DATA / FOLDER / f"{trial}.csv.xz").exists()]
        self.assertEqual(len(trials), 16)  # the odd ones
        for trial in trials:
            events = rows(DATA / FOLDER / f"{trial}_events.csv")
            strikes = [float(event["t_s"]) for event in events if event["event"] == "foot_strike"]
            truth = 60 / np.mean(np.diff(strikes))
            emitted = self.replay_csv(FOLDER, DATA / FOLDER / f"{trial}.csv.xz")
            last = emitted.streams["cadence"][-1]
            self.assertIsNotNone(last["cadence_spm"], trial)
            runs += last["activity"] == "run"
            errors.append(last["cadence_spm"] - truth)
            now = last["t_s"] + last["window_s"] / 2 + FILTER_S
            latest = [strike for strike in strikes if strike <= now][-1 - LATEST:]
            step_errors.append(last["step_cadence_spm"] - 60 / np.mean(np.diff(latest)))
            print(f"{trial}: {truth:.2f} steps/min by the force, {last['cadence_spm']:.2f} by the sacrum")
        figure("treadmill_cadence_mae", np.mean(np.abs(errors)), "spm")
        figure("treadmill_step_cadence_mae", np.mean(np.abs(step_errors)), "spm")
        figure("treadmill_cadence_worst", np.max(np.abs(errors)), "spm")
        figure("treadmill_run_recognised", runs / len(trials))
        self.assertLessEqual(np.mean(np.abs(errors)), MAE_SPM)
        self.assertLessEqual(np.mean(np.abs(step_errors)), STEP_MAE_SPM)
        self.assertLessEqual(np.max(np.abs(errors)), WORST_SPM)
        self.assertEqual(runs, len(trials))


if __name__ == "__main__":
    main(FOLDER)
