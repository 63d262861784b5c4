// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_channels.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define B(site)   SITE_BIT(SITE_##site)
#define TRUNK     (B(SACRUM) | B(T12) | B(C7) | B(STERNUM))
#define SHOULDERS (B(SHOULDER_LEFT) | B(SHOULDER_RIGHT) | B(C7))

const char *const activity_names[] = {"still", "walk", "run", NULL};

// Before a posture two strides of a slow walk, before gait twenty steps of one.
const struct report_stream report_streams[N_TABLES] = {
    [TABLE_CADENCE] = {.stream = STREAM_CADENCE,
                       .window = "window_s",
                       .channels = {{.key = "cadence_spm", .title = "Cadence", .in = IN_MOTION, .series = true},
                                    {.key = "step_cadence_spm", .title = "Cadence by steps", .series = true}}},
    [TABLE_BREATHING] =
        {.stream = STREAM_BREATHING,
         .window = "window_s",
         .channels = {{.key = "rate_bpm", .title = "Breathing rate", .in = IN_ALL, .series = true},
                      {.key = "chest_deg", .title = "Chest movement", .in = IN_ALL, .series = true},
                      {.key = "abdomen_deg", .title = "Abdomen movement", .in = IN_ALL, .series = true},
                      {.key = "chest_share", .title = "Chest share", .in = IN_ALL, .series = true},
                      {.key = "phase_deg", .title = "Chest after abdomen", .in = IN_ALL, .about_zero = true},
                      {.key = "interval_cv_pct", .title = "Variation of breath lengths", .in = IN_ALL},
                      {.key = "steps_per_breath", .title = "Steps per breath", .in = IN_MOTION, .series = true},
                      {.key = "coupling", .title = "Coupling of breath to step", .in = IN_MOTION},
                      {.key = "coupling_ratio", .title = "Ratio of the coupling"},
                      {.key = "hold_s", .title = "Held breath"},
                      {.key = "confidence", .title = "Confidence of the breathing rate"}}},
    [TABLE_INSPIRATION] = {.stream = STREAM_INSPIRATION,
                           .after_s = 3,
                           .channels = {{.key = "inspiratory_ms", .title = "Inspiration", .in = IN_ALL},
                                        {.key = "expiratory_ms", .title = "Expiration", .in = IN_ALL},
                                        {.key = "interval_ms", .title = "Breath length"},
                                        {.key = "depth_deg", .title = "Breath depth", .in = IN_ALL}}},
    [TABLE_POSTURE] =
        {.stream = STREAM_POSTURE,
         .inside = "mean",
         .before_s = 2.5,
         .thin_s = 0.25,
         .calibrated = true,
         .channels = {{"trunk_lean_deg", "Trunk lean", IN_ALL, true, true, 0, TRUNK, NULL, NULL},
                      {"trunk_side_lean_deg", "Trunk side lean", IN_ALL, false, true, 0, TRUNK, NULL, NULL},
                      {"thoracic_flexion_deg", "Thoracic flexion", IN_ALL, true, true, 2, B(C7) | B(T12), NULL, NULL},
                      {"lumbar_flexion_deg", "Lumbar flexion", IN_ALL, true, true, 0, B(T12) | B(SACRUM), NULL, NULL},
                      {"neck_flexion_deg", "Neck flexion", IN_ALL, true, true, 2, B(HEAD) | B(C7), NULL, NULL},
                      {"pelvic_tilt_deg", "Pelvic tilt", IN_ALL, false, true, 0, B(SACRUM), NULL, NULL},
                      {"lateral_bend_deg", "Lateral bend", IN_ALL, false, true, 0, B(C7) | B(SACRUM), NULL, NULL},
                      {"trunk_rotation_range_deg", "Trunk rotation in a stride", IN_MOTION, false, false, 0, 0, NULL,
                       NULL},
                      {"shoulder_elevation_left_deg", "Shoulder elevation, left", IN_NONE, false, true,
                       0, B(SHOULDER_LEFT) | B(C7), "shoulder_elevation_right_deg", "Shoulder elevation"},
                      {"shoulder_elevation_right_deg", "Shoulder elevation, right", IN_NONE, false, true,
                       0, B(SHOULDER_RIGHT) | B(C7), NULL, NULL},
                      {"shoulder_protraction_deg", "Shoulder protraction", IN_ALL, false, true, 2, SHOULDERS, NULL,
                       NULL}}},
    [TABLE_GAIT] =
        {.stream = STREAM_GAIT,
         .before_s = 12,
         .channels =
             {{.key = "vertical_oscillation_mm", .title = "Vertical oscillation", .in = IN_MOTION, .series = true},
              {.key = "vertical_ratio_pct", .title = "Vertical ratio", .in = IN_MOTION, .matters = 0.7},
              {.key = "contact_ms", .title = "Ground contact", .in = IN_MOTION, .series = true},
              {.key = "duty_factor", .title = "Duty factor", .in = IN_MOTION},
              {.key = "step_length_m", .title = "Step length", .in = IN_MOTION},
              {.key = "overstride_index",
               .title = "Overstride index",
               .in = IN_MOTION,
               .about_zero = true,
               .matters = 0.5},
              {.key = "step_time_cv_pct", .title = "Variation of step times", .in = IN_MOTION, .matters = 0.8},
              {.key = "impact_g", .title = "Impact", .in = IN_MOTION, .series = true, .matters = 0.3},
              {.key = "loading_rate_g_s", .title = "Loading rate", .in = IN_RUN},
              {.key = "braking_g", .title = "Braking", .in = IN_MOTION},
              {.key = "shock_attenuation_db", .title = "Shock, head over sacrum", .in = IN_RUN, .about_zero = true},
              {.key = "eversion_left_deg",
               .title = "Foot roll, left",
               .pair = "eversion_right_deg",
               .both = "Foot roll in the stance"},
              {.key = "eversion_right_deg", .title = "Foot roll, right"}}},
    [TABLE_STEP] = {.stream = STREAM_STEP,
                    .after_s = 0.8,
                    .channels = {{.key = "step_time_ms", .title = "Step time"},
                                 {.key = "contact_ms", .title = "Ground contact"},
                                 {.key = "impact_g", .title = "Impact"},
                                 {.key = "vertical_oscillation_mm", .title = "Vertical oscillation"},
                                 {.key = "braking_g", .title = "Braking"},
                                 {.key = "foot", .title = "Foot"}}},
    [TABLE_ARMS] = {.stream = STREAM_ARMS,
                    .before_s = 5,
                    .after_s = 5,
                    .channels = {{.key = "swing_left_deg",
                                  .title = "Arm swing, left",
                                  .pair = "swing_right_deg",
                                  .both = "Arm swing"},
                                 {.key = "swing_right_deg", .title = "Arm swing, right"},
                                 {.key = "crossing_left_deg",
                                  .title = "Arm crossing, left",
                                  .about_zero = true,
                                  .pair = "crossing_right_deg",
                                  .both = "Arm crossing, inwards"},
                                 {.key = "crossing_right_deg", .title = "Arm crossing, right", .about_zero = true},
                                 {.key = "stiffness", .title = "Stiffness of the arms", .in = IN_RUN}}},
    [TABLE_PACK] =
        {.stream = STREAM_PACK,
         .before_s = 5,
         .after_s = 5,
         .channels = {{.key = "bounce_mm", .title = "Bounce of the pack", .in = IN_MOTION, .matters = 5},
                      {.key = "lag_ms", .title = "Lag of the pack", .in = IN_MOTION, .about_zero = true},
                      {.key = "tilt_deg", .title = "Tilt of the pack", .in = IN_ALL, .about_zero = true},
                      {.key = "side_tilt_deg", .title = "Side tilt of the pack", .in = IN_ALL, .about_zero = true}}},
    [TABLE_SESSION] = {.stream = STREAM_SESSION,
                       .hold_s = 6,
                       .channels = {{.key = "speed_m_s", .title = "Belt speed", .in = IN_MOTION, .series = true}}},
};

