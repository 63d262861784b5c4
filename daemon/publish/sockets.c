// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/sockets.h"

#include "core/log.h"
#include "publish/curve.h"
#include "publish/endpoint.h"
#include "publish/gate.h"
#include "publish/request.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define LINGER_MS      500
#define SUBSCRIPTION   512 // bytes of a frame from a subscriber; CURVE's INITIATE is the longest
#define SUBSCRIPTIONS  2   // taken in one go: libzmq works until none is left, however fast they come
#define FRAMES_HWM     100 // 1 s
#define CONTROL_HWM    8
#define CONTROL_FRAMES 8
#define HANDSHAKE_MS   3000
#define HEARTBEAT_MS   2000
#define HEARTBEAT_TTL  6000
#define BACKLOG        256 // of the inner sockets: the gate does not wait

// Connections. With the inner ones they need 3 file descriptors each, of 1024.
#define IPC_LINKS     96
#define TCP_LINKS     128
#define CONTROL_LINKS 32
#define FRAMES_LINKS  32
#define CURVE_FRAMES  200000 // heartbeats count: days of an honest client

#define N_ACCEPTED (sizeof((struct sockets *)0)->accepted / sizeof(zsock_t *))

static void set_common(zsock_t *socket)
{
    zsock_set_linger(socket, LINGER_MS);
    zsock_set_handshake_ivl(socket, HANDSHAKE_MS);
    zsock_set_heartbeat_ivl(socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout(socket, HEARTBEAT_TTL);
    zsock_set_backlog(socket, BACKLOG);
}

// For this user alone: others pass the gate.
static int bind_inner(zsock_t *socket, const char *endpoint, char *error, size_t size)
{
    mode_t before = umask(0177);
    // Not zsock_bind: it takes a format, and chooses ports on its own account.
    int rc = zmq_bind(zsock_resolve(socket), endpoint) == 0 ? 0 : -zmq_errno();
    umask(before);
    if (rc != 0)
        snprintf(error, size, "cannot open %s: %s", endpoint, zmq_strerror(-rc));
    return rc;
}

static zsock_t *listen_for_accepted(zsock_t *socket)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://accepted-%p",
             (void *)socket); // a process may have several publishers
    zsock_t *pair = zsock_new(ZMQ_PAIR);
    if (pair)
        zsock_set_rcvhwm(pair, 0); // full, it would stop libzmq's own thread
    if (pair && zmq_socket_monitor(zsock_resolve(socket), endpoint, ZMQ_EVENT_ACCEPTED) == 0 &&
        zmq_connect(zsock_resolve(pair), endpoint) == 0)
        return pair;
    zsock_destroy(&pair);
    return NULL;
}

static int open_publishing(zsock_t *socket, zsock_t **accepted, int hwm, const char *endpoint, char *error, size_t size)
{
    zsock_set_sndhwm(socket, hwm);
    zsock_set_rcvhwm(socket, SUBSCRIPTIONS);
    zsock_set_maxmsgsize(socket, SUBSCRIPTION);
    set_common(socket);
    *accepted = listen_for_accepted(socket);
    if (!*accepted) {
        snprintf(error, size, "no ZeroMQ socket: %s", zmq_strerror(zmq_errno()));
        return -EMFILE;
    }
    return bind_inner(socket, endpoint, error, size);
}

static int open_control(zsock_t *socket, const struct runtime_dir *dir, char *error, size_t size)
{
    zsock_set_rcvhwm(socket, CONTROL_HWM);
    zsock_set_sndhwm(socket, CONTROL_HWM);
    zsock_set_sndtimeo(socket, 0);
    // Above what a request may have, so that one a little too long gets an answer instead of silence.
    zsock_set_maxmsgsize(socket, 2 * REQUEST_MAX);
    set_common(socket);
    return bind_inner(socket, dir->inner_control, error, size);
}

