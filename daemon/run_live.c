// SPDX-License-Identifier: GPL-3.0-or-later
// Live: readers → intake → pipeline thread → publisher and recorder; main waits for signals and feeds the watchdog.
// Consumers start before producers and stop after them. A reload stops only the pipeline thread: it validates the new
// configuration and makes the new pipeline first, the readers go on into their rings meanwhile.
#include "core/clock.h"
#include "core/log.h"
#include "core/rt.h"
#include "core/uuid.h"
#include "keep.h"
#include "pipeline.h"
#include "record/recorder.h"
#include "run.h"
#include "session_keep.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#define PIPELINE_PRIORITY 35
#define LOOP_MS           250
#define PIPELINE_TURN_NS  (5 * NS_PER_S)

struct live {
    const struct options *options;
    struct config *config;
    char *text; // effective settings
    struct acquire *acquire;
    struct pipeline *pipeline;
    struct keep *keep;
    struct publisher *publisher;
    struct recorder *recorder; // NULL: nowhere to record to
    struct session_keep *session;
    uint32_t calibration_changes; // of the pipeline's calibration, as the recorder knows it
    bool has_command;             // taken from the publisher, not yet by the intake
    struct command command;
    uint64_t said_lost; // events that the recording lost
    uint32_t orders;    // to the recorder, whose outcome was said
    FILE *emit;
    pthread_t thread;
    bool threaded;
    bool fifo, mlock;
    atomic_llong turned_ns;
    atomic_uint running; // SITE_BIT of the sites whose device delivers, for the status line
    // What the log said last of each source and device; a new pipeline begins with it.
    bool has_desc[MAX_SOURCES];
    struct source_desc desc[MAX_SOURCES];
    bool has_device[DEVICE_SLOTS];
    struct device_event device[DEVICE_SLOTS];
    char **retired; // texts of earlier settings: the recorder may still hold them
    size_t n_retired;
};

static void remember(struct live *l, const struct log_event *event)
{
    if (event->kind == LOG_SOURCE && event->source < MAX_SOURCES) {
        l->desc[event->source] = *event->desc;
        l->has_desc[event->source] = true;
    } else if (event->kind == LOG_DEVICE && event->device->site < N_SITES && event->device->state != DEVICE_DROPPED) {
        int slot = device_slot(event->device);
        l->device[slot] = *event->device;
        l->has_device[slot] = true;
        if (slot < MAX_SOURCES)
            l->has_device[MAX_SOURCES + event->device->site] = false; // it has a source now
        if (event->device->state == DEVICE_RUNNING)
            atomic_fetch_or(&l->running, SITE_BIT(event->device->site));
        else
            atomic_fetch_and(&l->running, ~SITE_BIT(event->device->site));
    }
}

// A later part of the recording begins with it.
static void tell_calibration(struct live *l, const struct output *output)
{
    const struct calibration_result *result = &output->calibration;
    if (!l->recorder || output->stream != STREAM_CALIBRATION || result->changes == l->calibration_changes)
        return;
    l->calibration_changes = result->changes;
    recorder_set_calibration(l->recorder, result->calibrated ? &result->now : NULL);
}

static void publish_outputs(struct live *l)
{
    const struct output *output;
    while ((output = pipeline_pull(l->pipeline)) != NULL) {
        keep_watch(l->keep, output);
        tell_calibration(l, output);
        publisher_push(l->publisher, output);
    }
}

static void push(struct live *l, const struct log_event *event)
{
    if (l->recorder)
        recorder_push(l->recorder, event);
    pipeline_push(l->pipeline, event);
    publish_outputs(l);
}

