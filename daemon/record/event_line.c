// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/uuid.h"
#include "frames/site.h"
#include "record/calibration_text.h"
#include "record/history_text.h"
#include "record/json_parts.h"
#include "record/log_format.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {
    [DEVICE_WAITING] = "waiting", [DEVICE_RUNNING] = "running", [DEVICE_LOST] = "lost", [DEVICE_DROPPED] = "dropped"};
static const char *const command_names[] = {[COMMAND_MARK] = "mark",
                                            [COMMAND_SPEED] = "speed",
                                            [COMMAND_CALIBRATE] = "calibrate",
                                            [COMMAND_SESSION] = "session",
                                            [COMMAND_ASSESS] = "assess"};
static const char *const method_names[] = CALIBRATE_METHOD_NAMES;
static const char *const action_names[] = EXERCISE_ACTION_NAMES;
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static json_t *device_object(const struct device_event *device)
{
    json_t *source = device->source == SOURCE_NONE ? json_null() : json_integer(device->source);
    json_t *site = device->site < N_SITES ? json_string(site_names[device->site]) : json_integer(device->site);
    return json_pack("{s:s, s:o, s:o, s:s, s:I, s:i, s:o}", "event", "device", "source", source, "site", site, "state",
                     state_names[device->state], "dropped", (json_int_t)device->n_dropped, "error", (int)device->error,
                     "reason", json_of_text(device->reason));
}

static json_t *command_object(const struct command *command)
{
    json_t *object = json_pack("{s:s, s:s, s:o, s:o}", "event", "command", "command", command_names[command->kind],
                               "value", json_of_real(command->value), "text", json_of_text(command->text));
    if (command->kind == COMMAND_CALIBRATE && (unsigned)command->method < N_CALIBRATE_METHODS)
        json_object_set_new(object, "method", json_string(method_names[command->method]));
    if (command->kind == COMMAND_ASSESS) {
        json_object_set_new(object, "action", json_string(action_names[command->action]));
        if (command->action == ASSESS_START)
            json_object_set_new(object, "exercise", json_string(exercises[command->exercise].name));
    }
    if (command->kind == COMMAND_SESSION)
        json_object_set_new(object, "session", command->session[0] ? json_of_text(command->session) : json_null());
    return object;
}

