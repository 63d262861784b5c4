// SPDX-License-Identifier: GPL-3.0-or-later
#include "random_calibration.h"

#include "frames/log_event.h"
#include "random_draw.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static void any_unit(double *value, size_t n)
{
    double square = 0;
    for (size_t i = 0; i < n; i++) {
        value[i] = below(5) ? sin((double)(draw() >> 11)) : -0.0;
        square += value[i] * value[i];
    }
    if (square < 1e-9)
        value[0] = square = 1;
    for (size_t i = 0; i < n; i++)
        value[i] /= sqrt(square);
}

// A rotation by a random quaternion, nine numbers of full length.
static void any_rotation(double m[9])
{
    double q[4];
    any_unit(q, 4);
    double w = q[0], x = q[1], y = q[2], z = q[3];
    const double r[9] = {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
                         2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
                         2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
    memcpy(m, r, sizeof r);
}

static float any_float(double from, double to)
{
    return (float)(from + (to - from) * (double)(draw() >> 11) / 9007199254740992.0);
}

static int64_t any_utc(void)
{
    return below(3) ? (int64_t)draw() | 1 : UTC_UNKNOWN_NS;
}

struct calibration random_calibration(unsigned long long seed)
{
    draw_seed(seed);
    struct calibration c = {.sites = (uint32_t)draw() & (SITE_BIT(N_SITES) - 1)};
    c.tall = c.sites & (uint32_t)draw();
    c.taken_utc_ns = any_utc();
    c.tall_utc_ns = any_utc();
    for (int s = 0; s < N_SITES; s++) {
        if (!(c.sites & SITE_BIT(s)))
            continue;
        struct site_fit *fit = &c.site[s];
        any_unit(fit->q_sensor_from_segment, 4);
        any_rotation(fit->mount);
        fit->tilt_deg = any_float(0, 180);
        fit->sway_deg = any_float(0, 1);
        fit->axis = (int)below(N_CALIBRATION_AXES);
        fit->axis_turn_deg = any_float(-180, 180);
        fit->axis_share = below(3) ? any_float(0.5, 1) : (float)NAN;
        bool tall = c.tall & SITE_BIT(s);
        fit->tall_pitch_deg = tall ? any_float(-180, 180) : (float)NAN;
        fit->tall_roll_deg = tall ? any_float(-1e-30, 1e-30) : (float)NAN;
    }
    return c;
}

static bool differs_float(float a, float b)
{
    return memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b));
}

static const char *differs_fit(const struct site_fit *a, const struct site_fit *b)
{
    if (memcmp(a->q_sensor_from_segment, b->q_sensor_from_segment, sizeof a->q_sensor_from_segment) != 0 ||
        memcmp(a->mount, b->mount, sizeof a->mount) != 0)
        return "quaternion or mount";
    if (a->axis != b->axis || differs_float(a->axis_turn_deg, b->axis_turn_deg) ||
        differs_float(a->axis_share, b->axis_share))
        return "axis";
    if (differs_float(a->tilt_deg, b->tilt_deg) || differs_float(a->sway_deg, b->sway_deg))
        return "tilt or sway";
    return differs_float(a->tall_pitch_deg, b->tall_pitch_deg) || differs_float(a->tall_roll_deg, b->tall_roll_deg)
               ? "tall"
               : NULL;
}

const char *differs_calibration(const struct calibration *a, const struct calibration *b)
{
    if (a->sites != b->sites || a->tall != b->tall)
        return "sites";
    if (a->taken_utc_ns != b->taken_utc_ns || a->tall_utc_ns != b->tall_utc_ns)
        return "time";
    const char *what = NULL;
    for (int s = 0; !what && s < N_SITES; s++)
        what = a->sites & SITE_BIT(s) ? differs_fit(&a->site[s], &b->site[s]) : NULL;
    return what;
}