int report_n_channels(const struct report_stream *table)
{
    int n = 0;
    while (table->channels[n].key)
        n++;
    return n;
}

int report_channel_of(const struct report_stream *table, const char *key)
{
    for (int i = 0; table->channels[i].key; i++)
        if (strcmp(table->channels[i].key, key) == 0)
            return i;
    return -1;
}

static const struct stream_key *find_key(const struct stream_key *rows, const char *key)
{
    for (; rows->key; rows++) {
        if (strcmp(rows->key, key) == 0)
            return rows;
        const struct stream_key *inside = rows->nested ? find_key(rows->nested, key) : NULL;
        if (inside)
            return inside;
    }
    return NULL;
}

const struct stream_key *report_key(enum stream stream, const char *key)
{
    return find_key(stream_tables[stream].keys, key);
}

void report_words(const char *name, char *words, size_t size)
{
    snprintf(words, size, "%s", name);
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    words[0] = (char)toupper((unsigned char)words[0]);
}

// Ends of keys, the longer of two first; the first is half of an interval.
static const struct {
    const char *end, *unit;
    int decimals;
} units[] = {{"_ci_pct", "%", 1}, {"_spm", "steps/min", 1}, {"_bpm", "breaths/min", 1},
             {"_deg", "deg", 1},  {"_pct", "%", 1},         {"_min", "min", 1},
             {"_m_s", "m/s", 2},  {"_g_s", "g/s", 1},       {"_ms", "ms", 0},
             {"_mm", "mm", 1},    {"_hz", "Hz", 2},         {"_db", "dB", 1},
             {"_s", "s", 1},      {"_g", "g", 2},           {"_m", "m", 3}};

void report_describe(const char *key, struct report_name *name)
{
    *name = (struct report_name){.unit = NULL, .decimals = 2};
    for (int i = 0; i < N_TABLES; i++) {
        int at = report_channel_of(&report_streams[i], key);
        const struct stream_key *row = at >= 0 ? report_key(report_streams[i].stream, key) : NULL;
        if (!row)
            continue;
        snprintf(name->title, sizeof name->title, "%s", report_streams[i].channels[at].title);
        name->unit = row->unit;
        name->decimals = row->decimals;
        return;
    }
    report_words(key, name->title, sizeof name->title);
    size_t length = strlen(name->title);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t end = strlen(units[i].end);
        if (length <= end || strlen(key) < end || strcmp(key + strlen(key) - end, units[i].end) != 0)
            continue;
        snprintf(name->title + length - end, sizeof name->title - (length - end), "%s", i == 0 ? ", give or take" : "");
        name->unit = units[i].unit;
        name->decimals = units[i].decimals;
        return;
    }
}
