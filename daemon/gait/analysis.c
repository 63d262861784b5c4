// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/gait_state.h"

#include <math.h>
#include <string.h>

#define RECENT_BLOCKS     150  // 1.5 s: how fast a stop is noticed
#define SPECTRUM_BLOCKS   600  // what shall tell one cadence from another must not be much older than the cadence
#define COVERAGE          0.9F // share of a window that must be measured
#define BEND_TURNS        0.08 // of the phase: more, and the rate was not steady over the window
#define DOUBT_HOPS        8    // 2 s
#define LATEST_STEPS      8.0  // for the cadence with the short lag; fewer when the window holds fewer
#define LATEST_LEAST      3.0
#define BIAS              (-6.9)
#define OF_SHARE          4.1
#define OF_BEND           (-1.17)
#define BEND_LEAST        0.005
#define OF_DIP            2.2
#define SLOW_DIP          0.3  // power of the weakest stride against the mean
#define SLOW_CONFIDENCE   0.5F // of a walk that shakes the body less than a fidget
#define FIDGET_CONFIDENCE 0.6F // that one who moves so little stands
#define RUN_ENTER_RMS     6.0  // m/s²: 0.61 g
#define RUN_LEAVE_RMS     5.4
#define FLIGHT_M_S2       (-6.5F) // of 0.05 s together
#define FLIGHT_SMOOTH     5
#define FLIGHT_ENTER      0.03F // share of the time
#define FLIGHT_LEAVE      0.01F
#define RUN_MIN_HZ        2.15 // nobody runs at fewer than 129 steps a minute; going down stairs may look like flight
#define FOOT_RUN_HZ       2.4  // without a trunk site the cadence alone has to tell

static const double site_weight[N_USED] = {2, 1.5, 1, 1, 0.5, 0.5, 1, 1};

// The best measured channel over the last n blocks, -1 when there is none.
static int primary_channel(const struct gait *g, int n, float *window)
{
    for (int c = 0; c < N_USED; c++)
        if (channel_window(&g->channel[c], g->blocks, n, window) >= COVERAGE)
            return c;
    return -1;
}

// Fills the fused spectra from the trunk, or from the feet when no trunk site is measured.
static void fuse(struct gait *g, int n, int primary)
{
    float window[CHANNEL_RING];
    cadence_begin(&g->spectra, n);
    for (int c = 0; c < N_USED; c++)
        if (gait_is_foot(c) == gait_is_foot(primary) &&
            channel_window(&g->channel[c], g->blocks, n, window) >= COVERAGE)
            cadence_add(&g->spectra, CADENCE_STEP, window, site_weight[c]);
    for (int side = 0; side < CHANNEL_SIDES && !gait_is_foot(primary); side++) {
        channel_side_window(&g->channel[primary], side, g->blocks, n, window);
        cadence_add(&g->spectra, CADENCE_STRIDE, window, 1);
    }
    cadence_end(&g->spectra);
}

// The mean step rate over the newest n blocks, or over half of them when the rate changes; n becomes what was taken.
static struct line_fit mean_rate(struct gait *g, double step_hz, int primary, int *n)
{
    float window[CHANNEL_RING];
    bool feet = gait_is_foot(primary);
    line_begin(&g->line, *n, feet ? step_hz / 2 : step_hz, 2 / step_hz);
    for (int c = 0; c < N_USED; c++)
        if (gait_is_foot(c) == feet && channel_window(&g->channel[c], g->blocks, *n, window) >= COVERAGE)
            line_add(&g->line, window, site_weight[c]);
    line_end(&g->line);
    struct line_fit fit = line_fit(&g->line, *n);
    int shorter = (int)(g->params.min_window_s * MOTION_RATE_HZ);
    if (fit.bend_turns > BEND_TURNS && shorter < *n) {
        struct line_fit again = line_fit(&g->line, shorter);
        if (again.hz > 0) {
            fit = again;
            *n = shorter;
        }
    }
    if (feet)
        fit.hz *= 2;
    return fit;
}

