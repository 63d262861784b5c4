// SPDX-License-Identifier: GPL-3.0-or-later
// The walk of a YAML node along the tree of tables into a copy of the configuration, and the sentences for everything
// that may be wrong on the way. Inside room settings/ only.
#ifndef POISE_SETTINGS_APPLY_H
#define POISE_SETTINGS_APPLY_H

#include "settings/tree.h"
#include "settings/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#define APPLY_PATH_BYTES 160

struct load {
    const struct node *root;
    char *config; // the copy
    yaml_document_t *document;
    const char *name;            // of the text, in messages
    const char *assignment;      // of --set; NULL for a text
    char path[APPLY_PATH_BYTES]; // dotted, of the node at hand
    size_t path_len;
    bool has_version;
    char *error; // SETTINGS_ERROR bytes
};

// Each: 0, or -EINVAL with a sentence in load->error.
int apply_node(struct load *load, const struct node *node, size_t element, const yaml_node_t *value);
int apply_scalars(struct load *load, size_t line, const struct node *leaf, size_t element, const struct scalar *items,
                  size_t n_items, bool is_list);
// The element of a free-key section that key has or now gets.
int apply_claim_key(struct load *load, size_t line, const struct node *node, const struct scalar *key, size_t *element);

bool apply_is_null(const yaml_node_t *node);
void apply_path_push(struct load *load, const char *name, size_t len);
bool *apply_present(const struct setting_section *section, void *config, size_t element);
void apply_clear_element(const struct setting_section *section, void *config, size_t element);
void apply_clear_section(const struct setting_section *section, void *config);

// Write the sentence and return -EINVAL. value NULL: it was a list or mapping, which problem names.
int apply_fail(const struct load *load, size_t line, const struct scalar *value, const char *problem,
               const char *allowed);
int apply_fail_row(const struct load *load, size_t line, const struct setting *row, const struct scalar *value,
                   const char *problem);
int apply_fail_unknown(struct load *load, size_t line, const struct node *parent, const char *key, size_t len,
                       const struct scalar *value);

#endif
