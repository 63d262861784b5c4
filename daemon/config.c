// SPDX-License-Identifier: GPL-3.0-or-later
#include "config.h"

#include "core/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct setting top_settings[] = {
    {.key = "version",
     .type = SETTING_INT,
     .offset = offsetof(struct config_top, version),
     .def = 1,
     .min = 1,
     .max = 1,
     .sentence = "Version of this file's format."},
    {.key = "rig",
     .type = SETTING_TEXT,
     .offset = offsetof(struct config_top, rig),
     .size = sizeof((struct config_top *)0)->rig,
     .def_text = "rig",
     .sentence = "Name of this rig: letters, digits, dots, dashes and underscores. First part of every topic."},
};

static const struct setting subject_settings[] = {
    {.key = "id",
     .type = SETTING_TEXT,
     .offset = offsetof(struct config_subject, id),
     .size = sizeof((struct config_subject *)0)->id,
     .nullable = true,
     .sentence = "Who runs, a code: letters, digits, dots, dashes and underscores. The calibration is kept under it; "
                 "null keeps it for anyone."},
    {.key = "leg_length_m",
     .type = SETTING_REAL,
     .offset = offsetof(struct config_subject, leg_length_m),
     .unit = "m",
     .def = 0.9,
     .min = 0.4,
     .max = 1.4,
     .sentence = "Length of the leg from the greater trochanter to the floor."},
};

static const struct setting import_map_settings[] = {
    {.key = "",
     .type = SETTING_CHOICE,
     .offset = offsetof(struct config_map, site),
     .max = N_SITES - 1,
     .choices = site_names,
     .sentence = "Site that the stream of this name in a foreign recording is taken for."},
};

#define ROWS(table) .rows = table, .n_rows = sizeof(table) / sizeof *(table)
#define ROOM(name)                                                                                                     \
    .path = #name, .rows = name##_settings, .n_rows_at = &n_##name##_settings, .offset = offsetof(struct config, name)

static const struct setting_section sections[] = {
    {.path = "", .sentence = "This rig.", ROWS(top_settings), .offset = offsetof(struct config, top)},
    {.path = "subject", .sentence = "The runner.", ROWS(subject_settings), .offset = offsetof(struct config, subject)},
    {.path = "sites",
     .sentence = "Where a sensor is worn and how its device is found. Any subset works.",
     .rows = site_settings,
     .n_rows_at = &n_site_settings,
     .offset = offsetof(struct config, sites),
     .keys = site_names,
     .stride = sizeof(struct site_params),
     .present_offset = offsetof(struct site_params, present)},
    {ROOM(acquire), .sentence = "Reading the devices through libiio."},
    {ROOM(align), .sentence = "Bringing all sensors to one timeline."},
    {ROOM(orient), .sentence = "Orientation of each sensor."},
    {ROOM(segment), .sentence = "From sensor to body segment."},
    {ROOM(gait), .sentence = "Cadence and activity."},
    {ROOM(posture), .sentence = "Posture angles."},
    {ROOM(breathing), .sentence = "Breathing rate."},
    {ROOM(arms), .sentence = "Swing of the arms."},
    {ROOM(pack), .sentence = "A pack against the trunk."},
    {.path = "assess",
     .sentence = "Guided assessments (docs/assess.md).",
     .rows = exercise_settings,
     .n_rows_at = &n_exercise_settings,
     .offset = offsetof(struct config, exercise)},
    {ROOM(findings), .sentence = "What strains the upper back: limits of every factor (docs/findings.md)."},
    {.path = "equipment",
     .sentence = "What the runner wears.",
     .rows = equipment_settings,
     .n_rows_at = &n_equipment_settings,
     .offset = offsetof(struct config, findings)},
    {ROOM(publish), .sentence = "The stream for other programs."},
    {ROOM(record), .sentence = "Recordings of what the sensors deliver and what is published."},
    {ROOM(rt), .sentence = "Real time: who runs where and before whom. Changes take effect at the next start."},
    {.path = "import.map",
     .sentence = "Which streams of a foreign recording are which site (--replay).",
     ROWS(import_map_settings),
     .offset = offsetof(struct config, import_map),
     .stride = sizeof(struct config_map),
     .free_keys = IMPORT_MAP_MAX},
};

const struct setting_schema config_schema = {sections, sizeof sections / sizeof *sections};

void config_defaults(struct config *config)
{
    memset(config, 0, sizeof *config);
    settings_defaults(&config_schema, config);
}

static int check_name(const char *key, const char *name, char error[SETTINGS_ERROR])
{
    if (name_is_plain(name))
        return 0;
    snprintf(error, SETTINGS_ERROR, "key '%s': value '%s' is not a name; allowed: " PLAIN_NAME_ALLOWED, key, name);
    return -EINVAL;
}

int config_check(struct config *config, char error[SETTINGS_ERROR])
{
    if (check_name("rig", config->top.rig, error) != 0)
        return -EINVAL;
    if (config->subject.id[0] != '\0' && check_name("subject.id", config->subject.id, error) != 0)
        return -EINVAL;
    if (acquire_check_sites(config->sites, error, SETTINGS_ERROR) != 0)
        return -EINVAL;
    if (publish_check(&config->publish, error, SETTINGS_ERROR) != 0)
        return -EINVAL;
    if (findings_check(&config->findings, error, SETTINGS_ERROR) != 0)
        return -EINVAL;
    if (config->record.rotate_mb > 0 && config->record.rotate_mb < RECORD_ROTATE_MIN_MB) {
        snprintf(error, SETTINGS_ERROR, "key 'record.rotate_mb': value %g is neither 0 nor at least %g",
                 config->record.rotate_mb, RECORD_ROTATE_MIN_MB);
        return -EINVAL;
    }
    if (config->gait.min_window_s > config->gait.window_s) {
        snprintf(error, SETTINGS_ERROR, "key 'gait.min_window_s': value %g is above gait.window_s (%g)",
                 config->gait.min_window_s, config->gait.window_s);
        return -EINVAL;
    }
    return 0;
}

char *config_text(const struct config *config)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return NULL;
    int rc = settings_print(&config_schema, config, memory, false);
    if (fclose(memory) != 0 || rc != 0) {
        free(text);
        return NULL;
    }
    return text;
}
