// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample_outputs.h"

#include "core/clock.h"
#include "frames/motion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_posture(struct posture_result *r, double t_s)
{
    float *now = (float *)&r->now, *mean = (float *)&r->mean;
    for (size_t i = 0; i < sizeof r->now / sizeof(float); i++) {
        now[i] = (float)((double)i + sin(t_s));
        mean[i] = (float)i;
    }
    r->now.neck_flexion_deg = NAN;
    r->trunk_rotation_range_deg = 12.345F;
    r->calibrated = true;
    r->slipped = SITE_BIT(SITE_C7);
}

static void fill_status(struct status_result *r)
{
    r->configured = SITE_BIT(SITE_C7) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_STERNUM);
    for (int s = 0; s < N_SITES; s++)
        r->site[s] = (struct site_status){
            .state = SITE_STATE_RUNNING, .rate_hz = 999.5F, .ppm = -500, .jitter_us = 3, .slipped_deg = NAN};
    r->site[SITE_C7].slipped_deg = 12.34F;
    r->site[SITE_STERNUM].state = SITE_STATE_LOST;
    r->site[SITE_STERNUM].rate_hz = NAN;
    snprintf(r->site[SITE_STERNUM].reason, REASON_MAX, "connection to 10.0.0.5 refused\x1b[31m");
    r->counters = (struct sample_counters){.in = 3000, .used = 2900, .dropped = 50, .invalid = 10, .held = 40};
    r->counters.frames = 1000;
    r->calibrated = true;
}

static void fill_tall(struct calibration_result *r)
{
    float *tall = (float *)&r->tall;
    for (size_t i = 0; i < sizeof r->tall / sizeof(float); i++)
        tall[i] = -1.5F - (float)i;
    r->now.tall = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12);
}

// Calibrated by bows: c7 slipped since, the abdomen's axis is the mount's, the sternum sits otherwise than configured.
static void fill_calibration(struct calibration_result *r)
{
    *r = (struct calibration_result){.calibrated = true, .step = STEP_NONE, .progress = NAN, .bows = CALIBRATION_BOWS};
    r->method = CALIBRATE_BOWS;
    r->outcome = OUTCOME_DONE;
    r->commands = 1;
    r->now.taken_utc_ns = INT64_C(1600000000123456789);
    r->now.sites = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_ABDOMEN) | SITE_BIT(SITE_STERNUM);
    for (int s = 0; s < N_SITES; s++) {
        r->now.site[s] = (struct site_fit){.tilt_deg = 4.567F, .sway_deg = 0.25F, .axis = AXIS_BOWS};
        r->now.site[s].axis_turn_deg = -7.5F;
        r->now.site[s].axis_share = 0.9876F;
        r->slipped_deg[s] = NAN;
    }
    r->slipped_deg[SITE_C7] = 12.34F;
    r->now.site[SITE_ABDOMEN].axis = AXIS_MOUNT;
    r->now.site[SITE_ABDOMEN].axis_turn_deg = 0;
    r->now.site[SITE_ABDOMEN].axis_share = NAN;
    r->now.site[SITE_STERNUM].tilt_deg = 51;
    r->now.site[SITE_STERNUM].axis_turn_deg = 25;
    fill_tall(r);
}

// On a belt at 3 m/s, with a gyro on the left foot only.
static void fill_gait(struct gait_result *r)
{
    *r = (struct gait_result){.vertical_oscillation_mm = 84.36F,
                              .contact_ms = 243.25F,
                              .duty_factor = 0.3412F,
                              .vertical_ratio_pct = 7.887F,
                              .step_time_cv_pct = 1.524F,
                              .step_asymmetry_pct = 2.137F,
                              .step_asymmetry_ci_pct = 0.843F,
                              .contact_asymmetry_pct = -1.251F,
                              .contact_asymmetry_ci_pct = 1.062F,
                              .impact_g = 2.314F,
                              .loading_rate_g_s = 61.24F,
                              .braking_g = 0.2146F,
                              .shock_attenuation_db = -9.87F,
                              .step_length_m = 1.0696F,
                              .overstride_index = 1.0234F,
                              .eversion_left_deg = 11.26F,
                              .eversion_right_deg = NAN,
                              .steps = 20};
}

static void fill_session(struct session_result *r, int64_t t_ns)
{
    *r = (struct session_result){.phase = PHASE_STEADY, .elapsed_s = 905.04F, .ran_s = 600, .steady_s = 480.3F};
    r->speed_m_s = 2.8F;
    r->has_baseline = true;
    for (int q = 0; q < N_QUANTITIES; q++)
        r->drift[q].change = NAN;
    r->baseline[QUANTITY_CADENCE] = (struct usual_cell){164.26F, 1.234F, 0.4F, 5};
    r->drift[QUANTITY_CADENCE].value = 163.0F;
    r->drift[QUANTITY_CADENCE].change = -1.26F;
    r->drift[QUANTITY_CADENCE].sigmas = -1.02F;
    r->n_marks = 1;
    r->mark_ns[0] = t_ns - 3 * NS_PER_S;
    snprintf(r->mark[0], sizeof r->mark[0], "drink");
}

