// SPDX-License-Identifier: GPL-3.0-or-later
#include "gait/line.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define RATE_HZ 100.0

void line_begin(struct line *l, int n, double carrier_hz, double box_s)
{
    l->n = n;
    l->carrier_turns_per_sample = carrier_hz / RATE_HZ;
    l->box = (int)lround(box_s * RATE_HZ);
    l->n_points = n >= 2 * l->box ? (n - l->box) / LINE_HOP + 1 : 0;
    memset(l->re, 0, sizeof l->re);
    memset(l->im, 0, sizeof l->im);
    memset(l->power, 0, sizeof l->power);
}

void line_add(struct line *l, const float *x, double weight)
{
    // Running sums; the window's end falls on a point, what does not fill a hop is left out at its beginning.
    double sum_re[1025], sum_im[1025], mean = 0, energy = 0;
    if (l->n_points == 0)
        return;
    for (int i = 0; i < l->n; i++)
        mean += (double)x[i] / l->n;
    double turn = 2 * PI * l->carrier_turns_per_sample, c = cos(turn), s = -sin(turn), re = 1, im = 0;
    sum_re[0] = sum_im[0] = 0;
    for (int i = 0; i < l->n; i++) {
        double v = (double)x[i] - mean, next = re * c - im * s;
        sum_re[i + 1] = sum_re[i] + v * re;
        sum_im[i + 1] = sum_im[i] + v * im;
        energy += v * v;
        im = re * s + im * c;
        re = next;
    }
    if (!(energy > 0))
        return;
    double scale = weight / energy, before_re = 0, before_im = 0;
    for (int p = 0; p < l->n_points; p++) {
        int to = l->n - (l->n_points - 1 - p) * LINE_HOP;
        double z_re = sum_re[to] - sum_re[to - l->box], z_im = sum_im[to] - sum_im[to - l->box];
        if (p > 0) {
            l->re[p] += scale * (z_re * before_re + z_im * before_im);
            l->im[p] += scale * (z_im * before_re - z_re * before_im);
        }
        l->power[p] += scale * (z_re * z_re + z_im * z_im);
        before_re = z_re;
        before_im = z_im;
    }
}

void line_end(struct line *l)
{
    for (int p = 0; p < l->n_points; p++)
        l->turns[p] = p > 0 ? l->turns[p - 1] + atan2(l->im[p], l->re[p]) / (2 * PI) : 0;
}

struct line_fit line_fit(const struct line *l, int n)
{
    struct line_fit fit = {0};
    int count = n >= 2 * l->box ? (n - l->box) / LINE_HOP + 1 : 0, from = l->n_points - count;
    if (count < 3 || from < 0)
        return fit;
    double mean = 0, slope = 0, square = 0, bend = 0, power = 0, least = INFINITY, middle = (count - 1) / 2.0;
    for (int p = 0; p < count; p++)
        mean += l->turns[from + p] / count;
    for (int p = 0; p < count; p++) {
        slope += (p - middle) * (l->turns[from + p] - mean);
        square += (p - middle) * (p - middle);
        power += l->power[from + p] / count;
        least = fmin(least, l->power[from + p]);
    }
    slope /= square;
    for (int p = 0; p < count; p++) {
        double left = l->turns[from + p] - mean - slope * (p - middle);
        bend += left * left / count;
    }
    fit.hz = (l->carrier_turns_per_sample + slope / LINE_HOP) * RATE_HZ;
    fit.bend_turns = sqrt(bend);
    fit.dip = power > 0 ? least / power : 0;
    return fit;
}

double line_latest(const struct line *l, double most, double least)
{
    double per_hop = l->carrier_turns_per_sample * LINE_HOP, before = 0, now = 0;
    int hops = 0;
    for (int p = l->n_points - 2; p >= 0 && now < most; p--) {
        before = now;
        now = l->turns[l->n_points - 1] - l->turns[p] + ++hops * per_hop;
    }
    if (now < least || now <= before)
        return 0;
    double turns = fmin(now, most);
    return turns * RATE_HZ / LINE_HOP / (hops - 1 + (turns - before) / (now - before));
}
