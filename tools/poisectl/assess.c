// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl assess: starts a guided assessment, follows it until it has ended, and shows what came of it. It asks the
// control socket for every object since the last answer, so that no repetition is missed, and works where nothing is
// published on ipc.
#include "assess_keys.h"
#include "assess_result.h"
#include "assess_view.h"
#include "cli.h"
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "frames/exercise.h"
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_MS     125 // twice as often as the daemon speaks
#define SILENCE_NS  (2 * NS_PER_S)
#define NO_START_NS (20 * NS_PER_S)
#define NO_NEWS_NS  (60 * NS_PER_S)
#define STOP_NS     (3 * NS_PER_S)

enum verdict { FOLLOWS, ENDED, REPLACED, FORGOTTEN }; // FORGOTTEN: another daemon

struct assess {
    const struct ctl *ctl;
    int exercise; // enum exercise
    char boot[37];
    json_int_t next; // number of the daemon's next object
    char begun[32];  // begun_utc of the one before ours, then of ours
    bool taken;
    json_t *now;     // the last object of stream assessment that is ours
    int64_t news_ns; // when something came last
    int64_t stop_ns; // when we sent stop, 0: not yet
    int signal;      // that asked for it
    struct assess_view view;
    struct assess_keys keys;
};

static json_t *send_command(const struct assess *a, const char *action)
{
    json_t *request = json_pack("{s:s, s:s}", "cmd", "assess", "action", action);
    if (strcmp(action, "start") == 0)
        json_object_set_new(request, "exercise", json_string(exercises[a->exercise].name));
    return client_ask(a->ctl, request);
}

static json_t *ask_status(const struct assess *a)
{
    return client_ask(a->ctl,
                      json_pack("{s:s, s:s, s:I}", "cmd", "assess", "action", "status", "after", (json_int_t)a->next));
}

static bool is_assessment(const json_t *object)
{
    const char *stream = json_string_value(json_object_get(object, "stream"));
    return stream && strcmp(stream, "assessment") == 0;
}

static bool has_text(const json_t *object, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value && strcmp(value, text) == 0;
}

static const char *begun_of(const json_t *object)
{
    const char *begun = json_string_value(json_object_get(object, "begun_utc"));
    return begun ? begun : "";
}

static void note_begun(struct assess *a, const json_t *object)
{
    snprintf(a->begun, sizeof a->begun, "%s", begun_of(object));
}

// What the daemon has done so far, so that what an earlier one left is not taken for ours. 0, or 1 with the error told.
static int note_before(struct assess *a)
{
    const json_t *object;
    size_t i;
    json_t *reply = ask_status(a);
    if (!reply)
        return 1;
    const char *boot = json_string_value(json_object_get(reply, "boot"));
    snprintf(a->boot, sizeof a->boot, "%s", boot ? boot : "");
    a->next = json_integer_value(json_object_get(reply, "next"));
    json_array_foreach(json_object_get(reply, "objects"), i, object)
    {
        if (is_assessment(object))
            note_begun(a, object);
    }
    json_decref(reply);
    return 0;
}

static enum verdict take_assessment(struct assess *a, json_t *object)
{
    bool before = strcmp(begun_of(object), a->begun) == 0;
    if (!a->taken && before)
        return FOLLOWS;
    if (a->taken != before || !has_text(object, "exercise", exercises[a->exercise].name))
        return REPLACED;
    note_begun(a, object);
    a->taken = true;
    json_decref(a->now);
    a->now = json_incref(object);
    assess_view_take(&a->view, object);
    return has_text(object, "outcome", "running") ? FOLLOWS : ENDED;
}

static enum verdict take_reply(struct assess *a, const json_t *reply)
{
    enum verdict verdict = FOLLOWS;
    json_t *object;
    size_t i;
    if (!has_text(reply, "boot", a->boot))
        return FORGOTTEN;
    a->next = json_integer_value(json_object_get(reply, "next"));
    json_array_foreach(json_object_get(reply, "objects"), i, object)
    {
        a->news_ns = clock_mono_ns();
        if (is_assessment(object))
            verdict = take_assessment(a, object);
        else if (a->taken)
            assess_view_take(&a->view, object);
        if (verdict != FOLLOWS)
            break;
    }
    return verdict;
}

// 0, or 1 with the error told.
static int stop(struct assess *a)
{
    if (a->stop_ns != 0)
        return 0;
    a->stop_ns = clock_mono_ns();
    json_t *reply = send_command(a, "stop");
    json_decref(reply);
    return reply ? 0 : 1;
}

// -1 to go on, else the exit code.
static int take_key(struct assess *a, int key)
{
    if (key < 0 && a->stop_ns != 0)
        return 128 - key; // asked twice: at once
    if (key < 0)
        a->signal = -key;
    if (key < 0 || key == 'q' || ferror(a->view.to))
        return stop(a) == 0 ? -1 : 1;
    if (key != 'n')
        return -1;
    json_t *reply = send_command(a, "next");
    json_decref(reply);
    return reply ? -1 : 1;
}

