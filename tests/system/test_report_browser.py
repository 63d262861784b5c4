# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl report as a page in headless Chromium: a simulated session of ten minutes and the recorded qmt_fullbody. No
message on the console, no request to a network, nothing wider than a phone or a desk, every text readable by contrast and
size, light and dark, on paper. The pictures stay in report-pages/ of the build to be looked at."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import browser
from poise_rig import BIN, SOURCE, run

DATA = Path(os.environ["POISE_DATA_DIR"]) / "qmt_fullbody" / "fullbody.csv.xz"
PICTURES = BIN.parent / "report-pages"
PHONE_PX, DESK_PX = 390, 1280
LOOKS = [(PHONE_PX, False), (PHONE_PX, True), (DESK_PX, False), (DESK_PX, True)]
CONTRAST = 4.5  # WCAG 2.1 AA for text
LETTERS_PX = 10  # the smallest on a plot
HOSTILE = "<img src=//x.invalid/a onerror=alert(1)>"
RAISED = {"Slouching", "Raised shoulders", "Cold start"}

# Text against the ground it stands on: [contrast, text] where it is too small.
FAINT = """(() => {
  const parts = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = c => { const [r, g, b] = parts(c).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                          if (parts(c).length === 3) return c; } return 'rgb(255, 255, 255)'; };
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || !e.getClientRects().length || e.closest('title, desc')) continue;
    const style = getComputedStyle(e), a = light(e.closest('svg') ? style.fill : style.color), b = light(ground(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < %s) found.push([contrast, text]);
  }
  return found.slice(0, 5);
})()""" % CONTRAST
# A phone makes innerWidth as wide as what overflows; clientWidth stays.
WIDE = """(() => { const page = document.documentElement; return [page.scrollWidth - page.clientWidth,
  [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg') &&
    e.getBoundingClientRect().right > page.clientWidth + 0.5).map(e => e.outerHTML.slice(0, 80))]; })()"""
SMALL = """[...document.querySelectorAll('svg text')].filter(e => e.getClientRects().length)
  .filter(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a < %s).length""" % LETTERS_PX
SHOWN = "[...document.querySelectorAll('figure svg')].filter(e => e.getClientRects().length).length"
STRANGE = "document.querySelectorAll('script, img, iframe, object, embed, form, link, base, video, audio, svg image').length"
TWICE = """(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i); })()"""
NAMELESS = """[...document.querySelectorAll('svg[role=img]')].filter(e => !e.getAttribute('aria-labelledby').split(' ')
  .every(id => document.getElementById(id)?.textContent.trim())).length +
  [...document.querySelectorAll('table')].filter(e => !e.caption).length"""


