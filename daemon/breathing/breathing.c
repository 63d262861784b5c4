// SPDX-License-Identifier: GPL-3.0-or-later
#include "breathing/breathing.h"

#include "breathing/compartment.h"
#include "dsp/spectrum.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define N_FFT           8192
#define N_BINS          (N_FFT / 2 + 1)
#define HOP_FRAMES      1000
#define MOVING_FROM_HZ  0.12
#define STRIDE_GUARD_HZ 0.06
#define OVERLAP_HZ      0.10
#define COVERAGE        0.9F
#define LOBE            1.5 // half width of a line in 1/window, for the share of power in it
#define OCTAVE_RATIO    0.3 // power at half the frequency that makes the half the breath
#define SETTLE_SAMPLES  25  // after a change between standing and moving

enum { CHEST, ABDOMEN, N_COMPARTMENTS };

struct breathing {
    struct breathing_params params;
    double cancel_gain;
    struct fir fir;
    struct spectrum *spectrum;
    struct compartment compartment[N_COMPARTMENTS];
    float power[N_COMPARTMENTS][N_BINS];      // of each compartment, axes summed, deg^2 / 4
    float complex[N_COMPARTMENTS][N_BINS][2]; // of its first axis
    float fused[N_BINS];
    uint64_t blocks, samples;
    uint64_t since; // sample from which the current way of moving holds
    bool moving;
    bool pending;
    struct breathing_result result;
    int64_t result_index;
};

#define ROW_REAL(name, unit_, def_, min_, max_, text)                                                                  \
    {                                                                                                                  \
        .key = #name, .type = SETTING_REAL, .offset = offsetof(struct breathing_params, name), .unit = unit_,          \
        .def = def_, .min = min_, .max = max_, .sentence = text                                                        \
    }

const struct setting breathing_settings[] = {
    ROW_REAL(rest_window_s, "s", 60, 20, 80, "Longest window of the spectrum at rest; slow breathing needs long ones."),
    ROW_REAL(moving_window_s, "s", 30, 12, 60, "Longest window while walking or running."),
    ROW_REAL(min_window_s, "s", 15, 8, 60,
             "After a start or a change of movement the first rate needs this much signal."),
    ROW_REAL(min_bpm, "breaths/min", 2.7, 2, 10, "Lowest rate looked for at rest; 7.2 while moving."),
    ROW_REAL(max_bpm, "breaths/min", 75, 30, 90, "Highest rate looked for; while moving never above the stride's."),
    ROW_REAL(gait_tau_s, "s", 4, 1, 20, "How fast the gait canceller follows a change of gait."),
    ROW_REAL(min_confidence, NULL, 0.35, 0, 1, "Below this confidence the rate is null."),
};
const size_t n_breathing_settings = sizeof breathing_settings / sizeof *breathing_settings;

static void init_compartments(struct breathing *b)
{
    compartment_init(&b->compartment[CHEST], SITE_STERNUM, SITE_T12, SITE_C7);
    compartment_init(&b->compartment[ABDOMEN], SITE_ABDOMEN, SITE_T12, SITE_SACRUM);
}

int breathing_create(struct breathing **out, const struct breathing_params *params)
{
    struct breathing *b = *out = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    b->params = *params;
    // Each reference has power 1/2, so a weight settles with gain/2 per sample.
    b->cancel_gain = 2 / (params->gait_tau_s * BREATHING_RATE_HZ);
    compartment_design(&b->fir);
    init_compartments(b);
    int rc = spectrum_create(&b->spectrum, N_FFT);
    if (rc != 0) {
        breathing_destroy(b);
        *out = NULL;
    }
    return rc;
}

void breathing_destroy(struct breathing *b)
{
    if (!b)
        return;
    spectrum_destroy(b->spectrum);
    free(b);
}

static size_t bin_of(double hz)
{
    return (size_t)lround(hz * N_FFT / BREATHING_RATE_HZ);
}

static double hz_of(double bin)
{
    return bin * BREATHING_RATE_HZ / N_FFT;
}

