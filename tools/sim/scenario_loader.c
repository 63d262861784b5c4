// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario_loader.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int loader_refuse(struct loader *loader, const yaml_node_t *node, const char *format, ...)
{
    int n = snprintf(loader->error, SCENARIO_ERROR, "%s:%zu: ", loader->name, node ? node->start_mark.line + 1 : 1);
    va_list args;
    va_start(args, format);
    if (n > 0 && n < SCENARIO_ERROR)
        vsnprintf(loader->error + n, (size_t)(SCENARIO_ERROR - n), format, args);
    va_end(args);
    return -EINVAL;
}

yaml_node_t *loader_node(struct loader *loader, int index)
{
    return yaml_document_get_node(&loader->document, index);
}

const char *loader_scalar(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return NULL;
    return (const char *)node->data.scalar.value;
}

yaml_node_t *loader_find(struct loader *loader, yaml_node_t *mapping, const char *key)
{
    if (mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
         pair++) {
        const char *text = loader_scalar(loader_node(loader, pair->key));
        if (text && strcmp(text, key) == 0)
            return loader_node(loader, pair->value);
    }
    return NULL;
}

int loader_number(struct loader *loader, const char *key, const yaml_node_t *node, double min, double max,
                  double *value)
{
    const char *text = loader_scalar(node);
    bool plain = text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    char *end = NULL;
    double number = plain && text[strspn(text, "+-0123456789.eE")] == '\0' ? strtod(text, &end) : NAN;
    if (!plain || !end || end == text || *end || !(number >= min && number <= max))
        return loader_refuse(loader, node, "%s: %.40s: a number from %g to %g is wanted", key,
                             text ? text : "(not a scalar)", min, max);
    *value = number;
    return 0;
}

int loader_take_number(struct loader *loader, const struct number_key *keys, size_t n, const char *key,
                       const yaml_node_t *value, void *to)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].key, key) == 0)
            return loader_number(loader, key, value, keys[i].min, keys[i].max, (double *)((char *)to + keys[i].offset));
    return 1;
}

void loader_defaults(const struct number_key *keys, size_t n, void *to)
{
    for (size_t i = 0; i < n; i++)
        *(double *)((char *)to + keys[i].offset) = keys[i].def;
}

int loader_each_pair(struct loader *loader, const char *what, yaml_node_t *node, take_pair take, void *arg)
{
    if (!node || node->type != YAML_MAPPING_NODE)
        return loader_refuse(loader, node, "%s: a mapping is wanted", what);
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key_node = loader_node(loader, pair->key);
        const char *key = loader_scalar(key_node);
        if (!key)
            return loader_refuse(loader, key_node, "%s: a key must be a plain word", what);
        for (const yaml_node_pair_t *before = first; before < pair; before++) {
            const char *earlier = loader_scalar(loader_node(loader, before->key));
            if (earlier && strcmp(earlier, key) == 0)
                return loader_refuse(loader, key_node, "%s: given twice", key);
        }
        int err = take(loader, key, key_node, loader_node(loader, pair->value), arg);
        if (err)
            return err;
    }
    return 0;
}

int loader_word(struct loader *loader, const char *key, const yaml_node_t *value, const char *const *words, int *index)
{
    const char *text = loader_scalar(value);
    char known[256] = "";
    for (int i = 0; words[i]; i++) {
        if (text && strcmp(text, words[i]) == 0) {
            *index = i;
            return 0;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    }
    return loader_refuse(loader, value, "%s: %.40s: %s is wanted", key, text ? text : "(not a scalar)", known);
}

int loader_yes_no(struct loader *loader, const char *key, const yaml_node_t *value, bool *yes)
{
    static const char *const words[] = {"false", "true", NULL};
    int index = 0, err = loader_word(loader, key, value, words, &index);
    *yes = index == 1;
    return err;
}

int loader_text(struct loader *loader, const char *key, const yaml_node_t *value, char *text, size_t room)
{
    const char *given = loader_scalar(value);
    size_t n = given ? strlen(given) : 0;
    for (size_t i = 0; i < n; i++)
        if (given[i] < ' ' || given[i] > '~' || given[i] == '"' || given[i] == '\\')
            n = 0;
    if (n == 0 || n >= room)
        return loader_refuse(loader, value, "%s: 1 to %zu printable characters are wanted", key, room - 1);
    memcpy(text, given, n + 1);
    return 0;
}

int loader_sites(struct loader *loader, const char *what, yaml_node_t *node, uint32_t *sites)
{
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top)
        return loader_refuse(loader, node, "%s: a sequence of site names is wanted", what);
    *sites = 0;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *name_node = loader_node(loader, *item);
        const char *name = loader_scalar(name_node);
        int site = name ? site_from_name(name) : -1;
        if (site < 0)
            return loader_refuse(loader, name_node,
                                 "%s: %.40s: unknown; known: head c7 t12 sacrum sternum abdomen "
                                 "shoulder_left shoulder_right wrist_left wrist_right foot_left foot_right pack",
                                 what, name ? name : "(not a scalar)");
        if (*sites & SITE_BIT(site))
            return loader_refuse(loader, name_node, "%s: %s: given twice", what, name);
        *sites |= SITE_BIT(site);
    }
    return 0;
}
