// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/breathing.h"

#include "breathing/compartment.h"
#include "breathing/estimator.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct breathing {
    struct fir fir;
    struct compartment compartment[N_COMPARTMENTS];
    struct breath_estimator *estimator;
    uint64_t blocks;
    int64_t index; // of the newest block
};

#define ROW_REAL(name, unit_, def_, min_, max_, text)                                                                  \
    {                                                                                                                  \
        .key = #name, .type = SETTING_REAL, .offset = offsetof(struct breathing_params, name), .unit = unit_,          \
        .def = def_, .min = min_, .max = max_, .sentence = text                                                        \
    }

const struct setting breathing_settings[] = {
    ROW_REAL(rest_window_s, "s", 60, 20, 80, "Longest window of the spectrum at rest; slow breathing needs long ones."),
    ROW_REAL(moving_window_s, "s", 30, 12, 60, "Longest window while walking or running."),
    ROW_REAL(min_window_s, "s", 15, 8, 60, "The first rate needs this much signal."),
    ROW_REAL(min_bpm, "breaths/min", 2.7, 2, 10, "Lowest rate looked for at rest; 7.2 while moving."),
    ROW_REAL(max_bpm, "breaths/min", 75, 30, 90, "Highest rate looked for; while moving never above the stride's."),
    ROW_REAL(gait_tau_s, "s", 4, 1, 20, "How fast the gait canceller follows a change of gait."),
    ROW_REAL(min_confidence, NULL, 0.35, 0, 1, "Below this confidence the rate is null."),
};
const size_t n_breathing_settings = sizeof breathing_settings / sizeof *breathing_settings;

static void init_compartments(struct breathing *b)
{
    compartment_init(&b->compartment[CHEST], SITE_STERNUM, SITE_T12, SITE_C7);
    compartment_init(&b->compartment[ABDOMEN], SITE_ABDOMEN, SITE_T12, SITE_SACRUM);
}

int breathing_create(struct breathing **out, const struct breathing_params *params)
{
    struct breathing *b = *out = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    compartment_design(&b->fir);
    init_compartments(b);
    int rc = breath_estimator_create(&b->estimator, params);
    if (rc != 0) {
        breathing_destroy(b);
        *out = NULL;
    }
    return rc;
}

void breathing_destroy(struct breathing *b)
{
    if (!b)
        return;
    breath_estimator_destroy(b->estimator);
    free(b);
}

void breathing_step(struct breathing *b, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted) {
        init_compartments(b);
        breath_estimator_reset(b->estimator);
        b->blocks = 0;
    }
    b->index = m->index;
    for (int c = 0; c < N_COMPARTMENTS; c++)
        compartment_push(&b->fir, &b->compartment[c], m);
    if (++b->blocks % BLOCKS_PER_SAMPLE != 0)
        return;
    struct breath_sample sample = {
        .moving = phase->moving, .step_turns = phase->step_turns, .step_hz = (double)phase->step_hz};
    for (int c = 0; c < N_COMPARTMENTS; c++)
        compartment_sample(&b->fir, &b->compartment[c], &sample.channel[c]);
    breath_estimator_push(b->estimator, &sample);
}

static int64_t frame_before(const struct breathing *b, double age_s)
{
    return b->index - COMPARTMENT_DELAY - llround(age_s * 1e9 / FRAME_PERIOD_NS);
}

bool breathing_pull(struct breathing *b, struct breathing_result *result, int64_t *index)
{
    double age_s;
    if (!breath_estimator_pull(b->estimator, result, &age_s))
        return false;
    *index = frame_before(b, age_s);
    return true;
}

bool breathing_pull_inspiration(struct breathing *b, struct inspiration_result *result, int64_t *index)
{
    double age_s;
    if (!breath_estimator_pull_breath(b->estimator, result, &age_s))
        return false;
    *index = frame_before(b, age_s);
    return true;
}
