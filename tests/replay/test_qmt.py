# SPDX-License-Identifier: GPL-3.0-or-later
"""qmt_fullbody: a real chain of IMUs from feet to head. All together and each place alone give the same cadence; the
still stretch calibrates; the accelerometers' and gyros' clocks are one, so nothing is lost."""

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main

FOLDER = "qmt_fullbody"
FILE = DATA / FOLDER / "fullbody.csv.xz"
PLACES = {"sacrum": "hip", "t12": "lower_back", "c7": "upper_back", "head": "head", "foot_left": "foot_left",
          "foot_right": "foot_right"}
ALONE = {"sacrum": ["sacrum"], "t12": ["t12"], "c7": ["c7"], "head": ["head"], "feet": ["foot_left", "foot_right"]}
# Of the recording: still, small movements to 20 s, still in another pose to 40 s, from about 55 s on walking.
WALK_FROM_S, WALK_TO_S = 58, 97
STILL_FROM_S, STILL_TO_S = 22, 39
AGREE_SPM = 2.0
WALK_SPM = (118, 134)  # the folder's README: 2.0 to 2.2 steps per second at the hip, strides of 1.00 to 1.09 Hz
NEUTRAL_DEG = 1   # at the moment of calibration
STILL_SD_DEG = 0.5
DRIFT_DEG = 0.5   # over 17 s of stillness, 5 s at each end averaged
WALK_DEG = 60     # no joint of the trunk bends further in a walk


def imu(site):
    place = PLACES[site]
    return f"{site}=" + ",".join(f"{place}_{axis}" for axis in ("ax", "ay", "az", "gx", "gy", "gz"))


def since_start(emitted, stream):
    return emitted.times(stream) - emitted.times("orientation")[0]


class Qmt(ReplayTest):
    def replay_sites(self, sites):
        maps = [option for site in sites for option in ("--map", imu(site))]
        recording = self.import_csv(None, FILE, *maps)
        return self.replay(recording)

    def test_cadence_agrees_between_places(self):
        emitted = self.replay_csv(FOLDER, FILE)
        self.assertEqual(sorted(emitted.streams["status"][-1]["sites"]), sorted(PLACES))
        t = since_start(emitted, "cadence")
        walk = (t > WALK_FROM_S) & (t < WALK_TO_S)
        together = emitted.of("cadence", "cadence_spm")[walk]
        figure("qmt_all_answered", np.isfinite(together).mean())
        figure("qmt_all_cadence", np.nanmedian(together), "spm")
        self.assertGreater(np.isfinite(together).mean(), 0.95)
        self.assertTrue(WALK_SPM[0] <= np.nanmedian(together) <= WALK_SPM[1])
        for name, sites in ALONE.items():
            with self.subTest(alone=name):
                single = self.replay_sites(sites)
                self.assertEqual(len(single.streams["cadence"]), len(t))  # one grid: the same instants
                alone = single.of("cadence", "cadence_spm")[walk]
                difference = np.abs(alone - together)
                figure(f"qmt_{name}_answered", np.isfinite(alone).mean())
                figure(f"qmt_{name}_difference", np.nanmedian(difference), "spm")
                self.assertGreater(np.isfinite(alone).mean(), 0.8)
                self.assertLessEqual(np.nanmedian(difference), AGREE_SPM)

    def test_the_chain_gives_what_it_can(self):
        emitted = self.replay_csv(FOLDER, FILE)
        for key in ("trunk_lean_deg", "thoracic_flexion_deg", "lumbar_flexion_deg", "neck_flexion_deg",
                    "pelvic_tilt_deg", "trunk_rotation_deg"):
            self.assertGreater(np.isfinite(emitted.of("posture", key)).mean(), 0.99, key)
        for key in ("shoulder_elevation_left_deg", "shoulder_protraction_deg"):
            self.assertTrue(np.isnan(emitted.of("posture", key)).all(), key)
        self.assertTrue(np.isnan(emitted.of("breathing", "rate_bpm")).all(), "no chest sensor, no breathing")

    def test_the_still_stretch_calibrates(self):
        """The preset turns the back's sensors (x up) to z up: the chain takes the quiet start as its neutral pose and stays
        put while nobody moves."""
        emitted = self.replay_csv(FOLDER, FILE)
        t, calibrated = since_start(emitted, "posture"), emitted.of("posture", "calibrated") > 0
        self.assertTrue(calibrated[-1])
        first = t[np.argmax(calibrated)]
        figure("qmt_calibrated_after", first, "s")
        neutral, still = (t >= first) & (t < first + 0.5), (t > STILL_FROM_S) & (t < STILL_TO_S)
        for key in ("trunk_lean_deg", "thoracic_flexion_deg", "lumbar_flexion_deg", "neck_flexion_deg"):
            angle = emitted.of("posture", key)
            drift = angle[still][-100:].mean() - angle[still][:100].mean()
            figure(f"qmt_{key}_drift", drift, "deg")
            self.assertLess(np.abs(angle[neutral]).max(), NEUTRAL_DEG, key)
            figure(f"qmt_{key}_sd", angle[still].std(), "deg")
            self.assertLess(abs(drift), DRIFT_DEG, key)
            self.assertLessEqual(angle[still].std(), STILL_SD_DEG, key)
            self.assertLess(np.nanmax(np.abs(emitted.of("posture", key, "mean")[t > WALK_FROM_S])), WALK_DEG, key)


if __name__ == "__main__":
    main(FOLDER)
