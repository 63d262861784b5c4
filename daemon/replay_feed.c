// SPDX-License-Identifier: GPL-3.0-or-later
#include "replay_feed.h"

#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define SLOTS   64 // items: about half a second of log, small enough to stay in a cache
#define WAIT_NS (NS_PER_S / 10)

struct feed {
    struct log_reader *reader;
    struct pipeline *pipeline; // whose front is fed
    bool settled;              // an event has followed the start
    int error;
    pthread_t thread;
    bool joined;

    pthread_mutex_t lock; // for what follows
    pthread_cond_t can_put, can_take;
    size_t head, tail;          // free-running: put so far, released so far
    bool asks, stopping, ended; // asks: for a pipeline
    bool reading, left;         // left: stopped while it was reading
    struct feed_item slot[SLOTS];
};

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

// Waits for so long at most; the lock is held.
static void wait_a_while(struct feed *f, pthread_cond_t *cond)
{
    int64_t until = clock_mono_ns() + WAIT_NS;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    (void)pthread_cond_timedwait(cond, &f->lock, &at);
}

// A slot to be filled, NULL when the feed is to stop. A full queue is first drained by half: waking a thread costs as
// much as several items.
static struct feed_item *reserve(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    if (f->head - f->tail == SLOTS)
        while (!f->stopping && f->head - f->tail > SLOTS / 2)
            pthread_cond_wait(&f->can_put, &f->lock);
    struct feed_item *item = f->stopping ? NULL : &f->slot[f->head % SLOTS];
    pthread_mutex_unlock(&f->lock);
    if (item)
        item->has_status = false;
    return item;
}

static void commit(struct feed *f, bool wake)
{
    pthread_mutex_lock(&f->lock);
    f->head++;
    if (wake || f->head - f->tail >= SLOTS / 2)
        pthread_cond_signal(&f->can_take);
    pthread_mutex_unlock(&f->lock);
}

// Hands the settings over and stands still until there is a pipeline. False: none comes, stop.
static bool ask_for_pipeline(struct feed *f, const char *settings)
{
    struct feed_item *item = reserve(f);
    if (!item)
        return false;
    item->kind = FEED_START;
    item->event = (struct log_event){.kind = LOG_SETTINGS, .settings = settings};
    f->settled = false;
    f->asks = true; // read by main after the item, which the lock orders
    commit(f, true);
    pthread_mutex_lock(&f->lock);
    while (f->asks && !f->stopping)
        pthread_cond_wait(&f->can_put, &f->lock);
    bool given = !f->asks;
    pthread_mutex_unlock(&f->lock);
    return given;
}

static void keep_event(struct feed_item *item, const struct log_event *event)
{
    item->kind = FEED_EVENT;
    item->event = *event;
    if (event->kind == LOG_SOURCE) {
        item->desc = *event->desc;
        item->event.desc = &item->desc;
    } else if (event->kind == LOG_CALIBRATION) {
        item->calibration = *event->calibration;
        item->event.calibration = &item->calibration;
    } else if (event->kind == LOG_HISTORY) {
        item->history = *event->history;
        item->event.history = &item->history;
    } else if (event->kind == LOG_COMMAND) {
        item->command = *event->command;
        item->event.command = &item->command;
    } else if (event->kind == LOG_BLOCK) {
        item->event.block = NULL;
    } else if (event->kind == LOG_DEVICE) {
        item->event.device = NULL;
    }
}

// Through the front, and what the back has to know of it. False: stop.
static bool feed_event(struct feed *f, const struct log_event *event)
{
    bool front_only = event->kind == LOG_BLOCK || event->kind == LOG_DEVICE;
    if (front_only && f->settled) {
        (void)pipeline_front_push(f->pipeline, event, NULL);
    } else {
        struct feed_item *item = reserve(f);
        if (!item)
            return false;
        keep_event(item, event);
        bool tick = event->kind == LOG_TICK;
        item->has_status = pipeline_front_push(f->pipeline, event, tick ? &item->status : NULL);
        f->settled = true;
        commit(f, tick);
    }
    for (;;) {
        struct feed_item *item = reserve(f);
        if (!item)
            return false;
        item->kind = FEED_BLOCK;
        if (!pipeline_front_pull(f->pipeline, &item->block))
            return true; // the slot stays free
        commit(f, false);
    }
}

