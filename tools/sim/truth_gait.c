// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/truth_gait.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define DEG        57.29577951308232
#define SAMPLE_S   0.002
#define SHOCK_S    0.035 // the sacrum's impact has its peak before, the push of the stance after
#define SHOCK_BY_S 0.0005
#define SWING_MIN  1.0 // degrees: below it a swing has no plane

void truth_gait_init(struct truth_gait *gait, struct body *body)
{
    *gait = (struct truth_gait){.body = body, .arm = {{NAN, NAN}, {NAN, NAN}}};
}

static double upward_g(const struct body_state *state)
{
    return (state->acc_world[2] + SIM_GRAVITY) / SIM_GRAVITY;
}

static void measure_shock(struct truth_gait *gait)
{
    struct step_figures *figures = &gait->now;
    for (double t_s = 0; t_s < SHOCK_S; t_s += SHOCK_BY_S) {
        struct body_state state;
        body_at(gait->body, &gait->sacrum, SITE_SACRUM, figures->step.start_s + t_s, &state);
        figures->impact_g = fmax(figures->impact_g, upward_g(&state));
        figures->braking_g = fmax(figures->braking_g, -state.acc_world[0] / SIM_GRAVITY);
    }
    figures->peak_g = figures->impact_g;
}

static void set_pack(struct step_figures *figures, const double trunk[2], const double pack[2])
{
    double relative_m = hypot(pack[0] - trunk[0], pack[1] - trunk[1]);
    figures->pack_bounce_mm = 2000 * relative_m;
    figures->pack_lag_ms = NAN;
    if (relative_m < 1e-5 || hypot(trunk[0], trunk[1]) < 1e-4)
        return;
    double late_rad = atan2(trunk[0] * pack[1] - trunk[1] * pack[0], trunk[0] * pack[0] + trunk[1] * pack[1]);
    figures->pack_lag_ms = 1000 * late_rad / TURN_RAD * figures->step.period_s;
}

void truth_gait_begin_step(struct truth_gait *gait, const struct timeline_step *step)
{
    struct step_figures *figures = &gait->now;
    *figures = (struct step_figures){.step = *step};
    measure_shock(gait);
    double low = INFINITY, high = -INFINITY, trunk[2] = {0}, pack[2] = {0};
    int n = (int)ceil(step->period_s / SAMPLE_S);
    for (int i = 0; i < n; i++) {
        double share = (double)i / n, t_s = step->start_s + share * step->period_s;
        struct body_state sacrum, t12, on_back;
        body_at(gait->body, &gait->sacrum, SITE_SACRUM, t_s, &sacrum);
        body_at(gait->body, &gait->t12, SITE_T12, t_s, &t12);
        body_at(gait->body, &gait->pack, SITE_PACK, t_s, &on_back);
        low = fmin(low, sacrum.rise_m);
        high = fmax(high, sacrum.rise_m);
        figures->peak_g = fmax(figures->peak_g, upward_g(&sacrum));
        figures->braking_g = fmax(figures->braking_g, -sacrum.acc_world[0] / SIM_GRAVITY);
        struct phasor at = phasor_at(share);
        trunk[0] += 2 * at.c * t12.rise_m / n;
        trunk[1] += 2 * at.s * t12.rise_m / n;
        pack[0] += 2 * at.c * on_back.rise_m / n;
        pack[1] += 2 * at.s * on_back.rise_m / n;
    }
    figures->vertical_oscillation_mm = 1000 * (high - low);
    set_pack(figures, trunk, pack);
}

// Out of the segment's axes into the world's.
static void into_world(const double q[4], const double v[3], double out[3])
{
    double t[3] = {2 * (q[2] * v[2] - q[3] * v[1]), 2 * (q[3] * v[0] - q[1] * v[2]), 2 * (q[1] * v[1] - q[2] * v[0])};
    out[0] = v[0] + q[0] * t[0] + q[2] * t[2] - q[3] * t[1];
    out[1] = v[1] + q[0] * t[1] + q[3] * t[0] - q[1] * t[2];
    out[2] = v[2] + q[0] * t[2] + q[1] * t[1] - q[2] * t[0];
}

void truth_gait_remember(struct truth_gait *gait, double t_s)
{
    if (gait->n_rates == STRIDE_VALUES)
        return;
    struct body_state thorax, wrist;
    double thorax_rate[3], rate[3];
    body_at(gait->body, &gait->c7, SITE_C7, t_s, &thorax);
    into_world(thorax.q_world_from_segment, thorax.rate_segment, thorax_rate);
    struct phasor heading = phasor_at(thorax.angle[2] / TURN_RAD);
    for (int side = 0; side < 2; side++) {
        body_at(gait->body, &gait->wrist[side], side ? SITE_WRIST_RIGHT : SITE_WRIST_LEFT, t_s, &wrist);
        into_world(wrist.q_world_from_segment, wrist.rate_segment, rate);
        for (int k = 0; k < 3; k++)
            rate[k] -= thorax_rate[k];
        double *to = gait->rate[side][gait->n_rates];
        to[0] = heading.c * rate[0] + heading.s * rate[1];
        to[1] = heading.c * rate[1] - heading.s * rate[0];
        to[2] = rate[2];
    }
    gait->n_rates++;
}

