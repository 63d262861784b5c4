# SPDX-License-Identifier: GPL-3.0-or-later
"""treadmill_run_grf: the sacrum's vertical oscillation against that of the body's centre of mass, which the force under
the feet tells by Newton's law. They are not the same thing; they have to be alike. Braking, impact and loading have no
truth here: that they are measured and behave as slopes and speeds say is what can be checked."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, figure, main, rows

FOLDER = "treadmill_run_grf"
GRAVITY = 9.81
MEDIAN_MM = 5
WORST_MM = 12  # uphill the pelvis rises less than the rest
LEVEL_DEG = 0.1
ANSWERED = 0.95


def oscillation_of_force(t, force_bw, strikes):
    """Height range of the centre of mass in each step, by the same double integration."""
    found = []
    for begin, end in zip(strikes, strikes[1:]):
        if end - begin > 0.5:
            continue
        step = (t >= begin) & (t < end)
        dt = np.median(np.diff(t))
        acceleration = (force_bw[step] - force_bw[step].mean()) * GRAVITY
        velocity = np.cumsum(acceleration) * dt
        height = np.cumsum(velocity - velocity.mean()) * dt
        found.append(1000 * np.ptp(height))
    return np.median(found)


class Oscillation(ReplayTest):
    def test_against_the_force(self):
        errors, level, impact, slopes, answered = [], [], [], [], []
        for trial in rows(DATA / FOLDER / "trials.csv"):
            path = DATA / FOLDER / f"{trial['trial']}.csv.xz"
            if not path.exists():
                continue
            t, force = columns(path, "t_s", "vgrf_bw")
            events = rows(DATA / FOLDER / f"{trial['trial']}_events.csv")
            strikes = [float(event["t_s"]) for event in events if event["event"] == "foot_strike"]
            emitted = self.replay_csv(FOLDER, path)
            measured = emitted.of("step", "vertical_oscillation_mm")
            self.assertGreater(len(measured), len(strikes) / 2, trial)
            truth = oscillation_of_force(t, force, strikes)
            errors.append(np.nanmedian(measured) - truth)
            slopes.append(float(trial["slope_deg"]))
            impact.append(np.nanmedian(emitted.of("step", "impact_g")))
            answered += [np.isfinite(emitted.of("step", key)).mean()
                         for key in ("vertical_oscillation_mm", "impact_g", "loading_rate_g_s", "braking_g")]
            if abs(slopes[-1]) < LEVEL_DEG:
                level.append(errors[-1])
            print(f"{trial['trial']}: slope {slopes[-1]:.0f}, force {truth:.1f} mm, sacrum {errors[-1]:+.1f} mm, impact "
                  f"{impact[-1]:.2f} g")
        self.assertGreater(len(level), 2)
        figure("treadmill_oscillation_level_bias", np.mean(level), "mm")
        figure("treadmill_oscillation_median", np.median(np.abs(errors)), "mm")
        figure("treadmill_oscillation_worst", np.max(np.abs(errors)), "mm")
        figure("treadmill_dynamics_answered", np.mean(answered))
        self.assertLessEqual(np.median(np.abs(errors)), MEDIAN_MM)
        self.assertLessEqual(np.max(np.abs(errors)), WORST_MM)
        self.assertGreaterEqual(np.mean(answered), ANSWERED)
        slopes, impact = np.array(slopes), np.array(impact)
        self.assertGreater(impact[slopes < -LEVEL_DEG].mean(), impact[slopes > LEVEL_DEG].mean(), "downhill lands harder")


if __name__ == "__main__":
    main(FOLDER)
