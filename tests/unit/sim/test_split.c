// SPDX-License-Identifier: GPL-3.0-or-later
// A split chip: accelerometer and gyro as two devices of one site with one oscillator, half a period apart, each with
// its own jitter; the axes, biases and scales of the whole one.
#include "sim/feed.h"
#include "sim/harness.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct scenario scenario;
    struct fault_list faults;
    struct body *body;
    struct feed *feed;
};

static void open_bench(struct bench *bench, const char *split)
{
    char text[256] = "version: 1\nsites: [c7, t12, sternum]\nphases: [{kind: walk, duration_s: 30}]\n",
         error[SCENARIO_ERROR];
    memset(bench, 0, sizeof *bench);
    strcat(text, split);
    assert_int_equal(scenario_load_text(&bench->scenario, "t", text, strlen(text), error), 0);
    assert_int_equal(body_create(&bench->body, &bench->scenario), 0);
    assert_int_equal(feed_from_runner(&bench->feed, &bench->scenario, bench->body, &bench->faults), 0);
}

static void close_bench(struct bench *bench)
{
    feed_destroy(bench->feed);
    body_destroy(bench->body);
}

static void halves_are_described(void **state)
{
    (void)state;
    struct bench bench;
    static struct harness harness;
    open_bench(&bench, "split: [c7, sternum]\n");
    static const struct {
        const char *name, *chip;
        unsigned mask;
        int n_channels; // and the stamp
    } expected[] = {
        {"lsm6dso_accel", "sim/c7", CHANNELS_ACC, 4},           {"lsm6dso_gyro", "sim/c7", CHANNELS_GYRO, 4},
        {"bmi160", "sim/t12", CHANNELS_ACC | CHANNELS_GYRO, 7}, {"lsm6dso_accel", "sim/sternum", CHANNELS_ACC, 4},
        {"lsm6dso_gyro", "sim/sternum", CHANNELS_GYRO, 4},
    };
    assert_int_equal(feed_count(bench.feed), 5);
    harness_init(&harness, bench.feed, true, FEED_END);
    for (int i = 0; i < 5; i++) {
        const struct source_desc *desc = feed_desc(bench.feed, i);
        assert_string_equal(desc->name, expected[i].name);
        assert_string_equal(desc->chip, expected[i].chip);
        assert_int_equal(desc->channel_mask, expected[i].mask);
        assert_int_equal(harness.device[i].n_channels, expected[i].n_channels);
    }
    close_bench(&bench);
}

static void halves_share_an_oscillator_and_nothing_else(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "split: true\n");
    const int n = 20000;
    double offset_sum = 0, offset_worst = 0, same = 0;
    for (int k = 0; k < n; k++) {
        int64_t due_ns[2] = {feed_next_ns(bench.feed, 0), feed_next_ns(bench.feed, 1)};
        struct feed_sample half[2];
        assert_true(feed_pull(bench.feed, 0, &half[0]) && feed_pull(bench.feed, 1, &half[1]));
        double offset_us = 1e-3 * (double)(due_ns[1] - due_ns[0]);
        offset_sum += offset_us / n;
        offset_worst = fmax(offset_worst, fabs(offset_us - 500));
        same += half[0].t_ns - due_ns[0] == half[1].t_ns - due_ns[1];
        for (int i = 0; i < 3; i++)
            assert_true(half[0].value[CH_GYRO_X + i] == 0 && half[1].value[CH_ACC_X + i] == 0);
    }
    assert_true(fabs(offset_sum - 500) < 6 && offset_worst < 6); // half of a period that is off by up to 1 %
    assert_true(same < 0.01 * n);                                // jitter of its own
    close_bench(&bench);
}

// The means of 10 s at a walk are those of the whole sensor: same mount, same biases.
static void halves_measure_what_the_whole_one_does(void **state)
{
    (void)state;
    struct bench whole, split;
    open_bench(&whole, "");
    open_bench(&split, "split: [c7]\n");
    double mean[2][N_CHANNELS] = {{0}};
    for (int k = 0; k < 10000; k++) {
        struct feed_sample one, half[2];
        assert_true(feed_pull(whole.feed, 0, &one));
        assert_true(feed_pull(split.feed, 0, &half[0]) && feed_pull(split.feed, 1, &half[1]));
        for (int i = 0; i < N_CHANNELS; i++) {
            mean[0][i] += one.value[i] * 1e-4;
            mean[1][i] += (half[0].value[i] + half[1].value[i]) * 1e-4;
        }
    }
    for (int i = 0; i < N_CHANNELS; i++)
        assert_true(fabs(mean[0][i] - mean[1][i]) < 3);
    close_bench(&whole);
    close_bench(&split);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_described),
        cmocka_unit_test(halves_share_an_oscillator_and_nothing_else),
        cmocka_unit_test(halves_measure_what_the_whole_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
