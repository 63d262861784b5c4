// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/log_reader_private.h"

#include <errno.h>
#include <stdio.h>

int import_open(struct import **out, int fd, const struct log_reader_options *options, char *error, size_t error_size,
                char *warning)
{
    (void)fd, (void)options, (void)warning;
    *out = NULL;
    snprintf(error, error_size, "no usable stream: not a Poise log");
    return -ENODATA;
}

int import_next(struct import *import, struct log_event *event)
{
    (void)import, (void)event;
    return 0;
}

void import_close(struct import *import)
{
    (void)import;
}
