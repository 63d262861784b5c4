// SPDX-License-Identifier: GPL-3.0-or-later
#include "arms/arms.h"

#include "arms/limb.h"
#include "arms/rhythm.h"
#include "arms/swing.h"
#include "dsp/vec.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HOP_FRAMES       1000
#define MIN_WINDOW_S     5.0
#define MIN_CYCLES       4.0
#define MIN_CYCLE_DEG    3.0  // less is a tremor, a breath, or the sensor
#define LOST_BLOCKS      100  // then another site serves as the thorax
#define HELD_MAX_DEG     15.0 // range of all that an arm does that is held still
#define CROSSING_MIN_DEG 8.0  // of swing: the plane of a smaller one is noise
#define CROSSING_MAX_DEG 60.0 // nobody swings sideways: the sensor sits otherwise than its mount says
#define BOTH_MIN_DEG     4.0  // of both swings together, for comparing them
#define TURN_MIN_DEG     3.0  // of trunk and arms together

enum { LEFT, RIGHT, THORAX, N_LIMBS };

struct arm { // of one wrist, this window
    bool usable, levelled;
    double axis[2];
    float swing[SWING_SAMPLES_MAX]; // rad/s about the axis
    float power[RHYTHM_BINS];
    double sweep_deg;
};

struct arms {
    struct arms_params params;
    struct fir fir;
    struct spectrum *spectrum;
    struct limb limb[N_LIMBS];
    int thorax, thorax_lost; // site, and for how many blocks it has not delivered
    uint64_t blocks;         // since the last restart
    uint64_t moving;         // blocks since the runner began to move
    uint32_t turned;
    struct arm arm[2];
    float rate[SWING_SAMPLES_MAX][3], trunk[SWING_SAMPLES_MAX][3]; // scratch
    float sum[RHYTHM_BINS];
    bool pending;
    struct arms_result result;
    int64_t result_index;
};

const struct setting arms_settings[] = {
    {.key = "window_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct arms_params, window_s),
     .unit = "s",
     .def = 10,
     .min = 6,
     .max = 20,
     .sentence = "Over this time the swing of the arms is measured. Small values follow a change, large ones average "
                 "more cycles."},
    {.key = "min_regularity",
     .type = SETTING_REAL,
     .offset = offsetof(struct arms_params, min_regularity),
     .def = 0.7,
     .min = 0,
     .max = 1,
     .sentence = "How much an arm's movement must repeat from cycle to cycle, as a correlation. Small values take "
                 "gestures for a swing, large ones lose an uneven swing."},
};
const size_t n_arms_settings = sizeof arms_settings / sizeof *arms_settings;

static const int wrist[] = {SITE_WRIST_LEFT, SITE_WRIST_RIGHT};
static const int thorax_sites[] = {SITE_C7, SITE_T12, SITE_STERNUM};

static void restart(struct arms *a)
{
    for (int i = 0; i < N_LIMBS; i++)
        limb_reset(&a->limb[i]);
    a->blocks = 0;
}

int arms_create(struct arms **out, const struct arms_params *params)
{
    struct arms *a = *out = calloc(1, sizeof *a);
    if (!a)
        return -ENOMEM;
    a->params = *params;
    a->thorax = SITE_C7;
    a->thorax_lost = LOST_BLOCKS;
    limb_design(&a->fir);
    int rc = spectrum_create(&a->spectrum, RHYTHM_FFT);
    if (rc != 0) {
        arms_destroy(a);
        *out = NULL;
    }
    return rc;
}

void arms_destroy(struct arms *a)
{
    if (!a)
        return;
    spectrum_destroy(a->spectrum);
    free(a);
}

