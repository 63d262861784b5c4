// SPDX-License-Identifier: GPL-3.0-or-later
// The room over the real libiio and loopback: decoding, descriptions, order, ticks, split chips, what devices refuse.
#include "core/clock.h"
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

#define WHOLE                                                                                                          \
    .name = "bmi160", .accel = true, .gyro = true, .scale_accel = "0.004788403", .scale_gyro = "0.001065264",          \
    .rates = "25 50 100 200 400 800 1000 1600", .rate = "100", .format = "le:S16/16>>0"

static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
static char error[256];

static bool ran_for_300_samples(const struct log_probe *probe)
{
    return probe->n_samples[0] >= 300;
}

// Each sample of the peer says by its stamp which one it is, so every value is known.
static void check_values(const struct log_probe *probe, const struct raw_block *block)
{
    const struct source_desc *desc = &probe->desc[block->source];
    for (int i = 0; i < block->n; i++) {
        int64_t k = (block->stamp_ns[i] - probe->first_stamp_ns[block->source]) / 1000000;
        for (int c = 0; c < N_CHANNELS; c++) {
            double expected = (desc->channel_mask & 1U << c) ? (double)peer_value(c, k) : 0;
            assert_true(fabs(block->value[i][c] - expected) < 0.5);
        }
    }
}

static void run_one(const struct peer_device *device, struct log_probe *probe)
{
    struct iiod_peer *peer = peer_start(device, 1, 0);
    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    struct acquire *acquire;
    probe_site(sites, SITE_C7, peer_port(peer), device->label);
    params.on_missing = ON_MISSING_EXIT;
    if (acquire_start(&acquire, &params, sites, error, sizeof error) != 0)
        fail_msg("%s", error);
    assert_true(probe_run(probe, acquire, 20000, ran_for_300_samples));
    acquire_stop(acquire);
    peer_stop(peer);
}

static void a_whole_imu_is_described_and_decoded(void **state)
{
    (void)state;
    static const struct peer_device device = {WHOLE, .label = "c7", .gyro_first = true,
                                              .mount = "0, 1, 0; -1, 0, 0; 0, 0, 1", .offset_accel = "12"};
    struct log_probe probe = {.on_block = check_values};
    run_one(&device, &probe);
    const struct source_desc *desc = &probe.desc[0];
    assert_int_equal(desc->site, SITE_C7);
    assert_int_equal(desc->channel_mask, CHANNELS_ACC | CHANNELS_GYRO);
    assert_int_equal(desc->format, SAMPLE_INT16);
    assert_int_equal(desc->bits, 0);
    assert_true(fabs(desc->rate_hz - 1000) < 1e-9);
    for (int c = 0; c < N_CHANNELS; c++) {
        assert_true(fabs(desc->scale[c] - (c < 3 ? 0.004788403 : 0.001065264)) < 1e-12);
        assert_true(fabs(desc->offset[c] - (c < 3 ? 12 : 0)) < 1e-12);
    }
    const double turned[9] = {0, 1, 0, -1, 0, 0, 0, 0, 1};
    assert_memory_equal(desc->mount, turned, sizeof turned);
    assert_string_equal(desc->name, "bmi160");
    assert_string_equal(desc->chip, "c7/c7");
    assert_int_equal(probe.n_sources_seen[0], 1);

    // Waiting, then running, and samples without a hole.
    assert_int_equal(probe.n_events, 2);
    assert_int_equal(probe.events[0].state, DEVICE_WAITING);
    assert_int_equal(probe.events[0].source, SOURCE_NONE);
    assert_int_equal(probe.events[1].state, DEVICE_RUNNING);
    assert_int_equal(probe.events[1].source, 0);
    assert_string_equal(probe.events[1].reason, "");
    assert_int_equal((probe.last_stamp_ns[0] - probe.first_stamp_ns[0]) / 1000000 + 1, probe.n_samples[0]);
}

static void formats_are_read_from_the_device(void **state)
{
    (void)state;
#define HALF(text)                                                                                                     \
    {                                                                                                                  \
        .name = "acc", .label = "c7", .accel = true, .scale_accel = "0.1", .rates = "[100 100 2000]", .rate = "1000",  \
        .format = text                                                                                                 \
    }
    static const struct peer_device devices[] = {HALF("be:s12/16>>4"), HALF("le:s24/32>>8"), HALF("be:S32/32>>0"),
                                                 HALF("le:s13/16>>0"), HALF("be:s20/32>>12")};
    static const enum sample_format formats[] = {SAMPLE_INT16, SAMPLE_INT32, SAMPLE_INT32, SAMPLE_INT16, SAMPLE_INT32};
    static const int bits[] = {12, 24, 0, 13, 20};
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        struct log_probe probe = {.on_block = check_values};
        run_one(&devices[i], &probe);
        assert_int_equal(probe.desc[0].format, formats[i]);
        assert_int_equal(probe.desc[0].bits, bits[i]);
        assert_int_equal(probe.desc[0].channel_mask, CHANNELS_ACC);
        assert_memory_equal(probe.desc[0].mount, identity, sizeof identity);
    }
}

