# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl findings against a publisher that says one finding after another."""

import json
import time
import unittest

from poisectl_kit import ProbeTest


class Findings(ProbeTest):
    def wait_for(self, is_there, *arguments):
        deadline = time.monotonic() + 60
        while not is_there(text := self.ctl("findings", *arguments).stdout):
            self.assertLess(time.monotonic(), deadline, text)
        return text

    def test_the_last_of_each_factor(self):
        reply = json.loads(self.wait_for(lambda text: json.loads(text)["findings"], "--json"))
        names = [finding["factor"] for finding in reply["findings"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("not a diagnosis", reply["disclaimer"])

    def test_text(self):
        text = self.wait_for(lambda text: "slouching" in text, "--all")
        self.assertRegex(text, r"(?m)^(warn|notice|ok|unknown) +slouching \(poor_posture\)")
        self.assertIn("not a diagnosis", text.splitlines()[-1])

    def test_follow(self):
        lines = self.ctl("findings", "--follow", "--json", "--count", "1", "--seconds", "30").stdout.splitlines()
        self.assertEqual([json.loads(line)["stream"] for line in lines], ["finding"])
        text = self.ctl("findings", "--follow", "--count", "1", "--seconds", "30").stdout
        self.assertRegex(text, r"^\S+ (warn|notice) ")


if __name__ == "__main__":
    unittest.main()
