// SPDX-License-Identifier: GPL-3.0-or-later
// Puts readers, watchdog and intake together and takes them down again.
#include "acquire/acquire.h"

#include "acquire/attribute_text.h"
#include "acquire/intake.h"
#include "core/clock.h"
#include "core/rt.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define OPEN_NS   (5 * NS_PER_S)  // every device must deliver within, with ON_MISSING_EXIT
#define ALIVE_NS  (20 * NS_PER_S) // making a context may take libiio three waits of 5 s
#define WATCH_MS  250
#define RING_S    1.0 // of samples between a reader and the intake
#define N_READERS (2 * N_SITES)
_Static_assert(N_READERS <= MAX_SOURCES, "each site may be two devices");

struct acquire {
    struct acquire_params params;
    struct reader readers[N_READERS]; // site k of the configured ones: 2k the device or its accelerometer, 2k+1 gyro
    int n_readers;
    struct intake intake;
    struct trigger_home *triggers; // for the local: devices
    int stop_fd;
    pthread_t watchdog;
    bool watched;
    atomic_llong watch_turned_ns;
};

static int refuse(char *error, size_t size, int code, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int refuse(char *error, size_t size, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, size, format, args);
    va_end(args);
    return code;
}

static bool is_split(const struct site_params *site)
{
    return site->accel_name[0] || site->accel_label[0] || site->gyro_name[0] || site->gyro_label[0];
}

static int check_site(const struct site_params *site, const char *name, char *error, size_t size)
{
    if (site->uri[0] == '\0')
        return refuse(error, size, -EINVAL, "key 'sites.%s.uri' is missing; allowed: local:, ip:HOST[:PORT], usb:...",
                      name);
    bool known = false;
    for (const char *const *beginning = acquire_uri_beginnings; *beginning; beginning++)
        known = known || strncmp(site->uri, *beginning, strlen(*beginning)) == 0;
    if (!known)
        return refuse(error, size, -EINVAL,
                      "key 'sites.%s.uri': value '%s' is no URI of a device; allowed: local:, ip:HOST[:PORT], usb:...",
                      name, site->uri);
    // libiio would look for any device by itself, which needs a running avahi and may find somebody else's.
    if (strcmp(site->uri, "ip:") == 0 || strcmp(site->uri, "usb:") == 0)
        return refuse(error, size, -EINVAL,
                      "key 'sites.%s.uri': value '%s' leaves open which one; allowed: ip:HOST[:PORT], usb:DEVICE", name,
                      site->uri);
    const char *local_only = site->parent[0] != '\0' ? "parent" : site->trigger[0] != '\0' ? "trigger" : NULL;
    if (local_only && strncmp(site->uri, "local:", 6) != 0)
        return refuse(error, size, -EINVAL,
                      "key 'sites.%s.%s': only a local: device has one that poised can see; '%s' is on another machine",
                      name, local_only, site->uri);
    const char *fault = isfinite(site->mount[0]) ? mount_fault(site->mount) : NULL;
    if (fault)
        return refuse(error, size, -EINVAL,
                      "key 'sites.%s.mount' %s; allowed: the nine numbers of a rotation, row by row", name, fault);
    return 0;
}

static bool same_device(const struct device_wish *a, const struct device_wish *b)
{
    return strcmp(a->uri, b->uri) == 0 && strcmp(a->label, b->label) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->parent, b->parent) == 0 && (a->part == b->part || a->part == PART_ANY || b->part == PART_ANY);
}

