// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a recording into the data registers of BMI160s behind i2c-stub, so that the real driver measures it: one write
// per chip and period, in the pause between the triggers, or with the triggers fired from here, some of them left out.
#include "chip.h"
#include "core/clock.h"
#include "feed.h"
#include "options.h"
#include "phase.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PRIORITY   40 // below the readers and the kernel's interrupt threads: 50
#define LOOK_EVERY (200 * 1000 * 1000L)

struct player {
    struct options options;
    struct feed feed;
    struct chip chips[MAX_CHIPS];
    int trigger_fd[MAX_TRIGGERS];
    int64_t period_ns, start_ns, worst_ns;
    long n_ticks, n_late, n_skipped;
    int n_phases;
    _Atomic int64_t phase_ns;
    atomic_bool look_at_ranges, finished;
};

static volatile sig_atomic_t asked_to_end;

static void on_signal(int number)
{
    (void)number;
    asked_to_end = 1;
}

static void list_sites(const struct feed *feed)
{
    for (int i = 0; i < MAX_SOURCES; i++) {
        const struct source_desc *desc = &feed->halves[i].desc;
        if (feed->halves[i].n == 0)
            continue;
        printf("%s", site_names[desc->site]);
        for (int m = 0; m < 9; m++)
            printf(" %.6f", desc->mount[m]);
        printf("\n");
    }
}

static int complain(const char *what, int error)
{
    fprintf(stderr, "imu_player: %s: %s\n", what, strerror(-error));
    return error;
}

static int open_all(struct player *player)
{
    const struct options *options = &player->options;
    for (int i = 0; i < options->n_chips; i++) {
        struct chip *chip = &player->chips[i];
        chip->site = options->chips[i].site;
        if (!feed_has(&player->feed, chip->site))
            return complain(site_names[chip->site], -ENODATA);
        int rc = chip_open(chip, options->bus, options->chips[i].address);
        if (rc != 0)
            return complain(site_names[chip->site], rc);
    }
    for (int i = 0; i < options->n_triggers; i++) {
        player->trigger_fd[i] = open(options->triggers[i], O_WRONLY | O_CLOEXEC);
        if (player->trigger_fd[i] < 0)
            return complain(options->triggers[i], -errno);
    }
    return 0;
}

static void close_all(struct player *player)
{
    for (int i = 0; i < MAX_CHIPS; i++)
        chip_close(&player->chips[i]);
    for (int i = 0; i < MAX_TRIGGERS; i++)
        if (player->trigger_fd[i] >= 0)
            close(player->trigger_fd[i]);
    feed_finish(&player->feed);
}

