// SPDX-License-Identifier: GPL-3.0-or-later
// poised --replay as a child: its lines are taken as they come.
#include "export_progress.h"
#include "report_read.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define PATH_BYTES   4096
#define NOT_STARTED  127
#define PROGRESS_PER 512 // lines between two looks at how far it is

// Beside this program, as it is installed and built; else whatever PATH has.
static void find_poised(const struct report_options *options, char path[PATH_BYTES])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - 16);
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (slash)
        memcpy(slash + 1, "poised", sizeof "poised");
    if (options->poised)
        snprintf(path, PATH_BYTES, "%s", options->poised);
    else if (!slash || access(path, X_OK) != 0)
        snprintf(path, PATH_BYTES, "poised");
}

// poised --replay FILES --emit - [--set import.map.NAME=SITE]…; to be freed by free_arguments().
static char **arguments_of(const struct report_reading *reading, char *program, size_t from, size_t until)
{
    const struct report_options *options = reading->options;
    size_t n = 0, most = until - from + 2 * (size_t)options->n_maps + 8;
    char **list = calloc(most, sizeof *list);
    if (!list)
        return NULL;
    list[n++] = program;
    list[n++] = "--replay";
    for (size_t i = from; i < until; i++)
        list[n++] = reading->files->path[i];
    list[n++] = "--emit";
    list[n++] = "-";
    for (int i = 0; i < options->n_maps; i++) {
        char *set = NULL;
        if (asprintf(&set, "import.map.%s", options->maps[i]) < 0)
            break;
        list[n++] = "--set";
        list[n++] = set;
    }
    return list;
}

// n: of the files.
static void free_arguments(char **list, size_t n)
{
    for (size_t i = n + 4; list && list[i]; i += 2)
        free(list[i + 1]);
    free(list);
}

static void become(char **arguments, int out, int errors)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (dup2(out, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0)
        execvp(arguments[0], arguments);
    dprintf(STDERR_FILENO, "%s: %s", arguments[0], strerror(errno));
    _exit(NOT_STARTED);
}

static void take_lines(struct report_reading *reading, FILE *lines, size_t from)
{
    struct export_progress progress;
    double first_s = reading->first_tick_s, last_s = reading->last_tick_s;
    bool timed = isfinite(first_s) && last_s > first_s;
    char label[300];
    snprintf(label, sizeof label, "replaying %.200s", report_base_name(reading->files->path[from]));
    export_progress_begin(&progress, label, timed ? (uint64_t)((last_s - first_s) * 1000) : 0,
                          reading->options->progress);
    char *line = NULL;
    size_t size = 0, n = 0;
    while (!export_stopped() && getline(&line, &size, lines) > 0) {
        report_take(reading->data, line);
        if (++n % PROGRESS_PER == 0 && timed && reading->data->last_s > first_s)
            export_progress_show(&progress, (uint64_t)((reading->data->last_s - first_s) * 1000));
    }
    free(line);
    export_progress_end(&progress);
}

// The child's last words, without its name and its counters.
static void read_errors(FILE *errors, char words[500])
{
    char line[500];
    words[0] = '\0';
    rewind(errors);
    while (fgets(line, sizeof line, errors)) {
        line[strcspn(line, "\n")] = '\0';
        const char *text = strncmp(line, "poised: ", 8) == 0 ? line + 8 : line;
        if (text[0] != '\0')
            snprintf(words, 500, "%s", text);
    }
}

static int judge(int status, FILE *errors, const char *program)
{
    char words[500];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    read_errors(errors, words);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
        return ctl_fail("poised is needed to compute this: %s; --poised names it", words);
    if (WIFEXITED(status)) {
        ctl_fail("%s", words[0] ? words : "poised failed");
        return WEXITSTATUS(status) == EX_NOINPUT ? REPORT_NO_INPUT : REPORT_FAILED;
    }
    return ctl_fail("%s was ended by signal %d", program, WTERMSIG(status));
}

int report_replay(struct report_reading *reading, size_t from, size_t until)
{
    char program[PATH_BYTES];
    int ends[2] = {-1, -1}, status = 0, rc = 0;
    find_poised(reading->options, program);
    char **arguments = arguments_of(reading, program, from, until);
    FILE *errors = tmpfile();
    if (!arguments || !errors || pipe2(ends, O_CLOEXEC) != 0) {
        rc = ctl_fail("cannot start poised: %s", strerror(errno));
        goto out;
    }
    pid_t child = fork();
    if (child == 0)
        become(arguments, ends[1], fileno(errors));
    close(ends[1]);
    ends[1] = -1;
    FILE *lines = child > 0 ? fdopen(ends[0], "r") : NULL;
    if (lines) {
        ends[0] = -1;
        take_lines(reading, lines, from);
        fclose(lines);
    } else {
        rc = ctl_fail("cannot start poised: %s", strerror(errno));
    }
    if (child > 0 && export_stopped())
        kill(child, SIGTERM);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == 0 && !export_stopped())
        rc = judge(status, errors, program);
out:
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    if (errors)
        fclose(errors);
    free_arguments(arguments, until - from);
    return rc;
}
