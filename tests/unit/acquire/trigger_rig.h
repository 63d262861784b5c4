// SPDX-License-Identifier: GPL-3.0-or-later
// A folder laid out like /sys/bus/iio/devices and /sys/kernel/config, with a thread in the kernel's part: it lets a
// trigger appear when its folder is made below iio/triggers/hrtimer, and vanish when that is removed.
#ifndef POISE_TEST_TRIGGER_RIG_H
#define POISE_TEST_TRIGGER_RIG_H

#include "acquire/trigger.h"

#include <pthread.h>
#include <stdatomic.h>

struct trigger_rig {
    char root[64], devices[96], configfs[96], mounts[96];
    struct trigger_places places;
    pthread_t kernel;
    atomic_bool stopping;
};

void rig_begin(struct trigger_rig *rig, bool hrtimer_loaded);
void rig_end(struct trigger_rig *rig); // removes everything
// devices/item, on the bus below parent, with this name; label may be NULL.
void rig_device(const struct trigger_rig *rig, const char *item, const char *parent, const char *name,
                const char *label);
void rig_trigger(const struct trigger_rig *rig, const char *item, const char *parent, const char *name);
void rig_write(const struct trigger_rig *rig, const char *item, const char *file, const char *text);
// What is in the file, "-" when there is none; valid until the next call.
const char *rig_read(const struct trigger_rig *rig, const char *item, const char *file);
int rig_count_hrtimers(const struct trigger_rig *rig);
// Until the kernel's part has followed what was removed, at most 5 s.
bool rig_wait_gone(const struct trigger_rig *rig, const char *trigger_name);

#endif
