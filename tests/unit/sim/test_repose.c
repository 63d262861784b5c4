// SPDX-License-Identifier: GPL-3.0-or-later
// Standing, sitting, lying on every side, and coughs: one motion like everything else. The rate integrates to the
// orientation through the turn that makes a pitch of 90°, the force is the orientation's and the acceleration's, the
// acceleration takes the body where it lies, and gravity comes from the side that is down.
#include "sim/body.h"
#include "sim/cough.h"
#include "turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "version: 1\nseed: 8\nphases:\n"
                           "  - {kind: stand, duration_s: 6}\n"
                           "  - {kind: sit, duration_s: 10, cough_every_s: 5}\n"
                           "  - {kind: lie, duration_s: 10, cough_every_s: 3}\n"
                           "  - {kind: lie, duration_s: 8, lie_side: left}\n"
                           "  - {kind: lie, duration_s: 8, lie_side: prone}\n"
                           "  - {kind: lie, duration_s: 8, lie_side: right, blend_s: 2}\n"
                           "  - {kind: sit, duration_s: 8}\n"
                           "  - {kind: stand, duration_s: 6}\n"
                           "  - {kind: lie, duration_s: 6}\n"
                           "  - {kind: stand, duration_s: 6, cough_every_s: 5}\n"
                           "  - {kind: walk, duration_s: 20, cough_every_s: 5}\n";
#define LENGTH_S 96

struct bench {
    struct scenario scenario;
    struct body *body;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    char error[SCENARIO_ERROR];
    *state = bench;
    if (!bench || scenario_load_text(&bench->scenario, "repose", text, strlen(text), error) != 0)
        return -1;
    return body_create(&bench->body, &bench->scenario);
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    body_destroy(bench->body);
    free(bench);
    return 0;
}

static void rates_integrate_and_forces_belong(void **state)
{
    struct bench *bench = *state;
    const double step_s = 0.0005;
    for (int site = 0; site < N_SITES; site++) {
        struct body_cursor cursor = {0};
        struct body_state now;
        double q[4], worst_rad = 0, force_world[3], up[3];
        body_at(bench->body, &cursor, (enum site)site, 1, &now);
        memcpy(q, now.q_world_from_segment, sizeof q);
        for (int i = 0; i < (LENGTH_S - 1) * 2000; i++) {
            double t_s = 1 + i * step_s;
            body_at(bench->body, &cursor, (enum site)site, t_s + step_s / 2, &now);
            integrate(q, now.rate_segment, step_s);
            if (i % 10)
                continue;
            body_at(bench->body, &cursor, (enum site)site, t_s + step_s, &now);
            worst_rad = fmax(worst_rad, 2 * acos(fmin(fabs(dot(q, now.q_world_from_segment, 4)), 1)));
            rotate(now.q_world_from_segment, now.force_segment, force_world);
            double back[4] = {now.q_world_from_segment[0], -now.q_world_from_segment[1], -now.q_world_from_segment[2],
                              -now.q_world_from_segment[3]};
            rotate(back, (const double[3]){0, 0, 1}, up);
            assert_true(fabs(dot(now.q_world_from_segment, now.q_world_from_segment, 4) - 1) < 1e-8);
            assert_true(fabs(-up[0] - sin(now.angle[0])) < 1e-6);
            for (int k = 0; k < 3; k++)
                assert_true(fabs(force_world[k] - now.acc_world[k] - (k == 2 ? SIM_GRAVITY : 0)) < 1e-6);
        }
        if (worst_rad > 0.05 * RAD)
            fail_msg("%s drifts by %g degrees", site_names[site], worst_rad / RAD);
    }
}

