# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs say of themselves: each --help teaches, man pages name the same options, and groff takes them
without a warning."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from poisectl_kit import BIN, ctl

ROOT = Path(os.environ["POISE_SOURCE_DIR"])
PAGES = {"poised": "poised.8.scd", "poisectl": "poisectl.1.scd", "poise-sim": "poise-sim.1.scd"}
ROW = re.compile(r"^ {2,6}(?:-[a-z], )?(--[a-z-]+)(?: ([^ \n]+))?(?: .*)?$", re.M)
VERBS = re.compile(r"^  ([a-z]+)  +\S", re.M)
MARK = re.compile(r"\*(--[a-z-]+)\*(?: (\S+?))?(?=,?\s|$)")


def help_of(program, *verb):
    done = subprocess.run([BIN / program, *verb, "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def verbs():
    return VERBS.findall(help_of("poisectl").split("Verbs:")[1].split("\n\n")[0])


def options_of_help(text):
    """{option: what its argument is called}, of the rows below "Options:"."""
    return dict(ROW.findall(text.split("\nOptions:\n")[1].split("\n\n")[0]))


def options_of_page(text):
    """The same of the terms in the scdoc source of a page or of a part."""
    found = {}
    for line in text.splitlines():
        if re.match(r"\*-", line):
            found.update((name, re.sub(r"[_\\]", "", argument)) for name, argument in MARK.findall(line))
    return found


class Help(unittest.TestCase):
    def pages(self):
        return [(program, ()) for program in PAGES] + [("poisectl", (verb,)) for verb in verbs()]

    def test_every_verb_is_there(self):
        self.assertTrue({"status", "top", "sub", "snapshot", "devices", "mark", "speed", "record", "session", "calibrate",
                         "findings", "assess", "subject", "report", "export", "import",
                         "keygen"} <= set(verbs()))

    def test_it_teaches(self):
        for program, verb in self.pages():
            with self.subTest(program=program, verb=verb):
                text = help_of(program, *verb)
                self.assertTrue(text.startswith(" ".join(["usage:", program, *verb])), text)
                for heading in ("\nOptions:\n", "\nExamples:\n", "\nExit codes: 0 done"):
                    self.assertIn(heading, text)
                self.assertGreaterEqual(text.split("\nExamples:\n")[1].split("\n\n")[0].count("\n  p"), 1)
                long = [line for line in text.splitlines() if len(line) > 80 and not line.startswith("  poisectl ")]
                self.assertEqual(long, [])
                if verb:
                    self.assertIn("--json", options_of_help(text))

    def test_examples_name_options_that_exist(self):
        for program, verb in self.pages():
            known = set(options_of_help(help_of(program, *verb)))
            for line in re.findall(rf"^  {program} (.*)$", help_of(program, *verb).split("\nExamples:\n")[1], re.M):
                words = line.split("|")[0].split(" & ")[0].split()
                if program == "poisectl":
                    known = set(options_of_help(help_of("poisectl", words[0])))
                with self.subTest(line=line):
                    self.assertLessEqual({word for word in words if word.startswith("--") and word != "--"}, known)

    def test_what_getopt_takes_is_what_the_help_says(self):
        for program, source in (("poised", "daemon/options.c"), ("poise-sim", "tools/sim/options.c")):
            table = (ROOT / source).read_text().split("long_options[] = {")[1].split("};")[0]
            taken = {f"--{name}": has == "required" for name, has in re.findall(r'\{"([a-z-]+)", (\w+)_argument', table)}
            said = {name: bool(argument) for name, argument in options_of_help(help_of(program)).items()}
            self.assertEqual(taken, said, program)


class Pages(unittest.TestCase):
    def test_every_installed_program_has_one(self):
        listed = re.search(r"foreach\(program ([^)]*)\)", (ROOT / "cmake/PoiseInstall.cmake").read_text())[1].split()
        self.assertEqual(set(listed), set(PAGES))
        for page in [*PAGES.values(), "poised.yaml.5.scd"]:
            self.assertTrue((ROOT / "docs" / page).is_file(), page)

    def test_programs_and_pages_have_the_same_options(self):
        for program in ("poised", "poise-sim"):
            page = (ROOT / "docs" / PAGES[program]).read_text().split("# OPTIONS")[1].split("\n# ")[0]
            self.assertEqual(options_of_page(page), options_of_help(help_of(program)), program)

    def test_verbs_and_their_parts_have_the_same_options(self):
        page = (ROOT / "docs/poisectl.1.scd").read_text()
        common = options_of_page(page.split("# OPTIONS")[1].split("\n# ")[0])
        self.assertEqual(common, options_of_help(help_of("poisectl")))
        parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^#)", page.split("# VERBS")[1], re.M | re.S))
        self.assertEqual(list(parts), verbs())
        for verb, part in parts.items():
            self.assertEqual({**options_of_page(part), "--help": ""}, options_of_help(help_of("poisectl", verb)), verb)

    def test_groff_has_nothing_to_say(self):
        if not shutil.which("scdoc") or not shutil.which("groff"):
            self.skipTest("no scdoc or no groff")
        for page in (ROOT / "docs").glob("*.scd"):
            with self.subTest(page=page.name):
                made = subprocess.run(["scdoc"], input=page.read_bytes(), capture_output=True, check=True).stdout
                done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z"], input=made, capture_output=True,
                                      check=False)
                self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
                for section in (b"NAME", b"SYNOPSIS", b"DESCRIPTION", b"OPTIONS", b"EXIT STATUS", b"EXAMPLES", b"SEE ALSO"):
                    if page.name != "poised.yaml.5.scd" or section in (b"NAME", b"DESCRIPTION", b"EXAMPLES", b"FILES"):
                        self.assertRegex(made, rb'\.SH "?' + section)

    def test_pages_refer_to_pages_that_are_there(self):
        ours = {page.name.removesuffix(".scd") for page in (ROOT / "docs").glob("*.scd")}
        for page in (ROOT / "docs").glob("*.scd"):
            for name, chapter in re.findall(r"\*(poise[a-z.-]*)\*\((\d)\)", page.read_text()):
                self.assertIn(f"{name}.{chapter}", ours, page.name)


class Names(unittest.TestCase):
    def test_words_for_the_shell(self):
        keys = ctl("__names", "keys").stdout.split()
        self.assertTrue({"acquire.on_missing", "sites.c7.uri", "publish.tcp", "import.map."} <= set(keys))
        self.assertEqual([key for key in keys if "NAME" in key], [])
        self.assertEqual(ctl("__names", "values", "acquire.on_missing").stdout.split(), ["wait", "exit"])
        self.assertEqual(ctl("__names", "values", "no.such.key").stdout, "")
        self.assertEqual(ctl("__names").returncode, 64)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("version: 1\nsites: {c7: {uri: 'local:'}}\n")
            file.flush()
            for key in keys:
                if key.endswith(".") or key.startswith("sites.") and not key.startswith("sites.c7."):
                    continue  # a beginning; the same for each site
                for value in ctl("__names", "values", key).stdout.split():
                    if value.endswith(":") or key == "sites.c7.uri":
                        continue  # the beginning of a value; null is for sites whose halves are named
                    with self.subTest(key=key, value=value):
                        done = subprocess.run([BIN / "poised", "--check-config", "-c", file.name, "--set",
                                               f"{key}={value}"], capture_output=True, text=True, check=False, timeout=60)
                        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
