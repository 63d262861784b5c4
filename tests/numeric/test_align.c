// SPDX-License-Identifier: GPL-3.0-or-later
// Many clocks, one timeline: known sines from devices whose oscillators are off and whose stamps jitter.
#include "check.h"

#include "align/align.h"

#include <string.h>

// Of a 5 Hz sine of amplitude 1 at rates near 1 kHz: 0.2 ms of time error alone would be 0.0063.
#define SINE_TOLERANCE     0.0065
#define RATE_PPM_TOLERANCE 60 // after 20 s with 100 us of stamp jitter

#define TWENTIETH_TOLERANCE 3e-4 // of the amplitude, a signal at a twentieth of the source's rate
#define EIGHTH_TOLERANCE    9e-3
// Through the 300 Hz low-pass of sources faster than the grid.
static const double body_hz[] = {5, 20, 50, 100}, body_tolerance[] = {1e-4, 5e-4, 4e-3, 0.03};

static const struct align_params defaults = {60, 5, 0.25, 40};

static struct source_desc describe(int site, unsigned channels)
{
    struct source_desc d = {.site = (uint16_t)site,
                            .channel_mask = (uint16_t)channels,
                            .format = SAMPLE_FLOAT64,
                            .mount = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    for (int c = 0; c < N_CHANNELS; c++)
        d.scale[c] = 1;
    return d;
}

struct device {
    double rate_hz, jitter_ns;
    double t_s; // true time of the next sample
    double stall_from_s, stall_to_s;
};

#define START_S 1000.0

static double signal_at(double t_s)
{
    return sin(2 * PI * 5 * t_s);
}

// Moves on to the next sample that the device delivers.
static void skip_stall(struct device *d)
{
    while (d->t_s >= d->stall_from_s && d->t_s < d->stall_to_s)
        d->t_s += 1 / d->rate_hz;
}

// The next ten samples; fewer before a stall.
static void next_block(struct device *d, uint16_t source, struct raw_block *block)
{
    memset(block, 0, sizeof *block);
    block->source = source;
    skip_stall(d);
    while (block->n < 10 && !(d->t_s >= d->stall_from_s && d->t_s < d->stall_to_s)) {
        block->stamp_ns[block->n] = log_quantise_ns(llround(d->t_s * 1e9 + d->jitter_ns * check_normal()));
        for (int c = 0; c < N_CHANNELS; c++)
            block->value[block->n][c] = signal_at(d->t_s) * (c + 1);
        block->n++;
        d->t_s += 1 / d->rate_hz;
    }
}

struct tally {
    double worst;
    long frames, invalid[2], bridged;
    int64_t next_index;
};

static void drain(struct align *a, struct tally *t, int n_sites, double settle_s)
{
    struct frame_block b;
    while (align_pull(a, &b)) {
        if (t->frames > 0)
            assert_int_equal(b.first_index, t->next_index);
        t->next_index = b.first_index + FRAME_BLOCK_LEN;
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            t->frames++;
            double time_s = (double)(b.first_index + f) * 1e-3;
            for (int s = 0; s < n_sites; s++) {
                if (!(b.site[s].valid[f] & FRAME_ACC)) {
                    t->invalid[s]++;
                    continue;
                }
                t->bridged += (b.site[s].valid[f] & FRAME_BRIDGED) != 0;
                if (time_s > START_S + settle_s)
                    t->worst = fmax(t->worst, fabs((double)b.site[s].acc[f][0] - signal_at(time_s)));
            }
        }
    }
}

static void balance(const struct align *a, struct status_result *status)
{
    align_status(a, status);
    const struct sample_counters *c = &status->counters;
    assert_int_equal(c->in, c->used + c->dropped + c->invalid + c->held);
}

static void run(struct align *a, struct device *device, int n, double until_s, struct tally *t, double settle_s)
{
    for (;;) {
        int earliest = 0;
        for (int i = 0; i < n; i++) {
            skip_stall(&device[i]);
            if (device[i].t_s < device[earliest].t_s)
                earliest = i;
        }
        if (device[earliest].t_s > until_s)
            return;
        struct raw_block block;
        next_block(&device[earliest], (uint16_t)earliest, &block);
        align_push_block(a, &block);
        drain(a, t, n, settle_s);
    }
}

