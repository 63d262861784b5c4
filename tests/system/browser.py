# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Chromium over its debugging pipe: opens one page after the other and tells what each asked of a network, what
it said on its console, how wide it is and what it looks like."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

PATIENCE_S = 60 * int(os.environ.get("POISE_TEST_SCALE", 1))
# Chromium's own business with the network is none of the page's.
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
           "--disable-extensions", "--hide-scrollbars", "--mute-audio", "--force-color-profile=srgb",
           "--remote-debugging-pipe"]


def find():
    return shutil.which("chromium")


class Page:
    """What was heard of a page since it was opened."""

    def __init__(self, url):
        self.url = url
        self.requests = []  # URLs but its own
        self.complaints = []  # console messages, exceptions, what the browser itself had to say


class Browser:
    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="poise-chromium-")
        from_us, to_us = os.pipe(), os.pipe()
        command = [find(), *OPTIONS, f"--user-data-dir={self._profile.name}", "about:blank"]

        def wire():  # Chromium reads at descriptor 3 and writes at 4; both copies first, either may be in the way
            read, write = os.dup2(from_us[0], 60), os.dup2(to_us[1], 61)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self._popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, preexec_fn=wire, pass_fds=(3, 4))
        os.close(from_us[0])
        os.close(to_us[1])
        self._out, self._in = from_us[1], to_us[0]
        os.set_blocking(self._in, False)
        self._buffer, self._number, self._session, self.page = b"", 0, None, None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._ask(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._session = None
            self._ask("Browser.close")
            self._popen.wait(10)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            self._popen.kill()
            self._popen.wait()
        os.close(self._out)
        os.close(self._in)
        self._profile.cleanup()

    def _messages(self, deadline):
        """One message after the other, until the deadline."""
        while time.monotonic() < deadline:
            while b"\0" in self._buffer:
                text, self._buffer = self._buffer.split(b"\0", 1)
                yield json.loads(text)
            try:
                chunk = os.read(self._in, 1 << 20)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            if not chunk:
                raise AssertionError("chromium ended")
            self._buffer += chunk

    def _heard(self, message):
        """Keeps what concerns the page; the method's name."""
        method, found = message.get("method", ""), message.get("params", {})
        if self.page is None:
            return method
        if method == "Network.requestWillBeSent" and found["request"]["url"] != self.page.url:
            self.page.requests.append(found["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.page.requests.append(found["url"])
        elif method == "Runtime.exceptionThrown":
            self.page.complaints.append(found["exceptionDetails"].get("text", "exception"))
        elif method == "Runtime.consoleAPICalled":
            self.page.complaints.append(f"console.{found['type']}")
        elif method == "Log.entryAdded":
            self.page.complaints.append(f"{found['entry']['level']}: {found['entry']['text']}")
        return method

    def _ask(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        for answer in self._messages(time.monotonic() + PATIENCE_S):
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            self._heard(answer)
        raise AssertionError(f"{method}: no answer")

    def open(self, url, linger_s=0.3):
        """Loaded, and listened to for a moment more."""
        self.page = None
        self._ask("Page.navigate", url="about:blank")
        for _ in self._messages(time.monotonic() + 0.1):  # the one before falls silent
            pass
        self.page = Page(url)
        self._ask("Page.navigate", url=url)
        deadline = time.monotonic() + PATIENCE_S
        while self.evaluate("document.readyState") != "complete":
            assert time.monotonic() < deadline, f"{url} was never loaded"
            time.sleep(0.02)
        for message in self._messages(time.monotonic() + linger_s):
            self._heard(message)
        return self.page

    def look(self, width, dark=False, height=844):
        """How the page is shown from now on."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self._ask("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def evaluate(self, expression):
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path):
        """The whole length of the page."""
        shot = self._ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path):
        printed = self._ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(printed["data"]))
