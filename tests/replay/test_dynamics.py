# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated runners against their truth, step by step: contacts, foot, contact time, vertical oscillation, arms, pack.
An uneven runner with a loose pack, intervals with walks, breaks and stumbles, and a steady run."""

import json

import numpy as np

from replay_kit import SOURCE, ReplayTest, figure, main, number, run

SCENARIOS = {"run": 2, "dynamics": 4, "intervals": 5}
NEAR_S = 0.080
F1 = {"run": 0.995, "walk": 0.97}
BLEND_S = 3  # the simulator fades gait in over this time: its first steps are hardly felt
INSTANT_SD_MS, INSTANT_BIAS_MS = {"run": 12, "walk": 20}, {"run": 12, "walk": 25}
CONTACT_MAE_MS, OSCILLATION_MAE_MM = 6, 3
SIDE_SHARE = 0.99
ARM_MAE_DEG, BOUNCE_MAE_MM, LAG_MAE_MS, TILT_MAE_DEG = 2, 2, 5, 1


class Dynamics(ReplayTest):
    def simulate(self, scenario):
        recording, truth = self.folder / f"{scenario}.xdf", self.folder / f"{scenario}.jsonl"
        run("poise-sim", "--scenario", SOURCE / "config" / "scenarios" / f"{scenario}.yaml", "--seed",
            SCENARIOS[scenario], "--write", recording, "--truth", truth, "--quiet")
        lines = [json.loads(line) for line in truth.read_text().splitlines()]
        emitted = self.replay(recording)
        recording.unlink()
        return emitted, [line for line in lines if line.get("event") == "contact"], [line for line in lines
                                                                                     if "event" not in line]

    def check_contacts(self, scenario, emitted, truth, gait):
        found, feet = emitted.times("contact"), emitted.names("contact", "foot")
        everything = np.array([contact["mono_s"] for contact in truth])
        chosen = [contact for contact in truth if contact["activity"] == gait]
        if len(chosen) < 10:
            return
        begin = everything[0]
        for t, before in zip(everything[1:], everything):  # of each contact's bout
            begin = np.append(begin, t if t - before > 1 else np.atleast_1d(begin)[-1])
        settled = {t for t, since in zip(everything, np.atleast_1d(begin)) if t - since > BLEND_S}
        at = np.array([contact["mono_s"] for contact in chosen if contact["mono_s"] in settled])
        chosen = [contact for contact in chosen if contact["mono_s"] in settled]
        nearest = np.array([np.argmin(np.abs(found - t)) for t in at])
        hit = np.abs(found[nearest] - at) <= NEAR_S
        error = (found[nearest] - at)[hit]
        alone = [t for t in found if np.abs(everything - t).min() > NEAR_S and np.abs(at - t).min() < 0.3]
        f1 = 2 * hit.sum() / (2 * hit.sum() + (~hit).sum() + len(alone))
        right = [feet[i] == contact["foot"] for i, contact, ok in zip(nearest, chosen, hit) if ok and feet[i]]
        figure(f"dynamics_{scenario}_{gait}_f1", f1)
        figure(f"dynamics_{scenario}_{gait}_instant_bias", 1e3 * error.mean(), "ms")
        figure(f"dynamics_{scenario}_{gait}_instant_sd", 1e3 * error.std(), "ms")
        figure(f"dynamics_{scenario}_{gait}_side", np.mean(right))
        self.assertGreaterEqual(f1, F1[gait])
        self.assertLessEqual(1e3 * error.std(), INSTANT_SD_MS[gait])
        self.assertLessEqual(1e3 * abs(error.mean()), INSTANT_BIAS_MS[gait])
        self.assertGreaterEqual(np.mean(right), SIDE_SHARE)

    def check_steps(self, scenario, emitted, truth):
        at = np.array([contact["mono_s"] for contact in truth])
        errors = {"contact_ms": [], "vertical_oscillation_mm": []}
        for step in emitted.streams["step"]:
            contact = truth[np.argmin(np.abs(at - step["t_s"]))]
            if abs(contact["mono_s"] - step["t_s"]) > NEAR_S or contact["activity"] != "run":
                continue
            for key, values in errors.items():
                if step[key] is not None and contact.get(key) is not None:
                    values.append(step[key] - contact[key])
        for key, allowed in (("contact_ms", CONTACT_MAE_MS), ("vertical_oscillation_mm", OSCILLATION_MAE_MM)):
            figure(f"dynamics_{scenario}_{key}_mae", np.mean(np.abs(errors[key])))
            self.assertGreater(len(errors[key]), 100)
            self.assertLessEqual(np.mean(np.abs(errors[key])), allowed, key)

    def compare(self, emitted, samples, stream, key, truth_key, allowed, mean=False):
        """Over what both know, apart from 12 s after a change: the window of the arms and packs is as long."""
        at = np.array([sample["mono_s"] for sample in samples])
        truth = np.array([number((sample["mean"] if mean else sample)[truth_key]) for sample in samples])
        t, value = emitted.times(stream), emitted.of(stream, key)
        steady = np.array([len({sample["phase"] for sample in samples[a:b]}) == 1
                           for a, b in zip(np.searchsorted(at, t - 12), np.searchsorted(at, t) + 1)])
        error = (value - np.interp(t, at, truth))[steady]
        error = error[np.isfinite(error)]
        figure(f"dynamics_{stream}_{key}_mae", np.mean(np.abs(error)))
        self.assertGreater(len(error), 15, key)
        self.assertLessEqual(np.mean(np.abs(error)), allowed, key)

    def test_runners(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario=scenario):
                emitted, truth, samples = self.simulate(scenario)
                self.check_contacts(scenario, emitted, truth, "run")
                self.check_contacts(scenario, emitted, truth, "walk")
                self.check_steps(scenario, emitted, truth)
                if scenario != "dynamics":
                    continue
                for side in ("left", "right"):
                    self.compare(emitted, samples, "arms", f"swing_{side}_deg", f"arm_swing_{side}_deg", ARM_MAE_DEG)
                self.compare(emitted, samples, "pack", "bounce_mm", "pack_bounce_mm", BOUNCE_MAE_MM)
                self.compare(emitted, samples, "pack", "lag_ms", "pack_lag_ms", LAG_MAE_MS)
                self.compare(emitted, samples, "pack", "tilt_deg", "pack_tilt_deg", TILT_MAE_DEG, mean=True)
                self.compare(emitted, samples, "pack", "side_tilt_deg", "pack_side_tilt_deg", TILT_MAE_DEG, mean=True)


if __name__ == "__main__":
    main(programs=("poised", "poise-sim"))
