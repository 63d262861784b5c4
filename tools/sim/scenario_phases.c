// SPDX-License-Identifier: GPL-3.0-or-later
// The phases of a scenario file.
#include "sim/scenario_loader.h"

#include <stdio.h>
#include <string.h>

#define KEY(key, min, max, def)                                                                                        \
    {                                                                                                                  \
#key, offsetof(struct scenario_phase, key), min, max, def                                                      \
    }
static const struct number_key bow_keys[] = {
    // of kind bow only; they do not ramp
    KEY(bow_deg, 5, 80, 45),
    KEY(bow_s, 1, 20, 3),
    KEY(bow_rest_s, 0, 20, 1),
};
#define N_BOW_KEYS (sizeof bow_keys / sizeof *bow_keys)
static const struct number_key phase_keys[] = {
    // of every kind; they do not ramp
    KEY(blend_s, 0.3, 10, PHASE_BLEND_S),
    KEY(stumble_every_s, 0, 1000, 0),
    KEY(stumble_pct, 0, 60, 35),
    KEY(breath_jitter_pct, 0, 100, -1),
    KEY(breath_depth_jitter_pct, 0, 60, -1),
    KEY(lock_steps_per_breath, 0, 20, 0),
    KEY(lock_phase, 0, 1, 0),
    KEY(hold_every_s, 0, 1000, 0),
    KEY(hold_s, 0, 60, 0),
    KEY(cough_every_s, 0, 1000, 0),
};
#define N_PHASE_KEYS (sizeof phase_keys / sizeof *phase_keys)

static int take_param(struct loader *loader, const char *key, yaml_node_t *value, struct scenario_phase *phase,
                      bool ramp_end)
{
    for (size_t i = 0; i < N_PHASE_PARAMS; i++) {
        if (strcmp(phase_params[i].key, key) != 0)
            continue;
        double number = 0;
        int err = loader_number(loader, key, value, phase_params[i].min, phase_params[i].max, &number);
        if (!err)
            (ramp_end ? phase->to : phase->from)[i] = number;
        return err;
    }
    return 1; // none of ours
}

static int unknown_param(struct loader *loader, const char *key, const yaml_node_t *key_node, const char *also)
{
    char known[1200] = "";
    size_t used = 0;
    for (size_t i = 0; i < N_PHASE_PARAMS && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? " " : "", phase_params[i].key);
    return loader_refuse(loader, key_node, "%.40s: unknown key; known here: %s%s", key, also, known);
}

static int take_ramp_end(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    int err = take_param(loader, key, value, arg, true);
    return err > 0 ? unknown_param(loader, key, key_node, "") : err;
}

static int take_name(struct loader *loader, yaml_node_t *value, struct scenario_phase *phase)
{
    const char *text = loader_scalar(value);
    if (!text || !*text || strlen(text) >= sizeof phase->name ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(text))
        return loader_refuse(loader, value, "name: %.40s: up to 31 letters, digits, _ and - are allowed",
                             text ? text : "(not a scalar)");
    snprintf(phase->name, sizeof phase->name, "%s", text);
    return 0;
}

// The keys that are words. 1: none of them.
static int take_phase_word(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value,
                           struct scenario_phase *phase)
{
    int index = 0, err;
    if (strcmp(key, "exercise") == 0)
        return loader_drill(loader, key_node, value, phase);
    if (strcmp(key, "speech") == 0)
        return loader_yes_no(loader, key, value, &phase->speech);
    if (strcmp(key, "hold_at") == 0) {
        err = loader_word(loader, key, value, hold_at_names, &index);
        phase->hold_at = (enum hold_at)index;
        return err;
    }
    if (strcmp(key, "lie_side") != 0)
        return 1;
    if (phase->kind != PHASE_LIE)
        return loader_refuse(loader, key_node, "%s: only a phase of kind lie has it", key);
    err = loader_word(loader, key, value, lie_side_names, &index);
    phase->lie_side = (enum lie_side)index;
    return err;
}

static int take_phase_pair(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    struct scenario_phase *phase = arg;
    if (strcmp(key, "kind") == 0 || strcmp(key, "to") == 0)
        return 0; // the kind is read first, the ramps last
    if (strcmp(key, "duration_s") == 0)
        return loader_number(loader, key, value, 1, 1e6, &phase->duration_s);
    if (strcmp(key, "name") == 0)
        return take_name(loader, value, phase);
    int err = take_param(loader, key, value, phase, false);
    if (err > 0)
        err = loader_take_number(loader, phase_keys, N_PHASE_KEYS, key, value, phase);
    if (err > 0)
        err = take_phase_word(loader, key, key_node, value, phase);
    if (err > 0)
        err = loader_told(loader, key, key_node, value, phase);
    if (err <= 0)
        return err;
    err = loader_take_number(loader, bow_keys, N_BOW_KEYS, key, value, phase);
    if (err > 0)
        return unknown_param(loader, key, key_node,
                             "name kind duration_s to blend_s stumble_every_s stumble_pct bow_deg bow_s bow_rest_s "
                             "lie_side breath_jitter_pct breath_depth_jitter_pct lock_steps_per_breath lock_phase "
                             "hold_every_s hold_s hold_at speech cough_every_s exercise " TOLD_KEYS);
    if (phase->kind != PHASE_BOW)
        return loader_refuse(loader, key_node, "%s: only a phase of kind bow has it", key);
    return err;
}

