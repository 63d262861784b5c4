# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian with a real systemd to install packages in: a root made once by mmdebstrap and kept, a copy of it booted by
systemd-nspawn with a network of its own."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITE = os.environ.get("POISE_SUITE", "bookworm")
CACHE = Path(os.environ.get("POISE_CACHE_DIR", Path.home() / ".cache/poise")) / "lifecycle"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_S = 90


def why_not():
    """What is missing to boot one, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("systemd-nspawn", "mmdebstrap", "nsenter", "dpkg-deb", "dpkg-buildpackage"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    return None


def wait_until(what, condition, seconds=PATIENCE_S):
    """The first true value of condition()."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


def depends_of(package):
    done = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True)
    return sorted({part.split("|")[0].split("(")[0].strip() for part in done.stdout.split(",")})


def root_archive(package):
    """A tar of a root that has systemd and all that the package depends on, but not the package."""
    wanted = ["systemd", "systemd-sysv", "udev", "dbus", "kmod", *depends_of(package)]
    key = hashlib.sha256(",".join(wanted).encode()).hexdigest()[:12]
    archive = CACHE / f"{SUITE}-{key}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = archive.with_suffix(".part.tar")
        done = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=" + ",".join(wanted), SUITE, part],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit("no root could be made:\n" + done.stderr[-2000:])
        part.rename(archive)
    return archive


class Container:
    def __init__(self, package):
        self.folder = Path(tempfile.mkdtemp(prefix="poise-lifecycle-"))
        self.root = self.folder / "root"
        self.root.mkdir()
        self.nspawn = self.leader = None
        subprocess.run(["tar", "-C", self.root, "-xf", root_archive(package)], check=True)

    def boot(self):
        self.console = open(self.folder / "console.log", "wb")
        # No registration: the machine around may run without systemd. The rest is what a small board offers.
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--boot", f"--directory={self.root}", f"--machine=poise-{os.getpid()}", "--register=no",
             "--keep-unit", "--private-network", "--console=pipe", "--quiet", "--capability=CAP_IPC_LOCK"],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        self.leader = wait_until("first process", self.find_leader, 30)
        wait_until("systemd", self.is_up)
        return self

    def find_leader(self):
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        if self.nspawn.poll() is not None:
            raise AssertionError("systemd-nspawn ended:\n" + (self.folder / "console.log").read_text(errors="replace"))
        found = children.read_text().split()
        return found[0] if found and Path(f"/proc/{found[0]}/comm").read_text() == "systemd\n" else None

    def is_up(self):
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def run(self, *command, check=True, timeout=300, user=None):
        inside = ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd=/",
                  "env", "-i", f"PATH={PATH}", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root"]
        if user:
            inside += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        done = subprocess.run([*inside, *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def python(self, program, *arguments):
        """Python of this machine in the container's network: it needs none of its own."""
        return subprocess.Popen(["nsenter", "--target", self.leader, "--net", "/usr/bin/python3", "-c", program,
                                 *map(str, arguments)], stdout=subprocess.PIPE, text=True)

    def path(self, inside):
        return self.root / str(inside).lstrip("/")

    def write(self, inside, text):
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)

    def show(self, unit, key):
        return self.run("systemctl", "show", "--property", key, "--value", unit).stdout.strip()

    def journal(self, *arguments):
        return self.run("journalctl", "--no-pager", *arguments).stdout

    def files(self):
        """Every path outside of logs, caches and the package manager's books."""
        passed = ("proc", "sys", "dev", "run", "tmp", "root", "var/log", "var/cache", "var/tmp", "var/lib/dpkg",
                  "var/lib/apt")
        found = set()
        for folder, folders, names in os.walk(self.root):
            here = os.path.relpath(folder, self.root)
            folders[:] = [name for name in folders if os.path.normpath(f"{here}/{name}") not in passed]
            found |= {os.path.normpath(f"{here}/{name}") for name in folders + names}
        return found

    def stop(self):
        if self.nspawn and self.nspawn.poll() is None:
            if self.leader:
                self.run("systemctl", "poweroff", "--no-block", check=False)
            try:
                self.nspawn.wait(60)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        if self.nspawn:
            self.console.close()
        shutil.rmtree(self.folder, ignore_errors=True)
