# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of a live run in parts: all of them together replay to what was published, each alone can be read; what
was published is in them; a folder's recordings stay within their limit; sessions outlive the daemon."""

import itertools
import json
import signal
import time
import unittest
from datetime import datetime, timedelta

from poise_rig import PATIENCE_S, Rig, RigTest, Schemas, read_lines, run
from recording_kit import SOME_SITES, WALKER, ask, as_json, by_seq, ctl, differences, metrics, replay, texts

RUN_S = 16


def wait_until(what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("it never came")


def utc(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Parts(unittest.TestCase):
    """One run for all tests here."""

    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.rig.start_sim("--scenario", cls.rig.write("walker.yaml", WALKER))
        cls.folder, emitted = cls.rig.folder / "rec", cls.rig.folder / "live.jsonl"
        cls.poised = cls.rig.start_poised("--emit", emitted, sites=SOME_SITES,
                                          sets=[f"record.dir={cls.folder}", "record.rotate_mb=0.3", "record.fsync_s=1"])
        time.sleep(RUN_S * 0.6)  # long enough for the first calibration
        cls.started = ask(cls.rig, cmd="session", action="start", subject="s01")
        for request in ({"cmd": "mark", "text": "Grüße"}, {"cmd": "speed", "m_s": 1.5}):
            ask(cls.rig, **request)
        time.sleep(RUN_S * 0.4)
        cls.state = ask(cls.rig, cmd="record", action="status")["recording"]
        cls.exit_code = cls.poised.stop()
        cls.lines = read_lines(emitted)
        cls.live = by_seq(cls.lines)
        cls.parts = sorted(cls.folder.iterdir())

    def test_there_are_parts(self):
        self.assertEqual(self.exit_code, 0, self.poised.log)
        self.assertGreater(len(self.parts), 4)
        for number, part in enumerate(self.parts, 1):
            self.assertRegex(part.name, rf"^lab_\d{{8}}T\d{{6}}\.\d{{3}}Z_{number:03}\.xdf$")
            self.assertEqual(part.stat().st_mode & 0o777, 0o640)
            if part != self.parts[-1]:
                self.assertAlmostEqual(part.stat().st_size, 3e5, delta=3e4)
        self.assertTrue(self.state["writing"])
        self.assertEqual((self.state["lost_events"], self.state["lost_metrics"], self.state["error"]), (0, 0, None))

    def test_all_parts_replay_to_the_live_values(self):
        done, lines = replay(self.rig, self.parts, "all")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stderr)
        self.assertEqual(differences(self.live, by_seq(lines)), [])
        self.assertEqual(len(by_seq(lines)), len(self.live))
        self.assertGreater(len(self.live), 60 * RUN_S)

    def test_what_was_published_is_in_it(self):
        recorded = metrics(self.parts)
        emitted = {(line["stream"], line["seq"]): line for line in self.lines}
        self.assertEqual(recorded, emitted)

    def test_a_part_missing_is_told_and_the_rest_replays(self):
        parts = self.parts[:1] + self.parts[2:]
        done, lines = replay(self.rig, parts, "gap")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("does not go on from the file before"), 1)
        self.assertIn(self.parts[2].name, done.stderr)
        self.assertGreater(len(lines), len(self.live) / 2)

    def test_each_part_alone(self):
        schemas = Schemas()
        for part in self.parts[1:]:
            with self.subTest(part=part.name):
                done, lines = replay(self.rig, [part], "alone")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("warning", done.stderr)
                status = [line for line in lines if line["stream"] == "status"]
                self.assertEqual(set(status[-1]["sites"]), set(SOME_SITES))
                for line in lines:
                    schemas.check(line)
        posture = [line for line in lines if line["stream"] == "posture"]
        self.assertTrue(posture[0]["calibrated"], "the calibration in force is at the head")
        self.assertEqual({line["session"] for line in posture}, {self.started["session"]})

    def test_from_the_middle_on_it_comes_to_the_same(self):
        """Begun with the second part the filters start anew, with the calibration of its head."""
        done, lines = replay(self.rig, self.parts[1:], "middle")
        self.assertNotIn("warning", done.stderr)
        live = {line["t_s"]: line for line in self.live.values() if line["stream"] == "posture"}
        posture = [line for line in lines if line["stream"] == "posture"]
        for key in ("trunk_lean_deg", "thoracic_flexion_deg"):
            apart = [abs(line["mean"][key] - live[line["t_s"]]["mean"][key]) for line in posture[-20:]]
            self.assertLess(max(apart), 1.5, key)

    def test_session_is_in_what_is_published(self):
        session = self.started["session"]
        self.assertRegex(session, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        for stream in {line["stream"] for line in self.lines}:
            ids = [line["session"] for line in self.lines if line["stream"] == stream]
            self.assertLessEqual(len(list(itertools.groupby(ids))), 2, stream)
        self.assertEqual({line["session"] for line in self.lines}, {None, session})

    def test_markers_for_other_programs(self):
        found = [text for part in self.parts for _, text in texts(part).get("poise.markers", [])]
        self.assertEqual(found, [f"session start {self.started['session']} s01", "Grüße"])

    def test_any_cut_is_readable(self):
        part = self.parts[2]
        whole, cut = part.read_bytes(), self.rig.folder / "cut.xdf"
        counts = []
        for share in (0.11, 0.37, 0.62, 0.88, 0.97):
            cut.write_bytes(whole[:int(len(whole) * share)])
            done, lines = replay(self.rig, [cut], "cut")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, "cut short|without footers")  # the latter: between two chunks
            counts.append(len(lines))
            self.assertGreaterEqual(len(metrics([cut])), len(metrics([part])) * share - 200)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(counts[-1], counts[0])

    def test_report_of_the_session(self):
        """A part brings the others; recorded and replayed values are the same; a session is found in the folder."""
        def report(*arguments):
            done = run("poisectl", "report", *arguments, "--to", "json")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return json.loads(done.stdout)

        model, session = report(self.parts[1]), self.started["session"]
        source = model["source"]
        self.assertEqual(source["files"], [part.name for part in self.parts])
        self.assertEqual((source["session"], source["subject"], source["metrics"], source["notes"]),
                         (session, "s01", "recorded", []))
        self.assertAlmostEqual(source["duration_s"], RUN_S * 0.4, delta=2)
        self.assertEqual([mark["text"] for mark in model["marks"]], ["Grüße"])
        self.assertIn("1.50 m/s", [event["text"] for event in model["events"]])
        again = report(*self.parts, "--recompute")
        self.assertEqual(again["source"]["metrics"], "replayed")
        found = report(session[:8], "--dir", self.folder)
        for key in model:
            if key not in ("made_utc", "source", "quality"):  # live there is a reason beside some states
                self.assertEqual(again[key], model[key], key)
        for key in ("activities", "metrics", "marks", "events"):  # levels of before are in a part that it does not need
            self.assertEqual(found[key], model[key], key)
        told = {**found["source"], "files": source["files"]}
        for key in ("begun_utc", "ended_utc"):  # from `utc` of the first message, which is rounded to the millisecond
            self.assertLessEqual(abs(utc(told[key]) - utc(source[key])), timedelta(milliseconds=1))
            told[key] = source[key]
        self.assertEqual(told, source)
        self.assertTrue(set(found["source"]["files"]) <= set(source["files"]))
        alone = report(self.parts[-1], "--part")["source"]
        self.assertEqual((alone["files"], alone["session"]), ([self.parts[-1].name], session))

    def test_export_of_a_part_has_the_metrics(self):
        out = self.rig.folder / "csv"
        done = run("poisectl", "export", self.parts[1], "--to", "csv", "--output", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = sum(len(path.read_text().splitlines()) - 1 for path in (out / "metrics").glob("*.csv"))
        self.assertEqual(rows, len(texts(self.parts[1])["poise.metrics"]))


class Control(RigTest):
    def start(self, *sets, name="poised"):
        if not self.rig.sim_address:
            self.rig.start_sim("--scenario", self.rig.write("walker.yaml", WALKER))
        self.emitted = self.rig.folder / f"{name}.jsonl"
        return self.rig.start_poised("--emit", self.emitted, sites=SOME_SITES, sets=sets, name=name)

    def test_a_recording_begun_while_running(self):
        folder = self.rig.folder / "rec"
        poised = self.start(f"record.dir={folder}")
        state = as_json(ctl(self.rig, "record", "status", "--json").stdout)
        self.assertEqual((state["ok"], state["writing"]), (True, True))
        stopped = ctl(self.rig, "record", "stop")
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.assertIn("no recording runs; the last was", stopped.stdout)
        again = ctl(self.rig, "record", "stop")
        self.assertEqual((again.returncode, again.stdout), (1, ""))
        self.assertIn("no recording runs", again.stderr)
        wait_until(lambda: any(line.get("calibrated") for line in read_lines_so_far(self.emitted)))
        ctl(self.rig, "session", "start")
        started = ctl(self.rig, "record", "start", "--json")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertIn("already", ctl(self.rig, "record", "start").stderr)
        second = as_json(started.stdout)["path"]
        time.sleep(3)
        self.assertEqual(poised.stop(), 0, poised.log)
        files = sorted(folder.iterdir())
        self.assertEqual((len(files), str(files[1])), (2, second))
        done, lines = replay(self.rig, [second], "second")
        self.assertNotIn("warning", done.stderr)
        posture = [line for line in lines if line["stream"] == "posture"]
        self.assertGreater(len(posture), 20)
        self.assertTrue(all(line["calibrated"] and line["session"] for line in posture))
        # Two recordings, one after the other, are two logs.
        done, both = replay(self.rig, files, "both")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("does not go on", done.stderr)
        self.assertEqual(len([1 for line in both if line["stream"] == "posture" and line["calibrated"]]), len(posture))

    def test_nowhere_to_record_to(self):
        poised = self.start()
        for arguments, said in ((("record", "start"), "record.dir is null"), (("record", "stop"), "no recording runs"),
                                (("session", "stop"), "no session runs"), (("session", "start", "a b"), "subject must")):
            done = ctl(self.rig, *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
        self.assertEqual(ctl(self.rig, "record", "begin").returncode, 64)
        self.assertEqual(ctl(self.rig, "session", "stop", "x").returncode, 64)
        self.assertIn("no recording runs", ctl(self.rig, "record", "status").stdout)
        self.assertEqual(poised.stop(), 0)

    def test_session_outlives_a_kill(self):
        folder = self.rig.folder / "rec"
        poised = self.start(f"record.dir={folder}", name="first")
        session = as_json(ctl(self.rig, "session", "start", "s-07", "--json").stdout)["session"]
        self.assertIn("already", ctl(self.rig, "session", "start").stderr)
        for text in ("one", "two"):
            ctl(self.rig, "mark", text)
        ctl(self.rig, "speed", "3.25")
        wait_until(lambda: ask(self.rig, cmd="session", action="status")["speed_m_s"] == 3.25)
        time.sleep(2.5)  # two flushes: a kill may cost a second
        poised.popen.send_signal(signal.SIGKILL)
        poised.popen.wait()
        live = by_seq(read_lines_so_far(self.emitted))

        cut, = folder.iterdir()
        done, lines = replay(self.rig, [cut], "cut")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "cut short|without footers")
        self.assertGreater(len(lines), 100)
        both = {key: line for key, line in by_seq(lines).items() if key in live and key[0] == "posture"}
        self.assertEqual(differences(both, live), [])

        poised = self.start(f"record.dir={folder}", name="second")
        self.assertIn(f"session {session} goes on", poised.log)
        state = ask(self.rig, cmd="session", action="status")
        self.assertEqual((state["session"], state["subject"], state["speed_m_s"], state["n_marks"]),
                         (session, "s-07", 3.25, 2))
        self.assertEqual([mark["text"] for mark in state["marks"]], ["one", "two"])
        self.assertIn("already", ctl(self.rig, "session", "start").stderr)
        ctl(self.rig, "mark", "three")
        time.sleep(2)
        shown = ctl(self.rig, "session", "status").stdout
        self.assertIn(session, shown)
        self.assertIn("three", shown)
        self.assertEqual(ctl(self.rig, "session", "stop").returncode, 0)
        wait_until(lambda: not (self.rig.state / "session" / "lab.json").exists())
        self.assertEqual(poised.stop(), 0, poised.log)
        lines = read_lines(self.emitted)
        self.assertEqual({line["session"] for line in lines if line["stream"] == "posture"} - {None}, {session})
        self.assertEqual(lines[0]["session"], session)
        self.assertIsNone(lines[-1]["session"])
        done, again = replay(self.rig, sorted(folder.iterdir())[1:], "again")
        self.assertEqual(differences(by_seq(lines), by_seq(again)), [])

        poised = self.start(name="third")
        self.assertIsNone(ask(self.rig, cmd="session", action="status")["session"])
        self.assertEqual(poised.stop(), 0)

    def test_a_broken_session_file(self):
        place = self.rig.state / "session"
        place.mkdir()
        for content, said in (("{", "line 1"), ('{"version": 2}', "key 'version'"), ("[]", "no JSON object")):
            (place / "lab.json").write_text(content)
            poised = self.start(name=f"with-{len(content)}")
            self.assertIn("the session is not taken up again", poised.log)
            self.assertIn(said, poised.log)
            self.assertIsNone(ask(self.rig, cmd="session", action="status")["session"])
            self.assertEqual(poised.stop(), 0, poised.log)

    def test_reload_keeps_session_and_speed(self):
        folder = self.rig.folder / "rec"
        poised = self.start(f"record.dir={folder}", "record.rotate_mb=0", "record.rotate_min=0.03")
        session = as_json(ctl(self.rig, "session", "start", "--json").stdout)["session"]
        ctl(self.rig, "speed", "2")
        time.sleep(2)
        poised.popen.send_signal(signal.SIGHUP)
        poised.wait_for("the new configuration is in force")
        time.sleep(3)
        self.assertEqual(poised.stop(), 0, poised.log)
        lines = read_lines(self.emitted)
        self.assertEqual(lines[-1]["session"], session)
        self.assertIn(len(list(folder.iterdir())), range(3, 12))  # by time: every 1.8 s
        done, again = replay(self.rig, sorted(folder.iterdir()), "again")
        self.assertNotIn("warning", done.stderr)
        self.assertEqual(differences(by_seq(lines), by_seq(again)), [])


class Keeping(RigTest):
    def test_the_oldest_own_files_go(self):
        folder = self.rig.folder / "rec"
        folder.mkdir()
        old = folder / "lab_20200101T000000.000Z_001.xdf"
        others = [folder / name for name in (
            "notes.txt", "lab_20200101T000000.000Z_001.xdf.bak", "lab2_20200101T000000.000Z_001.xdf", "lab_run.xdf",
            "lab_20200101T000000Z_001.xdf", "lab_20200101T000000.000Z_1.xdf")]
        for path in (old, *others):
            path.write_bytes(b"x" * 900_000)
        link = folder / "lab_20200101T000000.000Z_002.xdf"
        link.symlink_to(others[0])
        self.rig.start_sim("--scenario", self.rig.write("walker.yaml", WALKER))
        poised = self.rig.start_poised(sites=SOME_SITES, sets=[
            f"record.dir={folder}", "record.rotate_mb=0.25", "record.keep_gb=0.001"])
        poised.wait_for(r"recording lab_\d{8}T\d{6}\.\d{3}Z_002\.xdf deleted")
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertFalse(old.exists())
        for path in (*others, link):
            self.assertTrue(path.is_symlink() or path.exists(), path)
        parts = sorted(set(folder.iterdir()) - {*others, link})
        self.assertLess(sum(path.stat().st_size for path in parts), 1_300_000)
        self.assertGreaterEqual(len(parts), 3)
        done, _ = replay(self.rig, parts, "kept")  # a later part first: by its head
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stderr)


def read_lines_so_far(path):
    """Whole lines of a file that is still written, or was cut."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [as_json(line) for line in lines]


if __name__ == "__main__":
    unittest.main()