static int open_inner(struct sockets *s, const struct publish_params *params, const struct runtime_dir *dir,
                      char *error, size_t size)
{
    int rc = open_publishing(s->metrics, &s->accepted[0], params->send_hwm, dir->inner_metrics, error, size);
    if (rc == 0)
        rc = open_control(s->control, dir, error, size);
    if (rc == 0 && s->frames)
        rc = open_publishing(s->frames, &s->accepted[2], FRAMES_HWM, dir->inner_frames, error, size);
    if (rc != 0 || params->curve[0] == '\0')
        return rc;
    rc = curve_open(&s->curve, params->curve, error, size);
    if (rc == 0)
        rc = curve_apply(s->curve, s->remote, error, size);
    if (rc != 0)
        return rc;
    return open_publishing(s->remote, &s->accepted[1], params->send_hwm, dir->inner_remote, error, size);
}

static int open_tcp(struct sockets *s, const struct publish_params *params, struct gate_door *door, char *error,
                    size_t size)
{
    struct endpoint endpoint;
    bool curve = params->curve[0] != '\0';
    int rc = endpoint_parse(&endpoint, params->tcp, curve || params->insecure_lan, error, size);
    if (rc == 0)
        rc = gate_open_tcp(s->gate, door, &endpoint, s->tcp, sizeof s->tcp, error, size);
    if (rc != 0)
        return rc;
    if (curve)
        log_info("%s is encrypted; %u clients are allowed", s->tcp, curve_n_clients(s->curve));
    else if (!endpoint.loopback)
        log_warning("publish.insecure_lan: %s is open to the network without encryption", s->tcp);
    return 0;
}

static int open_gate(struct sockets *s, const struct publish_params *params, const struct runtime_dir *dir,
                     const struct zmtp_rules *subscriber, char *error, size_t size)
{
    bool curve = params->curve[0] != '\0';
    struct gate_door ipc = {.name = "metrics over ipc",
                            .inner = runtime_dir_path(dir->inner_metrics),
                            .rules = *subscriber,
                            .links_max = IPC_LINKS,
                            .burst = 200,
                            .per_s = 10};
    struct gate_door tcp = ipc, control = ipc, frames = ipc;
    tcp.name = "metrics over tcp";
    tcp.inner = runtime_dir_path(curve ? dir->inner_remote : dir->inner_metrics);
    tcp.rules.curve = curve;
    tcp.links_max = TCP_LINKS;
    frames.name = "frames";
    frames.inner = runtime_dir_path(dir->inner_frames);
    frames.rules.topics = subscriber->topics + subscriber->n_topics;
    frames.rules.n_topics = 1;
    frames.links_max = FRAMES_LINKS;
    control.name = "control";
    control.inner = runtime_dir_path(dir->inner_control);
    control.rules = (struct zmtp_rules){.frame_max = 2 * (size_t)REQUEST_MAX, .frames_max = CONTROL_FRAMES};
    control.links_max = CONTROL_LINKS;
    control.burst = CONTROL_BURST;
    control.per_s = CONTROL_PER_S;
    control.evict_idle = true;
    int rc = gate_create(&s->gate, error, size);
    if (rc == 0 && params->ipc) {
        rc = gate_open_ipc(s->gate, &ipc, runtime_dir_path(dir->metrics), dir->group, error, size);
        snprintf(s->ipc, sizeof s->ipc, "%s", dir->metrics);
    }
    if (rc == 0)
        rc = gate_open_ipc(s->gate, &control, runtime_dir_path(dir->control), dir->group, error, size);
    if (rc == 0 && s->frames)
        rc = gate_open_ipc(s->gate, &frames, runtime_dir_path(dir->frames), dir->group, error, size);
    if (rc == 0 && params->tcp[0] != '\0')
        rc = open_tcp(s, params, &tcp, error, size);
    return rc == 0 ? gate_start(s->gate, error, size) : rc;
}

