// SPDX-License-Identifier: GPL-3.0-or-later
#include "align/chip.h"

#include "align/clock_private.h"

#include <math.h>

#define ROUNDED     0.005 // relative error of a ratio of two claimed rates
#define LARGEST_DEN 3

double chip_ratio(double rate_hz, double first_rate_hz)
{
    if (!(rate_hz > 0) || !(first_rate_hz > 0))
        return 1;
    double ratio = first_rate_hz / rate_hz, large = ratio >= 1 ? ratio : 1 / ratio;
    for (int den = 1; den <= LARGEST_DEN; den++) {
        double whole = round(large * den) / den;
        if (fabs(whole / large - 1) < ROUNDED)
            return ratio >= 1 ? whole : 1 / whole;
    }
    return ratio;
}

struct clock_hint chip_hint(const struct chip *chip, const struct clock_model *self)
{
    struct clock_hint hint = {0};
    if (chip->n < 2)
        return hint;
    double information = 0, sum = 0;
    int64_t first_ns = self->standing ? self->base_ns : self->waiting_ns[0];
    for (int i = 0; i < chip->n; i++) {
        const struct clock_model *other = chip->half[i];
        if (other == self || !other->standing || other->fit.apart)
            continue;
        if (other->base_ns == first_ns) // rows of a table: their stamps are ours, and so are their errors
            continue;
        // A half that has fallen silent knows less and less.
        double age_ns = fabs(clock_span_ns(other->base_ns, self->base_ns) + self->fit.at_ns - other->fit.at_ns);
        double fresh = 1 - age_ns / other->fit.memory_ns;
        if (self->standing && !(fresh > 0))
            continue;
        double weight = other->nominal * other->nominal / fit_period_variance(&other->fit);
        weight *= self->standing ? fresh : 1;
        information += weight;
        sum += weight * other->fit.own_period_ns / other->nominal;
    }
    if (!(information > 0))
        return hint;
    hint.period_ns = self->nominal * sum / information;
    hint.variance = self->nominal * self->nominal / information;
    return hint;
}
