// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/ring.h"
#include "core/rt.h"
#include "publish/control.h"
#include "publish/curve.h"
#include "publish/endpoint.h"
#include "publish/gate.h"
#include "publish/host.h"
#include "publish/imu_frames.h"
#include "publish/latency.h"
#include "publish/site_watch.h"
#include "publish/sockets.h"
#include "publish/streams.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define N_OUTPUTS          1024
#define N_COMMANDS         64
#define TURN_MS            200
#define META_NS            (5 * NS_PER_S)
#define STATUS_PATIENCE_NS (2 * NS_PER_S)
#define ALIVE_NS           (5 * NS_PER_S)

struct publisher {
    struct publisher_identity identity;
    struct runtime_dir dir;
    struct sockets sockets;
    struct imu_frames *frames; // NULL when off
    struct ring *outputs, *commands;
    int wake; // eventfd: the pipeline thread may not take locks, so no condition variable
    pthread_t thread;
    bool threaded;
    atomic_bool stop;
    atomic_llong turned_ns;
    atomic_ullong outputs_dropped;
    struct control_shared shared;
    char digest[41]; // of the configuration in force; under the same lock
    // The rest belongs to the publisher thread.
    struct stream_encoder encoder;
    struct stream_host host;
    struct stream_meta meta;
    struct host_meter meter;
    struct latency latency;
    struct site_watch watch;
    struct output status;     // the last one, to be sent again when the pipeline is silent
    char session[SESSION_ID]; // of the last output
    int64_t next_meta_ns, status_ns;
    char topic[N_STREAMS][96];
    char frames_topic[96];
    const char *topics[N_STREAMS + 1]; // the same, for the gate
    struct last_objects last;
    struct control control;
};

static void emit(struct publisher *p, const char *line)
{
    FILE *to = p->identity.emit;
    if (!to)
        return;
    if (fputs(line, to) >= 0 && fputc('\n', to) != EOF)
        return;
    log_error("--emit: %s; nothing more is written there", strerror(errno));
    p->identity.emit = NULL;
}

static void publish(struct publisher *p, const struct output *output)
{
    enum stream stream = output->stream;
    json_t *object = stream_encode(&p->encoder, output);
    char *line = object ? stream_text(object) : NULL;
    if (line) {
        sockets_publish(&p->sockets, p->topic[stream], line, strlen(line));
        emit(p, line);
        text_queue_put(p->identity.metrics, output->t_ns, line);
        json_decref(p->last.object[stream]);
        p->last.object[stream] = json_incref(object);
    } else {
        log_error("no memory for an object of stream %s", stream_tables[stream].name);
    }
    free(line);
    json_decref(object);
}

// As `status` has it: nothing when none was begun, or it was ended in order.
static void show_recording(struct publisher *p)
{
    struct stream_recording *shown = &p->host.recording;
    pthread_mutex_lock(&p->shared.lock);
    const struct recording_state *r = &p->shared.recording;
    shown->known = r->writing || r->error != 0;
    shown->writing = r->writing;
    snprintf(shown->path, sizeof shown->path, "%s", r->path);
    snprintf(shown->error, sizeof shown->error, "%s",
             r->error != 0         ? strerror(-r->error)
             : r->lost_events != 0 ? "has holes: the disk was too slow"
                                   : "");
    shown->part = r->part;
    shown->bytes = r->bytes;
    shown->lost_events = r->lost_events;
    shown->lost_metrics = r->lost_metrics;
    pthread_mutex_unlock(&p->shared.lock);
}

static void publish_status(struct publisher *p, int64_t now)
{
    p->status.status.counters.outputs_dropped = atomic_load(&p->outputs_dropped);
    latency_summary(&p->latency, now, &p->host.latency_ms);
    p->host.overruns = (struct stream_overruns){
        .known = true, .posture_late = p->latency.late, .frames_dropped = imu_frames_dropped(p->frames)};
    host_read(&p->meter, &p->host.host);
    show_recording(p);
    publish(p, &p->status);
    p->status_ns = now;
}

