// SPDX-License-Identifier: GPL-3.0-or-later
#include "orient/site_filter.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define BLOCK_HZ    (1000.0 / FRAME_BLOCK_LEN)
#define FRAME_S     0.001
#define SINGLE_Q    0.70710678118654752
#define REST_CUT_HZ 0.5
#define REST_SETTLE 50 // blocks before the rest filters mean anything
#define LOSE_AFTER  50 // a site without acceleration for half a second starts anew

#define CLIP_HIDES   0.25  // share of full scale by which a clipped rate is taken to have been beyond it
#define GAP_HIDES    0.5   // share of the last rate by which a sensor may have turned on while nothing came
#define HIDE_LIMIT   0.035 // rad that may be hidden before the level is given up: 2 degrees
#define HIDE_FORGET  0.997 // per block: forgotten in about 3 s, as gravity corrects it
#define HIDE_LEAST   1e-6  // below it nothing is left, before it is too small a number to be computed with quickly
#define RELEVEL_KEEP 50    // blocks of averaging that what was known of gravity is still worth then
#define ROUGH_BLOCKS 150   // so long it takes to average over at least two strides
#define CALM_START   10    // so many calm blocks at the start show the level at once
#define CALM_RATE    0.35  // rad/s, bias included

void orient_prepare(struct orient_coeffs *c, const struct orient_params *p)
{
    // VQF's time constant: the Butterworth whose step response has this rise, cut = sqrt(2) / (2 pi tau).
    const double per_tau = 0.22507907903927651; // sqrt(2) / (2 pi)
    c->acc_low_pass = biquad_low_pass(BLOCK_HZ, per_tau / p->acc_tau_s, SINGLE_Q);
    c->acc_only_low_pass = biquad_low_pass(BLOCK_HZ, per_tau / p->acc_only_tau_s, SINGLE_Q);
    c->rest_low_pass = biquad_low_pass(BLOCK_HZ, REST_CUT_HZ, SINGLE_Q);
    c->acc_settle_blocks = p->acc_tau_s * BLOCK_HZ;
    c->acc_only_settle_blocks = p->acc_only_tau_s * BLOCK_HZ;
    c->rest_rate = p->rest_rate_deg_s / DEG_PER_RAD;
    c->rest_acc = p->rest_acc_m_s2;
    c->bias_clip = p->bias_clip_deg_s / DEG_PER_RAD;
    c->rest_min_blocks = (int)(p->rest_min_s * BLOCK_HZ);
    c->quiet_gain = 1 / fmax(p->acc_only_tau_s * BLOCK_HZ, 1);
    bias_prepare(&c->bias, p, BLOCK_HZ);
}

void orient_reset(const struct orient_coeffs *c, struct orient_state *s)
{
    struct bias_state bias = s->bias;
    bool knew = s->ever_ran;
    memset(s, 0, sizeof *s);
    s->q_inertial_from_sensor[0] = s->q_world_from_inertial[0] = 1;
    s->bias = bias; // survives an interruption, its certainty less so
    s->ever_ran = knew;
    bias_reset(&c->bias, &s->bias, knew);
}

// Butterworth with a plain average in front, so that the first second is not a step response from zero.
static void low_pass(const struct biquad *c, double settle, struct orient_state *s, const double x[3])
{
    s->acc_blocks++;
    for (int i = 0; i < 3; i++) {
        if (s->acc_blocks <= settle) {
            s->acc_sum[i] += x[i];
            s->acc_smooth[i] = s->acc_sum[i] / s->acc_blocks;
            s->acc_filter[i] = biquad_settled(c, s->acc_smooth[i]);
        } else {
            s->acc_smooth[i] = biquad_step(c, &s->acc_filter[i], x[i]);
        }
    }
}

