// SPDX-License-Identifier: GPL-3.0-or-later
#include "exercise/signals.h"

#include "dsp/units.h"

#include <math.h>
#include <string.h>

#define BIT(site)      SITE_BIT(SITE_##site)
#define BRIDGED_BLOCKS 20   // 0.2 s: longer, and what is integrated has lost its zero
#define SIDEWAYS       0.35 // of up in the sagittal plane: with less of it a wrist points sideways, the angle is noise

enum measure signals_of(int exercise, int part)
{
    static const enum measure of[N_EXERCISES][EXERCISE_PARTS] = {
        [EXERCISE_THORACIC_ROTATION] = {MEASURE_NONE, MEASURE_TURN},
        [EXERCISE_LYING_ROTATION] = {MEASURE_NONE, MEASURE_TURN, MEASURE_NONE, MEASURE_TURN},
        [EXERCISE_THORACIC_EXTENSION] = {MEASURE_NONE, MEASURE_EXTEND},
        [EXERCISE_SCAPULAR_SQUEEZE] = {MEASURE_NONE, MEASURE_SQUEEZE},
        [EXERCISE_ARM_SWING] = {MEASURE_NONE, MEASURE_SWING},
        [EXERCISE_BREATHING] = {MEASURE_NONE, MEASURE_BREATH, MEASURE_BREATH},
        [EXERCISE_WARM_UP] = {MEASURE_NONE, MEASURE_CIRCLES, MEASURE_ROLLS, MEASURE_NECK},
    };
    return of[exercise][part];
}

const char *const *signals_aside(enum measure measure)
{
    static const char *const names[N_MEASURES][SIGNAL_ASIDE] = {
        [MEASURE_TURN] = {"hips_deg"},
        [MEASURE_NECK] = {"trunk_deg"},
        [MEASURE_EXTEND] = {"lower_ribs_deg"},
        [MEASURE_SQUEEZE] = {"left_deg", "right_deg", "raised_deg"},
    };
    return names[measure];
}

int signals_channels(enum measure measure)
{
    return measure >= MEASURE_CIRCLES ? 2 : 1;
}

bool signals_need_gyro(enum measure measure)
{
    return measure == MEASURE_NECK || measure == MEASURE_CIRCLES || measure == MEASURE_SWING;
}

// Standing on the pelvis the turn is the thorax's; against t12 the lower thorax's own share is missing.
static int turned_against(uint32_t worn)
{
    return worn & BIT(SACRUM) ? SITE_SACRUM : SITE_T12;
}

static const uint32_t spine[2][2] = {{BIT(T12), BIT(C7)}, {BIT(T12), BIT(SACRUM)}}; // behind chest, behind abdomen

uint32_t signals_sites(enum measure measure, uint32_t worn, int channel)
{
    uint32_t sites = 0;
    switch (measure) {
    case MEASURE_TURN:
        sites = BIT(C7) | SITE_BIT(turned_against(worn));
        break;
    case MEASURE_NECK:
        sites = BIT(HEAD) | BIT(C7);
        break;
    case MEASURE_EXTEND:
        sites = BIT(C7) | BIT(T12);
        break;
    case MEASURE_SQUEEZE:
        sites = BIT(C7) | BIT(SHOULDER_LEFT) | BIT(SHOULDER_RIGHT);
        break;
    case MEASURE_CIRCLES:
    case MEASURE_SWING:
        sites = channel == 0 ? BIT(WRIST_LEFT) : BIT(WRIST_RIGHT);
        break;
    case MEASURE_ROLLS:
        sites = BIT(C7) | (channel == 0 ? BIT(SHOULDER_LEFT) : BIT(SHOULDER_RIGHT));
        break;
    case MEASURE_BREATH:
        sites = channel == 0 ? BIT(STERNUM) : BIT(ABDOMEN);
        for (int i = 0; i < 2; i++)
            sites |= worn & spine[channel][i];
        break;
    case MEASURE_NONE:
    case N_MEASURES:
        break;
    }
    return (sites & ~worn) == 0 ? sites : 0;
}

int signals_base(enum measure measure, uint32_t worn)
{
    switch (measure) {
    case MEASURE_TURN:
        return turned_against(worn);
    case MEASURE_EXTEND:
        return SITE_T12;
    case MEASURE_SQUEEZE:
    case MEASURE_NECK:
        return SITE_C7;
    default:
        return -1;
    }
}

void signals_begin(struct signals *s, enum measure measure, uint32_t worn)
{
    memset(s, 0, sizeof *s);
    s->measure = measure;
    s->worn = worn;
    s->upper = measure == MEASURE_NECK ? SITE_HEAD : SITE_C7;
    s->base = measure == MEASURE_NECK ? SITE_C7 : turned_against(worn);
    s->missing[0] = s->missing[1] = BRIDGED_BLOCKS + 1;
}

bool signals_is_turn(enum measure measure)
{
    return measure == MEASURE_TURN || measure == MEASURE_NECK;
}

void signals_rest(struct signals *s, const struct motion *m)
{
    if (!signals_is_turn(s->measure))
        return;
    axial_rest(&s->axial[0], m, s->upper);
    axial_rest(&s->axial[1], m, s->base);
    // Both about the same axis, or their difference means nothing: a pelvis that is tilted far still sits.
    s->axial[1].lying = s->axial[0].lying;
}

bool signals_keep_rest(const struct signals *s)
{
    return s->measure == MEASURE_EXTEND || s->measure == MEASURE_SQUEEZE ||
           (s->measure == MEASURE_TURN && s->axial[0].lying);
}

static float wrapped(float deg)
{
    return deg - 360 * roundf(deg / 360);
}

