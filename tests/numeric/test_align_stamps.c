// SPDX-License-Identifier: GPL-3.0-or-later
// Stamps that lie: backlogs, repeated and coarse ones, backward ones, steps, jumps. One device at 1003 Hz with 50 us of
// jitter; whatever happens, its instants must soon be right again, its rate stay, and every sample be accounted for.
#include "align_rig.h"

#define RATE_HZ   1003.0
#define JITTER_NS 50e3
#define ALIGNED_S 200e-6
#define SOON_S    0.1    // by then they must be
#define WITHIN    2e-6   // relative, of the rate after half a minute
#define KEPT      0.5e-6 // of the rate a second after a step
#define FAULT_S   30.0

static struct rig rig;

static struct rig_device *start_at(double rate_hz)
{
    rig_create(&rig, 1);
    return rig_add(&rig, rate_hz, JITTER_NS, rate_hz, NULL);
}

static struct rig_device *start(void)
{
    return start_at(RATE_HZ);
}

// Runs on from a fault that ended at from_s and checks that the errors after a settling time are small again.
static void recovers(double from_s, double within_s)
{
    rig_run(&rig, from_s);
    rig_forget_errors(&rig);
    rig.settle_s = from_s + within_s;
    rig_run(&rig, from_s + 5);
    if (fabs(rig.worst_s[0]) > ALIGNED_S)
        fail_msg("still off by %.0f us at %.3f s", rig.worst_s[0] * 1e6, rig.worst_at_s);
    struct status_result status = rig_status(&rig);
    assert_near(status.site[0].ppm, 0, WITHIN * 1e6);
}

static struct status_result counts(long gaps, long missed, long invalid)
{
    struct status_result status = rig_finish(&rig);
    assert_int_equal(status.counters.in, rig.device[0].sent);
    assert_int_equal(status.counters.invalid, invalid);
    assert_int_equal(status.site[0].gaps, gaps);
    assert_int_equal(status.site[0].missed, missed);
    return status;
}

static void a_backlog_is_no_gap(void **state)
{
    (void)state;
    static const int held[] = {1, 2, 5, 12, 40};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        struct rig_device *d = start();
        d->hold_s = RIG_START_S + FAULT_S;
        d->release_s = d->hold_s + (held[i] + 0.3) / RATE_HZ;
        rig_run(&rig, FAULT_S + 1);
        printf("%d samples late at once: worst error %.1f us\n", held[i], rig.worst_s[0] * 1e6);
        assert_near(rig.worst_s[0], 0, ALIGNED_S); // their true instants are known: they are used
        recovers(FAULT_S + 1, 0);
        counts(0, 0, 0);
    }
}

static void a_long_backlog_does_not_run_ahead(void **state)
{
    (void)state;
    static const int held[] = {70, 200, 900, 4000, 12, 40};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        double rate_hz = held[i] < 50 ? 52 : RATE_HZ;
        struct rig_device *d = start_at(rate_hz);
        rig_add(&rig, 1000, JITTER_NS, 1000, NULL); // goes on meanwhile
        d->hold_s = RIG_START_S + FAULT_S;
        d->release_s = d->hold_s + (held[i] + 0.3) / rate_hz;
        double end_s = d->release_s - RIG_START_S;
        rig_run(&rig, end_s + 1);
        double worst_s = rig.worst_s[0];
        assert_near(worst_s, 0, ALIGNED_S); // what is valid is right, at every moment
        assert_near(rig.worst_s[1], 0, ALIGNED_S);
        recovers(end_s + 1, 0);
        struct status_result status = rig_finish(&rig);
        printf("%d samples at %.0f Hz late at once: worst error %.1f us, %u gaps, %llu too late for the grid\n",
               held[i], rate_hz, worst_s * 1e6, status.site[0].gaps, (unsigned long long)status.counters.invalid);
        assert_int_equal(status.site[0].gaps, 0);
        assert_true(status.counters.invalid <= (uint64_t)held[i]);
    }
}

