// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/gait_axis.h"

#include "dsp/vec.h"
#include "frames/output.h"

#include <math.h>
#include <string.h>

#define BLOCK_STEPS 6
#define STRIDE      0 // index of the harmonic: k times half the step frequency is [k - 1]
#define STEP        1
#define STRIDE_3    2
#define STEP_2      3

// A block is sound when it is plain, straight, even gait.
#define VERTICAL_MIN_M_S2 0.8  // at the step frequency; good walking has 1 to 5, running 5 to 15
#define FORE_AFT_MIN_M_S2 0.35 // pelvis to C7 have 1 to 2.7, a head 0.6
#define SHARE_MIN         0.9
#define TURN_MAX_DEG      12.0 // over the block: a curve mixes the axes
#define UNEVEN_MAX        0.25 // longest minus shortest step, of their mean
#define STEP_SHARE_MIN    0.3  // of the vertical's power in the step and its double
#define FRAME_S           0.01
#define FRAMES_MAX        1000 // six steps slower than this are no gait

// The blocks together are believed when they agree with each other and with what else shows the axis.
#define SPREAD_MAX_DEG   6.0
#define LEVEL_MAX_DEG    10.0 // between the whole force's axis and that of its part in quadrature
#define WITNESS_MAX_DEG  12.0
#define LARGEST_TURN_DEG 40.0 // more is a mount that is wrong, or stairs
#define BLOCKS_MAX       60   // then the older half is forgotten

// Standard deviations, degrees, for weighing gait against the mount.
#define MOUNT_SD    8.0 // how well a sensor is put on
#define WALK_SD     3.0 // measured against the direction of travel
#define RUN_SD      5.0
#define SHOULDER_SD 6.0

static const uint32_t midline = SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_STERNUM);
static const uint32_t shoulders = SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT);

uint32_t gait_axis_able(void)
{
    return midline | shoulders; // a head looks about, a belly and a pack swing on their own
}

void gait_axis_reset(struct gait_axis *g)
{
    memset(g, 0, sizeof *g);
}

void gait_axis_forget(struct gait_axis *g, int s)
{
    memset(&g->site[s].walk, 0, sizeof g->site[s].walk);
    memset(&g->site[s].run, 0, sizeof g->site[s].run);
    g->whole &= ~SITE_BIT(s); // the current block too
}

static void begin_block(struct gait_axis *g, const struct gait_phase *phase, uint32_t wanted)
{
    g->frames = 0;
    g->from_turns = phase->step_turns;
    g->activity = phase->activity;
    memset(g->carrier, 0, sizeof g->carrier);
    g->step_frames = g->longest = 0;
    g->shortest = FRAMES_MAX;
    g->whole = wanted;
    for (int s = 0; s < N_SITES; s++)
        if (wanted & SITE_BIT(s)) {
            memset(g->site[s].signal, 0, sizeof g->site[s].signal);
            g->site[s].turn_rad = 0;
        }
}

static void add_signal(struct axis_signal *signal, double x, const struct axis_complex phase[AXIS_HARMONICS])
{
    signal->sum += x;
    signal->squared += x * x;
    for (int k = 0; k < AXIS_HARMONICS; k++) {
        signal->at[k].re += x * phase[k].re;
        signal->at[k].im += x * phase[k].im;
    }
}

static void add_frame(struct gait_axis *g, const struct motion *m, int s, const struct axis_complex phase[])
{
    double up[3], rate[3], level[4];
    const double vertical[3] = {0, 0, 1};
    const float *acc = m->acc_level[s];
    for (int i = 0; i < 3; i++) {
        up[i] = (double)m->up[s][i];
        rate[i] = (double)m->rate[s][i];
    }
    quat_between(up, vertical, level);
    quat_rotate(level, rate, rate);
    const double x[N_AXIS_SIGNALS] = {(double)acc[0], (double)acc[1], (double)acc[2], rate[0], rate[1]};
    for (int i = 0; i < N_AXIS_SIGNALS; i++)
        add_signal(&g->site[s].signal[i], x[i], phase);
    g->site[s].turn_rad += rate[2] * FRAME_S;
}

// Complex amplitude over the block; the mean is taken out exactly though the block need not be whole periods.
static struct axis_complex amplitude(const struct gait_axis *g, const struct axis_signal *signal, int k)
{
    double n = g->frames, mean = signal->sum / n;
    return (struct axis_complex){2 / n * (signal->at[k].re - mean * g->carrier[k].re),
                                 2 / n * (signal->at[k].im - mean * g->carrier[k].im)};
}

