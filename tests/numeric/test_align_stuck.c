// SPDX-License-Identifier: GPL-3.0-or-later
// What delivers and measures nothing: counts that stand still, all axes at full scale. A coarse accelerometer at rest
// is believed for longer.
#include "check.h"

#include "align/align.h"

#include <string.h>

#define START_NS INT64_C(1000000000000)
#define N        1000

struct result {
    struct status_result during, after; // at frame 700, at the end
    long invalid[N / 100];              // frames without acceleration, by tenths
};

// A thousand samples; counts alternate but from `from` to `until`, where channels of mask have `value`.
static struct result run_at(double rate_hz, enum sample_format format, int bits, unsigned mask, unsigned stuck,
                            double value, int from, int until)
{
    const double frames = 1000 / rate_hz; // per sample
    struct align *a;
    struct result r = {0};
    const struct align_params params = {60, 5, 0.1, 40};
    assert_int_equal(align_create(&a, &params), 0);
    struct source_desc d = {.channel_mask = (uint16_t)mask,
                            .format = format,
                            .bits = (uint16_t)bits,
                            .rate_hz = rate_hz,
                            .scale = {1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3},
                            .mount = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    align_set_source(a, 0, &d);
    for (int i = 0; i < N; i++) {
        struct raw_block block = {.n = 1, .stamp_ns = {START_NS + llround(i * frames * 1e6)}};
        for (int c = 0; c < N_CHANNELS; c++)
            if (mask & 1U << c)
                block.value[0][c] = i >= from && i < until && stuck & 1U << c ? value : i % 2;
        align_push_block(a, &block);
        if (i % 100 == 99)
            align_push_tick(a, block.stamp_ns[0]);
        if (i == 700)
            align_status(a, &r.during);
        struct frame_block b;
        while (align_pull(a, &b))
            for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
                int64_t at = (int64_t)((double)(b.first_index + f - START_NS / FRAME_PERIOD_NS) / frames);
                if (at >= 0 && at < N)
                    r.invalid[at / 100] += !(b.site[0].valid[f] & FRAME_ACC);
            }
    }
    align_status(a, &r.after);
    align_destroy(a);
    const struct sample_counters *c = &r.after.counters;
    assert_true(c->in == N && c->in == c->used + c->dropped + c->invalid + c->held);
    return r;
}

static struct result run(enum sample_format format, int bits, unsigned mask, unsigned stuck, double value, int from,
                         int until)
{
    return run_at(1000, format, bits, mask, stuck, value, from, until);
}

#define IMU (CHANNELS_ACC | CHANNELS_GYRO)

static void counts_that_stand_still_are_no_measurement(void **state)
{
    (void)state;
    struct result r = run(SAMPLE_INT16, 0, IMU, IMU, 77, 400, 800);
    assert_in_range(r.after.counters.invalid, 298, 301); // all but the first 0.1 s
    assert_int_equal(r.during.site[0].state, SITE_STATE_STALLED);
    assert_non_null(strstr(r.during.site[0].reason, "stand still"));
    assert_int_equal(r.during.measuring, 0);
    assert_int_equal(r.after.site[0].state, SITE_STATE_RUNNING);
    assert_string_equal(r.after.site[0].reason, "");
    assert_true(r.invalid[3] == 0 && r.invalid[4] < 3);
    for (int i = 5; i < 8; i++)
        assert_true(r.invalid[i] > 90);
    assert_true(r.invalid[8] < 15);
}

static void one_axis_that_moves_is_enough(void **state)
{
    (void)state;
    struct result r = run(SAMPLE_INT16, 0, IMU, IMU & ~1U, 77, 400, 800);
    assert_int_equal(r.after.counters.invalid, 0);
    assert_int_equal(r.during.site[0].state, SITE_STATE_RUNNING);
}

// An accelerometer alone, of 8 bits, or told in floating numbers of unknown grain.
static void what_is_coarse_may_stand_still_for_longer(void **state)
{
    (void)state;
    const struct {
        enum sample_format format;
        int bits;
        unsigned mask;
    } cases[] = {{SAMPLE_INT16, 0, CHANNELS_ACC}, {SAMPLE_INT16, 8, IMU}, {SAMPLE_FLOAT32, 0, IMU}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result r = run(cases[i].format, cases[i].bits, cases[i].mask, IMU, 7, 300, 1000);
        assert_int_equal(r.after.counters.invalid, 0);
        assert_int_equal(r.during.site[0].state, SITE_STATE_RUNNING);
        r = run_at(100, cases[i].format, cases[i].bits, cases[i].mask, IMU, 7, 100, 900); // for 5 s, not for 8
        assert_in_range(r.after.counters.invalid, 298, 301);
        assert_int_equal(r.during.site[0].state, SITE_STATE_STALLED);
        assert_int_equal(r.after.site[0].state, SITE_STATE_RUNNING);
    }
}

// What was said of a sensor that stood still is not said of the one that is back in its place.
static void what_is_back_is_judged_anew(void **state)
{
    (void)state;
    struct align *a;
    const struct align_params params = {60, 5, 0.1, 40};
    assert_int_equal(align_create(&a, &params), 0);
    struct source_desc d = {.channel_mask = IMU, .rate_hz = 1000, .mount = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    align_set_source(a, 0, &d);
    for (int i = 0; i < N; i++)
        align_push_block(a, &(struct raw_block){.n = 1, .stamp_ns = {START_NS + i * INT64_C(1000000)}});
    struct status_result r = {0};
    align_status(a, &r);
    assert_int_equal(r.site[0].state, SITE_STATE_STALLED);
    align_push_device(a, &(struct device_event){.state = DEVICE_LOST});
    align_push_device(a, &(struct device_event){.state = DEVICE_RUNNING});
    align_status(a, &r);
    assert_int_equal(r.site[0].state, SITE_STATE_RUNNING);
    align_destroy(a);
}

static void three_axes_at_full_scale_are_no_movement(void **state)
{
    (void)state;
    const unsigned stuck[] = {CHANNELS_ACC, CHANNELS_GYRO};
    for (int i = 0; i < 2; i++) {
        struct result r = run(SAMPLE_INT16, 0, IMU, stuck[i], i ? 32767 : -32768, 400, 450);
        assert_int_equal(r.after.counters.invalid, 50);
        assert_int_equal(r.after.site[0].saturated, 50);
        assert_true(r.invalid[4] > 40);
    }
    struct result two = run(SAMPLE_INT16, 0, IMU, 3, 32767, 400, 450); // an impact may clip two
    assert_int_equal(two.after.counters.invalid, 0);
    assert_int_equal(two.after.site[0].saturated, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_that_stand_still_are_no_measurement), cmocka_unit_test(one_axis_that_moves_is_enough),
        cmocka_unit_test(what_is_coarse_may_stand_still_for_longer),  cmocka_unit_test(what_is_back_is_judged_anew),
        cmocka_unit_test(three_axes_at_full_scale_are_no_movement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
