// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/imu_wire.h"

#include "frames/log_event.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ABSENT 0x7fc00000U // a quiet NaN: whoever forgets to look at the bits gets no zero to reckon with

// Compilers make one store of each.
static uint8_t *put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
    return at + 4;
}

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    return put_u32(put_u32(at, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint8_t *put_vector(uint8_t *at, const float value[3], bool valid)
{
    for (int i = 0; i < 3; i++) {
        uint32_t bits = ABSENT;
        if (valid)
            memcpy(&bits, &value[i], sizeof bits);
        at = put_u32(at, bits);
    }
    return at;
}

static uint8_t wire_bits(const struct frame_block *block, unsigned site, int frame)
{
    unsigned from = block->site[site].valid[frame], bits = 0;
    bits |= from & FRAME_ACC ? IMU_WIRE_ACC : 0;
    bits |= from & FRAME_GYRO ? IMU_WIRE_GYRO : 0;
    bits |= from & FRAME_ACC_CLIPPED ? IMU_WIRE_ACC_CLIPPED : 0;
    bits |= from & FRAME_GYRO_CLIPPED ? IMU_WIRE_GYRO_CLIPPED : 0;
    bits |= from & FRAME_BRIDGED ? IMU_WIRE_BRIDGED : 0;
    bits |= block->axes_missing & SITE_BIT(site) ? IMU_WIRE_ACC_PARTIAL : 0;
    return (uint8_t)bits;
}

static uint8_t *put_header(uint8_t *at, const struct frame_block *block, const struct imu_wire_stamp *stamp,
                           unsigned n_sites)
{
    int64_t t0 = block->first_index * FRAME_PERIOD_NS;
    int64_t utc = stamp->utc_minus_mono_ns == UTC_UNKNOWN_NS ? UTC_UNKNOWN_NS : t0 + stamp->utc_minus_mono_ns;
    memcpy(at, "PIMU", 4);
    at = put_u16(put_u16(at + 4, IMU_WIRE_VERSION), IMU_WIRE_HEADER);
    memcpy(at, stamp->boot, sizeof stamp->boot);
    at = put_u64(at + sizeof stamp->boot, stamp->seq);
    at = put_u64(at, (uint64_t)block->first_index);
    at = put_u64(at, (uint64_t)t0);
    at = put_u64(at, (uint64_t)utc);
    at = put_u32(at, (uint32_t)FRAME_PERIOD_NS);
    return put_u16(put_u16(at, FRAME_BLOCK_LEN), n_sites);
}

size_t imu_wire_encode(uint8_t out[IMU_WIRE_MAX], const struct frame_block *block, const struct imu_wire_stamp *stamp)
{
    uint8_t sites[N_SITES];
    unsigned n = 0;
    for (unsigned s = 0; s < N_SITES; s++)
        if (block->worn & SITE_BIT(s))
            sites[n++] = (uint8_t)s;
    uint8_t *at = put_header(out, block, stamp, n);
    memcpy(at, sites, n);
    at += n;
    for (int k = 0; k < FRAME_BLOCK_LEN; k++)
        for (unsigned i = 0; i < n; i++)
            *at++ = wire_bits(block, sites[i], k);
    while ((at - out) % 4 != 0)
        *at++ = 0;
    for (int k = 0; k < FRAME_BLOCK_LEN; k++)
        for (unsigned i = 0; i < n; i++) {
            const struct site_frames *site = &block->site[sites[i]];
            at = put_vector(at, site->acc[k], site->valid[k] & FRAME_ACC);
            at = put_vector(at, site->gyro[k], site->valid[k] & FRAME_GYRO);
        }
    return (size_t)(at - out);
}

void imu_wire_boot(uint8_t out[16], const char *text)
{
    int n = 0;
    memset(out, 0, 16);
    while (n < 16) {
        unsigned byte;
        text += *text == '-';
        if (text[0] == '\0' || text[1] == '\0' || sscanf(text, "%2x", &byte) != 1) {
            memset(out, 0, 16);
            return;
        }
        out[n++] = (uint8_t)byte;
        text += 2;
    }
}
