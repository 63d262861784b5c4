// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: what the daemon may do: limits of its process (of this one when none runs) and the nodes of the devices.
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAP_IPC_LOCK_BIT 14
#define CAP_SYS_NICE_BIT 23
#define NODE_GROUP       "iio"

struct process {
    char folder[32]; // below /proc
    const char *who;
    unsigned uid;
    unsigned long long capabilities;
    char groups[512]; // " 4 20 " with blanks around each
};

static void look_at(const struct doctor *doctor, struct process *process)
{
    char text[600];
    *process = (struct process){.who = doctor->daemon_pid > 0 ? "poised" : "this user's process"};
    if (doctor->daemon_pid > 0)
        snprintf(process->folder, sizeof process->folder, "/proc/%d", doctor->daemon_pid);
    else
        snprintf(process->folder, sizeof process->folder, "/proc/self");
    char path[64];
    snprintf(path, sizeof path, "%s/status", process->folder);
    if (doctor_line(doctor, path, "Uid:", text, sizeof text))
        (void)sscanf(text, "%*u %u", &process->uid); // the effective one
    if (doctor_line(doctor, path, "CapEff:", text, sizeof text))
        process->capabilities = strtoull(text, NULL, 16);
    unsigned gid;
    bool has_gid = doctor_line(doctor, path, "Gid:", text, sizeof text) && sscanf(text, "%*u %u", &gid) == 1;
    if (doctor_line(doctor, path, "Groups:", text, sizeof text))
        snprintf(process->groups, sizeof process->groups, " %.480s ", text);
    size_t used = strlen(process->groups);
    if (has_gid)
        snprintf(process->groups + used, sizeof process->groups - used, " %u ", gid);
}

// -1: unlimited, -2: cannot be read.
static long long soft_limit(const struct doctor *doctor, const struct process *process, const char *name)
{
    char path[64], text[128], value[32];
    snprintf(path, sizeof path, "%s/limits", process->folder);
    if (!doctor_line(doctor, path, name, text, sizeof text) || sscanf(text, "%31s", value) != 1)
        return -2;
    return strcmp(value, "unlimited") == 0 ? -1 : atoll(value);
}

static bool may(const struct process *process, int capability)
{
    return (process->capabilities >> capability & 1U) != 0;
}

static void check_limits(struct doctor *doctor, const struct process *process)
{
    const struct config *config = &doctor->config;
    int need = config->acquire.fifo_priority > config->rt.pipeline_priority ? config->acquire.fifo_priority
                                                                            : config->rt.pipeline_priority;
    long long rtprio = soft_limit(doctor, process, "Max realtime priority");
    long long memlock = soft_limit(doctor, process, "Max locked memory");
    char remedy[160];
    snprintf(remedy, sizeof remedy, "LimitRTPRIO=%d in the unit, or '@poise - rtprio %d' in /etc/security/limits.conf",
             need, need);
    if (need == 0)
        doctor_say(doctor, DOCTOR_OK, "rights", NULL, "no real-time priority is asked for");
    else if (may(process, CAP_SYS_NICE_BIT) || rtprio == -1 || rtprio >= need)
        doctor_say(doctor, DOCTOR_OK, "rights", NULL, "%s may run at real-time priority %d", process->who, need);
    else if (rtprio == -2)
        doctor_say(doctor, DOCTOR_UNKNOWN, "rights", NULL, "the limits of %s cannot be read", process->who);
    else
        doctor_say(doctor, DOCTOR_WARN, "rights", remedy,
                   "%s may not run at real-time priority %d: RLIMIT_RTPRIO is %lld", process->who, need, rtprio);
    if (!config->rt.lock_memory)
        doctor_say(doctor, DOCTOR_OK, "rights", NULL, "memory is not to be locked (rt.lock_memory: false)");
    else if (may(process, CAP_IPC_LOCK_BIT) || memlock == -1)
        doctor_say(doctor, DOCTOR_OK, "rights", NULL, "%s may lock its memory", process->who);
    else if (memlock >= 0)
        doctor_say(doctor, DOCTOR_WARN, "rights",
                   "LimitMEMLOCK=infinity in the unit, or '@poise - memlock unlimited' in /etc/security/limits.conf",
                   "%s may not lock its memory: RLIMIT_MEMLOCK is %lld KiB, it must be unlimited", process->who,
                   memlock / 1024);
}

static void group_name(const struct doctor *doctor, unsigned gid, char name[64])
{
    char path[PATH_MAX], line[512];
    snprintf(name, 64, "%u", gid);
    doctor_path(doctor, path, "/etc/group");
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char found[64];
        unsigned number;
        if (sscanf(line, "%63[^:]:%*[^:]:%u", found, &number) == 2 && number == gid)
            snprintf(name, 64, "%s", found);
    }
    if (file)
        fclose(file);
}

static bool in_group(const struct process *process, unsigned gid)
{
    char word[16];
    snprintf(word, sizeof word, " %u ", gid);
    return strstr(process->groups, word) != NULL;
}

static bool may_open(const struct process *process, const struct stat *node)
{
    unsigned shift = node->st_uid == process->uid ? 6 : in_group(process, node->st_gid) ? 3 : 0;
    return process->uid == 0 || (node->st_mode >> shift & 6U) == 6U;
}

static void check_nodes(struct doctor *doctor, const struct process *process)
{
    static const char remedy[] =
        "a udev rule: SUBSYSTEM==\"iio\", GROUP=\"" NODE_GROUP "\", MODE=\"0660\", and the user in that group "
        "(usermod -aG " NODE_GROUP " poise)";
    char path[PATH_MAX], node[PATH_MAX], group[64];
    doctor_path(doctor, path, "/dev");
    DIR *folder = opendir(path);
    int n = 0, n_closed = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        struct stat st;
        if (strncmp(entry->d_name, "iio:device", 10) != 0)
            continue;
        doctor_path(doctor, node, "/dev/%s", entry->d_name);
        if (stat(node, &st) != 0)
            continue;
        n++;
        if (may_open(process, &st))
            continue;
        if (n_closed++ > 0)
            continue;
        group_name(doctor, st.st_gid, group);
        doctor_say(doctor, DOCTOR_FAULT, "rights", remedy, "%s may not open /dev/%s: group %s, mode %04o", process->who,
                   entry->d_name, group, (unsigned)st.st_mode & 07777U);
    }
    if (folder)
        closedir(folder);
    if (n > 0 && n_closed == 0)
        doctor_say(doctor, DOCTOR_OK, "rights", NULL, "%s may open all %d nodes /dev/iio:device*", process->who, n);
    else if (n_closed > 1)
        doctor_say(doctor, DOCTOR_FAULT, "rights", NULL, "and so it is with %d more nodes", n_closed - 1);
    else if (n == 0 && doctor->has_local)
        doctor_say(doctor, DOCTOR_FAULT, "rights", "load the sensors' driver; dmesg says why it found none",
                   "there is no /dev/iio:device*");
}

void doctor_check_rights(struct doctor *doctor)
{
    struct process process;
    look_at(doctor, &process);
    check_limits(doctor, &process);
    check_nodes(doctor, &process);
}
