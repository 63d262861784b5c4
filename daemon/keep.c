// SPDX-License-Identifier: GPL-3.0-or-later
#include "keep.h"

#include "core/log.h"
#include "core/ring.h"
#include "record/calibration_store.h"
#include "record/calibration_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define N_SLOTS 4 // changes are seconds apart, main looks four times a second

struct keep {
    char *dir; // NULL: none
    bool begun;
    char subject[sizeof((struct config_subject *)0)->id], rig[sizeof((struct config_top *)0)->rig];
    int mode; // segment.calibration
    bool has_opening;
    struct calibration opening;
    struct ring *ring; // of struct calibration, for main to write
    bool said;         // that the state directory cannot be written

    // The pipeline thread's while it runs.
    uint32_t changes;
    bool in_force; // now, or what of it fits the sensors worn
    bool has_now;
    struct calibration now;
    bool owed; // found no place in the ring yet
};

int keep_create(struct keep **out, const char *dir)
{
    struct keep *k = *out = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    int rc = ring_create(&k->ring, sizeof(struct calibration), N_SLOTS);
    if (rc == 0 && dir && !(k->dir = strdup(dir)))
        rc = -ENOMEM;
    if (rc == 0)
        return 0;
    keep_destroy(k);
    *out = NULL;
    return rc;
}

void keep_destroy(struct keep *k)
{
    if (!k)
        return;
    ring_destroy(k->ring);
    free(k->dir);
    free(k);
}

static void open_with(struct keep *k, const struct calibration *calibration)
{
    k->has_opening = k->has_now = k->in_force = true;
    k->opening = k->now = *calibration;
}

static void load(struct keep *k)
{
    char error[CALIBRATION_PATH + 256];
    struct calibration stored;
    int rc = calibration_store_load(&stored, k->dir, k->subject, k->rig, error, sizeof error);
    if (rc == -ENOENT)
        log_warning("no stored calibration: %s; the first quiet stand will be used", error);
    else if (rc != 0)
        log_error("stored calibration: %s; the first quiet stand will be used", error);
    else
        open_with(k, &stored);
}

void keep_begin(struct keep *k, const struct config *config, const struct calibration *recorded)
{
    bool same_subject = k->begun && strcmp(k->subject, config->subject.id) == 0;
    struct calibration carried = k->now;
    bool carry = k->in_force && same_subject;
    if (!k->begun)
        memcpy(k->rig, config->top.rig, sizeof k->rig);
    k->begun = true;
    memcpy(k->subject, config->subject.id, sizeof k->subject);
    k->mode = config->segment.calibration;
    k->has_opening = k->has_now = k->in_force = k->owed = false;
    k->changes = 0;
    if (!k->dir || k->mode == CALIBRATION_OFF)
        return;
    if (recorded)
        open_with(k, recorded);
    else if (carry)
        open_with(k, &carried);
    else if (k->mode == CALIBRATION_STORED)
        load(k);
}

const struct calibration *keep_opening(const struct keep *k)
{
    return k->has_opening ? &k->opening : NULL;
}

static void hand_over(struct keep *k)
{
    struct calibration *slot = ring_reserve(k->ring);
    k->owed = slot == NULL; // then with the next output
    if (!slot)
        return;
    *slot = k->now;
    ring_commit(k->ring);
}

void keep_watch(struct keep *k, const struct output *output)
{
    if (!k->dir || k->mode == CALIBRATION_OFF || output->stream != STREAM_CALIBRATION)
        return;
    const struct calibration_result *result = &output->calibration;
    if (result->changes != k->changes) {
        k->changes = result->changes;
        k->in_force = result->calibrated;
        // One of which some sites are not worn, or mounted otherwise, is no new one: the whole stays.
        if (result->calibrated && !(k->has_now && calibration_is_part(&result->now, &k->now))) {
            k->now = result->now;
            k->has_now = k->owed = true;
        }
    }
    if (k->owed)
        hand_over(k);
}

static void save(struct keep *k, const struct calibration *calibration)
{
    char error[CALIBRATION_PATH + 256], path[CALIBRATION_PATH];
    int rc = calibration_store_save(calibration, k->dir, k->subject, k->rig, error, sizeof error);
    if (rc == 0)
        rc = calibration_store_path(path, k->dir, k->subject, k->rig, error, sizeof error);
    if (rc == 0)
        log_info("calibration of subject %s kept in %s", k->subject[0] != '\0' ? k->subject : "anyone", path);
    else if (!k->said)
        log_warning("the calibration is not kept: %s; measuring goes on", error);
    k->said = rc != 0;
}

void keep_save(struct keep *k)
{
    const struct calibration *calibration;
    while ((calibration = ring_peek(k->ring)) != NULL) {
        save(k, calibration);
        ring_release(k->ring);
    }
}

void keep_settle(struct keep *k)
{
    keep_save(k);
    if (k->owed)
        save(k, &k->now);
    k->owed = false;
}
