// SPDX-License-Identifier: GPL-3.0-or-later
// Contacts, toe-off and foot of synthetic runners and walkers: instants, sides, starts, stops, missing sites.
#include "check.h"

#include "dsp/vec.h"
#include "gait/gait.h"
#include "motion_maker.h"

#include <string.h>

#define RUN_INSTANT_MS  12.0 // spread of the contacts about their mean
#define CONTACT_MS      12.0
#define WALK_INSTANT_MS 15.0
#define LATENCY_MS      250.0

#define EVENTS 512

struct scene {
    struct gait *gait;
    int64_t k;
    int site;
    double step_hz, duty, fore, side, noise;
    double sway; // m/s^2 up and down, every 2 s
    bool running, lame, worn, stumbles;
    double steps; // phase: a contact at every whole number, the left foot's at even ones
    double truth[EVENTS];
    int n_truth;
    double at[EVENTS], late[EVENTS], contact_ms[EVENTS];
    int foot[EVENTS], n, n_steps;
    float confidence[EVENTS];
};

static struct gait_params defaults;

static int take_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_gait_settings; i++)
        memcpy((char *)&defaults + gait_settings[i].offset, &gait_settings[i].def, sizeof(double));
    return 0;
}

static struct scene *begin(int site)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    scene.site = site;
    scene.worn = true;
    assert_int_equal(gait_create(&scene.gait, &defaults), 0);
    return &scene;
}

// Vertical force of a half sine whose mean over the step is 1 g; braking, then propulsion.
static void run_forces(const struct scene *c, double phase, double force[3])
{
    double stance = 2 * c->duty, x = phase / stance; // duty is of the stride
    // Every eighth step the foot slips and catches itself: for a moment of the stance nothing carries.
    bool slips = c->stumbles && fmod(floor(c->steps), 8) == 5 && x > 0.45 && x < 0.7;
    bool down = x < 1 && !slips;
    force[2] = GRAVITY * ((down ? PI / 2 / stance * sin(PI * x) : 0) - 1);
    force[0] = down ? -c->fore * sin(2 * PI * x) : 0;
}

// Peaks of the vertical and falls of the forward acceleration just after contact.
static void walk_forces(const struct scene *c, double phase, double force[3])
{
    force[2] = 2.5 * cos(2 * PI * (phase - 0.08));
    force[0] = -c->fore * sin(2 * PI * (phase - 0.03));
}

static void go(struct scene *c, double seconds)
{
    struct contact_result contact;
    struct step_result step;
    double frame;
    for (int i = 0; i < (int)lround(seconds * 100); i++) {
        struct motion m;
        struct gait_phase phase;
        motion_begin(&m, c->k, c->worn ? SITE_BIT(c->site) : 0);
        double sum[3] = {0};
        for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
            double force[3] = {0}, before = c->steps;
            // A limp: every second step is longer.
            double rate = c->step_hz * (c->lame ? (fmod(floor(c->steps), 2) == 0 ? 0.92 : 1.1) : 1);
            c->steps += rate * 1e-3;
            if (c->step_hz > 0 && floor(c->steps) > floor(before) && c->n_truth < EVENTS)
                c->truth[c->n_truth++] = (double)(c->k * 10 + f);
            if (c->step_hz > 0) {
                (c->running ? run_forces : walk_forces)(c, fmod(c->steps, 1), force);
                // After a left contact the trunk falls to the right.
                force[1] = -c->side * sin(PI * c->steps);
            }
            force[2] += c->sway * sin(PI * 1e-3 * (double)(c->k * 10 + f));
            for (int a = 0; a < 3; a++)
                sum[a] += force[a] + c->noise * check_normal();
            m.acc_up[c->site][f] = (float)(force[2] + c->noise * check_normal());
        }
        for (int a = 0; a < 3; a++)
            m.acc_level[c->site][a] = (float)(sum[a] / FRAME_BLOCK_LEN);
        m.has_level = c->worn ? SITE_BIT(c->site) : 0;
        c->k++;
        gait_step(c->gait, &m, &phase);
        while (gait_pull_contact(c->gait, &contact, &frame)) {
            assert_true(c->n < EVENTS);
            c->foot[c->n] = contact.foot;
            c->confidence[c->n] = contact.confidence;
            c->late[c->n] = (double)m.index - frame;
            c->at[c->n++] = frame;
        }
        while (gait_pull_step(c->gait, &step, &frame)) {
            assert_true(c->n_steps < EVENTS);
            c->contact_ms[c->n_steps++] = (double)step.contact_ms;
        }
    }
}

// Contacts found from frame on against the truth: spread about their mean; every one found once.
static double spread_ms(const struct scene *c, double from, double to)
{
    double sum = 0, squared = 0;
    int n = 0, found = 0;
    for (int i = 0; i < c->n; i++)
        found += c->at[i] >= from && c->at[i] < to;
    for (int t = 0; t < c->n_truth; t++) {
        if (c->truth[t] < from || c->truth[t] >= to)
            continue;
        double best = 1e9;
        for (int i = 0; i < c->n; i++)
            if (fabs(c->at[i] - c->truth[t]) < fabs(best))
                best = c->at[i] - c->truth[t];
        assert_true(fabs(best) < 60);
        sum += best;
        squared += best * best;
        n++;
    }
    assert_true(n > 5 && abs(found - n) <= 1);
    return sqrt(fmax(squared / n - sum / n * (sum / n), 0));
}

