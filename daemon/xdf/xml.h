// SPDX-License-Identifier: GPL-3.0-or-later
// The XML of XDF headers and footers, read and written with libxml2. Text is UTF-8. A document type is refused, so no
// entity is ever expanded, and nothing is fetched from anywhere.
#ifndef POISE_XDF_XML_H
#define POISE_XDF_XML_H

#include <stdbool.h>
#include <stddef.h>

struct xdf_xml;  // a document
struct xdf_node; // an element of it; lives as long as the document

// 0, -EBADMSG (not well-formed, or a document type) or -ENOMEM.
__attribute__((warn_unused_result)) int xdf_xml_parse(struct xdf_xml **out, const void *text, size_t size);
struct xdf_xml *xdf_xml_create(const char *root_name); // NULL without memory
void xdf_xml_destroy(struct xdf_xml *xml);             // accepts NULL
struct xdf_node *xdf_xml_root(const struct xdf_xml *xml);

// First child so named, NULL without one. Accepts NULL.
struct xdf_node *xdf_node_child(const struct xdf_node *node, const char *name);
// Next sibling of the same name, NULL after the last.
struct xdf_node *xdf_node_next(const struct xdf_node *node);
// Text of the element reached by the path of child names ("desc/site"), trimmed and cut to size at a whole character.
// False, and "" in buf, when there is none. Accepts a NULL node.
bool xdf_node_text(const struct xdf_node *node, const char *path, char *buf, size_t size);
// The same as a number; fallback when absent or not wholly a number.
double xdf_node_number(const struct xdf_node *node, const char *path, double fallback);

// Adds a child; text may be NULL. Bytes that XML cannot hold become '?'. A failure is remembered by the document.
struct xdf_node *xdf_node_add(struct xdf_node *parent, const char *name, const char *text);
void xdf_node_add_number(struct xdf_node *parent, const char *name, double value); // reads back to the same bits

// The document as text, to be freed by the caller; NULL when memory ran out here or in any xdf_node_add before.
char *xdf_xml_dump(const struct xdf_xml *xml, size_t *size);

#endif