// Turns the world so that the low-passed specific force points up. Gives the force as it stood in the world before;
// false when there is none to go by.
static bool correct_inclination(struct orient_state *s, double force_world[3])
{
    const double *mean = s->acc_smooth;
    double norm = vec3_norm(mean);
    if (!(norm > 1.0)) // a mean specific force below 1 m/s^2 is free fall or a dead sensor, not gravity
        return false;
    double force[3], turn[4], corrected[4];
    for (int i = 0; i < 3; i++)
        force[i] = mean[i] * (1 / norm);
    const double up[3] = {0, 0, 1};
    quat_rotate(s->q_world_from_inertial, force, force_world);
    quat_between(force_world, up, turn);
    quat_multiply(turn, s->q_world_from_inertial, corrected);
    quat_keep_unit(corrected);
    memcpy(s->q_world_from_inertial, corrected, sizeof corrected);
    return true;
}

// Rest: rate and acceleration stay close to their own low-passed values. The low-passed rate is what deviates from zero
// by the bias, so a large bias does not look like motion; only a rate beyond bias_clip counts as motion itself. A slow
// lean looks like rest, too: rest_rate is the low-passed rate less what the equally low-passed gravity turned by.
static bool is_at_rest(const struct orient_coeffs *c, struct orient_state *s, const double rate[3], const double acc[3],
                       double rest_rate[3])
{
    double smooth[6], before[3], deviation_rate = 0, deviation_acc = 0, largest = 0;
    memcpy(before, s->rest_acc, sizeof before);
    if (s->rest_seen++ == 0)
        for (int i = 0; i < 3; i++) {
            s->rest_filter[i] = biquad_settled(&c->rest_low_pass, rate[i]);
            s->rest_filter[i + 3] = biquad_settled(&c->rest_low_pass, acc[i]);
        }
    for (int i = 0; i < 3; i++) {
        double off_rate = rate[i] - (smooth[i] = biquad_step(&c->rest_low_pass, &s->rest_filter[i], rate[i]));
        double off_acc = acc[i] - (smooth[i + 3] = biquad_step(&c->rest_low_pass, &s->rest_filter[i + 3], acc[i]));
        deviation_rate += off_rate * off_rate;
        deviation_acc += off_acc * off_acc;
        largest = fabs(smooth[i]) > largest ? fabs(smooth[i]) : largest;
    }
    bool calm = deviation_rate < c->rest_rate * c->rest_rate && deviation_acc < c->rest_acc * c->rest_acc &&
                largest < c->bias_clip && s->rest_seen > REST_SETTLE;
    s->rest_blocks = calm ? s->rest_blocks + 1 : 0;

    // A fixed direction g in turning axes changes by -w x g: w across g is -(g x dg/dt) / g^2.
    const double *g = &smooth[3];
    double squared = vec3_dot(g, g), per_g = squared > 0 ? BLOCK_HZ / squared : 0;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        rest_rate[i] = smooth[i] - per_g * (g[j] * before[k] - g[k] * before[j]);
    }
    memcpy(s->rest_acc, g, sizeof s->rest_acc);
    return s->rest_blocks >= c->rest_min_blocks;
}

// What a block holds of one site: how many frames of each, all bits that occur, and the means.
struct content {
    int n_acc, n_gyro;
    uint8_t any;
    double rate[3], acc[3]; // rad/s, bias and all; m/s^2, sensor axes
    double force[3];        // m/s^2, inertial frame
};

static void count(const struct site_frames *site, struct content *in)
{
    memset(in, 0, sizeof *in);
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        in->n_acc += (site->valid[f] & FRAME_ACC) != 0;
        in->n_gyro += (site->valid[f] & FRAME_GYRO) != 0;
        in->any |= site->valid[f];
    }
}

