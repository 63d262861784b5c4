// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/match.h"

#include "acquire/reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *listing_title(const struct acquire_listing *row)
{
    if (row->label[0] != '\0')
        return row->label;
    return row->name[0] != '\0' ? row->name : row->id;
}

static bool is_imu(const struct acquire_listing *row)
{
    return row->has_accel || row->has_gyro;
}

static bool fits(const struct acquire_listing *row, const struct device_wish *wish)
{
    if (wish->label[0] != '\0' && strcmp(row->label, wish->label) != 0)
        return false;
    if (wish->name[0] != '\0' && strcmp(row->name, wish->name) != 0)
        return false;
    if (wish->parent[0] != '\0' && strcmp(row->parent, wish->parent) != 0)
        return false;
    if (wish->part == PART_ACCEL)
        return row->has_accel;
    return wish->part == PART_GYRO ? row->has_gyro : is_imu(row);
}

// "labelled 'c7'", "named 'bmi160' and labelled 'c7'"
static void describe(const struct device_wish *wish, char *text, size_t size)
{
    text[0] = '\0';
    if (wish->label[0] != '\0' && wish->name[0] != '\0')
        snprintf(text, size, "named '%s' and labelled '%s'", wish->name, wish->label);
    else if (wish->label[0] != '\0')
        snprintf(text, size, "labelled '%s'", wish->label);
    else if (wish->name[0] != '\0')
        snprintf(text, size, "named '%s'", wish->name);
    else if (wish->parent[0] == '\0')
        snprintf(text, size, "of any name");
    size_t used = strlen(text);
    if (wish->parent[0] != '\0')
        snprintf(text + used, size - used, "%son '%s'", used > 0 ? " " : "", wish->parent);
}

static void append(char reason[REASON_MAX], const char *text)
{
    size_t used = strlen(reason);
    snprintf(reason + used, REASON_MAX - used, "%s", text);
}

static void say_none(const struct acquire_listing *rows, int n_rows, const struct device_wish *wish,
                     char reason[REASON_MAX])
{
    static const char *const what[] = {"device", "accelerometer", "gyroscope"};
    static const char more[] = ", ...";
    char wanted[160];
    describe(wish, wanted, sizeof wanted);
    reason_say(reason, -ENODEV, "no %s %s at %s", what[wish->part], wanted, wish->uri);
    bool first = true;
    for (int i = 0; i < n_rows; i++) {
        if (!is_imu(&rows[i]))
            continue;
        // Who asked for a place wants to read the places.
        const char *title = wish->parent[0] != '\0' ? rows[i].parent : listing_title(&rows[i]);
        if (strlen(reason) + strlen(title) + sizeof more + 10 > REASON_MAX) {
            append(reason, more);
            return;
        }
        append(reason, first ? "; it has: " : ", ");
        append(reason, title);
        first = false;
    }
    if (first)
        append(reason, "; it has no IMU at all");
}

static void say_several(const struct acquire_listing *a, const struct acquire_listing *b,
                        const struct device_wish *wish, char reason[REASON_MAX])
{
    char wanted[160];
    describe(wish, wanted, sizeof wanted);
    reason_say(reason, -EMLINK,
               "two devices %s: %s (%s) and %s (%s) at %s; give a label, a parent or the names of both halves", wanted,
               a->id, listing_title(a), b->id, listing_title(b), wish->uri);
}

void match_wish(struct device_wish *wish, const struct site_params *site, enum site id, enum device_part part)
{
    const char *name = part == PART_ACCEL ? site->accel_name : part == PART_GYRO ? site->gyro_name : site->name;
    const char *label = part == PART_ACCEL ? site->accel_label : part == PART_GYRO ? site->gyro_label : "";
    *wish = (struct device_wish){.part = part};
    snprintf(wish->uri, sizeof wish->uri, "%s", site->uri);
    snprintf(wish->name, sizeof wish->name, "%s", name);
    snprintf(wish->label, sizeof wish->label, "%s", label[0] != '\0' ? label : site->label);
    snprintf(wish->parent, sizeof wish->parent, "%s", site->parent);
    if (wish->name[0] == '\0' && wish->label[0] == '\0' && wish->parent[0] == '\0')
        snprintf(wish->label, sizeof wish->label, "%s", site_names[id]);
}

int match_device(const struct acquire_listing *rows, int n_rows, const struct device_wish *wish, int *gyro_half,
                 char reason[REASON_MAX])
{
    int found[2] = {-1, -1};
    int n_found = 0;
    *gyro_half = -1;
    for (int i = 0; i < n_rows; i++) {
        if (!fits(&rows[i], wish))
            continue;
        if (n_found < 2)
            found[n_found] = i;
        n_found++;
    }
    if (n_found == 0) {
        say_none(rows, n_rows, wish, reason);
        return -ENODEV;
    }
    if (n_found == 1)
        return found[0];
    const struct acquire_listing *a = &rows[found[0]], *b = &rows[found[1]];
    bool halves = a->has_accel != a->has_gyro && b->has_accel != b->has_gyro && a->has_accel != b->has_accel;
    if (n_found == 2 && wish->part == PART_ANY && halves) {
        *gyro_half = found[a->has_gyro ? 0 : 1];
        return found[a->has_gyro ? 1 : 0];
    }
    say_several(a, b, wish, reason);
    return -EMLINK;
}
