// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong on purpose, as KIND:SITE@T+D: from scenario second T for D seconds.
//   unplug  the site's device is gone: reads fail with ENODEV, the context does not list it
//   gap     the device gives no samples; its stamps jump
//   freeze  the values stand still while the stamps go on
#ifndef POISE_SIM_FAULT_H
#define POISE_SIM_FAULT_H

#include "frames/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_MAX 32

enum fault_kind { FAULT_UNPLUG, FAULT_GAP, FAULT_FREEZE, N_FAULT_KINDS };
extern const char *const fault_kind_names[N_FAULT_KINDS + 1];

struct fault {
    enum fault_kind kind;
    int site; // enum site
    int64_t from_ns, until_ns;
};

struct fault_list {
    int n;
    struct fault fault[FAULTS_MAX];
};

// Appends what text says. 0 or -EINVAL with a sentence in error.
__attribute__((warn_unused_result)) int fault_parse(struct fault_list *list, const char *text, char *error,
                                                    size_t error_size);

// The fault of that kind at the site at t_ns, or NULL.
const struct fault *fault_at(const struct fault_list *list, enum fault_kind kind, int site, int64_t t_ns);

#endif
