// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a configuration file, or after a first byte '=' as a --set assignment, by the daemon's own tables and by
// those of an example that has every kind of row. Whatever is taken must print to a text that loads back to the same
// print; whatever is refused must have a sentence and change nothing.
#include "check.h"
#include "config.h"
#include "example_schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tables {
    const struct setting_schema *schema;
    size_t size;
    void *config, *before, *back; // of size bytes each
};

static char *print(const struct setting_schema *schema, const void *config)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    check(to && settings_print(schema, config, to, true) == 0);
    fclose(to);
    return text;
}

static void check_round_trip(const struct tables *t)
{
    char error[SETTINGS_ERROR];
    char *text = print(t->schema, t->config);
    memset(t->back, 0, t->size);
    settings_defaults(t->schema, t->back);
    check(settings_load_text(t->schema, t->back, "printed", text, error) == 0);
    char *again = print(t->schema, t->back);
    check(strcmp(text, again) == 0);
    free(text);
    free(again);
}

// True: it was taken.
static bool load(const struct tables *t, const char *text)
{
    char error[SETTINGS_ERROR] = "";
    memset(t->config, 0, t->size);
    settings_defaults(t->schema, t->config);
    memcpy(t->before, t->config, t->size);
    int rc = text[0] == '=' ? settings_set(t->schema, t->config, text + 1, error)
                            : settings_load_text(t->schema, t->config, "fuzz", text, error);
    if (rc == 0)
        check_round_trip(t);
    else
        check(memcmp(t->config, t->before, t->size) == 0 && memchr(error, '\0', sizeof error) && *error);
    return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct example example[3];
    static struct config config[3];
    const struct tables of_example = {&example_schema, sizeof *example, &example[0], &example[1], &example[2]};
    const struct tables of_daemon = {&config_schema, sizeof *config, &config[0], &config[1], &config[2]};
    char *text = calloc(1, size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    load(&of_example, text);
    if (load(&of_daemon, text)) {
        char error[SETTINGS_ERROR] = "";
        check(config_check(&config[0], error) == 0 || (memchr(error, '\0', sizeof error) && *error));
    }
    free(text);
    return 0;
}