// Integrates the rate frame by frame; fills the means.
static void strapdown(struct orient_state *s, struct site_frames *site, double q_frames[FRAME_BLOCK_LEN][4],
                      struct content *in)
{
    double q[4], last[3], rates[3] = {0, 0, 0}, accs[3] = {0, 0, 0}, forces[3] = {0, 0, 0};
    const double bias[3] = {s->bias.bias[0], s->bias.bias[1], s->bias.bias[2]};
    memcpy(q, s->q_inertial_from_sensor, sizeof q);
    memcpy(last, s->last_rate, sizeof last);
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        if (site->valid[f] & FRAME_GYRO) {
            double turn[3], step[4], next[4];
            for (int i = 0; i < 3; i++) {
                double measured = (double)site->gyro[f][i], rate = measured - bias[i];
                rates[i] += measured;
                site->gyro[f][i] = (float)rate;
                turn[i] = (0.5 * FRAME_S) * (last[i] + rate); // from the frame before to this one
                last[i] = rate;
            }
            quat_from_rotation_vector(turn, step);
            quat_multiply(q, step, next);
            memcpy(q, next, sizeof q);
        }
        memcpy(q_frames[f], q, sizeof q_frames[f]);
        if (site->valid[f] & FRAME_ACC) {
            double acc[3] = {(double)site->acc[f][0], (double)site->acc[f][1], (double)site->acc[f][2]}, turned[3];
            quat_rotate(q, acc, turned);
            for (int i = 0; i < 3; i++) {
                accs[i] += acc[i];
                forces[i] += turned[i];
            }
        }
    }
    quat_keep_unit(q);
    memcpy(s->q_inertial_from_sensor, q, sizeof q);
    memcpy(s->last_rate, last, sizeof last);
    double per_acc = in->n_acc > 0 ? 1.0 / in->n_acc : 0, per_gyro = in->n_gyro > 0 ? 1.0 / in->n_gyro : 0;
    for (int i = 0; i < 3; i++) {
        in->rate[i] = rates[i] * per_gyro;
        in->acc[i] = accs[i] * per_acc;
        in->force[i] = forces[i] * per_acc;
    }
}

// A start in motion takes a push for gravity: the level is rough until it is averaged over two strides. One at rest
// shows it at once.
static void watch_start(const struct orient_coeffs *c, struct orient_state *s, const struct content *in)
{
    if (s->calm_start < 0)
        return;
    bool calm = fabs(vec3_norm(in->acc) - GRAVITY) < c->rest_acc && vec3_norm(in->rate) < CALM_RATE;
    s->calm_start = calm && in->n_acc > 0 ? s->calm_start + 1 : -1;
    if (s->calm_start < CALM_START)
        return;
    s->calm_start = -1;
    s->rough_blocks = 0;
}

// Clipped rates turned the sensor further than was measured, and missing ones too. When that may be too much, the past
// forces no longer lie in the same frame as the coming ones: their average begins anew from a shortened memory, and
// with it the bias's.
static void watch_hidden(const struct orient_coeffs *c, struct orient_state *s, const struct site_frames *site,
                         const struct content *in)
{
    s->hidden = s->hidden > HIDE_LEAST ? s->hidden * HIDE_FORGET : 0;
    if (s->rough_blocks > 0)
        s->rough_blocks--;
    for (int f = 0; f < FRAME_BLOCK_LEN && in->any & FRAME_GYRO_CLIPPED; f++)
        if (site->valid[f] & FRAME_GYRO_CLIPPED) {
            const float *rate = site->gyro[f];
            s->hidden +=
                CLIP_HIDES * sqrt((double)(rate[0] * rate[0] + rate[1] * rate[1] + rate[2] * rate[2])) * FRAME_S;
        }
    if (s->hidden < HIDE_LIMIT)
        return;
    int keep = (int)(RELEVEL_KEEP * HIDE_LIMIT / s->hidden); // the less is known of the turn, the less of gravity
    keep = s->acc_blocks < keep ? s->acc_blocks : keep;
    s->hidden = 0;
    s->rough_blocks = ROUGH_BLOCKS;
    for (int i = 0; i < 3; i++)
        s->acc_sum[i] = s->acc_smooth[i] * keep;
    s->acc_blocks = keep;
    bias_reset(&c->bias, &s->bias, true);
}

// What is left of the bias turns the heading of a resting sensor: taken back.
static void hold_heading(struct orient_state *s, const double q_world_from_sensor[4], const double rate[3], int n_gyro)
{
    double in_world[3], turned[4];
    quat_rotate(q_world_from_sensor, rate, in_world);
    const double back[3] = {0, 0, -in_world[2] * n_gyro * FRAME_S};
    double turn[4];
    quat_from_rotation_vector(back, turn);
    quat_multiply(turn, s->q_world_from_inertial, turned);
    memcpy(s->q_world_from_inertial, turned, sizeof turned);
}

