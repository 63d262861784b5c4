// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/truth_raise.h"

#include <math.h>
#include <stdbool.h>

#define BY_S 0.05 // every change takes 0.3 s or more

// How far the value is beyond the limit, on the side where the phase ends.
static double excess_of(const struct scenario *scenario, const struct scenario_phase *phase, int i, double t_s)
{
    enum phase_param param = phase->raise.beyond[i].param;
    double limit = phase->raise.beyond[i].limit, side = phase->to[param] > limit ? 1 : -1;
    return side * (scenario_param(scenario, param, t_s) - limit);
}

static bool is_beyond(const struct scenario *scenario, const struct scenario_phase *phase, double t_s)
{
    for (int i = 0; i < phase->raise.n_beyond; i++)
        if (excess_of(scenario, phase, i, t_s) < 0)
            return false;
    return true;
}

// Between an instant that is not yet what is wanted and a later one that is.
static double change_between(const struct scenario *scenario, const struct scenario_phase *phase, double low_s,
                             double high_s, bool wanted)
{
    while (high_s - low_s > 1e-6) {
        double middle_s = (low_s + high_s) / 2;
        *(is_beyond(scenario, phase, middle_s) == wanted ? &high_s : &low_s) = middle_s;
    }
    return high_s;
}

static double next_change(const struct scenario *scenario, const struct scenario_phase *phase, double t_s, double end_s,
                          bool wanted)
{
    if (is_beyond(scenario, phase, t_s) == wanted)
        return t_s;
    for (; t_s < end_s; t_s += BY_S)
        if (is_beyond(scenario, phase, t_s + BY_S) == wanted)
            return change_between(scenario, phase, t_s, t_s + BY_S, wanted);
    return NAN;
}

struct raise_span raise_span_of(const struct scenario *scenario, const struct scenario_phase *phase)
{
    double end_s = phase->start_s + phase->duration_s, length_s = scenario_length_s(scenario);
    if (phase->raise.n_beyond == 0)
        return (struct raise_span){.from_s = phase->start_s + phase->raise.after_s, .until_s = end_s};
    struct raise_span span = {.from_s = next_change(scenario, phase, phase->start_s, end_s, true), .until_s = NAN};
    if (isnan(span.from_s))
        return span;
    span.until_s = next_change(scenario, phase, span.from_s, length_s, false);
    if (isnan(span.until_s))
        span.until_s = length_s;
    for (int i = 0; i < phase->raise.n_beyond; i++) {
        double most = -INFINITY;
        for (double t_s = span.from_s; t_s < span.until_s; t_s += BY_S) {
            double excess = excess_of(scenario, phase, i, t_s);
            if (excess > most) {
                most = excess;
                span.amount[i] = scenario_param(scenario, phase->raise.beyond[i].param, t_s);
            }
        }
    }
    return span;
}

void truth_raise_tell(const struct scenario *scenario, const struct scenario_phase *phase, double mono_s, FILE *to)
{
    const struct scenario_raise *raise = &phase->raise;
    if (*raise->factor == '\0')
        return;
    struct raise_span span = raise_span_of(scenario, phase);
    if (isnan(span.from_s))
        return;
    fprintf(to,
            "{\"event\":\"factor\",\"t_s\":%.4f,\"mono_s\":%.6f,\"until_s\":%.4f,\"until_mono_s\":%.6f,\"factor\":"
            "\"%s\",\"phase\":\"%s\",\"beyond\":{",
            span.from_s, mono_s + span.from_s, span.until_s, mono_s + span.until_s, raise->factor, phase->name);
    for (int i = 0; i < raise->n_beyond; i++)
        fprintf(to, "%s\"%s\":{\"limit\":%.6g,\"amount\":%.6g}", i ? "," : "", phase_params[raise->beyond[i].param].key,
                raise->beyond[i].limit, span.amount[i]);
    fprintf(to, "}}\n");
}
