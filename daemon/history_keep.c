// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_keep.h"

#include "core/log.h"
#include "core/ring.h"
#include "record/history_store.h"
#include "record/history_text.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT 64
#define N_SLOTS 4 // a change a minute, main looks four times a second

struct noted {
    uint32_t runner; // whose it is: runners are counted as they come
    struct runner_history history;
};

// The event of a log; recorder and pipeline may look at it as long as they live, so it is freed at the very end.
struct opened {
    struct opened *before;
    uint32_t runner;
    struct runner_history history;
};

struct history_keep {
    char *dir; // NULL: none
    // Main's.
    char subject[SUBJECT];
    uint32_t runner; // 0: none yet
    struct opened *all;
    const struct opened *opening;
    bool has_saved, said;
    uint32_t saved_runner;
    struct runner_history saved; // as last handed over, of saved_runner

    struct ring *ring;             // of struct noted, to main
    _Atomic(struct opened *) next; // to the pipeline thread

    // The pipeline thread's while it runs.
    uint32_t runs, changes;
    bool owed;
    struct runner_history now;
};

int history_keep_create(struct history_keep **out, const char *dir)
{
    struct history_keep *k = *out = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    int rc = ring_create(&k->ring, sizeof(struct noted), N_SLOTS);
    if (rc == 0 && dir && !(k->dir = strdup(dir)))
        rc = -ENOMEM;
    if (rc == 0)
        return 0;
    history_keep_destroy(k);
    *out = NULL;
    return rc;
}

void history_keep_destroy(struct history_keep *k)
{
    if (!k)
        return;
    while (k->all) {
        struct opened *opened = k->all;
        k->all = opened->before;
        free(opened);
    }
    ring_destroy(k->ring);
    free(k->dir);
    free(k);
}

static const char *shown(const struct history_keep *k)
{
    return k->subject[0] != '\0' ? k->subject : "anyone";
}

// What is known of the runner: as the last pipeline left it, or from the file; NULL: nothing.
static struct opened *open_history(struct history_keep *k)
{
    char error[HISTORY_PATH + 256];
    struct opened *opened = calloc(1, sizeof *opened);
    if (!opened) {
        log_error("no memory for the history of %s", shown(k));
        return NULL;
    }
    history_clear(&opened->history);
    opened->runner = k->runner;
    int rc = 0;
    if (k->has_saved && k->saved_runner == k->runner)
        opened->history = k->saved;
    else
        rc = history_store_load(&opened->history, k->dir, k->subject, error, sizeof error);
    if (rc == 0 || rc == -ENOENT) // an empty one says that this runner is new
        log_debug("history of %s: %u sessions", shown(k), opened->history.sessions);
    else
        log_error("the history of %s is not used: %s", shown(k), error);
    opened->before = k->all;
    k->all = opened;
    return opened;
}

static bool change_runner(struct history_keep *k, const char *subject)
{
    if (k->runner > 0 && strcmp(subject, k->subject) == 0)
        return false;
    snprintf(k->subject, sizeof k->subject, "%s", subject);
    k->runner++;
    return true;
}

void history_keep_begin(struct history_keep *k, const char *subject)
{
    k->opening = NULL;
    atomic_store(&k->next, NULL);
    if (!k->dir)
        return;
    (void)change_runner(k, subject);
    k->opening = open_history(k);
    k->runs = k->runner;
    k->changes = 0;
    k->owed = false;
}

const struct runner_history *history_keep_opening(const struct history_keep *k)
{
    return k->opening ? &k->opening->history : NULL;
}

void history_keep_switch(struct history_keep *k, const char *subject)
{
    if (!k->dir || !change_runner(k, subject))
        return;
    struct opened *opened = open_history(k);
    if (opened)
        atomic_store(&k->next, opened);
}

const struct runner_history *history_keep_take(struct history_keep *k)
{
    struct opened *opened = atomic_exchange(&k->next, NULL);
    if (!opened)
        return NULL;
    k->runs = opened->runner;
    k->owed = false; // what was found since belongs to nobody: the session had just begun
    return &opened->history;
}

static void hand_over(struct history_keep *k)
{
    struct noted *slot = ring_reserve(k->ring);
    k->owed = slot == NULL; // then with the next look
    if (!slot)
        return;
    slot->runner = k->runs;
    slot->history = k->now;
    ring_commit(k->ring);
}

void history_keep_watch(struct history_keep *k, const struct runner_history *history, uint32_t changes)
{
    if (!k->dir)
        return;
    if (changes != k->changes) {
        k->changes = changes;
        k->now = *history;
        k->owed = true;
    }
    if (k->owed)
        hand_over(k);
}

void history_keep_close(struct history_keep *k, const struct runner_history *history)
{
    k->now = *history;
    k->owed = k->dir != NULL; // settled by main
}

static void save(struct history_keep *k, uint32_t runner, const struct runner_history *history)
{
    char error[HISTORY_PATH + 256];
    if (runner != k->runner) // he has stopped running; what he had is in his file
        return;
    k->saved = *history;
    k->saved_runner = runner;
    k->has_saved = true;
    int rc = history_store_save(history, k->dir, k->subject, error, sizeof error);
    if (rc != 0 && !k->said)
        log_warning("the history of %s is not kept: %s; measuring goes on", shown(k), error);
    k->said = rc != 0;
}

void history_keep_save(struct history_keep *k)
{
    const struct noted *noted;
    while ((noted = ring_peek(k->ring)) != NULL) {
        save(k, noted->runner, &noted->history);
        ring_release(k->ring);
    }
}

void history_keep_settle(struct history_keep *k)
{
    history_keep_save(k);
    if (k->owed)
        save(k, k->runs, &k->now);
    k->owed = false;
}
