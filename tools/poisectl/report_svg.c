// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_svg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[N_SVG_ROLES] = {
    [SVG_AXIS] = "axis",     [SVG_GRID] = "grid",   [SVG_TEXT] = "text",     [SVG_SHADE] = "shade",
    [SVG_TIRED] = "tired",   [SVG_FIRST] = "first", [SVG_SECOND] = "second", [SVG_BAND] = "band",
    [SVG_NOTICE] = "notice", [SVG_WARN] = "warn",   [SVG_MARK] = "mark",     [SVG_PAPER] = "paper"};

#define MAX_DEPTH 32
#define MAX_NAME  24

struct tag {
    const char *attributes, *end; // between name and '>'
    char name[MAX_NAME];
    bool closes, is_empty;
};

struct filter {
    FILE *out;
    const char *group[MAX_DEPTH]; // attributes of the groups that are open; they are written with their first content
    const char *group_end[MAX_DEPTH];
    bool written[MAX_DEPTH];
    int depth;
    bool in_text;
};

// Coordinates to a tenth of a pixel, without empty digits.
static const char *put_number(FILE *out, const char *at)
{
    char *end, digits[32];
    double value = strtod(at, &end);
    if (end == at)
        return NULL;
    int n = snprintf(digits, sizeof digits, "%.1f", value);
    if (n > 2 && digits[n - 1] == '0')
        digits[n - 2] = '\0';
    fputs(strcmp(digits, "-0") == 0 ? "0" : digits, out);
    return end;
}

static void put_path(FILE *out, const char *at, const char *end)
{
    while (at < end) {
        bool begins = strchr("0123456789.-+", *at) != NULL;
        const char *next = begins ? put_number(out, at) : NULL;
        if (!next) {
            fputc(*at == '\n' || *at == '\t' ? ' ' : *at, out);
            next = at + 1;
        }
        at = next;
    }
}

// "rgb(  0,   0,   7)" is a role; another colour passes as it is.
static void put_colour(FILE *out, const char *at, const char *end)
{
    int red, green, blue;
    char text[48] = "";
    if (end - at < (ptrdiff_t)sizeof text)
        memcpy(text, at, (size_t)(end - at));
    bool is_role = sscanf(text, "rgb(%d,%d,%d)", &red, &green, &blue) == 3 && red == 0 && green == 0;
    if (is_role && blue > 0 && blue < N_SVG_ROLES)
        fprintf(out, "var(--plot-%s)", role_names[blue]);
    else
        fputs(strcmp(text, "none") == 0 ? text : "currentColor", out);
}

// The value of an attribute, false when the tag has none of this name.
static bool find(const char *attributes, const char *end, const char *name, const char **value, const char **value_end)
{
    size_t length = strlen(name);
    for (const char *at = attributes; at + length < end; at++) {
        if (strncmp(at, name, length) != 0 || (at > attributes && strchr(" \t\n", at[-1]) == NULL))
            continue;
        const char *after = at + length + strspn(at + length, " ");
        if (*after != '=')
            continue;
        after += 1 + strspn(after + 1, " ");
        if (*after != '"' && *after != '\'')
            continue;
        const char *close = memchr(after + 1, *after, (size_t)(end - after - 1));
        if (!close)
            return false;
        *value = after + 1;
        *value_end = close;
        return true;
    }
    return false;
}

static void put_attributes(FILE *out, const char *attributes, const char *end)
{
    static const char *const plain[] = {"transform", "text-anchor", "font-size", "stroke-dasharray", NULL};
    const char *value, *value_end;
    for (int i = 0; plain[i]; i++) {
        if (!find(attributes, end, plain[i], &value, &value_end) || memchr(value, '<', (size_t)(value_end - value)))
            continue;
        fprintf(out, " %s=\"%.*s\"", plain[i], (int)(value_end - value), value);
    }
    if (find(attributes, end, "stroke-width", &value, &value_end)) {
        fputs(" stroke-width=\"", out);
        put_path(out, value, value_end);
        fputc('"', out);
    }
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "fill" : "stroke";
        if (!find(attributes, end, name, &value, &value_end))
            continue;
        fprintf(out, " %s=\"", name);
        put_colour(out, value, value_end);
        fputc('"', out);
    }
}

static void open_groups(struct filter *f)
{
    for (int i = 0; i < f->depth; i++) {
        if (f->written[i])
            continue;
        f->written[i] = true;
        fputs("<g", f->out);
        put_attributes(f->out, f->group[i], f->group_end[i]);
        fputs(">", f->out);
    }
}

static void put_shape(struct filter *f, const struct tag *tag, const char *data)
{
    const char *value, *end;
    // gnuplot moves the pen where nothing is drawn.
    if (!find(tag->attributes, tag->end, data, &value, &end) ||
        (data[0] == 'd' && !memchr(value, 'L', (size_t)(end - value))))
        return;
    open_groups(f);
    fprintf(f->out, "<%s", tag->name);
    put_attributes(f->out, tag->attributes, tag->end);
    fprintf(f->out, " %s=\"", data);
    put_path(f->out, value, end);
    fputs("\"/>\n", f->out);
}

