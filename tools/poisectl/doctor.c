// SPDX-License-Identifier: GPL-3.0-or-later
#include "doctor.h"

#include "export_progress.h"
#include "pages.h"
#include "safe_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/poise/poised.yaml"

static const char *const level_names[] = {"ok", "unknown", "warn", "fault"};

static void print_check(enum doctor_level level, const char *area, const char *found, const char *remedy)
{
    int at = printf("%-7s  %-9s  ", level_names[level], area);
    char *safe = safe_text(found);
    cli_wrap(stdout, at, at, safe ? safe : "");
    free(safe);
    if (!remedy)
        return;
    printf("%*s-> ", at, "");
    cli_wrap(stdout, at + 3, at + 3, remedy);
}

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *area, const char *remedy,
                const char *format, ...)
{
    char found[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(found, sizeof found, format, args);
    va_end(args);
    doctor->n[level]++;
    if (!doctor->checks) {
        print_check(level, area, found, remedy);
        return;
    }
    char *safe = safe_text(found);
    json_array_append_new(doctor->checks, json_pack("{s:s, s:s, s:s, s:s?}", "area", area, "level", level_names[level],
                                                    "found", safe ? safe : "", "remedy", remedy));
    free(safe);
}

static int worst(const struct doctor *doctor)
{
    int level = DOCTOR_FAULT;
    while (level > DOCTOR_OK && doctor->n[level] == 0)
        level--;
    return level;
}

static void load_config(struct doctor *doctor)
{
    const struct ctl *ctl = doctor->ctl;
    char path[PATH_MAX], error[SETTINGS_ERROR] = "";
    config_defaults(&doctor->config);
    doctor_path(doctor, path, "%s", DEFAULT_CONFIG);
    if (ctl->config)
        snprintf(path, sizeof path, "%s", ctl->config);
    if (!ctl->config && access(path, F_OK) != 0) {
        doctor_say(doctor, DOCTOR_WARN, "config", "write " DEFAULT_CONFIG " or name a file with --config",
                   "%s is not there: the checks go by the defaults, which have no site", path);
        return;
    }
    int rc = settings_load_file(&config_schema, &doctor->config, path, error);
    if (rc == 0 && (rc = config_check(&doctor->config, error)) == 0)
        rc = rt_check(&doctor->config.rt, doctor->config.acquire.fifo_priority, error, sizeof error);
    int n = 0;
    for (int s = 0; s < N_SITES; s++)
        n += doctor->config.sites[s].present;
    if (rc != 0)
        doctor_say(doctor, DOCTOR_FAULT, "config", "poised refuses to start with it (exit 78)", "%s", error);
    else if (n == 0)
        doctor_say(doctor, DOCTOR_WARN, "config", "say under sites: what is worn where; poised.yaml(5)",
                   "%s has no site", path);
    else
        doctor_say(doctor, DOCTOR_OK, "config", NULL, "%s is valid, %d sites", path, n);
}

static void find_local(struct doctor *doctor)
{
    for (int s = 0; s < N_SITES; s++)
        if (doctor->config.sites[s].present && strncmp(doctor->config.sites[s].uri, "local:", 6) == 0)
            doctor->has_local = true;
}

static int finish(struct doctor *doctor, json_t *measured)
{
    int rc = doctor->n[DOCTOR_FAULT] > 0 ? 1 : 0;
    if (doctor->checks) {
        char faults[32];
        snprintf(faults, sizeof faults, "%d faults", doctor->n[DOCTOR_FAULT]);
        int printed =
            ctl_print(json_pack("{s:b, s:s*, s:s, s:o, s:o?}", "ok", rc == 0, "error", rc == 0 ? NULL : faults, "worst",
                                level_names[worst(doctor)], "checks", doctor->checks, "rt", measured));
        return printed == 0 ? rc : 1;
    }
    json_decref(measured);
    printf("\n%d ok, %d unknown, %d warnings, %d faults\n", doctor->n[DOCTOR_OK], doctor->n[DOCTOR_UNKNOWN],
           doctor->n[DOCTOR_WARN], doctor->n[DOCTOR_FAULT]);
    return fflush(stdout) == 0 ? rc : 1;
}

int ctl_doctor(const struct ctl *ctl)
{
    static struct doctor doctor; // static: the configuration is several kilobytes
    doctor.ctl = ctl;
    doctor.root = ctl->root ? ctl->root : "";
    doctor.consumers = 2; // CONFIG_IIO_CONSUMERS_PER_TRIGGER, until the kernel's own is known
    doctor.checks = ctl->json ? json_array() : NULL;
    load_config(&doctor);
    find_local(&doctor);
    doctor.daemon_pid = doctor_lock_holder(&doctor);
    if (doctor.daemon_pid == 0)
        doctor.daemon_pid = doctor_find_process(&doctor, "poised");
    doctor_check_kernel(&doctor);
    doctor_check_rights(&doctor);
    doctor_check_devices(&doctor);
    doctor_check_triggers(&doctor);
    doctor_check_clocks(&doctor);
    doctor_check_machine(&doctor);
    doctor_check_disk(&doctor);
    doctor_check_daemon(&doctor);
    json_t *measured = NULL;
    if (ctl->rt_seconds > 0) {
        export_watch_signals(); // Ctrl-C ends the measurement, not what it found
        measured = doctor_measure(&doctor, ctl->rt_seconds);
    }
    int rc = finish(&doctor, measured);
    return export_stopped() ? 128 + export_stopped() : rc;
}
