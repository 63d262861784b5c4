// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "dsp/biquad.h"
#include "dsp/fft_filter.h"
#include "dsp/fir.h"
#include "dsp/spectrum.h"
#include "dsp/stats.h"
#include "dsp/vec.h"

#include <errno.h>
#include <string.h>

// Of a resolution cell (1 / window): Hann, fourfold padding, log-parabola.
#define PEAK_TOLERANCE_CELLS 0.002

static void spectrum_finds_a_sine_between_bins(void **state)
{
    (void)state;
    struct spectrum *s;
    assert_int_equal(spectrum_create(&s, 4096), 0);
    float x[1000];
    double worst = 0;
    for (double cycles = 8; cycles < 40; cycles += 0.37) {
        double phase = 2 * PI * check_uniform();
        for (int i = 0; i < 1000; i++)
            x[i] = (float)(3 + 0.001 * i + 2 * sin(2 * PI * cycles * i / 1000 + phase));
        spectrum_run(s, x, 1000);
        size_t k = peak_largest(spectrum_power(s), 8, spectrum_bins(s) - 2);
        double found = peak_between_bins(spectrum_power(s), spectrum_bins(s), k) * 1000 / 4096;
        worst = fmax(worst, fabs(found - cycles));
        assert_near(spectrum_power(s)[k], 2 * 2 / 4.0, 0.03); // amplitude 2: A^2/4, less the loss between bins
    }
    assert_near(worst, 0, PEAK_TOLERANCE_CELLS);
    printf("worst error %.5f cells\n", worst);
    spectrum_destroy(s);
}

static void spectrum_refuses_odd_sizes(void **state)
{
    (void)state;
    struct spectrum *s;
    assert_int_equal(spectrum_create(&s, 1000), -EINVAL);
    assert_null(s);
    spectrum_destroy(s);
}

static void peak_of_nothing_is_none(void **state)
{
    (void)state;
    const float power[4] = {NAN, NAN, NAN, NAN};
    assert_int_equal(peak_largest(power, 0, 3), 4);
    assert_int_equal(peak_largest(power, 3, 2), 3);
    assert_near(peak_between_bins(power, 4, 2), 2, 0);
}

static void butterworth_has_its_cut_and_settles_on_the_mean(void **state)
{
    (void)state;
    struct biquad c = biquad_low_pass(1000, 50, 0.70710678);
    struct biquad_state s = biquad_settled(&c, 5);
    assert_near(biquad_step(&c, &s, 5), 5, 1e-12);
    double largest = 0;
    for (int i = 0; i < 4000; i++) {
        double y = biquad_step(&c, &s, 5 + sin(2 * PI * 50 * i / 1000.0));
        if (i > 1000)
            largest = fmax(largest, y - 5);
    }
    assert_near(largest, 0.70710678, 0.001);
}

static void fir_delays_by_half_its_length(void **state)
{
    (void)state;
    struct fir fir;
    struct fir_state s;
    fir_design_low_pass(&fir, 79, 1000, 35);
    fir_reset(&s);
    double worst = 0;
    for (int i = 0; i < 2000; i++) {
        fir_push(&fir, &s, (float)sin(2 * PI * 5 * i / 1000.0));
        if (i > 100)
            worst = fmax(worst, fabs((double)fir_output(&fir, &s) - sin(2 * PI * 5 * (i - 39) / 1000.0)));
    }
    assert_near(worst, 0, 0.01);
}

static void quaternions_turn_as_defined(void **state)
{
    (void)state;
    const double quarter_left[3] = {0, 0, PI / 2};
    double q[4], v[3] = {1, 0, 0}, up[3], back[4];
    quat_from_rotation_vector(quarter_left, q);
    quat_rotate(q, v, v);
    assert_near(v[0], 0, 1e-12);
    assert_near(v[1], 1, 1e-12);
    const double forward[3] = {0, 0.3, 0}; // about y (left): the upper end goes forward
    quat_from_rotation_vector(forward, q);
    quat_up_in_frame(q, up);
    assert_near(atan2(-up[0], up[2]), 0.3, 1e-12);
    const double a[3] = {0, 0, 1}, b[3] = {0, 0, -1};
    quat_between(a, b, back);
    quat_rotate(back, a, v);
    assert_near(v[2], -1, 1e-9);
}

static void rotation_vectors_turn_exactly(void **state)
{
    (void)state;
    const double angles[] = {0, 1e-9, 1e-4, 0.01, 0.03, 0.0499999, 0.0500001, 0.3, PI, 6};
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        const double rotation[3] = {0.6 * angles[i], -0.64 * angles[i], 0.48 * angles[i]};
        double q[4], scale = angles[i] > 0 ? sin(angles[i] / 2) / angles[i] : 0;
        quat_from_rotation_vector(rotation, q);
        assert_near(q[0], cos(angles[i] / 2), 3e-16);
        for (int k = 0; k < 3; k++)
            assert_near(q[k + 1], scale * rotation[k], 2e-16);
    }
}

