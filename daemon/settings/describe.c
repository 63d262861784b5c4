// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/settings.h"
#include "settings/tree.h"
#include "settings/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct listing {
    struct setting_description *rows;
    size_t max, n;
};

static void describe_node(struct listing *listing, const struct node *node, const char *path)
{
    if (node->kind == NODE_LEAF) {
        if (listing->n < listing->max) {
            struct setting_description *out = &listing->rows[listing->n];
            snprintf(out->path, sizeof out->path, "%s", path);
            out->row = node->row;
            out->section = node->section;
            value_allowed(node->row, out->allowed, sizeof out->allowed);
            value_default_text(node->row, out->initial, sizeof out->initial);
        }
        listing->n++;
        return;
    }
    bool has_elements = node->kind != NODE_GROUP;
    for (const struct node *child = node->child; child; child = child->next) {
        char below[sizeof listing->rows->path];
        snprintf(below, sizeof below, "%s%s%s%.*s", path, has_elements ? "." SETTING_ANY_KEY : "",
                 *path && child->name_len ? "." : "", (int)child->name_len, child->name);
        describe_node(listing, child, below);
    }
}

int settings_describe(const struct setting_schema *schema, struct setting_description *rows, size_t max)
{
    struct node *root = tree_create(schema);
    if (!root)
        return -ENOMEM;
    struct listing listing = {rows, max, 0};
    describe_node(&listing, root, "");
    free(root);
    return (int)listing.n;
}
