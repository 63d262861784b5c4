# SPDX-License-Identifier: GPL-3.0-or-later
"""poisectl doctor: on folders that stand for machines, each with one thing wrong, on this machine with a daemon and
without, and the measurement of wake-ups."""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from doctor_tree import OPTIONS, healthy_pi
from poise_rig import BIN, RigTest, run, subscribe

LEVELS = ["ok", "unknown", "warn", "fault"]


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poise-")
        self.addCleanup(folder.cleanup)
        self.tree = healthy_pi(folder.name)
        self.runtime = self.tree.root / "nobody-here"

    def doctor(self, *arguments):
        """The checks, and the exit code that belongs to them."""
        done = run("poisectl", "--runtime-dir", self.runtime, "doctor", "--json", "--root", self.tree.root, *arguments)
        report = json.loads(done.stdout)
        worst = max((check["level"] for check in report["checks"]), key=LEVELS.index)
        self.assertEqual(report["worst"], worst)
        self.assertEqual(done.returncode, 1 if worst == "fault" else 0, report)
        self.assertEqual((report["ok"], "error" in report), (worst != "fault", worst == "fault"))
        for check in report["checks"]:
            self.assertEqual(set(check), {"area", "level", "found", "remedy"})
            if check["level"] in ("warn", "fault") and not check["found"].startswith("and so"):
                self.assertTrue(check["remedy"], check)
        return report["checks"]

    def bad(self, *arguments):
        """What is not right, but that no daemon answers."""
        return [check for check in self.doctor(*arguments)
                if check["level"] in ("warn", "fault") and check["area"] != "daemon"]

    def only(self, level, area, found, *arguments):
        """Exactly one thing is wrong, and it is this."""
        bad = self.bad(*arguments)
        self.assertEqual(len(bad), 1, bad)
        self.assertEqual((bad[0]["level"], bad[0]["area"]), (level, area), bad)
        self.assertRegex(bad[0]["found"], found)
        return bad[0]


class Health(TreeTest):
    def test_a_healthy_pi_has_no_complaints(self):
        checks = self.doctor()
        self.assertEqual(self.bad(), [])
        found = " | ".join(check["found"] for check in checks)
        for words in ("Linux 6.12.20", "PREEMPT_RT", "options of the IIO subsystem", "industrialio is loaded",
                      "poised may run at real-time priority 50", "poised may lock its memory", "all 4 nodes",
                      "site c7: bmi160 (iio:device0)", "trigger poise0: c7, t12", "trigger poise1: sacrum, sternum",
                      "not slowed down", "51 degC (cpu-thermal)", "performance or schedutil", "load 0.21 on 4 CPUs"):
            self.assertIn(words, found)
        text = run("poisectl", "--runtime-dir", self.runtime, "doctor", "--root", self.tree.root)
        self.assertEqual(text.returncode, 0, text.stdout)
        self.assertRegex(text.stdout, r"\n\d+ ok, \d+ unknown, 1 warnings, 0 faults\n$")
        self.assertLess(max(map(len, text.stdout.splitlines())), 81)


