// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload: aborts, with a message and a backtrace, when a thread named in POISE_GUARD_THREAD (default
// "pipeline"; several with commas between, "read-*" is all that begin so) allocates or frees more than
// POISE_GUARD_AFTER_S seconds after the start of the process, and less than POISE_GUARD_UNTIL_S when that is set. So
// "no allocation after start" is proved on the daemon as it is shipped. Not for sanitized builds, which bring their own
// malloc. glibc's __libc_* are the same functions under names that nobody interposes, so nothing has to be looked up
// (dlsym itself allocates).
#include <errno.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 16
#define LIST_SIZE 128
#define FRAMES    40

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void *memalign(size_t alignment, size_t size);

static char guarded[LIST_SIZE] = "pipeline";
static int64_t from_ns = INT64_MAX, until_ns = INT64_MAX;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

__attribute__((constructor)) static void set_up(void)
{
    const char *name = getenv("POISE_GUARD_THREAD"), *after_s = getenv("POISE_GUARD_AFTER_S"),
               *until_s = getenv("POISE_GUARD_UNTIL_S");
    if (name)
        strncpy(guarded, name, LIST_SIZE - 1);
    void *frames[FRAMES];
    (void)backtrace(frames, FRAMES); // its first call loads a library, and allocates
    if (after_s)
        from_ns = now_ns() + (int64_t)(strtod(after_s, NULL) * 1e9);
    if (until_s)
        until_ns = now_ns() + (int64_t)(strtod(until_s, NULL) * 1e9);
}

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; // nobody listens; the abort still tells
}

static bool is_guarded(const char *name)
{
    for (const char *at = guarded; *at != '\0'; at += *at == ',') {
        size_t length = strcspn(at, ",");
        bool prefix = length > 0 && at[length - 1] == '*';
        if (prefix ? strncmp(name, at, length - 1) == 0 : strncmp(name, at, length) == 0 && name[length] == '\0')
            return true;
        at += length;
    }
    return false;
}

static void check(const char *function)
{
    char name[NAME_SIZE] = "";
    int error = errno;
    int64_t now = now_ns();
    if (now < from_ns || now > until_ns || prctl(PR_GET_NAME, name) != 0 || !is_guarded(name)) {
        errno = error;
        return;
    }
    from_ns = INT64_MAX; // what follows may allocate
    say("alloc_guard: thread '");
    say(name);
    say("' called ");
    say(function);
    say(" after start\n");
    void *frames[FRAMES];
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
    abort();
}

void *malloc(size_t size)
{
    check("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    check("calloc");
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    check("realloc");
    return __libc_realloc(old, size);
}

void free(void *block)
{
    if (block)
        check("free");
    __libc_free(block);
}

void *memalign(size_t alignment, size_t size)
{
    check("memalign");
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    check("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    check("posix_memalign");
    void *block = __libc_memalign(alignment, size);
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}