static int add_reader(struct acquire *acquire, enum site id, const struct site_params *site, enum device_part part,
                      char *error, size_t size)
{
    const struct acquire_params *params = &acquire->params;
    struct reader *reader = &acquire->readers[acquire->n_readers];
    reader->slot = (uint16_t)acquire->n_readers;
    reader->site = (uint16_t)id;
    reader->fifo_priority = params->fifo_priority;
    reader->bell = &acquire->intake.bell;
    reader->ring_slots = 16;
    while (reader->ring_slots * params->block_samples < RING_S * params->rate_hz)
        reader->ring_slots *= 2;
    struct source_wish *wish = &reader->wish;
    match_wish(&wish->device, site, id, part);
    memcpy(wish->mount, site->mount, sizeof wish->mount);
    wish->rate_hz = params->rate_hz;
    wish->block_samples = params->block_samples;
    wish->kernel_buffers = params->kernel_buffers;
    wish->timeout_ms = params->timeout_ms;
    wish->accel_range_g = site->accel_range_g > 0 ? site->accel_range_g : params->accel_range_g;
    wish->gyro_range_deg_s = site->gyro_range_deg_s > 0 ? site->gyro_range_deg_s : params->gyro_range_deg_s;
    snprintf(wish->trigger, sizeof wish->trigger, "%s", site->trigger);
    wish->keep_trigger = params->trigger == TRIGGER_KEEP;
    wish->triggers = acquire->triggers;
    wish->stop_fd = acquire->stop_fd;
    for (int i = 0; i < acquire->n_readers; i++)
        if (acquire->readers[i].site != id && same_device(&acquire->readers[i].wish.device, &wish->device))
            return refuse(error, size, -EINVAL,
                          "sites %s and %s mean the same device at %s (label '%s', name '%s', parent '%s')",
                          site_names[acquire->readers[i].site], site_names[id], wish->device.uri, wish->device.label,
                          wish->device.name, wish->device.parent);
    reader_init(reader);
    acquire->n_readers++;
    return 0;
}

static int add_site(struct acquire *acquire, enum site id, const struct site_params *site, char *error, size_t size)
{
    int rc = check_site(site, site_names[id], error, size);
    if (rc != 0)
        return rc;
    bool split = is_split(site);
    bool accel = site->accel_name[0] || site->accel_label[0];
    bool gyro = site->gyro_name[0] || site->gyro_label[0];
    // A site named as a whole has a second reader in reserve: its label may match two halves.
    if (!split || accel)
        rc = add_reader(acquire, id, site, split ? PART_ACCEL : PART_ANY, error, size);
    if (rc == 0 && (!split || gyro))
        rc = add_reader(acquire, id, site, PART_GYRO, error, size);
    if (rc == 0 && !split) {
        struct reader *half = &acquire->readers[acquire->n_readers - 1];
        acquire->readers[half->slot - 1].half = half;
        half->wish.device = acquire->readers[half->slot - 1].wish.device;
        half->wish.device.part = PART_GYRO;
    }
    return rc;
}

