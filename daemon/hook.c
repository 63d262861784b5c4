// SPDX-License-Identifier: GPL-3.0-or-later
#include "hook.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_SLOTS  64 // findings that rise at once; main looks four times a second
#define GRACE_NS (1 * NS_PER_S)

struct change {
    int factor, level;
    float score;
};

struct hook {
    char rig[64];
    struct ring *ring; // of struct change
    // The pipeline thread's.
    int level[N_FACTORS]; // as last told
    bool owed[N_FACTORS]; // found no place

    // Main's.
    char program[PATH_MAX];
    int64_t limit_ns;
    bool waits[N_FACTORS];
    struct change waiting[N_FACTORS];
    int next;  // factor whose turn it is
    pid_t pid; // 0: none runs
    int64_t started_ns;
    bool asked; // to end
};

static const char *const level_names[] = FINDING_LEVEL_NAMES;

int hook_create(struct hook **out, const char *rig)
{
    struct hook *h = *out = calloc(1, sizeof *h);
    if (!h)
        return -ENOMEM;
    snprintf(h->rig, sizeof h->rig, "%s", rig);
    int rc = ring_create(&h->ring, sizeof(struct change), N_SLOTS);
    if (rc == 0)
        return 0;
    free(h);
    *out = NULL;
    return rc;
}

void hook_set(struct hook *h, const char *program, double limit_s)
{
    snprintf(h->program, sizeof h->program, "%s", program);
    h->limit_ns = (int64_t)(limit_s * 1e9);
}

static bool is_raised(int level)
{
    return level == LEVEL_NOTICE || level == LEVEL_WARN;
}

void hook_watch(struct hook *h, const struct output *output)
{
    if (output->stream != STREAM_FINDING)
        return;
    const struct finding_result *finding = &output->finding;
    if (finding->factor < 0 || finding->factor >= N_FACTORS)
        return;
    int before = h->level[finding->factor];
    bool news = finding->level != before && (is_raised(finding->level) || is_raised(before));
    if (!news && !h->owed[finding->factor]) {
        h->level[finding->factor] = finding->level;
        return;
    }
    struct change *slot = ring_reserve(h->ring);
    h->owed[finding->factor] = slot == NULL; // then with its repetition
    if (!slot)
        return;
    *slot = (struct change){finding->factor, finding->level, finding->score};
    h->level[finding->factor] = finding->level;
    ring_commit(h->ring);
}

static void collect(struct hook *h)
{
    const struct change *change;
    while ((change = ring_peek(h->ring)) != NULL) {
        h->waiting[change->factor] = *change;
        h->waits[change->factor] = true;
        ring_release(h->ring);
    }
}

static void say_end(const struct hook *h, int status)
{
    if (WIFSIGNALED(status))
        log_warning("on_finding: %s was ended by signal %d%s", h->program, WTERMSIG(status),
                    h->asked ? ": it took longer than findings.on_finding_limit_s" : "");
    else if (WEXITSTATUS(status) != 0)
        log_warning("on_finding: %s ended with status %d", h->program, WEXITSTATUS(status));
}

// Ends what takes too long: asks its process group, then insists.
static void watch_child(struct hook *h)
{
    int status;
    pid_t got = waitpid(h->pid, &status, WNOHANG);
    if (got == h->pid || (got < 0 && errno != EINTR)) {
        if (got == h->pid)
            say_end(h, status);
        h->pid = 0;
        return;
    }
    int64_t ran_ns = clock_mono_ns() - h->started_ns;
    if (ran_ns > h->limit_ns + GRACE_NS)
        kill(-h->pid, SIGKILL);
    else if (ran_ns > h->limit_ns && !h->asked)
        kill(-h->pid, SIGTERM);
    h->asked = h->asked || ran_ns > h->limit_ns;
}

struct environment {
    char rig[80], cause[48], factor[48], level[32], score[32], says[256], advice[512];
    char *list[10];
};

static void make_environment(const struct hook *h, const struct change *change, struct environment *e)
{
    const struct factor_info *info = &factors[change->factor];
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    bool raised = is_raised(change->level);
    snprintf(e->rig, sizeof e->rig, "POISE_RIG=%s", h->rig);
    snprintf(e->cause, sizeof e->cause, "POISE_CAUSE=%s", cause_names[info->cause]);
    snprintf(e->factor, sizeof e->factor, "POISE_FACTOR=%s", info->name);
    snprintf(e->level, sizeof e->level, "POISE_LEVEL=%s", level_names[change->level]);
    if (isfinite(change->score))
        snprintf(e->score, sizeof e->score, "POISE_SCORE=%.3f", (double)change->score);
    else
        snprintf(e->score, sizeof e->score, "POISE_SCORE=");
    snprintf(e->says, sizeof e->says, "POISE_SAYS=%s", raised ? info->says : "");
    snprintf(e->advice, sizeof e->advice, "POISE_ADVICE=%s", raised ? info->advice : "");
    char *const all[] = {path, e->rig, e->cause, e->factor, e->level, e->score, e->says, e->advice, NULL};
    memcpy(e->list, all, sizeof all);
}

// A session of its own, so that all it starts ends with it; no descriptor of ours; signals as a program expects them.
static int start(struct hook *h, const struct change *change)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    struct environment environment;
    sigemptyset(&none);
    sigfillset(&all);
    make_environment(h, change, &environment);
    const struct factor_info *info = &factors[change->factor];
    // posix_spawn takes them as char *; it does not write to them.
    char *const arguments[] = {h->program, environment.cause + strlen("POISE_CAUSE="),
                               environment.factor + strlen("POISE_FACTOR="), environment.level + strlen("POISE_LEVEL="),
                               NULL};
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    if (rc == 0)
        rc = posix_spawn(&h->pid, h->program, &files, &attributes, arguments, environment.list);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (rc != 0) {
        h->pid = 0;
        log_warning("on_finding: %s cannot be run for %s: %s", h->program, info->name, strerror(rc));
    }
    return -rc;
}

void hook_run(struct hook *h)
{
    collect(h);
    if (h->pid > 0)
        watch_child(h);
    for (int i = 0; h->pid == 0 && i < N_FACTORS; i++) {
        int factor = (h->next + i) % N_FACTORS;
        if (!h->waits[factor])
            continue;
        h->waits[factor] = false;
        if (h->program[0] == '\0')
            continue;
        h->next = factor + 1;
        h->asked = false;
        h->started_ns = clock_mono_ns();
        (void)!start(h, &h->waiting[factor]);
    }
}

void hook_destroy(struct hook *h)
{
    if (!h)
        return;
    if (h->pid > 0) {
        kill(-h->pid, SIGKILL);
        (void)waitpid(h->pid, NULL, 0);
    }
    ring_destroy(h->ring);
    free(h);
}
