// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/fault.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAD 0.017453292519943295

const struct fault_kind_info fault_kinds[N_FAULT_KINDS] = {
    [FAULT_UNPLUG] = {"unplug", NULL, 0, 0, "unplug:c7@20+1.5", true},
    [FAULT_GAP] = {"gap", NULL, 0, 0, "gap:c7@20+1.5", false},
    [FAULT_FREEZE] = {"freeze", NULL, 0, 0, "freeze:c7@20+1.5", false},
    [FAULT_SLIP] = {"slip", "degrees", -90, 90, "slip:c7@20+1.5=10", false},
    [FAULT_DROP] = {"drop", "per cent", 0, 100, "drop:all@0+60=2", false},
    [FAULT_BURST] = {"burst", NULL, 0, 0, "burst:c7@20+0.3", false},
    [FAULT_STEP] = {"step", "ms", -60000, 60000, "step:c7@20+1.5=-40", false},
    [FAULT_SATURATE] = {"saturate", NULL, 0, 0, "saturate:c7@20+1.5", false},
    [FAULT_SWAP] = {"swap", NULL, 0, 0, "swap:c7@20+60", false},
    [FAULT_SCALE] = {"scale", "times", 0.01, 100, "scale:c7@20+60=0.5", false},
    [FAULT_PPM] = {"ppm", "parts per million", -50000, 50000, "ppm:c7@20+60=-50000", false},
    [FAULT_SHORT] = {"short", NULL, 0, 0, "short:c7@20+1.5", false},
    [FAULT_EIO] = {"eio", NULL, 0, 0, "eio:c7@20+1.5", true},
    [FAULT_ENODEV] = {"enodev", NULL, 0, 0, "enodev:c7@20+1.5", true},
    [FAULT_ETIMEDOUT] = {"etimedout", NULL, 0, 0, "etimedout:c7@20+1.5", true},
    [FAULT_RESET] = {"reset", NULL, 0, 0, "reset:all@20+1.5", true},
    [FAULT_HANG] = {"hang", NULL, 0, 0, "hang:all@20+1.5", true},
};

const double fault_slip_axis[3] = {0.6, 0.8, 0}; // forward is roll, left is pitch: 10 degrees are about 8 and 6

// A plain decimal number, without an exponent; NULL or what follows it.
static const char *take_number(const char *text, bool may_be_negative, double *number)
{
    size_t sign = may_be_negative && *text == '-' ? 1 : 0, length = strspn(text + sign, "0123456789.");
    char *end;
    if (length == 0 || length > 20)
        return NULL;
    *number = strtod(text, &end);
    return end == text + sign + length ? end : NULL;
}

static bool take_sites(const char *from, size_t length, uint32_t *sites)
{
    char name[24];
    if (length >= sizeof name)
        return false;
    memcpy(name, from, length);
    name[length] = '\0';
    int site = site_from_name(name);
    *sites = strcmp(name, "all") == 0 ? SITE_BIT(N_SITES) - 1 : site >= 0 ? SITE_BIT(site) : 0;
    return *sites != 0;
}

static bool take_span(const char *text, struct fault *fault, const char **rest)
{
    double from_s, length_s;
    const char *plus = take_number(text, false, &from_s);
    *rest = plus && *plus == '+' ? take_number(plus + 1, false, &length_s) : NULL;
    if (!*rest || !(from_s < 1e8) || !(length_s < 1e8))
        return false;
    fault->from_ns = llrint(from_s * 1e9);
    fault->until_ns = fault->from_ns + llrint(length_s * 1e9);
    return fault->until_ns > fault->from_ns;
}

static int find_kind(const char *text, size_t length)
{
    for (int kind = 0; kind < N_FAULT_KINDS; kind++)
        if (strlen(fault_kinds[kind].name) == length && strncmp(fault_kinds[kind].name, text, length) == 0)
            return kind;
    return -1;
}

