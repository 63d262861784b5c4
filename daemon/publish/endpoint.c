// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    char host[64];
    bool bracketed;
    unsigned port;
};

static bool parse_port(const char *text, unsigned *port)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 5 || text[n] != '\0')
        return false;
    *port = (unsigned)strtoul(text, NULL, 10);
    return *port <= 65535;
}

static bool split(const char *text, struct parts *parts)
{
    const char *colon = strrchr(text, ':');
    if (!colon || !parse_port(colon + 1, &parts->port))
        return false;
    const char *from = text, *to = colon;
    parts->bracketed = *from == '[';
    if (parts->bracketed) {
        from++;
        if (to <= from || to[-1] != ']')
            return false;
        to--;
    }
    size_t n = (size_t)(to - from);
    if (n == 0 || n >= sizeof parts->host)
        return false;
    memcpy(parts->host, from, n);
    parts->host[n] = '\0';
    return true;
}

// Names are not looked up: what a name means can change after it was checked.
static bool classify(struct parts *parts, struct endpoint *out)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcmp(parts->host, "localhost") == 0)
        snprintf(parts->host, sizeof parts->host, "127.0.0.1");
    if (!parts->bracketed && inet_pton(AF_INET, parts->host, &v4) == 1) {
        out->loopback = ntohl(v4.s_addr) >> 24 == 127;
        return true;
    }
    if (parts->bracketed && inet_pton(AF_INET6, parts->host, &v6) == 1) {
        out->v6 = true;
        out->loopback = IN6_IS_ADDR_LOOPBACK(&v6);
        return true;
    }
    return !parts->bracketed && strcmp(parts->host, "*") == 0;
}

int endpoint_parse(struct endpoint *out, const char *text, bool insecure_lan, char *error, size_t error_size)
{
    struct parts parts = {.port = 0};
    memset(out, 0, sizeof *out);
    if (!split(text, &parts) || !classify(&parts, out)) {
        snprintf(error, error_size,
                 "publish.tcp: '%s' is no endpoint; allowed: ADDRESS:PORT with an IP address such as 127.0.0.1:5556 or "
                 "[::1]:5556, port 0 to 65535",
                 text);
        return -EINVAL;
    }
    if (!out->loopback && !insecure_lan) {
        snprintf(error, error_size,
                 "publish.tcp: '%s' can be reached from other machines and connections are not encrypted; use "
                 "127.0.0.1, or say publish.insecure_lan: true",
                 text);
        return -EINVAL;
    }
    char port[12] = "*";
    if (parts.port != 0)
        snprintf(port, sizeof port, "%u", parts.port);
    snprintf(out->zmq, sizeof out->zmq, out->v6 ? "tcp://[%s]:%s" : "tcp://%s:%s", parts.host, port);
    return 0;
}
