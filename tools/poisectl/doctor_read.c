// SPDX-License-Identifier: GPL-3.0-or-later
// Small files of the machine, or of a folder that stands for one.
#include "doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void join(const struct doctor *doctor, char out[PATH_MAX], const char *format, va_list args)
{
    int n = snprintf(out, PATH_MAX, "%s", doctor->root);
    if (n >= 0 && n < PATH_MAX)
        vsnprintf(out + n, PATH_MAX - (size_t)n, format, args);
}

void doctor_path(const struct doctor *doctor, char out[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(doctor, out, format, args);
    va_end(args);
}

bool doctor_read(const struct doctor *doctor, char *text, size_t size, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    va_start(args, format);
    join(doctor, path, format, args);
    va_end(args);
    text[0] = '\0';
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t n = fread(text, 1, size - 1, file);
    bool failed = ferror(file);
    fclose(file);
    text[n] = '\0';
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    return !failed;
}

bool doctor_exists(const struct doctor *doctor, const char *path)
{
    char whole[PATH_MAX];
    doctor_path(doctor, whole, "%s", path);
    return access(whole, F_OK) == 0;
}

bool doctor_line(const struct doctor *doctor, const char *path, const char *key, char *rest, size_t size)
{
    char whole[PATH_MAX], line[1024];
    doctor_path(doctor, whole, "%s", path);
    FILE *file = fopen(whole, "re");
    bool found = false;
    rest[0] = '\0';
    while (file && !found && fgets(line, sizeof line, file)) {
        size_t length = strlen(key);
        if (strncmp(line, key, length) != 0)
            continue;
        found = true;
        line[strcspn(line, "\n")] = '\0';
        snprintf(rest, size, "%s", line + length + strspn(line + length, " \t"));
    }
    if (file)
        fclose(file);
    return found;
}

int doctor_find_process(const struct doctor *doctor, const char *name)
{
    char path[PATH_MAX], comm[32];
    doctor_path(doctor, path, "/proc");
    DIR *processes = opendir(path);
    int found = 0;
    for (struct dirent *entry; processes && found == 0 && (entry = readdir(processes)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        if (doctor_read(doctor, comm, sizeof comm, "/proc/%s/comm", entry->d_name) && strcmp(comm, name) == 0)
            found = atoi(entry->d_name);
    }
    if (processes)
        closedir(processes);
    return found;
}
