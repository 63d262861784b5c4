// SPDX-License-Identifier: GPL-3.0-or-later
#include "names.h"

#include "assess_view.h"
#include "config.h"
#include "frames/site.h"
#include "import_presets.h"
#include "publish/streams.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define SETTINGS_MAX 512

static void print_streams(void)
{
    for (int i = 0; i < N_STREAMS; i++)
        puts(stream_tables[i].name);
}

static void print_sites(void)
{
    for (int i = 0; i < N_SITES; i++)
        puts(site_names[i]);
}

static void print_presets(void)
{
    for (const struct import_preset *preset = import_presets; preset->name; preset++)
        puts(preset->name);
}

static void print_exercises(void)
{
    char name[48];
    for (int i = 0; i < N_EXERCISES; i++) {
        assess_view_name(i, name);
        puts(name);
    }
}

static int describe(struct setting_description rows[SETTINGS_MAX])
{
    int n = settings_describe(&config_schema, rows, SETTINGS_MAX);
    return n < SETTINGS_MAX ? n : SETTINGS_MAX;
}

// Where the name of a site, or one's own, stands in path; NULL in most.
static const char *free_name(const struct setting_description *row)
{
    const char *at = strstr(row->path, "." SETTING_ANY_KEY);
    return at ? at + 1 : NULL;
}

static void print_keys(void)
{
    static struct setting_description rows[SETTINGS_MAX];
    int n = describe(rows);
    for (int i = 0; i < n; i++) {
        const char *name = free_name(&rows[i]);
        if (!name)
            puts(rows[i].path);
        else if (!rows[i].section->keys)
            printf("%.*s\n", (int)(name - rows[i].path), rows[i].path);
        for (int k = 0; name && rows[i].section->keys && rows[i].section->keys[k]; k++)
            printf("%.*s%s%s\n", (int)(name - rows[i].path), rows[i].path, rows[i].section->keys[k],
                   name + strlen(SETTING_ANY_KEY));
    }
}

// key is row's path, with any word where that has NAME.
static bool is_key(const struct setting_description *row, const char *key)
{
    const char *name = free_name(row);
    if (!name)
        return strcmp(row->path, key) == 0;
    size_t before = (size_t)(name - row->path);
    if (strncmp(row->path, key, before) != 0)
        return false;
    return strcmp(key + before + strcspn(key + before, "."), name + strlen(SETTING_ANY_KEY)) == 0;
}

static void print_values(const char *key)
{
    static struct setting_description rows[SETTINGS_MAX];
    int n = describe(rows);
    for (int i = 0; i < n; i++) {
        const struct setting *row = rows[i].row;
        if (!is_key(&rows[i], key))
            continue;
        for (int k = 0; row->choices && row->choices[k]; k++)
            puts(row->choices[k]);
        if (row->type == SETTING_BOOL)
            puts("true\nfalse");
        if (row->nullable)
            puts("null");
    }
}

int poisectl_names(int argc, char **argv)
{
    static const struct {
        const char *what;
        void (*print)(void);
    } lists[] = {{"streams", print_streams},
                 {"sites", print_sites},
                 {"presets", print_presets},
                 {"keys", print_keys},
                 {"exercises", print_exercises}};
    for (size_t i = 0; argc == 2 && i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(argv[1], lists[i].what) == 0) {
            lists[i].print();
            return fflush(stdout) == 0 ? 0 : 1;
        }
    if (argc != 3 || strcmp(argv[1], "values") != 0)
        return EX_USAGE;
    print_values(argv[2]);
    return fflush(stdout) == 0 ? 0 : 1;
}
