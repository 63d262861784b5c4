// SPDX-License-Identifier: GPL-3.0-or-later
// Small files of the kernel below a root folder that the caller names, so that tests run on a tree of their own.
// No libiio: what it shows is a snapshot, and triggers come and go. Prepare only: opens and closes a file per call,
// allocates nothing.
#ifndef POISE_ACQUIRE_SYSFS_H
#define POISE_ACQUIRE_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#define SYSFS_IIO  "/sys/bus/iio/devices"
#define SYSFS_TEXT 64 // a name or a number

// The first line of root/item/attribute, cut to size. 0, or negative errno with text empty.
__attribute__((warn_unused_result)) int sysfs_read(const char *root, const char *item, const char *attribute,
                                                   char *text, size_t size);
// The number in it, NaN when there is none.
double sysfs_number(const char *root, const char *item, const char *attribute);
__attribute__((warn_unused_result)) int sysfs_write(const char *root, const char *item, const char *attribute,
                                                    const char *text);
bool sysfs_exists(const char *root, const char *item, const char *attribute);
// What root/item hangs on: "1-0068" (I2C bus 1, address 0x68), "spi0.1". Empty when it cannot be told.
void sysfs_parent(const char *root, const char *item, char parent[SYSFS_TEXT]);

#endif
