// SPDX-License-Identifier: GPL-3.0-or-later
// Scenarios as YAML, through libyaml's document API (every node knows its line). Strict: an unknown key, a key twice, a
// wrong type, trailing garbage or a value out of range is an error that says where and what is allowed.
#include "sim/scenario.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

extern const unsigned char sim_default_scenario[];
extern const size_t sim_default_scenario_size;

struct loader {
    yaml_document_t document;
    const char *name;
    struct scenario *scenario;
    char *error;
};

struct number_key {
    const char *group, *key; // group "" is the top level
    size_t offset;           // of a double in struct scenario
    double min, max, def;
};

#define NUMBER(group, key, member, min, max, def)                                                                      \
    {                                                                                                                  \
        group, key, offsetof(struct scenario, member), min, max, def                                                   \
    }
static const struct number_key number_keys[] = {
    NUMBER("", "rate_hz", rate_hz, 25, 1600, 1000),
    NUMBER("noise", "acc_m_s2", acc_noise_m_s2, 0, 5, 0.035),
    NUMBER("noise", "gyro_deg_s", gyro_noise_deg_s, 0, 20, 0.14),
    NUMBER("noise", "acc_bias_m_s2", acc_bias_m_s2, 0, 2, 0.1),
    NUMBER("noise", "gyro_bias_deg_s", gyro_bias_deg_s, 0, 20, 0.5),
    NUMBER("clock", "ppm_max", ppm_max, 0, 100000, 10000),
    NUMBER("clock", "jitter_us", jitter_us, 0, 200, 15),
    NUMBER("mount", "misalignment_deg", misalignment_deg, 0, 30, 3),
    NUMBER("body", "step_jitter_pct", step_jitter_pct, 0, 10, 2),
    NUMBER("body", "breath_jitter_pct", breath_jitter_pct, 0, 20, 3),
    NUMBER("body", "sway_deg", sway_deg, 0, 5, 0.15),
};
#define N_NUMBER_KEYS (sizeof number_keys / sizeof *number_keys)