static int say_wanted(const char *text, int kind, char *error, size_t error_size)
{
    if (kind < 0) {
        int n =
            snprintf(error, error_size,
                     "--fault %s: KIND:SITE@T+D or KIND:SITE@T+D=VALUE is wanted, for example %s or %s; KIND one of",
                     text, fault_kinds[FAULT_GAP].example, fault_kinds[FAULT_SLIP].example);
        for (int i = 0; i < N_FAULT_KINDS && n > 0 && (size_t)n < error_size; i++)
            n += snprintf(error + n, error_size - (size_t)n, " %s", fault_kinds[i].name);
    } else if (fault_kinds[kind].unit) {
        const struct fault_kind_info *info = &fault_kinds[kind];
        snprintf(error, error_size,
                 "--fault %s: %s:SITE@T+D=VALUE is wanted, for example %s; SITE a site or all, T and D seconds, "
                 "VALUE %s from %g to %g",
                 text, info->name, info->example, info->unit, info->min, info->max);
    } else {
        snprintf(error, error_size,
                 "--fault %s: %s:SITE@T+D is wanted, for example %s; SITE a site or all, T and D seconds", text,
                 fault_kinds[kind].name, fault_kinds[kind].example);
    }
    return -EINVAL;
}

int fault_parse(struct fault_list *list, const char *text, char *error, size_t error_size)
{
    struct fault fault = {.value = 0};
    if (list->n == FAULTS_MAX) {
        snprintf(error, error_size, "--fault %s: more than %d faults", text, FAULTS_MAX);
        return -EINVAL;
    }
    const char *colon = strchr(text, ':'), *at = strchr(text, '@'), *rest;
    int kind = colon ? find_kind(text, (size_t)(colon - text)) : -1;
    if (kind < 0 || !at || at < colon || !take_sites(colon + 1, (size_t)(at - colon - 1), &fault.sites) ||
        !take_span(at + 1, &fault, &rest))
        return say_wanted(text, kind, error, error_size);
    const struct fault_kind_info *info = &fault_kinds[kind];
    if (info->unit)
        rest = *rest == '=' ? take_number(rest + 1, true, &fault.value) : NULL;
    if (!rest || *rest || fault.value < info->min || fault.value > info->max)
        return say_wanted(text, kind, error, error_size);
    fault.kind = (enum fault_kind)kind;
    list->fault[list->n++] = fault;
    list->kinds |= 1U << kind;
    return 0;
}

const struct fault *fault_at(const struct fault_list *list, enum fault_kind kind, int site, int64_t t_ns)
{
    for (int i = 0; i < list->n; i++) {
        const struct fault *fault = &list->fault[i];
        if (fault->kind == kind && fault->sites & SITE_BIT(site) && t_ns >= fault->from_ns && t_ns < fault->until_ns)
            return fault;
    }
    return NULL;
}

const struct fault *fault_outage(const struct fault_list *list, int site, int64_t t_ns)
{
    for (int i = 0; i < list->n; i++) {
        const struct fault *fault = &list->fault[i];
        if (fault_kinds[fault->kind].outage && fault->sites & SITE_BIT(site) && t_ns >= fault->from_ns &&
            t_ns < fault->until_ns)
            return fault;
    }
    return NULL;
}

int fault_outages_begun(const struct fault_list *list, int site, int64_t t_ns)
{
    int n = 0;
    for (int i = 0; i < list->n; i++)
        n += fault_kinds[list->fault[i].kind].outage && list->fault[i].sites & SITE_BIT(site) &&
             t_ns >= list->fault[i].from_ns;
    return n;
}

bool fault_server_hangs(const struct fault_list *list, int64_t t_ns)
{
    for (int i = 0; i < list->n; i++) {
        const struct fault *fault = &list->fault[i];
        if (fault->kind == FAULT_HANG && fault->sites == SITE_BIT(N_SITES) - 1 && t_ns >= fault->from_ns &&
            t_ns < fault->until_ns)
            return true;
    }
    return false;
}

bool fault_any(const struct fault_list *list, enum fault_kind kind)
{
    return list->kinds & 1U << kind;
}

void fault_slip_at(const struct fault_list *list, int site, double t_s, double *angle_rad, double *rate_rad_s)
{
    *angle_rad = *rate_rad_s = 0;
    for (int i = 0; i < list->n && fault_any(list, FAULT_SLIP); i++) {
        const struct fault *fault = &list->fault[i];
        double length_s = 1e-9 * (double)(fault->until_ns - fault->from_ns);
        double x = fmin((t_s - 1e-9 * (double)fault->from_ns) / length_s, 1);
        if (fault->kind != FAULT_SLIP || !(fault->sites & SITE_BIT(site)) || x <= 0)
            continue;
        *angle_rad += RAD * fault->value * x * x * x * (10 + x * (-15 + 6 * x));
        *rate_rad_s += RAD * fault->value * 30 * x * x * (1 - x) * (1 - x) / length_s;
    }
}