// Of the values' scatter about zero, by power iteration; its y is positive.
static void principal_axis(double (*value)[3], int n, double axis[3])
{
    double scatter[3][3] = {0};
    for (int i = 0; i < n; i++)
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                scatter[a][b] += value[i][a] * value[i][b];
    axis[0] = axis[2] = 0;
    axis[1] = 1;
    for (int round = 0; round < 60; round++) {
        double next[3], length = 0;
        for (int a = 0; a < 3; a++) {
            next[a] = scatter[a][0] * axis[0] + scatter[a][1] * axis[1] + scatter[a][2] * axis[2];
            length = hypot(length, next[a]);
        }
        for (int a = 0; a < 3 && length > 0; a++)
            axis[a] = next[a] / length;
    }
}

void truth_gait_end_stride(struct truth_gait *gait, bool moving, double step_s)
{
    for (int side = 0; side < 2; side++) {
        struct arm_figures *arm = &gait->arm[side];
        double axis[3], at = 0, low = 0, high = 0;
        *arm = (struct arm_figures){NAN, NAN};
        if (!moving || gait->n_rates < 2)
            continue;
        principal_axis(gait->rate[side], gait->n_rates, axis);
        for (int i = 1; i < gait->n_rates; i++) {
            for (int k = 0; k < 3; k++)
                at += axis[k] * step_s * (gait->rate[side][i][k] + gait->rate[side][i - 1][k]) / 2;
            low = fmin(low, at);
            high = fmax(high, at);
        }
        arm->swing_deg = DEG * (high - low);
        if (arm->swing_deg >= SWING_MIN)
            arm->crossing_deg = (side ? DEG : -DEG) * atan2(-axis[0], axis[1]);
    }
    gait->n_rates = 0;
}

static void print_number(FILE *to, const char *key, double value)
{
    if (isnan(value))
        fprintf(to, ",\"%s\":null", key);
    else
        fprintf(to, ",\"%s\":%.3f", key, value);
}

void truth_gait_print_contact(const struct truth_gait *gait, FILE *to, double mono_s, bool running)
{
    const struct step_figures *now = &gait->now;
    const struct timeline_step *step = &now->step;
    double contact_s = running ? step->running_s : step->contact_s;
    print_number(to, "contact_ms", 1e3 * contact_s);
    print_number(to, "flight_ms", 1e3 * fmax(0, step->period_s - contact_s));
    fprintf(to, ",\"toe_off_s\":%.4f,\"toe_off_mono_s\":%.6f", step->start_s + contact_s, mono_s + contact_s);
    print_number(to, "vertical_oscillation_mm", now->vertical_oscillation_mm);
    print_number(to, "impact_g", now->impact_g);
    print_number(to, "peak_g", now->peak_g);
    print_number(to, "braking_g", now->braking_g);
    print_number(to, "step_length_m", step->speed_m_s * step->period_s);
    print_number(to, "eversion_deg", DEG * step->eversion_rad * (step->walk + step->run));
    print_number(to, "pack_bounce_mm", now->pack_bounce_mm);
    print_number(to, "pack_lag_ms", now->pack_lag_ms);
    fprintf(to, ",\"stumble_pct\":%.3f", 100 * step->stumble);
}

void truth_gait_print_line(const struct truth_gait *gait, FILE *to, double t_s, bool moving)
{
    static const struct {
        const char *key;
        enum phase_param param;
    } stated[] = {
        {"step_asymmetry_pct", PARAM_STEP_ASYMMETRY_PCT},
        {"contact_asymmetry_pct", PARAM_CONTACT_ASYMMETRY_PCT},
        {"impact_asymmetry_pct", PARAM_IMPACT_ASYMMETRY_PCT},
        {"arm_stiffness", PARAM_ARM_STIFFNESS},
        {"foot_eversion_left_deg", PARAM_FOOT_EVERSION_LEFT_DEG},
        {"foot_eversion_right_deg", PARAM_FOOT_EVERSION_RIGHT_DEG},
        {"duty_factor", PARAM_DUTY_FACTOR},
    };
    const struct scenario *scenario = body_scenario(gait->body);
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++)
        print_number(to, stated[i].key, moving ? scenario_param(scenario, stated[i].param, t_s) : NAN);
    double left = gait->arm[0].swing_deg, right = gait->arm[1].swing_deg;
    print_number(to, "arm_swing_left_deg", moving ? left : 0);
    print_number(to, "arm_swing_right_deg", moving ? right : 0);
    print_number(to, "arm_asymmetry_pct",
                 moving && left + right > SWING_MIN ? 200 * (left - right) / (left + right) : NAN);
    print_number(to, "arm_crossing_left_deg", moving ? gait->arm[0].crossing_deg : NAN);
    print_number(to, "arm_crossing_right_deg", moving ? gait->arm[1].crossing_deg : NAN);
    print_number(to, "pack_bounce_mm", moving ? gait->now.pack_bounce_mm : 0);
    print_number(to, "pack_lag_ms", moving ? gait->now.pack_lag_ms : NAN);
}
