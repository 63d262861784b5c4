// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of the folders of reference data: which columns are which sensor, and how it was mounted.
#ifndef POISE_POISECTL_IMPORT_PRESETS_H
#define POISE_POISECTL_IMPORT_PRESETS_H

#define PRESET_MAX_MAPS 12

struct import_preset {
    const char *name;                      // of the folder
    double rate_hz;                        // as its README says
    const char *maps[PRESET_MAX_MAPS + 1]; // as for --map
    const char *note;                      // about the axes
};

extern const struct import_preset import_presets[]; // ends with a NULL name

const struct import_preset *import_preset_named(const char *name); // NULL: none

#endif