int sockets_open(struct sockets *out, const struct publish_params *params, const struct runtime_dir *dir,
                 const char *const *topics, size_t n_topics, char *error, size_t error_size)
{
    memset(out, 0, sizeof *out);
    out->dir = dir;
    // czmq must leave SIGTERM and SIGINT to main.
    setenv("ZSYS_SIGHANDLER", "false", 1);
    if (!zsys_init()) {
        snprintf(error, error_size, "ZeroMQ does not start: %s", strerror(errno));
        return -ENOMEM;
    }
    zsys_handler_set(NULL);
    const struct zmtp_rules subscriber = {.subscriber = true,
                                          .frame_max = SUBSCRIPTION,
                                          .frames_max = 1,
                                          .curve_frames = CURVE_FRAMES,
                                          .topics = topics,
                                          .n_topics = n_topics};
    bool curve = params->curve[0] != '\0';
    out->metrics = zsock_new(ZMQ_PUB);
    out->control = zsock_new(ZMQ_ROUTER);
    out->remote = curve ? zsock_new(ZMQ_PUB) : NULL;
    out->frames = params->frames ? zsock_new(ZMQ_XPUB) : NULL;
    int rc = 0;
    if (!out->metrics || !out->control || (curve && !out->remote) || (params->frames && !out->frames)) {
        snprintf(error, error_size, "no ZeroMQ socket: %s", zmq_strerror(zmq_errno()));
        rc = -EMFILE;
    }
    if (rc == 0)
        rc = open_inner(out, params, dir, error, error_size);
    if (rc == 0)
        rc = open_gate(out, params, dir, &subscriber, error, error_size);
    if (rc != 0)
        sockets_close(out);
    return rc;
}

void sockets_close(struct sockets *s)
{
    zsock_t *const watched[] = {s->metrics, s->remote, s->frames};
    for (size_t i = 0; i < N_ACCEPTED; i++) {
        if (s->accepted[i])
            zmq_socket_monitor(zsock_resolve(watched[i]), NULL, 0); // it would wait for a listener for ever
        zsock_destroy(&s->accepted[i]);
    }
    // libzmq first: what it still sends passes the gate.
    zsock_destroy(&s->metrics);
    zsock_destroy(&s->remote);
    zsock_destroy(&s->frames);
    zsock_destroy(&s->control);
    gate_destroy(s->gate);
    curve_close(s->curve);
    s->gate = NULL;
    s->curve = NULL;
}

// libzmq leaves ipc connections the kernel's buffers, in which a slow subscriber finds old values. The descriptor may
// have been closed and given to something else since, so what it is is asked first.
static void tune(const struct sockets *s, int fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof address - 1;
    int bytes = GATE_SEND_BUFFER;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.sun_family != AF_UNIX)
        return;
    if (strcmp(address.sun_path, runtime_dir_path(s->dir->inner_metrics)) == 0 ||
        strcmp(address.sun_path, runtime_dir_path(s->dir->inner_remote)) == 0 ||
        strcmp(address.sun_path, runtime_dir_path(s->dir->inner_frames)) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void sockets_tune(struct sockets *s)
{
    for (size_t i = 0; i < N_ACCEPTED; i++) {
        while (s->accepted[i] && zsock_events(s->accepted[i]) & ZMQ_POLLIN) {
            zmsg_t *message = zmsg_recv(s->accepted[i]);
            zframe_t *frame = message ? zmsg_first(message) : NULL;
            int32_t fd;
            if (frame && zframe_size(frame) == sizeof(uint16_t) + sizeof fd) {
                memcpy(&fd, zframe_data(frame) + sizeof(uint16_t), sizeof fd);
                tune(s, fd);
            }
            zmsg_destroy(&message);
        }
    }
}

static void send_both(zsock_t *to, const char *topic, const char *text, size_t n)
{
    void *socket = zsock_resolve(to);
    if (zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(socket, text, n, ZMQ_DONTWAIT);
}

void sockets_publish(struct sockets *s, const char *topic, const char *text, size_t n)
{
    send_both(s->metrics, topic, text, n);
    if (s->remote)
        send_both(s->remote, topic, text, n);
}
