// SPDX-License-Identifier: GPL-3.0-or-later
#include "subject.h"

#include "core/name.h"
#include "ctl.h"
#include "record/assessment_store.h"
#include "record/history_store.h"
#include "record/history_text.h"
#include "record/session_store.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define PATH_SIZE 1400
#define RIG       64

static const struct cli_option options_table[] = {
    {"state-dir", "DIR", 's', "the daemon's state directory (default $STATE_DIRECTORY, else /var/lib/poise)"},
    {"yes", NULL, 'y', "delete: do not ask"},
    {"json", NULL, 'j', "print JSON. An error is {\"ok\": false, \"error\": ...}"},
    {NULL, NULL, 0, NULL}};

const struct cli_page page_subject = {
    .name = "subject",
    .arguments = "list [OPTIONS]\nshow NAME [OPTIONS]\ndelete NAME [--yes] [OPTIONS]",
    .sentence = "what is kept of each runner: list, show, delete",
    .about = "The daemon keeps for each subject how this person usually runs, so that the next session knows it, one "
             "calibration for each rig, and what was assessed. This shows and deletes them; it reads the state "
             "directory and needs no daemon, "
             "but the right to read there. Runs without a subject are kept as anyone.\n\n"
             "delete removes every file of the subject for good. It is refused while a session of the subject runs, "
             "since the daemon would write them anew. Recordings are not touched.",
    .options = options_table,
    .examples = {{"poisectl subject list", "who is known here?"},
                 {"poisectl subject show s01", "this person's usual, by speed"},
                 {"poisectl subject delete s01 --yes", "forget this person"}},
    .exits = "0 done, 1 not known, refused or failed, 64 usage.",
};

enum { HISTORIES, CALIBRATIONS, ASSESSMENTS, N_FOLDERS };
static const char *const folders[N_FOLDERS] = {"history", "calibration", "assessments"};

struct subject {
    const char *dir, *name;
    bool yes, json;
};

