// SPDX-License-Identifier: GPL-3.0-or-later
#include "pack/pack.h"

#include "pack/bounce.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define RING         2048 // 20.5 s at 100 Hz
#define BLOCK_S      (1 / MOTION_RATE_HZ)
#define HOP_FRAMES   1000
#define STILL_BLOCKS 100
#define MIN_STEPS    6
#define LOST_BLOCKS  100 // then another site serves as the trunk
#define COVERAGE     0.95

struct sample {
    double turns, rise; // step phase, and by how much it rose
    float trunk, pack;  // m/s^2, earth-vertical
    float pitch, roll;  // deg, pack minus trunk
    bool measured, tilted;
};

struct pack {
    struct pack_params params;
    struct sample ring[RING];
    uint64_t blocks; // since the last restart
    uint64_t moving; // blocks since moving began
    int trunk, trunk_lost;
    uint32_t turned;
    bool pending;
    struct pack_result result;
    int64_t result_index;
};

const struct setting pack_settings[] = {
    {.key = "steps",
     .type = SETTING_INT,
     .offset = offsetof(struct pack_params, steps),
     .def = 16,
     .min = MIN_STEPS,
     .max = 20,
     .sentence = "Over how many steps the pack's bounce and lag are averaged. Small values follow a change, large ones "
                 "leave out more of what does not repeat with the step."},
};
const size_t n_pack_settings = sizeof pack_settings / sizeof *pack_settings;

static const int trunk_sites[] = {SITE_T12, SITE_C7, SITE_STERNUM};

int pack_create(struct pack **out, const struct pack_params *params)
{
    struct pack *p = *out = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->params = *params;
    p->trunk = SITE_T12;
    p->trunk_lost = LOST_BLOCKS;
    return 0;
}

void pack_destroy(struct pack *p)
{
    free(p);
}

static bool vertical(const struct motion *m, int site, float *mean)
{
    int n = 0;
    float sum = 0;
    for (int f = 0; f < FRAME_BLOCK_LEN; f++)
        if (m->frame_valid[site][f] & FRAME_ACC) {
            n++;
            sum += m->acc_up[site][f];
        }
    *mean = n > 0 ? sum / (float)n : 0;
    return 10 * n >= 8 * FRAME_BLOCK_LEN;
}

// Keeps to one site for the trunk while it delivers; another one is another motion, so the past does not count.
static void choose_trunk(struct pack *p, const struct motion *m)
{
    float unused;
    p->trunk_lost = vertical(m, p->trunk, &unused) ? 0 : p->trunk_lost + 1;
    if (p->trunk_lost <= LOST_BLOCKS)
        return;
    for (size_t i = 0; i < sizeof trunk_sites / sizeof *trunk_sites; i++)
        if (vertical(m, trunk_sites[i], &unused)) {
            p->trunk = trunk_sites[i];
            p->trunk_lost = 0;
            p->blocks = p->moving = 0;
            return;
        }
}

static const struct sample *at(const struct pack *p, uint64_t back)
{
    return &p->ring[(p->blocks - 1 - back) % RING];
}

static void store(struct pack *p, const struct motion *m, const struct gait_phase *phase)
{
    double before = p->blocks > 0 ? at(p, 0)->turns : 0;
    struct sample *s = &p->ring[p->blocks % RING];
    s->turns = phase->step_turns;
    s->rise = p->moving > 1 ? phase->step_turns - before : 0;
    bool trunk = vertical(m, p->trunk, &s->trunk), pack = vertical(m, SITE_PACK, &s->pack);
    s->measured = trunk && pack;
    if (!s->measured)
        s->trunk = s->pack = 0;
    uint32_t both = SITE_BIT(p->trunk) | SITE_BIT(SITE_PACK);
    s->tilted = (m->valid & both) == both;
    s->pitch = m->pitch_deg[SITE_PACK] - m->pitch_deg[p->trunk];
    s->roll = m->roll_deg[SITE_PACK] - m->roll_deg[p->trunk];
    p->blocks++;
}

// How many blocks the last steps take: whole strides, as many as there are up to what is asked for. 0: too few yet.
static int stride_blocks(const struct pack *p)
{
    uint64_t known = p->blocks < RING ? p->blocks : RING;
    if (p->moving < known)
        known = p->moving;
    if (known < 2)
        return 0;
    double now = at(p, 0)->turns, whole = floor((now - at(p, known - 1)->turns) / 2) * 2;
    double steps = fmin(whole, p->params.steps - p->params.steps % 2);
    if (steps < MIN_STEPS)
        return 0;
    int n = 0;
    while (now - at(p, (uint64_t)n)->turns < steps)
        n++;
    return n;
}

static void measure_bounce(const struct pack *p, int n, struct pack_result *r)
{
    struct bounce bounce;
    int measured = 0;
    bounce_begin(&bounce);
    for (int i = 0; i < n; i++) {
        const struct sample *s = at(p, (uint64_t)i);
        measured += s->measured;
        bounce_add(&bounce, s->turns, s->rise, BLOCK_S, (double)s->trunk, (double)s->pack);
    }
    if (measured < COVERAGE * n)
        return;
    r->bounce_mm = (float)bounce_range_mm(&bounce);
    r->lag_ms = (float)bounce_lag_ms(&bounce);
}

static void measure_tilt(const struct pack *p, int n, struct pack_result *r)
{
    double pitch = 0, roll = 0;
    int tilted = 0;
    for (int i = 0; i < n; i++) {
        const struct sample *s = at(p, (uint64_t)i);
        if (!s->tilted)
            continue;
        tilted++;
        pitch += (double)s->pitch;
        roll += (double)s->roll;
    }
    if (tilted < COVERAGE * n)
        return;
    r->tilt_deg = (float)(pitch / tilted);
    r->side_tilt_deg = (float)(roll / tilted);
}

void pack_step(struct pack *p, const struct motion *m, const struct gait_phase *phase)
{
    if (m->restarted || m->turned != p->turned)
        p->blocks = p->moving = 0;
    p->turned = m->turned;
    choose_trunk(p, m);
    p->moving = phase->moving ? p->moving + 1 : 0;
    store(p, m, phase);
    if ((m->index + 1) % HOP_FRAMES != 0)
        return;
    p->result = (struct pack_result){NAN, NAN, NAN, NAN};
    int n = stride_blocks(p);
    if (n > 0)
        measure_bounce(p, n, &p->result);
    else
        n = p->blocks < STILL_BLOCKS ? (int)p->blocks : STILL_BLOCKS;
    if (n >= STILL_BLOCKS)
        measure_tilt(p, n, &p->result);
    p->result_index = m->index - n / 2 * FRAME_BLOCK_LEN;
    p->pending = true;
}

bool pack_pull(struct pack *p, struct pack_result *result, int64_t *index)
{
    if (!p->pending)
        return false;
    *result = p->result;
    *index = p->result_index;
    p->pending = false;
    return true;
}
