// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/drift.h"

#include "findings/usual.h"

#include <math.h>
#include <string.h>

#define REFERENCE 0.5 // of the CUSUM, and its limit, in widened standard deviations
#define LIMIT     5.0
#define SUM_MAX   10.0 // so that a recovery is seen within minutes
#define WEIGHT    0.2  // of the newest mean: 50 s
#define HOLD      12   // means: two minutes
#define KEEP      0.75 // of the practical size, while it holds
#define EASE      0.5  // below it a drift is over
#define LEAST_SD  0.05 // of the practical size; a simulator's baseline has no spread

// Rises that matter. [L]: with fatigue trunk flexion and contact time rise, cadence falls (S. Apte et al., 2021, 68
// studies; contact time at equal speed: standardised mean difference 0.52), vertical displacement rises in novices (M.
// A. Zandbergen et al., 2023). The sizes are [G]: about twice what a healthy runner wanders by in half an hour.
static const struct {
    enum quantity quantity;
    float size;
    bool relative; // of the baseline's mean
} watched[] = {
    {QUANTITY_THORACIC_FLEXION, 2.0F, false}, {QUANTITY_TRUNK_LEAN, 2.0F, false}, {QUANTITY_CONTACT, 0.05F, true},
    {QUANTITY_STEP_CV, 0.40F, true},          {QUANTITY_BOUNCE, 0.06F, true},
};

float drift_size(enum quantity q, const struct usual_cell *baseline)
{
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        if (watched[i].quantity == q)
            return watched[i].relative ? watched[i].size * fabsf(baseline->mean) : watched[i].size;
    return NAN;
}

void drift_forget(struct drift *d, enum quantity q)
{
    d->line[q] = (struct drift_line){.age = HOLD + 1};
}

void drift_reset(struct drift *d)
{
    for (int q = 0; q < N_QUANTITIES; q++)
        drift_forget(d, (enum quantity)q);
}

// The change must have mattered for two minutes; the sum has then only to be beyond its limit, which is itself evidence
// that it lasted.
static void judge(struct drift_line *l, double size)
{
    l->held = l->change > (l->held > 0 ? KEEP * size : size) ? l->held + 1 : 0;
    l->eased = l->change < EASE * size ? l->eased + 1 : 0;
    if (l->held >= HOLD && l->sum > LIMIT)
        l->drifted = true;
    if (l->eased >= HOLD)
        l->drifted = false;
}

static void compare(struct drift_line *l, enum quantity q, double value, const struct usual_cell *baseline,
                    int64_t window)
{
    double off = value - (double)baseline->mean, size = (double)drift_size(q, baseline);
    double sd = usual_long_sd(baseline);
    l->age = 0;
    l->n++;
    l->mean = (double)baseline->mean;
    l->sd = (double)baseline->sd;
    l->change += fmax(WEIGHT, 1.0 / l->n) * (off - l->change);
    if (!(size > 0))
        return;
    double sum = l->sum + off / fmax(sd, LEAST_SD * size) - REFERENCE;
    if (l->sum <= 0 && sum > 0)
        l->onset = window;
    l->sum = fmin(fmax(sum, 0), SUM_MAX);
    judge(l, size);
}

void drift_take(struct drift *d, const float value[N_QUANTITIES], const struct usual_cell baseline[N_QUANTITIES],
                int64_t window)
{
    for (int q = 0; q < N_QUANTITIES; q++)
        if (isfinite(value[q]) && baseline[q].minutes > 0)
            compare(&d->line[q], (enum quantity)q, (double)value[q], &baseline[q], window);
        else
            d->line[q].age++;
}

void drift_pause(struct drift *d)
{
    for (int q = 0; q < N_QUANTITIES; q++)
        d->line[q].age++;
}

bool drift_is_known(const struct drift_line *line)
{
    return line->n > 0 && line->age <= HOLD;
}

bool drift_any(const struct drift *d)
{
    bool any = false;
    for (int q = 0; q < N_QUANTITIES; q++)
        any = any || d->line[q].drifted;
    return any;
}

int drift_compared(const struct drift *d)
{
    int most = 0;
    for (int q = 0; q < N_QUANTITIES; q++)
        most = d->line[q].n > most ? d->line[q].n : most;
    return most;
}
