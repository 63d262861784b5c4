// SPDX-License-Identifier: GPL-3.0-or-later
// Everything is stored in a copy of the configuration, which replaces the caller's only when the whole text was right.
#include "settings/apply.h"
#include "settings/document.h"
#include "settings/settings.h"
#include "settings/tree.h"
#include "settings/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void settings_defaults(const struct setting_schema *schema, void *config)
{
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct setting_section *section = &schema->sections[s];
        if (section->keys || section->free_keys) {
            apply_clear_section(section, config);
            continue;
        }
        for (size_t r = 0; r < section_rows(section); r++)
            value_default(&section->rows[r], (char *)config + section->offset + section->rows[r].offset);
    }
}

static int apply_document(struct load *load)
{
    const yaml_node_t *top = yaml_document_get_root_node(load->document);
    bool is_empty = !top || apply_is_null(top);
    if (!is_empty) {
        int result = apply_node(load, load->root, 0, top);
        if (result)
            return result;
    }
    // A file without its version, an empty one above all, is more likely the wrong file than one meant so.
    const struct node *version = tree_child(load->root, "version", 7);
    if (!version || load->has_version)
        return 0;
    apply_path_push(load, "version", 7);
    return apply_fail_row(load, is_empty ? 1 : top->start_mark.line + 1, version->row, NULL,
                          is_empty ? "is missing: the text is empty"
                                   : "is missing: a configuration says which version it is");
}

// Prepares a load over a copy of config; finish_load() gives the copy back on success and frees both.
static int begin_load(struct load *load, const struct setting_schema *schema, const void *config, char *error)
{
    size_t extent = schema_extent(schema);
    struct node *root = tree_create(schema);
    load->root = root;
    load->config = malloc(extent);
    load->error = error;
    if (!root || !load->config) {
        free(root);
        free(load->config);
        snprintf(error, SETTINGS_ERROR, "%s: out of memory", load->name);
        return -ENOMEM;
    }
    memcpy(load->config, config, extent);
    return 0;
}

static int finish_load(struct load *load, const struct setting_schema *schema, void *config, int result)
{
    if (result == 0)
        memcpy(config, load->config, schema_extent(schema));
    free(load->config);
    free((void *)load->root);
    return result;
}

static int load_bytes(const struct setting_schema *schema, void *config, const char *name, const char *text, size_t len,
                      char error[SETTINGS_ERROR])
{
    yaml_document_t document;
    int result = document_parse(&document, name, text, len, error, SETTINGS_ERROR);
    if (result)
        return result;
    struct load load = {.document = &document, .name = name};
    result = begin_load(&load, schema, config, error);
    if (result == 0)
        result = finish_load(&load, schema, config, apply_document(&load));
    yaml_document_delete(&document);
    return result;
}

int settings_load_text(const struct setting_schema *schema, void *config, const char *name, const char *text,
                       char error[SETTINGS_ERROR])
{
    return load_bytes(schema, config, name, text, strlen(text), error);
}

int settings_load_file(const struct setting_schema *schema, void *config, const char *path, char error[SETTINGS_ERROR])
{
    char *text;
    size_t len;
    int result = document_read_file(path, &text, &len, error, SETTINGS_ERROR);
    if (result)
        return result;
    result = load_bytes(schema, config, path, text, len, error);
    free(text);
    return result;
}

// A text given on a command line means itself: no shell user wants to quote "local:" twice.
static bool is_literal(const struct node *leaf, const char *value)
{
    bool is_text = leaf->row->type == SETTING_TEXT || leaf->row->type == SETTING_CHOICE;
    return is_text && *value != '"' && *value != '\'';
}

static int set_value(struct load *load, const struct node *node, size_t element, const char *value)
{
    if (node->kind == NODE_LEAF && is_literal(node, value)) {
        struct scalar scalar = {.text = value, .len = strlen(value)};
        return apply_scalars(load, 0, node, element, &scalar, 1, false);
    }
    char name[160];
    snprintf(name, sizeof name, "--set '%.120s': value", load->assignment);
    yaml_document_t document;
    int result = document_parse(&document, name, value, strlen(value), load->error, SETTINGS_ERROR);
    if (result)
        return result;
    load->document = &document;
    const yaml_node_t *top = yaml_document_get_root_node(&document);
    if (top) {
        result = apply_node(load, node, element, top);
    } else {
        yaml_char_t nothing[] = "";
        const yaml_node_t empty = {.type = YAML_SCALAR_NODE,
                                   .data.scalar = {.value = nothing, .style = YAML_PLAIN_SCALAR_STYLE}};
        result = apply_node(load, node, element, &empty);
    }
    yaml_document_delete(&document);
    return result;
}

// Follows the dotted path to the node it names, claiming elements on the way, and stores value there.
static int set_path(struct load *load, const char *path, size_t path_len, const char *value)
{
    const struct node *node = load->root;
    struct node inner;
    size_t element = 0;
    struct scalar shown = {.text = value, .len = strlen(value)};
    const char *end = path + path_len;
    while (path < end) {
        size_t len = node->kind == NODE_FREE ? (size_t)(end - path) : strcspn(path, ".=");
        const struct node *child = node->kind == NODE_GROUP ? tree_child(node, path, len) : node->child;
        int index = node->kind == NODE_KEYED ? tree_key_index(node->section, path, len) : 0;
        if (!child || index < 0)
            return apply_fail_unknown(load, 0, node, path, len, &shown);
        apply_path_push(load, path, len);
        if (node->kind == NODE_KEYED) {
            element = (size_t)index;
            bool is_removed = path + len == end && strcmp(value, "null") == 0;
            if (is_removed) {
                apply_clear_element(node->section, load->config, element);
                return 0;
            }
            *apply_present(node->section, load->config, element) = true;
            inner = *node;
            inner.kind = NODE_GROUP;
            node = &inner;
        } else if (node->kind == NODE_FREE) {
            char name[FREE_KEY_BYTES + 1] = "";
            memcpy(name, path, len < FREE_KEY_BYTES ? len : FREE_KEY_BYTES);
            struct scalar key = {.text = name, .len = strlen(name)};
            int result = apply_claim_key(load, 0, node, &key, &element);
            if (result)
                return result;
            node = child;
        } else {
            node = child;
        }
        path += len;
        path += path < end;
        if (path < end && node->kind == NODE_LEAF)
            return apply_fail_unknown(load, 0, node, path, (size_t)(end - path), &shown);
    }
    return set_value(load, node, element, value);
}

int settings_set(const struct setting_schema *schema, void *config, const char *assignment, char error[SETTINGS_ERROR])
{
    const char *equals = strchr(assignment, '=');
    struct load load = {.assignment = assignment, .name = "--set"};
    if (!equals || equals == assignment) {
        snprintf(error, SETTINGS_ERROR, "--set '%.100s': no 'key=value'; allowed: for example align.deadline_ms=80",
                 assignment);
        return -EINVAL;
    }
    int result = begin_load(&load, schema, config, error);
    if (result)
        return result;
    result = set_path(&load, assignment, (size_t)(equals - assignment), equals + 1);
    return finish_load(&load, schema, config, result);
}