static void two_clocks_meet_on_the_grid(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[2] = {{1009, 1e5, START_S, 0, 0}, {990.3, 1e5, START_S + 0.0123, 0, 0}};
    for (int i = 0; i < 2; i++) {
        struct source_desc d = describe(i, CHANNELS_ACC | CHANNELS_GYRO);
        d.rate_hz = 1000;
        align_set_source(a, (uint16_t)i, &d);
    }
    struct tally t = {0};
    struct status_result status;
    run(a, device, 2, START_S + 20, &t, 2);
    balance(a, &status);
    assert_true(status.counters.held > 0);
    align_finish(a);
    drain(a, &t, 2, 2);
    balance(a, &status);
    assert_int_equal(status.counters.held, 0);
    assert_int_equal(status.counters.invalid, 0);
    printf("worst error %.5f, ppm %.1f and %.1f\n", t.worst, (double)status.site[0].ppm, (double)status.site[1].ppm);
    assert_near(t.worst, 0, SINE_TOLERANCE);
    assert_near(status.site[0].ppm, 9000, RATE_PPM_TOLERANCE);
    assert_near(status.site[1].ppm, -9700, RATE_PPM_TOLERANCE);
    assert_near(status.site[0].jitter_us, 100, 15);
    assert_int_equal(status.site[0].gaps, 0);
    assert_true(t.frames > 19900);
    align_destroy(a);
}

static void slow_sources_are_interpolated(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[1] = {{100.2, 0, START_S, 0, 0}};
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    struct tally t = {0};
    run(a, device, 1, START_S + 5, &t, 1);
    align_finish(a);
    drain(a, &t, 1, 1);
    printf("worst error of 5 Hz at 100 Hz: %.5f\n", t.worst);
    assert_near(t.worst, 0, 0.001);
    align_destroy(a);
}

struct misfit {
    double worst, rms;
};

// Six seconds of a sine from a source with exact stamps; what differs from the sine on the grid.
static struct misfit interpolate(double rate_hz, double signal_hz)
{
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    struct misfit misfit = {0};
    double start_s = START_S + check_uniform(), square = 0;
    long n = 0;
    for (int i = 0; i < 6 * rate_hz; i++) {
        struct raw_block block = {.n = 1};
        double t_s = start_s + i / rate_hz;
        block.stamp_ns[0] = log_quantise_ns(llround(t_s * 1e9));
        block.value[0][0] = sin(2 * PI * signal_hz * (t_s - START_S));
        align_push_block(a, &block);
        struct frame_block b;
        while (align_pull(a, &b))
            for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
                double time_s = (double)(b.first_index + f) * 1e-3 - START_S;
                if (time_s < 3)
                    continue;
                assert_true(b.site[0].valid[f] & FRAME_ACC);
                double error = fabs((double)b.site[0].acc[f][0] - sin(2 * PI * signal_hz * time_s));
                misfit.worst = fmax(misfit.worst, error);
                square += error * error;
                n++;
            }
    }
    align_destroy(a);
    assert_true(n > 2500);
    misfit.rms = sqrt(square / (double)n);
    return misfit;
}

// Four points through a sine miss it between two samples by 2.2e-4 at a twentieth and 8.5e-3 at an eighth of the rate;
// above 1.2 kHz the low-pass comes on top.
static void every_rate_is_interpolated_with_known_error(void **state)
{
    (void)state;
    static const double rates_hz[] = {25, 52, 104, 208, 416, 833, 1600, 3200};
    for (size_t i = 0; i < sizeof rates_hz / sizeof rates_hz[0]; i++) {
        double rate_hz = rates_hz[i] * 1.0037;
        struct misfit slow = interpolate(rate_hz, rate_hz / 20), fast = interpolate(rate_hz, rate_hz / 8);
        printf("%4.0f Hz: %5.1f Hz worst %.5f rms %.5f, %5.1f Hz worst %.5f rms %.5f\n", rates_hz[i], rate_hz / 20,
               slow.worst, slow.rms, rate_hz / 8, fast.worst, fast.rms);
        if (rates_hz[i] > 1200)
            continue;
        assert_near(slow.worst, 0, TWENTIETH_TOLERANCE);
        assert_near(fast.worst, 0, EIGHTH_TOLERANCE);
        assert_true(fast.worst > slow.worst);
    }
    for (size_t i = 0; i < sizeof body_hz / sizeof body_hz[0]; i++) {
        struct misfit fast = interpolate(3200, body_hz[i]), medium = interpolate(1600, body_hz[i]);
        printf("low-passed %5.1f Hz: worst %.5f from 3200 Hz, %.5f from 1600 Hz\n", body_hz[i], fast.worst,
               medium.worst);
        assert_near(fast.worst, 0, body_tolerance[i]);
        assert_near(medium.worst, 0, body_tolerance[i]);
    }
}