def report(*arguments, environment=None):
    done = subprocess.run([BIN / "poisectl", "report", *map(str, arguments)], capture_output=True, text=True,
                          timeout=browser.PATIENCE_S * 2, env=environment)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="poise-report-")))
        cls.browser = cls.enterClassContext(browser.Browser())
        PICTURES.mkdir(exist_ok=True)

    def open(self, path):
        return self.browser.open(Path(path).as_uri())

    def check_quiet(self, page):
        self.assertEqual(page.requests, [])
        self.assertEqual(page.complaints, [])

    def check(self, path, name, plots):
        """The page at both widths, light and dark, and on paper."""
        grounds = set()
        for width, dark in LOOKS:
            with self.subTest(page=name, width=width, dark=dark):
                self.browser.look(width, dark)
                self.check_quiet(self.open(path))
                self.assertEqual(self.browser.evaluate(WIDE), [0, []])
                self.assertEqual(self.browser.evaluate(FAINT), [])
                self.assertEqual(self.browser.evaluate(SMALL), 0)
                self.assertGreaterEqual(self.browser.evaluate(SHOWN), plots)
                grounds.add((dark, self.browser.evaluate("getComputedStyle(document.body).backgroundColor")))
                self.browser.screenshot(PICTURES / f"{name}-{width}-{'dark' if dark else 'light'}.png")
        self.assertEqual(len(grounds), 2)
        self.assertEqual(self.browser.evaluate(STRANGE), 0)
        self.assertEqual(self.browser.evaluate(TWICE), [])
        self.assertEqual(self.browser.evaluate(NAMELESS), 0)
        self.browser.pdf(PICTURES / f"{name}.pdf")
        self.assertGreater((PICTURES / f"{name}.pdf").stat().st_size, 20000)

    def headings(self):
        return self.browser.evaluate("[...document.querySelectorAll('h2')].map(e => e.textContent)")

    def test_a_session_of_ten_minutes(self):
        recording, page = self.folder / "ten.xdf", self.folder / "ten.html"
        scenario = (SOURCE / "config/scenarios/report.yaml").read_text().replace("mark: drink", f"mark: '{HOSTILE}'")
        (self.folder / "ten.yaml").write_text(scenario)
        done = run("poise-sim", "--quiet", "--scenario", self.folder / "ten.yaml", "--write", recording,
                   "--fault", "gap:wrist_left@250+40", "--fault", "gap:abdomen@400+3")
        self.assertEqual(done.returncode, 0, done.stderr)
        report(recording, "--output", page)
        self.check(page, "session", 8)
        self.assertEqual(self.headings()[:4], ["What can be trusted", "In short", "What was found", "Over time"])
        raised = self.browser.evaluate("[...document.querySelectorAll('.finding h3')].map(e => e.textContent)")
        self.assertLessEqual(RAISED, set(raised))
        lanes = self.browser.evaluate("[...document.querySelectorAll('svg[aria-labelledby^=plot-lanes-wide] text')]"
                                      ".map(e => e.textContent)")
        self.assertLessEqual(RAISED | {"Marks"}, set(lanes))
        self.assertIn(HOSTILE, self.browser.evaluate("document.body.textContent"))

    @unittest.skipUnless(DATA.exists(), f"no {DATA}")
    def test_a_recorded_walk(self):
        recording, page = self.folder / "qmt.xdf", self.folder / "qmt.html"
        done = run("poisectl", "import", "--from", "qmt_fullbody", DATA, recording)
        self.assertEqual(done.returncode, 0, done.stderr)
        report(recording, "--output", page)
        self.check(page, "qmt", 4)
        with self.subTest("two sessions"):
            shutil.copy(recording, self.folder / "again.xdf")
            report(recording, self.folder / "again.xdf", "--output", self.folder / "two.html")
            self.check(self.folder / "two.html", "compare", 0)
            self.assertEqual(self.headings()[-2:], ["What was found", "Side by side"])
        with self.subTest("without gnuplot"):
            report(recording, "--output", self.folder / "bare.html", environment={**os.environ, "PATH": "/nonexistent"})
            self.browser.look(PHONE_PX)
            self.check_quiet(self.open(self.folder / "bare.html"))
            self.assertEqual(self.browser.evaluate(SHOWN), 0)
            self.assertIn("gnuplot is not installed", self.browser.evaluate("document.body.innerText"))


class Proof(Pages):
    """What the checks look for is found where it is."""

    def page(self, body):
        path = self.folder / "proof.html"
        path.write_text(f"<!DOCTYPE html><meta charset=utf-8><meta name=viewport content='width=device-width'>{body}")
        self.browser.look(PHONE_PX)
        return self.open(path)

    def test_a_request_is_heard(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/pixel.png"  # nobody listens there by then
        found = self.page(f"<img src='{url}' width=1><script>setTimeout(() => fetch('{url}?2'), 50)</script>")
        self.assertIn(url, found.requests)
        self.assertIn(f"{url}?2", found.requests)

    def test_complaints_are_heard(self):
        found = self.page("<script>console.log('x'); undefined_function()</script>")
        self.assertEqual(len(found.complaints), 2, found.complaints)
        policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
        self.assertEqual(len(self.page(policy + "<script>1</script>").complaints), 1)

    def test_what_is_wide_faint_or_small_is_seen(self):
        self.page("<p style='width: 500px'>wide</p><p style='color: #999'>faint</p><p>good</p>"
                  "<figure><svg viewBox='0 0 3580 100'><text y=12 font-size=12>small</text></svg></figure><p id=a><p id=a>")
        self.assertGreater(self.browser.evaluate(WIDE)[0], 0)
        self.assertEqual([text for _, text in self.browser.evaluate(FAINT)], ["faint"])
        self.assertEqual(self.browser.evaluate(SMALL), 1)
        self.assertEqual(self.browser.evaluate(TWICE), ["a"])

    test_a_session_of_ten_minutes = test_a_recorded_walk = None


if __name__ == "__main__":
    for program in ("chromium", "gnuplot"):
        if not shutil.which(program):
            print(f"skipped: no {program} here")
            sys.exit(77)
    unittest.main(verbosity=2)
