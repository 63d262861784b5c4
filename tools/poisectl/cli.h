// SPDX-License-Identifier: GPL-3.0-or-later
// The page of one verb: what getopt takes, what --help teaches and what the shell completes are all read from it. The
// completion (tools/completion/poise) reads the help, where an option's argument says what can stand there: DIR,
// FILE.xdf, STREAM, SITE, a|b.
#ifndef POISE_POISECTL_CLI_H
#define POISE_POISECTL_CLI_H

#include <stdbool.h>
#include <stdio.h>

struct cli_option {
    const char *name;     // without its dashes; NULL ends a list
    const char *argument; // NULL: takes none
    int key;              // what cli_next gives, above 0 and none of CLI_*; 'o' is -o, too
    const char *sentence; // with unit and default
};

struct cli_example {
    const char *line, *does;
};

#define CLI_EXAMPLES 3

struct cli_page {
    const char *name;
    const char *arguments; // behind "poisectl NAME", one line for each way to use it
    const char *sentence;  // what it does, in the list of all verbs
    const char *about;     // paragraphs
    const struct cli_option *options;
    struct cli_example examples[CLI_EXAMPLES];
    const char *exits;
    void (*lists)(FILE *to); // what else is to choose from, may be NULL
};

enum { CLI_END = -1, CLI_WRONG = -2, CLI_HELP = -3 };

// Begins with another vector, argv[0] being the verb.
void cli_rewind(void);
// The key of the next option, its argument in optarg; CLI_END: none is left, and optind is the first argument;
// CLI_WRONG: the error has been told. ordered: end before the first argument.
int cli_next(const struct cli_option *options, const char *verb, bool ordered, int argc, char **argv);
// The exit code.
int cli_help(const struct cli_page *page);
void cli_print_options(const struct cli_option *options); // and --help
// text below each other at width 79, its later lines indented; a newline begins a new paragraph.
void cli_wrap(FILE *to, int indent, int column, const char *text);

#endif
