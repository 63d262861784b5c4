// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/publisher_thread.h"

#include "core/clock.h"
#include "core/log.h"
#include "publish/rt_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TURN_MS            200
#define META_NS            (5 * NS_PER_S)
#define STATUS_PATIENCE_NS (2 * NS_PER_S)

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

static void remember(json_t **last, json_t *object)
{
    json_decref(*last);
    *last = json_incref(object);
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
        remember(&p->last.object[stream], object);
        if (stream == STREAM_FINDING && output->finding.factor >= 0 && output->finding.factor < N_FACTORS)
            remember(&p->last.finding[output->finding.factor], object);
        if (stream == STREAM_ASSESSMENT || stream == STREAM_REPETITION)
            remember(&p->last.assess[p->last.n_assess++ % ASSESS_KEPT], object);
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

static void show_overruns(struct publisher *p)
{
    const struct rt_figures *figures = p->identity.figures;
    p->host.overruns = (struct stream_overruns){
        .known = true,
        .posture_late = p->latency.late,
        .frames_dropped = imu_frames_dropped(p->frames),
        .outputs_dropped = atomic_load(&p->outputs_dropped),
        .samples_dropped = figures ? atomic_load(&figures->samples_dropped) : 0,
        .events_unrecorded = p->host.recording.lost_events,
        .metrics_unrecorded = p->host.recording.lost_metrics,
    };
}

static void publish_status(struct publisher *p, int64_t now)
{
    p->status.status.counters.outputs_dropped = atomic_load(&p->outputs_dropped);
    show_recording(p);
    latency_summary(&p->latency, now, &p->host.latency_ms);
    show_overruns(p);
    rt_stream_fill(&p->host.rt, p->identity.figures);
    host_read(&p->meter, &p->host.host);
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

void *publisher_thread(void *arg)
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
