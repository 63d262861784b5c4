// SPDX-License-Identifier: GPL-3.0-or-later
// Lines for the operator: words on stderr, or, when stderr is systemd's journal, entries with the fields PRIORITY,
// POISE_RIG and POISE_SITE.
// Not RT-safe: the pipeline never logs; a reader logs only while it opens or re-opens its device.
#ifndef POISE_CORE_LOG_H
#define POISE_CORE_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

extern const char *const log_level_names[]; // NULL-terminated, indexed by enum log_level

// program prefixes each line outside the journal; keeps the pointer.
void log_init(const char *program, enum log_level level);
void log_set_level(enum log_level level);
void log_set_rig(const char *rig);   // before any thread; copied
void log_set_site(const char *site); // of this thread: its lines are about that site; keeps the pointer

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

// For a message that may repeat: says yes at most once per period and how many were held back since.
struct log_limit {
    int64_t next_ns;
    unsigned suppressed;
};
// Returns -1 when this one is to be suppressed, else how many were suppressed before it.
int log_limit_pass(struct log_limit *limit, int64_t period_ns);

#endif
