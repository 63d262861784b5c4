// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/gait.h"

#include "gait/cadence.h"
#include "gait/channel.h"
#include "gait/step_phase.h"
#include "gait/steps.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define N_TRUNK           6
#define N_USED            (N_TRUNK + 2)
#define HOP_FRAMES        250
#define RMS_BLOCKS        150   // 1.5 s: how fast a stop is noticed
#define COVERAGE          0.9F  // share of a window that must be measured
#define FLIGHT_M_S2       -7.0F // acceleration (gravity removed) of flight; brisk walking hardly comes near it
#define FLIGHT_ENTER      0.05F // share of the time below it
#define FLIGHT_LEAVE      0.02F
#define RUN_MIN_HZ        2.15 // nobody runs at fewer than 129 steps a minute; going down stairs may look like flight
#define CHANGE            0.03 // by which spectrum and counted steps may differ before the speed counts as changing
#define CHANGE_CONFIDENCE 0.6F
#define DOUBT_HOPS        8   // 2 s
#define FOOT_RUN_HZ       2.4 // without a trunk site the cadence alone has to tell

// In order of preference; the sacrum is nearest to the centre of mass.
static const int used_sites[N_USED] = {SITE_SACRUM,  SITE_T12,  SITE_C7,        SITE_STERNUM,
                                       SITE_ABDOMEN, SITE_HEAD, SITE_FOOT_LEFT, SITE_FOOT_RIGHT};
static const float site_weight[N_USED] = {2, 1.5F, 1, 1, 0.5F, 0.5F, 1, 1};

struct gait {
    struct gait_params params;
    struct fir fir;
    struct cadence_spectra spectra;
    struct channel channel[N_USED];
    uint64_t blocks; // since the start, index into the rings
    int64_t index;   // last frame of the latest block
    struct step_phase phase;
    struct steps steps;
    int phase_channel;          // the channel the phase follows, -1 for none
    double step_hz;             // tracked, 0 when not moving
    int doubtful;               // analyses in a row without a clear line
    double turns[CHANNEL_RING]; // step phase at each block
    uint64_t tracked;           // blocks since tracking began
    int activity;
    bool pending;
    struct cadence_result result;
    int64_t result_index;
};

const struct setting gait_settings[] = {
    {.key = "window_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, window_s),
     .unit = "s",
     .def = 6,
     .min = 3,
     .max = 10,
     .sentence = "Length of the spectrum's window. Long windows average the jitter of single steps, short ones follow "
                 "changes of speed sooner."},
    {.key = "min_window_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_window_s),
     .unit = "s",
     .def = 4,
     .min = 3,
     .max = 10,
     .sentence = "The first cadence after a start needs this much signal."},
    {.key = "min_spm",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_spm),
     .unit = "steps/min",
     .def = 60,
     .min = 40,
     .max = 120,
     .sentence = "Lowest cadence looked for."},
    {.key = "max_spm",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, max_spm),
     .unit = "steps/min",
     .def = 240,
     .min = 150,
     .max = 260,
     .sentence = "Highest cadence looked for."},
    {.key = "still_m_s2",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, still_m_s2),
     .unit = "m/s2",
     .def = 0.5,
     .min = 0.05,
     .max = 3,
     .sentence = "The runner stands still while the RMS of the vertical acceleration is below this."},
    {.key = "min_confidence",
     .type = SETTING_REAL,
     .offset = offsetof(struct gait_params, min_confidence),
     .def = 0.35,
     .min = 0,
     .max = 1,
     .sentence = "Below this confidence the cadence is null."},
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
    steps_reset(&g->steps);
    step_phase_reset(&g->phase);
    int rc = cadence_create(&g->spectra);
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
    cadence_destroy(&g->spectra);
    free(g);
}

static void restart(struct gait *g)
{
    memset(g->channel, 0, sizeof g->channel);
    g->blocks = 0;
    g->step_hz = 0;
    g->phase_channel = -1;
    g->activity = ACTIVITY_UNKNOWN;
    step_phase_reset(&g->phase);
}

