// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/dynamics.h"

#include "dsp/vec.h"

#include <math.h>
#include <string.h>

#define IMPACT_TAPS   49 // zero phase, -6 dB at 60 Hz
#define IMPACT_CUT_HZ 60.0
#define IMPACT_HALF   (IMPACT_TAPS / 2)
#define IMPACT_SHARE  0.4  // of the contact in which the impact and the braking lie
#define BRIDGED_MAX   0.05 // share of the frames
#define LEAD_MS       20   // the rise to the impact may begin so long before the contact that was found
#define STEP_MAX_MS   1500 // longer is no step
#define LATE          1.6  // a step so much longer than the tracked one hides a contact
#define IMPACT_MAX    600  // frames: 0.4 of the longest contact
#define RUN_CONTACT   0.7  // contact / step time when the toe-off is not known: only to lay the window
#define WALK_CONTACT  1.24 // duty factor 0.62
#define FALL_BEFORE   80   // ms about a contact in which the trunk falls fastest
#define FALL_AFTER    100
#define FALL_HALF     20  // half width of the mean that keeps the impact's ringing out
#define SLOPE_FROM    0.2 // of the rise to the impact peak
#define SLOPE_TO      0.8

void dynamics_init(struct dynamics *d)
{
    memset(d, 0, sizeof *d);
    d->site = -1;
    fir_design_low_pass(&d->impact_filter, IMPACT_TAPS, 1000.0, IMPACT_CUT_HZ);
}

// Frames may lie before 0: a recording's clock starts where it likes. The ring's length divides 2^64.
static size_t frame_slot(int64_t frame)
{
    return (size_t)((uint64_t)frame % DYNAMICS_RING);
}

static size_t block_slot(int64_t block)
{
    int64_t slot = block % DYNAMICS_BLOCKS;
    return (size_t)(slot < 0 ? slot + DYNAMICS_BLOCKS : slot);
}

void dynamics_push(struct dynamics *d, const struct motion *m, int site)
{
    int64_t begin = m->index - (FRAME_BLOCK_LEN - 1);
    if (site != d->site || m->restarted || begin != d->next) {
        d->site = site;
        d->first = begin;
    }
    d->next = m->index + 1;
    if (d->next - d->first > DYNAMICS_RING)
        d->first = d->next - DYNAMICS_RING;
    if (site < 0)
        return;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        d->up[frame_slot(begin + f)] = m->acc_up[site][f];
        d->valid[frame_slot(begin + f)] = m->frame_valid[site][f];
    }
    bool level = m->has_level & SITE_BIT(site);
    d->forward[block_slot(begin / FRAME_BLOCK_LEN)] = level ? m->acc_level[site][0] : NAN;
}

// Whether from … to (inclusive) was measured well enough.
static bool sound(const struct dynamics *d, int64_t from, int64_t to)
{
    if (d->site < 0 || from < d->first || to >= d->next || to < from)
        return false;
    int bridged = 0;
    for (int64_t k = from; k <= to; k++) {
        uint8_t v = d->valid[frame_slot(k)];
        if (!(v & FRAME_ACC) || (v & FRAME_ACC_CLIPPED))
            return false;
        bridged += (v & FRAME_BRIDGED) != 0;
    }
    return bridged <= BRIDGED_MAX * (double)(to - from + 1);
}

// The trunk falls fastest where its acceleration turns upward, soon after the contact. There its velocity hardly
// depends on the instant, so that a contact found some ms early or late does no harm. -1 when it does not turn.
static int64_t fastest_fall(const struct dynamics *d, double contact)
{
    int64_t centre = llround(contact), from = centre - FALL_BEFORE, to = centre + FALL_AFTER, best = -1;
    if (to + FALL_HALF >= d->next) // the next contact may have been found sooner than that
        to = d->next - 1 - FALL_HALF;
    if (!sound(d, from - FALL_HALF, to + FALL_HALF))
        return -1;
    double sum = 0, before = NAN;
    for (int64_t k = from - FALL_HALF; k < from + FALL_HALF; k++)
        sum += (double)d->up[frame_slot(k)];
    int64_t nearest = FALL_AFTER + 1;
    for (int64_t k = from; k <= to; k++) {
        sum += (double)d->up[frame_slot(k + FALL_HALF)];
        int64_t away = k > centre ? k - centre : centre - k;
        if (before < 0 && sum >= 0 && away < nearest) {
            nearest = away;
            best = k;
        }
        before = sum;
        sum -= (double)d->up[frame_slot(k - FALL_HALF)];
    }
    return best;
}

// Range of the height over one step. Steady steps end as they began, so the acceleration's mean over the step and the
// velocity's are taken for zero; that leaves no drift for a filter to remove.
static float vertical_oscillation_mm(const struct dynamics *d, double contact, double next)
{
    int64_t from = fastest_fall(d, contact), to = fastest_fall(d, next) - 1;
    if (from < 0 || to < from) {
        from = llround(contact);
        to = llround(next) - 1;
    }
    if (!sound(d, from, to))
        return NAN;
    double mean = 0, n = (double)(to - from + 1), velocity = 0, climb = 0;
    for (int64_t k = from; k <= to; k++)
        mean += (double)d->up[frame_slot(k)] / n;
    for (int64_t k = from; k <= to; k++) { // mean velocity, m/s, with the trapezium rule
        double a = ((double)d->up[frame_slot(k)] - mean) * 1e-3;
        climb += (velocity + a / 2) / n;
        velocity += a;
    }
    double height = 0, low = 0, high = 0;
    velocity = -climb;
    for (int64_t k = from; k <= to; k++) {
        double a = ((double)d->up[frame_slot(k)] - mean) * 1e-3;
        height += velocity + a / 2; // mm: m/s times 1 ms
        velocity += a;
        low = fmin(low, height);
        high = fmax(high, height);
    }
    return (float)(high - low);
}

