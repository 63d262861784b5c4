// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a control request: an error with a sentence, or a command within its limits.
#include "check.h"
#include "publish/json_value.h"
#include "publish/request.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whatever a text holds, what the encoder makes of it is JSON.
static void check_text(const char *text)
{
    json_t *value = value_string(text);
    char *line = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_LINE_FLAGS) : NULL;
    json_t *read = line ? json_loads(line, JSON_DECODE_ANY, NULL) : NULL;
    check(json_equal(read, value));
    json_decref(read);
    json_decref(value);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request;
    char error[REQUEST_ERROR], text[4096] = "";
    memcpy(text, data, size < sizeof text ? size : sizeof text - 1);
    check_text(text);
    if (request_parse(&request, (const char *)data, size, error) != 0) {
        check(error[0] != '\0');
        check_text(error);
        return 0;
    }
    check(memchr(request.command.text, '\0', COMMAND_TEXT) != NULL);
    check((unsigned)request.action <= ACTION_STATUS && request.command.session[0] == '\0');
    check((unsigned)request.command.method < N_CALIBRATE_METHODS);
    check((unsigned)request.command.action < N_EXERCISE_ACTIONS && (unsigned)request.command.exercise < N_EXERCISES);
    check(request.after <= INT64_MAX);
    check(request.command.value >= 0 && request.command.value <= SPEED_MAX_M_S);
    return 0;
}