static void take(struct publisher *p, const struct output *output)
{
    int64_t now = clock_mono_ns();
    memcpy(p->session, output->session, sizeof p->session);
    if (output->stream == STREAM_STATUS) {
        p->status = *output;
        p->meta.configured = output->status.configured;
        memcpy(p->meta.lean_weight, output->status.lean_weight, sizeof p->meta.lean_weight);
        site_watch_take(&p->watch, &output->status);
        publish_status(p, now);
        return;
    }
    publish(p, output);
    if (output->stream == STREAM_POSTURE)
        latency_add(&p->latency, clock_mono_ns(), output->newest_stamp_ns);
}

static void drain(struct publisher *p)
{
    const struct output *output;
    while ((output = ring_peek(p->outputs)) != NULL) {
        take(p, output);
        ring_release(p->outputs);
    }
}

// What falls due without the pipeline. A PUB socket that never sends would never notice subscribers that left.
static void keep_going(struct publisher *p)
{
    int64_t now = clock_mono_ns();
    if (now >= p->next_meta_ns) {
        pthread_mutex_lock(&p->shared.lock);
        memcpy(p->meta.config_digest, p->digest, sizeof p->digest);
        pthread_mutex_unlock(&p->shared.lock);
        struct output meta = {.stream = STREAM_META, .t_ns = now, .utc_ns = clock_utc_ns()};
        memcpy(meta.session, p->session, sizeof meta.session);
        publish(p, &meta);
        p->next_meta_ns = now + META_NS;
    }
    if (now - p->status_ns >= STATUS_PATIENCE_NS) {
        if (p->status.t_ns == 0) {
            p->status.t_ns = now;
            p->status.utc_ns = clock_utc_ns();
        }
        publish_status(p, now);
    }
}

static void await(struct publisher *p)
{
    const struct sockets *s = &p->sockets;
    zmq_pollitem_t items[4] = {{.fd = p->wake, .events = ZMQ_POLLIN},
                               {.socket = zsock_resolve(s->control), .events = ZMQ_POLLIN},
                               {.socket = zsock_resolve(s->accepted[0]), .events = ZMQ_POLLIN}};
    if (s->accepted[1])
        items[3] = (zmq_pollitem_t){.socket = zsock_resolve(s->accepted[1]), .events = ZMQ_POLLIN};
    uint64_t count;
    if (zmq_poll(items, s->accepted[1] ? 4 : 3, TURN_MS) > 0 && items[0].revents & ZMQ_POLLIN)
        (void)!read(p->wake, &count, sizeof count);
}

static void *publisher_main(void *arg)
{
    struct publisher *p = arg;
    p->status_ns = clock_mono_ns();
    for (;;) {
        // Asked before draining: what was pushed before the stop goes out.
        bool stopping = atomic_load(&p->stop);
        imu_frames_serve(p->frames);
        drain(p);
        keep_going(p);
        sockets_tune(&p->sockets);
        control_serve(&p->control);
        if (p->identity.emit)
            fflush(p->identity.emit);
        atomic_store(&p->turned_ns, clock_mono_ns());
        if (stopping)
            return NULL;
        await(p);
    }
}

static void wake(struct publisher *p)
{
    uint64_t one = 1;
    (void)!write(p->wake, &one, sizeof one); // fails only when 2^64 - 2 wakes are pending
}

void publisher_push(struct publisher *p, const struct output *output)
{
    struct output *slot = ring_reserve(p->outputs);
    if (!slot) {
        atomic_fetch_add(&p->outputs_dropped, 1);
    } else {
        *slot = *output;
        ring_commit(p->outputs);
    }
    wake(p);
}

bool publisher_take_command(struct publisher *p, struct command *command)
{
    const struct command *next = ring_peek(p->commands);
    if (!next)
        return false;
    *command = *next;
    ring_release(p->commands);
    return true;
}

void publisher_set_recording(struct publisher *p, const struct recording_state *state)
{
    pthread_mutex_lock(&p->shared.lock);
    p->shared.recording = *state;
    if (state->orders > p->shared.orders) // main gave one itself, at the start
        p->shared.orders = state->orders;
    pthread_mutex_unlock(&p->shared.lock);
}