// What only makes sense together.
static int check_breathing(struct loader *loader, yaml_node_t *node, const struct scenario_phase *phase)
{
    double lock = phase->lock_steps_per_breath;
    if (lock != 0 && phase->kind != PHASE_WALK && phase->kind != PHASE_RUN)
        return loader_refuse(loader, loader_find(loader, node, "lock_steps_per_breath"),
                             "lock_steps_per_breath: only a phase of kind walk or run has it");
    if (lock != 0 && lock < 1)
        return loader_refuse(loader, loader_find(loader, node, "lock_steps_per_breath"),
                             "lock_steps_per_breath: %g: 0 or a number from 1 to 20 is wanted", lock);
    if (lock != 0 && phase->speech)
        return loader_refuse(loader, loader_find(loader, node, "speech"), "speech: breaths locked to steps have none");
    if ((phase->hold_s > 0) != (phase->hold_every_s > 0))
        return loader_refuse(loader, node, "hold_every_s: %g: wanted together with hold_s, both or neither",
                             phase->hold_every_s);
    if (phase->hold_s > 0 && phase->hold_every_s <= phase->hold_s)
        return loader_refuse(loader, loader_find(loader, node, "hold_every_s"),
                             "hold_every_s: %g: more than hold_s, %g, is wanted", phase->hold_every_s, phase->hold_s);
    if (phase->cough_every_s > 0 && phase->cough_every_s < 3)
        return loader_refuse(loader, loader_find(loader, node, "cough_every_s"),
                             "cough_every_s: %g: 0 or a number from 3 to 1000 is wanted", phase->cough_every_s);
    return 0;
}

// Nobody lies down in the middle of a step or a bow.
static int check_lying(struct loader *loader, yaml_node_t *node, const struct scenario_phase *phase)
{
    const struct scenario_phase *before = phase == loader->scenario->phase ? phase : phase - 1;
    const struct scenario_phase *lying = phase->kind == PHASE_LIE ? phase : before,
                                *other = phase == lying ? before : phase;
    bool still = other->kind == PHASE_STAND || other->kind == PHASE_SIT || other->kind == PHASE_LIE;
    if (lying->kind != PHASE_LIE || still)
        return 0;
    return loader_refuse(loader, loader_find(loader, node, "kind"),
                         "kind: %s: between %s and %s a stand or a sit is wanted", phase_kind_names[phase->kind],
                         phase_kind_names[before->kind], phase_kind_names[phase->kind]);
}

static int load_phase(struct loader *loader, yaml_node_t *node, struct scenario_phase *phase)
{
    *phase = (struct scenario_phase){.kind = N_PHASE_KINDS};
    yaml_node_t *kind_node = loader_find(loader, node, "kind");
    const char *kind = kind_node ? loader_scalar(kind_node) : NULL;
    for (int i = 0; kind && i < N_PHASE_KINDS; i++)
        if (strcmp(kind, phase_kind_names[i]) == 0)
            phase->kind = (enum phase_kind)i;
    if (phase->kind == N_PHASE_KINDS)
        return loader_refuse(loader, kind_node ? kind_node : node,
                             "kind: %.40s: stand, walk, run, bow, sit or lie is wanted", kind ? kind : "(missing)");
    snprintf(phase->name, sizeof phase->name, "%s", phase_kind_names[phase->kind]);
    for (int i = 0; i < N_PHASE_PARAMS; i++)
        phase->from[i] = phase_params[i].def[phase->kind];
    loader_defaults(phase_keys, N_PHASE_KEYS, phase);
    if (phase->kind == PHASE_BOW)
        loader_defaults(bow_keys, N_BOW_KEYS, phase);
    int err = loader_each_pair(loader, "phases", node, take_phase_pair, phase);
    if (err)
        return err;
    if (!(phase->duration_s > 0))
        return loader_refuse(loader, node, "duration_s: missing: a number from 1 to 1e+06 is wanted");
    if (phase->bow_s > phase->duration_s)
        return loader_refuse(loader, node, "duration_s: %g: a bow takes %g s", phase->duration_s, phase->bow_s);
    memcpy(phase->to, phase->from, sizeof phase->to);
    yaml_node_t *to = loader_find(loader, node, "to");
    err = to ? loader_each_pair(loader, "to", to, take_ramp_end, phase) : 0;
    if (!err)
        err = check_breathing(loader, node, phase);
    if (!err)
        err = loader_check_told(loader, node, phase);
    if (!err)
        err = loader_check_drill(loader, node, phase);
    return err ? err : check_lying(loader, node, phase);
}

int loader_phases(struct loader *loader, yaml_node_t *node)
{
    struct scenario *scenario = loader->scenario;
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top)
        return loader_refuse(loader, node, "phases: a sequence of one to %d mappings is wanted", SCENARIO_PHASES_MAX);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        if (scenario->n_phases == SCENARIO_PHASES_MAX)
            return loader_refuse(loader, node, "phases: more than %d", SCENARIO_PHASES_MAX);
        int err = load_phase(loader, loader_node(loader, *item), &scenario->phase[scenario->n_phases++]);
        if (err)
            return err;
    }
    return 0;
}
