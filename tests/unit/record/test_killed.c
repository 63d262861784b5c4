// SPDX-License-Identifier: GPL-3.0-or-later
// A process that writes calibration, history and session without a pause is killed at any moment, again and again: what
// the next one finds is always one of the states that were written, whole, and it can write at once. A power cut also
// takes what only the kernel had: so the order of syncs and renames is looked at (fsync and rename are wrapped by the
// linker).
#include "random_calibration.h"
#include "random_history.h"
#include "random_log.h"

#include "record/calibration_store.h"
#include "record/history_store.h"
#include "record/session_store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define N_STATES  4
#define N_KILLS   120
#define LONGEST_S 3 // of all kills together, at most so long is waited before them

static struct calibration calibration[N_STATES];
static struct session_state session[N_STATES];
static const struct runner_history *history[N_STATES];
static char error[1400];

static struct {
    char what[3][80];
    int n;
} done; // to files, in this order

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

int __wrap_fsync(int fd)
{
    char link[40], path[512] = "/";
    struct stat st;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (done.n < 3 && readlink(link, path, sizeof path - 1) > 0 && fstat(fd, &st) == 0)
        snprintf(done.what[done.n], sizeof done.what[0], S_ISDIR(st.st_mode) ? "sync %.40s" : "sync %.40s %lld",
                 name_of(path), (long long)st.st_size);
    done.n++;
    return __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    if (done.n < 3)
        snprintf(done.what[done.n], sizeof done.what[0], "rename %.30s %.30s", name_of(from), name_of(to));
    done.n++;
    return __real_rename(from, to);
}

static void make_states(unsigned long long seed)
{
    for (unsigned i = 0; i < N_STATES; i++) {
        unsigned long long own = seed + 31 * i;
        do
            calibration[i] = random_calibration(own += 2);
        while (calibration[i].sites == 0);
        history[i] = random_history(seed + 17 * i);
        struct session_state *s = &session[i];
        snprintf(s->id, sizeof s->id, "0b8f1c5e-0000-4000-8000-%012u", i + 1);
        snprintf(s->subject, sizeof s->subject, "s%u", i);
        s->since_utc_ns = 1790000000123456789 + i;
        s->speed_m_s = 2 + 0.1 * i;
        s->n_marks = 60 * i; // files of very different length
        for (uint32_t k = 0; k < session_marks_kept(s); k++)
            snprintf(s->mark[k].text, sizeof s->mark[k].text, "mark %u of state %u", k, i);
    }
}

static int save_all(const char *dir, unsigned i)
{
    int rc = calibration_store_save(&calibration[i], dir, "s", "lab", error, sizeof error);
    if (rc == 0)
        rc = history_store_save(history[i], dir, "s", error, sizeof error);
    return rc == 0 ? session_store_save(&session[i], dir, "lab", error, sizeof error) : rc;
}

static void write_for_ever(const char *dir, unsigned from)
{
    for (unsigned i = from;; i++)
        if (save_all(dir, i % N_STATES) != 0)
            _exit(1);
}

static bool is_one_calibration(const struct calibration *c)
{
    bool found = false;
    for (unsigned i = 0; i < N_STATES; i++)
        found = found || !differs_calibration(&calibration[i], c);
    return found;
}

static bool is_one_session(const struct session_state *s)
{
    bool found = false;
    for (unsigned i = 0; i < N_STATES; i++)
        found = found || memcmp(&session[i], s, sizeof *s) == 0;
    return found;
}

static bool is_one_history(const struct runner_history *h)
{
    bool found = false;
    for (unsigned i = 0; i < N_STATES; i++)
        found = found || !differs_history(history[i], h);
    return found;
}

