# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the confidence of the cadence mean what it says? Every value with truth, of all recordings that have one and of
simulated runs that start, stop, crawl, walk briskly, jog and change speed: of those with a confidence of 0.8 or more 95 %
lie within 2 steps/min of the mean rate in their window, and there are many of them."""

import numpy as np

from replay_kit import DATA, ReplayTest, columns, fft_hz, figure, main, number, rows, run
from test_harlab import SUBJECTS, contradicted
from test_simulator import Truth

NEAR_SPM, SURE = 2.0, 0.8
WITHIN, ANSWERS = 0.95, 0.7  # of the sure values; of all values with truth these are sure
LIMITS = (0, 0.35, 0.6, 0.8, 0.9, 1.01)
PHASES = """version: 1
phases:
  - {kind: stand, duration_s: 12}
  - {kind: walk, duration_s: 25, cadence_spm: 46, speed_m_s: 0.35}
  - {kind: walk, duration_s: 20, cadence_spm: 76, speed_m_s: 0.8}
  - {kind: walk, duration_s: 25, cadence_spm: 100, speed_m_s: 1.1, to: {cadence_spm: 130, speed_m_s: 1.8}}
  - {kind: walk, duration_s: 25, cadence_spm: 138, speed_m_s: 2.0}
  - {kind: run, duration_s: 25, cadence_spm: 140, speed_m_s: 1.9, duty_factor: 0.46}
  - {kind: run, duration_s: 20, cadence_spm: 150, speed_m_s: 2.4, to: {cadence_spm: 185, speed_m_s: 4}}
  - {kind: stand, duration_s: 8}
  - {kind: run, duration_s: 15, cadence_spm: 232, speed_m_s: 6}
  - {kind: walk, duration_s: 7, cadence_spm: 100, speed_m_s: 1.2}
  - {kind: stand, duration_s: 5}
  - {kind: walk, duration_s: 7, cadence_spm: 110, speed_m_s: 1.2}
  - {kind: stand, duration_s: 8}
