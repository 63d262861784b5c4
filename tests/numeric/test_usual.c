// SPDX-License-Identifier: GPL-3.0-or-later
// Cells of the usual against their definitions computed from all values at once; folds; look-ups between speeds.
#include "check.h"

#include "findings/ten_seconds.h"
#include "findings/usual.h"

#include <string.h>

#define N     300
#define DRAWS 4001

static void test_a_cell_is_mean_sd_and_correlation(void **state)
{
    (void)state;
    static const double rhos[] = {0, 0.5, 0.8};
    for (int r = 0; r < 3; r++) {
        struct usual_cell cell = {0};
        double x[N], sum = 0, squares = 0, steps = 0, wander = check_normal();
        for (int i = 0; i < N; i++) {
            wander = rhos[r] * wander + sqrt(1 - rhos[r] * rhos[r]) * check_normal();
            x[i] = 250 + 3 * wander;
            usual_add(&cell, (float)x[i], i > 0 ? (float)x[i - 1] : NAN);
            sum += x[i];
        }
        for (int i = 0; i < N; i++) {
            squares += (x[i] - sum / N) * (x[i] - sum / N);
            steps += i > 0 ? (x[i] - x[i - 1]) * (x[i] - x[i - 1]) : 0;
        }
        double variance = squares / (N - 1), rho = 1 - steps / (N - 1) / (2 * variance);
        assert_near(cell.mean, sum / N, 0.01);
        assert_near(cell.sd, sqrt(variance), 0.01);
        assert_near(cell.rho, rho, 0.02);
        assert_near(cell.rho, rhos[r], 0.2);
        assert_near(cell.minutes, N / 6.0, 0.01);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Thirty means, as a baseline has: the widened deviation is that of the sum of many, in the median.
static void test_the_long_deviation_is_widened(void **state)
{
    (void)state;
    static const double rhos[] = {0, 0.3, 0.6, 0.8};
    static double wide[DRAWS];
    for (int r = 0; r < 4; r++) {
        double truth = sqrt((1 + rhos[r]) / (1 - rhos[r]));
        for (int k = 0; k < DRAWS; k++) {
            struct usual_cell cell = {0};
            double wander = check_normal();
            float previous = NAN;
            for (int i = 0; i < 30; i++) {
                wander = rhos[r] * wander + sqrt(1 - rhos[r] * rhos[r]) * check_normal();
                usual_add(&cell, (float)wander, previous);
                previous = (float)wander;
            }
            wide[k] = usual_long_sd(&cell);
        }
        qsort(wide, DRAWS, sizeof *wide, ascending);
        printf("rho %.1f: widened to %.2f, in truth %.2f\n", rhos[r], wide[DRAWS / 2], truth);
        assert_near(wide[DRAWS / 2], truth, 0.12 * truth);
    }
}

static void test_a_fold_weighs_by_minutes(void **state)
{
    (void)state;
    static struct usual before, now;
    struct usual_cell *b = &before.cell[1][12][QUANTITY_CONTACT], *n = &now.cell[1][12][QUANTITY_CONTACT];
    *n = (struct usual_cell){250, 3, 0.4F, 5};
    assert_true(usual_fold(&before, &now));
    assert_memory_equal(b, n, sizeof *b);
    *b = (struct usual_cell){250, 3, 0.4F, 15};
    *n = (struct usual_cell){258, 5, 0.8F, 5};
    assert_true(usual_fold(&before, &now));
    assert_near(b->mean, 252, 1e-3);
    assert_near(b->sd, sqrt((15 * 9 + 5 * 25) / 20.0 + 64 * 15 * 5 / 400.0), 1e-3);
    assert_near(b->rho, 0.5, 1e-3);
    assert_near(b->minutes, 20, 1e-3);
    for (int i = 0; i < 20; i++)
        assert_true(usual_fold(&before, &now));
    assert_near(b->minutes, 60, 1e-3);
    *n = (struct usual_cell){300, 3, 0.4F, 0.5F}; // too little
    assert_false(usual_fold(&before, &now));
    memset(&now, 0, sizeof now);
    assert_false(usual_fold(&before, &now));
}

static void test_a_fold_without_a_speed_replaces_another_pace(void **state)
{
    (void)state;
    static struct usual before, now;
    before.cell[1][0][QUANTITY_CADENCE] = (struct usual_cell){165, 1, 0.4F, 5};
    before.cell[1][0][QUANTITY_CONTACT] = (struct usual_cell){250, 3, 0.4F, 5};
    now.cell[1][0][QUANTITY_CADENCE] = (struct usual_cell){167, 1, 0.4F, 5};
    now.cell[1][0][QUANTITY_CONTACT] = (struct usual_cell){240, 3, 0.4F, 5};
    assert_true(usual_fold(&before, &now));
    assert_near(before.cell[1][0][QUANTITY_CONTACT].mean, 245, 1e-3);
    now.cell[1][0][QUANTITY_CADENCE].mean = 180;
    assert_true(usual_fold(&before, &now));
    assert_near(before.cell[1][0][QUANTITY_CONTACT].mean, 240, 1e-3);
    assert_near(before.cell[1][0][QUANTITY_CADENCE].mean, 180, 1e-3);
}

static bool look(const struct usual *u, double speed_m_s, float cadence_spm, struct usual_cell *cell)
{
    return usual_look_up(u, GAIT_RUN, speed_m_s, cadence_spm, QUANTITY_CONTACT, USUAL_MIN_MINUTES, cell);
}

static void test_look_ups_never_go_beyond(void **state)
{
    (void)state;
    static struct usual u;
    struct usual_cell cell;
    u.cell[1][11][QUANTITY_CONTACT] = (struct usual_cell){260, 3, 0.4F, 5}; // 2.75 m/s
    u.cell[1][13][QUANTITY_CONTACT] = (struct usual_cell){240, 4, 0.6F, 3}; // 3.25 m/s
    assert_true(look(&u, 2.7, NAN, &cell));
    assert_near(cell.mean, 260, 1e-3);
    assert_true(look(&u, 3.0, NAN, &cell)); // between
    assert_near(cell.mean, 250, 1e-3);
    assert_near(cell.sd, 4, 1e-3);
    assert_near(cell.minutes, 3, 1e-3);
    assert_true(look(&u, 3.1, NAN, &cell));
    assert_near(cell.mean, 246, 1e-3);
    assert_true(look(&u, 3.45, NAN, &cell)); // a neighbour at 0.2 m/s
    assert_near(cell.mean, 240, 1e-3);
    assert_false(look(&u, 3.55, NAN, &cell)); // at 0.3
    assert_false(look(&u, 2.45, NAN, &cell));
    assert_false(look(&u, 9.0, NAN, &cell));
    assert_false(look(&u, NAN, 165, &cell));
    assert_false(usual_look_up(&u, GAIT_WALK, 2.75, NAN, QUANTITY_CONTACT, 2, &cell));
    assert_false(usual_look_up(&u, GAIT_NONE, 2.75, NAN, QUANTITY_CONTACT, 2, &cell));
    u.cell[1][11][QUANTITY_CONTACT].minutes = 1.9F;
    assert_false(look(&u, 2.7, NAN, &cell));
}

static void test_without_a_speed_the_cadence_must_be_the_same(void **state)
{
    (void)state;
    static struct usual u;
    struct usual_cell cell;
    u.cell[1][0][QUANTITY_CONTACT] = (struct usual_cell){260, 3, 0.4F, 5};
    assert_false(look(&u, NAN, 165, &cell));
    u.cell[1][0][QUANTITY_CADENCE] = (struct usual_cell){165, 1, 0.4F, 5};
    assert_true(look(&u, NAN, 168.9F, &cell));
    assert_false(look(&u, NAN, 169.1F, &cell));
    assert_false(look(&u, NAN, NAN, &cell));
    assert_false(look(&u, 3.0, 165, &cell)); // a known speed is another matter
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cell_is_mean_sd_and_correlation),
        cmocka_unit_test(test_the_long_deviation_is_widened),
        cmocka_unit_test(test_a_fold_weighs_by_minutes),
        cmocka_unit_test(test_a_fold_without_a_speed_replaces_another_pace),
        cmocka_unit_test(test_look_ups_never_go_beyond),
        cmocka_unit_test(test_without_a_speed_the_cadence_must_be_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
