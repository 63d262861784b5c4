# SPDX-License-Identifier: GPL-3.0-or-later
"""Every object the encoder can make, from random structs, follows its stream's schema; the schema can refuse."""

import copy
import json
import math
import os
import subprocess
import unittest
from pathlib import Path

import jsonschema

PROBE = Path(os.environ["POISE_BIN_DIR"]) / "publish_probe"
COMMON = ["v", "rig", "stream", "boot", "session", "seq", "t_s", "utc"]


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def strict(schema):
    """The same schema without room for unknown keys: finds what a table does not declare."""
    schema = copy.deepcopy(schema)

    def close(node):
        if isinstance(node, dict):
            if "properties" in node:
                node["additionalProperties"] = False
            for child in node.values():
                close(child)
        elif isinstance(node, list):
            for child in node:
                close(child)

    close(schema)
    return schema


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        seed = os.environ.get("POISE_SEED", "1")
        print(f"seed {seed} (POISE_SEED)")
        cls.schemas = json.loads(subprocess.run([PROBE, "schemas"], check=True, capture_output=True).stdout)
        lines = subprocess.run([PROBE, "lines", seed, "60"], check=True, capture_output=True).stdout
        cls.objects = [json.loads(line, parse_constant=refuse_constant) for line in lines.decode().splitlines()]

    def test_schemas_are_schemas(self):
        for schema in self.schemas.values():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")

    def test_objects_follow_them_strictly(self):
        checkers = {name: jsonschema.Draft202012Validator(strict(schema)) for name, schema in self.schemas.items()}
        self.assertEqual(len(self.objects), 60 * len(checkers))
        for item in self.objects:
            checkers[item["stream"]].validate(item)
            self.assertEqual(list(item)[:8], COMMON)

    def test_unknown_keys_are_allowed_and_missing_ones_are_not(self):
        for item in self.objects[:len(self.schemas)]:
            checker = jsonschema.Draft202012Validator(self.schemas[item["stream"]])
            checker.validate({**item, "key_of_a_later_version": 1})
            for key in item:
                with self.subTest(stream=item["stream"], key=key):
                    self.assertFalse(checker.is_valid({k: v for k, v in item.items() if k != key}))

    def test_wrong_values_are_refused(self):
        wrong = {"v": 2, "rig": "a/b", "stream": "x", "boot": "1", "session": "", "seq": 0, "t_s": None, "utc": "now"}
        for item in self.objects[:len(self.schemas)]:
            checker = jsonschema.Draft202012Validator(self.schemas[item["stream"]])
            for key, value in wrong.items():
                with self.subTest(stream=item["stream"], key=key):
                    self.assertFalse(checker.is_valid({**item, key: value}))
        cadence = next(item for item in self.objects if item["stream"] == "cadence")
        checker = jsonschema.Draft202012Validator(self.schemas["cadence"])
        self.assertFalse(checker.is_valid({**cadence, "activity": "jump"}))
        self.assertFalse(checker.is_valid({**cadence, "cadence_spm": "168"}))

    def test_numbers_have_at_most_their_decimals(self):
        def numbers(value):
            if isinstance(value, dict):
                for child in value.values():
                    yield from numbers(child)
            elif isinstance(value, list):
                for child in value:
                    yield from numbers(child)
            elif isinstance(value, float):
                yield value

        found = 0
        for item in self.objects:
            for value in numbers(item):
                self.assertTrue(math.isfinite(value))
                self.assertFalse(value == 0 and math.copysign(1, value) < 0, "-0 was published")
                if abs(value) < 1e9:
                    found += 1
                    self.assertAlmostEqual(value, round(value, 8), places=10)
        self.assertGreater(found, 1000)

    def test_every_key_is_described(self):
        def descend(schema):
            for key, child in schema.get("properties", {}).items():
                self.assertIn("description", child, key)
                descend(child)

        for schema in self.schemas.values():
            descend(schema)


if __name__ == "__main__":
    unittest.main()