// A read from a pipe may never return: the feed then is left in here, and touches nothing when it does return.
static int next_event(struct feed *f, struct log_event *event)
{
    pthread_mutex_lock(&f->lock);
    bool go_on = !f->stopping;
    f->reading = go_on;
    pthread_mutex_unlock(&f->lock);
    int more = go_on ? log_reader_next(f->reader, event) : 0;
    pthread_mutex_lock(&f->lock);
    f->reading = false;
    more = f->stopping && more > 0 ? 0 : more;
    pthread_mutex_unlock(&f->lock);
    return more;
}

static void *feed_main(void *arg)
{
    struct feed *f = arg;
    struct log_event event;
    int more = 0;
    bool going = true, first = true;
    while (going && (more = next_event(f, &event)) > 0) {
        if (first && !log_reader_goes_on(f->reader))
            f->pipeline = NULL; // that of another recording, which the next start ends
        first = false;
        if (event.kind == LOG_SETTINGS)
            going = ask_for_pipeline(f, event.settings);
        else if (!f->pipeline)
            going = ask_for_pipeline(f, NULL);
        if (going && event.kind != LOG_SETTINGS)
            going = feed_event(f, &event);
    }
    pthread_mutex_lock(&f->lock);
    f->error = more < 0 ? more : 0;
    f->ended = true;
    pthread_cond_signal(&f->can_take);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

int feed_create(struct feed **out, struct log_reader *reader, struct pipeline *pipeline)
{
    struct feed *f = *out = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->reader = reader;
    f->pipeline = pipeline;
    pthread_mutex_init(&f->lock, NULL);
    init_cond(&f->can_put);
    init_cond(&f->can_take);
    sigset_t all, before;
    sigfillset(&all); // a signal is main's, which may be asleep
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = -pthread_create(&f->thread, NULL, feed_main, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        feed_destroy(f);
        *out = NULL;
    }
    return rc;
}

const struct feed_item *feed_take(struct feed *f, bool *ended)
{
    pthread_mutex_lock(&f->lock);
    if (f->head == f->tail && !f->ended)
        wait_a_while(f, &f->can_take);
    bool any = f->head != f->tail;
    *ended = !any && f->ended;
    pthread_mutex_unlock(&f->lock);
    return any ? &f->slot[f->tail % SLOTS] : NULL;
}

void feed_release(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    if (f->head - ++f->tail == SLOTS / 2)
        pthread_cond_signal(&f->can_put);
    pthread_mutex_unlock(&f->lock);
}

void feed_go_on(struct feed *f, struct pipeline *pipeline)
{
    pthread_mutex_lock(&f->lock);
    f->pipeline = pipeline;
    f->asks = false;
    pthread_cond_signal(&f->can_put);
    pthread_mutex_unlock(&f->lock);
}

bool feed_stop(struct feed *f, int *error)
{
    *error = 0;
    if (f->joined)
        return true;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_signal(&f->can_put);
    if (!f->ended)
        wait_a_while(f, &f->can_take);
    f->left = !f->ended && f->reading;
    f->ended = true;
    pthread_mutex_unlock(&f->lock);
    if (f->left)
        return false;
    pthread_join(f->thread, NULL);
    f->joined = true;
    *error = f->error;
    return true;
}

void feed_destroy(struct feed *f)
{
    if (!f || f->left)
        return;
    pthread_cond_destroy(&f->can_take);
    pthread_cond_destroy(&f->can_put);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
