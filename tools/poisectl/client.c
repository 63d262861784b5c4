// SPDX-License-Identifier: GPL-3.0-or-later
#include "client.h"

#include "core/clock.h"
#include "curve_client.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define ANSWER_MS       2000
#define ANSWER_MAX      (4 << 20)
#define TOPIC_MAX       128
#define FIRST_STATUS_NS (3 * NS_PER_S) // it comes within a second

// Fails at once when the socket cannot be there: ZeroMQ itself would wait for it to appear.
static int check_socket(const struct ctl *ctl, const char *name)
{
    char path[256];
    int n = snprintf(path, sizeof path, "%s/%s", ctl->runtime_dir, name);
    if (n < 0 || (size_t)n >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return ctl_fail("the runtime directory '%s' is too long for a socket", ctl->runtime_dir);
    if (access(path, R_OK | W_OK) == 0)
        return 0;
    if (errno == EACCES)
        return ctl_fail("no permission for %s; are you in the daemon's group?", path);
    return ctl_fail("no poised runs in %s (--runtime-dir DIR or POISE_RUNTIME_DIR names another place)",
                    ctl->runtime_dir);
}

static char *receive_text(void *socket)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    char *text = NULL;
    if (zmq_msg_recv(&message, socket, 0) >= 0)
        text = strndup(zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return text;
}

static char *exchange(void *context, const struct ctl *ctl, const char *request)
{
    char endpoint[300];
    int zero = 0, patience = ANSWER_MS;
    int64_t limit = ANSWER_MAX;
    void *socket = zmq_socket(context, ZMQ_REQ);
    if (!socket)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof patience);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/control", ctl->runtime_dir);
    char *answer = NULL;
    if (zmq_connect(socket, endpoint) == 0 && zmq_send(socket, request, strlen(request), 0) >= 0)
        answer = receive_text(socket);
    zmq_close(socket);
    return answer;
}

static json_t *read_answer(const struct ctl *ctl, const char *answer)
{
    if (!answer) {
        ctl_fail("poised in %s does not answer", ctl->runtime_dir);
        return NULL;
    }
    json_t *reply = json_loads(answer, 0, NULL);
    if (json_is_true(json_object_get(reply, "ok")))
        return reply;
    const char *error = json_string_value(json_object_get(reply, "error"));
    ctl_fail("refused: %s", error ? error : "an answer that is not understood");
    json_decref(reply);
    return NULL;
}

json_t *client_ask(const struct ctl *ctl, json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    json_t *reply = NULL;
    if (text && check_socket(ctl, "control") == 0) {
        void *context = zmq_ctx_new();
        char *answer = context ? exchange(context, ctl, text) : NULL;
        reply = read_answer(ctl, answer);
        free(answer);
        zmq_ctx_term(context);
    }
    free(text);
    return reply;
}

json_t *client_try(const struct ctl *ctl, json_t *request)
{
    char path[PATH_MAX], *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    snprintf(path, sizeof path, "%s/control", ctl->runtime_dir);
    void *context = text && access(path, R_OK | W_OK) == 0 ? zmq_ctx_new() : NULL;
    char *answer = context ? exchange(context, ctl, text) : NULL;
    json_t *reply = answer ? json_loads(answer, 0, NULL) : NULL;
    free(answer);
    free(text);
    if (context)
        zmq_ctx_term(context);
    if (json_is_true(json_object_get(reply, "ok")))
        return reply;
    json_decref(reply);
    return NULL;
}

json_t *client_ask_status(const struct ctl *ctl)
{
    for (int64_t end = clock_mono_ns() + FIRST_STATUS_NS;;) {
        json_t *reply = client_ask(ctl, json_pack("{s:s}", "cmd", "status"));
        if (!reply || json_is_object(json_object_get(reply, "status")))
            return reply;
        json_decref(reply);
        if (clock_mono_ns() >= end)
            break;
        nanosleep(&(struct timespec){.tv_nsec = NS_PER_S / 10}, NULL);
    }
    ctl_fail("poised in %s runs and has no status yet", ctl->runtime_dir);
    return NULL;
}