// A point is a reference to a shape in gnuplot's definitions: 5 a ring, 6 a disc.
static void put_point(struct filter *f, const struct tag *tag)
{
    const char *value, *end;
    if (!find(tag->attributes, tag->end, "xlink:href", &value, &end))
        return;
    bool is_ring = end - value == 6 && strncmp(value, "#gpPt5", 6) == 0;
    if (!is_ring && !(end - value == 6 && strncmp(value, "#gpPt6", 6) == 0))
        return;
    open_groups(f);
    fputs("<circle r=\"1\"", f->out);
    if (find(tag->attributes, tag->end, "transform", &value, &end))
        fprintf(f->out, " transform=\"%.*s\"", (int)(end - value), value);
    if (find(tag->attributes, tag->end, "color", &value, &end)) {
        fputs(is_ring ? " fill=\"var(--plot-paper)\" stroke-width=\"0.45\" stroke=\"" : " stroke=\"none\" fill=\"",
              f->out);
        put_colour(f->out, value, end);
        fputc('"', f->out);
    }
    fputs("/>\n", f->out);
}

static void take_group(struct filter *f, const struct tag *tag)
{
    if (!tag->closes && f->depth < MAX_DEPTH && !tag->is_empty) {
        f->group[f->depth] = tag->attributes;
        f->group_end[f->depth] = tag->end;
        f->written[f->depth++] = false;
    } else if (tag->closes && f->depth > 0 && f->written[--f->depth]) {
        fputs("</g>\n", f->out);
    }
}

static void take_tag(struct filter *f, const struct tag *tag)
{
    if (strcmp(tag->name, "g") == 0) {
        take_group(f, tag);
    } else if (strcmp(tag->name, "path") == 0) {
        put_shape(f, tag, "d");
    } else if (strcmp(tag->name, "polygon") == 0 || strcmp(tag->name, "polyline") == 0) {
        put_shape(f, tag, "points");
    } else if (strcmp(tag->name, "use") == 0) {
        put_point(f, tag);
    } else if (strcmp(tag->name, "text") == 0) {
        open_groups(f);
        fputs(tag->closes ? "</text>" : "<text>", f->out);
        f->in_text = !tag->closes;
    }
}

// The tag that begins at '<'; NULL when it does not end.
static const char *read_tag(const char *at, struct tag *tag)
{
    const char *end = strchr(at, '>');
    if (!end)
        return NULL;
    tag->closes = at[1] == '/';
    const char *name = at + 1 + tag->closes;
    size_t length = strcspn(name, " \t\n/>");
    snprintf(tag->name, sizeof tag->name, "%.*s", (int)length, name);
    tag->attributes = name + length;
    tag->end = end;
    tag->is_empty = end[-1] == '/';
    return end + 1;
}

static bool is_skipped(const char *name)
{
    return strcmp(name, "defs") == 0 || strcmp(name, "title") == 0 || strcmp(name, "desc") == 0 ||
           strcmp(name, "script") == 0 || strcmp(name, "style") == 0;
}

// One document from behind its <svg> to its </svg>; what follows, NULL when it is cut.
static const char *one(FILE *out, const char *at)
{
    struct filter f = {.out = out};
    struct tag tag;
    char skipped[MAX_NAME] = "";
    while (*at != '\0') {
        if (*at != '<') {
            const char *next = at + strcspn(at, "<");
            if (f.in_text && skipped[0] == '\0')
                fwrite(at + strspn(at, " "), 1, (size_t)(next - at) - strspn(at, " "), out);
            at = next;
            continue;
        }
        at = read_tag(at, &tag);
        if (!at || (tag.closes && strcmp(tag.name, "svg") == 0))
            return at;
        if (skipped[0] != '\0') {
            if (tag.closes && strcmp(tag.name, skipped) == 0)
                skipped[0] = '\0';
        } else if (is_skipped(tag.name)) {
            if (!tag.is_empty)
                memcpy(skipped, tag.name, sizeof skipped);
        } else {
            take_tag(&f, &tag);
        }
    }
    return NULL;
}

int svg_content(const char *text, char **content, int max)
{
    int n = 0;
    struct tag tag;
    for (const char *at = text; (at = strstr(at, "<svg")) != NULL; n++) {
        size_t size;
        if (n == max)
            return -E2BIG;
        at = read_tag(at, &tag);
        FILE *out = at ? open_memstream(&content[n], &size) : NULL;
        if (!out)
            return at ? -ENOMEM : -EBADMSG;
        at = one(out, at);
        bool failed = ferror(out) != 0;
        if (fclose(out) != 0 || failed || !at) {
            free(content[n]);
            content[n] = NULL;
            return at ? -ENOMEM : -EBADMSG;
        }
    }
    return n;
}
