// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/findings.h"

#include "findings/assess.h"
#include "findings/level.h"
#include "findings/senses.h"
#include "findings/session.h"
#include "frames/frame_block.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOP_FRAMES   200 // 5 Hz
#define REPEAT_STEPS 50  // 10 s; the factors take turns
#define GAP_NS       INT64_C(10000000000)
#define NOTICE_SHARE (1.0 / 3) // of hold_s is enough for a notice

struct findings {
    struct findings_params params;
    struct senses senses;
    struct session *session;
    struct level level[N_FACTORS];
    struct assessment shown[N_FACTORS]; // what the level rests on
    uint64_t due;                       // bit per factor: to be pulled
    uint64_t steps;
    int64_t index; // of the newest step
};

// Each factor's judge, and how long it must be good again. hold: whether hold_s is waited for by the level machine.
static const struct {
    assess_fn *assess;
    double release_s;
    bool hold;
} judges[N_FACTORS] = {
    [FACTOR_LEFT_RIGHT_ASYMMETRY] = {assess_left_right_asymmetry, 5, true},
    [FACTOR_SLOUCHING] = {assess_slouching, 2, true},
    [FACTOR_FORWARD_HEAD] = {assess_forward_head, 5, true},
    [FACTOR_ROUNDED_SHOULDERS] = {assess_rounded_shoulders, 5, true},
    [FACTOR_SWAYBACK] = {assess_swayback, 5, true},
    [FACTOR_UNEVEN_SHOULDERS] = {assess_uneven_shoulders, 5, true},
    [FACTOR_RAISED_SHOULDERS] = {assess_raised_shoulders, 5, true},
    [FACTOR_COLD_START] = {assess_cold_start, 5, false}, // hold_s is how long the first run must last
    [FACTOR_HYDRATION_DUE] = {assess_hydration_due, 0, false},
    [FACTOR_SHALLOW_BREATHING] = {assess_shallow_breathing, 5, true},
    [FACTOR_ACCESSORY_BREATHING] = {assess_accessory_breathing, 5, true},
    [FACTOR_THORACIC_IMMOBILITY] = {assess_thoracic_immobility, 5, true},
    [FACTOR_BREATH_HOLDING] = {assess_breath_holding, 30, false},
    [FACTOR_IRREGULAR_BREATHING] = {assess_irregular_breathing, 5, true},
    [FACTOR_LOW_CADENCE] = {assess_low_cadence, 5, true},
    [FACTOR_LONG_STEP] = {assess_long_step, 5, true},
    [FACTOR_HIGH_BOUNCE] = {assess_high_bounce, 5, true},
    [FACTOR_HIGH_IMPACT] = {assess_high_impact, 5, true},
    [FACTOR_LATERAL_CURVATURE] = {assess_lateral_curvature, 5, true},
    [FACTOR_HYPERKYPHOSIS] = {assess_hyperkyphosis, 5, true},
    [FACTOR_PELVIC_TILT] = {assess_pelvic_tilt, 5, true},
    [FACTOR_PACK_BOUNCE] = {assess_pack_bounce, 5, true},
    [FACTOR_PACK_UNEVEN] = {assess_pack_uneven, 5, true},
    [FACTOR_VEST_TIGHT] = {assess_vest_tight, 5, true},
    [FACTOR_FOOT_ROLL] = {assess_foot_roll, 5, true},
    [FACTOR_TOO_MUCH] = {assess_too_much, 5, true},
    [FACTOR_TOO_LITTLE] = {assess_too_little, 5, true},
    [FACTOR_UNEVEN] = {assess_uneven, 5, true},
    [FACTOR_CROSSING] = {assess_crossing, 5, true},
    [FACTOR_STIFF] = {assess_stiff, 5, true},
    [FACTOR_DRIFT] = {assess_drift, 5, false},
    [FACTOR_SITTING_LONG] = {assess_sitting_long, 0, false},
};

int findings_create(struct findings **out, const struct findings_params *params)
{
    struct findings *f = *out = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->params = *params;
    senses_init(&f->senses);
    for (int i = 0; i < N_FACTORS; i++)
        level_init(&f->level[i]);
    f->index = -1;
    int rc = session_create(&f->session);
    if (rc != 0) {
        findings_destroy(f);
        *out = NULL;
        return rc;
    }
    session_set_vest(f->session, params->vest);
    return 0;
}

void findings_destroy(struct findings *f)
{
    if (!f)
        return;
    session_destroy(f->session);
    free(f);
}

