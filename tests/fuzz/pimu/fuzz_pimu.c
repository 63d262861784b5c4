// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a message of frames: an error, or a block whose every cell can be read. What follows it never counts.
#include "check.h"
#include "pimu.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pimu_track track; // goes on from input to input, as it would
    struct pimu_block block;
    unsigned seen = 0;
    int rc = pimu_parse(&block, data, size);
    check(strlen(pimu_error(rc)) > 0);
    if (rc != 0)
        return 0;
    for (unsigned i = 0; i < block.n_sites; i++) {
        const char *name = pimu_site_name(block.sites[i]);
        check(!name || name[0] != '\0');
    }
    for (unsigned k = 0; k < block.n_frames; k++)
        for (unsigned i = 0; i < block.n_sites; i++) {
            float v[6];
            pimu_values(&block, k, i, v);
            seen += (pimu_valid(&block, k, i) ? 1U : 0U) + (v[0] > v[5] ? 1U : 0U);
        }
    struct pimu_gap gap = pimu_follow(&track, &block);
    check(gap.frames >= 0 && pimu_newest_ns(&block) >= block.t0_mono_ns);
    return seen == UINT32_MAX ? -1 : 0;
}
