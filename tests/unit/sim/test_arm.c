// SPDX-License-Identifier: GPL-3.0-or-later
// The arm: two rods end to end, turned by known functions of time. Where the wrist is, by turning the rods one angle
// after the other, differentiated numerically, against the stated acceleration, rate and rise.
#include "sim/arm.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void turn_matrix(int axis, double angle, double v[3])
{
    int a = (axis + 1) % 3, b = (axis + 2) % 3;
    double va = v[a], vb = v[b];
    v[a] = cos(angle) * va - sin(angle) * vb;
    v[b] = sin(angle) * va + cos(angle) * vb;
}

static struct motion3 wave(double size, double rate, double phase, double t_s)
{
    return (struct motion3){size * sin(rate * t_s + phase), size * rate * cos(rate * t_s + phase),
                            -size * rate * rate * sin(rate * t_s + phase)};
}

static struct arm_turns some_turns(double t_s)
{
    return (struct arm_turns){{wave(0.1, 5, 0, t_s), wave(0.2, 4, 1, t_s), wave(0.15, 6, 2, t_s)},
                              wave(0.3, 0.5, 0.7, t_s),
                              wave(0.6, 8, 0.3, t_s),
                              wave(-1, 0.4, 0.5, t_s)};
}

static void wrist_of(double t_s, double wrist[3])
{
    struct arm_turns turns = some_turns(t_s);
    double rods[2][3] = {{0, 0, -0.25}, {0, 0, -0.28}};
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            turn_matrix(1, turns.elbow.value, rods[i]);
        turn_matrix(2, -turns.plane.value, rods[i]);
        turn_matrix(1, turns.swing.value, rods[i]);
        turn_matrix(2, turns.plane.value, rods[i]);
        turn_matrix(0, turns.trunk[1].value, rods[i]);
        turn_matrix(1, turns.trunk[0].value, rods[i]);
        turn_matrix(2, turns.trunk[2].value, rods[i]);
    }
    for (int k = 0; k < 3; k++)
        wrist[k] = rods[0][k] + rods[1][k];
}

static void arms_are_pendulums(void **state)
{
    (void)state;
    const double h = 1e-4;
    for (double t_s = 0; t_s < 3; t_s += 0.037) {
        double before[3], now[3], then[3];
        struct arm_turns turns = some_turns(t_s), later_turns = some_turns(t_s + h);
        struct arm_motion motion, later;
        arm_at(&turns, &motion);
        arm_at(&later_turns, &later);
        wrist_of(t_s - h, before);
        wrist_of(t_s, now);
        wrist_of(t_s + h, then);
        for (int k = 0; k < 3; k++)
            assert_true(fabs((before[k] - 2 * now[k] + then[k]) / (h * h) - motion.acc_world[k]) < 0.001);
        assert_true(fabs(motion.rise_m - 0.53 - now[2]) < 1e-9);
        double back[4] = {motion.q_world_from_segment[0], -motion.q_world_from_segment[1],
                          -motion.q_world_from_segment[2], -motion.q_world_from_segment[3]};
        double moved[4];
        multiply(later.q_world_from_segment, back, moved); // in the world's axes
        for (int k = 0; k < 3; k++)
            assert_true(fabs(2 * moved[k + 1] / h - (motion.rate_world[k] + later.rate_world[k]) / 2) < 0.001);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arms_are_pendulums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
