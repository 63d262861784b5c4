// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/hold.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define FAST_HZ       0.4
#define RANGE         0.28F // of the amplitude
#define SHORTEST_S    5.0
#define PAUSES        1.4 // times the usual longest pause
#define PAUSES_S      2.0 // and so much more
#define PAUSE_GUESS_S 2.0
#define PAUSE_MAX_S   12.0F
#define PAUSE_KNOWN_S 0.5 // of a fast breath's period
#define RELEASE_S     0.3
#define LONGEST_S     60
#define EVERY         5 // samples between two looks of the fast rule
#define WINDOW_S      3.0
#define WINDOW_TURNS  1.5
#define SINE          2.83F // peak to peak of a sine over its root mean square
#define QUIET_ON      0.35F
#define QUIET_OFF     0.5F
#define SLOPE_ON      0.45F // of the amplitude, over the window
#define SLOPE_OFF     1.5F
#define TOLD_AFTER_S  4.5
#define QUIET_MIN_S   0.4
#define SMALL         0.1F // of the amplitude: the least breath that is told from none
#define SWINGS        4    // up and down, in a row, that make it breathing
#define SWING_MIN     0.2  // of the usual period; the heart is quicker
#define SWING_MAX     1.0
#define WINDOW_BACK   0.15 // of the window: where the end of a hold lies before it is seen

void hold_reset(struct hold *h)
{
    memset(h, 0, sizeof *h);
    h->small_from = -1;
}

static void mark(struct hold *h, int64_t to)
{
    h->mark[h->n_marks++ % HOLD_MARKS] = (struct hold_mark){h->from, to > h->from ? to : h->from};
    h->on = false;
    h->quiet = 0;
}

void hold_skip(struct hold *h, int64_t i)
{
    if (h->on)
        mark(h, i);
    h->quiet_from = h->begun = i + 1;
    h->quiet = 0;
    h->longest_s = 0;
    h->known[i & (BREATH_HISTORY - 1)] = false;
    h->end = i + 1;
}

static double patience_s(const struct hold *h)
{
    double copy[HOLD_STRETCHES];
    int n = h->n_stretches < HOLD_STRETCHES ? h->n_stretches : HOLD_STRETCHES;
    for (int k = 0; k < n; k++)
        copy[k] = (double)h->stretch_s[k];
    double usual = n > 0 ? median_in_place(copy, (size_t)n) : PAUSE_GUESS_S;
    return fmax(SHORTEST_S, PAUSES_S + PAUSES * usual);
}

void hold_learn(struct hold *h, bool held)
{
    if (!held)
        h->stretch_s[h->n_stretches++ % HOLD_STRETCHES] = fminf(h->longest_s, PAUSE_MAX_S);
    h->longest_s = 0;
}

// The longest trailing stretch within the range; once it is a hold only its last part must stay, for it may drift.
static void look_slow(struct hold *h, const struct breath_history *x, int64_t i, float amplitude, bool learned)
{
    double patience = patience_s(h);
    int64_t limit = i - (int64_t)(patience * BREATH_HZ), oldest = h->quiet_from > limit ? h->quiet_from : limit;
    float low = history_at(x, i), high = low;
    for (int64_t j = i; j > oldest; j--) {
        float before = history_at(x, j - 1);
        low = fminf(low, before);
        high = fmaxf(high, before);
        if (high - low > RANGE * amplitude) {
            if (h->on)
                mark(h, i - (int64_t)(RELEASE_S * BREATH_HZ));
            h->quiet_from = j;
            break;
        }
    }
    double quiet_s = (double)(i - h->quiet_from) / BREATH_HZ;
    if (quiet_s < patience)
        h->longest_s = fmaxf(h->longest_s, (float)quiet_s);
    else if (!h->on && learned) {
        h->on = true;
        h->from = h->quiet_from;
    }
}

// Root mean square about the line through the last n samples; *rise is the line's over them, without sign.
static float about_line(const struct breath_history *x, int64_t i, int n, float *rise)
{
    double sum = 0, square = 0, slope = 0, lever = 0, base = (double)history_at(x, i);
    for (int k = 0; k < n; k++) {
        double u = k - 0.5 * (n - 1), v = (double)history_at(x, i - n + 1 + k) - base;
        sum += v;
        square += v * v;
        slope += u * v;
        lever += u * u;
    }
    double rest = square - sum * sum / n - slope * slope / lever;
    *rise = (float)(fabs(slope) / lever * n);
    return (float)sqrt(fmax(rest, 0) / n);
}

