# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated feet against the truth: an uneven runner whose feet roll by 11 to 19 degrees, and walks and runs from 80 to
200 steps a minute. Eversion with the whole harness; contacts and toe-offs with the two feet alone."""

import json

import numpy as np

from replay_kit import SOURCE, ReplayTest, figure, main, number, run

SCENARIOS = ("dynamics", "intervals")
SIDES = ("left", "right")
MAE_DEG = 2.0  # in each scenario and of each foot
PHASE_MAE_DEG = 2.5  # of each phase; the answer is a median of ten stances, so it lags
STEADY_AFTER_S = 10
ANSWERED = 0.9
CONTACT_MS = 40  # of each contact
CONTACT_MAE_MS = 40  # of the contact time, walking and running
FOUND, FALSE, WITHIN = 0.97, 0.03, 0.98  # shares of the contacts; a foot set down to stand is none in the truth
MATCH_S = 0.15


class Feet(ReplayTest):
    may_slip = True  # the loose pack of dynamics tilts as it comes off

    def replay_scenario(self, name, *options):
        recording, truth = self.folder / f"{name}.xdf", self.folder / f"{name}.truth.jsonl"
        scenario = SOURCE / "config" / "scenarios" / f"{name}.yaml"
        run("poise-sim", "--scenario", scenario, "--write", recording, "--truth", truth, "--quiet", *options)
        samples = [json.loads(line) for line in truth.read_text().splitlines()]
        return (self.replay(recording), [sample for sample in samples if "event" not in sample],
                [sample for sample in samples if sample.get("event") == "contact"])

    def test_eversion(self):
        for name in SCENARIOS:
            emitted, truth, _ = self.replay_scenario(name)
            t, at = emitted.times("gait"), np.array([sample["mono_s"] for sample in truth])
            near = np.searchsorted(at, t).clip(0, len(at) - 1)
            phase = np.array([truth[i]["phase"] for i in near])
            for side in SIDES:
                stated = np.array([number(truth[i][f"foot_eversion_{side}_deg"]) for i in near])
                error = emitted.of("gait", f"eversion_{side}_deg") - stated
                moving = np.isfinite(stated)
                moving &= t > t[np.argmax(moving)] + STEADY_AFTER_S
                answered = moving & np.isfinite(error)
                mae = np.abs(error[answered]).mean()
                with self.subTest(scenario=name, side=side):
                    figure(f"eversion_{name}_{side}_mae", mae, "deg")
                    figure(f"eversion_{name}_{side}_answered", answered.sum() / moving.sum())
                    self.assertGreater(answered.sum(), ANSWERED * moving.sum())
                    self.assertLessEqual(mae, MAE_DEG)
                    for one in set(phase[answered]):
                        self.assertLessEqual(np.abs(error[answered & (phase == one)]).mean(), PHASE_MAE_DEG, one)

    def test_contacts(self):
        for name in SCENARIOS:
            emitted, _, contacts = self.replay_scenario(name, "--sites", "foot_left,foot_right")
            stated = np.array([contact["mono_s"] for contact in contacts])
            for stream in ("contact", "step"):
                t = emitted.times(stream)
                near = np.abs(t[:, None] - stated).argmin(axis=1)
                true = np.abs(t - stated[near]) < MATCH_S
                late_ms = 1000 * (t - stated[near])[true]
                foot = np.array([contacts[i]["foot"] for i in near])
                with self.subTest(scenario=name, stream=stream):
                    figure(f"feet_{name}_{stream}_found", len(set(near[true])) / len(stated))
                    figure(f"feet_{name}_{stream}_false", (~true).sum())
                    figure(f"feet_{name}_{stream}_late", late_ms.mean(), "ms")
                    figure(f"feet_{name}_{stream}_worst", np.abs(late_ms).max(), "ms")
                    self.assertGreater(len(set(near[true])), FOUND * len(stated))
                    self.assertLessEqual((~true).sum(), FALSE * len(stated))
                    self.assertGreater((np.abs(late_ms) <= CONTACT_MS).mean(), WITHIN)
                    sure = np.abs(t - stated[near]) < CONTACT_MS / 1000  # the feet's contacts are 300 ms apart
                    self.assertTrue((emitted.names(stream, "foot") == foot)[sure].all())
            self.check_contact_times(name, emitted.of("step", "contact_ms"), [contacts[i] for i in near], true)

    def check_contact_times(self, name, told, contacts, true):
        error = told - np.array([number(contact["contact_ms"]) for contact in contacts])
        activity = np.array([contact["activity"] for contact in contacts])
        for one in set(activity):
            some = np.abs(error[true & (activity == one) & np.isfinite(error)])
            with self.subTest(scenario=name, activity=one):
                figure(f"feet_{name}_{one}_contact_time_mae", some.mean(), "ms")
                self.assertGreater(len(some), ANSWERED * (true & (activity == one)).sum())
                self.assertLessEqual(some.mean(), CONTACT_MAE_MS)


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
