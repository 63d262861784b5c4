// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: what makes a healthy set-up slow or full: clock governor, heat and voltage, other work, disks.
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HOT_C        80.0 // a Raspberry Pi slows down from here on
#define CPU          "/sys/devices/system/cpu"
#define STATE_MIN_MB 10.0

static void check_governor(struct doctor *doctor)
{
    char governor[32], path[64], others[200] = "";
    int n = 0, slow = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        snprintf(path, sizeof path, CPU "/cpu%d", cpu);
        if (!doctor_exists(doctor, path))
            break;
        if (!doctor_read(doctor, governor, sizeof governor, "%s/cpufreq/scaling_governor", path))
            continue;
        n++;
        if (strcmp(governor, "performance") == 0 || strcmp(governor, "schedutil") == 0)
            continue;
        size_t used = strlen(others);
        snprintf(others + used, sizeof others - used, "%sCPU %d %s", slow++ > 0 ? ", " : "", cpu, governor);
    }
    if (n == 0)
        doctor_say(doctor, DOCTOR_OK, "cpu", NULL, "the clock of the CPUs is not scaled here");
    else if (slow == 0)
        doctor_say(doctor, DOCTOR_OK, "cpu", NULL, "clock governor of %d CPUs: performance or schedutil", n);
    else
        doctor_say(doctor, DOCTOR_WARN, "cpu",
                   "cpupower frequency-set -g performance, and for every boot cpufreq.default_governor=performance on "
                   "the kernel's command line",
                   "clock governor: %s; wake-ups wait for the clock to rise", others);
}

// Bits of the firmware: now in 0 to 3, since the boot in 16 to 19.
static void check_throttled(struct doctor *doctor)
{
    static const char *const what[] = {"under-voltage", "clock capped", "throttled", "too hot"};
    static const char remedy[] = "a stronger power supply and cable (under-voltage), a heat sink or fan (heat)";
    char text[32];
    if (!doctor_read(doctor, text, sizeof text, "/sys/devices/platform/soc/soc:firmware/get_throttled")) {
        doctor_say(doctor, DOCTOR_OK, "throttle", NULL, "no Raspberry Pi firmware that would tell of throttling");
        return;
    }
    unsigned long bits = strtoul(text, NULL, 16);
    char now[80] = "", before[80] = "";
    for (unsigned i = 0; i < 4; i++) {
        char *to = bits >> i & 1U ? now : bits >> (16 + i) & 1U ? before : NULL;
        if (to)
            snprintf(to + strlen(to), sizeof now - strlen(to), "%s%s", to[0] != '\0' ? ", " : "", what[i]);
    }
    if (now[0] != '\0')
        doctor_say(doctor, DOCTOR_FAULT, "throttle", remedy, "the board is slowed down now: %s (%s)", now, text);
    else if (before[0] != '\0')
        doctor_say(doctor, DOCTOR_WARN, "throttle", remedy, "the board was slowed down since it was started: %s (%s)",
                   before, text);
    else
        doctor_say(doctor, DOCTOR_OK, "throttle", NULL, "the board was not slowed down since it was started");
}

static void check_heat(struct doctor *doctor)
{
    double hottest = -300;
    char zone[32] = "", text[32], path[64], kind[32];
    for (int i = 0;; i++) {
        snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d", i);
        if (!doctor_exists(doctor, path))
            break;
        if (!doctor_read(doctor, text, sizeof text, "%s/temp", path) || atof(text) / 1000 <= hottest)
            continue;
        hottest = atof(text) / 1000;
        doctor_read(doctor, kind, sizeof kind, "%s/type", path);
        snprintf(zone, sizeof zone, "%s", kind);
    }
    if (hottest <= -300)
        doctor_say(doctor, DOCTOR_OK, "heat", NULL, "this machine tells no temperature");
    else if (hottest >= HOT_C)
        doctor_say(doctor, DOCTOR_WARN, "heat", "a heat sink or fan; boards slow down from 80 degC on",
                   "%.0f degC (%s)", hottest, zone);
    else
        doctor_say(doctor, DOCTOR_OK, "heat", NULL, "%.0f degC (%s)", hottest, zone);
}

