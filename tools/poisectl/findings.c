// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl findings: what strains the runner's back now, and what changes.
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "frames/finding.h"
#include "line.h"
#include "safe_text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = FINDING_LEVEL_NAMES;
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static int level_of(const json_t *finding)
{
    const char *name = json_string_value(json_object_get(finding, "level"));
    for (int i = 0; name && level_names[i]; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return LEVEL_UNKNOWN;
}

static void print_wrapped(const json_t *finding, const char *key)
{
    const char *text = json_string_value(json_object_get(finding, key));
    char *safe = text ? safe_text(text) : NULL;
    const size_t width = 70;
    for (const char *at = safe; at && *at != '\0';) {
        size_t n = strlen(at);
        if (n > width)
            for (n = width; n > 1 && at[n] != ' ';)
                n--;
        printf("         %.*s\n", (int)n, at);
        at += n + strspn(at + n, " ");
    }
    free(safe);
}

static void print_evidence(const json_t *finding)
{
    const char *key, *between = "         ";
    json_t *value;
    json_object_foreach(json_object_get(finding, "evidence"), key, value)
    {
        char found[32], reference[32];
        char *name = safe_text(key);
        double against = line_number(value, "reference");
        printf("%s%s %s", between, name ? name : "", line_value(line_number(value, "value"), 1, found));
        if (against == against) // not NaN
            printf(" (against %s)", line_value(against, 1, reference));
        between = ", ";
        free(name);
    }
    if (between[0] == ',')
        putchar('\n');
}

static void print_finding(const json_t *finding, bool whole)
{
    char factor[48], cause[48], missing[160], level[16], score[32];
    printf("%-8s %s (%s)", line_text(finding, "level", level, sizeof level),
           line_text(finding, "factor", factor, sizeof factor), line_text(finding, "cause", cause, sizeof cause));
    if (level_of(finding) == LEVEL_UNKNOWN)
        printf(": %s", line_text(finding, "unknown_of", missing, sizeof missing));
    else
        printf("  score %s", line_value(line_number(finding, "score"), 2, score));
    putchar('\n');
    if (!whole)
        return;
    print_evidence(finding);
    print_wrapped(finding, "says");
    print_wrapped(finding, "advice");
}

// The most urgent first; ok and unknown are counted, or shown with --all.
static void print_all(const struct ctl *ctl, const json_t *reply)
{
    static const int order[] = {LEVEL_WARN, LEVEL_NOTICE, LEVEL_OK, LEVEL_UNKNOWN};
    const json_t *list = json_object_get(reply, "findings"), *finding;
    size_t i, n[4] = {0};
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        json_array_foreach(list, i, finding)
        {
            if (level_of(finding) != order[k])
                continue;
            n[k]++;
            if (k < 2 || ctl->all)
                print_finding(finding, k < 2);
        }
    if (n[0] + n[1] == 0)
        puts("nothing is raised");
    if (!ctl->all)
        printf("%zu are fine, %zu are unknown (--all shows them and what is missing)\n", n[2], n[3]);
    char disclaimer[256];
    puts(line_text(reply, "disclaimer", disclaimer, sizeof disclaimer));
}

struct follower {
    const struct ctl *ctl;
    char factor[2 * N_FACTORS][48]; // room for factors of a later version
    int level[2 * N_FACTORS], n;
    long shown;
};

// True when this one is news: a level that rises, changes or falls back.
static bool is_news(struct follower *f, const json_t *finding)
{
    char name[48];
    line_text(finding, "factor", name, sizeof name);
    int level = level_of(finding), i = 0;
    while (i < f->n && strcmp(f->factor[i], name) != 0)
        i++;
    if (i == f->n) {
        if (f->n == 2 * N_FACTORS)
            return false;
        memcpy(f->factor[f->n], name, sizeof name);
        f->level[f->n++] = LEVEL_OK;
    }
    bool raised = level >= LEVEL_NOTICE || f->level[i] >= LEVEL_NOTICE || f->ctl->all;
    bool news = raised && level != f->level[i];
    f->level[i] = level;
    return news;
}

static void show(struct follower *f, json_t *finding)
{
    if (!is_news(f, finding))
        return;
    if (f->ctl->json) {
        (void)ctl_print(json_incref(finding)); // follow() looks at stdout
    } else {
        char when[40];
        const char *utc = json_string_value(json_object_get(finding, "utc"));
        bool has_time = utc && strlen(utc) > 19 && safe_text_is(utc);
        printf("%.*s ", has_time ? 8 : 31, has_time ? utc + 11 : line_value(line_number(finding, "t_s"), 1, when));
        print_finding(finding, level_of(finding) >= LEVEL_NOTICE);
    }
    fflush(stdout);
    f->shown++;
}

static int follow(const struct ctl *ctl)
{
    static struct follower follower;
    struct follower *f = &follower;
    struct feed feed;
    struct feed_message message;
    struct sigaction action = {.sa_handler = on_signal}; // without SA_RESTART: ends the wait at once
    f->ctl = ctl;
    if (feed_open(&feed, ctl) != 0)
        return 1;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    int64_t begin = clock_mono_ns();
    int64_t end = ctl->seconds > 0 ? begin + (int64_t)(ctl->seconds * 1e9) : INT64_MAX;
    bool heard = false;
    while (!stopped && !ferror(stdout) && clock_mono_ns() < end && !(ctl->count > 0 && f->shown >= ctl->count)) {
        if (!heard && clock_mono_ns() - begin > FEED_FIRST_MS * (NS_PER_S / 1000)) {
            feed_close(&feed);
            return ctl_fail("nothing is published on %s; is poised running?", feed.endpoint);
        }
        if (feed_next(&feed, 200, -1, &message) == 0)
            continue;
        heard = true;
        if (strcmp(message.stream, "finding") == 0)
            show(f, message.object);
        feed_message_free(&message);
    }
    feed_close(&feed);
    return ferror(stdout) ? 1 : 0;
}

int ctl_findings(const struct ctl *ctl)
{
    if (ctl->follow)
        return follow(ctl);
    if (ctl->endpoint || ctl->count > 0 || ctl->seconds > 0)
        return ctl_usage("findings", "--endpoint, --count and --seconds go with --follow");
    json_t *reply = client_ask(ctl, json_pack("{s:s}", "cmd", "findings"));
    if (!reply)
        return 1;
    if (ctl->json)
        return ctl_print(reply);
    print_all(ctl, reply);
    json_decref(reply);
    return fflush(stdout) == 0 ? 0 : 1;
}
