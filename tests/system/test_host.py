# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls the host: the daemon stopped and continued, the clock set, no files or memory left, no folder to run in,
every sensor gone, a server that comes back with other devices. It says so, goes on, and its numbers add up."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest
from datetime import datetime, timezone

import zmq

from poise_rig import (BIN, EMULATED, PATIENCE_S, Process, RigTest, check_balance, check_sequences, is_sanitized, read_lines,
                       run, subscribe)

FEW = ["c7", "t12"]
TOLD_S = 3.0  # from their loss to a status that says so, of which there is one a second
BACK_S = 5.0  # from the return of the sensors to values


def figure(name, value, unit):
    print(f"figure host_{name} {value:.2f} {unit}", flush=True)


class Host(RigTest):
    def status(self, wanted, site="c7", what="state"):
        """The first status whose site has one of the wanted states, or a reason that matches."""
        def is_there(messages):
            value = messages[-1][1]["sites"].get(site, {}).get(what)
            return value in wanted if what == "state" else bool(re.search(wanted, value or ""))
        messages = subscribe(self.rig.endpoint, PATIENCE_S, ["lab/status"], is_there)
        self.assertTrue(messages and is_there(messages), f"{site} never had {what} {wanted}: {messages[-1:]}")
        return messages[-1][1]

    def posture(self, n=20):
        messages = [m for _, m in subscribe(self.rig.endpoint, PATIENCE_S, ["lab/posture"], lambda m: len(m) >= n)]
        self.assertGreaterEqual(len(messages), n)
        check_sequences(self, messages)
        return messages


class Processor(Host):
    def test_a_daemon_that_was_stopped_says_so_and_goes_on(self):
        self.rig.start_sim("--sites", ",".join(FEW))
        poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=FEW)
        missed = self.status(["running"])["sites"]["c7"]["missed"]
        before = self.posture()[-1]
        poised.popen.send_signal(signal.SIGSTOP)
        time.sleep(3)
        poised.popen.send_signal(signal.SIGCONT)
        continued = time.monotonic()
        after = self.posture(1)[0]
        while after["t_s"] < before["t_s"] + 3:
            after = self.posture(1)[0]
        figure("values_after_sigcont", time.monotonic() - continued, "s")
        self.assertLess(time.monotonic() - continued, BACK_S)
        status = self.status(["running"])
        self.assertGreater(status["sites"]["c7"]["missed"], missed + 1500)
        check_balance(self, status["counters"])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_starved_daemon_loses_nothing_silently(self):
        """Half of the time it does not run, 0.2 s at once: what the sensors' buffers lose meanwhile is counted, and so
        are the values that came late."""
        truth = self.rig.folder / "truth.jsonl"
        sim = self.rig.start_sim("--sites", ",".join(FEW), "--truth", truth)
        poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=FEW)
        self.status(["running"])
        for _ in range(8):
            poised.popen.send_signal(signal.SIGSTOP)
            time.sleep(0.2)
            poised.popen.send_signal(signal.SIGCONT)
            time.sleep(0.2)
        self.posture()
        status = self.status(["running"])
        check_balance(self, status["counters"])
        self.assertGreaterEqual(status["overruns"]["posture_late"], 8)
        self.assertGreater(status["latency_ms"]["max"], 100)
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertEqual(sim.stop(), 0)
        overrun = int(re.search(r"c7 .* (\d+) overrun", sim.log)[1])
        self.assertAlmostEqual(status["sites"]["c7"]["missed"], overrun, delta=max(60, 0.3 * overrun))


