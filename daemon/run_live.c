// SPDX-License-Identifier: GPL-3.0-or-later
// Live: readers → intake → pipeline thread → publisher and recorder; main waits for signals and feeds the watchdog.
// Consumers start before producers and stop after them. A reload stops only the pipeline thread: it validates the new
// configuration and makes the new pipeline first, the readers go on into their rings meanwhile.
#include "run_live.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/rt.h"
#include "core/uuid.h"
#include "host_limits.h"
#include "service.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LOOP_MS          250
#define PIPELINE_TURN_NS (5 * NS_PER_S)

static void say_status(const struct live *l, int64_t *next_ns)
{
    int64_t now = clock_mono_ns();
    if (now < *next_ns)
        return;
    *next_ns = now + 2 * NS_PER_S;
    int running = 0, configured = 0;
    char missing[256] = "";
    for (int s = 0; s < N_SITES; s++) {
        if (!l->config->sites[s].present)
            continue;
        configured++;
        if (atomic_load(&l->running) & SITE_BIT(s)) {
            running++;
        } else {
            strncat(missing, " ", sizeof missing - strlen(missing) - 1);
            strncat(missing, site_names[s], sizeof missing - strlen(missing) - 1);
        }
    }
    service_say_sites(running, configured, missing);
}

static bool is_alive(const struct live *l)
{
    bool pipeline = clock_mono_ns() - atomic_load(&l->turned_ns) < PIPELINE_TURN_NS;
    return pipeline && acquire_is_alive(l->acquire) && publisher_is_alive(l->publisher);
}

static void say_recording(const struct recording_state *state)
{
    if (state->writing)
        log_info("recording to %s", state->path);
    else if (state->error != 0)
        log_error("recording to %s cannot be begun: %s; measuring goes on", state->path, strerror(-state->error));
    else
        log_info("recording to %s ended", state->path);
}

// The recorder itself says why a recording ended without an order.
static void watch_recorder(struct live *l)
{
    if (!l->recorder)
        return;
    enum recording_order order = publisher_take_order(l->publisher);
    if (order != RECORDING_KEEP)
        recorder_order(l->recorder, order);
    struct recording_state state = recorder_state(l->recorder);
    if (state.orders != l->orders)
        say_recording(&state);
    l->orders = state.orders;
    if (state.lost_events > 0 && l->said_lost == 0)
        log_warning("recording to %s has holes: the disk was too slow", state.path);
    l->said_lost = state.lost_events;
    publisher_set_recording(l->publisher, &state);
}

const char *live_subject(const struct live *l)
{
    const struct session_state *session = session_keep_state(l->session);
    return session->id[0] != '\0' && session->subject[0] != '\0' ? session->subject : l->config->subject.id;
}

static void watch_session(struct live *l)
{
    history_keep_save(l->history); // before another one runs
    if (!session_keep_save(l->session))
        return;
    publisher_set_session(l->publisher, session_keep_state(l->session));
    history_keep_switch(l->history, live_subject(l));
}

// Until SIGTERM or SIGINT; 0 or negative errno when a reload left nothing to go on with.
static int wait_for_signals(struct live *l, const sigset_t *signals)
{
    const struct timespec patience = {0, LOOP_MS * 1000000L};
    int64_t next_status_ns = 0;
    for (;;) {
        int number = sigtimedwait(signals, NULL, &patience);
        if (number == SIGTERM || number == SIGINT)
            return 0;
        int rc = number == SIGHUP ? live_reload(l) : 0;
        if (rc != 0)
            return rc;
        if (is_alive(l))
            service_alive();
        say_status(l, &next_status_ns);
        keep_save(l->keep);
        watch_session(l);
        assess_keep_save(l->assess);
        hook_run(l->hook);
        watch_recorder(l);
    }
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b && b[0] != '\0' ? b : c;
}

// systemd gives all state directories of the unit, parted by colons; the first is ours.
static int start_keeping(struct live *l)
{
    char dir[PATH_MAX];
    snprintf(dir, sizeof dir, "%s", first_of(l->options->state_dir, getenv("STATE_DIRECTORY"), "/var/lib/poise"));
    if (!l->options->state_dir)
        dir[strcspn(dir, ":")] = '\0';
    int rc = keep_create(&l->keep, dir);
    if (rc == 0)
        keep_begin(l->keep, l->config, NULL);
    if (rc == 0)
        rc = session_keep_create(&l->session, dir, l->config->top.rig);
    if (rc == 0)
        rc = history_keep_create(&l->history, dir);
    if (rc == 0)
        rc = assess_keep_create(&l->assess, dir);
    if (rc == 0)
        rc = hook_create(&l->hook, l->config->top.rig);
    if (rc == 0) {
        history_keep_begin(l->history, live_subject(l));
        assess_keep_begin(l->assess, l->config->subject.id, l->config->top.rig);
        hook_set(l->hook, l->config->findings.on_finding, l->config->findings.on_finding_limit_s);
    }
    return rc;
}