// Which way is up, in the axes of every segment of the trunk: forward on the back, to the right on the left side.
static void gravity_comes_from_below(void **state)
{
    struct bench *bench = *state;
    const struct {
        double t_s, up[3];
    } cases[] = {{4, {0, 0, 1}},  {15, {0, 0, 1}},   {25, {1, 0, 0}},   {33, {0, -1, 0}}, {41, {-1, 0, 0}},
                 {49, {0, 1, 0}}, {57.5, {0, 0, 1}}, {69.5, {1, 0, 0}}, {75, {0, 0, 1}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int site = SITE_HEAD; site <= SITE_ABDOMEN; site++) {
            struct body_cursor cursor = {0};
            struct body_state now;
            body_at(bench->body, &cursor, (enum site)site, cases[i].t_s, &now);
            double size = sqrt(dot(now.force_segment, now.force_segment, 3));
            double off = acos(dot(now.force_segment, cases[i].up, 3) / size);
            assert_true(fabs(size - SIM_GRAVITY) < 0.5);
            if (off > 20 * RAD) // sitting the pelvis and the neck are bent
                fail_msg("%s at %g s: %g degrees off", site_names[site], cases[i].t_s, off / RAD);
        }
}

// Twice integrated from stand to supine: hips 0.3 m back and 0.42 m down, C7 0.5 m behind them instead of above.
static void the_body_goes_where_it_lies(void **state)
{
    struct bench *bench = *state;
    const struct {
        enum site site;
        double high_m;
    } cases[] = {{SITE_C7, 0.50}, {SITE_SACRUM, 0.10}, {SITE_HEAD, 0.68}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct body_cursor cursor = {0};
        double v[3] = {0}, x[3] = {0}, step_s = 0.0005;
        for (int i = 0; i < 8000; i++) { // 64 … 68 s: the change takes 3 s; before it nothing moves
            struct body_state now;
            body_at(bench->body, &cursor, cases[c].site, 64 + (i + 0.5) * step_s, &now);
            for (int k = 0; k < 3; k++) {
                v[k] += now.acc_world[k] * step_s;
                x[k] += v[k] * step_s;
            }
        }
        double h = cases[c].high_m;
        assert_true(fabs(x[0] + 0.3 + h) < 0.002 && fabs(x[1]) < 0.002 && fabs(x[2] + 0.42 + h) < 0.002);
        assert_true(sqrt(dot(v, v, 3)) < 1e-3);
    }
}

static void people_lean_forward_to_sit_down(void **state)
{
    struct bench *bench = *state;
    struct body_cursor cursor = {0};
    double most[2] = {0, 0}, angle[3];
    for (double t_s = 6; t_s < 9; t_s += 0.01) {
        body_angles_at(bench->body, &cursor, SITE_C7, t_s, angle);
        most[0] = fmax(most[0], angle[0] / RAD);
    }
    for (double t_s = 58; t_s < 61; t_s += 0.01) {
        body_angles_at(bench->body, &cursor, SITE_C7, t_s, angle);
        most[1] = fmax(most[1], angle[0] / RAD);
    }
    assert_true(most[0] > 30 && most[0] < 55 && most[1] > 30 && most[1] < 55);
    body_angles_at(bench->body, &cursor, SITE_C7, 15.9, angle);
    assert_true(fabs(angle[0] / RAD) < 20);
}

// They shake chest and trunk by degrees and the body by some m/s², and leave the breaths as they are.
static void coughs_are_no_breaths(void **state)
{
    struct bench *bench = *state;
    int n = 0;
    struct cough cough;
    double last_s = -1;
    for (double t_s = 0; t_s < LENGTH_S; t_s += 0.05) {
        if (!cough_find(&bench->scenario, t_s, &cough) || cough.start_s == last_s)
            continue;
        last_s = cough.start_s;
        n++;
        assert_in_range(cough.jerks, 2, 3);
        assert_true(cough.until_s - cough.start_s > 0.6 && cough.until_s - cough.start_s < 1.1);
        struct cough_motion motion;
        double chest = 0, trunk = 0, hardest = 0;
        int peaks = 0;
        for (double x = cough.start_s; x < cough.until_s; x += 1e-3) {
            cough_at(&bench->scenario, SITE_T12, x, &motion);
            trunk = fmax(trunk, motion.pitch.value / RAD);
            double before = motion.pitch.first;
            cough_at(&bench->scenario, SITE_T12, x + 1e-3, &motion);
            peaks += before > 0 && motion.pitch.first <= 0;
            cough_at(&bench->scenario, SITE_STERNUM, x, &motion);
            chest = fmax(chest, motion.pitch.value / RAD);
            hardest = fmax(hardest, fabs(motion.moved[0].second));
        }
        assert_true(chest > 3 && chest < 6 && trunk > 2 && trunk < 4 && hardest > 1 && hardest < 4);
        assert_int_equal(peaks, cough.jerks);
    }
    assert_in_range(n, 5, 8); // 1, 2, 1 and 3, where they fit
    static struct scenario calm;
    struct body *body;
    calm = bench->scenario;
    for (int i = 0; i < calm.n_phases; i++)
        calm.phase[i].cough_every_s = 0;
    assert_int_equal(body_create(&body, &calm), 0);
    int64_t hint[2] = {0, 0};
    for (double t_s = 0; t_s < LENGTH_S; t_s += 1) {
        const struct breath *with = breaths_at(body_breaths(bench->body), t_s, &hint[0]);
        const struct breath *without = breaths_at(body_breaths(body), t_s, &hint[1]);
        assert_true(with->start_s == without->start_s && with->depth == without->depth);
    }
    body_destroy(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_integrate_and_forces_belong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gravity_comes_from_below, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_body_goes_where_it_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_lean_forward_to_sit_down, set_up, tear_down),
        cmocka_unit_test_setup_teardown(coughs_are_no_breaths, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
