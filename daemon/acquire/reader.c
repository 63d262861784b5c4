// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/reader.h"

#include "acquire/reason.h"
#include "core/clock.h"
#include "core/rt.h"
#include "frames/site.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS               INT64_C(1000000)
#define BACKOFF_FIRST_MS 250
#define BACKOFF_LAST_MS  2000            // what comes back is measured again within 5 s
#define STEADY_NS        (5 * NS_PER_S)  // ran so long: the next failure starts with the short wait again
#define REMIND_NS        (60 * NS_PER_S) // a reason that stays is logged again after this
#define HANG_MARGIN_NS   NS_PER_S        // beyond timeout_ms, before the watchdog cancels
#define FOREIGN_CLOCK_NS (10 * NS_PER_S) // stamps further from now than this are not of this host's clock
#define STOP_CANCEL_NS   (200 * MS)      // libiio complains on stderr about a cancelled refill: let a healthy one end
#define STOP_ABORT_NS    (600 * MS)
#define STOP_REPEAT_NS   (20 * MS)

static bool is_stopping(const struct reader *reader)
{
    return atomic_load_explicit(&reader->stopping, memory_order_relaxed);
}

static void ring_the_bell(struct bell *bell)
{
    // The exchange is a read-modify-write on both sides: whoever comes second sees the other's writes, so that either
    // the sleeper sees the commit or the committer sees the sleeper.
    if (!atomic_exchange(&bell->sleeping, false))
        return;
    uint64_t one = 1;
    ssize_t n = write(bell->fd, &one, sizeof one);
    (void)n; // the counter is full only when nobody reads it, and then it is readable
}

// Sleeps, but not beyond a stop.
static void pause_ms(const struct reader *reader, int ms)
{
    struct pollfd stop = {.fd = reader->wish.stop_fd, .events = POLLIN};
    (void)poll(&stop, 1, ms);
}

static void commit(struct reader *reader)
{
    ring_commit(reader->ring);
    ring_the_bell(reader->bell);
}

// Room for what must not be lost; waits for it. NULL when stopping.
static struct reader_item *reserve_surely(struct reader *reader)
{
    struct reader_item *item;
    while ((item = ring_reserve(reader->ring)) == NULL && !is_stopping(reader)) {
        atomic_store(&reader->turned_ns, clock_mono_ns());
        pause_ms(reader, 10);
    }
    return item;
}

static void fill_event(const struct reader *reader, struct reader_item *item, enum device_state state, int error,
                       const char *reason)
{
    item->kind = ITEM_DEVICE;
    item->device = (struct device_event){
        .source = reader->ever_described ? reader->slot : (uint16_t)SOURCE_NONE,
        .site = reader->site,
        .state = state,
        .error = error,
    };
    (void)reason_say(item->device.reason, 0, "%s", reason);
}

static void send_event(struct reader *reader, enum device_state state, int error, const char *reason)
{
    struct reader_item *item = reserve_surely(reader);
    if (!item)
        return;
    fill_event(reader, item, state, error, reason);
    commit(reader);
}

// RT-safe when there is room or wait is false. Reports the samples dropped since the last report.
static bool report_dropped(struct reader *reader, bool wait)
{
    if (reader->n_dropped == 0)
        return true;
    struct reader_item *item = wait ? reserve_surely(reader) : ring_reserve(reader->ring);
    if (!item)
        return false;
    fill_event(reader, item, DEVICE_DROPPED, 0, "the pipeline was late");
    item->device.n_dropped = reader->n_dropped;
    reader->n_dropped = 0;
    commit(reader);
    return true;
}

// RT-safe.
static void push_samples(struct reader *reader, int n, int64_t arrival_ns)
{
    for (int first = 0; first < n; first += RAW_BLOCK_MAX) {
        int part = n - first < RAW_BLOCK_MAX ? n - first : RAW_BLOCK_MAX;
        // The report comes before the block that follows the loss, or not at all yet.
        struct reader_item *item = report_dropped(reader, false) ? ring_reserve(reader->ring) : NULL;
        if (!item) {
            reader->n_dropped += (uint32_t)part;
            continue;
        }
        item->kind = ITEM_BLOCK;
        item->block.source = reader->slot;
        item->block.n = (uint16_t)part;
        item->block.arrival_ns = arrival_ns;
        source_take(reader->source, first, &item->block);
        commit(reader);
    }
}

// Packages of two dies, each with an oscillator of its own, whose drivers give the halves one stem.
static bool is_two_chips(const char *name)
{
    static const char *const stems[] = {"bmi055", "bmi085", "bmi088", "bmx055"};
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++)
        if (strncmp(name, stems[i], strlen(stems[i])) == 0)
            return true;
    return false;
}

