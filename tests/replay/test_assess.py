# SPDX-License-Identifier: GPL-3.0-or-later
"""Guided assessments end to end: each exercise performed by the simulator with random parameters, replayed by poised
and held against the truth: counts exact, holds within 0.5 s, ranges within 3 degrees, on the right side; a stop half
way keeps what was done. Two performances of each; POISE_SEEDS=N takes N and prints a table, POISE_SEED=S that one
alone. `test_assess.py posture …` looks at these alone."""

import math
import os
import random
import statistics
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from assess_kit import DRAWN, drawn, perform
from replay_kit import ReplayTest, figure, main

HOLD_S, RANGE_DEG, BEGINS_S = 0.5, 3.0, 0.4
DRIFT_DEG_S = 0.08  # from side to side without a rest the middle is the gyros' alone
SETS_OFF_S = 1.0  # the first cycle of a series, which begins more slowly than the body sways
ANGLE_DEG, SHARE = 1.0, 0.15  # of a posture; of chest and belly
DEPTH, SMALL_DEPTH_DEG = 0.25, 1.0  # share of a breath; what sway adds to a flat one
COUNTED = {  # part and side of each exercise whose repetitions are published one by one
    "thoracic_rotation": [("turn", "left"), ("turn", "right")],
    "lying_rotation": [("turn_left", "left"), ("turn_right", "right")],
    "thoracic_extension": [("extend", None)],
    "scapular_squeeze": [("squeeze", None)],
    "warm_up": [(part, side) for part in ("arm_circles", "shoulder_rolls", "neck_turns") for side in ("left", "right")],
}
TIMED_HOLDS = ("turn", "turn_left", "turn_right", "squeeze")  # of these a hold is asked for
HELD = {"turn": 5, "turn_left": 20, "turn_right": 20, "squeeze": 15}
HELD_LESS_S = 0.25  # that a hold may lack, as docs/assess.md has it


