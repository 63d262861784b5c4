// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: which kernel, how it gives way to real time, what of the IIO subsystem it has.
#include "core/rt.h"
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LABELS_SINCE "5.8" // devices tell their label
#define OPTION_MAX   64

extern char **environ;

// The options of the kernel, as lines CONFIG_X=y.
struct options {
    FILE *from;
    pid_t gzip; // 0 without
    char path[PATH_MAX];
};

static bool open_compressed(struct options *options)
{
    int pipe_fds[2];
    if (access(options->path, R_OK) != 0 || pipe2(pipe_fds, O_CLOEXEC) != 0)
        return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    char *const argv[] = {"gzip", "-dc", options->path, NULL};
    int rc = posix_spawnp(&options->gzip, "gzip", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_fds[1]);
    if (rc != 0)
        options->gzip = 0;
    options->from = rc == 0 ? fdopen(pipe_fds[0], "r") : NULL;
    if (!options->from)
        close(pipe_fds[0]);
    return options->from != NULL;
}

static bool open_options(const struct doctor *doctor, const char *release, struct options *options)
{
    static const char *const places[] = {"/boot/config-%s", "/lib/modules/%s/config", "/usr/lib/modules/%s/config"};
    *options = (struct options){0};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(options->path, sizeof options->path, "%s", doctor->root);
        size_t n = strlen(options->path);
        const char *hole = strstr(places[i], "%s");
        snprintf(options->path + n, sizeof options->path - n, "%.*s%s%s", (int)(hole - places[i]), places[i], release,
                 hole + 2);
        options->from = fopen(options->path, "re");
        if (options->from)
            return true;
    }
    doctor_path(doctor, options->path, "/proc/config.gz");
    return open_compressed(options);
}

static void close_options(struct options *options)
{
    if (options->from)
        fclose(options->from);
    if (options->gzip > 0)
        while (waitpid(options->gzip, NULL, 0) < 0 && errno == EINTR)
            continue;
}

struct wanted {
    const char *name;
    const char *what; // that is missing without it
    char value[16];   // as found, "" when not set
};

static void read_options(struct options *options, struct wanted *wanted, size_t n)
{
    char line[512];
    while (fgets(line, sizeof line, options->from)) {
        char *value = strchr(line, '=');
        if (line[0] == '#' || !value)
            continue;
        *value++ = '\0';
        value[strcspn(value, "\n")] = '\0';
        for (size_t i = 0; i < n; i++)
            if (strcmp(line, wanted[i].name) == 0)
                snprintf(wanted[i].value, sizeof wanted[i].value, "%.15s", value);
    }
}

static void say_options(struct doctor *doctor, const struct wanted *wanted, size_t n, const char *path)
{
    char missing[400] = "";
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].value[0] != '\0' || !wanted[i].what)
            continue;
        size_t used = strlen(missing);
        snprintf(missing + used, sizeof missing - used, "%s%s (%s)", used > 0 ? ", " : "", wanted[i].name,
                 wanted[i].what);
    }
    if (missing[0] == '\0')
        doctor_say(doctor, DOCTOR_OK, "kernel", NULL, "%s has the options of the IIO subsystem", path);
    else if (doctor->has_local)
        doctor_say(doctor, DOCTOR_WARN, "kernel", "take a kernel that has them; docs/rig.md lists what is needed",
                   "%s lacks %s", path, missing);
    else
        doctor_say(doctor, DOCTOR_OK, "kernel", NULL, "no site is local:, the kernel needs no IIO subsystem");
}

