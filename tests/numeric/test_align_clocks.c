// SPDX-License-Identifier: GPL-3.0-or-later
// Long runs of bad clocks, and chips whose sources share one: errors of time against the truth.
#include "align_rig.h"

#include "align/chip.h"

#define ALIGNED_S 200e-6 // everywhere after the start, with 100 us of jitter
// A stamp that is half a period off, five sigmas of the jitter, beside a lost sample is taken for the other one: two
// frames, one run in 25. The default seed has none.
#define MISTAKEN     4
#define NO_DRIFT_S   5e-6 // between the means of the first and of the last minute
#define WITHIN       1e-6 // relative, of a rate
#define SETTLE_S     1.0
#define GOOD_JITTER  20e3
#define BAD_JITTER   1e6
#define SHARED_RATE  0.05e-6 // a shared rate is as good as the better half's
#define SHARED_RMS_S 10e-6   // of the bad half's instants in the second minute: 1 ms / sqrt(2 * 40000) is 3.5 us
#define EXACT_RMS_S  2e-6

static double rate_error(const struct rig *rig, const struct status_result *status, int i)
{
    const struct rig_device *d = &rig->device[i];
    return (1 + (double)status->site[d->site].ppm * 1e-6) * d->claim_hz / d->rate_hz - 1;
}

static void thirty_minutes_of_bad_clocks(void **state)
{
    (void)state;
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    rig_add(&rig, 1010, 100e3, 1000, NULL)->drop = 0.02;
    rig_add(&rig, 990, 100e3, 1000, NULL)->drop = 0.02;
    rig.limit_s = ALIGNED_S;
    rig_run(&rig, 30 * 60);
    struct status_result status = rig_finish(&rig);
    for (int i = 0; i < 2; i++) {
        double first = rig_mean_s(&rig, i, 1), last = rig_mean_s(&rig, i, 29);
        const struct site_status *s = &status.site[i];
        printf("%.0f Hz: worst %.1f us, %ld frames beyond 200 us; mean %.2f us in the second minute, %.2f us in the "
               "last; %u gaps, %u missed\n",
               rig.device[i].rate_hz, rig.worst_s[i] * 1e6, rig.beyond[i], first * 1e6, last * 1e6, s->gaps, s->missed);
        assert_true(rig.beyond[i] <= MISTAKEN);
        assert_near(last - first, 0, NO_DRIFT_S);
        assert_near(rate_error(&rig, &status, i), 0, WITHIN);
        assert_int_equal(s->gaps, rig.device[i].gaps);
        assert_int_equal(s->missed, rig.device[i].missed);
        assert_true(rig.bridged[i] > 30000);
        assert_near((double)rig.valid[i], (double)rig.frames,
                    1500); // the start is waited for at one end, not the other
    }
    printf("one against the other: worst %.1f us\n", rig.worst_apart_s * 1e6);
    if (rig.beyond[0] + rig.beyond[1] == 0)
        assert_near(rig.worst_apart_s, 0, ALIGNED_S);
    assert_int_equal(status.counters.invalid, 0);
    assert_int_equal(status.counters.in, rig.device[0].sent + rig.device[1].sent);
}

struct split {
    double rate_error, rms_s, worst_s;
};

// Two minutes of a chip whose second half's stamps are poor; what became of that half.
static struct split run_split(const char *chip)
{
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    rig_add(&rig, 1007, GOOD_JITTER, 1007, chip);
    rig_add(&rig, 1007, BAD_JITTER, 1007, chip);
    rig_run(&rig, 120);
    struct status_result status = rig_finish(&rig);
    assert_int_equal(status.counters.invalid, 0);
    assert_near(rig.worst_s[0], 0, 20e-6);
    assert_near(rig_rms_s(&rig, 0, 1), 0, EXACT_RMS_S);
    return (struct split){fabs(rate_error(&rig, &status, 1)), rig_rms_s(&rig, 1, 1), rig.worst_s[1]};
}

