// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdf/xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct xdf_xml {
    xmlDoc *doc;
    bool failed;
};

static const xmlNode *plain(const struct xdf_node *node)
{
    return (const xmlNode *)(const void *)node;
}

static struct xdf_node *opaque(const xmlNode *node)
{
    return (struct xdf_node *)(uintptr_t)node;
}

static struct xdf_xml *wrap(xmlDoc *doc)
{
    struct xdf_xml *xml = doc ? calloc(1, sizeof *xml) : NULL;
    if (!xml) {
        xmlFreeDoc(doc);
        return NULL;
    }
    xml->doc = doc;
    doc->_private = xml;
    return xml;
}

int xdf_xml_parse(struct xdf_xml **out, const void *text, size_t size)
{
    *out = NULL;
    // Looked for before parsing: a document type is where entities are declared, and entities are where XML grows.
    if (size > INT32_MAX || memmem(text, size, "<!DOCTYPE", 9))
        return -EBADMSG;
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *doc = xmlReadMemory(text, (int)size, "header", "UTF-8", options);
    if (!doc)
        return -EBADMSG;
    if (doc->intSubset || !xmlDocGetRootElement(doc)) {
        xmlFreeDoc(doc);
        return -EBADMSG;
    }
    *out = wrap(doc);
    return *out ? 0 : -ENOMEM;
}

struct xdf_xml *xdf_xml_create(const char *root_name)
{
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
    struct xdf_xml *xml = wrap(doc);
    if (!xml)
        return NULL;
    xmlNode *root = xmlNewDocNode(doc, NULL, BAD_CAST root_name, NULL);
    if (!root) {
        xdf_xml_destroy(xml);
        return NULL;
    }
    xmlDocSetRootElement(doc, root);
    return xml;
}

void xdf_xml_destroy(struct xdf_xml *xml)
{
    if (!xml)
        return;
    xmlFreeDoc(xml->doc);
    free(xml);
}

struct xdf_node *xdf_xml_root(const struct xdf_xml *xml)
{
    return xml ? opaque(xmlDocGetRootElement(xml->doc)) : NULL;
}

static const xmlNode *named(const xmlNode *node, const char *name, size_t length)
{
    for (; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strlen((const char *)node->name) == length &&
            memcmp(node->name, name, length) == 0)
            return node;
    return NULL;
}

struct xdf_node *xdf_node_child(const struct xdf_node *node, const char *name)
{
    return node ? opaque(named(plain(node)->children, name, strlen(name))) : NULL;
}

struct xdf_node *xdf_node_next(const struct xdf_node *node)
{
    const char *name = (const char *)plain(node)->name;
    return opaque(named(plain(node)->next, name, strlen(name)));
}

static void copy_trimmed(const char *text, char *buf, size_t size)
{
    static const char blank[] = " \t\r\n";
    text += strspn(text, blank);
    size_t length = strlen(text);
    while (length > 0 && strchr(blank, text[length - 1]))
        length--;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) // not inside a character
            length--;
    }
    memcpy(buf, text, length);
    buf[length] = '\0';
}

bool xdf_node_text(const struct xdf_node *node, const char *path, char *buf, size_t size)
{
    buf[0] = '\0';
    const xmlNode *at = plain(node);
    while (at && *path) {
        size_t length = strcspn(path, "/");
        at = named(at->children, path, length);
        path += length + (path[length] == '/');
    }
    if (!at)
        return false;
    xmlChar *text = xmlNodeGetContent(at);
    if (!text)
        return false;
    copy_trimmed((const char *)text, buf, size);
    xmlFree(text);
    return buf[0] != '\0';
}

double xdf_node_number(const struct xdf_node *node, const char *path, double fallback)
{
    char text[64];
    if (!xdf_node_text(node, path, text, sizeof text))
        return fallback;
    char *end;
    double value = strtod(text, &end);
    return *end == '\0' ? value : fallback;
}

// Length of the UTF-8 character at text that XML 1.0 may hold, 0 when it is none.
static size_t character(const unsigned char *text)
{
    if (text[0] < 0x80)
        return text[0] >= 0x20 || text[0] == '\t' || text[0] == '\n' || text[0] == '\r';
    int length = 4; // in: at most so many bytes; out: how many the character has
    int code = xmlGetUTF8Char(text, &length);
    bool allowed =
        (code >= 0x80 && code < 0xD800) || (code >= 0xE000 && code < 0xFFFE) || (code >= 0x10000 && code < 0x110000);
    return allowed ? (size_t)length : 0;
}

static char *clean(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; c && *c;) {
        size_t length = character((const unsigned char *)c);
        if (length == 0)
            *c = '?';
        c += length ? length : 1;
    }
    return copy;
}

struct xdf_node *xdf_node_add(struct xdf_node *parent, const char *name, const char *text)
{
    if (!parent)
        return NULL; // the failure that made it NULL is remembered
    xmlNode *node = (xmlNode *)(void *)parent;
    char *content = text ? clean(text) : NULL;
    xmlNode *child = NULL;
    if (content || !text)
        child = xmlNewTextChild(node, NULL, BAD_CAST name, BAD_CAST content);
    free(content);
    if (!child)
        ((struct xdf_xml *)node->doc->_private)->failed = true;
    return opaque(child);
}

void xdf_node_add_number(struct xdf_node *parent, const char *name, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    double back = 0;
    for (int digits = 6; digits < 17; digits++) { // the shortest text that is still exact
        char shorter[40];
        snprintf(shorter, sizeof shorter, "%.*g", digits, value);
        back = strtod(shorter, NULL);
        if (memcmp(&back, &value, sizeof value) == 0) {
            memcpy(text, shorter, sizeof text);
            break;
        }
    }
    xdf_node_add(parent, name, text);
}

char *xdf_xml_dump(const struct xdf_xml *xml, size_t *size)
{
    *size = 0;
    if (!xml || xml->failed)
        return NULL;
    xmlChar *text = NULL;
    int length = 0;
    xmlDocDumpMemoryEnc(xml->doc, &text, &length, "UTF-8");
    if (!text)
        return NULL;
    char *copy = malloc((size_t)length + 1);
    if (copy) {
        memcpy(copy, text, (size_t)length);
        copy[length] = '\0';
        *size = (size_t)length;
    }
    xmlFree(text);
    return copy;
}
