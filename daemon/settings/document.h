// SPDX-License-Identifier: GPL-3.0-or-later
// YAML text to exactly one libyaml document, or a sentence with line and column. Refused before anything is built from
// them: anchors, aliases and tags (a value means what is written there), deep nesting, NUL bytes, more than 1 MiB, a
// second document. Inside room settings/ only.
#ifndef POISE_SETTINGS_DOCUMENT_H
#define POISE_SETTINGS_DOCUMENT_H

#include <stddef.h>
#include <yaml.h>

#define DOCUMENT_MAX_BYTES ((size_t)1 << 20)

// name stands for the text in messages. 0: *document is the caller's, to be given to yaml_document_delete(); it has no
// root node when the text is empty. -EINVAL with a sentence in error.
__attribute__((warn_unused_result)) int document_parse(yaml_document_t *document, const char *name, const char *text,
                                                       size_t len, char *error, size_t error_size);

// The file's bytes, terminated, the caller's to free. Negative errno with a sentence, -EINVAL when it is too large.
__attribute__((warn_unused_result)) int document_read_file(const char *path, char **text, size_t *len, char *error,
                                                           size_t error_size);

#endif
