# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings over real recordings: a healthy walker's first minute warns of nothing, and of the people after a stroke the
one whose feet are plainly uneven (stroke_treadmill_lumbar, sides from sensors on the feet) is found uneven."""

import numpy as np

from findings_kit import RAISED, replay_findings
from replay_kit import DATA, ReplayTest, figure, main, rows

FIRST_S = 60
UNEVEN_PCT, EVEN_PCT = 6, 2  # of the truth: beyond it must be found; below, no warning
FACTOR = "left_right_asymmetry"


def asymmetry_pct(events):
    """100 · 2(L−R)/(L+R) of the times from each foot's event to the other's, medians; NaN: fewer than six of a foot."""
    spans = {"left": [], "right": []}
    for (start, side), (end, other) in zip(events, events[1:]):
        if side != other:
            spans[side].append(end - start)
    if min(map(len, spans.values())) < 6:
        return np.nan
    left, right = (np.median(spans[side]) for side in ("left", "right"))
    return 200 * (left - right) / (left + right)


class RealData(ReplayTest):
    def findings(self, preset, path):
        recording = self.import_csv(preset, path)
        found = replay_findings(recording)
        recording.unlink()
        for factor in found.factors():
            for start, end in found.spells(factor, RAISED):
                print(f"{path.name}: {factor} from {start - found.from_s:.0f} to {end - found.from_s:.0f} s, "
                      f"{found.worst(factor)}", flush=True)
        return found

    def check_first_minute(self, found):
        warned = {factor: spells[0][0] - found.from_s for factor, spells in found.warned().items()
                  if spells[0][0] - found.from_s <= FIRST_S}
        self.assertEqual(warned, {})
        self.assertGreater(len(found.factors()), 30)

    def test_healthy_walkers(self):
        for path in sorted((DATA / "ipol_gait").glob("*_lowerback.csv.xz")):
            with self.subTest(path=path.name):
                self.check_first_minute(self.findings("ipol_gait", path))

    def test_whole_body(self):
        found = self.findings("qmt_fullbody", DATA / "qmt_fullbody" / "fullbody.csv.xz")
        self.check_first_minute(found)
        # Head, back, pelvis and feet are worn: what they tell is told.
        told = {message["factor"] for message in found.findings if message["level"] != "unknown"}
        self.assertLessEqual({"slouching", "forward_head", "lateral_curvature", FACTOR}, told)
        # No shoulders, no pack, nothing of the breath, nobody ran: not known, never ok.
        for factor in ("rounded_shoulders", "uneven_shoulders", "pack_bounce", "crossing", "high_bounce", "hyperkyphosis",
                       "drift"):
            self.assertEqual(found.worst(factor), "unknown", factor)
            self.assertTrue(all(found.unknown_of(factor)), factor)

    def test_after_a_stroke(self):
        for path in sorted((DATA / "stroke_treadmill_lumbar").glob("*_lumbar.csv.xz")):
            table = rows(str(path).replace("_lumbar.csv.xz", "_midswing.csv"))
            true_pct = asymmetry_pct(sorted((float(row["t_s"]), row["side"]) for row in table))
            found = self.findings("stroke_treadmill_lumbar", path)
            said = [message["evidence"]["step_asymmetry_pct"]["value"] for message in found.of(FACTOR)
                    if message["level"] != "unknown"]
            name = path.name.split("_")[0]
            figure(f"findings_{name}_true_asymmetry", true_pct, "pct")
            figure(f"findings_{name}_said_asymmetry", np.nanmedian([np.nan if one is None else one for one in said]), "pct")
            with self.subTest(person=name):
                if abs(true_pct) >= UNEVEN_PCT:
                    self.assertTrue(found.spells(FACTOR, RAISED), f"uneven by {true_pct:.1f} %, {found.worst(FACTOR)}")
                if abs(true_pct) <= EVEN_PCT:
                    self.assertEqual(found.spells(FACTOR), [], f"uneven by only {true_pct:.1f} %")


if __name__ == "__main__":
    main("ipol_gait", "qmt_fullbody", "stroke_treadmill_lumbar")
