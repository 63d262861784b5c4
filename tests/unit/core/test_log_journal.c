// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd's journal gets, read from the socket where libsystemd sends it: a mount namespace of its own gives this
// test a /run with a journal that is the test. Skipped where namespaces are not to be had.
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int journal = -1, own_stderr = -1, instead = -1;

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool wrote = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return wrote;
}

// A /run that only this process sees. Without root the user is root of a namespace of its own.
static bool get_own_run(void)
{
    char map[64];
    unsigned uid = getuid();
    snprintf(map, sizeof map, "0 %u 1", uid);
    if (unshare(CLONE_NEWNS | (uid != 0 ? CLONE_NEWUSER : 0)) != 0)
        return false;
    if (uid != 0 && !write_file("/proc/self/uid_map", map))
        return false;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("run", "/run", "tmpfs", 0, NULL) == 0 &&
           mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/journal", 0755) == 0;
}

static int listen_as_journal(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    struct timeval patience = {.tv_sec = 5};
    journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (journal < 0 || bind(journal, (struct sockaddr *)&address, sizeof address) != 0)
        return -errno;
    return setsockopt(journal, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 ? 0 : -errno;
}

static int prepare(void **state)
{
    (void)state;
    if (!get_own_run())
        return 0; // each test then says that it is skipped
    own_stderr = dup(STDERR_FILENO);
    instead = memfd_create("stderr", MFD_CLOEXEC);
    return own_stderr >= 0 && instead >= 0 ? listen_as_journal() : -1;
}

// stderr goes to a file; systemd says by device and inode whether that is its journal.
static void divert_stderr(bool to_journal)
{
    struct stat st;
    char stream[64];
    if (journal < 0)
        skip();
    assert_int_equal(ftruncate(instead, 0), 0);
    assert_int_equal(lseek(instead, 0, SEEK_SET), 0);
    assert_int_equal(fstat(instead, &st), 0);
    snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)st.st_dev,
             (unsigned long)st.st_ino + (to_journal ? 0 : 1));
    setenv("JOURNAL_STREAM", stream, 1);
    fflush(stderr);
    assert_true(dup2(instead, STDERR_FILENO) >= 0);
    log_init("poised", LOG_LEVEL_INFO);
}

// What went to stderr meanwhile.
static void restore_stderr(char text[512])
{
    fflush(stderr);
    assert_true(dup2(own_stderr, STDERR_FILENO) >= 0);
    ssize_t n = pread(instead, text, 511, 0);
    assert_true(n >= 0);
    text[n] = '\0';
}

static void an_entry_carries_rig_and_site(void **state)
{
    (void)state;
    char entry[2048], text[512];
    divert_stderr(true);
    log_set_rig("lab1");
    log_set_site("c7");
    log_warning("gone for %d s", 7);
    log_debug("not asked for");
    log_set_site(NULL);
    log_info("back");
    restore_stderr(text);
    assert_string_equal(text, "");
    ssize_t n = recv(journal, entry, sizeof entry - 1, 0);
    assert_true(n > 0);
    entry[n] = '\0';
    assert_string_equal(entry,
                        "PRIORITY=4\nMESSAGE=gone for 7 s\nSYSLOG_IDENTIFIER=poised\nPOISE_RIG=lab1\nPOISE_SITE=c7\n");
    n = recv(journal, entry, sizeof entry - 1, 0);
    assert_true(n > 0);
    entry[n] = '\0';
    assert_string_equal(entry, "PRIORITY=6\nMESSAGE=back\nSYSLOG_IDENTIFIER=poised\nPOISE_RIG=lab1\n");
}

static void another_stderr_gets_words(void **state)
{
    (void)state;
    char text[512], entry[16];
    divert_stderr(false);
    log_error("no way");
    log_info("on the way");
    restore_stderr(text);
    assert_string_equal(text, "poised: error: no way\npoised: on the way\n");
    assert_int_equal(recv(journal, entry, sizeof entry, MSG_DONTWAIT), -1);
}

static void a_journal_that_is_gone_loses_no_line(void **state)
{
    (void)state;
    char text[512];
    divert_stderr(true);
    close(journal);
    log_warning("still here");
    restore_stderr(text);
    assert_string_equal(text, "<4>still here\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_carries_rig_and_site),
        cmocka_unit_test(another_stderr_gets_words),
        cmocka_unit_test(a_journal_that_is_gone_loses_no_line),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
