// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of the streams that tell how the runner steps, and what swings and bounces along: `contact`, `step`,
// `gait`, `arms` and `pack`.
#include "frames/motion.h"
#include "publish/special.h"

#define ASYMMETRY "100 · 2(L−R)/(L+R)"
#define HALF_CI   "half of the 95 % confidence interval of "

static const char *const foot_names[] = {[FOOT_LEFT] = "left", [FOOT_RIGHT] = "right", [FOOT_RIGHT + 1] = NULL};

#define FOOT(what) .key = "foot", .kind = KEY_NAME, .offset = offsetof(struct what, foot), .names = foot_names

const struct stream_key stream_contact_keys[] = {
    {FOOT(contact_result), .sentence = "which foot touched the ground at t_s; null: not known"},
    {ROW(confidence, contact_result, NULL, 3), .sentence = "0 to 1: how surely a foot touched the ground then"},
    END,
};

const struct stream_key stream_step_keys[] = {
    {FOOT(step_result), .sentence = "whose initial contact at t_s began the step; null: not known"},
    {ROW(step_time_ms, step_result, "ms", 1),
     .sentence = "this initial contact to the next; null: none came within 1.5 s"},
    {ROW(contact_ms, step_result, "ms", 1), .sentence = "ground contact: initial contact to toe-off of the same foot"},
    {ROW(flight_ms, step_result, "ms", 1),
     .sentence = "in the air, running: toe-off to the next initial contact; null when walking"},
    {ROW(vertical_oscillation_mm, step_result, "mm", 1),
     .sentence = "up and down movement of the trunk sensor in the step, peak to peak"},
    {ROW(impact_g, step_result, "g", 2),
     .sentence = "peak of the trunk sensor's upward acceleration in the first 40 % of the contact, gravity removed"},
    {ROW(loading_rate_g_s, step_result, "g/s", 1),
     .sentence = "slope of the rise to that peak, between 20 and 80 % of it"},
    {ROW(braking_g, step_result, "g", 3),
     .sentence = "peak of the trunk sensor's backward acceleration in the first 40 % of the contact"},
    {ROW(step_length_m, step_result, "m", 3), .sentence = "belt speed · step time; null without a belt speed"},
    END,
};

const struct stream_key stream_gait_keys[] = {
    {ROW(vertical_oscillation_mm, gait_result, "mm", 1),
     .sentence = "up and down movement of the trunk sensor per step, peak to peak"},
    {ROW(contact_ms, gait_result, "ms", 1), .sentence = "ground contact: initial contact to toe-off of the same foot"},
    {ROW(duty_factor, gait_result, NULL, 3), .sentence = "ground contact / stride time; below 0.5 there is flight"},
    {ROW(vertical_ratio_pct, gait_result, "%", 2), .sentence = "vertical oscillation / step length"},
    {ROW(step_time_cv_pct, gait_result, "%", 2), .sentence = "variation of the step times: standard deviation / mean"},
    {ROW(step_asymmetry_pct, gait_result, "%", 2),
     .sentence = ASYMMETRY " of the step times; a left step begins with the left foot's contact"},
    {ROW(contact_asymmetry_pct, gait_result, "%", 2), .sentence = ASYMMETRY " of the ground contact times"},
    {ROW(impact_g, gait_result, "g", 2),
     .sentence = "peak of the trunk sensor's upward acceleration in the first 40 % of the contact, gravity removed"},
    {ROW(shock_attenuation_db, gait_result, "dB", 1),
     .sentence = "vertical power at 9 to 20 Hz, head / sacrum (T12 without); negative: damped on its way up"},
    {ROW(step_length_m, gait_result, "m", 3), .sentence = "belt speed · step time; null without a belt speed"},
    {ROW(overstride_index, gait_result, NULL, 3),
     .sentence = "how far steps are longer than usual at this speed and leg length, in deviations among runners, with "
                 "braking and vertical oscillation; 0: usual, 1: one standard deviation beyond"},
    {ROW(step_asymmetry_ci_pct, gait_result, "%", 2), .sentence = HALF_CI "step_asymmetry_pct"},
    {ROW(contact_asymmetry_ci_pct, gait_result, "%", 2), .sentence = HALF_CI "contact_asymmetry_pct"},
    {ROW(loading_rate_g_s, gait_result, "g/s", 1),
     .sentence = "slope of the rise to the impact, between 20 and 80 % of it"},
    {ROW(braking_g, gait_result, "g", 3),
     .sentence = "peak of the trunk sensor's backward acceleration in the first 40 % of the contact"},
    {ROW(eversion_left_deg, gait_result, "deg", 1),
     .sentence = "roll of the left foot while it is on the ground, peak to peak"},
    {ROW(eversion_right_deg, gait_result, "deg", 1),
     .sentence = "roll of the right foot while it is on the ground, peak to peak"},
    {.key = "steps",
     .kind = KEY_COUNT,
     .offset = offsetof(struct gait_result, steps),
     .sentence = "how many steps these values stand on; 20 when there were that many"},
    END,
};

const struct stream_key stream_arms_keys[] = {
    {ROW(swing_left_deg, arms_result, "deg", 1),
     .sentence = "swing of the left forearm, peak to peak; against the trunk when that has a gyro"},
    {ROW(swing_right_deg, arms_result, "deg", 1),
     .sentence = "swing of the right forearm, peak to peak; against the trunk when that has a gyro"},
    {ROW(asymmetry_pct, arms_result, "%", 1), .sentence = ASYMMETRY " of the swings"},
    {ROW(crossing_left_deg, arms_result, "deg", 1),
     .sentence = "how far the left swing is turned inwards, across the body; 0: straight forward and back"},
    {ROW(crossing_right_deg, arms_result, "deg", 1), .sentence = "the same of the right swing, inwards positive"},
    {ROW(stiffness, arms_result, NULL, 3),
     .sentence = "0 to 1: the trunk's share in what trunk and arms turn; 1: the arms go with the trunk as one piece"},
    {ROW(rate_hz, arms_result, "Hz", 3), .sentence = "arm cycles, forward and back, per second"},
    END,
};

const struct stream_key stream_pack_keys[] = {
    {ROW(bounce_mm, pack_result, "mm", 1),
     .sentence = "vertical movement of the pack against the trunk at the step frequency, peak to peak"},
    {ROW(lag_ms, pack_result, "ms", 1), .sentence = "how much later than the trunk the pack moves"},
    {ROW(tilt_deg, pack_result, "deg", 2),
     .sentence = "pitch of the pack minus pitch of the trunk (T12, else C7, else sternum)"},
    {ROW(side_tilt_deg, pack_result, "deg", 2),
     .sentence = "roll of the pack minus roll of the trunk, to the subject's right positive"},
    END,
};
