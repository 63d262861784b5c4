// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_options.h"

#include "frames/site.h"
#include "report.h"
#include "say.h"

#include <getopt.h>
#include <string.h>
#include <strings.h>

const char *const report_format_names[N_REPORT_FORMATS] = {"md", "json", "html"};

static const struct cli_option options_table[] = {
    {"to", "html|json|md", 't', "the form (default: by the ending of --output, else md)"},
    {"output", "FILE", 'o', "or -o: write there instead of to standard output"},
    {"force", NULL, 'f', "write over FILE when it is there"},
    {"session", "UUID", 's', "of a recording with several: the session that begins so (default: the longest)"},
    {"dir", "DIR", 'd', "where the recordings of a SESSION are (default: record.dir of the configuration)"},
    {"config", "FILE", 'c', "the configuration that names it (default /etc/poise/poised.yaml)"},
    {"part", NULL, 'a', "the named part of a recording alone, without those beside it"},
    {"recompute", NULL, 'r', "replay the samples even when the recording has what was published"},
    {"map", "NAME=SITE", 'm',
     "in a recording of another program: where the sensor of stream NAME was worn; may be repeated"},
    {"poised", "PATH", 'p', "the program that replays (default: poised beside this one, else in PATH)"},
    {"progress", NULL, 'g', "tell how far it is, a line per 10 %, even when standard error is no terminal"},
    {"json", NULL, 'j', "the same as --to json. An error is {\"ok\": false, \"error\": ...}"},
    {NULL, NULL, 0, NULL}};

const struct cli_page page_report = {
    .name = "report",
    .arguments = "FILE.xdf|SESSION [OPTIONS]\nA B [OPTIONS]",
    .sentence = "one page about a session, or two sessions side by side",
    .about =
        "Tells of one session what was found and why, cadence, breathing and posture over time, left against right, "
        "drift, guided assessments, and first of all which data can be trusted. It needs no daemon: the numbers are "
        "those that the recording holds as published; where it holds none, poised replays the samples. With two "
        "recordings, or two sessions, it sets them side by side.\n\n"
        "FILE.xdf: any recording that poised --replay takes. Parts of one recording belong together; the others beside "
        "it are read, too\n"
        "SESSION: the UUID of a session, or at least six characters it begins with\n\n"
        "html: one file with everything in it, for a browser, a phone or paper\n"
        "md: for a terminal, and for notes\n"
        "json: every number; docs/report.md describes each",
    .options = options_table,
    .examples = {{"poisectl report run.xdf", "what happened, in the terminal"},
                 {"poisectl report 6e0d4a53 -o monday.html", "a session of the rig as a page"},
                 {"poisectl report monday.xdf thursday.xdf", "two sessions of a runner side by side"}},
    .exits = "0 done, 1 cannot be written or computed, 64 usage, 66 no such session or the recording cannot be used, "
             "130 on Ctrl-C, 143 by SIGTERM.",
};

static int take_format(int *format, const char *name)
{
    for (int i = 0; i < N_REPORT_FORMATS; i++)
        if (strcasecmp(name, report_format_names[i]) == 0)
            *format = i;
    return *format >= 0 ? 0 : ctl_usage("report", "--to is html, json or md, not '%s'", name);
}

static int take_map(struct report_options *options)
{
    const char *equals = strrchr(optarg, '=');
    if (!equals || equals == optarg || site_from_name(equals + 1) < 0)
        return ctl_usage("report", "--map is NAME=SITE with a site of poised.yaml(5), not '%s'", optarg);
    if (options->n_maps == IMPORT_MAP_MAX)
        return ctl_usage("report", "too many --map");
    options->maps[options->n_maps++] = optarg;
    return 0;
}

static int take_option(struct report_options *options, int key)
{
    switch (key) {
    case 't':
        return take_format(&options->format, optarg);
    case 'o':
        options->out = optarg;
        return optarg[0] != '\0' ? 0 : ctl_usage("report", "--output is empty");
    case 's':
        options->session = optarg;
        return 0;
    case 'd':
        options->dir = optarg;
        return 0;
    case 'c':
        options->config = optarg;
        return 0;
    case 'm':
        return take_map(options);
    case 'p':
        options->poised = optarg;
        return 0;
    case 'j':
        say_as_json(true);
        return 0;
    default:
        options->force = options->force || key == 'f';
        options->part = options->part || key == 'a';
        options->recompute = options->recompute || key == 'r';
        options->progress = options->progress || key == 'g';
        return 0;
    }
}

static int default_format(struct report_options *options)
{
    const char *dot = options->out ? strrchr(options->out, '.') : NULL;
    if (options->format >= 0)
        return 0;
    if (dot && strchr(dot, '/') == NULL) {
        for (int i = 0; i < N_REPORT_FORMATS; i++)
            if (strcasecmp(dot + 1, report_format_names[i]) == 0)
                options->format = i;
        if (strcasecmp(dot + 1, "htm") == 0)
            options->format = REPORT_HTML;
    }
    if (options->format < 0 && options->out && !say_is_json())
        return ctl_usage("report", "%s: --to html, json or md is needed", options->out);
    if (options->format < 0)
        options->format = say_is_json() ? REPORT_JSON : REPORT_MD;
    return 0;
}

int report_parse_options(struct report_options *options, int argc, char **argv)
{
    int key, rc;
    options->format = -1;
    cli_rewind();
    while ((key = cli_next(options_table, "report", false, argc, argv)) != CLI_END) {
        if (key == CLI_HELP)
            return cli_help(&page_report);
        rc = key == CLI_WRONG ? REPORT_USAGE : take_option(options, key);
        if (rc != 0)
            return rc;
    }
    options->arguments = argv + optind;
    options->n_arguments = argc - optind;
    if (options->n_arguments == 0)
        return ctl_usage("report", "name a recording or a session");
    rc = default_format(options);
    return rc != 0 ? rc : -1;
}
