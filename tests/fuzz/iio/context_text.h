// SPDX-License-Identifier: GPL-3.0-or-later
// A short text for a context's XML, so that what a fuzzer changes is what a device says of itself and not where a
// bracket stands. A line each, fields between tabs:
//   d id name label            a device; an empty name or label is left out
//   c id type index format     a channel of it; an empty index: no scan element
//   a name file                an attribute of that channel, or of the device before its first channel
#ifndef POISE_TESTS_FUZZ_CONTEXT_TEXT_H
#define POISE_TESTS_FUZZ_CONTEXT_TEXT_H

#include <stddef.h>

// Writes XML that follows IIOD's own document type, whatever the fields hold; cut to size. Returns its length.
size_t context_text_to_xml(const char *text, size_t length, char *xml, size_t size);

#endif
