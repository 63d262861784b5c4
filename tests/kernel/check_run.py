# SPDX-License-Identifier: GPL-3.0-or-later
"""Two IMUs to each hrtimer trigger, a stand and a run: what the driver delivered, and what poised made of it."""

import numpy as np

from kernel_kit import (MOST_MISSED, OUT, SCHEMAS, SETTLED_S, SITES, STUCK, Scenario, Truth, answer, figure, imu_streams,
                        log_of, text)
from poise_rig import check_replay, check_sequences, is_sanitized, read_lines

G_M_S2 = 9.80665
POSTURE_DEG = 1.0  # RMSE, design target
CADENCE_SPM = 0.5
BREATHING_BPM = 1.5
BREATHING_SURE = 0.8
CONTACT_S, CONTACT_F1 = 0.015, 0.98


def rms(x):
    return float(np.sqrt(np.mean(np.square(x))))


class Run(Scenario):
    name = "run"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.player = answer("run.player.json")
        cls.truth = Truth(cls.player)
        cls.end_s = cls.player["start_s"] + cls.player["ticks"] / cls.player["rate_hz"]
        cls.running_s = cls.truth.begins("run")


class Daemon(Run):
    def test_ended_cleanly_and_allocated_nothing(self):
        self.check_end()
        if not is_sanitized():
            self.assertIn("poise_alloc_guard.so", text("run.guard"))

    def test_every_object_follows_its_schema_and_counters_balance(self):
        self.check_lines(self.lines)
        self.assertGreater(len(self.of("status")), 20)

    def test_a_subscriber_got_the_same_without_holes(self):
        heard = read_lines(OUT / "run.sub.jsonl")
        self.check_lines(heard)
        check_sequences(self, heard)
        lines = {(line["stream"], line["seq"]): line for line in self.lines}
        for message in heard:
            self.assertEqual(message, lines[message["stream"], message["seq"]])
        self.assertGreater(len(heard), 70 * 12)
        figure("messages to a subscriber", len(heard))

    def test_status_at_the_end(self):
        status = self.status("late")
        self.assertEqual(sorted(status["sites"]), sorted(SITES))
        for name, site in status["sites"].items():
            with self.subTest(site=name):
                self.assertEqual((site["state"], site["reason"], site["saturated"]), ("running", None, 0), site)
                self.assertAlmostEqual(site["rate_hz"], 1000, delta=0.05)
                self.assertLessEqual(site["missed"], MOST_MISSED, site)
        self.assertEqual((status["rt"]["policy"], status["rt"]["mlock"]), ("fifo", True))
        self.assertTrue(status["calibrated"])
        self.assertEqual(status["counters"]["samples_dropped"], 0)
        figure("samples in", status["counters"]["samples_in"])

    def test_devices_by_label(self):
        found = {row["label"]: row for row in answer("run.local.json")["devices"] if row["accel"]}
        self.assertEqual(sorted(found), sorted(SITES))
        for label, row in found.items():
            self.assertEqual((row["name"], row["gyro"], row["timestamp"]), ("bmi160", True, True), label)
        sites = answer("run.devices.json")["sites"]
        self.assertEqual({name: site["state"] for name, site in sites.items()}, dict.fromkeys(SITES, "running"))
        self.assertEqual([line for line in log_of("run").splitlines() if "warning" in line and STUCK not in line], [])

    def test_the_recording_replays_to_the_live_values(self):
        check_replay(self, OUT / "run.xdf", self.lines, 70 * 20)


