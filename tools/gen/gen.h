// SPDX-License-Identifier: GPL-3.0-or-later
// Writes what must never disagree with the tables: JSON Schemas, the list of streams, the list of settings.
// Each writer gets an open file and returns 0 or negative errno.
#ifndef POISE_GEN_GEN_H
#define POISE_GEN_GEN_H

#include <jansson.h>
#include <stdio.h>

int gen_json(json_t *object, FILE *to); // takes the object; NULL is -ENOMEM
json_t *gen_config_schema(void);        // config/schema/poised.json; NULL without memory
int gen_example_config(FILE *to);       // config/poised.yaml
int gen_man_page(FILE *to);             // docs/poised.yaml.5.scd
int gen_streams_page(FILE *to);         // docs/streams.md

enum { GEN_MAX_SETTINGS = 512 };

#endif
