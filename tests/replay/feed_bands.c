// SPDX-License-Identifier: GPL-3.0-or-later
// Feeds respiration bands to the breathing estimator. Standard input: a line per sample of 25 Hz, "chest abdomen
// measured moving step_turns step_hz" (measured and moving 0 or 1); standard output: JSON lines as poised emits, with
// t_s counted from the first sample.
#include "breathing/estimator.h"

#include <math.h>
#include <stdio.h>

static void print_number(const char *key, double value)
{
    if (isfinite(value))
        printf(",\"%s\":%.6f", key, value);
    else
        printf(",\"%s\":null", key);
}

static void print_results(struct breath_estimator *estimator, double now_s)
{
    struct breathing_result r;
    struct inspiration_result breath;
    double age_s;
    while (breath_estimator_pull_breath(estimator, &breath, &age_s)) {
        printf("{\"stream\":\"inspiration\",\"t_s\":%.3f", now_s - age_s);
        print_number("inspiratory_ms", (double)breath.inspiratory_ms);
        print_number("interval_ms", (double)breath.interval_ms);
        printf("}\n");
    }
    if (!breath_estimator_pull(estimator, &r, &age_s))
        return;
    printf("{\"stream\":\"breathing\",\"t_s\":%.3f,\"now_s\":%.3f", now_s - age_s, now_s);
    print_number("rate_bpm", (double)r.rate_bpm);
    print_number("confidence", (double)r.confidence);
    print_number("window_s", (double)r.window_s);
    print_number("hold_s", (double)r.hold_s);
    printf("}\n");
}

int main(void)
{
    const struct breathing_params params = {60, 30, 15, 2.7, 75, 4, 0.35};
    struct breath_estimator *estimator;
    if (breath_estimator_create(&estimator, &params) != 0)
        return 1;
    double x[6];
    long n = 0;
    while (scanf("%lf %lf %lf %lf %lf %lf", &x[0], &x[1], &x[2], &x[3], &x[4], &x[5]) == 6) {
        struct breath_sample sample = {.moving = x[3] > 0.5, .step_turns = x[4], .step_hz = x[5]};
        for (int c = 0; c < N_COMPARTMENTS; c++)
            sample.channel[c] = (struct breath_channel){BREATH_BAND, (float)x[2], {(float)x[c], 0, 0}};
        breath_estimator_push(estimator, &sample);
        print_results(estimator, (double)n++ / BREATHING_RATE_HZ);
    }
    breath_estimator_destroy(estimator);
    return 0;
}
