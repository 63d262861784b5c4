// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of CPUs, what this machine refuses, how late things are counted, and what a thread is given.
#include "core/rt.h"
#include "core/rt_cpus.h"
#include "core/rt_figures.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static void lists_of_cpus_are_read_and_written(void **state)
{
    (void)state;
    static const char *const same[] = {"0", "2-3", "0,2-3", "0-1,3,5-7", "63", "1023"};
    cpu_set_t cpus;
    char text[RT_CPUS_TEXT];
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(rt_cpus_parse(same[i], &cpus), 0);
        rt_cpus_print(&cpus, text);
        assert_string_equal(text, same[i]);
    }
    assert_int_equal(rt_cpus_parse("3,1,2", &cpus), 0);
    rt_cpus_print(&cpus, text);
    assert_string_equal(text, "1-3");
    CPU_ZERO(&cpus);
    rt_cpus_print(&cpus, text);
    assert_string_equal(text, "none");
    for (size_t i = 0; i < CPU_SETSIZE; i += 2)
        CPU_SET(i, &cpus);
    rt_cpus_print(&cpus, text); // cut, not beyond its end
    assert_int_equal(strlen(text), RT_CPUS_TEXT - 1);
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", ",", "1,", ",1", "-", "1-", "-1", "3-2", "1 2", "0x1", "1-2-3", "1024", "99999999999999999999", "a", "+1"};
    cpu_set_t cpus;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (rt_cpus_parse(wrong[i], &cpus) != -EINVAL)
            fail_msg("'%s' was taken for a list", wrong[i]);
}

static void this_machine_has_a_first_cpu(void **state)
{
    (void)state;
    cpu_set_t online;
    rt_cpus_online(&online);
    assert_true(CPU_COUNT(&online) > 0);
}

static void what_the_machine_lacks_is_said(void **state)
{
    (void)state;
    char error[256] = "";
    struct rt_params params = {.cpus = "", .pipeline_priority = 35};
    assert_int_equal(rt_check(&params, 50, error, sizeof error), 0);
    assert_int_equal(rt_check(&params, 36, error, sizeof error), 0);
    assert_int_equal(rt_check(&params, 35, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "key 'rt.pipeline_priority': value 35 is not below acquire.fifo_priority (35)"));
    params.pipeline_priority = 0;
    assert_int_equal(rt_check(&params, 0, error, sizeof error), 0);
    snprintf(params.cpus, sizeof params.cpus, "0-1023");
    assert_int_equal(rt_check(&params, 0, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "key 'rt.cpus': value '0-1023' names CPU"));
    assert_non_null(strstr(error, "this machine has 0"));
    snprintf(params.cpus, sizeof params.cpus, "zwei");
    assert_int_equal(rt_check(&params, 0, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "'zwei' is no list of CPUs"));
}

static unsigned long long total(const struct rt_spread *spread)
{
    unsigned long long n = 0;
    for (int i = 0; i <= RT_EDGES; i++)
        n += atomic_load(&spread->count[i]);
    return n;
}

static void lateness_falls_between_the_edges(void **state)
{
    (void)state;
    static struct rt_figures figures;
    rt_figures_begin(&figures, 0);
    int64_t t = RT_SETTLE_NS;
    rt_figures_block(&figures, t, t - 1, t - 1, 3); // the reader had it before all settled
    assert_int_equal(total(&figures.block), 0);
    rt_figures_block(&figures, t + 50000, t, t - 10 * MS, 3);     // at an edge: below it
    rt_figures_block(&figures, t + 50001, t, t - 10 * MS - 1, 4); // beyond all edges
    rt_figures_block(&figures, t + 40000, t, t + 5, 5);           // a stamp ahead is of another clock
    rt_figures_block(&figures, t + 40000, t, t - 20000 * MS, 6);  // and so is one far behind
    assert_int_equal(atomic_load(&figures.block.count[0]), 3);
    assert_int_equal(atomic_load(&figures.block.count[1]), 1);
    assert_int_equal(atomic_load(&figures.block.worst_ns), 50001);
    assert_int_equal(atomic_load(&figures.block.site), 4);
    assert_int_equal(atomic_load(&figures.sample.count[RT_EDGES - 1]), 1);
    assert_int_equal(atomic_load(&figures.sample.count[RT_EDGES]), 1);
    assert_int_equal(total(&figures.sample), 2);
    assert_int_equal(atomic_load(&figures.sample.site), 4);
}

