# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl report: its model against what was published, computed anew by numpy, and against the simulator's truth;
recorded and replayed metrics, sessions, cuts, other programs' files, garbage; two sessions side by side."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema
import numpy as np

from export_kit import add_metrics
from poise_rig import BIN, PATIENCE_S, SOURCE, foreign_xdf, run

SCHEMA = json.loads((SOURCE / "config/schema/report.json").read_text())
QMT = Path(os.environ["POISE_DATA_DIR"], "qmt_fullbody/fullbody.csv.xz")
WALK, RUN, SLOUCH = (15, 55), (55, 120), (120, 225)  # seconds of the scenario
SCENARIO = """\
version: 1
seed: {seed}
rate_hz: 100
sites: [head, c7, t12, sacrum, sternum, abdomen, wrist_left, wrist_right, foot_left, foot_right]
tell_speed: true
session: {subject}
phases:
  - {{kind: stand, duration_s: 15}}
  - {{kind: walk, duration_s: 40, cadence_spm: 112, speed_m_s: 1.4, breathing_bpm: 20}}
  - {{kind: run, duration_s: 65, cadence_spm: 166, speed_m_s: 2.8, breathing_bpm: 36, trunk_lean_deg: 6}}
  - {{kind: run, duration_s: 105, cadence_spm: 166, speed_m_s: 2.8, breathing_bpm: 36, trunk_lean_deg: 6,
     thoracic_flexion_deg: {slouch}, neck_flexion_deg: 2}}
  - {{kind: walk, duration_s: 15, cadence_spm: 108, speed_m_s: 1.3}}
"""
GAP = (150.0, 3.0)  # of the right wrist: from, for
SESSIONS = ("6e0d4a53-0ef1-4a52-9f0c-2f57c7b3c1aa", "6e0d4b53-0ef1-4a52-9f0c-2f57c7b3c1aa")


def simulate(folder, name, seed=5, subject="s01", slouch=14):
    scenario = folder / f"{name}.yaml"
    scenario.write_text(SCENARIO.format(seed=seed, subject=subject, slouch=slouch))
    done = run("poise-sim", "--quiet", "--scenario", scenario, "--write", folder / f"{name}.xdf", "--fault",
               f"gap:wrist_right@{GAP[0]:g}+{GAP[1]:g}")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return folder / f"{name}.xdf"


class Published:
    """What the daemon published, by stream; activities as stretches of `cadence`."""

    def __init__(self, lines):
        self.streams = {}
        for line in lines:
            value = json.loads(line)
            self.streams.setdefault(value["stream"], []).append(value)
        now = [line["t_s"] for stream in ("posture", "status", "session", "finding") for line in self.streams[stream]]
        self.begin, self.end = min(now), max(now)
        self.stretches, known = [], False  # [activity, from, until]
        for line in self.streams["cadence"]:
            t, activity = line["t_s"], line["activity"]
            if self.stretches and t < self.stretches[-1][2]:
                continue  # the window grew, its centre went back
            if known:
                self.stretches[-1][2] = t
            if activity and (not known or self.stretches[-1][0] != activity):
                self.stretches.append([activity, t, t])
            known = activity is not None

    def inside(self, activity, begin, end):
        return any(a == activity and x <= begin + 0.3 and end <= y + 0.3 for a, x, y in self.stretches)

    def values(self, stream, key, activity, before=0.0, after=0.0, window=None, inside=None, usable=lambda line: True):
        found = []
        for line in self.streams[stream]:
            value = (line[inside] if inside else line)[key]
            left, right = (line[window] / 2,) * 2 if window and line[window] is not None else (before, after)
            if value is not None and usable(line) and self.inside(activity, line["t_s"] - left, line["t_s"] + right):
                found.append(value)
        return np.array(found)


def row(model, key, activity, stream=None):
    rows = [row for row in model["metrics"]
            if (row["key"], row["activity"]) == (key, activity) and stream in (None, row["stream"])]
    assert len(rows) == 1, (key, activity, rows)
    return rows[0]


