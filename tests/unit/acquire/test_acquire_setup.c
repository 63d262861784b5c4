// SPDX-License-Identifier: GPL-3.0-or-later
// Setting devices up over the real libiio: full scale, the rate of a chip that a trigger reads out, what is refused.
#include "core/log.h"
#include "iiod_peer.h"
#include "log_probe.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SCALES_ACCEL "0.000598 0.001197 0.002394 0.004785"
#define SCALES_GYRO  "0.001065 0.000532 0.000266 0.000133 0.000066"
#define BMI160                                                                                                         \
    .name = "bmi160", .label = "c7", .accel = true, .gyro = true, .scale_accel = "0.000598", .scale_gyro = "0.000133", \
    .scales_accel = SCALES_ACCEL, .scales_gyro = SCALES_GYRO, .rates = "25 50 100 200 400 800 1600", .rate = "800",    \
    .format = "le:S16/16>>0"

static char error[256];

static bool ran_for_100_samples(const struct log_probe *probe)
{
    return probe->n_samples[0] >= 100;
}

struct outcome {
    struct source_desc desc;
    char reason[REASON_MAX];
    char rate[32], trigger[32], accel[32], gyro[32];
};

// Runs site c7 on the device until samples came; NaN leaves a range to the site, 0 the site's to acquire.
static struct outcome run(const struct peer_device *device, double accel_g, double gyro_deg_s, double site_accel_g)
{
    struct outcome outcome;
    struct log_probe probe = {0};
    struct iiod_peer *peer = peer_start(device, 1, 0);
    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    struct acquire *acquire;
    probe_site(sites, SITE_C7, peer_port(peer), "c7");
    params.on_missing = ON_MISSING_EXIT;
    params.accel_range_g = accel_g;
    params.gyro_range_deg_s = gyro_deg_s;
    sites[SITE_C7].accel_range_g = site_accel_g;
    if (acquire_start(&acquire, &params, sites, error, sizeof error) != 0)
        fail_msg("%s", error);
    assert_true(probe_run(&probe, acquire, 20000, ran_for_100_samples));
    acquire_stop(acquire);
    outcome.desc = probe.desc[0];
    snprintf(outcome.reason, sizeof outcome.reason, "%s", probe_last_event(&probe, SITE_C7)->reason);
    peer_setting(peer, 0, 'r', outcome.rate);
    peer_setting(peer, 0, 't', outcome.trigger);
    peer_setting(peer, 0, 'a', outcome.accel);
    peer_setting(peer, 0, 'g', outcome.gyro);
    peer_stop(peer);
    return outcome;
}

static void the_full_scale_is_set_and_reaches_the_description(void **state)
{
    (void)state;
    static const struct peer_device device = {BMI160};
    struct outcome o = run(&device, 16, 2000, NAN);
    assert_string_equal(o.accel, "0.004785");
    assert_string_equal(o.gyro, "0.001065");
    for (int c = 0; c < N_CHANNELS; c++)
        assert_true(fabs(o.desc.scale[c] - (c < 3 ? 0.004785 : 0.001065)) < 1e-12);
    assert_null(strstr(o.reason, "clips"));

    o = run(&device, 16, 480, 3); // the site's own word comes first; 480 deg/s fit into 500
    assert_string_equal(o.accel, "0.001197");
    assert_string_equal(o.gyro, "0.000266");
    assert_true(fabs(o.desc.scale[CH_ACC_X] - 0.001197) < 1e-12);

    o = run(&device, NAN, NAN, NAN);
    assert_string_equal(o.accel, "0.000598");
    assert_string_equal(o.gyro, "0.000133");
}

