# SPDX-License-Identifier: GPL-3.0-or-later
"""Every stream of the contract: its keys are in the schema, its objects come live at their rate, in time, with sequence
numbers without holes and times that make sense."""

import json
import statistics
import threading
import time
import unittest
from datetime import datetime, timezone

import zmq

from poise_rig import EMULATED, SITES, SOURCE, Rig, Schemas, Stalls, check_sequences, parse

LISTEN_S = 24
SETTLE_S = 12
RUNNER = "version: 1\nphases:\n  - {kind: stand, duration_s: 6}\n  - {kind: run, duration_s: 600}\n"
COMMON = "v rig stream boot session seq t_s utc"
POSTURE = ("trunk_lean_deg trunk_side_lean_deg thoracic_flexion_deg lumbar_flexion_deg neck_flexion_deg pelvic_tilt_deg "
           "pelvic_obliquity_deg lateral_bend_deg trunk_rotation_deg shoulder_elevation_left_deg "
           "shoulder_elevation_right_deg")
KEYS = {
    "posture": f"{POSTURE} mean calibrated",
    "orientation": "sites segments",
    "cadence": "cadence_spm step_cadence_spm confidence activity window_s",
    "contact": "foot confidence",
    "step": "foot step_time_ms contact_ms flight_ms vertical_oscillation_mm impact_g loading_rate_g_s braking_g step_length_m",
    "gait": "vertical_oscillation_mm contact_ms duty_factor vertical_ratio_pct step_time_cv_pct step_asymmetry_pct "
            "contact_asymmetry_pct impact_g shock_attenuation_db step_length_m overstride_index",
    "breathing": "rate_bpm confidence chest_deg abdomen_deg chest_share phase_deg interval_cv_pct hold_s hold_now_s "
                 "steps_per_breath coupling gait_overlap",
    "inspiration": "inspiratory_ms expiratory_ms interval_ms depth_deg",
    "arms": "swing_left_deg swing_right_deg asymmetry_pct crossing_left_deg crossing_right_deg stiffness",
    "pack": "bounce_mm lag_ms tilt_deg side_tilt_deg",
    "status": "sites counters latency_ms overruns rt recording host",
    "meta": "versions endpoints streams sites stated_errors config_digest",
}
SITE_KEYS = "state reason rate_hz ppm jitter_us gaps missed saturated"
PARTS = {"posture": {"mean": POSTURE}, "status": {"latency_ms": "p50 p99 max", "rt": "policy mlock"}}
RATES = {"posture": 20, "orientation": 50, "cadence": 4, "gait": 1, "breathing": 1, "arms": 1, "pack": 1, "status": 1,
         "meta": 0.2}
GRID_MS = {"posture": 50, "orientation": 20}  # apart, exactly: frames of the grid
AGE_S = 1.0  # instantaneous values, on a busy machine


class Keys(unittest.TestCase):
    def schema(self, stream):
        return json.loads((SOURCE / "config/schema" / f"{stream}.json").read_text())

    def test_every_key_of_the_contract_is_required_by_its_schema(self):
        for stream, keys in KEYS.items():
            with self.subTest(stream=stream):
                schema = self.schema(stream)
                self.assertEqual(set(f"{COMMON} {keys}".split()) - set(schema["required"]), set())
                self.assertEqual(set(schema["required"]) - set(schema["properties"]), set())

    def test_keys_of_their_parts(self):
        for stream, parts in PARTS.items():
            for part, keys in parts.items():
                with self.subTest(part=f"{stream}.{part}"):
                    text = json.dumps(self.schema(stream)["properties"][part])
                    self.assertEqual([key for key in keys.split() if f'"{key}"' not in text], [])
        text = json.dumps(self.schema("status")["properties"]["sites"])
        self.assertEqual([key for key in SITE_KEYS.split() if f'"{key}"' not in text], [])