class Verdict:
    """What one performance showed."""

    def __init__(self, exercise, seed, assessed, through=False):
        self.exercise, self.seed, self.assessed, self.through = exercise, seed, assessed, through
        self.complaints, self.hold, self.range, self.begin, self.range_without_rest = [], [], [], [], []
        self.counts = self.right = 0
        outcome = assessed.last["outcome"]
        self.want(outcome == "done", f"ended {outcome}: {assessed.last['hint']} {assessed.last['part']}")

    def want(self, true, complaint):
        if not true:
            self.complaints.append(complaint)

    def count(self, got, lowest, highest, what):
        self.counts += 1
        self.right += lowest <= got <= highest
        self.want(lowest <= got <= highest, f"{what}: {got} counted, {lowest} to {highest} were done"
                  if highest > lowest else f"{what}: {got} counted, {lowest} were done")

    def near(self, errors, got, truth, tolerance, what):
        error = abs(got - truth) if got is not None else math.inf
        errors.append(error)
        self.want(error <= tolerance, f"{what}: {got}, truth {truth:.2f}")

    def judge_counted(self, part, side):
        true, told = self.assessed.true_of(part, side), self.assessed.published_of(part, side)
        row = self.assessed.row(part, side)
        self.count(len(told), len(true), len(true), f"{part} {side}")
        self.want(row and row["count"] == len(told), f"{part} {side}: the row has {row and row['count']}")
        if len(told) != len(true):
            return
        self.want([one["number"] for one in told] == list(range(1, len(told) + 1)), f"{part} {side}: numbers")
        for one, event in zip(told, true):
            what = f"{part} {side} {event['number']} at {event['mono_s']:.1f} s"
            sets_off = part in ("arm_circles", "shoulder_rolls") and event["number"] == 1
            self.near(self.begin, one["t_s"], event["mono_s"], SETS_OFF_S if sets_off else BEGINS_S, f"{what}: begins")
            if part != "arm_circles":
                rested = not self.through or part not in ("turn", "neck_turns")
                drift_deg = 0 if rested else DRIFT_DEG_S * (event["mono_s"] - true[0]["mono_s"])
                self.near(self.range if rested else self.range_without_rest, one["range_deg"], event["range_deg"],
                          RANGE_DEG + drift_deg, f"{what}: range")
            if part in TIMED_HOLDS:
                self.near(self.hold, one["hold_s"], event["hold_s"], HOLD_S, f"{what}: hold")
        if part in TIMED_HOLDS:
            sure, possible = HOLD_S - HELD_LESS_S, -HOLD_S - HELD_LESS_S
            held = [sum(event["hold_s"] >= HELD[part] + by for event in true) for by in (sure, possible)]
            self.want(held[0] <= row["held"] <= held[1], f"{part} {side}: {row['held']} held")

    def judge_cycles(self, part, side, begins, cycle_s):
        """Timed: between the first that was told and the last, none is missed and none is told twice; those at the
        ends of the part's time may lie outside of it."""
        told, row = self.assessed.published_of(part, side), self.assessed.row(part, side)
        from_s, until_s = self.assessed.span(part)
        begins = [t for t in begins if t >= from_s - cycle_s]
        if not told:
            self.count(0, 1, len(begins), f"{part} {side}")
            return
        first_s, end_s = told[0]["t_s"], told[-1]["t_s"] + told[-1]["move_s"]
        done = np.interp([first_s, end_s], begins, range(len(begins)))
        done = done[1] - done[0]
        # The first may begin within one that the part's own beginning cut.
        self.count(row["count"], math.floor(done + 0.2), math.ceil(done - 0.2), f"{part} {side}")
        self.want(len(told) == row["count"], f"{part} {side}: {len(told)} told, the row has {row['count']}")
        self.want(first_s < begins[0] + 3 + 2 * cycle_s, f"{part} {side}: the first at {first_s:.1f} s")
        self.want(end_s > until_s - 2.5 * cycle_s, f"{part} {side}: the last until {end_s:.1f} s of {until_s:.1f} s")

    def judge_swing(self):
        from_s, until_s = self.assessed.span("swing")
        for side in ("left", "right"):
            row = self.assessed.row("swing", side)
            cycles = [event for event in self.assessed.true if event["side"] == side]
            if cycles:
                begins = [event["mono_s"] for event in cycles] + [cycles[-1]["until_mono_s"]]
                truth = statistics.fmean(event["range_deg"] for event in cycles if event["mono_s"] <= until_s)
            else:
                begins = [event["mono_s"] for event in self.assessed.contacts if event["foot"] == side]
                steady_s = max(from_s, begins[0] + 3)  # after the change into the run
                truth = self.assessed.truth_between(steady_s, until_s, f"arm_swing_{side}_deg")
                stride_s = begins[1] - begins[0]  # the first contacts told are those of half a run
                begins = [begins[0] - 2 * stride_s, begins[0] - stride_s] + begins
            self.judge_cycles("swing", side, begins, statistics.median(np.diff(begins)))
            self.near(self.range, row["range_deg"], truth, RANGE_DEG, f"swing {side}: range")

    def judge_breathing(self):
        begins = [breath["mono_s"] for breath in self.assessed.breaths]
        for part in ("chest", "belly"):
            from_s, until_s = self.assessed.span(part)
            self.judge_cycles(part, None, begins, 60 / self.assessed.truth_between(from_s, until_s, "breathing_bpm"))
            values = self.assessed.row(part)["values"]
            truth = {key: self.assessed.truth_between(from_s + 4, until_s, key) for key in ("chest_deg", "abdomen_deg")}
            share = truth["chest_deg"] / (truth["chest_deg"] + truth["abdomen_deg"])
            self.want(values.get("chest_share") is not None and abs(values["chest_share"] - share) < SHARE,
                      f"{part}: chest_share {values.get('chest_share')}, truth {share:.2f}")
            for key, deg in truth.items():
                self.near(self.range, values.get(key), deg, max(DEPTH * deg, SMALL_DEPTH_DEG), f"{part}: {key}")

    def judge_posture(self):
        truth = {}
        for part in ("usual", "tall"):
            until_s = self.assessed.span(part)[1]
            values = self.assessed.row(part)["values"]
            for key in ("thoracic_flexion_deg", "lumbar_flexion_deg", "neck_flexion_deg", "trunk_lean_deg",
                        "shoulder_protraction_deg"):
                truth[part, key] = self.assessed.truth_between(until_s - 14, until_s, key)
                self.near(self.range, values.get(key), truth[part, key], ANGLE_DEG, f"{part}: {key}")
        change = truth["tall", "thoracic_flexion_deg"] - truth["usual", "thoracic_flexion_deg"]
        self.near(self.range, self.assessed.row("tall")["values"].get("thoracic_flexion_change_deg"), change, ANGLE_DEG,
                  "the change")

    def judge(self):
        for part, side in COUNTED.get(self.exercise, ()):
            self.judge_counted(part, side)
        extra = {"arm_swing": self.judge_swing, "breathing": self.judge_breathing, "posture": self.judge_posture}
        if self.exercise in extra:
            extra[self.exercise]()
        return self