// Keeps to one site for the thorax while it delivers.
static void choose_thorax(struct arms *a, const struct motion *m)
{
    a->thorax_lost = m->has_yaw & SITE_BIT(a->thorax) ? 0 : a->thorax_lost + 1;
    if (a->thorax_lost <= LOST_BLOCKS)
        return;
    for (size_t i = 0; i < sizeof thorax_sites / sizeof *thorax_sites; i++)
        if (m->has_yaw & SITE_BIT(thorax_sites[i])) {
            a->thorax = thorax_sites[i];
            a->thorax_lost = 0;
            limb_reset(&a->limb[THORAX]);
            return;
        }
}

// The horizontal rate of one wrist against the thorax, reduced to the axis that it swings about. Without gravity at the
// wrist its own x and y serve, which are across the forearm: turning the palm does not count.
static void reduce_arm(struct arms *a, int which, uint64_t at, int n, bool has_trunk)
{
    struct arm *arm = &a->arm[which];
    arm->sweep_deg = NAN;
    arm->usable = limb_window(&a->limb[which], at, n, a->rate, &arm->levelled);
    if (!arm->usable)
        return;
    for (int j = 0; j < n && arm->levelled && has_trunk; j++)
        for (int i = 0; i < 2; i++)
            a->rate[j][i] -= a->trunk[j][i];
    swing_axis(a->rate, n, arm->axis);
    for (int j = 0; j < n; j++)
        arm->swing[j] = (float)(arm->axis[0] * (double)a->rate[j][0] + arm->axis[1] * (double)a->rate[j][1]);
    rhythm_power(a->spectrum, arm->swing, n, arm->power);
    rhythm_add(a->sum, arm->power);
}

// Positive: the plane of the swing is turned inward, the hand goes to the middle as it goes forward.
static float crossing_deg(const struct arm *arm, int which)
{
    double left = atan2(-arm->axis[0], arm->axis[1]) * DEG_PER_RAD;
    double inward = which == LEFT ? -left : left;
    bool known = arm->levelled && arm->sweep_deg >= CROSSING_MIN_DEG && fabs(inward) <= CROSSING_MAX_DEG;
    return known ? (float)inward : NAN;
}

// The trunk's share in what trunk and arms turn: 1 when the arms go with the trunk as one piece.
static float stiffness(struct arms *a, int n, double cycle_hz)
{
    double arms = 0, turn;
    int count = 0;
    for (int i = 0; i < 2; i++)
        if (isfinite(a->arm[i].sweep_deg) && a->arm[i].levelled) {
            arms += a->arm[i].sweep_deg;
            count++;
        }
    if (count == 0)
        return NAN;
    arms /= count;
    float *yaw = a->arm[LEFT].swing; // no longer needed
    for (int j = 0; j < n; j++)
        yaw[j] = a->trunk[j][2];
    turn = swing_sweep(yaw, n, LIMB_RATE_HZ, cycle_hz) * DEG_PER_RAD;
    return turn + arms >= TURN_MIN_DEG ? (float)(turn / (turn + arms)) : NAN;
}

static bool has_cycle(const struct arms *a, const struct arm *arm, int n, double cycle_hz)
{
    return cycle_hz * n / LIMB_RATE_HZ >= MIN_CYCLES &&
           rhythm_range(arm->power, cycle_hz) * DEG_PER_RAD >= MIN_CYCLE_DEG &&
           rhythm_regularity(arm->swing, n, cycle_hz) >= a->params.min_regularity;
}

// Walking or running through the whole window, an arm that hardly moves: what of it belongs to the stride. An arm that
// moves much without a cycle has other things to do, and the window may hold two gaits: then nothing is known.
static double held_sweep_deg(const struct arms *a, const struct arm *arm, int n, const struct gait_phase *phase)
{
    double squared = 0, stride_hz = (double)phase->step_hz / 2;
    if (a->moving < (uint64_t)n * LIMB_BLOCKS)
        return NAN;
    for (int j = 0; j < n; j++)
        squared += (double)arm->swing[j] * (double)arm->swing[j] / n;
    double all = 2 * sqrt(2 * squared) / (2 * PI * stride_hz) * DEG_PER_RAD;
    return all <= HELD_MAX_DEG ? rhythm_range(arm->power, stride_hz) * DEG_PER_RAD : NAN;
}

