// SPDX-License-Identifier: GPL-3.0-or-later
// doctor --rt: how late a real-time thread wakes up on this machine, as cyclictest does it: on every CPU that poised
// may use a thread with the readers' priority sleeps to absolute instants a millisecond apart.
#include "core/rt_cpus.h"
#include "core/rt_figures.h"
#include "doctor.h"
#include "export_progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_NS 1000000L
#define BINS        20000 // of a microsecond
#define CPUS_MAX    64
#define FINE_US     50
#define USABLE_US   1000 // a tenth of a block of ten samples
#define BILLION     1000000000L

struct sleeper {
    int cpu;
    bool fifo, pinned, started;
    pthread_t thread;
    atomic_bool *stop;
    // The thread's own until joined.
    uint64_t n, missed; // missed: whole intervals slept over
    int64_t worst_ns, least_ns;
    uint32_t bin[BINS + 1]; // the last: above all
};

static int64_t to_ns(const struct timespec *t)
{
    return t->tv_sec * (int64_t)BILLION + t->tv_nsec;
}

static void count(struct sleeper *s, int64_t late_ns)
{
    int64_t us = late_ns / 1000;
    s->bin[us < BINS ? us : BINS]++;
    s->n++;
    if (late_ns > s->worst_ns)
        s->worst_ns = late_ns;
    if (late_ns < s->least_ns)
        s->least_ns = late_ns;
}

static void *sleep_and_count(void *arg)
{
    struct sleeper *s = arg;
    struct timespec due, now;
    clock_gettime(CLOCK_MONOTONIC, &due);
    while (!atomic_load_explicit(s->stop, memory_order_relaxed)) {
        due.tv_nsec += INTERVAL_NS;
        if (due.tv_nsec >= BILLION) {
            due.tv_nsec -= BILLION;
            due.tv_sec++;
        }
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
            continue;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t late_ns = to_ns(&now) - to_ns(&due);
        count(s, late_ns < 0 ? 0 : late_ns);
        if (late_ns > INTERVAL_NS) { // the instants that are over are not slept for
            s->missed += (uint64_t)(late_ns / INTERVAL_NS);
            int64_t next_ns = to_ns(&due) + late_ns / INTERVAL_NS * INTERVAL_NS;
            due = (struct timespec){next_ns / BILLION, next_ns % BILLION};
        }
    }
    return NULL;
}

static int start_one(struct sleeper *s, int priority, bool pin)
{
    pthread_attr_t attr;
    cpu_set_t cpu;
    CPU_ZERO(&cpu);
    CPU_SET((size_t)s->cpu, &cpu);
    int rc = pthread_attr_init(&attr);
    if (rc != 0)
        return -rc;
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, priority > 0 ? SCHED_FIFO : SCHED_OTHER);
    pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = priority});
    if (pin)
        pthread_attr_setaffinity_np(&attr, sizeof cpu, &cpu);
    s->fifo = priority > 0;
    s->pinned = pin;
    rc = pthread_create(&s->thread, &attr, sleep_and_count, s);
    pthread_attr_destroy(&attr);
    s->started = rc == 0;
    return -rc;
}

// What is refused is done without, and the result says so.
static bool start_sleeper(struct sleeper *s, int cpu, int priority, atomic_bool *stop)
{
    *s = (struct sleeper){.cpu = cpu, .stop = stop, .least_ns = INT64_MAX};
    int rc = start_one(s, priority, true);
    if (rc == -EPERM)
        rc = start_one(s, 0, true);
    if (rc == -EINVAL)
        rc = start_one(s, priority, false);
    return rc == 0;
}

// The share's quantile in microseconds; what is above all bins is the worst.
static double quantile_us(const struct sleeper *s, double share)
{
    uint64_t before = 0, rank = (uint64_t)(share * (double)s->n);
    for (int i = 0; i < BINS; i++) {
        before += s->bin[i];
        if (before > rank)
            return i + 1 < s->worst_ns / 1000 ? i + 1 : (double)s->worst_ns / 1e3;
    }
    return (double)s->worst_ns / 1e3;
}

static json_t *counts_of(const struct sleeper *s)
{
    json_t *list = json_array();
    uint64_t n = 0;
    int i = 0;
    for (int edge = 0; edge < RT_EDGES; edge++) {
        for (n = 0; i < rt_edges_us[edge] && i < BINS; i++)
            n += s->bin[i];
        json_array_append_new(list, json_integer((json_int_t)n));
    }
    for (n = 0; i <= BINS; i++)
        n += s->bin[i];
    json_array_append_new(list, json_integer((json_int_t)n));
    return list;
}

static json_t *figures_of(const struct sleeper *s)
{
    return json_pack("{s:i, s:s, s:b, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:o}", "cpu", s->cpu, "policy",
                     s->fifo ? "fifo" : "other", "pinned", s->pinned, "n", (json_int_t)s->n, "missed",
                     (json_int_t)s->missed, "min_us", (double)s->least_ns / 1e3, "p50_us", quantile_us(s, 0.5),
                     "p99_us", quantile_us(s, 0.99), "p999_us", quantile_us(s, 0.999), "max_us",
                     (double)s->worst_ns / 1e3, "counts", counts_of(s));
}