class Clock(Host):
    def start_with_clock(self):
        self.offset = self.rig.write("offset", "0\n")
        self.rig.start_sim("--sites", ",".join(FEW))
        command = [BIN / "poised", "-c", self.rig.write("poised.yaml", "version: 1\nrig: lab\n"),
                   *self.rig.poised_options(FEW), "--emit", self.rig.folder / "out.jsonl"]
        os.environ["CLOCK_JUMP_FILE"] = str(self.offset)
        os.environ["LD_PRELOAD"] = str(BIN / "libclock_jump.so")
        try:
            poised = Process(self.rig.folder, "poised", command)
        finally:
            del os.environ["LD_PRELOAD"], os.environ["CLOCK_JUMP_FILE"]
        self.rig.processes.append(poised)
        self.rig.endpoint = poised.wait_for(r"tcp://127\.0\.0\.1:[1-9]\d*")[0]
        return poised

    @unittest.skipIf(is_sanitized(), "a sanitizer must be loaded first")
    def test_set_forward_and_back_it_changes_utc_and_nothing_else(self):
        poised = self.start_with_clock()
        self.status(["running"])
        last = self.posture()[-1]
        for hours in (24 * 400, -24 * 3650, 0):
            self.offset.write_text(f"{hours * 3600}\n")
            time.sleep(0.4)  # a tick tells it
            new = self.posture(10)
            off = datetime.fromisoformat(new[-1]["utc"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
            self.assertAlmostEqual(off.total_seconds(), 3600 * hours, delta=5)
            self.assertLess(new[0]["t_s"] - last["t_s"], PATIENCE_S)
            self.assertGreater(new[0]["t_s"], last["t_s"])
            last = new[-1]
        status = self.status(["running"])
        self.assertEqual([(s["gaps"], s["missed"]) for s in status["sites"].values()], [(0, 0), (0, 0)])
        self.assertEqual(poised.stop(), 0, poised.log)


class Limits(Host):
    def test_without_files_left_it_refuses_newcomers_and_measures_on(self):
        self.rig.start_sim("--sites", ",".join(FEW))
        own = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, own[1]))
        try:
            poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=FEW)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, own)
        self.assertEqual(resource.prlimit(poised.popen.pid, resource.RLIMIT_NOFILE)[0], min(4096, own[1]))
        self.status(["running"])
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        honest = context.socket(zmq.SUB)
        honest.subscribe("lab/posture")
        honest.connect(self.rig.endpoint)
        self.assertTrue(honest.poll(PATIENCE_S * 1000))
        n_open = len(os.listdir(f"/proc/{poised.popen.pid}/fd"))
        resource.prlimit(poised.popen.pid, resource.RLIMIT_NOFILE, (n_open + 3, min(4096, own[1])))
        crowd = []
        for _ in range(30):
            crowd.append(context.socket(zmq.SUB))
            crowd[-1].subscribe("")
            crowd[-1].connect(self.rig.endpoint)
        poised.wait_for("a connection was refused: the limit of open files")
        for _ in range(20):
            self.assertTrue(honest.poll(PATIENCE_S * 1000))
            honest.recv_multipart()
        self.assertFalse(any(one.poll(0) for one in crowd))
        resource.prlimit(poised.popen.pid, resource.RLIMIT_NOFILE, (min(4096, own[1]),) * 2)
        self.assertTrue(crowd[0].poll(PATIENCE_S * 1000))
        for one in (honest, *crowd):
            one.close(0)
        self.assertEqual(poised.stop(), 0, poised.log)

    def limited(self, **limits):
        """A start under limits: exit code and what it said; one that runs is ended after a moment."""
        def limit():
            for name, value in limits.items():
                resource.setrlimit(getattr(resource, name), (value, value))
        poised = subprocess.Popen([BIN / "poised", *self.rig.poised_options(FEW)], preexec_fn=limit,
                                  stderr=subprocess.PIPE, text=True)
        try:
            poised.wait(3)
        except subprocess.TimeoutExpired:
            poised.terminate()
        return poised.wait(PATIENCE_S), poised.communicate()[1]

    def test_too_few_files_or_too_little_memory_to_start_with_is_said(self):
        self.rig.start_sim("--sites", ",".join(FEW))
        for limits, words in (({"RLIMIT_NOFILE": 16}, "only 16 files may be open at once"),
                              ({"RLIMIT_AS": 100 << 20}, "only 100 MiB of memory may be taken (RLIMIT_AS)"),
                              ({"RLIMIT_AS": 1000 << 20}, "allowed: at least 1024"),
                              ({"RLIMIT_DATA": 250 << 20}, "only 250 MiB of memory may be taken (RLIMIT_DATA)")):
            if "RLIMIT_NOFILE" not in limits and (EMULATED or is_sanitized()):  # their own memory is what is limited
                continue
            with self.subTest(**limits):
                code, said = self.limited(**limits)
                self.assertEqual(code, 1, said)
                self.assertIn(words, said)
        memory = {} if is_sanitized() else {"RLIMIT_AS": 1 << 30, "RLIMIT_DATA": 256 << 20}
        code, said = self.limited(RLIMIT_NOFILE=128, **memory)
        self.assertEqual(code, 0, said)

    def test_no_folder_to_run_in(self):
        self.rig.start_sim("--sites", ",".join(FEW))
        missing = self.rig.folder / "not" / "there"
        done = run("poised", *self.rig.poised_options(FEW), "--runtime-dir", missing)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"the runtime directory '{missing}' cannot be made: No such file or directory", done.stderr)

    def test_a_state_folder_that_vanishes_is_one_warning(self):
        """However often something is to be kept; once the folder is back the next change is."""
        self.rig.start_sim("--sites", ",".join(FEW))
        poised = self.rig.start_poised(sites=FEW)
        shutil.rmtree(self.rig.state)
        for arguments in (("session", "start", "s01"), ("mark", "a"), ("mark", "b")):
            self.assertEqual(run("poisectl", "--runtime-dir", self.rig.runtime, *arguments).returncode, 0)
            poised.wait_for("the session will not outlive a restart: .*cannot be written")
            self.posture()
        self.assertEqual(poised.log.count("the session will not outlive"), 1, poised.log)
        self.rig.state.mkdir()
        self.assertEqual(run("poisectl", "--runtime-dir", self.rig.runtime, "mark", "c").returncode, 0)
        self.posture()
        self.assertEqual(poised.stop(), 0, poised.log)
        kept = json.loads((self.rig.state / "session" / "lab.json").read_text())
        self.assertEqual([mark["text"] for mark in kept["marks"]], ["a", "b", "c"])