static bool is_foot(int channel)
{
    return channel >= N_TRUNK;
}

// Fills the fused spectrum from the trunk, or from the feet when no trunk site is measured. Returns how many sites.
static int fuse(struct gait *g, int n, bool feet)
{
    float window[CHANNEL_RING];
    cadence_begin(&g->spectra);
    for (int c = 0; c < N_USED; c++)
        if (is_foot(c) == feet && channel_window(&g->channel[c], g->blocks, n, window) >= COVERAGE)
            cadence_add(&g->spectra, window, n, site_weight[c]);
    return g->spectra.n_sites;
}

// The best measured channel over the last n blocks, -1 when there is none.
static int primary_channel(const struct gait *g, int n, float *window)
{
    for (int c = 0; c < N_USED; c++)
        if (channel_window(&g->channel[c], g->blocks, n, window) >= COVERAGE)
            return c;
    return -1;
}

static float rms_about_mean(const float *x, int n)
{
    float mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / (float)n;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrtf(sum / (float)n);
}

static int walk_or_run(const struct gait *g, const float *x, int n, bool foot)
{
    int flight = 0;
    for (int i = 0; i < n; i++)
        flight += x[i] < FLIGHT_M_S2;
    if (foot || g->step_hz < RUN_MIN_HZ) // a foot cannot show the flight of the body
        return g->step_hz > FOOT_RUN_HZ ? ACTIVITY_RUN : ACTIVITY_WALK;
    float share = (float)flight / (float)n;
    return share > (g->activity == ACTIVITY_RUN ? FLIGHT_LEAVE : FLIGHT_ENTER) ? ACTIVITY_RUN : ACTIVITY_WALK;
}

static void follow(struct gait *g, int channel, double step_hz)
{
    if (channel != g->phase_channel || g->step_hz == 0) {
        double turns = g->phase.turns;
        step_phase_reset(&g->phase);
        g->phase.carrier_turns = g->phase.turns = turns; // phase stays continuous for those who cancel gait with it
        g->phase_channel = channel;
    }
    g->step_hz = step_hz;
}

static void stop(struct gait *g, int activity)
{
    g->step_hz = 0;
    g->doubtful = 0;
    g->tracked = 0;
    g->phase_channel = -1;
    g->activity = activity;
}

// While the runner changes speed the window holds no single line, and the spectrum shows the stronger end of the
// change. What a steady line stands for, the mean step rate of the window, is then taken from the counted phase, and
// the confidence is capped.
static void count_through_change(const struct gait *g, int n, struct cadence_result *r)
{
    if (g->tracked < (uint64_t)n)
        return;
    double from = g->turns[(g->blocks - (uint64_t)n) % CHANNEL_RING], to = g->turns[(g->blocks - 1) % CHANNEL_RING];
    double counted_spm = 60 * (to - from) * MOTION_RATE_HZ / (n - 1);
    if (fabs(counted_spm / (double)r->cadence_spm - 1) < CHANGE || counted_spm < g->params.min_spm ||
        counted_spm > g->params.max_spm)
        return;
    r->cadence_spm = (float)counted_spm;
    r->confidence = fminf(r->confidence, CHANGE_CONFIDENCE);
}

