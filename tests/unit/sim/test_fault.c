// SPDX-License-Identifier: GPL-3.0-or-later
// What the faults leave of the samples, against the same run without them: slips turn gravity and show their own rate,
// single samples are lost as often as said and the rest stays, stamps lie as told, and everything is counted.
#include "sim/feed.h"
#include "sim/sensor.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static const char ideal[] = "version: 1\nseed: 4\nsites: [c7, t12]\n"
                            "noise: {acc_m_s2: 0, gyro_deg_s: 0, acc_bias_m_s2: 0, gyro_bias_deg_s: 0}\n"
                            "clock: {ppm_max: 0, jitter_us: 0}\nphases:\n  - {kind: stand, duration_s: 2}\n"
                            "  - {kind: bow, duration_s: 12, bow_deg: 40}\n  - {kind: run, duration_s: 20}\n";

struct bench { // [0] as it is, [1] with faults
    struct scenario scenario;
    struct fault_list faults[2];
    struct body *body;
    struct feed *feed[2];
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    *state = bench;
    if (!bench || scenario_load_text(&bench->scenario, "t", ideal, strlen(ideal), error) != 0 ||
        body_create(&bench->body, &bench->scenario) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (feed_from_runner(&bench->feed[i], &bench->scenario, bench->body, &bench->faults[i]) != 0)
            return -1;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    feed_destroy(bench->feed[0]);
    feed_destroy(bench->feed[1]);
    body_destroy(bench->body);
    free(bench);
    return 0;
}

static void put(struct bench *bench, const char *text)
{
    char error[SCENARIO_ERROR];
    if (fault_parse(&bench->faults[1], text, error, sizeof error) != 0)
        fail_msg("%s", error);
}

static void to_si(const struct feed *feed, const struct feed_sample *sample, double acc[3], double gyro[3])
{
    const struct source_desc *desc = feed_desc(feed, 0);
    for (int i = 0; i < 3; i++) {
        acc[i] = desc->scale[CH_ACC_X + i] * sample->value[CH_ACC_X + i];
        gyro[i] = desc->scale[CH_GYRO_X + i] * sample->value[CH_GYRO_X + i];
    }
}

// The sensor's true orientation at t_s: the segment's, the slip so far, the mount as the sensor has it.
static void true_orientation(struct bench *bench, double slip_deg, const struct body_state *body, double q[4])
{
    struct sensor sensor;
    sensor_init(&sensor, &bench->scenario, SITE_C7);
    double(*m)[3] = sensor.chip_from_segment, half = slip_deg * RAD / 2;
    double w = sqrt(fmax(0, 1 + m[0][0] + m[1][1] + m[2][2])) / 2; // the mount turns by 120 degrees and not by 180
    assert_true(w > 0.1);
    double segment_from_chip[4] = {w, (m[1][2] - m[2][1]) / (4 * w), (m[2][0] - m[0][2]) / (4 * w),
                                   (m[0][1] - m[1][0]) / (4 * w)};
    double slip[4] = {cos(half), 0, 0, 0};
    for (int i = 0; i < 3; i++)
        slip[i + 1] = sin(half) * fault_slip_axis[i];
    multiply(body->q_world_from_segment, slip, q);
    multiply(q, segment_from_chip, q);
}

// A slip in the middle of a bow: from before it on, the measured rate alone leads to the orientation that body and slip
// have together, and at every sample the measured force is the body's in those axes.
static void a_slip_is_one_motion_with_the_body(void **state)
{
    struct bench *bench = *state;
    put(bench, "slip:c7@3.0+0.8=-25");
    double q[4], truth[4], last_gyro[3] = {0}, worst_rad = 0, worst_force = 0;
    bool started = false;
    struct body_cursor cursor = {0};
    while (feed_next_ns(bench->feed[1], 0) < 7 * SECOND) {
        struct feed_sample sample;
        struct body_state body;
        double acc[3], gyro[3], mean[3], world[3];
        double t_s = 1e-9 * (double)feed_next_ns(bench->feed[1], 0);
        assert_true(feed_pull(bench->feed[1], 0, &sample));
        body_at(bench->body, &cursor, SITE_C7, t_s, &body);
        double slip_rad, rate_rad_s;
        fault_slip_at(&bench->faults[1], SITE_C7, t_s, &slip_rad, &rate_rad_s);
        true_orientation(bench, slip_rad / RAD, &body, truth);
        to_si(bench->feed[1], &sample, acc, gyro);
        for (int k = 0; k < 3; k++)
            mean[k] = (gyro[k] + last_gyro[k]) / 2;
        memcpy(last_gyro, gyro, sizeof gyro);
        if (started)
            integrate(q, mean, 0.001);
        else
            memcpy(q, truth, sizeof q);
        started = true;
        worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, truth, 4)), 1)));
        rotate(truth, acc, world);
        for (int k = 0; k < 3; k++)
            worst_force = fmax(worst_force, fabs(world[k] - body.acc_world[k] - (k == 2 ? SIM_GRAVITY : 0)));
    }
    assert_true(worst_rad < 0.1 * RAD); // 16 bits: 0.06 deg/s per count
    assert_true(worst_force < 0.01);
}

