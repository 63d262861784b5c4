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
    bias_prepare(&c->bias, BLOCK_HZ, c->bias_clip);
}

void orient_reset(const struct orient_coeffs *c, struct orient_state *s)
{
    struct bias_state bias = s->bias;
    bool knew = s->running;
    memset(s, 0, sizeof *s);
    s->q_inertial_from_sensor[0] = s->q_world_from_inertial[0] = 1;
    s->bias = bias; // survives an interruption, its certainty less so
    bias_reset(&c->bias, &s->bias, knew);
}

// Butterworth with a plain average in front, so that the first second is not a step response from zero.
static void low_pass(const struct biquad *c, double settle, struct orient_state *s, const double x[3], double out[3])
{
    s->acc_blocks++;
    for (int i = 0; i < 3; i++) {
        if (s->acc_blocks <= settle) {
            s->acc_sum[i] += x[i];
            out[i] = s->acc_sum[i] / s->acc_blocks;
            s->acc_filter[i] = biquad_settled(c, out[i]);
        } else {
            out[i] = biquad_step(c, &s->acc_filter[i], x[i]);
        }
    }
}

// Turns the world so that the low-passed specific force points up. Gives the force as it stood in the world before;
// false when there is none to go by.
static bool correct_inclination(struct orient_state *s, const double acc_inertial[3], double force_world[3])
{
    double norm = vec3_norm(acc_inertial);
    if (!(norm > 1.0)) // a mean specific force below 1 m/s^2 is free fall or a dead sensor, not gravity
        return false;
    double force[3] = {acc_inertial[0] / norm, acc_inertial[1] / norm, acc_inertial[2] / norm};
    double turn[4], corrected[4];
    const double up[3] = {0, 0, 1};
    quat_rotate(s->q_world_from_inertial, force, force_world);
    quat_between(force_world, up, turn);
    quat_multiply(turn, s->q_world_from_inertial, corrected);
    quat_normalise(corrected);
    memcpy(s->q_world_from_inertial, corrected, sizeof corrected);
    return true;
}

// Rest: rate and acceleration stay close to their own low-passed values. The low-passed rate is what deviates from zero
// by the bias, so a large bias does not look like motion; only a rate beyond bias_clip counts as motion itself.
static bool is_at_rest(const struct orient_coeffs *c, struct orient_state *s, const double rate[3], const double acc[3],
                       double rest_rate[3])
{
    double smooth[6], deviation_rate = 0, deviation_acc = 0, largest = 0;
    for (int i = 0; i < 6; i++) {
        double x = i < 3 ? rate[i] : acc[i - 3];
        if (s->rest_seen == 0)
            s->rest_filter[i] = biquad_settled(&c->rest_low_pass, x);
        smooth[i] = biquad_step(&c->rest_low_pass, &s->rest_filter[i], x);
        if (i < 3) {
            deviation_rate += (x - smooth[i]) * (x - smooth[i]);
            largest = fmax(largest, fabs(smooth[i]));
        } else {
            deviation_acc += (x - smooth[i]) * (x - smooth[i]);
        }
    }
    s->rest_seen++;
    bool calm = deviation_rate < c->rest_rate * c->rest_rate && deviation_acc < c->rest_acc * c->rest_acc &&
                largest < c->bias_clip && s->rest_seen > REST_SETTLE;
    s->rest_blocks = calm ? s->rest_blocks + 1 : 0;

    memcpy(rest_rate, smooth, 3 * sizeof *rest_rate);
    return s->rest_blocks >= c->rest_min_blocks;
}

static int count_bits(const struct site_frames *site, uint8_t bit)
{
    int n = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        n += (site->valid[f] & bit) != 0;
    return n;
}

static void mean_of(const float x[FRAME_BLOCK_LEN][3], const struct site_frames *site, uint8_t bit, int n,
                    double out[3])
{
    out[0] = out[1] = out[2] = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        if (site->valid[f] & bit)
            for (int i = 0; i < 3; i++)
                out[i] += (double)x[f][i] / n;
}

