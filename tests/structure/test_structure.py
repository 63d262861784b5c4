# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of the house: which room may see which, headers that stand alone, files that say their licence, scripts
and pages that their own tools accept."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(os.environ.get("POISE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
DAEMON = ROOT / "daemon"
COMMON = {"core", "dsp", "frames"}
ALSO = {"core": set(), "dsp": {"core"}, "frames": {"core"}, "record": COMMON | {"xdf"}}
HEADER_LINES = 80
FORMATTER = "14"  # clang-format's versions disagree; this one made the tree's format

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def tracked(*patterns):
    """Files of the tree by glob, those of git when it is a checkout."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = filter(None, listed.stdout.decode().split("\0"))
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    found = []
    for pattern in patterns or ["*"]:
        found += [path for path in ROOT.rglob(pattern) if path.is_file() and "build" not in path.parts]
    return found


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def scripts():
    return [path for path in tracked("tools/*", ".ci/*", "tests/*")
            if path.suffix in ("", ".sh") and path.read_bytes()[:2] == b"#!" and b"sh" in path.read_bytes().split(b"\n")[0]]


class Rooms(unittest.TestCase):
    def test_a_room_sees_only_common_ground_and_itself(self):
        wrong = []
        for path in tracked("daemon/*.c", "daemon/*.h"):
            parts = path.relative_to(DAEMON).parts
            if len(parts) < 2:
                continue  # pipeline and main compose the rooms
            room = parts[0]
            allowed = ALSO.get(room, COMMON) | {room}
            for name in INCLUDE.findall(path.read_text()):
                if "/" not in name or ".." in name:
                    wrong.append(f"{path.relative_to(ROOT)}: \"{name}\" is not written as room/header.h")
                elif name.split("/")[0] not in allowed:
                    wrong.append(f"{path.relative_to(ROOT)}: {room} may not include \"{name}\"")
        self.assertEqual(wrong, [])

    def test_a_room_links_only_what_it_may_include(self):
        wrong = []
        for path in tracked("daemon/*/CMakeLists.txt"):
            room = path.parent.name
            for uses in re.findall(r"\bUSES\s+([a-z_\s]*)", path.read_text()):
                extra = set(uses.split()) - ALSO.get(room, COMMON) - {room}
                if extra:
                    wrong.append(f"{room} uses {', '.join(sorted(extra))}")
        self.assertEqual(wrong, [])

    def test_every_source_belongs_to_exactly_one_room(self):
        wrong = []
        for path in tracked("daemon/*/CMakeLists.txt"):
            listed = re.findall(r"[\w./]+\.c\b", path.read_text())
            here = {source.name for source in path.parent.glob("*.c")}
            wrong += [f"{path.parent.name}: {name} is another folder's" for name in listed if "/" in name]
            wrong += [f"{path.parent.name}: {name} is listed twice" for name in set(listed) if listed.count(name) > 1]
            wrong += [f"{path.parent.name}: {name} is built by nobody" for name in here - set(listed)]
        self.assertEqual(wrong, [])


class Headers(unittest.TestCase):
    def test_each_compiles_alone(self):
        packages = run("pkg-config", "--cflags", "jansson", "yaml-0.1", "libiio", "libzmq").stdout.split()

        def compile_alone(path):
            name = path.relative_to(DAEMON)
            done = run(os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                       "-fsyntax-only", f"-I{DAEMON}", *packages, "-x", "c", "-", input=f'#include "{name}"\n#include "{name}"\n')
            return f"{name}:\n{done.stderr}" if done.returncode else ""

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            wrong = [text for text in pool.map(compile_alone, tracked("daemon/*.h")) if text]
        self.assertEqual(wrong, [])

    def test_guards_are_unique(self):
        seen = {}
        for path in tracked("daemon/*.h", "tools/*.h", "tests/*.h"):
            guard = re.search(r"^#ifndef (\w+)\n#define (\w+)$", path.read_text(), re.M)
            self.assertTrue(guard and guard[1] == guard[2], f"{path.relative_to(ROOT)} has no include guard")
            self.assertNotIn(guard[1], seen, f"{path} and {seen.get(guard[1])} share a guard")
            seen[guard[1]] = path

    def test_public_headers_are_short(self):
        for path in tracked("daemon/*.h"):
            code = [line for line in path.read_text().splitlines()
                    if line.strip() and not line.strip().startswith("//")]
            if len(code) > HEADER_LINES:
                print(f"note: {path.relative_to(ROOT)} has {len(code)} lines of code, guideline {HEADER_LINES}",
                      file=sys.stderr)


class Files(unittest.TestCase):
    def test_each_says_its_licence(self):
        suffixes = {".c", ".h", ".cpp", ".py", ".sh", ".cmake", ".yaml", ".scd", ".supp", ".txt"}
        wrong = [str(path.relative_to(ROOT)) for path in tracked()
                 if (path.suffix in suffixes or path.read_bytes()[:2] == b"#!") and "corpus" not in path.parts
                 and f"SPDX-License-Identifier: {self.licence(path)}".encode() not in path.read_bytes()[:400]]
        self.assertEqual(wrong, [])

    @staticmethod
    def licence(path):
        """What is loaded into the kernel has to be of the kernel's own licence."""
        return "GPL-2.0-or-later" if path.parent == ROOT / "tests/kernel/modules" else "GPL-3.0-or-later"

    def test_nothing_is_left_unfinished(self):
        words = re.compile("TO" "DO|FIX" "ME|X" "XX|not impl" "emented")
        wrong = [f"{path.relative_to(ROOT)}:{number}" for path in tracked("daemon/*", "tools/*", "tests/*", "docs/*")
                 if "corpus" not in path.parts
                 for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
                 if words.search(line) and "XXXXXX" not in line]
        self.assertEqual(wrong, [])

    def test_c_is_formatted(self):
        tool = shutil.which("clang-format")
        if not tool:
            self.skipTest("no clang-format")
        version = re.search(r"version (\d+)", run(tool, "--version").stdout)
        if not version or version[1] != FORMATTER:
            self.skipTest(f"clang-format is not version {FORMATTER}")
        done = run(tool, "--dry-run", "-Werror", *tracked("daemon/*.[ch]", "tools/*.[ch]", "tests/*.[ch]"), cwd=ROOT)
        wrong = sorted(set(re.findall(r"^(\S+?):\d+", done.stderr, re.M)))
        self.assertEqual((done.returncode, wrong), (0, []), "run clang-format -i on these")

    def test_scripts_pass_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        done = run("shellcheck", *scripts())
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_scripts_are_executable(self):
        self.assertEqual([str(path) for path in scripts() if not os.access(path, os.X_OK)], [])

    def test_man_pages_build(self):
        if not shutil.which("scdoc"):
            self.skipTest("no scdoc")
        for path in tracked("docs/*.scd"):
            with self.subTest(page=path.name):
                done = run("scdoc", input=path.read_text())
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(".TH", done.stdout)

    def test_links_in_documents_lead_somewhere(self):
        wrong = []
        for path in tracked("*.md"):
            for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text()):
                if not (path.parent / target).exists():
                    wrong.append(f"{path.relative_to(ROOT)}: {target}")
        self.assertEqual(wrong, [])

    def test_yaml_and_json_read(self):
        import json
        import yaml
        for path in tracked("*.json"):
            json.loads(path.read_text())
        for path in tracked("config/*.yaml"):
            with self.subTest(file=path.name), path.open() as stream:
                self.assertEqual(yaml.safe_load(stream)["version"], 1)