// Where the daemon publishes: its ipc socket, or with that switched off the TCP endpoint it names.
static int find_endpoint(struct feed *feed, const struct ctl *ctl)
{
    char path[300];
    if (ctl->endpoint) {
        snprintf(feed->endpoint, sizeof feed->endpoint, "%s", ctl->endpoint);
        return 0;
    }
    snprintf(path, sizeof path, "%s/metrics", ctl->runtime_dir);
    if (access(path, F_OK) == 0) {
        snprintf(feed->endpoint, sizeof feed->endpoint, "ipc://%s", path);
        return check_socket(ctl, "metrics");
    }
    json_t *reply = client_ask(ctl, json_pack("{s:s}", "cmd", "meta"));
    const char *tcp = NULL;
    if (reply && json_unpack(reply, "{s:{s:{s:s}}}", "meta", "endpoints", "tcp", &tcp) == 0)
        snprintf(feed->endpoint, sizeof feed->endpoint, "%s", tcp);
    else if (reply)
        ctl_fail("poised in %s publishes neither on ipc nor on tcp", ctl->runtime_dir);
    json_decref(reply);
    return tcp ? 0 : 1;
}

int feed_open(struct feed *feed, const struct ctl *ctl)
{
    int zero = 0;
    int64_t limit = ANSWER_MAX;
    memset(feed, 0, sizeof *feed);
    if (find_endpoint(feed, ctl) != 0)
        return 1;
    feed->context = zmq_ctx_new();
    feed->socket = feed->context ? zmq_socket(feed->context, ZMQ_SUB) : NULL;
    if (!feed->socket) {
        feed_close(feed);
        return ctl_fail("ZeroMQ does not start: %s", zmq_strerror(zmq_errno()));
    }
    zmq_setsockopt(feed->socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(feed->socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    if (ctl->curve && curve_client_apply(feed->socket, ctl->curve) != 0) {
        feed_close(feed);
        return 1;
    }
    // Everything, also what is not shown: `status` tells a daemon without data from no daemon.
    zmq_setsockopt(feed->socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect(feed->socket, feed->endpoint) == 0)
        return 0;
    int rc = ctl_fail("'%s' is no endpoint: %s", feed->endpoint, zmq_strerror(zmq_errno()));
    feed_close(feed);
    return rc;
}

void feed_close(struct feed *feed)
{
    if (feed->socket)
        zmq_close(feed->socket);
    if (feed->context)
        zmq_ctx_term(feed->context);
    feed->socket = feed->context = NULL;
}

static bool more_frames(void *socket)
{
    int more = 0;
    size_t size = sizeof more;
    return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0 && more;
}

// One whole message of however many frames; false when it is none of Poise's.
static bool receive(struct feed *feed, struct feed_message *message)
{
    char *topic = receive_text(feed->socket), *text = more_frames(feed->socket) ? receive_text(feed->socket) : NULL;
    bool whole = topic && text && strlen(topic) < TOPIC_MAX;
    while (more_frames(feed->socket)) {
        free(receive_text(feed->socket));
        whole = false;
    }
    free(topic);
    json_t *object = whole ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *stream = json_string_value(json_object_get(object, "stream"));
    if (!stream) {
        json_decref(object);
        free(text);
        return false;
    }
    *message = (struct feed_message){.object = object, .text = text};
    snprintf(message->stream, sizeof message->stream, "%s", stream);
    return true;
}

int feed_next(struct feed *feed, int timeout_ms, int input_fd, struct feed_message *message)
{
    zmq_pollitem_t items[] = {{.socket = feed->socket, .events = ZMQ_POLLIN}, {.fd = input_fd, .events = ZMQ_POLLIN}};
    if (zmq_poll(items, input_fd >= 0 ? 2 : 1, timeout_ms) <= 0 || !(items[0].revents & ZMQ_POLLIN))
        return 0;
    return receive(feed, message) ? 1 : 0;
}

void feed_message_free(struct feed_message *message)
{
    json_decref(message->object);
    free(message->text);
    message->object = NULL;
    message->text = NULL;
}