static void check_options(struct doctor *doctor, const char *release)
{
    // What is missing counts against the kernel; the rest is told by its value.
    enum { RT_GROUPS = 6, CONSUMERS, PREEMPT, N_OPTIONS = PREEMPT + 4 };
    static const char *const ways[] = {"full", "lazy", "voluntary", "none"};
    struct wanted wanted[N_OPTIONS] = {
        {.name = "CONFIG_IIO", .what = "devices"},
        {.name = "CONFIG_IIO_BUFFER", .what = "samples in blocks"},
        {.name = "CONFIG_IIO_TRIGGERED_BUFFER", .what = "samples on a trigger"},
        {.name = "CONFIG_IIO_HRTIMER_TRIGGER", .what = "triggers by a timer"},
        {.name = "CONFIG_IIO_CONFIGFS", .what = "making these"},
        {.name = "CONFIG_HIGH_RES_TIMERS", .what = "timers finer than a tick"},
        [RT_GROUPS] = {.name = "CONFIG_RT_GROUP_SCHED"},
        [CONSUMERS] = {.name = "CONFIG_IIO_CONSUMERS_PER_TRIGGER"},
        [PREEMPT] = {.name = "CONFIG_PREEMPT"},
        {.name = "CONFIG_PREEMPT_LAZY"},
        {.name = "CONFIG_PREEMPT_VOLUNTARY"},
        {.name = "CONFIG_PREEMPT_NONE"},
    };
    struct options options;
    if (!open_options(doctor, release, &options)) {
        doctor_say(doctor, DOCTOR_UNKNOWN, "kernel", NULL,
                   "its options are neither in /boot/config-%s nor in /proc/config.gz", release);
        return;
    }
    read_options(&options, wanted, N_OPTIONS);
    close_options(&options);
    if (atoi(wanted[CONSUMERS].value) > 0)
        doctor->consumers = atoi(wanted[CONSUMERS].value);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(wanted[PREEMPT + i].value, "y") == 0)
            snprintf(doctor->preempt, sizeof doctor->preempt, "%s", ways[i]);
    say_options(doctor, wanted, RT_GROUPS, options.path);
    if (strcmp(wanted[RT_GROUPS].value, "y") == 0 && (doctor->root[0] != '\0' || !rt_fifo_allowed(1)))
        doctor_say(doctor, DOCTOR_WARN, "kernel",
                   "give the unit's control group a budget (cpu.rt_runtime_us) or boot with rt_group_sched=0",
                   "CONFIG_RT_GROUP_SCHED is set: SCHED_FIFO may be refused inside a control group");
}

static void check_version(struct doctor *doctor, const char *release)
{
    int major = 0, minor = 0;
    if (sscanf(release, "%d.%d", &major, &minor) != 2)
        doctor_say(doctor, DOCTOR_UNKNOWN, "kernel", NULL, "its version is not known ('%s')", release);
    else if (major < 5 || (major == 5 && minor < 8))
        doctor_say(doctor, DOCTOR_WARN, "kernel",
                   "take a kernel from " LABELS_SINCE " on, or name sites by device name",
                   "Linux %s: devices tell their label only from " LABELS_SINCE " on", release);
    else
        doctor_say(doctor, DOCTOR_OK, "kernel", NULL, "Linux %s", release);
}

// "none voluntary (full)" of debugfs, or preempt= of the command line.
static bool dynamic_mode(const struct doctor *doctor, char mode[20])
{
    char text[4096];
    const char *at;
    if (doctor_read(doctor, text, sizeof text, "/sys/kernel/debug/sched/preempt") && (at = strchr(text, '(')) != NULL)
        return sscanf(at, "(%15[a-z])", mode) == 1;
    if (!doctor_read(doctor, text, sizeof text, "/proc/cmdline"))
        return false;
    at = strncmp(text, "preempt=", 8) == 0 ? text : strstr(text, " preempt=");
    return at && sscanf(strchr(at, '=') + 1, "%15[a-z]", mode) == 1;
}

