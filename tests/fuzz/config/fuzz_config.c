// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a configuration file, or after a first byte '=' as a --set assignment. Whatever is taken must print to
// a text that loads back to the same print; whatever is refused must have a sentence and change nothing.
#include "example_schema.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct example *config)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to || settings_print(&example_schema, config, to, true))
        abort();
    fclose(to);
    return text;
}

static void check_round_trip(const struct example *config)
{
    struct example back;
    char error[SETTINGS_ERROR];
    char *text = print(config);
    memset(&back, 0, sizeof back);
    settings_defaults(&example_schema, &back);
    if (settings_load_text(&example_schema, &back, "printed", text, error))
        abort();
    char *again = print(&back);
    if (strcmp(text, again) != 0)
        abort();
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct example config, before;
    char error[SETTINGS_ERROR] = "";
    char *text = calloc(1, size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    memset(&config, 0, sizeof config);
    settings_defaults(&example_schema, &config);
    before = config;
    bool is_assignment = text[0] == '=';
    int result = is_assignment ? settings_set(&example_schema, &config, text + 1, error)
                               : settings_load_text(&example_schema, &config, "fuzz", text, error);
    if (result == 0)
        check_round_trip(&config);
    else if (memcmp(&config, &before, sizeof config) != 0 || !memchr(error, '\0', sizeof error) || !*error)
        abort();
    free(text);
    return 0;
}
