// SPDX-License-Identifier: GPL-3.0-or-later
// What the pipeline found, one struct per published stream. NaN (or a negative enum) means unknown and becomes null.
// publish/streams.c has the table that turns each into JSON; units and definitions are in docs/streams.md.
#ifndef POISE_FRAMES_OUTPUT_H
#define POISE_FRAMES_OUTPUT_H

#include "frames/exercise.h"
#include "frames/finding.h"
#include "frames/log_event.h"
#include "frames/site.h"

#include <stdbool.h>
#include <stdint.h>

enum stream {
    STREAM_POSTURE,
    STREAM_ORIENTATION,
    STREAM_CADENCE,
    STREAM_BREATHING,
    STREAM_INSPIRATION,
    STREAM_STATUS,
    STREAM_META,
    STREAM_CALIBRATION,
    STREAM_CONTACT,
    STREAM_STEP,
    STREAM_GAIT,
    STREAM_ARMS,
    STREAM_PACK,
    STREAM_FINDING,
    STREAM_SESSION,
    STREAM_ASSESSMENT,
    STREAM_REPETITION,
    N_STREAMS
};

struct posture_angles {
    float trunk_lean_deg, trunk_side_lean_deg;
    float thoracic_flexion_deg, lumbar_flexion_deg, neck_flexion_deg;
    float pelvic_tilt_deg, pelvic_obliquity_deg;
    float lateral_bend_deg, trunk_rotation_deg;
    float shoulder_elevation_left_deg, shoulder_elevation_right_deg;
    float shoulder_asymmetry_deg, shoulder_protraction_deg;
};

struct posture_result {
    struct posture_angles now;
    struct posture_angles mean;     // whole strides; 1 s when still
    float trunk_rotation_range_deg; // in `mean`
    bool calibrated;
    uint32_t slipped; // SITE_BIT
};

struct orientation_result {
    uint32_t has_sensor, has_segment; // SITE_BIT
    float q_world_from_sensor[N_SITES][4];
    float q_world_from_segment[N_SITES][4];
};

enum activity { ACTIVITY_UNKNOWN = -1, ACTIVITY_STILL, ACTIVITY_WALK, ACTIVITY_RUN };

struct cadence_result {
    float cadence_spm, step_cadence_spm, confidence, window_s;
    int activity; // enum activity
};

struct breathing_result {
    float rate_bpm, confidence;
    float chest_deg, abdomen_deg, chest_share, phase_deg;
    float interval_cv_pct, hold_s, steps_per_breath, coupling;
    float hold_now_s;     // as hold_s, at the newest sample instead of t_ns: what follows is not known
    float coupling_ratio; // steps per breath of the ratio that coupling is about
    float window_s;       // behind rate_bpm
    int gait_overlap;     // 0, 1 or -1 unknown
};

struct inspiration_result { // of one breath; t_ns is the onset of its inspiration
    float inspiratory_ms, expiratory_ms, interval_ms;
    float depth_deg;
};

enum site_state { SITE_STATE_ABSENT, SITE_STATE_WAITING, SITE_STATE_RUNNING, SITE_STATE_STALLED, SITE_STATE_LOST };

struct site_status {
    int state; // enum site_state
    char reason[REASON_MAX];
    float rate_hz, ppm, jitter_us; // measured rate; deviation from the nominal rate; residual of the stamps
    uint32_t gaps, missed, saturated;
    float slipped_deg; // how far it has slipped on the body, NaN: has not
};

// in = used + dropped + invalid + held, at every moment; held are samples still waiting inside align.
struct sample_counters {
    uint64_t in, used, dropped, invalid, held;
    uint64_t frames;          // grid frames made
    uint64_t outputs_dropped; // found the publisher's ring full; filled in by the publisher
};

