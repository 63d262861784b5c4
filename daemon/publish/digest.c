// SPDX-License-Identifier: GPL-3.0-or-later
// The constants are what FIPS 180-4 defines them to be: the first 32 bits of the fractional parts of the square roots
// (state) and cube roots (round constants) of the first primes. Computing them in integers leaves no table to mistype.
#include "publish/digest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 64
#define BLOCK  64

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

// floor(p^(1/power) * 2^32) modulo 2^32, by bisection in 128-bit integers.
static uint32_t root_fraction(unsigned p, int power)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t low = 0, high = UINT64_C(1) << 37; // the cube root of 311 and the square root of 19 are below 2^5
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        // middle^2 <= p * 2^64, or middle^3 <= p * 2^96: at most 111 bits
        wide product = (wide)middle * middle;
        wide bound = (wide)p << 64;
        if (power == 3) {
            product *= middle;
            bound = (wide)p << 96;
        }
        if (product <= bound)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static void make_constants(uint32_t state[8], uint32_t constant[ROUNDS])
{
    int n = 0;
    for (unsigned p = 2; n < ROUNDS; p++) {
        unsigned divisor = 2;
        while (p % divisor != 0)
            divisor++;
        if (divisor != p)
            continue;
        if (n < 8)
            state[n] = root_fraction(p, 2);
        constant[n++] = root_fraction(p, 3);
    }
}

static void add_block(uint32_t state[8], const uint32_t constant[ROUNDS], const unsigned char block[BLOCK])
{
    uint32_t w[ROUNDS], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < ROUNDS; i++) {
        uint32_t small0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t small1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + small0 + w[i - 7] + small1;
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t big1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t t1 = s[7] + big1 + choice + constant[i] + w[i];
        uint32_t big0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + big0 + majority;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

void digest_text(const void *data, size_t n, char out[DIGEST_TEXT])
{
    uint32_t state[8], constant[ROUNDS];
    const unsigned char *bytes = data;
    unsigned char tail[2 * BLOCK] = {0};
    make_constants(state, constant);
    size_t whole = n / BLOCK * BLOCK, rest = n - whole;
    for (size_t i = 0; i < whole; i += BLOCK)
        add_block(state, constant, bytes + i);
    if (rest > 0)
        memcpy(tail, bytes + whole, rest);
    tail[rest] = 0x80;
    size_t length = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    for (unsigned i = 0; i < 8; i++)
        tail[length - 1 - i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
    for (size_t i = 0; i < length; i += BLOCK)
        add_block(state, constant, tail + i);
    for (int i = 0; i < 8; i++)
        snprintf(out + 8 * i, 9, "%08x", state[i]);
}