// The device lost some of what it held: a gap of just these, and never an instant in the future.
static void a_backlog_with_losses_is_a_gap_of_what_is_lost(void **state)
{
    (void)state;
    struct rig_device *d = start();
    rig_run(&rig, FAULT_S);
    d->hold_s = d->t_s - 1e-6;
    d->release_s = d->hold_s + 30.2 / RATE_HZ;
    for (int i = 0; i < 12; i++)
        rig_lose(d);
    recovers(FAULT_S + 0.04, SOON_S);
    counts(1, 12, 0);
}

static void repeated_samples_are_dropped(void **state)
{
    (void)state;
    struct rig_device *d = start();
    rig_run(&rig, 1);
    long repeated = 0;
    while (d->t_s < RIG_START_S + FAULT_S) {
        struct raw_block block = {0};
        rig_append(d, &block, rig_stamp_ns(d));
        for (int again = check_uniform() < 0.02 ? 1 + (int)(check_uniform() * 3) : 0; again > 0; again--) {
            block.stamp_ns[block.n] = block.stamp_ns[0];
            memcpy(block.value[block.n], block.value[0], sizeof block.value[0]);
            block.n++;
            repeated++;
        }
        d->sent += block.n - 1;
        rig_push(&rig, &block);
    }
    printf("%ld samples repeated: worst error %.1f us\n", repeated, rig.worst_s[0] * 1e6);
    assert_true(repeated > 500);
    assert_near(rig.worst_s[0], 0, ALIGNED_S);
    recovers(FAULT_S, 0);
    counts(0, 0, repeated);
}

// All samples of a while share one stamp, that of its end. The rate and the count are right all the same.
static void coarse_stamps_keep_their_count(void **state)
{
    (void)state;
    static const double grain_s[] = {2e-3, 4e-3, 10e-3, 31.25e-3};
    for (size_t i = 0; i < sizeof grain_s / sizeof grain_s[0]; i++) {
        struct rig_device *d = start();
        d->grain_s = grain_s[i];
        d->jitter_ns = 0;
        rig_run(&rig, 60);
        rig_forget_errors(&rig);
        rig_run(&rig, 120);
        double mean_s = rig_mean_s(&rig, 0, 1);
        struct status_result status = rig_finish(&rig);
        printf("stamps in steps of %.2f ms: %.2f ppm, mean error %.3f ms, worst %.3f ms\n", grain_s[i] * 1e3,
               (double)status.site[0].ppm, mean_s * 1e3, rig.worst_s[0] * 1e3);
        assert_near(status.site[0].ppm, 0, 1000 * grain_s[i]);
        assert_near(mean_s, -grain_s[i] / 2, grain_s[i] / 4); // read as the middle of what they round to
        assert_near(rig.worst_s[0], 0, grain_s[i]);
        assert_int_equal(status.counters.invalid, 0);
        assert_int_equal(status.site[0].missed, 0);
    }
}

static void single_wrong_stamps_are_outliers(void **state)
{
    (void)state;
    struct rig_device *d = start();
    rig_run(&rig, 1);
    static const double off_s[] = {-0.004, -0.1, -7, -3e8, 0.0013, 0.004, 0.3, 40, 3e8};
    long wrong = 0;
    while (d->t_s < RIG_START_S + FAULT_S) {
        struct raw_block block = {0};
        int64_t stamp_ns = rig_stamp_ns(d);
        if (wrong * 50 < d->sent - 1000) {
            stamp_ns += llround(off_s[wrong % 9] * 1e9);
            wrong++;
        }
        rig_append(d, &block, stamp_ns);
        rig_push(&rig, &block);
    }
    printf("%ld wrong stamps: worst error %.1f us\n", wrong, rig.worst_s[0] * 1e6);
    assert_true(wrong > 500);
    assert_near(rig.worst_s[0], 0, ALIGNED_S);
    recovers(FAULT_S, 0);
    counts(0, 0, 0);
}

