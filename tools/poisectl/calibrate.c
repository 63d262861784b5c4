// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl calibrate: sends the command, follows how it goes until it has ended, and shows what was found. It asks for
// the last object of stream `calibration` over the control socket: a state, so that none can be missed, and there even
// when nothing is published on ipc.
#include "calibrate_view.h"
#include "client.h"
#include "core/clock.h"
#include "ctl.h"
#include "frames/calibration.h"
#include "line.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_NS    (NS_PER_S / 8) // twice as often as the daemon speaks
#define PATIENCE_S 180
#define SILENCE_NS (2 * NS_PER_S)

enum verdict { NOT_TAKEN, RUNNING, DONE, FAILED, CANCELLED, REPLACED, FORGOTTEN };

struct calibrate {
    const struct ctl *ctl;
    const char *method;
    sigset_t signals;    // blocked, and fetched while waiting: none can interrupt a request
    json_int_t commands; // taken by the daemon before ours
    bool taken;
    char boot[37];
    struct calibrate_view view;
};

static const char *const method_names[] = CALIBRATE_METHOD_NAMES;

static const char *const begins[N_CALIBRATE_METHODS] = {
    [CALIBRATE_STAND] = "calibration begins: stand upright and still for three seconds",
    [CALIBRATE_BOWS] = "calibration begins: stand upright and still for three seconds, then bow forward three times",
    [CALIBRATE_GAIT] = "calibration begins: stand upright and still for three seconds, then walk or run",
    [CALIBRATE_TALL] = "calibration begins: stand as tall as you can for three seconds",
    [CALIBRATE_CANCEL] = "cancelled: the calibration in force stays",
};

static json_t *send_command(const struct calibrate *c, const char *method)
{
    return client_ask(c->ctl, json_pack("{s:s, s:s}", "cmd", "calibrate", "method", method));
}

static const json_t *object_of(const json_t *reply, const char *stream)
{
    return json_object_get(json_object_get(reply, "snapshot"), stream);
}

static void note_boot(char boot[37], const json_t *reply)
{
    const char *text = json_string_value(json_object_get(object_of(reply, "meta"), "boot"));
    snprintf(boot, 37, "%s", text ? text : "");
}

// What the daemon has done so far, so that an old outcome is not taken for ours. 0, or 1 with the error printed.
static int note_before(struct calibrate *c)
{
    json_t *reply = client_ask(c->ctl, json_pack("{s:s}", "cmd", "snapshot"));
    if (!reply)
        return 1;
    c->commands = json_integer_value(json_object_get(object_of(reply, "calibration"), "commands"));
    note_boot(c->boot, reply);
    json_decref(reply);
    return 0;
}

// SIGINT and the like are left alone where whoever started us ignores them, as nohup does.
static void block_signals(struct calibrate *c)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    sigemptyset(&c->signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&c->signals, numbers[i]);
    sigprocmask(SIG_BLOCK, &c->signals, NULL);
}

static enum verdict verdict_of(const char *outcome)
{
    if (outcome && strcmp(outcome, "done") == 0)
        return DONE;
    if (outcome && strcmp(outcome, "failed") == 0)
        return FAILED;
    return outcome && strcmp(outcome, "cancelled") == 0 ? CANCELLED : RUNNING;
}

static enum verdict judge(struct calibrate *c, const json_t *reply)
{
    const json_t *object = object_of(reply, "calibration");
    const char *method = json_string_value(json_object_get(object, "method"));
    char boot[37];
    note_boot(boot, reply);
    json_int_t commands = json_integer_value(json_object_get(object, "commands"));
    if (strcmp(boot, c->boot) != 0 || (c->taken && commands <= c->commands))
        return FORGOTTEN; // another daemon, or another pipeline after a reload
    if (commands <= c->commands)
        return NOT_TAKEN;
    c->taken = true;
    if (method && strcmp(method, "cancel") == 0)
        return CANCELLED;
    return method && strcmp(method, c->method) != 0 ? REPLACED
                                                    : verdict_of(json_string_value(json_object_get(object, "outcome")));
}

