# SPDX-License-Identifier: GPL-3.0-or-later
"""The session's phases and clocks over recordings of people: an outdoor run, sidewalk and stairs with a minute's jog, a
walk after a stillness. None is long enough for a drift, and none may show one."""

import numpy as np

from replay_kit import DATA, ReplayTest, figure, main, rows

ADEPT, HARLAB, QMT = "adept_run", "harlab_actigraph", "qmt_fullbody"
RUN_S = 280  # of the 300 s of the run
STEADY_BY_S = 180
JOG_S = 30  # the daemon takes some of the stairs of 033 for a run
QMT_STILL_S = 55
PLACES = {"sacrum": "hip", "t12": "lower_back", "c7": "upper_back"}


class SessionData(ReplayTest):
    def sessions(self, recording):
        """Every object of the stream, after checking that clocks only rise and nothing drifts."""
        messages = self.replay(recording).streams["session"]
        self.assertGreater(len(messages), 10)
        for key in ("elapsed_s", "ran_s", "steady_s"):
            self.assertTrue((np.diff([message[key] for message in messages]) >= 0).all(), key)
        for message in messages:
            self.assertEqual([], [key for key, drift in message["drift"].items() if drift["drifted"]])
            self.assertLessEqual(message["steady_s"], message["ran_s"] + 10)
        return messages

    def phases(self, messages):
        order = []
        for message in messages:
            if order[-1:] != [message["phase"]]:
                order.append(message["phase"])
        return order

    def test_a_run_outdoors_becomes_steady(self):
        messages = self.sessions(self.import_csv(ADEPT, DATA / ADEPT / "run_000_300s.csv.xz"))
        steady_s = next(message["elapsed_s"] for message in messages if message["phase"] == "steady")
        figure("session_adept_ran", messages[-1]["ran_s"], "s")
        figure("session_adept_steady_from", steady_s, "s")
        self.assertEqual(self.phases(messages), ["idle", "warm_up", "steady"])
        self.assertGreater(messages[-1]["ran_s"], RUN_S)
        self.assertLess(steady_s, STEADY_BY_S)

    def test_a_minute_of_jogging_is_no_steady_run(self):
        for subject in ("002", "033"):
            messages = self.sessions(self.import_csv(HARLAB, DATA / HARLAB / f"{subject}.csv.xz"))
            windows = rows(DATA / HARLAB / f"{subject}_ankle_cadence.csv")
            runs = [window for window in windows if window["activity_guess"] == "run"]
            jog_s = float(runs[-1]["t_end_s"]) - float(runs[0]["t_start_s"])
            figure(f"session_harlab_{subject}_ran", messages[-1]["ran_s"], "s")
            figure(f"session_harlab_{subject}_jog", jog_s, "s")
            self.assertLessEqual(set(self.phases(messages)), {"idle", "warm_up"})
            self.assertLess(abs(messages[-1]["ran_s"] - jog_s), JOG_S)

    def test_a_walk_after_a_stillness(self):
        maps = [option for site, place in PLACES.items() for option in
                ("--map", f"{site}=" + ",".join(f"{place}_{axis}" for axis in ("ax", "ay", "az", "gx", "gy", "gz")))]
        messages = self.sessions(self.import_csv(None, DATA / QMT / "fullbody.csv.xz", *maps))
        self.assertEqual(self.phases(messages), ["idle", "warm_up"])
        self.assertEqual(messages[-1]["ran_s"], 0)
        self.assertGreater(next(m["elapsed_s"] for m in messages if m["phase"] == "warm_up"), QMT_STILL_S)


if __name__ == "__main__":
    main(ADEPT, HARLAB, QMT)