static double right_share(const struct scene *c, double from)
{
    int right = 0, n = 0;
    for (int i = 0; i < c->n; i++) {
        if (c->at[i] < from)
            continue;
        int nearest = 0;
        for (int t = 0; t < c->n_truth; t++)
            if (fabs(c->truth[t] - c->at[i]) < fabs(c->truth[nearest] - c->at[i]))
                nearest = t;
        n++;
        right += c->foot[i] == (nearest % 2 == 0 ? FOOT_RIGHT : FOOT_LEFT); // the first whole number is 1
    }
    return (double)right / n;
}

static void check_latency(const struct scene *c)
{
    for (int i = 0; i < c->n; i++)
        assert_true(c->late[i] <= LATENCY_MS);
}

static void runners_of_many_cadences(void **state)
{
    (void)state;
    for (double spm = 145; spm <= 205; spm += 15)
        for (double duty = 0.26; duty < 0.45; duty += 0.06) {
            struct scene *c = begin(SITE_SACRUM);
            c->running = true;
            c->step_hz = spm / 60;
            c->duty = duty;
            c->fore = 4.5;
            c->side = 1.5;
            c->noise = 0.3;
            go(c, 2);
            go(c, 18);
            double end = (double)c->k * 10 - 500, spread = spread_ms(c, 3000, end);
            double contact = 0;
            for (int i = 10; i < c->n_steps; i++)
                contact += c->contact_ms[i] / (c->n_steps - 10);
            printf("%.0f spm, duty %.2f: spread %.1f ms, contact %.0f of %.0f ms, foot %.2f\n", spm, duty, spread,
                   contact, 2 * duty * 60000 / spm, right_share(c, 5000));
            assert_near(spread, 0, RUN_INSTANT_MS);
            assert_near(contact, 2 * duty * 60000 / spm, CONTACT_MS);
            assert_true(right_share(c, 5000) > 0.95);
            check_latency(c);
            gait_destroy(c->gait);
        }
}

static void walkers_even_and_lame(void **state)
{
    (void)state;
    for (double spm = 80; spm <= 130; spm += 10)
        for (int lame = 0; lame < 2; lame++) {
            struct scene *c = begin(SITE_T12);
            c->step_hz = spm / 60;
            c->lame = lame;
            c->fore = 1.5;
            c->side = 1;
            c->noise = 0.2;
            go(c, 25);
            double spread = spread_ms(c, 4000, (double)c->k * 10 - 500);
            printf("walking %.0f%s: spread %.1f ms, foot %.2f\n", spm, lame ? " lame" : "", spread,
                   right_share(c, 6000));
            assert_near(spread, 0, WALK_INSTANT_MS);
            assert_true(right_share(c, 6000) > 0.97);
            check_latency(c);
            gait_destroy(c->gait);
        }
}

// Standing makes no contacts, a stop ends them, and the last step says that no other came.
static void standing_and_stopping(void **state)
{
    (void)state;
    struct scene *c = begin(SITE_SACRUM);
    c->noise = 0.3;
    go(c, 20);
    c->sway = 0.7; // shifting one's weight: as much as the weakest steps within a walk, and no walk
    go(c, 20);
    c->sway = 0;
    assert_int_equal(c->n, 0);
    c->running = true;
    c->step_hz = 2.8;
    c->duty = 0.34;
    c->fore = 3;
    go(c, 10);
    int running = c->n;
    assert_true(running > 22);
    c->step_hz = 0;
    go(c, 20);
    assert_true(c->n <= running + 2);
    assert_int_equal(c->n_steps, c->n); // every step was told
    gait_destroy(c->gait);
}

static void a_stumble_is_one_step(void **state)
{
    (void)state;
    struct scene *c = begin(SITE_SACRUM);
    c->running = c->stumbles = true;
    c->step_hz = 2.8;
    c->duty = 0.34;
    c->fore = 3;
    go(c, 30);
    int found = 0, n = 0;
    for (int i = 0; i < c->n; i++)
        found += c->at[i] >= 3000 && c->at[i] < 29000;
    for (int i = 0; i < c->n_truth; i++)
        n += c->truth[i] >= 3000 && c->truth[i] < 29000;
    printf("%d steps found of %d, nine of them stumbled\n", found, n);
    assert_true(abs(found - n) <= 1);
    gait_destroy(c->gait);
}

static void a_lost_site_makes_no_steps(void **state)
{
    (void)state;
    struct scene *c = begin(SITE_SACRUM);
    c->running = true;
    c->step_hz = 2.8;
    c->duty = 0.34;
    c->fore = 3;
    go(c, 10);
    int before = c->n;
    c->worn = false;
    go(c, 5);
    assert_true(c->n <= before + 1);
    c->worn = true;
    go(c, 10);
    assert_true(c->n > before + 20);
    gait_destroy(c->gait);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runners_of_many_cadences),   cmocka_unit_test(walkers_even_and_lame),
        cmocka_unit_test(standing_and_stopping),      cmocka_unit_test(a_stumble_is_one_step),
        cmocka_unit_test(a_lost_site_makes_no_steps),
    };
    return cmocka_run_group_tests(tests, take_defaults, NULL);
}