static double low_passed(const struct dynamics *d, int64_t at)
{
    double y = 0;
    for (int i = 0; i < IMPACT_TAPS; i++)
        y += (double)d->impact_filter.h[i] * (double)d->up[frame_slot(at + i - IMPACT_HALF)];
    return y;
}

// The last instant before `from` at which y, falling back from there, passes the level; in frames, interpolated.
static double crossing_before(const double *y, int from, double level)
{
    int k = from;
    while (k > 0 && y[k - 1] > level)
        k--;
    return k == 0 ? 0 : k - (y[k] - level) / (y[k] - y[k - 1]);
}

static void measure_impact(const struct dynamics *d, double contact, double window, struct step_result *r)
{
    int64_t from = llround(contact) - LEAD_MS, to = llround(contact + window);
    double y[IMPACT_MAX + LEAD_MS + 2];
    int n = (int)(to - from + 1), peak = LEAD_MS, foot = 0;
    if (n <= LEAD_MS || n > (int)(sizeof y / sizeof *y) || !sound(d, from - IMPACT_HALF, to + IMPACT_HALF))
        return;
    for (int i = 0; i < n; i++)
        y[i] = low_passed(d, from + i);
    for (int i = LEAD_MS; i < n; i++)
        if (y[i] > y[peak])
            peak = i;
    for (int i = 0; i <= peak; i++)
        if (y[i] < y[foot])
            foot = i;
    r->impact_g = (float)(y[peak] / GRAVITY);
    double rise = y[peak] - y[foot];
    double begin = crossing_before(y, peak, y[foot] + SLOPE_FROM * rise);
    double end = crossing_before(y, peak, y[foot] + SLOPE_TO * rise);
    if (end > begin)
        r->loading_rate_g_s = (float)((SLOPE_TO - SLOPE_FROM) * rise / GRAVITY / ((end - begin) * 1e-3));
}

static float braking_g(const struct dynamics *d, double contact, double window)
{
    const double centre = (FRAME_BLOCK_LEN - 1) / 2.0;
    int64_t from = (int64_t)ceil((contact - centre) / FRAME_BLOCK_LEN);
    int64_t to = (int64_t)floor((contact + window - centre) / FRAME_BLOCK_LEN);
    if (!sound(d, from * FRAME_BLOCK_LEN, to * FRAME_BLOCK_LEN + FRAME_BLOCK_LEN - 1))
        return NAN;
    float backward = 0;
    for (int64_t b = from; b <= to; b++) {
        float forward = d->forward[block_slot(b)];
        if (isnan(forward))
            return NAN;
        backward = fmaxf(backward, -forward);
    }
    return backward / (float)GRAVITY;
}

void dynamics_measure(const struct dynamics *d, const struct step *step, double speed_m_s, double step_hz,
                      struct step_result *r)
{
    *r = (struct step_result){.foot = step->foot,
                              .step_time_ms = NAN,
                              .contact_ms = NAN,
                              .flight_ms = NAN,
                              .vertical_oscillation_mm = NAN,
                              .impact_g = NAN,
                              .loading_rate_g_s = NAN,
                              .braking_g = NAN,
                              .step_length_m = NAN};
    double step_ms = step->next_frame - step->contact_frame, contact_ms = step->toe_off_frame - step->contact_frame;
    if (!(step_ms > 0 && step_ms <= STEP_MAX_MS))
        step_ms = NAN;
    if (!(contact_ms > 0 && contact_ms <= STEP_MAX_MS))
        contact_ms = NAN;
    r->step_time_ms = (float)step_ms;
    r->contact_ms = (float)contact_ms;
    bool whole = step_ms > 0 && !(step_hz > 0 && step_ms * 1e-3 * step_hz > LATE);
    if (whole && step->running) // in walking the feet overlap: there is no flight to tell
        r->flight_ms = (float)fmax(step_ms - contact_ms, 0);
    if (whole && isnan(contact_ms))
        r->flight_ms = NAN;
    if (whole && speed_m_s > 0)
        r->step_length_m = (float)(speed_m_s * step_ms * 1e-3);
    if (whole)
        r->vertical_oscillation_mm = vertical_oscillation_mm(d, step->contact_frame, step->next_frame);
    double ground = isnan(contact_ms) ? step_ms * (step->running ? RUN_CONTACT : WALK_CONTACT) : contact_ms;
    if (!(ground > 0))
        return;
    measure_impact(d, step->contact_frame, IMPACT_SHARE * ground, r);
    r->braking_g = braking_g(d, step->contact_frame, IMPACT_SHARE * ground);
}