int findings_check(const struct findings_params *params, char *error, size_t size)
{
    for (int i = 0; i < N_FACTORS; i++) {
        const struct factor_limits *given = &params->factor[i];
        bool larger = findings_default_limits((enum factor)i).warn > findings_default_limits((enum factor)i).notice;
        if (given->notice == given->warn || (given->warn > given->notice) != larger) {
            snprintf(error, size, "key 'findings': %s has the warn limit %g where it must be %s the notice limit %g",
                     factors[i].name, given->warn, larger ? "above" : "below", given->notice);
            return -EINVAL;
        }
    }
    return 0;
}

void findings_set_history(struct findings *f, const struct runner_history *history)
{
    session_set_history(f->session, history);
    first_run_init(&f->senses.first_run, session_history(f->session, NULL)->ran_s);
}

void findings_set_utc(struct findings *f, int64_t utc_minus_mono_ns)
{
    session_set_utc(f->session, utc_minus_mono_ns);
}

void findings_set_speed(struct findings *f, double speed_m_s)
{
    session_set_speed(f->session, speed_m_s);
}

void findings_command(struct findings *f, const struct command *command, int64_t index)
{
    session_command(f->session, command, index);
    senses_command(&f->senses, command);
    if (command->kind == COMMAND_SESSION && session_history(f->session, NULL)->ran_s <= 0)
        first_run_init(&f->senses.first_run, 0);
}

void findings_take(struct findings *f, const struct output *output)
{
    session_take(f->session, output);
    senses_take(&f->senses, output, f->senses.now_ns);
}

static void judge(struct findings *f, int factor, int64_t now_ns)
{
    const struct factor_limits *limits = &f->params.factor[factor];
    const struct context c = {&f->params, &f->senses, f->session, limits, &factors[factor]};
    double hold_s = judges[factor].hold ? limits->hold_s : 0;
    const struct level_timing timing = {{hold_s * NOTICE_SHARE, hold_s}, judges[factor].release_s};
    struct assessment a = {.at_ns = now_ns};
    judges[factor].assess(&c, &a);
    if (level_step(&f->level[factor], &a, &timing, now_ns))
        f->due |= UINT64_C(1) << factor;
    if (!a.unknown_of || f->level[factor].level == LEVEL_UNKNOWN)
        f->shown[factor] = a;
}

// After a hole in the log nothing from before it is waited for.
static void skip_gap(struct findings *f, int64_t now_ns)
{
    if (f->index < 0 || now_ns - f->index * FRAME_PERIOD_NS <= GAP_NS)
        return;
    for (int i = 0; i < N_FACTORS; i++)
        level_init(&f->level[i]);
    f->senses.activity = ACTIVITY_UNKNOWN;
}

void findings_step(struct findings *f, int64_t index)
{
    int64_t now_ns = index * FRAME_PERIOD_NS;
    f->senses.now_ns = now_ns;
    if ((index + 1) % HOP_FRAMES != 0)
        return;
    skip_gap(f, now_ns);
    f->index = index;
    session_step(f->session, index);
    senses_step(&f->senses, now_ns);
    const struct runner_history *clocks = session_history(f->session, NULL);
    first_run_step(&f->senses.first_run, clocks->moved_s, clocks->ran_s, senses_doing_s(&f->senses, ACTIVITY_RUN),
                   f->params.factor[FACTOR_COLD_START].hold_s, now_ns);
    for (int i = 0; i < N_FACTORS; i++) {
        judge(f, i, now_ns);
        if (f->steps % REPEAT_STEPS == (uint64_t)i)
            f->due |= UINT64_C(1) << i;
    }
    f->steps++;
}

bool findings_pull(struct findings *f, struct finding_result *result, int64_t *index)
{
    if (f->due == 0)
        return false;
    int factor = 0;
    while (!(f->due >> factor & 1))
        factor++;
    f->due &= ~(UINT64_C(1) << factor);
    const struct assessment *a = &f->shown[factor];
    const struct level *level = &f->level[factor];
    memset(result, 0, sizeof *result);
    result->factor = factor;
    result->level = level->level;
    result->score = level->level == LEVEL_UNKNOWN ? NAN : a->score;
    result->n_evidence = a->n_evidence;
    memcpy(result->evidence, a->evidence, sizeof result->evidence);
    result->since_ns = level->since_ns;
    result->unknown_of = level->level == LEVEL_UNKNOWN ? a->unknown_of : NULL;
    *index = f->index;
    return true;
}

bool findings_pull_session(struct findings *f, struct session_result *result, int64_t *index)
{
    return session_pull(f->session, result, index);
}

const struct runner_history *findings_history(const struct findings *f, uint32_t *changes)
{
    return session_history(f->session, changes);
}
