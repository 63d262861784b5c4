// SPDX-License-Identifier: GPL-3.0-or-later
// The listening sockets of the gate.
#include "publish/gate.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     256
#define KEEP_IDLE_S 10

static void set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value); // none of these is needed for being right
}

static int fail(int fd, int rc, const char *what, char *error, size_t size)
{
    snprintf(error, size, "cannot open %s: %s", what, strerror(-rc));
    if (fd >= 0)
        close(fd);
    return rc;
}

int gate_open_ipc(struct gate *gate, const struct gate_door *door, const char *path, gid_t group, char *error,
                  size_t error_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char endpoint[160];
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return fail(fd, -errno, endpoint, error, error_size);
    // Nobody can connect before listen, so nobody can before the permissions are right. A group that this user is not
    // in cannot be given: then the user's own stays.
    int given = chown(path, (uid_t)-1, group);
    (void)given;
    if (chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0)
        return fail(fd, -errno, endpoint, error, error_size);
    int rc = gate_add(gate, door, fd);
    return rc == 0 ? 0 : fail(fd, rc, endpoint, error, error_size);
}

int gate_open_tcp(struct gate *gate, const struct gate_door *door, const struct endpoint *endpoint, char *bound,
                  size_t bound_size, char *error, size_t error_size)
{
    struct sockaddr_storage address = endpoint->address;
    socklen_t size = sizeof address;
    char text[96];
    endpoint_text(&address, text, sizeof text);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(fd, -errno, text, error, error_size);
    // Connections inherit these.
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(fd, SOL_SOCKET, SO_SNDBUF, GATE_SEND_BUFFER);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_IDLE_S);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (endpoint->v6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (bind(fd, (struct sockaddr *)&address, endpoint->size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return fail(fd, -errno, text, error, error_size);
    endpoint_text(&address, bound, bound_size);
    int rc = gate_add(gate, door, fd);
    return rc == 0 ? 0 : fail(fd, rc, text, error, error_size);
}
