// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/trigger.h"

#include "acquire/reason.h"
#include "acquire/trigger_tree.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define OWN_PREFIX    "poise-"
#define N_OWN         MAX_SOURCES // poise-0 … poise-31
#define PER_TRIGGER   2           // unless the kernel's configuration says more
#define APPEARS_MS    1000        // until a made trigger can be set: udev changes its group after the kernel made it
#define APPEARS_NAPMS 10
#define HRTIMER       "iio/triggers/hrtimer"

struct trigger_home {
    struct trigger_places places;
    pthread_mutex_t lock;
    int per_trigger;
    bool ours[N_OWN]; // poise-N was handed out by us
    struct {
        char device[SYSFS_TEXT], trigger[SYSFS_TEXT]; // "": free
    } claims[MAX_SOURCES];
};

int trigger_home_create(struct trigger_home **out, const struct trigger_places *places)
{
    struct utsname machine = {0};
    char config[PATH_MAX];
    (void)!uname(&machine);
    snprintf(config, sizeof config, "/boot/config-%s", machine.release);
    const struct trigger_places kernel = {SYSFS_IIO, "/sys/kernel/config", "/proc/self/mounts", config};
    struct trigger_home *home = calloc(1, sizeof *home);
    *out = home;
    if (!home)
        return -ENOMEM;
    home->places = places ? *places : kernel;
    home->per_trigger = tree_kernel_option(home->places.kernel, "CONFIG_IIO_CONSUMERS_PER_TRIGGER", PER_TRIGGER);
    home->places.kernel = NULL; // it may lie on the stack
    pthread_mutex_init(&home->lock, NULL);
    return 0;
}

static void own_name(int i, char name[SYSFS_TEXT])
{
    snprintf(name, SYSFS_TEXT, OWN_PREFIX "%d", i);
}

static void own_path(const struct trigger_home *home, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/" HRTIMER "/%s", home->places.configfs, name);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = APPEARS_NAPMS * 1000000L}, NULL);
}

static int write_name(const struct trigger_home *home, const char *device, const char *name, char reason[REASON_MAX])
{
    int rc = sysfs_write(home->places.devices, device, "trigger/current_trigger", name);
    char now[SYSFS_TEXT];
    if (rc == 0 && sysfs_read(home->places.devices, device, "trigger/current_trigger", now, sizeof now) == 0 &&
        strcmp(now, name) != 0)
        rc = -EINVAL;
    if (rc == -EACCES || rc == -EPERM)
        return reason_say(reason, rc, "no permission to set the trigger of %s: is the service in the devices' group?",
                          device);
    if (rc != 0)
        return reason_say(reason, rc, "%s refuses the trigger %s: %s", device, name, strerror(-rc));
    return 0;
}

// What its clock reads after setting it where it has one; a trigger without is the chip's own or somebody's hand.
static void set_clock(const struct trigger_home *home, const char *trigger, int rate_hz, struct trigger_got *got)
{
    const char *root = home->places.devices;
    double now = sysfs_number(root, trigger, "sampling_frequency");
    got->clock_hz = now;
    if (isnan(now) || fabs(now - rate_hz) < 1e-3 * rate_hz)
        return;
    char text[32];
    snprintf(text, sizeof text, "%d", rate_hz);
    int rc = sysfs_write(root, trigger, "sampling_frequency", text);
    for (int ms = 0; got->made && rc == -EACCES && ms < APPEARS_MS; ms += APPEARS_NAPMS) {
        nap();
        rc = sysfs_write(root, trigger, "sampling_frequency", text);
    }
    got->clock_hz = sysfs_number(root, trigger, "sampling_frequency");
    if (rc != 0)
        snprintf(got->note, sizeof got->note, "trigger %.20s refuses %d Hz (%.24s)", got->name, rate_hz, strerror(-rc));
}

static int say_no_maker(const struct trigger_home *home, char reason[REASON_MAX])
{
    if (tree_mentions(home->places.mounts, " configfs "))
        return reason_say(reason, -ENOENT,
                          "no trigger is set and none can be made: load iio-trig-hrtimer (modprobe iio-trig-hrtimer)");
    return reason_say(reason, -ENOENT,
                      "no trigger is set and none can be made: mount configfs (mount -t configfs none %s) and load "
                      "iio-trig-hrtimer",
                      home->places.configfs);
}

