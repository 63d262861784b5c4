// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/stance.h"

#include "sim/phasor.h"

#define ODD_MOMENT 0.11936620731892151 // 3 / 8π: ∫ (1 - x) sin 2πx (1 - cos 2πx) dx
#define PULSE_MEAN 0.15                // of the impact's pulse over its length, and its double integral there
#define PULSE_RISE 0.1625

// (1 - cos 2πx)(even + odd sin 2πx), integrated never, once and twice from 0.
static struct motion3 force_at(double even, double odd, double x)
{
    struct phasor at = phasor_at(x);
    double s2 = 2 * at.s * at.c, c2 = at.c * at.c - at.s * at.s, turn = TURN_RAD;
    double odd_once = (1 - at.c) / turn - (1 - c2) / (4 * turn);
    double odd_twice = 0.75 * x / turn - at.s / (turn * turn) + s2 / (8 * turn * turn);
    return (struct motion3){
        .second = (1 - at.c) * (even + odd * at.s),
        .first = even * (x - at.s / turn) + odd * odd_once,
        .value = even * (x * x / 2 + (at.c - 1) / (turn * turn)) + odd * odd_twice,
    };
}

void arch_of(double span_s, double entry, double exit, double gravity, struct arch *arch)
{
    double even = (exit - entry) / span_s + gravity;
    *arch = (struct arch){
        .span_s = span_s,
        .entry = entry,
        .exit = exit,
        .gravity = gravity,
        .even = even,
        .odd = -(entry / span_s + (even - gravity) / 2) / ODD_MOMENT,
    };
}

void arch_at(const struct arch *arch, double t_s, struct motion3 *motion)
{
    double g = arch->gravity, after_s = t_s - arch->span_s;
    if (after_s >= 0) {
        *motion = (struct motion3){after_s * (arch->exit - g * after_s / 2), arch->exit - g * after_s, -g};
        return;
    }
    *motion = force_at(arch->even, arch->odd, t_s / arch->span_s);
    motion->value = motion->value * arch->span_s * arch->span_s + t_s * (arch->entry - g * t_s / 2);
    motion->first = motion->first * arch->span_s + arch->entry - g * t_s;
    motion->second -= g;
}

void surge_at(double contact_s, double period_s, double t_s, struct motion3 *motion)
{
    double share = period_s / contact_s;
    if (t_s >= contact_s) {
        *motion = (struct motion3){t_s - period_s, 1, 0};
        return;
    }
    struct phasor at = phasor_at(t_s / contact_s);
    *motion = (struct motion3){
        .value = t_s + share * (contact_s * at.s / TURN_RAD - t_s),
        .first = 1 + share * (at.c - 1),
        .second = -share * TURN_RAD / contact_s * at.s,
    };
}

double surge_speed(double contact_s, double period_s, double peak_m_s2)
{
    return peak_m_s2 * contact_s * contact_s / (period_s * TURN_RAD);
}

// sin² over the first half of 0 … 1, -0.4 sin² over the second, integrated never, once and twice.
static struct motion3 pulse_at(double x)
{
    if (x <= 0)
        return (struct motion3){0, 0, 0};
    if (x >= 1)
        return (struct motion3){PULSE_RISE + PULSE_MEAN * (x - 1), PULSE_MEAN, 0};
    struct phasor at = phasor_at(x), twice = phasor_turn(at, at);
    double y = x < 0.5 ? x : x - 0.5, turn = TURN_RAD;
    struct motion3 half = {y * y / 4 + (twice.c - 1) / (8 * turn * turn), y / 2 - twice.s / (4 * turn), at.s * at.s};
    if (x < 0.5)
        return half;
    return (struct motion3){0.0625 + 0.25 * y - 0.4 * half.value, 0.25 - 0.4 * half.first, -0.4 * half.second};
}

void impact_at(const struct impact *impact, double t_s, struct motion3 *motion)
{
    double span_s = impact->span_s, length_s = impact->length_s, to_end = (span_s - impact->delay_s) / length_s;
    if (t_s >= span_s || to_end < 1) { // no room for the pulse: none
        *motion = (struct motion3){0, 0, 0};
        return;
    }
    double gained = PULSE_MEAN * length_s, moved = length_s * length_s * (PULSE_RISE + PULSE_MEAN * (to_end - 1));
    double even = gained / span_s, odd = (moved / (span_s * span_s) - even / 2) / ODD_MOMENT;
    struct motion3 back = force_at(even, odd, t_s / span_s), pulse = pulse_at((t_s - impact->delay_s) / length_s);
    *motion = (struct motion3){
        .value = pulse.value * length_s * length_s - back.value * span_s * span_s,
        .first = pulse.first * length_s - back.first * span_s,
        .second = pulse.second - back.second,
    };
}

struct motion3 smooth_step(double x)
{
    if (x <= 0 || x >= 1)
        return (struct motion3){x <= 0 ? 0 : 1, 0, 0};
    double y = x * (1 - x);
    return (struct motion3){x * x * x * (10 + x * (-15 + 6 * x)), 30 * y * y, 60 * y * (1 - 2 * x)};
}

struct motion3 smooth_bump(double x)
{
    if (x <= 0 || x >= 1)
        return (struct motion3){0, 0, 0};
    double y = x * (1 - x), slope = 1 - 2 * x;
    return (struct motion3){64 * y * y * y, 192 * y * y * slope, 384 * y * (slope * slope - y)};
}
