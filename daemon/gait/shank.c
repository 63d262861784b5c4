// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/shank.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define FRAMES          10.0 // per sample
#define RATE_HZ         100.0
#define FALL_SIGMA      5.0 // samples
#define FALL_HALF       15
#define JERK_SIGMA      1.0
#define JERK_HALF       3
#define BURST_SIGMA     2.5
#define BURST_HALF      7
#define HOLD            32   // samples: an anchor is the steepest fall of so long before and after
#define FALL_MIN        30.0 // m/s^3
#define FALL_SHARE      0.5  // of the median of the latest anchors
#define POWER_TAU       100.0
#define SETTLED         50   // samples before the power tells walking from running
#define RUN_ENTER       14.0 // m/s^2, RMS about the mean: walking at 5 km/h 8.5, running at 8 km/h 21
#define RUN_LEAVE       12.0
#define SWING_FROM      15 // samples after the anchor in which the contact is looked for
#define SWING_TO        75
#define WALK_SWING      39.0  // where it is expected
#define WALK_SHARE      0.375 // the same as a share of the stride, once that is known
#define WALK_SWING_MIN  28.0
#define WALK_SWING_MAX  48.0
#define RUN_SWING       52.0
#define SWING_SD        10.0
#define CONTACT_HOLD    8    // samples the best burst must stand
#define EDGE_SHARE      0.45 // of the jerk's peak: running contact is where it is first passed
#define EDGE_BACK       8
#define EDGE_AHEAD      5
#define WALK_CONTACT_MS 27.0 // burst's centre after the force's onset
#define RUN_CONTACT_MS  9.0
#define WALK_TOE_OFF_MS 71.0 // steepest fall after the end of the force
#define RUN_TOE_OFF_MS  (-55.0)
#define STRIDE_MIN      400.0 // frames
#define STRIDE_MAX      2000.0
#define REGULAR         0.2

static void design(struct shank_kernel *k, double sigma, int half, bool slope)
{
    double sum = 0;
    k->half = half;
    for (int i = -half; i <= half; i++)
        sum += exp(-0.5 * (i / sigma) * (i / sigma));
    for (int i = -half; i <= half; i++) {
        double weight = exp(-0.5 * (i / sigma) * (i / sigma)) / sum;
        k->tap[i + half] = (float)(slope ? weight * i / (sigma * sigma) : weight);
    }
}

void shank_reset(struct shank *s)
{
    memset(s, 0, sizeof *s);
    design(&s->fall_kernel, FALL_SIGMA, FALL_HALF, true);
    design(&s->jerk_kernel, JERK_SIGMA, JERK_HALF, true);
    design(&s->burst_kernel, BURST_SIGMA, BURST_HALF, false);
    s->anchor = s->last_anchor = -1e9;
}

static float at(const float ring[SHANK_RING], uint64_t k)
{
    return ring[k % SHANK_RING];
}

// Of the newest samples, oldest tap first.
static float filtered(const struct shank_kernel *k, const float ring[SHANK_RING], uint64_t n)
{
    int taps = 2 * k->half + 1;
    float sum = 0;
    for (int i = 0; i < taps; i++)
        sum += k->tap[i] * at(ring, n - (uint64_t)(taps - i));
    return sum;
}

static void note(struct shank *s, const struct shank_input *in)
{
    double gain = 1 / fmin((double)s->n + 1, POWER_TAU), power = 0;
    for (int i = 0; i < 3; i++) {
        double x = (double)in->acc[i];
        s->acc[i][s->n % SHANK_RING] = in->acc[i];
        s->mean[i] += gain * (x - s->mean[i]);
        power += (x - s->mean[i]) * (x - s->mean[i]);
    }
    s->power += gain * (power - s->power);
    s->up[s->n % SHANK_RING] = in->up;
    if (s->n == 0) // what came before is taken to be like the first sample, so that no filter sees a step
        for (int k = 0; k < SHANK_RING; k++) {
            s->up[k] = in->up;
            for (int i = 0; i < 3; i++)
                s->acc[i][k] = in->acc[i];
        }
    s->n++;
    uint64_t from = s->n + SHANK_RING; // the ring is full from the first sample on
    float jerk = 0;
    for (int i = 0; i < 3; i++) {
        float slope = filtered(&s->jerk_kernel, s->acc[i], from);
        jerk += slope * slope;
    }
    s->jerk[(s->n - 1) % SHANK_RING] = sqrtf(jerk);
    s->fall[(s->n - 1) % SHANK_RING] = -(float)RATE_HZ * filtered(&s->fall_kernel, s->up, from);
    s->burst[(s->n - 1) % SHANK_RING] = filtered(&s->burst_kernel, s->jerk, from);
    if (s->n > SETTLED)
        s->running = s->power > (s->running ? RUN_LEAVE * RUN_LEAVE : RUN_ENTER * RUN_ENTER);
    s->newest_frame = (double)in->index - (FRAMES - 1) / 2;
}

