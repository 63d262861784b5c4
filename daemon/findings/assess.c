// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/assess.h"

#include <math.h>

#define HYSTERESIS 0.15
#define SCORE_MAX  2.0

float assess_score(const struct criterion *c)
{
    double score = (c->value - c->notice) / (c->warn - c->notice); // 0 at notice, 1 at warn, either way round
    score = score > 0 ? 0.5 + 0.5 * score : 0.5 - 0.5 * (c->value - c->notice) / (c->reference - c->notice);
    return (float)fmin(fmax(score, 0), SCORE_MAX);
}

void assess_criterion(struct assessment *a, const struct criterion *c)
{
    const double limit[N_RAISED] = {c->notice, c->warn};
    double sign = c->warn > c->notice ? 1 : -1;
    a->score = fmaxf(a->score, assess_score(c));
    for (int k = 0; k < N_RAISED; k++) {
        double beyond = sign * (c->value - limit[k]);
        double hysteresis = fmax(HYSTERESIS * fabs(limit[k] - c->reference), c->resolution);
        a->over[k] |= beyond - c->margin >= 0;
        a->keeps[k] |= beyond + hysteresis > 0;
    }
}

void assess_value(struct assessment *a, const struct factor_limits *limits, double value, double resolution)
{
    bool zero_is_good = limits->warn > limits->notice ? limits->notice > 0 : limits->notice < 0;
    const struct criterion c = {.value = value,
                                .reference = zero_is_good ? 0 : 2 * limits->notice - limits->warn,
                                .notice = limits->notice,
                                .warn = limits->warn,
                                .resolution = resolution};
    assess_criterion(a, &c);
}

void assess_evidence(struct assessment *a, const char *key, double value, double reference)
{
    if (a->n_evidence < EVIDENCE_MAX)
        a->evidence[a->n_evidence++] = (struct evidence){key, (float)value, (float)reference};
}