// Looks now and then when the triggers fire, and has the ranges read anew; reading /proc takes longer than a period.
static void *look_main(void *arg)
{
    struct player *player = arg;
    const struct timespec pause = {.tv_nsec = LOOK_EVERY};
    while (!atomic_load(&player->finished)) {
        int64_t phases[PHASE_MAX];
        int n = phase_read_triggers(player->period_ns, phases);
        // A timer whose handler runs just then is not listed: a look that finds fewer tells nothing.
        if (player->options.n_triggers == 0 && n > 0 && n >= player->n_phases) {
            player->n_phases = n;
            atomic_store(&player->phase_ns, phase_choose(phases, n, player->period_ns));
        }
        atomic_store(&player->look_at_ranges, true);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static bool is_skipped(const struct options *options, int trigger, long tick)
{
    for (int i = 0; i < options->n_skips; i++) {
        const struct skip *skip = &options->skips[i];
        long first = (long)(skip->from_s * options->rate_hz + 0.5);
        if (skip->trigger == trigger && tick >= first && tick < first + skip->n)
            return true;
    }
    return false;
}

static int fire(struct player *player, long tick)
{
    for (int i = 0; i < player->options.n_triggers; i++) {
        if (is_skipped(&player->options, i, tick))
            player->n_skipped++;
        else if (pwrite(player->trigger_fd[i], "1", 1, 0) != 1)
            return complain("trigger_now", -errno);
    }
    return 0;
}

static int measure_all(struct player *player, int64_t at_ns)
{
    bool ranges = atomic_exchange(&player->look_at_ranges, false);
    for (int i = 0; i < player->options.n_chips; i++) {
        struct chip *chip = &player->chips[i];
        double value[N_CHANNELS];
        int rc = ranges ? chip_read_ranges(chip) : 0;
        feed_value(&player->feed, chip->site, at_ns, value);
        if (rc == 0)
            rc = chip_measure(chip, value);
        if (rc != 0)
            return complain("I2C", rc);
    }
    return 0;
}

static void sleep_until(int64_t ns)
{
    struct timespec until = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    while (!asked_to_end && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static int play(struct player *player)
{
    const struct options *options = &player->options;
    int64_t from = player->feed.from_ns + (int64_t)(options->from_s * 1e9);
    int64_t length = options->seconds > 0 ? (int64_t)(options->seconds * 1e9) : player->feed.to_ns - from;
    int64_t grid = (clock_mono_ns() / player->period_ns + 5) * player->period_ns;
    player->start_ns = grid;
    int rc = 0;
    for (long tick = 0; rc == 0 && !asked_to_end && tick * player->period_ns < length; tick++) {
        int64_t at = grid + tick * player->period_ns + atomic_load(&player->phase_ns);
        sleep_until(at);
        int64_t late = clock_mono_ns() - at;
        player->worst_ns = late > player->worst_ns ? late : player->worst_ns;
        player->n_late += late > player->period_ns;
        rc = measure_all(player, from + at - player->start_ns);
        if (rc == 0)
            rc = fire(player, tick);
        player->n_ticks++;
    }
    return rc;
}

static int report(const struct player *player)
{
    if (!player->options.report)
        return 0;
    FILE *file = fopen(player->options.report, "we");
    if (!file)
        return complain(player->options.report, -errno);
    long n_clipped = 0;
    for (int i = 0; i < player->options.n_chips; i++)
        n_clipped += player->chips[i].n_clipped;
    fprintf(file,
            "{\"start_s\": %.6f, \"recording_s\": %.6f, \"rate_hz\": %g, \"ticks\": %ld, \"late\": %ld, "
            "\"worst_us\": %.1f, \"skipped\": %ld, \"clipped\": %ld, \"phases\": %d, \"phase_us\": %.1f}\n",
            (double)player->start_ns / 1e9, (double)player->feed.from_ns / 1e9 + player->options.from_s,
            player->options.rate_hz, player->n_ticks, player->n_late, (double)player->worst_ns / 1e3, player->n_skipped,
            n_clipped, player->n_phases, (double)atomic_load(&player->phase_ns) / 1e3);
    return fclose(file) == 0 ? 0 : complain(player->options.report, -errno);
}

static int run(struct player *player)
{
    pthread_t looker;
    int rc = open_all(player);
    if (rc != 0)
        return rc;
    player->period_ns = (int64_t)(1e9 / player->options.rate_hz + 0.5);
    rc = -pthread_create(&looker, NULL, look_main, player);
    if (rc != 0)
        return complain("thread", rc);
    const struct sched_param param = {.sched_priority = PRIORITY};
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) != 0 || mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        fprintf(stderr, "imu_player: no real-time rights; ticks may come late\n");
    rc = play(player);
    atomic_store(&player->finished, true);
    pthread_join(looker, NULL);
    int written = report(player);
    return rc != 0 ? rc : written;
}

int main(int argc, char **argv)
{
    static struct player player;
    int rc = options_parse(&player.options, argc, argv);
    if (rc != 0)
        return rc > 0 ? rc : EXIT_SUCCESS;
    for (int i = 0; i < MAX_CHIPS; i++)
        player.chips[i].fd = -1;
    for (int i = 0; i < MAX_TRIGGERS; i++)
        player.trigger_fd[i] = -1;
    if (feed_load(&player.feed, player.options.recording) != 0)
        return 66;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (player.options.list)
        list_sites(&player.feed);
    else
        rc = run(&player);
    close_all(&player);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
