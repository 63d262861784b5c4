#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ships for a rig is right: presets load and are all that their comments say, overlays compile and wear labels of
sites, docs/rig.md names programs, options and files that are there."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

SOURCE = pathlib.Path(os.environ["POISE_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["POISE_BIN_DIR"])
PRESETS = sorted((SOURCE / "config" / "presets").glob("*.yaml"))
OVERLAYS = sorted((SOURCE / "config" / "overlays").glob("*.dts"))
GUIDE = (SOURCE / "docs" / "rig.md").read_text()
SITES = ["head", "c7", "t12", "sacrum", "sternum", "abdomen", "shoulder_left", "shoulder_right", "wrist_left",
         "wrist_right", "foot_left", "foot_right", "pack"]


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)


class Presets(unittest.TestCase):
    def test_there_is_one_for_each_chip(self):
        self.assertEqual([path.name for path in PRESETS],
                         [f"{chip}-harness.yaml" for chip in ("bmi160", "icm42688", "lsm6dso", "mpu6050", "mpu9250")])

    def test_each_is_right(self):
        for path in PRESETS:
            with self.subTest(preset=path.name):
                done = run(BIN / "poised", "--check-config", "-c", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                preset = yaml.safe_load(path.read_text())
                self.assertGreaterEqual(len(preset["sites"]), 6)
                for site, value in preset["sites"].items():
                    self.assertEqual(value["uri"], "local:")
                    self.assertTrue(value.get("label") == site or "parent" in value, (site, value))
                for key in ("rate_hz", "accel_range_g", "gyro_range_deg_s", "block_samples"):
                    self.assertIn(key, preset["acquire"])
                # Small enough to be prompt, large enough not to wake for each sample.
                block_ms = 1000 * preset["acquire"]["block_samples"] / preset["acquire"]["rate_hz"]
                self.assertTrue(9 <= block_ms <= 11, block_ms)

    def test_no_device_is_meant_twice(self):
        for path in PRESETS:
            sites = yaml.safe_load(path.read_text())["sites"].values()
            places = [(site.get("label"), site.get("name"), site.get("parent")) for site in sites]
            self.assertEqual(len(places), len(set(places)), path.name)


@unittest.skipUnless(shutil.which("dtc"), "dtc is not installed")
class Overlays(unittest.TestCase):
    def test_each_compiles_without_a_warning(self):
        self.assertGreaterEqual(len(OVERLAYS), 3)
        for path in OVERLAYS:
            with self.subTest(overlay=path.name), tempfile.NamedTemporaryFile(suffix=".dtbo") as blob:
                done = run("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", blob.name, path)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                back = run("dtc", "-I", "dtb", "-O", "dts", blob.name).stdout
                labels = re.findall(r'label = "(\w+)"', back)
                self.assertEqual(len(labels), len(set(labels)))
                self.assertTrue(labels and set(labels) <= set(SITES), labels)
                matrices = re.findall(r"mount-matrix = (.*);", back)
                self.assertEqual(len(matrices), len(labels))
                for matrix in matrices:
                    rows = [float(number.replace("\\0", "")) for number in re.findall(r'-?\d+(?=["\\])', matrix)]
                    self.check_rotation(rows)

    def check_rotation(self, m):
        self.assertEqual(len(m), 9, m)
        for i in range(3):
            for k in range(3):
                self.assertEqual(sum(m[3 * i + n] * m[3 * k + n] for n in range(3)), 1 if i == k else 0, m)
        self.assertEqual(m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
                         + m[2] * (m[3] * m[7] - m[4] * m[6]), 1, m)


class Guide(unittest.TestCase):
    def test_files_it_names_are_there(self):
        for name in re.findall(r"`((?:config|docs|tools|tests|systemd)/[\w./-]+)`", GUIDE):
            with self.subTest(file=name):
                self.assertTrue((SOURCE / name).exists(), name)
        for name in re.findall(r"\]\((\w[\w.-]+\.md)\)", GUIDE):
            self.assertTrue((SOURCE / "docs" / name).exists(), name)

    def test_keys_it_names_are_there(self):
        printed = yaml.safe_load(run(BIN / "poised", "--print-config").stdout)
        for section, key in re.findall(r"`(acquire|publish|record)\.(\w+)`", GUIDE):
            self.assertIn(key, printed[section], f"{section}.{key}")

    def test_commands_it_names_are_there(self):
        known = run(BIN / "poisectl", "--help").stdout
        for command in re.findall(r"^poisectl (\w+)", GUIDE, re.M):
            self.assertIn(command, known)
            done = run(BIN / "poisectl", command, "--help")
            self.assertEqual(done.returncode, 0, command)
        options = run(BIN / "poised", "--help").stdout
        for option in re.findall(r"^poised .*?(--[\w-]+)", GUIDE, re.M):
            self.assertIn(option, options)


if __name__ == "__main__":
    unittest.main(verbosity=1)