// Sources whose chip text is equal share an oscillator. Both halves of a split chip have one label, or names that
// differ in their ending only (lsm6dso_accel, lsm6dso_gyro).
static void name_chip(const struct reader *reader, struct source_info *info)
{
    static const char *const endings[] = {"_accel", "-accel", "_gyro", "-gyro"};
    struct source_desc *desc = &info->desc;
    char stem[64];
    snprintf(stem, sizeof stem, "%s", info->label[0] != '\0' ? info->label : desc->name);
    for (size_t i = 0; info->label[0] == '\0' && i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(stem), ending = strlen(endings[i]);
        if (length > ending && strcmp(stem + length - ending, endings[i]) == 0)
            stem[length - ending] = '\0';
    }
    const char *half = !is_two_chips(desc->name) ? "" : desc->channel_mask & CHANNELS_ACC ? "/accel" : "/gyro";
    snprintf(desc->chip, sizeof desc->chip, "%s/%s%s", site_names[reader->site], stem, half);
}

// The first samples of a new buffer are there: says so, before they are sent.
static void announce(struct reader *reader, int64_t arrival_ns)
{
    struct source_info *info = &reader->info;
    struct raw_block first = {.n = 1};
    source_take(reader->source, 0, &first);
    int64_t away_ns = first.stamp_ns[0] - arrival_ns;
    if ((away_ns > FOREIGN_CLOCK_NS || away_ns < -FOREIGN_CLOCK_NS) && info->note[0] == '\0')
        snprintf(info->note, sizeof info->note, "its timestamps are %.1f s away from this host's monotonic clock",
                 (double)away_ns / 1e9);

    if (!reader->ever_described || memcmp(&reader->described, &info->desc, sizeof info->desc) != 0) {
        struct reader_item *item = reserve_surely(reader);
        if (!item)
            return;
        item->kind = ITEM_SOURCE;
        memcpy(&item->desc, &info->desc, sizeof item->desc);
        memcpy(&reader->described, &info->desc, sizeof info->desc);
        reader->ever_described = true;
        commit(reader);
    }
    send_event(reader, DEVICE_RUNNING, 0, info->note);
    reader->running = true;
    reader->ran_since_ns = arrival_ns;
    reader->reported[0] = '\0';
    reader->limit = (struct log_limit){0};
    atomic_store(&reader->progress, READER_RAN);
    char facts[FACTS_MAX];
    source_facts(info, facts);
    log_info("site %s: running: %s (%s) at %s, %g Hz, %d samples a block%s", site_names[reader->site], info->desc.name,
             info->id, reader->wish.device.uri, info->desc.rate_hz, info->block_samples, facts);
    if (info->note[0] != '\0')
        log_warning("site %s: %s", site_names[reader->site], info->note);
}

// Streams until an error, which it returns. RT-safe after the first refill (a network backend apart).
static int stream(struct reader *reader)
{
    bool announced = false;
    for (;;) {
        int64_t now_ns = clock_mono_ns();
        atomic_store_explicit(&reader->turned_ns, now_ns, memory_order_relaxed);
        if (is_stopping(reader))
            return -ECANCELED;
        atomic_store(&reader->refill_since_ns, now_ns);
        int n = source_refill(reader->source);
        atomic_store(&reader->refill_since_ns, 0);
        if (n <= 0)
            return n < 0 ? n : -EIO;
        int64_t arrival_ns = clock_mono_ns();
        if (!announced)
            announce(reader, arrival_ns);
        announced = true;
        push_samples(reader, n, arrival_ns);
    }
}

static void start_half(struct reader *reader)
{
    if (!reader->info.has_other_half || !reader->half || atomic_load(&reader->half->started))
        return;
    int rc = reader_start(reader->half);
    if (rc != 0)
        log_error("site %s: no thread for the gyroscope: %s", site_names[reader->site], strerror(-rc));
}

// A local context reads hundreds of files, 0.1 s of a slow core. At the priority of the kernel's interrupt threads they
// would wait for it, and every other device would miss samples: so a reader is real-time only while it streams.
struct scheduling {
    int policy;
    struct sched_param param;
};

static struct scheduling scheduling_relax(void)
{
    struct scheduling own = {.policy = SCHED_OTHER};
    const struct sched_param none = {.sched_priority = 0};
    if (pthread_getschedparam(pthread_self(), &own.policy, &own.param) == 0 && own.policy != SCHED_OTHER)
        (void)!pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
    return own;
}

static void scheduling_resume(const struct scheduling *own)
{
    if (own->policy != SCHED_OTHER)
        (void)!pthread_setschedparam(pthread_self(), own->policy, &own->param);
}

