// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: the daemon. Is one there, does it answer, is it of this version, and what does its own status complain of.
#include "client.h"
#include "doctor.h"
#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LATE_PCT 1.0 // of the wake-ups may be above a millisecond

// Whoever holds the lock of the runtime directory, from /proc/locks: taking the lock to try would keep a daemon from
// starting.
int doctor_lock_holder(const struct doctor *doctor)
{
    char path[PATH_MAX], line[256];
    struct stat st;
    int holder = 0;
    snprintf(path, sizeof path, "%s/lock", doctor->ctl->runtime_dir);
    if (stat(path, &st) != 0)
        return 0;
    doctor_path(doctor, path, "/proc/locks");
    FILE *locks = fopen(path, "re");
    while (locks && holder == 0 && fgets(line, sizeof line, locks)) {
        int pid;
        unsigned major_number, minor_number;
        unsigned long inode;
        if (sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number, &minor_number, &inode) == 4 &&
            inode == st.st_ino && major_number == major(st.st_dev) && minor_number == minor(st.st_dev))
            holder = pid;
    }
    if (locks)
        fclose(locks);
    return holder;
}

static void check_sites(struct doctor *doctor, const json_t *status)
{
    const char *site;
    json_t *value;
    char reason[200], state[16];
    int n = 0, running = 0;
    json_object_foreach(json_object_get(status, "sites"), site, value)
    {
        n++;
        if (strcmp(line_text(value, "state", state, sizeof state), "running") == 0) {
            running++;
            continue;
        }
        line_text(value, "reason", reason, sizeof reason);
        doctor_say(doctor, DOCTOR_FAULT, "daemon", "what the reason says; then the lines on devices above",
                   "site %s is %s: %s", site, state, reason);
    }
    if (n > 0 && running == n)
        doctor_say(doctor, DOCTOR_OK, "daemon", NULL, "all %d sites are running", n);
}

static void check_lost(struct doctor *doctor, const json_t *status)
{
    static const struct {
        const char *key, *what, *remedy;
    } losses[] = {
        {"samples_dropped", "samples lost: the pipeline was a second late",
         "give it CPUs of its own (rt.cpus), end other work, look at rights above"},
        {"outputs_dropped", "results lost: the publisher was late", "end other work; is a disk behind --emit slow?"},
        {"frames_dropped", "blocks of 1 kHz frames lost", "read them faster, or publish.frames: false"},
        {"events_unrecorded", "events missing in the recording: the disk was too slow",
         "a faster disk; nothing else that writes to it"},
        {"metrics_unrecorded", "published objects missing in the recording", "a faster disk"},
    };
    const json_t *overruns = json_object_get(status, "overruns");
    bool any = false;
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        double n = line_number(overruns, losses[i].key);
        if (!(n > 0))
            continue;
        any = true;
        doctor_say(doctor, DOCTOR_WARN, "daemon", losses[i].remedy, "%.0f %s", n, losses[i].what);
    }
    if (!any && overruns)
        doctor_say(doctor, DOCTOR_OK, "daemon", NULL, "nothing was lost on the way since the start");
}

static void check_lateness(struct doctor *doctor, const json_t *rt, const char *what, const char *says)
{
    const json_t *wakeup = json_object_get(rt, "wakeup_us"), *part = json_object_get(wakeup, what);
    const json_t *counts = json_object_get(part, "counts"), *edges = json_object_get(wakeup, "edges");
    double all = 0, late = 0, worst = line_number(part, "worst");
    for (size_t i = 0; i < json_array_size(counts); i++) {
        double n = (double)json_integer_value(json_array_get(counts, i));
        all += n;
        if (i > 0 && json_integer_value(json_array_get(edges, i - 1)) >= 1000)
            late += n;
    }
    if (!(all > 0))
        return;
    double pct = 100 * late / all;
    doctor_say(doctor, pct > LATE_PCT ? DOCTOR_WARN : DOCTOR_OK, "daemon",
               pct > LATE_PCT ? "doctor --rt 60 tells whether it is the machine" : NULL,
               "%s: %.2f %% later than 1 ms, worst %.1f ms", says, pct, worst / 1e3);
}

static void check_real_time(struct doctor *doctor, const json_t *status)
{
    const json_t *rt = json_object_get(status, "rt");
    char policy[16];
    bool other = strcmp(line_text(rt, "policy", policy, sizeof policy), "fifo") != 0;
    if (other && doctor->config.rt.pipeline_priority > 0)
        doctor_say(doctor, DOCTOR_WARN, "daemon", "see rights above; poised's log says which limit is missing",
                   "its threads run under SCHED_OTHER");
    if (!json_is_true(json_object_get(rt, "mlock")) && doctor->config.rt.lock_memory)
        doctor_say(doctor, DOCTOR_WARN, "daemon", "see rights above; poised's log says which limit is missing",
                   "its memory is not locked");
    if (line_number(rt, "page_faults") > 0)
        doctor_say(doctor, DOCTOR_WARN, "daemon", "lock the memory (rt.lock_memory)",
                   "its pipeline waited for %.0f pages", line_number(rt, "page_faults"));
    check_lateness(doctor, rt, "tick", "ticks begun");
    check_lateness(doctor, rt, "block", "blocks taken up");
}

static void check_status(struct doctor *doctor, const json_t *status)
{
    char error[200];
    const json_t *recording = json_object_get(status, "recording");
    check_sites(doctor, status);
    check_lost(doctor, status);
    check_real_time(doctor, status);
    if (json_is_string(json_object_get(recording, "error")))
        doctor_say(doctor, DOCTOR_FAULT, "daemon", "see disk above; poisectl record start tries again",
                   "the recording: %s", line_text(recording, "error", error, sizeof error));
}

static void check_version(struct doctor *doctor, const json_t *ping)
{
    char version[32];
    if (strcmp(line_text(ping, "version", version, sizeof version), POISE_VERSION) == 0)
        doctor_say(doctor, DOCTOR_OK, "daemon", NULL,
                   "poised " POISE_VERSION " answers, the same version as this program");
    else
        doctor_say(doctor, DOCTOR_WARN, "daemon", "restart poised, or install both from one package",
                   "poised is version %s, this program " POISE_VERSION, version);
}

void doctor_check_daemon(struct doctor *doctor)
{
    const struct ctl *ctl = doctor->ctl;
    int holder = doctor_lock_holder(doctor);
    json_t *ping = client_try(ctl, json_pack("{s:s}", "cmd", "ping"));
    if (!ping && holder > 0)
        doctor_say(doctor, DOCTOR_FAULT, "daemon", "are you in its group? else systemctl restart poised",
                   "process %d holds %s/lock and does not answer", holder, ctl->runtime_dir);
    else if (!ping && doctor->daemon_pid > 0)
        doctor_say(doctor, DOCTOR_WARN, "daemon", "name its folder with --runtime-dir",
                   "a poised runs (process %d), but not in %s", doctor->daemon_pid, ctl->runtime_dir);
    else if (!ping)
        doctor_say(doctor, DOCTOR_WARN, "daemon", "systemctl start poised", "no poised runs in %s", ctl->runtime_dir);
    if (!ping)
        return;
    check_version(doctor, ping);
    json_decref(ping);
    json_t *reply = client_try(ctl, json_pack("{s:s}", "cmd", "status"));
    const json_t *status = json_object_get(reply, "status");
    if (json_is_object(status))
        check_status(doctor, status);
    else
        doctor_say(doctor, DOCTOR_UNKNOWN, "daemon", NULL, "it has no status yet");
    json_decref(reply);
}