// Makes poise-i and waits until it stands among the devices.
static int make_own(const struct trigger_home *home, const char *name, char item[SYSFS_TEXT], char reason[REASON_MAX])
{
    char path[PATH_MAX];
    own_path(home, name, path);
    if (mkdir(path, 0755) != 0) {
        int rc = -errno;
        if (rc == -EEXIST)
            return rc;
        if (rc == -EACCES || rc == -EPERM)
            return reason_say(reason, rc,
                              "no trigger is set, and no right to make one in %s/" HRTIMER
                              ": give it to the service or set one as root",
                              home->places.configfs);
        return reason_say(reason, rc, "the trigger %s cannot be made: %s", path, strerror(-rc));
    }
    for (int ms = 0; ms < APPEARS_MS; ms += APPEARS_NAPMS) {
        if (tree_find_trigger(home->places.devices, name, item))
            return 0;
        nap();
    }
    return reason_say(reason, -ETIMEDOUT, "the trigger %s was made but does not appear", name);
}

// A poise-N with room: left over, made for another reader, or new.
static int take_own(struct trigger_home *home, int rate_hz, struct trigger_got *got, char item[SYSFS_TEXT],
                    char reason[REASON_MAX])
{
    const char *root = home->places.devices;
    if (!sysfs_exists(home->places.configfs, HRTIMER, "."))
        return say_no_maker(home, reason);
    for (int i = 0; i < N_OWN; i++) {
        own_name(i, got->name);
        if (tree_find_trigger(root, got->name, item)) {
            struct tree_user users[TREE_USERS];
            int n = tree_users(root, got->name, users);
            double hz = sysfs_number(root, item, "sampling_frequency");
            // Another daemon's, at another rate, is not ours to change.
            if (n >= home->per_trigger || (n > 0 && fabs(hz - rate_hz) > 1e-3 * rate_hz))
                continue;
        } else {
            int rc = make_own(home, got->name, item, reason);
            if (rc == -EEXIST)
                continue;
            if (rc != 0)
                return rc;
            got->made = true;
        }
        home->ours[i] = true;
        return 0;
    }
    return reason_say(reason, -ENOSPC, "all triggers " OWN_PREFIX "0 to " OWN_PREFIX "%d are in use", N_OWN - 1);
}

static int name_the_missing(const struct trigger_home *home, const char *name, char reason[REASON_MAX])
{
    char list[96];
    tree_list_triggers(home->places.devices, list, sizeof list);
    return reason_say(reason, -ENOENT, "no trigger '%.30s'; %s%s", name,
                      list[0] != '\0' ? "there are: " : "there is none", list);
}

// The trigger that is to be set, into got->name and item; "" when the device is to go without. What is set is in now.
static int choose(struct trigger_home *home, const struct trigger_wish *wish, const char *now, struct trigger_got *got,
                  char item[SYSFS_TEXT], char reason[REASON_MAX])
{
    const char *root = home->places.devices;
    if (wish->name[0] != '\0') {
        snprintf(got->name, sizeof got->name, "%s", wish->name);
        return tree_find_trigger(root, wish->name, item) ? 0 : name_the_missing(home, wish->name, reason);
    }
    // A name without a trigger behind it is what a removed trigger leaves.
    if (now[0] != '\0' && tree_find_trigger(root, now, item)) {
        int i;
        snprintf(got->name, sizeof got->name, "%s", now);
        if (sscanf(now, OWN_PREFIX "%d", &i) == 1 && i >= 0 && i < N_OWN)
            home->ours[i] = true;
        return 0;
    }
    if (wish->keep || tree_has_fifo(root, wish->device) || tree_find_own(root, wish->device, got->name, item))
        return 0;
    return take_own(home, wish->rate_hz, got, item, reason);
}

static bool is_claimed(const struct trigger_home *home, const char *device, const char *trigger)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        if (strcmp(home->claims[i].device, device) == 0 && strcmp(home->claims[i].trigger, trigger) == 0)
            return true;
    return false;
}

