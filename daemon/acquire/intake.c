// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/intake.h"

#include "core/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK_NS (NS_PER_S / 10)
// A frame is complete when the last site's block is there: waking for each of many blocks is mostly in vain. So once
// woken, the others of the next moment are waited for too: with 13 sites a third of the wake-ups, for a latency that is
// up to this much longer.
#define LINGER_NS      INT64_C(2000000)
#define LINGER_READERS 4 // fewer seldom meet within that time

int intake_init(struct intake *intake, struct reader *readers, int n_readers)
{
    memset(intake, 0, sizeof *intake);
    intake->readers = readers;
    intake->n_readers = n_readers;
    intake->next_tick_ns = (clock_mono_ns() / TICK_NS + 1) * TICK_NS;
    intake->bell.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return intake->bell.fd < 0 ? -errno : 0;
}

void intake_finish(struct intake *intake)
{
    if (intake->bell.fd >= 0)
        close(intake->bell.fd);
}

static struct ring *ring_of(const struct intake *intake, int i)
{
    struct reader *reader = &intake->readers[i];
    return atomic_load_explicit(&reader->started, memory_order_acquire) ? reader->ring : NULL;
}

static void take_snapshot(struct intake *intake)
{
    for (int i = 0; i < intake->n_readers; i++) {
        struct ring *ring = ring_of(intake, i);
        intake->backlog[i] = ring ? ring_used(ring) : 0;
    }
}

static void fill(const struct intake *intake, int i, const struct reader_item *item, struct log_event *event)
{
    switch (item->kind) {
    case ITEM_SOURCE:
        *event = (struct log_event){.kind = LOG_SOURCE, .source = intake->readers[i].slot, .desc = &item->desc};
        break;
    case ITEM_BLOCK:
        *event = (struct log_event){.kind = LOG_BLOCK, .source = item->block.source, .block = &item->block};
        break;
    case ITEM_DEVICE:
        *event = (struct log_event){.kind = LOG_DEVICE, .source = item->device.source, .device = &item->device};
        break;
    }
}

// The next item of the readers in turn; of the snapshot only, while one is drained.
static bool take_item(struct intake *intake, struct log_event *event)
{
    bool snapshot = intake->drain != DRAIN_NOTHING;
    for (int k = 0; k < intake->n_readers; k++) {
        int i = (intake->turn + k) % intake->n_readers;
        if (snapshot && intake->backlog[i] == 0)
            continue;
        struct ring *ring = ring_of(intake, i);
        const struct reader_item *item = ring ? ring_peek(ring) : NULL;
        if (!item)
            continue;
        if (snapshot)
            intake->backlog[i]--;
        intake->held = ring;
        intake->turn = (i + 1) % intake->n_readers;
        fill(intake, i, item, event);
        return true;
    }
    return false;
}

static bool anything_waits(const struct intake *intake)
{
    for (int i = 0; i < intake->n_readers; i++) {
        struct ring *ring = ring_of(intake, i);
        if (ring && ring_used(ring) > 0)
            return true;
    }
    return atomic_load(&intake->stopping);
}

static void linger(const struct intake *intake, int64_t until_ns)
{
    int64_t left_ns = until_ns - clock_mono_ns();
    int n_started = 0;
    for (int i = 0; i < intake->n_readers; i++)
        n_started += ring_of(intake, i) != NULL;
    if (n_started < LINGER_READERS || left_ns <= 0 || atomic_load(&intake->stopping))
        return;
    struct timespec time = {.tv_nsec = left_ns < LINGER_NS ? left_ns : LINGER_NS};
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void sleep_until(struct intake *intake, int64_t until_ns)
{
    atomic_exchange(&intake->bell.sleeping, true);
    int64_t left_ns = until_ns - clock_mono_ns();
    bool rung = false;
    if (left_ns > 0 && !anything_waits(intake)) {
        struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
        struct pollfd bell = {.fd = intake->bell.fd, .events = POLLIN};
        rung = ppoll(&bell, 1, &left, NULL) > 0;
    }
    atomic_exchange(&intake->bell.sleeping, false);
    if (rung) {
        uint64_t times;
        ssize_t n = read(intake->bell.fd, &times, sizeof times);
        (void)n; // -EAGAIN: another thread's ring has been read already
        linger(intake, until_ns);
    }
}

static void begin_tick(struct intake *intake, int64_t now_ns)
{
    intake->tick = (struct tick){.mono_ns = log_quantise_ns(now_ns), .utc_ns = clock_utc_ns()};
    // After a pause longer than a period there is one tick, not a burst of them.
    intake->next_tick_ns = (now_ns / TICK_NS + 1) * TICK_NS;
    intake->drain = DRAIN_FOR_TICK;
    take_snapshot(intake);
}

static bool take_command(struct intake *intake, struct log_event *event)
{
    if (intake->n_taken == intake->n_put)
        return false;
    intake->command = intake->queue[intake->n_taken++ % INTAKE_COMMANDS];
    *event = (struct log_event){.kind = LOG_COMMAND, .command = &intake->command};
    return true;
}

int intake_next(struct intake *intake, struct log_event *event)
{
    if (intake->held)
        ring_release(intake->held);
    intake->held = NULL;
    for (;;) {
        if (intake->drain == DRAIN_ENDED)
            return 0;
        if (take_command(intake, event))
            return 1;
        if (atomic_load(&intake->stopping) && intake->drain != DRAIN_FOR_STOP) {
            intake->drain = DRAIN_FOR_STOP;
            take_snapshot(intake);
        }
        int64_t now_ns = clock_mono_ns();
        if (intake->drain == DRAIN_NOTHING && now_ns >= intake->next_tick_ns)
            begin_tick(intake, now_ns);
        if (take_item(intake, event))
            return 1;
        if (intake->drain == DRAIN_FOR_STOP) {
            intake->drain = DRAIN_ENDED;
        } else if (intake->drain == DRAIN_FOR_TICK) {
            intake->drain = DRAIN_NOTHING;
            *event = (struct log_event){.kind = LOG_TICK, .source = SOURCE_NONE, .tick = intake->tick};
            return 1;
        } else {
            sleep_until(intake, intake->next_tick_ns);
        }
    }
}

bool intake_put_command(struct intake *intake, const struct command *command)
{
    if (intake->n_put - intake->n_taken == INTAKE_COMMANDS)
        return false;
    intake->queue[intake->n_put++ % INTAKE_COMMANDS] = *command;
    return true;
}

void intake_stop(struct intake *intake)
{
    int saved = errno;
    atomic_store(&intake->stopping, true);
    uint64_t one = 1;
    ssize_t n = write(intake->bell.fd, &one, sizeof one);
    (void)n;
    errno = saved;
}

void intake_resume(struct intake *intake)
{
    intake->drain = DRAIN_NOTHING;
    atomic_store(&intake->stopping, false);
}
