// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/gait.h"

#include "gait/gait_state.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HOP_FRAMES     250
#define SUMMARY_FRAMES 1000

// In order of preference; the sacrum is nearest to the centre of mass.
static const int used_sites[N_USED] = {SITE_SACRUM,  SITE_T12,  SITE_C7,        SITE_STERNUM,
                                       SITE_ABDOMEN, SITE_HEAD, SITE_FOOT_LEFT, SITE_FOOT_RIGHT};

const struct setting gait_settings[] = {
    {.key = "window_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, window_s),
     .unit = "s",
     .def = 8,
     .min = 3,
     .max = 10,
     .sentence = "The cadence is the mean over so long while the speed is steady. Long windows average the jitter of "
                 "single steps, short ones follow sooner."},
    {.key = "min_window_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_window_s),
     .unit = "s",
     .def = 4,
     .min = 3,
     .max = 10,
     .sentence =
         "The first cadence after a start needs this much signal, and while the speed changes the mean is over no "
         "more."},
    {.key = "min_spm",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_spm),
     .unit = "steps/min",
     .def = 40,
     .min = 40,
     .max = 120,
     .sentence = "Lowest cadence looked for."},
    {.key = "max_spm",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, max_spm),
     .unit = "steps/min",
     .def = 240,
     .min = 150,
     .max = 240,
     .sentence = "Highest cadence looked for."},
    {.key = "still_m_s2",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, still_m_s2),
     .unit = "m/s2",
     .def = 0.5,
     .min = 0.05,
     .max = 3,
     .sentence =
         "The runner stands still while the RMS of the vertical acceleration is below this; a regular slow walk "
         "counts from half of it."},
    {.key = "belt_m_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, belt_m_s),
     .unit = "m/s",
     .def = 0,
     .min = 0,
     .max = 12,
     .sentence = "The belt's speed at the start, for step lengths; 0: not known. `poisectl speed` tells another."},
    {.key = "min_confidence",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_confidence),
     .def = 0.35,
     .min = 0,
     .max = 1,
     .sentence = "Below this confidence the cadence is null. It is about the chance of being within 2 steps/min."},
};
const size_t n_gait_settings = sizeof gait_settings / sizeof *gait_settings;

int gait_create(struct gait **out, const struct gait_params *params)
{
    struct gait *g = *out = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    g->params = *params;
    g->phase_channel = -1;
    g->activity = ACTIVITY_UNKNOWN;
    channel_design(&g->fir);
    step_phase_reset(&g->phase);
    belief_reset(&g->belief);
    int rc = cadence_create(&g->spectra);
    if (rc == 0)
        rc = strides_create(&g->strides);
    if (params->belt_m_s > 0)
        g->strides.running.speed_m_s = params->belt_m_s;
    if (rc != 0) {
        gait_destroy(g);
        *out = NULL;
    }
    return rc;
}

void gait_destroy(struct gait *g)
{
    if (!g)
        return;
    strides_destroy(&g->strides);
    cadence_destroy(&g->spectra);
    free(g);
}

static void restart(struct gait *g)
{
    memset(g->channel, 0, sizeof g->channel);
    g->blocks = 0;
    g->step_hz = 0;
    g->moving = false;
    g->moving_since = 0;
    g->doubtful = 0;
    belief_reset(&g->belief);
    g->phase_channel = -1;
    g->activity = ACTIVITY_UNKNOWN;
    step_phase_reset(&g->phase);
}

static double step_turns(const struct gait *g)
{
    return g->phase_channel >= 0 && gait_is_foot(g->phase_channel) ? 2 * g->phase.turns : g->phase.turns;
}

// A trunk site's channel; NULL when it was never worn.
static const struct channel *channel_of(const struct gait *g, int site)
{
    for (int c = 0; c < N_TRUNK; c++)
        if (used_sites[c] == site && g->worn & SITE_BIT(site))
            return &g->channel[c];
    return NULL;
}

void gait_step(struct gait *g, const struct motion *m, struct gait_phase *phase)
{
    if (m->restarted)
        restart(g);
    for (int c = 0; c < N_USED; c++)
        if (m->worn & SITE_BIT(used_sites[c]))
            channel_push(&g->fir, &g->channel[c], g->blocks, m, used_sites[c]);
    g->index = m->index;
    g->blocks++;
    if (g->phase_channel >= 0) {
        double per_period = gait_is_foot(g->phase_channel) ? 2 : 1;
        float x = g->channel[g->phase_channel].ring[(g->blocks - 1) % CHANNEL_RING];
        step_phase_step(&g->phase, g->step_hz / per_period, (double)x);
    }
    if ((m->index + 1) % HOP_FRAMES == 0)
        gait_analyse(g);
    *phase = (struct gait_phase){
        .moving = g->step_hz > 0, .step_hz = (float)g->step_hz, .step_turns = step_turns(g), .activity = g->activity};
    g->worn = m->worn;
    strides_step(&g->strides, m, phase);
    g->summary_pending = g->summary_pending || (m->index + 1) % SUMMARY_FRAMES == 0;
}

bool gait_pull(struct gait *g, struct cadence_result *result, int64_t *index)
{
    if (!g->pending)
        return false;
    *result = g->result;
    *index = g->result_index;
    g->pending = false;
    return true;
}

bool gait_pull_contact(struct gait *g, struct contact_result *result, double *frame)
{
    return strides_pull_contact(&g->strides, result, frame);
}

bool gait_pull_step(struct gait *g, struct step_result *result, double *frame)
{
    return strides_pull_step(&g->strides, result, frame);
}

bool gait_pull_summary(struct gait *g, struct gait_result *result, int64_t *index)
{
    if (!g->summary_pending)
        return false;
    g->summary_pending = false;
    const struct channel *sacrum = channel_of(g, SITE_SACRUM);
    running_summary(&g->strides.running, (double)g->index, channel_of(g, SITE_HEAD),
                    sacrum ? sacrum : channel_of(g, SITE_T12), g->blocks, result);
    *index = g->index;
    return true;
}

bool gait_sides_differ(const struct gait *g)
{
    return running_sides_differ(&g->strides.running);
}

void gait_set_speed(struct gait *g, double speed_m_s)
{
    g->strides.running.speed_m_s = speed_m_s > 0 ? speed_m_s : NAN;
}

void gait_set_leg_length(struct gait *g, double leg_length_m)
{
    g->strides.running.leg_length_m = leg_length_m;
}