static void outer(const struct axis_complex a[2], double m[3])
{
    m[0] += a[0].re * a[0].re + a[0].im * a[0].im;
    m[1] += a[0].re * a[1].re + a[0].im * a[1].im;
    m[2] += a[1].re * a[1].re + a[1].im * a[1].im;
}

static double principal(const double m[3])
{
    return 0.5 * atan2(2 * m[1], m[0] - m[2]);
}

static double share_of(const double m[3])
{
    double trace = m[0] + m[2], spread = hypot(m[0] - m[2], 2 * m[1]);
    return trace > 0 ? 0.5 * (1 + spread / trace) : 0.5;
}

// Between two axes (not directions), degrees.
static double apart_deg(double a, double b)
{
    double d = a - b;
    return fabs(d - PI * round(d / PI)) * DEG_PER_RAD;
}

static double power(struct axis_complex a)
{
    return a.re * a.re + a.im * a.im;
}

static void take_site(const struct gait_axis *g, int s, struct axis_evidence *e)
{
    const struct axis_signal *signal = g->site[s].signal;
    struct axis_complex step[2], stride[2], third[2], rate[2];
    for (int i = 0; i < 2; i++) {
        step[i] = amplitude(g, &signal[AXIS_FORCE_X + i], STEP);
        stride[i] = amplitude(g, &signal[AXIS_FORCE_X + i], STRIDE);
        third[i] = amplitude(g, &signal[AXIS_FORCE_X + i], STRIDE_3);
        rate[i] = amplitude(g, &signal[AXIS_RATE_X + i], STEP);
    }
    const struct axis_signal *z = &signal[AXIS_FORCE_Z];
    struct axis_complex vertical = amplitude(g, z, STEP), doubled = amplitude(g, z, STEP_2);
    double mean = z->sum / g->frames, variance = z->squared / g->frames - mean * mean;
    double force[3] = {0}, size = sqrt(power(vertical));
    outer(step, force);
    if (size < VERTICAL_MIN_M_S2 || force[0] + force[2] < FORE_AFT_MIN_M_S2 * FORE_AFT_MIN_M_S2 ||
        share_of(force) < SHARE_MIN || fabs(g->site[s].turn_rad) * DEG_PER_RAD > TURN_MAX_DEG ||
        0.5 * (power(vertical) + power(doubled)) < STEP_SHARE_MIN * variance)
        return;

    double push[2], axis = principal(force);
    for (int i = 0; i < 2; i++) // Im(a conj(v)) / |v|
        push[i] = (step[i].im * vertical.re - step[i].re * vertical.im) / size;
    e->blocks++;
    for (int i = 0; i < 3; i++)
        e->force_step[i] += force[i];
    outer(stride, e->force_stride);
    outer(third, e->force_stride);
    outer(rate, e->rate_step);
    e->push[0] += push[0];
    e->push[1] += push[1];
    e->push_outer[0] += push[0] * push[0];
    e->push_outer[1] += push[0] * push[1];
    e->push_outer[2] += push[1] * push[1];
    e->doubled.re += cos(2 * axis);
    e->doubled.im += sin(2 * axis);
    if (e->blocks < BLOCKS_MAX)
        return;
    e->blocks /= 2;
    for (int i = 0; i < 3; i++) {
        e->force_step[i] /= 2;
        e->force_stride[i] /= 2;
        e->rate_step[i] /= 2;
        e->push_outer[i] /= 2;
    }
    e->push[0] /= 2;
    e->push[1] /= 2;
    e->doubled.re /= 2;
    e->doubled.im /= 2;
}

static void end_block(struct gait_axis *g)
{
    if (g->longest - g->shortest > UNEVEN_MAX * g->frames / BLOCK_STEPS)
        return;
    for (int s = 0; s < N_SITES; s++)
        if (g->whole & SITE_BIT(s))
            take_site(g, s, g->activity == ACTIVITY_RUN ? &g->site[s].run : &g->site[s].walk);
}

