// SPDX-License-Identifier: GPL-3.0-or-later
// What the kernel lets this process have, looked at before anything is made: libzmq and libiio end the process when
// files or memory run out in the middle of something, so a daemon that could be short of them does not start.
#ifndef POISE_HOST_LIMITS_H
#define POISE_HOST_LIMITS_H

#include <stddef.h>

// Raises the limit of open files as far as needed and allowed. 0, or -EMFILE or -ENOMEM with a sentence that names the
// limit and what is needed.
__attribute__((warn_unused_result)) int host_limits_take(char *error, size_t error_size);

#endif
