// SPDX-License-Identifier: GPL-3.0-or-later
// poisectl: the operator's program. One table of verbs; what each takes and says of itself is its page (cli.h).
#include "core/log.h"
#include "ctl.h"
#include "export.h"
#include "frames/calibration.h"
#include "import.h"
#include "keygen.h"
#include "names.h"
#include "pages.h"
#include "report.h"
#include "subject.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

// run is given what the options of the page say and from least to most arguments. What needs no daemon reads its
// options itself.
static const struct verb {
    const struct cli_page *page;
    int least, most;
    int (*run)(const struct ctl *ctl);
    int (*offline)(int argc, char **argv);
} verbs[] = {
    {.page = &page_status, .run = ctl_status},
    {.page = &page_top, .run = ctl_top},
    {.page = &page_sub, .most = 64, .run = ctl_sub},
    {.page = &page_snapshot, .run = ctl_snapshot},
    {.page = &page_devices, .most = 1, .run = ctl_devices},
    {.page = &page_doctor, .run = ctl_doctor},
    {.page = &page_mark, .least = 1, .most = 1, .run = ctl_mark},
    {.page = &page_speed, .least = 1, .most = 1, .run = ctl_speed},
    {.page = &page_record, .least = 1, .most = 1, .run = ctl_record},
    {.page = &page_session, .least = 1, .most = 2, .run = ctl_session},
    {.page = &page_calibrate, .run = ctl_calibrate},
    {.page = &page_findings, .run = ctl_findings},
    {.page = &page_assess, .most = 1, .run = ctl_assess},
    {.page = &page_subject, .offline = poisectl_subject},
    {.page = &page_report, .offline = poisectl_report},
    {.page = &page_export, .offline = poisectl_export},
    {.page = &page_import, .offline = poisectl_import},
    {.page = &page_keygen, .offline = poisectl_keygen},
};
#define RT_SECONDS_MAX 86400
#define N_VERBS        (sizeof verbs / sizeof verbs[0])

static const struct cli_option common_options[] = {
    {"runtime-dir", "DIR", OPTION_RUNTIME_DIR,
     "where the daemon has its sockets (default $POISE_RUNTIME_DIR, else /run/poise)"},
    {"endpoint", "E", OPTION_ENDPOINT, "status, top, sub: subscribe to tcp://HOST:PORT or ipc://PATH instead"},
    {"json", NULL, OPTION_JSON, "every verb: print JSON; an error is {\"ok\": false, \"error\": ...}"},
    {"version", NULL, OPTION_VERSION, "print the version and end"},
    {NULL, NULL, 0, NULL}};

static int print_help(void)
{
    puts("usage: poisectl [--runtime-dir DIR] [--json] VERB [OPTIONS] [ARGUMENTS]\n\n"
         "Watches and directs a running poised, and turns recordings into other files\n"
         "and other files into recordings.\n\n"
         "Verbs:");
    for (size_t i = 0; i < N_VERBS; i++) {
        printf("  %-9s  ", verbs[i].page->name);
        cli_wrap(stdout, 13, 13, verbs[i].page->sentence);
    }
    puts("\nOptions:");
    cli_print_options(common_options);
    puts("\nExamples:\n"
         "  poisectl status\n      is everything that is worn running?\n"
         "  poisectl calibrate\n      lead the runner through a calibration\n"
         "  poisectl export run.xdf --to csv\n      a recording as tables\n\n"
         "Exit codes: 0 done, 1 no answer, refused or failed, 64 usage, 66 input\n"
         "            unusable, 130 on Ctrl-C, 143 by SIGTERM. poisectl VERB --help\n"
         "            teaches each verb.");
    return fflush(stdout) == 0 ? EX_OK : 1;
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
    return end != text && *end == '\0' && isfinite(*out) && *out >= 0.001 && *out <= 1e7;
}

static int take_method(struct ctl *ctl, const char *verb, enum calibrate_method method)
{
    if (ctl->method >= 0 && ctl->method != (int)method)
        return ctl_usage(verb, "one of --stand, --bows, --gait, --tall and --cancel is wanted");
    ctl->method = (int)method;
    return 0;
}

