// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of a schema as one tree: dotted paths and dotted keys become nested groups. Loading, printing and
// describing all walk this tree, so a key exists for all three or for none. Inside room settings/ only.
#ifndef POISE_SETTINGS_TREE_H
#define POISE_SETTINGS_TREE_H

#include "settings/settings.h"

enum node_kind {
    NODE_GROUP, // named children
    NODE_KEYED, // one element per known key; the children are those of an element
    NODE_FREE,  // one element per key of the user's choice; the only child is the value
    NODE_LEAF,  // one row
};

struct node {
    enum node_kind kind;
    const char *name; // slice of a table's text, not terminated
    size_t name_len;
    const struct setting_section *section; // LEAF, KEYED, FREE: theirs; GROUP: the one with this path, or NULL
    const struct setting *row;             // LEAF
    struct node *child, *next;
};

#define FREE_KEY_BYTES 64

// The root; one allocation, given back with free(). NULL without memory.
struct node *tree_create(const struct setting_schema *schema);

const struct node *tree_child(const struct node *parent, const char *name, size_t len); // NULL: no such name
// The known key, -1 for none.
int tree_key_index(const struct setting_section *section, const char *name, size_t len);
// "did you mean …" for an unknown name below parent: its own children first, then the whole tree. Empty when nothing is
// near.
void tree_suggest(const struct node *root, const struct node *parent, const char *name, size_t len, char *text,
                  size_t size);

// Where a row, or an element of a keyed section, lives in the configuration.
void *tree_field(const struct node *leaf, void *config, size_t element);
const void *tree_field_const(const struct node *leaf, const void *config, size_t element);
void *tree_element(const struct setting_section *section, void *config, size_t element);

size_t section_rows(const struct setting_section *section);
size_t section_elements(const struct setting_section *section); // 1 for a plain one
size_t schema_extent(const struct setting_schema *schema);      // bytes of the configuration that settings fill

#endif
