// SPDX-License-Identifier: GPL-3.0-or-later
// Of a phase: what it repeats.
#include "sim/scenario_loader.h"

#include "sim/drill.h"

#include <string.h>

// Who has a key: kinds as bits.
#define OUT_AND_BACK (BIT(TURN) | BIT(EXTEND) | BIT(SQUEEZE) | BIT(NECK_TURNS))
#define CYCLES       (BIT(ARM_CIRCLES) | BIT(SHOULDER_ROLLS) | BIT(SWING))
#define TURNS        (BIT(TURN) | BIT(NECK_TURNS))
#define BIT(kind)    (1U << DRILL_##kind)
#define ALL          (OUT_AND_BACK | CYCLES)

#define KEY(kinds, key, min, max, def)                                                                                 \
    {                                                                                                                  \
        kinds,                                                                                                         \
        {                                                                                                              \
#key, offsetof(struct scenario_drill, key), min, max, def                                                  \
        }                                                                                                              \
    }
static const struct drill_key {
    unsigned kinds;
    struct number_key number;
} keys[] = {
    KEY(ALL, repetitions, 1, 100, 5),
    KEY(ALL, wait_s, 0, 60, 1),
    KEY(OUT_AND_BACK, move_s, 0.3, 20, 1.5),
    KEY(OUT_AND_BACK, hold_s, 0, 120, 0),
    KEY(OUT_AND_BACK, back_s, 0.3, 20, 0), // 0 is not given: as long as the way out
    KEY(ALL, rest_s, 0, 30, 1.5),
    KEY(CYCLES, cycle_s, 0.4, 20, 2),
    KEY(ALL, range_jitter_pct, 0, 40, 4),
    KEY(OUT_AND_BACK, hold_jitter_pct, 0, 60, 5),
    KEY(ALL, move_jitter_pct, 0, 60, 10),
    KEY(OUT_AND_BACK, skew_pct, 0, 60, 15),
    KEY(OUT_AND_BACK, tremor_deg, 0, 10, 0),
    KEY(OUT_AND_BACK, sag_pct, 0, 60, 0),
    KEY(OUT_AND_BACK, hesitate_s, 0, 10, 0),
    KEY(BIT(SQUEEZE), shrug_deg, 0, 30, 0),
    KEY(TURNS | BIT(EXTEND), along_deg, 0, 40, 0),
    KEY(OUT_AND_BACK, drift_deg, -20, 20, 0),
    KEY(OUT_AND_BACK, fidget_deg, 0, 10, 0),
};
#define N_KEYS (sizeof keys / sizeof *keys)

static const struct {
    double range_deg, max_deg; // where nothing is said; 0: a circle is whole
    unsigned sides;            // bits of enum drill_sides; both is the default where it may be, else alternate
} kinds[N_DRILLS] = {
#define SIDES(a, b, c, d, e) (a | b << 1 | c << 2 | d << 3 | e << 4)
    [DRILL_TURN] = {45, 85, SIDES(1, 1, 1, 1, 0)},      [DRILL_EXTEND] = {15, 45, SIDES(0, 0, 0, 0, 1)},
    [DRILL_SQUEEZE] = {12, 40, SIDES(0, 0, 0, 0, 1)},   [DRILL_NECK_TURNS] = {60, 90, SIDES(1, 1, 1, 1, 0)},
    [DRILL_ARM_CIRCLES] = {0, 0, SIDES(0, 1, 1, 1, 1)}, [DRILL_SHOULDER_ROLLS] = {18, 40, SIDES(0, 1, 1, 1, 1)},
    [DRILL_SWING] = {60, 150, SIDES(0, 0, 0, 0, 1)},
};

static int take_sides(struct loader *loader, const char *key, const yaml_node_t *value, struct scenario_drill *drill)
{
    const char *words[N_DRILL_SIDES + 1];
    int which[N_DRILL_SIDES], n = 0, index = 0;
    for (int i = 0; i < N_DRILL_SIDES; i++)
        if (kinds[drill->kind].sides & (1U << i)) {
            which[n] = i;
            words[n++] = drill_side_names[i];
        }
    words[n] = NULL;
    int err = loader_word(loader, key, value, words, &index);
    if (!err)
        drill->sides = (enum drill_sides)which[index];
    return err;
}

static int take_range(struct loader *loader, const char *key, const yaml_node_t *key_node, const yaml_node_t *value,
                      struct scenario_drill *drill)
{
    double max_deg = kinds[drill->kind].max_deg, number = 0;
    if (max_deg == 0)
        return loader_refuse(loader, key_node, "%s: a circle of %s is whole", key, drill_names[drill->kind]);
    if (drill->kind == DRILL_EXTEND && strcmp(key, "range_deg") != 0)
        return loader_refuse(loader, key_node, "%s: extend has no sides: range_deg", key);
    int err = loader_number(loader, key, value, 1, max_deg, &number);
    if (strcmp(key, "range_right_deg") != 0)
        drill->range_deg[0] = number;
    if (strcmp(key, "range_left_deg") != 0)
        drill->range_deg[1] = number;
    return err;
}

