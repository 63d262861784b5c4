// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/gate.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/rt.h"
#include "publish/gate_link.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOORS_MAX  4
#define EVENTS     64
#define TURN_MS    200
#define PAUSED_MS  20
#define SPARE      64 // file descriptors that stay free for readers, recordings and libzmq
#define ACCEPTS    16 // in a turn, so that those who are in are served meanwhile
#define IDLE_NS    NS_PER_S
#define ALIVE_NS   (5 * NS_PER_S)
#define GOODBYE_NS (7 * NS_PER_S / 10)
#define SAY_NS     (10 * NS_PER_S)

struct door {
    struct gate_door rules;
    struct gate_end end;
    unsigned n_links;
    int64_t closed_until_ns; // out of file descriptors
};

struct gate {
    int epoll;
    struct gate_end stop;
    struct door doors[DOORS_MAX];
    unsigned n_doors;
    struct gate_link *links;
    struct log_limit said_cut, said_full, said_short;
    pthread_t thread;
    bool threaded;
    atomic_llong turned_ns;
};

static int watch(struct gate *g, struct gate_end *end, uint32_t events, int operation)
{
    struct epoll_event event = {.events = events, .data.ptr = end};
    end->events = events;
    return epoll_ctl(g->epoll, operation, end->fd, &event) == 0 ? 0 : -errno;
}

static void update(struct gate *g, struct gate_end *end, uint32_t events)
{
    if (end->events != events)
        (void)watch(g, end, events, EPOLL_CTL_MOD);
}

static void count_out(struct gate *g, const struct gate_link *link)
{
    for (unsigned i = 0; i < g->n_doors; i++)
        if (link->door == &g->doors[i].rules)
            g->doors[i].n_links--;
}

static void serve(struct gate *g, struct gate_link *link, int64_t now_ns)
{
    gate_link_serve(link, now_ns);
    if (link->cut)
        return;
    if (!link->leaving)
        update(g, &link->outer, gate_link_outer_events(link));
    if (!link->inner_hung)
        update(g, &link->inner, gate_link_inner_events(link));
}

// False when the link is over. A connection that libzmq still has leaves in its own time, but its place is free.
static bool lets_go(struct gate *g, struct gate_link *link)
{
    if (link->leaving)
        return false;
    int held_back = link->cut[0] != '\0' ? log_limit_pass(&g->said_cut, SAY_NS) : -1;
    if (held_back >= 0)
        log_warning("%s: a connection was closed: %s (%d more such unsaid)", link->door->name, link->cut, held_back);
    count_out(g, link);
    // Closing alone takes it off later when another thread, or a look into /proc, has the file in hand.
    epoll_ctl(g->epoll, EPOLL_CTL_DEL, link->outer.fd, NULL);
    if (link->inner_ended || link->inner_hung)
        return false;
    link->cut = NULL;
    gate_link_leave(link);
    serve(g, link, 0);
    return true;
}

// Those that are over go, after the events that may still speak of them.
static void sweep(struct gate *g)
{
    for (struct gate_link **at = &g->links; *at;) {
        struct gate_link *link = *at;
        if (!link->cut || (lets_go(g, link) && !link->cut)) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        epoll_ctl(g->epoll, EPOLL_CTL_DEL, link->inner.fd, NULL);
        gate_link_destroy(link);
    }
}

// Who makes room: the oldest that is still in its handshake, else, where the door says so, the one silent longest. A
// handshake whose last command has come is over: libzmq agrees or hangs up at once.
static struct gate_link *find_victim(const struct gate *g, const struct door *door, int64_t now_ns)
{
    struct gate_link *unknown = NULL, *idle = NULL;
    for (struct gate_link *l = g->links; l; l = l->next) {
        if (l->door != &door->rules || l->cut || l->leaving)
            continue;
        if (!l->watch.ready && (!unknown || l->born_ns < unknown->born_ns))
            unknown = l;
        if (now_ns - l->heard_ns > IDLE_NS && (!idle || l->heard_ns < idle->heard_ns))
            idle = l;
    }
    return unknown || !door->rules.evict_idle ? unknown : idle;
}

static bool make_room(struct gate *g, struct door *door, int64_t now_ns)
{
    if (door->n_links < door->rules.links_max)
        return true;
    int held_back = log_limit_pass(&g->said_full, SAY_NS);
    if (held_back >= 0)
        log_warning("%s: all %u connections are taken (%d more such unsaid)", door->rules.name, door->rules.links_max,
                    held_back);
    struct gate_link *victim = find_victim(g, door, now_ns);
    if (!victim)
        return false;
    victim->cut = "";
    sweep(g);
    return true;
}

static void let_in(struct gate *g, struct door *door, int fd, int64_t now_ns)
{
    if (!make_room(g, door, now_ns)) {
        close(fd); // the client tries again
        return;
    }
    // A local connection does not inherit it from the door.
    const int bytes = GATE_SEND_BUFFER;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    struct gate_link *link = gate_link_create(&door->rules, fd, now_ns);
    if (!link)
        return;
    link->next = g->links;
    g->links = link;
    door->n_links++;
    if (watch(g, &link->outer, EPOLLIN, EPOLL_CTL_ADD) != 0 || watch(g, &link->inner, EPOLLIN, EPOLL_CTL_ADD) != 0) {
        link->cut = "";
        link->inner_ended = true; // nobody would tell its end
    }
}

// libzmq aborts the process when it cannot accept what we connect to it. fd is the lowest number that was free.
static bool is_short_of_files(struct gate *g, int fd)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || (rlim_t)fd + SPARE < limit.rlim_cur)
        return false;
    int held_back = log_limit_pass(&g->said_short, SAY_NS);
    if (held_back >= 0)
        log_warning("a connection was refused: the limit of open files, %llu, is near (%d more such unsaid)",
                    (unsigned long long)limit.rlim_cur, held_back);
    return true;
}