class Sick(TreeTest):
    def throttled(self, bits):
        self.tree.write("/sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits:x}\n")

    def test_a_pi_that_throttles(self):
        self.throttled(0x50005)
        check = self.only("fault", "throttle", r"slowed down now: under-voltage, throttled \(50005\)")
        self.assertIn("power supply", check["remedy"])
        self.throttled(0x50000)
        self.only("warn", "throttle", "was slowed down since it was started: under-voltage, throttled")
        self.throttled(0x80008)
        self.only("fault", "throttle", "now: too hot")

    def test_a_hot_one(self):
        self.tree.write("/sys/class/thermal/thermal_zone1/temp", "83500\n")
        self.tree.write("/sys/class/thermal/thermal_zone1/type", "gpu\n")
        self.only("warn", "heat", r"8[34] degC \(gpu\)")

    def test_no_rights(self):
        self.tree.process(812, "poised", groups="100", rtprio="0", memlock="8388608")
        for number in range(4):
            (self.tree.root / f"dev/iio:device{number}").chmod(0o660)
        # The nodes belong to whoever runs the test; the daemon is somebody else.
        bad = self.bad()
        found = [check["found"] for check in bad]
        self.assertRegex(found[0], "may not run at real-time priority 50: RLIMIT_RTPRIO is 0")
        self.assertIn("LimitRTPRIO=50", bad[0]["remedy"])
        self.assertRegex(found[1], "may not lock its memory: RLIMIT_MEMLOCK is 8192 KiB")
        self.assertIn("LimitMEMLOCK=infinity", bad[1]["remedy"])
        self.assertRegex(found[2], r"poised may not open /dev/iio:device\d: group \w+, mode 0660")
        self.assertIn("GROUP=", bad[2]["remedy"])
        self.assertIn("3 more", found[3])
        self.assertEqual([check["level"] for check in bad], ["warn", "warn", "fault", "fault"])

    def test_a_group_opens_the_nodes(self):
        gid = os.stat(self.tree.root / "dev/iio:device0").st_gid
        for number in range(4):
            (self.tree.root / f"dev/iio:device{number}").chmod(0o660)
        self.tree.process(812, "poised", groups=f"4 {gid} 20")
        self.assertEqual(self.bad(), [])

    def test_capabilities_count_as_rights(self):
        self.tree.process(812, "poised", rtprio="0", memlock="65536", capabilities=1 << 14 | 1 << 23)
        self.assertEqual(self.bad(), [])

    def test_a_rate_of_priorities_from_the_configuration(self):
        self.tree.process(812, "poised", rtprio="55")
        self.assertEqual(self.bad(), [])
        config = (self.tree.root / "etc/poise/poised.yaml").read_text()
        self.tree.config(config + "acquire: {fifo_priority: 70}\n")
        self.only("warn", "rights", "priority 70: RLIMIT_RTPRIO is 55")

    def test_three_devices_on_a_trigger(self):
        self.tree.device(2, "sacrum", "poise0", mode=0o666)
        check = self.only("fault", "triggers", "trigger poise0 serves at most 2 devices and is given to 3: c7, t12, sacrum")
        self.assertIn("/sys/kernel/config/iio/triggers", check["remedy"])
        self.tree.write("/proc/config.gz", gzip.compress(OPTIONS.replace("TRIGGER=2", "TRIGGER=3").encode()))
        self.assertEqual(self.bad(), [])

    def test_a_device_that_is_not_there(self):
        self.tree.write("/sys/bus/iio/devices/iio:device0/label", "neck\n")
        check = self.only("fault", "devices", "site c7: no device labelled 'c7' at local:; it has: neck, t12")
        self.assertIn("label", check["remedy"])

    def test_iiod_beside_local_devices(self):
        self.tree.process(900, "iiod")
        self.only("warn", "devices", "iiod runs on this machine")

    def test_a_kernel_that_is_slow_to_give_way(self):
        self.tree.remove("/sys/kernel/realtime")
        for version, cmdline, found in (("SMP Debian", "", "preemption is voluntary or none"),
                                        ("SMP PREEMPT_DYNAMIC Debian", "preempt=voluntary", "preemption is voluntary")):
            self.tree.write("/proc/version", f"Linux version 6.1 (gcc) #1 {version}\n")
            self.tree.write("/proc/cmdline", f"quiet {cmdline}\n")
            self.only("warn", "preempt", found)
        for version, cmdline in (("SMP PREEMPT Debian", ""), ("SMP PREEMPT_DYNAMIC Debian", "preempt=full"),
                                 ("SMP PREEMPT_DYNAMIC Debian", "")):  # CONFIG_PREEMPT=y
            self.tree.write("/proc/version", f"Linux version 6.1 (gcc) #1 {version}\n")
            self.tree.write("/proc/cmdline", f"quiet {cmdline}\n")
            self.assertEqual(self.bad(), [], version)

    def test_a_kernel_without_the_subsystem(self):
        self.tree.write("/boot/config-6.12.20-rpi-v8", "CONFIG_IIO=m\n")
        self.only("warn", "kernel", "lacks CONFIG_IIO_BUFFER .*CONFIG_IIO_HRTIMER_TRIGGER .triggers by a timer")

    def test_modules(self):
        self.tree.remove("/sys/module/iio_trig_hrtimer/refcnt")
        (self.tree.root / "sys/module/iio_trig_hrtimer").rmdir()
        shutil.rmtree(self.tree.root / "sys/kernel/config")
        bad = self.bad()
        self.assertEqual([check["area"] for check in bad], ["modules", "modules"])
        self.assertIn("modprobe iio-trig-hrtimer", bad[0]["remedy"])
        self.assertIn("configfs", bad[1]["remedy"])
        shutil.rmtree(self.tree.root / "sys/bus")
        self.assertIn("/sys/bus/iio", " ".join(check["found"] for check in self.bad() if check["level"] == "fault"))

    def test_a_governor_that_saves(self):
        self.tree.write("/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "ondemand\n")
        self.only("warn", "cpu", "CPU 2 ondemand")

    def test_other_work(self):
        self.tree.write("/proc/loadavg", "3.9 3.0 2.0 1/180 4711\n")
        self.only("warn", "load", "load 3.90 on 4 CPUs")

    def test_a_clock_that_is_not_monotonic(self):
        self.tree.write("/sys/bus/iio/devices/iio:device1/current_timestamp_clock", "realtime\n")
        self.only("warn", "clocks", "t12 is stamped by the clock 'realtime'")
        self.tree.write("/sys/bus/iio/devices/iio:device1/current_timestamp_clock", "monotonic\n")
        self.tree.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "jiffies\n")
        self.only("fault", "clocks", "clock source is jiffies")

    def test_disks(self):
        config = (self.tree.root / "etc/poise/poised.yaml").read_text()
        self.tree.config(config + "record: {dir: /srv/rec/deep, keep_gb: 1}\n")
        self.only("fault", "disk", "record.dir /srv/rec/deep: it is no folder")
        (self.tree.root / "srv/rec").mkdir(parents=True)
        self.assertEqual(self.bad(), [])  # poised makes the last one
        self.tree.config(config + "record: {dir: /srv/rec, keep_gb: 900000}\n")
        self.assertRegex(self.only("fault", "disk", r"record.dir /srv/rec: \S+ GB free, 9000")["remedy"], "keep_gb")

    def test_configurations(self):
        self.tree.config("version: 1\nsites: {c7: {uri: 'local:', labl: c7}}\n")
        self.assertIn("labl", self.bad()[0]["found"])
        other = self.tree.write("other.yaml", "version: 1\nrt: {cpus: '1000'}\nsites: {c7: {uri: 'local:'}}\n")
        check = self.only("fault", "config", "'rt.cpus': value '1000' names CPU 1000", "--config", other)
        self.assertIn("78", check["remedy"])
        self.tree.remove("/etc/poise/poised.yaml")
        self.only("warn", "config", "is not there")

    def test_an_empty_machine_is_unknown_not_a_crash(self):
        with tempfile.TemporaryDirectory(prefix="poise-") as name:
            self.tree.root = Path(name)
            levels = [check["level"] for check in self.doctor()]
            self.assertIn("unknown", levels)
            garbage = os.urandom(3000)
            for path in ("proc/sys/kernel/osrelease", "proc/version", "proc/config.gz", "proc/loadavg", "proc/cmdline",
                         "proc/self/status", "proc/self/limits", "etc/group", "proc/locks",
                         "sys/bus/iio/devices/iio:device0/name", "sys/bus/iio/devices/iio:device0/in_accel_x_raw",
                         "sys/bus/iio/devices/iio:device0/trigger/current_trigger",
                         "sys/devices/platform/soc/soc:firmware/get_throttled", "sys/class/thermal/thermal_zone0/temp",
                         "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "dev/iio:device0"):
                self.tree.write(path, garbage)
            self.tree.config("version: 1\nsites: {c7: {uri: 'local:'}}\n")
            self.doctor()
            done = run("poisectl", "--runtime-dir", self.runtime, "doctor", "--root", name)
            self.assertNotRegex(done.stdout, r"[\x00-\x09\x0b-\x1f\x7f]")


class Here(RigTest):
    """This machine, with a daemon on the simulator."""

    def doctor(self, *arguments):
        done = run("poisectl", "--runtime-dir", self.rig.runtime, "doctor", "--json", *arguments)
        return done.returncode, json.loads(done.stdout)

    def daemon_says(self, *arguments):
        return [check for check in self.doctor(*arguments)[1]["checks"] if check["area"] == "daemon"]

    def test_without_a_daemon(self):
        said = self.daemon_says()
        self.assertEqual((len(said), said[0]["level"]), (1, "warn"), said)

    def test_a_daemon_that_runs_and_one_whose_sensors_are_lost(self):
        sim = self.rig.start_sim()
        config = self.rig.write("rig.yaml", "version: 1\nrig: lab\nsites:\n" + "".join(
            f"  {site}: {{uri: 'ip:{self.rig.sim_address}', label: {site}}}\n" for site in ("c7", "t12")))
        self.rig.start_poised(sites=("c7", "t12"), config=config)
        subscribe(self.rig.endpoint, 12, ["lab/status"],
                  enough=lambda got: got[-1][1]["rt"]["wakeup_us"]["tick"]["worst"] is not None)
        code, report = self.doctor("--config", config)
        found = [check["found"] for check in report["checks"]]
        self.assertTrue(any(re.match(r"site c7: \w+ \(iio:device\d+\) at ip:", text) for text in found), found)
        self.assertIn("all 2 sites are running", found)
        self.assertTrue(any("the same version" in text for text in found), found)
        self.assertTrue(any(text.startswith("ticks begun: ") for text in found), found)
        self.assertEqual(code, 1 if report["worst"] == "fault" else 0)
        self.assertEqual([check for check in report["checks"] if check["level"] == "fault"], [])

        sim.stop()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            code, report = self.doctor("--config", config)
            faults = [check["found"] for check in report["checks"] if check["level"] == "fault"]
            if sum("site" in text for text in faults) >= 2:
                break
            time.sleep(0.5)
        self.assertEqual(code, 1)
        self.assertTrue(any(text.startswith(f"ip:{self.rig.sim_address}: ") for text in faults), faults)
        self.assertTrue(any(re.match("site c7 is (lost|waiting): ", text) for text in faults), faults)

    def test_a_daemon_that_hangs(self):
        self.rig.start_sim()
        poised = self.rig.start_poised(sites=("c7",))
        poised.popen.send_signal(signal.SIGSTOP)
        try:
            said = self.daemon_says()
        finally:
            poised.popen.send_signal(signal.SIGCONT)
        self.assertEqual(said[0]["level"], "fault")
        self.assertIn(f"process {poised.popen.pid} holds", said[0]["found"])

    def test_wakeups_are_measured(self):
        begin = time.monotonic()
        _, report = self.doctor("--rt", "3")
        self.assertGreater(time.monotonic() - begin, 3)
        rt = report["rt"]
        self.assertEqual({cpu["cpu"] for cpu in rt["cpus"]}, set(sorted(os.sched_getaffinity(0))[:64]))
        for cpu in rt["cpus"]:
            self.assertEqual(sum(cpu["counts"]), cpu["n"])
            self.assertEqual(len(cpu["counts"]), len(rt["edges_us"]) + 1)
            self.assertTrue(2500 < cpu["n"] + cpu["missed"] < 20000, cpu)
            self.assertTrue(cpu["min_us"] <= cpu["p50_us"] + 1 <= cpu["p99_us"] + 1, cpu)
            self.assertTrue(cpu["p99_us"] <= cpu["p999_us"] <= cpu["max_us"] + 1, cpu)
            print(f"figure wake-up CPU {cpu['cpu']} {cpu['policy']}: p50 {cpu['p50_us']:.0f} p99 {cpu['p99_us']:.0f} "
                  f"p99.9 {cpu['p999_us']:.0f} max {cpu['max_us']:.0f} us")
        said = [check for check in report["checks"] if check["area"] == "wake-up"]
        self.assertEqual(len([check for check in said if check["found"].startswith("CPU ")]), len(rt["cpus"]))

    def test_one_cpu_of_the_configuration(self):
        cpu = max(os.sched_getaffinity(0))
        config = self.rig.write("rig.yaml", f"version: 1\nrt: {{cpus: '{cpu}'}}\n")
        _, report = self.doctor("--config", config, "--rt", "0.2")
        self.assertEqual([one["cpu"] for one in report["rt"]["cpus"]], [cpu])

    def test_interrupted_it_tells_what_it_has(self):
        process = subprocess.Popen([BIN / "poisectl", "--runtime-dir", self.rig.runtime, "doctor", "--json", "--rt", "600"],
                                   stdout=subprocess.PIPE, text=True)
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertGreater(json.loads(out)["rt"]["cpus"][0]["n"], 100)

    def test_usage(self):
        for wrong in (["--rt", "0"], ["--rt", "x"], ["--rt", "90000"], ["more"], ["--endpoint", "tcp://1.2.3.4:5"]):
            done = run("poisectl", "doctor", *wrong)
            self.assertEqual((done.returncode, done.stdout), (64, ""), wrong)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become nobody")
    def test_without_rights_it_says_what_it_measured(self):
        with tempfile.TemporaryDirectory(prefix="poise-") as name:
            program = Path(name) / "poisectl"
            Path(name).chmod(0o755)
            program.write_bytes((BIN / "poisectl").read_bytes())
            program.chmod(0o755)
            done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "doctor", "--json",
                                   "--rt", "0.3", "--runtime-dir", name], capture_output=True, text=True, check=False,
                                  timeout=60)
            report = json.loads(done.stdout)
            self.assertEqual({cpu["policy"] for cpu in report["rt"]["cpus"]}, {"other"}, report)
            self.assertIn("measured SCHED_OTHER", report["checks"][-1]["found"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
