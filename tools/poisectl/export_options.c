// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_options.h"

#include "cli.h"
#include "export.h"
#include "frames/site.h"
#include "say.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const export_target_names[N_EXPORT_TARGETS] = {"csv", "bids-motion", "hdf5"};

static const struct cli_option options_table[] = {
    {"to", "csv|bids-motion|hdf5", 't', "what to write; no default"},
    {"output", "PATH", 'o', "the folder, or the file with hdf5 (default: named after the recording, in this folder)"},
    {"force", NULL, 'f', "write over files of the same name; without it nothing that is there is touched"},
    {"progress", NULL, 'p', "tell how far it is, a line per 10 %, even when standard error is no terminal"},
    {"map", "NAME=SITE", 'm',
     "in a recording of another program: where the sensor of stream NAME was worn; may be repeated"},
    {"subject", "LABEL", 's', "bids-motion: whose it is, letters and digits (default: subject.id of the recording)"},
    {"session", "LABEL", 'e', "bids-motion: letters and digits (default: none)"},
    {"task", "LABEL", 'k', "bids-motion: letters and digits (default: running)"},
    {"run", "N", 'r', "bids-motion: 1 to 9999, for the same task recorded again (default: none)"},
    {"tracksys", "LABEL", 'y', "bids-motion: name of the harness, letters and digits (default: imu)"},
    {"json", NULL, 'j', "print the summary as JSON, {\"ok\": true, ...}. An error is {\"ok\": false, \"error\": ...}"},
    {NULL, NULL, 0, NULL}};

const struct cli_page page_export = {
    .name = "export",
    .arguments = "FILE.xdf --to csv|bids-motion|hdf5 [OPTIONS]",
    .sentence = "a recording into CSV, BIDS motion or HDF5",
    .about =
        "Writes a recording as files that other programs open; needs no daemon. Nothing is left half-written: what is "
        "under way lies in a hidden folder beside the result and goes away when it fails or is interrupted. A "
        "recording that is cut short or damaged is exported as far as it is whole, with a warning.\n\n"
        "csv: a folder with SITE_imu.csv per sensor, the samples as captured in SI units with their own stamps; "
        "events.csv, markers.csv, metrics/STREAM.csv, about.json\n"
        "bids-motion: a BIDS dataset, all sensors on one grid of 1000 Hz as the daemon computes with; may be added to "
        "a dataset that is there\n"
        "hdf5: one file with /imu/SITE, the samples as captured, /events, /markers, /metrics/STREAM\n\n"
        "docs/export.md describes every file.",
    .options = options_table,
    .examples = {{"poisectl export run.xdf --to csv", "tables in run_csv/"},
                 {"poisectl export run.xdf --to bids-motion --output study --subject 07 --run 2",
                  "the second run of a subject in a dataset"},
                 {"poisectl export run.xdf --to hdf5 --output run.h5 --force", "one file, written anew"}},
    .exits = "0 done, 1 cannot be written or something is there already, 64 usage, 66 the recording cannot be used, "
             "130 on Ctrl-C, 143 by SIGTERM.",
};

static int usage(const char *what, const char *value)
{
    return ctl_usage("export", "%s%s%s%s", what, value ? " '" : "", value ? value : "", value ? "'" : "");
}

bool export_label_is_valid(const char *label)
{
    size_t n = strlen(label);
    for (const char *c = label; *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80)
            return false;
    return n > 0 && n <= 64;
}

static int take_label(const char **label, const char *what)
{
    if (!export_label_is_valid(optarg))
        return usage(what, optarg);
    *label = optarg;
    return 0;
}

static int take_target(struct export_options *options)
{
    for (int i = 0; i < N_EXPORT_TARGETS; i++)
        if (strcmp(optarg, export_target_names[i]) == 0)
            options->target = i;
    return options->target >= 0 ? 0 : usage("--to is csv, bids-motion or hdf5, not", optarg);
}

static int take_output(struct export_options *options)
{
    int n = snprintf(options->out, sizeof options->out, "%s", optarg);
    return n > 0 && (size_t)n < sizeof options->out ? 0 : usage("--output is no usable path:", optarg);
}

static int take_run(struct export_options *options)
{
    char *end;
    long run = strtol(optarg, &end, 10);
    if (!isdigit((unsigned char)optarg[0]) || *end != '\0' || run < 1 || run > 9999)
        return usage("--run is a number from 1 to 9999, not", optarg);
    options->run = (int)run;
    return 0;
}

static int take_map(struct log_reader_options *reader)
{
    const char *equals = strrchr(optarg, '=');
    if (reader->n_map == IMPORT_MAP_MAX)
        return usage("too many --map", NULL);
    struct import_map *map = &reader->map[reader->n_map];
    int n = equals ? snprintf(map->name, sizeof map->name, "%.*s", (int)(equals - optarg), optarg) : 0;
    map->site = equals ? site_from_name(equals + 1) : -1;
    if (n < 1 || (size_t)n >= sizeof map->name || map->site < 0)
        return usage("--map is NAME=SITE with a site of poised.yaml(5), not", optarg);
    reader->n_map++;
    return 0;
}

static int take_option(struct export_options *options, int option)
{
    switch (option) {
    case 't':
        return take_target(options);
    case 'o':
        return take_output(options);
    case 'f':
        options->force = true;
        return 0;
    case 'p':
        options->progress = true;
        return 0;
    case 'j':
        options->json = true;
        say_as_json(true);
        return 0;
    case 's':
        return take_label(&options->subject, "--subject is letters and digits, not");
    case 'e':
        return take_label(&options->session, "--session is letters and digits, not");
    case 'k':
        return take_label(&options->task, "--task is letters and digits, not");
    case 'y':
        return take_label(&options->tracksys, "--tracksys is letters and digits, not");
    case 'r':
        return take_run(options);
    case 'm':
        return take_map(&options->reader);
    default:
        return EXPORT_USAGE;
    }
}

// Named after the recording, in the current folder.
static int default_output(struct export_options *options)
{
    static const char *const endings[N_EXPORT_TARGETS] = {"_csv", "_bids", ".h5"};
    const char *slash = strrchr(options->in, '/');
    const char *name = slash ? slash + 1 : options->in;
    size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".xdf") == 0)
        n -= 4;
    if (n == 0 || n > 240)
        return usage("--output is needed for", options->in);
    snprintf(options->out, sizeof options->out, "%.*s%s", (int)n, name, endings[options->target]);
    return 0;
}

int export_parse_options(struct export_options *options, int argc, char **argv)
{
    int option;
    bool for_bids = false;
    cli_rewind();
    options->json = say_is_json();
    while ((option = cli_next(options_table, "export", false, argc, argv)) != CLI_END) {
        if (option == CLI_HELP)
            return cli_help(&page_export);
        if (option == CLI_WRONG)
            return EXPORT_USAGE;
        for_bids = for_bids || strchr("sekyr", option) != NULL;
        int rc = take_option(options, option);
        if (rc != 0)
            return rc;
    }
    if (argc - optind != 1)
        return usage(argc == optind ? "which recording?" : "one recording at a time, not also",
                     argc == optind ? NULL : argv[optind + 1]);
    options->in = argv[optind];
    if (options->target < 0)
        return usage("--to csv, --to bids-motion or --to hdf5 is needed", NULL);
    if (for_bids && options->target != EXPORT_BIDS)
        return usage("--subject, --session, --task, --run and --tracksys belong to --to bids-motion", NULL);
    if (options->out[0] == '\0')
        return default_output(options) == 0 ? -1 : EXPORT_USAGE;
    return -1;
}
