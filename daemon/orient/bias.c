// SPDX-License-Identifier: GPL-3.0-or-later
#include "orient/bias.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define DRIFT_S            100.0 // bias_drift_deg_s is what the bias wanders in this time
#define TURN_DEG_S         0.3   // slower turns at rest cannot be told from bias
#define TURN_SIGMAS        3.0
#define INTERRUPTED        7.6e-7 // (rad/s)^2 that an interruption adds: (0.05 deg/s)^2
#define VERTICAL_LOOSENESS 1e4    // variance of what motion cannot show, against that of what it can

static double squared_rad(double deg_s)
{
    return deg_s / DEG_PER_RAD * (deg_s / DEG_PER_RAD);
}

// The variance of one reading with which a filter that gains `walk` per reading settles at variance p. Neighbouring
// readings are nearly the same reading (they are low-passed), so a reading's own noise would be far too small.
static double reading_variance(double p, double walk)
{
    return p * p / walk + p;
}

void bias_prepare(struct bias_coeffs *c, const struct orient_params *p, double block_hz)
{
    c->start_variance = squared_rad(p->bias_start_deg_s);
    c->walk = squared_rad(p->bias_drift_deg_s) / (DRIFT_S * block_hz);
    c->rest_reading = reading_variance(squared_rad(p->bias_rest_deg_s), c->walk);
    c->motion_reading = reading_variance(squared_rad(p->bias_motion_deg_s), c->walk);
    c->vertical_reading = c->motion_reading * VERTICAL_LOOSENESS;
    c->clip = p->bias_clip_deg_s / DEG_PER_RAD;
    c->block_hz = block_hz;
}

void bias_reset(const struct bias_coeffs *c, struct bias_state *s, bool keep)
{
    const struct bias_state before = *s;
    memset(s, 0, sizeof *s);
    if (keep) {
        memcpy(s->bias, before.bias, sizeof s->bias);
        memcpy(s->covariance, before.covariance, sizeof s->covariance);
    }
    for (int i = 0; i < 3; i++)
        s->covariance[i][i] = keep ? fmin(s->covariance[i][i] + INTERRUPTED, c->start_variance) : c->start_variance;
}

static void rotation_matrix(const double q[4], double r[3][3])
{
    double w = q[0], x = q[1], y = q[2], z = q[3];
    r[0][0] = 1 - 2 * (y * y + z * z);
    r[0][1] = 2 * (x * y - w * z);
    r[0][2] = 2 * (x * z + w * y);
    r[1][0] = 2 * (x * y + w * z);
    r[1][1] = 1 - 2 * (x * x + z * z);
    r[1][2] = 2 * (y * z - w * x);
    r[2][0] = 2 * (x * z - w * y);
    r[2][1] = 2 * (y * z + w * x);
    r[2][2] = 1 - 2 * (x * x + y * y);
}

// The same low-pass as the specific force's: a plain average first.
static double low_pass(const struct biquad *c, struct biquad_state *s, double *sum, int blocks, double settle, double x)
{
    if (blocks > settle)
        return biquad_step(c, s, x);
    *sum += x;
    *s = biquad_settled(c, *sum / blocks);
    return *sum / blocks;
}

static double clamped(double x, double limit) // a NaN, too, comes out within the limits
{
    return x > -limit ? x < limit ? x : limit : -limit;
}

// Kalman update with innovation e of a measurement H · bias whose variances are w. Its three components are independent
// and so are taken one after the other, which needs no inverse: what one has moved is off the next one's innovation.
static void update(const struct bias_coeffs *c, struct bias_state *s, const double h[3][3], const double e[3],
                   const double w[3])
{
    double(*p)[3] = s->covariance, moved[3] = {0, 0, 0};
    for (int k = 0; k < 3; k++) {
        const double ph[3] = {vec3_dot(p[0], h[k]), vec3_dot(p[1], h[k]), vec3_dot(p[2], h[k])};
        double variance = vec3_dot(h[k], ph) + w[k];
        if (!(variance > 0))
            continue;
        const double gain[3] = {ph[0] / variance, ph[1] / variance, ph[2] / variance};
        double innovation = clamped(e[k], c->clip) - vec3_dot(h[k], moved);
        for (int i = 0; i < 3; i++) {
            moved[i] += gain[i] * innovation;
            for (int j = i; j < 3; j++)
                p[i][j] = p[j][i] = p[i][j] - gain[i] * ph[j];
        }
    }
    for (int i = 0; i < 3; i++)
        s->bias[i] = clamped(s->bias[i] + moved[i], c->clip);
}

bool bias_is_plausible(const struct bias_state *s, const double rest_rate[3], const double up[3])
{
    double off = 0, variance = 0;
    for (int i = 0; i < 3; i++)
        off += up[i] * (rest_rate[i] - s->bias[i]);
    if (fabs(off) <= TURN_DEG_S / DEG_PER_RAD)
        return true;
    for (int i = 0; i < 3; i++)
        variance += up[i] * vec3_dot(s->covariance[i], up);
    return off * off <= TURN_SIGMAS * TURN_SIGMAS * variance;
}

void bias_step(const struct bias_coeffs *c, struct bias_state *s, const struct biquad *filter, double settle,
               const double q_world_from_sensor[4], const double force[3], const double *rest_rate)
{
    static const double identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double r[3][3], smooth[3][3], turned[2], e[3];
    s->blocks++;
    rotation_matrix(q_world_from_sensor, r);
    for (int i = 0; i < 2; i++)
        turned[i] =
            low_pass(filter, &s->turned_filter[i], &s->turned_sum[i], s->blocks, settle, vec3_dot(r[i], s->bias));
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            smooth[i][j] =
                low_pass(filter, &s->rotation_filter[i][j], &s->rotation_sum[i][j], s->blocks, settle, r[i][j]);
        if (s->covariance[i][i] < c->start_variance)
            s->covariance[i][i] += c->walk;
    }
    if (rest_rate) {
        const double w[3] = {c->rest_reading, c->rest_reading, c->rest_reading};
        for (int i = 0; i < 3; i++)
            e[i] = rest_rate[i] - s->bias[i];
        update(c, s, identity, e, w);
    } else {
        double coarse = s->blocks < settle ? settle / s->blocks : 1, horizontal = c->motion_reading * coarse * coarse;
        const double w[3] = {horizontal, horizontal, c->vertical_reading};
        e[0] = -force[1] * c->block_hz + turned[0] - vec3_dot(smooth[0], s->bias);
        e[1] = force[0] * c->block_hz + turned[1] - vec3_dot(smooth[1], s->bias);
        e[2] = -vec3_dot(smooth[2], s->bias);
        update(c, s, smooth, e, w);
    }
}