// Three and more in a row, each far from the line and from the one before: no jump, for they do not go on.
static void wild_stamps_in_a_row_are_no_jump(void **state)
{
    (void)state;
    struct rig_device *d = start();
    rig_run(&rig, 5);
    static const double off_s[] = {-7, 40, 3e8, -900};
    while (d->t_s < RIG_START_S + FAULT_S) {
        struct raw_block block = {0};
        int64_t stamp_ns = rig_stamp_ns(d);
        if (d->sent % 500 < 4)
            stamp_ns += llround(off_s[d->sent % 500] * 1e9);
        rig_append(d, &block, stamp_ns);
        rig_push(&rig, &block);
    }
    printf("four wild stamps in a row: worst error %.1f us\n", rig.worst_s[0] * 1e6);
    assert_near(rig.worst_s[0], 0, ALIGNED_S);
    recovers(FAULT_S, 0);
    counts(0, 0, 0);
}

// Forward by whole periods a step looks like a gap and is one; the rest of it moves the instant. The rate stays. Back,
// the body moves on while nothing is put out: the frames show a hole as long, else turning would be lost unseen.
static void lasting_steps_move_the_instant_and_keep_the_rate(void **state)
{
    (void)state;
    static const double step_s[] = {0.1e-3, 0.4e-3,  0.7e-3,  5.3e-3,  0.0504, 0.4,
                                    6,      -0.4e-3, -0.9e-3, -5.3e-3, -0.1,   -0.2};
    for (size_t i = 0; i < sizeof step_s / sizeof step_s[0]; i++) {
        struct rig_device *d = start();
        rig_run(&rig, FAULT_S);
        d->shift_s = step_s[i];
        double blind_s = fmax(-step_s[i], 0); // the grid does not go back
        long before = rig.frames;
        rig_forget_errors(&rig);
        rig_run(&rig, FAULT_S + 1);
        struct status_result status = rig_status(&rig);
        assert_near(status.site[0].ppm, 0, KEPT * 1e6);
        if (blind_s > 0.01)
            assert_near((double)(rig.frames - before - rig.valid[0]), blind_s * 1000, 25);
        if (fabs(step_s[i]) < 1 / RATE_HZ) {
            assert_near(rig.worst_s[0], 0, fabs(step_s[i]) + 2 * ALIGNED_S); // between old and new, and nowhere else
        }
        recovers(fmax(FAULT_S + step_s[i] + blind_s, rig.device[0].t_s - RIG_START_S), 2 * blind_s + SOON_S);
        status = rig_finish(&rig);
        printf("step of %.1f ms: %u gaps of %u, %llu invalid, %.2f ppm\n", step_s[i] * 1e3, status.site[0].gaps,
               status.site[0].missed, (unsigned long long)status.counters.invalid, (double)status.site[0].ppm);
        assert_near(status.site[0].missed, step_s[i] > 0.5e-3 ? step_s[i] * RATE_HZ : 0, 1);
        assert_near((double)status.counters.invalid, 2 * blind_s * RATE_HZ, blind_s > 0 ? 25 : 1);
    }
}

// A step back while the grid waits for another: no instant gets a second sample, though none is late for the grid, and
// there is a hole as long.
static void what_does_not_advance_is_not_used(void **state)
{
    (void)state;
    struct rig_device *d = start();
    struct rig_device *late = rig_add(&rig, 1000, JITTER_NS, 1000, NULL);
    late->hold_s = RIG_START_S + FAULT_S;
    late->release_s = late->hold_s + 0.055;
    rig_run(&rig, FAULT_S);
    d->shift_s = -0.02;
    rig_run(&rig, FAULT_S + 1);
    struct status_result status = rig_finish(&rig);
    printf("20 ms back: %llu invalid\n", (unsigned long long)status.counters.invalid);
    assert_near((double)status.counters.invalid, 2 * 0.02 * RATE_HZ, 3);
}

// Jitter of a third of the period hides single losses from each stamp, not from their mean.
static void losses_hidden_by_jitter_are_found(void **state)
{
    (void)state;
    struct rig_device *d = start();
    d->jitter_ns = 300e3;
    d->drop = 0.002;
    rig_run(&rig, 120);
    struct status_result status = rig_finish(&rig);
    printf("300 us of jitter: %u samples missed of %ld, %.2f ppm, rms %.0f us\n", status.site[0].missed, d->missed,
           (double)status.site[0].ppm, rig_rms_s(&rig, 0, 1) * 1e6);
    assert_true(d->missed > 150);
    assert_near(status.site[0].missed, (double)d->missed, 0.1 * (double)d->missed);
    assert_near(status.site[0].ppm, 0, 5);
    assert_near(rig_rms_s(&rig, 0, 1), 0, 300e-6);
    assert_near(rig.worst_s[0], 0, 3 / RATE_HZ);
}

