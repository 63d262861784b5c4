// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/control.h"

#include "publish/json_text.h"
#include "publish/request.h"

#include <errno.h>

#define AT_ONCE 32

static void write_last(struct json_text *to, const struct last_lines *last, enum stream stream)
{
    text_key(to, stream_tables[stream].name);
    if (last->length[stream] == 0)
        text_null(to);
    else
        text_raw(to, last->text[stream], last->length[stream]);
}

static void write_snapshot(struct json_text *to, const struct last_lines *last)
{
    text_key(to, "snapshot");
    text_open(to, '{');
    for (int i = 0; i < N_STREAMS; i++)
        write_last(to, last, (enum stream)i);
    text_close(to, '}');
}

static void write_ping(struct json_text *to, const struct stream_encoder *encoder)
{
    text_key(to, "rig");
    text_string(to, encoder->rig);
    text_key(to, "boot");
    text_string(to, encoder->boot);
    text_key(to, "version");
    text_string(to, POISE_VERSION);
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

static void write_failure(struct json_text *to, const char *error)
{
    text_key(to, "ok");
    text_flag(to, false);
    text_key(to, "error");
    text_string(to, error);
}

static void write_answer(struct control *c, struct json_text *to, const struct request *request)
{
    if (request->kind == REQUEST_COMMAND && !queue_command(c, &request->command)) {
        write_failure(to, "busy: earlier commands have not been taken yet");
        return;
    }
    text_key(to, "ok");
    text_flag(to, true);
    switch (request->kind) {
    case REQUEST_PING:
        write_ping(to, c->encoder);
        break;
    case REQUEST_STATUS:
        write_last(to, c->last, STREAM_STATUS);
        break;
    case REQUEST_SNAPSHOT:
        write_snapshot(to, c->last);
        break;
    case REQUEST_META:
        write_last(to, c->last, STREAM_META);
        break;
    case REQUEST_COMMAND:
        break;
    }
}

// body is NULL when the request was not one frame. Returns the length of c->reply.
static size_t answer(struct control *c, zframe_t *body)
{
    struct request request;
    char error[REQUEST_ERROR] = "a request is one frame";
    struct json_text to;
    text_init(&to, c->reply, sizeof c->reply);
    text_open(&to, '{');
    if (body && request_parse(&request, (const char *)zframe_data(body), zframe_size(body), error) == 0)
        write_answer(c, &to, &request);
    else
        write_failure(&to, error);
    text_close(&to, '}');
    return text_finish(&to);
}

// Frames: the peer's identity; an empty one from a REQ socket; the request. The answer goes back the same way.
static void serve_one(struct control *c, zmsg_t *message)
{
    zframe_t *identity = zmsg_pop(message);
    zframe_t *first = zmsg_first(message);
    bool delimited = first && zframe_size(first) == 0;
    size_t n_bodies = zmsg_size(message) - (delimited ? 1 : 0);
    zframe_t *body = n_bodies == 1 ? zmsg_last(message) : NULL;
    size_t n = answer(c, body);
    void *socket = zsock_resolve(c->socket);
    // A peer that has gone, or does not read, loses its answer.
    bool sent = identity && zframe_send(&identity, c->socket, ZFRAME_MORE | ZFRAME_REUSE | ZFRAME_DONTWAIT) == 0;
    if (sent && delimited)
        zmq_send(socket, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    if (sent)
        zmq_send(socket, c->reply, n, ZMQ_DONTWAIT);
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
