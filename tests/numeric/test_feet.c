// SPDX-License-Identifier: GPL-3.0-or-later
// Feet with a gyro: a foot whose rate has the shape of a walking foot's (a swing with two still moments, a slap, a flat
// sole, a lift) at known instants, its roll while it stands known too; and a runner's foot that rolls.
#include "check.h"
#include "gait/feet.h"
#include "motion_maker.h"

#define STRIDE_MS            1000
#define CONTACT_AT           450.0 // of the stride, where the swing ends and the slap begins
#define LIFT_AT              30.0  // fastest turn: toe-off
#define STRIDES              20
#define ROLL_DEG             9.0
#define CONTACT_TOLERANCE_MS 25
#define TOE_OFF_TOLERANCE_MS 25

static double bump(double ms, double centre, double half_width, double height)
{
    double x = (ms - centre) / half_width;
    return fabs(x) < 1 ? height / 2 * (1 + cos(PI * x)) : 0;
}

static double plateau(double ms, double centre, double half_width, double height)
{
    double x = (ms - centre) / half_width;
    return fabs(x) < 1 ? height * (1 - pow(x, 6)) : 0;
}

static double rate_at(double ms) // rad/s, of a foot in a stride that begins near toe-off
{
    double t = fmod(ms, STRIDE_MS);
    return bump(t, LIFT_AT, 110, 8) + bump(t, LIFT_AT + STRIDE_MS, 110, 8) - plateau(t, 270, 180, 3.2) +
           bump(t, CONTACT_AT + 40, 45, 5);
}

static double stand_at(double ms) // share of the stance, 0 … 1; negative in the swing
{
    double t = fmod(ms, STRIDE_MS) - CONTACT_AT;
    return t / (STRIDE_MS - CONTACT_AT);
}

static void walk(struct feet *feet, uint32_t worn, int blocks, struct step *steps, int *n_steps, struct step *contacts,
                 int *n_contacts, double *latest)
{
    static const int sites[2] = {SITE_FOOT_LEFT, SITE_FOOT_RIGHT};
    struct motion m;
    feet_reset(feet);
    *n_steps = *n_contacts = 0;
    *latest = 0;
    for (int64_t b = 0; b < blocks; b++) {
        motion_begin(&m, b, worn);
        for (int foot = 0; foot < 2; foot++) {
            double ms = (double)(b * FRAME_BLOCK_LEN) + 4.5 + (foot == FOOT_LEFT ? 0 : STRIDE_MS / 2.0);
            m.rate[sites[foot]][1] = (float)(rate_at(ms) + 0.05 * check_normal());
            double stand = stand_at(ms);
            m.roll_deg[sites[foot]] =
                (float)(stand > 0 ? ROLL_DEG * fmin(stand / 0.4, 1) : (stand > -0.2 ? 0 : 20 * sin(ms / 50)));
        }
        feet_push(feet, &m);
        while (feet_pull_contact(feet, &contacts[*n_contacts])) {
            *latest = fmax(*latest, (double)m.index - contacts[*n_contacts].contact_frame);
            ++*n_contacts;
        }
        while (feet_pull_step(feet, &steps[*n_steps]))
            ++*n_steps;
    }
}

// The nearest contact of this foot to an instant, in ms from it.
static double off(const struct step *step)
{
    double begun = step->contact_frame + (step->foot == FOOT_LEFT ? 0 : STRIDE_MS / 2.0) - CONTACT_AT;
    return begun - STRIDE_MS * round(begun / STRIDE_MS);
}

