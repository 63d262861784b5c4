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

struct tree_user { // a device that has the trigger set
    char item[SYSFS_TEXT], title[SYSFS_TEXT];
    bool running; // its buffer is enabled
};
#define TREE_USERS 16
// How many there are, at most TREE_USERS, by title.
int tree_users(const char *root, const char *name, struct tree_user users[TREE_USERS]);
// "a", "a and b", "a, b and c"; n may be 0.
void tree_join(const struct tree_user *users, int n, char *list, size_t size);
void tree_release_users(const char *root, const char *name);
bool tree_mentions(const char *file, const char *word); // a text file such as /proc/mounts
// The number after the equals sign in a kernel's configuration; otherwise when it is not there.
int tree_kernel_option(const char *file, const char *option, int otherwise);

#endif
