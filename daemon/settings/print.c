// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/settings.h"
#include "settings/tree.h"
#include "settings/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_WIDTH = 100, STEP = 2 };

static void indent(FILE *to, int depth)
{
    fprintf(to, "%*s", depth * STEP, "");
}

static size_t characters(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

// Words of text as comment lines of at most LINE_WIDTH characters.
static void print_comment(FILE *to, int depth, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " \n");
        size_t width = characters(text, len);
        if (column && column + 1 + width > LINE_WIDTH) {
            fputc('\n', to);
            column = 0;
        }
        if (column == 0) {
            indent(to, depth);
            fputs("# ", to);
            column = (size_t)(depth * STEP) + 2;
        } else {
            fputc(' ', to);
            column++;
        }
        fwrite(text, 1, len, to);
        column += width;
        text += len;
        text += strspn(text, " \n");
    }
    if (column)
        fputc('\n', to);
}

static void print_row_comment(FILE *to, int depth, const struct setting *row)
{
    char allowed[256], initial[512], range[800];
    value_allowed(row, allowed, sizeof allowed);
    value_default_text(row, initial, sizeof initial);
    snprintf(range, sizeof range, "Allowed: %s. Default: %s", allowed, initial);
    if (row->sentence)
        print_comment(to, depth, row->sentence);
    print_comment(to, depth, range);
}

static void print_name(FILE *to, int depth, const char *name, size_t len)
{
    indent(to, depth);
    fprintf(to, "%.*s:", (int)len, name);
}

static void print_children(const struct node *parent, const void *config, size_t element, FILE *to, int depth,
                           bool commented);

static void print_elements(const struct node *node, const void *config, FILE *to, int depth, bool commented)
{
    const struct setting_section *section = node->section;
    size_t n_printed = 0;
    for (size_t i = 0; i < section_elements(section); i++) {
        const char *base = (const char *)config + section->offset + i * section->stride;
        if (node->kind == NODE_KEYED ? !*(const bool *)(base + section->present_offset) : *base == '\0')
            continue;
        // What holds for every element is explained at the first.
        bool explain = commented && n_printed == 0;
        if (n_printed++ == 0)
            fputc('\n', to);
        if (node->kind == NODE_KEYED) {
            print_name(to, depth, section->keys[i], strlen(section->keys[i]));
            fputc('\n', to);
            print_children(node, config, i, to, depth + 1, explain);
            continue;
        }
        if (explain)
            print_row_comment(to, depth, node->child->row);
        indent(to, depth);
        text_print(base, to);
        fputs(": ", to);
        value_print(node->child->row, tree_field_const(node->child, config, i), to);
        fputc('\n', to);
    }
    if (n_printed == 0)
        fputs(" {}\n", to);
}

static void print_children(const struct node *parent, const void *config, size_t element, FILE *to, int depth,
                           bool commented)
{
    for (const struct node *child = parent->child; child; child = child->next) {
        bool is_leaf = child->kind == NODE_LEAF;
        if (commented && (depth == 0 || !is_leaf) && child != parent->child)
            fputc('\n', to);
        if (commented && is_leaf)
            print_row_comment(to, depth, child->row);
        else if (commented && child->section && child->section->sentence)
            print_comment(to, depth, child->section->sentence);
        print_name(to, depth, child->name, child->name_len);
        if (is_leaf) {
            fputc(' ', to);
            value_print(child->row, tree_field_const(child, config, element), to);
            fputc('\n', to);
        } else if (child->kind == NODE_GROUP) {
            fputc('\n', to);
            print_children(child, config, element, to, depth + 1, commented);
        } else {
            print_elements(child, config, to, depth + 1, commented);
        }
    }
}

int settings_print(const struct setting_schema *schema, const void *config, FILE *to, bool commented)
{
    struct node *root = tree_create(schema);
    if (!root)
        return -ENOMEM;
    print_children(root, config, 0, to, 0, commented);
    free(root);
    return ferror(to) ? -EIO : 0;
}