static void far_jumps_start_the_clock_anew(void **state)
{
    (void)state;
    static const double jump_s[] = {-0.5, -900, 11, 3e7};
    for (size_t i = 0; i < sizeof jump_s / sizeof jump_s[0]; i++) {
        struct rig_device *d = start();
        rig_run(&rig, FAULT_S);
        rig_forget_errors(&rig);
        long before = rig.frames;
        if (jump_s[i] < 0) {
            d->shift_s = jump_s[i];
            rig.settle_s = FAULT_S + SOON_S;
            rig_run(&rig, FAULT_S + 3 - jump_s[i] * (jump_s[i] > -1));
        } else {
            d->t_s += jump_s[i];
            rig_run(&rig, FAULT_S + jump_s[i] + 3);
        }
        struct status_result status = rig_finish(&rig);
        printf("jump of %g s: %ld frames after it, %llu invalid\n", jump_s[i], rig.frames - before,
               (unsigned long long)status.counters.invalid);
        // What the grid has passed and the hole after it: the three that tell are not taken for later than they are.
        assert_near((double)status.counters.invalid, fmin(fmax(-2 * jump_s[i], 0), 3) * RATE_HZ, 5);
        if (jump_s[i] > -100)
            assert_near((double)(rig.frames - before), 3000, 400);
        assert_near(rig.worst_s[0], 0, ALIGNED_S);
    }
}

// By five per cent, or more as a setting does it: the line is given up for a new one.
static void a_rate_that_changes_at_once_is_found_anew(void **state)
{
    (void)state;
    static const double factor[] = {0.95, 1.05, 1.37, 2};
    for (size_t i = 0; i < sizeof factor / sizeof factor[0]; i++) {
        struct rig_device *d = start();
        rig_run(&rig, FAULT_S);
        d->rate_hz *= factor[i];
        rig_run(&rig, FAULT_S + 2);
        rig_forget_errors(&rig);
        rig_run(&rig, FAULT_S + 10);
        struct status_result status = rig_finish(&rig);
        printf("rate times %.2f: worst error %.1f us, %.0f ppm, %u gaps of %u, %llu invalid\n", factor[i],
               rig.worst_s[0] * 1e6, (double)status.site[0].ppm, status.site[0].gaps, status.site[0].missed,
               (unsigned long long)status.counters.invalid);
        assert_near(rig.worst_s[0], 0, ALIGNED_S);
        assert_near(status.site[0].ppm, (factor[i] - 1) * 1e6, 20);
    }
}

// While the first stamps are looked at.
static void a_start_survives_steps_bursts_and_wrong_stamps(void **state)
{
    (void)state;
    enum { STEP_BACK, STEP_AHEAD, WRONG_FIRST, WILD_FIRST, WRONG_MIDDLE, BACKLOG, HOLE, EARLY_HOLE, REPEATS, N_CASES };
    static const char *const name[] = {"step back",
                                       "step ahead",
                                       "first stamp wrong",
                                       "first stamps wild",
                                       "stamps inside wrong",
                                       "backlog at once",
                                       "hole",
                                       "early hole",
                                       "repeats"};
    for (int kind = 0; kind < N_CASES; kind++) {
        struct rig_device *d = start();
        struct raw_block block = {0};
        long repeats = 0;
        if (kind == BACKLOG) {
            d->hold_s = RIG_START_S + 0.1;
            d->release_s = RIG_START_S + 0.14;
        }
        for (int n = 0; n < 400; n++) {
            if (kind == STEP_BACK && n == 100)
                d->shift_s = -5;
            if (kind == STEP_AHEAD && n == 100)
                d->shift_s = 1000;
            if ((kind == HOLE && n == 100) || (kind == EARLY_HOLE && n == 2))
                for (int k = 0; k < 7; k++)
                    rig_lose(d);
            int64_t stamp_ns = rig_stamp_ns(d);
            if ((kind == WRONG_FIRST && n == 0) || (kind == WRONG_MIDDLE && n % 50 == 25))
                stamp_ns -= n % 100 == 25 ? INT64_C(50000000) : INT64_C(900000000000);
            if (kind == WILD_FIRST && n < 4)
                stamp_ns += (n % 2 ? -1 : n + 1) * INT64_C(900000000000);
            block.n = 0;
            rig_append(d, &block, stamp_ns);
            rig_push(&rig, &block);
            if (kind == REPEATS && n % 20 == 7) {
                d->sent++;
                repeats++;
                rig_push(&rig, &block);
            }
        }
        double from_s = d->t_s - RIG_START_S;
        recovers(from_s, kind == STEP_BACK ? -4 : SOON_S);
        struct status_result status = rig_finish(&rig);
        printf("%s: worst %.1f us, %u gaps, %llu invalid\n", name[kind], rig.worst_s[0] * 1e6, status.site[0].gaps,
               (unsigned long long)status.counters.invalid);
        bool hole = kind == HOLE || kind == EARLY_HOLE;
        assert_int_equal(status.site[0].gaps, hole);
        assert_int_equal(status.site[0].missed, hole ? 7 : 0);
        long invalid = kind == STEP_BACK || kind == STEP_AHEAD ? 100
                       : kind == WRONG_FIRST                   ? 1
                       : kind == WILD_FIRST                    ? 4
                                                               : repeats;
        assert_int_equal(status.counters.invalid, invalid);
        rig.settle_s = 1;
    }
}