static int refuse(struct loader *loader, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int refuse(struct loader *loader, const yaml_node_t *node, const char *format, ...)
{
    int n = snprintf(loader->error, SCENARIO_ERROR, "%s:%zu: ", loader->name, node ? node->start_mark.line + 1 : 1);
    va_list args;
    va_start(args, format);
    if (n > 0 && n < SCENARIO_ERROR)
        vsnprintf(loader->error + n, (size_t)(SCENARIO_ERROR - n), format, args);
    va_end(args);
    return -EINVAL;
}

static yaml_node_t *node_at(struct loader *loader, int index)
{
    return yaml_document_get_node(&loader->document, index);
}

static const char *scalar(const yaml_node_t *node) // NULL when it is none, or holds a NUL
{
    if (node->type != YAML_SCALAR_NODE || strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return NULL;
    return (const char *)node->data.scalar.value;
}

static int read_number(struct loader *loader, const char *key, const yaml_node_t *node, double min, double max,
                       double *value)
{
    const char *text = scalar(node);
    bool plain = text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    char *end = NULL;
    double number = plain && text[strspn(text, "+-0123456789.eE")] == '\0' ? strtod(text, &end) : NAN;
    if (!plain || !end || end == text || *end || !(number >= min && number <= max))
        return refuse(loader, node, "%s: %.40s: a number from %g to %g is wanted", key, text ? text : "(not a scalar)",
                      min, max);
    *value = number;
    return 0;
}

// Every mapping goes through here: pairs one by one, keys must be scalars and may come only once.
typedef int (*take_pair)(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg);

static int each_pair(struct loader *loader, const char *what, yaml_node_t *node, take_pair take, void *arg)
{
    if (!node || node->type != YAML_MAPPING_NODE)
        return refuse(loader, node, "%s: a mapping is wanted", what);
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key_node = node_at(loader, pair->key);
        const char *key = scalar(key_node);
        if (!key)
            return refuse(loader, key_node, "%s: a key must be a plain word", what);
        for (const yaml_node_pair_t *before = first; before < pair; before++)
            if (strcmp(scalar(node_at(loader, before->key)), key) == 0)
                return refuse(loader, key_node, "%s: given twice", key);
        int err = take(loader, key, key_node, node_at(loader, pair->value), arg);
        if (err)
            return err;
    }
    return 0;
}

static int take_param(struct loader *loader, const char *key, yaml_node_t *value, struct scenario_phase *phase,
                      bool ramp_end)
{
    for (size_t i = 0; i < N_PHASE_PARAMS; i++) {
        if (strcmp(phase_params[i].key, key) != 0)
            continue;
        double number = 0;
        int err = read_number(loader, key, value, phase_params[i].min, phase_params[i].max, &number);
        if (!err)
            (ramp_end ? phase->to : phase->from)[i] = number;
        return err;
    }
    return 1; // none of ours
}

static int unknown_param(struct loader *loader, const char *key, const yaml_node_t *key_node, const char *also)
{
    char known[320] = "";
    size_t used = 0;
    for (size_t i = 0; i < N_PHASE_PARAMS && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? " " : "", phase_params[i].key);
    return refuse(loader, key_node, "%.40s: unknown key; known here: %s%s", key, also, known);
}

static int take_ramp_end(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    int err = take_param(loader, key, value, arg, true);
    return err > 0 ? unknown_param(loader, key, key_node, "") : err;
}

static int take_phase_pair(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    struct scenario_phase *phase = arg;
    if (strcmp(key, "kind") == 0 || strcmp(key, "to") == 0)
        return 0; // the kind is read first, the ramps last
    if (strcmp(key, "duration_s") == 0)
        return read_number(loader, key, value, 1, 1e6, &phase->duration_s);
    if (strcmp(key, "name") == 0) {
        const char *text = scalar(value);
        if (!text || !*text || strlen(text) >= sizeof phase->name ||
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(text))
            return refuse(loader, value, "name: %.40s: up to 31 letters, digits, _ and - are allowed",
                          text ? text : "(not a scalar)");
        strcpy(phase->name, text);
        return 0;
    }
    int err = take_param(loader, key, value, phase, false);
    return err > 0 ? unknown_param(loader, key, key_node, "name kind duration_s to ") : err;
}

static yaml_node_t *find_value(struct loader *loader, yaml_node_t *mapping, const char *key)
{
    if (mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
         pair++) {
        const char *text = scalar(node_at(loader, pair->key));
        if (text && strcmp(text, key) == 0)
            return node_at(loader, pair->value);
    }
    return NULL;
}

static int load_phase(struct loader *loader, yaml_node_t *node, struct scenario_phase *phase)
{
    *phase = (struct scenario_phase){.kind = N_PHASE_KINDS};
    yaml_node_t *kind_node = find_value(loader, node, "kind");
    const char *kind = kind_node ? scalar(kind_node) : NULL;
    for (int i = 0; kind && i < N_PHASE_KINDS; i++)
        if (strcmp(kind, phase_kind_names[i]) == 0)
            phase->kind = (enum phase_kind)i;
    if (phase->kind == N_PHASE_KINDS)
        return refuse(loader, kind_node ? kind_node : node, "kind: %.40s: stand, walk or run is wanted",
                      kind ? kind : "(missing)");
    strcpy(phase->name, phase_kind_names[phase->kind]);
    for (int i = 0; i < N_PHASE_PARAMS; i++)
        phase->from[i] = phase_params[i].def[phase->kind];
    int err = each_pair(loader, "phases", node, take_phase_pair, phase);
    if (err)
        return err;
    if (!(phase->duration_s > 0))
        return refuse(loader, node, "duration_s: missing: a number from 1 to 1e+06 is wanted");
    memcpy(phase->to, phase->from, sizeof phase->to);
    yaml_node_t *to = find_value(loader, node, "to");
    return to ? each_pair(loader, "to", to, take_ramp_end, phase) : 0;
}

static int load_phases(struct loader *loader, yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top)
        return refuse(loader, node, "phases: a sequence of one to %d mappings is wanted", SCENARIO_PHASES_MAX);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        if (loader->scenario->n_phases == SCENARIO_PHASES_MAX)
            return refuse(loader, node, "phases: more than %d", SCENARIO_PHASES_MAX);
        int err = load_phase(loader, node_at(loader, *item), &loader->scenario->phase[loader->scenario->n_phases++]);
        if (err)
            return err;
    }
    return 0;
}

static int load_sites(struct loader *loader, yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top)
        return refuse(loader, node, "sites: a sequence of site names is wanted");
    loader->scenario->sites = 0;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *name_node = node_at(loader, *item);
        const char *name = scalar(name_node);
        int site = name ? site_from_name(name) : -1;
        if (site < 0)
            return refuse(loader, name_node,
                          "sites: %.40s: unknown; known: head c7 t12 sacrum sternum abdomen "
                          "shoulder_left shoulder_right wrist_left wrist_right foot_left foot_right pack",
                          name ? name : "(not a scalar)");
        if (loader->scenario->sites & SITE_BIT(site))
            return refuse(loader, name_node, "sites: %s: given twice", name);
        loader->scenario->sites |= SITE_BIT(site);
    }
    return 0;
}

