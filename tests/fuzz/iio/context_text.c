// SPDX-License-Identifier: GPL-3.0-or-later
#include "context_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FIELDS 5
#define FIELD  80

struct out {
    char *at;
    size_t left;
};

static void put(struct out *out, const char *text)
{
    size_t n = strlen(text);
    if (n >= out->left)
        return;
    memcpy(out->at, text, n + 1);
    out->at += n;
    out->left -= n;
}

// What no XML may hold becomes a question mark; all else comes through as it is.
static void put_escaped(struct out *out, const char *name, const char *value)
{
    put(out, " ");
    put(out, name);
    put(out, "=\"");
    for (; *value != '\0'; value++) {
        char one[8];
        unsigned char c = (unsigned char)*value;
        if (strchr("<>&\"", c) || (c < 0x20 && (c == '\t' || c == '\r')))
            snprintf(one, sizeof one, "&#%u;", c);
        else
            snprintf(one, sizeof one, "%c", c < 0x20 || c > 0x7e ? '?' : c);
        put(out, one);
    }
    put(out, "\"");
}

static void split(const char *line, size_t length, char field[FIELDS][FIELD])
{
    memset(field, 0, FIELDS * sizeof field[0]);
    for (int i = 0; i < FIELDS; i++) {
        const char *tab = memchr(line, '\t', length);
        size_t n = tab ? (size_t)(tab - line) : length;
        memcpy(field[i], line, n < FIELD ? n : FIELD - 1);
        if (!tab)
            return;
        length -= n + 1;
        line = tab + 1;
    }
}

static void put_attribute(struct out *out, char field[FIELDS][FIELD])
{
    put(out, "<attribute");
    put_escaped(out, "name", field[1]);
    if (field[2][0] != '\0')
        put_escaped(out, "filename", field[2]);
    put(out, "/>");
}

static void put_channel(struct out *out, char field[FIELDS][FIELD])
{
    put(out, "<channel");
    put_escaped(out, "id", field[1]);
    put_escaped(out, "type", field[2][0] == 'o' ? "output" : "input");
    put(out, ">");
    if (field[3][0] == '\0')
        return;
    put(out, "<scan-element");
    put_escaped(out, "index", field[3]);
    put_escaped(out, "format", field[4]);
    put(out, "/>");
}

static void put_device(struct out *out, char field[FIELDS][FIELD])
{
    put(out, "<device");
    put_escaped(out, "id", field[1]);
    if (field[2][0] != '\0')
        put_escaped(out, "name", field[2]);
    if (field[3][0] != '\0')
        put_escaped(out, "label", field[3]);
    put(out, ">");
}

size_t context_text_to_xml(const char *text, size_t length, char *xml, size_t size)
{
    // Room for what closes is kept back, so that a text too long is cut between two lines.
    static const char end[] = "</channel></device></context>";
    struct out out = {.at = xml, .left = size - sizeof end};
    bool in_device = false, in_channel = false;
    put(&out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context [<!ELEMENT context (device)*>"
              "<!ELEMENT device (channel | attribute)*><!ELEMENT channel (scan-element?, attribute*)>"
              "<!ELEMENT attribute EMPTY><!ELEMENT scan-element EMPTY>"
              "<!ATTLIST context name CDATA #REQUIRED description CDATA #IMPLIED>"
              "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED label CDATA #IMPLIED>"
              "<!ATTLIST channel id CDATA #REQUIRED type (input|output) #REQUIRED name CDATA #IMPLIED>"
              "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED scale CDATA #IMPLIED>"
              "<!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>]><context name=\"network\">");
    while (length > 0 && out.left > 8 * FIELD * FIELDS) {
        const char *newline = memchr(text, '\n', length);
        size_t n = newline ? (size_t)(newline - text) : length;
        char field[FIELDS][FIELD];
        split(text, n, field);
        bool device = field[0][0] == 'd', channel = field[0][0] == 'c';
        if (in_channel && (device || channel))
            put(&out, "</channel>");
        if (in_device && device)
            put(&out, "</device>");
        in_channel = (in_channel && !device) || (channel && in_device);
        in_device = in_device || device;
        if (device)
            put_device(&out, field);
        else if (channel && in_device)
            put_channel(&out, field);
        else if (field[0][0] == 'a' && in_device)
            put_attribute(&out, field);
        text += n + (newline ? 1 : 0);
        length -= n + (newline ? 1 : 0);
    }
    out.left += sizeof end;
    if (in_channel)
        put(&out, "</channel>");
    if (in_device)
        put(&out, "</device>");
    put(&out, "</context>");
    return (size_t)(out.at - xml);
}
