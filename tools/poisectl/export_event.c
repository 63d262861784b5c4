// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_event.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
    static const char *const names[] = {
        [COMMAND_MARK] = "mark", [COMMAND_SPEED] = "speed", [COMMAND_CALIBRATE] = "calibrate"};
    row->event = names[command->kind];
    row->text = command->text;
    if (command->kind == COMMAND_SPEED)
        row->value = command->value;
    if (command->kind == COMMAND_CALIBRATE)
        row->state = methods[command->method];
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
    case LOG_BLOCK:
    case LOG_TICK:
        break;
    }
    return false;
}

const char *export_seconds(int64_t ns, char text[EXPORT_NUMBER])
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t steps = (size + 50) / 100;
    snprintf(text, EXPORT_NUMBER, "%s%" PRIu64 ".%07" PRIu64, ns < 0 ? "-" : "", steps / 10000000, steps % 10000000);
    return text;
}

const char *export_number(double value, char text[EXPORT_NUMBER])
{
    text[0] = '\0';
    if (!isfinite(value))
        return text;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, EXPORT_NUMBER, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            break;
    }
    return text;
}

const char *export_utc(int64_t t_ns, int64_t offset_ns, char text[EXPORT_NUMBER])
{
    int64_t utc_ns;
    struct tm tm;
    text[0] = '\0';
    if (offset_ns == UTC_UNKNOWN_NS || t_ns == INT64_MIN || __builtin_add_overflow(t_ns, offset_ns, &utc_ns))
        return text;
    time_t s = (time_t)(utc_ns / 1000000000 - (utc_ns % 1000000000 < 0));
    int64_t us = (utc_ns - (int64_t)s * 1000000000) / 1000;
    if (!gmtime_r(&s, &tm))
        return text;
    size_t n = strftime(text, EXPORT_NUMBER, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + n, EXPORT_NUMBER - n, ".%06" PRId64 "Z", us);
    return text;
}