static void the_halves_of_a_chip_share_one_rate(void **state)
{
    (void)state;
    enum { RUNS = 10 };
    struct split one = {0}, two = {0};
    for (int i = 0; i < RUNS; i++) {
        struct split shared = run_split("lsm6dso"), apart = run_split(NULL);
        one.rate_error = fmax(one.rate_error, shared.rate_error);
        two.rate_error += apart.rate_error / RUNS;
        one.rms_s += shared.rms_s / RUNS;
        two.rms_s += apart.rms_s / RUNS;
        one.worst_s += shared.worst_s / RUNS;
        two.worst_s += apart.worst_s / RUNS;
    }
    printf("1 ms of jitter beside 20 us: rate off by %.3f ppm at most, rms %.1f us, worst %.0f us; as chips of their "
           "own: %.3f ppm, %.1f us, %.0f us\n",
           one.rate_error * 1e6, one.rms_s * 1e6, one.worst_s * 1e6, two.rate_error * 1e6, two.rms_s * 1e6,
           two.worst_s * 1e6);
    assert_near(one.rate_error, 0, SHARED_RATE);
    assert_near(one.rms_s, 0, SHARED_RMS_S);
    assert_true(two.rate_error > 4 * one.rate_error);
    assert_true(one.rms_s < 0.8 * two.rms_s);
    assert_true(one.worst_s < 0.8 * two.worst_s);
}

static void halves_of_different_rates_keep_their_ratio(void **state)
{
    (void)state;
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    rig_add(&rig, 845, GOOD_JITTER, 833, "lsm6dso"); // as the driver claims them; in truth 2 : 1
    rig_add(&rig, 422.5, BAD_JITTER, 416, "lsm6dso");
    rig_run(&rig, 120);
    struct status_result status = rig_finish(&rig);
    printf("845 and 422.5 Hz: %.3f and %.3f ppm, rms %.1f and %.1f us\n", rate_error(&rig, &status, 0) * 1e6,
           rate_error(&rig, &status, 1) * 1e6, rig_rms_s(&rig, 0, 1) * 1e6, rig_rms_s(&rig, 1, 1) * 1e6);
    assert_near(rate_error(&rig, &status, 0), 0, SHARED_RATE);
    assert_near(rate_error(&rig, &status, 1), 0, SHARED_RATE);
    assert_near(rig_rms_s(&rig, 1, 1), 0, 2 * SHARED_RMS_S);
}

// Named as one chip, but with oscillators of their own: whatever the difference, they must not be forced together.
static void a_chip_that_is_none_falls_apart(void **state)
{
    (void)state;
    static const double other_hz[] = {1030, 1008, 1007.1, 1007.01, 1007.002};
    for (size_t i = 0; i < sizeof other_hz / sizeof other_hz[0]; i++) {
        static struct rig rig;
        rig_create(&rig, SETTLE_S);
        rig_add(&rig, 1007, GOOD_JITTER, 1000, "one");
        rig_add(&rig, other_hz[i], GOOD_JITTER, 1000, "one");
        rig_run(&rig, 90);
        struct status_result status = rig_finish(&rig);
        printf("1007 and %.3f Hz under one name: worst %.1f and %.1f us\n", other_hz[i], rig.worst_s[0] * 1e6,
               rig.worst_s[1] * 1e6);
        for (int k = 0; k < 2; k++) {
            assert_near(rig.worst_s[k], 0, ALIGNED_S);
            assert_near(rate_error(&rig, &status, k), 0, 0.2e-6);
        }
    }
}

static void lose(struct rig *rig, int i)
{
    struct device_event lost = {
        .source = (uint16_t)i, .site = (uint16_t)rig->device[i].site, .state = DEVICE_LOST, .reason = "unplugged"};
    align_push_device(rig->align, &lost);
    rig_drain(rig);
}

static void a_lost_half_leaves_the_other_alone_and_rejoins(void **state)
{
    (void)state;
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    rig_add(&rig, 1007, BAD_JITTER, 1007, "lsm6dso");
    struct rig_device *back = rig_add(&rig, 1007, GOOD_JITTER, 1007, "lsm6dso");
    rig_run(&rig, 60);
    rig_forget_errors(&rig);
    lose(&rig, 1);
    for (long n = 0; n < 3 * 1007; n++)
        rig_lose(back);
    rig_run(&rig, 120);
    struct status_result status = rig_finish(&rig);
    printf("without the good half for 3 s: the other's worst error %.1f us; both off by %.3f and %.3f ppm\n",
           rig.worst_s[0] * 1e6, rate_error(&rig, &status, 0) * 1e6, rate_error(&rig, &status, 1) * 1e6);
    assert_near(rig.worst_s[0], 0, 60e-6);
    assert_near(rig.worst_s[1], 0, ALIGNED_S);
    for (int i = 0; i < 2; i++)
        assert_near(rate_error(&rig, &status, i), 0, SHARED_RATE);
    assert_int_equal(status.site[0].gaps, 0);
    assert_int_equal(status.site[1].gaps, 1);
    assert_near(status.site[1].missed, 3 * 1007, 2);
}