// One life of the connection: opens, streams, closes. Returns why it ended, with a sentence.
static int live_once(struct reader *reader, char reason[REASON_MAX])
{
    struct scheduling own = scheduling_relax();
    atomic_store(&reader->hung, false);
    int rc = source_open(reader->source, &reader->wish, &reader->info, reason);
    if (rc == 0) {
        reader->info.desc.site = reader->site;
        name_chip(reader, &reader->info);
        start_half(reader);
        rc = source_start(reader->source, &reader->info, reason);
    }
    if (rc == 0) {
        scheduling_resume(&own);
        rc = stream(reader);
        (void)scheduling_relax();
        source_explain(reader->source, rc, atomic_load(&reader->hung), reason);
    }
    source_close(reader->source);
    scheduling_resume(&own);
    return rc;
}

// Into the log and to the operator: at once when something changed, else as a reminder now and then.
static void report_failure(struct reader *reader, int error, const char *reason)
{
    (void)!report_dropped(reader, true);
    bool lost = reader->running;
    bool news = lost || strcmp(reader->reported, reason) != 0;
    if (news)
        send_event(reader, lost ? DEVICE_LOST : DEVICE_WAITING, error, reason);
    int held_back = log_limit_pass(&reader->limit, REMIND_NS);
    if (news || held_back >= 0)
        log_warning("site %s: %s%s", site_names[reader->site], lost ? "lost: " : news ? "" : "still: ", reason);
    reader->running = false;
    // After a loss the next reason is news again, even the same one: the state goes from lost to waiting.
    snprintf(reader->reported, sizeof reader->reported, "%s", lost ? "" : reason);

    pthread_mutex_lock(&reader->lock);
    snprintf(reader->failure, sizeof reader->failure, "%s", reason);
    pthread_mutex_unlock(&reader->lock);
    int trying = READER_TRYING;
    atomic_compare_exchange_strong(&reader->progress, &trying, READER_FAILED);
}

static void *reader_main(void *arg)
{
    struct reader *reader = arg;
    int backoff_ms = BACKOFF_FIRST_MS;
    log_set_site(site_names[reader->site]);
    char reason[REASON_MAX];
    send_event(reader, DEVICE_WAITING, 0, "");
    while (!is_stopping(reader)) {
        atomic_store(&reader->turned_ns, clock_mono_ns());
        int rc = live_once(reader, reason);
        if (is_stopping(reader))
            break;
        if (reader->running && clock_mono_ns() - reader->ran_since_ns > STEADY_NS)
            backoff_ms = BACKOFF_FIRST_MS;
        report_failure(reader, rc, reason);
        atomic_store(&reader->turned_ns, clock_mono_ns());
        pause_ms(reader, backoff_ms);
        backoff_ms = backoff_ms * 2 < BACKOFF_LAST_MS ? backoff_ms * 2 : BACKOFF_LAST_MS;
    }
    (void)!report_dropped(reader, false);
    return NULL;
}

void reader_init(struct reader *reader)
{
    pthread_mutex_init(&reader->lock, NULL);
    atomic_store(&reader->progress, READER_TRYING);
}

int reader_start(struct reader *reader)
{
    int rc = ring_create(&reader->ring, sizeof(struct reader_item), (size_t)reader->ring_slots);
    if (rc == 0)
        rc = source_create(&reader->source);
    if (rc == 0) {
        char name[16];
        snprintf(name, sizeof name, "read-%.10s", site_names[reader->site]);
        struct rt_thread_options options = {.name = name, .fifo_priority = reader->fifo_priority, .real_time = true};
        atomic_store(&reader->turned_ns, clock_mono_ns());
        rc = rt_thread_start(&reader->thread, &options, reader_main, reader, NULL);
    }
    if (rc != 0) {
        source_destroy(reader->source);
        ring_destroy(reader->ring);
        reader->source = NULL;
        reader->ring = NULL;
        return rc;
    }
    atomic_store(&reader->started, true);
    return 0;
}

void reader_watch(struct reader *reader, int64_t now_ns)
{
    int64_t since_ns = atomic_load(&reader->refill_since_ns);
    if (since_ns == 0 || now_ns - since_ns < reader->wish.timeout_ms * MS + HANG_MARGIN_NS)
        return;
    atomic_store(&reader->hung, true);
    source_cancel(reader->source);
}

void reader_stop(struct reader *reader)
{
    atomic_store(&reader->stopping, true);
}

static bool joins_within(pthread_t thread, int64_t wait_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t until_ns = (int64_t)until.tv_sec * NS_PER_S + until.tv_nsec + wait_ns;
    until = (struct timespec){.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void reader_finish(struct reader *reader, int64_t began_ns)
{
    if (atomic_load(&reader->started)) {
        // A cancel that falls between two openings is forgotten by the next, so it is repeated.
        while (!joins_within(reader->thread, STOP_REPEAT_NS)) {
            int64_t waited_ns = clock_mono_ns() - began_ns;
            if (waited_ns > STOP_ABORT_NS)
                source_abort(reader->source);
            else if (waited_ns > STOP_CANCEL_NS)
                source_cancel(reader->source);
        }
        source_destroy(reader->source);
        ring_destroy(reader->ring);
    }
    pthread_mutex_destroy(&reader->lock);
}