class Samples(Run):
    """What came through the driver, from the daemon's recording, against what was played."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.streams = imu_streams(OUT / "run.xdf")
        cls.fed = imu_streams(OUT / "feed.xdf")

    def each(self):
        for site in SITES:
            stream = self.streams[site]
            steady = stream.stamp > stream.stamp[0] + SETTLED_S
            yield site, stream, steady & (stream.stamp < self.end_s)

    def test_every_site_is_recorded(self):
        self.assertEqual(sorted(self.streams), sorted(SITES))

    def test_rate_count_and_spacing(self):
        status = self.status("late")
        missed_all = 0
        for site, stream, _ in self.each():
            steps = np.diff(stream.stamp)
            place = np.round((stream.stamp - stream.stamp[0]) / 1e-3)
            ticks = np.diff(place)
            missed = int(place[-1]) + 1 - len(place)
            span = stream.stamp[-1] - stream.stamp[0]
            self.assertEqual(len(stream.stamp) + missed, round(span * 1000) + 1)
            self.assertAlmostEqual((len(stream.stamp) + missed - 1) / span, 1000, delta=0.02)
            self.assertGreater(span, 26)
            self.assertTrue((steps > 0).all(), "a stamp twice, or backwards")
            off = np.abs(steps - ticks * 1e-3)
            self.assertLess(np.percentile(off, 99), 50e-6)
            self.assertLessEqual(missed, MOST_MISSED)
            self.assertGreaterEqual(missed, status["sites"][site]["missed"])
            missed_all += missed
            figure(f"{site}", f"{len(stream.stamp)} samples, {missed} missed, "
                   f"{(len(stream.stamp) + missed - 1) / span:.3f} Hz, spacing off by {rms(off) * 1e6:.1f} us rms, "
                   f"{off.max() * 1e6:.0f} us at most")
        figure("missed ticks, all sites", missed_all)

    def test_stamps_are_of_the_monotonic_clock(self):
        """The guest's wall clock stands in 2026, its monotonic clock began at its boot."""
        for _, stream, _ in self.each():
            self.assertGreater(stream.stamp[0], self.player["start_s"] - 2)
            self.assertLess(stream.stamp[-1], float(text("done")))

    def test_mounts_are_those_of_the_board(self):
        """From software node to driver to attribute to the daemon's recording; they are not all the same."""
        told = {line.split()[0]: np.array(line.split()[1:], float).reshape(3, 3)
                for line in text("sites").splitlines()}
        for site, stream, _ in self.each():
            self.assertLess(np.abs(stream.mount - told[site]).max(), 1e-6)
            self.assertLess(np.abs(stream.mount - self.fed[site].mount).max(), 1e-6)
        self.assertGreater(len({stream.mount.tobytes() for stream in self.streams.values()}), 1)

    def test_one_g_at_rest(self):
        for site, stream, steady in self.each():
            rest = steady & (stream.stamp > self.player["start_s"] + 1) & (stream.stamp < self.running_s - 3)
            self.assertGreater(np.sum(rest), 3000)
            mean = np.mean(np.linalg.norm(stream.si[rest, :3], axis=1))
            self.assertLess(abs(mean / G_M_S2 - 1), 0.02)  # a bias of up to 0.1 m/s^2 on each axis was fed
            fed = np.mean(np.linalg.norm(self.fed_at(site, stream.stamp[rest])[:, :3], axis=1))
            self.assertLess(abs(mean / fed - 1), 0.001)
            figure(f"{site} at rest", f"{mean:.3f}", "m/s2")

    def fed_at(self, site, stamps):
        fed, times = self.fed[site], stamps - self.truth.shift_s
        return np.stack([np.interp(times, fed.stamp, fed.si[:, axis]) for axis in range(6)], axis=1)

    def test_values_are_those_fed(self):
        """Scale within 1 %, and each sample of one instant: what was played at most a period before its stamp."""
        for site, stream, steady in self.each():
            moving = steady & (stream.stamp > self.running_s)
            stamps, got = stream.stamp[moving], stream.si[moving]
            lags = np.arange(0, 1.5e-3, 0.05e-3)
            worst = [rms(got[:, :3] - self.fed_at(site, stamps - lag)[:, :3]) for lag in lags]
            lag = lags[int(np.argmin(worst))]
            want = self.fed_at(site, stamps - lag)
            self.assertLess(lag, 1e-3)
            for axis in range(6):
                slope = float(np.dot(want[:, axis], got[:, axis]) / np.dot(want[:, axis], want[:, axis]))
                self.assertAlmostEqual(slope, 1, delta=0.01, msg=f"axis {axis}")
            acc, rate = rms(got[:, :3] - want[:, :3]), rms(got[:, 3:] - want[:, 3:])
            # The played noise is interpolated between samples; a torn or stale sample would differ by a step of a run.
            self.assertLess(acc, 0.1, "m/s^2")
            self.assertLess(rate, 0.005, "rad/s")
            figure(f"{site} against what was fed", f"{acc:.4f} m/s2, {rate:.5f} rad/s, {lag * 1e3:.2f} ms old")

    def test_the_player_kept_time(self):
        self.assertLessEqual(self.player["late"], 2 * MOST_MISSED)
        self.assertEqual(self.player["clipped"], 0)
        self.assertGreaterEqual(self.player["phases"], len(SITES) / 2, "the triggers' phases were not found")


