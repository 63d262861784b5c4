// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the intake's log for a while and keeps what the tests ask about. What must hold of every log is checked here:
// stamps rise within a source, a source is described before its first block, ticks rise.
#ifndef POISE_TEST_LOG_PROBE_H
#define POISE_TEST_LOG_PROBE_H

#include "acquire/acquire.h"

#define PROBE_EVENTS 64

struct log_probe {
    int n_sources_seen[MAX_SOURCES]; // LOG_SOURCE events per slot
    struct source_desc desc[MAX_SOURCES];
    uint64_t n_samples[MAX_SOURCES], n_dropped[MAX_SOURCES], n_blocks[MAX_SOURCES];
    int64_t first_stamp_ns[MAX_SOURCES], last_stamp_ns[MAX_SOURCES];
    double last_value[MAX_SOURCES][N_CHANNELS];
    int64_t worst_wait_ns; // from arrival in the reader to acquire_next
    int n_ticks, n_commands;
    int64_t first_tick_ns, last_tick_ns, worst_tick_ns; // longest distance of two ticks
    struct device_event events[PROBE_EVENTS];
    int n_events;
    void (*on_block)(const struct log_probe *probe, const struct raw_block *block); // may be NULL
};

// Defaults of the settings tables, on_missing wait.
struct acquire_params probe_params(void);
void probe_site(struct site_params sites[N_SITES], enum site site, int port, const char *label);

// Until `until` says true or so many milliseconds are over (then false). until NULL: the whole time, true.
bool probe_run(struct log_probe *probe, struct acquire *acquire, int ms, bool (*until)(const struct log_probe *probe));
// The last event of site, or NULL.
const struct device_event *probe_last_event(const struct log_probe *probe, enum site site);
int probe_count(const struct log_probe *probe, enum site site, enum device_state state);

#endif