static double variance(const float *x, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += (double)x[i] / n;
    for (int i = 0; i < n; i++)
        sum += ((double)x[i] - mean) * ((double)x[i] - mean);
    return sum / n;
}

// Standing, walking slowly or neither is sure: the slowest walk shakes the body less than a fidget, but regularly.
enum calm { CALM_STILL, CALM_DOUBTFUL, CALM_MOVING };

static enum calm calm_of(const struct gait *g, int primary, double rms)
{
    // A swinging foot is measured in rad/s or without gravity removed; both are far above the limit when it moves.
    double limit = g->params.still_m_s2;
    if (rms >= limit)
        return CALM_MOVING;
    return rms > limit / 2 && !gait_is_foot(primary) ? CALM_DOUBTFUL : CALM_STILL;
}

// Running needs flight. A body on a spring that leaves the floor for a tenth of the step has a vertical acceleration of
// 0.61 g RMS, one that just does not leave it 0.48 g; walkers stay below whatever their cadence, but hard heels may
// shake a sensor as much for a moment. In flight the acceleration is -g, if only for some hundredths of a second.
static int walk_or_run(const struct gait *g, const float *x, int n, double rms, bool foot)
{
    bool running = g->activity == ACTIVITY_RUN;
    if (foot) // cannot show the flight of the body
        return g->step_hz > FOOT_RUN_HZ ? ACTIVITY_RUN : ACTIVITY_WALK;
    int flight = 0;
    for (int i = FLIGHT_SMOOTH - 1; i < n; i++) {
        float mean = 0;
        for (int k = 0; k < FLIGHT_SMOOTH; k++)
            mean += x[i - k] / FLIGHT_SMOOTH;
        flight += mean < FLIGHT_M_S2;
    }
    bool shakes = rms > (running ? RUN_LEAVE_RMS : RUN_ENTER_RMS);
    bool flies = flight > (int)((running ? FLIGHT_LEAVE : FLIGHT_ENTER) * (float)n);
    return shakes && flies && g->step_hz > RUN_MIN_HZ ? ACTIVITY_RUN : ACTIVITY_WALK;
}

static void follow(struct gait *g, int channel, double step_hz)
{
    if (channel != g->phase_channel || g->step_hz == 0) {
        double turns = g->phase.turns;
        step_phase_reset(&g->phase);
        g->phase.carrier_turns = g->phase.turns = turns; // continuous for those who cancel gait with it
        g->phase_channel = channel;
    }
    g->step_hz = step_hz;
}

static void forget(struct gait *g, int activity)
{
    g->step_hz = 0;
    g->doubtful = 0;
    g->phase_channel = -1;
    g->activity = activity;
}

static void stand_still(struct gait *g, int recent, float confidence)
{
    forget(g, ACTIVITY_STILL);
    g->result = (struct cadence_result){.cadence_spm = 0,
                                        .step_cadence_spm = 0,
                                        .confidence = confidence,
                                        .window_s = (float)recent / 100,
                                        .activity = ACTIVITY_STILL};
    g->result_index = g->index - CHANNEL_DELAY - recent * FRAME_BLOCK_LEN / 2;
}

// How likely the cadence is within 2 steps/min of the mean rate in its window. Fitted once (logistic regression) to all
// recordings and simulated runs with truth, docs/cadence.md: how much of the power is in the lines, how straight the
// phase is, how weak the weakest stride; then how sure it is that these are the right lines. BIAS was then lowered by
// 0.7 so that it rather says too little of people who are not among them.
static double confidence_of(double sure, double share, const struct line_fit *fit)
{
    double x = BIAS + OF_SHARE * share + OF_BEND * log(fit->bend_turns + BEND_LEAST) + OF_DIP * sqrt(fit->dip);
    return sure / (1 + exp(-x));
}

