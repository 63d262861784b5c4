// SPDX-License-Identifier: GPL-3.0-or-later
// What the folder of IIO devices says of triggers and who uses them; root is SYSFS_IIO or a tree of a test. An item is
// a name in it: "iio:device0", "trigger3". Prepare only.
#ifndef POISE_ACQUIRE_TRIGGER_TREE_H
#define POISE_ACQUIRE_TRIGGER_TREE_H

#include "acquire/sysfs.h"

// The item of the trigger of this name; false: there is none, and item is empty.
bool tree_find_trigger(const char *root, const char *name, char item[SYSFS_TEXT]);
// The names of all triggers, ", " between them.
void tree_list_triggers(const char *root, char *list, size_t size);
// The data-ready trigger of the device's chip.
bool tree_find_own(const char *root, const char *device, char name[SYSFS_TEXT], char item[SYSFS_TEXT]);
bool tree_has_fifo(const char *root, const char *device);
// How many devices have this trigger; their titles but that of `but` into list ("c7 and head"). list may be NULL.
int tree_count_users(const char *root, const char *name, const char *but, char *list, size_t size);
void tree_release_users(const char *root, const char *name);
bool tree_mentions(const char *file, const char *word); // a text file such as /proc/mounts

#endif
