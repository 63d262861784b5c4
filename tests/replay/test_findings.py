# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario per factor: the finding must rise to warn within 30 s of (limit crossed + hold), a slouch within 1 s,
clear when what raised it is over, and nothing else may warn. A chosen dozen with the scenarios' own seeds; with
POISE_SEEDS=N all of them with N seeds each, and a table of sensitivity and false alarms per factor.
`test_findings.py slouching …` looks at these alone."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from findings_kit import SCENARIOS, limits, seeds, simulate
from replay_kit import ReplayTest, figure, main

LATE_S, SLOUCH_S = 30, 1
SENSITIVITY, FALSE_PER_HOUR = 0.95, 1
# A warning may not come before its cause; a limit crossed within a blend of 3 s is known to within it.
EARLY_S = 3
# How long after the cause is gone the warning may stand: release, and half a window where the value has one.
CLEARS_S = {"irregular_breathing": 150, "breath_holding": 75, "left_right_asymmetry": 45, "shallow_breathing": 60,
            "accessory_breathing": 60, "vest_tight": 60}
CLEARS_ELSE_S = 30
# What one cannot have without the other: an arm carried by the trunk as one piece hardly swings; fewer steps at the same
# speed, and they stay fewer, lengthen contact or flight against the same session's baseline.
WITH_IT = {"stiff": {"too_little"}, "low_cadence": {"drift"}}
# Timers take 40 and 60 min; minutes show the same.
SETTINGS = {"hydration_due": ("findings.hydration_due.notice_min=2", "findings.hydration_due.warn_min=3"),
            "sitting_long": ("findings.sitting_long.notice_min=2", "findings.sitting_long.warn_min=3")}
CV_BREATHS = 20  # behind interval_cv_pct
STAYS = {"cold_start"}  # what has been neglected stays so for the minutes of the scenario
LONG = {"healthy", "fatigue", "speed_change"}  # test_findings_session.py
DOZEN = ("slouching", "forward_head", "hyperkyphosis", "uneven_shoulders", "cold_start", "left_right_asymmetry",
         "accessory_breathing", "breath_holding", "long_step", "high_impact", "pack_bounce", "crossing")


def scenarios():
    return [path.stem for path in sorted(SCENARIOS.glob("*.yaml")) if path.stem not in LONG]


def hold_s(factor, table):
    """How long the limit must be exceeded; a run that is cold from its start, a hold and the timers need no more."""
    return table[factor].get("hold_s", 0) if factor != "cold_start" else 0


def variation_pct(intervals):
    return 100 * intervals.std(ddof=1) / intervals.mean()


