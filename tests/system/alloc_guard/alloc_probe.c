// SPDX-License-Identifier: GPL-3.0-or-later
// What the guard has to catch: a thread called argv[1] that does what argv[2] says, a second after start; argv[3] such
// threads at once (default 1).
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 32

static const char *name, *how;
static void *volatile block; // volatile: no compiler may leave the pair out

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t together;

static void wait_or_lock(void)
{
    sem_t semaphore;
    if (strcmp(how, "pthread_mutex_lock") == 0)
        pthread_mutex_lock(&mutex);
    else if (strcmp(how, "pthread_rwlock_rdlock") == 0)
        pthread_rwlock_rdlock(&lock);
    else if (strcmp(how, "pthread_rwlock_wrlock") == 0)
        pthread_rwlock_wrlock(&lock);
    else if (strcmp(how, "sem_wait") == 0 && sem_init(&semaphore, 0, 1) == 0)
        sem_wait(&semaphore);
    else if (strcmp(how, "nanosleep") == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
    else if (strcmp(how, "open") == 0)
        close(open("/dev/null", O_RDONLY));
    else if (strcmp(how, "mmap") == 0)
        block = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void *sin_in_thread(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), name);
    const struct timespec second = {1, 0};
    nanosleep(&second, NULL);
    pthread_barrier_wait(&together);
    void *aligned = NULL;
    if (strcmp(how, "malloc") == 0)
        block = malloc(100);
    else if (strcmp(how, "calloc") == 0)
        block = calloc(10, 10);
    else if (strcmp(how, "realloc") == 0)
        block = realloc(block, 200);
    else if (strcmp(how, "aligned_alloc") == 0)
        block = aligned_alloc(64, 128);
    else if (strcmp(how, "posix_memalign") == 0 && posix_memalign(&aligned, 64, 128) == 0)
        block = aligned;
    else if (strcmp(how, "free") == 0)
        free(block);
    else
        wait_or_lock();
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS_MAX];
    int n = argc == 4 ? atoi(argv[3]) : 1;
    if (argc < 3 || n < 1 || n > THREADS_MAX)
        return 64;
    name = argv[1];
    how = argv[2];
    block = malloc(50);
    if (pthread_barrier_init(&together, NULL, (unsigned)n) != 0)
        return 1;
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, sin_in_thread, NULL) != 0)
            return 1;
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    puts("went unnoticed");
    return 0;
}