class Kit(unittest.TestCase):
    def report(self, *arguments, code=0):
        done = run("poisectl", "report", *arguments, "--to", "json")
        self.assertEqual(done.returncode, code, done.stderr)
        if code != 0:
            return done
        model = json.loads(done.stdout, parse_constant=lambda name: self.fail(name))
        jsonschema.Draft202012Validator(SCHEMA).validate(model)
        return model

    def same_but_for(self, one, other, *keys):
        for key in one:
            if key not in ("made_utc", *keys):
                self.assertEqual(one[key], other[key], key)


class Session(Kit):
    """One session for all tests here, read and replayed once."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="poise-report-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.recording = simulate(cls.folder, "run")
        cls.emitted = cls.folder / "run.jsonl"
        done = run("poised", "--replay", cls.recording, "--emit", cls.emitted)
        assert done.returncode == 0, done.stderr
        cls.lines = cls.emitted.read_text().splitlines()
        cls.published = Published(cls.lines)
        cls.with_metrics = add_metrics(cls.recording, cls.lines, cls.folder / "metrics.xdf")
        done = run("poisectl", "report", cls.recording, "--json")
        assert done.returncode == 0, done.stderr
        cls.model = json.loads(done.stdout)

    def check_row(self, found, values, decimals):
        self.assertEqual(found["n"], len(values))
        self.assertGreater(len(values), 5)
        for key, value in (("mean", values.mean()), ("sd", values.std(ddof=1)), ("median", np.median(values)),
                           ("p5", np.percentile(values, 5)), ("p95", np.percentile(values, 95))):
            self.assertAlmostEqual(found[key], value, delta=0.51 * 10 ** -decimals + 1e-6 * abs(value), msg=key)

    def test_follows_its_schema(self):
        jsonschema.Draft202012Validator(SCHEMA).validate(self.model)
        sample = json.loads((SOURCE / "tests/system/report_sample.json").read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(sample)
        for section, value in sample.items():
            self.assertEqual(type(value), type(self.model[section]), section)

    def test_statistics_are_those_of_what_was_published(self):
        p = self.published
        for activity in ("walk", "run"):
            self.check_row(row(self.model, "cadence_spm", activity),
                           p.values("cadence", "cadence_spm", activity, window="window_s"), 2)
            self.check_row(row(self.model, "contact_ms", activity), p.values("gait", "contact_ms", activity, before=12), 1)
        self.check_row(row(self.model, "rate_bpm", "run"),
                       p.values("breathing", "rate_bpm", "run", window="window_s"), 2)
        self.check_row(row(self.model, "stiffness", "run"), p.values("arms", "stiffness", "run", 5, 5), 3)
        taken, step = set(), 0.25  # posture: the first of each quarter of a second
        lines = [line for line in p.streams["posture"]
                 if not (line["t_s"] // step in taken or taken.add(line["t_s"] // step))]
        p.streams["posture"], whole = lines, p.streams["posture"]
        open_until = max(line["t_s"] for line in lines if not line["calibrated"])
        usable = lambda line: line["calibrated"] and line["t_s"] - 2.5 >= open_until
        for activity in ("walk", "run"):
            for key in ("thoracic_flexion_deg", "trunk_lean_deg"):
                self.check_row(row(self.model, key, activity),
                               p.values("posture", key, activity, 2.5, inside="mean", usable=usable), 2)
        p.streams["posture"] = whole

    def test_it_is_what_the_runner_did(self):
        cadence = row(self.model, "cadence_spm", "run")
        self.assertAlmostEqual(cadence["median"], 166, delta=0.5)
        self.assertAlmostEqual(row(self.model, "cadence_spm", "walk")["median"], 112, delta=1)
        self.assertAlmostEqual(row(self.model, "rate_bpm", "run")["median"], 36, delta=1)
        self.assertAlmostEqual(row(self.model, "trunk_lean_deg", "run")["median"], 6, delta=1)
        self.assertAlmostEqual(row(self.model, "speed_m_s", "run")["median"], 2.8, delta=0.01)
        summary = self.model["summary"]
        ran_s = SLOUCH[1] - RUN[0]
        self.assertAlmostEqual(summary["ran_s"], ran_s, delta=8)
        self.assertAlmostEqual(summary["walked_s"], 40 + 15, delta=12)
        self.assertAlmostEqual(summary["moved_s"], summary["ran_s"] + summary["walked_s"], delta=0.2)
        self.assertAlmostEqual(summary["steps"], ran_s * 166 / 60 + 40 * 112 / 60 + 15 * 108 / 60, delta=15)
        self.assertAlmostEqual(summary["distance_m"], ran_s * 2.8 + 40 * 1.4 + 15 * 1.3, delta=40)
        self.assertEqual(self.model["source"]["subject"], "s01")
        self.assertIn("Ran 2:", summary["did"])

    def test_the_slouch_is_found(self):
        slouching = self.model["findings"][0]
        self.assertEqual((slouching["factor"], slouching["level"]), ("slouching", "warn"))
        self.assertIn("Slouching reached warn", self.model["summary"]["sentences"][0])
        spells = slouching["spells"]
        self.assertEqual([spell["level"] for spell in spells][:2], ["notice", "warn"])
        # told after a third of the hold of 60 s and after all of it; set in as the slouch began
        self.assertAlmostEqual(spells[0]["from_s"], SLOUCH[0] + 20, delta=6)
        self.assertAlmostEqual(spells[1]["from_s"], SLOUCH[0] + 60, delta=6)
        self.assertAlmostEqual(spells[1]["since_s"], SLOUCH[0], delta=4)
        for a, b in zip(spells, spells[1:]):
            self.assertLessEqual(a["until_s"], b["from_s"] + 0.002)
        self.assertAlmostEqual(sum(spell["until_s"] - spell["from_s"] for spell in spells if spell["level"] == "warn"),
                               slouching["warn_s"], delta=0.2)
        worst = max((line["score"] or 0, line["t_s"]) for line in self.published.streams["finding"]
                    if line["factor"] == "slouching" and line["level"] == "warn")
        self.assertAlmostEqual(slouching["score"], worst[0], places=3)
        levels = [finding["level"] for finding in self.model["findings"]]
        self.assertEqual(levels, sorted(levels, key=["warn", "notice", "ok", "unknown"].index))
        unknown = [finding for finding in self.model["findings"] if finding["level"] == "unknown"]
        self.assertIn("high_impact", [finding["factor"] for finding in unknown])
        self.assertTrue(all(finding["unknown_of"] and finding["answered_s"] == 0 for finding in unknown))

    def test_series(self):
        series, p = self.model["series"], self.published
        step, times = series["step_s"], np.array(series["t_s"])
        self.assertLessEqual(len(times), 1500)
        np.testing.assert_allclose(times, (np.arange(len(times)) + 0.5) * step)
        for part in ("values", "low", "high"):
            self.assertEqual(set(series[part]), set(series["about"]))
            self.assertTrue(all(len(values) == len(times) for values in series[part].values()))
        self.assertEqual({series["activity"][int(t / step)] for t in (30, 45, 70, 110, 180)}, {"walk", "run"})
        cadence = np.array(series["values"]["cadence_spm"], dtype=float)
        at = np.array([line["t_s"] - p.begin for line in p.streams["cadence"]])
        told = np.array([line["cadence_spm"] for line in p.streams["cadence"]], dtype=float)
        for t in (65, 100, 160, 200):
            inside = (at >= times[int(t / step)] - step / 2) & (at < times[int(t / step)] + step / 2)
            self.assertAlmostEqual(cadence[int(t / step)], told[inside].mean(), delta=0.006)
            for part, share in (("low", 5), ("high", 95)):
                self.assertAlmostEqual(series[part]["cadence_spm"][int(t / step)], np.percentile(told[inside], share),
                                       delta=0.006)
        flexion = np.array(series["values"]["thoracic_flexion_deg"], dtype=float)
        self.assertLess(np.nanmax(np.abs(flexion[(times > 60) & (times < 115)])), 3)
        self.assertGreater(np.nanmin(flexion[(times > 135) & (times < 220)]), 11)

    def test_left_and_right(self):
        p, sides = self.published, {side["what"]: side for side in self.model["left_right"]}
        self.assertEqual(set(sides), {"step_time_ms", "contact_ms", "impact_g", "vertical_oscillation_mm",
                                      "eversion_deg", "swing_deg", "crossing_deg"})
        for key in ("step_time_ms", "contact_ms"):
            mean = {}
            for foot in ("left", "right"):
                values = np.sort(p.values("step", key, "run", 0, 0.8, usable=lambda line, foot=foot: line["foot"] == foot))
                cut = len(values) // 5
                mean[foot] = values[cut:len(values) - cut].mean()
                self.assertAlmostEqual(sides[key][foot], mean[foot], delta=0.051)
                self.assertEqual(sides[key][f"n_{foot}"], len(values))
            self.assertAlmostEqual(sides[key]["asymmetry_pct"],
                                   200 * (mean["left"] - mean["right"]) / (mean["left"] + mean["right"]), delta=0.06)
        self.assertIsNone(sides["crossing_deg"]["asymmetry_pct"], "about zero")

    def test_quality_tells_of_the_gap(self):
        quality = self.model["quality"]
        sites = {site["site"]: site for site in quality["sites"]}
        self.assertEqual(len(sites), 10)
        wrist, c7 = sites["wrist_right"], sites["c7"]
        self.assertGreaterEqual(wrist["gaps"], 1)
        self.assertAlmostEqual(wrist["missed"], GAP[1] * 100, delta=10)
        self.assertEqual((c7["gaps"], c7["missed"], c7["trust"], c7["running_pct"]), (0, 0, "good", 100))
        self.assertNotEqual(wrist["trust"], "good")
        self.assertTrue(any("wrist_right" in sentence["text"] for sentence in quality["sentences"]))
        self.assertEqual(quality["verdict"], "fair")
        counters = quality["counters"]
        self.assertEqual(counters["in"],
                         counters["used"] + counters["dropped"] + counters["invalid"] + counters["held"])
        last = self.published.streams["status"][-1]["counters"]
        self.assertEqual(counters["in"], last["samples_in"])
        shoulders = [answer for answer in quality["answered"] if answer["what"] == "Shoulders"][0]
        self.assertEqual((shoulders["answered_pct"], shoulders["why"]), (0, "needs both shoulders and c7"))

    def test_recorded_and_replayed_are_the_same(self):
        recorded = self.report(self.with_metrics)
        self.assertEqual((recorded["source"]["metrics"], self.model["source"]["metrics"]), ("recorded", "replayed"))
        self.same_but_for(recorded, self.model, "source")

    def test_metrics_with_a_hole_are_not_used(self):
        recording = add_metrics(self.recording, self.lines[:4000] + self.lines[4200:], self.folder / "hole.xdf")
        model = self.report(recording)
        self.assertEqual(model["source"]["metrics"], "replayed")
        self.assertTrue(any("not whole" in note for note in model["source"]["notes"]))
        self.same_but_for(model, self.model, "source")

    def test_a_cut_recording(self):
        cut = self.folder / "cut.xdf"
        whole = self.recording.read_bytes()
        cut.write_bytes(whole[:len(whole) * 6 // 10])
        model = self.report(cut)
        self.assertTrue(any("cut off" in note for note in model["source"]["notes"]), model["source"]["notes"])
        self.assertAlmostEqual(model["source"]["duration_s"], 0.6 * self.model["source"]["duration_s"], delta=8)
        self.assertEqual(model["findings"][0]["factor"] == "slouching", False)

    def test_one_of_two_sessions(self):
        """The lines as they would be with two sessions, one from 50 s to 120 s and one from 130 s on."""
        lines = []
        for line in map(json.loads, self.lines):
            t = line["t_s"] - self.published.begin
            line["session"] = SESSIONS[0] if 50 < t < 120 else SESSIONS[1] if t > 130 else None
            lines.append(json.dumps(line, separators=(",", ":")))
        recording = add_metrics(self.recording, lines, self.folder / "two.xdf")
        longest = self.report(recording)
        self.assertEqual(longest["source"]["session"], SESSIONS[1])
        self.assertTrue(any("2 sessions" in note for note in longest["source"]["notes"]))
        first = self.report(recording, "--session", SESSIONS[0][:6])
        self.assertEqual(first["source"]["session"], SESSIONS[0])
        self.assertAlmostEqual(first["source"]["duration_s"], 70, delta=1)
        self.assertAlmostEqual(first["summary"]["ran_s"], 120 - RUN[0], delta=5)
        self.assertNotEqual(first["findings"][0]["factor"], "slouching")
        self.assertLess(row(first, "thoracic_flexion_deg", "run")["p95"], 3)
        with tempfile.TemporaryDirectory(prefix="poise-rec-") as folder:
            os.link(recording, Path(folder, "x.xdf"))
            self.same_but_for(self.report(SESSIONS[0][:6], "--dir", folder), first, "source")
            done = self.report("6e0d4", "--dir", folder, code=66)
            done = self.report("6e0d4a53-", "6e0d4b53-", "--dir", folder)
            self.assertEqual([done[side]["source"]["session"] for side in ("a", "b")], list(SESSIONS))

    def test_garbage_among_the_metrics(self):
        """Lines that nobody sends, at the end where they are read last."""
        t = self.published.end - 1
        head = f'"v":1,"rig":"sim","boot":"{json.loads(self.lines[0])["boot"]}","session":null,"t_s":{t}'
        odd = ['nonsense', '{"stream":"status"}', f'{{{head},"stream":"status","sites":{{"c7":7,"elbow":[]}},"counters":[]}}',
               f'{{{head},"stream":"finding","factor":"x{"y" * 60}","level":"warn"}}',
               f'{{{head},"stream":"finding","factor":"odd","cause":7,"level":"warn","score":1e300,"evidence":{{"a":3}}}}',
               f'{{{head},"stream":"session","phase":"flying","drift":{{"contact_ms":5}}}}',
               f'{{{head},"stream":"posture","mean":[1],"calibrated":true,"slipped":[1,"c7","elbow"]}}',
               f'{{{head},"stream":"cadence","activity":"swim","window_s":-5,"cadence_spm":1e39}}',
               f'{{{head},"stream":"assessment","exercise":"\\u001b[31m","rows":[1,{{"part":3,"side":"up","values":9}}]}}',
               f'{{{head},"stream":"repetition","number":"x"}}', '{"stream":"status","t_s":1e308}', '[' * 5000]
        recording = add_metrics(self.recording, [*self.lines, *odd], self.folder / "odd.xdf", lambda line: t)
        model = self.report(recording)
        self.assertEqual(model["source"]["metrics"], "recorded")
        self.assertAlmostEqual(model["source"]["duration_s"], self.model["source"]["duration_s"], places=3)
        self.assertTrue(any("could not be read" in sentence["text"] for sentence in model["quality"]["sentences"]))
        done = run("poisectl", "report", recording)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\x1b", done.stdout)


    def test_two_sessions_side_by_side(self):
        a, alone = self.with_metrics, self.model
        b = simulate(self.folder, "b", seed=6, slouch=2, subject="s02")
        both = self.report(a, b)
        self.assertEqual(both["a"]["summary"], alone["summary"])
        self.assertTrue(any("different people: s01 and s02" in warning for warning in both["warnings"]))
        self.assertFalse(any("speed" in warning for warning in both["warnings"]))
        self.assertTrue(any("computed anew" in warning for warning in both["warnings"]))
        rows = {(row["key"], row["activity"]): row for row in both["rows"]}
        flexion = rows["thoracic_flexion_deg", "run"]
        self.assertAlmostEqual(flexion["a"], row(alone, "thoracic_flexion_deg", "run")["median"], places=6)
        self.assertAlmostEqual(flexion["change"], flexion["b"] - flexion["a"], delta=0.011)
        self.assertLess(flexion["change"], -5)
        self.assertIs(flexion["better"], True)
        self.assertIsNone(rows["cadence_spm", "run"]["better"])
        slouching = [finding for finding in both["findings"] if finding["factor"] == "slouching"][0]
        self.assertEqual((slouching["a"], slouching["b"]), ("warn", "ok"))

    def test_where_it_goes(self):
        recording = self.with_metrics
        for name, begins in (("r.json", '{"report":1'), ("r.md", "# Session of s01"), ("r.html", "<!doctype html>")):
            done = run("poisectl", "report", recording, "-o", self.folder / name)
            self.assertEqual((done.returncode, done.stderr, done.stdout), (0, "", ""))
            self.assertTrue((self.folder / name).read_text().lower().startswith(begins.lower()), name)
        done = run("poisectl", "report", recording, "-o", self.folder / "r.md")
        self.assertEqual((done.returncode, "--force" in done.stderr), (1, True))
        self.assertEqual(run("poisectl", "report", recording, "-o", self.folder / "r.md", "--force").returncode, 0)
        self.assertEqual(run("poisectl", "report", recording, "-o", self.folder / "r").returncode, 64)
        self.assertEqual(run("poisectl", "report", recording, "-o", self.folder / "no/r.md").returncode, 1)
        done = run("poisectl", "report", self.recording, "--poised", self.folder / "nowhere")
        self.assertEqual((done.returncode, "--poised" in done.stderr), (1, True))
        self.assertEqual([path.name for path in self.folder.glob(".*")], [])

    def test_interrupted(self):
        """A poised that never ends is ended with it."""
        slow = self.folder / "poised"
        slow.write_text(f"#!/bin/sh\necho $$ > {self.folder}/pid\nexec {BIN}/poised --pace real \"$@\"\n")
        slow.chmod(0o755)
        child = subprocess.Popen([BIN / "poisectl", "report", self.recording, "--poised", slow, "-o", self.folder / "x.md"],
                                 stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + PATIENCE_S
        while not (self.folder / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=PATIENCE_S)
        self.assertEqual(child.returncode, 130, errors)
        self.assertIn("nothing was written", errors)
        self.assertFalse((self.folder / "x.md").exists())
        pid = int((self.folder / "pid").read_text())
        self.assertFalse(Path(f"/proc/{pid}").exists())


class Others(Kit):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poise-report-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_another_programs_file(self):
        t = np.arange(6000) / 100
        wave = np.stack([0.3 * np.sin(2 * np.pi * 1.8 * t), 0 * t, 9.81 + 2 * np.sin(2 * np.pi * 1.8 * t)], axis=1)
        path = self.folder / "other.xdf"
        path.write_bytes(foreign_xdf([("Muse 3", "Accelerometer", ["x", "y", "z"], "m/s^2", 100, wave.tolist())]))
        done = self.report(path, code=66)
        self.assertIn("other.xdf", done.stderr)
        model = self.report(path, "--map", "Muse 3=sacrum")
        self.assertEqual([site["site"] for site in model["quality"]["sites"]], ["sacrum"])
        self.assertEqual((model["source"]["metrics"], model["source"]["subject"]), ("replayed", None))
        self.assertAlmostEqual(row(model, "cadence_spm", "walk")["median"], 108, delta=1)
    @unittest.skipUnless(QMT.exists(), "no reference data")
    def test_a_real_recording(self):
        """qmt_fullbody: a healthy person stands, fidgets, stands, walks; sensors from the feet to the head, no chest."""
        imported = self.folder / "qmt.xdf"
        done = run("poisectl", "import", "--from", "qmt_fullbody", QMT, imported)
        self.assertEqual(done.returncode, 0, done.stderr)
        model = self.report(imported)
        self.assertEqual(len(model["quality"]["sites"]), 6)
        self.assertNotEqual(model["quality"]["verdict"], "poor")
        self.assertGreater(model["quality"]["calibrated_pct"], 90)
        self.assertTrue(118 <= row(model, "cadence_spm", "walk")["median"] <= 134)
        self.assertEqual([finding["factor"] for finding in model["findings"] if finding["spells"]], [])
        self.assertNotIn("rate_bpm", model["series"]["values"])
        self.assertAlmostEqual(model["summary"]["walked_s"], 40, delta=8)
        self.assertEqual(model["summary"]["ran_s"], 0)


if __name__ == "__main__":
    unittest.main()