static float pitch_against(const struct motion *m, int site, int base)
{
    return wrapped(m->pitch_deg[site] - m->pitch_deg[base]);
}

static void squeeze(const struct motion *m, struct reading *r)
{
    const int left = SITE_SHOULDER_LEFT, right = SITE_SHOULDER_RIGHT, c7 = SITE_C7;
    r->aside[0] = -pitch_against(m, left, c7);
    r->aside[1] = -pitch_against(m, right, c7);
    r->aside[2] = 0.5F * (m->roll_deg[left] - m->roll_deg[right]);
    r->x[0] = 0.5F * (r->aside[0] + r->aside[1]);
}

// The small turn about the medio-lateral axis that takes the spine's vertical to the site's: stays defined when the
// person lies. Against the mean of what is worn of the spine, or against the world.
static float breath(const struct signals *s, const struct motion *m, int channel)
{
    const float *site = m->up[channel == 0 ? SITE_STERNUM : SITE_ABDOMEN];
    float sum = 0;
    int n = 0;
    for (int i = 0; i < N_SITES; i++)
        if ((spine[channel][0] | spine[channel][1]) & s->worn & SITE_BIT(i)) {
            sum += m->up[i][2] * site[0] - m->up[i][0] * site[2];
            n++;
        }
    if (n == 0)
        return m->pitch_deg[channel == 0 ? SITE_STERNUM : SITE_ABDOMEN];
    return -sum / (float)n * (float)DEG_PER_RAD;
}

static float sagittal(struct signals *s, const struct motion *m, int channel)
{
    int wrist = channel == 0 ? SITE_WRIST_LEFT : SITE_WRIST_RIGHT;
    if (hypotf(m->up[wrist][0], m->up[wrist][2]) >= (float)SIDEWAYS)
        s->unwrapped[channel] += wrapped(m->pitch_deg[wrist] - s->unwrapped[channel]);
    return s->unwrapped[channel];
}

static void measure_channel(struct signals *s, const struct motion *m, int channel, struct reading *r)
{
    switch (s->measure) {
    case MEASURE_TURN:
    case MEASURE_NECK:
        axial_step(&s->axial[0], m, s->upper);
        axial_step(&s->axial[1], m, s->base);
        r->x[0] = (float)(s->axial[0].angle_deg - s->axial[1].angle_deg);
        r->aside[0] = s->base == SITE_T12 ? NAN : (float)s->axial[1].angle_deg;
        break;
    case MEASURE_EXTEND:
        r->x[0] = -pitch_against(m, SITE_C7, SITE_T12);
        r->aside[0] = -m->pitch_deg[SITE_T12];
        break;
    case MEASURE_SQUEEZE:
        squeeze(m, r);
        break;
    case MEASURE_CIRCLES:
    case MEASURE_SWING:
        r->x[channel] = sagittal(s, m, channel);
        break;
    case MEASURE_ROLLS: // positive roll lifts the left end and lowers the right one
        r->x[channel] = channel == 0 ? m->roll_deg[SITE_SHOULDER_LEFT] - m->roll_deg[SITE_C7]
                                     : m->roll_deg[SITE_C7] - m->roll_deg[SITE_SHOULDER_RIGHT];
        break;
    case MEASURE_BREATH:
        r->x[channel] = breath(s, m, channel);
        break;
    case MEASURE_NONE:
    case N_MEASURES:
        break;
    }
}

static bool is_measured(const struct signals *s, const struct motion *m, int channel)
{
    uint32_t sites = signals_sites(s->measure, s->worn, channel);
    if (sites == 0 || (m->valid & sites) != sites)
        return false;
    if (signals_is_turn(s->measure))
        return axial_serves(&s->axial[0], m, s->upper) && axial_serves(&s->axial[1], m, s->base);
    return !signals_need_gyro(s->measure) || (m->has_yaw & sites) == sites;
}

static void bridge(struct signals *s)
{
    if (!signals_is_turn(s->measure))
        return;
    axial_bridge(&s->axial[0]);
    axial_bridge(&s->axial[1]);
    s->last.x[0] = (float)(s->axial[0].angle_deg - s->axial[1].angle_deg);
}

// A calibration turns the axes, the person does not: of what goes to and fro the angle stays as it was.
static void keep_level(struct signals *s, int channel, struct reading *r)
{
    bool known = s->missing[channel] <= BRIDGED_BLOCKS;
    s->level[channel] = known ? s->last.x[channel] - r->x[channel] : 0;
}

void signals_step(struct signals *s, const struct motion *m, struct reading *r)
{
    bool turned = m->turned != s->turned;
    s->turned = m->turned;
    for (int i = 0; i < SIGNAL_ASIDE; i++)
        r->aside[i] = NAN;
    r->x[0] = r->x[1] = NAN;
    for (int c = 0; c < signals_channels(s->measure); c++) {
        if (is_measured(s, m, c)) {
            if (s->missing[c] > BRIDGED_BLOCKS && signals_is_turn(s->measure)) {
                axial_found(&s->axial[0], m, s->upper);
                axial_found(&s->axial[1], m, s->base);
            }
            measure_channel(s, m, c, r);
            if (turned && signals_channels(s->measure) == 2)
                keep_level(s, c, r);
            r->x[c] += s->level[c];
            s->missing[c] = 0;
        } else if (++s->missing[c] <= BRIDGED_BLOCKS) {
            if (c == 0) {
                bridge(s);
                memcpy(r->aside, s->last.aside, sizeof r->aside);
            }
            r->x[c] = s->last.x[c];
        }
    }
    s->last = *r;
}
