// SPDX-License-Identifier: GPL-3.0-or-later
#include "orient/orient.h"

#include "orient/site_filter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

struct orient {
    struct orient_coeffs coeffs;
    struct orient_state state[N_SITES];
    int64_t next_index;
    bool started;
};

const struct setting orient_settings[] = {
    {.key = "acc_tau_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, acc_tau_s),
     .unit = "s",
     .def = 3.5,
     .min = 0.5,
     .max = 30,
     .sentence = "How slowly gravity corrects the gyro. Small values let acceleration into the inclination, large ones "
                 "let an error of the gyro's bias grow."},
    {.key = "acc_only_tau_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, acc_only_tau_s),
     .unit = "s",
     .def = 1,
     .min = 0.1,
     .max = 30,
     .sentence = "The same for sites without a gyro, whose inclination is nothing but this low-pass: small values "
                 "follow a movement, large ones average the stride away."},
    {.key = "rest_rate_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, rest_rate_deg_s),
     .unit = "deg/s",
     .def = 2,
     .min = 0.1,
     .max = 20,
     .sentence = "A sensor is at rest while its rate stays this close to its own mean. Small values miss the rest of a "
                 "breathing body, large ones take slow movement for bias."},
    {.key = "rest_acc_m_s2",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, rest_acc_m_s2),
     .unit = "m/s2",
     .def = 0.5,
     .min = 0.05,
     .max = 5,
     .sentence = "A sensor is at rest while its acceleration stays this close to its own mean; without a gyro, its "
                 "inclination counts as an angle while it does."},
    {.key = "rest_min_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, rest_min_s),
     .unit = "s",
     .def = 1.5,
     .min = 0.5,
     .max = 30,
     .sentence = "Rest must last this long before the gyro's bias is read and the heading held."},
    {.key = "bias_clip_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, bias_clip_deg_s),
     .unit = "deg/s",
     .def = 5,
     .min = 0.5,
     .max = 50,
     .sentence = "A steady rate above this is a turn, not a bias. Too small, and a bad gyro's rest is never seen."},
    {.key = "bias_start_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, bias_start_deg_s),
     .unit = "deg/s",
     .def = 2,
     .min = 0.01,
     .max = 20,
     .sentence = "How large a gyro's bias may be before it is known, as a standard deviation: large values find a "
                 "large bias sooner, small ones trust a gyro that was calibrated."},
    {.key = "bias_drift_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, bias_drift_deg_s),
     .unit = "deg/s",
     .def = 0.1,
     .min = 0.001,
     .max = 5,
     .sentence = "How far a bias wanders in 100 s. Small values average longer, large ones follow temperature."},
    {.key = "bias_rest_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, bias_rest_deg_s),
     .unit = "deg/s",
     .def = 0.03,
     .min = 0.001,
     .max = 5,
     .sentence = "How well a long rest shows the bias. Small values let rest count for more."},
    {.key = "bias_motion_deg_s",
     .type = SETTING_REAL,
     .offset = offsetof(struct orient_params, bias_motion_deg_s),
     .unit = "deg/s",
     .def = 0.04,
     .min = 0.001,
     .max = 5,
     .sentence = "How well long motion shows it. Small values correct sooner, large ones ride out long accelerations."},
};
const size_t n_orient_settings = sizeof orient_settings / sizeof *orient_settings;

int orient_create(struct orient **out, const struct orient_params *params)
{
    struct orient *o = *out = calloc(1, sizeof *o);
    if (!o)
        return -ENOMEM;
    orient_prepare(&o->coeffs, params);
    for (int s = 0; s < N_SITES; s++)
        orient_reset(&o->coeffs, &o->state[s]);
    return 0;
}

void orient_destroy(struct orient *o)
{
    free(o);
}

void orient_step(struct orient *o, struct frame_block *block)
{
    if (o->started && block->first_index != o->next_index)
        for (int s = 0; s < N_SITES; s++)
            orient_reset(&o->coeffs, &o->state[s]);
    o->started = true;
    o->next_index = block->first_index + FRAME_BLOCK_LEN;
    for (int s = 0; s < N_SITES; s++)
        if (block->worn & SITE_BIT(s))
            orient_site(&o->coeffs, &o->state[s], &block->site[s]);
}
