// SPDX-License-Identifier: GPL-3.0-or-later
#include "acquire/reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int reason_say(char reason[REASON_MAX], int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vsnprintf(reason, REASON_MAX, format, args) >= REASON_MAX)
        memcpy(reason + REASON_MAX - 4, "...", 4);
    va_end(args);
    return error;
}

static bool is_local(const char *uri)
{
    return strncmp(uri, "local:", 6) == 0;
}

static void connecting(char reason[REASON_MAX], int error, const char *uri)
{
    const char *const remote = is_local(uri) ? "no IIO device on this machine" : "nothing found";
    switch (error) {
    case -ECONNREFUSED:
        reason_say(reason, error, "%s refuses the connection: is iiod or poise-sim running there?", uri);
        break;
    case -EPROTO:
    case -EPIPE:
        reason_say(reason, error, "%s accepts the connection but does not answer as an IIO server", uri);
        break;
    case -ETIMEDOUT:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
        reason_say(reason, error, "%s cannot be reached: is it switched on and on this network?", uri);
        break;
    case -EACCES:
    case -EPERM:
        reason_say(reason, error, "no permission for %s: is the service in the group of the IIO devices?", uri);
        break;
    case -ENOSYS:
        reason_say(reason, error, "this libiio cannot open %s", uri);
        break;
    case -ENODEV:
    case -ENOENT:
        reason_say(reason, error, "%s: %s: is the driver loaded and the device plugged in?", uri, remote);
        break;
    default:
        reason_say(reason, error, "%s cannot be opened: %s", uri, strerror(-error));
    }
}

static void starting(char reason[REASON_MAX], int error, const char *uri)
{
    switch (error) {
    case -EBUSY:
        reason_say(reason, error, "already in use at %s: %s", uri,
                   is_local(uri) ? "is iiod or another reader running?" : "is another reader connected?");
        break;
    case -EINVAL:
        reason_say(reason, error, "the buffer does not start at %s: has the device a trigger (current_trigger)?", uri);
        break;
    case -EACCES:
    case -EPERM:
        reason_say(reason, error, "no permission for the buffer at %s: is the service in the devices' group?", uri);
        break;
    case -EPIPE:
    case -ETIMEDOUT:
        reason_say(reason, error, "%s does not answer when the buffer is started", uri);
        break;
    default:
        reason_say(reason, error, "the buffer does not start at %s: %s", uri, strerror(-error));
    }
}

static void reading(char reason[REASON_MAX], int error, const char *uri, int timeout_ms)
{
    switch (error) {
    case -ETIMEDOUT:
        reason_say(reason, error,
                   "no data for %d ms from %s: is the device's trigger running, are more than two devices on it?",
                   timeout_ms, uri);
        break;
    case -EPIPE:
    case -ECONNRESET:
        reason_say(reason, error, "the connection to %s broke or gave no data for %d ms", uri, timeout_ms);
        break;
    case -EBADF:
        reason_say(reason, error, "reading from %s hung and was cancelled", uri);
        break;
    case -ENODEV:
        reason_say(reason, error, "the device at %s is gone", uri);
        break;
    case -EIO:
        reason_say(reason, error, "the device at %s fails to deliver: unplugged, or a bus error?", uri);
        break;
    default:
        reason_say(reason, error, "reading from %s failed: %s", uri, strerror(-error));
    }
}

void reason_from_errno(char reason[REASON_MAX], int error, enum reason_stage stage, const char *uri, int timeout_ms)
{
    if (stage == STAGE_CONNECT)
        connecting(reason, error, uri);
    else if (stage == STAGE_START)
        starting(reason, error, uri);
    else
        reading(reason, error, uri, timeout_ms);
}
