# SPDX-License-Identifier: GPL-3.0-or-later
"""broad and trunk_arm_mocap: inclination of a moving sensor against optical truth. Six axes have no heading, so only
the direction of gravity is compared; the truth is interpolated to the value's instant."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, figure, main, rows

BROAD_MEAN_DEG, BROAD_WORST_DEG = 0.6, 1.0  # VQF's mean through the same scoring is 0.39
BROAD_OFFSETS_S = np.arange(0, 4.5e-3, 0.5e-3)  # optics and IMU had clocks of their own: one offset for all trials
TRUNK_MEDIAN_DEG = 1.5  # allowed for the mounting of the optical cluster, which was fitted, not measured
SETTLE_S = 3


def up_in_sensor(q):
    w, x, y, z = np.asarray(q).T
    return np.array([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]).T


def inclination_errors(emitted, site, t, up, usable):
    """Degrees between the daemon's up and the truth's at each orientation object whose neighbourhood is usable."""
    at, mine = [], []
    for message in emitted.streams["orientation"]:
        q = message["sites"].get(site)
        if q:
            at.append(message["t_s"])
            mine.append(q)
    at, mine = np.array(at), up_in_sensor(mine)
    inside = (np.interp(at, t, usable.astype(float)) == 1) & (at > t[0] + SETTLE_S)
    filled = [np.interp(at, t[usable], up[usable, axis]) for axis in range(3)]
    truth = np.array(filled).T
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    angle = np.degrees(np.arctan2(np.linalg.norm(np.cross(mine, truth), axis=1), (mine * truth).sum(axis=1)))
    return angle[inside]


class Inclination(ReplayTest):
    def test_broad(self):
        names, rmse = [], []  # rmse[trial][offset]
        for path in sorted((DATA / "broad").glob("*.csv.xz")):
            t, movement, *q = columns(path, "t_s", "movement", "qw", "qx", "qy", "qz")
            q = np.array(q).T
            usable = np.isfinite(q).all(axis=1) & (movement == 1)
            emitted = self.replay_csv("broad", path)
            errors = [inclination_errors(emitted, "sacrum", t + offset, up_in_sensor(q), usable)
                      for offset in BROAD_OFFSETS_S]
            self.assertGreater(min(map(len, errors)), 1000)
            names.append(path.name.split(".")[0])
            rmse.append([np.sqrt(np.mean(error ** 2)) for error in errors])
        self.assertEqual(len(names), 5)
        rmse = np.array(rmse)
        best = np.argmin(rmse.mean(axis=0))
        figure("broad_offset", 1e3 * BROAD_OFFSETS_S[best], "ms")
        for name, value in zip(names, rmse[:, best]):
            figure(f"broad_{name}_rmse", value, "deg")
        figure("broad_rmse_mean", rmse[:, best].mean(), "deg")
        self.assertLessEqual(rmse[:, best].mean(), BROAD_MEAN_DEG)
        self.assertLessEqual(rmse[:, best].max(), BROAD_WORST_DEG)

    def test_trunk(self):
        medians = []
        for row in rows(DATA / "trunk_arm_mocap" / "trials.csv"):
            path = DATA / "trunk_arm_mocap" / row["file"]
            t, *q = columns(path, "t_s", "ref_trunk_qw", "ref_trunk_qx", "ref_trunk_qy", "ref_trunk_qz")
            q = np.array(q).T
            usable = np.isfinite(q).all(axis=1)
            if usable.sum() < 100:
                continue
            errors = inclination_errors(self.replay_csv("trunk_arm_mocap", path), "sternum", t, up_in_sensor(q), usable)
            if len(errors):
                medians.append(np.median(errors))
                print(f"{path.name}: median {medians[-1]:.2f} deg")
        self.assertGreaterEqual(len(medians), 5)
        figure("trunk_arm_mocap_trials", len(medians))
        figure("trunk_arm_mocap_inclination_median", np.median(medians), "deg")
        self.assertLessEqual(np.median(medians), TRUNK_MEDIAN_DEG)


if __name__ == "__main__":
    main("broad", "trunk_arm_mocap")
