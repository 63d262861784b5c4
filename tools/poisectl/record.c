// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl record, session: start, stop, status.
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "line.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define ORDER_NS (10 * NS_PER_S) // a slow disk may take its time to open a file
#define POLL_MS  100

static int finish(const struct ctl *ctl, const json_t *what, json_t *reply)
{
    if (ctl->json) { // ASCII only, as everywhere
        json_dumpf(what, stdout, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        putchar('\n');
    }
    json_decref(reply);
    return fflush(stdout) == 0 ? 0 : 1;
}

static bool is_action(const struct ctl *ctl, const char *verb)
{
    const char *action = ctl->argv[0];
    if (strcmp(action, "start") == 0 || strcmp(action, "stop") == 0 || strcmp(action, "status") == 0)
        return true;
    ctl_fail("%s '%s': start, stop or status is wanted", verb, action);
    return false;
}

static json_t *ask_recording(const struct ctl *ctl, const char *action)
{
    return client_ask(ctl, json_pack("{s:s, s:s}", "cmd", "record", "action", action));
}

static json_int_t orders_done(const json_t *reply)
{
    return json_integer_value(json_object_get(json_object_get(reply, "recording"), "orders"));
}

// The daemon opens and closes files in its own time: asks until the order is carried out. NULL: the error is printed.
static json_t *await_order(const struct ctl *ctl, json_t *reply)
{
    json_int_t order = json_integer_value(json_object_get(reply, "order"));
    int64_t end = clock_mono_ns() + ORDER_NS;
    while (reply && orders_done(reply) < order) {
        json_decref(reply);
        if (clock_mono_ns() >= end) {
            ctl_fail("the daemon has not done it yet; poisectl record status tells more");
            return NULL;
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
        reply = ask_recording(ctl, "status");
    }
    return reply;
}

static void print_recording(const json_t *recording)
{
    char path[512], error[160];
    bool writing = json_is_true(json_object_get(recording, "writing"));
    bool failed = json_is_string(json_object_get(recording, "error"));
    line_text(recording, "path", path, sizeof path);
    if (writing)
        printf("recording to %s, part %.0f, %.1f MB so far\n", path, line_number(recording, "part"),
               line_number(recording, "bytes") / 1e6);
    else if (failed)
        printf("recording to %s has stopped: %s\n", path, line_text(recording, "error", error, sizeof error));
    else if (json_is_string(json_object_get(recording, "path")))
        printf("no recording runs; the last was %s, %.1f MB\n", path, line_number(recording, "bytes") / 1e6);
    else
        printf("no recording runs\n");
    if (line_number(recording, "lost_events") > 0)
        printf("%.0f events could not be written: a replay will differ\n", line_number(recording, "lost_events"));
    if (line_number(recording, "lost_metrics") > 0)
        printf("%.0f published objects could not be written\n", line_number(recording, "lost_metrics"));
}

int ctl_record(const struct ctl *ctl)
{
    if (!is_action(ctl, "record"))
        return EX_USAGE;
    if (ctl->argc > 1) {
        ctl_fail("record %s: '%s' is too much", ctl->argv[0], ctl->argv[1]);
        return EX_USAGE;
    }
    json_t *reply = ask_recording(ctl, ctl->argv[0]);
    bool ordered = strcmp(ctl->argv[0], "status") != 0;
    if (reply && ordered)
        reply = await_order(ctl, reply);
    if (!reply)
        return 1;
    const json_t *recording = json_object_get(reply, "recording");
    bool failed = ordered && json_is_string(json_object_get(recording, "error"));
    if (!ctl->json)
        print_recording(recording);
    int rc = finish(ctl, recording, reply);
    return failed ? 1 : rc;
}

static void print_session(const json_t *reply)
{
    char id[64], subject[80], text[120];
    size_t i;
    json_t *mark;
    if (!json_is_string(json_object_get(reply, "session"))) {
        puts("no session runs");
        return;
    }
    printf("session %s\n", line_text(reply, "session", id, sizeof id));
    printf("subject %s, since %s\n", line_text(reply, "subject", subject, sizeof subject),
           line_text(reply, "since", text, sizeof text));
    printf("belt    %s m/s\n", line_value(line_number(reply, "speed_m_s"), 2, text));
    printf("marks   %.0f\n", line_number(reply, "n_marks"));
    json_array_foreach(json_object_get(reply, "marks"), i, mark)
    {
        char utc[40];
        printf("  %s  %s\n", line_text(mark, "utc", utc, sizeof utc), line_text(mark, "text", text, sizeof text));
    }
}

int ctl_session(const struct ctl *ctl)
{
    if (!is_action(ctl, "session"))
        return EX_USAGE;
    const char *action = ctl->argv[0], *subject = ctl->argc > 1 ? ctl->argv[1] : NULL;
    if (subject && strcmp(action, "start") != 0) {
        ctl_fail("session %s: '%s' is too much", action, subject);
        return EX_USAGE;
    }
    json_t *request = json_pack("{s:s, s:s, s:s*}", "cmd", "session", "action", action, "subject", subject);
    if (!request)
        return ctl_fail("what is to be sent is no valid UTF-8");
    json_t *reply = client_ask(ctl, request);
    if (!reply)
        return 1;
    char id[64];
    if (!ctl->json && strcmp(action, "status") == 0)
        print_session(reply);
    else if (!ctl->json)
        printf("session %s %s\n", line_text(reply, "session", id, sizeof id),
               strcmp(action, "start") == 0 ? "begins" : "ends");
    json_object_del(reply, "ok");
    return finish(ctl, reply, reply);
}