// From a window of n blocks; false when it holds no clear line.
static bool find_cadence(struct gait *g, int primary, int n, enum calm calm)
{
    struct cadence_result *r = &g->result;
    bool feet = gait_is_foot(primary);
    int from = cadence_candidate(g->params.min_spm / 60), to = cadence_candidate(g->params.max_spm / 60);
    float score[CADENCE_GRID];
    fuse(g, n < SPECTRUM_BLOCKS ? n : SPECTRUM_BLOCKS, primary);
    cadence_scores(&g->spectra, feet, score);
    belief_step(&g->belief, score, from, to);
    int best = belief_best(&g->belief);
    double step_hz = cadence_line(&g->spectra, cadence_hz(best), feet);
    struct line_fit fit = mean_rate(g, step_hz, primary, &n);
    if (fit.hz == 0)
        fit = (struct line_fit){.hz = step_hz, .bend_turns = BEND_TURNS, .dip = 0};
    double sure = belief_near(&g->belief, best), share = cadence_line_share(&g->spectra, step_hz);
    r->window_s = (float)n / 100;
    r->confidence = (float)confidence_of(sure, share, &fit);
    g->result_index -= CHANNEL_DELAY + n * FRAME_BLOCK_LEN / 2;
    // A walk so slow that it might be a fidget has to go on through the whole window, which a stop does not.
    if (calm == CALM_DOUBTFUL && fit.dip < SLOW_DIP)
        return false;
    bool possible = fit.hz * 60 >= g->params.min_spm && fit.hz * 60 <= g->params.max_spm;
    if (!possible || (double)r->confidence < g->params.min_confidence)
        return false;
    follow(g, primary, step_hz);
    r->cadence_spm = (float)(60 * fit.hz);
    double per_turn = feet ? 2 : 1; // steps per turn of the line
    double latest = line_latest(&g->line, LATEST_STEPS / per_turn, LATEST_LEAST / per_turn);
    r->step_cadence_spm = latest > 0 ? (float)(60 * latest * per_turn) : NAN;
    return true;
}

void gait_analyse(struct gait *g)
{
    g->result = (struct cadence_result){
        .cadence_spm = NAN, .step_cadence_spm = NAN, .confidence = NAN, .window_s = NAN, .activity = ACTIVITY_UNKNOWN};
    g->result_index = g->index;
    g->pending = true;

    float window[CHANNEL_RING];
    int recent = g->blocks < RECENT_BLOCKS ? (int)g->blocks : RECENT_BLOCKS;
    int primary = recent >= RECENT_BLOCKS ? primary_channel(g, recent, window) : -1;
    if (primary < 0) {
        forget(g, ACTIVITY_UNKNOWN);
        g->moving = false;
        return;
    }
    double rms = sqrt(variance(window, recent));
    enum calm calm = calm_of(g, primary, rms);
    if (calm == CALM_STILL) {
        g->moving = false;
        stand_still(g, recent, 1);
        return;
    }
    if (!g->moving) {
        g->moving = true;
        g->moving_since = g->blocks - (uint64_t)recent / 2;
        belief_reset(&g->belief);
    }
    int longest = (int)(g->params.window_s * MOTION_RATE_HZ), since = (int)(g->blocks - g->moving_since);
    int n = since < longest ? since : longest;
    bool found = n >= (int)(g->params.min_window_s * MOTION_RATE_HZ) && find_cadence(g, primary, n, calm);
    if (calm == CALM_DOUBTFUL && !(found && g->result.confidence > SLOW_CONFIDENCE)) {
        stand_still(g, recent, FIDGET_CONFIDENCE);
        return;
    }
    g->doubtful = found ? 0 : g->doubtful + 1;
    if (g->step_hz == 0 || g->doubtful > DOUBT_HOPS) { // a stumble or a change from walk to run is over sooner
        forget(g, ACTIVITY_UNKNOWN);
        return;
    }
    g->result.activity = g->activity = walk_or_run(g, window, recent, rms, gait_is_foot(primary));
}