// 12 bits in 16, and all of 16; a floating format never says it is clipped.
static void full_scale_is_flagged_by_channel(void **state)
{
    (void)state;
    static const struct {
        enum sample_format format;
        int bits;
        double value;
        bool clipped;
    } cases[] = {
        {SAMPLE_INT16, 12, 2047, true},       {SAMPLE_INT16, 12, -2048, true},   {SAMPLE_INT16, 12, 2046, false},
        {SAMPLE_INT16, 12, -2047, false},     {SAMPLE_INT16, 0, 32767, true},    {SAMPLE_INT16, 0, -32768, true},
        {SAMPLE_INT16, 0, 2047, false},       {SAMPLE_INT16, 16, 32766, false},  {SAMPLE_INT32, 17, 65535, true},
        {SAMPLE_INT32, 20, -524288, true},    {SAMPLE_INT32, 20, 32767, false},  {SAMPLE_INT32, 0, 2147483647, true},
        {SAMPLE_INT32, 0, 2147483646, false}, {SAMPLE_FLOAT32, 0, 32767, false}, {SAMPLE_FLOAT64, 12, 2047, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int c = 0; c < N_CHANNELS; c++) {
            struct align *a;
            assert_int_equal(align_create(&a, &defaults), 0);
            struct source_desc d = describe(0, CHANNELS_ACC | CHANNELS_GYRO);
            d.format = cases[i].format;
            d.bits = (uint16_t)cases[i].bits;
            for (int k = 0; k < N_CHANNELS; k++)
                d.scale[k] = 1e-6;
            align_set_source(a, 0, &d);
            int flagged[2] = {0};
            for (int n = 0; n < 400; n++) {
                struct raw_block block = {.n = 1, .stamp_ns = {INT64_C(1000000000000) + n * INT64_C(1000000)}};
                block.value[0][c] = n == 350 ? cases[i].value : 1;
                align_push_block(a, &block);
                struct frame_block b;
                while (align_pull(a, &b))
                    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
                        flagged[0] += (b.site[0].valid[f] & FRAME_ACC_CLIPPED) != 0;
                        flagged[1] += (b.site[0].valid[f] & FRAME_GYRO_CLIPPED) != 0;
                    }
            }
            struct status_result status;
            balance(a, &status);
            align_destroy(a);
            bool gyro = c >= CH_GYRO_X;
            assert_int_equal(status.site[0].saturated, cases[i].clipped);
            assert_int_equal(flagged[gyro] > 0, cases[i].clipped);
            assert_int_equal(flagged[!gyro], 0);
        }
}

