// SPDX-License-Identifier: GPL-3.0-or-later
// poised.yaml(5): every key with its sentence, range and default, as scdoc source.
#include "config.h"
#include "gen.h"

#include <errno.h>
#include <string.h>

// ASCII alone: what a terminal makes of more is its own affair.
static void escaped(const char *text, FILE *to)
{
    static const char ellipsis[] = "\u2026", range[] = " \u2026 ";
    for (; *text; text++) {
        if (strncmp(text, range, strlen(range)) == 0) {
            fputs(" to ", to);
            text += strlen(range) - 1;
            continue;
        }
        if (strncmp(text, ellipsis, strlen(ellipsis)) == 0) {
            fputs("...", to);
            text += strlen(ellipsis) - 1;
            continue;
        }
        if (strchr("_*\\#~[]|", *text))
            fputc('\\', to);
        fputc(*text, to);
    }
}

static void print_key(const struct setting_description *row, FILE *to)
{
    fputc('*', to);
    escaped(row->path, to);
    fputs("*\n\t", to);
    const char *sentence = row->row->sentence ? row->row->sentence : "";
    escaped(sentence, to);
    size_t len = strlen(sentence);
    fputs(len && sentence[len - 1] != '.' ? ". Allowed: " : " Allowed: ", to);
    escaped(row->allowed, to);
    fputs(". Default: ", to);
    escaped(row->initial, to);
    fputs("\n\n", to);
}

static const char closing[] =
    "# FILES\n\n"
    "/etc/poise/poised.yaml\n"
    "\tRead without *poised -c*, when it is there; without it the defaults hold.\n\n"
    "/etc/poise/poised.yaml.example\n"
    "\tEvery key with its default and meaning, and a worked example of a harness.\n\n"
    "# EXAMPLES\n\n"
    "A rig with four sensors, one of them turned on the chest, one a chip whose halves are devices of their own on "
    "another\nboard:\n\n"
    "```\n"
    "version: 1\n"
    "rig: lab1\n"
    "subject: {id: s01, leg_length_m: 0.90}\n"
    "sites:\n"
    "  c7: {uri: \"local:\", label: c7}\n"
    "  sacrum: {uri: \"local:\", label: sacrum}\n"
    "  sternum: {uri: \"local:\", label: sternum, mount: [1, 0, 0, 0, 0, -1, 0, 1, 0]}\n"
    "  foot_left: {uri: \"ip:10.0.0.5\", accel: {name: lsm6dso_accel}, gyro: {name: lsm6dso_gyro}}\n"
    "acquire: {on_missing: wait}\n"
    "publish: {tcp: \"127.0.0.1:5556\"}\n"
    "```\n\n"
    "What holds after a file and a change, with each key's meaning, and whether the file is right:\n\n"
    "```\n"
    "poised -c rig.yaml --set align.deadline_ms=80 --print-config\n"
    "poised -c rig.yaml --check-config\n"
    "```\n\n"
    "# SEE ALSO\n\n*poised*(8), *poise-sim*(1), *poisectl*(1), *iio\\_info*(1)\n";

int gen_man_page(FILE *to)
{
    static struct setting_description rows[GEN_MAX_SETTINGS];
    int n = settings_describe(&config_schema, rows, GEN_MAX_SETTINGS);
    if (n < 0 || n > GEN_MAX_SETTINGS)
        return -ENOMEM;
    fputs("poised.yaml(5)\n\n"
          "; SPDX-License-Identifier: GPL-3.0-or-later\n"
          "; Written by poise-gen from the rooms' tables; run tools/gen/update instead of editing.\n\n"
          "# NAME\n\n"
          "poised.yaml - configuration of poised\n\n"
          "# DESCRIPTION\n\n"
          "One YAML document in UTF-8. *version: 1* must be there; every other key has a default. An unknown key, a "
          "value\n"
          "of the wrong type or out of range, a key or a site that comes twice, and a second document are errors that "
          "name\n"
          "file, line, key, value and what is allowed. Numbers are plain decimals; flags are true or false. Anchors,\n"
          "aliases and tags are not taken. A text that ends in a colon needs quotes: *uri: \"local:\"*.\n\n"
          "Every key can be given on the command line as well: *poised --set align.deadline\\_ms=80*. *NAME* below "
          "stands\n"
          "for a site or for a name of one's own.\n\n",
          to);
    const struct setting_section *section = NULL;
    for (int i = 0; i < n; i++) {
        if (rows[i].section != section) {
            section = rows[i].section;
            fputs("# ", to);
            for (const char *p = *section->path ? section->path : "top level"; *p; p++)
                fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, to);
            fputs("\n\n", to);
            if (section->sentence)
                escaped(section->sentence, to);
            fputs(section->sentence ? "\n\n" : "", to);
        }
        print_key(&rows[i], to);
    }
    fputs("# SITES\n\n", to);
    for (int i = 0; i < N_SITES; i++) {
        fputs(i ? ", " : "", to);
        escaped(site_names[i], to);
    }
    fputs("\n\n", to);
    fputs(closing, to);
    return ferror(to) ? -EIO : 0;
}
