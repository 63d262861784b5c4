// SPDX-License-Identifier: GPL-3.0-or-later
#include "trigger_rig.h"

#include "acquire/trigger_tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define N_TIMERS 32

static void make_folders(const char *path)
{
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *at = strchr(part + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)!mkdir(part, 0755);
        *at = '/';
    }
    if (mkdir(part, 0755) != 0 && errno != EEXIST)
        fail_msg("%s: %s", part, strerror(errno));
}

static void write_file(const char *path, const char *text)
{
    FILE *to = fopen(path, "we");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

void rig_write(const struct trigger_rig *rig, const char *item, const char *file, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/%s", rig->devices, item, file);
    char *last = strrchr(path, '/');
    *last = '\0';
    make_folders(path);
    *last = '/';
    write_file(path, text);
}

const char *rig_read(const struct trigger_rig *rig, const char *item, const char *file)
{
    static char text[256];
    return sysfs_read(rig->devices, item, file, text, sizeof text) == 0 ? text : "-";
}

// As in sysfs: the item is a link to where the device really hangs.
static void hang_item(const struct trigger_rig *rig, const char *item, const char *parent)
{
    char real[PATH_MAX], link[PATH_MAX];
    snprintf(real, sizeof real, "%s/bus/%s/%s", rig->root, parent, item);
    make_folders(real);
    snprintf(link, sizeof link, "%s/%s", rig->devices, item);
    assert_int_equal(symlink(real, link), 0);
}

void rig_device(const struct trigger_rig *rig, const char *item, const char *parent, const char *name,
                const char *label)
{
    hang_item(rig, item, parent);
    rig_write(rig, item, "name", name);
    rig_write(rig, item, "trigger/current_trigger", "\n");
    if (label)
        rig_write(rig, item, "label", label);
}

void rig_trigger(const struct trigger_rig *rig, const char *item, const char *parent, const char *name)
{
    hang_item(rig, item, parent);
    rig_write(rig, item, "name", name);
}

static int hrtimer_names(const struct trigger_rig *rig, char names[N_TIMERS][SYSFS_TEXT])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/iio/triggers/hrtimer", rig->configfs);
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int n = 0;
    while (dir && (entry = readdir(dir)) != NULL && n < N_TIMERS)
        if (entry->d_name[0] != '.')
            snprintf(names[n++], SYSFS_TEXT, "%.60s", entry->d_name);
    if (dir)
        closedir(dir);
    return n;
}

int rig_count_hrtimers(const struct trigger_rig *rig)
{
    char names[N_TIMERS][SYSFS_TEXT];
    return hrtimer_names(rig, names);
}

static void remove_item(const struct trigger_rig *rig, const char *item)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/name", rig->devices, item);
    unlink(path);
    snprintf(path, sizeof path, "%s/%s/sampling_frequency", rig->devices, item);
    unlink(path);
    snprintf(path, sizeof path, "%s/bus/virtual/%s", rig->root, item);
    rmdir(path);
    snprintf(path, sizeof path, "%s/%s", rig->devices, item);
    unlink(path);
}

static void *play_kernel(void *arg)
{
    struct trigger_rig *rig = arg;
    char known[N_TIMERS][SYSFS_TEXT] = {{0}}; // known[i] is trigger<100 + i>
    while (!atomic_load(&rig->stopping)) {
        char names[N_TIMERS][SYSFS_TEXT], item[SYSFS_TEXT];
        int n = hrtimer_names(rig, names);
        for (int i = 0; i < N_TIMERS; i++) {
            bool there = false;
            for (int k = 0; k < n; k++)
                there = there || strcmp(known[i], names[k]) == 0;
            snprintf(item, sizeof item, "trigger%d", 100 + i);
            if (known[i][0] != '\0' && !there) {
                remove_item(rig, item);
                known[i][0] = '\0';
            }
        }
        for (int k = 0; k < n; k++) {
            int slot = -1;
            for (int i = N_TIMERS - 1; i >= 0; i--)
                slot = known[i][0] == '\0' && slot != -2 ? i : strcmp(known[i], names[k]) == 0 ? -2 : slot;
            if (slot < 0)
                continue;
            snprintf(item, sizeof item, "trigger%d", 100 + slot);
            hang_item(rig, item, "virtual");
            rig_write(rig, item, "sampling_frequency", "100.000000\n");
            rig_write(rig, item, "name", names[k]); // last: now it can be found
            snprintf(known[slot], SYSFS_TEXT, "%.*s", SYSFS_TEXT - 1, names[k]);
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return NULL;
}

void rig_begin(struct trigger_rig *rig, bool hrtimer_loaded)
{
    char path[PATH_MAX];
    *rig = (struct trigger_rig){.root = "/tmp/poise-trigger.XXXXXX"};
    assert_non_null(mkdtemp(rig->root));
    snprintf(rig->devices, sizeof rig->devices, "%s/devices", rig->root);
    snprintf(rig->configfs, sizeof rig->configfs, "%s/config", rig->root);
    snprintf(rig->mounts, sizeof rig->mounts, "%s/mounts", rig->root);
    make_folders(rig->devices);
    make_folders(rig->configfs);
    snprintf(path, sizeof path, "%s/iio/triggers/hrtimer", rig->configfs);
    if (hrtimer_loaded)
        make_folders(path);
    write_file(rig->mounts, "sysfs /sys sysfs rw 0 0\nconfigfs /sys/kernel/config configfs rw 0 0\n");
    rig->places = (struct trigger_places){rig->devices, rig->configfs, rig->mounts, "/nonexistent"};
    assert_int_equal(pthread_create(&rig->kernel, NULL, play_kernel, rig), 0);
}

bool rig_wait_gone(const struct trigger_rig *rig, const char *trigger_name)
{
    char item[SYSFS_TEXT];
    for (int i = 0; i < 1000; i++) {
        if (!tree_find_trigger(rig->devices, trigger_name, item))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

void rig_end(struct trigger_rig *rig)
{
    atomic_store(&rig->stopping, true);
    pthread_join(rig->kernel, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", rig->root);
    assert_int_equal(system(command), 0);
}
