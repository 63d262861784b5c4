# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl --json: results and errors have the shape that poisectl(1) tells, and the exit codes of the text."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema
import zmq

from poisectl_kit import BIN, STREAMS, ProbeTest, ctl

ROOT = Path(os.environ["POISE_SOURCE_DIR"])
TABLE = "t_s,ax,ay,az\n" + "".join(f"{i / 100},0,0,{9.81 + i / 1000}\n" for i in range(200))
PUBLISHED = {"v", "rig", "stream", "boot", "session", "seq", "t_s", "utc"}


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="poise-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.table, self.recording = self.folder / "walk.csv", self.folder / "walk.xdf"
        self.table.write_text(TABLE)

    def imported(self, *options):
        return ctl("import", "--map", "sacrum=ax,ay,az", *options, self.table, self.recording)


class Errors(Folder):
    def refused(self, code, *arguments, says=""):
        """With --json in front or behind one object on stdout, else the same sentence on stderr."""
        plain = ctl(*arguments)
        self.assertEqual((plain.returncode, plain.stdout), (code, ""), plain)
        for with_json in (["--json", *arguments], [arguments[0], "--json", *arguments[1:]]):
            with self.subTest(arguments=with_json):
                done = ctl(*with_json)
                self.assertEqual((done.returncode, done.stderr), (code, ""), done)
                error = json.loads(done.stdout)
                self.assertEqual(set(error), {"ok", "error"})
                self.assertIs(error["ok"], False)
                self.assertEqual(f"poisectl: {error['error']}\n", plain.stderr)
                self.assertIn(says, error["error"])

    def test_no_daemon(self):
        os.environ["POISE_RUNTIME_DIR"] = str(self.folder)
        self.addCleanup(os.environ.pop, "POISE_RUNTIME_DIR")
        for verb in (["status"], ["top"], ["top", "--once"], ["sub"], ["snapshot"], ["devices"], ["mark", "x"], ["speed", "1"],
                     ["calibrate"], ["calibrate", "--cancel"], ["record", "start"], ["session", "status"], ["findings"], ["findings", "--follow"], ["assess", "posture"]):
            self.refused(1, *verb, says="no poised runs")

    def test_usage(self):
        for arguments in (["nonsense"], ["status", "extra"], ["status", "--nonsense"], ["sub", "nonsense"], ["sub", "--count", "0"],
                          ["sub", "--count"], ["top", "--once=1"], ["sub", "-x"], ["mark"], ["speed", "fast"], ["calibrate", "--stand", "--bows"],
                          ["devices", "a", "b"], ["record"], ["record", "begin"], ["session", "stop", "x"], ["findings", "x"], ["findings", "--count", "1"], ["subject"], ["subject", "list", "x"], ["subject", "show"], ["subject", "show", "../x"], ["assess"], ["assess", "yoga"], ["assess", "posture", "--lying"], ["assess", "--list", "posture"], ["assess", "posture", "x"], ["keygen"], ["keygen", "--server"], ["keygen", "--client", "../x", "--out", "y"],
                          ["export"], ["export", "a.xdf"], ["export", "a.xdf", "--to", "edf"], ["export", "--run", "x"],
                          ["report"], ["report", "a.xdf", "--to", "pdf"], ["report", "a.xdf", "-x"], ["report", "--map", "x", "a.xdf"],
                          ["import"], ["import", "a", "b"], ["import", "--rate", "0", "a", "b"],
                          ["import", "--map", "elbow=a", self.table, self.recording], ["import", "--nonsense"]):
            if arguments == ["nonsense"]:
                self.assertIs(json.loads(ctl("--json", "nonsense").stdout)["ok"], False)
                self.assertEqual(ctl("--json", "nonsense").returncode, 64)
                continue
            self.refused(64, *arguments)
        self.assertIs(json.loads(ctl("--json").stdout)["ok"], False)
        done = ctl("import", "--json", "--map", "sacrum=ax,ay,az", self.table, "-")
        self.assertEqual((done.returncode, json.loads(done.stdout)["ok"]), (64, False))

    def test_input_and_output(self):
        self.refused(66, "import", "--map", "sacrum=ax,ay,az", self.folder / "gone.csv", self.recording, says="gone.csv")
        self.refused(66, "import", "--map", "sacrum=ax,b,c", self.table, self.recording, says="no column 'b'")
        self.refused(1, "import", "--map", "sacrum=ax,ay,az", self.table, self.folder / "no/where.xdf", says="No such file")
        self.refused(66, "export", self.folder / "gone.xdf", "--to", "csv", "--output", self.folder / "out", says="gone.xdf")
        self.refused(66, "export", self.table, "--to", "hdf5", "--output", self.folder / "out.h5", says="not an XDF")
        self.refused(66, "report", self.folder / "gone.xdf", says="gone.xdf")
        self.refused(66, "report", self.table, says="no XDF")
        self.refused(66, "report", "0123abcd", "--dir", self.folder, says="no session '0123abcd'")
        self.assertEqual(self.imported().returncode, 0)
        (self.folder / "there").mkdir()
        (self.folder / "there/x").touch()
        self.refused(1, "export", self.recording, "--to", "csv", "--output", self.folder / "there", says="there")
        self.assertEqual(ctl("keygen", "--server", self.folder / "keys").returncode, 0)
        self.refused(1, "keygen", "--server", self.folder / "keys", says="is there already")
        self.refused(1, "devices", "ip:127.0.0.1:1", says="ip:127.0.0.1:1")

    def test_names_that_would_harm_a_terminal(self):
        evil = self.folder / "a\x1b[31m\udcff.xdf"
        done = ctl("export", "--json", evil, "--to", "csv")
        self.assertEqual(done.returncode, 66)
        self.assertIn("\\x1b[31m\\xff.xdf", json.loads(done.stdout)["error"])