static void say_one(struct doctor *doctor, const struct sleeper *s)
{
    static const char remedy[] =
        "preempt=full or a PREEMPT_RT kernel; clock governor performance; the CPU set apart (isolcpus=, rt.cpus); "
        "WLAN, graphics and other drivers off; on a virtual machine: none of this helps, use the board itself";
    double max_us = (double)s->worst_ns / 1e3, p99_us = quantile_us(s, 0.99);
    const char *verdict = max_us <= FINE_US     ? "fine"
                          : max_us <= USABLE_US ? "usable: little beside a block of ten samples"
                          : p99_us <= USABLE_US ? "mostly usable, with wake-ups later than 1 ms"
                                                : "too late too often";
    enum doctor_level level = max_us <= USABLE_US ? DOCTOR_OK : p99_us <= USABLE_US ? DOCTOR_WARN : DOCTOR_FAULT;
    doctor_say(doctor, level, "wake-up", level == DOCTOR_OK ? NULL : remedy,
               "CPU %d, %s%s: p50 %.0f, p99 %.0f, p99.9 %.0f, max %.0f us in %llu wake-ups: %s", s->cpu,
               s->fifo ? "SCHED_FIFO" : "SCHED_OTHER", s->pinned ? "" : ", not kept on it", quantile_us(s, 0.5), p99_us,
               quantile_us(s, 0.999), max_us, (unsigned long long)s->n, verdict);
}

static void wait_and_show(double seconds, const char *cpus, bool show)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t begin_ns = to_ns(&now), end_ns = begin_ns + (int64_t)(seconds * 1e9);
    while (!export_stopped() && to_ns(&now) < end_ns) {
        if (show)
            fprintf(stderr, "\rmeasuring wake-ups on CPU %s: %.0f of %.0f s ", cpus,
                    (double)(to_ns(&now) - begin_ns) / 1e9, seconds);
        int64_t left_ns = end_ns - to_ns(&now);
        nanosleep(&(struct timespec){.tv_nsec = left_ns < BILLION / 5 ? (long)left_ns : BILLION / 5}, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    if (show)
        fputs("\r\033[K", stderr);
}

static void choose_cpus(const struct doctor *doctor, cpu_set_t *cpus)
{
    if (doctor->config.rt.cpus[0] != '\0' && rt_cpus_parse(doctor->config.rt.cpus, cpus) == 0)
        return;
    if (sched_getaffinity(0, sizeof *cpus, cpus) != 0)
        rt_cpus_online(cpus);
}

static int start_all(struct doctor *doctor, const cpu_set_t *cpus, struct sleeper *sleepers, atomic_bool *stop)
{
    int n = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && n < CPUS_MAX; cpu++)
        if (CPU_ISSET((size_t)cpu, cpus)) {
            if (start_sleeper(&sleepers[n], cpu, doctor->config.acquire.fifo_priority, stop))
                n++;
            else
                doctor_say(doctor, DOCTOR_UNKNOWN, "wake-up", NULL, "CPU %d: no thread could be started", cpu);
        }
    return n;
}

json_t *doctor_measure(struct doctor *doctor, double seconds)
{
    cpu_set_t cpus;
    char text[RT_CPUS_TEXT];
    atomic_bool stop = false;
    choose_cpus(doctor, &cpus);
    rt_cpus_print(&cpus, text);
    bool locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    struct sleeper *sleepers = calloc(CPUS_MAX, sizeof *sleepers);
    if (!sleepers)
        return NULL;
    if (!doctor->checks)
        fflush(stdout);
    int n = start_all(doctor, &cpus, sleepers, &stop);
    wait_and_show(seconds, text, isatty(STDERR_FILENO) != 0);
    atomic_store(&stop, true);
    json_t *list = json_array(), *edges = json_array();
    bool fifo = true;
    for (int i = 0; i < n; i++) {
        pthread_join(sleepers[i].thread, NULL);
        fifo = fifo && sleepers[i].fifo;
    }
    for (int i = 0; i < n; i++) {
        say_one(doctor, &sleepers[i]);
        json_array_append_new(list, figures_of(&sleepers[i]));
    }
    for (int i = 0; i < RT_EDGES; i++)
        json_array_append_new(edges, json_integer(rt_edges_us[i]));
    if (n > 0 && !fifo && doctor->config.acquire.fifo_priority > 0)
        doctor_say(doctor, DOCTOR_WARN, "wake-up", "measure as root, or with the limits that rights names",
                   "without the right to SCHED_FIFO this measured SCHED_OTHER, which says little about poised");
    free(sleepers);
    return json_pack("{s:f, s:i, s:b, s:o, s:o}", "seconds", seconds, "interval_us", (int)(INTERVAL_NS / 1000),
                     "locked", locked, "edges_us", edges, "cpus", list);
}
