// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/side.h"

#include "dsp/units.h"
#include "frames/motion.h"

#include <math.h>
#include <string.h>

#define FRAMES      10.0
#define STRIDE_MIN  500.0 // frames
#define STRIDE_MAX  2400.0
#define SMOOTHING   0.3
#define ODDS_MAX    6.0
#define SLIP        0.05 // chance that a contact was missed or doubled: caps the memory
#define SLIP_ODD    0.5  // when the interval does not look like one step
#define CERTAIN     0.6
#define RUN_CERTAIN 0.75F // nobody has checked running
#define TURNING     0.44  // rad/s beyond which the evidence counts half

// Phase of the stride's line, degrees after the left foot's contact: x ~ cos(turn + phase).
#define WALK_DEG         90.0
#define RUN_DEG          115.0
#define RUN_ACC_ONLY_DEG (-45.0) // gravity leaks in through the pelvis' roll
#define RUN_ROLL_DEG     30.0    // the pelvis drops on the swing side
#define WALK_WEIGHT      1.0
#define WALK_ACC_ONLY    0.6
#define RUN_WEIGHT       0.5
#define RUN_ACC_ONLY     0.4
#define RUN_ROLL         0.3

void side_reset(struct side *s)
{
    memset(s, 0, sizeof *s);
    s->contact[0] = s->contact[1] = s->contact[2] = -1e9;
}

void side_push(struct side *s, const struct side_input *in)
{
    s->left[s->n % SIDE_RING] = in->left;
    s->roll[s->n % SIDE_RING] = in->roll_rate;
    s->n++;
    s->newest_frame = (double)in->index - 4.5;
}

// Share of the signal that is the stride's line in this phase, -1 … 1: positive speaks for left.
static double line(const struct side *s, const float ring[SIDE_RING], double contact, double stride, double phase_deg)
{
    double until = contact + SIDE_LATE_MS, from = until - stride, sum = 0, squared = 0, re = 0, im = 0, carrier_re = 0,
           carrier_im = 0;
    int n = 0;
    for (uint64_t back = 0; back < s->n && back < SIDE_RING; back++) {
        double at = s->newest_frame - FRAMES * (double)back;
        if (at > until)
            continue;
        if (at <= from)
            break;
        double x = (double)ring[(s->n - 1 - back) % SIDE_RING], angle = 2 * PI * (at - contact) / stride;
        sum += x;
        squared += x * x;
        re += x * cos(angle);
        im -= x * sin(angle);
        carrier_re += cos(angle);
        carrier_im -= sin(angle);
        n++;
    }
    double mean = n > 0 ? sum / n : 0, variance = n > 0 ? squared / n - mean * mean : 0;
    if (n < 10 || !(variance > 0))
        return 0;
    re = 2 * (re - mean * carrier_re) / n;
    im = 2 * (im - mean * carrier_im) / n;
    // x = a cos(turn + phase) has the coefficient a exp(j phase)
    double size = hypot(re, im);
    return size / sqrt(2 * variance) * cos(atan2(im, re) - phase_deg * PI / 180);
}

// Smoothed stride and step, and whether this interval looks like one step.
static bool note_interval(struct side *s)
{
    double step = s->contact[0] - s->contact[1], stride = s->contact[0] - s->contact[2];
    bool whole = s->step > 0 && step > 0.6 * s->step && step < 1.5 * s->step;
    if (step < STRIDE_MAX / 2)
        s->step = s->step > 0 && whole ? s->step + SMOOTHING * (step - s->step) : s->step > 0 ? s->step : step;
    if (stride > STRIDE_MIN && stride < STRIDE_MAX &&
        (s->stride == 0 || (stride > 0.6 * s->stride && stride < 1.5 * s->stride)))
        s->stride = s->stride > 0 ? s->stride + SMOOTHING * (stride - s->stride) : stride;
    return whole;
}

int side_judge(struct side *s, double contact, bool running, bool gyro, double turning, float *confidence)
{
    bool opposed = running != s->running && !gyro;         // the templates with a gyro are nearly the same
    if (opposed || contact - s->contact[0] > STRIDE_MAX) { // or another bout
        s->log_odds = s->step = s->stride = 0;
        s->contact[1] = -1e9;
        s->contact[0] = -1e9;
    }
    s->running = running;
    memmove(s->contact + 1, s->contact, 2 * sizeof *s->contact);
    s->contact[0] = contact;
    bool whole = note_interval(s);
    double slip = whole ? SLIP : SLIP_ODD, left = 1 / (1 + exp(-s->log_odds));
    left = (1 - left) * (1 - slip) + left * slip;
    s->log_odds = log(left / (1 - left));

    double own = contact - s->contact[2], stride = s->stride;
    if (stride > 0 && own > 0.6 * stride && own < 1.5 * stride)
        stride = own;
    if (stride > STRIDE_MIN) {
        double evidence;
        if (running)
            evidence = (gyro ? RUN_WEIGHT : RUN_ACC_ONLY) *
                           line(s, s->left, contact, stride, gyro ? RUN_DEG : RUN_ACC_ONLY_DEG) +
                       (gyro ? RUN_ROLL : 0) * line(s, s->roll, contact, stride, RUN_ROLL_DEG);
        else
            evidence = (gyro ? WALK_WEIGHT : WALK_ACC_ONLY) * line(s, s->left, contact, stride, WALK_DEG);
        evidence *= fabs(turning) > TURNING ? 0.5 : 1;
        s->log_odds += fmin(fmax(2 * evidence, -ODDS_MAX), ODDS_MAX);
    }
    *confidence = (float)(1 / (1 + exp(-fabs(s->log_odds))));
    int foot = (double)*confidence < CERTAIN ? FOOT_UNKNOWN : s->log_odds > 0 ? FOOT_LEFT : FOOT_RIGHT;
    if (running)
        *confidence = fminf(*confidence, RUN_CERTAIN);
    return foot;
}