static void check_preemption(struct doctor *doctor)
{
    static const char remedy[] = "boot with preempt=full on the kernel's command line, or better install a PREEMPT_RT "
                                 "kernel (Debian: linux-image-rt-arm64)";
    char version[512], realtime[8], mode[20] = "";
    bool told = doctor_read(doctor, version, sizeof version, "/proc/version");
    bool rt = doctor_read(doctor, realtime, sizeof realtime, "/sys/kernel/realtime") && strcmp(realtime, "1") == 0;
    bool dynamic = strstr(version, "PREEMPT_DYNAMIC") != NULL;
    if (dynamic && !dynamic_mode(doctor, mode))
        snprintf(mode, sizeof mode, "%s", doctor->preempt); // nothing else was chosen at boot
    else if (!dynamic && told)
        snprintf(mode, sizeof mode, "%s", strstr(version, " PREEMPT ") ? "full" : "voluntary or none");
    if (rt || strstr(version, "PREEMPT_RT"))
        doctor_say(doctor, DOCTOR_OK, "preempt", NULL, "PREEMPT_RT: wake-ups within some tens of microseconds");
    else if (mode[0] == '\0')
        doctor_say(doctor, DOCTOR_UNKNOWN, "preempt", "doctor --rt 60 measures what comes of it",
                   "how this kernel gives way to real time cannot be read");
    else if (strcmp(mode, "full") == 0)
        doctor_say(doctor, DOCTOR_OK, "preempt", NULL, "full preemption%s", dynamic ? " (PREEMPT_DYNAMIC)" : "");
    else
        doctor_say(doctor, DOCTOR_WARN, "preempt", remedy, "preemption is %s: wake-ups may be milliseconds late", mode);
}

static void check_modules(struct doctor *doctor)
{
    if (!doctor->has_local) {
        doctor_say(doctor, DOCTOR_OK, "modules", NULL, "none needed: no site is local:");
        return;
    }
    if (!doctor_exists(doctor, "/sys/bus/iio")) {
        doctor_say(doctor, DOCTOR_FAULT, "modules",
                   "modprobe industrialio and the sensors' driver; check the "
                   "device-tree overlay",
                   "the IIO subsystem is not there (/sys/bus/iio)");
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "modules", NULL, "industrialio is loaded");
    bool configfs = doctor_exists(doctor, "/sys/kernel/config/iio");
    if (doctor_exists(doctor, "/sys/module/iio_trig_hrtimer") ||
        doctor_exists(doctor, "/sys/kernel/config/iio/triggers/hrtimer"))
        doctor_say(doctor, DOCTOR_OK, "modules", NULL, "iio-trig-hrtimer is loaded%s",
                   configfs ? "" : ", configfs is not mounted");
    else
        doctor_say(doctor, DOCTOR_WARN, "modules",
                   "modprobe iio-trig-hrtimer, and for every boot a line in /etc/modules-load.d/poise.conf; without "
                   "need when every sensor has a data-ready line",
                   "iio-trig-hrtimer is not loaded: no trigger by a timer can be made");
    if (!configfs)
        doctor_say(doctor, DOCTOR_WARN, "modules",
                   "modprobe industrialio-configfs; mount -t configfs none /sys/kernel/config",
                   "configfs has no iio folder: triggers cannot be made from the configuration");
}

static void check_throttle(struct doctor *doctor)
{
    char runtime[32], period[32];
    if (!doctor_read(doctor, runtime, sizeof runtime, "/proc/sys/kernel/sched_rt_runtime_us") ||
        !doctor_read(doctor, period, sizeof period, "/proc/sys/kernel/sched_rt_period_us"))
        return;
    double share = 100 * atof(runtime) / atof(period);
    if (strcmp(runtime, "-1") == 0 || share >= 90)
        doctor_say(doctor, DOCTOR_OK, "kernel", NULL, "real-time threads may have %.0f %% of a CPU",
                   strcmp(runtime, "-1") == 0 ? 100.0 : share);
    else
        doctor_say(doctor, DOCTOR_WARN, "kernel", "sysctl kernel.sched_rt_runtime_us=950000",
                   "real-time threads may have only %.0f %% of a CPU", share);
}

void doctor_check_kernel(struct doctor *doctor)
{
    char release[OPTION_MAX];
    doctor_read(doctor, release, sizeof release, "/proc/sys/kernel/osrelease");
    check_version(doctor, release);
    check_options(doctor, release);
    check_preemption(doctor);
    check_throttle(doctor);
    check_modules(doctor);
}