static void a_slow_device_gets_short_blocks(void **state)
{
    (void)state;
    static const struct peer_device device = {.name = "acc",
                                              .label = "c7",
                                              .accel = true,
                                              .scale_accel = "0.01",
                                              .rates = "50 100",
                                              .rate = "50",
                                              .format = "le:S16/16>>0",
                                              .deliver_hz = 100};
    struct log_probe probe = {0};
    run_one(&device, &probe);
    assert_int_equal(probe.n_blocks[0], probe.n_samples[0]); // 10 ms at 100 Hz is one sample
    assert_true(fabs(probe.desc[0].rate_hz - 100) < 1e-9);
    assert_non_null(strstr(probe_last_event(&probe, SITE_C7)->reason, "runs at 100 Hz, 1000 were asked"));
}

static void what_a_device_refuses_is_told_and_it_runs(void **state)
{
    (void)state;
    static const struct peer_device device = {WHOLE, .label = "c7", .rate_fixed = true, .clock_fixed = true};
    struct log_probe probe = {0};
    run_one(&device, &probe);
    const char *reason = probe_last_event(&probe, SITE_C7)->reason;
    assert_non_null(strstr(reason, "refuses 1000 Hz"));
    assert_non_null(strstr(reason, "offers 25 50 100"));
    assert_true(fabs(probe.desc[0].rate_hz - 100) < 1e-9);
    static const struct peer_device clockless = {WHOLE, .label = "c7", .clock_fixed = true};
    struct log_probe second = {0};
    run_one(&clockless, &second);
    assert_non_null(strstr(probe_last_event(&second, SITE_C7)->reason, "'realtime' instead of monotonic"));
}

static bool both_halves_ran(const struct log_probe *probe)
{
    return probe->n_samples[0] >= 200 && probe->n_samples[1] >= 200;
}

static const struct peer_device split_chip[] = {
    {.name = "lsm6dso_accel",
     .label = "c7",
     .accel = true,
     .scale_accel = "0.004785",
     .rates = "833 1666",
     .rate = "833",
     .format = "le:S16/16>>0"},
    {.name = "lsm6dso_gyro",
     .label = "c7",
     .gyro = true,
     .scale_gyro = "0.001065",
     .rates = "833 1666",
     .rate = "833",
     .format = "le:S16/16>>0"},
};

static void check_halves(struct site_params sites[N_SITES], struct iiod_peer *peer, bool share_a_chip)
{
    struct log_probe probe = {.on_block = check_values};
    struct acquire_params params = probe_params();
    struct acquire *acquire;
    params.on_missing = ON_MISSING_EXIT;
    if (acquire_start(&acquire, &params, sites, error, sizeof error) != 0)
        fail_msg("%s", error);
    assert_true(probe_run(&probe, acquire, 20000, both_halves_ran));
    acquire_stop(acquire);
    assert_int_equal(probe.desc[0].channel_mask, CHANNELS_ACC);
    assert_int_equal(probe.desc[1].channel_mask, CHANNELS_GYRO);
    assert_int_equal(probe.desc[1].site, SITE_C7);
    assert_int_equal(strcmp(probe.desc[0].chip, probe.desc[1].chip) == 0, share_a_chip);
    peer_stop(peer);
}

static void one_label_opens_both_halves_of_a_chip(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(split_chip, 2, 0);
    struct site_params sites[N_SITES] = {0};
    probe_site(sites, SITE_C7, peer_port(peer), ""); // the site's name is the label
    check_halves(sites, peer, true);
}

static void halves_can_be_named(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(split_chip, 2, 0);
    struct site_params sites[N_SITES] = {0};
    probe_site(sites, SITE_C7, peer_port(peer), "");
    strcpy(sites[SITE_C7].accel_name, "lsm6dso_accel");
    strcpy(sites[SITE_C7].gyro_name, "lsm6dso_gyro");
    check_halves(sites, peer, true);
}

// A BMI088 is two dies, each with an oscillator of its own, whatever its label says.
static void two_dies_are_two_chips(void **state)
{
    (void)state;
    struct peer_device dies[2] = {split_chip[0], split_chip[1]};
    dies[0].name = "bmi088-accel";
    dies[1].name = "bmi088_gyro";
    for (int named = 0; named < 2; named++) {
        struct iiod_peer *peer = peer_start(dies, 2, 0);
        struct site_params sites[N_SITES] = {0};
        probe_site(sites, SITE_C7, peer_port(peer), "");
        strcpy(sites[SITE_C7].accel_name, named ? "bmi088-accel" : "");
        strcpy(sites[SITE_C7].gyro_name, named ? "bmi088_gyro" : "");
        check_halves(sites, peer, false);
    }
}

