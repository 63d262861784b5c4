// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/record_settings.h"

#define ROW(member) .offset = offsetof(struct record_params, member)

const struct setting record_settings[] = {
    {.key = "dir",
     .type = SETTING_TEXT,
     ROW(dir),
     .size = sizeof((struct record_params *)0)->dir,
     .nullable = true,
     .sentence = "Folder that every run is recorded to, made when its parent is there; null records only on --record"},
    {.key = "rotate_mb",
     .type = SETTING_REAL,
     ROW(rotate_mb),
     .unit = "MB",
     .def = 1024,
     .min = 0,
     .max = 1e6,
     .sentence = "Size at which a recording goes on in another file, at least 0.1; each file can be read alone. 0: by "
                 "time only"},
    {.key = "rotate_min",
     .type = SETTING_REAL,
     ROW(rotate_min),
     .unit = "min",
     .def = 60,
     .min = 0,
     .max = 10080,
     .sentence = "Time after which a recording goes on in another file; 0: by size only"},
    {.key = "keep_gb",
     .type = SETTING_REAL,
     ROW(keep_gb),
     .unit = "GB",
     .def = 20,
     .min = 0,
     .max = 1e6,
     .sentence = "All recordings of this rig in the folder together; above it the oldest files are deleted, never the "
                 "one being written. 0 keeps everything"},
    {.key = "fsync_s",
     .type = SETTING_REAL,
     ROW(fsync_s),
     .unit = "s",
     .def = 5,
     .min = 0,
     .max = 3600,
     .sentence = "How often the disk is made to have what was recorded: so much a power cut costs. Small wears memory "
                 "cards, 0 leaves it to the operating system"},
};
const size_t n_record_settings = sizeof record_settings / sizeof record_settings[0];