// Integrates the rate frame by frame; adds the specific force, turned into the inertial frame, to force (sum of n_acc).
static void strapdown(struct orient_state *s, struct site_frames *site, double q_frames[FRAME_BLOCK_LEN][4],
                      double force[3])
{
    force[0] = force[1] = force[2] = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        if (site->valid[f] & FRAME_GYRO) {
            double turn[3], step[4], next[4];
            for (int i = 0; i < 3; i++) {
                double rate = (double)site->gyro[f][i] - s->bias.bias[i];
                site->gyro[f][i] = (float)rate;
                turn[i] = 0.5 * (s->last_rate[i] + rate) * FRAME_S; // from the frame before to this one
                s->last_rate[i] = rate;
            }
            quat_from_rotation_vector(turn, step);
            quat_multiply(s->q_inertial_from_sensor, step, next);
            memcpy(s->q_inertial_from_sensor, next, sizeof next);
        }
        memcpy(q_frames[f], s->q_inertial_from_sensor, sizeof q_frames[f]);
        if (site->valid[f] & FRAME_ACC) {
            double acc[3] = {(double)site->acc[f][0], (double)site->acc[f][1], (double)site->acc[f][2]}, turned[3];
            quat_rotate(s->q_inertial_from_sensor, acc, turned);
            for (int i = 0; i < 3; i++)
                force[i] += turned[i];
        }
    }
    quat_normalise(s->q_inertial_from_sensor);
}

static void step_with_gyro(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site, int n_acc,
                           int n_gyro)
{
    double force[3], q_frames[FRAME_BLOCK_LEN][4], rest_rate[3];
    bool rest = false;
    if (n_acc > 0) {
        double rate[3], acc[3];
        mean_of(site->gyro, site, FRAME_GYRO, n_gyro, rate);
        mean_of(site->acc, site, FRAME_ACC, n_acc, acc);
        rest = is_at_rest(c, s, rate, acc, rest_rate);
    }
    strapdown(s, site, q_frames, force);
    if (n_acc > 0) {
        double smooth[3], force_world[3], q[4];
        for (int i = 0; i < 3; i++)
            force[i] /= n_acc;
        low_pass(&c->acc_low_pass, c->acc_settle_blocks, s, force, smooth);
        if (correct_inclination(s, smooth, force_world)) {
            quat_multiply(s->q_world_from_inertial, s->q_inertial_from_sensor, q);
            bias_step(&c->bias, &s->bias, &c->acc_low_pass, c->acc_settle_blocks, q, force_world,
                      rest ? rest_rate : NULL);
        }
    }
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        double q[4];
        quat_multiply(s->q_world_from_inertial, q_frames[f], q);
        for (int i = 0; i < 4; i++)
            site->q_world_from_sensor[f][i] = (float)q[i];
        if (site->valid[f] & FRAME_GYRO)
            site->valid[f] |= FRAME_ORIENT;
    }
}

static void step_without_gyro(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site,
                              int n_acc)
{
    double acc[3], smooth[3], force_world[3];
    mean_of(site->acc, site, FRAME_ACC, n_acc, acc);
    low_pass(&c->acc_only_low_pass, c->acc_only_settle_blocks, s, acc, smooth);
    if (!correct_inclination(s, smooth, force_world))
        return;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        for (int i = 0; i < 4; i++)
            site->q_world_from_sensor[f][i] = (float)s->q_world_from_inertial[i];
        if (site->valid[f] & FRAME_ACC)
            site->valid[f] |= FRAME_INCLINATION;
    }
}

void orient_site(const struct orient_coeffs *c, struct orient_state *s, struct site_frames *site)
{
    int n_acc = count_bits(site, FRAME_ACC), n_gyro = count_bits(site, FRAME_GYRO);
    bool enough = s->running && s->has_gyro ? n_gyro > 0 : n_acc > 0;
    if (!enough) {
        if (s->running && ++s->lost_blocks > LOSE_AFTER)
            orient_reset(c, s);
        return;
    }
    s->lost_blocks = 0;
    if (!s->running || (n_gyro > 0 && !s->has_gyro)) {
        if (n_acc == 0)
            return; // without gravity there is no start
        orient_reset(c, s);
        s->running = true;
        s->has_gyro = n_gyro > 0;
    }
    if (s->has_gyro)
        step_with_gyro(c, s, site, n_acc, n_gyro);
    else
        step_without_gyro(c, s, site, n_acc);
}
