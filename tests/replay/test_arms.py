# SPDX-License-Identifier: GPL-3.0-or-later
"""arm_swing_wrists: a walk with a gyroscope at each wrist and nothing else. Rate and range of motion against the
folder's own figures and against a plain computation on the raw signal, window by window."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, fft_hz, figure, main

FOLDER = "arm_swing_wrists"
RATE_HZ, RATE_TOLERANCE_HZ = 0.84, 0.02
LEFT_DEG, RIGHT_DEG, SWING_TOLERANCE_DEG = 35.0, 26.0, 3.0
ASYMMETRY_PCT, ASYMMETRY_TOLERANCE_PCT = 29.5, 12.0  # of 35 and 26; 3 degrees on either side are 10 %
WINDOW_S = 10
PLAIN_SWING_DEG = 2.0  # mean difference from a plain computation of the same windows
STAND_S = 3  # the recording begins with a stand


def forearm_axis(x, y):
    """The rates of x and y on their principal axis."""
    values, vectors = np.linalg.eigh(np.cov(x, y))
    return vectors[:, np.argmax(values)] @ np.vstack((x - x.mean(), y - y.mean()))


def plain_swing_deg(t, rate):
    """Median range of the integrated rate over whole cycles of 1/0.84 s, drift taken out cycle by cycle."""
    smooth = np.convolve(rate, np.hanning(41) / np.hanning(41).sum(), mode="same")  # 200 Hz: to about 5 Hz
    angle, cycle = np.degrees(np.cumsum(smooth) * np.diff(t).mean()), int(200 / RATE_HZ)
    ranges = []
    for begin in range(0, len(angle) - cycle, cycle // 4):
        part = angle[begin:begin + cycle]
        ranges.append(np.ptp(part - np.linspace(part[0], part[-1], cycle)))
    return np.median(ranges)


class Arms(ReplayTest):
    def test_walk(self):
        path = DATA / FOLDER / "walk_first_half.csv.xz"
        emitted = self.replay_csv(FOLDER, path)
        t, *rates = columns(path, "t_s", "left_gx", "left_gy", "right_gx", "right_gy")
        left, right = forearm_axis(*rates[:2]), forearm_axis(*rates[2:])
        at = emitted.times("arms") - emitted.times("orientation")[0] + 0.019  # the second block's end
        rate = emitted.of("arms", "rate_hz")
        swing = {side: emitted.of("arms", f"swing_{side}_deg") for side in ("left", "right")}
        asymmetry = emitted.of("arms", "asymmetry_pct")

        answered = np.isfinite(rate)
        errors, swing_errors = [], {"left": [], "right": []}
        for i in np.flatnonzero(answered):
            inside = np.abs(t - at[i]) <= WINDOW_S / 2
            plain = np.mean([fft_hz(t[inside], x[inside], 0.5, 1.3) for x in (left, right)])
            errors.append(rate[i] - plain)
            for side, x in (("left", left), ("right", right)):
                swing_errors[side].append(swing[side][i] - plain_swing_deg(t[inside], x[inside]))
        figure("arms_answered_s", answered.sum(), "s")
        figure("arms_rate", np.nanmedian(rate), "Hz")
        figure("arms_rate_worst_against_plain_fft", np.abs(errors).max(), "Hz")
        for side in swing:
            figure(f"arms_swing_{side}", np.nanmedian(swing[side]), "deg")
            figure(f"arms_swing_{side}_against_plain", np.nanmean(swing_errors[side]), "deg")
            figure(f"arms_swing_{side}_lowest", np.nanmin(swing[side]), "deg")
            figure(f"arms_swing_{side}_highest", np.nanmax(swing[side]), "deg")
        figure("arms_asymmetry", np.nanmedian(asymmetry), "pct")

        self.assertGreaterEqual(answered.sum(), 20)
        self.assertTrue((at[answered] > STAND_S).all(), "a swing while standing")
        self.assertAlmostEqual(np.nanmedian(rate), RATE_HZ, delta=RATE_TOLERANCE_HZ)
        self.assertLessEqual(np.abs(errors).max(), RATE_TOLERANCE_HZ)
        self.assertAlmostEqual(np.nanmedian(swing["left"]), LEFT_DEG, delta=SWING_TOLERANCE_DEG)
        self.assertAlmostEqual(np.nanmedian(swing["right"]), RIGHT_DEG, delta=SWING_TOLERANCE_DEG)
        for side in swing:
            self.assertLessEqual(abs(np.nanmean(swing_errors[side])), PLAIN_SWING_DEG, side)
        self.assertAlmostEqual(np.nanmedian(asymmetry), ASYMMETRY_PCT, delta=ASYMMETRY_TOLERANCE_PCT)
        # No gravity, so no plane of the swing; no trunk; nothing of a pack.
        for key in ("crossing_left_deg", "crossing_right_deg", "stiffness"):
            self.assertTrue(np.isnan(emitted.of("arms", key)).all(), key)
        for key in ("bounce_mm", "lag_ms", "tilt_deg", "side_tilt_deg"):
            self.assertTrue(np.isnan(emitted.of("pack", key)).all(), key)


if __name__ == "__main__":
    main(FOLDER)