bool gait_axis_step(struct gait_axis *g, const struct motion *m, const struct gait_phase *phase, uint32_t wanted)
{
    bool gait = phase->moving && (phase->activity == ACTIVITY_WALK || phase->activity == ACTIVITY_RUN);
    if (!gait || m->restarted || g->frames == 0 || phase->activity != g->activity || g->frames >= FRAMES_MAX) {
        begin_block(g, phase, wanted);
        if (!gait)
            return false;
    }
    g->whole &= wanted & m->valid & m->has_yaw & m->has_level;
    struct axis_complex harmonic[AXIS_HARMONICS];
    double angle = -PI * phase->step_turns; // half the step frequency
    harmonic[0] = (struct axis_complex){cos(angle), sin(angle)};
    for (int k = 1; k < AXIS_HARMONICS; k++)
        harmonic[k] = (struct axis_complex){harmonic[k - 1].re * harmonic[0].re - harmonic[k - 1].im * harmonic[0].im,
                                            harmonic[k - 1].re * harmonic[0].im + harmonic[k - 1].im * harmonic[0].re};
    for (int k = 0; k < AXIS_HARMONICS; k++) {
        g->carrier[k].re += harmonic[k].re;
        g->carrier[k].im += harmonic[k].im;
    }
    for (int s = 0; s < N_SITES; s++)
        if (g->whole & SITE_BIT(s))
            add_frame(g, m, s, harmonic);
    g->frames++;
    g->step_frames++;
    double turns = phase->step_turns - g->from_turns, next = turns + (double)phase->step_hz * FRAME_S;
    if (floor(next) > floor(turns)) { // a step ends here
        g->shortest = g->step_frames < g->shortest ? g->step_frames : g->shortest;
        g->longest = g->step_frames > g->longest ? g->step_frames : g->longest;
        g->step_frames = 0;
    }
    if (next < BLOCK_STEPS)
        return false;
    end_block(g);
    g->frames = 0; // the next frame begins another
    return true;
}

static double near_forward(double axis)
{
    return axis - PI * round(axis / PI);
}

// Agreement of the blocks among themselves, degrees SD.
static double spread_deg(const struct axis_evidence *e)
{
    double length = hypot(e->doubled.re, e->doubled.im) / e->blocks;
    return length > 0 ? 0.5 * sqrt(fmax(-2 * log(fmin(length, 1)), 0)) * DEG_PER_RAD : 90;
}

static bool has_witness(const struct axis_evidence *e, double axis)
{
    double across = axis + PI / 2;
    return apart_deg(principal(e->force_stride), across) <= WITNESS_MAX_DEG ||
           apart_deg(principal(e->rate_step), across) <= WITNESS_MAX_DEG;
}

static bool conclude(const struct axis_evidence *e, int s, bool walking, struct axis_found *found)
{
    if (e->blocks < (walking ? AXIS_BLOCKS : AXIS_BLOCKS_RUN) || spread_deg(e) > SPREAD_MAX_DEG)
        return false;
    double whole = principal(e->force_step), quadrature = principal(e->push_outer), axis;
    if (apart_deg(whole, quadrature) > LEVEL_MAX_DEG)
        return false;
    if ((midline & SITE_BIT(s)) && !has_witness(e, whole))
        return false;
    if (walking) // the mean of both axes
        axis = near_forward(whole + 0.5 * near_forward(quadrature - whole));
    else
        axis = near_forward(atan2(e->push[1], e->push[0]));
    double along = (e->push[0] * cos(axis) + e->push[1] * sin(axis)) * (walking ? 1 : -1);
    found->from_walking = walking;
    found->share = (float)share_of(e->force_step);
    found->reversed = along < 0;
    if (!found->reversed && fabs(axis) * DEG_PER_RAD > LARGEST_TURN_DEG)
        return false;
    double base = (shoulders & SITE_BIT(s)) ? SHOULDER_SD : walking ? WALK_SD : RUN_SD, spread = spread_deg(e);
    double variance = spread * spread / e->blocks + base * base;
    found->turn_rad = axis * MOUNT_SD * MOUNT_SD / (MOUNT_SD * MOUNT_SD + variance);
    return true;
}

bool gait_axis_find(const struct gait_axis *g, int s, struct axis_found *found)
{
    return conclude(&g->site[s].walk, s, true, found) || conclude(&g->site[s].run, s, false, found);
}

float gait_axis_progress(const struct gait_axis *g, uint32_t sites)
{
    float best = 0;
    for (int s = 0; s < N_SITES; s++)
        if (sites & SITE_BIT(s)) {
            float walk = (float)g->site[s].walk.blocks / AXIS_BLOCKS,
                  run = (float)g->site[s].run.blocks / AXIS_BLOCKS_RUN;
            best = fmaxf(best, fmaxf(walk, run));
        }
    return fminf(best, 1);
}