// Seated rotation: three held to the left, two to the right, one of these too short; the third to the right runs.
static void fill_assessment(struct exercise_result *r, int64_t t_ns)
{
    *r = (struct exercise_result){.exercise = EXERCISE_THORACIC_ROTATION, .outcome = ASSESS_RUNNING, .commands = 1};
    r->begun_ns = t_ns - 60 * NS_PER_S;
    r->begun_utc_ns = INT64_C(1600000000123456789);
    r->part = 1;
    r->cue = CUE_HOLD;
    r->count[SIDE_LEFT] = 3;
    r->count[SIDE_RIGHT] = 2;
    r->angle_deg = -36.26F;
    r->held_s = 2.14F;
    r->remaining_s = NAN;
    r->n_rows = 2;
    r->row[0] = (struct exercise_row){1, SIDE_LEFT, 3, 3, 41.236F, 43.514F, 5.126F, -1.6236F, .n_values = 1};
    r->row[0].value[0] = (struct exercise_value){"overshoot_deg", 1.2344F};
    r->row[1] = (struct exercise_row){1, SIDE_RIGHT, 2, 1, 37.5F, 38.25F, 4.85F, NAN, .n_values = 0};
}

void sample_output(struct output *out, enum stream stream, int64_t t_ns)
{
    memset(out, 0, sizeof *out);
    *out = (struct output){.stream = stream, .t_ns = t_ns, .newest_stamp_ns = t_ns, .utc_ns = t_ns + NS_PER_S};
    switch (stream) {
    case STREAM_POSTURE:
        fill_posture(&out->posture, (double)t_ns / 1e9);
        break;
    case STREAM_ORIENTATION:
        out->orientation.has_sensor = SITE_BIT(N_SITES) - 1;
        out->orientation.has_segment = SITE_BIT(SITE_C7);
        for (int s = 0; s < N_SITES; s++) {
            out->orientation.q_world_from_sensor[s][0] = 0.70710678F;
            out->orientation.q_world_from_sensor[s][3] = -0.70710678F;
            out->orientation.q_world_from_segment[s][0] = 1;
        }
        break;
    case STREAM_CADENCE:
        out->cadence = (struct cadence_result){168.25F, NAN, 0.91F, 6, ACTIVITY_RUN};
        break;
    case STREAM_BREATHING:
        out->breathing = (struct breathing_result){.rate_bpm = 32.5F, .confidence = 0.8F, .gait_overlap = -1};
        break;
    case STREAM_INSPIRATION:
        out->inspiration = (struct inspiration_result){842.4F, 1156.2F, 1998.6F, 4.2346F};
        break;
    case STREAM_STATUS:
        fill_status(&out->status);
        break;
    case STREAM_CALIBRATION:
        fill_calibration(&out->calibration);
        break;
    case STREAM_CONTACT:
        out->contact = (struct contact_result){FOOT_LEFT, 0.9376F};
        break;
    case STREAM_STEP: // without a belt
        out->step = (struct step_result){FOOT_UNKNOWN, 356.54F, 243.25F, 113.29F, 84.36F, 2.314F, 61.24F, 0.2146F, NAN};
        break;
    case STREAM_GAIT:
        fill_gait(&out->gait);
        break;
    case STREAM_ARMS:
        out->arms = (struct arms_result){35.14F, 26.24F, 29.02F, 12.46F, -3.14F, 0.2246F, 1.4023F};
        break;
    case STREAM_PACK:
        out->pack = (struct pack_result){12.34F, 14.26F, 2.345F, -1.204F};
        break;
    case STREAM_FINDING:
        out->finding = (struct finding_result){.factor = FACTOR_SLOUCHING, .level = LEVEL_WARN, .score = 1.236F};
        out->finding.evidence[out->finding.n_evidence++] = (struct evidence){"thoracic_flexion_deg", 14.1F, 12};
        out->finding.since_ns = t_ns - NS_PER_S;
        break;
    case STREAM_SESSION:
        fill_session(&out->session_now, t_ns);
        break;
    case STREAM_ASSESSMENT:
        fill_assessment(&out->assessment, t_ns);
        break;
    case STREAM_REPETITION:
        out->repetition =
            (struct repetition_result){EXERCISE_THORACIC_ROTATION, 1, SIDE_LEFT, 3, 41.236F, 5.126F, 1.346F, -1.6236F};
        break;
    case STREAM_META:
    case N_STREAMS:
        break;
    }
}

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 24;
}

