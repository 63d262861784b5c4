// SPDX-License-Identifier: GPL-3.0-or-later
// doctor: is at each URI what the configuration means, by the very rules of acquire; and what lies on this machine's
// bus: triggers with the devices that share them, the clocks that stamp samples.
#include "acquire/acquire.h"
#include "acquire/match.h"
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS_MAX 128
#define BUS      "/sys/bus/iio/devices"

struct bus {
    int n;
    struct acquire_listing row[ROWS_MAX];
    char trigger[ROWS_MAX][64]; // "" for none
    bool takes_trigger[ROWS_MAX];
};

static double read_real(const struct doctor *doctor, const char *id, const char *name)
{
    char text[64];
    return doctor_read(doctor, text, sizeof text, BUS "/%s/%s", id, name) ? atof(text) : NAN;
}

static void read_device(const struct doctor *doctor, struct bus *bus, const char *id)
{
    char path[400];
    struct acquire_listing *row = &bus->row[bus->n];
    *row = (struct acquire_listing){.rate_hz = NAN, .accel_scale = NAN, .gyro_scale = NAN};
    snprintf(row->id, sizeof row->id, "%.31s", id);
    doctor_read(doctor, row->name, sizeof row->name, BUS "/%s/name", id);
    doctor_read(doctor, row->label, sizeof row->label, BUS "/%s/label", id);
    snprintf(path, sizeof path, BUS "/%s/in_accel_x_raw", id);
    row->has_accel = doctor_exists(doctor, path);
    snprintf(path, sizeof path, BUS "/%s/in_anglvel_x_raw", id);
    row->has_gyro = doctor_exists(doctor, path);
    snprintf(path, sizeof path, BUS "/%s/scan_elements/in_timestamp_en", id);
    row->has_timestamp = doctor_exists(doctor, path);
    row->rate_hz = read_real(doctor, id, "sampling_frequency");
    bus->takes_trigger[bus->n] =
        doctor_read(doctor, bus->trigger[bus->n], sizeof bus->trigger[bus->n], BUS "/%s/trigger/current_trigger", id);
    bus->n++;
}

