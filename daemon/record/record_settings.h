// SPDX-License-Identifier: GPL-3.0-or-later
// record.*
#ifndef POISE_RECORD_RECORD_SETTINGS_H
#define POISE_RECORD_RECORD_SETTINGS_H

#include "core/setting.h"

#define RECORD_DIR           256
#define RECORD_ROTATE_MIN_MB 0.1 // below, a part would be little more than its head

struct record_params {
    char dir[RECORD_DIR]; // "" records nothing by itself
    double rotate_mb;     // 0: files grow without end
    double rotate_min;    // 0: files last without end
    double keep_gb;       // 0: everything
    double fsync_s;       // 0: when the operating system likes
};
extern const struct setting record_settings[];
extern const size_t n_record_settings;

#endif
