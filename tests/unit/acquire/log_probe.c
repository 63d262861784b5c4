// SPDX-License-Identifier: GPL-3.0-or-later
#include "log_probe.h"

#include "core/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// libiio throws received bytes away into address 0 (recv with MSG_TRUNC), which ThreadSanitizer takes for a write that
// all its readers share. Nothing of ours is suppressed.
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libiio.so";
}

struct acquire_params probe_params(void)
{
    struct acquire_params params = {0};
    for (size_t i = 0; i < n_acquire_settings; i++) {
        int whole = acquire_settings[i].type == SETTING_REAL ? 0 : (int)acquire_settings[i].def;
        if (acquire_settings[i].type == SETTING_REAL)
            memcpy((char *)&params + acquire_settings[i].offset, &acquire_settings[i].def, sizeof(double));
        else
            memcpy((char *)&params + acquire_settings[i].offset, &whole, sizeof whole);
    }
    return params;
}

void probe_site(struct site_params sites[N_SITES], enum site site, int port, const char *label)
{
    sites[site].present = true;
    snprintf(sites[site].uri, sizeof sites[site].uri, "ip:127.0.0.1:%d", port);
    snprintf(sites[site].label, sizeof sites[site].label, "%s", label);
    for (int i = 0; i < 9; i++)
        sites[site].mount[i] = NAN;
    sites[site].accel_range_g = sites[site].gyro_range_deg_s = NAN;
}

static void see_block(struct log_probe *probe, const struct raw_block *block)
{
    int s = block->source;
    assert_true(s < MAX_SOURCES);
    assert_true(probe->n_sources_seen[s] > 0);
    assert_true(block->n > 0 && block->n <= RAW_BLOCK_MAX);
    int64_t waited_ns = clock_mono_ns() - block->arrival_ns;
    if (waited_ns > probe->worst_wait_ns)
        probe->worst_wait_ns = waited_ns;
    for (int i = 0; i < block->n; i++) {
        if (probe->n_samples[s] == 0)
            probe->first_stamp_ns[s] = block->stamp_ns[i];
        else
            assert_true(block->stamp_ns[i] > probe->last_stamp_ns[s]);
        assert_int_equal(block->stamp_ns[i] % 100, 0);
        probe->last_stamp_ns[s] = block->stamp_ns[i];
        probe->n_samples[s]++;
    }
    memcpy(probe->last_value[s], block->value[block->n - 1], sizeof probe->last_value[s]);
    probe->n_blocks[s]++;
    if (probe->on_block)
        probe->on_block(probe, block);
}

static void see_tick(struct log_probe *probe, const struct tick *tick)
{
    if (probe->n_ticks > 0) {
        int64_t distance_ns = tick->mono_ns - probe->last_tick_ns;
        assert_true(distance_ns > 0);
        if (distance_ns > probe->worst_tick_ns)
            probe->worst_tick_ns = distance_ns;
    } else {
        probe->first_tick_ns = tick->mono_ns;
    }
    probe->last_tick_ns = tick->mono_ns;
    probe->n_ticks++;
}

static void see(struct log_probe *probe, const struct log_event *event)
{
    switch (event->kind) {
    case LOG_SOURCE:
        assert_true(event->source < MAX_SOURCES);
        probe->n_sources_seen[event->source]++;
        probe->desc[event->source] = *event->desc;
        break;
    case LOG_BLOCK:
        see_block(probe, event->block);
        break;
    case LOG_TICK:
        see_tick(probe, &event->tick);
        break;
    case LOG_DEVICE:
        assert_true(probe->n_events < PROBE_EVENTS);
        probe->events[probe->n_events++] = *event->device;
        if (event->device->state == DEVICE_DROPPED)
            probe->n_dropped[event->device->source] += event->device->n_dropped;
        break;
    case LOG_COMMAND:
        probe->n_commands++;
        break;
    case LOG_SETTINGS:
    case LOG_CALIBRATION:
        fail_msg("the intake makes neither LOG_SETTINGS nor LOG_CALIBRATION");
    }
}

bool probe_run(struct log_probe *probe, struct acquire *acquire, int ms, bool (*until)(const struct log_probe *probe))
{
    int64_t end_ns = clock_mono_ns() + ms * INT64_C(1000000);
    while (clock_mono_ns() < end_ns) {
        struct log_event event;
        assert_int_equal(acquire_next(acquire, &event), 1);
        see(probe, &event);
        if (until && until(probe))
            return true;
    }
    return !until;
}

const struct device_event *probe_last_event(const struct log_probe *probe, enum site site)
{
    for (int i = probe->n_events - 1; i >= 0; i--)
        if (probe->events[i].site == site)
            return &probe->events[i];
    return NULL;
}

int probe_count(const struct log_probe *probe, enum site site, enum device_state state)
{
    int n = 0;
    for (int i = 0; i < probe->n_events; i++)
        n += probe->events[i].site == site && probe->events[i].state == state;
    return n;
}
