// SPDX-License-Identifier: GPL-3.0-or-later
#include "example_schema.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *const example_places[N_PLACES + 1] = {"c7", "sacrum", "foot_left", NULL};

static const char *const modes[] = {"wait", "exit", NULL};
static const double range_default[2] = {0.25, 4};

#define TOP(field)   offsetof(struct example, top.field) - offsetof(struct example, top)
#define ALIGN(field) offsetof(struct example, align.field) - offsetof(struct example, align)
#define PLACE(field) offsetof(struct example_place, field)

static const struct setting top_rows[] = {
    {.key = "version",
     .type = SETTING_INT,
     .offset = TOP(version),
     .def = 1,
     .min = 1,
     .max = 1,
     .sentence = "The version of this format."},
    {.key = "rig",
     .type = SETTING_TEXT,
     .offset = TOP(rig),
     .size = 12,
     .min = 1,
     .def_text = "rig",
     .sentence = "Name of the rig, the first part of every topic."},
};

static const struct setting align_rows[] = {
    {.key = "deadline_ms",
     .type = SETTING_INT,
     .offset = ALIGN(deadline_ms),
     .unit = "ms",
     .def = 80,
     .min = 10,
     .max = 1000,
     .sentence = "How long a late sensor is waited for. Small values give the newest data sooner, large values "
                 "keep the samples of a slow network; beyond it the frame goes out without that site."},
    {.key = "gap_s",
     .type = SETTING_REAL,
     .offset = ALIGN(gap_s),
     .unit = "s",
     .def = 0.005,
     .min = 0,
     .max = 2.5,
     .sentence = "The longest gap that is bridged."},
    {.key = "drift",
     .type = SETTING_REAL,
     .offset = ALIGN(drift),
     .def = 0,
     .min = -1e300,
     .max = 1e300,
     .nullable = true,
     .sentence = "Any number or null."},
    {.key = "fill", .type = SETTING_BOOL, .offset = ALIGN(fill), .def = 1, .sentence = "Whether gaps are filled."},
    {.key = "limits.mode", .type = SETTING_CHOICE, .offset = ALIGN(mode), .choices = modes, .sentence = "What to do."},
    {.key = "limits.folder",
     .type = SETTING_TEXT,
     .offset = ALIGN(folder),
     .size = 16,
     .nullable = true,
     .sentence = "Where to."},
    {.key = "limits.range",
     .type = SETTING_REALS,
     .offset = ALIGN(range),
     .size = 2,
     .def_reals = range_default,
     .min = -8,
     .max = 8,
     .unit = "g",
     .sentence = "From and to."},
};

static const struct setting place_rows[] = {
    {.key = "uri",
     .type = SETTING_TEXT,
     .offset = PLACE(uri),
     .size = 32,
     .nullable = true,
     .sentence = "Where it is."},
    {.key = "accel.name",
     .type = SETTING_TEXT,
     .offset = PLACE(accel_name),
     .size = 16,
     .nullable = true,
     .sentence = "Name of one half."},
    {.key = "mount",
     .type = SETTING_REALS,
     .offset = PLACE(mount),
     .size = 9,
     .nullable = true,
     .sentence = "Rows of the mount matrix."},
};

static const struct setting name_rows[] = {
    {.key = "",
     .type = SETTING_CHOICE,
     .offset = offsetof(struct example_name, place),
     .choices = example_places,
     .sentence = "The place of a stream."},
};

static const size_t n_place_rows = COUNT(place_rows);

static const struct setting_section sections[] = {
    {.path = "", .rows = top_rows, .n_rows = COUNT(top_rows), .offset = offsetof(struct example, top)},
    {.path = "align",
     .sentence = "The common grid.",
     .rows = align_rows,
     .n_rows = COUNT(align_rows),
     .offset = offsetof(struct example, align)},
    {.path = "places",
     .sentence = "Where sensors are worn.",
     .rows = place_rows,
     .n_rows_at = &n_place_rows,
     .offset = offsetof(struct example, places),
     .keys = example_places,
     .stride = sizeof(struct example_place),
     .present_offset = PLACE(present)},
    {.path = "import.map",
     .sentence = "Names of foreign streams.",
     .rows = name_rows,
     .n_rows = COUNT(name_rows),
     .offset = offsetof(struct example, names),
     .stride = sizeof(struct example_name),
     .free_keys = N_NAMES},
};

const struct setting_schema example_schema = {sections, COUNT(sections)};
