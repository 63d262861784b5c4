// SPDX-License-Identifier: GPL-3.0-or-later
// A log event that is no sample as a row of a table, the same in every format, and the numbers of tables as text.
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

#define EXPORT_NUMBER 40
// "123.0000001": nanoseconds as seconds to 100 ns, exactly.
const char *export_seconds(int64_t ns, char text[EXPORT_NUMBER]);
// The shortest text that reads back to the same double; "" for what is not finite.
const char *export_number(double value, char text[EXPORT_NUMBER]);
// RFC 3339 to the microsecond; "" when t or offset is not known.
const char *export_utc(int64_t t_ns, int64_t offset_ns, char text[EXPORT_NUMBER]);

#endif
