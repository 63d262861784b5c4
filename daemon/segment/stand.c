// SPDX-License-Identifier: GPL-3.0-or-later
#include "segment/stand.h"

#include "dsp/vec.h"
#include "segment/spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COVERAGE     0.8     // of a second's frames must be there for the site to count
#define DRIFT_COSINE 0.99939 // 2 degrees between one second's gravity and the stand's so far

static const uint32_t trunk = SITE_BIT(SITE_HEAD) | SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) |
                              SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN);

// Without the head, which may look down.
static const uint32_t voters =
    SITE_BIT(SITE_C7) | SITE_BIT(SITE_T12) | SITE_BIT(SITE_SACRUM) | SITE_BIT(SITE_STERNUM) | SITE_BIT(SITE_ABDOMEN);
// These slope by less than half of upright_deg; they stop no stand.
static const uint32_t flat = SITE_BIT(SITE_SHOULDER_LEFT) | SITE_BIT(SITE_SHOULDER_RIGHT);

void stand_reset(struct stand *stand)
{
    memset(stand, 0, sizeof *stand);
}

static void add_block(struct stand_site *s, const struct site_frames *site)
{
    for (int f = 0; f < FRAME_BLOCK_LEN; f++) {
        bool acc = site->valid[f] & FRAME_ACC, gyro = site->valid[f] & FRAME_GYRO;
        s->n_acc += acc;
        s->n_gyro += gyro;
        for (int i = 0; i < 3; i++) {
            double a = acc ? (double)site->acc[f][i] : 0, g = gyro ? (double)site->gyro[f][i] : 0;
            s->acc[i] += a;
            s->acc_squared += a * a;
            s->gyro[i] += g;
            s->gyro_squared += g * g;
        }
    }
}

static enum stand_flaw look_at(const struct stand_site *s, const struct segment_params *p, bool has_up)
{
    const int enough = (int)(COVERAGE * STAND_BLOCKS_PER_S * FRAME_BLOCK_LEN);
    if (s->n_acc < enough)
        return STAND_NO_DATA;
    if (spread_of(s->acc, s->acc_squared, s->n_acc) > p->quiet_acc_m_s2)
        return STAND_MOVES;
    if (s->n_gyro >= enough && spread_of(s->gyro, s->gyro_squared, s->n_gyro) > p->quiet_rate_deg_s / DEG_PER_RAD)
        return STAND_MOVES;
    double norm = vec3_norm(s->acc);
    if (has_up && !(s->acc[2] > norm * cos(p->upright_deg / DEG_PER_RAD)))
        return STAND_NOT_UPRIGHT;
    return STAND_SOUND;
}

static bool drifted(const double sum[3], const double second[3])
{
    double n = vec3_norm(sum) * vec3_norm(second);
    return n > 0 && vec3_dot(sum, second) < DRIFT_COSINE * n;
}

static bool blame(struct stand *stand, enum stand_flaw flaw, int site)
{
    stand->flaw = flaw;
    stand->flaw_site = site;
    return false;
}

// Of the sites that are not upright those that are to blame for it that this is no stand.
static uint32_t outvote(struct stand *stand, uint32_t aslant, uint32_t upright)
{
    int n_aslant = __builtin_popcount(aslant & voters), n_upright = __builtin_popcount(upright & voters);
    uint32_t wrong = (n_upright >= 2 && n_aslant < n_upright ? voters : 0) | flat;
    stand->aslant |= aslant & wrong;
    for (int s = 0; s < N_SITES; s++)
        if (aslant & wrong & SITE_BIT(s)) {
            double up = stand->second[s].acc[2] / vec3_norm(stand->second[s].acc);
            stand->aslant_deg[s] = (float)(acos(fmin(fmax(up, -1), 1)) * DEG_PER_RAD);
        }
    return aslant & ~wrong;
}

// Adds the finished second to the stand; false when it was not quiet. A site that delivers too little is left out.
static bool take_second(struct stand *stand, const struct segment_params *p)
{
    uint32_t present = 0, aslant = 0;
    for (int s = 0; s < N_SITES; s++) {
        enum stand_flaw flaw = look_at(&stand->second[s], p, (trunk | flat) & SITE_BIT(s));
        if (flaw == STAND_NO_DATA)
            continue;
        if (flaw != STAND_MOVES && drifted(stand->force[s], stand->second[s].acc))
            flaw = STAND_DRIFTS;
        if (flaw == STAND_NOT_UPRIGHT)
            aslant |= SITE_BIT(s);
        else if (flaw != STAND_SOUND)
            return blame(stand, flaw, s);
        present |= SITE_BIT(s);
    }
    uint32_t blamed = outvote(stand, aslant, present & ~aslant);
    if (blamed != 0)
        return blame(stand, STAND_NOT_UPRIGHT, __builtin_ctz(blamed));
    present &= ~(aslant & trunk);
    if (present == 0)
        return blame(stand, STAND_NO_DATA, 0);
    for (int s = 0; s < N_SITES; s++)
        if (present & SITE_BIT(s)) {
            for (int i = 0; i < 3; i++)
                stand->force[s][i] += stand->second[s].acc[i] / stand->second[s].n_acc;
            stand->magnitude[s] += vec3_norm(stand->second[s].acc) / stand->second[s].n_acc;
        }
    stand->sites |= present;
    return true;
}

bool stand_step(struct stand *stand, const struct segment_params *p, const struct frame_block *block)
{
    for (int s = 0; s < N_SITES; s++)
        if (block->worn & SITE_BIT(s))
            add_block(&stand->second[s], &block->site[s]);
    if (++stand->blocks < STAND_BLOCKS_PER_S)
        return false;
    if (!take_second(stand, p)) {
        enum stand_flaw flaw = stand->flaw;
        int site = stand->flaw_site;
        stand_reset(stand);
        return blame(stand, flaw, site);
    }
    stand->flaw = STAND_SOUND;
    stand->blocks = 0;
    memset(stand->second, 0, sizeof stand->second);
    return ++stand->seconds >= (int)ceil(p->stand_s);
}

float stand_sway_deg(const struct stand *stand, int site)
{
    // Mean resultant length of directions: 1 - R is half their variance.
    double length = stand->magnitude[site] > 0 ? vec3_norm(stand->force[site]) / stand->magnitude[site] : 1;
    return (float)(sqrt(fmax(2 * (1 - length), 0)) * DEG_PER_RAD);
}

const char *stand_flaw_words(const struct stand *stand, char words[STAND_FLAW_WORDS_MAX])
{
    const char *site = site_names[stand->flaw_site];
    switch (stand->flaw) {
    case STAND_MOVES:
        snprintf(words, STAND_FLAW_WORDS_MAX, ": %s moves", site);
        break;
    case STAND_NOT_UPRIGHT:
        snprintf(words, STAND_FLAW_WORDS_MAX, ": %s is not upright", site);
        break;
    case STAND_DRIFTS:
        snprintf(words, STAND_FLAW_WORDS_MAX, ": %s leans away slowly", site);
        break;
    case STAND_NO_DATA:
        snprintf(words, STAND_FLAW_WORDS_MAX, ": no sensor delivers");
        break;
    case STAND_SOUND:
        words[0] = '\0';
        break;
    }
    return words;
}