static void a_tick_left_out_counts_from_when_it_was_due(void **state)
{
    (void)state;
    static struct rt_figures figures;
    rt_figures_begin(&figures, 0);
    int64_t period = 100 * MS, t = RT_SETTLE_NS + period;
    rt_figures_tick(&figures, t + 1000, period); // the first: nothing was due
    assert_int_equal(total(&figures.tick), 0);
    rt_figures_tick(&figures, t + period + 60000, period);
    assert_int_equal(atomic_load(&figures.tick.count[1]), 1);
    rt_figures_tick(&figures, t + 5 * period, period); // that of t + 2 periods, three periods late
    assert_int_equal(atomic_load(&figures.tick.worst_ns), 3 * period);
    assert_int_equal(atomic_load(&figures.tick.count[RT_EDGES]), 1);
    rt_figures_tick(&figures, t + 6 * period, period);
    assert_int_equal(total(&figures.tick), 3);
    // Another pipeline thread: what was counted stays, the pause between them is not lateness.
    rt_figures_begin(&figures, t);
    rt_figures_tick(&figures, t + 400 * period, period);
    assert_int_equal(total(&figures.tick), 3);
}

static void page_faults_of_the_thread_are_counted(void **state)
{
    (void)state;
    static struct rt_figures figures;
    rt_figures_begin(&figures, 0);
    int64_t period = 100 * MS, t = RT_SETTLE_NS + period;
    for (int i = 0; i < 3; i++)
        rt_figures_tick(&figures, t += period, period);
    unsigned long long before = atomic_load(&figures.page_faults);
    static volatile unsigned char untouched[64 * 4096];
    for (size_t i = 0; i < sizeof untouched; i += 4096)
        untouched[i] = 1;
    rt_figures_tick(&figures, t + period, period);
    assert_true(atomic_load(&figures.page_faults) - before >= 16); // neighbours may come with one fault
}

struct look {
    int policy, priority;
    sigset_t blocked;
    cpu_set_t cpus;
    char name[16];
    float denormal;
    long faults;
};

static void *look_around(void *arg)
{
    struct look *look = arg;
    struct sched_param param;
    struct rusage before, after;
    pthread_getschedparam(pthread_self(), &look->policy, &param);
    look->priority = param.sched_priority;
    pthread_sigmask(SIG_SETMASK, NULL, &look->blocked);
    pthread_getaffinity_np(pthread_self(), sizeof look->cpus, &look->cpus);
    pthread_getname_np(pthread_self(), look->name, sizeof look->name);
    volatile float tiny = 1e-38F;
    look->denormal = tiny / 100;
    getrusage(RUSAGE_THREAD, &before);
    volatile unsigned char deep[128 * 1024];
    for (size_t i = 0; i < sizeof deep; i += 1024)
        deep[i] = 1;
    getrusage(RUSAGE_THREAD, &after);
    look->faults = after.ru_minflt - before.ru_minflt;
    return NULL;
}

static void a_thread_is_prepared(void **state)
{
    (void)state;
    struct look look = {0};
    pthread_t thread;
    bool fifo;
    const struct rt_thread_options options = {.name = "looks-around", .fifo_priority = 20};
    assert_int_equal(rt_thread_start(&thread, &options, look_around, &look, &fifo), 0);
    pthread_join(thread, NULL);
    assert_int_equal(fifo, rt_fifo_allowed(20));
    assert_int_equal(look.policy, fifo ? SCHED_FIFO : SCHED_OTHER);
    assert_int_equal(look.priority, fifo ? 20 : 0);
    assert_string_equal(look.name, "looks-around");
    assert_true(sigismember(&look.blocked, SIGTERM) == 1);
    assert_true(look.denormal == 0); // flushed
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_int_equal(look.faults, 0); // the whole stack was there
#endif
}

static void *answer(void *arg)
{
    *(int *)arg = 42;
    return arg;
}

// In a process of its own: neither the rights nor the policy come back.
static int start_without_rights(int fifo_priority)
{
    const struct rlimit none = {0, 0};
    const struct sched_param param = {0};
    const struct rt_thread_options options = {.name = "answer", .fifo_priority = fifo_priority};
    pthread_t thread;
    int value = 0;
    bool got_fifo;
    if (setrlimit(RLIMIT_NICE, &none) != 0 || setrlimit(RLIMIT_RTPRIO, &none) != 0 ||
        (getuid() == 0 && setuid(65534) != 0) || sched_setscheduler(0, SCHED_IDLE, &param) != 0)
        return 77;
    if (rt_thread_start(&thread, &options, answer, &value, &got_fifo) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    return value == 42 && !got_fifo ? 0 : 2;
}

// Linux lets nobody out of SCHED_IDLE without a right, and a batch job's child has none: the thread stays there.
static void a_thread_starts_under_any_policy(void **state)
{
    (void)state;
    for (int fifo_priority = 0; fifo_priority <= 40; fifo_priority += 40) {
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(start_without_rights(fifo_priority));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
            skip();
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_cpus_are_read_and_written),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(this_machine_has_a_first_cpu),
        cmocka_unit_test(what_the_machine_lacks_is_said),
        cmocka_unit_test(lateness_falls_between_the_edges),
        cmocka_unit_test(a_tick_left_out_counts_from_when_it_was_due),
        cmocka_unit_test(page_faults_of_the_thread_are_counted),
        cmocka_unit_test(a_thread_is_prepared),
        cmocka_unit_test(a_thread_starts_under_any_policy),
    };
    return cmocka_run_group_tests_name("rt", tests, NULL, NULL);
}