struct band {
    size_t from, to;
    double whiten; // power is multiplied by f^whiten
    size_t lobe;   // bins
};

static double sum_between(const float *x, size_t from, size_t to)
{
    double sum = 0;
    for (size_t k = from; k <= to; k++)
        sum += (double)x[k];
    return sum;
}

// Power of one compartment over the window, summed over its axes. False when it cannot be used.
static bool transform(struct breathing *b, int which, int n)
{
    const struct compartment *c = &b->compartment[which];
    if (c->kind == COMPARTMENT_NONE || (b->moving && c->kind != COMPARTMENT_RELATIVE))
        return false;
    int axes = c->kind == COMPARTMENT_GRAVITY ? COMPARTMENT_AXES : 1;
    float window[COMPARTMENT_RING];
    memset(b->power[which], 0, sizeof b->power[which]);
    for (int a = 0; a < axes; a++) {
        if (compartment_window(c, b->samples, n, a, window) < COVERAGE)
            return false;
        spectrum_run(b->spectrum, window, (size_t)n);
        const float *power = spectrum_power(b->spectrum);
        for (size_t k = 0; k < N_BINS; k++)
            b->power[which][k] += power[k];
        if (a == 0)
            memcpy(b->complex[which], spectrum_complex(b->spectrum), sizeof b->complex[which]);
    }
    return true;
}

static double line_share(const float *power, size_t peak, const struct band *band)
{
    size_t from = peak > band->from + band->lobe ? peak - band->lobe : band->from;
    size_t to = peak + band->lobe < band->to ? peak + band->lobe : band->to;
    double total = sum_between(power, band->from, band->to);
    return total > 0 ? sum_between(power, from, to) / total : 0;
}

// Adds the compartment's whitened, normalised power to the fused spectrum, weighted by how much stands in its own peak.
static void fuse(struct breathing *b, int which, const struct band *band)
{
    float shaped[N_BINS];
    for (size_t k = band->from; k <= band->to; k++)
        shaped[k] = b->power[which][k] * (float)pow(hz_of((double)k), band->whiten);
    size_t peak = peak_largest(shaped, band->from, band->to);
    double total = sum_between(shaped, band->from, band->to);
    if (peak > band->to || !(total > 0))
        return;
    float weight = (float)(line_share(shaped, peak, band) / total);
    for (size_t k = band->from; k <= band->to; k++)
        b->fused[k] += weight * shaped[k];
}

// Whitening favours the second harmonic of a breath that is not a sine: without whitening the fundamental shows.
static size_t check_octave(const struct breathing *b, const bool used[N_COMPARTMENTS], size_t peak,
                           const struct band *band)
{
    size_t half = peak / 2;
    if (half < band->from + band->lobe / 2)
        return peak;
    float plain[N_BINS];
    memset(plain, 0, sizeof plain);
    for (int w = 0; w < N_COMPARTMENTS; w++)
        if (used[w]) {
            double total = sum_between(b->power[w], band->from, band->to);
            for (size_t k = band->from; k <= band->to && total > 0; k++)
                plain[k] += b->power[w][k] / (float)total;
        }
    size_t near = band->lobe / 3 + 1;
    size_t top = peak_largest(plain, half - near, half + near);
    bool is_top = top > half - near && top < half + near; // a flank of drift is no peak
    return is_top && (double)plain[top] > OCTAVE_RATIO * (double)plain[peak] ? top : peak;
}

static void describe_depth(struct breathing *b, const bool used[N_COMPARTMENTS], size_t peak)
{
    struct breathing_result *r = &b->result;
    float depth[N_COMPARTMENTS];
    for (int w = 0; w < N_COMPARTMENTS; w++)
        depth[w] = used[w] ? 4 * sqrtf(b->power[w][peak]) : NAN; // power is A^2/4, depth is peak to peak
    r->chest_deg = depth[CHEST];
    r->abdomen_deg = depth[ABDOMEN];
    r->chest_share = depth[CHEST] / (depth[CHEST] + depth[ABDOMEN]);
    if (used[CHEST] && used[ABDOMEN]) {
        const float *c = b->complex[CHEST][peak], *a = b->complex[ABDOMEN][peak];
        // abdomen times conjugate of chest: positive when the chest comes after the abdomen
        float re = a[0] * c[0] + a[1] * c[1], im = a[1] * c[0] - a[0] * c[1];
        r->phase_deg = atan2f(im, re) * 57.29578F;
    }
}