static void open_log(struct live *l)
{
    push(l, &(struct log_event){.kind = LOG_SETTINGS, .source = SOURCE_NONE, .settings = l->text});
    const struct calibration *calibration = keep_opening(l->keep);
    if (calibration)
        push(l, &(struct log_event){.kind = LOG_CALIBRATION, .source = SOURCE_NONE, .calibration = calibration});
    struct command opening[2];
    int n_opening = session_keep_opening(l->session, opening);
    for (int i = 0; i < n_opening; i++)
        push(l, &(struct log_event){.kind = LOG_COMMAND, .source = SOURCE_NONE, .command = &opening[i]});
    for (uint16_t i = 0; i < MAX_SOURCES; i++)
        if (l->has_desc[i])
            push(l, &(struct log_event){.kind = LOG_SOURCE, .source = i, .desc = &l->desc[i]});
    for (int i = 0; i < DEVICE_SLOTS; i++)
        if (l->has_device[i])
            push(l, &(struct log_event){.kind = LOG_DEVICE, .source = l->device[i].source, .device = &l->device[i]});
}

static void *pipeline_main(void *arg)
{
    struct live *l = arg;
    struct log_event event;
    l->calibration_changes = 0;
    open_log(l);
    while (acquire_next(l->acquire, &event) > 0) {
        remember(l, &event);
        push(l, &event);
        if (event.kind == LOG_COMMAND)
            session_keep_watch(l->session, event.command);
        while (l->has_command || (l->has_command = publisher_take_command(l->publisher, &l->command))) {
            if (!acquire_put_command(l->acquire, &l->command))
                break; // the intake's queue is full: it goes in after the next event
            l->has_command = false;
        }
        atomic_store(&l->turned_ns, clock_mono_ns());
    }
    pipeline_finish(l->pipeline);
    publish_outputs(l);
    return NULL;
}

static int start_pipeline(struct live *l)
{
    const struct rt_thread_options options = {.name = "pipeline", .fifo_priority = PIPELINE_PRIORITY};
    pipeline_tap_frames(l->pipeline, publisher_frames(l->publisher));
    atomic_store(&l->turned_ns, clock_mono_ns());
    int rc = rt_thread_start(&l->thread, &options, pipeline_main, l, &l->fifo);
    l->threaded = rc == 0;
    return rc;
}

static void stop_pipeline(struct live *l)
{
    if (!l->threaded)
        return;
    acquire_stop_intake(l->acquire);
    pthread_join(l->thread, NULL);
    l->threaded = false;
    keep_settle(l->keep);
}

static bool acquisition_differs(const struct config *a, const struct config *b)
{
    return memcmp(a->sites, b->sites, sizeof a->sites) != 0 || memcmp(&a->acquire, &b->acquire, sizeof a->acquire) != 0;
}

static int restart_acquisition(struct live *l, const struct config *config)
{
    char error[SETTINGS_ERROR] = "";
    acquire_stop(l->acquire);
    l->acquire = NULL;
    memset(l->has_desc, 0, sizeof l->has_desc);
    memset(l->has_device, 0, sizeof l->has_device);
    atomic_store(&l->running, 0);
    int rc = acquire_start(&l->acquire, &config->acquire, config->sites, error, sizeof error);
    if (rc != 0)
        log_error("%s", error);
    return rc;
}

static bool make_room_to_retire(struct live *l)
{
    char **grown = realloc(l->retired, (l->n_retired + 1) * sizeof *grown);
    if (grown)
        l->retired = grown;
    return grown != NULL;
}

// Who may connect over CURVE can change without a restart.
static void read_clients(struct live *l)
{
    char error[SETTINGS_ERROR] = "";
    int n = publisher_reload_clients(l->publisher, error, sizeof error);
    if (n < 0)
        log_error("reload: %s; who was allowed stays allowed", error);
    else if (l->config->publish.curve[0] != '\0')
        log_info("reload: %d clients are allowed", n);
}