"""


def values(emitted):
    """t, window, cadence, confidence of what is not standing."""
    table = np.array([[number(message[key]) for key in ("t_s", "window_s", "cadence_spm", "confidence")]
                      for message in emitted.streams["cadence"]])
    return table[np.isfinite(table[:, 1])]


def rate_of_events(events, start, end):
    """Mean rate per minute between two instants; NaN unless they cover it evenly: neither pauses nor events that are
    plainly missed or found twice."""
    first, last = np.searchsorted(events, start) - 1, np.searchsorted(events, end)
    if first < 0 or last >= len(events) or last - first < 4:
        return np.nan
    every = np.diff(events[first:last + 1])
    half = np.median(events[first + 2:last + 1] - events[first:last - 1]) / 2
    if every.max() > min(1.65 * half, 2.0) or every.min() < 0.4 * half:
        return np.nan
    count = np.arange(len(events))
    return 60 * (np.interp(end, events, count) - np.interp(start, events, count)) / (end - start)


class Confidence(ReplayTest):
    def setUp(self):
        super().setUp()
        self.found = {}

    def add(self, name, table, truth):
        known = np.isfinite(truth) & (truth > 0)
        error = np.abs(table[:, 2] - truth)
        self.found.setdefault(name, []).extend(zip(error[known], table[known, 3]))

    def add_events(self, name, path, preset, events):
        table = values(self.replay_csv(preset, path))
        self.add(name, table, np.array([rate_of_events(np.array(events), t - window / 2, t + window / 2)
                                        for t, window, *_ in table]))

    def walkers(self):
        for path in sorted((DATA / "ipol_gait").glob("*_lowerback.csv.xz")):
            table = rows(str(path).replace("_lowerback.csv.xz", "_events.csv"))
            self.add_events("ipol_gait", path, "ipol_gait",
                            sorted(float(row["t_s"]) for row in table if row["event"] == "foot_strike"))
        for path in sorted((DATA / "mobilised_lab").glob("*_lowerback.csv.xz")):
            table = rows(str(path).replace("_lowerback.csv.xz", "_events.csv"))
            self.add_events("mobilised_lab", path, "mobilised_lab",
                            sorted(float(row["t_s"]) for row in table
                                   if row["event"] == "initial_contact" and row["reference_system"] == "INDIP"))
        for path in sorted((DATA / "stroke_treadmill_lumbar").glob("*_lumbar.csv.xz")):
            table = rows(str(path).replace("_lumbar.csv.xz", "_midswing.csv"))
            self.add_events("stroke_treadmill_lumbar", path, "stroke_treadmill_lumbar",
                            [float(row["t_s"]) for row in table])

    def activities(self):
        for subject in SUBJECTS:
            windows = rows(DATA / "harlab_actigraph" / f"{subject}_ankle_cadence.csv")
            path = DATA / "harlab_actigraph" / f"{subject}.csv.xz"
            table, kept = values(self.replay_csv("harlab_actigraph", path)), ~contradicted(subject, windows)
            centre = np.array([(float(window["t_start_s"]) + float(window["t_end_s"])) / 2 for window in windows])
            ankle = np.where(kept, [float(window["cadence_spm"]) for window in windows], np.nan)
            nearest = np.abs(table[:, :1] - centre).argmin(axis=1)
            inside = np.abs(table[:, 0] - centre[nearest]) <= 2.5
            self.add("harlab_actigraph", table, np.where(inside, ankle[nearest], np.nan))

    def runners(self):
        path = DATA / "adept_run" / "run_000_300s.csv.xz"
        t, *ankle = columns(path, "t_s", "ankle_ax", "ankle_ay", "ankle_az")
        magnitude = np.linalg.norm(ankle, axis=0)
        table = values(self.replay_csv("adept_run", path))
        truth = np.full(len(table), np.nan)
        for i, (at, window, *_) in enumerate(table):
            inside = (t >= at - window / 2) & (t < at + window / 2)
            if inside.sum() > 90 * window and magnitude[inside].std() > 5:
                truth[i] = 120 * fft_hz(t[inside], magnitude[inside], 0.5, 2)
        self.add("adept_run", table, truth)

    def simulated(self):
        scenario = self.folder / "scenario.yaml"
        scenario.write_text(PHASES)
        for seed, sites in ((1, "sacrum,c7,sternum"), (2, "sacrum"), (3, "c7,head")):
            recording, path = self.folder / f"{seed}.xdf", self.folder / f"{seed}.truth"
            run("poise-sim", "--scenario", scenario, "--seed", seed, "--sites", sites, "--write", recording, "--truth",
                path, "--quiet")
            table, truth = values(self.replay(recording)), Truth(path)
            t, half, cadence = table[:, 0], table[:, 1] / 2, truth.of("cadence_spm")
            inside = np.array([(truth.t >= at - by) & (truth.t <= at + by) for at, by in zip(t, half)])
            least = np.array([cadence[chosen].min(initial=np.inf) for chosen in inside])
            covered = (least > 0) & (t + half <= truth.t[-1]) & (t - half >= truth.t[0])
            self.add("simulator", table, np.where(covered, truth.rate_per_min("steps", t - half, t + half), np.nan))

    def test_it_means_what_it_says(self):
        for part in (self.walkers, self.activities, self.runners, self.simulated):
            part()
        self.found["all"] = [value for part in self.found.values() for value in part]
        for name, pairs in self.found.items():
            error, confidence = np.array(pairs).T
            near = error <= NEAR_SPM  # a null is not
            figure(f"confidence_{name}_values", len(error))
            for low, high in zip(LIMITS, LIMITS[1:]):
                chosen = (confidence >= low) & (confidence < high) & np.isfinite(error)
                if chosen.any():
                    figure(f"confidence_{name}_from_{low:.2f}_share", chosen.mean())
                    figure(f"confidence_{name}_from_{low:.2f}_near", near[chosen].mean())
            sure = confidence >= SURE
            figure(f"confidence_{name}_sure_share", sure.mean())
            figure(f"confidence_{name}_sure_near", near[sure].mean() if sure.any() else np.nan)
        error, confidence = np.array(self.found["all"]).T
        self.assertGreater(len(error), 8000)
        self.assertGreaterEqual((error[confidence >= SURE] <= NEAR_SPM).mean(), WITHIN)
        self.assertGreaterEqual((confidence >= SURE).mean(), ANSWERS)


if __name__ == "__main__":
    main("harlab_actigraph", "adept_run", "ipol_gait", "mobilised_lab", "stroke_treadmill_lumbar",
         programs=("poised", "poisectl", "poise-sim"))
