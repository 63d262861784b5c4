// SPDX-License-Identifier: GPL-3.0-or-later
// Which trigger clocks a device of this machine. One home hands triggers out to all readers of a daemon, so that no
// two of them make the same one, and takes them back at the end. Plain files of sysfs and configfs, no libiio.
//
// Order of preference: the one the configuration names; the one that is set already; none for a chip whose FIFO needs
// none; the chip's own data-ready trigger; an hrtimer trigger poise-N, which the home makes through configfs. What an
// earlier run left is used again.
//
// No trigger is given to more devices than the kernel is built for (CONFIG_IIO_CONSUMERS_PER_TRIGGER, 2 everywhere we
// looked). A third one would not only get no samples: each try to start it makes Linux 6.1 give back a reference to the
// driver that it never took, until no device of this driver opens any more (ENXIO) before a restart of the board.
//
// Any thread, under the home's lock; a made trigger may take up to a second until udev gave us the right to set it.
#ifndef POISE_ACQUIRE_TRIGGER_H
#define POISE_ACQUIRE_TRIGGER_H

#include "acquire/sysfs.h"
#include "frames/log_event.h"

struct trigger_places {
    const char *devices;  // where IIO devices and triggers are, SYSFS_IIO
    const char *configfs; // below it iio/triggers/hrtimer
    const char *mounts;   // the list of mounts, to tell what is missing
    const char *kernel;   // how the kernel was built, "CONFIG_…=…"; need not exist
};

struct trigger_wish {
    const char *device; // "iio:device0"
    const char *name;   // "": choose
    bool keep;          // do not choose: what is set stays, and none is none
    int rate_hz;
};

struct trigger_got {
    char name[SYSFS_TEXT];     // "" when the device needs none
    double clock_hz;           // what the trigger runs at; NaN when the chip is its own clock
    bool made;                 // poise-N, made for this device
    char note[REASON_MAX / 2]; // what the trigger refused, or ""
};

struct trigger_home;

// places NULL: the kernel's.
__attribute__((warn_unused_result)) int trigger_home_create(struct trigger_home **out,
                                                            const struct trigger_places *places);
// Takes its triggers off the devices, whose buffers must be closed, and removes them. Accepts NULL.
void trigger_home_destroy(struct trigger_home *home);

// Before the device's buffer starts. 0, and the device counts as one of its trigger's until it is released; or negative
// errno and the sentence that says what to do.
__attribute__((warn_unused_result)) int trigger_assign(struct trigger_home *home, const struct trigger_wish *wish,
                                                       struct trigger_got *got, char reason[REASON_MAX]);

void trigger_release(struct trigger_home *home, const char *device); // after its buffer was closed

// Why a device may get no samples: a sentence instead of the one in reason when its trigger explains it.
void trigger_explain(struct trigger_home *home, const char *device, char reason[REASON_MAX]);

#endif
