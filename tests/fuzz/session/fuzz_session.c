// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a session's file: an error with a sentence, or a session that is written and read back the same.
#include "check.h"
#include "core/name.h"
#include "core/uuid.h"
#include "record/session_file.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session_state first, second;
    char rig[SESSION_RIG], again[SESSION_RIG], error[512] = "";
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    if (session_file_parse(&first, rig, (const char *)data, size, error, sizeof error) != 0) {
        check(error[0] != '\0' && memchr(error, '\0', sizeof error) != NULL);
        return 0;
    }
    check(name_is_plain(rig) && uuid_is_text(first.id));
    check(first.subject[0] == '\0' || name_is_plain(first.subject));
    check(isnan(first.speed_m_s) || (first.speed_m_s >= 0 && first.speed_m_s <= SESSION_SPEED_LIMIT));
    for (uint32_t i = 0; i < session_marks_kept(&first); i++)
        check(first.mark[i].text[0] != '\0' && memchr(first.mark[i].text, '\0', COMMAND_TEXT) != NULL);
    char *text = session_file_format(&first, rig);
    check(text != NULL);
    check(session_file_parse(&second, again, text, strlen(text), error, sizeof error) == 0);
    check(isnan(first.speed_m_s) ? isnan(second.speed_m_s) : first.speed_m_s == second.speed_m_s);
    first.speed_m_s = second.speed_m_s = 0;
    check(strcmp(rig, again) == 0 && memcmp(&first, &second, sizeof first) == 0);
    free(text);
    return 0;
}