static int make_recorder(struct live *l)
{
    const struct record_params *params = &l->config->record;
    if (!l->options->record && params->dir[0] == '\0')
        return 0;
    return recorder_create(&l->recorder, params, l->config->top.rig, true);
}

// --record must be possible; record.dir may come later, so it alone stops nothing.
static int start_recording(struct live *l, char *error, size_t size)
{
    if (!l->recorder)
        return 0;
    int rc = recorder_start(l->recorder, l->options->record);
    struct recording_state state = recorder_state(l->recorder);
    publisher_set_recording(l->publisher, &state);
    l->orders = state.orders;
    if (rc == 0 || !l->options->record) {
        say_recording(&state);
        return 0;
    }
    snprintf(error, size, "%s: cannot record: %s", l->options->record, strerror(-rc));
    return rc;
}

// Before the rings and the rooms are made, so that they are resident too.
static void start_real_time(struct live *l, struct publisher_identity *identity)
{
    const struct rt_params *rt = &l->config->rt;
    int readers = l->config->acquire.fifo_priority;
    identity->mlock = rt_begin(rt, readers > rt->pipeline_priority ? readers : rt->pipeline_priority);
    snprintf(identity->cpus, sizeof identity->cpus, "%s", rt->cpus);
    identity->figures = &l->figures;
    l->pipeline_priority = rt->pipeline_priority;
}

static int start(struct live *l, char *error, size_t size)
{
    int rc = host_limits_take(error, size);
    if (rc != 0)
        return rc;
    const struct options *o = l->options;
    static struct publisher_identity identity;
    (void)uuid_make(identity.boot);
    memcpy(identity.rig, l->config->top.rig, sizeof identity.rig);
    snprintf(identity.runtime_dir, sizeof identity.runtime_dir, "%s",
             first_of(o->runtime_dir, getenv("RUNTIME_DIRECTORY"), "/run/poise"));
    identity.config_text = l->text;
    identity.emit = l->emit;
    start_real_time(l, &identity);
    rc = start_keeping(l);
    if (rc == 0)
        rc = make_recorder(l);
    if (rc == 0)
        rc = pipeline_create(&l->pipeline, l->config);
    if (rc != 0) {
        snprintf(error, size, "the daemon cannot be prepared: %s", strerror(-rc));
        return rc;
    }
    identity.session = session_keep_state(l->session);
    identity.can_record = l->config->record.dir[0] != '\0';
    identity.metrics = l->recorder ? recorder_metrics(l->recorder) : NULL;
    rc = publisher_create(&l->publisher, &l->config->publish, &identity, error, size);
    if (rc == 0) // only now: the lock is ours, no other daemon writes that file
        rc = start_recording(l, error, size);
    if (rc == 0)
        rc = acquire_start(&l->acquire, &l->config->acquire, l->config->sites, error, size);
    if (rc == 0 && (rc = live_start_pipeline(l)) != 0)
        snprintf(error, size, "the pipeline thread does not start: %s", strerror(-rc));
    return rc;
}

static int finish(struct live *l, int rc)
{
    bool ran = l->threaded;
    live_stop_pipeline(l);
    acquire_stop(l->acquire);
    publisher_destroy(l->publisher); // what it publishes last is recorded too
    int recorded = recorder_close(l->recorder);
    if (ran)
        run_say_balance(&l->counters);
    if (recorded != 0)
        log_error("the recording is incomplete: %s", strerror(-recorded));
    if (l->session)
        (void)session_keep_save(l->session);
    session_keep_destroy(l->session);
    history_keep_destroy(l->history);
    assess_keep_destroy(l->assess);
    hook_destroy(l->hook);
    pipeline_destroy(l->pipeline);
    keep_destroy(l->keep);
    int emitted = run_close_emit(l->emit);
    for (size_t i = 0; i < l->n_retired; i++)
        free(l->retired[i]);
    free(l->retired);
    free(l->text);
    if (rc == -EINVAL)
        return EX_CONFIG;
    return rc != 0 || recorded != 0 || emitted != 0 ? EXIT_FAILURE : EX_OK;
}

int run_live(const struct options *options, struct config *config)
{
    static struct live live;
    struct live *l = &live;
    char error[SETTINGS_ERROR] = "";
    bool failed;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // before any thread: all inherit it, main alone takes them

    l->options = options;
    l->config = config;
    l->emit = run_open_emit(options->emit, &failed);
    l->text = config_text(config);
    if (failed || !l->text)
        return finish(l, -EIO);
    int rc = start(l, error, sizeof error);
    if (rc != 0) {
        log_error("%s", error);
        service_failed(error);
        return finish(l, rc);
    }
    service_ready();
    log_info("ready: publishing as '%s'%s%s", config->top.rig, publisher_tcp_endpoint(l->publisher)[0] ? " on " : "",
             publisher_tcp_endpoint(l->publisher));
    rc = wait_for_signals(l, &signals);
    service_stopping();
    rc = finish(l, rc);
    service_stopped();
    log_info("ended");
    return rc;
}
