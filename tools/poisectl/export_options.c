// SPDX-License-Identifier: GPL-3.0-or-later
#include "export_options.h"

#include "frames/site.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const export_target_names[N_EXPORT_TARGETS] = {"csv", "bids-motion", "hdf5"};

static const char help[] =
    "usage: poisectl export FILE.xdf --to csv|bids-motion|hdf5 [OPTIONS]\n\n"
    "Writes a recording as files that other programs open. Nothing is left half-written: what is under way lies in a\n"
    "hidden folder beside the result and goes away when it fails or is interrupted. A recording that is cut short or\n"
    "damaged is exported as far as it is whole, with a warning.\n\n"
    "  --to csv           a folder: SITE_imu.csv per sensor with the samples as captured, in SI units and with their "
    "own\n"
    "                     stamps, events.csv, markers.csv, metrics/STREAM.csv, about.json\n"
    "  --to bids-motion   a BIDS dataset: all sensors on one grid of 1000 Hz, as the daemon computes with; may be "
    "added\n"
    "                     to a dataset that is there\n"
    "  --to hdf5          one file: /imu/SITE with samples as captured, /events, /markers, /metrics/STREAM\n\n"
    "  --output PATH      folder, or file with hdf5; default: named after the recording, in the current folder\n"
    "  --force            write over what is there\n"
    "  --progress         tell how far it is even when standard error is no terminal\n"
    "  --json             print the summary as JSON\n"
    "  --map NAME=SITE    in a recording of another program: where the sensor of stream NAME was worn; may be "
    "repeated\n\n"
    "With --to bids-motion (labels are letters and digits):\n"
    "  --subject LABEL    default: subject.id of the recording\n"
    "  --session LABEL    default: none\n"
    "  --task LABEL       default: running\n"
    "  --run N            default: none; for the same task recorded again\n"
    "  --tracksys LABEL   default: imu\n\n"
    "docs/export.md describes every file. Exit: 0 done, 1 write error, 64 usage, 66 input unusable, 130 interrupted.\n";

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "poisectl export: %s%s%s%s; see poisectl export --help\n", what, value ? " '" : "",
            value ? value : "", value ? "'" : "");
    return EXPORT_USAGE;
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
        return EXPORT_USAGE; // getopt has said what is wrong
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
    static const struct option long_options[] = {{"to", required_argument, NULL, 't'},
                                                 {"output", required_argument, NULL, 'o'},
                                                 {"force", no_argument, NULL, 'f'},
                                                 {"progress", no_argument, NULL, 'p'},
                                                 {"json", no_argument, NULL, 'j'},
                                                 {"subject", required_argument, NULL, 's'},
                                                 {"session", required_argument, NULL, 'e'},
                                                 {"task", required_argument, NULL, 'k'},
                                                 {"tracksys", required_argument, NULL, 'y'},
                                                 {"run", required_argument, NULL, 'r'},
                                                 {"map", required_argument, NULL, 'm'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    optind = 0; // poisectl has used getopt for its own options
    int option;
    bool for_bids = false;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return fflush(stdout) == 0 ? EXPORT_DONE : EXPORT_FAILED;
        }
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