static void a_slip_stays_and_spares_the_others(void **state)
{
    struct bench *bench = *state;
    put(bench, "slip:c7@0.2+0.5=10");
    double tilt_deg[2];
    for (int device = 0; device < 2; device++) {
        double acc[2][3], gyro[3];
        for (int i = 0; i < 2; i++) {
            struct feed_sample sample;
            feed_skip(bench->feed[i], device, SECOND);
            assert_true(feed_pull(bench->feed[i], device, &sample));
            to_si(bench->feed[i], &sample, acc[i], gyro);
        }
        tilt_deg[device] =
            acos(fmin(dot(acc[0], acc[1], 3) / sqrt(dot(acc[0], acc[0], 3) * dot(acc[1], acc[1], 3)), 1));
        tilt_deg[device] /= RAD;
    }
    assert_true(fabs(tilt_deg[0] - 10) < 0.1 && tilt_deg[1] < 0.001);
}

static void drops_are_as_many_as_said_and_the_rest_stays(void **state)
{
    struct bench *bench = *state;
    put(bench, "drop:all@0+20=5");
    int both_lost = 0;
    const int n = 20000;
    static bool lost[2][20000];
    for (int device = 0; device < 2; device++) {
        struct feed_sample whole, kept;
        bool has_kept = feed_pull(bench->feed[1], device, &kept);
        for (int i = 0; i < n - 10; i++) {
            assert_true(feed_pull(bench->feed[0], device, &whole));
            lost[device][i] = !has_kept || kept.t_ns != whole.t_ns;
            if (!lost[device][i]) {
                assert_memory_equal(kept.value, whole.value, sizeof kept.value);
                has_kept = feed_pull(bench->feed[1], device, &kept);
            }
        }
        const struct feed_counts *counts = feed_counts(bench->feed[1], device);
        assert_in_range(counts->dropped, 1000 - 125, 1000 + 125); // 4 standard deviations
        assert_true(counts->dropped + counts->delivered >= (uint64_t)n - 10);
        assert_true(counts->in_gaps == 0 && counts->overrun == 0);
    }
    for (int i = 0; i < n; i++)
        both_lost += lost[0][i] && lost[1][i];
    assert_in_range(both_lost, 22, 80); // 0.25 %: each device loses its own
}

static void asking_again_loses_nothing_more(void **state)
{
    struct bench *bench = *state;
    put(bench, "drop:c7@0+20=50");
    struct feed_sample sample;
    for (int i = 0; i < 2000; i++) {
        int64_t next_ns = feed_next_ns(bench->feed[1], 0);
        for (int again = 0; again < 5; again++)
            assert_true(feed_next_ns(bench->feed[1], 0) == next_ns);
        assert_true(feed_pull(bench->feed[1], 0, &sample) && sample.t_ns == next_ns);
    }
    assert_in_range(feed_counts(bench->feed[1], 0)->dropped, 1750, 2250);
}

static void a_burst_comes_at_its_end(void **state)
{
    struct bench *bench = *state;
    put(bench, "burst:c7@1+0.3");
    struct feed_sample sample;
    int64_t last_ns = 0;
    int n_at_end = 0;
    while (last_ns < 2 * SECOND) {
        int64_t next_ns = feed_next_ns(bench->feed[1], 0);
        assert_true(next_ns < SECOND || next_ns >= 13 * SECOND / 10); // nothing to be had in between
        assert_true(feed_pull(bench->feed[1], 0, &sample) && sample.t_ns >= last_ns && sample.due_ns == sample.t_ns);
        n_at_end += sample.t_ns == 13 * SECOND / 10;
        last_ns = sample.t_ns;
    }
    assert_in_range(n_at_end, 299, 301);
    assert_int_equal(feed_counts(bench->feed[1], 0)->burst, n_at_end);
    assert_in_range(feed_counts(bench->feed[1], 0)->delivered, 1998, 2001); // none is lost
}

static void a_step_moves_stamps_and_nothing_else(void **state)
{
    struct bench *bench = *state;
    put(bench, "step:c7@1+0.5=-40");
    put(bench, "step:c7@2+100=7.5");
    for (int i = 0; i < 3000; i++) {
        struct feed_sample whole, stepped;
        assert_true(feed_next_ns(bench->feed[0], 0) == feed_next_ns(bench->feed[1], 0));
        int64_t t_ns = feed_next_ns(bench->feed[0], 0);
        assert_true(feed_pull(bench->feed[0], 0, &whole) && feed_pull(bench->feed[1], 0, &stepped));
        int64_t off_ns = t_ns < SECOND ? 0 : t_ns < 3 * SECOND / 2 ? -40000000 : t_ns < 2 * SECOND ? 0 : 7500000;
        assert_true(stepped.t_ns - whole.t_ns == off_ns && stepped.due_ns == whole.due_ns);
        assert_memory_equal(stepped.value, whole.value, sizeof whole.value);
    }
    assert_in_range(feed_counts(bench->feed[1], 0)->stepped, 1495, 1505);
}

