// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/apply.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { MAX_ITEMS = 32, SHOWN_VALUE = 60, SHOWN_KEY = 80 };

void apply_path_push(struct load *load, const char *name, size_t len)
{
    if (len == 0 || load->path_len + len + 2 > APPLY_PATH_BYTES)
        return;
    if (load->path_len)
        load->path[load->path_len++] = '.';
    memcpy(load->path + load->path_len, name, len);
    load->path_len += len;
    load->path[load->path_len] = '\0';
}

static void path_pop(struct load *load, size_t len)
{
    load->path_len = len;
    load->path[len] = '\0';
}

// Makes outside text fit for a message: cut, and without control characters.
static void show(char *out, size_t size, const char *text, size_t len)
{
    size_t n = len < size - 4 ? len : size - 4;
    while (n > 0 && n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--; // not in the middle of a UTF-8 character
    for (size_t i = 0; i < n; i++)
        out[i] = iscntrl((unsigned char)text[i]) ? '?' : text[i];
    memcpy(out + n, n < len ? "…" : "", n < len ? 4 : 1);
}

static size_t describe_place(const struct load *load, size_t line)
{
    int n;
    if (load->assignment) {
        char shown[2 * SHOWN_VALUE];
        show(shown, sizeof shown, load->assignment, strlen(load->assignment));
        n = snprintf(load->error, SETTINGS_ERROR, "--set '%s': ", shown);
    } else {
        n = snprintf(load->error, SETTINGS_ERROR, "%.200s:%zu: ", load->name, line);
    }
    return (size_t)n;
}

// "FILE:LINE: key 'a.b': value '5x' PROBLEM; allowed: ALLOWED". value NULL: a list or mapping, named by problem itself.
int apply_fail(const struct load *load, size_t line, const struct scalar *value, const char *problem,
               const char *allowed)
{
    size_t n = describe_place(load, line);
    char shown[SHOWN_VALUE] = "";
    if (value)
        show(shown, sizeof shown, value->text, value->len);
    snprintf(load->error + n, SETTINGS_ERROR - n, "key '%s': value %s%s%s%s; allowed: %s", load->path, value ? "'" : "",
             shown, value ? "' " : "", problem, allowed);
    return -EINVAL;
}

int apply_fail_row(const struct load *load, size_t line, const struct setting *row, const struct scalar *value,
                   const char *problem)
{
    char allowed[256];
    value_allowed(row, allowed, sizeof allowed);
    return apply_fail(load, line, value, problem, allowed);
}

static void list_names(const struct node *node, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    const struct node *child = node->child;
    for (size_t i = 0; used < size; i++) {
        const char *key = node->kind == NODE_KEYED ? node->section->keys[i] : child ? child->name : NULL;
        if (!key)
            return;
        size_t len = node->kind == NODE_KEYED ? strlen(key) : child->name_len;
        used += (size_t)snprintf(text + used, size - used, "%s%.*s", i ? ", " : "", (int)len, key);
        if (node->kind != NODE_KEYED)
            child = child->next;
    }
}

int apply_fail_unknown(struct load *load, size_t line, const struct node *parent, const char *key, size_t len,
                       const struct scalar *value)
{
    char allowed[320], hint[160], problem[240], shown[SHOWN_KEY];
    tree_suggest(load->root, parent, key, len, hint, sizeof hint);
    list_names(parent, allowed, sizeof allowed);
    show(shown, sizeof shown, key, len);
    snprintf(problem, sizeof problem, "%sbelongs to no setting: unknown key%s%s", value ? "" : "below it ",
             *hint ? ", " : "", hint);
    apply_path_push(load, shown, strlen(shown));
    return apply_fail(load, line, value, problem, allowed);
}

static struct scalar scalar_of(const yaml_node_t *node)
{
    yaml_scalar_style_t style = node->data.scalar.style;
    return (struct scalar){.text = (const char *)node->data.scalar.value,
                           .len = node->data.scalar.length,
                           .quoted = style != YAML_PLAIN_SCALAR_STYLE && style != YAML_ANY_SCALAR_STYLE};
}

bool apply_is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return false;
    struct scalar scalar = scalar_of(node);
    return scalar_is_null(&scalar);
}

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