// Its clock starts anew while the other goes on; nothing waits for what is not there.
static void a_lost_device_does_not_hold_up_the_others(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[2] = {{1000, 0, START_S, 0, 0}, {1000, 0, START_S, START_S + 3, START_S + 6}};
    for (int i = 0; i < 2; i++) {
        struct source_desc d = describe(i, CHANNELS_ACC);
        align_set_source(a, (uint16_t)i, &d);
    }
    struct tally t = {0};
    run(a, device, 2, START_S + 3, &t, 1);
    // One more, late by four: whether these are missing the next ones would tell, which do not come.
    align_push_block(a, &(struct raw_block){.source = 1,
                                            .n = 1,
                                            .stamp_ns = {llround((START_S + 3.004) * 1e9)},
                                            .value = {{signal_at(START_S + 3.004)}}});
    align_push_device(a, &(struct device_event){.source = 1, .site = 1, .state = DEVICE_LOST, .reason = "unplugged"});
    run(a, device, 2, START_S + 5, &t, 1);
    assert_true(t.frames > 4950);
    struct status_result status;
    balance(a, &status);
    assert_int_equal(status.site[1].state, SITE_STATE_LOST);
    assert_string_equal(status.site[1].reason, "unplugged");
    run(a, device, 2, START_S + 6, &t, 1);
    device[1].rate_hz = 800; // what comes back has another oscillator
    run(a, device, 2, START_S + 9, &t, 1);
    align_finish(a);
    drain(a, &t, 2, 1);
    balance(a, &status);
    assert_int_equal(status.site[1].gaps, 2);
    assert_near(status.site[1].missed, 4 + 2400, 4); // of its own
    assert_near(status.site[1].rate_hz, 800, 0.1);
    assert_near(t.worst, 0, 0.001);
    align_destroy(a);
}

// Stamps of 50 minutes ago beside ticks and a sensor of now: the grid begins now, and nothing waits for them.
static void a_source_on_another_clock_does_not_hold_up_the_others(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[2] = {{1000, 0, START_S, 0, 0}, {1000, 0, START_S, 0, 0}};
    for (int i = 0; i < 2; i++) {
        struct source_desc d = describe(i, CHANNELS_ACC);
        align_set_source(a, (uint16_t)i, &d);
    }
    struct tally t = {0};
    for (int i = 0; i < 800; i++) {
        struct raw_block block;
        next_block(&device[i % 2], (uint16_t)(i % 2), &block);
        for (int k = 0; i % 2 == 1 && k < block.n; k++)
            block.stamp_ns[k] -= 3000 * INT64_C(1000000000);
        if (i % 20 == 0)
            align_push_tick(a, block.stamp_ns[0]);
        align_push_block(a, &block);
        drain(a, &t, 2, 1);
        assert_true(t.frames <= 4000);
    }
    assert_true(t.frames > 3800);
    assert_near(t.worst, 0, 0.001);
    align_destroy(a);
}

static void fast_sources_do_not_alias(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    double largest = 0;
    for (int i = 0; i < 3200; i++) { // 3.2 kHz; 1300 Hz would appear at 300 Hz
        struct raw_block block = {.n = 1};
        double t_s = START_S + i / 3200.0;
        block.stamp_ns[0] = log_quantise_ns(llround(t_s * 1e9));
        block.value[0][0] = sin(2 * PI * 1300 * t_s);
        align_push_block(a, &block);
        struct frame_block b;
        while (align_pull(a, &b))
            for (int f = 0; f < FRAME_BLOCK_LEN; f++)
                if ((double)(b.first_index + f) * 1e-3 > START_S + 0.2)
                    largest = fmax(largest, fabs((double)b.site[0].acc[f][0]));
    }
    printf("1300 Hz leaves %.5f\n", largest);
    assert_true(largest > 0 && largest < 0.01);
    align_destroy(a);
}

static void a_stalled_site_does_not_stop_the_others(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[2] = {{1000, 0, START_S, 0, 0}, {1000, 0, START_S, START_S + 3, START_S + 5}};
    for (int i = 0; i < 2; i++) {
        struct source_desc d = describe(i, CHANNELS_ACC);
        align_set_source(a, (uint16_t)i, &d);
    }
    struct tally t = {0};
    struct status_result status;
    run(a, device, 2, START_S + 4, &t, 1);
    assert_true(t.frames > 3900); // not only when it is back
    balance(a, &status);
    assert_int_equal(status.site[1].state, SITE_STATE_STALLED);
    assert_non_null(strstr(status.site[1].reason, "no samples while other sensors deliver"));
    run(a, device, 2, START_S + 8, &t, 1);
    align_push_device(a, &(struct device_event){.source = 1, .site = 1, .state = DEVICE_DROPPED, .n_dropped = 7});
    align_finish(a);
    drain(a, &t, 2, 1);
    balance(a, &status);
    assert_int_equal(status.counters.dropped, 7);
    assert_true(t.invalid[0] < 5);
    assert_near((double)t.invalid[1], 2000, 20); // the stall and nothing but the stall
    assert_near(t.worst, 0, 0.001);
    assert_int_equal(status.site[1].gaps, 1);
    assert_near(status.site[1].missed, 2000, 1);
    assert_int_equal(status.site[1].state, SITE_STATE_RUNNING);
    align_destroy(a);
}