static void analyse(struct breathing *b, const struct gait_phase *phase, int64_t index)
{
    struct breathing_result *r = &b->result;
    *r = (struct breathing_result){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, -1};
    b->pending = true;
    b->result_index = index;
    double longest_s = b->moving ? b->params.moving_window_s : b->params.rest_window_s;
    uint64_t there = b->samples > b->since ? b->samples - b->since : 0;
    int longest = (int)(longest_s * BREATHING_RATE_HZ);
    int n = there < (uint64_t)longest ? (int)there : longest;
    if (n < (int)(fmin(b->params.min_window_s, longest_s) * BREATHING_RATE_HZ))
        return;
    b->result_index = index - COMPARTMENT_DELAY - (int64_t)n * BLOCKS_PER_SAMPLE * FRAME_BLOCK_LEN / 2;

    double stride_hz = 0.5 * (double)phase->step_hz, window_s = n / BREATHING_RATE_HZ;
    double from_hz = fmax(b->moving ? MOVING_FROM_HZ : b->params.min_bpm / 60, 1.5 / window_s);
    double to_hz = b->params.max_bpm / 60;
    if (b->moving)
        to_hz = fmin(to_hz, stride_hz - STRIDE_GUARD_HZ);
    if (!(to_hz > 2 * from_hz))
        return;
    struct band band = {bin_of(from_hz), bin_of(to_hz), b->moving ? 2 : 0, bin_of(LOBE / window_s)};
    bool used[N_COMPARTMENTS];
    memset(b->fused, 0, sizeof b->fused);
    for (int w = 0; w < N_COMPARTMENTS; w++)
        if ((used[w] = transform(b, w, n)))
            fuse(b, w, &band);
    size_t peak = peak_largest(b->fused, band.from, band.to);
    if (peak > band.to || !(b->fused[peak] > 0))
        return;
    r->confidence = (float)line_share(b->fused, peak, &band);
    if ((double)r->confidence < b->params.min_confidence || peak <= band.from || peak >= band.to)
        return;
    peak = check_octave(b, used, peak, &band);
    double hz = hz_of(peak_between_bins(b->fused, N_BINS, peak));
    r->rate_bpm = (float)(60 * hz);
    describe_depth(b, used, peak);
    r->gait_overlap = b->moving && hz > stride_hz - OVERLAP_HZ;
    if (b->moving)
        r->steps_per_breath = (float)((double)phase->step_hz / hz);
}

void breathing_step(struct breathing *b, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted) {
        init_compartments(b);
        b->blocks = b->samples = b->since = 0;
    }
    if (phase->moving != b->moving) {
        b->moving = phase->moving;
        b->since = b->samples + SETTLE_SAMPLES;
    }
    for (int w = 0; w < N_COMPARTMENTS; w++)
        if (compartment_push(&b->fir, &b->compartment[w], m))
            b->since = b->samples + 1 > b->since ? b->samples + 1 : b->since;
    if (++b->blocks % BLOCKS_PER_SAMPLE == 0) {
        for (int w = 0; w < N_COMPARTMENTS; w++)
            compartment_sample(&b->fir, &b->compartment[w], b->samples, phase, b->cancel_gain);
        b->samples++;
    }
    if ((m->index + 1) % HOP_FRAMES == 0)
        analyse(b, phase, m->index);
}

bool breathing_pull(struct breathing *b, struct breathing_result *result, int64_t *index)
{
    if (!b->pending)
        return false;
    *result = b->result;
    *index = b->result_index;
    b->pending = false;
    return true;
}
