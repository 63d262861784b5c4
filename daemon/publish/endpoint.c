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
static bool resolve(struct parts *parts, struct endpoint *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->address;
    if (strcmp(parts->host, "localhost") == 0)
        snprintf(parts->host, sizeof parts->host, "127.0.0.1");
    if (!parts->bracketed && strcmp(parts->host, "*") == 0)
        snprintf(parts->host, sizeof parts->host, "0.0.0.0");
    if (parts->bracketed && inet_pton(AF_INET6, parts->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)parts->port);
        out->size = sizeof *v6;
        out->v6 = true;
        out->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        return true;
    }
    if (parts->bracketed || inet_pton(AF_INET, parts->host, &v4->sin_addr) != 1)
        return false;
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)parts->port);
    out->size = sizeof *v4;
    out->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return true;
}

void endpoint_text(const struct sockaddr_storage *address, char *text, size_t size)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    char host[INET6_ADDRSTRLEN] = "";
    if (address->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(text, size, "tcp://[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(text, size, "tcp://%s:%u", host, ntohs(v4->sin_port));
    }
}

int endpoint_parse(struct endpoint *out, const char *text, bool guarded, char *error, size_t error_size)
{
    struct parts parts = {.port = 0};
    memset(out, 0, sizeof *out);
    if (!split(text, &parts) || !resolve(&parts, out)) {
        snprintf(error, error_size,
                 "publish.tcp: '%s' is no endpoint; allowed: ADDRESS:PORT with an IP address such as 127.0.0.1:5556 or "
                 "[::1]:5556, port 0 to 65535",
                 text);
        return -EINVAL;
    }
    if (!out->loopback && !guarded) {
        snprintf(error, error_size,
                 "publish.tcp: '%s' can be reached from other machines and connections are not encrypted; use "
                 "127.0.0.1, name keys under publish.curve, or say publish.insecure_lan: true",
                 text);
        return -EINVAL;
    }
    return 0;
}