// An event that is all of another object; takes it, NULL too.
static json_t *named(const char *name, json_t *what)
{
    json_t *object = json_pack("{s:s}", "event", name);
    int rc = object && what ? json_object_update(object, what) : -1;
    json_decref(what);
    if (rc == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *object_of(const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SETTINGS:
        return json_pack("{s:s, s:o}", "event", "settings", "text", json_of_text(event->settings));
    case LOG_SOURCE:
        return json_pack("{s:s, s:i}", "event", "source", "slot", (int)event->source);
    case LOG_TICK: // ten a second: kept short
        if (event->tick.utc_ns == UTC_UNKNOWN_NS)
            return json_pack("{s:I}", "tick", (json_int_t)event->tick.mono_ns);
        return json_pack("{s:I, s:I}", "tick", (json_int_t)event->tick.mono_ns, "utc", (json_int_t)event->tick.utc_ns);
    case LOG_DEVICE:
        return device_object(event->device);
    case LOG_COMMAND:
        return command_object(event->command);
    case LOG_CALIBRATION:
        return named("calibration", calibration_object(event->calibration));
    case LOG_HISTORY:
        return named("history", history_object(event->history));
    case LOG_BLOCK:
        break;
    }
    return NULL;
}

static char *dump(json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return line;
}

char *event_line_format(const struct log_event *event)
{
    return dump(object_of(event));
}

char *event_line_format_hole(unsigned long long n_lost)
{
    return dump(json_pack("{s:s, s:I}", "event", "hole", "lost", (json_int_t)n_lost));
}

char *event_line_format_part(const struct log_part *part)
{
    return dump(json_pack("{s:s, s:s, s:I, s:b}", "event", "part", "recording", part->recording, "number",
                          (json_int_t)part->number, "head", (int)part->has_head));
}

char *event_line_format_head(void)
{
    return dump(json_pack("{s:s}", "event", "head"));
}

static int index_of(const char *const *names, int n, const json_t *value)
{
    const char *name = json_string_value(value);
    for (int i = 0; name && i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

static void copy_text(char *to, size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    strncpy(to, text ? text : "", size - 1);
    to[size - 1] = '\0';
}

static int parse_settings(const json_t *object, struct log_event *event, struct event_store *store)
{
    const char *text = json_string_value(json_object_get(object, "text"));
    if (!text)
        return -EBADMSG;
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    free(store->settings);
    store->settings = copy;
    event->kind = LOG_SETTINGS;
    event->settings = copy;
    return 0;
}

static int parse_device(const json_t *object, struct log_event *event, struct event_store *store)
{
    struct device_event *device = &store->device;
    memset(device, 0, sizeof *device);
    const json_t *source = json_object_get(object, "source");
    const json_t *site = json_object_get(object, "site");
    int state = index_of(state_names, COUNT(state_names), json_object_get(object, "state"));
    json_int_t slot = json_is_integer(source) ? json_integer_value(source) : SOURCE_NONE;
    json_int_t place = json_is_string(site) ? site_from_name(json_string_value(site)) : json_integer_value(site);
    json_int_t dropped = json_integer_value(json_object_get(object, "dropped"));
    json_int_t error = json_integer_value(json_object_get(object, "error"));
    if (state < 0 || place < 0 || place > UINT16_MAX || dropped < 0 || dropped > UINT32_MAX || error < INT32_MIN ||
        error > INT32_MAX || slot < 0 || (slot >= MAX_SOURCES && slot != SOURCE_NONE))
        return -EBADMSG;
    device->source = (uint16_t)slot;
    device->site = (uint16_t)place;
    device->state = (enum device_state)state;
    device->n_dropped = (uint32_t)dropped;
    device->error = (int32_t)error;
    copy_text(device->reason, sizeof device->reason, json_object_get(object, "reason"));
    event->kind = LOG_DEVICE;
    event->device = device;
    return 0;
}

static int parse_assess(const json_t *object, struct command *command)
{
    int action = index_of(action_names, N_EXERCISE_ACTIONS, json_object_get(object, "action"));
    if (action < 0)
        return -EBADMSG;
    command->action = (enum exercise_action)action;
    if (action != ASSESS_START)
        return 0;
    const char *name = json_string_value(json_object_get(object, "exercise"));
    for (command->exercise = 0; command->exercise < N_EXERCISES; command->exercise++)
        if (name && strcmp(name, exercises[command->exercise].name) == 0)
            return 0;
    return -EBADMSG;
}

static int parse_command(const json_t *object, struct log_event *event, struct event_store *store)
{
    struct command *command = &store->command;
    memset(command, 0, sizeof *command);
    int kind = index_of(command_names, COUNT(command_names), json_object_get(object, "command"));
    if (kind < 0)
        return -EBADMSG;
    command->kind = (enum command_kind)kind;
    int method = index_of(method_names, N_CALIBRATE_METHODS, json_object_get(object, "method"));
    if (command->kind == COMMAND_CALIBRATE && method >= 0) // recordings from before there were methods: a stand
        command->method = (enum calibrate_method)method;
    const json_t *value = json_object_get(object, "value");
    command->value = json_is_number(value) ? json_number_value(value) : NAN;
    copy_text(command->text, sizeof command->text, json_object_get(object, "text"));
    if (command->kind == COMMAND_SESSION)
        copy_text(command->session, sizeof command->session, json_object_get(object, "session"));
    if (command->session[0] != '\0' && !uuid_is_text(command->session))
        return -EBADMSG;
    event->kind = LOG_COMMAND;
    event->command = command;
    return command->kind == COMMAND_ASSESS ? parse_assess(object, command) : 0;
}

static int parse_calibration(const json_t *object, struct log_event *event, struct event_store *store)
{
    char why[160];
    if (calibration_read(&store->calibration, object, NULL, why, sizeof why) != 0)
        return -EBADMSG;
    event->kind = LOG_CALIBRATION;
    event->calibration = &store->calibration;
    return 0;
}

static int parse_history(const json_t *object, struct log_event *event, struct event_store *store)
{
    static const char *const besides[] = {"event", NULL};
    char why[160];
    if (history_read(&store->history, object, besides, why, sizeof why) != 0)
        return -EBADMSG;
    event->kind = LOG_HISTORY;
    event->history = &store->history;
    return 0;
}

static int parse_part(const json_t *object, struct line *line)
{
    json_int_t number = json_integer_value(json_object_get(object, "number"));
    line->kind = LINE_PART;
    copy_text(line->part.recording, sizeof line->part.recording, json_object_get(object, "recording"));
    line->part.number = (uint32_t)number;
    line->part.has_head = json_is_true(json_object_get(object, "head"));
    return uuid_is_text(line->part.recording) && number > 0 && number <= UINT32_MAX ? 0 : -EBADMSG;
}

static int parse_named(const json_t *object, struct line *line, struct log_event *event, struct event_store *store)
{
    const char *name = json_string_value(json_object_get(object, "event"));
    if (!name)
        return -EBADMSG;
    if (strcmp(name, "settings") == 0)
        return parse_settings(object, event, store);
    if (strcmp(name, "device") == 0)
        return parse_device(object, event, store);
    if (strcmp(name, "command") == 0)
        return parse_command(object, event, store);
    if (strcmp(name, "calibration") == 0)
        return parse_calibration(object, event, store);
    if (strcmp(name, "history") == 0)
        return parse_history(object, event, store);
    if (strcmp(name, "source") == 0) {
        json_int_t slot = json_integer_value(json_object_get(object, "slot"));
        line->kind = LINE_SOURCE_AGAIN;
        line->slot = (uint16_t)slot;
        return slot >= 0 && slot < MAX_SOURCES ? 0 : -EBADMSG;
    }
    if (strcmp(name, "part") == 0)
        return parse_part(object, line);
    if (strcmp(name, "head") == 0) {
        line->kind = LINE_HEAD;
        return 0;
    }
    if (strcmp(name, "hole") == 0) {
        line->kind = LINE_HOLE;
        line->lost = (unsigned long long)json_integer_value(json_object_get(object, "lost"));
        return 0;
    }
    return -EBADMSG;
}

int event_line_parse(const char *text, struct line *line, struct log_event *event, struct event_store *store)
{
    *line = (struct line){.kind = LINE_EVENT};
    memset(event, 0, sizeof *event);
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!object)
        return -EBADMSG;
    const json_t *tick = json_object_get(object, "tick");
    int rc = 0;
    if (json_is_integer(tick)) {
        const json_t *utc = json_object_get(object, "utc");
        event->kind = LOG_TICK;
        event->tick.mono_ns = json_integer_value(tick);
        event->tick.utc_ns = json_is_integer(utc) ? json_integer_value(utc) : UTC_UNKNOWN_NS;
    } else {
        rc = parse_named(object, line, event, store);
    }
    json_decref(object);
    return rc;
}