int apply_scalars(struct load *load, size_t line, const struct node *leaf, size_t element, const struct scalar *items,
                  size_t n_items, bool is_list)
{
    enum value_fault fault = value_read(leaf->row, tree_field(leaf, load->config, element), items, n_items, is_list);
    if (fault == VALUE_OK)
        return 0;
    if (!is_list)
        return apply_fail_row(load, line, leaf->row, items, value_problem(leaf->row, fault));
    char problem[160];
    snprintf(problem, sizeof problem, "(a list of %zu) %s", n_items, value_problem(leaf->row, fault));
    return apply_fail_row(load, line, leaf->row, NULL, problem);
}

static int apply_leaf(struct load *load, const struct node *leaf, size_t element, const yaml_node_t *value)
{
    if (value->type == YAML_SCALAR_NODE) {
        struct scalar scalar = scalar_of(value);
        return apply_scalars(load, line_of(value), leaf, element, &scalar, 1, false);
    }
    if (value->type != YAML_SEQUENCE_NODE)
        return apply_fail_row(load, line_of(value), leaf->row, NULL, "(a mapping) is not a single value");
    struct scalar items[MAX_ITEMS];
    size_t n = 0;
    for (yaml_node_item_t *item = value->data.sequence.items.start; item < value->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(load->document, *item);
        if (node->type != YAML_SCALAR_NODE)
            return apply_fail_row(load, line_of(node), leaf->row, NULL, "(a list) holds more than single values");
        if (n == MAX_ITEMS)
            return apply_fail_row(load, line_of(value), leaf->row, NULL, "(a list) is too long");
        items[n++] = scalar_of(node);
    }
    return apply_scalars(load, line_of(value), leaf, element, items, n, true);
}

bool *apply_present(const struct setting_section *section, void *config, size_t element)
{
    return (bool *)((char *)tree_element(section, config, element) + section->present_offset);
}

void apply_clear_element(const struct setting_section *section, void *config, size_t element)
{
    char *base = tree_element(section, config, element);
    memset(base, 0, section->stride);
    for (size_t r = 0; r < section_rows(section); r++)
        value_default(&section->rows[r], base + section->rows[r].offset);
}

// The element that holds this free key, else the first empty one; the number of elements when all are taken.
static size_t free_element(const struct setting_section *section, void *config, const char *key)
{
    size_t empty = section->free_keys;
    for (size_t i = section->free_keys; i-- > 0;) {
        const char *held = tree_element(section, config, i);
        if (strcmp(held, key) == 0)
            return i;
        if (*held == '\0')
            empty = i;
    }
    return empty;
}

int apply_claim_key(struct load *load, size_t line, const struct node *node, const struct scalar *key, size_t *element)
{
    char problem[96];
    if (key->len == 0 || key->len >= FREE_KEY_BYTES || !text_is_plain(key->text, key->len))
        return apply_fail(load, line, key, "is no name", "text of 1 to 63 bytes");
    *element = free_element(node->section, load->config, key->text);
    if (*element == node->section->free_keys) {
        snprintf(problem, sizeof problem, "is one entry too many: %zu are taken already", node->section->free_keys);
        return apply_fail(load, line, key, problem, "fewer entries");
    }
    memcpy(tree_element(node->section, load->config, *element), key->text, key->len + 1);
    return 0;
}

