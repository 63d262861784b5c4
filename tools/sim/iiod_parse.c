// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/iiod_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 7

static int split(const char *line, char words[WORDS_MAX][IIOD_WORD])
{
    int n = 0;
    while (*(line += strspn(line, " \t"))) {
        size_t length = strcspn(line, " \t");
        if (n == WORDS_MAX || length >= IIOD_WORD)
            return -EINVAL;
        memcpy(words[n], line, length);
        words[n++][length] = '\0';
        line += length;
    }
    return n;
}

static int take_number(const char *word, uint64_t *n)
{
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 12 || word[digits])
        return -EINVAL;
    *n = strtoull(word, NULL, 10);
    return 0;
}

// READ and WRITE: device, then INPUT or OUTPUT and a channel, DEBUG, BUFFER or nothing, then the attribute.
static int take_attribute(struct iiod_command *command, char words[][IIOD_WORD], int n)
{
    int i = 0;
    if (n < 2)
        return -EINVAL;
    memcpy(command->device, words[i++], IIOD_WORD);
    if (strcmp(words[i], "INPUT") == 0 || strcmp(words[i], "OUTPUT") == 0) {
        command->scope = SCOPE_CHANNEL;
        command->output = words[i++][0] == 'O';
        if (n < 4)
            return -EINVAL;
        memcpy(command->channel, words[i++], IIOD_WORD);
    } else if (strcmp(words[i], "DEBUG") == 0 || strcmp(words[i], "BUFFER") == 0) {
        command->scope = words[i++][0] == 'D' ? SCOPE_DEBUG : SCOPE_BUFFER;
    }
    if (i + 1 != n)
        return -EINVAL;
    memcpy(command->attr, words[i], IIOD_WORD);
    return 0;
}

static int take_open(struct iiod_command *command, char words[][IIOD_WORD], int n)
{
    if (n != 3 && !(n == 4 && strcmp(words[3], "CYCLIC") == 0))
        return -EINVAL;
    command->cyclic = n == 4;
    memcpy(command->device, words[0], IIOD_WORD);
    if (strlen(words[2]) != 8 || strspn(words[2], "0123456789abcdefABCDEF") != 8)
        return -EINVAL;
    command->mask = (uint32_t)strtoul(words[2], NULL, 16);
    return take_number(words[1], &command->n);
}

static int take_device(struct iiod_command *command, char words[][IIOD_WORD], int n, int wanted)
{
    if (n != wanted)
        return -EINVAL;
    memcpy(command->device, words[0], IIOD_WORD);
    return 0;
}

int iiod_parse(const char *line, struct iiod_command *command)
{
    static const struct {
        const char *word;
        enum iiod_verb verb;
    } verbs[] = {{"VERSION", IIOD_VERSION}, {"PRINT", IIOD_PRINT},     {"TIMEOUT", IIOD_TIMEOUT},
                 {"READ", IIOD_READ},       {"WRITE", IIOD_WRITE},     {"OPEN", IIOD_OPEN},
                 {"CLOSE", IIOD_CLOSE},     {"READBUF", IIOD_READBUF}, {"SET", IIOD_SET_BUFFERS_COUNT},
                 {"GETTRIG", IIOD_GETTRIG}, {"SETTRIG", IIOD_SETTRIG}, {"EXIT", IIOD_EXIT}};
    char words[WORDS_MAX][IIOD_WORD] = {{0}};
    *command = (struct iiod_command){.verb = IIOD_NOTHING};
    int n = split(line, words) - 1;
    if (n == -1)
        return 0;
    size_t i = 0;
    while (n >= 0 && i < sizeof verbs / sizeof *verbs && strcmp(verbs[i].word, words[0]) != 0)
        i++;
    if (n < 0 || i == sizeof verbs / sizeof *verbs)
        return -EINVAL;
    command->verb = verbs[i].verb;
    char(*rest)[IIOD_WORD] = words + 1;
    switch (command->verb) {
    case IIOD_TIMEOUT:
        return n == 1 ? take_number(rest[0], &command->n) : -EINVAL;
    case IIOD_READ:
        return take_attribute(command, rest, n);
    case IIOD_WRITE:
        if (n < 3 || take_number(rest[n - 1], &command->n) != 0)
            return -EINVAL;
        return take_attribute(command, rest, n - 1);
    case IIOD_OPEN:
        return take_open(command, rest, n);
    case IIOD_READBUF:
        return n == 2 && take_number(rest[1], &command->n) == 0 ? take_device(command, rest, 1, 1) : -EINVAL;
    case IIOD_SET_BUFFERS_COUNT:
        if (n != 3 || strcmp(rest[1], "BUFFERS_COUNT") != 0 || take_number(rest[2], &command->n) != 0)
            return -EINVAL;
        return take_device(command, rest, 1, 1);
    case IIOD_CLOSE:
    case IIOD_GETTRIG:
        return take_device(command, rest, n, 1);
    case IIOD_SETTRIG:
        return n == 2 ? take_device(command, rest, 1, 1) : take_device(command, rest, n, 1);
    default:
        return n == 0 ? 0 : -EINVAL;
    }
}
