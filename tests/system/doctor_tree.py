# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines as folders for poisectl doctor --root: a Raspberry Pi with its harness on the IIO bus, in health, from which
a test takes something away."""

import gzip
from pathlib import Path

RELEASE = "6.12.20-rpi-v8"
OPTIONS = """\
CONFIG_IIO=m
CONFIG_IIO_BUFFER=y
CONFIG_IIO_TRIGGERED_BUFFER=m
CONFIG_IIO_HRTIMER_TRIGGER=m
CONFIG_IIO_CONFIGFS=m
CONFIG_IIO_CONSUMERS_PER_TRIGGER=2
CONFIG_HIGH_RES_TIMERS=y
# CONFIG_RT_GROUP_SCHED is not set
CONFIG_PREEMPT=y
"""
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max locked memory         {memlock}            {memlock}            bytes
Max realtime priority     {rtprio}             {rtprio}
"""
STATUS = """\
Name:\t{name}
Uid:\t{uid}\t{uid}\t{uid}\t{uid}
Gid:\t{uid}\t{uid}\t{uid}\t{uid}
Groups:\t{groups}
CapEff:\t{capabilities:016x}
"""
DAEMON_UID, IIO_GID = 970, 995


class Tree:
    def __init__(self, folder):
        self.root = Path(folder)

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text)
        return file

    def remove(self, path):
        (self.root / path.lstrip("/")).unlink()

    def process(self, pid, name, uid=DAEMON_UID, groups=str(IIO_GID), rtprio="60", memlock="unlimited", capabilities=0):
        self.write(f"/proc/{pid}/comm", f"{name}\n")
        self.write(f"/proc/{pid}/status", STATUS.format(name=name, uid=uid, groups=groups, capabilities=capabilities))
        self.write(f"/proc/{pid}/limits", LIMITS.format(rtprio=rtprio, memlock=memlock))

    def device(self, number, label, trigger="", name="bmi160", mode=0o660):
        base = f"/sys/bus/iio/devices/iio:device{number}"
        self.write(f"{base}/name", f"{name}\n")
        self.write(f"{base}/label", f"{label}\n")
        for axis in "xyz":
            self.write(f"{base}/in_accel_{axis}_raw", "0\n")
            self.write(f"{base}/in_anglvel_{axis}_raw", "0\n")
        self.write(f"{base}/scan_elements/in_timestamp_en", "1\n")
        self.write(f"{base}/sampling_frequency", "1600\n")
        self.write(f"{base}/trigger/current_trigger", f"{trigger}\n")
        self.write(f"{base}/current_timestamp_clock", "monotonic\n")
        self.write(f"/dev/iio:device{number}", "").chmod(mode)

    def config(self, text):
        return self.write("/etc/poise/poised.yaml", text)


def healthy_pi(folder):
    """Four sensors on two triggers, PREEMPT_RT, a daemon with its limits."""
    tree = Tree(folder)
    tree.write("/proc/sys/kernel/osrelease", f"{RELEASE}\n")
    tree.write("/proc/version", f"Linux version {RELEASE} (gcc) #1 SMP PREEMPT_RT Debian\n")
    tree.write("/proc/cmdline", "console=tty1 root=/dev/mmcblk0p2\n")
    tree.write("/proc/loadavg", "0.21 0.30 0.28 1/180 4711\n")
    tree.write("/proc/sys/kernel/sched_rt_runtime_us", "950000\n")
    tree.write("/proc/sys/kernel/sched_rt_period_us", "1000000\n")
    tree.write("/proc/config.gz", gzip.compress(OPTIONS.encode()))
    tree.write("/sys/kernel/realtime", "1\n")
    tree.write("/sys/module/iio_trig_hrtimer/refcnt", "2\n")
    tree.write("/sys/kernel/config/iio/triggers/hrtimer/poise0/name", "")
    tree.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "arch_sys_counter\n")
    for cpu in range(4):
        tree.write(f"/sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", "performance\n")
    tree.write("/sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
    tree.write("/sys/class/thermal/thermal_zone0/temp", "51200\n")
    tree.write("/sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    tree.write("/etc/group", f"root:x:0:\niio:x:{IIO_GID}:poise\n")
    (tree.root / "var/lib/poise").mkdir(parents=True)
    for number, label in enumerate(("c7", "t12", "sacrum", "sternum")):
        tree.device(number, label, f"poise{number // 2}", mode=0o666)
    tree.process(812, "poised")
    tree.process(1, "systemd", uid=0, capabilities=0x1ffffffffff)
    tree.config("version: 1\nsites:\n" + "".join(f"  {label}: {{uri: 'local:', label: {label}}}\n"
                                                  for label in ("c7", "t12", "sacrum", "sternum")))
    return tree
