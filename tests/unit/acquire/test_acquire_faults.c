// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong with devices: absent, wrong, dying, hanging at any point, and a pipeline that is late.
#include "core/clock.h"
#include "core/log.h"
#include "iiod_peer.h"
#include "log_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define WHOLE                                                                                                          \
    .name = "bmi160", .accel = true, .gyro = true, .scale_accel = "0.004788403", .scale_gyro = "0.001065264",          \
    .rates = "1000", .rate = "1000", .format = "le:S16/16>>0"

static const struct peer_device c7[] = {{WHOLE, .label = "c7"}};
static char error[256];

static double seconds_since(int64_t began_ns)
{
    return (double)(clock_mono_ns() - began_ns) / 1e9;
}

// A port that nobody listens on: bound, so that nobody else gets it, and not listening.
static int dead_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static int start_one(struct acquire **acquire, int port, const char *label, int on_missing)
{
    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    params.on_missing = on_missing;
    params.timeout_ms = 500;
    probe_site(sites, SITE_C7, port, label);
    return acquire_start(acquire, &params, sites, error, sizeof error);
}

static void with_exit_a_refused_connection_ends_the_start(void **state)
{
    (void)state;
    int fd;
    struct acquire *acquire;
    int64_t began_ns = clock_mono_ns();
    assert_int_equal(start_one(&acquire, dead_port(&fd), "c7", ON_MISSING_EXIT), -ENODEV);
    assert_null(acquire);
    assert_non_null(strstr(error, "site c7: ip:127.0.0.1:"));
    assert_non_null(strstr(error, "refuses the connection"));
    assert_true(seconds_since(began_ns) < 5);
    close(fd);
}

static void a_wrong_label_names_what_is_there(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(c7, 1, 0);
    struct acquire *acquire;
    assert_int_equal(start_one(&acquire, peer_port(peer), "sacrum", ON_MISSING_EXIT), -ENODEV);
    assert_non_null(strstr(error, "no device labelled 'sacrum'"));
    assert_non_null(strstr(error, "it has: c7"));

    // Asked again after 0.25, 0.5 and 1 s, each time over two or three connections: not without a pause.
    struct log_probe probe = {0};
    int before = peer_connections(peer);
    assert_int_equal(start_one(&acquire, peer_port(peer), "sacrum", ON_MISSING_WAIT), 0);
    assert_true(probe_run(&probe, acquire, 2500, NULL));
    int asked = peer_connections(peer);
    print_message("%d connections in 2.5 s\n", asked - before);
    assert_in_range(asked - before, 3, 15);
    // Stopped within a pause it asks no more.
    for (int still = -1; still != asked;) {
        still = asked;
        assert_true(probe_run(&probe, acquire, 300, NULL));
        asked = peer_connections(peer);
    }
    acquire_stop(acquire);
    assert_int_equal(peer_connections(peer), asked);
    peer_stop(peer);
}

static void devices_that_cannot_serve_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct peer_device device;
        const char *words;
    } cases[] = {
        {{WHOLE, .label = "c7", .no_timestamp = true}, "no timestamp channel"},
        {{WHOLE, .label = "c7", .mount = "0, 0, 0; 0, 0, 0; 0, 0, 0"}, "is all zero"},
        {{WHOLE, .label = "c7", .mount = "1, 0, 0; 0, 1, 0; 0, 1, 0"}, "not orthonormal"},
        {{WHOLE, .label = "c7", .mount = "upside down"}, "not nine numbers"},
        {{.name = "acc", .label = "c7", .accel = true, .rates = "1000", .rate = "1000", .format = "le:S16/16>>0"},
         "does not state its scale"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct iiod_peer *peer = peer_start(&cases[i].device, 1, 0);
        struct acquire *acquire;
        assert_int_equal(start_one(&acquire, peer_port(peer), "c7", ON_MISSING_EXIT), -ENODEV);
        if (!strstr(error, cases[i].words))
            fail_msg("'%s' lacks '%s'", error, cases[i].words);
        peer_stop(peer);
    }
}

static void configurations_that_cannot_be_meant_are_refused(void **state)
{
    (void)state;
    struct acquire_params params = probe_params();
    struct acquire *acquire;
    struct site_params none[N_SITES] = {0};
    assert_int_equal(acquire_start(&acquire, &params, none, error, sizeof error), -EINVAL);

    const char *const uris[] = {"", "ip:", "usb:", "tcp://10.0.0.5", "10.0.0.5"};
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        struct site_params sites[N_SITES] = {0};
        probe_site(sites, SITE_C7, 1, "c7");
        strcpy(sites[SITE_C7].uri, uris[i]);
        assert_int_equal(acquire_start(&acquire, &params, sites, error, sizeof error), -EINVAL);
        assert_non_null(strstr(error, "sites.c7.uri"));
    }
    struct site_params twice[N_SITES] = {0};
    probe_site(twice, SITE_C7, 1, "imu");
    probe_site(twice, SITE_T12, 1, "imu");
    assert_int_equal(acquire_start(&acquire, &params, twice, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "c7 and t12"));

    struct site_params mirrored[N_SITES] = {0};
    probe_site(mirrored, SITE_C7, 1, "c7");
    for (int i = 0; i < 9; i++)
        mirrored[SITE_C7].mount[i] = i % 4 == 0 ? -1 : 0;
    assert_int_equal(acquire_start(&acquire, &params, mirrored, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "sites.c7.mount' mirrors"));
}