static void almost_unit_quaternions_are_kept_unit(void **state)
{
    (void)state;
    double q[4] = {0.5 * (1 + 1e-7), -0.5 * (1 + 1e-7), 0.5 * (1 + 1e-7), 0.5 * (1 + 1e-7)};
    quat_keep_unit(q);
    for (int i = 0; i < 4; i++)
        assert_near(fabs(q[i]), 0.5, 1e-13);
    for (int i = 0; i < 1000000; i++) { // a thousand seconds of fast turning do not creep
        const double rotation[3] = {0.02, -0.03, 0.01};
        double step[4], next[4];
        quat_from_rotation_vector(rotation, step);
        quat_multiply(q, step, next);
        memcpy(q, next, sizeof q);
        if (i % 10 == 9)
            quat_keep_unit(q);
    }
    assert_near(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3], 1, 1e-14);
}

static void principal_axis_is_that_of_the_data(void **state)
{
    (void)state;
    double c[6] = {0}, axis[3], share;
    const double truth[3] = {0.6, -0.64, 0.48};
    for (int i = 0; i < 5000; i++) {
        double along = check_normal(), v[3];
        for (int k = 0; k < 3; k++)
            v[k] = 3 * along * truth[k] + 0.3 * check_normal();
        c[0] += v[0] * v[0], c[1] += v[0] * v[1], c[2] += v[0] * v[2];
        c[3] += v[1] * v[1], c[4] += v[1] * v[2], c[5] += v[2] * v[2];
    }
    principal_axis(c, axis, &share);
    assert_near(fabs(vec3_dot(axis, truth)), 1, 0.001);
    assert_near(share, 9.09 / 9.27, 0.01);
    memset(c, 0, sizeof c);
    principal_axis(c, axis, &share);
    assert_near(share, 0, 0);
}

static void median_of_even_and_odd(void **state)
{
    (void)state;
    double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2};
    const float floats[] = {7, 5, 6};
    assert_near(median(odd, 3), 3, 0);
    assert_near(odd[0], 5, 0); // stays
    assert_near(median_f(floats, 3), 6, 0);
    assert_near(median_in_place(odd, 3), 3, 0);
    assert_near(median_in_place(even, 4), 2.5, 0);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void quantiles_are_those_of_the_sorted_array(void **state)
{
    (void)state;
    float x[301], sorted[301];
    for (int trial = 0; trial < 300; trial++) {
        size_t n = 1 + (size_t)(300 * check_uniform());
        int kinds = trial % 3 == 0 ? 3 : 1000000; // many equal ones, too
        for (size_t i = 0; i < n; i++)
            sorted[i] = x[i] = trial % 5 == 0 ? (float)i : (float)floor(kinds * check_uniform());
        qsort(sorted, n, sizeof *sorted, compare_floats);
        double q = trial % 7 == 0 ? 1 : trial % 11 == 0 ? 0 : check_uniform();
        float expected = sorted[lround(q * (double)(n - 1))];
        assert_true(quantile_in_place(x, n, q) == expected);
    }
}

// A sine inside the band passes as it is, also at the window's ends, one outside is gone, and nothing is delayed.
static void a_window_is_filtered_without_delay(void **state)
{
    (void)state;
    enum { N_FFT = 1024, N = 700, ENDS = 100 };
    struct fft_filter *filter;
    float gain[N_FFT / 2 + 1], x[N], y[N];
    assert_int_equal(fft_filter_create(&filter, N_FFT), 0);
    for (int k = 0; k <= N_FFT / 2; k++)
        gain[k] = k >= 10 && k <= 60 ? 1 : 0;
    for (int i = 0; i < N; i++)
        x[i] = (float)(sin(2 * PI * i / 35 + 1) + sin(2 * PI * i / 5));
    fft_filter_run(filter, x, N, ENDS, gain, y);
    double inside = 0;
    for (int i = ENDS; i < N - ENDS; i++)
        inside = fmax(inside, fabs((double)y[i] - sin(2 * PI * i / 35 + 1)));
    assert_near(inside, 0, 0.1);
    fft_filter_run(filter, x, N, ENDS, gain, x); // in place
    assert_memory_equal(x, y, sizeof y);
    for (int i = 0; i < N; i++)
        x[i] = (float)sin(2 * PI * i / 35); // begins and ends at zero: its own reflection continues it
    fft_filter_run(filter, x, N, ENDS, gain, y);
    for (int i = 0; i < N; i++)
        assert_near(y[i], x[i], 0.2);
    fft_filter_destroy(filter);
    assert_int_equal(fft_filter_create(&filter, 1000), -EINVAL);
}

int main(void)
{
    check_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_sorted_array),
        cmocka_unit_test(a_window_is_filtered_without_delay),
        cmocka_unit_test(spectrum_finds_a_sine_between_bins),
        cmocka_unit_test(spectrum_refuses_odd_sizes),
        cmocka_unit_test(peak_of_nothing_is_none),
        cmocka_unit_test(butterworth_has_its_cut_and_settles_on_the_mean),
        cmocka_unit_test(fir_delays_by_half_its_length),
        cmocka_unit_test(quaternions_turn_as_defined),
        cmocka_unit_test(rotation_vectors_turn_exactly),
        cmocka_unit_test(almost_unit_quaternions_are_kept_unit),
        cmocka_unit_test(principal_axis_is_that_of_the_data),
        cmocka_unit_test(median_of_even_and_odd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
