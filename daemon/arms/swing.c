// SPDX-License-Identifier: GPL-3.0-or-later
#include "arms/swing.h"

#include "dsp/stats.h"
#include "dsp/units.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define LEGS_MAX 128
#define LEGS_MIN 4
#define REVERSAL 0.2 // of a sine's range with the same cycle and RMS: smaller turns back are part of the same swing

void swing_axis(const float rate[][3], int n, double axis[2])
{
    double xx = 0, xy = 0, yy = 0;
    for (int j = 0; j < n; j++) {
        double x = (double)rate[j][0], y = (double)rate[j][1];
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    double angle = 0.5 * atan2(2 * xy, xx - yy);
    double sign = sin(angle) < 0 ? -1 : 1;
    axis[0] = sign * cos(angle);
    axis[1] = sign * sin(angle);
}

// The turning points of the integrated rate that stand out by `reversal`; returns how many legs lie between them.
// The first and the last turning point may be the window's end and are left out.
static int find_legs(const float *rate, int n, double rate_hz, double reversal, double leg[LEGS_MAX])
{
    double angle = 0, high = 0, low = 0, turn = NAN;
    int rising = 0, legs = 0;
    for (int j = 0; j < n && legs < LEGS_MAX; j++) {
        angle += (double)rate[j] / rate_hz;
        high = fmax(high, angle);
        low = fmin(low, angle);
        bool falls = rising >= 0 && high - angle > reversal;
        bool rises = rising <= 0 && angle - low > reversal;
        if (!falls && !rises)
            continue;
        double at = falls ? high : low;
        if (isfinite(turn))
            leg[legs++] = fabs(at - turn);
        if (rising != 0)
            turn = at;
        rising = falls ? -1 : 1;
        high = low = angle;
    }
    return legs;
}

double swing_sweep(const float *rate, int n, double rate_hz, double cycle_hz)
{
    double squared = 0, mean = 0, leg[LEGS_MAX];
    for (int j = 0; j < n; j++) {
        mean += (double)rate[j] / n;
        squared += (double)rate[j] * (double)rate[j] / n;
    }
    double range = 2 * sqrt(2 * fmax(squared - mean * mean, 0)) / (2 * PI * cycle_hz);
    if (!(range > 0))
        return NAN;
    int legs = find_legs(rate, n, rate_hz, REVERSAL * range, leg);
    if (legs < LEGS_MIN)
        return NAN;
    for (int i = 0; i + 1 < legs; i++) // what drifts goes up by as much on the way back
        leg[i] = 0.5 * (leg[i] + leg[i + 1]);
    return median_in_place(leg, (size_t)legs - 1);
}