static bool is_running(const struct log_probe *probe)
{
    return probe->n_samples[0] > 200;
}

static bool is_lost(const struct log_probe *probe)
{
    return probe_count(probe, SITE_C7, DEVICE_LOST) > 0;
}

static bool ran_twice(const struct log_probe *probe)
{
    return probe_count(probe, SITE_C7, DEVICE_RUNNING) == 2 && probe->n_blocks[0] > 0 &&
           probe->last_stamp_ns[0] > probe->last_tick_ns - NS_PER_S;
}

static void a_dead_server_is_lost_and_comes_back_in_its_slot(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(c7, 1, 0);
    int port = peer_port(peer);
    struct acquire *acquire;
    struct log_probe probe = {0};
    assert_int_equal(start_one(&acquire, port, "c7", ON_MISSING_WAIT), 0);
    assert_true(probe_run(&probe, acquire, 20000, is_running));
    peer_stop(peer);
    assert_true(probe_run(&probe, acquire, 20000, is_lost));
    uint64_t n_before = probe.n_samples[0];
    assert_true(probe_run(&probe, acquire, 700, NULL));
    assert_int_equal(probe.n_samples[0], n_before); // lost comes after the last block
    const struct device_event *waiting = probe_last_event(&probe, SITE_C7);
    assert_int_equal(waiting->state, DEVICE_WAITING);
    assert_non_null(strstr(waiting->reason, "refuses"));
    assert_int_equal(waiting->source, 0);
    peer = peer_start(c7, 1, port);
    assert_true(probe_run(&probe, acquire, 20000, ran_twice));
    assert_int_equal(probe.n_sources_seen[0], 1); // the same description is not sent again
    for (int i = 2; i < MAX_SOURCES; i++)
        assert_int_equal(probe.n_samples[i], 0);
    assert_int_equal(probe_count(&probe, SITE_C7, DEVICE_LOST), 1);
    acquire_stop(acquire);
    peer_stop(peer);
}

static bool has_reason(const struct log_probe *probe)
{
    const struct device_event *last = probe_last_event(probe, SITE_C7);
    return last && last->reason[0] != '\0';
}