static int apply_pair(struct load *load, const struct node *node, size_t element, const yaml_node_t *key_node,
                      const yaml_node_t *value)
{
    struct scalar key = scalar_of(key_node);
    size_t path_len = load->path_len;
    struct scalar value_scalar = value->type == YAML_SCALAR_NODE ? scalar_of(value) : (struct scalar){0};
    const struct scalar *shown_value = value->type == YAML_SCALAR_NODE ? &value_scalar : NULL;
    int result = 0;
    if (node->kind == NODE_FREE) {
        result = apply_claim_key(load, line_of(key_node), node, &key, &element);
        apply_path_push(load, key.text, key.len);
        result = result ? result : apply_leaf(load, node->child, element, value);
    } else if (node->kind == NODE_KEYED) {
        int index = tree_key_index(node->section, key.text, key.len);
        if (index < 0)
            return apply_fail_unknown(load, line_of(key_node), node, key.text, key.len, shown_value);
        apply_path_push(load, key.text, key.len);
        struct node inner = *node;
        inner.kind = NODE_GROUP;
        if (apply_is_null(value)) {
            apply_clear_element(node->section, load->config, (size_t)index);
        } else {
            *apply_present(node->section, load->config, (size_t)index) = true;
            result = apply_node(load, &inner, (size_t)index, value);
        }
    } else {
        const struct node *child = tree_child(node, key.text, key.len);
        if (!child)
            return apply_fail_unknown(load, line_of(key_node), node, key.text, key.len, shown_value);
        apply_path_push(load, key.text, key.len);
        load->has_version =
            load->has_version || (node == load->root && key.len == 7 && !memcmp(key.text, "version", 7));
        result = apply_node(load, child, element, value);
    }
    if (result == 0)
        path_pop(load, path_len); // after a failure the path stays as the message has it
    return result;
}

static int check_twice(struct load *load, const yaml_node_t *mapping, const yaml_node_pair_t *pair,
                       const yaml_node_t *key_node, const yaml_node_t *value_node)
{
    struct scalar key = scalar_of(key_node);
    for (const yaml_node_pair_t *before = mapping->data.mapping.pairs.start; before < pair; before++) {
        const yaml_node_t *other_node = yaml_document_get_node(load->document, before->key);
        struct scalar other = scalar_of(other_node);
        if (key.len != other.len || memcmp(key.text, other.text, key.len) != 0)
            continue;
        char problem[96];
        bool has_text = value_node->type == YAML_SCALAR_NODE;
        struct scalar value = has_text ? scalar_of(value_node) : (struct scalar){0};
        snprintf(problem, sizeof problem, "%scomes twice, first on line %zu", has_text ? "" : "of this key ",
                 line_of(other_node));
        apply_path_push(load, key.text, key.len);
        return apply_fail(load, line_of(key_node), has_text ? &value : NULL, problem, "each key once");
    }
    return 0;
}

void apply_clear_section(const struct setting_section *section, void *config)
{
    for (size_t i = 0; i < section_elements(section); i++)
        apply_clear_element(section, config, i);
}

int apply_node(struct load *load, const struct node *node, size_t element, const yaml_node_t *value)
{
    if (node->kind == NODE_LEAF)
        return apply_leaf(load, node, element, value);
    if (apply_is_null(value)) { // "align:" with all its lines commented out
        if (node->kind != NODE_GROUP)
            apply_clear_section(node->section, load->config);
        return 0;
    }
    if (value->type != YAML_MAPPING_NODE) {
        char names[320];
        list_names(node, names, sizeof names);
        struct scalar scalar = value->type == YAML_SCALAR_NODE ? scalar_of(value) : (struct scalar){0};
        bool is_list = value->type == YAML_SEQUENCE_NODE;
        return apply_fail(load, line_of(value), is_list ? NULL : &scalar,
                          is_list ? "(a list) is not a mapping of settings" : "is not a mapping of settings",
                          node->kind == NODE_FREE ? "name: value" : names);
    }
    yaml_node_pair_t *end = value->data.mapping.pairs.top;
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start; pair < end; pair++) {
        const yaml_node_t *key_node = yaml_document_get_node(load->document, pair->key);
        const yaml_node_t *value_node = yaml_document_get_node(load->document, pair->value);
        if (key_node->type != YAML_SCALAR_NODE)
            return apply_fail(load, line_of(key_node), NULL, "has a list or mapping as a key", "plain keys");
        int result = check_twice(load, value, pair, key_node, value_node);
        result = result ? result : apply_pair(load, node, element, key_node, value_node);
        if (result)
            return result;
    }
    return 0;
}
