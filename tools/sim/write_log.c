// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/write_log.h"

#include "sim/telling.h"

#include "frames/log_event.h"
#include "record/log_writer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define BLOCK_SAMPLES 10
#define BLOCK_S       0.05                         // at most, so that a slow chip is not too late to be waited for
#define SHORT_SAMPLES 3                            // in a block, while reads are short
#define START_MONO_NS INT64_C(1000000000000)       // scenario time 0 in the recording's monotonic clock
#define START_UTC_NS  INT64_C(1767225600000000000) // 2026-01-01; each seed its own day
#define DAY_NS        INT64_C(86400000000000)
#define TICK_NS       INT64_C(100000000)

struct run {
    struct log_writer *writer;
    struct feed *feed;
    struct truth *truth;
    struct telling telling;
    int64_t end_ns, start_utc_ns, next_tick_ns;
    int block_samples[MAX_SOURCES];
    struct raw_block block[MAX_SOURCES]; // filled ahead, written in the order they are there
    int64_t due_ns[MAX_SOURCES];
    bool lost[MAX_SOURCES];
};

static int put(struct run *run, struct log_event event)
{
    return log_writer_put(run->writer, &event);
}

static int write_head(struct run *run)
{
    int err =
        put(run, (struct log_event){.kind = LOG_SETTINGS, .source = SOURCE_NONE, .settings = "version: 1\nrig: sim\n"});
    for (int i = 0; !err && i < feed_count(run->feed); i++) {
        const struct source_desc *desc = feed_desc(run->feed, i);
        struct device_event running = {.source = (uint16_t)i, .site = desc->site, .state = DEVICE_RUNNING};
        err = put(run, (struct log_event){.kind = LOG_SOURCE, .source = (uint16_t)i, .desc = desc});
        if (!err)
            err = put(run, (struct log_event){.kind = LOG_DEVICE, .source = (uint16_t)i, .device = &running});
    }
    return err;
}

// A block ends where the device is lost.
static bool goes_on(struct run *run, int i, int64_t before_ns, int64_t next_ns)
{
    return feed_outages_begun(run->feed, i, before_ns) == feed_outages_begun(run->feed, i, next_ns);
}

static void fill_block(struct run *run, int i)
{
    struct raw_block *block = &run->block[i];
    struct feed_sample sample;
    block->source = (uint16_t)i;
    block->n = 0;
    run->due_ns[i] = FEED_END;
    int64_t next_ns = feed_next_ns(run->feed, i), before_ns = next_ns;
    bool has_faults = feed_faults(run->feed)->n > 0;
    const struct fault *fault =
        has_faults ? fault_at(feed_faults(run->feed), FAULT_SHORT, feed_desc(run->feed, i)->site, next_ns) : NULL;
    const int most = fault ? SHORT_SAMPLES : run->block_samples[i];
    while (block->n < most && next_ns < run->end_ns && (!has_faults || goes_on(run, i, before_ns, next_ns)) &&
           feed_pull(run->feed, i, &sample)) {
        block->stamp_ns[block->n] = log_quantise_ns(START_MONO_NS + sample.t_ns);
        for (int channel = 0; channel < N_CHANNELS; channel++)
            block->value[block->n][channel] = sample.value[channel];
        block->n++;
        run->due_ns[i] = log_quantise_ns(START_MONO_NS + sample.due_ns);
        before_ns = next_ns;
        next_ns = feed_next_ns(run->feed, i);
    }
}

// What a daemon that reads the device would have put there.
static int write_device(struct run *run, int i, const struct fault *fault)
{
    struct device_event event = {
        .source = (uint16_t)i, .site = feed_desc(run->feed, i)->site, .state = fault ? DEVICE_LOST : DEVICE_RUNNING};
    if (fault)
        snprintf(event.reason, sizeof event.reason, "simulated: %s", fault_kinds[fault->kind].name);
    run->lost[i] = fault != NULL;
    return put(run, (struct log_event){.kind = LOG_DEVICE, .source = (uint16_t)i, .device = &event});
}

static int write_outages(struct run *run, int64_t t_ns)
{
    int err = 0;
    for (int i = 0; !err && i < feed_count(run->feed) && feed_faults(run->feed)->n > 0; i++) {
        const struct fault *fault = fault_outage(feed_faults(run->feed), feed_desc(run->feed, i)->site, t_ns);
        if (fault && !run->lost[i])
            err = write_device(run, i, fault);
    }
    return err;
}

static int write_tick(struct run *run)
{
    struct tick tick = {.mono_ns = START_MONO_NS + run->next_tick_ns, .utc_ns = run->start_utc_ns + run->next_tick_ns};
    run->next_tick_ns += TICK_NS;
    int err = put(run, (struct log_event){.kind = LOG_TICK, .source = SOURCE_NONE, .tick = tick});
    if (!err)
        err = write_outages(run, run->next_tick_ns - TICK_NS);
    if (!err && run->truth)
        err =
            truth_advance(run->truth, run->next_tick_ns < run->end_ns ? run->next_tick_ns : run->end_ns, START_MONO_NS);
    return err;
}

static int write_commands(struct run *run, int64_t until_ns)
{
    struct command command;
    int64_t t_ns;
    int err = 0;
    while (!err && telling_pull(&run->telling, until_ns, &command, &t_ns))
        err = put(run, (struct log_event){.kind = LOG_COMMAND, .source = SOURCE_NONE, .command = &command});
    return err;
}

static int write_samples(struct run *run)
{
    int err = 0, n = feed_count(run->feed);
    for (int i = 0; i < n; i++) {
        run->block_samples[i] = (int)fmax(1, fmin(BLOCK_SAMPLES, BLOCK_S * feed_desc(run->feed, i)->rate_hz));
        fill_block(run, i);
    }
    while (!err) {
        int first = 0;
        for (int i = 1; i < n; i++)
            if (run->due_ns[i] < run->due_ns[first])
                first = i;
        int64_t until_ns = run->due_ns[first] == FEED_END ? run->end_ns : run->due_ns[first] - START_MONO_NS;
        while (!err && run->next_tick_ns < until_ns) {
            err = write_commands(run, run->next_tick_ns);
            if (!err)
                err = write_tick(run);
        }
        if (!err)
            err = write_commands(run, until_ns);
        if (err || run->due_ns[first] == FEED_END)
            break;
        if (run->lost[first])
            err = write_device(run, first, NULL);
        if (err)
            break;
        err = put(run, (struct log_event){.kind = LOG_BLOCK, .source = (uint16_t)first, .block = &run->block[first]});
        fill_block(run, first);
    }
    return err;
}

int write_log(const char *path, struct feed *feed, const struct scenario *scenario, uint64_t seed, double seconds,
              struct truth *truth)
{
    static struct run run; // too large for a stack
    run = (struct run){.feed = feed,
                       .truth = truth,
                       .end_ns = llrint(1e9 * seconds),
                       .start_utc_ns = START_UTC_NS + (int64_t)(seed % 365) * DAY_NS};
    telling_init(&run.telling, scenario);
    int err = log_writer_open(&run.writer, path);
    if (err)
        return err;
    err = write_head(&run);
    if (!err)
        err = write_samples(&run);
    int close_err = log_writer_close(run.writer);
    return err ? err : close_err;
}