static int take_number(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    const char *group = arg;
    for (size_t i = 0; i < N_NUMBER_KEYS; i++)
        if (strcmp(number_keys[i].group, group) == 0 && strcmp(number_keys[i].key, key) == 0)
            return read_number(loader, key, value, number_keys[i].min, number_keys[i].max,
                               (double *)((char *)loader->scenario + number_keys[i].offset));
    return refuse(loader, key_node, "%s%s%.40s: unknown key", group, *group ? "." : "", key);
}

static int take_top(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    (void)arg;
    double number = 0;
    if (strcmp(key, "version") == 0)
        return read_number(loader, key, value, 1, 1, &number);
    if (strcmp(key, "seed") == 0) {
        int err = read_number(loader, key, value, 0, 0x1p53, &number);
        if (!err && number != floor(number))
            return refuse(loader, value, "seed: %s: a whole number is wanted", scalar(value));
        if (!err)
            loader->scenario->seed = (uint64_t)number;
        return err;
    }
    if (strcmp(key, "sites") == 0)
        return load_sites(loader, value);
    if (strcmp(key, "phases") == 0)
        return load_phases(loader, value);
    static char groups[][6] = {"noise", "clock", "mount", "body"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strcmp(key, groups[i]) == 0)
            return each_pair(loader, key, value, take_number, groups[i]);
    return take_number(loader, key, key_node, value, "");
}

static int load_root(struct loader *loader)
{
    yaml_node_t *root = yaml_document_get_root_node(&loader->document);
    if (!root)
        return refuse(loader, NULL, "empty: version and phases are wanted");
    int err = each_pair(loader, "scenario", root, take_top, NULL);
    if (err)
        return err;
    if (!find_value(loader, root, "version"))
        return refuse(loader, root, "version: missing: 1 is wanted");
    if (loader->scenario->n_phases == 0)
        return refuse(loader, root, "phases: missing: a sequence of mappings is wanted");
    return 0;
}

static int load_documents(struct loader *loader, yaml_parser_t *parser)
{
    if (!yaml_parser_load(parser, &loader->document)) {
        snprintf(loader->error, SCENARIO_ERROR, "%s:%zu: not YAML: %s", loader->name, parser->problem_mark.line + 1,
                 parser->problem ? parser->problem : "unreadable");
        return -EINVAL;
    }
    int err = load_root(loader);
    yaml_document_delete(&loader->document);
    if (err)
        return err;
    if (!yaml_parser_load(parser, &loader->document)) {
        snprintf(loader->error, SCENARIO_ERROR, "%s:%zu: not YAML: %s", loader->name, parser->problem_mark.line + 1,
                 parser->problem ? parser->problem : "unreadable");
        return -EINVAL;
    }
    yaml_node_t *second = yaml_document_get_root_node(&loader->document);
    err = second ? refuse(loader, second, "a second document: one is allowed") : 0;
    yaml_document_delete(&loader->document);
    return err;
}

int scenario_load_text(struct scenario *scenario, const char *name, const char *text, size_t length,
                       char error[SCENARIO_ERROR])
{
    struct loader loader = {.name = name, .scenario = scenario, .error = error};
    *scenario = (struct scenario){.seed = 1, .sites = SITE_BIT(SITE_PACK) - 1};
    for (size_t i = 0; i < N_NUMBER_KEYS; i++)
        *(double *)((char *)scenario + number_keys[i].offset) = number_keys[i].def;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    int err = load_documents(&loader, &parser);
    yaml_parser_delete(&parser);
    if (!err)
        scenario_prepare(scenario);
    return err;
}

int scenario_load_file(struct scenario *scenario, const char *path, char error[SCENARIO_ERROR])
{
    FILE *file = fopen(path, "rb");
    int err = file ? 0 : -errno;
    char *text = NULL;
    size_t length = 0, room = 0;
    while (!err && !feof(file) && !ferror(file)) {
        char *grown = length < room ? text : realloc(text, room += 65536);
        if (!grown || room > 4 << 20) {
            text = grown ? grown : text;
            err = -EFBIG;
            break;
        }
        text = grown;
        length += fread(text + length, 1, room - length, file);
    }
    if (!err && ferror(file))
        err = -EIO;
    if (file)
        fclose(file);
    if (err)
        snprintf(error, SCENARIO_ERROR, "%s: %s", path, strerror(-err));
    else
        err = scenario_load_text(scenario, path, text, length, error);
    free(text);
    return err;
}

int scenario_load_default(struct scenario *scenario, char error[SCENARIO_ERROR])
{
    return scenario_load_text(scenario, "(built-in scenario)", (const char *)sim_default_scenario,
                              sim_default_scenario_size, error);
}