static bool any_runs(const json_t *reply)
{
    const char *site;
    json_t *value;
    json_object_foreach(json_object_get(object_of(reply, "status"), "sites"), site, value)
    {
        const char *state = json_string_value(json_object_get(value, "state"));
        if (state && strcmp(state, "running") == 0)
            return true;
    }
    return false;
}

static int say_failed(const json_t *object)
{
    char hint[200];
    return ctl_fail("calibration failed: %s", line_text(object, "hint", hint, sizeof hint));
}

// Shows what reply says. -1 to go on, else the exit code.
static int take_reply(struct calibrate *c, const json_t *reply, int64_t waited_ns)
{
    const json_t *object = object_of(reply, "calibration");
    enum verdict verdict = judge(c, reply);
    if (verdict == NOT_TAKEN && waited_ns > SILENCE_NS)
        calibrate_view_wait(&c->view, any_runs(reply) ? "waiting for the daemon to take the command"
                                                      : "waiting: no sensor delivers; see poisectl status");
    if (verdict != NOT_TAKEN && verdict != FORGOTTEN && verdict != REPLACED)
        calibrate_view_show(&c->view, object);
    switch (verdict) {
    case NOT_TAKEN:
    case RUNNING:
        return -1;
    case DONE:
        calibrate_view_result(&c->view, object, strcmp(c->method, "tall") == 0);
        return ferror(stdout) ? 1 : 0;
    case FAILED:
        return say_failed(object);
    case CANCELLED:
        return ctl_fail("cancelled by another command: the calibration in force stays");
    case REPLACED:
        return ctl_fail("another calibrate command has replaced this one");
    case FORGOTTEN:
        return ctl_fail("poised has started anew or loaded its configuration: give the command again");
    }
    return 1;
}

static int give_up(const struct calibrate *c)
{
    json_decref(send_command(c, "cancel"));
    return ctl_fail("not finished within %g s%s; cancelled, the calibration in force stays", c->ctl->seconds,
                    c->taken ? "" : ": the daemon did not begin, does any sensor deliver?");
}

static int interrupted(const struct calibrate *c, int number)
{
    json_decref(send_command(c, "cancel"));
    ctl_fail("cancelled: the calibration in force stays");
    return 128 + number;
}

static int follow(struct calibrate *c)
{
    const struct timespec pause = {.tv_nsec = POLL_NS};
    int64_t begin = clock_mono_ns();
    for (;;) {
        json_t *reply = client_ask(c->ctl, json_pack("{s:s}", "cmd", "snapshot"));
        if (!reply)
            return 1;
        int64_t waited = clock_mono_ns() - begin;
        int rc = take_reply(c, reply, waited);
        json_decref(reply);
        if (rc >= 0)
            return rc;
        if ((double)waited > c->ctl->seconds * 1e9)
            return give_up(c);
        int number = sigtimedwait(&c->signals, NULL, &pause);
        if (number > 0)
            return interrupted(c, number);
    }
}

static int only_send(const struct calibrate *c, const char *says)
{
    json_t *reply = send_command(c, c->method);
    if (!reply)
        return 1;
    if (c->ctl->json) {
        json_dumpf(reply, stdout, JSON_ENSURE_ASCII | JSON_COMPACT);
        putchar('\n');
    } else {
        puts(says);
    }
    json_decref(reply);
    return fflush(stdout) == 0 ? 0 : 1;
}

int ctl_calibrate(const struct ctl *ctl)
{
    struct ctl with_limit = *ctl;
    struct calibrate c = {.ctl = &with_limit};
    int method = ctl->method >= 0 ? ctl->method : CALIBRATE_BOWS;
    if (ctl->seconds <= 0)
        with_limit.seconds = PATIENCE_S;
    c.method = method_names[method];
    if (ctl->no_wait || method == CALIBRATE_CANCEL)
        return only_send(&c, begins[method]);
    block_signals(&c);
    calibrate_view_init(&c.view, ctl->json);
    if (note_before(&c) != 0)
        return 1;
    json_t *reply = send_command(&c, c.method);
    if (!reply)
        return 1;
    json_decref(reply);
    return follow(&c);
}
