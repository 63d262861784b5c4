// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/tree.h"

#include "settings/value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static size_t component_length(const char *path)
{
    return strcspn(path, ".");
}

static size_t n_components(const char *path)
{
    size_t n = *path != '\0';
    for (; *path; path++)
        n += *path == '.';
    return n;
}

const struct node *tree_child(const struct node *parent, const char *name, size_t len)
{
    for (const struct node *child = parent->child; child; child = child->next)
        if (child->name_len == len && memcmp(child->name, name, len) == 0)
            return child;
    return NULL;
}

// Appends, so that the tables' order is the order of the printed configuration.
static struct node *add_child(struct node **pool, struct node *parent, const char *name, size_t len)
{
    struct node **end = &parent->child;
    while (*end)
        end = &(*end)->next;
    struct node *child = (*pool)++;
    child->kind = NODE_GROUP;
    child->name = name;
    child->name_len = len;
    *end = child;
    return child;
}

static struct node *descend(struct node **pool, struct node *from, const char *path)
{
    while (*path) {
        size_t len = component_length(path);
        struct node *next = (struct node *)tree_child(from, path, len);
        from = next ? next : add_child(pool, from, path, len);
        path += len + (path[len] == '.');
    }
    return from;
}

struct node *tree_create(const struct setting_schema *schema)
{
    size_t n_nodes = 1;
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct setting_section *section = &schema->sections[s];
        n_nodes += n_components(section->path) + section_rows(section);
        for (size_t r = 0; r < section_rows(section); r++)
            n_nodes += n_components(section->rows[r].key);
    }
    struct node *root = calloc(n_nodes, sizeof *root);
    if (!root)
        return NULL;
    struct node *pool = root + 1;
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct setting_section *section = &schema->sections[s];
        struct node *group = descend(&pool, root, section->path);
        group->section = section;
        if (section->keys)
            group->kind = NODE_KEYED;
        else if (section->free_keys)
            group->kind = NODE_FREE;
        for (size_t r = 0; r < section_rows(section); r++) {
            const struct setting *row = &section->rows[r];
            struct node *leaf = *row->key ? descend(&pool, group, row->key) : add_child(&pool, group, "", 0);
            leaf->kind = NODE_LEAF;
            leaf->section = section;
            leaf->row = row;
        }
    }
    return root;
}

int tree_key_index(const struct setting_section *section, const char *name, size_t len)
{
    for (int i = 0; section->keys[i]; i++)
        if (strlen(section->keys[i]) == len && memcmp(section->keys[i], name, len) == 0)
            return i;
    return -1;
}

enum { SUGGEST_MAX = 40 };

// Edits (insert, delete, replace, swap of neighbours, letter case for free) that turn a into b.
static unsigned edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    unsigned rows[3][SUGGEST_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *now = rows[2];
    for (unsigned j = 0; j <= n_b; j++)
        above[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= n_b; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned least = above[j - 1] + !same;
            if (above[j] + 1 < least)
                least = above[j] + 1;
            if (now[j - 1] + 1 < least)
                least = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            now[j] = least;
        }
        unsigned *spare = before;
        before = above;
        above = now;
        now = spare;
    }
    return above[n_b];
}

struct suggestion {
    const char *name;
    size_t len;
    unsigned least; // only something strictly nearer than this replaces it
    char *text;
    size_t size;
};

static void consider(struct suggestion *best, const char *prefix, const char *candidate, size_t candidate_len)
{
    if (best->len > SUGGEST_MAX || candidate_len > SUGGEST_MAX || candidate_len == 0)
        return;
    unsigned distance = edit_distance(best->name, best->len, candidate, candidate_len);
    // "rate" for "rate_hz": the unit left off is one slip, however long the unit.
    if (candidate_len > best->len && candidate[best->len] == '_' && memcmp(candidate, best->name, best->len) == 0)
        distance = 1;
    if (distance >= best->least)
        return;
    best->least = distance;
    snprintf(best->text, best->size, "did you mean '%s%s%.*s'?", prefix, *prefix ? "." : "", (int)candidate_len,
             candidate);
}

static void consider_children(struct suggestion *best, const struct node *parent, const char *prefix, bool deep)
{
    if (parent->kind == NODE_KEYED && !deep) {
        for (int i = 0; parent->section->keys[i]; i++)
            consider(best, "", parent->section->keys[i], strlen(parent->section->keys[i]));
        return;
    }
    for (const struct node *child = parent->child; child; child = child->next) {
        consider(best, prefix, child->name, child->name_len);
        if (!deep || child->kind != NODE_GROUP)
            continue;
        char path[128];
        snprintf(path, sizeof path, "%s%s%.*s", prefix, *prefix ? "." : "", (int)child->name_len, child->name);
        consider_children(best, child, path, true);
    }
}

void tree_suggest(const struct node *root, const struct node *parent, const char *name, size_t len, char *text,
                  size_t size)
{
    text[0] = '\0';
    struct suggestion best = {name, len, (unsigned)(len / 3 + 2), text, size};
    consider_children(&best, parent, "", false);
    if (text[0])
        return;
    best.least = 2; // elsewhere only what is nearly the same word
    consider_children(&best, root, "", true);
}

void *tree_element(const struct setting_section *section, void *config, size_t element)
{
    return (char *)config + section->offset + element * section->stride;
}

void *tree_field(const struct node *leaf, void *config, size_t element)
{
    return (char *)tree_element(leaf->section, config, element) + leaf->row->offset;
}

const void *tree_field_const(const struct node *leaf, const void *config, size_t element)
{
    return (const char *)config + leaf->section->offset + element * leaf->section->stride + leaf->row->offset;
}

size_t section_rows(const struct setting_section *section)
{
    return section->n_rows_at ? *section->n_rows_at : section->n_rows;
}

size_t section_elements(const struct setting_section *section)
{
    if (section->free_keys)
        return section->free_keys;
    if (!section->keys)
        return 1;
    size_t n = 0;
    while (section->keys[n])
        n++;
    return n;
}

size_t schema_extent(const struct setting_schema *schema)
{
    size_t extent = 0;
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct setting_section *section = &schema->sections[s];
        size_t end = section->offset + section_elements(section) * section->stride;
        for (size_t r = 0; r < section_rows(section); r++) {
            size_t row_end = section->offset + section->rows[r].offset + value_bytes(&section->rows[r]);
            end = row_end > end ? row_end : end;
        }
        extent = end > extent ? end : extent;
    }
    return extent;
}
