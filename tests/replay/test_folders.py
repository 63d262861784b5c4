# SPDX-License-Identifier: GPL-3.0-or-later
"""Every other folder of reference data: it runs cleanly, the counters balance, what the worn sensors cannot tell is
null. Walking at the lower back is also scored against the folders' step events."""

import itertools
import lzma

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main, rows, run

FOLDERS = ("harlab_hexoskin", "ipol_gait", "mobilised_lab", "stroke_treadmill_lumbar", "mtw17_fullbody",
           "trunk_arm_mocap", "broad", "arm_swing_wrists")
MEDIAN_SPM = 6  # seconds of walking between a start and a stop, and by patients: the step events serve these
HEXOSKIN_ROWS = 32000  # the first 500 s of 1500 are enough here
SITES = {  # of the presets
    "mtw17_fullbody": ("sacrum sternum head shoulder_left shoulder_right wrist_left wrist_right foot_left "
                       "foot_right").split(),
    "trunk_arm_mocap": ["sternum", "wrist_right"],
    "arm_swing_wrists": ["wrist_left", "wrist_right"],
}
POSTURE_NEEDS = {
    "pelvic_tilt_deg": {"sacrum"}, "lumbar_flexion_deg": {"t12", "sacrum"}, "thoracic_flexion_deg": {"c7", "t12"},
    "neck_flexion_deg": {"head", "c7"}, "lateral_bend_deg": {"c7", "sacrum"}, "trunk_rotation_deg": {"c7", "sacrum"},
    "shoulder_elevation_left_deg": {"shoulder_left", "c7"}, "shoulder_protraction_deg": {"shoulder_left", "c7"},
}


def walking_errors(emitted, contacts):
    """Cadence minus the mean step rate of the contacts in the same window, where they cover it without a pause."""
    start = emitted.times("orientation")[0] - 0.019  # the second block's end
    errors = []
    for message in emitted.streams["cadence"]:
        if not message["cadence_spm"]:
            continue
        centre, half = message["t_s"] - start, message["window_s"] / 2
        inside = contacts[(contacts >= centre - half) & (contacts <= centre + half)]
        covered = len(inside) >= 5 and inside[0] <= centre - half + 1 and inside[-1] >= centre + half - 1
        if not covered or np.diff(inside).max() > 1.0:
            continue
        errors.append(message["cadence_spm"] - 60 / np.diff(inside).mean())
    return np.array(errors)


class Folders(ReplayTest):
    def check_nulls(self, emitted, sites):
        self.assertEqual(sorted(emitted.streams["status"][-1]["sites"]), sorted(sites))
        for key, needed in POSTURE_NEEDS.items():
            if not needed <= set(sites):
                self.assertTrue(np.isnan(emitted.of("posture", key)).all(), f"{key} without {needed - set(sites)}")
                self.assertTrue(np.isnan(emitted.of("posture", key, "mean")).all(), key)
        if not {"sternum", "abdomen"} & set(sites):
            self.assertTrue(np.isnan(emitted.of("breathing", "rate_bpm")).all())
        cadence = emitted.of("cadence", "cadence_spm")
        known = cadence[np.isfinite(cadence)]
        self.assertTrue(((known == 0) | ((known >= 38) & (known <= 245))).all(), "a cadence nobody walks")

    def files(self, folder, pattern="*.csv.xz"):
        found = sorted((DATA / folder).glob(pattern))
        self.assertGreater(len(found), 0)
        return found

    def test_one_lower_back_sensor(self):
        for folder in ("stroke_treadmill_lumbar", "broad"):
            for path in self.files(folder):
                with self.subTest(path=path.name):
                    self.check_nulls(self.replay_csv(folder, path), ["sacrum"])

    def test_hexoskin(self):
        for path in self.files("harlab_hexoskin", "*_acc.csv.xz"):
            with self.subTest(path=path.name):
                with lzma.open(path, "rb") as file:
                    text = b"".join(itertools.islice(file, HEXOSKIN_ROWS))
                recording = self.folder / f"{path.name[:3]}.xdf"
                run("poisectl", "import", "--from", "harlab_hexoskin", "-", recording, stdin=text)
                emitted = self.replay(recording)
                self.check_nulls(emitted, ["sacrum"])
                cadence = emitted.of("cadence", "cadence_spm")
                figure(f"hexoskin_{path.name[:3]}_answered", np.isfinite(cadence).mean())

    def test_many_sensors(self):
        for folder, sites in SITES.items():
            for path in self.files(folder):
                with self.subTest(path=path.name):
                    self.check_nulls(self.replay_csv(folder, path), sites)

    def score_walks(self, folder, contacts_of):
        everything = []
        for path in self.files(folder, "*_lowerback.csv.xz"):
            with self.subTest(path=path.name):
                emitted = self.replay_csv(folder, path)
                self.check_nulls(emitted, ["sacrum"])
                errors = walking_errors(emitted, contacts_of(str(path).replace("_lowerback.csv.xz", "_events.csv")))
                everything.extend(errors)
                if len(errors):
                    print(f"{folder} {path.name.split('_lowerback')[0]}: {len(errors)} windows, "
                          f"MAE {np.abs(errors).mean():.2f} spm, worst {np.abs(errors).max():.2f} spm")
        everything = np.abs(everything)
        figure(f"{folder}_windows", len(everything))
        figure(f"{folder}_cadence_mae", everything.mean(), "spm")
        figure(f"{folder}_cadence_median", np.median(everything), "spm")
        self.assertGreater(len(everything), 30)
        self.assertLess(np.median(everything), MEDIAN_SPM)

    def test_ipol(self):
        def contacts(path):
            return np.array(sorted(float(row["t_s"]) for row in rows(path) if row["event"] == "foot_strike"))
        self.score_walks("ipol_gait", contacts)

    def test_mobilised(self):
        def contacts(path):
            return np.array(sorted(float(row["t_s"]) for row in rows(path)
                                   if row["event"] == "initial_contact" and row["reference_system"] == "INDIP"))
        self.score_walks("mobilised_lab", contacts)


if __name__ == "__main__":
    main(*FOLDERS)
