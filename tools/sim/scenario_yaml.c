// SPDX-License-Identifier: GPL-3.0-or-later
// Scenarios as YAML. Strict: an unknown key, a key twice, a wrong type, trailing garbage or a value out of range is an
// error that says where and what is allowed.
#include "sim/scenario_loader.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char sim_default_scenario[];
extern const size_t sim_default_scenario_size;

#define SIZE(array) (sizeof(array) / sizeof *(array))
#define NUMBER(key, member, min, max, def)                                                                             \
    {                                                                                                                  \
        key, offsetof(struct scenario, member), min, max, def                                                          \
    }
static const struct number_key top_keys[] = {NUMBER("rate_hz", rate_hz, 25, 1600, 1000)};
static const struct number_key noise_keys[] = {
    NUMBER("acc_m_s2", acc_noise_m_s2, 0, 5, 0.035),
    NUMBER("gyro_deg_s", gyro_noise_deg_s, 0, 20, 0.14),
    NUMBER("acc_bias_m_s2", acc_bias_m_s2, 0, 2, 0.1),
    NUMBER("gyro_bias_deg_s", gyro_bias_deg_s, 0, 20, 0.5),
    NUMBER("gyro_bias_exact_deg_s", gyro_bias_exact_deg_s, 0, 20, 0),
};
static const struct number_key clock_keys[] = {
    NUMBER("ppm_max", ppm_max, 0, 100000, 10000),
    NUMBER("jitter_us", jitter_us, 0, 200, 15),
};
static const struct number_key mount_keys[] = {
    NUMBER("misalignment_deg", misalignment_deg, 0, 30, 3),
    NUMBER("heading_error_deg", heading_error_deg, 0, 180, 0),
    NUMBER("mount_error_deg", mount_error_deg, 0, 180, 0),
};
static const struct number_key body_keys[] = {
    NUMBER("step_jitter_pct", step_jitter_pct, 0, 10, 2),
    NUMBER("breath_jitter_pct", breath_jitter_pct, 0, 20, 3),
    NUMBER("sway_deg", sway_deg, 0, 5, 0.15),
    NUMBER("wander_deg", wander_deg, 0, 5, 0),
};

static const struct group {
    const char *name; // "" is the top level
    const struct number_key *keys;
    size_t n;
} groups[] = {
    {"", top_keys, SIZE(top_keys)},          {"noise", noise_keys, SIZE(noise_keys)},
    {"clock", clock_keys, SIZE(clock_keys)}, {"mount", mount_keys, SIZE(mount_keys)},
    {"body", body_keys, SIZE(body_keys)},
};

static int take_number(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    const struct group *group = arg;
    int err = loader_take_number(loader, group->keys, group->n, key, value, loader->scenario);
    if (err > 0)
        return loader_refuse(loader, key_node, "%s%s%.40s: unknown key", group->name, *group->name ? "." : "", key);
    return err;
}

#define TURN(member)                                                                                                   \
    {                                                                                                                  \
#member, offsetof(struct scenario_mount, member), -180, 180, 0                                                 \
    }
static int take_turn(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    static const struct number_key turns[] = {TURN(pitch_deg), TURN(roll_deg), TURN(yaw_deg)};
    int err = loader_take_number(loader, turns, SIZE(turns), key, value, arg);
    if (err > 0)
        return loader_refuse(loader, key_node, "%.40s: unknown key; known here: pitch_deg roll_deg yaw_deg", key);
    return err;
}

static int take_mount(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    (void)arg;
    int site = site_from_name(key);
    if (site < 0)
        return loader_refuse(loader, key_node, "mounts: %.40s: not the name of a site", key);
    loader->scenario->mount[site].given = true;
    return loader_each_pair(loader, key, value, take_turn, &loader->scenario->mount[site]);
}

// `true` is all of them.
static int load_split(struct loader *loader, yaml_node_t *node)
{
    const char *text = loader_scalar(node);
    if (!text)
        return loader_sites(loader, "split", node, &loader->scenario->split);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return loader_refuse(loader, node, "split: %.40s: true, false or a sequence of site names is wanted", text);
    loader->scenario->split = *text == 't' ? SITE_BIT(N_SITES) - 1 : 0;
    return 0;
}

static int take_top(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    (void)arg;
    double number = 0;
    if (strcmp(key, "version") == 0)
        return loader_number(loader, key, value, 1, 1, &number);
    if (strcmp(key, "seed") == 0) {
        int err = loader_number(loader, key, value, 0, 0x1p53, &number);
        if (!err && number != floor(number))
            return loader_refuse(loader, value, "seed: %s: a whole number is wanted", loader_scalar(value));
        if (!err)
            loader->scenario->seed = (uint64_t)number;
        return err;
    }
    if (strcmp(key, "sites") == 0)
        return loader_sites(loader, key, value, &loader->scenario->sites);
    if (strcmp(key, "split") == 0)
        return load_split(loader, value);
    if (strcmp(key, "mounts") == 0)
        return loader_each_pair(loader, key, value, take_mount, NULL);
    if (strcmp(key, "tell_speed") == 0)
        return loader_yes_no(loader, key, value, &loader->scenario->tell_speed);
    if (strcmp(key, "session") == 0)
        return loader_text(loader, key, value, loader->scenario->subject, sizeof loader->scenario->subject);
    if (strcmp(key, "phases") == 0)
        return loader_phases(loader, value);
    const struct group *group = &groups[SIZE(groups) - 1];
    while (group > groups && strcmp(group->name, key) != 0)
        group--;
    if (group > groups)
        return loader_each_pair(loader, key, value, take_number, (void *)group);
    return take_number(loader, key, key_node, value, (void *)group);
}

static int load_root(struct loader *loader)
{
    yaml_node_t *root = yaml_document_get_root_node(&loader->document);
    if (!root)
        return loader_refuse(loader, NULL, "empty: version and phases are wanted");
    int err = loader_each_pair(loader, "scenario", root, take_top, NULL);
    if (err)
        return err;
    if (!loader_find(loader, root, "version"))
        return loader_refuse(loader, root, "version: missing: 1 is wanted");
    if (loader->scenario->n_phases == 0)
        return loader_refuse(loader, root, "phases: missing: a sequence of mappings is wanted");
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
    err = second ? loader_refuse(loader, second, "a second document: one is allowed") : 0;
    yaml_document_delete(&loader->document);
    return err;
}

int scenario_load_text(struct scenario *scenario, const char *name, const char *text, size_t length,
                       char error[SCENARIO_ERROR])
{
    struct loader loader = {.name = name, .scenario = scenario, .error = error};
    *scenario = (struct scenario){.seed = 1, .sites = SITE_BIT(SITE_PACK) - 1};
    for (size_t i = 0; i < SIZE(groups); i++)
        loader_defaults(groups[i].keys, groups[i].n, scenario);
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
