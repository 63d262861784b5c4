// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/trigger_tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The next item whose name begins so, or NULL.
static const char *next_item(DIR *dir, const char *beginning)
{
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, beginning, strlen(beginning)) == 0 && strlen(entry->d_name) < SYSFS_TEXT)
            return entry->d_name;
    return NULL;
}

static void close_items(DIR *dir)
{
    if (dir)
        closedir(dir);
}

bool tree_find_trigger(const char *root, const char *name, char item[SYSFS_TEXT])
{
    DIR *dir = opendir(root);
    const char *next;
    item[0] = '\0';
    while (item[0] == '\0' && (next = next_item(dir, "trigger")) != NULL) {
        char has[SYSFS_TEXT];
        if (sysfs_read(root, next, "name", has, sizeof has) == 0 && strcmp(has, name) == 0)
            snprintf(item, SYSFS_TEXT, "%s", next);
    }
    close_items(dir);
    return item[0] != '\0';
}

void tree_list_triggers(const char *root, char *list, size_t size)
{
    DIR *dir = opendir(root);
    const char *next;
    size_t used = 0;
    list[0] = '\0';
    while ((next = next_item(dir, "trigger")) != NULL) {
        char name[SYSFS_TEXT];
        if (sysfs_read(root, next, "name", name, sizeof name) != 0 || name[0] == '\0')
            continue;
        if (used + strlen(name) + 8 > size) {
            snprintf(list + used, size - used, ", ...");
            break;
        }
        used += (size_t)snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
    }
    close_items(dir);
}

bool tree_find_own(const char *root, const char *device, char name[SYSFS_TEXT], char item[SYSFS_TEXT])
{
    char chip[SYSFS_TEXT], parent[SYSFS_TEXT], wanted[2 * SYSFS_TEXT] = "";
    const char *number = strstr(device, "device");
    if (number && sysfs_read(root, device, "name", chip, sizeof chip) == 0)
        snprintf(wanted, sizeof wanted, "%s-dev%s", chip, number + strlen("device"));
    sysfs_parent(root, device, parent);
    DIR *dir = opendir(root);
    const char *next;
    bool named = false;
    name[0] = item[0] = '\0';
    while (!named && (next = next_item(dir, "trigger")) != NULL) {
        char has[SYSFS_TEXT], on[SYSFS_TEXT];
        if (sysfs_read(root, next, "name", has, sizeof has) != 0)
            continue;
        sysfs_parent(root, next, on);
        named = strcmp(has, wanted) == 0;
        // Some drivers name it otherwise, and some have a second one that fires on motion only.
        bool beside = parent[0] != '\0' && strcmp(on, parent) == 0 && !strstr(has, "motion");
        if (!named && !beside)
            continue;
        snprintf(name, SYSFS_TEXT, "%s", has);
        snprintf(item, SYSFS_TEXT, "%s", next);
    }
    close_items(dir);
    return item[0] != '\0';
}

bool tree_has_fifo(const char *root, const char *device)
{
    static const char *const signs[] = {"hwfifo_enabled", "hwfifo_watermark_max", "hwfifo_watermark"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        char path[32];
        snprintf(path, sizeof path, "buffer/%s", signs[i]);
        if (sysfs_exists(root, device, path))
            return true;
    }
    return false;
}

static bool uses(const char *root, const char *device, const char *name)
{
    char now[SYSFS_TEXT];
    return sysfs_read(root, device, "trigger/current_trigger", now, sizeof now) == 0 && strcmp(now, name) == 0;
}

static int by_title(const void *a, const void *b)
{
    return strcmp(((const struct tree_user *)a)->title, ((const struct tree_user *)b)->title);
}

int tree_users(const char *root, const char *name, struct tree_user users[TREE_USERS])
{
    DIR *dir = opendir(root);
    const char *next;
    int n = 0;
    while (n < TREE_USERS && (next = next_item(dir, "iio:device")) != NULL) {
        if (!uses(root, next, name))
            continue;
        struct tree_user *user = &users[n++];
        snprintf(user->item, sizeof user->item, "%.63s", next);
        if (sysfs_read(root, next, "label", user->title, sizeof user->title) != 0 || user->title[0] == '\0')
            snprintf(user->title, sizeof user->title, "%s", user->item);
        user->running = sysfs_number(root, next, "buffer/enable") > 0;
    }
    close_items(dir);
    qsort(users, (size_t)n, sizeof *users, by_title); // a folder has no order of its own
    return n;
}

void tree_join(const struct tree_user *users, int n, char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (int i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(list + used, size - used, "%s%.24s",
                                 i == 0      ? ""
                                 : i + 1 < n ? ", "
                                             : " and ",
                                 users[i].title);
}

void tree_release_users(const char *root, const char *name)
{
    DIR *dir = opendir(root);
    const char *next;
    while ((next = next_item(dir, "iio:device")) != NULL)
        if (uses(root, next, name))
            (void)!sysfs_write(root, next, "trigger/current_trigger", "\n");
    close_items(dir);
}

bool tree_mentions(const char *file, const char *word)
{
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    FILE *from = fopen(file, "re");
    while (from && !found && getline(&line, &size, from) >= 0)
        found = strstr(line, word) != NULL;
    free(line);
    if (from)
        fclose(from);
    return found;
}

int tree_kernel_option(const char *file, const char *option, int otherwise)
{
    char *line = NULL;
    size_t size = 0, length = strlen(option);
    FILE *from = fopen(file, "re");
    while (from && getline(&line, &size, from) >= 0)
        if (strncmp(line, option, length) == 0 && line[length] == '=' && atoi(line + length + 1) > 0)
            otherwise = atoi(line + length + 1);
    free(line);
    if (from)
        fclose(from);
    return otherwise;
}