def seeds():
    if "POISE_SEED" in os.environ:
        return [int(os.environ["POISE_SEED"])]
    return list(range(1, 3)) + [random.SystemRandom().randrange(100, 2 ** 31)
                                for _ in range(int(os.environ.get("POISE_SEEDS", 2)) - 2)]


class Assessments(ReplayTest):
    def judge(self, exercise, seed):
        text = drawn(exercise, random.Random(f"{exercise} {seed}")).text(seed)
        assessed = perform(text, self.folder, f"{exercise}-{seed}")
        if not assessed.results:
            raise AssertionError("no assessment was published")
        return Verdict(exercise, seed, assessed, "through: true" in text).judge()

    def test_every_exercise(self):
        jobs = [(exercise, seed) for exercise in CHOSEN or DRAWN for seed in seeds()]
        verdicts = []
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            for job, future in [(job, pool.submit(self.judge, *job)) for job in jobs]:
                with self.subTest(exercise=job[0], seed=job[1]):  # one that fails altogether leaves the others
                    verdict = future.result()
                    verdicts.append(verdict)
                    for complaint in verdict.complaints:
                        print(f"{job[0]}, seed {job[1]}: {complaint}", flush=True)
                    self.assertEqual(verdict.complaints, [])
        for exercise in CHOSEN or DRAWN:
            self.tell(exercise, [verdict for verdict in verdicts if verdict.exercise == exercise])

    def tell(self, exercise, verdicts):
        figure(f"assess_{exercise}_performances", len(verdicts))
        counts = sum(verdict.counts for verdict in verdicts)
        if counts:
            right = sum(verdict.right for verdict in verdicts)
            figure(f"assess_{exercise}_counts_right", right / counts, f"of {counts}")
        for name, unit in (("hold", "s"), ("range", "deg"), ("range_without_rest", "deg"), ("begin", "s")):
            errors = sorted(error for verdict in verdicts for error in getattr(verdict, name))
            if errors:
                figure(f"assess_{exercise}_{name}_median", errors[len(errors) // 2], unit)
                figure(f"assess_{exercise}_{name}_worst", errors[-1], unit)

    def test_a_stop_half_way(self):
        """In the hold of the fourth turn, say: three are done and stay."""
        performance = drawn("thoracic_rotation", random.Random("stop"))
        turning = performance.phases.pop()
        performance.phases.append(turning[:-1] + ", assess: stop, assess_after_s: 36}")
        assessed = perform(performance.text(5), self.folder, "stop")
        stop_s = 1000 + 6 + 10 + 36
        done = [event for event in assessed.true if event["until_mono_s"] < stop_s]
        begun = [event for event in assessed.true if event["mono_s"] < stop_s]
        self.assertTrue(1 <= len(done) < 10)
        self.assertEqual(assessed.last["outcome"], "stopped")
        self.assertIn(len(assessed.repetitions), {len(done), len(done) - (stop_s - done[-1]["until_mono_s"] < 0.6)})
        self.assertLess(len(assessed.repetitions), len(begun) + 1)
        rows = {row["side"]: row["count"] for row in assessed.last["rows"] if row["part"] == "turn"}
        self.assertEqual(sum(rows.values()), len(assessed.repetitions))
        for side in ("left", "right"):
            self.assertEqual(rows.get(side, 0), len(assessed.published_of("turn", side)))


CHOSEN = tuple(argument for argument in sys.argv[1:] if argument in DRAWN)

if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument not in CHOSEN]
    main(programs=("poised", "poise-sim"))