static void test_both_feet(void **state)
{
    (void)state;
    static struct feet feet;
    struct step steps[4 * STRIDES], contacts[4 * STRIDES];
    int n_steps, n_contacts;
    double latest;
    walk(&feet, SITE_BIT(SITE_FOOT_LEFT) | SITE_BIT(SITE_FOOT_RIGHT), STRIDES * STRIDE_MS / FRAME_BLOCK_LEN, steps,
         &n_steps, contacts, &n_contacts, &latest);
    assert_in_range(n_contacts, 2 * STRIDES - 3, 2 * STRIDES);
    assert_in_range(n_steps, 2 * STRIDES - 6, 2 * STRIDES);
    assert_true(latest <= 260);
    for (int i = 0; i < n_contacts; i++) {
        assert_near(off(&contacts[i]), 0, CONTACT_TOLERANCE_MS);
        if (i > 0)
            assert_int_not_equal(contacts[i].foot, contacts[i - 1].foot);
    }
    for (int i = 0; i < n_steps; i++) {
        assert_near(steps[i].next_frame - steps[i].contact_frame, STRIDE_MS / 2.0, 2 * CONTACT_TOLERANCE_MS);
        assert_near(steps[i].toe_off_frame - steps[i].contact_frame, STRIDE_MS - CONTACT_AT + LIFT_AT,
                    CONTACT_TOLERANCE_MS + TOE_OFF_TOLERANCE_MS);
        assert_false(steps[i].running);
    }
    assert_near(feet_eversion_deg(&feet, FOOT_LEFT), ROLL_DEG, 0.7);
    assert_near(feet_eversion_deg(&feet, FOOT_RIGHT), ROLL_DEG, 0.7);
}

// The trunk tells when, the feet which one; also when only one of them is worn.
static void test_side_of_a_contact(void **state)
{
    (void)state;
    static struct feet feet;
    struct step steps[4 * STRIDES], contacts[4 * STRIDES];
    int n_steps, n_contacts;
    double latest;
    const uint32_t worn[] = {SITE_BIT(SITE_FOOT_LEFT) | SITE_BIT(SITE_FOOT_RIGHT), SITE_BIT(SITE_FOOT_LEFT),
                             SITE_BIT(SITE_FOOT_RIGHT)};
    for (int w = 0; w < 3; w++)
        for (int foot = FOOT_LEFT; foot <= FOOT_RIGHT; foot++) {
            double contact = 9 * STRIDE_MS + CONTACT_AT + (foot == FOOT_LEFT ? 0 : STRIDE_MS / 2.0);
            float confidence;
            walk(&feet, worn[w], (int)(contact + FEET_LATE_MS) / FRAME_BLOCK_LEN, steps, &n_steps, contacts,
                 &n_contacts, &latest);
            print_message("worn %d foot %d: left %.2f right %.2f of the top\n", w, foot,
                          foot_turning(&feet.foot[FOOT_LEFT], contact + 40, contact + 180),
                          foot_turning(&feet.foot[FOOT_RIGHT], contact + 40, contact + 180));
            assert_int_equal(feet_side(&feet, contact, &confidence), foot);
            assert_true((double)confidence > 0.7);
        }
    walk(&feet, SITE_BIT(SITE_SACRUM), 500, steps, &n_steps, contacts, &n_contacts, &latest);
    float confidence;
    assert_int_equal(feet_side(&feet, 4000, &confidence), FOOT_UNKNOWN);
    assert_int_equal(n_contacts, 0);
    assert_true(isnan(feet_eversion_deg(&feet, FOOT_LEFT)));
}

static void test_one_foot_has_no_step_time(void **state)
{
    (void)state;
    static struct feet feet;
    struct step steps[4 * STRIDES], contacts[4 * STRIDES];
    int n_steps, n_contacts;
    double latest;
    walk(&feet, SITE_BIT(SITE_FOOT_RIGHT), STRIDES * STRIDE_MS / FRAME_BLOCK_LEN, steps, &n_steps, contacts,
         &n_contacts, &latest);
    assert_in_range(n_steps, STRIDES - 3, STRIDES);
    for (int i = 0; i < n_steps; i++)
        assert_true(isnan(steps[i].next_frame) && !isnan(steps[i].toe_off_frame));
    assert_true(isnan(feet_eversion_deg(&feet, FOOT_LEFT)));
}

// A runner's foot: it slaps, rolls as fast as it slaps while its sole is flat, and pushes off; then two turns in the
// air.
#define RUN_STRIDE_MS  720.0
#define RUN_CONTACT_MS 250.0

struct runner {
    bool turned;                   // sensor the other way round
    double eversion_deg, slap_deg; // slap_deg 0: lands on the midfoot, on a flat sole; below: on the toes
};

static double smooth(double x)
{
    x = fmin(fmax(x, 0), 1);
    return x * x * x * (10 + x * (6 * x - 15));
}

