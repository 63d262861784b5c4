// SPDX-License-Identifier: GPL-3.0-or-later
// For the Python tests: reads a recording with log_reader and prints each event as a line of JSON, the warning last.
// dump_log [--map NAME=site]… FILE|-
#include "frames/site.h"
#include "record/history_text.h"
#include "record/log_reader.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *numbers(const double *value, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, isfinite(value[i]) ? json_real(value[i]) : json_null());
    return array;
}

static json_t *block_object(const struct raw_block *block)
{
    json_t *stamps = json_array(), *values = json_array();
    for (size_t i = 0; i < block->n; i++) {
        json_array_append_new(stamps, json_integer(block->stamp_ns[i]));
        json_array_append_new(values, numbers(block->value[i], N_CHANNELS));
    }
    return json_pack("{s:s, s:i, s:o, s:o}", "kind", "block", "source", (int)block->source, "stamp_ns", stamps, "value",
                     values);
}

static json_t *source_object(const struct log_event *event)
{
    const struct source_desc *desc = event->desc;
    return json_pack("{s:s, s:i, s:s, s:i, s:i, s:i, s:f, s:o, s:o, s:o, s:s, s:s}", "kind", "source", "source",
                     (int)event->source, "site", site_names[desc->site], "mask", (int)desc->channel_mask, "format",
                     (int)desc->format, "bits", (int)desc->bits, "rate_hz", desc->rate_hz, "scale",
                     numbers(desc->scale, N_CHANNELS), "offset", numbers(desc->offset, N_CHANNELS), "mount",
                     numbers(desc->mount, 9), "name", desc->name, "chip", desc->chip);
}

static json_t *calibration_object(const struct calibration *calibration)
{
    json_t *sites = json_object();
    for (int s = 0; s < N_SITES; s++)
        if (calibration->sites & SITE_BIT(s))
            json_object_set_new(sites, site_names[s], numbers(calibration->site[s].q_sensor_from_segment, 4));
    return json_pack("{s:s, s:o}", "kind", "calibration", "q_sensor_from_segment", sites);
}

static json_t *object_of(const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SETTINGS:
        return json_pack("{s:s, s:s}", "kind", "settings", "text", event->settings);
    case LOG_SOURCE:
        return source_object(event);
    case LOG_BLOCK:
        return block_object(event->block);
    case LOG_TICK:
        return json_pack("{s:s, s:I, s:I}", "kind", "tick", "mono_ns", (json_int_t)event->tick.mono_ns, "utc_ns",
                         (json_int_t)event->tick.utc_ns);
    case LOG_DEVICE:
        return json_pack("{s:s, s:s}", "kind", "device", "reason", event->device->reason);
    case LOG_COMMAND:
        return json_pack("{s:s, s:s, s:i}", "kind", "command", "text", event->command->text, "method",
                         (int)event->command->method);
    case LOG_CALIBRATION:
        return calibration_object(event->calibration);
    case LOG_HISTORY:
        return history_object(event->history);
    }
    return NULL;
}

static void print(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static int usage(void)
{
    fprintf(stderr, "dump_log [--map NAME=site]… FILE|-\n");
    return 64;
}

int main(int argc, char **argv)
{
    struct log_reader_options options = {.n_map = 0};
    int i = 1;
    for (; i + 1 < argc && strcmp(argv[i], "--map") == 0; i += 2) {
        struct import_map *map = &options.map[options.n_map++];
        const char *equals = strchr(argv[i + 1], '=');
        if (!equals)
            return usage();
        snprintf(map->name, sizeof map->name, "%.*s", (int)(equals - argv[i + 1]), argv[i + 1]);
        map->site = site_from_name(equals + 1);
    }
    if (i + 1 != argc)
        return usage();
    struct log_reader *reader;
    char error[1200];
    int rc = log_reader_open(&reader, argv[i], &options, error, sizeof error);
    if (rc != 0) {
        fprintf(stderr, "%s\n", error);
        return -rc;
    }
    struct log_event event;
    while ((rc = log_reader_next(reader, &event)) == 1)
        print(object_of(&event));
    print(json_pack("{s:s, s:i, s:s}", "kind", "end", "rc", rc, "warning", log_reader_warning(reader)));
    log_reader_close(reader);
    return 0;
}
