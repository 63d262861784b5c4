// SPDX-License-Identifier: GPL-3.0-or-later
// Pitch after Novacheck 1998, "The biomechanics of running", Gait & Posture 7, and Winter 1991, "The Biomechanics and
// Motor Control of Human Gait"; rounded. Eversion: from 0.35 of its range on the inverted side to 0.65 on the other.
#include "sim/foot.h"

#include <string.h>

#define RAD          0.017453292519943295
#define INVERTED     0.35
#define EVERTED_AT   0.4  // of the contact
#define FLAT_AT      0.15 // of the contact
#define TOES_DOWN_AT 0.2  // of the swing
#define TOES_UP_AT   0.85

static const struct {
    double contact_deg, down_deg, up_deg; // pitch at the contact, after toe-off, before the next contact
    double heel_off;                      // of the contact
    double lift_m;
} form[2] = {{-20, 62, -22, 0.62, 0.10}, {-12, 72, -16, 0.45, 0.25}}; // walking, running

struct knot {
    double t_s, value;
};

// Smooth steps from knot to knot, at rest on each.
static struct motion3 along(const struct knot *knot, int n, double t_s)
{
    int i = 0;
    while (i + 2 < n && t_s >= knot[i + 1].t_s)
        i++;
    double span_s = knot[i + 1].t_s - knot[i].t_s, by = knot[i + 1].value - knot[i].value;
    struct motion3 m = smooth_step((t_s - knot[i].t_s) / span_s);
    return (struct motion3){knot[i].value + by * m.value, by * m.first / span_s, by * m.second / (span_s * span_s)};
}

static double contact_pitch(const struct timeline_step *step)
{
    return RAD * (step->walk * form[0].contact_deg + step->run * form[1].contact_deg);
}

// Where a toe-off is not before the next contact, it is taken a little before it.
static double toe_off_of(const struct timeline_step *own, double cycle_s)
{
    return own->contact_s < 0.9 * cycle_s ? own->contact_s : 0.9 * cycle_s;
}

static void turn(const struct timeline_step *own, const struct timeline_step *next, bool left, double heel_off_s,
                 double t_s, struct foot_motion *motion)
{
    double cycle_s = next->start_s - own->start_s, toe_off_s = toe_off_of(own, cycle_s);
    double swing_s = cycle_s - toe_off_s, walk = own->walk, run = own->run;
    const struct knot pitch[] = {
        {0, contact_pitch(own)},
        {FLAT_AT * toe_off_s, 0},
        {heel_off_s, 0},
        {toe_off_s + TOES_DOWN_AT * swing_s, RAD * (walk * form[0].down_deg + run * form[1].down_deg)},
        {toe_off_s + TOES_UP_AT * swing_s, RAD * (walk * form[0].up_deg + run * form[1].up_deg)},
        {cycle_s, contact_pitch(next)},
    };
    // Inverted: the outer edge down, a roll to the left for the left foot.
    double outward = left ? -1 : 1, range = own->eversion_rad * (walk + run);
    const struct knot roll[] = {
        {0, outward * INVERTED * range},
        {EVERTED_AT * toe_off_s, outward * (INVERTED - 1) * range},
        {toe_off_s, outward * INVERTED * range},
        {cycle_s, outward * INVERTED * next->eversion_rad * (next->walk + next->run)},
    };
    struct motion3 p = along(pitch, sizeof pitch / sizeof *pitch, t_s);
    struct motion3 r = along(roll, sizeof roll / sizeof *roll, t_s);
    motion->angle[0] = p.value;
    motion->rate[0] = p.first;
    motion->angle[1] = r.value;
    motion->rate[1] = r.first;
}

void foot_at(const struct timeline_step *own, const struct timeline_step *next, bool left, double t_s,
             const double shock[2], const struct impact *impact, struct foot_motion *motion)
{
    memset(motion, 0, sizeof *motion);
    double gait = own->walk + own->run, after_s = t_s - own->start_s, cycle_s = next->start_s - own->start_s;
    if (gait + next->walk + next->run <= 0)
        return;
    double share = gait > 0 ? own->run / gait : 0;
    double heel_off_s = toe_off_of(own, cycle_s) * (form[0].heel_off + share * (form[1].heel_off - form[0].heel_off));
    turn(own, next, left, heel_off_s, after_s, motion);
    double moving_s = cycle_s - heel_off_s, x = (after_s - heel_off_s) / moving_s;
    double stride_m = own->speed_m_s * cycle_s, lift_m = own->walk * form[0].lift_m + own->run * form[1].lift_m;
    struct motion3 forward = smooth_step(x), up = smooth_bump(x), jolt;
    impact_at(impact, after_s, &jolt);
    double peak = own->impact * (own->walk * shock[0] + own->run * shock[1]);
    motion->acc_world[0] = stride_m * forward.second / (moving_s * moving_s) - 0.3 * peak * jolt.second;
    motion->acc_world[2] = lift_m * up.second / (moving_s * moving_s) + own->hard * peak * jolt.second;
    motion->rise_m = lift_m * up.value + own->hard * peak * jolt.value;
}
