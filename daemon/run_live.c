// SPDX-License-Identifier: GPL-3.0-or-later
// Live: readers → intake → pipeline thread → publisher and recorder; main waits for signals and feeds the watchdog.
// Consumers start before producers and stop after them. A reload stops only the pipeline thread: it validates the new
// configuration and makes the new pipeline first, the readers go on into their rings meanwhile.
#include "core/clock.h"
#include "core/log.h"
#include "core/rt.h"
#include "keep.h"
#include "pipeline.h"
#include "record/recorder.h"
#include "run.h"

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
    struct recorder *recorder;
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

static void publish_outputs(struct live *l)
{
    const struct output *output;
    while ((output = pipeline_pull(l->pipeline)) != NULL) {
        keep_watch(l->keep, output);
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
    struct command command;
    bool has_command = false;
    open_log(l);
    while (acquire_next(l->acquire, &event) > 0) {
        remember(l, &event);
        push(l, &event);
        while (has_command || (has_command = publisher_take_command(l->publisher, &command))) {
            if (!acquire_put_command(l->acquire, &command))
                break; // the intake's queue is full: it goes in after the next event
            has_command = false;
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
        strcmp(next.top.rig, l->config->top.rig) != 0)
        log_warning("reload: changes of rig and publish.* take effect at the next start");
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

static void watch_recorder(struct live *l, bool *said)
{
    if (!l->recorder || *said)
        return;
    struct recorder_status status = recorder_status(l->recorder);
    if (status.error == 0 && status.dropped_events == 0)
        return;
    *said = true;
    if (status.error != 0)
        log_error("recording to %s stopped: %s; measuring goes on", l->options->record, strerror(-status.error));
    else
        log_warning("recording to %s has holes: the disk was too slow", l->options->record);
    publisher_set_recording(l->publisher, l->options->record, status.error != 0 ? status.error : -EIO);
}

// Until SIGTERM or SIGINT; 0 or negative errno when a reload left nothing to go on with.
static int wait_for_signals(struct live *l, const sigset_t *signals)
{
    const struct timespec patience = {0, LOOP_MS * 1000000L};
    int64_t next_status_ns = 0;
    bool said = false;
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
        watch_recorder(l, &said);
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
    return rc;
}

static int start(struct live *l, char *error, size_t size)
{
    const struct options *o = l->options;
    static struct publisher_identity identity;
    run_make_boot(identity.boot);
    memcpy(identity.rig, l->config->top.rig, sizeof identity.rig);
    snprintf(identity.runtime_dir, sizeof identity.runtime_dir, "%s",
             first_of(o->runtime_dir, getenv("RUNTIME_DIRECTORY"), "/run/poise"));
    identity.config_text = l->text;
    identity.emit = l->emit;
    l->mlock = rt_lock_memory() == 0;
    identity.mlock = l->mlock;
    identity.fifo = rt_fifo_allowed(PIPELINE_PRIORITY);
    int rc = publisher_create(&l->publisher, &l->config->publish, &identity, error, size);
    if (rc == 0 && o->record) {
        rc = recorder_create(&l->recorder, o->record, error, size);
        if (rc == 0)
            publisher_set_recording(l->publisher, o->record, 0);
    }
    if (rc == 0 && ((rc = start_keeping(l)) != 0 || (rc = pipeline_create(&l->pipeline, l->config)) != 0))
        snprintf(error, size, "no memory for the pipeline");
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
    int recorded = recorder_close(l->recorder);
    if (recorded != 0)
        log_error("recording to %s is incomplete: %s", l->options->record, strerror(-recorded));
    publisher_destroy(l->publisher);
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
