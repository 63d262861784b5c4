// SPDX-License-Identifier: GPL-3.0-or-later
// The pages (cli.h) of the verbs that talk to the daemon, and what their options are called in the program. The verbs
// that need no daemon have theirs beside them.
#ifndef POISE_POISECTL_PAGES_H
#define POISE_POISECTL_PAGES_H

#include "cli.h"

enum ctl_option {
    OPTION_RUNTIME_DIR = 256, // above every character
    OPTION_ENDPOINT,
    OPTION_CURVE,
    OPTION_JSON,
    OPTION_COUNT,
    OPTION_SECONDS,
    OPTION_ONCE,
    OPTION_URI,
    OPTION_RT,
    OPTION_CONFIG,
    OPTION_ROOT,
    OPTION_STAND,
    OPTION_BOWS,
    OPTION_GAIT,
    OPTION_TALL,
    OPTION_CANCEL,
    OPTION_NO_WAIT,
    OPTION_FOLLOW,
    OPTION_ALL,
    OPTION_LYING,
    OPTION_LIST,
    OPTION_STATE_DIR,
    OPTION_VERSION,
};

extern const struct cli_page page_status, page_top, page_sub, page_snapshot, page_devices, page_doctor, page_mark,
    page_speed, page_record, page_session, page_calibrate, page_findings, page_assess;

#endif
