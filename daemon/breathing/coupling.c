// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/coupling.h"

#include "dsp/stats.h"
#include "dsp/units.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define WINDOW    (60 * BREATH_HZ)
#define LEAST     (25 * BREATH_HZ) // between the first and the last breath; the window is then 30 s
#define MARGIN    (15 * BREATH_HZ) // the newest breath may be so old
#define FEWEST    8
#define MISSED    1.25 // breaths counted by the interval for one seen
#define EVERY     4    // samples between two looks at the phases
#define VN_FREE   0.7  // ratio of von Neumann from which coupling begins
#define VN_SPAN   0.4
#define FIRM      0.8 // resultant from which nothing free comes by chance in half a minute, whatever the ratio …
#define FIRM_SPAN 0.1

struct ratio {
    int steps, breaths;
};

static const struct ratio ratios[] = {{2, 1}, {5, 2}, {3, 1}, {4, 1}, {5, 1}, {6, 1}};

struct sequence {
    int n;
    double middle[COUPLING_BREATHS];
    double count[COUPLING_BREATHS]; // of breaths since the first, missed ones included
    double turns[COUPLING_BREATHS];
};

void coupling_reset(struct coupling *c)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < BREATH_HISTORY; i++)
        c->turns[i] = (double)NAN;
}

void coupling_steps(struct coupling *c, int64_t i, double turns)
{
    c->turns[i & (BREATH_HISTORY - 1)] = turns;
}

void coupling_breath(struct coupling *c, double middle, bool held)
{
    c->middle[c->n % COUPLING_BREATHS] = middle;
    c->held[c->n % COUPLING_BREATHS] = held;
    if (++c->n >= 2 * COUPLING_BREATHS)
        c->n -= COUPLING_BREATHS;
}

static double turns_at(const struct coupling *c, double at)
{
    int64_t i = (int64_t)at;
    double before = c->turns[i & (BREATH_HISTORY - 1)], after = c->turns[(i + 1) & (BREATH_HISTORY - 1)];
    return before + (at - (double)i) * (after - before);
}

// The newest breaths within the window, oldest first. False when a hold lies among them or they are too few.
static bool gather(const struct coupling *c, int64_t now, struct sequence *s)
{
    int have = c->n < COUPLING_BREATHS ? c->n : COUPLING_BREATHS, from = 0;
    double oldest = (double)(now - WINDOW - MARGIN);
    double newest = have > 0 ? c->middle[(c->n - 1) % COUPLING_BREATHS] : 0;
    if (newest < (double)(now - MARGIN))
        return false;
    oldest = fmax(oldest, newest - WINDOW);
    while (from < have && c->middle[(c->n - have + from) % COUPLING_BREATHS] < oldest)
        from++;
    s->n = 0;
    for (int k = from; k < have; k++) {
        int at = (c->n - have + k) % COUPLING_BREATHS;
        s->middle[s->n] = c->middle[at];
        s->turns[s->n] = turns_at(c, c->middle[at]);
        if (c->held[at])
            return false;
        s->n = isfinite(s->turns[s->n]) ? s->n + 1 : 0; // from where the steps began
    }
    return s->n >= FEWEST && s->middle[s->n - 1] - s->middle[0] >= LEAST;
}

static bool number(struct sequence *s)
{
    double interval[COUPLING_BREATHS];
    for (int k = 1; k < s->n; k++)
        interval[k - 1] = s->middle[k] - s->middle[k - 1];
    double usual = median_in_place(interval, (size_t)(s->n - 1));
    s->count[0] = 0;
    for (int k = 1; k < s->n; k++)
        s->count[k] = s->count[k - 1] + fmax(1, round((s->middle[k] - s->middle[k - 1]) / usual));
    return s->count[s->n - 1] <= MISSED * s->n;
}

// Nearest to the slope of steps over breaths; the ratio with the largest R would not always be it.
static struct ratio nearest(const struct sequence *s)
{
    double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
    for (int k = 0; k < s->n; k++) {
        mean_x += s->count[k] / s->n;
        mean_y += s->turns[k] / s->n;
    }
    for (int k = 0; k < s->n; k++) {
        xy += (s->count[k] - mean_x) * (s->turns[k] - mean_y);
        xx += (s->count[k] - mean_x) * (s->count[k] - mean_x);
    }
    struct ratio best = ratios[0];
    for (size_t r = 1; r < sizeof ratios / sizeof *ratios; r++)
        if (fabs(xy / xx - (double)ratios[r].steps / ratios[r].breaths) <
            fabs(xy / xx - (double)best.steps / best.breaths))
            best = ratios[r];
    return best;
}

static double resultant(const struct coupling *c, const struct sequence *s, struct ratio r)
{
    double re = 0, im = 0;
    int n = 0, k = 0;
    for (double at = s->middle[0]; at < s->middle[s->n - 1]; at += EVERY, n++) {
        while (s->middle[k + 1] < at)
            k++;
        double part = (at - s->middle[k]) / (s->middle[k + 1] - s->middle[k]);
        double breaths = s->count[k] + part * (s->count[k + 1] - s->count[k]);
        double psi = 2 * PI * (r.steps * breaths - r.breaths * turns_at(c, at));
        re += cos(psi);
        im += sin(psi);
    }
    return sqrt(re * re + im * im) / n;
}

static double von_neumann(const struct sequence *s, struct ratio r)
{
    double mean = 0, square = 0, steps = 0, psi[COUPLING_BREATHS];
    for (int k = 0; k < s->n; k++) {
        psi[k] = r.steps * s->count[k] - r.breaths * s->turns[k];
        mean += (psi[k] - psi[0]) / s->n;
        steps += k > 0 ? (psi[k] - psi[k - 1]) * (psi[k] - psi[k - 1]) : 0;
    }
    for (int k = 0; k < s->n; k++)
        square += (psi[k] - psi[0] - mean) * (psi[k] - psi[0] - mean);
    return square > 0 ? steps / square : 0;
}

float coupling_index(const struct coupling *c, int64_t now, float *ratio)
{
    struct sequence s;
    *ratio = NAN;
    if (!gather(c, now, &s) || !number(&s))
        return NAN;
    struct ratio r = nearest(&s);
    double strength = resultant(c, &s, r);
    // A free breath wanders away from the steps, a locked one scatters about them; a lock so firm that it hardly
    // scatters leaves only what wanders slowly.
    double still = fmax((von_neumann(&s, r) - VN_FREE) / VN_SPAN, (strength - FIRM) / FIRM_SPAN);
    *ratio = (float)r.steps / (float)r.breaths;
    return (float)(isfinite(strength) ? strength * fmin(fmax(still, 0), 1) : (double)NAN);
}
