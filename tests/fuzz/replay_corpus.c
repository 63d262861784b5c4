// SPDX-License-Identifier: GPL-3.0-or-later
// A main for a fuzz target where there is no libFuzzer: every file of the folders named, whole and cut short at up to
// CUTS places. A target aborts on what it finds; the name of the file is then the last line.
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUTS      4
#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); // reading past it is seen
    if (!exact)
        abort();
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int run_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (!file)
        return -errno;
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    run(data, size);
    for (size_t i = 0; i < CUTS && i < size; i++)
        run(data, size <= CUTS ? i : size * i / CUTS);
    return 0;
}

// How many files there were, or negative errno.
static int run_folder(const char *folder)
{
    int n = 0, rc = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return -errno;
    for (struct dirent *entry; rc == 0 && (entry = readdir(dir));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        rc = run_file(path);
        n++;
    }
    closedir(dir);
    return rc != 0 ? rc : n;
}

int main(int argc, char **argv)
{
    int n_files = 0;
    for (int i = 1; i < argc; i++) {
        int n = run_folder(argv[i]);
        if (n <= 0) {
            fprintf(stderr, "%s: %s\n", argv[i], n < 0 ? strerror(-n) : "no files");
            return EXIT_FAILURE;
        }
        n_files += n;
    }
    printf("%d files\n", n_files);
    return n_files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
