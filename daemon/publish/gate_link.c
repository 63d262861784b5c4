// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/gate_link.h"

#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static size_t up_size(const struct gate_door *door)
{
    return door->rules.frame_max + ZMTP_HEADER_MAX;
}

static int connect_inner(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct gate_link *gate_link_create(const struct gate_door *door, int outer, int64_t now_ns)
{
    struct gate_link *link = malloc(sizeof *link + up_size(door));
    int inner = link ? connect_inner(door->inner) : -1;
    if (inner < 0) {
        free(link);
        close(outer);
        return NULL;
    }
    memset(link, 0, sizeof *link);
    link->door = door;
    link->outer = (struct gate_end){.kind = GATE_OUTER, .owner = link, .fd = outer};
    link->inner = (struct gate_end){.kind = GATE_INNER, .owner = link, .fd = inner};
    link->born_ns = link->heard_ns = link->credit_ns = now_ns;
    link->credit = door->burst;
    zmtp_init(&link->watch, &door->rules);
    return link;
}

void gate_link_destroy(struct gate_link *link)
{
    if (link->outer.fd >= 0)
        close(link->outer.fd);
    close(link->inner.fd);
    free(link);
}

void gate_link_leave(struct gate_link *l)
{
    close(l->outer.fd);
    l->outer.fd = -1;
    l->leaving = true;
    l->paused = false;
    l->up_good = 0;
    (void)shutdown(l->inner.fd, SHUT_WR);
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// Judges what has come; up[0 … up_good) may go on.
static void judge(struct gate_link *l)
{
    l->paused = false;
    while (l->up_good < l->up_n && !l->cut) {
        size_t length;
        bool message;
        if (l->credit < 1) {
            l->paused = true;
            return;
        }
        switch (zmtp_judge(&l->watch, l->up + l->up_good, l->up_n - l->up_good, &length, &message)) {
        case ZMTP_WAIT:
            return;
        case ZMTP_CUT:
            l->cut = "what it sent is not what a client sends";
            return;
        case ZMTP_DROP:
            memmove(l->up + l->up_good, l->up + l->up_good + length, l->up_n - l->up_good - length);
            l->up_n -= length;
            break;
        case ZMTP_PASS:
            l->up_good += length;
            break;
        }
        l->credit -= message ? 1 : 0;
    }
}

static void refill(struct gate_link *l, int64_t now_ns)
{
    l->credit += (double)(now_ns - l->credit_ns) * 1e-9 * l->door->per_s;
    if (l->credit > l->door->burst)
        l->credit = l->door->burst;
    l->credit_ns = now_ns;
}

static void send_up(struct gate_link *l)
{
    if (l->up_good == 0 || l->inner_ended)
        return;
    ssize_t n = send(l->inner.fd, l->up, l->up_good, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0)
        return; // an end of libzmq's is seen when it is read
    l->up_good -= (size_t)n;
    l->up_n -= (size_t)n;
    memmove(l->up, l->up + n, l->up_n);
}

static void move_up(struct gate_link *l, int64_t now_ns)
{
    bool ended = false;
    if (!l->paused && l->up_n < up_size(l->door)) {
        ssize_t n = recv(l->outer.fd, l->up + l->up_n, up_size(l->door) - l->up_n, MSG_DONTWAIT);
        ended = n == 0 || (n < 0 && !would_wait());
        if (n > 0) {
            l->up_n += (size_t)n;
            l->heard_ns = now_ns;
        }
    }
    refill(l, now_ns);
    judge(l);
    send_up(l);
    if (ended && !l->cut)
        l->cut = "";
}

// False when there is nothing more to do now.
static bool move_down(struct gate_link *l)
{
    if (l->down_n == 0 && !l->inner_ended) {
        ssize_t n = recv(l->inner.fd, l->down, sizeof l->down, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && !would_wait()))
            l->inner_ended = true;
        l->down_from = 0;
        l->down_n = n > 0 ? (size_t)n : 0;
    }
    if (l->down_n == 0) {
        if (l->inner_ended && !l->cut)
            l->cut = "";
        return false;
    }
    ssize_t n = send(l->outer.fd, l->down + l->down_from, l->down_n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !would_wait())
        l->cut = "";
    if (n <= 0)
        return false;
    l->down_from += (size_t)n;
    l->down_n -= (size_t)n;
    return l->down_n == 0;
}

static void drain(struct gate_link *l)
{
    ssize_t n;
    do
        n = recv(l->inner.fd, l->down, sizeof l->down, MSG_DONTWAIT);
    while (n > 0);
    if (n == 0 || !would_wait())
        l->cut = "";
}

void gate_link_serve(struct gate_link *l, int64_t now_ns)
{
    if (l->cut)
        return;
    if (l->leaving) {
        drain(l);
        return;
    }
    move_up(l, now_ns);
    // Once libzmq has hung up epoll no longer watches it: read to the end, which is at most the kernel's buffer.
    while (!l->cut && move_down(l) && l->inner_hung)
        continue;
}

uint32_t gate_link_outer_events(const struct gate_link *l)
{
    uint32_t events = !l->paused && l->up_n < up_size(l->door) ? EPOLLIN : 0;
    return events | (l->down_n > 0 ? EPOLLOUT : 0);
}

uint32_t gate_link_inner_events(const struct gate_link *l)
{
    return (l->down_n == 0 || l->leaving ? EPOLLIN : 0) | (l->up_good > 0 ? EPOLLOUT : 0);
}
