// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/log_head.h"

#include <errno.h>
#include <string.h>

static void take_device(struct log_head *head, const struct device_event *device)
{
    if (device->site >= N_SITES || device->state == DEVICE_DROPPED)
        return;
    int slot = device_slot(device);
    head->device[slot] = *device;
    head->has_device[slot] = true;
    if (slot < MAX_SOURCES)
        head->has_device[MAX_SOURCES + device->site] = false; // it has a source now
}

static void take_command(struct log_head *head, const struct command *command)
{
    switch (command->kind) {
    case COMMAND_MARK:
        head->session.value += head->session.session[0] != '\0';
        break;
    case COMMAND_SPEED:
        head->has_speed = true;
        head->speed = *command;
        break;
    case COMMAND_SESSION:
        head->session = *command;
        break;
    case COMMAND_CALIBRATE:
    case COMMAND_ASSESS:
        break;
    }
}

void log_head_take(struct log_head *head, const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SETTINGS: // another pipeline: what it needs to know follows
        memset(head, 0, sizeof *head);
        head->settings = event->settings;
        break;
    case LOG_CALIBRATION:
        log_head_set_calibration(head, event->calibration);
        break;
    case LOG_HISTORY:
        head->history = event->history;
        break;
    case LOG_SOURCE:
        if (event->source < MAX_SOURCES) {
            head->desc[event->source] = *event->desc;
            head->has_desc[event->source] = true;
        }
        break;
    case LOG_DEVICE:
        take_device(head, event->device);
        break;
    case LOG_COMMAND:
        take_command(head, event->command);
        break;
    case LOG_BLOCK:
    case LOG_TICK:
        break;
    }
}

void log_head_set_calibration(struct log_head *head, const struct calibration *calibration)
{
    head->has_calibration = calibration != NULL;
    if (calibration)
        head->calibration = *calibration;
}

static int put(struct log_writer *writer, int rc, bool there, struct log_event event)
{
    if (rc == 0 && there)
        rc = log_writer_put(writer, &event);
    return rc == -EINVAL ? 0 : rc; // a source that cannot be described has no samples either
}

int log_head_write(const struct log_head *head, struct log_writer *writer)
{
    int rc = put(writer, 0, head->settings != NULL, (struct log_event){LOG_SETTINGS, .settings = head->settings});
    rc = put(writer, rc, head->has_calibration,
             (struct log_event){.kind = LOG_CALIBRATION, .calibration = &head->calibration});
    rc = put(writer, rc, head->history != NULL, (struct log_event){.kind = LOG_HISTORY, .history = head->history});
    rc = put(writer, rc, head->session.session[0] != '\0',
             (struct log_event){.kind = LOG_COMMAND, .command = &head->session});
    rc = put(writer, rc, head->has_speed, (struct log_event){.kind = LOG_COMMAND, .command = &head->speed});
    for (uint16_t i = 0; i < MAX_SOURCES; i++)
        rc = put(writer, rc, head->has_desc[i],
                 (struct log_event){.kind = LOG_SOURCE, .source = i, .desc = &head->desc[i]});
    for (int i = 0; i < DEVICE_SLOTS; i++)
        rc = put(writer, rc, head->has_device[i],
                 (struct log_event){.kind = LOG_DEVICE, .source = head->device[i].source, .device = &head->device[i]});
    return rc;
}
