// SPDX-License-Identifier: GPL-3.0-or-later
#include "findings/level.h"

#define SECOND_NS 1e9
#define KEEP_S    10.0 // without an answer
#define LAPSE_S   1.0  // back from the limit for so long, and waiting for the hold begins anew: a stumble is shorter

void level_init(struct level *l)
{
    *l = (struct level){.level = LEVEL_UNKNOWN, .since_ns = TIME_NONE, .known_ns = TIME_NONE};
    for (int k = 0; k < N_RAISED; k++)
        l->raised[k].rose_ns = l->raised[k].fell_ns = TIME_NONE;
}

static double seconds(int64_t from_ns, int64_t to_ns)
{
    return (double)(to_ns - from_ns) / SECOND_NS;
}

static void watch_limit(struct level *l, int k, const struct assessment *a, const struct level_timing *timing,
                        int64_t now_ns)
{
    int64_t *rose = &l->raised[k].rose_ns, *fell = &l->raised[k].fell_ns;
    if (a->over[k] && *rose == TIME_NONE)
        *rose = a->at_ns;
    if (a->keeps[k])
        *fell = TIME_NONE;
    else if (*rose != TIME_NONE && *fell == TIME_NONE)
        *fell = a->at_ns;
    double back_s = *fell == TIME_NONE ? 0 : seconds(*fell, a->at_ns);
    if (l->raised[k].up && *fell != TIME_NONE && back_s >= timing->release_s) {
        l->raised[k].up = false;
        *rose = TIME_NONE;
    } else if (!l->raised[k].up && back_s >= LAPSE_S) {
        *rose = *fell = TIME_NONE;
    } else if (!l->raised[k].up && *rose != TIME_NONE && *fell == TIME_NONE) {
        l->raised[k].up = seconds(*rose, now_ns) >= timing->hold_s[k];
    }
}

static bool reach(struct level *l, int level, int64_t since_ns)
{
    bool changed = l->level != level;
    if (changed) {
        l->level = level;
        l->since_ns = since_ns;
    }
    return changed;
}

bool level_step(struct level *l, const struct assessment *a, const struct level_timing *timing, int64_t now_ns)
{
    if (a->unknown_of) {
        if (l->level != LEVEL_UNKNOWN && seconds(l->known_ns, now_ns) <= KEEP_S)
            return false;
        bool first = l->since_ns == TIME_NONE, changed = l->level != LEVEL_UNKNOWN;
        if (first || changed) {
            level_init(l);
            l->since_ns = now_ns;
        }
        return first || changed;
    }
    l->known_ns = now_ns;
    int64_t back_ns = l->raised[NOTICE].fell_ns;
    for (int k = 0; k < N_RAISED; k++)
        watch_limit(l, k, a, timing, now_ns);
    if (l->raised[WARN].up)
        return reach(l, LEVEL_WARN, l->raised[WARN].rose_ns);
    if (l->raised[NOTICE].up)
        return reach(l, LEVEL_NOTICE, l->raised[NOTICE].rose_ns);
    return reach(l, LEVEL_OK, back_ns == TIME_NONE ? a->at_ns : back_ns);
}
