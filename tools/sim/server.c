// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/server.h"

#include "sim/iiod_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 256

struct client {
    int fd; // -1: free
    struct iiod_session session;
};

struct server {
    struct harness *harness;
    int listener;
    uint16_t port;
    int n_clients;
    struct client *client[CLIENTS_MAX];
    struct pollfd poll[CLIENTS_MAX + 1];
};

static int listen_on(struct server *server, const char *address, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof in;
    int yes = 1;
    if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
        return -EINVAL;
    if (ntohl(in.sin_addr.s_addr) >> 24 != 127)
        return -EACCES;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(server->listener, (struct sockaddr *)&in, sizeof in) < 0 || listen(server->listener, 128) < 0 ||
        getsockname(server->listener, (struct sockaddr *)&in, &size) < 0)
        return -errno;
    server->port = ntohs(in.sin_port);
    return 0;
}

int server_create(struct server **out, struct harness *harness, const char *address, uint16_t port)
{
    struct server *server = calloc(1, sizeof *server);
    *out = server;
    if (!server)
        return -ENOMEM;
    server->harness = harness;
    server->listener = -1;
    int err = listen_on(server, address, port);
    if (err) {
        server_destroy(server);
        *out = NULL;
    }
    return err;
}

static void drop_client(struct server *server, int i)
{
    struct client *client = server->client[i];
    const struct linger at_once = {.l_onoff = 1};
    if (client->session.reset)
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    iiod_session_finish(&client->session);
    close(client->fd);
    free(client);
    server->client[i] = server->client[--server->n_clients];
}

void server_destroy(struct server *server)
{
    if (!server)
        return;
    while (server->n_clients > 0)
        drop_client(server, 0);
    if (server->listener >= 0)
        close(server->listener);
    free(server);
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

static void accept_clients(struct server *server)
{
    int fd;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int yes = 1;
        struct client *client = server->n_clients < CLIENTS_MAX ? calloc(1, sizeof *client) : NULL;
        if (!client) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        client->fd = fd;
        iiod_session_init(&client->session, server->harness);
        server->client[server->n_clients++] = client;
    }
}

// False when the client is gone.
static bool receive(struct client *client)
{
    struct iiod_session *session = &client->session;
    while (session->in_used < IIOD_IN_MAX) {
        ssize_t n = recv(client->fd, session->in + session->in_used, IIOD_IN_MAX - session->in_used, 0);
        if (n > 0)
            session->in_used += (size_t)n;
        else
            return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return true;
}

static bool transmit(struct client *client)
{
    struct iiod_session *session = &client->session;
    while (session->out_sent < session->out_used) {
        ssize_t n =
            send(client->fd, session->out + session->out_sent, session->out_used - session->out_sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        session->out_sent += (size_t)n;
    }
    return true;
}

// Works until the socket is full or the session has nothing more to say; bounded, so that no client starves the rest.
static bool serve(struct client *client)
{
    struct iiod_session *session = &client->session;
    for (int round = 0; round < 16; round++) {
        iiod_session_work(session);
        if (session->reset)
            return false;
        if (session->out_sent == session->out_used)
            break;
        if (!transmit(client))
            return false;
        if (session->out_sent < session->out_used)
            return true;
    }
    return !session->ended;
}

static int64_t next_due_ns(const struct server *server, int64_t longest_ns)
{
    int64_t soonest_ns = longest_ns;
    for (int i = 0; i < server->n_clients; i++) {
        int64_t due_ns = iiod_session_due_in_ns(&server->client[i]->session);
        if (due_ns >= 0 && due_ns < soonest_ns)
            soonest_ns = due_ns;
    }
    return soonest_ns;
}

int server_turn(struct server *server, int64_t longest_ns, const sigset_t *signals_while_waiting)
{
    int n = server->n_clients;
    for (int i = 0; i < n; i++) {
        const struct iiod_session *session = &server->client[i]->session;
        short wanted = session->in_used < IIOD_IN_MAX ? POLLIN : 0;
        if (session->out_sent < session->out_used)
            wanted |= POLLOUT;
        server->poll[i] = (struct pollfd){.fd = server->client[i]->fd, .events = wanted};
    }
    server->poll[n] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    int64_t wait_ns = next_due_ns(server, longest_ns);
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    if (ppoll(server->poll, (nfds_t)n + 1, &wait, signals_while_waiting) < 0)
        return -errno;
    // Old clients first, from the end: one that hung up gives its device back before a new one asks for it.
    for (int i = n - 1; i >= 0; i--) {
        short seen = server->poll[i].revents;
        struct client *client = server->client[i];
        bool stays = !(seen & (POLLERR | POLLNVAL));
        if (stays && seen & (POLLIN | POLLHUP))
            stays = receive(client);
        if (!transmit(client) || !serve(client) || !stays) // who hung up after a command still gets its answer
            drop_client(server, i);
    }
    if (server->poll[n].revents & POLLIN)
        accept_clients(server);
    return server->n_clients;
}