static void check_load(struct doctor *doctor)
{
    char text[64];
    double load;
    int n = 0;
    for (char path[64]; n < CPU_SETSIZE; n++) {
        snprintf(path, sizeof path, CPU "/cpu%d", n);
        if (!doctor_exists(doctor, path))
            break;
    }
    if (n == 0 || !doctor_read(doctor, text, sizeof text, "/proc/loadavg") || sscanf(text, "%lf", &load) != 1)
        doctor_say(doctor, DOCTOR_UNKNOWN, "load", NULL, "the load of this machine cannot be read");
    else if (load > 0.75 * n)
        doctor_say(doctor, DOCTOR_WARN, "load",
                   "end what is not needed (top shows it), or give poised CPUs of its own: rt.cpus and the kernel's "
                   "isolcpus",
                   "load %.2f on %d CPUs: other work may delay what is published", load, n);
    else
        doctor_say(doctor, DOCTOR_OK, "load", NULL, "load %.2f on %d CPUs", load, n);
}

void doctor_check_machine(struct doctor *doctor)
{
    check_governor(doctor);
    check_throttled(doctor);
    check_heat(doctor);
    check_load(doctor);
}

static bool is_there(const char *folder)
{
    struct stat st;
    return stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
}

// A folder that poised writes into. need_mb: that should be free.
static void check_folder(struct doctor *doctor, const char *key, const char *folder, double need_mb)
{
    char path[PATH_MAX];
    struct stat st;
    struct statvfs disk;
    doctor_path(doctor, path, "%s", folder);
    if (stat(path, &st) != 0 && errno == ENOENT && is_there(dirname(path))) {
        doctor_say(doctor, DOCTOR_OK, "disk", NULL, "%s %s: is not there yet, poised makes it", key, folder);
        return;
    }
    doctor_path(doctor, path, "%s", folder); // dirname has cut it
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        doctor_say(doctor, DOCTOR_FAULT, "disk", "make the folder, owned by the daemon's user",
                   "%s %s: it is no folder, and neither is the one above it", key, folder);
        return;
    }
    if (access(path, W_OK) != 0) {
        doctor_say(doctor, errno == EROFS ? DOCTOR_FAULT : DOCTOR_WARN, "disk",
                   "mount it for writing, or give the folder to the daemon's user", "%s %s: not writable from here: %s",
                   key, folder, strerror(errno));
        return;
    }
    if (statvfs(path, &disk) != 0) {
        doctor_say(doctor, DOCTOR_UNKNOWN, "disk", NULL, "%s %s: %s", key, folder, strerror(errno));
        return;
    }
    double free_mb = (double)disk.f_bavail * (double)disk.f_frsize / 1e6;
    if (free_mb < need_mb)
        doctor_say(doctor, free_mb < need_mb / 10 ? DOCTOR_FAULT : DOCTOR_WARN, "disk",
                   "make room, or lower record.keep_gb: the oldest recordings go when all are above it",
                   "%s %s: %.1f GB free, %.1f GB may still be wanted", key, folder, free_mb / 1e3, need_mb / 1e3);
    else
        doctor_say(doctor, DOCTOR_OK, "disk", NULL, "%s %s: writable, %.1f GB free", key, folder, free_mb / 1e3);
}

// What is recorded already counts for keep_gb, so only the rest need be free.
static double recorded_mb(const struct doctor *doctor, const char *folder)
{
    char path[PATH_MAX];
    doctor_path(doctor, path, "%s", folder);
    DIR *files = opendir(path);
    double bytes = 0;
    for (struct dirent *entry; files && (entry = readdir(files)) != NULL;) {
        struct stat st;
        const char *ending = strrchr(entry->d_name, '.');
        if (ending && strcmp(ending, ".xdf") == 0 && fstatat(dirfd(files), entry->d_name, &st, 0) == 0)
            bytes += (double)st.st_size;
    }
    if (files)
        closedir(files);
    return bytes / 1e6;
}

void doctor_check_disk(struct doctor *doctor)
{
    const struct record_params *record = &doctor->config.record;
    const char *state = getenv("STATE_DIRECTORY");
    if (record->dir[0] == '\0') {
        doctor_say(doctor, DOCTOR_OK, "disk", NULL, "nothing is recorded (record.dir: null)");
    } else {
        double need_mb = record->keep_gb * 1e3 - recorded_mb(doctor, record->dir);
        check_folder(doctor, "record.dir", record->dir, need_mb > 100 ? need_mb : 100);
    }
    if (!state || state[0] == '\0' || doctor->root[0] != '\0')
        state = "/var/lib/poise";
    check_folder(doctor, "state", state, STATE_MIN_MB);
}