static float random_float(uint64_t *state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.0F, -0.0F, 1e-30F, -1e-5F, 3.4e38F, -1e20F, 16777216.0F};
    uint64_t r = next(state);
    if (r % 3 == 0)
        return odd[r / 3 % (sizeof odd / sizeof odd[0])];
    return ((float)(r % 2000000) - 1e6F) / 1000;
}

static void random_floats(void *at, size_t bytes, uint64_t *state)
{
    float *values = at;
    for (size_t i = 0; i < bytes / sizeof(float); i++)
        values[i] = random_float(state);
}

// Any bytes, UTF-8 or not; text is all zero before.
static void random_text(char *text, size_t size, uint64_t *state)
{
    size_t n = next(state) % size;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(1 + next(state) % 255);
}

static void random_status(struct status_result *r, uint64_t *state)
{
    r->configured = (uint32_t)next(state) & (SITE_BIT(N_SITES) - 1);
    for (int s = 0; s < N_SITES; s++) {
        struct site_status *site = &r->site[s];
        site->state = (int)(next(state) % 7) - 1; // beyond both ends too
        random_floats(&site->rate_hz, 3 * sizeof(float), state);
        site->gaps = (uint32_t)next(state);
        site->slipped_deg = random_float(state);
        random_text(site->reason, REASON_MAX, state);
    }
    r->counters.in = INT64_MAX; // jansson reads no larger integer
    r->counters.used = next(state);
    r->calibrated = next(state) & 1;
    r->measuring = (uint32_t)next(state);
    r->with_gyro = (uint32_t)next(state);
    r->has_speed = next(state) & 1;
}

static void random_calibration(struct calibration_result *r, uint64_t *state)
{
    r->calibrated = next(state) & 1;
    r->stored = next(state) & 1;
    r->step = (int)(next(state) % 7) - 2; // beyond both ends too, as all names
    r->method = (int)(next(state) % 8) - 2;
    r->outcome = (int)(next(state) % 7) - 2;
    r->bows = (int)(next(state) % 5);
    r->commands = (uint32_t)next(state);
    r->progress = random_float(state);
    random_text(r->hint, REASON_MAX, state);
    r->now.sites = (uint32_t)next(state);
    r->now.tall = next(state) & 1 ? 0 : (uint32_t)next(state);
    r->now.taken_utc_ns = next(state) & 1 ? UTC_UNKNOWN_NS : (int64_t)(next(state) << 20);
    for (int s = 0; s < N_SITES; s++) {
        struct site_fit *fit = &r->now.site[s];
        random_floats(&fit->tilt_deg, 2 * sizeof(float), state);
        fit->axis = (int)(next(state) % 6) - 1;
        random_floats(&fit->axis_turn_deg, 4 * sizeof(float), state);
    }
    random_floats(r->slipped_deg, sizeof r->slipped_deg, state);
    random_floats(&r->tall, sizeof r->tall, state);
}

static void random_finding(struct finding_result *r, uint64_t *state)
{
    r->factor = (int)(next(state) % (N_FACTORS + 2)) - 1; // beyond both ends too, as all names
    r->level = (int)(next(state) % 6) - 1;
    r->score = random_float(state);
    r->n_evidence = (int)(next(state) % (EVIDENCE_MAX + 1));
    static const char *const keys[EVIDENCE_MAX] = {"a_deg", "b_pct", "c", "d_s", "e_mm", "f_g"};
    for (int i = 0; i < r->n_evidence; i++)
        r->evidence[i] = (struct evidence){keys[i], random_float(state), random_float(state)};
    r->since_ns = (int64_t)(next(state) << 20);
    r->unknown_of = next(state) & 1 ? "c7 and t12" : NULL;
}

static void random_session(struct session_result *r, uint64_t *state)
{
    r->phase = (int)(next(state) % 7) - 1;
    random_floats(&r->elapsed_s, 5 * sizeof(float), state);
    r->has_baseline = next(state) & 1;
    random_floats(r->baseline, sizeof r->baseline, state);
    for (int q = 0; q < N_QUANTITIES; q++) {
        random_floats(&r->drift[q].value, 3 * sizeof(float), state);
        r->drift[q].drifted = next(state) & 1;
    }
    r->n_marks = (uint32_t)next(state);
    for (size_t i = 0; i < sizeof r->mark / sizeof r->mark[0]; i++) {
        r->mark_ns[i] = (int64_t)(next(state) << 20);
        random_text(r->mark[i], sizeof r->mark[i], state);
    }
}