struct status_result {
    uint32_t configured; // SITE_BIT of the sites that appear
    struct site_status site[N_SITES];
    struct sample_counters counters;
    uint32_t measuring;         // SITE_BIT of the sites that deliver now
    uint32_t with_gyro;         // of these, the ones with angular rate
    float lean_weight[N_SITES]; // how much each site counts in trunk_lean_deg now
    bool calibrated;
    bool has_speed; // the belt's speed is known, from a command or the configuration
};

struct contact_result { // t_ns is the initial contact
    int foot;           // enum foot, -1 unknown
    float confidence;
};

struct step_result { // t_ns is the initial contact
    int foot;
    float step_time_ms; // this contact to the next; NaN: none came
    float contact_ms, flight_ms;
    float vertical_oscillation_mm;
    float impact_g, loading_rate_g_s, braking_g;
    float step_length_m;
};

struct gait_result { // over the last 20 steps
    float vertical_oscillation_mm, contact_ms, duty_factor, vertical_ratio_pct;
    float step_time_cv_pct;
    float step_asymmetry_pct, step_asymmetry_ci_pct; // and half its 95 % confidence interval
    float contact_asymmetry_pct, contact_asymmetry_ci_pct;
    float impact_g, loading_rate_g_s, braking_g, shock_attenuation_db;
    float step_length_m, overstride_index;
    float eversion_left_deg, eversion_right_deg; // range of the feet's roll in stance
    int steps;                                   // that went in
};

struct arms_result {
    float swing_left_deg, swing_right_deg, asymmetry_pct;
    float crossing_left_deg, crossing_right_deg;
    float stiffness;
    float rate_hz; // arm cycles
};

struct pack_result {
    float bounce_mm, lag_ms, tilt_deg, side_tilt_deg;
};

// What the calibration is waiting for, and how the last command for one ended.
enum calibration_step { STEP_NONE = -1, STEP_STAND, STEP_BOWS, STEP_GAIT, STEP_TALL };
#define CALIBRATION_STEP_NAMES                                                                                         \
    {                                                                                                                  \
        "stand", "bows", "gait", "tall", NULL                                                                          \
    }
enum calibration_outcome { OUTCOME_NONE = -1, OUTCOME_RUNNING, OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_CANCELLED };
#define CALIBRATION_OUTCOME_NAMES                                                                                      \
    {                                                                                                                  \
        "running", "done", "failed", "cancelled", NULL                                                                 \
    }
#define CALIBRATION_BOWS 3

struct calibration_result {
    bool calibrated;            // a calibration is in force …
    bool stored;                // … that was taken before this start
    uint32_t changes;           // raised with every change of `now`
    int step;                   // enum calibration_step; `auto` waits for a stand without a command
    float progress;             // of the step, 0 … 1; NaN without a step
    int bows;                   // counted in this step, of CALIBRATION_BOWS
    int method;                 // of the last command, -1 before one
    int outcome;                // enum calibration_outcome, of the last command
    uint32_t commands;          // calibrate commands taken so far: tells an outcome from that of the command before
    char hint[REASON_MAX];      // a sentence: what to do, or what is in the way
    struct calibration now;     // in force, when calibrated
    float slipped_deg[N_SITES]; // NaN: has not
    struct posture_angles tall; // what the angles read in the tall stand; NaN without one
};

struct output {
    enum stream stream;
    int64_t t_ns;             // what the value describes, monotonic
    int64_t utc_ns;           // the same instant, UTC_UNKNOWN_NS when not known
    int64_t newest_stamp_ns;  // newest sample that went in; for latency only
    char session[SESSION_ID]; // that runs, "" for none
    union {
        struct posture_result posture;
        struct orientation_result orientation;
        struct cadence_result cadence;
        struct breathing_result breathing;
        struct inspiration_result inspiration;
        struct status_result status;
        struct calibration_result calibration;
        struct contact_result contact;
        struct step_result step;
        struct gait_result gait;
        struct arms_result arms;
        struct pack_result pack;
        struct finding_result finding;
        struct session_result session_now;
        struct exercise_result assessment;
        struct repetition_result repetition;
    };
};

#endif