// Where the top of a parabola through three samples lies, -0.5 … 0.5.
static double top(double before, double peak, double after)
{
    double bend = before - 2 * peak + after;
    return bend < 0 ? fmin(fmax(0.5 * (before - after) / bend, -0.5), 0.5) : 0;
}

// A sample of a signal that its filters delay, as an instant.
static double frame_of(const struct shank *s, double samples_ago, int delay)
{
    return s->newest_frame - FRAMES * (samples_ago + delay);
}

static double usual_height(const struct shank *s)
{
    return s->n_heights > 0 ? median_f(s->height, (size_t)s->n_heights) : 0;
}

// The sample HOLD ago, when it is the largest of the 2 HOLD + 1 about it.
static bool find_anchor(struct shank *s)
{
    if (s->n < HOLD + SETTLED)
        return false;
    uint64_t centre = s->n - 1 - HOLD;
    float peak = at(s->fall, centre);
    for (uint64_t k = centre >= HOLD ? centre - HOLD : 0; k < s->n; k++)
        if (k != centre && at(s->fall, k) >= peak)
            return false;
    if ((double)peak < fmax(FALL_MIN, FALL_SHARE * usual_height(s)))
        return false;
    memmove(s->height + 1, s->height, (SHANK_ANCHORS - 1) * sizeof *s->height);
    s->height[0] = peak;
    if (s->n_heights < SHANK_ANCHORS)
        s->n_heights++;
    double q = top((double)at(s->fall, centre - 1), (double)peak, (double)at(s->fall, centre + 1));
    s->last_anchor = s->anchor;
    s->anchor = frame_of(s, HOLD - q, FALL_HALF);
    s->searching = true;
    return true;
}

// First passage of a share of the jerk's peak about the burst's.
static double edge(const struct shank *s, uint64_t burst)
{
    // The burst is delayed by its own filter against the jerk.
    uint64_t centre = burst - BURST_HALF;
    float peak = 0;
    for (uint64_t k = centre - EDGE_AHEAD; k <= centre + EDGE_AHEAD; k++)
        peak = fmaxf(peak, at(s->jerk, k));
    float level = (float)EDGE_SHARE * peak;
    for (uint64_t k = centre - EDGE_BACK; k <= centre + EDGE_AHEAD; k++)
        if (at(s->jerk, k) >= level) {
            float rise = at(s->jerk, k) - at(s->jerk, k - 1);
            double q = rise > 0 ? (double)((at(s->jerk, k) - level) / rise) : 0;
            return frame_of(s, (double)(s->n - 1 - k) + fmin(q, 1), JERK_HALF);
        }
    return frame_of(s, (double)(s->n - 1 - centre), JERK_HALF);
}

static bool find_contact(struct shank *s, struct shank_found *found)
{
    const int delay = JERK_HALF + BURST_HALF;
    double expected = s->running ? RUN_SWING : WALK_SWING, best = 0;
    if (!s->running && s->stride > 0)
        expected = fmin(fmax(WALK_SHARE * s->stride / FRAMES, WALK_SWING_MIN), WALK_SWING_MAX);
    uint64_t where = 0;
    double newest = (frame_of(s, 0, delay) - s->anchor) / FRAMES; // samples after the anchor
    int back_to = (int)fmin(newest - SWING_FROM, SHANK_RING - 2 * delay);
    for (int back = fmax(newest - SWING_TO, 0) > 0 ? (int)ceil(newest - SWING_TO) : 0; back <= back_to; back++) {
        double off = (newest - back - expected) / SWING_SD;
        double score = (double)at(s->burst, s->n - 1 - (uint64_t)back) * exp(-0.5 * off * off);
        if (score > best) {
            best = score;
            where = s->n - 1 - (uint64_t)back;
        }
    }
    s->searching = newest < SWING_TO;
    if (best == 0 || s->n - 1 - where < CONTACT_HOLD)
        return false;
    s->searching = false;
    double q = top((double)at(s->burst, where - 1), (double)at(s->burst, where), (double)at(s->burst, where + 1));
    found->contact = true;
    found->contact_frame = s->running ? edge(s, where) - RUN_CONTACT_MS
                                      : frame_of(s, (double)(s->n - 1 - where) - q, delay) - WALK_CONTACT_MS;
    return true;
}

bool shank_step(struct shank *s, const struct shank_input *in, struct shank_found *found)
{
    *found = (struct shank_found){.contact_frame = NAN, .toe_off_frame = NAN};
    note(s, in);
    if (find_anchor(s)) {
        double stride = s->anchor - s->last_anchor;
        bool regular = s->stride > 0 && fabs(stride / s->stride - 1) < REGULAR;
        s->stride = stride > STRIDE_MIN && stride < STRIDE_MAX ? stride : 0;
        found->toe_off = true;
        found->toe_off_frame = s->anchor - (s->running ? RUN_TOE_OFF_MS : WALK_TOE_OFF_MS);
        found->confidence = regular ? 0.9F : 0.6F;
    }
    if (s->searching && find_contact(s, found) && !found->toe_off)
        found->confidence = s->stride > 0 ? 0.9F : 0.6F;
    found->running = s->running;
    return found->contact || found->toe_off;
}