def now_s():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def listen(endpoint, seconds, came):
    """(when it came, object) of everything."""
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(endpoint)
    end = now_s() + seconds
    while now_s() < end:
        if socket.poll(100):
            body = socket.recv_multipart()[1]
            came.append((now_s(), parse(body)))
    socket.close()
    context.term()


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.rig.start_sim("--scenario", cls.rig.write("runner.yaml", RUNNER))
        poised = cls.rig.start_poised(sites=[*SITES, "pack"], sets=["breathing.min_window_s=8"])
        for site in SITES:
            poised.wait_for(f"site {site} is running")
        time.sleep(SETTLE_S)
        for tries_left in (2, 1, 0):
            cls.came, stalls = [], Stalls()
            listener = threading.Thread(target=listen, args=(cls.rig.endpoint, LISTEN_S, cls.came))
            listener.start()
            stalls.sleep(LISTEN_S)
            listener.join()
            if not stalls.excuse(tries_left):
                break
        cls.exit_code = poised.stop()

    def of(self, stream):
        return [(at, message) for at, message in self.came if message["stream"] == stream]

    def test_every_stream_is_there_and_valid_without_holes(self):
        self.assertEqual(self.exit_code, 0)
        schemas = Schemas()
        for _, message in self.came:
            schemas.check(message)
        check_sequences(self, [message for _, message in self.came])
        expected = set(KEYS) | {"calibration"}
        self.assertEqual(expected - {message["stream"] for _, message in self.came} - {"inspiration"}, set())

    def test_rates(self):
        for stream, rate in RATES.items():
            came = self.of(stream)
            with self.subTest(stream=stream):
                n = came[-1][1]["seq"] - came[0][1]["seq"]
                span = came[-1][0] - came[0][0]
                print(f"figure rate of {stream}: {n / span:.3f} Hz, contract {rate}")
                self.assertAlmostEqual(n / span, rate, delta=rate * 0.05 + 0.5 / LISTEN_S)

    def test_the_grid_is_even(self):
        for stream, step_ms in GRID_MS.items():
            times = [message["t_s"] for _, message in self.of(stream)]
            apart = {round((b - a) * 1000, 3) for a, b in zip(times, times[1:])}
            self.assertEqual(apart, {step_ms}, stream)

    def test_times_are_those_of_this_machine(self):
        for stream in ("posture", "orientation", "status", "meta"):
            ages = [at - message["t_s"] for at, message in self.of(stream)]
            with self.subTest(stream=stream):
                print(f"figure age of {stream} on arrival: median {statistics.median(ages) * 1e3:.1f} ms, most "
                      f"{max(ages) * 1e3:.1f} ms")
                self.assertGreaterEqual(min(ages), 0)
                self.assertLess(statistics.median(ages), AGE_S)
        for at, message in self.came:
            self.assertLess(message["t_s"], at, message["stream"])
            self.assertGreater(message["t_s"], at - 60, message["stream"])

    def test_utc_and_monotonic_are_one_instant(self):
        utc_of_mono = time.time() - now_s()
        for _, message in self.came:
            utc = datetime.strptime(message["utc"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
            self.assertAlmostEqual(utc - message["t_s"], utc_of_mono, delta=0.5)

    def test_sequence_and_time_go_together(self):
        for stream in ("posture", "orientation", "status", "contact", "step", "gait", "arms", "pack"):
            times = [message["t_s"] for _, message in self.of(stream)]
            with self.subTest(stream=stream):
                self.assertTrue(all(a < b for a, b in zip(times, times[1:])), times)

    def test_events_come_in_time(self):
        """A contact at most 250 ms after it, a step after the next contact or 1.5 s."""
        contact = [at - message["t_s"] for at, message in self.of("contact")]
        step = [at - message["t_s"] - (1.5 if message["step_time_ms"] is None else message["step_time_ms"] / 1000)
                for at, message in self.of("step")]
        for name, late in (("contact", contact), ("step", step)):
            with self.subTest(stream=name):
                late.sort()
                print(f"figure {name}: {len(late)}, on arrival median {statistics.median(late) * 1e3:.0f} ms, most "
                      f"{late[-1] * 1e3:.0f} ms after the instant it is due from (contract 250 ms)")
                self.assertGreater(len(late), 2 * LISTEN_S)
                self.assertLessEqual(late[len(late) * 9 // 10], 0.5 if EMULATED else 0.25)


if __name__ == "__main__":
    unittest.main(verbosity=1)