static void more_than_is_offered_takes_the_largest_and_says_so(void **state)
{
    (void)state;
    static const struct peer_device device = {BMI160};
    struct outcome o = run(&device, 32, NAN, NAN);
    assert_string_equal(o.accel, "0.004785");
    assert_non_null(strstr(o.reason, "accelerometer clips at 15.99 g, 32 were asked, offers 1.998 4 7.999 15.99"));
    static const struct peer_device fixed = {.name = "acc",
                                             .label = "c7",
                                             .accel = true,
                                             .scale_accel = "0.000598",
                                             .rates = "1000",
                                             .rate = "1000",
                                             .format = "le:S16/16>>0"};
    o = run(&fixed, 16, 2000, NAN);
    assert_string_equal(o.reason, "accelerometer clips at 1.998 g, 16 were asked");
    // Twelve bits make less of the same scale.
    static const struct peer_device twelve = {.name = "acc",
                                              .label = "c7",
                                              .accel = true,
                                              .scale_accel = "0.00958",
                                              .scales_accel = "0.00958 0.01916 0.03832 0.07664",
                                              .rates = "1000",
                                              .rate = "1000",
                                              .format = "le:s12/16>>4"};
    o = run(&twelve, 8, 2000, NAN);
    assert_string_equal(o.accel, "0.03832");
    assert_string_equal(o.reason, "");
}

static void a_refused_full_scale_is_told_and_the_old_one_holds(void **state)
{
    (void)state;
    static const int errors[] = {-EBUSY, -EINVAL};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        const struct peer_device device = {BMI160, .scale_error = errors[i]};
        struct outcome o = run(&device, 16, NAN, NAN);
        char expected[REASON_MAX];
        snprintf(expected, sizeof expected, "accelerometer refuses 15.99 g (%s), stays at 1.998, offers 1.998 4",
                 strerror(-errors[i]));
        assert_non_null(strstr(o.reason, expected));
        assert_true(fabs(o.desc.scale[CH_ACC_X] - 0.000598) < 1e-12);
        assert_null(strstr(strstr(o.reason, "refuses") + 1, "refuses")); // once, not for each axis
    }
    // What is right already is not written, so nothing is refused.
    const struct peer_device right = {BMI160, .scale_error = -EBUSY};
    struct outcome o = run(&right, 2, 250, NAN);
    assert_null(strstr(o.reason, "refuses"));
}

static void a_chip_that_a_trigger_reads_out_runs_faster_than_it(void **state)
{
    (void)state;
    static const struct peer_device device = {BMI160, .trigger = "hr1"};
    struct outcome o = run(&device, 16, 2000, NAN);
    assert_string_equal(o.trigger, "1000");
    assert_string_equal(o.rate, "1600");
    assert_true(fabs(o.desc.rate_hz - 1000) < 1e-9);
    assert_string_equal(o.reason, "");
    static const struct peer_device own_clock = {BMI160};
    o = run(&own_clock, 16, 2000, NAN);
    assert_string_equal(o.rate, "800");
    assert_non_null(strstr(o.reason, "runs at 800 Hz, 1000 were asked"));
    static const struct peer_device slow = {BMI160, .trigger = "hr1", .rate_fixed = true};
    o = run(&slow, 16, 2000, NAN);
    assert_non_null(strstr(o.reason, "refuses 1600 Hz"));
}

static void place_and_trigger_are_for_local_devices(void **state)
{
    (void)state;
    struct site_params sites[N_SITES] = {0};
    probe_site(sites, SITE_C7, 30431, "c7");
    snprintf(sites[SITE_C7].parent, sizeof sites[SITE_C7].parent, "1-0068");
    assert_int_equal(acquire_check_sites(sites, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "key 'sites.c7.parent': only a local: device"));
    sites[SITE_C7].parent[0] = '\0';
    snprintf(sites[SITE_C7].trigger, sizeof sites[SITE_C7].trigger, "hr1");
    assert_int_equal(acquire_check_sites(sites, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "key 'sites.c7.trigger': only a local: device"));
    snprintf(sites[SITE_C7].uri, sizeof sites[SITE_C7].uri, "local:");
    assert_int_equal(acquire_check_sites(sites, error, sizeof error), 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_full_scale_is_set_and_reaches_the_description),
        cmocka_unit_test(more_than_is_offered_takes_the_largest_and_says_so),
        cmocka_unit_test(a_refused_full_scale_is_told_and_the_old_one_holds),
        cmocka_unit_test(a_chip_that_a_trigger_reads_out_runs_faster_than_it),
        cmocka_unit_test(place_and_trigger_are_for_local_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