// -1 to go on, else the exit code: nothing comes any more.
static int watch_silence(struct assess *a, int64_t begin_ns)
{
    int64_t now = clock_mono_ns(), silent = now - (a->taken ? a->news_ns : begin_ns);
    if (a->stop_ns != 0 && now - a->stop_ns > STOP_NS)
        return ctl_fail("poised does not say that it has stopped: does any sensor deliver?");
    if (silent > SILENCE_NS && a->stop_ns == 0)
        assess_view_say(&a->view, a->taken ? "no news from the sensors; see poisectl status"
                                           : "waiting: the daemon did not begin yet; see poisectl status");
    if (silent <= (a->taken ? NO_NEWS_NS : NO_START_NS))
        return -1;
    (void)stop(a);
    return ctl_fail(a->taken ? "nothing has come for %d s: stopped" : "not begun within %d s: does any sensor deliver?",
                    (int)((a->taken ? NO_NEWS_NS : NO_START_NS) / NS_PER_S));
}

static int follow(struct assess *a)
{
    int64_t begin = clock_mono_ns();
    for (;;) {
        json_t *reply = ask_status(a);
        if (!reply)
            return 1;
        enum verdict verdict = take_reply(a, reply);
        json_decref(reply);
        if (verdict == ENDED)
            return a->signal > 0 ? 128 + a->signal : has_text(a->now, "outcome", "done") ? 0 : 1;
        if (verdict == REPLACED)
            return ctl_fail("another assessment has been started: this one is stopped");
        if (verdict == FORGOTTEN)
            return ctl_fail("poised has started anew: begin again");
        int rc = take_key(a, assess_keys_wait(&a->keys, POLL_MS));
        if (rc < 0)
            rc = watch_silence(a, begin);
        if (rc >= 0)
            return rc;
    }
}

static void show_result(struct assess *a, const char *dir)
{
    struct assess_result result;
    assess_view_end(&a->view);
    if (!a->now)
        return;
    assess_result_open(&result, dir, a->now);
    if (!a->ctl->json) {
        assess_result_print(&result, stdout);
    } else {
        json_t *object = assess_result_object(&result);
        if (object)
            (void)ctl_print(object); // ferror() is looked at in the end
    }
    assess_result_close(&result);
}

static int lead(struct assess *a, const char *dir)
{
    assess_view_init(&a->view, a->ctl->json);
    if (note_before(a) != 0)
        return 1;
    if (assess_keys_open(&a->keys, a->view.style == ASSESS_IN_PLACE) != 0)
        return ctl_fail("signals cannot be listened to");
    assess_view_begin(&a->view, &exercises[a->exercise], a->keys.listens);
    json_t *reply = send_command(a, "start");
    json_decref(reply);
    int rc = reply ? follow(a) : 1;
    show_result(a, dir);
    assess_keys_close(&a->keys);
    json_decref(a->now);
    return rc == 0 && ferror(stdout) ? 1 : rc;
}

static int print_json_list(void)
{
    json_t *list = json_array();
    for (int i = 0; i < N_EXERCISES; i++) {
        const struct exercise_info *info = &exercises[i];
        json_t *parts = json_array(), *needs = json_array(), *any = json_array();
        for (int k = 0; k < info->n_parts; k++)
            json_array_append_new(parts,
                                  json_pack("{s:s, s:s}", "name", info->part[k].name, "says", info->part[k].says));
        for (int s = 0; s < N_SITES; s++) {
            if (info->needs & SITE_BIT(s))
                json_array_append_new(needs, json_string(site_names[s]));
            if (info->any & SITE_BIT(s))
                json_array_append_new(any, json_string(site_names[s]));
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "exercise", info->name, "title", info->title,
                                        "why", info->why, "needs", needs, "one_of", any, "parts", parts));
    }
    return ctl_print(list);
}

static int print_list(void)
{
    char shown[48], sites[200], text[600];
    for (int i = 0; i < N_EXERCISES; i++) {
        assess_view_name(i, shown);
        printf("%s\n  ", shown);
        snprintf(text, sizeof text, "%s. %s Needs %s.", exercises[i].title, exercises[i].why,
                 assess_view_sites(&exercises[i], sites));
        cli_wrap(stdout, 2, 2, text);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

// Dashes or underscores. -1: none of them.
static int find_exercise(const char *name, bool lying)
{
    char shown[48];
    for (int i = 0; i < N_EXERCISES; i++) {
        assess_view_name(i, shown);
        if (strcmp(name, shown) == 0 || strcmp(name, exercises[i].name) == 0)
            return lying && i == EXERCISE_THORACIC_ROTATION ? EXERCISE_LYING_ROTATION : i;
    }
    return -1;
}

int ctl_assess(const struct ctl *ctl)
{
    struct assess a = {.ctl = ctl};
    const char *from_environment = getenv("STATE_DIRECTORY"), *dir = ctl->state_dir;
    if (!dir)
        dir = from_environment && from_environment[0] != '\0' ? from_environment : "/var/lib/poise";
    if (ctl->list)
        return ctl->argc > 0 ? ctl_usage("assess", "--list takes no exercise")
                             : (ctl->json ? print_json_list() : print_list());
    if (ctl->argc == 0)
        return ctl_usage("assess", "assess needs an exercise; --list shows them");
    a.exercise = find_exercise(ctl->argv[0], ctl->lying);
    if (a.exercise < 0)
        return ctl_usage("assess", "'%s' is no exercise; --list shows them", ctl->argv[0]);
    if (ctl->lying && a.exercise != EXERCISE_LYING_ROTATION)
        return ctl_usage("assess", "--lying goes with thoracic-rotation");
    return lead(&a, dir);
}
