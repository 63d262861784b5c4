// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/senses.h"

#include <math.h>
#include <string.h>

#define SECOND_NS    1e9
#define FRESH_S      3.0 // three periods of the slowest stream but one
#define STEP_S       0.2
#define GAIT_STEPS   20 // that a gait result covers
#define MEAN_STRIDES 2  // that posture.mean covers while moving
#define STILL_MEAN_S 1.0

void senses_init(struct senses *s)
{
    memset(s, 0, sizeof *s);
    s->posture_heard.heard_ns = s->cadence_heard.heard_ns = s->gait_heard.heard_ns = INT64_MIN;
    s->breathing_heard.heard_ns = s->arms_heard.heard_ns = s->pack_heard.heard_ns = INT64_MIN;
    s->activity = ACTIVITY_UNKNOWN;
    s->rotation_deg = s->assessed_deg[SIDE_LEFT] = s->assessed_deg[SIDE_RIGHT] = NAN;
    shoulders_reset(&s->shoulders);
    pack_on_init(&s->pack_on);
    first_run_init(&s->first_run, 0);
}

bool senses_fresh(const struct senses *s, const struct heard *heard)
{
    return heard->heard_ns != INT64_MIN && (double)(s->now_ns - heard->heard_ns) < FRESH_S * SECOND_NS;
}

double senses_doing_s(const struct senses *s, int activity)
{
    return s->activity == activity ? (double)(s->now_ns - s->activity_since_ns) / SECOND_NS : 0;
}

bool senses_has_posture(const struct senses *s)
{
    int64_t first_ns = 2 * s->posture_heard.at_ns - s->posture_heard.newest_ns; // of the mean's span
    return senses_fresh(s, &s->posture_heard) && s->posture.calibrated && first_ns >= s->turned_ns;
}

double senses_step_s(const struct senses *s)
{
    float spm = s->cadence.cadence_spm;
    return senses_fresh(s, &s->cadence_heard) && spm > 0 ? 60 / (double)spm : (double)NAN;
}

bool senses_breaths(const struct senses *s, int64_t *middle_ns)
{
    const int64_t *oldest = &s->breath_ns[s->n_breaths % BREATHS_PAST];
    if (s->activity == ACTIVITY_UNKNOWN || s->n_breaths < BREATHS_PAST || *oldest < s->activity_since_ns)
        return false;
    *middle_ns = s->breath_ns[(s->n_breaths + BREATHS_PAST / 2) % BREATHS_PAST];
    return true;
}

void senses_command(struct senses *s, const struct command *command)
{
    if (command->kind == COMMAND_MARK && strcmp(command->text, "pack on") == 0)
        pack_on_put(&s->pack_on, true);
    if (command->kind == COMMAND_MARK && strcmp(command->text, "pack off") == 0)
        pack_on_put(&s->pack_on, false);
    if (command->kind == COMMAND_SESSION && command->session[0] != '\0')
        s->assessed_deg[SIDE_LEFT] = s->assessed_deg[SIDE_RIGHT] = NAN; // another person's
}

static bool is_against_t12(const struct exercise_row *row)
{
    for (int i = 0; i < row->n_values; i++)
        if (strcmp(row->value[i].key, "against_t12") == 0)
            return row->value[i].value > 0;
    return false;
}

// Both sides, of one that was done to its end, against the pelvis: against t12 it is only a part of the turn.
static void take_assessment(struct senses *s, const struct exercise_result *r)
{
    float range_deg[2] = {NAN, NAN};
    if (r->exercise != EXERCISE_THORACIC_ROTATION || r->outcome != ASSESS_DONE)
        return;
    for (int i = 0; i < r->n_rows; i++) {
        const struct exercise_row *row = &r->row[i];
        if ((row->side == SIDE_LEFT || row->side == SIDE_RIGHT) && row->count > 0 && !is_against_t12(row))
            range_deg[row->side] = row->range_deg;
    }
    if (isfinite(range_deg[SIDE_LEFT]) && isfinite(range_deg[SIDE_RIGHT]))
        memcpy(s->assessed_deg, range_deg, sizeof range_deg);
}

static void take_activity(struct senses *s, const struct cadence_result *cadence)
{
    if (cadence->activity == ACTIVITY_UNKNOWN || cadence->activity == s->activity)
        return;
    s->activity = cadence->activity;
    s->activity_since_ns = s->now_ns;
}

