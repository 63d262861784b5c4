// SPDX-License-Identifier: GPL-3.0-or-later
// Of a phase: what it is to raise, and what somebody tells the daemon during it.
#include "sim/scenario_loader.h"

#include "frames/finding.h"

#include <stdio.h>
#include <string.h>

static int take_limit(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value, void *arg)
{
    struct scenario_raise *raise = arg;
    for (int i = 0; i < N_PHASE_PARAMS; i++) {
        if (strcmp(phase_params[i].key, key) != 0)
            continue;
        if (raise->n_beyond == BEYOND_MAX)
            return loader_refuse(loader, key_node, "beyond: more than %d", BEYOND_MAX);
        raise->beyond[raise->n_beyond].param = (enum phase_param)i;
        return loader_number(loader, key, value, phase_params[i].min, phase_params[i].max,
                             &raise->beyond[raise->n_beyond++].limit);
    }
    return loader_refuse(loader, key_node, "beyond: %.40s: not a parameter of a phase", key);
}

static int take_factor(struct loader *loader, const yaml_node_t *value, struct scenario_raise *raise)
{
    const char *text = loader_scalar(value);
    for (int i = 0; text && i < N_FACTORS; i++)
        if (strcmp(factors[i].name, text) == 0) {
            snprintf(raise->factor, sizeof raise->factor, "%s", text);
            return 0;
        }
    return loader_refuse(loader, value, "raises: %.40s: the name of a factor of room findings is wanted",
                         text ? text : "(not a scalar)");
}

// The name of an exercise starts it.
static int take_assess(struct loader *loader, const yaml_node_t *value, struct scenario_phase *phase)
{
    const char *words[N_EXERCISES + 3];
    int n = 0, index = 0;
    for (; n < N_EXERCISES; n++)
        words[n] = exercises[n].name;
    words[n++] = "next";
    words[n++] = "stop";
    words[n] = NULL;
    int err = loader_word(loader, "assess", value, words, &index);
    phase->assesses = !err;
    phase->assess = index < N_EXERCISES ? ASSESS_START : index == N_EXERCISES ? ASSESS_NEXT : ASSESS_STOP;
    phase->exercise = index < N_EXERCISES ? (enum exercise)index : EXERCISE_THORACIC_ROTATION;
    return err;
}

int loader_told(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value,
                struct scenario_phase *phase)
{
    static const char *const methods[] = CALIBRATE_METHOD_NAMES;
    if (strcmp(key, "raises") == 0)
        return take_factor(loader, value, &phase->raise);
    if (strcmp(key, "raises_after_s") == 0)
        return loader_number(loader, key, value, 0, 1e6, &phase->raise.after_s);
    if (strcmp(key, "beyond") == 0)
        return loader_each_pair(loader, key, value, take_limit, &phase->raise);
    if (strcmp(key, "mark") == 0)
        return loader_text(loader, key, value, phase->mark, sizeof phase->mark);
    if (strcmp(key, "assess") == 0)
        return take_assess(loader, value, phase);
    if (strcmp(key, "assess_after_s") == 0)
        return loader_number(loader, key, value, 0, 1e6, &phase->assess_after_s);
    if (strcmp(key, "calibrate") != 0)
        return 1;
    (void)key_node;
    int index = 0, err = loader_word(loader, key, value, methods, &index);
    phase->calibrate = (enum calibrate_method)index;
    phase->calibrates = !err;
    return err;
}

int loader_check_told(struct loader *loader, yaml_node_t *node, const struct scenario_phase *phase)
{
    const struct scenario_raise *raise = &phase->raise;
    if (*raise->factor == '\0' && (raise->n_beyond > 0 || raise->after_s > 0))
        return loader_refuse(loader, node, "%s: wanted together with raises",
                             raise->n_beyond > 0 ? "beyond" : "raises_after_s");
    if (raise->n_beyond > 0 && raise->after_s > 0)
        return loader_refuse(loader, loader_find(loader, node, "raises_after_s"),
                             "raises_after_s: beyond says already when");
    if (raise->after_s > phase->duration_s)
        return loader_refuse(loader, loader_find(loader, node, "raises_after_s"),
                             "raises_after_s: %g: the phase takes %g s", raise->after_s, phase->duration_s);
    for (int i = 0; i < raise->n_beyond; i++)
        if (phase->to[raise->beyond[i].param] == raise->beyond[i].limit)
            return loader_refuse(loader, loader_find(loader, node, "beyond"),
                                 "beyond: %s: the phase ends at the limit, not beyond it",
                                 phase_params[raise->beyond[i].param].key);
    if (phase->assesses && phase->calibrates)
        return loader_refuse(loader, loader_find(loader, node, "assess"), "assess: the phase calibrates already");
    if (phase->assess_after_s > 0 && (!phase->assesses || phase->assess_after_s > phase->duration_s))
        return loader_refuse(loader, loader_find(loader, node, "assess_after_s"),
                             "assess_after_s: %g: wanted together with assess, within the %g s of the phase",
                             phase->assess_after_s, phase->duration_s);
    return 0;
}