static int by_id(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static const struct bus *read_bus(const struct doctor *doctor)
{
    static struct bus bus; // static: tens of kilobytes
    struct dirent **entries;
    char path[PATH_MAX];
    doctor_path(doctor, path, BUS);
    bus.n = 0;
    int n = scandir(path, &entries, NULL, by_id);
    for (int i = 0; i < n; i++) {
        if (strncmp(entries[i]->d_name, "iio:device", 10) == 0 && bus.n < ROWS_MAX)
            read_device(doctor, &bus, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return &bus;
}

static void check_part(struct doctor *doctor, enum site id, enum device_part part, const struct acquire_listing *rows,
                       int n)
{
    static const char *const halves[] = {"", " (accelerometer)", " (gyroscope)"};
    struct device_wish wish;
    char reason[REASON_MAX];
    int half;
    match_wish(&wish, &doctor->config.sites[id], id, part);
    int found = match_device(rows, n, &wish, &half, reason);
    if (found < 0) {
        doctor_say(doctor, DOCTOR_FAULT, "devices",
                   "correct label or name under sites: in the configuration, or look at the wiring; poisectl devices "
                   "URI lists what is there",
                   "site %s%s: %s", site_names[id], halves[part], reason);
        return;
    }
    const struct acquire_listing *row = &rows[found];
    const char *also = half >= 0 ? rows[half].id : "";
    if (!row->has_timestamp)
        doctor_say(doctor, DOCTOR_FAULT, "devices", "use a driver with a timestamp channel",
                   "site %s%s: %s (%s) stamps no samples, and a nominal rate is no time base", site_names[id],
                   halves[part], row->name, row->id);
    else
        doctor_say(doctor, DOCTOR_OK, "devices", NULL, "site %s%s: %s (%s%s%s) at %s", site_names[id], halves[part],
                   row->name, row->id, also[0] != '\0' ? " and " : "", also, wish.uri);
}

static void check_site(struct doctor *doctor, enum site id, const struct acquire_listing *rows, int n)
{
    const struct site_params *site = &doctor->config.sites[id];
    bool accel = site->accel_name[0] || site->accel_label[0], gyro = site->gyro_name[0] || site->gyro_label[0];
    if (!accel && !gyro)
        check_part(doctor, id, PART_ANY, rows, n);
    if (accel)
        check_part(doctor, id, PART_ACCEL, rows, n);
    if (gyro)
        check_part(doctor, id, PART_GYRO, rows, n);
}

static void check_uri(struct doctor *doctor, int first)
{
    static struct acquire_listing rows[ROWS_MAX];
    const char *uri = doctor->config.sites[first].uri;
    int n;
    if (doctor->root[0] != '\0' && strncmp(uri, "local:", 6) == 0) {
        const struct bus *bus = read_bus(doctor);
        n = bus->n;
        memcpy(rows, bus->row, sizeof rows);
    } else {
        n = acquire_list(uri, rows, ROWS_MAX);
    }
    if (n < 0) {
        doctor_say(doctor, DOCTOR_FAULT, "devices",
                   strncmp(uri, "ip:", 3) == 0 ? "is the board on, the address right, iiod running there?"
                                               : "load the sensors' driver, connect the device",
                   "%s: %s", uri, strerror(-n));
        return;
    }
    for (int s = first; s < N_SITES; s++)
        if (doctor->config.sites[s].present && strcmp(doctor->config.sites[s].uri, uri) == 0)
            check_site(doctor, (enum site)s, rows, n < ROWS_MAX ? n : ROWS_MAX);
}

static bool is_first_of_uri(const struct doctor *doctor, int site)
{
    for (int s = 0; s < site; s++)
        if (doctor->config.sites[s].present && strcmp(doctor->config.sites[s].uri, doctor->config.sites[site].uri) == 0)
            return false;
    return doctor->config.sites[site].present;
}

void doctor_check_devices(struct doctor *doctor)
{
    for (int s = 0; s < N_SITES; s++)
        if (is_first_of_uri(doctor, s))
            check_uri(doctor, s);
    if (doctor->has_local && doctor_find_process(doctor, "iiod") > 0)
        doctor_say(doctor, DOCTOR_WARN, "devices",
                   "systemctl disable --now iiod, unless others need it; what it holds open poised cannot have",
                   "iiod runs on this machine beside sites with local:");
}

static void say_shared(struct doctor *doctor, const char *trigger, int n, const char *names)
{
    char remedy[300];
    snprintf(remedy, sizeof remedy,
             "a trigger of its own for each pair of devices: mkdir /sys/kernel/config/iio/triggers/hrtimer/NAME, then "
             "NAME into trigger/current_trigger; or a kernel with CONFIG_IIO_CONSUMERS_PER_TRIGGER above %d",
             doctor->consumers);
    if (n > doctor->consumers)
        doctor_say(doctor, DOCTOR_FAULT, "triggers", remedy,
                   "trigger %s serves at most %d devices and is given to %d: %s; the buffer of the last does not start",
                   trigger, doctor->consumers, n, names);
    else
        doctor_say(doctor, DOCTOR_OK, "triggers", NULL, "trigger %s: %s", trigger, names);
}

void doctor_check_triggers(struct doctor *doctor)
{
    const struct bus *bus = doctor->has_local ? read_bus(doctor) : NULL;
    for (int i = 0; bus && i < bus->n; i++) {
        char names[500] = "";
        int n = 0;
        bool seen = false;
        if (!bus->row[i].has_accel && !bus->row[i].has_gyro)
            continue;
        if (bus->takes_trigger[i] && bus->trigger[i][0] == '\0')
            doctor_say(doctor, DOCTOR_UNKNOWN, "triggers", NULL,
                       "%s has no trigger now; it needs one unless its driver fills the buffer by itself",
                       listing_title(&bus->row[i]));
        if (bus->trigger[i][0] == '\0')
            continue;
        for (int k = 0; k < bus->n; k++) {
            if (strcmp(bus->trigger[k], bus->trigger[i]) != 0)
                continue;
            seen = seen || k < i;
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%s", n++ > 0 ? ", " : "", listing_title(&bus->row[k]));
        }
        if (!seen)
            say_shared(doctor, bus->trigger[i], n, names);
    }
}

static void check_host_clock(struct doctor *doctor)
{
    struct timespec resolution, a, b;
    char source[32];
    bool told =
        doctor_read(doctor, source, sizeof source, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
    clock_getres(CLOCK_MONOTONIC, &resolution);
    clock_gettime(CLOCK_MONOTONIC, &a);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double passed_ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
    if (passed_ms < 1 || resolution.tv_sec > 0 || resolution.tv_nsec > 1000)
        doctor_say(doctor, DOCTOR_FAULT, "clocks", "boot with another clocksource=, check the kernel's log",
                   "CLOCK_MONOTONIC is not usable: %.3f ms passed in a pause of 1 ms, resolution %ld ns", passed_ms,
                   resolution.tv_nsec);
    else if (told && (strcmp(source, "jiffies") == 0 || strcmp(source, "refined-jiffies") == 0))
        doctor_say(doctor, DOCTOR_FAULT, "clocks", "boot with another clocksource=, check the kernel's log",
                   "the clock source is %s: stamps are as coarse as the timer's tick", source);
    else
        doctor_say(doctor, DOCTOR_OK, "clocks", NULL, "CLOCK_MONOTONIC runs, resolution %ld ns%s%s", resolution.tv_nsec,
                   told ? ", source " : "", source);
}

void doctor_check_clocks(struct doctor *doctor)
{
    check_host_clock(doctor);
    const struct bus *bus = doctor->has_local ? read_bus(doctor) : NULL;
    for (int i = 0; bus && i < bus->n; i++) {
        char clock[32];
        if ((!bus->row[i].has_accel && !bus->row[i].has_gyro) ||
            !doctor_read(doctor, clock, sizeof clock, BUS "/%s/current_timestamp_clock", bus->row[i].id) ||
            strncmp(clock, "monotonic", 9) == 0)
            continue;
        // poised sets it when it opens the device; only beside a running one it is wrong.
        if (doctor->daemon_pid > 0)
            doctor_say(doctor, DOCTOR_WARN, "clocks",
                       "restart poised and read its log: it sets the clock when it opens the device",
                       "%s is stamped by the clock '%s', not by the monotonic one", listing_title(&bus->row[i]), clock);
        else
            doctor_say(doctor, DOCTOR_OK, "clocks", NULL, "%s is stamped by '%s' now; poised sets monotonic",
                       listing_title(&bus->row[i]), clock);
    }
}
