// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/blend.h"

#include "breathing/breath_filter.h"
#include "breathing/breath_history.h"

#include <math.h>
#include <string.h>

#define KEEP_S       20.0 // memory of the correlation
#define MEAN_BREATHS 2.0  // memory of the slow means, in breaths
#define AGAINST      0.3  // correlation that turns the sum into a difference, and back
#define CLIP         3.0  // standard deviations a cough or a posture step may count
#define CLIP_DEG     0.5
#define CHEST_LITTLE 0.3 // share of the chest below which the abdomen says what is inspiration
#define CHEST_ENOUGH 0.4
#define SKEW_KEEP_S  60.0
#define SKEW_LEARN_S 20
#define SKEW_TURN    0.15
#define SKEW_TELLS   0.1
#define SPEED_CLIP   4.0

void blend_reset(struct blend *b)
{
    memset(b, 0, sizeof *b);
    b->sigma = b->polarity = 1;
    b->var[0] = b->var[1] = b->cov = 1e-6;
}

float blend_of(const struct blend *b, const float y[2])
{
    float chest = b->by_abdomen ? b->sigma : 1, abdomen = b->by_abdomen ? 1 : b->sigma;
    return b->polarity * (chest * y[0] + abdomen * y[1]);
}

static void correlate(struct blend *b, const float y[2], double rate_hz)
{
    double slow = rate_hz / (MEAN_BREATHS * BREATH_HZ), limit = CLIP * sqrt(b->var[0] + b->var[1]) + CLIP_DEG;
    double gain = fmax(1 / (KEEP_S * BREATH_HZ), 1 / (double)(b->n + 1)), part[2];
    for (int w = 0; w < 2; w++) {
        b->mean[w] += b->n == 0 ? (double)y[w] - b->mean[w] : slow * ((double)y[w] - b->mean[w]);
        part[w] = fmin(fmax((double)y[w] - b->mean[w], -limit), limit);
        b->var[w] += gain * (part[w] * part[w] - b->var[w]);
    }
    b->cov += gain * (part[0] * part[1] - b->cov);
    b->n++;
}

static void choose_sigma(struct blend *b)
{
    double rho = b->cov / sqrt(b->var[0] * b->var[1] + 1e-12);
    if (rho < -AGAINST)
        b->sigma = -1;
    else if (rho > AGAINST)
        b->sigma = 1;
}

static void choose_anchor(struct blend *b, unsigned present)
{
    double chest = sqrt(b->var[0]), both = chest + sqrt(b->var[1]);
    if (!(present & FILTER_CHEST) != !(present & FILTER_ABDOMEN))
        b->by_abdomen = !(present & FILTER_CHEST);
    else if (present & FILTER_CHEST)
        b->by_abdomen = chest < (b->by_abdomen ? CHEST_ENOUGH : CHEST_LITTLE) * both;
}

static double skew(const struct blend *b)
{
    return b->speed_2 > 0 ? b->speed_3 / pow(b->speed_2, 1.5) : 0;
}

bool blend_is_signed(const struct blend *b, bool sign_known)
{
    return sign_known || (b->n_speed >= SKEW_LEARN_S * BREATH_HZ && skew(b) > SKEW_TELLS);
}

static void follow_speed(struct blend *b, float x)
{
    double gain = fmax(1 / (SKEW_KEEP_S * BREATH_HZ), 1 / (double)(b->n_speed + 1));
    double limit = SPEED_CLIP * sqrt(b->speed_2), v = (double)(x - b->last);
    if (b->n_speed > BREATH_HZ)
        v = fmin(fmax(v, -limit), limit);
    b->speed_2 += gain * (v * v - b->speed_2);
    b->speed_3 += gain * (v * v * v - b->speed_3);
    b->n_speed++;
}

float blend_step(struct blend *b, const float y[2], unsigned present, double rate_hz, bool sign_known,
                 struct blend_change *change)
{
    const struct blend before = *b;
    *change = (struct blend_change){1, 0};
    if ((present & (FILTER_CHEST | FILTER_ABDOMEN)) == (FILTER_CHEST | FILTER_ABDOMEN)) {
        correlate(b, y, rate_hz);
        choose_sigma(b);
    }
    if (b->sigma == before.sigma) { // one change at a time
        choose_anchor(b, present);
        bool turn = !sign_known && b->n_speed >= SKEW_LEARN_S * BREATH_HZ && skew(b) < -SKEW_TURN;
        b->polarity = sign_known ? 1 : turn ? -b->polarity : b->polarity;
    }
    float x = blend_of(b, y), was = blend_of(&before, y);
    if (b->sigma != before.sigma)
        change->shift = x - was;
    else if (b->polarity * (b->by_abdomen ? b->sigma : 1) != before.polarity * (before.by_abdomen ? b->sigma : 1)) {
        change->gain = -1;
        b->speed_3 = -b->speed_3;
    }
    b->last = change->gain * b->last + change->shift;
    if (b->n_speed == 0)
        b->last = x;
    follow_speed(b, x);
    b->last = x;
    return x;
}
