// SPDX-License-Identifier: GPL-3.0-or-later
#include "service.h"

#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define PATIENCE_S     15  // asked for each time
#define ASK_EVERY_S    5   // well before it runs out
#define PATIENCE_MAX_S 120 // then a disk that does not answer is given up

// Asks for more time until the end is reached.
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    bool runs, over;
} drain = {.lock = PTHREAD_MUTEX_INITIALIZER};

static char refused_text[256];

void service_ready(void)
{
    sd_notify(0, "READY=1");
}

void service_failed(const char *error)
{
    sd_notifyf(0, "STATUS=%s", error);
}

void service_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}

void service_reloading(void)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reading the configuration",
               (long long)(clock_mono_ns() / 1000));
}

void service_reloaded(const char *refused)
{
    refused_text[0] = '\0';
    if (refused)
        snprintf(refused_text, sizeof refused_text, "; reload refused, the old configuration stays: %.180s", refused);
    sd_notify(0, "READY=1");
}

void service_say_sites(int n_running, int n_configured, const char *missing)
{
    if (n_running == n_configured)
        sd_notifyf(0, "STATUS=%d sites running%s", n_running, refused_text);
    else
        sd_notifyf(0, "STATUS=%d of %d sites running, waiting for%s%s", n_running, n_configured, missing, refused_text);
}

static void *ask_for_patience(void *arg)
{
    (void)arg;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&drain.lock);
    for (int asked_s = 0; !drain.over && asked_s < PATIENCE_MAX_S; asked_s += ASK_EVERY_S) {
        if (asked_s > 0)
            sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%d\nSTATUS=writing out what was recorded, %d s so far",
                       PATIENCE_S * 1000000, asked_s);
        until.tv_sec += ASK_EVERY_S;
        while (!drain.over && pthread_cond_timedwait(&drain.ended, &drain.lock, &until) != ETIMEDOUT)
            ;
    }
    pthread_mutex_unlock(&drain.lock);
    return NULL;
}

void service_stopping(void)
{
    sd_notify(0, "STOPPING=1\nSTATUS=ending");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&drain.ended, &attributes);
    pthread_condattr_destroy(&attributes);
    // Without the thread the end has the unit's TimeoutStopSec.
    drain.runs = pthread_create(&drain.thread, NULL, ask_for_patience, NULL) == 0;
}

void service_stopped(void)
{
    if (!drain.runs)
        return;
    pthread_mutex_lock(&drain.lock);
    drain.over = true;
    pthread_cond_signal(&drain.ended);
    pthread_mutex_unlock(&drain.lock);
    pthread_join(drain.thread, NULL);
    drain.runs = false;
}
