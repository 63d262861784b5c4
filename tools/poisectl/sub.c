// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl sub: the stream as lines.
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "line.h"
#include "publish/streams.h"
#include "safe_text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Sequence numbers of one stream: what was lost between the daemon and here.
struct track {
    char stream[32], boot[37];
    json_int_t last;
    unsigned long long lost;
};

struct sub {
    const struct ctl *ctl;
    struct feed feed;
    struct track tracks[2 * N_STREAMS]; // room for streams of a later version
    int n_tracks;
    long shown;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static bool is_known(const char *name)
{
    for (int i = 0; i < N_STREAMS; i++)
        if (strcmp(stream_tables[i].name, name) == 0)
            return true;
    return false;
}

static int check_topics(const struct ctl *ctl)
{
    for (int i = 0; i < ctl->argc; i++) {
        if (is_known(ctl->argv[i]))
            continue;
        return ctl_usage("sub", "unknown stream '%s'", ctl->argv[i]);
    }
    return 0;
}

static bool is_wanted(const struct ctl *ctl, const char *stream)
{
    for (int i = 0; i < ctl->argc; i++)
        if (strcmp(ctl->argv[i], stream) == 0)
            return true;
    return ctl->argc == 0;
}

static struct track *find_track(struct sub *s, const char *stream)
{
    for (int i = 0; i < s->n_tracks; i++)
        if (strcmp(s->tracks[i].stream, stream) == 0)
            return &s->tracks[i];
    if (s->n_tracks == (int)(sizeof s->tracks / sizeof s->tracks[0]))
        return NULL;
    struct track *track = &s->tracks[s->n_tracks++];
    snprintf(track->stream, sizeof track->stream, "%s", stream);
    return track;
}

static void follow(struct sub *s, const struct feed_message *message)
{
    struct track *track = find_track(s, message->stream);
    const char *boot = json_string_value(json_object_get(message->object, "boot"));
    json_int_t seq = json_integer_value(json_object_get(message->object, "seq"));
    if (!track || !boot)
        return;
    if (strcmp(track->boot, boot) == 0 && seq > track->last + 1)
        track->lost += (unsigned long long)(seq - track->last - 1);
    snprintf(track->boot, sizeof track->boot, "%s", boot);
    track->last = seq;
}

static void show(struct sub *s, const struct feed_message *message)
{
    if (!s->ctl->json) {
        line_print(stdout, message->object);
    } else if (safe_text_is(message->text)) {
        puts(message->text);
    } else {
        char *text = json_dumps(message->object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
        puts(text ? text : "");
        free(text);
    }
    fflush(stdout);
    s->shown++;
}

static bool has_enough(const struct sub *s)
{
    return stopped || ferror(stdout) || (s->ctl->count > 0 && s->shown >= s->ctl->count);
}

static int run(struct sub *s)
{
    struct feed_message message;
    int64_t begin = clock_mono_ns(), end = INT64_MAX;
    bool heard = false;
    if (s->ctl->seconds > 0)
        end = begin + (int64_t)(s->ctl->seconds * 1e9);
    while (!has_enough(s)) {
        int64_t now = clock_mono_ns();
        if (!heard && now - begin > FEED_FIRST_MS * (NS_PER_S / 1000))
            return ctl_fail("nothing is published on %s; is poised running?", s->feed.endpoint);
        if (now >= end)
            break;
        int64_t left_ms = (end - now) / 1000000 + 1;
        if (feed_next(&s->feed, left_ms < 200 ? (int)left_ms : 200, -1, &message) == 0)
            continue;
        heard = true;
        if (is_wanted(s->ctl, message.stream)) {
            follow(s, &message);
            show(s, &message);
        }
        feed_message_free(&message);
    }
    if (s->shown == 0 && !stopped)
        return ctl_fail("no message of the streams asked for came in time");
    return ferror(stdout) ? 1 : 0;
}

int ctl_sub(const struct ctl *ctl)
{
    static struct sub sub;
    struct sigaction action = {.sa_handler = on_signal}; // without SA_RESTART: ends the wait at once
    int rc = check_topics(ctl);
    if (rc != 0)
        return rc;
    sub.ctl = ctl;
    if (feed_open(&sub.feed, ctl) != 0)
        return 1;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rc = run(&sub);
    for (int i = 0; i < sub.n_tracks; i++)
        if (sub.tracks[i].lost > 0)
            ctl_warn("%llu messages of %s were lost on the way", sub.tracks[i].lost, sub.tracks[i].stream);
    feed_close(&sub.feed);
    return rc;
}
