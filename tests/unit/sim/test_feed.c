// SPDX-License-Identifier: GPL-3.0-or-later
// Samples as a sensor gives them: oscillators that are off, stamps of the host, counts that clip, mounts that can be
// undone; faults; and the truth file, which must agree with the body it describes.
#include "sim/feed.h"
#include "sim/iiod_buffer.h"
#include "sim/sensor.h"
#include "sim/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

struct bench {
    struct scenario scenario;
    struct fault_list faults;
    struct body *body;
    struct feed *feed;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    *state = bench;
    if (!bench || scenario_load_default(&bench->scenario, error) != 0 ||
        body_create(&bench->body, &bench->scenario) != 0)
        return -1;
    return feed_from_runner(&bench->feed, &bench->scenario, bench->body, &bench->faults);
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    feed_destroy(bench->feed);
    body_destroy(bench->body);
    free(bench);
    return 0;
}

static void oscillators_differ_and_stamps_do_not_drift(void **state)
{
    struct bench *bench = *state;
    double lowest = 1e9, highest = 0;
    for (int i = 0; i < feed_count(bench->feed); i++) {
        struct feed_sample sample;
        int64_t first_ns = 0, last_ns = 0;
        const int n = 20000;
        for (int k = 0; k <= n; k++) {
            int64_t due_ns = feed_next_ns(bench->feed, i);
            assert_true(feed_pull(bench->feed, i, &sample));
            assert_true(llabs(sample.t_ns - due_ns) < 100000); // the stamp's jitter
            assert_true(k == 0 || sample.t_ns > last_ns);
            last_ns = sample.t_ns;
            first_ns = k ? first_ns : last_ns;
        }
        double rate_hz = n / (1e-9 * (double)(last_ns - first_ns));
        assert_true(rate_hz > 989.5 && rate_hz < 1010.5);
        lowest = fmin(lowest, rate_hz);
        highest = fmax(highest, rate_hz);
    }
    assert_true(highest - lowest > 5);
}

// The stated mount leaves the slope of the body and a misalignment, not more: standing, the spine's sensors lean as
// said.
static void gravity_is_where_the_mount_says(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < feed_count(bench->feed); i++) {
        const struct source_desc *desc = feed_desc(bench->feed, i);
        double mean[3] = {0}, up[3] = {0};
        for (int k = 0; k < 5000; k++) {
            struct feed_sample sample;
            assert_true(feed_pull(bench->feed, i, &sample));
            for (int c = 0; c < 3; c++)
                mean[c] += sample.value[CH_ACC_X + c] * desc->scale[CH_ACC_X + c] / 5000;
        }
        for (int row = 0; row < 3; row++)
            for (int c = 0; c < 3; c++)
                up[row] += desc->mount[3 * row + c] * mean[c];
        double length = sqrt(up[0] * up[0] + up[1] * up[1] + up[2] * up[2]);
        double tilt_deg = acos(up[2] / length) * 57.29577951308232;
        assert_true(fabs(length - SIM_GRAVITY) < 0.3);
        assert_true(tilt_deg < 35);
        if (desc->site == SITE_C7)
            assert_true(-up[0] / length > sin(0.35)); // 25° ± misalignment: the upper end forward
    }
}

static void full_scale_clips(void **state)
{
    struct bench *bench = *state;
    struct sensor sensor;
    int32_t value[N_CHANNELS];
    sensor_init(&sensor, &bench->scenario, SITE_SHOULDER_LEFT);
    const double up[3] = {0, 0, 400}, down[3] = {0, 0, -60};
    sensor_measure(&sensor, up, down, value);
    assert_int_equal(value[CH_ACC_Z], 32767);
    assert_int_equal(value[CH_GYRO_Z], -32768);
}