def uneven(cause, events, limits_of):
    """From where on twenty breaths of the truth vary by more than the limit for as long as a warning asks, also without
    the one that is most unlike the others: a single long breath is a sigh or a pause, and interval_cv_pct leaves it out
    (docs/breathing.md). The middle of the twenty, as findings count. A warning may come from the first time on that all
    twenty do: a breath told a tenth of a second off may bridge a moment that the truth spends below."""
    breaths = [event for event in events if event["event"] == "inspiration" and event["hold_ms"] == 0]
    above, first_s = None, None
    for i in range(CV_BREATHS, len(breaths)):
        last = np.array([breath["interval_ms"] for breath in breaths[i - CV_BREATHS:i]])
        middle_s = breaths[i - CV_BREATHS // 2]["mono_s"]
        if first_s is None and variation_pct(last) > limits_of["warn_pct"]:
            first_s = middle_s
        if variation_pct(np.delete(last, np.argmax(np.abs(last - np.median(last))))) <= limits_of["warn_pct"]:
            above = None
            continue
        above = above if above is not None else middle_s
        if middle_s - above >= limits_of["hold_s"]:
            return [cause | {"mono_s": above, "first_mono_s": first_s}]
    return []


def true_causes(scenario, events, table):
    """The truth's own, or what is counted in breaths from these."""
    causes = [event for event in events if event["event"] == "factor"]
    if scenario == "breath_holding":  # each hold by itself; it counts once it has lasted so long
        return [event | {"factor": scenario, "mono_s": event["mono_s"] + table[scenario]["warn_s"]}
                for event in events if event["event"] == "hold"]
    if scenario == "irregular_breathing":
        return uneven(causes[0], events, table[scenario])
    return causes


class Verdict:
    """What one run of one scenario showed."""

    def __init__(self, scenario, seed, found, events, table):
        self.scenario, self.seed, self.hours = scenario, seed, found.hours
        self.raised, self.complaints, self.delays = [], [], []
        spells = found.warned()
        causes = true_causes(scenario, events, table)
        for cause in causes:
            self.judge(cause, found.spells(cause["factor"]), found, table)
        own = {cause["factor"] for cause in causes}
        allowed = own | set().union(*(WITH_IT.get(factor, set()) for factor in own))
        self.false = {factor: times for factor, times in spells.items() if factor not in allowed}
        for factor, times in self.false.items():
            self.complaints.append(f"{factor} warned at {times[0][0]:.1f} s, and nothing raised it")

    def judge(self, cause, spells, found, table):
        factor, until_s = cause["factor"], cause["until_mono_s"]
        due_s = cause["mono_s"] + hold_s(factor, table)
        late_s = SLOUCH_S if factor == "slouching" else LATE_S
        early_s = cause.get("first_mono_s", cause["mono_s"]) - EARLY_S
        in_time = [span for span in spells if early_s <= span[0] <= due_s + late_s]
        if factor == "slouching":
            in_time = [span for span in in_time if span[0] >= due_s - SLOUCH_S]
        self.raised.append(bool(in_time))
        if not in_time:
            self.complaints.append(f"{factor} crossed its limit at {cause['mono_s']:.1f} s, due at {due_s:.1f} s: "
                                   f"warned {[f'{a:.1f}..{b:.1f}' for a, b in spells] or found.worst(factor)}"
                                   f" {found.unknown_of(factor)}")
            return
        self.delays.append(in_time[0][0] - due_s)
        clear_s = until_s + CLEARS_S.get(factor, CLEARS_ELSE_S)
        if factor not in STAYS and in_time[-1][1] > clear_s and found.until_s > clear_s:
            self.complaints.append(f"{factor}: over at {until_s:.1f} s, still warned at {in_time[-1][1]:.1f} s")


class Findings(ReplayTest):
    def judge(self, scenario, seed):
        settings = SETTINGS.get(scenario, ())
        found, events = simulate(SCENARIOS / f"{scenario}.yaml", self.folder, seed, settings)
        return Verdict(scenario, seed, found, events, limits(settings))

    def test_every_factor(self):
        all_seeds, chosen = seeds(), CHOSEN or (DOZEN if len(seeds()) == 1 else scenarios())
        jobs = [(scenario, seed) for scenario in chosen for seed in all_seeds]
        verdicts = []
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            for job, future in [(job, pool.submit(self.judge, *job)) for job in jobs]:
                with self.subTest(scenario=job[0], seed=job[1]):  # one that fails altogether leaves the others
                    verdicts.append(future.result())
                    for complaint in verdicts[-1].complaints:
                        print(f"{job[0]}, seed {job[1] or 'own'}: {complaint}", flush=True)
        if len(all_seeds) == 1:
            for verdict in verdicts:
                with self.subTest(scenario=verdict.scenario):
                    self.assertEqual(verdict.complaints, [])
                    self.assertTrue(verdict.raised, "the truth names nothing")
        self.tell(verdicts)

    def tell(self, verdicts):
        hours = sum(verdict.hours for verdict in verdicts)
        figure("findings_hours", hours, "h")
        # A factor's scenario shows whether it is found, all the others how often it is told falsely.
        for factor in sorted({verdict.scenario for verdict in verdicts}):
            own = [verdict for verdict in verdicts if verdict.scenario == factor]
            raised = [one for verdict in own for one in verdict.raised]
            delays = sorted(delay for verdict in own for delay in verdict.delays)
            false = sum(len(verdict.false.get(factor, ())) for verdict in verdicts)
            other_h = hours - sum(verdict.hours for verdict in own)
            sensitivity, per_hour = sum(raised) / max(len(raised), 1), false / other_h if other_h else 0.0
            figure(f"findings_{factor}_sensitivity", sensitivity, f"of {len(raised)}")
            figure(f"findings_{factor}_false_alarms", per_hour, "per h")
            if delays:
                figure(f"findings_{factor}_after_due_median", delays[len(delays) // 2], "s")
                figure(f"findings_{factor}_after_due_worst", delays[-1], "s")
            with self.subTest(factor=factor):
                self.assertGreaterEqual(sensitivity, SENSITIVITY)
                self.assertLessEqual(per_hour, FALSE_PER_HOUR)
        others = {factor for verdict in verdicts for factor in verdict.false} - {one.scenario for one in verdicts}
        for factor in sorted(others):
            false = sum(len(verdict.false.get(factor, ())) for verdict in verdicts)
            figure(f"findings_{factor}_false_alarms", false / hours, "per h")
            self.assertLessEqual(false / hours, FALSE_PER_HOUR, factor)

    def test_every_factor_has_its_scenario(self):
        """The stream names every factor once at the latest when it is repeated; each has a scenario of its name."""
        found, _ = simulate(SCENARIOS / "pack_uneven.yaml", self.folder)
        published = set(found.factors())
        self.assertEqual(published, set(scenarios()) | {"drift"})  # drift's is fatigue.yaml


CHOSEN = tuple(argument for argument in sys.argv[1:] if Path(SCENARIOS / f"{argument}.yaml").exists())

if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument not in CHOSEN]
    main(programs=("poised", "poise-sim"))
