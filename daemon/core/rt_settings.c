// SPDX-License-Identifier: GPL-3.0-or-later
// rt.*
#include "core/rt.h"
#include "core/rt_cpus.h"

#include <errno.h>
#include <stdio.h>

#define ROW(member) .offset = offsetof(struct rt_params, member)

const struct setting rt_settings[] = {
    {.key = "cpus",
     .type = SETTING_TEXT,
     ROW(cpus),
     .size = sizeof((struct rt_params *)0)->cpus,
     .nullable = true,
     .sentence = "CPUs for the threads that read and compute, as in 3 or 2-3 or 0,2; all others keep to what is left. "
                 "Together with the kernel's isolcpus this keeps other programs away. null leaves it to the kernel"},
    {.key = "lock_memory",
     .type = SETTING_BOOL,
     ROW(lock_memory),
     .def = 1,
     .sentence = "Keep all memory resident, so that no thread waits for a page. Needs RLIMIT_MEMLOCK without limit"},
    {.key = "pipeline_priority",
     .type = SETTING_INT,
     ROW(pipeline_priority),
     .def = 35,
     .min = 0,
     .max = 89,
     .sentence = "SCHED_FIFO priority of the thread that computes, where the limits allow it; 0 uses none. Must lie "
                 "below acquire.fifo_priority, or a long computation loses samples"},
};
const size_t n_rt_settings = sizeof rt_settings / sizeof rt_settings[0];

#undef ROW

int rt_check(const struct rt_params *params, int reader_priority, char *error, size_t error_size)
{
    cpu_set_t wanted, online;
    char there[RT_CPUS_TEXT];
    if (params->pipeline_priority > 0 && params->pipeline_priority >= reader_priority) {
        snprintf(error, error_size,
                 "key 'rt.pipeline_priority': value %d is not below acquire.fifo_priority (%d); allowed: 0%s",
                 params->pipeline_priority, reader_priority, reader_priority > 1 ? " or what lies below it" : "");
        return -EINVAL;
    }
    if (params->cpus[0] == '\0')
        return 0;
    rt_cpus_online(&online);
    rt_cpus_print(&online, there);
    if (rt_cpus_parse(params->cpus, &wanted) != 0) {
        snprintf(error, error_size,
                 "key 'rt.cpus': value '%s' is no list of CPUs; allowed: numbers and ranges as in 2-3 or 0,2; this "
                 "machine has %s",
                 params->cpus, there);
        return -EINVAL;
    }
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &wanted) && !CPU_ISSET(i, &online)) {
            snprintf(error, error_size, "key 'rt.cpus': value '%s' names CPU %zu; this machine has %s", params->cpus, i,
                     there);
            return -EINVAL;
        }
    return 0;
}