static void gaps_are_counted(void **state)
{
    struct bench *bench = *state;
    put(bench, "gap:t12@1+0.25");
    struct feed_sample sample;
    for (int i = 0; i < 3000; i++)
        assert_true(feed_pull(bench->feed[1], 1, &sample));
    assert_in_range(feed_counts(bench->feed[1], 1)->in_gaps, 249, 251);
    assert_int_equal(feed_counts(bench->feed[1], 1)->delivered, 3000);
}

static void values_are_spoiled_as_told(void **state)
{
    struct bench *bench = *state;
    put(bench, "swap:c7@1+1");
    put(bench, "scale:c7@2+1=0.5");
    put(bench, "saturate:c7@3+0.5");
    int n_saturated = 0;
    int32_t held[N_CHANNELS] = {0}; // before it
    for (int i = 0; i < 4000; i++) {
        struct feed_sample whole, spoiled;
        int64_t t_ns = feed_next_ns(bench->feed[0], 0);
        assert_true(feed_pull(bench->feed[0], 0, &whole) && feed_pull(bench->feed[1], 0, &spoiled));
        assert_true(whole.t_ns == spoiled.t_ns);
        for (int c = 0; c < N_CHANNELS; c++) {
            int32_t was = whole.value[c], is = spoiled.value[c];
            if (t_ns >= 3 * SECOND && t_ns < 7 * SECOND / 2)
                assert_int_equal(is, held[c] < 0 ? -32768 : 32767);
            else if (t_ns >= 2 * SECOND && t_ns < 3 * SECOND && c <= CH_ACC_Z)
                assert_true(fabs(is - 0.5 * was) <= 0.5);
            else if (t_ns >= SECOND && t_ns < 2 * SECOND)
                assert_int_equal(is, whole.value[c / 3 * 3 + (c + 1) % 3]);
            else
                assert_int_equal(is, was);
        }
        if (t_ns < 3 * SECOND)
            memcpy(held, whole.value, sizeof held);
        n_saturated += t_ns >= 3 * SECOND && t_ns < 7 * SECOND / 2;
    }
    assert_int_equal(feed_counts(bench->feed[1], 0)->saturated, n_saturated);
}

// Five per cent more samples in that second, and instants that go on from each other.
static void an_oscillator_goes_off_and_comes_back(void **state)
{
    struct bench *bench = *state;
    put(bench, "ppm:c7@1+1=50000");
    int n[3] = {0};
    int64_t last_ns = 0;
    struct feed_sample sample;
    while (last_ns < 3 * SECOND - 1000000) {
        assert_true(feed_pull(bench->feed[1], 0, &sample));
        double step_ms = 1e-6 * (double)(sample.t_ns - last_ns);
        int second = (int)(sample.t_ns / SECOND);
        if (n[0] > 0 && sample.t_ns % SECOND > 2000000)
            assert_true(fabs(step_ms - (second == 1 ? 1 / 1.05 : 1)) < 0.001);
        n[second]++;
        last_ns = sample.t_ns;
    }
    assert_in_range(n[0], 998, 1001);
    assert_in_range(n[1], 1048, 1052);
    assert_in_range(n[2], 998, 1001);
}

static void outages_lose_samples_and_are_counted(void **state)
{
    struct bench *bench = *state;
    static const char *const kinds[] = {"unplug", "eio", "enodev", "etimedout", "reset", "hang"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s:c7@%zu+0.25", kinds[i], i + 1);
        put(bench, text);
    }
    struct feed_sample sample = {0};
    while (sample.t_ns < 7 * SECOND) {
        assert_true(feed_pull(bench->feed[1], 0, &sample));
        assert_true(sample.t_ns < SECOND || sample.t_ns >= 7 * SECOND || sample.t_ns % SECOND >= SECOND / 4);
        assert_null(fault_outage(&bench->faults[1], SITE_C7, sample.t_ns));
    }
    assert_in_range(feed_counts(bench->feed[1], 0)->in_gaps, 6 * 249, 6 * 251);
    assert_int_equal(fault_outages_begun(&bench->faults[1], SITE_C7, 3 * SECOND), 3);
    assert_int_equal(fault_outages_begun(&bench->faults[1], SITE_T12, 9 * SECOND), 0);
    assert_false(fault_server_hangs(&bench->faults[1], 6 * SECOND + SECOND / 8)); // of one site only
    put(bench, "hang:all@6+1");
    assert_true(fault_server_hangs(&bench->faults[1], 6 * SECOND + SECOND / 8));
    assert_false(fault_server_hangs(&bench->faults[1], 7 * SECOND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slip_is_one_motion_with_the_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slip_stays_and_spares_the_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_are_as_many_as_said_and_the_rest_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asking_again_loses_nothing_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_burst_comes_at_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_step_moves_stamps_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gaps_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_are_spoiled_as_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_oscillator_goes_off_and_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outages_lose_samples_and_are_counted, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