static void faults_do_what_they_say(void **state)
{
    struct bench *bench = *state;
    char error[128];
    assert_int_equal(fault_parse(&bench->faults, "gap:head@1+0.5", error, sizeof error), 0);
    assert_int_equal(fault_parse(&bench->faults, "freeze:head@2+0.5", error, sizeof error), 0);
    int32_t held[N_CHANNELS] = {0};
    int64_t last_ns = 0, largest_ns = 0;
    int n_held = 0;
    while (last_ns < 3 * SECOND) {
        struct feed_sample sample;
        assert_true(feed_pull(bench->feed, 0, &sample));
        if (sample.t_ns - last_ns > largest_ns && last_ns)
            largest_ns = sample.t_ns - last_ns;
        n_held += memcmp(held, sample.value, sizeof held) == 0;
        memcpy(held, sample.value, sizeof held);
        last_ns = sample.t_ns;
    }
    assert_true(llabs(largest_ns - SECOND / 2) < 3000000);
    assert_true(n_held > 490 && n_held < 512);
}

static void a_slow_reader_loses_the_newest(void **state)
{
    struct bench *bench = *state;
    struct harness harness;
    struct iiod_buffer buffer = {.device = -1};
    harness_init(&harness, bench->feed, false, FEED_END);
    assert_int_equal(iiod_buffer_open(&buffer, &harness, 0, 1U << 6, 10), 0); // the stamp alone; room for 4 × 10
    harness.start_mono_ns -= SECOND;                                          // a second passes
    iiod_buffer_fill(&buffer, &harness, 10);
    assert_int_equal(buffer.used, 40);
    assert_true(feed_counts(bench->feed, 0)->overrun > 900);
    int64_t stamp[40], next;
    iiod_buffer_take(&buffer, 40, (unsigned char *)stamp);
    for (int i = 1; i < 40; i++)
        assert_true(llabs(stamp[i] - stamp[i - 1] - 1000000) < 200000);
    harness.start_mono_ns -= SECOND / 100;
    iiod_buffer_fill(&buffer, &harness, 1);
    iiod_buffer_take(&buffer, 1, (unsigned char *)&next);
    assert_true(next - stamp[39] > SECOND / 2);
    iiod_buffer_close(&buffer, &harness);
}

static void truth_tells_what_the_body_does(void **state)
{
    struct bench *bench = *state;
    char path[] = "/tmp/poise-truth-XXXXXX", line[4096], phase[32];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct truth *truth;
    assert_int_equal(truth_open(&truth, path, &bench->scenario, bench->body), 0);
    assert_int_equal(truth_advance(truth, 60 * SECOND, 5 * SECOND), 0);
    assert_int_equal(truth_advance(truth, 180 * SECOND, 5 * SECOND), 0);
    assert_int_equal(truth_close(truth), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n_lines = 0, n_contacts = 0, n_breaths = 0;
    double cadence_in_run = 0;
    while (fgets(line, sizeof line, file)) {
        double t_s = -1, mono_s = -1, cadence = -1;
        n_contacts += strstr(line, "\"contact\"") != NULL;
        n_breaths += strstr(line, "\"inspiration\"") != NULL;
        if (strstr(line, "\"event\""))
            continue;
        n_lines++;
        assert_int_equal(sscanf(line, "{\"t_s\":%lf,\"mono_s\":%lf,\"phase\":\"%31[a-z]\"", &t_s, &mono_s, phase), 3);
        assert_true(fabs(mono_s - t_s - 5) < 1e-5);
        sscanf(strstr(line, "\"cadence_spm\":"), "\"cadence_spm\":%lf", &cadence);
        if (fabs(t_s - 80) < 0.01)
            cadence_in_run = cadence;
        if (t_s < 10)
            assert_true(cadence == 0);
    }
    fclose(file);
    unlink(path);
    assert_int_equal(n_lines, 3600);
    assert_true(fabs(cadence_in_run - 166) < 3);
    assert_in_range(n_contacts, 300, 380); // 35 s at 112 and 105 s near 165 steps a minute
    assert_in_range(n_breaths, 70, 110);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(oscillators_differ_and_stamps_do_not_drift, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gravity_is_where_the_mount_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_scale_clips, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_do_what_they_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_loses_the_newest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(truth_tells_what_the_body_does, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