static void a_peer_that_hangs_is_told_and_stop_is_prompt(void **state)
{
    (void)state;
    const struct {
        enum peer_hang hang;
        bool told; // libiio's own waits are too long to test for a report
    } cases[] = {{HANG_AT_ONCE, true}, {HANG_AT_PRINT, false}, {HANG_AT_OPEN, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct iiod_peer *peer = peer_start(c7, 1, 0);
        struct acquire *acquire;
        struct log_probe probe = {0};
        peer_set_hang(peer, cases[i].hang);
        assert_int_equal(start_one(&acquire, peer_port(peer), "c7", ON_MISSING_WAIT), 0);
        if (cases[i].told)
            assert_true(probe_run(&probe, acquire, 10000, has_reason));
        else
            assert_true(probe_run(&probe, acquire, 700, NULL));
        assert_true(acquire_is_alive(acquire));
        int64_t began_ns = clock_mono_ns();
        acquire_stop(acquire);
        print_message("hang %d: stopped after %.2f s; %s\n", (int)cases[i].hang, seconds_since(began_ns),
                      cases[i].told ? probe_last_event(&probe, SITE_C7)->reason : "");
        assert_true(seconds_since(began_ns) < 2);
        assert_int_equal(probe.n_ticks > 0, 1);
        peer_stop(peer);
    }
}

// Silent, which libiio itself gives up; and never silent for long, which only the reader's own clock tells.
static void a_stream_that_stalls_is_lost_and_recovers(void **state)
{
    (void)state;
    const struct {
        enum peer_hang hang;
        const char *words;
    } cases[] = {{HANG_IN_STREAM, "no data for 500 ms"}, {HANG_DRIPPING, "hung and was cancelled"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct iiod_peer *peer = peer_start(c7, 1, 0);
        struct acquire *acquire;
        struct log_probe probe = {0};
        assert_int_equal(start_one(&acquire, peer_port(peer), "c7", ON_MISSING_WAIT), 0);
        assert_true(probe_run(&probe, acquire, 20000, is_running));
        peer_set_hang(peer, cases[i].hang);
        int64_t began_ns = clock_mono_ns();
        assert_true(probe_run(&probe, acquire, 20000, is_lost));
        const char *reason = probe_last_event(&probe, SITE_C7)->reason;
        print_message("lost after %.2f s: %s\n", seconds_since(began_ns), reason);
        assert_non_null(strstr(reason, cases[i].words));
        assert_true(seconds_since(began_ns) < 5);
        peer_set_hang(peer, HANG_NEVER);
        assert_true(probe_run(&probe, acquire, 20000, ran_twice));

        peer_set_hang(peer, cases[i].hang);
        assert_true(probe_run(&probe, acquire, 100, NULL)); // now a refill hangs
        began_ns = clock_mono_ns();
        acquire_stop(acquire);
        assert_true(seconds_since(began_ns) < 2);
        peer_stop(peer);
    }
}

static void short_reads_lose_nothing(void **state)
{
    (void)state;
    static const struct peer_device device[] = {{WHOLE, .label = "c7", .short_reads = true}};
    struct iiod_peer *peer = peer_start(device, 1, 0);
    struct acquire *acquire;
    struct log_probe probe = {0};
    assert_int_equal(start_one(&acquire, peer_port(peer), "c7", ON_MISSING_WAIT), 0);
    assert_true(probe_run(&probe, acquire, 20000, is_running));
    assert_int_equal(probe_count(&probe, SITE_C7, DEVICE_LOST), 0);
    assert_true(probe.n_samples[0] < 8 * probe.n_blocks[0]); // of the ten asked for
    assert_int_equal((probe.last_stamp_ns[0] - probe.first_stamp_ns[0]) / 1000000 + 1, probe.n_samples[0]);
    acquire_stop(acquire);
    peer_stop(peer);
}

static bool has_dropped_and_runs_on(const struct log_probe *probe)
{
    return probe->n_dropped[0] > 0 && probe_last_event(probe, SITE_C7)->state == DEVICE_DROPPED &&
           probe->last_stamp_ns[0] > probe->last_tick_ns - 200000000;
}

static void what_a_late_pipeline_loses_is_counted(void **state)
{
    (void)state;
    struct iiod_peer *peer = peer_start(c7, 1, 0);
    struct acquire *acquire;
    struct log_probe probe = {0};
    assert_int_equal(start_one(&acquire, peer_port(peer), "c7", ON_MISSING_WAIT), 0);
    assert_true(probe_run(&probe, acquire, 20000, is_running));
    nanosleep(&(struct timespec){.tv_sec = 3}, NULL); // the rings hold a second and a bit
    assert_true(probe_run(&probe, acquire, 20000, has_dropped_and_runs_on));
    assert_in_range(probe_count(&probe, SITE_C7, DEVICE_DROPPED), 1,
                    3); // a burst is an event; a starved machine makes more
    int64_t made = (probe.last_stamp_ns[0] - probe.first_stamp_ns[0]) / 1000000 + 1;
    if (probe_count(&probe, SITE_C7, DEVICE_LOST) == 0) // a machine that starves for 500 ms loses the stream itself
        assert_int_equal(made, probe.n_samples[0] + probe.n_dropped[0]);
    else
        print_message("not counted: the machine stood still and the stream was opened again\n");
    acquire_stop(acquire);
    peer_stop(peer);
}

static void a_machine_without_devices_says_so(void **state)
{
    (void)state;
    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    struct acquire *acquire;
    probe_site(sites, SITE_C7, 0, "poise-test-no-such-label");
    strcpy(sites[SITE_C7].uri, "local:");
    params.on_missing = ON_MISSING_EXIT;
    assert_int_equal(acquire_start(&acquire, &params, sites, error, sizeof error), -ENODEV);
    print_message("%s\n", error);
    assert_non_null(strstr(error, "site c7"));
    assert_non_null(strstr(error, "local:"));
    acquire_stop(NULL);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_exit_a_refused_connection_ends_the_start),
        cmocka_unit_test(a_wrong_label_names_what_is_there),
        cmocka_unit_test(devices_that_cannot_serve_are_refused),
        cmocka_unit_test(configurations_that_cannot_be_meant_are_refused),
        cmocka_unit_test(a_dead_server_is_lost_and_comes_back_in_its_slot),
        cmocka_unit_test(a_peer_that_hangs_is_told_and_stop_is_prompt),
        cmocka_unit_test(a_stream_that_stalls_is_lost_and_recovers),
        cmocka_unit_test(short_reads_lose_nothing),
        cmocka_unit_test(what_a_late_pipeline_loses_is_counted),
        cmocka_unit_test(a_machine_without_devices_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
