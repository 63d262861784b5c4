// SPDX-License-Identifier: GPL-3.0-or-later
#include "assess_keep.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/ring.h"
#include "record/assessment_store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME     64
#define N_SLOTS  8 // a repetition takes a second, main looks four times a second
#define PAUSE_NS NS_PER_S

struct noted {
    uint32_t number; // assessments are counted as they begin
    char subject[NAME], session[SESSION_ID];
    struct exercise_result result;
};

struct assess_keep {
    char *dir; // NULL: none
    char configured[NAME], rig[NAME];
    struct ring *ring; // of struct noted, to main

    // Main's.
    struct noted last; // its number 0: none yet
    bool pending;      // last is not written yet
    uint32_t written;  // number of the one written last
    int64_t written_ns;
    bool said; // that the state directory cannot be written

    // The pipeline thread's while it runs.
    char subject[NAME]; // told by the session that runs, "" for none
    struct noted now;
    int64_t sum;
    bool owed; // now found no place in the ring yet
};

int assess_keep_create(struct assess_keep **out, const char *dir)
{
    struct assess_keep *k = *out = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    int rc = ring_create(&k->ring, sizeof(struct noted), N_SLOTS);
    if (rc == 0 && dir && !(k->dir = strdup(dir)))
        rc = -ENOMEM;
    if (rc == 0)
        return 0;
    assess_keep_destroy(k);
    *out = NULL;
    return rc;
}

void assess_keep_destroy(struct assess_keep *k)
{
    if (!k)
        return;
    ring_destroy(k->ring);
    free(k->dir);
    free(k);
}

void assess_keep_begin(struct assess_keep *k, const char *subject, const char *rig)
{
    snprintf(k->configured, sizeof k->configured, "%s", subject);
    if (rig)
        snprintf(k->rig, sizeof k->rig, "%s", rig);
    k->subject[0] = '\0';
    k->now.result.begun_ns = 0;
}

static void take_name(char to[NAME], const char *name)
{
    size_t n = strnlen(name, NAME - 1);
    memcpy(to, name, n);
    to[n] = '\0';
}

void assess_keep_command(struct assess_keep *k, const struct command *command)
{
    if (command->kind != COMMAND_SESSION)
        return;
    bool told = command->session[0] != '\0' && strlen(command->text) < sizeof k->subject;
    take_name(k->subject, told ? command->text : "");
}

static void hand_over(struct assess_keep *k)
{
    struct noted *slot = ring_reserve(k->ring);
    k->owed = slot == NULL; // then with the next output
    if (!slot)
        return;
    *slot = k->now;
    ring_commit(k->ring);
}

// Another number whenever something is done that is worth keeping; 0: nothing is.
static int64_t sum_of(const struct exercise_result *r)
{
    int64_t done = 0;
    for (int i = 0; i < r->n_rows; i++)
        done += 2 * r->row[i].count + r->row[i].held + r->row[i].n_values;
    return done == 0 ? 0
                     : ((done * (EXERCISE_ROWS + 1) + r->n_rows) * (EXERCISE_PARTS + 2) + r->part + 1) * 4 + r->outcome;
}

static void begin(struct assess_keep *k, const struct output *output)
{
    if (k->owed)
        hand_over(k); // the last chance of the one before
    k->now.number++;
    take_name(k->now.subject, k->subject[0] != '\0' ? k->subject : k->configured);
    memcpy(k->now.session, output->session, sizeof k->now.session);
    k->sum = 0;
}

void assess_keep_watch(struct assess_keep *k, const struct output *output)
{
    if (!k->dir)
        return;
    const struct exercise_result *result = &output->assessment;
    if (output->stream == STREAM_ASSESSMENT && result->exercise >= 0 && result->begun_ns != 0) {
        if (result->begun_ns != k->now.result.begun_ns)
            begin(k, output);
        k->now.result = *result;
        int64_t sum = sum_of(result);
        k->owed = k->owed || (sum != 0 && sum != k->sum);
        k->sum = sum;
    }
    if (k->owed)
        hand_over(k);
}

// What the file holds; one that cannot be read goes aside, so that it is not lost. NULL: nothing can be kept.
static json_t *open_entries(struct assess_keep *k, const char *subject)
{
    char error[ASSESSMENT_PATH + 256];
    json_t *entries;
    int rc = assessment_store_load(&entries, k->dir, subject, error, sizeof error);
    if (rc == 0)
        return entries;
    log_error("assessments so far: %s", error);
    if (rc != -EINVAL && rc != -EFBIG)
        return NULL;
    rc = assessment_store_set_aside(k->dir, subject);
    if (rc != 0)
        log_error("this file cannot be set aside: %s", strerror(-rc));
    return rc == 0 ? json_array() : NULL;
}

static int write_last(struct assess_keep *k, char *error, size_t error_size)
{
    const struct noted *last = &k->last;
    // Read anew each time: the subject may have been deleted meanwhile.
    json_t *entries = open_entries(k, last->subject);
    json_t *entry = entries ? assessment_entry(&last->result, last->session, k->rig) : NULL;
    int rc = entry ? assessment_put(entries, entry, last->number == k->written) : -EIO;
    if (rc == 0)
        rc = assessment_store_save(entries, k->dir, last->subject, error, error_size);
    else
        snprintf(error, error_size, "%s", strerror(-rc));
    json_decref(entries);
    return rc;
}

static void write_pending(struct assess_keep *k)
{
    char error[ASSESSMENT_PATH + 256], path[ASSESSMENT_PATH];
    const struct noted *last = &k->last;
    k->written_ns = clock_mono_ns();
    int rc = write_last(k, error, sizeof error);
    if (rc == 0) {
        k->pending = false;
        k->written = last->number;
        rc = assessment_store_path(path, k->dir, last->subject, error, sizeof error);
    }
    if (rc == 0 && last->result.outcome != ASSESS_RUNNING)
        log_info("assessment %s kept in %s", exercises[last->result.exercise].name, path);
    if (rc != 0 && !k->said)
        log_warning("the assessment is not kept: %s; measuring goes on", error);
    k->said = rc != 0;
}

static void take(struct assess_keep *k, const struct noted *noted)
{
    if (k->pending && noted->number != k->last.number)
        write_pending(k);
    k->last = *noted;
    k->pending = true;
}

void assess_keep_save(struct assess_keep *k)
{
    const struct noted *noted;
    while ((noted = ring_peek(k->ring)) != NULL) {
        take(k, noted);
        ring_release(k->ring);
    }
    bool ended = k->last.result.outcome != ASSESS_RUNNING && !k->said;
    if (k->pending && (ended || clock_mono_ns() - k->written_ns >= PAUSE_NS))
        write_pending(k);
}

void assess_keep_settle(struct assess_keep *k)
{
    assess_keep_save(k);
    if (k->owed)
        take(k, &k->now);
    k->owed = false;
    if (k->pending)
        write_pending(k);
}
