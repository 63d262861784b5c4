// SPDX-License-Identifier: GPL-3.0-or-later
// How unequal breaths are, against a synthetic truth; and that posture which sways is not called so.
#include "check.h"

#include "breath_run.h"

#define CV_TOLERANCE_PCT 4.0
#define CV_TOLERANCE     0.12 // of the truth: twenty breaths at a time vary less than all
#define WILD_PCT         40.0 // the limit of findings
#define SWAY_MOST        0.05 // of the seconds; with every length counted it is an eighth to a half
#define N_SEEDS          3

struct kind {
    const char *name;
    struct maker m;
};

// Somebody who sways and does not breathe, or not so that it could be seen, and a spectrum that takes it for a breath.
static void swaying_is_no_wild_breath(void **state)
{
    (void)state;
    static struct maker m;
    int known = 0, wild = 0, seconds = 0;
    for (int seed = 0; seed < 2 * N_SEEDS; seed++) {
        m = (struct maker){SEATED(400, 0.1, 20), .rate_bpm = 15};
        m.chest_deg = m.abdomen_deg = 1e-3;
        maker_make(&m);
        const struct outcome *out = breath_run(&m, &(struct run_options){.says_hz = 0.2});
        for (int t = 0; t < m.n / MAKER_HZ; t++) {
            seconds++;
            known += isfinite(out->cv_pct[t]);
            wild += out->cv_pct[t] > WILD_PCT;
        }
    }
    printf("swaying: variation known %.2f, above %.0f %%: %.3f\n", (double)known / seconds, WILD_PCT,
           (double)wild / seconds);
    assert_true(wild <= SWAY_MOST * seconds);
}

static double true_cv_pct(const struct maker *m, double from_s)
{
    double sum = 0, square = 0;
    int n = 0;
    for (int k = 0; k + 1 < m->n_breaths; k++)
        if (m->onset_s[k] >= from_s) {
            double length = m->onset_s[k + 1] - m->onset_s[k];
            sum += length;
            square += length * length;
            n++;
        }
    return 100 * sqrt((square - sum * sum / n) / (n - 1)) / (sum / n);
}

static void variability_is_that_of_the_breaths(void **state)
{
    (void)state;
    static const struct kind kinds[] = {
        {"run, 3 %", {RUNNING(300, 0.03, 0.5), .rate_bpm = 38}},
        {"run, 15 %", {RUNNING(300, 0.15, 0.5), .rate_bpm = 38}},
        {"rest, 4 %", {SEATED(400, 0.04, 1), .rate_bpm = 14}},
        {"rest, 10 %", {SEATED(400, 0.1, 1), .rate_bpm = 14}},
        {"rest, 30 %", {SEATED(400, 0.3, 1), .rate_bpm = 14}},
        {"rest, 43 %", {SEATED(400, 0.55, 1), .rate_bpm = 16}},
        {"rest, 57 %", {SEATED(400, 0.85, 1), .rate_bpm = 14}},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        static struct maker m;
        double mean = 0, truth = 0;
        for (int seed = 0; seed < N_SEEDS; seed++) {
            m = kinds[k].m;
            maker_make(&m);
            const struct outcome *out = breath_run(&m, &(struct run_options){0});
            int n = 0;
            double sum = 0;
            for (int t = 100; t < m.n / MAKER_HZ; t++)
                if (isfinite(out->cv_pct[t])) {
                    sum += (double)out->cv_pct[t];
                    n++;
                }
            assert_true(n > 0.9 * (m.n / MAKER_HZ - 100));
            mean += sum / n / N_SEEDS;
            truth += true_cv_pct(&m, 60) / N_SEEDS;
        }
        printf("%-22s variability %.1f %%, truth %.1f %%\n", kinds[k].name, mean, truth);
        assert_near(mean, truth, fmax(CV_TOLERANCE_PCT, CV_TOLERANCE * truth));
    }
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swaying_is_no_wild_breath),
        cmocka_unit_test(variability_is_that_of_the_breaths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
