// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_limits.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#define FILES_WANTED 4096 // every door full, 13 split sites
#define FILES_LEAST  128
#define MIB          (1ULL << 20)
// With every door full. Of the address space most is only reserved: glibc takes 64 MiB for each thread that allocates.
#define SPACE_LEAST_MIB 1024
#define DATA_LEAST_MIB  256

// As many as this process may ask for.
static int take_files(char *error, size_t size)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur < FILES_WANTED && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= FILES_LEAST)
        return 0;
    snprintf(error, size, "only %llu files may be open at once (RLIMIT_NOFILE), allowed: at least %d",
             (unsigned long long)limit.rlim_cur, FILES_LEAST);
    return -EMFILE;
}

static int check_memory(int resource, const char *name, unsigned long long least_mib, char *error, size_t size)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least_mib * MIB)
        return 0;
    snprintf(error, size, "only %llu MiB of memory may be taken (%s), allowed: at least %llu",
             (unsigned long long)limit.rlim_cur / MIB, name, least_mib);
    return -ENOMEM;
}

int host_limits_take(char *error, size_t size)
{
    int rc = take_files(error, size);
    if (rc == 0)
        rc = check_memory(RLIMIT_AS, "RLIMIT_AS", SPACE_LEAST_MIB, error, size);
    return rc == 0 ? check_memory(RLIMIT_DATA, "RLIMIT_DATA", DATA_LEAST_MIB, error, size) : rc;
}