// 0 when the daemon can go on, with the new configuration or, after an error, the old one.
static int reload(struct live *l)
{
    static struct config next; // static: several kilobytes, and a struct compare must not see other padding
    char error[SETTINGS_ERROR] = "";
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_mono_ns() / 1000));
    struct pipeline *pipeline = NULL;
    char *text = NULL;
    int rc = run_load_config(l->options, true, NULL, &next, error);
    if (rc == 0 &&
        (!make_room_to_retire(l) || (text = config_text(&next)) == NULL || pipeline_create(&pipeline, &next) != 0)) {
        snprintf(error, sizeof error, "no memory");
        rc = -ENOMEM;
    }
    if (rc != 0) {
        log_error("reload: %s; the old configuration stays", error);
        free(text);
        sd_notify(0, "READY=1");
        return 0;
    }
    if (memcmp(&next.publish, &l->config->publish, sizeof next.publish) != 0 ||
        memcmp(&next.record, &l->config->record, sizeof next.record) != 0 ||
        strcmp(next.top.rig, l->config->top.rig) != 0)
        log_warning("reload: changes of rig, publish.* and record.* take effect at the next start");
    stop_pipeline(l);
    keep_begin(l->keep, &next, NULL);
    pipeline_destroy(l->pipeline);
    l->pipeline = pipeline;
    l->retired[l->n_retired++] = l->text;
    l->text = text;
    rc = 0;
    if (acquisition_differs(&next, l->config))
        rc = restart_acquisition(l, &next);
    else
        acquire_resume_intake(l->acquire);
    *l->config = next;
    publisher_set_config(l->publisher, l->text);
    if (rc == 0)
        rc = start_pipeline(l);
    read_clients(l);
    log_info("reload: %s", rc == 0 ? "the new configuration is in force" : "failed");
    sd_notify(0, "READY=1");
    return rc;
}

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
    if (running == configured)
        sd_notifyf(0, "STATUS=%d sites running", running);
    else
        sd_notifyf(0, "STATUS=%d of %d sites running, waiting for%s", running, configured, missing);
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

static void watch_session(struct live *l)
{
    if (session_keep_save(l->session))
        publisher_set_session(l->publisher, session_keep_state(l->session));
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
        int rc = number == SIGHUP ? reload(l) : 0;
        if (rc != 0)
            return rc;
        if (is_alive(l))
            sd_notify(0, "WATCHDOG=1");
        say_status(l, &next_status_ns);
        keep_save(l->keep);
        watch_session(l);
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
    return rc == 0 ? session_keep_create(&l->session, dir, l->config->top.rig) : rc;
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

static int start(struct live *l, char *error, size_t size)
{
    const struct options *o = l->options;
    static struct publisher_identity identity;
    (void)uuid_make(identity.boot);
    memcpy(identity.rig, l->config->top.rig, sizeof identity.rig);
    snprintf(identity.runtime_dir, sizeof identity.runtime_dir, "%s",
             first_of(o->runtime_dir, getenv("RUNTIME_DIRECTORY"), "/run/poise"));
    identity.config_text = l->text;
    identity.emit = l->emit;
    l->mlock = rt_lock_memory() == 0;
    identity.mlock = l->mlock;
    identity.fifo = rt_fifo_allowed(PIPELINE_PRIORITY);
    int rc = start_keeping(l);
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
    if (rc == 0 && (rc = start_pipeline(l)) != 0)
        snprintf(error, size, "the pipeline thread does not start: %s", strerror(-rc));
    return rc;
}

static int finish(struct live *l, int rc)
{
    stop_pipeline(l);
    acquire_stop(l->acquire);
    publisher_destroy(l->publisher); // what it publishes last is recorded too
    int recorded = recorder_close(l->recorder);
    if (recorded != 0)
        log_error("the recording is incomplete: %s", strerror(-recorded));
    if (l->session)
        (void)session_keep_save(l->session);
    session_keep_destroy(l->session);
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
        sd_notifyf(0, "STATUS=%s", error);
        return finish(l, rc);
    }
    sd_notify(0, "READY=1");
    log_info("ready: publishing as '%s'%s%s", config->top.rig, publisher_tcp_endpoint(l->publisher)[0] ? " on " : "",
             publisher_tcp_endpoint(l->publisher));
    rc = wait_for_signals(l, &signals);
    sd_notify(0, "STOPPING=1");
    rc = finish(l, rc);
    log_info("ended");
    return rc;
}
