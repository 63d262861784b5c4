// SPDX-License-Identifier: GPL-3.0-or-later
// poise-sim: a harness of IMUs in software. Either serves the samples over IIOD or writes them as a recording.
#include "core/clock.h"
#include "sim/options.h"
#include "sim/server.h"
#include "sim/truth.h"
#include "sim/write_log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct simulation {
    struct options options;
    struct scenario scenario;
    struct body *body;
    struct feed *feed;
    struct truth *truth;
};

static volatile sig_atomic_t stopping;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

static int load_scenario(struct simulation *sim)
{
    const struct options *options = &sim->options;
    char error[SCENARIO_ERROR] = "";
    int err = options->scenario ? scenario_load_file(&sim->scenario, options->scenario, error)
                                : scenario_load_default(&sim->scenario, error);
    if (err) {
        fprintf(stderr, "poise-sim: %s\n", error);
        return err == -EINVAL ? EXIT_CONFIG : EXIT_INPUT;
    }
    if (options->has_seed)
        sim->scenario.seed = options->seed;
    if (options->sites)
        sim->scenario.sites = options->sites;
    scenario_stretch(&sim->scenario, options->stretch);
    return -1;
}

static int open_feed(struct simulation *sim)
{
    char error[512] = "";
    const struct options *options = &sim->options;
    if (options->replay) {
        int err = feed_from_recording(&sim->feed, options->replay, &options->faults, error, sizeof error);
        if (err)
            fprintf(stderr, "poise-sim: %s\n", error);
        return err ? EXIT_INPUT : -1;
    }
    int code = load_scenario(sim);
    if (code >= 0)
        return code;
    if (body_create(&sim->body, &sim->scenario) != 0 ||
        feed_from_runner(&sim->feed, &sim->scenario, sim->body, &options->faults) != 0) {
        fputs("poise-sim: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    int err = options->truth ? truth_open(&sim->truth, options->truth, &sim->scenario, sim->body) : 0;
    if (err)
        fprintf(stderr, "poise-sim: --truth %s: %s\n", options->truth, strerror(-err));
    return err ? EXIT_FAILURE : -1;
}

// When the harness falls silent, in scenario time.
static int64_t end_of(const struct simulation *sim)
{
    if (sim->options.seconds > 0)
        return llrint(1e9 * sim->options.seconds);
    return FEED_END;
}

static bool is_over(const struct harness *harness, int n_clients)
{
    if (!harness->started || harness->end_ns == FEED_END)
        return false;
    if (!harness->fast)
        return harness_now_ns(harness) >= harness->end_ns;
    for (int i = 0; i < feed_count(harness->feed); i++)
        if (feed_next_ns(harness->feed, i) < harness->end_ns)
            return false;
    return n_clients == 0; // every device was read to its end
}

static int tell_truth(struct simulation *sim, const struct harness *harness)
{
    if (!sim->truth || !harness->started)
        return 0;
    int64_t until_ns = harness->fast ? harness->furthest_ns : harness_now_ns(harness);
    return truth_advance(sim->truth, until_ns < harness->end_ns ? until_ns : harness->end_ns, harness->start_mono_ns);
}

static int run_server(struct simulation *sim, struct server *server, struct harness *harness)
{
    sigset_t stops, before;
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, &before); // seen only while waiting
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigdelset(&before, SIGINT);
    sigdelset(&before, SIGTERM);
    int err = 0, n_clients = 0;
    while (!stopping && !is_over(harness, n_clients)) {
        n_clients = server_turn(server, 100000000, &before);
        err = n_clients < 0 && n_clients != -EINTR ? n_clients : tell_truth(sim, harness);
        if (err) {
            fprintf(stderr, "poise-sim: %s\n", strerror(-err));
            break;
        }
    }
    return err;
}

static int serve(struct simulation *sim)
{
    const struct options *options = &sim->options;
    struct harness harness;
    struct server *server;
    harness_init(&harness, sim->feed, options->fast, end_of(sim));
    int err = server_create(&server, &harness, options->bind, options->port);
    if (err) {
        fprintf(stderr, "poise-sim: %s:%u: %s\n", options->bind, options->port,
                err == -EACCES ? "only loopback addresses are served" : strerror(-err));
        return err == -EACCES || err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
    }
    if (!options->quiet) {
        printf("poise-sim: listening on %s:%u\n", options->bind, server_port(server));
        fflush(stdout);
    }
    err = run_server(sim, server, &harness);
    server_destroy(server);
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int write_run(struct simulation *sim)
{
    double seconds = sim->options.seconds > 0 ? sim->options.seconds : scenario_length_s(&sim->scenario);
    int err = write_log(sim->options.write, sim->feed, sim->options.replay ? NULL : &sim->scenario, sim->scenario.seed,
                        seconds, sim->truth);
    if (err)
        fprintf(stderr, "poise-sim: --write %s: %s\n", sim->options.write, strerror(-err));
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

// What the faults, or a reader that was too slow, left out.
static void tell_losses(const struct simulation *sim)
{
    for (int i = 0; i < feed_count(sim->feed); i++) {
        const struct feed_counts *counts = feed_counts(sim->feed, i);
        if (counts->in_gaps + counts->dropped + counts->overrun > 0)
            fprintf(stderr,
                    "poise-sim: %s (%s): %" PRIu64 " samples delivered, %" PRIu64 " left out in gaps, %" PRIu64
                    " dropped, %" PRIu64 " overrun\n",
                    site_names[feed_desc(sim->feed, i)->site], feed_desc(sim->feed, i)->name, counts->delivered,
                    counts->in_gaps, counts->dropped, counts->overrun);
    }
}

int main(int argc, char **argv)
{
    static struct simulation sim;
    int code = options_parse(&sim.options, argc, argv);
    if (code >= 0)
        return code;
    code = open_feed(&sim);
    if (code < 0)
        code = sim.options.write ? write_run(&sim) : serve(&sim);
    if (sim.feed && !sim.options.quiet)
        tell_losses(&sim);
    if (sim.feed && sim.truth)
        truth_tell_faults(sim.truth, sim.feed);
    int err = truth_close(sim.truth);
    if (err) {
        fprintf(stderr, "poise-sim: --truth %s: %s\n", sim.options.truth, strerror(-err));
        code = EXIT_FAILURE;
    }
    feed_destroy(sim.feed);
    body_destroy(sim.body);
    return code;
}
