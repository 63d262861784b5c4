# SPDX-License-Identifier: GPL-3.0-or-later
"""harlab_actigraph: sidewalk, stairs, treadmill walk, jog, sidewalk; an accelerometer at the waist against one at the
ankle (10 s windows).

Where the two sensors contradict each other, the ankle is no truth for the waist. The rule, from the raw signals alone: a
window is left out when the autocorrelation of the waist's |a| over the ankle's 10 s has a peak of at least 0.8 somewhere
(a clean comb), and is lower by more than 0.2 at the ankle's stride. That is so on the stairs of 003 and 033."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, figure, main, rows

FOLDER = "harlab_actigraph"
SUBJECTS = ("002", "003", "033")
TREADMILL_WALK_S = 100  # before the jog, says the folder's README
STEADY_SPM = 2  # the window's neighbours walk at this rate within
EDGE_S = 3  # half the daemon's window: its value then lies wholly inside the ankle's
JOG_MAE_SPM = 1.0
WALK_MEDIAN_SPM = 1.0
ACTIVITY_AGREEMENT = 0.85
MEDIAN_SPM, P75_SPM = 0.5, 1.0  # over all kept windows, a null counting as wrong
COMB, CONTRADICTS = 0.8, 0.2
LAGS = (20, 300)  # at 100 Hz


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


def contradicted(subject, windows):
    """Per window of the ankle: the waist shows a clean comb, but not the ankle's."""
    t, *axes = columns(DATA / FOLDER / f"{subject}.csv.xz", "t_s", "waist_ax", "waist_ay", "waist_az")
    magnitude, found = np.linalg.norm(axes, axis=0), []
    for window in windows:
        x = magnitude[(t >= float(window["t_start_s"]) - 1e-6) & (t < float(window["t_end_s"]) - 1e-6)]
        x = x - x.mean()
        n = len(x)
        comb = np.fft.irfft(np.abs(np.fft.rfft(x, 4 * n)) ** 2)[:n] / np.arange(n, 0, -1)
        comb /= comb[0]
        lags = np.arange(*LAGS)
        top = lags[(comb[lags] > comb[lags - 1]) & (comb[lags] >= comb[lags + 1])]
        stride = 100 * 120 / float(window["cadence_spm"])
        there = comb[int(0.97 * stride):int(1.03 * stride) + 2].max()
        best = comb[top].max() if len(top) else 0
        found.append(best >= COMB and best - there > CONTRADICTS)
    return np.array(found)


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
        kept = ~contradicted(subject, windows)
        figure(f"{name}_kept", kept.mean())
        self.assertGreater(kept.mean(), 0.75)
        return np.where(np.isfinite(errors), np.abs(errors), np.inf)[kept]

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

    def test_subjects(self):
        everything = []
        for subject in SUBJECTS:
            with self.subTest(subject=subject):
                absolute = self.check_subject(subject)
                figure(f"harlab_{subject}_median", np.median(absolute), "spm")
                figure(f"harlab_{subject}_p75", np.percentile(absolute, 75), "spm")
                everything.extend(absolute)
        figure("harlab_windows", len(everything))
        figure("harlab_null", np.isinf(everything).mean())
        figure("harlab_median", np.median(everything), "spm")
        figure("harlab_p75", np.percentile(everything, 75), "spm")
        self.assertLessEqual(np.median(everything), MEDIAN_SPM)
        self.assertLessEqual(np.percentile(everything, 75), P75_SPM)


if __name__ == "__main__":
    main(FOLDER)