class Metrics(Run):
    """What was published against the truth of what was fed."""

    def steady(self, stream, after_s):
        return [line for line in self.of(stream) if self.running_s + after_s < line["t_s"] < self.end_s - 0.5]

    def test_posture(self):
        lines = [line for line in self.steady("posture", 4) if line["calibrated"]]
        self.assertGreater(len(lines), 20 * 10)
        times = np.array([line["t_s"] for line in lines])
        neck = ("neck_flexion_deg",) if "head" in SITES else ()
        for key in ("trunk_lean_deg", "thoracic_flexion_deg", "lumbar_flexion_deg", *neck):
            with self.subTest(key=key):
                got = np.array([line["mean"][key] for line in lines], float)
                want = self.truth.at(times, "mean", key)
                self.assertLess(rms(got - want), POSTURE_DEG)
                self.assertLess(np.abs(got - want).max(), 2.5)
                figure(key, f"{rms(got - want):.2f} deg RMSE of {np.mean(want):.1f}")

    def test_cadence(self):
        lines = self.steady("cadence", 8)
        self.assertGreater(len(lines), 4 * 5)
        self.assertEqual({line["activity"] for line in lines}, {"run"})
        times = np.array([line["t_s"] for line in lines])
        error = np.array([line["cadence_spm"] for line in lines], float) - self.truth.at(times, "cadence_spm")
        self.assertLess(np.mean(np.abs(error)), CADENCE_SPM)
        figure("cadence", f"{np.mean(np.abs(error)):.2f} spm MAE")

    def test_contacts(self):
        first, last = self.running_s + 4, self.end_s - 1
        got = np.array([line["t_s"] for line in self.of("contact") if first < line["t_s"] < last])
        want = self.truth.contacts[(self.truth.contacts > first) & (self.truth.contacts < last)]
        self.assertGreater(len(want), 30)
        hits = sum(np.abs(got - instant).min(initial=9) < 0.08 for instant in want)
        f1 = 2 * hits / (len(got) + len(want))
        error = np.median([got[np.argmin(np.abs(got - instant))] - instant for instant in want])
        self.assertGreaterEqual(f1, CONTACT_F1)
        self.assertLess(abs(error), CONTACT_S)
        figure("initial contact", f"F1 {f1:.3f}, {error * 1e3:.1f} ms median of {len(want)}")

    def test_breathing(self):
        """At the stand: so soon after the start of a run the daemon does not know the rate, and says null or that it is
        not sure."""
        lines = [line for line in self.of("breathing") if (line["confidence"] or 0) >= BREATHING_SURE]
        self.assertGreater(len(lines), 1)
        times, spans = (np.array([line[key] for line in lines]) for key in ("t_s", "window_s"))
        breaths = self.truth.at(times + spans / 2, "breaths") - self.truth.at(times - spans / 2, "breaths")
        want = breaths / spans * 60
        error = np.array([line["rate_bpm"] for line in lines]) - want
        figure("breathing", f"{np.mean(np.abs(error)):.2f} breaths/min MAE of {len(lines)} values")
        self.assertLess(np.mean(np.abs(error)), BREATHING_BPM)


class Attributes(Scenario):
    name = "run"

    def test_the_driver_states_what_the_board_says(self):
        rows = {line.split()[0]: line.split() for line in text("sysfs").splitlines()}
        self.assertEqual(sorted(rows), sorted(SITES))
        for site, row in rows.items():
            with self.subTest(site=site):
                self.assertEqual(row[1], "bmi160")
                # Full scale over 2^15 counts; the driver rounds to six decimals.
                self.assertAlmostEqual(float(row[2]) * 32768 / G_M_S2, 16, delta=0.02)
                self.assertAlmostEqual(float(row[3]) * 32768 / np.pi * 180, 2000, delta=2)

    def test_status_of_the_schema(self):
        for when in ("early", "late"):
            SCHEMAS.check(self.status(when))