static void analyse(struct gait *g)
{
    struct cadence_result *r = &g->result;
    *r = (struct cadence_result){
        .cadence_spm = NAN, .step_cadence_spm = NAN, .confidence = NAN, .window_s = NAN, .activity = ACTIVITY_UNKNOWN};
    g->result_index = g->index;
    g->pending = true;

    float window[CHANNEL_RING];
    int recent = g->blocks < RMS_BLOCKS ? (int)g->blocks : RMS_BLOCKS;
    int primary = recent >= RMS_BLOCKS ? primary_channel(g, recent, window) : -1;
    if (primary < 0) {
        stop(g, ACTIVITY_UNKNOWN);
        return;
    }
    // A swinging foot is measured in rad/s or without gravity removed; both are far above the limit when it moves.
    if ((double)rms_about_mean(window, recent) < g->params.still_m_s2) {
        stop(g, ACTIVITY_STILL);
        *r = (struct cadence_result){.cadence_spm = 0,
                                     .step_cadence_spm = 0,
                                     .confidence = 1,
                                     .window_s = (float)recent / 100,
                                     .activity = ACTIVITY_STILL};
        g->result_index -= CHANNEL_DELAY + recent * FRAME_BLOCK_LEN / 2;
        return;
    }
    int longest = (int)(g->params.window_s * MOTION_RATE_HZ);
    int n = g->blocks < (uint64_t)longest ? (int)g->blocks : longest;
    if (n < (int)(g->params.min_window_s * MOTION_RATE_HZ))
        return;
    bool feet = fuse(g, n, false) == 0;
    if (feet && fuse(g, n, true) == 0) {
        stop(g, ACTIVITY_UNKNOWN);
        return;
    }
    double steps = feet ? 2 : 1; // steps per period of the fundamental
    struct cadence_peak peak =
        cadence_find(&g->spectra, g->params.min_spm / 60 / steps, g->params.max_spm / 60 / steps, g->step_hz / steps);
    r->window_s = (float)n / 100;
    r->confidence = (float)peak.confidence;
    g->result_index -= CHANNEL_DELAY + n * FRAME_BLOCK_LEN / 2;
    if (peak.hz == 0 || peak.confidence < g->params.min_confidence) {
        // A stumble or a change from walk to run: go on counting for a while before giving up the phase.
        if (g->step_hz == 0 || ++g->doubtful > DOUBT_HOPS)
            stop(g, ACTIVITY_UNKNOWN);
        return;
    }
    g->doubtful = 0;
    follow(g, primary, peak.hz * steps);
    g->activity = walk_or_run(g, window, recent, is_foot(primary));
    r->cadence_spm = (float)(60 * g->step_hz);
    count_through_change(g, n, r);
    r->step_cadence_spm = step_phase_cadence_spm(&g->phase);
    if (is_foot(primary))
        r->step_cadence_spm *= 2;
    r->activity = g->activity;
}

static double step_turns(const struct gait *g)
{
    return g->phase_channel >= 0 && is_foot(g->phase_channel) ? 2 * g->phase.turns : g->phase.turns;
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
        double per_period = is_foot(g->phase_channel) ? 2 : 1;
        float x = g->channel[g->phase_channel].ring[(g->blocks - 1) % CHANNEL_RING];
        step_phase_step(&g->phase, g->step_hz / per_period, (double)x);
    }
    g->turns[(g->blocks - 1) % CHANNEL_RING] = step_turns(g);
    g->tracked += g->phase_channel >= 0;
    if ((m->index + 1) % HOP_FRAMES == 0)
        analyse(g);
    *phase = (struct gait_phase){
        .moving = g->step_hz > 0, .step_hz = (float)g->step_hz, .step_turns = step_turns(g), .activity = g->activity};
    steps_step(&g->steps, m, phase);
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
    struct step step;
    if (!steps_pull_contact(&g->steps, &step))
        return false;
    *result = (struct contact_result){.foot = step.foot, .confidence = step.confidence};
    *frame = step.contact_frame;
    return true;
}

bool gait_pull_step(struct gait *g, struct step_result *result, double *frame)
{
    struct step step;
    if (!steps_pull_step(&g->steps, &step))
        return false;
    *frame = step.contact_frame;
    *result = (struct step_result){.foot = step.foot,
                                   .step_time_ms = (float)(step.next_frame - step.contact_frame),
                                   .contact_ms = (float)(step.toe_off_frame - step.contact_frame),
                                   .flight_ms = NAN,
                                   .vertical_oscillation_mm = NAN,
                                   .impact_g = NAN,
                                   .loading_rate_g_s = NAN,
                                   .braking_g = NAN,
                                   .step_length_m = NAN};
    return true;
}