static void look_fast(struct hold *h, const struct breath_history *x, int64_t i, float amplitude, double rate_hz,
                      bool learned)
{
    double window_s = fmax(WINDOW_S, WINDOW_TURNS / rate_hz);
    int n = (int)(window_s * BREATH_HZ);
    if (i % EVERY != 0 || i - h->begun < n)
        return;
    float rise, rms = about_line(x, i, n, &rise) / (amplitude / SINE);
    if (h->on) {
        if (rms > QUIET_OFF || rise > SLOPE_OFF * SLOPE_ON * amplitude) {
            int64_t to = i - (int64_t)(WINDOW_BACK * window_s * BREATH_HZ);
            mark(h, to > h->from + BREATH_HZ ? to : h->from + BREATH_HZ);
        }
    } else {
        h->quiet = rms < QUIET_ON && rise < SLOPE_ON * amplitude ? h->quiet + EVERY : 0;
        if (learned && h->quiet >= fmax(QUIET_MIN_S, TOLD_AFTER_S - window_s) * BREATH_HZ) {
            h->on = true;
            h->from = i - n - h->quiet + BREATH_HZ / 2;
            h->from = h->from > h->begun ? h->from : h->begun;
        }
    }
    h->quiet_from = h->on ? h->from : i;
    h->longest_s = fmaxf(h->longest_s, (float)(PAUSE_KNOWN_S / rate_hz));
}

bool hold_step(struct hold *h, const struct breath_history *x, int64_t i, float amplitude, double rate_hz, bool learned,
               bool known)
{
    if (rate_hz >= FAST_HZ)
        look_fast(h, x, i, amplitude, rate_hz, learned);
    else
        look_slow(h, x, i, amplitude, learned);
    h->known[i & (BREATH_HISTORY - 1)] = known;
    h->end = i + 1;
    if (!h->on || i - h->from <= LONGEST_S * BREATH_HZ)
        return false;
    mark(h, i);
    return true;
}

static void swing(struct hold *h, const struct breath_history *x, int64_t i, float amplitude, double rate_hz)
{
    enum zigzag_event event = zigzag_step(&h->small, i, history_at(x, i), SMALL * amplitude);
    if (event == ZIGZAG_NONE)
        return;
    int64_t at = event == ZIGZAG_PEAK ? h->small.top.at : h->small.trough.at;
    double turns = (double)(at - h->swung) / BREATH_HZ * rate_hz;
    h->n_swings = turns > SWING_MIN && turns < SWING_MAX ? h->n_swings + 1 : 0;
    h->swung = at;
}

int64_t hold_undo_shallow(struct hold *h, const struct breath_history *x, int64_t i, float amplitude, double rate_hz)
{
    if (!h->on)
        return -1;
    int64_t from = i;
    if (h->small_from != h->from) { // a new hold: what of it is past
        zigzag_reset(&h->small);
        h->n_swings = 0;
        from = h->swung = h->small_from = h->from;
    }
    for (int64_t j = from; j <= i; j++)
        swing(h, x, j, amplitude, rate_hz);
    if (h->n_swings < SWINGS)
        return -1;
    h->on = false;
    h->quiet = 0;
    h->quiet_from = h->begun = i;
    return h->from;
}

bool hold_overlaps(const struct hold *h, int64_t from, int64_t to)
{
    bool is = h->on && h->from < to;
    for (int k = 0; k < h->n_marks && k < HOLD_MARKS; k++)
        is |= h->mark[k].to > from && h->mark[k].from < to;
    return is;
}

float hold_at(const struct hold *h, double at)
{
    if (!(at >= 0) || at >= (double)h->end || at < (double)(h->end - BREATH_HISTORY) ||
        !h->known[(int64_t)at & (BREATH_HISTORY - 1)])
        return NAN;
    double from = h->on && (double)h->from <= at ? (double)h->from : at;
    for (int k = 0; k < h->n_marks && k < HOLD_MARKS; k++)
        if ((double)h->mark[k].from <= at && at < (double)h->mark[k].to)
            from = fmin(from, (double)h->mark[k].from);
    return (float)((at - from) / BREATH_HZ);
}
