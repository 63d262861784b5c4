# SPDX-License-Identifier: GPL-3.0-or-later
"""The committed schemas and documents are what the tables say now, and hold for the configurations beside them."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(os.environ["POISE_SOURCE_DIR"])
GEN = Path(os.environ["POISE_BIN_DIR"]) / "poise-gen"


class Generated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([GEN, cls.folder.name], check=True)
        cls.files = [path.relative_to(cls.folder.name) for path in Path(cls.folder.name).rglob("*") if path.is_file()]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_committed_files_are_fresh(self):
        self.assertGreater(len(self.files), 5)
        for name in self.files:
            with self.subTest(file=str(name)):
                committed = (ROOT / name).read_text() if (ROOT / name).exists() else ""
                self.assertEqual(committed, Path(self.folder.name, name).read_text(), "run tools/gen/update")

    def test_no_schema_is_left_over(self):
        left = [path.name for path in (ROOT / "config/schema").glob("*.json")
                if path.relative_to(ROOT) not in self.files]
        self.assertEqual(left, ["report.json"])  # by hand: of no table

    def test_schemas_are_schemas(self):
        for path in (ROOT / "config/schema").glob("*.json"):
            with self.subTest(file=path.name):
                schema = json.loads(path.read_text())
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_configurations_follow_their_schema(self):
        schema = json.loads(Path(self.folder.name, "config/schema/poised.json").read_text())
        checker = jsonschema.Draft202012Validator(schema)
        for path in (ROOT / "config").glob("*.yaml"):
            with self.subTest(file=path.name):
                checker.validate(yaml.safe_load(path.read_text()))
        for wrong in ({}, {"version": 2}, {"version": 1, "sites": {"elbow": {}}},
                      {"version": 1, "acquire": {"rate_hz": "fast"}}, {"version": 1, "import": {"map": {"x": "elbow"}}}):
            with self.subTest(wrong=wrong):
                self.assertFalse(checker.is_valid(wrong))

    def test_a_folder_that_cannot_be_written_is_an_error(self):
        done = subprocess.run([GEN, "/proc/nowhere"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("config/schema", done.stderr)
        self.assertEqual(subprocess.run([GEN], capture_output=True, check=False).returncode, 64)


if __name__ == "__main__":
    unittest.main()