// Room on the trigger for one more: those count that run or that another reader is about to start.
static int claim(struct trigger_home *home, const char *device, const char *trigger, char reason[REASON_MAX])
{
    struct tree_user users[TREE_USERS];
    char list[80];
    int n_users = tree_users(home->places.devices, trigger, users), n = 0;
    for (int i = 0; i < n_users; i++)
        if (strcmp(users[i].item, device) != 0 && (users[i].running || is_claimed(home, users[i].item, trigger)))
            users[n++] = users[i];
    tree_join(users, n, list, sizeof list);
    if (n >= home->per_trigger)
        return reason_say(reason, -EBUSY,
                          "trigger %s serves %s already; no more than %s devices may share one "
                          "(CONFIG_IIO_CONSUMERS_PER_TRIGGER=%d): give this one another",
                          trigger, list, home->per_trigger == 2 ? "two" : "so many", home->per_trigger);
    for (int i = 0; i < MAX_SOURCES; i++) {
        if (home->claims[i].device[0] != '\0')
            continue;
        snprintf(home->claims[i].device, SYSFS_TEXT, "%s", device);
        snprintf(home->claims[i].trigger, SYSFS_TEXT, "%s", trigger);
        break;
    }
    return 0;
}

static void give_back(struct trigger_home *home, const char *device)
{
    for (int i = 0; i < MAX_SOURCES; i++)
        if (strcmp(home->claims[i].device, device) == 0)
            home->claims[i].device[0] = home->claims[i].trigger[0] = '\0';
}

void trigger_release(struct trigger_home *home, const char *device)
{
    pthread_mutex_lock(&home->lock);
    give_back(home, device);
    pthread_mutex_unlock(&home->lock);
}

int trigger_assign(struct trigger_home *home, const struct trigger_wish *wish, struct trigger_got *got,
                   char reason[REASON_MAX])
{
    char now[SYSFS_TEXT], item[SYSFS_TEXT] = "";
    *got = (struct trigger_got){.clock_hz = NAN};
    pthread_mutex_lock(&home->lock);
    give_back(home, wish->device);
    int rc = sysfs_read(home->places.devices, wish->device, "trigger/current_trigger", now, sizeof now);
    if (rc != 0) { // no such file: the device has a FIFO of its own and knows no triggers
        if (wish->name[0] != '\0')
            snprintf(got->note, sizeof got->note, "takes no trigger; %.30s is not used", wish->name);
        pthread_mutex_unlock(&home->lock);
        return 0;
    }
    rc = choose(home, wish, now, got, item, reason);
    if (rc == 0 && item[0] != '\0')
        rc = claim(home, wish->device, got->name, reason);
    if (rc == 0 && item[0] != '\0') {
        set_clock(home, item, wish->rate_hz, got);
        if (strcmp(now, got->name) != 0)
            rc = write_name(home, wish->device, got->name, reason);
        if (rc != 0)
            give_back(home, wish->device);
    }
    pthread_mutex_unlock(&home->lock);
    return rc;
}

void trigger_explain(struct trigger_home *home, const char *device, char reason[REASON_MAX])
{
    char name[SYSFS_TEXT], item[SYSFS_TEXT], own[SYSFS_TEXT];
    const char *root = home->places.devices;
    if (sysfs_read(root, device, "trigger/current_trigger", name, sizeof name) != 0)
        return;
    pthread_mutex_lock(&home->lock);
    if (name[0] == '\0') {
        if (!tree_has_fifo(root, device))
            reason_say(reason, 0, "no trigger is set: name one (sites.NAME.trigger) or take acquire.trigger: auto");
    } else if (!tree_find_trigger(root, name, item)) {
        reason_say(reason, 0, "no data: its trigger %s does not exist any more", name);
    } else if (sysfs_number(root, item, "sampling_frequency") <= 0) {
        reason_say(reason, 0, "no data: its trigger %s stands at 0 Hz", name);
    } else if (tree_find_own(root, device, own, item) && strcmp(own, name) == 0) {
        reason_say(reason, 0,
                   "no data: its own trigger %s does not fire: is the interrupt line wired and in the device tree?",
                   name);
    }
    pthread_mutex_unlock(&home->lock);
}

void trigger_home_destroy(struct trigger_home *home)
{
    if (!home)
        return;
    for (int i = 0; i < N_OWN; i++) {
        char name[SYSFS_TEXT], path[PATH_MAX];
        struct tree_user users[TREE_USERS];
        if (!home->ours[i])
            continue;
        own_name(i, name);
        own_path(home, name, path);
        // A device that still names it would keep the dead trigger until somebody sets another.
        tree_release_users(home->places.devices, name);
        if (tree_users(home->places.devices, name, users) == 0)
            (void)rmdir(path);
    }
    pthread_mutex_destroy(&home->lock);
    free(home);
}