void publisher_set_session(struct publisher *p, const struct session_state *state)
{
    pthread_mutex_lock(&p->shared.lock);
    p->shared.session = *state;
    pthread_mutex_unlock(&p->shared.lock);
}

enum recording_order publisher_take_order(struct publisher *p)
{
    pthread_mutex_lock(&p->shared.lock);
    enum recording_order order = p->shared.order;
    p->shared.order = RECORDING_KEEP;
    pthread_mutex_unlock(&p->shared.lock);
    return order;
}

static void set_meta(struct publisher *p)
{
    struct stream_meta *m = &p->meta;
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(m->version_poise, sizeof m->version_poise, "%s", POISE_VERSION);
    snprintf(m->version_zmq, sizeof m->version_zmq, "%d.%d.%d", major, minor, patch);
    snprintf(m->version_czmq, sizeof m->version_czmq, "%d.%d.%d", CZMQ_VERSION_MAJOR, CZMQ_VERSION_MINOR,
             CZMQ_VERSION_PATCH);
    snprintf(m->version_jansson, sizeof m->version_jansson, "%s", jansson_version_str());
    snprintf(m->endpoint_ipc, sizeof m->endpoint_ipc, "%s", p->sockets.ipc);
    snprintf(m->endpoint_tcp, sizeof m->endpoint_tcp, "%s", p->sockets.tcp);
    snprintf(m->endpoint_frames, sizeof m->endpoint_frames, "%s", imu_frames_endpoint(p->frames));
    snprintf(m->endpoint_control, sizeof m->endpoint_control, "%s", p->dir.control);
    m->catalogue = stream_catalogue();
}

// The digest is SHA-1 by czmq: it tells whether two rigs run the same configuration and protects nothing.
void publisher_set_config(struct publisher *p, const char *config_text)
{
    zdigest_t *sha = zdigest_new();
    zdigest_update(sha, (const byte *)config_text, strlen(config_text));
    pthread_mutex_lock(&p->shared.lock);
    snprintf(p->digest, sizeof p->digest, "%s", zdigest_string(sha));
    pthread_mutex_unlock(&p->shared.lock);
    zdigest_destroy(&sha);
}

static void take_session(struct publisher *p, const char session[SESSION_ID])
{
    memcpy(p->session, session, sizeof p->session);
    memcpy(p->status.session, session, sizeof p->status.session);
}

static int prepare(struct publisher *p, const struct publisher_identity *identity)
{
    p->identity = *identity;
    memcpy(p->encoder.rig, identity->rig, sizeof p->encoder.rig);
    memcpy(p->encoder.boot, identity->boot, sizeof p->encoder.boot);
    p->encoder.host = &p->host;
    p->encoder.meta = &p->meta;
    p->host.rt = (struct stream_rt){.known = true, .policy = identity->fifo ? 1 : 0, .mlock = identity->mlock};
    p->status.stream = STREAM_STATUS;
    p->shared.can_record = identity->can_record;
    p->shared.session.speed_m_s = NAN;
    if (identity->session) {
        p->shared.session = *identity->session;
        take_session(p, identity->session->id);
        memcpy(p->control.session, identity->session->id, sizeof p->control.session);
    }
    for (int i = 0; i < N_STREAMS; i++) {
        snprintf(p->topic[i], sizeof p->topic[i], "%s/%s", identity->rig, stream_tables[i].name);
        p->topics[i] = p->topic[i];
    }
    snprintf(p->frames_topic, sizeof p->frames_topic, "%s/imu", identity->rig);
    p->topics[N_STREAMS] = p->frames_topic;
    p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->wake < 0)
        return -errno;
    int rc = ring_create(&p->outputs, sizeof(struct output), N_OUTPUTS);
    if (rc == 0)
        rc = ring_create(&p->commands, sizeof(struct command), N_COMMANDS);
    return rc;
}