// posture.mean describes the past half of its span: whole strides while moving, a second when still.
static int64_t mean_instant(const struct senses *s, int64_t t_ns)
{
    double step_s = s->activity == ACTIVITY_STILL ? (double)NAN : senses_step_s(s);
    double span_s = isfinite(step_s) ? MEAN_STRIDES * 2 * step_s : STILL_MEAN_S;
    return t_ns - (int64_t)(span_s / 2 * SECOND_NS);
}

static void take_posture(struct senses *s, const struct posture_result *posture, int64_t t_ns)
{
    if (posture->calibrated && !s->posture.calibrated)
        s->turned_ns = t_ns;
    s->posture = *posture;
    s->posture_heard = (struct heard){s->now_ns, mean_instant(s, t_ns), t_ns};
    shoulders_push(&s->shoulders, &posture->now, t_ns);
}

static void take_gait(struct senses *s, const struct gait_result *gait, int64_t t_ns)
{
    double step_s = senses_step_s(s);
    s->gait = *gait;
    s->gait_heard.heard_ns = s->now_ns;
    s->gait_heard.at_ns = t_ns - (isfinite(step_s) ? (int64_t)(0.5 * GAIT_STEPS * step_s * SECOND_NS) : 0);
    unsigned i = s->n_past++ % GAIT_PAST;
    s->past[i].heard_ns = s->now_ns;
    s->past[i].step = gait->step_asymmetry_pct;
    s->past[i].step_ci = gait->step_asymmetry_ci_pct;
    s->past[i].contact = gait->contact_asymmetry_pct;
    s->past[i].contact_ci = gait->contact_asymmetry_ci_pct;
}

static void take_breath(struct senses *s, const struct inspiration_result *breath, int64_t t_ns)
{
    if (isfinite(breath->interval_ms))
        s->breath_ns[s->n_breaths++ % BREATHS_PAST] = t_ns;
    if (s->n_breaths >= 2 * BREATHS_PAST) // keep the count small, in step with the ring
        s->n_breaths -= BREATHS_PAST;
}

void senses_take(struct senses *s, const struct output *output, int64_t now_ns)
{
    const struct heard heard = {now_ns, output->t_ns, output->t_ns};
    s->now_ns = now_ns;
    switch (output->stream) {
    case STREAM_POSTURE:
        take_posture(s, &output->posture, output->t_ns);
        break;
    case STREAM_CADENCE:
        s->cadence = output->cadence;
        s->cadence_heard = heard;
        take_activity(s, &output->cadence);
        break;
    case STREAM_GAIT:
        take_gait(s, &output->gait, output->t_ns);
        break;
    case STREAM_BREATHING:
        s->breathing = output->breathing;
        s->breathing_heard = heard;
        break;
    case STREAM_INSPIRATION:
        take_breath(s, &output->inspiration, output->t_ns);
        break;
    case STREAM_ARMS:
        s->arms = output->arms;
        s->arms_heard = heard;
        break;
    case STREAM_PACK:
        s->pack = output->pack;
        s->pack_heard = heard;
        break;
    case STREAM_CALIBRATION:
        if (output->calibration.changes != s->calibrations)
            s->turned_ns = now_ns;
        s->calibrations = output->calibration.changes;
        s->has_tall = output->calibration.calibrated && output->calibration.now.tall != 0;
        s->tall = output->calibration.tall;
        break;
    case STREAM_ASSESSMENT:
        take_assessment(s, &output->assessment);
        break;
    default: // nothing that a factor looks at
        break;
    }
}

static bool pack_delivers(const struct senses *s)
{
    return senses_fresh(s, &s->pack_heard) && isfinite(s->pack.side_tilt_deg);
}

void senses_step(struct senses *s, int64_t now_ns)
{
    s->now_ns = now_ns;
    if (s->activity != ACTIVITY_UNKNOWN && !senses_fresh(s, &s->cadence_heard))
        s->activity = ACTIVITY_UNKNOWN;
    float range = s->posture.trunk_rotation_range_deg;
    bool posture = senses_has_posture(s);
    if (s->activity != ACTIVITY_RUN || !posture)
        s->rotation_deg = NAN;
    else if (isfinite(range))
        s->rotation_deg = isfinite(s->rotation_deg)
                              ? s->rotation_deg + (float)(STEP_S / ROTATION_TAU_S) * (range - s->rotation_deg)
                              : range;
    if (pack_delivers(s))
        pack_on_put(&s->pack_on, true);
    pack_on_step(&s->pack_on, posture ? (double)s->posture.mean.trunk_side_lean_deg : (double)NAN, STEP_S);
}
