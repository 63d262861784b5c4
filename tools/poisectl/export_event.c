// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_event.h"

#include <math.h>

static const char *site_name(unsigned site)
{
    return site < N_SITES ? site_names[site] : "";
}

static void device_row(const struct device_event *device, struct export_event *row)
{
    static const char *const names[] = {"waiting", "running", "lost", "dropped"};
    row->event = "device";
    row->site = site_name(device->site);
    row->source = device->source == SOURCE_NONE ? -1 : device->source;
    row->state = names[device->state];
    row->value = device->state == DEVICE_DROPPED ? (double)device->n_dropped : (double)NAN;
    row->error = device->error;
    row->text = device->reason;
}

static void command_row(const struct command *command, struct export_event *row)
{
    static const char *const methods[] = CALIBRATE_METHOD_NAMES;
    static const char *const actions[] = EXERCISE_ACTION_NAMES;
    static const char *const names[] = {[COMMAND_MARK] = "mark",
                                        [COMMAND_SPEED] = "speed",
                                        [COMMAND_CALIBRATE] = "calibrate",
                                        [COMMAND_SESSION] = "session",
                                        [COMMAND_ASSESS] = "assess"};
    row->event = names[command->kind];
    row->text = command->text;
    if (command->kind == COMMAND_SPEED)
        row->value = command->value;
    if (command->kind == COMMAND_CALIBRATE)
        row->state = methods[command->method];
    if (command->kind == COMMAND_ASSESS) {
        row->state = actions[command->action];
        row->text = command->action == ASSESS_START ? exercises[command->exercise].name : "";
    }
    if (command->kind == COMMAND_SESSION)
        row->state = command->session[0] != '\0' ? "start" : "stop";
}

bool export_event_row(const struct log_event *event, struct export_event *row)
{
    *row = (struct export_event){.site = "", .source = -1, .state = "", .value = NAN, .text = ""};
    switch (event->kind) {
    case LOG_SETTINGS:
        row->event = "settings";
        return true;
    case LOG_SOURCE:
        row->event = "source";
        row->site = site_name(event->desc->site);
        row->source = event->source;
        row->text = event->desc->name;
        return true;
    case LOG_DEVICE:
        device_row(event->device, row);
        return true;
    case LOG_COMMAND:
        command_row(event->command, row);
        return true;
    case LOG_CALIBRATION:
        row->event = "calibration";
        return true;
    case LOG_HISTORY:
        row->event = "history";
        return true;
    case LOG_BLOCK:
    case LOG_TICK:
        break;
    }
    return false;
}
