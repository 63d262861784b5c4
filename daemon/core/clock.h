// SPDX-License-Identifier: GPL-3.0-or-later
// The two clocks of the host and the text form of UTC. Only acquisition, the intake's ticks and the publisher read
// clocks; values come from stamps inside the event log.
#ifndef POISE_CORE_CLOCK_H
#define POISE_CORE_CLOCK_H

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)

int64_t clock_mono_ns(void); // CLOCK_MONOTONIC. RT-safe
int64_t clock_utc_ns(void);  // CLOCK_REALTIME. RT-safe

#define CLOCK_UTC_TEXT 25
// RFC 3339 with milliseconds, "2026-11-21T11:04:31.123Z"; buf holds CLOCK_UTC_TEXT bytes.
void clock_format_utc(int64_t utc_ns, char buf[CLOCK_UTC_TEXT]);

#endif
