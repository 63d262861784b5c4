#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package on a board: Debian's kernel in a virtual machine, systemd as its first process with all its rights, udev,
and two IMUs of the real bmi160 driver that are plugged in while it runs. Proves what a container cannot: that the unit's
limits bring SCHED_FIFO and locked memory, that the rules hand the devices and triggers to the service, that a sensor
starts it. Needs root, qemu-system-x86_64 and what tests/kernel/prepare downloads."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from container import ROOT, root_archive, why_not
from test_lifecycle import packages, say

LIMIT_S = 900
HERE = Path(__file__).resolve().parent
CHECK_UNIT = """[Unit]
After=poised.service
[Service]
Type=oneshot
ExecStart=/bin/sh /root/check
StandardOutput=null
[Install]
WantedBy=multi-user.target
"""
CONFIG = """version: 1
rig: board
sites:
  c7: {uri: "local:", label: c7}
  sacrum: {uri: "local:", label: sacrum}
acquire: {rate_hz: 100}
"""


def machine_folder():
    """vmlinuz and initrd of the kernel test, or the reason why there are none."""
    prepare = ROOT / "tests/kernel/prepare"
    if not prepare.exists() or not shutil.which("qemu-system-x86_64"):
        raise unittest.SkipTest("tests/kernel/prepare or qemu-system-x86_64 is missing")
    done = subprocess.run([prepare], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(done.stderr.strip().splitlines()[-1])
    return Path(done.stdout.strip().splitlines()[-1])


def setUpModule():
    missing = why_not()
    if missing:
        raise unittest.SkipTest(missing)


def make_root(folder, package, machine):
    root = folder / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", root_archive(package)], check=True)
    unpacked = folder / "initrd"
    unpacked.mkdir()
    with open(machine / "initrd", "rb") as initrd:
        subprocess.run(["busybox", "cpio", "-idmu"], cwd=unpacked, stdin=initrd, check=True, stderr=subprocess.DEVNULL)
    shutil.copytree(unpacked / "lib/modules", root / "lib/modules", dirs_exist_ok=True)
    shutil.copy(unpacked / "bin/busybox", root / "usr/bin/busybox")
    version = next((root / "lib/modules").iterdir()).name
    (root / "root/poise.deb").write_bytes(package.read_bytes())
    for command in (["depmod", version], ["dpkg", "-i", "/root/poise.deb"]):
        subprocess.run(["chroot", root, "env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command], check=True,
                       stdout=subprocess.DEVNULL)
    (root / "etc/poise/poised.yaml").write_text(CONFIG)
    (root / "root/check").write_text((HERE / "board_check").read_text())
    (root / "etc/systemd/system/board-check.service").write_text(CHECK_UNIT)
    wants = root / "etc/systemd/system/multi-user.target.wants"
    (wants / "board-check.service").symlink_to("../board-check.service")
    return root


def boot(folder, root, machine):
    tree = folder / "tree"
    tree.mkdir()
    shutil.copy(HERE / "board_init", tree / "init")
    (tree / "init").chmod(0o755)
    first = subprocess.run(["busybox", "cpio", "-o", "-H", "newc"], cwd=tree, input=b"init\n", capture_output=True,
                           check=True).stdout
    (folder / "initrd.img").write_bytes((machine / "initrd").read_bytes() + first)
    with open(folder / "console", "wb") as console:
        subprocess.run(["timeout", "-k", "5", str(LIMIT_S), "qemu-system-x86_64", "-machine", "pc", "-accel", "tcg",
                        "-cpu", "max", "-smp", "1", "-m", "1024", "-nodefaults", "-no-user-config",
                        "-display", "none", "-no-reboot", "-serial", "stdio",
                        "-fsdev", f"local,id=board,path={root},security_model=none",
                        "-device", "virtio-9p-pci,fsdev=board,mount_tag=board",
                        "-kernel", machine / "vmlinuz", "-initrd", folder / "initrd.img",
                        "-append", "console=ttyS0 quiet panic=-1 systemd.show_status=0 apparmor=0 audit=0 "
                        "mitigations=off"], stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                       check=False)


class Board(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        machine = machine_folder()
        cls.folder = tempfile.TemporaryDirectory(prefix="poise-board-")
        cls.addClassCleanup(cls.folder.cleanup)
        folder = Path(cls.folder.name)
        old, _ = packages(folder, upgrade=False)
        root = make_root(folder, old, machine)
        boot(folder, root, machine)
        cls.out = root / "root/out"
        if not (cls.out / "done").exists():
            raise AssertionError("the board did not come to its end:\n" +
                                 (folder / "console").read_text(errors="replace")[-3000:])

    def found(self, name):
        path = self.out / name
        return path.read_text(errors="replace") if path.exists() else ""

    def test_limits_bring_real_time(self):
        show = dict(line.split("=", 1) for line in self.found("show.boot").splitlines())
        self.assertEqual((show["ActiveState"], show["User"], show["PrivateUsers"]), ("active", "poise", "yes"))
        self.assertRegex(self.found("limits"), r"Max realtime priority +90 ")
        self.assertRegex(self.found("limits"), r"Max locked memory +unlimited")
        self.assertRegex(self.found("process"), r"CapEff:\s+0000000000000000")
        tasks = {line.rsplit(" ", 2)[0]: line.split()[-2:] for line in self.found("tasks").splitlines()}
        self.assertEqual(tasks["pipeline"][1], "1", tasks)  # SCHED_FIFO
        self.assertEqual(tasks["read-c7"][1], "1", tasks)
        rt = json.loads(self.found("status.boot"))["rt"]
        locked = int(re.search(r"VmLck:\s+(\d+)", self.found("process"))[1])
        say(f"no capability; rt: policy {rt['policy']}, mlock {rt['mlock']}; {locked} kB locked")
        self.assertEqual((rt["policy"], rt["mlock"]), ("fifo", True))
        self.assertGreater(locked, 1000)

    def test_a_sensor_that_is_plugged_in_starts_the_service(self):
        self.assertEqual(self.found("plugged").strip(), "started", self.found("journal"))

    def test_devices_and_triggers_belong_to_the_group(self):
        lines = self.found("devices").splitlines()
        nodes = [line for line in lines if line.startswith("/dev/")]
        self.assertEqual([line.split(" ", 1)[1] for line in nodes], ["root:poise 660"] * 2, lines)
        attributes = [line for line in lines if not line.startswith("/dev/")]
        self.assertGreater(len(attributes), 6)
        for line in attributes:
            self.assertRegex(line, r" root:poise 66[04]$")
        self.assertRegex(self.found("trigger"), r"/hrtimer root:poise 775")
        self.assertRegex(self.found("trigger"), r"sampling_frequency root:poise 664")
        self.assertIn("made", self.found("trigger"), self.found("trigger"))
        self.assertEqual(self.found("nobody").count("Permission denied") > 0, True, self.found("nobody"))
        say("nodes 660, attributes 664 root:poise; the service's user makes a trigger inside its sandbox")

    def test_the_service_measures(self):
        sites = json.loads(self.found("status.plugged"))["sites"]
        self.assertEqual([site["state"] for site in sites.values()], ["running"] * 2, self.found("journal"))
        used = self.found("triggers").split()
        self.assertEqual(len(used), 2, used)  # no one else has set them
        say(f"STATUS: {self.found('line').strip()}; triggers it made: {', '.join(sorted(set(used)))}")


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
