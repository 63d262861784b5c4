// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the file of a runner's history: an error with a sentence, or a history that is written and read back the
// same.
#include "check.h"
#include "core/name.h"
#include "record/history_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct runner_history first, second;
    char subject[HISTORY_SUBJECT], again[HISTORY_SUBJECT], error[512] = "";
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    if (history_file_parse(&first, subject, (const char *)data, size, error, sizeof error) != 0) {
        check(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL);
        return 0;
    }
    check(name_is_plain(subject));
    char *text = history_file_format(&first, subject);
    check(text != NULL);
    check(history_file_parse(&second, again, text, strlen(text), error, sizeof error) == 0);
    check(strcmp(subject, again) == 0 && memcmp(&first.before, &second.before, sizeof first.before) == 0);
    check(memcmp(&first.now, &second.now, sizeof first.now) == 0 && strcmp(first.session, second.session) == 0);
    free(text);
    return 0;
}
