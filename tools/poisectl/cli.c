// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include "say.h"

#include <getopt.h>
#include <string.h>

#define OPTIONS_MAX  32
#define WIDTH        79
#define SENTENCES_AT 24 // column of the options' sentences

void cli_rewind(void)
{
    optind = 0; // glibc: begin anew
    opterr = 0;
}

static int wrong(const char *verb, int found, char **argv)
{
    const char *last = argv[optind - 1];
    if (found == ':')
        ctl_usage(verb, "%s needs a value", last);
    else if (optopt > 0 && last[0] == '-' && last[1] == '-')
        ctl_usage(verb, "%s: no value belongs there", last);
    else if (optopt > 0)
        ctl_usage(verb, "unknown option '-%c'", optopt);
    else
        ctl_usage(verb, "unknown option '%s'", last);
    return CLI_WRONG;
}

int cli_next(const struct cli_option *options, const char *verb, bool ordered, int argc, char **argv)
{
    struct option table[OPTIONS_MAX + 2];
    bool output = false; // has -o, as people expect
    int n = 0;
    for (; n < OPTIONS_MAX && options[n].name; n++) {
        table[n] = (struct option){options[n].name, options[n].argument ? required_argument : no_argument, NULL,
                                   options[n].key};
        output = output || options[n].key == 'o';
    }
    table[n++] = (struct option){"help", no_argument, NULL, 'h'};
    table[n] = (struct option){NULL, 0, NULL, 0};
    int found = getopt_long(argc, argv, ordered ? "+:h" : output ? ":ho:" : ":h", table, NULL);
    if (found == '?' || found == ':')
        return wrong(verb, found, argv);
    return found == -1 ? CLI_END : found == 'h' ? CLI_HELP : found;
}

void cli_wrap(FILE *to, int indent, int column, const char *text)
{
    bool begun = false;
    while (*text != '\0') {
        int length = (int)strcspn(text, " \n");
        if (begun && column + 1 + length > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            column = indent;
        } else if (begun) {
            fputc(' ', to);
            column++;
        }
        fwrite(text, 1, (size_t)length, to);
        column += length;
        begun = true;
        text += length;
        if (*text == '\n') {
            fprintf(to, "\n%*s", text[1] == '\n' ? 0 : indent, "");
            column = indent;
            begun = false;
        }
        text += *text != '\0';
    }
    fputc('\n', to);
}

static void print_option(const char *name, const char *argument, const char *sentence)
{
    int at = printf("  --%s%s%s", name, argument ? " " : "", argument ? argument : "");
    if (at > SENTENCES_AT - 2)
        printf("\n%*s", SENTENCES_AT, "");
    else
        printf("%*s", SENTENCES_AT - at, "");
    cli_wrap(stdout, SENTENCES_AT, SENTENCES_AT, sentence);
}

static void print_usage(const struct cli_page *page)
{
    const char *line = page->arguments, *before = "usage:";
    do {
        int length = (int)strcspn(line, "\n");
        printf("%s poisectl %s%s%.*s\n", before, page->name, length > 0 ? " " : "", length, line);
        before = "      ";
        line += length;
    } while (*line++ == '\n');
    putchar('\n');
}

void cli_print_options(const struct cli_option *options)
{
    for (; options->name; options++)
        print_option(options->name, options->argument, options->sentence);
    print_option("help", NULL, "print this and end");
}

int cli_help(const struct cli_page *page)
{
    print_usage(page);
    cli_wrap(stdout, 0, 0, page->about);
    puts("\nOptions:");
    cli_print_options(page->options);
    if (page->lists)
        page->lists(stdout);
    puts("\nExamples:");
    for (int i = 0; i < CLI_EXAMPLES && page->examples[i].line; i++) {
        printf("  %s\n      ", page->examples[i].line);
        cli_wrap(stdout, 6, 6, page->examples[i].does);
    }
    fputs("\nExit codes: ", stdout);
    cli_wrap(stdout, 12, 12, page->exits);
    return fflush(stdout) == 0 ? 0 : 1;
}
