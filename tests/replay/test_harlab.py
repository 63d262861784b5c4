# SPDX-License-Identifier: GPL-3.0-or-later
"""harlab_actigraph: sidewalk, stairs, treadmill walk, jog, sidewalk; an accelerometer at the waist against one at the
ankle (10 s windows). Stairs and turns are reported, not judged: the ankle is no truth there."""

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main, rows

FOLDER = "harlab_actigraph"
SUBJECTS = ("002", "003", "033")
TREADMILL_WALK_S = 100  # before the jog, says the folder's README
STEADY_SPM = 2  # the window's neighbours walk at this rate within
EDGE_S = 3  # half the daemon's window: its value then lies wholly inside the ankle's
JOG_MAE_SPM = 1.0
WALK_MEDIAN_SPM = 1.0
ACTIVITY_AGREEMENT = 0.85


def most(names):
    values, counts = np.unique(names.astype(str), return_counts=True)
    return values[np.argmax(counts)]


def score(emitted, windows):
    """Per window of the ankle: the waist's median cadence minus the ankle's, and whether the activity agrees."""
    t, cadence = emitted.times("cadence"), emitted.of("cadence", "cadence_spm")
    activity = emitted.names("cadence", "activity")
    errors, agrees = [], []
    for window in windows:
        inside = (t >= float(window["t_start_s"]) + EDGE_S) & (t <= float(window["t_end_s"]) - EDGE_S)
        answered = cadence[inside][np.isfinite(cadence[inside])]
        errors.append(np.median(answered) - float(window["cadence_spm"]) if len(answered) else np.nan)
        agrees.append(most(activity[inside]) == window["activity_guess"])
    return np.array(errors), np.array(agrees)


class Harlab(ReplayTest):
    def check_subject(self, subject):
        windows = rows(DATA / FOLDER / f"{subject}_ankle_cadence.csv")
        emitted = self.replay_csv(FOLDER, DATA / FOLDER / f"{subject}.csv.xz")
        errors, agrees = score(emitted, windows)
        start = np.array([float(window["t_start_s"]) for window in windows])
        truth = np.array([float(window["cadence_spm"]) for window in windows])
        clear = np.array([float(window["autocorr"]) for window in windows]) >= 0.9
        jog = np.array([window["activity_guess"] == "run" for window in windows])
        jog_from = start[jog].min()
        belt = ~jog & (start >= jog_from - TREADMILL_WALK_S) & (start + 10 <= jog_from)
        change = np.maximum(np.abs(np.diff(truth, prepend=np.nan)), np.abs(np.diff(truth, append=np.nan)))
        steady = ~jog & clear & (change < STEADY_SPM)
        name = f"harlab_{subject}"
        for label, chosen in (("jog", jog), ("treadmill_walk", belt), ("steady_walk", steady),
                              ("stairs_and_turns", ~jog & ~belt & ~steady)):
            absolute = np.abs(errors[chosen])
            figure(f"{name}_{label}_windows", chosen.sum())
            figure(f"{name}_{label}_answered", np.isfinite(absolute).mean())
            figure(f"{name}_{label}_mae", np.nanmean(absolute), "spm")
            figure(f"{name}_{label}_median", np.nanmedian(absolute), "spm")
        figure(f"{name}_activity_agreement", agrees.mean())
        self.assertTrue(np.isfinite(errors[jog]).all(), "a jog window without an answer")
        self.assertLessEqual(np.abs(errors[jog]).mean(), JOG_MAE_SPM)
        for chosen in (belt, steady):
            self.assertGreater(chosen.sum(), 5)
            self.assertGreaterEqual(np.isfinite(errors[chosen]).mean(), 0.95)
            self.assertLessEqual(np.nanmedian(np.abs(errors[chosen])), WALK_MEDIAN_SPM)
        self.assertGreaterEqual(agrees.mean(), ACTIVITY_AGREEMENT)
        self.check_accelerometer_only(emitted)

    def check_accelerometer_only(self, emitted):
        """One accelerometer at the waist: what needs more is null, and nothing is guessed while moving."""
        for key in ("thoracic_flexion_deg", "neck_flexion_deg", "trunk_rotation_deg", "shoulder_protraction_deg"):
            self.assertTrue(np.isnan(emitted.of("posture", key)).all(), key)
        self.assertTrue(np.isnan(emitted.of("breathing", "rate_bpm")).all())
        # Where every cadence within 8 s is that of a walk or run, the inclination of an accelerometer is no posture.
        t, moving = emitted.times("cadence"), emitted.of("cadence", "cadence_spm") > 90
        lean, at = emitted.of("posture", "trunk_lean_deg"), emitted.times("posture")
        stopped = t[~moving]
        surely = np.array([np.abs(stopped - instant).min() > 8 for instant in at])
        self.assertGreater(surely.sum(), 1000)
        self.assertTrue(np.isnan(lean[surely]).all(), "a lean from an accelerometer on the move")

    def test_002(self):
        self.check_subject("002")

    def test_003(self):
        self.check_subject("003")

    def test_033(self):
        self.check_subject("033")


if __name__ == "__main__":
    main(FOLDER)
