// SPDX-License-Identifier: GPL-3.0-or-later
// Loads YAML (libyaml's document API, every node has its line) into params structs by the tables the rooms declare
// (core/setting.h), and prints them. Errors name file, line, key, value and what is allowed. Not RT-safe.
#ifndef POISE_SETTINGS_SETTINGS_H
#define POISE_SETTINGS_SETTINGS_H

#include "core/setting.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// A group of rows below one path of the document, stored in one struct inside the configuration.
struct setting_section {
    const char *path;     // "align"; "" is the top level; "sites" for a keyed section
    const char *sentence; // for --print-config and the man page
    const struct setting *rows;
    size_t n_rows;
    const size_t *n_rows_at; // instead of n_rows where the count is a constant of another file, &n_align_settings
    size_t offset;           // of the params struct (or of element 0) in the configuration
    const char *const *keys; // keyed section: NULL-terminated keys, element i belongs to keys[i]; NULL: a plain one
    size_t stride;           // keyed: size of an element
    size_t present_offset;   // keyed: offset of `bool present` in an element
    size_t free_keys;        // >0: keys are free text (import.map): up to this many elements; the element's first
                             // member is char[64] for the key, rows[0] is the value itself (its key is "")
};

struct setting_schema {
    const struct setting_section *sections;
    size_t n_sections;
};

#define SETTINGS_ERROR 512

void settings_defaults(const struct setting_schema *schema, void *config);

// Over what config holds already. 0, -EINVAL with a sentence in error, or negative errno when the file cannot be read.
// name stands for the text in messages. On error config is unchanged. A schema with a top-level row `version` makes
// that key compulsory. null empties a keyed or free-key section; null for one element of a keyed section removes it.
__attribute__((warn_unused_result)) int settings_load_file(const struct setting_schema *schema, void *config,
                                                           const char *path, char error[SETTINGS_ERROR]);
__attribute__((warn_unused_result)) int settings_load_text(const struct setting_schema *schema, void *config,
                                                           const char *name, const char *text,
                                                           char error[SETTINGS_ERROR]);
// assignment is "align.deadline_ms=80", "sites.c7.uri=local:", "publish.tcp=null". The value is parsed as YAML.
__attribute__((warn_unused_result)) int settings_set(const struct setting_schema *schema, void *config,
                                                     const char *assignment, char error[SETTINGS_ERROR]);

// The whole configuration as YAML that loads back to the same values. commented adds each row's sentence, unit, range.
int settings_print(const struct setting_schema *schema, const void *config, FILE *to, bool commented);

#define SETTING_ANY_KEY "NAME"
struct setting_description {
    char path[128]; // "align.deadline_ms", "sites.NAME.uri": SETTING_ANY_KEY stands for the key of a keyed section
    const struct setting *row;
    const struct setting_section *section;
    char allowed[256]; // "10 … 1000 ms", "wait, exit", "text of at most 63 bytes, or null"
    char initial[256]; // the default, as YAML
};
// Every key there is, in the order of the tables, for documents and schemas. Fills up to max rows; returns how many
// there are, or -ENOMEM.
int settings_describe(const struct setting_schema *schema, struct setting_description *rows, size_t max);

#endif