static void forget(struct arms_result *r)
{
    r->swing_left_deg = r->swing_right_deg = r->asymmetry_pct = NAN;
    r->crossing_left_deg = r->crossing_right_deg = r->stiffness = r->rate_hz = NAN;
}

static void measure(struct arms *a, uint64_t at, int n, const struct gait_phase *phase, struct arms_result *r)
{
    bool trunk_levelled, has_trunk = limb_window(&a->limb[THORAX], at, n, a->trunk, &trunk_levelled) && trunk_levelled;
    memset(a->sum, 0, sizeof a->sum);
    for (int i = 0; i < 2; i++)
        reduce_arm(a, i, at, n, has_trunk);
    double cycle_hz = rhythm_find(a->sum);
    float swing[2] = {NAN, NAN}, crossing[2] = {NAN, NAN};
    bool any = false;
    for (int i = 0; i < 2; i++) {
        struct arm *arm = &a->arm[i];
        if (!arm->usable)
            continue;
        bool regular = has_cycle(a, arm, n, cycle_hz);
        arm->sweep_deg = regular ? swing_sweep(arm->swing, n, LIMB_RATE_HZ, cycle_hz) * DEG_PER_RAD
                                 : held_sweep_deg(a, arm, n, phase);
        any = any || (regular && isfinite(arm->sweep_deg));
        swing[i] = (float)arm->sweep_deg;
        crossing[i] = regular ? crossing_deg(arm, i) : NAN;
    }
    r->swing_left_deg = swing[LEFT];
    r->swing_right_deg = swing[RIGHT];
    float both = swing[LEFT] + swing[RIGHT];
    r->asymmetry_pct = both >= (float)BOTH_MIN_DEG ? 200 * (swing[LEFT] - swing[RIGHT]) / both : NAN;
    r->crossing_left_deg = crossing[LEFT];
    r->crossing_right_deg = crossing[RIGHT];
    r->rate_hz = any ? (float)cycle_hz : NAN;
    if (has_trunk && (any || phase->moving)) // without a sweep it is NaN
        r->stiffness = stiffness(a, n, any ? cycle_hz : (double)phase->step_hz / 2);
}

void arms_step(struct arms *a, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted || m->turned != a->turned)
        restart(a);
    a->turned = m->turned;
    choose_thorax(a, m);
    bool store = a->blocks % LIMB_BLOCKS == LIMB_BLOCKS - 1;
    uint64_t at = a->blocks / LIMB_BLOCKS;
    for (int i = 0; i < N_LIMBS; i++)
        limb_push(&a->fir, &a->limb[i], m, i == THORAX ? a->thorax : wrist[i], store, at);
    a->blocks++;
    a->moving = phase->moving ? a->moving + 1 : 0;
    if ((m->index + 1) % HOP_FRAMES != 0)
        return;
    // The filter's first outputs are of a line that is not full yet.
    uint64_t filled = a->blocks > 2 * LIMB_DELAY ? (a->blocks - 2 * LIMB_DELAY) / LIMB_BLOCKS : 0;
    int n = (int)fmin((double)filled, a->params.window_s * LIMB_RATE_HZ);
    forget(&a->result);
    if (n >= MIN_WINDOW_S * LIMB_RATE_HZ && phase->activity != ACTIVITY_STILL)
        measure(a, a->blocks / LIMB_BLOCKS, n, phase, &a->result);
    const int frames_per_sample = LIMB_BLOCKS * FRAME_BLOCK_LEN;
    a->result_index = m->index - (n / 2) * frames_per_sample - LIMB_DELAY * FRAME_BLOCK_LEN;
    a->pending = true;
}

bool arms_pull(struct arms *a, struct arms_result *result, int64_t *index)
{
    if (!a->pending)
        return false;
    *result = a->result;
    *index = a->result_index;
    a->pending = false;
    return true;
}
