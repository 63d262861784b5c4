// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/tick_maker.h"

#include "core/clock.h"

#define TICK_NS (NS_PER_S / 10)
#define LEAP_NS (10 * NS_PER_S)

static int64_t tick_before(int64_t ns)
{
    int64_t rest = ns % TICK_NS;
    return ns - (rest < 0 ? rest + TICK_NS : rest);
}

bool tick_maker_due(struct tick_maker *maker, int64_t time_ns, int64_t *tick_ns)
{
    if (!maker->begun) {
        maker->first_ns = maker->next_ns = tick_before(time_ns);
        maker->begun = true;
    }
    int64_t behind = time_ns - maker->next_ns;
    if (behind > LEAP_NS || behind < -LEAP_NS)
        maker->next_ns = tick_before(time_ns);
    if (maker->next_ns > time_ns)
        return false;
    *tick_ns = maker->next_ns;
    maker->next_ns += TICK_NS;
    return true;
}

int64_t tick_maker_last(struct tick_maker *maker)
{
    int64_t tick_ns = maker->next_ns;
    maker->next_ns += TICK_NS;
    return tick_ns;
}
