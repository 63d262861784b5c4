// SPDX-License-Identifier: GPL-3.0-or-later
// poise-gen DIR: writes config/schema/*.json, config/poised.yaml, docs/streams.md and docs/poised.yaml.5.scd below DIR.
// Run it by tools/gen/update; a test compares what it writes with what is committed.
#include "gen.h"

#include "publish/streams.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int gen_json(json_t *object, FILE *to)
{
    if (!object)
        return -ENOMEM;
    // Fifteen digits: seventeen would print 0.1 as 0.10000000000000001.
    int result = json_dumpf(object, to, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) ? -EIO : 0;
    fputc('\n', to);
    json_decref(object);
    return result;
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    // The folders on the way; what exists already is no error.
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) && errno != EEXIST)
            return NULL;
        *slash = '/';
    }
    return fopen(path, "we");
}

// Closes file and reports; result is the writer's.
static int finish(const char *name, FILE *file, int result)
{
    if (file && fclose(file) && result == 0)
        result = -errno;
    if (result)
        fprintf(stderr, "poise-gen: %s: %s\n", name, strerror(-result));
    return result;
}

static int write_schema(const char *folder, const char *stream, json_t *schema)
{
    char name[128];
    snprintf(name, sizeof name, "config/schema/%s.json", stream);
    FILE *file = create(folder, name);
    if (!file) {
        int error = -errno;
        json_decref(schema);
        return finish(name, NULL, error);
    }
    return finish(name, file, gen_json(schema, file));
}

static int write_page(const char *folder, const char *name, int (*write)(FILE *))
{
    FILE *file = create(folder, name);
    return file ? finish(name, file, write(file)) : finish(name, NULL, -errno);
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: poise-gen DIR\n");
        return 64;
    }
    int result = 0;
    for (int i = 0; i < N_STREAMS && result == 0; i++)
        result = write_schema(argv[1], stream_tables[i].name, stream_schema((enum stream)i));
    result = result ? result : write_schema(argv[1], "poised", gen_config_schema());
    result = result ? result : write_page(argv[1], "config/poised.yaml", gen_example_config);
    result = result ? result : write_page(argv[1], "docs/streams.md", gen_streams_page);
    result = result ? result : write_page(argv[1], "docs/poised.yaml.5.scd", gen_man_page);
    return result ? 1 : 0;
}