static double runner_pitch_deg(const struct runner *r, double t) // toes down > 0
{
    const double down_at = RUN_CONTACT_MS + 95, up_at = RUN_STRIDE_MS - 70;
    if (t < 112)
        return -r->slap_deg * (1 - smooth(t / 38));
    if (t < down_at)
        return 72 * smooth((t - 112) / (down_at - 112));
    if (t < up_at)
        return 72 - (72 + r->slap_deg + 4) * smooth((t - down_at) / (up_at - down_at));
    return -r->slap_deg - 4 + 4 * smooth((t - up_at) / 70);
}

static double runner_roll_deg(const struct runner *r, double t)
{
    return r->eversion_deg * (t < 100 ? smooth(t / 100) : 1 - smooth((t - 100) / (RUN_CONTACT_MS - 100)));
}

static float run(struct feet *feet, const struct runner *r, int from, int to)
{
    const int site = SITE_FOOT_LEFT;
    struct motion m;
    for (int64_t b = from; b < to; b++) {
        motion_begin(&m, b, SITE_BIT(site));
        double end = fmod((double)((b + 1) * FRAME_BLOCK_LEN), RUN_STRIDE_MS),
               middle = fmod(end + RUN_STRIDE_MS - 5, RUN_STRIDE_MS);
        double pitch = runner_pitch_deg(r, middle + 0.5) - runner_pitch_deg(r, middle - 0.5);
        double roll = runner_roll_deg(r, middle + 0.5) - runner_roll_deg(r, middle - 0.5);
        m.rate[site][0] = (float)(roll * 1000 * PI / 180 + 0.02 * check_normal());
        m.rate[site][1] = (float)(pitch * 1000 * PI / 180 + 0.02 * check_normal());
        m.roll_deg[site] = (float)(runner_roll_deg(r, end) + 3);
        for (int i = 0; i < 2 && r->turned; i++)
            m.rate[site][i] = -m.rate[site][i];
        m.roll_deg[site] *= r->turned ? -1 : 1;
        feet_push(feet, &m);
    }
    return feet_eversion_deg(feet, FOOT_LEFT);
}

static void test_eversion_of_a_runner(void **state)
{
    (void)state;
    static struct feet feet;
    for (double eversion = 2; eversion < 26; eversion += 4)
        for (int turned = 0; turned < 2; turned++) {
            feet_reset(&feet);
            assert_near(run(&feet, &(struct runner){turned, eversion, 12}, 0, 1500), eversion, 1);
        }
}

// Whoever does not land on the heel does not show his contact; and an old answer is none.
static void test_eversion_unknown(void **state)
{
    (void)state;
    static struct feet feet;
    for (double slap = 0; slap > -20; slap -= 6) {
        feet_reset(&feet);
        assert_true(isnan(run(&feet, &(struct runner){false, 12, slap}, 0, 1500)));
    }
    feet_reset(&feet);
    assert_near(run(&feet, &(struct runner){false, 12, 12}, 0, 1500), 12, 1);
    assert_true(isnan(run(&feet, &(struct runner){false, 12, 0}, 1500, 2700)));
}

static void test_contacts_of_a_runner(void **state)
{
    (void)state;
    static struct feet feet;
    for (int turned = 0; turned < 2; turned++) {
        struct step step, contact;
        int n_steps = 0, n_contacts = 0;
        const struct runner runner = {turned, 18, 12};
        feet_reset(&feet);
        for (int b = 0; b < 1500; b++) {
            run(&feet, &runner, b, b + 1);
            while (feet_pull_contact(&feet, &contact)) {
                assert_near(contact.contact_frame - RUN_STRIDE_MS * round(contact.contact_frame / RUN_STRIDE_MS), 0,
                            CONTACT_TOLERANCE_MS);
                n_contacts++;
            }
            while (feet_pull_step(&feet, &step)) {
                assert_near(step.toe_off_frame - step.contact_frame, RUN_CONTACT_MS,
                            CONTACT_TOLERANCE_MS + TOE_OFF_TOLERANCE_MS);
                assert_true(step.running);
                n_steps++;
            }
        }
        assert_in_range(n_contacts, 18, 21);
        assert_in_range(n_steps, n_contacts - 1, n_contacts);
    }
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_feet),
        cmocka_unit_test(test_side_of_a_contact),
        cmocka_unit_test(test_one_foot_has_no_step_time),
        cmocka_unit_test(test_contacts_of_a_runner),
        cmocka_unit_test(test_eversion_of_a_runner),
        cmocka_unit_test(test_eversion_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
