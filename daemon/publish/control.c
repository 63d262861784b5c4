// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/control.h"

#include "core/clock.h"
#include "core/uuid.h"
#include "publish/json_value.h"
#include "publish/request.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 8 // then publishing has its turn

static void add_last(json_t *reply, const struct last_objects *last, enum stream stream)
{
    json_t *object = last->object[stream];
    json_object_set_new(reply, stream_tables[stream].name, object ? json_incref(object) : json_null());
}

static void add_snapshot(json_t *reply, const struct last_objects *last)
{
    json_t *snapshot = json_object();
    for (int i = 0; i < N_STREAMS; i++)
        add_last(snapshot, last, (enum stream)i);
    json_object_set_new(reply, "snapshot", snapshot);
}

static void add_findings(json_t *reply, const struct last_objects *last)
{
    json_t *list = json_array();
    for (int i = 0; i < N_FACTORS; i++)
        if (last->finding[i])
            json_array_append(list, last->finding[i]);
    json_object_set_new(reply, "findings", list);
    json_object_set_new(reply, "disclaimer", json_string(finding_disclaimer));
}

// What follows number `after`, or of that what is still there.
static void add_assessments(json_t *reply, const struct control *c, uint64_t after)
{
    const struct last_objects *last = c->last;
    uint64_t oldest = last->n_assess > ASSESS_KEPT ? last->n_assess - ASSESS_KEPT : 0;
    json_t *list = json_array();
    for (uint64_t i = after > oldest ? after : oldest; i < last->n_assess; i++)
        json_array_append(list, last->assess[i % ASSESS_KEPT]);
    json_object_set_new(reply, "boot", json_string(c->encoder->boot));
    json_object_set_new(reply, "objects", list);
    json_object_set_new(reply, "next", json_integer((json_int_t)last->n_assess));
}

static void add_ping(json_t *reply, const struct stream_encoder *encoder)
{
    json_object_set_new(reply, "rig", value_string(encoder->rig));
    json_object_set_new(reply, "boot", json_string(encoder->boot));
    json_object_set_new(reply, "version", json_string(POISE_VERSION));
}

static bool queue_command(struct control *c, const struct command *command)
{
    struct command *slot = ring_reserve(c->commands);
    if (!slot)
        return false;
    *slot = *command;
    ring_commit(c->commands);
    return true;
}

static json_t *failure(const char *error)
{
    json_t *reply = json_object();
    json_object_set_new(reply, "ok", json_false());
    json_object_set_new(reply, "error", value_string(error));
    return reply;
}

static const char busy[] = "busy: earlier commands have not been taken yet";

static json_t *agreed(void)
{
    json_t *reply = json_object();
    json_object_set_new(reply, "ok", json_true());
    return reply;
}

static json_t *recording_object(const struct recording_state *r)
{
    json_t *object = json_object();
    json_object_set_new(object, "writing", json_boolean(r->writing));
    json_object_set_new(object, "path", value_text(r->path));
    json_object_set_new(object, "error", r->error != 0 ? json_string(strerror(-r->error)) : json_null());
    json_object_set_new(object, "part", json_integer(r->part));
    json_object_set_new(object, "bytes", json_integer((json_int_t)r->bytes));
    json_object_set_new(object, "lost_events", json_integer((json_int_t)r->lost_events));
    json_object_set_new(object, "lost_metrics", json_integer((json_int_t)r->lost_metrics));
    json_object_set_new(object, "orders", json_integer(r->orders));
    return object;
}

// Main opens and closes files: it is told, and what came of it is asked for with action status.
static json_t *record(struct control *c, enum request_action action)
{
    struct control_shared *shared = c->shared;
    const char *refused = NULL;
    json_t *reply = NULL;
    pthread_mutex_lock(&shared->lock);
    if (action == ACTION_START && !shared->can_record)
        refused = "nowhere to record to: record.dir is null";
    else if (action != ACTION_STATUS && shared->orders > shared->recording.orders)
        refused = busy;
    else if (action == ACTION_START && shared->recording.writing)
        refused = "a recording runs already";
    else if (action == ACTION_STOP && !shared->recording.writing)
        refused = "no recording runs";
    if (!refused && action != ACTION_STATUS) {
        shared->order = action == ACTION_START ? RECORDING_START : RECORDING_STOP;
        shared->orders++;
    }
    if (!refused) {
        reply = agreed();
        json_object_set_new(reply, "order", json_integer(shared->orders));
        json_object_set_new(reply, "recording", recording_object(&shared->recording));
    }
    pthread_mutex_unlock(&shared->lock);
    return refused ? failure(refused) : reply;
}