// Turns the level, reads the bias, holds the heading; only when there were accelerations.
static void correct(const struct orient_coeffs *c, struct orient_state *s, const struct content *in)
{
    double force_world[3], rest_rate[3], rate[3], q[4], up[3];
    bool rest = is_at_rest(c, s, in->rate, in->acc, rest_rate);
    low_pass(&c->acc_low_pass, c->acc_settle_blocks, s, in->force);
    if (!correct_inclination(s, force_world))
        return;
    quat_multiply(s->q_world_from_inertial, s->q_inertial_from_sensor, q);
    quat_up_in_frame(q, up);
    rest = rest && bias_is_plausible(&s->bias, rest_rate, up);
    for (int i = 0; i < 3; i++)
        rate[i] = in->rate[i] - s->bias.bias[i];
    if (rest)
        hold_heading(s, q, rate, in->n_gyro);
    bias_step(&c->bias, &s->bias, &c->acc_low_pass, c->acc_settle_blocks, q, force_world, rest ? rest_rate : NULL);
}

static void hide_gap(struct orient_state *s, int frames)
{
    s->hidden += GAP_HIDES * vec3_norm(s->last_rate) * FRAME_S * frames;
}

static void step_with_gyro(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site,
                           struct content *in)
{
    double q_frames[FRAME_BLOCK_LEN][4], world[4], q[4];
    if (in->n_gyro < FRAME_BLOCK_LEN)
        hide_gap(s, FRAME_BLOCK_LEN - in->n_gyro);
    strapdown(s, site, q_frames, in);
    watch_start(c, s, in);
    watch_hidden(c, s, site, in);
    if (in->n_acc > 0)
        correct(c, s, in);
    memcpy(world, s->q_world_from_inertial, sizeof world);
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        quat_multiply(world, q_frames[f], q);
        for (int i = 0; i < 4; i++)
            site->q_world_from_sensor[f][i] = (float)q[i];
    }
    const uint8_t bit = s->rough_blocks > 0 ? FRAME_ROUGH : FRAME_ORIENT;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        if (site->valid[f] & FRAME_GYRO)
            site->valid[f] |= bit;
}

static void step_without_gyro(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site,
                              int n_acc)
{
    double acc[3] = {0, 0, 0}, force_world[3], stir = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        if (site->valid[f] & FRAME_ACC)
            for (int i = 0; i < 3; i++)
                acc[i] += (double)site->acc[f][i] / n_acc;
    low_pass(&c->acc_only_low_pass, c->acc_only_settle_blocks, s, acc);
    if (!correct_inclination(s, force_world))
        return;
    for (int i = 0; i < 3; i++)
        stir += (acc[i] - s->acc_smooth[i]) * (acc[i] - s->acc_smooth[i]);
    s->stir += c->quiet_gain * (stir - s->stir);
    bool quiet = s->stir < c->rest_acc * c->rest_acc && s->acc_blocks > REST_SETTLE;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        for (int i = 0; i < 4; i++)
            site->q_world_from_sensor[f][i] = (float)s->q_world_from_inertial[i];
        if (site->valid[f] & FRAME_ACC)
            site->valid[f] |= quiet ? FRAME_INCLINATION : FRAME_ROUGH;
    }
}

void orient_site(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site)
{
    struct content in;
    count(site, &in);
    bool enough = s->running && s->has_gyro ? in.n_gyro > 0 : in.n_acc > 0;
    if (!enough) {
        if (s->running)
            hide_gap(s, FRAME_BLOCK_LEN);
        if (s->running && ++s->lost_blocks > LOSE_AFTER)
            orient_reset(c, s);
        return;
    }
    s->lost_blocks = 0;
    if (!s->running || (in.n_gyro > 0 && !s->has_gyro)) {
        if (in.n_acc == 0)
            return; // without gravity there is no start
        orient_reset(c, s);
        s->running = s->ever_ran = true;
        s->rough_blocks = ROUGH_BLOCKS;
        s->has_gyro = in.n_gyro > 0;
    }
    if (s->has_gyro)
        step_with_gyro(c, s, site, &in);
    else
        step_without_gyro(c, s, site, in.n_acc);
}
