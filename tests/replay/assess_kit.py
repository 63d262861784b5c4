# SPDX-License-Identifier: GPL-3.0-or-later
"""Random performances of the guided assessments: for each exercise a scenario that the simulator performs, drawn from
what people do (how far, how long, how evenly, how well), its truth, and what poised made of the recording."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema

from replay_kit import BIN, PATIENCE_S, SOURCE, run

SITES = {
    "thoracic_rotation": "c7, t12, sacrum",
    "lying_rotation": "c7, t12, sacrum",
    "thoracic_extension": "c7, t12",
    "scapular_squeeze": "c7, shoulder_left, shoulder_right",
    "posture": "head, c7, t12, sacrum, shoulder_left, shoulder_right",
    "arm_swing": "c7, t12, wrist_left, wrist_right",
    "breathing": "c7, t12, sternum, abdomen",
    "warm_up": "head, c7, shoulder_left, shoulder_right, wrist_left, wrist_right",
}
# The truth's exercises by the part that counts them.
PARTS = {"turn": "turn", "turn_left": "turn", "turn_right": "turn", "extend": "extend", "squeeze": "squeeze",
         "arm_circles": "arm_circles", "shoulder_rolls": "shoulder_rolls", "neck_turns": "neck_turns"}
_STREAM = re.compile(r'"stream":"(\w+)"')
_PARAMETER = re.compile(r'"(?:phase|activity)":')


def mapping(values):
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"


def maybe(rng, chance, low, high, decimals=2):
    return round(rng.uniform(low, high), decimals) if rng.random() < chance else 0


def longest_s(drill, blend_s):
    """How long the simulator may take over it, as it reckons itself; the phase must be as long."""
    sides = 2 if drill.get("side", "alternate") in ("alternate", "each") else 1
    n = drill["repetitions"] * sides
    rests = 0 if "through" in drill else n - 1
    move = 1 + drill["move_jitter_pct"] / 100
    if "cycle_s" in drill:
        return blend_s + 1 + move * drill["cycle_s"] * (n + sides) + move * 1.5 * (sides - 1)
    hold = 1 + drill["hold_jitter_pct"] / 100
    one = 2 * move * drill["move_s"] + hold * drill["hold_s"] + drill["hesitate_s"]
    return blend_s + 1 + n * one + rests * move * drill["rest_s"]


class Performance:
    """A scenario as it is being drawn."""

    def __init__(self, exercise, rng):
        self.exercise, self.rng = exercise, rng
        self.phases = []
        self.phase("stand", "stand", 6)

    def phase(self, name, kind, duration_s, drill=None, **keys):
        keys = {"name": name, "kind": kind, "duration_s": round(duration_s, 1)} | keys
        if drill:
            keys["exercise"] = mapping(drill)
        self.phases.append(mapping(keys))

    def drill(self, name, kind, drill, blend_s=3, **keys):
        self.phase(name, kind, longest_s(drill, blend_s) + 3, drill, blend_s=blend_s, **keys)

    def out_and_back(self, repetitions, hold_s, range_deg, **more):
        """What any of them may be like: hasty or slow, even or not, trembling, sinking, halting."""
        rng = self.rng
        drill = {"repetitions": repetitions, "hold_s": round(rng.uniform(*hold_s), 2),
                 "range_left_deg": round(rng.uniform(*range_deg), 1),
                 "range_right_deg": round(rng.uniform(*range_deg), 1), "move_s": round(rng.uniform(0.8, 3), 2),
                 "rest_s": round(rng.uniform(0.4, 2.5), 2), "range_jitter_pct": round(rng.uniform(0, 15), 1),
                 "hold_jitter_pct": round(rng.uniform(0, 20), 1), "move_jitter_pct": round(rng.uniform(0, 20), 1),
                 "skew_pct": round(rng.uniform(0, 20), 1), "sag_pct": maybe(rng, 0.6, 0, 15),
                 "hesitate_s": maybe(rng, 0.3, 0.3, 1.2)}
        return drill | more

    def turns(self, drill, fidget_deg):
        """Of a turn by turns, now and then from side to side without a rest; else fidgets between repetitions."""
        if drill["side"] == "alternate" and self.rng.random() < 0.25:
            none = {key: 0 for key in ("along_deg", "drift_deg", "hesitate_s") if key in drill}
            return drill | none | {"through": "true", "skew_pct": min(drill["skew_pct"], 15)}
        return drill | {"fidget_deg": maybe(self.rng, 0.4, 0, fidget_deg)}

    def text(self, seed):
        harness = {"rate_hz": self.rng.choice((52, 100, 200)), "sites": f"[{SITES[self.exercise]}]",
                   "mount": mapping({"heading_error_deg": round(self.rng.uniform(0, 10), 1)}),
                   "body": mapping({"sway_deg": round(self.rng.uniform(0.1, 0.25), 2)})}
        return (f"version: 1\nseed: {seed}\n" + "".join(f"{key}: {value}\n" for key, value in harness.items())
                + "phases:\n" + "".join(f"  - {phase}\n" for phase in self.phases))


def _rotation(p):
    rng = p.rng
    sit = {"thoracic_flexion_deg": round(rng.uniform(0, 10), 1), "lumbar_flexion_deg": round(rng.uniform(0, 18), 1),
           "trunk_lean_deg": round(rng.uniform(-3, 6), 1)}
    p.phase("sit", "sit", 10, assess=p.exercise, **sit)
    drill = p.out_and_back(5, (4, 7), (20, 70), motion="turn", side=rng.choice(("alternate", "each")),
                           tremor_deg=maybe(rng, 0.6, 0, 1.5), along_deg=maybe(rng, 0.6, 0, 10),
                           drift_deg=maybe(rng, 0.5, -4, 4))
    p.drill("turn", "sit", p.turns(drill, 4), **sit)


def _lying(p):
    rng = p.rng
    for down, up in (("right", "left"), ("left", "right")):
        p.phase(f"lie_{down}", "lie", 12, lie_side=down, **({"assess": p.exercise} if up == "left" else {}))
        p.drill(f"turn_{up}", "lie", p.out_and_back(5, (15, 22), (20, 70), motion="turn", side=up,
                                                    tremor_deg=maybe(rng, 0.6, 0, 1.5),
                                                    along_deg=maybe(rng, 0.6, 0, 10),
                                                    fidget_deg=maybe(rng, 0.4, 0, 4)), lie_side=down)


def _extension(p):
    p.phase("lie", "lie", 12, assess=p.exercise)
    drill = p.out_and_back(10, (0, 2), (8, 25), motion="extend", side="both", tremor_deg=maybe(p.rng, 0.6, 0, 1),
                           along_deg=maybe(p.rng, 0.5, 0, 6), fidget_deg=maybe(p.rng, 0.4, 0, 2))
    drill["range_deg"] = drill.pop("range_left_deg")
    del drill["range_right_deg"]
    p.drill("extend", "lie", drill)


def _squeeze(p):
    p.phase("still", "stand", 8, assess=p.exercise)
    drill = p.out_and_back(3, (10, 28), (6, 18), motion="squeeze", side="both", tremor_deg=maybe(p.rng, 0.6, 0, 0.8),
                           shrug_deg=maybe(p.rng, 0.4, 0, 9), fidget_deg=maybe(p.rng, 0.4, 0, 1.5))
    p.drill("squeeze", "stand", drill)


def _posture(p):
    rng = p.rng
    usual = {"thoracic_flexion_deg": round(rng.uniform(-2, 6), 1), "neck_flexion_deg": round(rng.uniform(-2, 6), 1)}
    p.phase("usual", "stand", 19, assess=p.exercise, blend_s=2, **usual)
    p.phase("tall", "stand", 21, blend_s=2, thoracic_flexion_deg=round(rng.uniform(-12, 0), 1),
            lumbar_flexion_deg=round(rng.uniform(-4, 2), 1), neck_flexion_deg=round(rng.uniform(-8, 0), 1),
            trunk_lean_deg=round(rng.uniform(-3, 1), 1), shoulder_protraction_deg=round(rng.uniform(-8, 0), 1))


def _swing(p):
    rng = p.rng
    p.phase("still", "stand", 8, assess=p.exercise)
    left, right = round(rng.uniform(25, 90), 1), round(rng.uniform(25, 90), 1)
    if rng.random() < 0.5:
        p.phase("swing", "run", 44, cadence_spm=round(rng.uniform(140, 180)), arm_swing_left_deg=left,
                arm_swing_right_deg=right, arm_crossing_left_deg=round(rng.uniform(0, 30)))
    else:
        cycle_s = round(rng.uniform(0.6, 1.1), 2)
        p.drill("swing", "stand", {"motion": "swing", "side": "both", "repetitions": int(38 / cycle_s),
                                   "cycle_s": cycle_s, "move_jitter_pct": round(rng.uniform(0, 10), 1),
                                   "range_jitter_pct": round(rng.uniform(0, 15), 1), "range_left_deg": left,
                                   "range_right_deg": right})
    p.phase("end", "stand", 6)


def _breathing(p):
    rng = p.rng
    kind = rng.choice(("sit", "lie", "stand"))
    jitter = round(rng.uniform(2, 12), 1)
    # The part in the chest begins by itself when the person is still, here 2 s after he has sat or lain down.
    p.phase("quiet", kind, 2 if kind == "stand" else 5, assess=p.exercise)
    p.phase("chest", kind, 30, blend_s=1, breathing_bpm=round(rng.uniform(6, 18), 1), breath_jitter_pct=jitter,
            breathing_chest_deg=round(rng.uniform(2.5, 7), 1), breathing_abdomen_deg=round(rng.uniform(0.3, 1.5), 1))
    p.phase("belly", kind, 36, blend_s=1, breathing_bpm=round(rng.uniform(6, 18), 1), breath_jitter_pct=jitter,
            breathing_chest_deg=round(rng.uniform(0.3, 1.5), 1), breathing_abdomen_deg=round(rng.uniform(3, 9), 1))


def _warm_up(p):
    rng = p.rng
    p.phase("still", "stand", 8, assess=p.exercise)
    for motion in ("arm_circles", "shoulder_rolls"):
        ranges = {} if motion == "arm_circles" else {"range_left_deg": round(rng.uniform(8, 25), 1),
                                                     "range_right_deg": round(rng.uniform(8, 25), 1),
                                                     "range_jitter_pct": round(rng.uniform(0, 20), 1)}
        p.drill(motion, "stand", {"motion": motion, "repetitions": 10, "cycle_s": round(rng.uniform(1.2, 3), 2),
                                  "side": rng.choice(("both", "both", "each")),
                                  "backward": rng.choice(("true", "false")),
                                  "move_jitter_pct": round(rng.uniform(0, 25), 1)} | ranges, blend_s=1)
    drill = p.out_and_back(5, (0, 2), (25, 75), motion="neck_turns", side=rng.choice(("alternate", "each")),
                           along_deg=maybe(rng, 0.4, 0, 8))
    p.drill("neck_turns", "stand", p.turns(drill, 5), blend_s=1)


DRAWN = {"thoracic_rotation": _rotation, "lying_rotation": _lying, "thoracic_extension": _extension,
         "scapular_squeeze": _squeeze, "posture": _posture, "arm_swing": _swing, "breathing": _breathing,
         "warm_up": _warm_up}


def drawn(exercise, rng):
    performance = Performance(exercise, rng)
    DRAWN[exercise](performance)
    return performance


class Assessed:
    """What poised published of one performance, and the truth."""

    def __init__(self, recording, truth):
        self.repetitions, self.results = [], []
        self.true, self.breaths, self.contacts, self.lines = [], [], [], []
        schemas = {stream: jsonschema.Draft202012Validator(
            json.loads((SOURCE / "config" / "schema" / f"{stream}.json").read_text()))
            for stream in ("assessment", "repetition")}
        emitted = subprocess.run([BIN / "poised", "--replay", recording, "--emit", "-"], capture_output=True, text=True,
                                 timeout=PATIENCE_S, check=False)
        if emitted.returncode != 0:
            raise AssertionError(f"poised ended with {emitted.returncode}: {emitted.stderr[-2000:]}")
        for line in emitted.stdout.splitlines():
            stream = _STREAM.search(line).group(1)
            if stream not in schemas:
                continue
            message = json.loads(line)
            if stream == "repetition" or not self.results or message["part"] != self.results[-1]["part"]:
                schemas[stream].validate(message)
            (self.repetitions if stream == "repetition" else self.results).append(message)
        with open(truth, encoding="utf-8") as lines:
            self.read_truth(lines)

    def read_truth(self, lines):
        for line in lines:
            if not line.startswith('{"event"'):
                if _PARAMETER.search(line):
                    self.lines.append(line)
                continue
            event = json.loads(line)
            kinds = {"repetition": self.true, "inspiration": self.breaths, "contact": self.contacts}
            if event["event"] in kinds:
                kinds[event["event"]].append(event)

    @property
    def last(self):
        return self.results[-1]

    def span(self, part):
        """Between which instants the part ran, by what was published."""
        times = [message["t_s"] for message in self.results if message["part"] == part]
        return (times[0], times[-1]) if times else (float("nan"), float("nan"))

    def true_of(self, part, side=None):
        side = {"turn_left": "left", "turn_right": "right"}.get(part, side)
        return [event for event in self.true if event["exercise"] == PARTS[part] and event["side"] in (side, None)]

    def published_of(self, part, side):
        return [message for message in self.repetitions if message["part"] == part and message["side"] == side]

    def row(self, part, side=None):
        return next((row for row in self.last["rows"] if row["part"] == part and row["side"] == side), None)

    def truth_between(self, from_s, until_s, key):
        """The mean of a number of the truth's lines."""
        values = [message[key] for message in map(json.loads, self.lines)
                  if from_s <= message["mono_s"] <= until_s and message[key] is not None]
        return sum(values) / len(values) if values else float("nan")


def perform(text, folder, name):
    scenario, recording = Path(folder) / f"{name}.yaml", Path(folder) / f"{name}.xdf"
    truth = Path(folder) / f"{name}.jsonl"
    scenario.write_text(text)
    run("poise-sim", "--scenario", scenario, "--write", recording, "--truth", truth, "--quiet")
    assessed = Assessed(recording, truth)
    recording.unlink()
    truth.unlink()
    return assessed