static int take_pair_of_drill(struct loader *loader, const char *key, yaml_node_t *key_node, yaml_node_t *value,
                              void *arg)
{
    struct scenario_drill *drill = arg;
    if (strcmp(key, "motion") == 0)
        return 0; // read first
    if (strcmp(key, "side") == 0)
        return take_sides(loader, key, value, drill);
    if (strcmp(key, "range_deg") == 0 || strcmp(key, "range_left_deg") == 0 || strcmp(key, "range_right_deg") == 0)
        return take_range(loader, key, key_node, value, drill);
    if (strcmp(key, "backward") == 0 && (BIT(ARM_CIRCLES) | BIT(SHOULDER_ROLLS)) >> drill->kind & 1)
        return loader_yes_no(loader, key, value, &drill->backward);
    if (strcmp(key, "through") == 0 && TURNS >> drill->kind & 1)
        return loader_yes_no(loader, key, value, &drill->through);
    for (size_t i = 0; i < N_KEYS; i++) {
        if (strcmp(keys[i].number.key, key) != 0)
            continue;
        if (!(keys[i].kinds >> drill->kind & 1))
            return loader_refuse(loader, key_node, "%s: %s has none", key, drill_names[drill->kind]);
        return loader_take_number(loader, &keys[i].number, 1, key, value, drill);
    }
    return loader_refuse(
        loader, key_node,
        "%.40s: unknown key; known in exercise: motion side repetitions wait_s range_deg "
        "range_left_deg range_right_deg move_s hold_s back_s rest_s cycle_s backward range_jitter_pct "
        "hold_jitter_pct move_jitter_pct skew_pct tremor_deg sag_pct hesitate_s shrug_deg along_deg drift_deg "
        "fidget_deg through",
        key);
}

int loader_drill(struct loader *loader, yaml_node_t *key_node, yaml_node_t *value, struct scenario_phase *phase)
{
    struct scenario_drill *drill = &phase->drill;
    if (phase->kind != PHASE_STAND && phase->kind != PHASE_SIT && phase->kind != PHASE_LIE)
        return loader_refuse(loader, key_node, "exercise: only a phase of kind stand, sit or lie has it");
    yaml_node_t *motion = loader_find(loader, value, "motion");
    if (!motion)
        return loader_refuse(loader, value, "exercise: a mapping with motion is wanted");
    int index = 0, err = loader_word(loader, "motion", motion, drill_names + 1, &index);
    if (err)
        return err;
    drill->kind = (enum drill_kind)(index + 1);
    drill->sides = kinds[drill->kind].sides & (1U << DRILL_BOTH) ? DRILL_BOTH : DRILL_ALTERNATE;
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].kinds >> drill->kind & 1)
            loader_defaults(&keys[i].number, 1, drill);
    drill->range_deg[0] = drill->range_deg[1] = kinds[drill->kind].range_deg;
    err = loader_each_pair(loader, "exercise", value, take_pair_of_drill, drill);
    if (drill->back_s == 0)
        drill->back_s = drill->move_s;
    return err;
}

int loader_check_drill(struct loader *loader, yaml_node_t *node, const struct scenario_phase *phase)
{
    const struct scenario_drill *drill = &phase->drill;
    double blend_s = phase->blend_s < phase->duration_s ? phase->blend_s : phase->duration_s;
    double longest_s = blend_s + drill_longest_s(drill);
    if (drill->kind == DRILL_NONE)
        return 0;
    const yaml_node_t *at = loader_find(loader, node, "exercise");
    bool arms = drill->kind == DRILL_ARM_CIRCLES || drill->kind == DRILL_SWING;
    if (arms && phase->kind == PHASE_LIE)
        return loader_refuse(loader, at, "exercise: %s: lying nobody does it", drill_names[drill->kind]);
    // From side to side there is no rest, and what goes along or halts has none of its own.
    double more = drill->along_deg + drill->hesitate_s + drill->fidget_deg;
    if (drill->through && (drill->sides != DRILL_ALTERNATE || drill->drift_deg != 0 || more > 0))
        return loader_refuse(loader, at,
                             "through: only side alternate has it, without along_deg, drift_deg, "
                             "hesitate_s and fidget_deg");
    if (drill->repetitions != (double)(int)drill->repetitions)
        return loader_refuse(loader, at, "repetitions: %g: a whole number is wanted", drill->repetitions);
    if (longest_s > phase->duration_s)
        return loader_refuse(loader, loader_find(loader, node, "duration_s"),
                             "duration_s: %g: the exercise may take %.1f s", phase->duration_s, longest_s);
    return 0;
}
