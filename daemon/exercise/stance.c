// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/stance.h"

#include <math.h>
#include <string.h>

#define STEP_S    0.05  // posture comes at 20 Hz
#define KEEP      0.95F // per value: 1 s
#define SHIFT_DEG 3.0F  // from the mean so far: another posture
#define LOST      40    // values in a row without an angle that was there
#define EARLY     20    // values before which the mean is too young to judge by

static const char *const keys[STANCE_ANGLES] = {
    "thoracic_flexion_deg", "lumbar_flexion_deg",  "neck_flexion_deg",         "trunk_lean_deg",
    "pelvic_tilt_deg",      "trunk_side_lean_deg", "shoulder_protraction_deg", "shoulder_asymmetry_deg",
};
static const char *const changes[] = {
    "thoracic_flexion_change_deg", "lumbar_flexion_change_deg", "neck_flexion_change_deg",
    "trunk_lean_change_deg",       "pelvic_tilt_change_deg",
};
#define N_CHANGES ((int)(sizeof changes / sizeof *changes))
_Static_assert(STANCE_ANGLES + N_CHANGES + 1 <= EXERCISE_VALUES, "the row is too short");

static void angles_of(const struct posture_angles *a, float angle[STANCE_ANGLES])
{
    const float all[STANCE_ANGLES] = {a->thoracic_flexion_deg,     a->lumbar_flexion_deg,    a->neck_flexion_deg,
                                      a->trunk_lean_deg,           a->pelvic_tilt_deg,       a->trunk_side_lean_deg,
                                      a->shoulder_protraction_deg, a->shoulder_asymmetry_deg};
    memcpy(angle, all, sizeof all);
}

void stance_begin(struct stance *s)
{
    memset(s, 0, sizeof *s);
}

static bool is_shifting(const struct stance *s)
{
    for (int k = 0; k < STANCE_ANGLES; k++)
        if (s->n > EARLY && fabs((double)s->slow[k] - s->sum[k] / s->n) > (double)SHIFT_DEG)
            return true;
    return false;
}

static uint32_t known_of(const float angle[STANCE_ANGLES])
{
    uint32_t known = 0;
    for (int k = 0; k < STANCE_ANGLES; k++)
        known |= isfinite(angle[k]) ? 1U << k : 0;
    return known;
}

static void start(struct stance *s)
{
    s->n = s->lost = 0;
    memset(s->sum, 0, sizeof s->sum);
    memset(s->lean, 0, sizeof s->lean);
    memset(s->square, 0, sizeof s->square);
}

double stance_take(struct stance *s, const struct posture_angles *angles, bool quiet)
{
    float angle[STANCE_ANGLES];
    angles_of(angles, angle);
    for (int k = 0; k < STANCE_ANGLES; k++) // a site that comes back begins at its value
        s->slow[k] = s->begun && isfinite(s->slow[k]) ? KEEP * s->slow[k] + (1 - KEEP) * angle[k] : angle[k];
    s->begun = true;
    if (!quiet || is_shifting(s)) {
        start(s);
        return 0;
    }
    const float lean[2] = {angles->trunk_lean_deg, angles->trunk_side_lean_deg};
    if (s->n == 0) {
        s->known = known_of(angle);
        memcpy(s->first, lean, sizeof lean);
    }
    if (known_of(angle) != s->known) { // a moment without a site is left out
        if (++s->lost > LOST)
            start(s);
        return s->n * STEP_S;
    }
    s->lost = 0;
    for (int k = 0; k < STANCE_ANGLES; k++)
        s->sum[k] += (double)angle[k];
    for (int k = 0; k < 2; k++) {
        double off = (double)(lean[k] - s->first[k]);
        s->lean[k] += off;
        s->square[k] += off * off;
    }
    return ++s->n * STEP_S;
}

static float value_of(const struct exercise_row *row, const char *key)
{
    for (int i = 0; i < row->n_values; i++)
        if (strcmp(row->value[i].key, key) == 0)
            return row->value[i].value;
    return NAN;
}

static void add(struct exercise_row *row, const char *key, double value)
{
    row->value[row->n_values++] = (struct exercise_value){key, (float)value};
}

void stance_tell(const struct stance *s, struct exercise_row *row, const struct exercise_row *against)
{
    double variance = 0;
    row->n_values = 0;
    for (int k = 0; k < STANCE_ANGLES; k++)
        add(row, keys[k], s->n > 0 ? s->sum[k] / s->n : NAN);
    for (int k = 0; k < 2; k++) {
        double mean = s->lean[k] / s->n;
        variance += s->n > 0 ? s->square[k] / s->n - mean * mean : NAN;
    }
    add(row, "sway_deg", isnan(variance) ? NAN : sqrt(fmax(variance, 0)));
    for (int k = 0; against && k < N_CHANGES; k++)
        add(row, changes[k], (double)(value_of(row, keys[k]) - value_of(against, keys[k])));
}
