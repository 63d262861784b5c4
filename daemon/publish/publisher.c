// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher_thread.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/rt.h"
#include "publish/curve.h"
#include "publish/endpoint.h"
#include "publish/gate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define N_OUTPUTS  1024
#define N_COMMANDS 64
#define ALIVE_NS   (5 * NS_PER_S)

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
    p->host.rt = (struct stream_rt){.known = true, .mlock = identity->mlock};
    memcpy(p->host.rt.cpus, identity->cpus, sizeof p->host.rt.cpus);
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
        rc = rt_thread_start(&p->thread, &options, publisher_thread, p, NULL);
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
        uint64_t n = 0;
        for (int i = 0; i < N_STREAMS; i++)
            n += p->encoder.seq[i];
        log_info("published %llu objects", (unsigned long long)n);
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
    for (int i = 0; i < N_FACTORS; i++)
        json_decref(p->last.finding[i]);
    for (int i = 0; i < ASSESS_KEPT; i++)
        json_decref(p->last.assess[i]);
    free(p);
}
