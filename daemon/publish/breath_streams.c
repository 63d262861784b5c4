// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams about breathing: `breathing` and `inspiration`.
#include "publish/special.h"

const struct stream_key stream_breathing_keys[] = {
    {ROW(rate_bpm, breathing_result, "breaths/min", 2), .sentence = "breathing rate"},
    {ROW(confidence, breathing_result, NULL, 3), .sentence = "0 to 1: how surely the rate is right"},
    {ROW(chest_deg, breathing_result, "deg", 3), .sentence = "movement of the chest per breath, peak to peak"},
    {ROW(abdomen_deg, breathing_result, "deg", 3), .sentence = "movement of the abdomen per breath, peak to peak"},
    {ROW(chest_share, breathing_result, NULL, 3), .sentence = "chest / (chest + abdomen)"},
    {ROW(phase_deg, breathing_result, "deg", 1), .sentence = "chest against abdomen, chest later positive"},
    {ROW(interval_cv_pct, breathing_result, "%", 1),
     .sentence = "variation of the last breaths' lengths: standard deviation / mean"},
    {ROW(hold_s, breathing_result, "s", 1),
     .sentence = "how long the breath had been held at t_s; 0 while breathing, null: not known"},
    {ROW(hold_now_s, breathing_result, "s", 1),
     .sentence = "the same for the newest sample, when what follows is not known yet"},
    {ROW(steps_per_breath, breathing_result, NULL, 2), .sentence = "steps taken in one breath"},
    {ROW(coupling, breathing_result, NULL, 3),
     .sentence = "0 to 1: how firmly breaths lock to steps at the ratio that fits best"},
    {ROW(coupling_ratio, breathing_result, NULL, 1), .sentence = "steps per breath of that ratio"},
    {ROW(window_s, breathing_result, "s", 1), .sentence = "length of the window behind rate_bpm"},
    {.key = "gait_overlap",
     .kind = KEY_TRISTATE,
     .offset = offsetof(struct breathing_result, gait_overlap),
     .sentence = "the breath lies, or may hide, at a frequency of the gait; null: not known"},
    END,
};

const struct stream_key stream_inspiration_keys[] = {
    {ROW(inspiratory_ms, inspiration_result, "ms", 1), .sentence = "this onset to the end of the inspiration"},
    {ROW(expiratory_ms, inspiration_result, "ms", 1),
     .sentence = "from there to the next onset, a pause at the end included"},
    {ROW(interval_ms, inspiration_result, "ms", 1), .sentence = "this onset to the next; null: none followed"},
    {ROW(depth_deg, inspiration_result, "deg", 3), .sentence = "chest and abdomen together, peak to peak"},
    END,
};
