// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of processors as the kernel writes them: "2-3", "0,2-3".
#ifndef POISE_CORE_RT_CPUS_H
#define POISE_CORE_RT_CPUS_H

#include <sched.h>
#include <stdbool.h>

#define RT_CPUS_TEXT 128

// 0, or -EINVAL: no such list, or empty, or a number of CPU_SETSIZE or more.
__attribute__((warn_unused_result)) int rt_cpus_parse(const char *text, cpu_set_t *out);
// The same the other way; "none" when empty. Cut to size.
void rt_cpus_print(const cpu_set_t *cpus, char text[RT_CPUS_TEXT]);
// Those of this machine that are switched on.
void rt_cpus_online(cpu_set_t *out);

#endif
