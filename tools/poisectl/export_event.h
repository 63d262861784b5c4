// SPDX-License-Identifier: GPL-3.0-or-later
// A log event that is no sample as a row of a table, the same in every format.
#ifndef POISE_POISECTL_EXPORT_EVENT_H
#define POISE_POISECTL_EXPORT_EVENT_H

#include "frames/log_event.h"

#include <stdbool.h>

struct export_event {
    const char *event; // settings, source, device, mark, speed, calibrate, calibration
    const char *site;  // "" for none
    int source;        // slot, -1: none
    const char *state; // of a device: waiting, running, lost, dropped; of calibrate: its method; else ""
    double value;      // of speed m/s, of dropped samples their number; NaN: none
    int error;         // negative errno, 0: none
    const char *text;  // what a marker says, a device's reason, a source's device name; "" for none
};

// False: a sample or a tick, which are no rows. Pointers are valid as long as the event's.
bool export_event_row(const struct log_event *event, struct export_event *row);

#endif
