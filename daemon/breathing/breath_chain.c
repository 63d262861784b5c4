// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/breath_chain.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define LEVEL        0.12F // of the rise: where onset and end are read; lower, drift in a long pause moves the onset
#define MIDDLE       0.5F
#define BEFORE_LEVEL 0.225 // of the inspiration lies before that level when the flow is a half sine
#define SLACK        2.5   // samples the onset may lie before the trough, the end after the peak
#define TOO_SHORT    0.35  // of the period, between two troughs
#define TOO_SHORT_S  0.45
#define UNKNOWN_S    0.6
#define WHOLE        0.6F // of the amplitude: what rose and fell so far is no part of a breath …
#define WHOLE_S      1.5  // … if it took so long
#define DEEPER       0.3F // of the amplitude: the later of two troughs so close is the breath's
#define BALANCE      6.0F // rise over fall, or fall over rise, of what is a breath
#define HUGE_BREATH  5.0F // times the amplitude
#define N_RATE       5
#define N_FIRST      3
#define N_CV         10
#define N_EVEN       6
#define EVEN_BALANCE 0.25 // median of |log(rise / fall)|: noise has 0.5 to 0.7, people with bands 0.17 to 0.29 …
#define EVEN_DEPTH   0.5  // lower over upper quartile of both: noise has 0.39 to 0.44 … 0.64 to 0.79
#define CV_SHORTEST  0.5  // of the median; beyond them a breath was missed or invented …
#define CV_LONGEST   1.7
#define CV_SPREAD    3.0 // … unless none is feared, and the middle half is so wide that they belong to it
#define CV_HALF      1.2 // standard deviations from one quartile of 10 to 20 to the other
#define CV_BY_MIDDLE 8.0 // %: below it the onset's own error would show

void chain_reset(struct breath_chain *c)
{
    memset(c, 0, sizeof *c);
}

void chain_break(struct breath_chain *c)
{
    c->n = 0;
}

void chain_forget(struct breath_chain *c)
{
    c->n = c->n_amplitudes = c->n_intervals = 0;
}

void chain_shift(struct breath_chain *c, float shift)
{
    for (int k = 0; k < c->n; k++) {
        c->breath[k].trough.x += shift;
        c->breath[k].peak.x += shift;
    }
}

static void append(struct breath_chain *c, const struct extremum *trough)
{
    if (c->n == CHAIN_BREATHS)
        memmove(c->breath, c->breath + 1, (size_t)--c->n * sizeof *c->breath);
    c->breath[c->n++] = (struct chain_breath){.trough = *trough};
}

void chain_trough(struct breath_chain *c, const struct extremum *trough, const struct extremum *peak, float amplitude,
                  bool held)
{
    struct chain_breath *last = c->n > 0 ? &c->breath[c->n - 1] : NULL;
    if (last && last->peaked) {
        float rise = last->rise, fall = peak->x - trough->x;
        last->held = held;
        last->good = rise < BALANCE * fall && fall < BALANCE * rise && fmaxf(rise, fall) < HUGE_BREATH * amplitude;
        if (last->good) {
            int at = c->n_amplitudes++ % CHAIN_AMPLITUDES;
            c->rise[at] = rise;
            c->fall[at] = held ? rise : fall; // who holds may sink
        }
    }
    append(c, trough);
}

// Where the signal last rose through the level on its way to `from`; between samples by a straight line.
static double last_rise(const struct breath_history *x, int64_t from, int64_t oldest, float level)
{
    int64_t j = from;
    while (j > oldest && history_at(x, j) >= level)
        j--;
    float below = history_at(x, j), step = j < from ? history_at(x, j + 1) - below : 1;
    return below < level && step > 0 ? (double)j + (double)((level - below) / step) : (double)j;
}

static double first_rise(const struct breath_history *x, int64_t from, int64_t newest, float level)
{
    int64_t j = from;
    while (j < newest && history_at(x, j) < level)
        j++;
    float above = history_at(x, j), step = above - history_at(x, j - 1);
    return step > 0 ? (double)j - (double)((above - level) / step) : (double)j;
}

static void read_instants(struct chain_breath *b, const struct breath_history *x, const struct extremum *peak)
{
    b->peak = *peak;
    b->rise = peak->x - b->trough.x;
    b->peaked = true;
    int64_t oldest = peak->at - b->trough.at < BREATH_HISTORY - 1 ? b->trough.at : peak->at - (BREATH_HISTORY - 1);
    double low = last_rise(x, peak->at, oldest, b->trough.x + LEVEL * b->rise);
    b->middle = last_rise(x, peak->at, oldest, b->trough.x + MIDDLE * b->rise);
    double high = first_rise(x, (int64_t)b->middle, peak->at, peak->x - LEVEL * b->rise);
    double duration = (high - low) / (1 - 2 * BEFORE_LEVEL);
    b->onset = fmax(low - BEFORE_LEVEL * duration, (double)b->trough.at - SLACK);
    b->end = fmin(b->onset + duration, (double)peak->at + SLACK);
}

// Two troughs closer than breaths can be are one breath's: a cough, or a step in the inspiration.
static void join_if_too_short(struct breath_chain *c, float amplitude, double rate_hz)
{
    if (c->n < 2 || !c->breath[c->n - 2].peaked)
        return;
    double shortest = rate_hz > 0 ? fmax(TOO_SHORT_S, TOO_SHORT / rate_hz) : UNKNOWN_S;
    const struct extremum first = c->breath[c->n - 2].trough, second = c->breath[c->n - 1].trough;
    float fall = c->breath[c->n - 2].peak.x - second.x;
    if (fminf(c->breath[c->n - 2].rise, fall) > WHOLE * amplitude)
        shortest = fmin(shortest, WHOLE_S);
    if ((double)(second.at - first.at) >= shortest * BREATH_HZ)
        return;
    bool told = c->breath[c->n - 2].told;
    c->n--;
    c->breath[c->n - 1] =
        (struct chain_breath){.trough = second.x < first.x - DEEPER * amplitude ? second : first, .told = told};
}

