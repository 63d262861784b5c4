// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/truth_drill.h"

#define DEG 57.29577951308232

// Of one side, SIDE_NONE: of both, whose range is the mean of two. A circle is whole; a swing is widest at a quarter
// and three quarters, halfway between its own range and what it begins and ends with.
static void print_ranges(const struct drill_item *item, int side, FILE *to)
{
    const double *range = item->range_rad;
    enum drill_kind kind = item->phase->drill.kind;
    double widest = kind == DRILL_SWING ? (item->edge[0] + 2 + item->edge[1]) / 4 : 1;
    if (side != SIDE_NONE) {
        fprintf(to, ",\"range_deg\":%.3f", kind == DRILL_ARM_CIRCLES ? 360 : DEG * widest * range[side]);
        return;
    }
    fprintf(to, ",\"range_deg\":%.3f,\"range_left_deg\":%.3f,\"range_right_deg\":%.3f", DEG * (range[0] + range[1]) / 2,
            DEG * range[0], DEG * range[1]);
}

static void print_item(const struct drill_item *item, int side, FILE *to, double mono_s)
{
    static const char *const sides[] = EXERCISE_SIDE_NAMES;
    fprintf(to, "{\"event\":\"repetition\",\"t_s\":%.4f,\"mono_s\":%.6f,\"phase\":\"%s\",\"exercise\":\"%s\",\"side\":",
            item->start_s, mono_s + item->start_s, item->phase->name, drill_names[item->phase->drill.kind]);
    if (side == SIDE_NONE)
        fprintf(to, "null");
    else
        fprintf(to, "\"%s\"", sides[side]);
    fprintf(to, ",\"number\":%d", item->number);
    if (!drill_is_cycle(item->phase->drill.kind))
        fprintf(to,
                ",\"hold_from_s\":%.4f,\"hold_from_mono_s\":%.6f,\"hold_until_s\":%.4f,\"hold_until_mono_s\":%.6f,"
                "\"move_s\":%.4f,\"hold_s\":%.4f",
                item->hold_from_s, mono_s + item->hold_from_s, item->hold_until_s, mono_s + item->hold_until_s,
                item->hold_from_s - item->start_s, item->hold_until_s - item->hold_from_s);
    fprintf(to, ",\"until_s\":%.4f,\"until_mono_s\":%.6f", item->until_s, mono_s + item->until_s);
    print_ranges(item, side, to);
    fprintf(to, "}\n");
}

void truth_drill_tell(const struct drill *drill, int *next, FILE *to, double t_s, double mono_s)
{
    const struct drill_item *item;
    for (; drill && (item = drill_item(drill, *next)) && item->start_s <= t_s; ++*next) {
        bool both = item->side == SIDE_NONE && drill_is_cycle(item->phase->drill.kind);
        print_item(item, both ? SIDE_LEFT : item->side, to, mono_s);
        if (both)
            print_item(item, SIDE_RIGHT, to, mono_s);
    }
}
