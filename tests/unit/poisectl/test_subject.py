# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl subject: what is kept of a person is listed, shown and deleted, and nothing else is."""

import json
import os
import pty
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from poisectl_kit import BIN, ctl

CELL = {"gait": "run", "speed_m_s": 2.75, "of": "cadence_spm", "mean": 164.25, "sd": 1.5, "rho": 0.5, "minutes": 12}
HISTORY = {"version": 1, "subject": "s01", "program": "poised", "sessions": 3, "updated": "2026-11-21T11:04:31Z", "session": None,
           "phase": "idle", "vest": False, "elapsed_s": 0, "moved_s": 0, "ran_s": 0, "steady_s": 0, "still_s": 0,
           "since_drink_s": 0, "before": [CELL], "now": []}


ROW = {"part": "turn", "side": "left", "count": 5, "held": 5, "range_deg": 41.2, "best_deg": 43.5, "hold_s": 5.1, "smoothness": -1.6,
       "values": {"overshoot_deg": 1.2}}
ASSESSMENTS = {"version": 1, "subject": "s01", "program": "poised", "assessments": [
    {"utc": "2026-11-21T18:04:31.123456789Z", "session": None, "rig": "lab", "exercise": "thoracic_rotation", "outcome": "done", "rows": [ROW]},
    {"utc": "2026-11-22T08:00:00Z", "session": None, "rig": "lab", "exercise": "posture", "outcome": "stopped", "rows": []}]}


class Subject(unittest.TestCase):
    def setUp(self):
        self.state = Path(tempfile.mkdtemp(prefix="poise-"))
        self.addCleanup(shutil.rmtree, self.state)
        for name in ("history/s01.json", "calibration/s01@lab.json", "calibration/s01@gym.json", "calibration/s02@lab.json",
                     "calibration/s01@lab.json.tmp", "history/note.txt", "assessments/s01.json", "assessments/s03.json",
                     "assessments/s01.json.unreadable"):
            path = self.state / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("{}")
        (self.state / "history/s01.json").write_text(json.dumps(HISTORY))
        (self.state / "assessments/s01.json").write_text(json.dumps(ASSESSMENTS))

    def subject(self, *arguments, **options):
        return ctl("subject", *arguments, "--state-dir", self.state, **options)

    def files(self):
        return sorted(str(path.relative_to(self.state)) for path in self.state.glob("*/*"))

    def test_list(self):
        listed = json.loads(self.subject("list", "--json").stdout)
        self.assertEqual({name: (entry["history"], sorted(entry["calibrations"]), entry["assessments"]) for name, entry in listed.items()},
                         {"s01": (True, ["gym", "lab"], True), "s02": (False, ["lab"], False), "s03": (False, [], True)})
        self.assertRegex(self.subject("list").stdout, r"(?m)^s01 .*\n  calibrations: (gym, lab|lab, gym)$")
        self.assertEqual(json.loads(ctl("subject", "list", "--json", "--state-dir", self.state / "history").stdout), {})
        done = ctl("subject", "list", "--state-dir", self.state / "gone")
        self.assertEqual(done.returncode, 1)
        self.assertIn("gone/history: No such file", done.stderr)

    def test_show(self):
        shown = json.loads(self.subject("show", "s01", "--json").stdout)
        self.assertEqual(shown["history"]["before"], [CELL])
        text = self.subject("show", "s01").stdout
        self.assertIn("running at 2.75 m/s", text)
        self.assertRegex(text, r"cadence_spm +164\.2 \+- 1\.5  \(12 min\)")
        self.assertEqual(json.loads(self.subject("show", "s02", "--json").stdout)["history"]["sessions"], 0)
        self.assertEqual(shown["assessments"], ASSESSMENTS["assessments"])
        self.assertRegex(text, r"assessments: *\n  2026-11-22T08:00:00 *  posture +stopped\n  2026-11-21T18:04:31  thoracic_rotation +done\n")
        self.assertEqual(json.loads(self.subject("show", "s02", "--json").stdout)["assessments"], [])
        done = self.subject("show", "s04")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("nothing is kept of 's04'", done.stderr)

    def test_a_damaged_history_is_named(self):
        (self.state / "history/s01.json").write_text(json.dumps(HISTORY | {"sessions": -1}))
        done = self.subject("show", "s01")
        self.assertEqual(done.returncode, 1)
        self.assertIn("history/s01.json: key 'sessions': value -1", done.stderr)
        done = self.subject("show", "s03")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("assessments/s03.json: key \"version\" is missing", done.stderr)

    def test_delete_all_of_one(self):
        before = self.files()
        done = self.subject("delete", "s01")
        self.assertEqual((done.returncode, self.files()), (1, before), "without --yes and a terminal")
        deleted = json.loads(self.subject("delete", "s01", "--yes", "--json").stdout)["deleted"]
        gone = {"history/s01.json", "calibration/s01@lab.json", "calibration/s01@gym.json", "assessments/s01.json",
                "assessments/s01.json.unreadable"}
        self.assertEqual({str(Path(path).relative_to(self.state)) for path in deleted}, gone)
        self.assertEqual(self.files(), sorted(set(before) - gone))
        self.assertEqual(self.subject("delete", "s01", "--yes").returncode, 1)

    def test_asks_on_a_terminal(self):
        for answer, code in ((b"n\n", 1), (b"y\n", 0)):
            master, slave = pty.openpty()
            child = subprocess.Popen([BIN / "poisectl", "subject", "delete", "s02", "--state-dir", self.state], stdin=slave,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            os.write(master, answer)
            out, _ = child.communicate(timeout=60)
            os.close(master)
            os.close(slave)
            self.assertEqual(child.returncode, code, out)
            self.assertEqual((self.state / "calibration/s02@lab.json").exists(), code == 1)

    def test_not_while_its_session_runs(self):
        (self.state / "session").mkdir()
        (self.state / "session/lab.json").write_text(json.dumps({
            "version": 1, "rig": "lab", "program": "poised", "session": "01234567-89ab-4cde-8f01-23456789abcd", "subject": "s01",
            "since": "2026-11-21T11:04:31Z", "speed_m_s": None, "n_marks": 0, "marks": []}))
        done = self.subject("delete", "s01", "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a session of s01 runs on rig lab", done.stderr)
        self.assertEqual(self.subject("delete", "s02", "--yes").returncode, 0)


if __name__ == "__main__":
    unittest.main()
