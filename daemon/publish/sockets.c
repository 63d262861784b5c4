// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/sockets.h"

#include "core/log.h"
#include "publish/endpoint.h"
#include "publish/request.h"

#include <errno.h>
#include <stdlib.h>

#define LINGER_MS     500
#define SEND_BUFFER   8192 // the kernel's default would hold half a minute of stale values
#define INBOUND_MAX   1024 // subscriptions come from outside
#define CONTROL_HWM   64
#define HANDSHAKE_MS  3000
#define HEARTBEAT_MS  2000
#define HEARTBEAT_TTL 6000

static void set_common(zsock_t *socket)
{
    zsock_set_linger(socket, LINGER_MS);
    zsock_set_handshake_ivl(socket, HANDSHAKE_MS);
    zsock_set_heartbeat_ivl(socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout(socket, HEARTBEAT_TTL);
    zsock_set_tcp_keepalive(socket, 1);
}

static int bind_to(zsock_t *socket, const char *endpoint, char *error, size_t size)
{
    // Not zsock_bind: it takes a format, and chooses ports on its own account.
    if (zmq_bind(zsock_resolve(socket), endpoint) == 0)
        return 0;
    int rc = zmq_errno() == EADDRINUSE ? -EADDRINUSE : -zmq_errno();
    snprintf(error, size, "cannot open %s: %s", endpoint, zmq_strerror(zmq_errno()));
    return rc;
}

static int open_tcp(struct sockets *s, const struct publish_params *params, char *error, size_t size)
{
    struct endpoint endpoint;
    int rc = endpoint_parse(&endpoint, params->tcp, params->insecure_lan, error, size);
    if (rc != 0)
        return rc;
    if (endpoint.v6)
        zsock_set_ipv6(s->metrics, 1);
    rc = bind_to(s->metrics, endpoint.zmq, error, size);
    if (rc != 0)
        return rc;
    size_t n = sizeof s->tcp;
    if (zmq_getsockopt(zsock_resolve(s->metrics), ZMQ_LAST_ENDPOINT, s->tcp, &n) != 0)
        s->tcp[0] = '\0';
    if (!endpoint.loopback)
        log_warning("publish.insecure_lan: %s is open to the network without encryption", s->tcp);
    return 0;
}

static int open_metrics(struct sockets *s, const struct publish_params *params, const struct runtime_dir *dir,
                        char *error, size_t size)
{
    zsock_set_sndhwm(s->metrics, params->send_hwm);
    zsock_set_sndbuf(s->metrics, SEND_BUFFER);
    zsock_set_maxmsgsize(s->metrics, INBOUND_MAX);
    set_common(s->metrics);
    if (params->ipc) {
        int rc = bind_to(s->metrics, dir->metrics, error, size);
        if (rc != 0)
            return rc;
        snprintf(s->ipc, sizeof s->ipc, "%s", dir->metrics);
    }
    return params->tcp[0] != '\0' ? open_tcp(s, params, error, size) : 0;
}

static int open_control(struct sockets *s, const struct runtime_dir *dir, char *error, size_t size)
{
    zsock_set_rcvhwm(s->control, CONTROL_HWM);
    zsock_set_sndhwm(s->control, CONTROL_HWM);
    zsock_set_sndtimeo(s->control, 0);
    // Above what a request may have, so that one a little too long gets an answer instead of silence.
    zsock_set_maxmsgsize(s->control, 16 * REQUEST_MAX);
    set_common(s->control);
    return bind_to(s->control, dir->control, error, size);
}

int sockets_open(struct sockets *out, const struct publish_params *params, const struct runtime_dir *dir, char *error,
                 size_t error_size)
{
    memset(out, 0, sizeof *out);
    // czmq must leave SIGTERM and SIGINT to main.
    setenv("ZSYS_SIGHANDLER", "false", 1);
    if (!zsys_init()) {
        snprintf(error, error_size, "ZeroMQ does not start: %s", strerror(errno));
        return -ENOMEM;
    }
    zsys_handler_set(NULL);
    out->metrics = zsock_new(ZMQ_PUB);
    out->control = zsock_new(ZMQ_ROUTER);
    int rc = 0;
    if (!out->metrics || !out->control) {
        snprintf(error, error_size, "no ZeroMQ socket: %s", zmq_strerror(zmq_errno()));
        rc = -EMFILE;
    }
    if (rc == 0)
        rc = open_metrics(out, params, dir, error, error_size);
    if (rc == 0)
        rc = open_control(out, dir, error, error_size);
    if (rc != 0)
        sockets_close(out);
    return rc;
}

void sockets_close(struct sockets *s)
{
    zsock_destroy(&s->metrics);
    zsock_destroy(&s->control);
}

void sockets_publish(struct sockets *s, const char *topic, const char *text, size_t n)
{
    void *socket = zsock_resolve(s->metrics);
    if (zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(socket, text, n, ZMQ_DONTWAIT);
}