static void short_holes_are_bridged_and_flagged_long_ones_are_not(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct device device[1] = {{1000, 0, START_S, START_S + 2.0, START_S + 2.0035}};
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    struct tally t = {0};
    run(a, device, 1, START_S + 3, &t, 1);
    device[0].stall_from_s = START_S + 4;
    device[0].stall_to_s = START_S + 4.0095;
    run(a, device, 1, START_S + 6, &t, 1);
    struct status_result status;
    balance(a, &status);
    assert_int_equal(status.site[0].gaps, 2);
    assert_true(t.bridged >= 3 && t.bridged <= 5);
    assert_near((double)t.invalid[0], 10, 2);
    align_destroy(a);
}

static void bad_values_and_stamps_are_counted_not_used(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    struct device device[1] = {{1000, 0, START_S, 0, 0}};
    struct tally t = {0};
    run(a, device, 1, START_S + 1, &t, 0.5);
    for (int i = 0; i < 300; i++) {
        struct raw_block block;
        next_block(&device[0], 0, &block);
        if (i % 30 == 0)
            block.value[3][1] = NAN;
        if (i == 100)
            for (int k = 0; k < 10; k++) // one block from the past
                block.stamp_ns[k] -= 100 * INT64_C(1000000);
        align_push_block(a, &block);
        drain(a, &t, 1, 0.5);
    }
    align_push_block(a, &(struct raw_block){.source = 31, .n = 1}); // no such source
    align_push_block(a, &(struct raw_block){.source = 99, .n = 1});
    align_finish(a);
    drain(a, &t, 1, 0.5);
    struct status_result status;
    balance(a, &status);
    assert_true(status.counters.invalid >= 10 && status.counters.invalid <= 40);
    assert_true(t.invalid[0] < 30);
    align_destroy(a);
}

static void a_wild_jump_of_the_clock_restarts_without_endless_frames(void **state)
{
    (void)state;
    struct align *a;
    assert_int_equal(align_create(&a, &defaults), 0);
    struct source_desc d = describe(0, CHANNELS_ACC);
    align_set_source(a, 0, &d);
    struct device device[1] = {{1000, 0, START_S, 0, 0}};
    struct tally t = {0};
    run(a, device, 1, START_S + 2, &t, 5);
    device[0].t_s += 3e7; // a year
    long before = t.frames, after = 0;
    for (int i = 0; i < 200; i++) {
        struct raw_block block;
        next_block(&device[0], 0, &block);
        align_push_block(a, &block);
        struct frame_block b;
        while (align_pull(a, &b)) {
            after += FRAME_BLOCK_LEN;
            assert_true(after < 2100);
        }
    }
    assert_true(before > 1900);
    assert_true(after > 1500);
    struct status_result status;
    balance(a, &status);
    align_destroy(a);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clocks_meet_on_the_grid),
        cmocka_unit_test(slow_sources_are_interpolated),
        cmocka_unit_test(every_rate_is_interpolated_with_known_error),
        cmocka_unit_test(fast_sources_do_not_alias),
        cmocka_unit_test(full_scale_is_flagged_by_channel),
        cmocka_unit_test(a_lost_device_does_not_hold_up_the_others),
        cmocka_unit_test(a_source_on_another_clock_does_not_hold_up_the_others),
        cmocka_unit_test(a_stalled_site_does_not_stop_the_others),
        cmocka_unit_test(short_holes_are_bridged_and_flagged_long_ones_are_not),
        cmocka_unit_test(bad_values_and_stamps_are_counted_not_used),
        cmocka_unit_test(a_wild_jump_of_the_clock_restarts_without_endless_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
