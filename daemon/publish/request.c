// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/request.h"

#include "core/name.h"
#include "frames/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 4
#define TAKES     3

struct verb {
    const char *name;
    enum request_kind kind;
    enum command_kind command;
    const char *takes[TAKES]; // the keys besides cmd that are taken, up to the first NULL
};

static const struct verb verbs[] = {
    {.name = "ping", .kind = REQUEST_PING},
    {.name = "status", .kind = REQUEST_STATUS},
    {.name = "snapshot", .kind = REQUEST_SNAPSHOT},
    {.name = "meta", .kind = REQUEST_META},
    {.name = "findings", .kind = REQUEST_FINDINGS},
    {.name = "mark", .kind = REQUEST_COMMAND, .command = COMMAND_MARK, .takes = {"text"}},
    {.name = "speed", .kind = REQUEST_COMMAND, .command = COMMAND_SPEED, .takes = {"m_s"}},
    {.name = "calibrate", .kind = REQUEST_COMMAND, .command = COMMAND_CALIBRATE, .takes = {"method"}},
    {.name = "record", .kind = REQUEST_RECORD, .takes = {"action"}},
    {.name = "session", .kind = REQUEST_SESSION, .command = COMMAND_SESSION, .takes = {"action", "subject"}},
    {.name = "assess", .kind = REQUEST_ASSESS, .takes = {"action", "exercise", "after"}},
};
#define N_VERBS (sizeof verbs / sizeof verbs[0])

// What came from outside is shown only as far as it is harmless and short.
static const char *shown(const char *text, char buffer[48])
{
    size_t i = 0;
    for (; text[i] != '\0' && i < 40; i++)
        buffer[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
    snprintf(buffer + i, 48 - i, "%s", text[i] != '\0' ? "..." : "");
    return buffer;
}

// jansson descends recursively: look how deep it would go before it does. Brackets inside strings do not count.
static bool is_shallow(const char *text, size_t n)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        if (in_string) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                in_string = false;
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > DEPTH_MAX)
                return false;
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return true;
}

static int say_known(char error[REQUEST_ERROR], const char *problem)
{
    int n = snprintf(error, REQUEST_ERROR, "%s; known:", problem);
    for (size_t i = 0; i < N_VERBS && n > 0 && n < REQUEST_ERROR; i++)
        n += snprintf(error + n, (size_t)(REQUEST_ERROR - n), " %s", verbs[i].name);
    return -EINVAL;
}

static int find_verb(const struct verb **out, const json_t *object, char error[REQUEST_ERROR])
{
    const char *name = json_string_value(json_object_get(object, "cmd"));
    char buffer[48], problem[96];
    if (!name)
        return say_known(error, "no text under \"cmd\"");
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0) {
            *out = &verbs[i];
            return 0;
        }
    snprintf(problem, sizeof problem, "unknown command '%s'", shown(name, buffer));
    return say_known(error, problem);
}

static bool takes(const struct verb *verb, const char *key)
{
    for (int i = 0; i < TAKES && verb->takes[i]; i++)
        if (strcmp(key, verb->takes[i]) == 0)
            return true;
    return strcmp(key, "cmd") == 0;
}

static int check_keys(const json_t *object, const struct verb *verb, char error[REQUEST_ERROR])
{
    const char *key;
    json_t *value;
    char buffer[48];
    json_object_foreach((json_t *)object, key, value)
    {
        if (takes(verb, key))
            continue;
        int n = snprintf(error, REQUEST_ERROR, "unknown key '%s'; %s takes %s", shown(key, buffer), verb->name,
                         verb->takes[0] ? verb->takes[0] : "none");
        for (int i = 1; i < TAKES && verb->takes[i] && n > 0 && n < REQUEST_ERROR; i++)
            n += snprintf(error + n, (size_t)(REQUEST_ERROR - n), " and %s", verb->takes[i]);
        return -EINVAL;
    }
    return 0;
}

