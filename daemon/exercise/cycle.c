// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/cycle.h"

#include "dsp/stats.h"
#include "frames/motion.h"

#include <math.h>
#include <string.h>

#define TAPS         21
#define CUT_HZ       8.0
#define SMALL_SHARE  0.35F // of a typical cycle: less is part of a larger one
#define DOWN_SHARE   0.6F  // of the way up that must be gone down again
#define UNLIKE       1.6F  // between up and down: one of them was the way into another posture as well
#define LOWER        0.01F // a rest that still sinks is a rest
#define UP_SHARE     0.2F  // by which it must rise again for the trough to be known …
#define ENDED_BLOCKS 50    // … or for how long it finds no lower one

void cycle_design(struct fir *fir)
{
    fir_design_low_pass(fir, TAPS, MOTION_RATE_HZ, CUT_HZ);
}

void cycle_begin(const struct fir *fir, struct cycle *c, float least_deg, double longest_s, double foot_spans, float x)
{
    memset(c, 0, sizeof *c);
    c->least_deg = least_deg;
    c->foot_spans = foot_spans;
    c->longest = (int)(longest_s * MOTION_RATE_HZ);
    c->trough = c->peak = x;
    c->trough_at = -(fir->taps - 1) / 2;
    for (int i = 0; i < fir->taps; i++)
        fir_push(fir, &c->fir, x);
}

float cycle_angle(const struct cycle *c, const struct fir *fir)
{
    return fir_output(fir, &c->fir);
}

static float enough(const struct cycle *c)
{
    int n = c->cycles < CYCLE_TYPICAL ? c->cycles : CYCLE_TYPICAL;
    return n > 0 ? fmaxf(c->least_deg, SMALL_SHARE * (float)median_f(c->range, (size_t)n)) : c->least_deg;
}

static float recent(const struct cycle *c, int64_t at)
{
    return c->recent[(uint64_t)at & (CYCLE_RING - 1)];
}

static void lowest(const struct cycle *c, int64_t from, int64_t to, float *trough, int64_t *trough_at)
{
    *trough = INFINITY;
    for (int64_t i = from; i <= to; i++)
        if (recent(c, i) < *trough) {
            *trough = recent(c, i);
            *trough_at = i;
        }
}

// Who stands sways, for minutes: a rise of seconds is from where he stood lately, not from the lowest ever.
static void look_for_peak(struct cycle *c, int64_t at, float x)
{
    if (x < c->trough) {
        c->trough = x;
        c->trough_at = at;
    } else if (at - c->trough_at > c->longest) {
        lowest(c, at - c->longest / 2, at, &c->trough, &c->trough_at);
    }
    if (x - c->trough >= enough(c)) {
        c->state = CYCLE_FALLING;
        c->rose_at = at;
        c->peak = x;
        c->peak_at = at;
    }
}

// When the way up to the peak passed this share of it last.
static int64_t passed(const struct cycle *c, float share)
{
    float level = c->trough + share * (c->peak - c->trough);
    int64_t i = c->peak_at;
    while (i > c->trough_at && recent(c, i) > level)
        i--;
    return i;
}

// Twice, because the trough before a rest may be another one than that from which it rose.
static void find_foot(struct cycle *c)
{
    for (int pass = 0; pass < 2; pass++) {
        int64_t early = passed(c, 0.2F), late = passed(c, 0.8F);
        int64_t begins = early - llround(c->foot_spans * (double)(late - early)), half = (c->peak_at - begins) / 2;
        if (begins - half > c->trough_at)
            lowest(c, begins - half, c->peak_at, &c->trough, &c->trough_at);
        c->foot_at = begins > c->trough_at ? begins : c->trough_at;
    }
}

static void look_for_fall(struct cycle *c, int64_t at, float x)
{
    if (x > c->peak) {
        c->peak = x;
        c->peak_at = at;
    }
    if (at - c->peak_at > c->longest || at - c->rose_at > 2 * c->longest) {
        c->state = CYCLE_RISING;
        c->trough = x;
        c->trough_at = at;
    } else if (c->peak - x >= fmaxf(DOWN_SHARE * (c->peak - c->trough), enough(c))) {
        find_foot(c);
        c->state = CYCLE_BACK;
        c->back = x;
        c->back_at = at;
    }
}

bool cycle_step(const struct fir *fir, struct cycle *c, float x, struct cycle_done *done)
{
    fir_push(fir, &c->fir, x);
    x = fir_output(fir, &c->fir);
    int64_t at = c->n++ - (fir->taps - 1) / 2;
    c->recent[(uint64_t)at & (CYCLE_RING - 1)] = x;
    c->newest = at;
    if (c->state == CYCLE_RISING) {
        look_for_peak(c, at, x);
    } else if (c->state == CYCLE_FALLING) {
        look_for_fall(c, at, x);
    } else if (x < c->back - LOWER * (c->peak - c->back)) {
        c->back = x;
        c->back_at = at;
    } else if (x - c->back > fmaxf(UP_SHARE * (c->peak - c->back), 0.5F * c->least_deg) ||
               at - c->back_at > ENDED_BLOCKS) {
        float up = c->peak - c->trough, down = c->peak - c->back, longer = fmaxf(up, down), shorter = fminf(up, down);
        c->range[c->cycles++ % CYCLE_TYPICAL] = shorter;
        bool alike = longer < UNLIKE * shorter; // else it took no longer up than down
        int64_t from = alike || c->foot_at > 2 * c->peak_at - c->back_at ? c->foot_at : 2 * c->peak_at - c->back_at;
        *done = (struct cycle_done){from, c->back_at, alike ? longer : NAN};
        c->trough = c->back;
        c->trough_at = c->back_at;
        c->state = CYCLE_RISING;
        return true;
    }
    return false;
}
