# SPDX-License-Identifier: GPL-3.0-or-later
"""shank_walk_run_grf: an accelerometer at one shank, worn as a foot, against the force under that foot. Stride, contact
and contact time, whatever way the sensor is turned; what one foot cannot tell stays null."""

import json

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main, number, rows

FOLDER = "shank_walk_run_grf"
STRIDE_HZ = 0.02
CONTACT_MAE_MS = 30
MATCH_S = 0.1
SPREAD_MS = 15  # SD of the contacts' instants in a trial
FIRST_S = 1.6   # the swing before the first contact has to be seen whole
LATE_S = 0.25
TURNED = "foot_left=-shank_a_ml,shank_a_vert,-shank_a_ap"  # z no longer along the leg


def strides(trial):
    events = [(float(row["t_s"]), row["event"]) for row in rows(DATA / FOLDER / f"{trial}_events.csv")]
    return (np.array([t for t, event in events if event == "foot_on"]),
            np.array([t for t, event in events if event == "foot_off"]))


def stride_errors(emitted, on):
    """Cadence counts two steps per stride; the truth is the mean stride inside each value's window."""
    errors = []
    for message in emitted.streams["cadence"]:
        if not message["cadence_spm"]:
            continue
        inside = on[np.abs(on - message["t_s"]) <= message["window_s"] / 2]
        if len(inside) > 2:
            errors.append(message["cadence_spm"] / 120 - (len(inside) - 1) / (inside[-1] - inside[0]))
    return np.array(errors)


def step_errors(steps, on, off):
    """Of every emitted step: its contact's and its contact time's error in ms."""
    contact, ground, used = [], [], set()
    for step in steps:
        nearest = int(np.argmin(np.abs(on - step["t_s"])))
        after = off[off > on[nearest]]
        if abs(on[nearest] - step["t_s"]) > MATCH_S or nearest in used or len(after) == 0:
            continue
        used.add(nearest)
        contact.append(1000 * (step["t_s"] - on[nearest]))
        ground.append(number(step["contact_ms"]) - 1000 * (after[0] - on[nearest]))
    return np.array(contact), np.array(ground)


class Shank(ReplayTest):
    def latest_contact(self, recording):
        """How long after its instant a contact is told: seconds behind the newest orientation before it."""
        newest, latest = -np.inf, 0.0
        for line in (self.folder / f"{recording.stem}.jsonl").read_text().splitlines():
            message = json.loads(line)
            if message["stream"] == "orientation":
                newest = message["t_s"]
            elif message["stream"] == "contact":
                latest = max(latest, newest - message["t_s"])
        return latest

    def check_trial(self, trial, foot, *options):
        on, off = strides(trial)
        path = DATA / FOLDER / f"{trial}.csv.xz"
        recording = self.import_csv(None, path, *options) if options else self.import_csv(FOLDER, path)
        emitted = self.replay(recording)
        steps = emitted.streams["step"]
        contact, ground = step_errors(steps, on, off)
        # A recording that ends within the second and a half of a step leaves it out.
        wanted = ((on > FIRST_S) & (on < max(message["t_s"] for message in emitted.streams["orientation"]) - 1.5)).sum()
        self.assertGreaterEqual(len(contact), wanted - 1, "steps found")
        self.assertLessEqual(len(steps) - len(contact), 1, "steps made up")
        self.assertTrue(np.isfinite(ground).all(), "a step without a contact time")
        self.assertLessEqual(np.abs(ground).mean(), CONTACT_MAE_MS)
        self.assertLessEqual(contact.std(), SPREAD_MS)
        self.assertEqual({message["foot"] for message in steps + emitted.streams["contact"]}, {foot})
        for key in ("step_time_ms", "flight_ms", "vertical_oscillation_mm", "impact_g", "braking_g", "step_length_m"):
            self.assertTrue(np.isnan(emitted.of("step", key)).all(), f"{key} from one foot")
        self.assertLessEqual(self.latest_contact(recording), LATE_S)
        return emitted, on, contact, ground

    def test_every_trial(self):
        trials = rows(DATA / FOLDER / "trials.csv")
        trials = [trial for trial in trials if (DATA / FOLDER / f"{trial['file']}.csv.xz").exists()]
        self.assertGreaterEqual(len(trials), 6)
        all_ground, all_stride = [], []
        for trial in trials:
            with self.subTest(trial=trial["file"]):
                emitted, on, contact, ground = self.check_trial(trial["file"], "left")
                stride = stride_errors(emitted, on)
                all_ground.append(np.abs(ground).mean())
                all_stride.append(np.median(np.abs(stride)))
                print(f"{trial['file']}: contact {contact.mean():.1f} ms, SD {contact.std():.1f}; contact time MAE "
                      f"{all_ground[-1]:.1f} ms; stride {all_stride[-1]:.4f} Hz, worst {np.abs(stride).max():.4f} Hz of "
                      f"{len(stride)}")
                self.assertGreater(len(stride), 0, "no cadence")
                self.assertLessEqual(all_stride[-1], STRIDE_HZ)
        figure("shank_contact_time_mae", np.mean(all_ground), "ms")
        figure("shank_contact_time_worst_trial", np.max(all_ground), "ms")
        figure("shank_stride_median", np.mean(all_stride), "Hz")
        figure("shank_stride_worst_trial", np.max(all_stride), "Hz")

    def test_turned_sensor_and_the_other_foot(self):
        for trial in ("A_walking_03", "D_running_15"):
            with self.subTest(trial=trial):
                self.check_trial(trial, "left", "--map", TURNED)
                self.check_trial(trial, "right", "--map", TURNED.replace("left", "right"))


if __name__ == "__main__":
    main(FOLDER)