static json_t *marks_list(const struct session_state *session)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < session_marks_kept(session); i++) {
        char utc[CLOCK_UTC_TEXT];
        json_t *mark = json_object();
        clock_format_utc(session->mark[i].utc_ns, utc);
        json_object_set_new(mark, "utc", json_string(utc));
        json_object_set_new(mark, "text", value_string(session->mark[i].text));
        json_array_append_new(list, mark);
    }
    return list;
}

static void add_session(json_t *reply, const struct session_state *session)
{
    char since[CLOCK_UTC_TEXT] = "";
    bool runs = session->id[0] != '\0';
    if (runs)
        clock_format_utc(session->since_utc_ns, since);
    json_object_set_new(reply, "session", value_text(session->id));
    json_object_set_new(reply, "subject", value_text(session->subject));
    json_object_set_new(reply, "since", value_text(since));
    json_object_set_new(reply, "speed_m_s", value_number(session->speed_m_s, 3));
    json_object_set_new(reply, "n_marks", json_integer(session->n_marks));
    json_object_set_new(reply, "marks", marks_list(session));
}

static json_t *session(struct control *c, const struct request *request)
{
    struct command command = request->command;
    bool runs = c->session[0] != '\0';
    if (request->action == ACTION_STATUS) {
        json_t *reply = agreed();
        pthread_mutex_lock(&c->shared->lock);
        add_session(reply, &c->shared->session);
        pthread_mutex_unlock(&c->shared->lock);
        return reply;
    }
    if (request->action == ACTION_START && runs)
        return failure("a session runs already; stop it first");
    if (request->action == ACTION_STOP && !runs)
        return failure("no session runs");
    if (request->action == ACTION_START && uuid_make(command.session) != 0)
        return failure("there is no randomness for a UUID");
    if (!queue_command(c, &command))
        return failure(busy);
    json_t *reply = agreed();
    json_object_set_new(reply, "session", json_string(runs ? c->session : command.session));
    memcpy(c->session, command.session, sizeof c->session);
    return reply;
}

static json_t *success(struct control *c, const struct request *request)
{
    if (request->kind == REQUEST_RECORD)
        return record(c, request->action);
    if (request->kind == REQUEST_SESSION)
        return session(c, request);
    if (request->kind == REQUEST_COMMAND && !queue_command(c, &request->command))
        return failure(busy);
    json_t *reply = agreed();
    switch (request->kind) {
    case REQUEST_PING:
        add_ping(reply, c->encoder);
        break;
    case REQUEST_STATUS:
        add_last(reply, c->last, STREAM_STATUS);
        break;
    case REQUEST_SNAPSHOT:
        add_snapshot(reply, c->last);
        break;
    case REQUEST_META:
        add_last(reply, c->last, STREAM_META);
        break;
    case REQUEST_FINDINGS:
        add_findings(reply, c->last);
        break;
    case REQUEST_ASSESS:
        add_assessments(reply, c, request->after);
        break;
    case REQUEST_COMMAND:
    case REQUEST_RECORD:
    case REQUEST_SESSION:
        break;
    }
    return reply;
}

// body is NULL when the request was not one frame. malloc'd text, NULL without memory.
static char *answer(struct control *c, zframe_t *body)
{
    struct request request;
    char error[REQUEST_ERROR] = "a request is one frame";
    bool good = body && request_parse(&request, (const char *)zframe_data(body), zframe_size(body), error) == 0;
    json_t *reply = good ? success(c, &request) : failure(error);
    char *text = json_dumps(reply, JSON_LINE_FLAGS);
    json_decref(reply);
    return text;
}

// Frames: the peer's identity; an empty one from a REQ socket; the request. The answer goes back the same way.
static void serve_one(struct control *c, zmsg_t *message)
{
    zframe_t *identity = zmsg_pop(message);
    zframe_t *first = zmsg_first(message);
    bool delimited = first && zframe_size(first) == 0;
    size_t n_bodies = zmsg_size(message) - (delimited ? 1 : 0);
    zframe_t *body = n_bodies == 1 ? zmsg_last(message) : NULL;
    char *text = answer(c, body);
    void *socket = zsock_resolve(c->socket);
    // A peer that has gone, or does not read, loses its answer.
    bool sent =
        text && identity && zframe_send(&identity, c->socket, ZFRAME_MORE | ZFRAME_REUSE | ZFRAME_DONTWAIT) == 0;
    if (sent && delimited)
        zmq_send(socket, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    if (sent)
        zmq_send(socket, text, strlen(text), ZMQ_DONTWAIT);
    free(text);
    zframe_destroy(&identity);
}

int control_serve(struct control *c)
{
    int served = 0;
    while (served < AT_ONCE && zsock_events(c->socket) & ZMQ_POLLIN) {
        zmsg_t *message = zmsg_recv(c->socket);
        if (!message)
            break;
        serve_one(c, message);
        zmsg_destroy(&message);
        served++;
    }
    return served;
}