static void stamps_that_never_agree_give_no_clock(void **state)
{
    (void)state;
    for (int turn = 0; turn < 8; turn++) {
        struct rig_device *d = start();
        for (int i = 0; i < 2000; i++) {
            struct raw_block block = {0};
            rig_append(d, &block, llround((RIG_START_S + 1e5 * check_uniform()) * 1e9));
            rig_push(&rig, &block);
        }
        counts(0, 0, 2000);
        assert_int_equal(rig.valid[0], 0); // nor of the two that waited at the end
    }
}

// A reader that falls behind as it begins: more is lost in a few holes than comes. With less jitter than elsewhere, or
// a few stamps would not tell how many fit into a long hole.
static void a_start_survives_losing_more_than_it_gets(void **state)
{
    (void)state;
    static const struct {
        int holes, came, lost;
    } cases[] = {{1, 100, 142}, {1, 40, 260}, {2, 40, 90}, {3, 20, 60}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig_device *d = start();
        d->jitter_ns = 15e3;
        for (int hole = 0; hole < cases[i].holes; hole++) {
            rig_run(&rig, d->t_s - RIG_START_S + (cases[i].came - 0.5) / RATE_HZ);
            for (int k = 0; k < cases[i].lost; k++)
                rig_lose(d);
        }
        recovers(d->t_s - RIG_START_S, SOON_S);
        printf("%d holes of %d after %d each: worst %.1f us\n", cases[i].holes, cases[i].lost, cases[i].came,
               rig.worst_s[0] * 1e6);
        counts(cases[i].holes, (long)cases[i].holes * cases[i].lost, 0);
    }
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_is_no_gap),
        cmocka_unit_test(a_long_backlog_does_not_run_ahead),
        cmocka_unit_test(a_backlog_with_losses_is_a_gap_of_what_is_lost),
        cmocka_unit_test(repeated_samples_are_dropped),
        cmocka_unit_test(coarse_stamps_keep_their_count),
        cmocka_unit_test(single_wrong_stamps_are_outliers),
        cmocka_unit_test(wild_stamps_in_a_row_are_no_jump),
        cmocka_unit_test(lasting_steps_move_the_instant_and_keep_the_rate),
        cmocka_unit_test(what_does_not_advance_is_not_used),
        cmocka_unit_test(losses_hidden_by_jitter_are_found),
        cmocka_unit_test(far_jumps_start_the_clock_anew),
        cmocka_unit_test(a_rate_that_changes_at_once_is_found_anew),
        cmocka_unit_test(a_start_survives_steps_bursts_and_wrong_stamps),
        cmocka_unit_test(stamps_that_never_agree_give_no_clock),
        cmocka_unit_test(a_start_survives_losing_more_than_it_gets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