int acquire_check_sites(const struct site_params sites[N_SITES], char *error, size_t error_size)
{
    for (int i = 0; i < N_SITES; i++) {
        int rc = sites[i].present ? check_site(&sites[i], site_names[i], error, error_size) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool is_reserve(const struct acquire *acquire, int i)
{
    return i > 0 && acquire->readers[i - 1].half == &acquire->readers[i];
}

static void *watchdog_main(void *arg)
{
    struct acquire *acquire = arg;
    struct pollfd stop = {.fd = acquire->stop_fd, .events = POLLIN};
    while (poll(&stop, 1, WATCH_MS) <= 0) {
        int64_t now_ns = clock_mono_ns();
        atomic_store(&acquire->watch_turned_ns, now_ns);
        for (int i = 0; i < acquire->n_readers; i++)
            if (atomic_load(&acquire->readers[i].started))
                reader_watch(&acquire->readers[i], now_ns);
    }
    return NULL;
}

static int start_threads(struct acquire *acquire, char *error, size_t size)
{
    struct rt_thread_options options = {.name = "read-watch"};
    int rc = rt_thread_start(&acquire->watchdog, &options, watchdog_main, acquire, NULL);
    acquire->watched = rc == 0;
    for (int i = 0; rc == 0 && i < acquire->n_readers; i++)
        if (!is_reserve(acquire, i))
            rc = reader_start(&acquire->readers[i]);
    return rc == 0 ? 0 : refuse(error, size, rc, "readers do not start: %s", strerror(-rc));
}

// ON_MISSING_EXIT: until all have delivered, the first one failed, or time is over.
static int wait_until_open(struct acquire *acquire, char *error, size_t size)
{
    int64_t until_ns = clock_mono_ns() + OPEN_NS;
    for (;;) {
        struct reader *trying = NULL;
        for (int i = 0; i < acquire->n_readers; i++) {
            struct reader *reader = &acquire->readers[i];
            if (!atomic_load(&reader->started))
                continue;
            int progress = atomic_load(&reader->progress);
            if (progress == READER_FAILED) {
                pthread_mutex_lock(&reader->lock);
                int rc = refuse(error, size, -ENODEV, "site %s: %s", site_names[reader->site], reader->failure);
                pthread_mutex_unlock(&reader->lock);
                return rc;
            }
            if (progress == READER_TRYING && !trying)
                trying = reader;
        }
        if (!trying)
            return 0;
        if (clock_mono_ns() > until_ns)
            return refuse(error, size, -ENODEV, "site %s: %s did not deliver within %d s", site_names[trying->site],
                          trying->wish.device.uri, (int)(OPEN_NS / NS_PER_S));
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

int acquire_start(struct acquire **out, const struct acquire_params *params, const struct site_params sites[N_SITES],
                  char *error, size_t error_size)
{
    *out = NULL;
    struct acquire *acquire = calloc(1, sizeof *acquire);
    if (!acquire)
        return refuse(error, error_size, -ENOMEM, "no memory");
    acquire->params = *params;
    acquire->intake.bell.fd = -1;
    acquire->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int rc = acquire->stop_fd < 0 ? -errno : 0;
    if (rc == 0)
        rc = trigger_home_create(&acquire->triggers, NULL);
    for (int i = 0; rc == 0 && i < N_SITES; i++)
        if (sites[i].present)
            rc = add_site(acquire, (enum site)i, &sites[i], error, error_size);
    if (rc == 0 && acquire->n_readers == 0)
        rc = refuse(error, error_size, -EINVAL, "no site is configured: nothing to acquire (sites.NAME.uri)");
    if (rc == 0)
        rc = intake_init(&acquire->intake, acquire->readers, acquire->n_readers);
    if (rc == 0) {
        source_prepare();
        rc = start_threads(acquire, error, error_size);
    }
    if (rc == 0 && params->on_missing == ON_MISSING_EXIT)
        rc = wait_until_open(acquire, error, error_size);
    if (rc == 0)
        *out = acquire;
    else
        acquire_stop(acquire);
    return rc;
}

int acquire_next(struct acquire *acquire, struct log_event *event)
{
    return intake_next(&acquire->intake, event);
}

bool acquire_put_command(struct acquire *acquire, const struct command *command)
{
    return intake_put_command(&acquire->intake, command);
}

void acquire_stop_intake(struct acquire *acquire)
{
    intake_stop(&acquire->intake);
}

void acquire_resume_intake(struct acquire *acquire)
{
    intake_resume(&acquire->intake);
}

bool acquire_is_alive(const struct acquire *acquire)
{
    int64_t oldest_ns = clock_mono_ns() - ALIVE_NS;
    bool alive = atomic_load(&acquire->watch_turned_ns) > oldest_ns;
    for (int i = 0; i < acquire->n_readers; i++)
        if (atomic_load(&acquire->readers[i].started))
            alive = alive && atomic_load(&acquire->readers[i].turned_ns) > oldest_ns;
    return alive;
}

void acquire_stop(struct acquire *acquire)
{
    if (!acquire)
        return;
    int64_t began_ns = clock_mono_ns();
    uint64_t one = 1;
    // Told before they are woken: a reader that did not know why would connect again, and again, without a pause.
    for (int i = 0; i < acquire->n_readers; i++)
        reader_stop(&acquire->readers[i]);
    ssize_t n = acquire->stop_fd >= 0 ? write(acquire->stop_fd, &one, sizeof one) : 0;
    (void)n;
    if (acquire->watched)
        pthread_join(acquire->watchdog, NULL);
    // In order: a reader in reserve is started by the one before it, which is joined by then.
    for (int i = 0; i < acquire->n_readers; i++)
        reader_finish(&acquire->readers[i], began_ns);
    trigger_home_destroy(acquire->triggers); // after the readers: a buffer holds its trigger
    intake_finish(&acquire->intake);
    if (acquire->stop_fd >= 0)
        close(acquire->stop_fd);
    free(acquire);
}