static void what_a_silent_half_knows_grows_old(void **state)
{
    (void)state;
    static struct clock_model half[2];
    struct chip chip = {.n = 2, .half = {&half[0], &half[1]}};
    for (int i = 0; i < 2; i++) {
        half[i] = (struct clock_model){.standing = true, .nominal = 1 + i, .base_ns = i};
        half[i].fit.memory_ns = 40e9;
        fit_begin(&half[i].fit, 60e9, 1e6 * (1 + i), 20e3, 1000, 1000);
    }
    struct clock_hint fresh = chip_hint(&chip, &half[0]);
    assert_near(fresh.period_ns, 1e6, 1e-6); // the other's is twice as long by its nature
    assert_near(fresh.variance, 12 * 20e3 * 20e3 / 1e9 / 4, 1e-9);
    half[0].fit.at_ns += 20e9;
    assert_near(chip_hint(&chip, &half[0]).variance, 2 * fresh.variance, 1e-6);
    half[0].fit.at_ns += 30e9;
    assert_near(chip_hint(&chip, &half[0]).period_ns, 0, 0);
    half[0].fit.at_ns -= 50e9;
    half[1].standing = false;
    assert_near(chip_hint(&chip, &half[0]).period_ns, 0, 0);
    half[1].standing = half[1].fit.apart = true;
    assert_near(chip_hint(&chip, &half[0]).period_ns, 0, 0);
    assert_near(chip_ratio(833, 416), 0.5, 0);
    assert_near(chip_ratio(200, 500), 2.5, 0);
    assert_near(chip_ratio(104, 833), 8, 0);
    assert_near(chip_ratio(0, 833), 1, 0);
}

// What an import of a table looks like: one stamp for the samples of all sites.
static void many_sources_with_one_stamp_share_a_clock(void **state)
{
    (void)state;
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    for (int i = 0; i < RIG_DEVICES; i++)
        rig_add(&rig, 101, 0, 100, "csv")->t_s = RIG_START_S;
    for (int n = 0; n < 60 * 101; n++) {
        bool lost = n > 0 && check_uniform() < 0.02;
        int64_t stamp_ns = log_quantise_ns(llround(rig.device[0].t_s * 1e9 + 300e3 * check_normal()));
        for (int i = 0; i < RIG_DEVICES; i++) {
            struct raw_block block = {.source = (uint16_t)i};
            if (lost)
                rig_lose(&rig.device[i]);
            else
                rig_append(&rig.device[i], &block, stamp_ns);
            rig_push(&rig, &block);
        }
    }
    struct status_result status = rig_finish(&rig);
    printf("%d sites, one stamp: worst %.1f us, apart %.3f us\n", RIG_DEVICES, rig.worst_s[0] * 1e6,
           rig.worst_apart_s * 1e6);
    for (int i = 0; i < RIG_DEVICES; i++) {
        assert_near(rig.worst_s[i], 0, ALIGNED_S);
        assert_int_equal(status.site[i].gaps, rig.device[i].gaps);
        assert_int_equal(status.site[i].missed, rig.device[i].missed);
    }
    assert_near(rig.worst_apart_s, 0, 0.1e-6);
    assert_int_equal(status.counters.invalid, 0);
}

// What found no room in a reader's ring never comes here; the reader tells how many they were.
static void what_readers_dropped_is_counted(void **state)
{
    (void)state;
    static struct rig rig;
    rig_create(&rig, SETTLE_S);
    rig_add(&rig, 1000, GOOD_JITTER, 1000, NULL);
    rig_run(&rig, 2);
    const struct device_event event = {
        .source = 0, .site = (uint16_t)rig.device[0].site, .state = DEVICE_DROPPED, .n_dropped = 7};
    align_push_device(rig.align, &event);
    align_push_device(rig.align, &event);
    rig_run(&rig, 4);
    struct status_result status = rig_finish(&rig);
    const struct sample_counters *c = &status.counters;
    assert_int_equal(c->dropped, 14);
    assert_int_equal(c->in, rig.device[0].sent + 14);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_minutes_of_bad_clocks),
        cmocka_unit_test(the_halves_of_a_chip_share_one_rate),
        cmocka_unit_test(halves_of_different_rates_keep_their_ratio),
        cmocka_unit_test(a_chip_that_is_none_falls_apart),
        cmocka_unit_test(a_lost_half_leaves_the_other_alone_and_rejoins),
        cmocka_unit_test(what_a_silent_half_knows_grows_old),
        cmocka_unit_test(many_sources_with_one_stamp_share_a_clock),
        cmocka_unit_test(what_readers_dropped_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
