// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/peer.h"

#include "core/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IIOD_PORT "30431"

// Splits "ip:HOST", "ip:HOST:PORT", "ip:[V6]:PORT", "ip:V6" the way libiio does.
static bool split_uri(const char *uri, char *host, size_t host_size, char *port, size_t port_size)
{
    if (strncmp(uri, "ip:", 3) != 0 || uri[3] == '\0')
        return false;
    const char *begin = uri + 3, *end = begin + strlen(begin);
    const char *last = strrchr(begin, ':');
    bool v6 = last && last != strchr(begin, ':');
    snprintf(port, port_size, "%s", IIOD_PORT);
    if (last && (!v6 || (last > begin && last[-1] == ']'))) {
        snprintf(port, port_size, "%s", last + 1);
        end = last;
    }
    if (begin[0] == '[' && end[-1] == ']') {
        begin++;
        end--;
    }
    return (size_t)snprintf(host, host_size, "%.*s", (int)(end - begin), begin) < host_size;
}

// Waits for events on fd: 0, -ETIMEDOUT or -ECANCELED.
static int wait_for(int fd, short events, int64_t until_ns, int stop_fd)
{
    for (;;) {
        int64_t left_ns = until_ns - clock_mono_ns();
        struct pollfd polled[] = {{.fd = fd, .events = events}, {.fd = stop_fd, .events = POLLIN}};
        int n = poll(polled, 2, left_ns > 0 ? (int)(left_ns / 1000000 + 1) : 0);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && polled[1].revents != 0)
            return -ECANCELED;
        if (n > 0)
            return 0;
        if (n == 0)
            return -ETIMEDOUT;
    }
}

static int connect_within(int fd, const struct addrinfo *to, int64_t until_ns, int stop_fd)
{
    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return -errno;
    int rc = wait_for(fd, POLLOUT, until_ns, stop_fd);
    if (rc != 0)
        return rc;
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        return -errno;
    return -error;
}

static int ask_version(int fd, int64_t until_ns, int stop_fd)
{
    static const char question[] = "VERSION\r\n", bye[] = "EXIT\r\n";
    char answer[64];
    if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) < 0)
        return -errno;
    int rc = wait_for(fd, POLLIN, until_ns, stop_fd);
    if (rc != 0)
        return rc == -ETIMEDOUT ? -EPROTO : rc;
    ssize_t n = recv(fd, answer, sizeof answer, 0);
    if (n <= 0)
        return n == 0 ? -EPROTO : -errno;
    if (send(fd, bye, sizeof bye - 1, MSG_NOSIGNAL) < 0)
        return -errno;
    return 0;
}

static int probe_address(const struct addrinfo *to, int64_t until_ns, int stop_fd)
{
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
    if (fd < 0)
        return -errno;
    int rc = connect_within(fd, to, until_ns, stop_fd);
    if (rc == 0)
        rc = ask_version(fd, until_ns, stop_fd);
    close(fd);
    return rc;
}

int peer_probe(const char *uri, int timeout_ms, int stop_fd, struct peer *peer)
{
    char host[128], port[16];
    peer->length = 0;
    if (!split_uri(uri, host, sizeof host, port, sizeof port))
        return 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    if (getaddrinfo(host, port, &hints, &list) != 0)
        return 0;
    int64_t until_ns = clock_mono_ns() + timeout_ms * INT64_C(1000000);
    int rc = 0;
    for (const struct addrinfo *to = list; to; to = to->ai_next) {
        rc = probe_address(to, until_ns, stop_fd);
        if (rc != 0)
            continue;
        memcpy(&peer->address, to->ai_addr, to->ai_addrlen);
        peer->length = to->ai_addrlen;
        break;
    }
    freeaddrinfo(list);
    return rc;
}

static bool same_address(const struct peer *peer, const struct sockaddr_storage *other)
{
    if (peer->address.ss_family != other->ss_family)
        return false;
    if (other->ss_family == AF_INET) {
        struct sockaddr_in a, b;
        memcpy(&a, &peer->address, sizeof a);
        memcpy(&b, other, sizeof b);
        return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
    }
    struct sockaddr_in6 a, b;
    memcpy(&a, &peer->address, sizeof a);
    memcpy(&b, other, sizeof b);
    return other->ss_family == AF_INET6 && a.sin6_port == b.sin6_port &&
           memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
}

void peer_shutdown(const struct peer *peer)
{
    DIR *dir = peer->length > 0 ? opendir("/proc/self/fd") : NULL;
    if (!dir)
        return;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        // The duplicate pins the socket: its owner may close the number while we look at it.
        int fd = fcntl(atoi(entry->d_name), F_DUPFD_CLOEXEC, 0);
        struct sockaddr_storage other = {0};
        socklen_t length = sizeof other;
        if (fd >= 0 && getpeername(fd, (struct sockaddr *)&other, &length) == 0 && same_address(peer, &other))
            shutdown(fd, SHUT_RDWR);
        if (fd >= 0)
            close(fd);
    }
    closedir(dir);
}