static int take_text(struct command *command, const json_t *value, char error[REQUEST_ERROR])
{
    const char *text = json_string_value(value);
    size_t n = text ? json_string_length(value) : 0;
    bool plain = n > 0 && n < COMMAND_TEXT;
    for (size_t i = 0; plain && i < n; i++)
        plain = (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
    if (!plain) {
        snprintf(error, REQUEST_ERROR, "mark: text must be a string of 1 to %d bytes without control characters",
                 COMMAND_TEXT - 1);
        return -EINVAL;
    }
    memcpy(command->text, text, n + 1);
    return 0;
}

static int take_speed(struct command *command, const json_t *value, char error[REQUEST_ERROR])
{
    command->value = json_number_value(value);
    if (json_is_number(value) && command->value >= 0 && command->value <= SPEED_MAX_M_S)
        return 0;
    snprintf(error, REQUEST_ERROR, "speed: m_s must be a number from 0 to %g", SPEED_MAX_M_S);
    return -EINVAL;
}

// Without a method the quiet stand alone is taken.
static int take_method(struct command *command, const json_t *value, char error[REQUEST_ERROR])
{
    static const char *const names[] = CALIBRATE_METHOD_NAMES;
    const char *name = json_string_value(value);
    command->method = CALIBRATE_STAND;
    if (!value)
        return 0;
    for (int i = 0; name && i < N_CALIBRATE_METHODS; i++)
        if (strcmp(names[i], name) == 0) {
            command->method = (enum calibrate_method)i;
            return 0;
        }
    int n = snprintf(error, REQUEST_ERROR, "calibrate: method must be one of");
    for (int i = 0; i < N_CALIBRATE_METHODS && n > 0 && n < REQUEST_ERROR; i++)
        n += snprintf(error + n, (size_t)(REQUEST_ERROR - n), " %s", names[i]);
    return -EINVAL;
}

static int take_argument(struct command *command, const json_t *value, char error[REQUEST_ERROR])
{
    switch (command->kind) {
    case COMMAND_MARK:
        return take_text(command, value, error);
    case COMMAND_SPEED:
        return take_speed(command, value, error);
    case COMMAND_CALIBRATE:
        return take_method(command, value, error);
    case COMMAND_SESSION:
    case COMMAND_ASSESS:
        break;
    }
    return -EINVAL;
}

static int take_action(struct request *out, const struct verb *verb, const json_t *value, char error[REQUEST_ERROR])
{
    static const char *const names[] = {[ACTION_START] = "start", [ACTION_STOP] = "stop", [ACTION_STATUS] = "status"};
    const char *name = json_string_value(value);
    for (int i = 0; name && i <= ACTION_STATUS; i++)
        if (strcmp(names[i], name) == 0) {
            out->action = (enum request_action)i;
            return 0;
        }
    snprintf(error, REQUEST_ERROR, "%s: action must be start, stop or status", verb->name);
    return -EINVAL;
}

static int take_subject(struct request *out, const json_t *value, char error[REQUEST_ERROR])
{
    const char *name = json_string_value(value);
    if (!value)
        return 0;
    if (out->action != ACTION_START) {
        snprintf(error, REQUEST_ERROR, "session: subject goes with action start");
        return -EINVAL;
    }
    if (!name || strlen(name) != json_string_length(value) || strlen(name) >= SESSION_SUBJECT || !name_is_plain(name)) {
        snprintf(error, REQUEST_ERROR, "session: subject must be 1 to %d of " PLAIN_NAME_ALLOWED, SESSION_SUBJECT - 1);
        return -EINVAL;
    }
    memcpy(out->command.text, name, strlen(name) + 1);
    return 0;
}

// -1: none, said in error.
static int take_exercise(const json_t *value, char error[REQUEST_ERROR])
{
    const char *name = json_string_value(value);
    for (int i = 0; name && i < N_EXERCISES; i++)
        if (strcmp(exercises[i].name, name) == 0)
            return i;
    int n = snprintf(error, REQUEST_ERROR, "assess: exercise must be one of");
    for (int i = 0; i < N_EXERCISES && n > 0 && n < REQUEST_ERROR; i++)
        n += snprintf(error + n, (size_t)(REQUEST_ERROR - n), " %s", exercises[i].name);
    return -1;
}

static int take_after(struct request *out, const json_t *value, char error[REQUEST_ERROR])
{
    if (value && (!json_is_integer(value) || json_integer_value(value) < 0)) {
        snprintf(error, REQUEST_ERROR, "assess: after must be an integer from 0");
        return -EINVAL;
    }
    out->after = value ? (uint64_t)json_integer_value(value) : 0;
    return 0;
}

// A command for the pipeline, or what has been published about it.
static int take_assess(struct request *out, const json_t *object, char error[REQUEST_ERROR])
{
    static const char *const names[] = EXERCISE_ACTION_NAMES;
    const char *action = json_string_value(json_object_get(object, "action"));
    const json_t *exercise = json_object_get(object, "exercise"), *after = json_object_get(object, "after");
    bool status = action && strcmp(action, "status") == 0;
    int i = 0;
    while (action && i < N_EXERCISE_ACTIONS && strcmp(names[i], action) != 0)
        i++;
    if (!status && (!action || i == N_EXERCISE_ACTIONS)) {
        snprintf(error, REQUEST_ERROR, "assess: action must be start, next, stop or status");
        return -EINVAL;
    }
    if (exercise && (status || i != ASSESS_START)) {
        snprintf(error, REQUEST_ERROR, "assess: exercise goes with action start");
        return -EINVAL;
    }
    if (after && !status) {
        snprintf(error, REQUEST_ERROR, "assess: after goes with action status");
        return -EINVAL;
    }
    if (status)
        return take_after(out, after, error);
    out->kind = REQUEST_COMMAND;
    out->command.kind = COMMAND_ASSESS;
    out->command.action = (enum exercise_action)i;
    if (i == ASSESS_START && (out->command.exercise = take_exercise(exercise, error)) < 0)
        return -EINVAL;
    return 0;
}

static int interpret(struct request *out, const json_t *object, char error[REQUEST_ERROR])
{
    const struct verb *verb = NULL;
    if (!json_is_object(object)) {
        snprintf(error, REQUEST_ERROR, "a request is a JSON object, {\"cmd\": ...}");
        return -EINVAL;
    }
    int rc = find_verb(&verb, object, error);
    if (rc == 0)
        rc = check_keys(object, verb, error);
    if (rc != 0)
        return rc;
    out->kind = verb->kind;
    out->command.kind = verb->command;
    const json_t *argument = verb->takes[0] ? json_object_get(object, verb->takes[0]) : NULL;
    if (verb->kind == REQUEST_ASSESS)
        return take_assess(out, object, error);
    if (verb->kind == REQUEST_COMMAND)
        return take_argument(&out->command, argument, error);
    if (verb->kind == REQUEST_RECORD || verb->kind == REQUEST_SESSION)
        rc = take_action(out, verb, argument, error);
    if (rc == 0 && verb->takes[1])
        rc = take_subject(out, json_object_get(object, verb->takes[1]), error);
    return rc;
}

int request_parse(struct request *out, const char *text, size_t n, char error[REQUEST_ERROR])
{
    json_error_t where;
    memset(out, 0, sizeof *out);
    if (n > REQUEST_MAX) {
        snprintf(error, REQUEST_ERROR, "a request has at most %d bytes", REQUEST_MAX);
        return -EINVAL;
    }
    if (!is_shallow(text, n)) {
        snprintf(error, REQUEST_ERROR, "nested too deeply");
        return -EINVAL;
    }
    json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!object) {
        snprintf(error, REQUEST_ERROR, "not JSON: line %d, column %d", where.line, where.column);
        return -EINVAL;
    }
    int rc = interpret(out, object, error);
    json_decref(object);
    return rc;
}
