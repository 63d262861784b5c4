// SPDX-License-Identifier: GPL-3.0-or-later
// The motions of one contact in closed form, as functions of time with exact derivatives. An arch carries a body from
// one flight into the next: a smooth force that enters with the velocity one flight ends with, leaves with the velocity
// the next one begins with, and gives the entry's height back at toe-off, however unequal the two flights are. In
// flight nothing acts but gravity. The impact is a short pulse, balanced within the span it belongs to, so that it adds
// neither velocity nor displacement. Time is seconds since the initial contact.
#ifndef POISE_SIM_STANCE_H
#define POISE_SIM_STANCE_H

struct motion3 { // a function and its derivatives: by phase (rad of the stride, turns of the step) or by time
    double value, first, second;
};

static inline void motion3_add(struct motion3 *sum, const struct motion3 *m, double share)
{
    sum->value += share * m->value;
    sum->first += share * m->first;
    sum->second += share * m->second;
}

struct arch {
    double span_s;      // the contact
    double entry, exit; // velocities
    double gravity;     // pulls all the time, in flight alone
    double even, odd;   // the force is (1 - cos 2πx)(even + odd sin 2πx), x = t / span
};

void arch_of(double span_s, double entry, double exit, double gravity, struct arch *arch);
// Contact and the flight after it.
void arch_at(const struct arch *arch, double t_s, struct motion3 *motion);

// Fore-aft: braking, then propulsion, in the shape of a sine over the contact; velocity 1 in flight, no net
// displacement over the period.
void surge_at(double contact_s, double period_s, double t_s, struct motion3 *motion);
// The factor on it that makes the peak of braking peak_m_s2.
double surge_speed(double contact_s, double period_s, double peak_m_s2);

struct impact {
    double delay_s, length_s; // of the pulse: up for half its length, a weaker rebound in the other
    double span_s;            // within which it is balanced
};

// Of peak 1; zero after the span.
void impact_at(const struct impact *impact, double t_s, struct motion3 *motion);

// Quintic smooth step from 0 to 1 over 0 … 1 and a bump from 0 up to 1 and back, both with vanishing slope and
// curvature at the ends; outside they hold their end. Derivatives by x.
struct motion3 smooth_step(double x);
struct motion3 smooth_bump(double x);

#endif