static bool all_ran_and_20_ticks(const struct log_probe *probe)
{
    for (int i = 0; i < 8; i += 2)
        if (probe->n_samples[i] < 1500)
            return false;
    return probe->n_ticks >= 20;
}

static void several_sites_keep_order_ticks_and_commands(void **state)
{
    (void)state;
    static const struct peer_device devices[] = {
        {WHOLE, .label = "head"}, {WHOLE, .label = "c7"}, {WHOLE, .label = "t12"}, {WHOLE, .label = "sacrum"}};
    struct iiod_peer *peer = peer_start(devices, 4, 0);
    struct site_params sites[N_SITES] = {0};
    for (int i = 0; i < 4; i++)
        probe_site(sites, (enum site)i, peer_port(peer), "");
    struct acquire_params params = probe_params();
    struct log_probe probe = {.on_block = check_values};
    struct acquire *acquire;
    assert_int_equal(acquire_start(&acquire, &params, sites, error, sizeof error), 0);
    const struct command mark = {.kind = COMMAND_MARK, .text = "hill"};
    int n_put = 0;
    while (acquire_put_command(acquire, &mark))
        n_put++;
    assert_true(n_put > 0 && n_put < 1000);
    assert_true(probe_run(&probe, acquire, 30000, all_ran_and_20_ticks));
    assert_true(acquire_is_alive(acquire));
    assert_int_equal(probe.n_commands, n_put);
    // About ten a second, none twice for the same tenth.
    double seconds = (double)(probe.last_tick_ns - probe.first_tick_ns) / 1e9;
    assert_true(fabs(seconds - (probe.n_ticks - 1) * 0.1) < 0.5 * seconds);
    for (int i = 0; i < 8; i += 2) {
        for (int j = 0; j < i; j += 2)
            assert_string_not_equal(probe.desc[i].chip, probe.desc[j].chip);
        assert_int_equal(probe.n_dropped[i], 0);
        assert_int_equal((probe.last_stamp_ns[i] - probe.first_stamp_ns[i]) / 1000000 + 1, probe.n_samples[i]);
    }
    print_message("worst wait in the ring %.3f ms, worst tick distance %.1f ms\n", (double)probe.worst_wait_ns / 1e6,
                  (double)probe.worst_tick_ns / 1e6);
    // What was there at the stop still comes out, then 0 for ever.
    acquire_stop_intake(acquire);
    struct log_event event;
    int n = 0;
    while (acquire_next(acquire, &event) == 1)
        assert_true(n++ < 10000);
    assert_int_equal(acquire_next(acquire, &event), 0);
    acquire_resume_intake(acquire); // a reload goes on with what waited in the rings
    for (n = 0; n < 100; n++)
        assert_int_equal(acquire_next(acquire, &event), 1);
    acquire_stop(acquire);
    peer_stop(peer);
}

static void a_context_can_be_listed(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(split_chip, 2, 0);
    char uri[64];
    snprintf(uri, sizeof uri, "ip:127.0.0.1:%d", peer_port(peer));
    struct acquire_listing rows[1];
    assert_int_equal(acquire_list(uri, rows, 1), 2);
    assert_string_equal(rows[0].id, "iio:device0");
    assert_string_equal(rows[0].name, "lsm6dso_accel");
    assert_string_equal(rows[0].label, "c7");
    assert_true(rows[0].has_accel && !rows[0].has_gyro && rows[0].has_timestamp);
    assert_true(fabs(rows[0].rate_hz - 833) < 1e-9);
    assert_true(fabs(rows[0].accel_scale - 0.004785) < 1e-12);
    assert_true(isnan(rows[0].gyro_scale));
    assert_true(fabs(rows[0].accel_range_g - 15.988) < 0.001 && isnan(rows[0].gyro_range_deg_s));
    assert_int_equal(rows[0].buffer_length, -1);
    assert_string_equal(rows[0].parent, "");
    peer_stop(peer);
    assert_true(acquire_list(uri, rows, 1) < 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_imu_is_described_and_decoded),
        cmocka_unit_test(formats_are_read_from_the_device),
        cmocka_unit_test(a_slow_device_gets_short_blocks),
        cmocka_unit_test(what_a_device_refuses_is_told_and_it_runs),
        cmocka_unit_test(one_label_opens_both_halves_of_a_chip),
        cmocka_unit_test(halves_can_be_named),
        cmocka_unit_test(two_dies_are_two_chips),
        cmocka_unit_test(several_sites_keep_order_ticks_and_commands),
        cmocka_unit_test(a_context_can_be_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