static void note_interval(struct breath_chain *c, const struct chain_breath *from, const struct chain_breath *to)
{
    int at = c->n_intervals++ % CHAIN_INTERVALS;
    c->onset_s[at] = (float)((to->onset - from->onset) / BREATH_HZ);
    c->middle_s[at] = (float)((to->middle - from->middle) / BREATH_HZ);
    if (c->n_intervals >= 2 * CHAIN_INTERVALS) // keep the count small, in step with the ring
        c->n_intervals -= CHAIN_INTERVALS;
}

bool chain_peak(struct breath_chain *c, const struct breath_history *x, const struct extremum *peak, float amplitude,
                double rate_hz, struct chain_breath *done, double *next)
{
    if (c->n == 0)
        return false;
    join_if_too_short(c, amplitude, rate_hz);
    struct chain_breath *now = &c->breath[c->n - 1], *last = c->n > 1 ? now - 1 : NULL;
    read_instants(now, x, peak);
    if (!last || !last->good || last->told)
        return false;
    last->told = true;
    if (!last->held)
        note_interval(c, last, now);
    *done = *last;
    *next = now->onset;
    return true;
}

static int count(int n, int most)
{
    return n < most ? n : most;
}

float chain_amplitude(const struct breath_chain *c)
{
    double copy[CHAIN_AMPLITUDES];
    int n = count(c->n_amplitudes, CHAIN_AMPLITUDES);
    for (int k = 0; k < n; k++)
        copy[k] = (double)fminf(c->rise[k], c->fall[k]);
    return n < N_FIRST ? NAN : (float)median_in_place(copy, (size_t)n);
}

static float interval(const struct breath_chain *c, const float *ring, int back)
{
    return ring[(c->n_intervals - 1 - back) % CHAIN_INTERVALS];
}

double chain_interval_s(const struct breath_chain *c)
{
    double copy[N_RATE];
    int n = count(c->n_intervals, N_RATE);
    for (int k = 0; k < n; k++)
        copy[k] = (double)interval(c, c->onset_s, k);
    return n < N_FIRST ? (double)NAN : median_in_place(copy, (size_t)n);
}

double chain_mean_interval_s(const struct breath_chain *c, double over_s)
{
    double sum = 0;
    int n = 0;
    for (; n < count(c->n_intervals, CHAIN_INTERVALS) && sum < over_s; n++)
        sum += (double)interval(c, c->onset_s, n);
    return n < N_FIRST ? (double)NAN : sum / n;
}

bool chain_has_interval(const struct breath_chain *c, double wanted_s, double within, double over_s)
{
    double shortest = INFINITY, longest = 0, sum = 0;
    for (int n = 0; n < count(c->n_intervals, CHAIN_INTERVALS) && sum < over_s; n++) {
        double now = (double)interval(c, c->onset_s, n);
        shortest = fmin(shortest, now);
        longest = fmax(longest, now);
        sum += now;
    }
    return shortest < within * wanted_s && wanted_s < within * longest;
}

bool chain_is_even(const struct breath_chain *c)
{
    double unbalance[CHAIN_AMPLITUDES], depth[2 * CHAIN_AMPLITUDES];
    int n = count(c->n_amplitudes, CHAIN_AMPLITUDES);
    for (int k = 0; k < n; k++) {
        depth[2 * k] = (double)c->rise[k];
        depth[2 * k + 1] = (double)c->fall[k];
        unbalance[k] = fabs(log(depth[2 * k] / depth[2 * k + 1]));
    }
    if (n < N_EVEN || median_in_place(unbalance, (size_t)n) > EVEN_BALANCE)
        return false;
    (void)median_in_place(depth, 2 * (size_t)n); // sorts
    return depth[n / 2] > EVEN_DEPTH * depth[2 * n - 1 - n / 2];
}

static double spread_pct(const float *ring, int n, bool sure)
{
    double copy[CHAIN_INTERVALS], sum = 0, square = 0;
    for (int k = 0; k < n; k++)
        copy[k] = (double)ring[k];
    double median = median_in_place(copy, (size_t)n); // sorts
    double reach = sure && copy[n / 4] > 0 ? pow(copy[n - 1 - n / 4] / copy[n / 4], CV_SPREAD / CV_HALF) : 1;
    double shortest = fmin(CV_SHORTEST, 1 / reach), longest = fmax(CV_LONGEST, reach);
    int used = 0;
    for (int k = 0; k < n; k++)
        if (copy[k] > shortest * median && copy[k] < longest * median) {
            double d = copy[k] - median;
            sum += d;
            square += d * d;
            used++;
        }
    if (used < 2)
        return (double)NAN;
    return 100 * sqrt((square - sum * sum / used) / (used - 1)) / (median + sum / used);
}

float chain_cv_pct(const struct breath_chain *c, bool sure)
{
    int n = count(c->n_intervals, CHAIN_INTERVALS);
    if (n < N_CV)
        return NAN;
    double middle = spread_pct(c->middle_s, n, sure);
    return (float)(middle < CV_BY_MIDDLE ? middle : spread_pct(c->onset_s, n, sure));
}