class Counting(unittest.TestCase):
    """tools/test's last line is only as honest as this."""

    def count(self, cases, extra=""):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "dev.xml").write_text("<testsuite>" + cases + "</testsuite>")
            Path(folder, "extra").write_text(extra)
            done = run("/usr/bin/python3", ROOT / "tests/lib/count_results.py", folder)
        return done.stdout.splitlines()[-1], done.returncode

    @staticmethod
    def case(name, status, output=""):
        return f'<testcase name="{name}" status="{status}"><system-out>{output}</system-out></testcase>'

    def test_functions_of_a_program_are_counted(self):
        output = "[==========] 7 test(s) run.\n[  PASSED  ] 7 test(s).\n"
        self.assertEqual(self.count(self.case("a", "run", output)), ("7 passed, 0 failed, 0 skipped", 0))
        output = "Ran 5 tests in 1.0s\n\nOK (skipped=2)\n"
        self.assertEqual(self.count(self.case("b", "run", output)), ("3 passed, 0 failed, 2 skipped", 0))

    def test_failures_are_counted_and_exit_1(self):
        output = ("[==========] 7 test(s) run.\n[  PASSED  ] 5 test(s).\n"
                  "[  FAILED  ] 2 test(s), listed below:\n")
        self.assertEqual(self.count(self.case("a", "fail", output)), ("5 passed, 2 failed, 0 skipped", 1))
        output = "Ran 5 tests in 1.0s\n\nFAILED (failures=1, errors=1)\n"
        self.assertEqual(self.count(self.case("b", "fail", output)), ("3 passed, 2 failed, 0 skipped", 1))

    def test_a_skip_is_a_skip_and_a_missing_program_a_failure(self):
        case = '<testcase name="a" status="notrun"><skipped message="{}"/><system-out>no data</system-out></testcase>'
        passed = self.case("b", "run")
        self.assertEqual(self.count(passed + case.format("SKIP_RETURN_CODE=77")), ("1 passed, 0 failed, 1 skipped", 0))
        self.assertEqual(self.count(passed + case.format("Unable to find executable"))[1], 1)

    def test_a_crash_after_the_count_is_a_failure(self):
        output = "[==========] 7 test(s) run.\n[  PASSED  ] 7 test(s).\nLeakSanitizer: detected memory leaks\n"
        self.assertEqual(self.count(self.case("a", "fail", output))[1], 1)
        self.assertEqual(self.count(self.case("a", "fail", "killed")), ("0 passed, 1 failed, 0 skipped", 1))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.count(""), ("0 passed, 0 failed, 0 skipped", 1))
        self.assertEqual(self.count(self.case("a", "run"), "fail build tsan\n")[1], 1)


if __name__ == "__main__":
    unittest.main()
