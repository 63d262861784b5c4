// SPDX-License-Identifier: GPL-3.0-or-later
#include "pimu.h"

#include <string.h>

#define VERSION     1
#define FIXED       64 // bytes of the header that version 1 knows; there may be more
#define VALUES      6
#define INSTANT_MAX (INT64_C(1) << 62)

static uint64_t get(const uint8_t *at, int n_bytes)
{
    uint64_t value = 0;
    for (int i = n_bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static int64_t get_signed(const uint8_t *at)
{
    uint64_t bits = get(at, 8);
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool is_instant(int64_t value)
{
    return value >= 0 && value < INSTANT_MAX;
}

// Sites, bits, padding and values behind a header of so many bytes; what may follow them is a later version's.
static int place(struct pimu_block *out, const uint8_t *bytes, uint64_t n, uint64_t header)
{
    uint64_t n_cells = (uint64_t)out->n_frames * out->n_sites;
    uint64_t values = (header + out->n_sites + n_cells + 3) / 4 * 4;
    if (values + n_cells * VALUES * 4 > n)
        return PIMU_CUT;
    out->sites = bytes + header;
    out->valid = out->sites + out->n_sites;
    out->values = bytes + values;
    return 0;
}

int pimu_parse(struct pimu_block *out, const void *message, size_t n)
{
    const uint8_t *bytes = message;
    if (n < 8 || memcmp(bytes, "PIMU", 4) != 0)
        return PIMU_NOT_PIMU;
    if (get(bytes + 4, 2) != VERSION)
        return PIMU_OTHER_VERSION;
    uint64_t header = get(bytes + 6, 2);
    if (header < FIXED || header > n)
        return PIMU_CUT;
    memcpy(out->boot, bytes + 8, sizeof out->boot);
    out->seq = get(bytes + 24, 8);
    out->first_index = get_signed(bytes + 32);
    out->t0_mono_ns = get_signed(bytes + 40);
    out->t0_utc_ns = get_signed(bytes + 48);
    out->period_ns = (uint32_t)get(bytes + 56, 4);
    out->n_frames = (unsigned)get(bytes + 60, 2);
    out->n_sites = (unsigned)get(bytes + 62, 2);
    if (!is_instant(out->first_index) || !is_instant(out->t0_mono_ns) || out->period_ns == 0 || out->n_frames == 0)
        return PIMU_NONSENSE;
    return place(out, bytes, n, header);
}

const char *pimu_error(int code)
{
    switch (code) {
    case PIMU_NOT_PIMU:
        return "no block of frames";
    case PIMU_OTHER_VERSION:
        return "another version of the format";
    case PIMU_CUT:
        return "shorter than it says";
    case PIMU_NONSENSE:
        return "an instant, period or count that cannot be";
    default:
        return "no error";
    }
}

uint8_t pimu_valid(const struct pimu_block *block, unsigned frame, unsigned site)
{
    return block->valid[(size_t)frame * block->n_sites + site];
}

void pimu_values(const struct pimu_block *block, unsigned frame, unsigned site, float out[6])
{
    const uint8_t *at = block->values + ((size_t)frame * block->n_sites + site) * VALUES * 4;
    for (int i = 0; i < VALUES; i++, at += 4) {
        uint32_t bits = (uint32_t)get(at, 4);
        memcpy(&out[i], &bits, sizeof bits);
    }
}

const char *pimu_site_name(uint8_t id)
{
    static const char *const names[] = {
        "head",           "c7",         "t12",         "sacrum",    "sternum",    "abdomen", "shoulder_left",
        "shoulder_right", "wrist_left", "wrist_right", "foot_left", "foot_right", "pack"};
    return id < sizeof names / sizeof *names ? names[id] : NULL;
}

int64_t pimu_newest_ns(const struct pimu_block *block)
{
    return block->t0_mono_ns + (int64_t)(block->n_frames - 1) * block->period_ns;
}

struct pimu_gap pimu_follow(struct pimu_track *track, const struct pimu_block *block)
{
    struct pimu_gap gap = {.restarted = true};
    if (track->begun && memcmp(track->boot, block->boot, sizeof track->boot) == 0 && block->seq >= track->next_seq &&
        block->first_index >= track->next_index) {
        gap.restarted = false;
        gap.messages = block->seq - track->next_seq;
        gap.frames = block->first_index - track->next_index;
    }
    track->begun = true;
    memcpy(track->boot, block->boot, sizeof track->boot);
    track->next_seq = block->seq + 1;
    track->next_index = block->first_index + block->n_frames;
    return gap;
}