class Harness(Host):
    def test_all_sensors_lost_and_back_within_five_seconds(self):
        """The server is gone for long enough for the longest pause between attempts."""
        sim = self.rig.start_sim("--sites", ",".join(FEW))
        poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=FEW)
        self.status(["running"])
        self.posture()
        lost = time.monotonic()
        sim.stop()
        self.status(["lost", "waiting"])
        figure("all_lost_told", time.monotonic() - lost, "s")
        self.assertLess(time.monotonic() - lost, TOLD_S)
        self.status("refuses the connection", what="reason")
        time.sleep(max(0, 8.2 - (time.monotonic() - lost)))  # with pauses of up to 5 s the next attempt were 4.5 s away
        self.assertIsNone(poised.popen.poll())
        self.rig.start("poise-sim", "--port", self.rig.sim_address.split(":")[1], "--sites", ",".join(FEW), name="again")
        back = time.monotonic()
        self.posture(1)
        figure("all_back_values", time.monotonic() - back, "s")
        self.assertLess(time.monotonic() - back, BACK_S)
        check_balance(self, self.status(["running"])["counters"])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_a_server_that_comes_back_with_other_devices(self):
        """t12 is no longer there, head and sacrum are new, so c7 has another number."""
        sim = self.rig.start_sim("--sites", "c7,t12")
        poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=["c7", "t12", "sacrum"])
        self.status(["running"])
        sim.stop()
        self.rig.start("poise-sim", "--port", self.rig.sim_address.split(":")[1], "--sites", "head,c7,sacrum",
                       name="again")
        self.status(["running"], "sacrum")
        self.status("no device labelled 't12'.*; it has: head, c7, sacrum", "t12", "reason")
        self.posture()
        check_balance(self, self.status(["running"])["counters"])
        self.assertEqual(poised.stop(), 0, poised.log)

    def test_read_errors_resets_and_hangs_end_by_themselves(self):
        faults = ("short:c7@1+1", "eio:c7@2+0.7", "etimedout:t12@2.5+0.7", "enodev:c7@4.5+0.5", "reset:t12@5+0.7",
                  "hang:all@8+1.5")
        sim = self.rig.start_sim("--sites", ",".join(FEW), *(w for f in faults for w in ("--fault", f)))
        poised = self.rig.start_poised("--emit", self.rig.folder / "out.jsonl", sites=FEW,
                                       sets=["acquire.timeout_ms=500"])
        subscribe(self.rig.endpoint, PATIENCE_S, ["lab/status"], lambda m: len(m) > 10)
        for site in FEW:
            status = self.status(["running"], site)
        self.posture()
        check_balance(self, status["counters"])
        self.assertEqual(poised.stop(), 0, poised.log)
        self.assertEqual(sim.stop(), 0, sim.log)
        for words in ("c7: .*fails to deliver", "t12: .*no data for 500 ms", "c7: .*is gone", "t12: lost: .*broke"):
            self.assertRegex(poised.log, words)
        last = [line for line in read_lines(self.rig.folder / "out.jsonl") if line["stream"] == "status"][-1]
        self.assertGreaterEqual(last["sites"]["c7"]["gaps"], 3)  # eio, enodev, the hang; a short read is none
        self.assertLessEqual(last["sites"]["c7"]["gaps"], 6)


if __name__ == "__main__":
    unittest.main(verbosity=2)