static void answer_door(struct gate *g, struct door *door, int64_t now_ns)
{
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(door->end.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && is_short_of_files(g, fd)) {
            close(fd);
        } else if (fd >= 0) {
            let_in(g, door, fd, now_ns);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            door->closed_until_ns = now_ns + NS_PER_S / 10; // epoll would call again at once
            update(g, &door->end, 0);
            return;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        }
    }
}

static void take_event(struct gate *g, const struct epoll_event *event, int64_t now_ns)
{
    struct gate_end *end = event->data.ptr;
    bool hung = event->events & (EPOLLHUP | EPOLLERR);
    struct gate_link *link = end->owner;
    if (end->kind == GATE_OUTER) {
        if (hung && !(end->events & EPOLLIN))
            link->cut = ""; // gone, and we are not to read what it left
        serve(g, link, now_ns);
    } else if (end->kind == GATE_INNER) {
        if (hung && !link->inner_hung) {
            link->inner_hung = true;
            epoll_ctl(g->epoll, EPOLL_CTL_DEL, end->fd, NULL); // it would be reported until it is read to the end
        }
        serve(g, link, now_ns);
    }
}

static void take_turn(struct gate *g)
{
    struct epoll_event events[EVENTS];
    bool hurried = false;
    int64_t now = clock_mono_ns();
    for (unsigned i = 0; i < g->n_doors; i++) {
        hurried = hurried || g->doors[i].closed_until_ns != 0;
        if (g->doors[i].closed_until_ns != 0 && now >= g->doors[i].closed_until_ns) {
            g->doors[i].closed_until_ns = 0;
            update(g, &g->doors[i].end, EPOLLIN);
        }
    }
    for (struct gate_link *l = g->links; l; l = l->next) {
        if (l->paused)
            serve(g, l, now);
        hurried = hurried || l->paused;
    }
    sweep(g);
    int n = epoll_wait(g->epoll, events, EVENTS, hurried ? PAUSED_MS : TURN_MS);
    now = clock_mono_ns();
    for (int i = 0; i < n; i++)
        take_event(g, &events[i], now);
    sweep(g);
    // After the others: room is made by closing links, of which an event above may have spoken.
    for (int i = 0; i < n; i++) {
        struct gate_end *end = events[i].data.ptr;
        for (unsigned d = 0; d < g->n_doors; d++)
            if (end == &g->doors[d].end)
                answer_door(g, &g->doors[d], now);
    }
}

static void *gate_main(void *arg)
{
    struct gate *g = arg;
    uint64_t count;
    while (read(g->stop.fd, &count, sizeof count) < 0) {
        take_turn(g);
        atomic_store(&g->turned_ns, clock_mono_ns());
    }
    for (unsigned i = 0; i < g->n_doors; i++)
        epoll_ctl(g->epoll, EPOLL_CTL_DEL, g->doors[i].end.fd, NULL);
    epoll_ctl(g->epoll, EPOLL_CTL_DEL, g->stop.fd, NULL);
    for (int64_t end = clock_mono_ns() + GOODBYE_NS; g->links && clock_mono_ns() < end;)
        take_turn(g);
    return NULL;
}

int gate_create(struct gate **out, char *error, size_t error_size)
{
    struct gate *g = calloc(1, sizeof *g);
    *out = NULL;
    if (!g)
        return -ENOMEM;
    g->epoll = epoll_create1(EPOLL_CLOEXEC);
    g->stop = (struct gate_end){.kind = GATE_STOP, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    int rc = g->epoll < 0 || g->stop.fd < 0 ? -errno : watch(g, &g->stop, EPOLLIN, EPOLL_CTL_ADD);
    if (rc != 0) {
        snprintf(error, error_size, "the gate cannot be made: %s", strerror(-rc));
        gate_destroy(g);
        return rc;
    }
    *out = g;
    return 0;
}

int gate_add(struct gate *g, const struct gate_door *rules, int fd)
{
    if (g->n_doors == DOORS_MAX)
        return -ENOSPC;
    struct door *door = &g->doors[g->n_doors];
    *door = (struct door){.rules = *rules, .end = {.kind = GATE_DOOR, .owner = door, .fd = fd}};
    int rc = watch(g, &door->end, EPOLLIN, EPOLL_CTL_ADD);
    if (rc == 0)
        g->n_doors++;
    return rc;
}

int gate_start(struct gate *g, char *error, size_t error_size)
{
    const struct rt_thread_options options = {.name = "gate"};
    atomic_store(&g->turned_ns, clock_mono_ns());
    int rc = rt_thread_start(&g->thread, &options, gate_main, g, NULL);
    g->threaded = rc == 0;
    if (rc != 0)
        snprintf(error, error_size, "the gate's thread does not start: %s", strerror(-rc));
    return rc;
}

bool gate_is_alive(const struct gate *g)
{
    return clock_mono_ns() - atomic_load(&g->turned_ns) < ALIVE_NS;
}

void gate_destroy(struct gate *g)
{
    if (!g)
        return;
    uint64_t one = 1;
    if (g->threaded && write(g->stop.fd, &one, sizeof one) == sizeof one)
        pthread_join(g->thread, NULL);
    while (g->links) {
        struct gate_link *link = g->links;
        g->links = link->next;
        gate_link_destroy(link);
    }
    for (unsigned i = 0; i < g->n_doors; i++)
        close(g->doors[i].end.fd);
    if (g->stop.fd >= 0)
        close(g->stop.fd);
    if (g->epoll >= 0)
        close(g->epoll);
    free(g);
}
