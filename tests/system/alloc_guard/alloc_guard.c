// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload: aborts, with a message and a backtrace, when a guarded thread does what a real-time thread must
// not: allocates or frees, maps memory, takes a lock, sleeps, opens a file. So "nothing of that after start" is proved
// on the daemon as it is shipped. Not for sanitized builds, which bring their own malloc.
//   POISE_GUARD_THREAD   names, parted by commas; "read-*" is all that begin so (default "pipeline")
//   POISE_GUARD_AFTER_S  seconds after the start of the process from which on it guards; without it never
//   POISE_GUARD_UNTIL_S  and up to which: threads free what they hold when they end (default: for ever)
//   POISE_GUARD_EXCUSE   part of a library's file name: what is done on its behalf is let through
// glibc's __libc_* are the same functions under names that nobody interposes, so nothing has to be looked up for the
// allocator (dlsym itself allocates); the others are looked up at the start.
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 16
#define FRAMES    40

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void *memalign(size_t alignment, size_t size);

static char guarded[128] = "pipeline";
static char excused[64];
static _Atomic int64_t from_ns = INT64_MAX;
static int64_t until_ns = INT64_MAX;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

__attribute__((constructor)) static void set_up(void)
{
    const char *name = getenv("POISE_GUARD_THREAD"), *excuse = getenv("POISE_GUARD_EXCUSE");
    const char *after_s = getenv("POISE_GUARD_AFTER_S"), *until_s = getenv("POISE_GUARD_UNTIL_S");
    if (name)
        strncpy(guarded, name, sizeof guarded - 1);
    if (excuse)
        strncpy(excused, excuse, sizeof excused - 1);
    void *frames[FRAMES];
    (void)backtrace(frames, FRAMES); // its first call loads a library, and allocates
    if (after_s)
        from_ns = now_ns() + (int64_t)(strtod(after_s, NULL) * 1e9);
    if (until_s)
        until_ns = now_ns() + (int64_t)(strtod(until_s, NULL) * 1e9);
}

static int is_guarded(const char *name)
{
    for (const char *at = guarded; *at != '\0';) {
        size_t length = strcspn(at, ",");
        size_t fixed = length > 0 && at[length - 1] == '*' ? length - 1 : length;
        if (strncmp(at, name, fixed) == 0 && (fixed < length || name[fixed] == '\0'))
            return 1;
        at += length + (at[length] == ',');
    }
    return 0;
}

// Is a function of the excused library among the callers?
static int is_excused(void *const *frames, int n)
{
    Dl_info info;
    for (int i = 0; excused[0] != '\0' && i < n; i++)
        if (dladdr(frames[i], &info) != 0 && info.dli_fname && strstr(info.dli_fname, excused))
            return 1;
    return 0;
}

// In one write, or another thread's words stand between.
static void say(const char *name, const char *function)
{
    char text[128];
    int n = snprintf(text, sizeof text, "alloc_guard: thread '%s' called %s after start\n", name, function);
    if (write(STDERR_FILENO, text, (size_t)n) < 0)
        return; // nobody listens; the abort still tells
}

static void check(const char *function)
{
    char name[NAME_SIZE] = "";
    void *frames[FRAMES];
    int error = errno;
    int64_t now = now_ns();
    if (now < from_ns || now > until_ns || prctl(PR_GET_NAME, name) != 0 || !is_guarded(name)) {
        errno = error;
        return;
    }
    int n = backtrace(frames, FRAMES);
    if (is_excused(frames, n)) {
        errno = error;
        return;
    }
    if (atomic_exchange(&from_ns, INT64_MAX) == INT64_MAX) { // what follows may allocate
        errno = error;
        return; // another thread was first, and ends the process
    }
    say(name, function);
    backtrace_symbols_fd(frames, n, STDERR_FILENO);
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

// The rest has no second name in glibc: the next one after this library. Some are called before any constructor, so
// each looks its own up when it has to; that is long before it guards.
#define NEXT(result, name, parameters, arguments)                                                                      \
    result name parameters                                                                                             \
    {                                                                                                                  \
        static result(*next) parameters;                                                                               \
        if (!next)                                                                                                     \
            next = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                                      \
        check(#name);                                                                                                  \
        return next arguments;                                                                                         \
    }

NEXT(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
NEXT(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
NEXT(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
NEXT(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), (condition, mutex))
NEXT(int, pthread_join, (pthread_t thread, void **result), (thread, result))
NEXT(int, sem_wait, (sem_t * semaphore), (semaphore))
NEXT(int, nanosleep, (const struct timespec *length, struct timespec *left), (length, left))
NEXT(void *, mmap, (void *at, size_t size, int access, int flags, int fd, off_t offset),
     (at, size, access, flags, fd, offset))
NEXT(int, munmap, (void *at, size_t size), (at, size))
NEXT(int, mprotect, (void *at, size_t size, int access), (at, size, access))
NEXT(int, madvise, (void *at, size_t size, int advice), (at, size, advice))

int open(const char *path, int flags, ...)
{
    static int (*next)(const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    unsigned mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    if (!next)
        next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    check("open");
    return next(path, flags, mode);
}
