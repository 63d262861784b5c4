// SPDX-License-Identifier: GPL-3.0-or-later
// What the scenario's YAML loaders share: checked access to the nodes of a libyaml document (every node knows its line)
// and refusals that name file, line, key, value and what is allowed. Internal to scenario_*.c.
#ifndef POISE_SIM_SCENARIO_LOADER_H
#define POISE_SIM_SCENARIO_LOADER_H

#include "sim/scenario.h"

#include <yaml.h>

struct loader {
    yaml_document_t document;
    const char *name;
    struct scenario *scenario;
    char *error;
};

// A number and where it goes.
struct number_key {
    const char *key;
    size_t offset; // of a double in the struct that is filled
    double min, max, def;
};

// Writes the sentence; -EINVAL. node may be NULL: the first line.
int loader_refuse(struct loader *loader, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

yaml_node_t *loader_node(struct loader *loader, int index);
const char *loader_scalar(const yaml_node_t *node); // NULL when it is none, or holds a NUL
yaml_node_t *loader_find(struct loader *loader, yaml_node_t *mapping, const char *key);

__attribute__((warn_unused_result)) int loader_number(struct loader *loader, const char *key, const yaml_node_t *node,
                                                      double min, double max, double *value);
// Fills the number of that name in the struct at `to`: 0, -EINVAL, or 1 when no key has the name.
__attribute__((warn_unused_result)) int loader_take_number(struct loader *loader, const struct number_key *keys,
                                                           size_t n, const char *key, const yaml_node_t *value,
                                                           void *to);
void loader_defaults(const struct number_key *keys, size_t n, void *to);

// Every mapping goes through here: pairs one by one, keys must be scalars and may come only once.
typedef int (*take_pair)(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg);
__attribute__((warn_unused_result)) int loader_each_pair(struct loader *loader, const char *what, yaml_node_t *node,
                                                         take_pair take, void *arg);

// One of the words; the result is its index.
__attribute__((warn_unused_result)) int loader_word(struct loader *loader, const char *key, const yaml_node_t *value,
                                                    const char *const *words, int *index);
__attribute__((warn_unused_result)) int loader_yes_no(struct loader *loader, const char *key, const yaml_node_t *value,
                                                      bool *yes);
// Printable text, none of it a quote or a control character.
__attribute__((warn_unused_result)) int loader_text(struct loader *loader, const char *key, const yaml_node_t *value,
                                                    char *text, size_t room);

// The keys of a phase about what it raises and what is told in it: 0, -EINVAL, or 1 when it is none of them.
#define TOLD_KEYS "raises raises_after_s beyond mark calibrate assess assess_after_s "
__attribute__((warn_unused_result)) int loader_told(struct loader *loader, const char *key, yaml_node_t *key_node,
                                                    yaml_node_t *value, struct scenario_phase *phase);
// Once the phase is whole.
__attribute__((warn_unused_result)) int loader_check_told(struct loader *loader, yaml_node_t *node,
                                                          const struct scenario_phase *phase);

// The mapping exercise of a phase; whether it fits once the phase is whole.
__attribute__((warn_unused_result)) int loader_drill(struct loader *loader, yaml_node_t *key_node, yaml_node_t *value,
                                                     struct scenario_phase *phase);
__attribute__((warn_unused_result)) int loader_check_drill(struct loader *loader, yaml_node_t *node,
                                                           const struct scenario_phase *phase);

// A sequence of site names, each once.
__attribute__((warn_unused_result)) int loader_sites(struct loader *loader, const char *what, yaml_node_t *node,
                                                     uint32_t *sites);
__attribute__((warn_unused_result)) int loader_phases(struct loader *loader, yaml_node_t *node);

#endif
