// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/document.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16 }; // the deepest table needs four; libyaml's time grows with the square of the depth

static size_t line_of(const char *text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static int parser_error(const yaml_parser_t *parser, const char *name, const char *text, size_t len, char *error,
                        size_t error_size)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        snprintf(error, error_size, "%s: out of memory", name);
        return -ENOMEM;
    }
    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset < len ? parser->problem_offset : len;
        snprintf(error, error_size, "%s:%zu: not UTF-8 text: %s", name, line_of(text, offset), parser->problem);
        return -EINVAL;
    }
    const char *hint = "";
    if (strstr(parser->problem, "mapping values are not allowed"))
        hint = " (a value that holds ': ' or ends in ':' needs quotes)";
    else if (strstr(parser->problem, "cannot start any token"))
        hint = " (indent with spaces, never with tabs; quote a value that begins with @ ` or %)";
    snprintf(error, error_size, "%s:%zu:%zu: not YAML: %s%s%s%s", name, parser->problem_mark.line + 1,
             parser->problem_mark.column + 1, parser->context ? parser->context : "", parser->context ? ": " : "",
             parser->problem, hint);
    return -EINVAL;
}

// What a token may not be in a configuration, or NULL.
static const char *token_refusal(const yaml_token_t *token, int *depth)
{
    switch (token->type) {
    case YAML_ANCHOR_TOKEN:
    case YAML_ALIAS_TOKEN:
        return "anchors (&name) and aliases (*name) are not taken; write the value out, or quote it";
    case YAML_TAG_TOKEN:
    case YAML_TAG_DIRECTIVE_TOKEN:
        return "tags (!name) are not taken; leave the tag away, or quote the value";
    case YAML_BLOCK_SEQUENCE_START_TOKEN:
    case YAML_BLOCK_MAPPING_START_TOKEN:
    case YAML_FLOW_SEQUENCE_START_TOKEN:
    case YAML_FLOW_MAPPING_START_TOKEN:
        return ++*depth > MAX_DEPTH ? "nested deeper than any setting" : NULL;
    case YAML_BLOCK_END_TOKEN:
    case YAML_FLOW_SEQUENCE_END_TOKEN:
    case YAML_FLOW_MAPPING_END_TOKEN:
        --*depth;
        return NULL;
    default:
        return NULL;
    }
}

// Looks at every token first: the document API resolves aliases silently.
static int check_tokens(const char *name, const char *text, size_t len, char *error, size_t error_size)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    int result = 0, depth = 0;
    bool at_end = false;
    while (result == 0 && !at_end) {
        yaml_token_t token;
        if (!yaml_parser_scan(&parser, &token)) {
            result = parser_error(&parser, name, text, len, error, error_size);
            break;
        }
        const char *refusal = token_refusal(&token, &depth);
        if (refusal) {
            snprintf(error, error_size, "%s:%zu:%zu: %s", name, token.start_mark.line + 1, token.start_mark.column + 1,
                     refusal);
            result = -EINVAL;
        }
        at_end = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return result;
}

// Nothing but comments may follow the first document.
static int check_no_second(yaml_parser_t *parser, const char *name, const char *text, size_t len, char *error,
                           size_t error_size)
{
    yaml_document_t second;
    if (!yaml_parser_load(parser, &second))
        return parser_error(parser, name, text, len, error, error_size);
    int result = 0;
    if (yaml_document_get_root_node(&second)) {
        snprintf(error, error_size, "%s:%zu: a second document begins here; allowed: one document in a file", name,
                 second.start_mark.line + 1);
        result = -EINVAL;
    }
    yaml_document_delete(&second);
    return result;
}

int document_parse(yaml_document_t *document, const char *name, const char *text, size_t len, char *error,
                   size_t error_size)
{
    if (len > DOCUMENT_MAX_BYTES) {
        snprintf(error, error_size, "%s: larger than 1 MiB; that is no configuration", name);
        return -EINVAL;
    }
    const char *nul = memchr(text, '\0', len);
    if (nul) {
        snprintf(error, error_size, "%s:%zu: a NUL byte; allowed: UTF-8 text", name,
                 line_of(text, (size_t)(nul - text)));
        return -EINVAL;
    }
    snprintf(error, error_size, "%s: out of memory", name);
    int result = check_tokens(name, text, len, error, error_size);
    if (result)
        return result;
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    if (!yaml_parser_load(&parser, document)) {
        result = parser_error(&parser, name, text, len, error, error_size);
    } else if (yaml_document_get_root_node(document)) {
        // Asking again after an empty stream would be an error of ours, not of the text.
        result = check_no_second(&parser, name, text, len, error, error_size);
        if (result)
            yaml_document_delete(document);
    }
    yaml_parser_delete(&parser);
    return result;
}

int document_read_file(const char *path, char **text, size_t *len, char *error, size_t error_size)
{
    int result = 0;
    char *buffer = malloc(DOCUMENT_MAX_BYTES + 2);
    FILE *file = buffer ? fopen(path, "re") : NULL;
    if (!file) {
        result = -errno;
        goto fail;
    }
    size_t n = fread(buffer, 1, DOCUMENT_MAX_BYTES + 1, file);
    if (ferror(file)) {
        result = -errno;
        goto fail;
    }
    if (n > DOCUMENT_MAX_BYTES) {
        fclose(file);
        free(buffer);
        snprintf(error, error_size, "%s: larger than 1 MiB; that is no configuration", path);
        return -EINVAL;
    }
    fclose(file);
    buffer[n] = '\0';
    *text = buffer;
    *len = n;
    return 0;
fail:
    snprintf(error, error_size, "cannot read '%s': %s", path, strerror(-result));
    if (file)
        fclose(file);
    free(buffer);
    return result;
}
