// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl status, snapshot, mark, speed: one request, one answer.
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "line.h"
#include "safe_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void print_json(const json_t *object)
{
    // ASCII only: what a device calls itself may hold control characters.
    json_dumpf(object, stdout, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    putchar('\n');
}

static int finish(json_t *reply)
{
    json_decref(reply);
    return fflush(stdout) == 0 ? 0 : 1;
}

static void print_site(const char *site, const json_t *o)
{
    char state[16], reason[200], rate[32], ppm[32], jitter[32];
    double slipped = line_number(o, "slipped_deg");
    line_text(o, "reason", reason, sizeof reason);
    printf("%-15s %-8s %9s %8s %9s %6.0f %7.0f %9.0f%s%s", site, line_text(o, "state", state, sizeof state),
           line_value(line_number(o, "rate_hz"), 2, rate), line_value(line_number(o, "ppm"), 0, ppm),
           line_value(line_number(o, "jitter_us"), 1, jitter), line_number(o, "gaps"), line_number(o, "missed"),
           line_number(o, "saturated"), json_is_string(json_object_get(o, "reason")) ? "  " : "",
           json_is_string(json_object_get(o, "reason")) ? reason : "");
    if (slipped >= 0)
        printf("  slipped by %.0f degrees", slipped);
    putchar('\n');
}

static void print_counters(const json_t *counters)
{
    const char *key, *between = "";
    json_t *value;
    json_object_foreach((json_t *)counters, key, value)
    {
        char *name = safe_text(key);
        printf("%s%s %lld", between, name ? name : "", (long long)json_integer_value(value));
        free(name);
        between = "  ";
    }
    putchar('\n');
}

static void print_machine(const json_t *status)
{
    const json_t *latency = json_object_get(status, "latency_ms"), *host = json_object_get(status, "host");
    const json_t *recording = json_object_get(status, "recording"), *rt = json_object_get(status, "rt");
    char a[32], b[32], c[32], d[32], path[256], error[128];
    printf("latency p50 %s  p99 %s  max %s ms\n", line_value(line_number(latency, "p50"), 1, a),
           line_value(line_number(latency, "p99"), 1, b), line_value(line_number(latency, "max"), 1, c));
    printf("processor %s %%  memory %s MB  scheduling %s\n", line_value(line_number(host, "cpu_pct"), 1, a),
           line_value(line_number(host, "memory_mb"), 1, b), line_text(rt, "policy", c, sizeof c));
    const json_t *late = json_object_get(rt, "wakeup_us");
    if (json_is_object(late))
        printf("worst since start: latency %s ms  late tick %s  block %s  sample %s us\n",
               line_value(line_number(latency, "worst"), 1, a),
               line_value(line_number(json_object_get(late, "tick"), "worst"), 0, b),
               line_value(line_number(json_object_get(late, "block"), "worst"), 0, c),
               line_value(line_number(json_object_get(late, "sample"), "worst"), 0, d));
    if (json_is_object(recording))
        printf("recording to %s  %s\n", line_text(recording, "path", path, sizeof path),
               json_is_string(json_object_get(recording, "error")) ? line_text(recording, "error", error, sizeof error)
                                                                   : "");
    printf("calibrated %s\n", json_is_true(json_object_get(status, "calibrated")) ? "yes" : "no");
}

static void print_status(const json_t *status)
{
    const char *site;
    json_t *value;
    printf("%-15s %-8s %9s %8s %9s %6s %7s %9s\n", "site", "state", "rate Hz", "ppm", "jitter us", "gaps", "missed",
           "saturated");
    json_object_foreach(json_object_get(status, "sites"), site, value)
    {
        print_site(site, value);
    }
    print_counters(json_object_get(status, "counters"));
    print_machine(status);
}

// From the stream, in the form of an answer: over a network there is no control socket.
static json_t *hear_status(const struct ctl *ctl)
{
    struct feed feed;
    struct feed_message message;
    json_t *reply = NULL;
    if (feed_open(&feed, ctl) != 0)
        return NULL;
    for (int64_t end = clock_mono_ns() + FEED_FIRST_MS * 1000000LL; !reply && clock_mono_ns() < end;) {
        if (feed_next(&feed, 200, -1, &message) == 0)
            continue;
        if (strcmp(message.stream, "status") == 0)
            reply = json_pack("{s:O}", "status", message.object);
        feed_message_free(&message);
    }
    if (!reply)
        ctl_fail("nothing is published on %s, or it is not for this key", feed.endpoint);
    feed_close(&feed);
    return reply;
}

int ctl_status(const struct ctl *ctl)
{
    json_t *reply = ctl->endpoint ? hear_status(ctl) : client_ask_status(ctl);
    if (!reply)
        return 1;
    const json_t *status = json_object_get(reply, "status");
    if (ctl->json)
        print_json(status);
    else
        print_status(status);
    return finish(reply);
}

int ctl_snapshot(const struct ctl *ctl)
{
    const char *stream;
    json_t *value, *reply = client_ask(ctl, json_pack("{s:s}", "cmd", "snapshot"));
    if (!reply)
        return 1;
    if (ctl->json) {
        print_json(json_object_get(reply, "snapshot"));
        return finish(reply);
    }
    json_object_foreach(json_object_get(reply, "snapshot"), stream, value)
    {
        if (json_is_object(value))
            line_print(stdout, value);
        else
            printf("%12s  %-11s  nothing yet\n", "-", stream);
    }
    return finish(reply);
}

// A command for the pipeline: the answer says that it was taken.
static int command(const struct ctl *ctl, json_t *request, const char *done)
{
    if (!request)
        return ctl_fail("what is to be sent is no valid UTF-8");
    json_t *reply = client_ask(ctl, request);
    if (!reply)
        return 1;
    if (ctl->json)
        print_json(reply);
    else
        puts(done);
    return finish(reply);
}

int ctl_mark(const struct ctl *ctl)
{
    return command(ctl, json_pack("{s:s, s:s}", "cmd", "mark", "text", ctl->argv[0]), "marked");
}

int ctl_speed(const struct ctl *ctl)
{
    char *end;
    double speed = strtod(ctl->argv[0], &end);
    if (end == ctl->argv[0] || *end != '\0' || !isfinite(speed)) {
        ctl_fail("speed: '%s' is not a number in m/s", ctl->argv[0]);
        return EX_USAGE;
    }
    return command(ctl, json_pack("{s:s, s:f}", "cmd", "speed", "m_s", speed), "belt speed noted");
}
