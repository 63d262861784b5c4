// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fault.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fault_kind_names[N_FAULT_KINDS + 1] = {"unplug", "gap", "freeze", NULL};

// A plain decimal number that ends at `end`; advances *text behind it.
static bool take_seconds(const char **text, char end, int64_t *ns)
{
    size_t length = strspn(*text, "0123456789.");
    if (length == 0 || length > 20 || (*text)[length] != end)
        return false;
    char *stop;
    double seconds = strtod(*text, &stop);
    if (stop != *text + length || !(seconds < 1e8))
        return false;
    *ns = llrint(seconds * 1e9);
    *text += length + (end ? 1 : 0);
    return true;
}

static bool parse(const char *text, struct fault *fault)
{
    const char *colon = strchr(text, ':'), *at = strchr(text, '@');
    if (!colon || !at || at < colon)
        return false;
    int kind = 0;
    while (fault_kind_names[kind] && (strlen(fault_kind_names[kind]) != (size_t)(colon - text) ||
                                      strncmp(fault_kind_names[kind], text, (size_t)(colon - text)) != 0))
        kind++;
    char site[24];
    size_t length = (size_t)(at - colon - 1);
    if (!fault_kind_names[kind] || length >= sizeof site)
        return false;
    memcpy(site, colon + 1, length);
    site[length] = '\0';
    fault->kind = (enum fault_kind)kind;
    fault->site = site_from_name(site);
    const char *rest = at + 1;
    int64_t length_ns;
    if (fault->site < 0 || !take_seconds(&rest, '+', &fault->from_ns) || !take_seconds(&rest, '\0', &length_ns) ||
        length_ns == 0)
        return false;
    fault->until_ns = fault->from_ns + length_ns;
    return true;
}

int fault_parse(struct fault_list *list, const char *text, char *error, size_t error_size)
{
    struct fault fault;
    if (list->n == FAULTS_MAX) {
        snprintf(error, error_size, "--fault %s: more than %d faults", text, FAULTS_MAX);
        return -EINVAL;
    }
    if (!parse(text, &fault)) {
        snprintf(error, error_size,
                 "--fault %s: KIND:SITE@T+D is wanted, for example gap:c7@20+1.5, KIND one of unplug gap freeze", text);
        return -EINVAL;
    }
    list->fault[list->n++] = fault;
    return 0;
}

const struct fault *fault_at(const struct fault_list *list, enum fault_kind kind, int site, int64_t t_ns)
{
    for (int i = 0; i < list->n; i++) {
        const struct fault *fault = &list->fault[i];
        if (fault->kind == kind && fault->site == site && t_ns >= fault->from_ns && t_ns < fault->until_ns)
            return fault;
    }
    return NULL;
}
