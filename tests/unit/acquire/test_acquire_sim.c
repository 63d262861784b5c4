// SPDX-License-Identifier: GPL-3.0-or-later
// Every site of the simulator's harness through the real libiio: what it says of itself arrives, samples at rest are
// gravity, a simulator that is killed is lost and comes back into the same slots. Skipped where poise-sim is not built.
#include "core/clock.h"
#include "core/log.h"
#include "log_probe.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static char simulator[512];
static char error[256];

struct sim {
    pid_t pid;
    int port;
};

// Reads what the simulator says until it names its port.
static int read_port(int fd)
{
    char said[4096] = "";
    size_t n = 0;
    int64_t end_ns = clock_mono_ns() + 20 * NS_PER_S;
    while (clock_mono_ns() < end_ns && n + 1 < sizeof said) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        if (poll(&polled, 1, 200) <= 0)
            continue;
        ssize_t got = read(fd, said + n, sizeof said - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        said[n] = '\0';
        const char *at = strstr(said, "127.0.0.1:");
        int port = 0;
        char after = 0;
        if (at && sscanf(at, "127.0.0.1:%d%c", &port, &after) == 2)
            return port;
    }
    fail_msg("the simulator names no port; it said: %s", said);
    return 0;
}

static struct sim sim_start(int port)
{
    struct sim sim;
    char port_text[16];
    int said[2];
    snprintf(port_text, sizeof port_text, "%d", port);
    char *const argv[] = {simulator, "--port", port_text, NULL};
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, said[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, said[1], STDERR_FILENO);
    assert_int_equal(posix_spawn(&sim.pid, simulator, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(said[1]);
    sim.port = read_port(said[0]);
    close(said[0]); // whatever it says later meets a closed pipe, as with `poise-sim | head`
    return sim;
}

static void sim_kill(const struct sim *sim)
{
    kill(sim->pid, SIGKILL);
    waitpid(sim->pid, NULL, 0);
}

enum { N_WORN = 12 }; // the default harness: all but the pack

static uint64_t fewest(const struct log_probe *probe, int n_sites)
{
    uint64_t n = UINT64_MAX;
    for (int i = 0; i < n_sites; i++)
        n = probe->n_samples[2 * i] < n ? probe->n_samples[2 * i] : n;
    return n;
}

static bool all_have_2000(const struct log_probe *probe)
{
    return fewest(probe, N_WORN) >= 2000;
}

static double step_sum_ns[MAX_SOURCES], n_steps[MAX_SOURCES];

static void add_steps(const struct log_probe *probe, const struct raw_block *block)
{
    (void)probe;
    for (int i = 1; i < block->n; i++) {
        double step_ns = (double)(block->stamp_ns[i] - block->stamp_ns[i - 1]);
        if (step_ns > 1.5e6)
            continue;
        step_sum_ns[block->source] += step_ns;
        n_steps[block->source]++;
    }
}

static void every_site_arrives_as_it_describes_itself(void **state)
{
    (void)state;
    struct sim sim = sim_start(0);
    char uri[64];
    snprintf(uri, sizeof uri, "ip:127.0.0.1:%d", sim.port);
    struct acquire_listing rows[32];
    int n_rows = acquire_list(uri, rows, 32);
    assert_true(n_rows >= N_WORN);

    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    for (int i = 0; i < N_WORN; i++)
        probe_site(sites, (enum site)i, sim.port, "");
    params.on_missing = ON_MISSING_EXIT;
    struct acquire *acquire;
    struct log_probe probe = {.on_block = add_steps};
    if (acquire_start(&acquire, &params, sites, error, sizeof error) != 0)
        fail_msg("%s", error);
    assert_true(probe_run(&probe, acquire, 60000, all_have_2000));
    acquire_stop(acquire);
    sim_kill(&sim);
    for (int i = 0; i < N_WORN; i++) {
        const struct source_desc *desc = &probe.desc[2 * i];
        int row = 0;
        while (row < n_rows && strcmp(rows[row].label, site_names[i]) != 0)
            row++;
        assert_true(row < n_rows);
        assert_int_equal(desc->site, i);
        assert_int_equal(desc->channel_mask, CHANNELS_ACC | CHANNELS_GYRO);
        assert_true(fabs(desc->scale[CH_ACC_Z] - rows[row].accel_scale) < 1e-12 && desc->scale[CH_ACC_Z] > 0);
        assert_true(fabs(desc->scale[CH_GYRO_Z] - rows[row].gyro_scale) < 1e-12 && desc->scale[CH_GYRO_Z] > 0);
        assert_true(fabs(desc->rate_hz - rows[row].rate_hz) < 1e-9);
        // The scenario begins standing: each accelerometer feels about one g, however it is mounted.
        double norm = 0;
        for (int c = CH_ACC_X; c <= CH_ACC_Z; c++)
            norm += pow((probe.last_value[2 * i][c] + desc->offset[c]) * desc->scale[c], 2);
        assert_true(sqrt(norm) > 7 && sqrt(norm) < 13);
        // The oscillators are off by up to 1 %. On a busy machine the simulator's buffers overflow as a real chip's do;
        // those gaps are not counted.
        assert_true(n_steps[2 * i] > 1000);
        assert_true(fabs(step_sum_ns[2 * i] / n_steps[2 * i] - 1e6) < 2e4);
    }
    print_message("worst wait in the ring %.2f ms, worst tick distance %.1f ms\n", (double)probe.worst_wait_ns / 1e6,
                  (double)probe.worst_tick_ns / 1e6);
}

static bool three_have_500(const struct log_probe *probe)
{
    return fewest(probe, 3) >= 500;
}

static bool three_are_lost(const struct log_probe *probe)
{
    for (int i = 0; i < 3; i++)
        if (probe_count(probe, (enum site)i, DEVICE_LOST) == 0)
            return false;
    return true;
}

static bool three_run_again(const struct log_probe *probe)
{
    for (int i = 0; i < 3; i++)
        if (probe_count(probe, (enum site)i, DEVICE_RUNNING) < 2 ||
            probe->last_stamp_ns[2 * i] < probe->last_tick_ns - NS_PER_S)
            return false;
    return true;
}

static void a_killed_simulator_comes_back_into_its_slots(void **state)
{
    (void)state;
    struct sim sim = sim_start(0);
    struct acquire_params params = probe_params();
    struct site_params sites[N_SITES] = {0};
    for (int i = 0; i < 3; i++)
        probe_site(sites, (enum site)i, sim.port, "");
    struct acquire *acquire;
    struct log_probe probe = {0};
    assert_int_equal(acquire_start(&acquire, &params, sites, error, sizeof error), 0);
    assert_true(probe_run(&probe, acquire, 60000, three_have_500));
    sim_kill(&sim);
    assert_true(probe_run(&probe, acquire, 20000, three_are_lost));
    sim = sim_start(sim.port);
    assert_true(probe_run(&probe, acquire, 60000, three_run_again));
    assert_true(acquire_is_alive(acquire));
    acquire_stop(acquire);
    sim_kill(&sim);
    for (int i = 0; i < MAX_SOURCES; i++)
        if (i > 4 || i % 2 == 1)
            assert_int_equal(probe.n_samples[i], 0);
}

int main(void)
{
    const char *bin = getenv("POISE_BIN_DIR");
    snprintf(simulator, sizeof simulator, "%s/poise-sim", bin ? bin : "bin");
    if (access(simulator, X_OK) != 0) {
        printf("skipped: %s is not built\n", simulator);
        return 77;
    }
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_site_arrives_as_it_describes_itself),
        cmocka_unit_test(a_killed_simulator_comes_back_into_its_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