static bool ends_with_json(const char *name, size_t *length)
{
    size_t n = strlen(name);
    *length = n - 5;
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

// A file of the folder, as "NAME.json" or "NAME@RIG.json".
static bool split(const char *file, char name[RIG], char rig[RIG])
{
    size_t length;
    const char *at = strchr(file, '@');
    if (!ends_with_json(file, &length) || length >= 2 * RIG)
        return false;
    size_t first = at ? (size_t)(at - file) : length;
    if (first >= RIG || (at && length - first - 1 >= RIG))
        return false;
    snprintf(name, RIG, "%.*s", (int)first, file);
    snprintf(rig, RIG, "%.*s", at ? (int)(length - first - 1) : 0, at ? at + 1 : "");
    return name_is_plain(name) && (!at || name_is_plain(rig));
}

static json_t *entry_of(json_t *all, const char *name)
{
    json_t *entry = json_object_get(all, name);
    if (entry)
        return entry;
    entry = json_pack("{s:b, s:[], s:b}", "history", 0, "calibrations", "assessments", 0);
    json_object_set_new(all, name, entry);
    return entry;
}

static void note(json_t *all, int folder, const char *name, const char *rig)
{
    if (folder == CALIBRATIONS && rig[0] != '\0')
        json_array_append_new(json_object_get(entry_of(all, name), "calibrations"), json_string(rig));
    if (folder != CALIBRATIONS && rig[0] == '\0')
        json_object_set_new(entry_of(all, name), folder == HISTORIES ? "history" : "assessments", json_true());
}

// {name: {history, calibrations: [rig…], assessments}} of what the state directory holds; NULL with the error told.
static json_t *survey(const char *dir)
{
    json_t *all = json_object();
    for (int i = 0; i < N_FOLDERS; i++) {
        char path[PATH_SIZE], name[RIG], rig[RIG];
        snprintf(path, sizeof path, "%s/%s", dir, folders[i]);
        DIR *folder = opendir(path);
        if (!folder && errno == ENOENT && (i > 0 || access(dir, X_OK) == 0))
            continue;
        if (!folder) {
            ctl_fail("%s: %s", path, strerror(errno));
            json_decref(all);
            return NULL;
        }
        for (const struct dirent *at = readdir(folder); at; at = readdir(folder)) {
            if (split(at->d_name, name, rig))
                note(all, i, name, rig);
        }
        closedir(folder);
    }
    return all;
}

static void print_calibrations(const json_t *entry)
{
    const json_t *rigs = json_object_get(entry, "calibrations"), *rig;
    size_t i;
    printf("  calibrations: %s", json_array_size(rigs) == 0 ? "none" : "");
    json_array_foreach(rigs, i, rig) printf("%s%s", i > 0 ? ", " : "", json_string_value(rig));
    putchar('\n');
}

static int list(const struct subject *s)
{
    json_t *all = survey(s->dir), *entry;
    const char *name;
    if (!all)
        return 1;
    if (s->json)
        return ctl_print(all);
    if (json_object_size(all) == 0)
        printf("nobody is known in %s\n", s->dir);
    json_object_foreach(all, name, entry)
    {
        printf("%-20s %s\n", name, json_is_true(json_object_get(entry, "history")) ? "with a usual" : "no usual yet");
        print_calibrations(entry);
        if (json_is_true(json_object_get(entry, "assessments")))
            puts("  with assessments");
    }
    json_decref(all);
    return fflush(stdout) == 0 ? 0 : 1;
}

static void print_usual(const struct usual *usual)
{
    static const char *const gaits[] = {"walking", "running"};
    for (int g = 0; g < USUAL_GAITS; g++)
        for (int v = 0; v < USUAL_SPEEDS; v++) {
            bool headed = false;
            for (int q = 0; q < N_QUANTITIES; q++) {
                const struct usual_cell *cell = &usual->cell[g][v][q];
                if (!(cell->minutes > 0))
                    continue;
                if (!headed && v > 0)
                    printf("  %s at %.2f m/s\n", gaits[g], v * 0.25);
                else if (!headed)
                    printf("  %s, speed not known\n", gaits[g]);
                headed = true;
                printf("    %-26s %9.*f +- %.*f  (%.0f min)\n", quantities[q].key, quantities[q].decimals,
                       (double)cell->mean, quantities[q].decimals, (double)cell->sd, (double)cell->minutes);
            }
        }
}

// What was assessed; NULL with the error told.
static json_t *load_assessments(const struct subject *s)
{
    char error[ASSESSMENT_PATH + 256];
    json_t *entries;
    if (assessment_store_load(&entries, s->dir, s->name, error, sizeof error) == 0)
        return entries;
    ctl_fail("%s", error);
    return NULL;
}

static void print_assessments(const json_t *entries)
{
    printf("assessments: %s\n", json_array_size(entries) == 0 ? "none" : "");
    for (size_t i = json_array_size(entries); i > 0; i--) {
        const json_t *entry = json_array_get(entries, i - 1), *utc = json_object_get(entry, "utc");
        printf("  %-19.19s  %-19s %s\n", json_is_string(utc) ? json_string_value(utc) : "-",
               json_string_value(json_object_get(entry, "exercise")),
               json_string_value(json_object_get(entry, "outcome")));
    }
}

static int show(const struct subject *s)
{
    static struct runner_history history;
    char error[HISTORY_PATH + 256];
    json_t *all = survey(s->dir);
    json_t *entry = all ? json_object_get(all, s->name) : NULL;
    if (all && !entry)
        ctl_fail("nothing is kept of '%s' in %s", s->name, s->dir);
    if (!entry) {
        json_decref(all);
        return 1;
    }
    int rc = history_store_load(&history, s->dir, s->name, error, sizeof error);
    if (rc == -ENOENT)
        history_clear(&history);
    if (rc != 0 && rc != -ENOENT) {
        json_decref(all);
        return ctl_fail("%s", error);
    }
    json_t *assessments = load_assessments(s);
    if (!assessments) {
        json_decref(all);
        return 1;
    }
    if (s->json) {
        json_t *object = json_pack("{s:s, s:O, s:o, s:o}", "subject", s->name, "calibrations",
                                   json_object_get(entry, "calibrations"), "history", history_object(&history),
                                   "assessments", assessments);
        json_decref(all);
        return ctl_print(object);
    }
    printf("%s: %u sessions before the last one\n", s->name, history.sessions);
    print_calibrations(entry);
    puts("usual, of earlier sessions:");
    print_usual(&history.before);
    puts("of the last session, minutes 3 to 8 of steady running:");
    print_usual(&history.now);
    print_assessments(assessments);
    json_decref(assessments);
    json_decref(all);
    return fflush(stdout) == 0 ? 0 : 1;
}

// 0; 1 with the error told: a session of this subject runs on one of its rigs.
static int check_idle(const struct subject *s)
{
    char path[PATH_SIZE], error[PATH_SIZE], name[RIG], rig[RIG];
    static struct session_state state;
    int rc = 0;
    snprintf(path, sizeof path, "%s/session", s->dir);
    DIR *folder = opendir(path);
    for (const struct dirent *at = folder ? readdir(folder) : NULL; at && rc == 0; at = readdir(folder))
        if (split(at->d_name, name, rig) && session_store_load(&state, s->dir, name, error, sizeof error) == 0 &&
            strcmp(state.subject, s->name) == 0)
            rc = ctl_fail("a session of %s runs on rig %s; stop it first: poisectl session stop", s->name, name);
    if (folder)
        closedir(folder);
    return rc;
}

static bool is_agreed(const struct subject *s)
{
    char answer[16] = "";
    if (s->yes)
        return true;
    if (!isatty(STDIN_FILENO) || s->json)
        return false;
    printf("Delete all that is kept of %s in %s? [y/N] ", s->name, s->dir);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int remove_file(const char *path, json_t *removed)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return ctl_fail("%s: %s", path, strerror(errno));
    json_array_append_new(removed, json_string(path));
    return 0;
}

static int delete_all(const struct subject *s, const json_t *entry)
{
    char path[PATH_SIZE];
    json_t *removed = json_array(), *rig;
    size_t i;
    int rc = 0;
    if (json_is_true(json_object_get(entry, "history"))) {
        snprintf(path, sizeof path, "%s/history/%s.json", s->dir, s->name);
        rc = remove_file(path, removed);
    }
    if (rc == 0 && json_is_true(json_object_get(entry, "assessments"))) {
        snprintf(path, sizeof path, "%s/assessments/%s.json", s->dir, s->name);
        rc = remove_file(path, removed);
    }
    snprintf(path, sizeof path, "%s/assessments/%s.json.unreadable", s->dir, s->name); // set aside by the daemon
    if (rc == 0 && access(path, F_OK) == 0)
        rc = remove_file(path, removed);
    json_array_foreach(json_object_get(entry, "calibrations"), i, rig)
    {
        snprintf(path, sizeof path, "%s/calibration/%s@%s.json", s->dir, s->name, json_string_value(rig));
        if (rc == 0)
            rc = remove_file(path, removed);
    }
    if (rc == 0 && !s->json)
        printf("%zu files of %s are deleted\n", json_array_size(removed), s->name);
    if (rc == 0 && s->json)
        return ctl_print(json_pack("{s:b, s:o}", "ok", 1, "deleted", removed));
    json_decref(removed);
    return rc;
}

static int forget(const struct subject *s)
{
    json_t *all = survey(s->dir);
    json_t *entry = all ? json_object_get(all, s->name) : NULL;
    int rc = entry ? check_idle(s) : 1;
    if (all && !entry)
        ctl_fail("nothing is kept of '%s' in %s", s->name, s->dir);
    if (rc == 0 && !is_agreed(s))
        rc = ctl_fail("nothing is deleted; --yes agrees beforehand");
    if (rc == 0)
        rc = delete_all(s, entry);
    json_decref(all);
    return rc;
}

int poisectl_subject(int argc, char **argv)
{
    const char *from_environment = getenv("STATE_DIRECTORY");
    struct subject s = {.dir = from_environment && from_environment[0] != '\0' ? from_environment : "/var/lib/poise",
                        .json = say_is_json()};
    int key;
    cli_rewind();
    while ((key = cli_next(options_table, "subject", false, argc, argv)) != CLI_END) {
        if (key == CLI_HELP)
            return cli_help(&page_subject);
        if (key == CLI_WRONG)
            return EX_USAGE;
        if (key == 's')
            s.dir = optarg;
        s.yes = s.yes || key == 'y';
        s.json = s.json || key == 'j';
    }
    say_as_json(s.json);
    const char *action = optind < argc ? argv[optind] : "";
    s.name = optind + 1 < argc ? argv[optind + 1] : NULL;
    bool is_list = strcmp(action, "list") == 0;
    if (!is_list && strcmp(action, "show") != 0 && strcmp(action, "delete") != 0)
        return ctl_usage("subject", "one of list, show NAME and delete NAME is wanted");
    if (is_list != !s.name || optind + (is_list ? 1 : 2) < argc)
        return ctl_usage("subject", is_list ? "list takes no name" : "%s takes one name", action);
    if (s.name && !name_is_plain(s.name))
        return ctl_usage("subject", "'%s' is not a name; allowed: " PLAIN_NAME_ALLOWED, s.name);
    return is_list ? list(&s) : strcmp(action, "show") == 0 ? show(&s) : forget(&s);
}