// 0 to go on, else the exit code.
static int take_option(struct ctl *ctl, const char *verb, int key)
{
    switch (key) {
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
        say_as_json(true);
        break;
    case OPTION_COUNT:
        if (!take_count(optarg, &ctl->count))
            return ctl_usage(verb, "--count %s: a number from 1 up is wanted", optarg);
        break;
    case OPTION_SECONDS:
        if (!take_seconds(optarg, &ctl->seconds))
            return ctl_usage(verb, "--seconds %s: a number from 0.001 to 1e7 is wanted", optarg);
        break;
    case OPTION_ONCE:
        ctl->once = true;
        break;
    case OPTION_URI:
        ctl->uri = optarg;
        break;
    case OPTION_CONFIG:
        ctl->config = optarg;
        break;
    case OPTION_ROOT:
        ctl->root = optarg;
        break;
    case OPTION_RT:
        if (!take_seconds(optarg, &ctl->rt_seconds) || ctl->rt_seconds > RT_SECONDS_MAX)
            return ctl_usage(verb, "--rt %s: a number from 0.001 to %d is wanted", optarg, RT_SECONDS_MAX);
        break;
    case OPTION_STAND:
        return take_method(ctl, verb, CALIBRATE_STAND);
    case OPTION_BOWS:
        return take_method(ctl, verb, CALIBRATE_BOWS);
    case OPTION_GAIT:
        return take_method(ctl, verb, CALIBRATE_GAIT);
    case OPTION_TALL:
        return take_method(ctl, verb, CALIBRATE_TALL);
    case OPTION_CANCEL:
        return take_method(ctl, verb, CALIBRATE_CANCEL);
    case OPTION_NO_WAIT:
        ctl->no_wait = true;
        break;
    case OPTION_FOLLOW:
        ctl->follow = true;
        break;
    case OPTION_ALL:
        ctl->all = true;
        break;
    case OPTION_LYING:
        ctl->lying = true;
        break;
    case OPTION_LIST:
        ctl->list = true;
        break;
    case OPTION_STATE_DIR:
        ctl->state_dir = optarg;
        break;
    }
    return 0;
}

// The options of a verb, or those before it (page NULL). 0 to go on; -1: ended well; else the exit code.
static int read_options(struct ctl *ctl, const struct cli_page *page, int argc, char **argv)
{
    const char *name = page ? page->name : NULL;
    int key;
    cli_rewind();
    while ((key = cli_next(page ? page->options : common_options, name, !page, argc, argv)) != CLI_END) {
        if (key == CLI_WRONG)
            return EX_USAGE;
        if (key == CLI_HELP)
            return (page ? cli_help(page) : print_help()) == 0 ? -1 : 1;
        if (key == OPTION_VERSION) {
            puts("poisectl " POISE_VERSION);
            return fflush(stdout) == 0 ? -1 : 1;
        }
        int rc = take_option(ctl, name, key);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool has_option(const struct cli_page *page, int key)
{
    for (const struct cli_option *option = page->options; option->name; option++)
        if (option->key == key)
            return true;
    return false;
}

static int run(const struct verb *verb, struct ctl *ctl, int argc, char **argv)
{
    const struct cli_page *page = verb->page;
    int rc = read_options(ctl, page, argc, argv);
    if (rc != 0)
        return rc < 0 ? EX_OK : rc;
    ctl->argc = argc - optind;
    ctl->argv = argv + optind;
    if (ctl->argc < verb->least)
        return ctl_usage(page->name, "%s needs %s", page->name, page->arguments + strlen("[OPTIONS] "));
    if (ctl->argc > verb->most)
        return ctl_usage(page->name, "%s: '%s' is too much", page->name, ctl->argv[verb->most]);
    if (ctl->endpoint && !has_option(page, OPTION_ENDPOINT))
        return ctl_usage(page->name, "%s takes no --endpoint", page->name);
    if (ctl->curve && !ctl->endpoint)
        return ctl_usage(page->name, "--curve goes with --endpoint tcp://HOST:PORT");
    return verb->run(ctl);
}

// An error before --json has been reached is JSON too.
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("POISE_RUNTIME_DIR");
    struct ctl ctl = {.runtime_dir = from_environment && from_environment[0] ? from_environment : "/run/poise",
                      .method = -1};
    log_init("poisectl", LOG_LEVEL_WARNING);
    say_as_json(asks_for_json(argc, argv));
    int rc = read_options(&ctl, NULL, argc, argv);
    if (rc != 0)
        return rc < 0 ? EX_OK : rc;
    if (optind >= argc)
        return ctl_usage(NULL, "a verb is missing");
    const char *name = argv[optind];
    int rest = argc - optind;
    char **arguments = argv + optind;
    if (strcmp(name, "__names") == 0)
        return poisectl_names(rest, arguments);
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(verbs[i].page->name, name) != 0)
            continue;
        return verbs[i].offline ? verbs[i].offline(rest, arguments) : run(&verbs[i], &ctl, rest, arguments);
    }
    return ctl_usage(NULL, "unknown verb '%s'", name);
}
