// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/control.h"

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

static json_t *success(struct control *c, const struct request *request)
{
    if (request->kind == REQUEST_COMMAND && !queue_command(c, &request->command))
        return failure("busy: earlier commands have not been taken yet");
    json_t *reply = json_object();
    json_object_set_new(reply, "ok", json_true());
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
    case REQUEST_COMMAND:
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
