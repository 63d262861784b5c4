// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the file of a subject's assessments: an error with a sentence, or entries that are written and read back
// the same.
#include "check.h"
#include "core/name.h"
#include "record/assessment_store.h"
#include "record/assessment_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *write_and_read(const json_t *entries, const char *subject)
{
    char again[ASSESSMENT_SUBJECT], error[512] = "";
    char *text = assessment_file_format(entries, subject);
    check(text != NULL);
    json_t *read = assessment_file_parse(again, text, strlen(text), error, sizeof error);
    check(read != NULL && strcmp(subject, again) == 0);
    free(text);
    return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char subject[ASSESSMENT_SUBJECT], error[512] = "";
    json_t *entries = assessment_file_parse(subject, (const char *)data, size, error, sizeof error);
    if (!entries) {
        check(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL);
        return 0;
    }
    check(name_is_plain(subject) && json_array_size(entries) <= ASSESSMENTS_KEPT);
    // Numbers may lose digits once, then no more.
    json_t *first = write_and_read(entries, subject), *second = write_and_read(first, subject);
    check(json_array_size(first) == json_array_size(entries) && json_equal(first, second));
    json_decref(entries);
    json_decref(first);
    json_decref(second);
    return 0;
}