static void check_states(const char *dir)
{
    static struct calibration c;
    static struct runner_history h;
    static struct session_state s;
    memset(&s, 0, sizeof s);
    if (calibration_store_load(&c, dir, "s", "lab", error, sizeof error) != 0 ||
        history_store_load(&h, dir, "s", error, sizeof error) != 0 ||
        session_store_load(&s, dir, "lab", error, sizeof error) != 0)
        fail_msg("%s", error);
    assert_true(is_one_calibration(&c));
    assert_true(is_one_history(&h));
    assert_true(is_one_session(&s));
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    unsigned long long seed = test_seed();
    char dir[200];
    snprintf(dir, sizeof dir, "%s", test_path("killed"));
    assert_int_equal(mkdir(dir, 0755), 0);
    make_states(seed);
    assert_int_equal(save_all(dir, 0), 0);
    srand((unsigned)seed);
    int n_aside = 0;
    for (unsigned k = 0; k < N_KILLS; k++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_for_ever(dir, k);
        struct timespec wait = {.tv_nsec = (long)(rand() % (2 * LONGEST_S * 1000000 / N_KILLS)) * 1000};
        nanosleep(&wait, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        char aside[3][256];
        snprintf(aside[0], sizeof aside[0], "%s/calibration/s@lab.json.new", dir);
        snprintf(aside[1], sizeof aside[1], "%s/history/s.json.new", dir);
        snprintf(aside[2], sizeof aside[2], "%s/session/lab.json.new", dir);
        for (int i = 0; i < 3; i++)
            n_aside += access(aside[i], F_OK) == 0;
        check_states(dir);
    }
    print_message("%d of %d kills were in the middle of a file\n", n_aside, N_KILLS);
    assert_true(n_aside > N_KILLS / 10);
    assert_int_equal(save_all(dir, 1), 0); // what lies about is no obstacle
    check_states(dir);
}

// The bytes are on the disk before the name is given to them, and the name before it is said that all is well.
static void check_order(const char *dir, const char *folder, const char *file)
{
    char path[512], expected[80];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/%s", dir, folder, file);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(done.n, 3);
    snprintf(expected, sizeof expected, "sync %s.new %lld", file, (long long)st.st_size);
    assert_string_equal(done.what[0], expected);
    snprintf(expected, sizeof expected, "rename %s.new %s", file, file);
    assert_string_equal(done.what[1], expected);
    snprintf(expected, sizeof expected, "sync %s", folder);
    assert_string_equal(done.what[2], expected);
    done.n = 0;
}

static void test_on_the_disk_before_it_has_its_name(void **state)
{
    (void)state;
    char dir[200];
    snprintf(dir, sizeof dir, "%s", test_path("cut"));
    assert_int_equal(mkdir(dir, 0755), 0);
    make_states(test_seed());
    done.n = 0;
    assert_int_equal(calibration_store_save(&calibration[1], dir, "s", "lab", error, sizeof error), 0);
    check_order(dir, "calibration", "s@lab.json");
    assert_int_equal(history_store_save(history[1], dir, "s", error, sizeof error), 0);
    check_order(dir, "history", "s.json");
    assert_int_equal(session_store_save(&session[1], dir, "lab", error, sizeof error), 0);
    check_order(dir, "session", "lab.json");
}

// No room for the new one: that is said, the old one stays, nothing lies about.
static void test_no_room_for_the_new_one(void **state)
{
    (void)state;
    char dir[200], path[3][256];
    struct rlimit before, little = {.rlim_cur = 100};
    snprintf(dir, sizeof dir, "%s", test_path("full"));
    snprintf(path[0], sizeof path[0], "%s/calibration/s@lab.json.new", dir);
    snprintf(path[1], sizeof path[1], "%s/history/s.json.new", dir);
    snprintf(path[2], sizeof path[2], "%s/session/lab.json.new", dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    make_states(test_seed());
    assert_int_equal(save_all(dir, 0), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    int rc[3] = {calibration_store_save(&calibration[1], dir, "s", "lab", error, sizeof error),
                 history_store_save(history[1], dir, "s", error, sizeof error),
                 session_store_save(&session[1], dir, "lab", error, sizeof error)};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rc[i], -EFBIG);
        assert_int_not_equal(access(path[i], F_OK), 0);
    }
    check_states(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_at_any_moment),
        cmocka_unit_test(test_on_the_disk_before_it_has_its_name),
        cmocka_unit_test(test_no_room_for_the_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
