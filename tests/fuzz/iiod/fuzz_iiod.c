// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as lines of the IIOD protocol to the simulator: an error, or a command whose every word is whole.
#include "check.h"
#include "sim/iiod_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line)
{
    struct iiod_command command;
    if (iiod_parse(line, &command) != 0)
        return;
    check((unsigned)command.verb <= IIOD_EXIT && (unsigned)command.scope <= SCOPE_BUFFER);
    check(memchr(command.device, '\0', IIOD_WORD) && memchr(command.channel, '\0', IIOD_WORD));
    check(memchr(command.attr, '\0', IIOD_WORD) && command.n < UINT64_C(1000000000000));
    bool names_device = command.verb >= IIOD_READ && command.verb != IIOD_EXIT;
    check(!names_device || command.device[0] != '\0');
    bool names_attribute = command.verb == IIOD_READ || command.verb == IIOD_WRITE;
    check(!names_attribute || command.attr[0] != '\0');
    check(command.scope != SCOPE_CHANNEL || command.channel[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size > 0) {
        const uint8_t *newline = memchr(data, '\n', size);
        size_t n = newline ? (size_t)(newline - data) : size;
        char *line = malloc(n + 1); // exactly as long as it is: reading past it is seen
        check(line != NULL);
        memcpy(line, data, n);
        line[n] = '\0';
        check_line(line);
        free(line);
        n += newline ? 1 : 0;
        data += n;
        size -= n;
    }
    return 0;
}