static void random_assessment(struct exercise_result *r, uint64_t *state)
{
    static const char *const keys[] = {"a_deg", "b_pct", "c", "d_s", "e_mm", "f_g"};
    r->exercise = (int)(next(state) % (N_EXERCISES + 2)) - 1; // beyond both ends too, as all indices
    r->outcome = (int)(next(state) % 6) - 1;
    r->cue = (int)(next(state) % 7) - 1;
    r->part = (int)(next(state) % (EXERCISE_PARTS + 2)) - 1;
    r->commands = (uint32_t)next(state);
    r->begun_ns = next(state) & 1 ? 0 : (int64_t)(next(state) << 20);
    r->begun_utc_ns = next(state) & 1 ? UTC_UNKNOWN_NS : (int64_t)(next(state) << 20);
    r->count[0] = (int)(next(state) % 30);
    r->count[1] = (int)(next(state) % 30);
    random_floats(&r->angle_deg, 3 * sizeof(float), state);
    random_text(r->hint, sizeof r->hint, state);
    r->n_rows = (int)(next(state) % (EXERCISE_ROWS + 1));
    for (int i = 0; i < r->n_rows; i++) {
        struct exercise_row *row = &r->row[i];
        row->part = (int)(next(state) % (EXERCISE_PARTS + 2)) - 1;
        row->side = (int)(next(state) % 4) - 1;
        row->count = (int)(next(state) % 30);
        row->held = (int)(next(state) % 30);
        random_floats(&row->range_deg, 4 * sizeof(float), state);
        row->n_values = (int)(next(state) % (sizeof keys / sizeof keys[0] + 1));
        for (int k = 0; k < row->n_values; k++)
            row->value[k] = (struct exercise_value){keys[k], random_float(state)};
    }
}

void random_output(struct output *out, enum stream stream, uint64_t *state)
{
    memset(out, 0, sizeof *out);
    out->stream = stream;
    out->t_ns = (int64_t)(next(state) << 20);
    out->utc_ns = next(state) & 1 ? UTC_UNKNOWN_NS : (int64_t)(next(state) << 20);
    switch (stream) {
    case STREAM_POSTURE:
        random_floats(&out->posture, offsetof(struct posture_result, calibrated), state);
        out->posture.slipped = (uint32_t)next(state);
        break;
    case STREAM_ORIENTATION:
        random_floats(&out->orientation, sizeof out->orientation, state);
        out->orientation.has_sensor = (uint32_t)next(state);
        out->orientation.has_segment = (uint32_t)next(state);
        break;
    case STREAM_CADENCE:
        random_floats(&out->cadence, offsetof(struct cadence_result, activity), state);
        out->cadence.activity = (int)(next(state) % 6) - 2;
        break;
    case STREAM_BREATHING:
        random_floats(&out->breathing, offsetof(struct breathing_result, gait_overlap), state);
        out->breathing.gait_overlap = (int)(next(state) % 3) - 1;
        break;
    case STREAM_INSPIRATION:
        random_floats(&out->inspiration, sizeof out->inspiration, state);
        break;
    case STREAM_STATUS:
        random_status(&out->status, state);
        break;
    case STREAM_CALIBRATION:
        random_calibration(&out->calibration, state);
        break;
    case STREAM_CONTACT:
        out->contact.foot = (int)(next(state) % 5) - 2;
        out->contact.confidence = random_float(state);
        break;
    case STREAM_STEP:
        random_floats(&out->step.step_time_ms, sizeof out->step - offsetof(struct step_result, step_time_ms), state);
        out->step.foot = (int)(next(state) % 5) - 2;
        break;
    case STREAM_GAIT:
        random_floats(&out->gait, offsetof(struct gait_result, steps), state);
        out->gait.steps = (int)(next(state) % 21);
        break;
    case STREAM_ARMS:
        random_floats(&out->arms, sizeof out->arms, state);
        break;
    case STREAM_PACK:
        random_floats(&out->pack, sizeof out->pack, state);
        break;
    case STREAM_FINDING:
        random_finding(&out->finding, state);
        break;
    case STREAM_SESSION:
        random_session(&out->session_now, state);
        break;
    case STREAM_ASSESSMENT:
        random_assessment(&out->assessment, state);
        break;
    case STREAM_REPETITION:
        random_floats(&out->repetition.range_deg, 4 * sizeof(float), state);
        out->repetition.exercise = (int)(next(state) % (N_EXERCISES + 2)) - 1;
        out->repetition.part = (int)(next(state) % (EXERCISE_PARTS + 2)) - 1;
        out->repetition.side = (int)(next(state) % 4) - 1;
        out->repetition.number = 1 + (int)(next(state) % 30);
        break;
    case STREAM_META:
    case N_STREAMS:
        break;
    }
}

uint64_t seed_from_environment(void)
{
    const char *text = getenv("POISE_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
    printf("seed %llu (POISE_SEED)\n", (unsigned long long)seed);
    return seed;
}
