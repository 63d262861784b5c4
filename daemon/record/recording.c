// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/recording.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/uuid.h"
#include "record/log_head.h"
#include "record/log_writer.h"
#include "record/record_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLUSH_NS   NS_PER_S // a crash costs a second, not 64 KiB of quiet events
#define TRIM_NS    (10 * NS_PER_S)
#define NAME_TRIES 20

struct recording {
    struct record_params params;
    char rig[64];
    struct recording_state state;
    struct log_head head;
    struct log_writer *writer; // NULL: does not write
    bool one_file;
    char stamp[RECORD_STAMP + 1]; // of its first part
    struct log_part part;
    uint64_t bytes_before; // of the parts before this one
    int64_t part_ns, flushed_ns, synced_ns, trimmed_ns;
    struct log_limit trim_said;
};

int recording_create(struct recording **out, const struct record_params *params, const char *rig)
{
    struct recording *r = *out = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->params = *params;
    snprintf(r->rig, sizeof r->rig, "%s", rig);
    return 0;
}

const struct recording_state *recording_state(const struct recording *r)
{
    return &r->state;
}

static void count_bytes(struct recording *r)
{
    r->state.bytes = r->bytes_before + (r->writer ? log_writer_bytes(r->writer) : 0);
}

static void trim(struct recording *r, int64_t now)
{
    r->trimmed_ns = now;
    if (r->one_file || r->params.keep_gb <= 0)
        return;
    int rc = record_folder_trim(r->params.dir, r->rig, (uint64_t)(r->params.keep_gb * 1e9), r->state.path);
    if (rc < 0 && log_limit_pass(&r->trim_said, 600 * NS_PER_S) >= 0)
        log_warning("old recordings in %s cannot be deleted: %s", r->params.dir, strerror(-rc));
}

static int open_file(struct recording *r, const char *path)
{
    if (path) {
        snprintf(r->state.path, sizeof r->state.path, "%s", path);
        return log_writer_open(&r->writer, path);
    }
    int fd = -EEXIST;
    for (int i = 0; i < NAME_TRIES && fd == -EEXIST; i++) {
        if (r->part.number == 1)
            record_folder_stamp(clock_utc_ns(), r->stamp);
        fd = record_folder_open(r->params.dir, r->rig, r->stamp, r->part.number, r->state.path, sizeof r->state.path);
        if (fd == -EEXIST && r->part.number > 1)
            break; // someone has put a file there
        if (fd == -EEXIST)
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); // the name has milliseconds
    }
    return fd < 0 ? fd : log_writer_open_fd(&r->writer, fd);
}

// The file of r->part, up to where the log goes on.
static int begin_part(struct recording *r, const char *path)
{
    int rc = open_file(r, path);
    r->part.has_head = r->head.settings != NULL;
    if (rc == 0)
        rc = log_writer_put_part(r->writer, &r->part);
    if (rc == 0 && r->part.has_head)
        rc = log_head_write(&r->head, r->writer);
    if (rc == 0 && r->part.has_head)
        rc = log_writer_put_head(r->writer);
    if (rc == 0) // a full or failing disk shows here, not a second later
        rc = log_writer_flush(r->writer);
    r->part_ns = r->flushed_ns = r->synced_ns = clock_mono_ns();
    r->state.part = r->part.number;
    count_bytes(r);
    if (rc == 0)
        trim(r, r->part_ns);
    return rc;
}

// Closes the part's file. What it has is counted.
static int end_part(struct recording *r)
{
    int rc = log_writer_close(r->writer);
    r->writer = NULL;
    r->bytes_before = r->state.bytes;
    return rc;
}

static void fail(struct recording *r, int rc)
{
    if (rc == 0 || !r->state.writing)
        return;
    count_bytes(r);
    (void)end_part(r);
    r->state.writing = false;
    r->state.error = rc;
    log_error("recording to %s stopped: %s; measuring goes on", r->state.path, strerror(-rc));
}

int recording_start(struct recording *r, const char *path)
{
    if (r->state.writing)
        return -EALREADY;
    if (!path && r->params.dir[0] == '\0')
        return -ENOTDIR;
    r->one_file = path != NULL;
    r->bytes_before = 0;
    r->part = (struct log_part){.number = 1};
    int rc = uuid_make(r->part.recording);
    if (rc == 0)
        rc = begin_part(r, path);
    if (rc != 0)
        (void)end_part(r);
    r->state.writing = rc == 0;
    r->state.error = rc;
    return rc;
}

int recording_stop(struct recording *r)
{
    if (!r->state.writing)
        return r->state.error;
    count_bytes(r);
    r->state.error = end_part(r);
    r->state.writing = false;
    return r->state.error;
}

static bool part_is_full(const struct recording *r)
{
    double bytes = (double)log_writer_bytes(r->writer);
    double minutes = (double)(clock_mono_ns() - r->part_ns) / (60.0 * NS_PER_S);
    return (r->params.rotate_mb > 0 && bytes >= r->params.rotate_mb * 1e6) ||
           (r->params.rotate_min > 0 && minutes >= r->params.rotate_min);
}

// Before an event, when all that came of the one before is known: what is in force then is the next part's head.
static void rotate(struct recording *r)
{
    int rc = end_part(r);
    r->part.number++;
    if (rc == 0)
        rc = begin_part(r, NULL);
    fail(r, rc);
}

void recording_put(struct recording *r, const struct log_event *event)
{
    if (r->state.writing && !r->one_file && part_is_full(r))
        rotate(r);
    if (event->kind != LOG_BLOCK && event->kind != LOG_TICK)
        log_head_take(&r->head, event);
    if (!r->state.writing)
        return;
    int rc = log_writer_put(r->writer, event);
    if (rc == -EINVAL || rc == -ERANGE) { // this event alone cannot be written: a hole, not the end
        r->state.lost_events++;
        rc = log_writer_put_hole(r->writer, 1);
    }
    count_bytes(r);
    fail(r, rc);
}

void recording_put_hole(struct recording *r, unsigned long long n_lost)
{
    if (r->state.writing)
        fail(r, log_writer_put_hole(r->writer, n_lost));
}

void recording_put_metric(struct recording *r, int64_t t_ns, const char *text)
{
    if (!r->state.writing)
        return;
    int rc = log_writer_put_metric(r->writer, t_ns, text);
    count_bytes(r);
    fail(r, rc);
}

void recording_set_calibration(struct recording *r, const struct calibration *calibration)
{
    log_head_set_calibration(&r->head, calibration);
}

void recording_turn(struct recording *r)
{
    int64_t now = clock_mono_ns();
    if (!r->state.writing || now - r->flushed_ns < FLUSH_NS)
        return;
    r->flushed_ns = now;
    // What goes into a file that no folder has is lost: better to say so.
    int rc = log_writer_is_removed(r->writer) ? -ENOENT : 0;
    bool sync = r->params.fsync_s > 0 && (double)(now - r->synced_ns) >= r->params.fsync_s * 1e9;
    if (rc == 0)
        rc = sync ? log_writer_sync(r->writer) : log_writer_flush(r->writer);
    if (sync)
        r->synced_ns = now;
    fail(r, rc);
    if (r->state.writing && now - r->trimmed_ns >= TRIM_NS)
        trim(r, now);
}

void recording_destroy(struct recording *r)
{
    if (!r)
        return;
    (void)recording_stop(r);
    free(r);
}