static int open_frames(struct publisher *p, char *error, size_t size)
{
    const struct imu_frames_identity identity = {.topic = p->topics[N_STREAMS],
                                                 .boot = p->identity.boot,
                                                 .endpoint = p->dir.frames,
                                                 .socket = zsock_resolve(p->sockets.frames),
                                                 .wake = p->wake};
    int rc = imu_frames_create(&p->frames, &identity);
    if (rc != 0)
        snprintf(error, size, "no memory for the frames");
    return rc;
}

static int open_doors(struct publisher *p, const struct publish_params *params, char *error, size_t size)
{
    int rc = publish_check(params, error, size);
    if (rc == 0)
        rc = runtime_dir_take(&p->dir, p->identity.runtime_dir, error, size);
    if (rc == 0)
        rc = sockets_open(&p->sockets, params, &p->dir, p->topics, N_STREAMS, error, size);
    if (rc == 0 && p->sockets.frames)
        rc = open_frames(p, error, size);
    if (rc != 0)
        return rc;
    set_meta(p);
    if (p->identity.config_text)
        publisher_set_config(p, p->identity.config_text);
    p->control.socket = p->sockets.control;
    p->control.commands = p->commands;
    p->control.encoder = &p->encoder;
    p->control.last = &p->last;
    p->control.shared = &p->shared;
    return 0;
}

int publisher_create(struct publisher **out, const struct publish_params *params,
                     const struct publisher_identity *identity, char *error, size_t error_size)
{
    struct publisher *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p) {
        snprintf(error, error_size, "no memory for the publisher");
        return -ENOMEM;
    }
    p->wake = p->dir.lock = -1;
    pthread_mutex_init(&p->shared.lock, NULL);
    int rc = prepare(p, identity);
    if (rc != 0)
        snprintf(error, error_size, "the publisher cannot be prepared: %s", strerror(-rc));
    else
        rc = open_doors(p, params, error, error_size);
    if (rc == 0) {
        const struct rt_thread_options options = {.name = "publisher"};
        atomic_store(&p->turned_ns, clock_mono_ns());
        rc = rt_thread_start(&p->thread, &options, publisher_main, p, NULL);
        p->threaded = rc == 0;
        if (rc != 0)
            snprintf(error, error_size, "the publisher thread does not start: %s", strerror(-rc));
    }
    if (rc != 0)
        publisher_destroy(p);
    else
        *out = p;
    return rc;
}

int publish_check(const struct publish_params *params, char *error, size_t error_size)
{
    struct endpoint endpoint;
    bool curve = params->curve[0] != '\0';
    if (params->tcp[0] == '\0' && curve) {
        snprintf(error, error_size,
                 "publish.curve: nothing to encrypt, publish.tcp is null; ipc is kept by permissions");
        return -EINVAL;
    }
    return params->tcp[0] == '\0'
               ? 0
               : endpoint_parse(&endpoint, params->tcp, curve || params->insecure_lan, error, error_size);
}

int publisher_reload_clients(struct publisher *p, char *error, size_t error_size)
{
    if (!p->sockets.curve)
        return 0;
    int rc = curve_reload(p->sockets.curve, error, error_size);
    return rc == 0 ? (int)curve_n_clients(p->sockets.curve) : rc;
}

const char *publisher_tcp_endpoint(const struct publisher *p)
{
    return p->sockets.tcp;
}

struct imu_frames *publisher_frames(struct publisher *p)
{
    return p->frames;
}

bool publisher_is_alive(const struct publisher *p)
{
    return clock_mono_ns() - atomic_load(&p->turned_ns) < ALIVE_NS && gate_is_alive(p->sockets.gate);
}

void publisher_destroy(struct publisher *p)
{
    if (!p)
        return;
    if (p->threaded) {
        atomic_store(&p->stop, true);
        wake(p);
        pthread_join(p->thread, NULL);
    }
    imu_frames_destroy(p->frames);
    sockets_close(&p->sockets);
    runtime_dir_release(&p->dir);
    if (p->wake >= 0)
        close(p->wake);
    ring_destroy(p->outputs);
    ring_destroy(p->commands);
    pthread_mutex_destroy(&p->shared.lock);
    json_decref(p->meta.catalogue);
    for (int i = 0; i < N_STREAMS; i++)
        json_decref(p->last.object[i]);
    free(p);
}
