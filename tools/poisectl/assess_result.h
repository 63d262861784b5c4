// SPDX-License-Identifier: GPL-3.0-or-later
// What came of an assessment, against the person's last ones of the same exercise, which the state directory holds.
#ifndef POISE_POISECTL_ASSESS_RESULT_H
#define POISE_POISECTL_ASSESS_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define ASSESS_LAST 3

struct assess_result {
    const json_t *now; // object of stream assessment
    json_t *last;      // of the file, at most three, newest first
    char path[1200];   // where it is kept, "" nowhere
    char subject[64];
};

// Looks in the state directory for the file that has it, for a second or two: the daemon writes it beside its work.
// What cannot be read is told as a warning.
void assess_result_open(struct assess_result *result, const char *dir, const json_t *now);
void assess_result_print(const struct assess_result *result, FILE *to);
// {"assessment", "last", "subject", "kept"}; NULL without memory.
json_t *assess_result_object(const struct assess_result *result);
void assess_result_close(struct assess_result *result);

#endif
