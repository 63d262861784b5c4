// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl: the operator's program. One table of subcommands drives parsing, usage errors and help.
#include "core/log.h"
#include "ctl.h"
#include "export.h"
#include "frames/calibration.h"
#include "import.h"
#include "keygen.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum option_bit {
    OPTION_RUNTIME_DIR = 1U << 0,
    OPTION_ENDPOINT = 1U << 1,
    OPTION_JSON = 1U << 2,
    OPTION_COUNT = 1U << 3,
    OPTION_SECONDS = 1U << 4,
    OPTION_ONCE = 1U << 5,
    OPTION_URI = 1U << 6,
    OPTION_STAND = 1U << 7,
    OPTION_BOWS = 1U << 8,
    OPTION_GAIT = 1U << 9,
    OPTION_TALL = 1U << 10,
    OPTION_CANCEL = 1U << 11,
    OPTION_NO_WAIT = 1U << 12,
    OPTION_CURVE = 1U << 13,
};
#define ANYWHERE  (OPTION_RUNTIME_DIR | OPTION_JSON)
#define METHODS   (OPTION_STAND | OPTION_BOWS | OPTION_GAIT | OPTION_TALL | OPTION_CANCEL)
#define N_OPTIONS 14

static const struct option options[] = {{"runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR},
                                        {"endpoint", required_argument, NULL, OPTION_ENDPOINT},
                                        {"json", no_argument, NULL, OPTION_JSON},
                                        {"count", required_argument, NULL, OPTION_COUNT},
                                        {"seconds", required_argument, NULL, OPTION_SECONDS},
                                        {"once", no_argument, NULL, OPTION_ONCE},
                                        {"uri", required_argument, NULL, OPTION_URI},
                                        {"stand", no_argument, NULL, OPTION_STAND},
                                        {"bows", no_argument, NULL, OPTION_BOWS},
                                        {"gait", no_argument, NULL, OPTION_GAIT},
                                        {"tall", no_argument, NULL, OPTION_TALL},
                                        {"cancel", no_argument, NULL, OPTION_CANCEL},
                                        {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
                                        {"curve", required_argument, NULL, OPTION_CURVE},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};

static const char *const option_help[N_OPTIONS] = {
    "--runtime-dir DIR  where the daemon has its sockets; else POISE_RUNTIME_DIR, else /run/poise",
    "--endpoint E       subscribe to tcp://HOST:PORT or ipc://PATH",
    "--json             print JSON",
    "--count N          end after N messages",
    "--seconds S        end after S seconds",
    "--once             print one screen as text and end",
    "--uri URI          what libiio offers there: local:, ip:HOST[:PORT], usb:..., without a daemon",
    "--stand            a quiet stand alone: finds the vertical; forward follows when the runner walks or runs",
    "--bows             a quiet stand, then three forward bows: finds forward too; the default",
    "--gait             a quiet stand, then walking or running until forward is found",
    "--tall             a stand as tall as the runner can, kept as the best posture beside the calibration in force",
    "--cancel           gives up what is under way",
    "--no-wait          send the command and end at once",
    "--curve PATH       with --endpoint: keys for an encrypted connection, a folder of keygen's or a NAME.key_secret",
};

static const char calibrate_help[] =
    "Each sensor sits on the body in its own way. A calibration finds how, so that angles read 0 in the runner's own\n"
    "upright stand and forward is forward. It leads the runner through it:\n\n"
    "  stand   upright and still, looking ahead, arms down\n"
    "  bows    three times slowly forward from the hips and back, without turning\n"
    "  gait    walk or run straight on for a while\n"
    "  tall    as tall as the runner can: what is best, for findings about a lasting slouch\n\n"
    "At the end it shows for every sensor the angle between its configured mount and what was found (tilt), how\n"
    "restless the stand was (sway), what forward is known from (axis: bows, gait, or mount when it is only trusted),\n"
    "how far it is turned from the mount's forward (turn, left positive), and how plainly it stood out (share, 0.5 to\n"
    "1). Ends with 0 when done; with 1 when it failed or took longer than --seconds (180); with 130 on Ctrl-C. "
    "Whatever\n"
    "is not finished is cancelled, and the calibration in force stays.\n";

static const char record_help[] =
    "A recording holds the raw samples, what befell the devices, marks, and everything published: replayed, it gives "
    "the\n"
    "live values again. It goes on in another file when one has record.rotate_mb or has lasted record.rotate_min; the\n"
    "oldest files go when all together are above record.keep_gb. One begun while the daemon runs begins with what is "
    "in\n"
    "force then. When a disk is full it stops, and start tries again. Ends with 1 when it could not be done.\n";

static const char session_help[] =
    "A session is one visit of one runner. Its marks, the belt's speed and its UUID outlive a restart of the daemon.\n"
    "SUBJECT is a code without blanks; calibrations go by subject.id of the configuration, not by it.\n";

struct subcommand {
    const char *name, *arguments, *sentence;
    unsigned options;
    int least, most;
    int (*run)(const struct ctl *ctl);
    const char *more; // for its help, NULL for none
};

static const struct subcommand subcommands[] = {
    {"sub", "[STREAM...]", "print what is published, a line each; all streams or those named",
     ANYWHERE | OPTION_ENDPOINT | OPTION_CURVE | OPTION_COUNT | OPTION_SECONDS, 0, 64, ctl_sub, NULL},
    {"top", "", "live view: cadence, breathing, steps, arms, pack, posture, health of the sensors, latency",
     ANYWHERE | OPTION_ENDPOINT | OPTION_CURVE | OPTION_ONCE | OPTION_SECONDS, 0, 0, ctl_top, NULL},
    {"status", "", "health of the sensors and the daemon, once", ANYWHERE | OPTION_ENDPOINT | OPTION_CURVE, 0, 0,
     ctl_status, NULL},
    {"snapshot", "", "the last object of every stream", ANYWHERE, 0, 0, ctl_snapshot, NULL},
    {"devices", "[URI]", "the sites of the running daemon, or the devices that libiio finds at URI",
     ANYWHERE | OPTION_URI, 0, 1, ctl_devices, NULL},
    {"mark", "TEXT", "put a marker with this text into the log", ANYWHERE, 1, 1, ctl_mark, NULL},
    {"speed", "M_S", "tell the belt's speed, 0 to 12 m/s", ANYWHERE, 1, 1, ctl_speed, NULL},
    {"record", "ACTION", "start or stop a recording in the daemon's record.dir, or its status", ANYWHERE, 1, 2,
     ctl_record, record_help},
    {"session", "ACTION", "start [SUBJECT] or stop a session, whose UUID everything published has, or its status",
     ANYWHERE, 1, 2, ctl_session, session_help},
    {"calibrate", "", "lead the runner through a calibration: a quiet stand, then bows or gait",
     ANYWHERE | OPTION_SECONDS | OPTION_NO_WAIT | METHODS, 0, 0, ctl_calibrate, calibrate_help},
};
#define N_SUBCOMMANDS (sizeof subcommands / sizeof subcommands[0])

// What needs no daemon has options of its own.
static const struct {
    const char *name, *arguments, *sentence;
    int (*run)(int argc, char **argv);
} offline[] = {
    {"export", "FILE.xdf", "a recording into CSV, BIDS motion or HDF5", poisectl_export},
    {"import", "...", "tables of numbers (CSV) into a recording", poisectl_import},
    {"keygen", "...", "keys for encrypted connections over a network", poisectl_keygen},
};
#define N_OFFLINE (sizeof offline / sizeof offline[0])

int ctl_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("poisectl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return 1;
}

static int print_help(void)
{
    puts("usage: poisectl [--runtime-dir DIR] COMMAND [OPTIONS] [ARGUMENTS]\n\nTalks to a running poised.\n");
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        printf("  %-9s %-11s  %s\n", subcommands[i].name, subcommands[i].arguments, subcommands[i].sentence);
    for (size_t i = 0; i < N_OFFLINE; i++)
        printf("  %-9s %-11s  %s\n", offline[i].name, offline[i].arguments, offline[i].sentence);
    puts("\npoisectl COMMAND --help tells more. Exit codes: 0 done, 1 no answer, refused or failed, 64 usage, 66 "
         "input unusable, 130 interrupted.");
    return fflush(stdout) == 0 ? EX_OK : 1;
}

static int print_command_help(const struct subcommand *command)
{
    printf("usage: poisectl %s [OPTIONS]%s%s\n\n%s\n\n", command->name, command->arguments[0] ? " " : "",
           command->arguments, command->sentence);
    if (command->more)
        printf("%s\n", command->more);
    for (unsigned i = 0; i < N_OPTIONS; i++)
        if (command->options & 1U << i)
            printf("  %s\n", option_help[i]);
    return fflush(stdout) == 0 ? EX_OK : 1;
}

static int usage(const struct subcommand *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("poisectl: ", stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, "; see poisectl %s%s--help\n", command ? command->name : "", command ? " " : "");
    va_end(args);
    return EX_USAGE;
}

static bool take_count(const char *text, long *out)
{
    char *end;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out > 0;
}

static bool take_seconds(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out) && *out > 0 && *out <= 1e7;
}

static int take_method(struct ctl *ctl, const struct subcommand *command, enum calibrate_method method)
{
    if (ctl->method >= 0 && ctl->method != (int)method)
        return usage(command, "one of --stand, --bows, --gait, --tall and --cancel is wanted");
    ctl->method = (int)method;
    return 0;
}

// 0 to go on, else the exit code.
static int take_option(struct ctl *ctl, const struct subcommand *command, int bit)
{
    switch (bit) {
    case OPTION_RUNTIME_DIR:
        ctl->runtime_dir = optarg;
        break;
    case OPTION_ENDPOINT:
        ctl->endpoint = optarg;
        break;
    case OPTION_CURVE:
        ctl->curve = optarg;
        break;
    case OPTION_JSON:
        ctl->json = true;
        break;
    case OPTION_COUNT:
        if (!take_count(optarg, &ctl->count))
            return usage(command, "--count %s: a number from 1 up is wanted", optarg);
        break;
    case OPTION_SECONDS:
        if (!take_seconds(optarg, &ctl->seconds))
            return usage(command, "--seconds %s: a number above 0 is wanted", optarg);
        break;
    case OPTION_ONCE:
        ctl->once = true;
        break;
    case OPTION_URI:
        ctl->uri = optarg;
        break;
    case OPTION_STAND:
        return take_method(ctl, command, CALIBRATE_STAND);
    case OPTION_BOWS:
        return take_method(ctl, command, CALIBRATE_BOWS);
    case OPTION_GAIT:
        return take_method(ctl, command, CALIBRATE_GAIT);
    case OPTION_TALL:
        return take_method(ctl, command, CALIBRATE_TALL);
    case OPTION_CANCEL:
        return take_method(ctl, command, CALIBRATE_CANCEL);
    case OPTION_NO_WAIT:
        ctl->no_wait = true;
        break;
    }
    return 0;
}

// Reads options until the next argument that is none (order "+"), or all of them. 0 to go on; -1: ended well.
static int read_options(struct ctl *ctl, const struct subcommand *command, int argc, char **argv)
{
    int bit;
    opterr = 0;
    while ((bit = getopt_long(argc, argv, command ? ":h" : "+:h", options, NULL)) != -1) {
        if (bit == 'h') {
            int printed = command ? print_command_help(command) : print_help();
            return printed == EX_OK ? -1 : 1;
        }
        if (bit == 'V') {
            puts("poisectl " POISE_VERSION);
            return -1;
        }
        if (bit == ':')
            return usage(command, "%s needs a value", argv[optind - 1]);
        if (bit == '?')
            return usage(command, "unknown option '%s'", argv[optind - 1]);
        if (!((command ? command->options : ANYWHERE | OPTION_ENDPOINT) & (unsigned)bit))
            return usage(command, "%s takes no %s here", command ? command->name : "poisectl", argv[optind - 1]);
        int rc = take_option(ctl, command, bit);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

static int run(const struct subcommand *command, struct ctl *ctl, int argc, char **argv)
{
    optind = 0; // glibc: begin anew with another vector
    int rc = read_options(ctl, command, argc, argv);
    if (rc != 0)
        return rc < 0 ? EX_OK : rc;
    ctl->argc = argc - optind;
    ctl->argv = argv + optind;
    if (ctl->argc < command->least)
        return usage(command, "%s needs %s", command->name, command->arguments);
    if (ctl->argc > command->most)
        return usage(command, "%s: '%s' is too much", command->name, ctl->argv[command->most]);
    if (ctl->endpoint && !(command->options & OPTION_ENDPOINT))
        return usage(command, "%s takes no --endpoint", command->name);
    if (ctl->curve && !ctl->endpoint)
        return usage(command, "--curve goes with --endpoint tcp://HOST:PORT");
    return command->run(ctl);
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("POISE_RUNTIME_DIR");
    struct ctl ctl = {.runtime_dir = from_environment && from_environment[0] ? from_environment : "/run/poise",
                      .method = -1};
    log_init("poisectl", LOG_LEVEL_WARNING);
    int rc = read_options(&ctl, NULL, argc, argv);
    if (rc != 0)
        return rc < 0 ? EX_OK : rc;
    if (optind >= argc)
        return usage(NULL, "a command is missing");
    const char *name = argv[optind];
    int rest = argc - optind;
    char **arguments = argv + optind;
    for (size_t i = 0; i < N_OFFLINE; i++)
        if (strcmp(name, offline[i].name) == 0) {
            optind = 0;
            opterr = 1;
            return offline[i].run(rest, arguments);
        }
    const struct subcommand *command = find(name);
    return command ? run(command, &ctl, rest, arguments) : usage(NULL, "unknown command '%s'", name);
}