class Offline(Folder):
    def test_import_and_export(self):
        made = json.loads(self.imported("--json").stdout)
        self.assertEqual(made, {"ok": True, "input": str(self.table), "output": str(self.recording), "rows": 200,
                                "duration_s": 1.99, "sites": ["sacrum"]})
        self.assertEqual(self.imported().stdout, "")
        out = self.folder / "out"
        done = ctl("export", self.recording, "--to", "csv", "--output", out, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = json.loads(done.stdout)
        self.assertEqual({key: made[key] for key in ("ok", "input", "format", "output", "samples", "warning", "notes")},
                         {"ok": True, "input": str(self.recording), "format": "csv", "output": str(out), "samples": 200,
                          "warning": None, "notes": None})
        self.assertEqual(list(made), ["ok", "input", "format", "output", "duration_s", "samples", "events", "markers", "metrics",
                                      "bytes", "streams", "files", "warning", "notes"])
        self.assertEqual(sum(item["bytes"] for item in made["files"]), made["bytes"])
        for item in made["files"]:
            self.assertEqual((out / item["path"]).stat().st_size, item["bytes"])

    def test_keygen(self):
        keys, client = self.folder / "keys", self.folder / "ann"
        made = json.loads(ctl("--json", "keygen", "--server", keys).stdout)
        self.assertEqual(list(made), ["ok", "name", "public_key", "directory", "files"])
        self.assertEqual(made["files"], [f"{keys}/server.key_secret", f"{keys}/server.key"])
        made = json.loads(ctl("keygen", "--client", "ann", "--out", client, "--allow", keys, "--json").stdout)
        self.assertEqual((made["ok"], made["name"], made["directory"]), (True, "ann", str(client)))
        self.assertEqual(sorted(made["files"]), sorted([f"{client}/ann.key_secret", f"{client}/ann.key",
                                                        f"{keys}/clients/ann.key", f"{client}/server.key"]))
        for path in made["files"]:
            secret = re.search(r'secret-key = "(.*)"', Path(path).read_text())
            self.assertNotIn(secret[1] if secret else "?" * 40, json.dumps(made))
            self.assertIn("public-key", Path(path).read_text())


class Online(ProbeTest):
    def test_published_objects_stay_as_they_are(self):
        def check(item):
            self.assertLessEqual(PUBLISHED, set(item))
            schema = json.loads((ROOT / f"config/schema/{item['stream']}.json").read_text())
            jsonschema.Draft202012Validator(schema).validate(item)

        check(json.loads(self.ctl("status", "--json").stdout))  # the probe has just begun: it is waited for
        check(json.loads(self.ctl("status", "--json", "--endpoint", self.endpoint).stdout))
        snapshot = json.loads(self.ctl("--json", "snapshot").stdout)
        self.assertEqual(list(snapshot), STREAMS)
        for stream, item in snapshot.items():
            if item:
                self.assertEqual(item["stream"], stream)
                check(item)
        for line in self.ctl("sub", "--json", "--count", "30").stdout.splitlines():
            check(json.loads(line))

    def test_orders_and_sites(self):
        for verb in (["mark", "x"], ["speed", "2.5"], ["calibrate", "--cancel"], ["calibrate", "--no-wait"]):
            self.assertEqual(json.loads(self.ctl(*verb, "--json").stdout), {"ok": True})
        devices = json.loads(self.ctl("devices", "--json").stdout)
        self.assertEqual((list(devices), devices["ok"]), (["ok", "sites"], True))
        self.assertEqual(devices["sites"]["c7"]["state"], "running")
        done = self.ctl("speed", "99", "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertRegex(json.loads(done.stdout)["error"], "^refused: .*from 0 to 12")

    def test_a_calibration_ends_with_its_error(self):
        done = self.ctl("calibrate", "--gait", "--seconds", "1", "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        *shown, last = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({item["stream"] for item in shown}, {"calibration"})
        self.assertIn("not finished within 1 s", last["error"])

    def test_top_is_a_line_a_second(self):
        self.assertEqual(list(json.loads(self.ctl("top", "--json", "--once").stdout)), STREAMS)
        begin = time.monotonic()
        done = self.ctl("top", "--json", "--seconds", "2.5")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([list(line) for line in lines], [STREAMS] * len(lines))
        self.assertIn(len(lines), (1, 2, 3))
        self.assertLess(time.monotonic() - begin, 20)
        running = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.folder, "top", "--json"], stdout=subprocess.PIPE)
        running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        self.assertEqual(running.wait(20), 0)
        running.stdout.close()


class Strange(unittest.TestCase):
    def test_an_answer_that_is_none_is_an_error_object(self):
        with tempfile.TemporaryDirectory(prefix="poise-") as folder:
            context = zmq.Context()
            socket = context.socket(zmq.REP)
            socket.bind(f"ipc://{folder}/control")
            running = subprocess.Popen([BIN / "poisectl", "--runtime-dir", folder, "snapshot", "--json"], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            socket.recv()
            socket.send(b'{"ok": false, "error": "\\u001b[31mno"}')
            out, err = running.communicate(timeout=30)
            context.destroy(linger=0)
        self.assertEqual((running.returncode, err), (1, ""))
        self.assertEqual(json.loads(out), {"ok": False, "error": "refused: \\x1b[31mno"})


if __name__ == "__main__":
    unittest.main()
