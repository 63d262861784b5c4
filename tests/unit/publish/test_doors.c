// SPDX-License-Identifier: GPL-3.0-or-later
// Which endpoints may be opened, and who may hold a runtime directory.
#include "publish/endpoint.h"
#include "publish/publisher.h"
#include "publish/runtime_dir.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char error[512];

static int parse(const char *text, bool insecure_lan, struct endpoint *out)
{
    error[0] = '\0';
    return endpoint_parse(out, text, insecure_lan, error, sizeof error);
}

static const char *text_of(const struct endpoint *e)
{
    static char text[96];
    endpoint_text(&e->address, text, sizeof text);
    return text;
}

static void test_endpoints_that_are_allowed(void **state)
{
    (void)state;
    struct endpoint e;
    assert_int_equal(parse("127.0.0.1:5556", false, &e), 0);
    assert_string_equal(text_of(&e), "tcp://127.0.0.1:5556");
    assert_true(e.loopback);
    assert_int_equal(parse("localhost:0", false, &e), 0);
    assert_string_equal(text_of(&e), "tcp://127.0.0.1:0");
    assert_int_equal(parse("127.9.9.9:65535", false, &e), 0);
    assert_int_equal(parse("[::1]:5556", false, &e), 0);
    assert_string_equal(text_of(&e), "tcp://[::1]:5556");
    assert_true(e.v6 && e.loopback);
    assert_int_equal(parse("192.168.1.4:5556", true, &e), 0);
    assert_false(e.loopback);
    assert_int_equal(parse("*:5556", true, &e), 0);
    assert_string_equal(text_of(&e), "tcp://0.0.0.0:5556");
    assert_false(e.loopback);
}

static void test_endpoints_that_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        ":",
                                        "5556",
                                        ":5556",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:x",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:-1",
                                        "127.0.0.1:5556 ",
                                        "127.1:5556",
                                        "eth0:5556",
                                        "tcp://127.0.0.1:5556",
                                        "::1:5556",
                                        "[::1:5556",
                                        "[127.0.0.1]:5556",
                                        "example.org:80",
                                        "127.0.0.1:5556;inproc://x",
                                        "[]:1",
                                        "127.0.0.1:000005556"};
    struct endpoint e;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parse(wrong[i], true, &e) != -EINVAL)
            fail_msg("accepted: '%s'", wrong[i]);
        assert_non_null(strstr(error, "ADDRESS:PORT"));
    }
    static const char *const open[] = {"0.0.0.0:5556", "192.168.1.4:5556", "*:5556", "[::]:5556", "[fe80::1]:5556"};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        assert_int_equal(parse(open[i], false, &e), -EINVAL);
        assert_non_null(strstr(error, "insecure_lan"));
    }
}

static void test_curve_opens_the_network(void **state)
{
    (void)state;
    struct publish_params params = {.ipc = true, .tcp = "192.168.1.4:5556"};
    assert_int_equal(publish_check(&params, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "publish.curve"));
    snprintf(params.curve, sizeof params.curve, "/etc/poise/keys");
    assert_int_equal(publish_check(&params, error, sizeof error), 0);
    params.tcp[0] = '\0';
    assert_int_equal(publish_check(&params, error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, "nothing to encrypt"));
    params.curve[0] = '\0';
    assert_int_equal(publish_check(&params, error, sizeof error), 0);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t length = strlen(path);
    assert_true(length < sizeof address.sun_path);
    memcpy(address.sun_path, path, length + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void test_runtime_dir(void **state)
{
    (void)state;
    char base[] = "/tmp/poise-doors-XXXXXX", path[64], name[96];
    struct runtime_dir first, second;
    assert_non_null(mkdtemp(base));
    snprintf(path, sizeof path, "%s/run", base);
    assert_int_equal(runtime_dir_take(&first, path, error, sizeof error), 0); // made when missing
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 022, 0);

    snprintf(name, sizeof name, "%s/metrics", path);
    make_socket(name);
    assert_int_equal(runtime_dir_take(&second, path, error, sizeof error), -EADDRINUSE);
    assert_non_null(strstr(error, "another poised"));
    assert_int_equal(access(name, F_OK), 0); // not ours to remove
    runtime_dir_release(&first);
    assert_int_not_equal(access(name, F_OK), 0);

    make_socket(name); // left by a crash
    assert_int_equal(runtime_dir_take(&second, path, error, sizeof error), 0);
    assert_int_not_equal(access(name, F_OK), 0);
    runtime_dir_release(&second);

    FILE *file = fopen(name, "w"); // a file of this name is no socket and stays
    assert_non_null(file);
    fclose(file);
    assert_int_equal(runtime_dir_take(&second, path, error, sizeof error), 0);
    runtime_dir_release(&second);
    assert_int_equal(access(name, F_OK), 0);
    unlink(name);
    snprintf(name, sizeof name, "%s/lock", path);
    unlink(name);
    rmdir(path);
    rmdir(base);
}

static void test_runtime_dirs_that_cannot_be(void **state)
{
    (void)state;
    struct runtime_dir dir;
    char longest[160] = "/tmp/";
    memset(longest + 5, 'x', sizeof longest - 6);
    assert_int_equal(runtime_dir_take(&dir, longest, error, sizeof error), -ENAMETOOLONG);
    assert_non_null(strstr(error, "107"));
    assert_int_equal(runtime_dir_take(&dir, "/proc/nowhere", error, sizeof error), -ENOENT);
    assert_non_null(strstr(error, "/proc/nowhere"));
    assert_int_equal(runtime_dir_take(&dir, "/dev/null", error, sizeof error), -ENOTDIR);
}

// 107 characters of path are the limit of the kernel: one more and bind would cut it short.
static void test_longest_path(void **state)
{
    (void)state;
    char base[] = "/tmp/poise-doors-XXXXXX", path[128];
    struct runtime_dir dir;
    assert_non_null(mkdtemp(base));
    for (int n = 99; n <= 100; n++) { // "/metrics" and "/control" are 8
        snprintf(
            path, sizeof path, "%s/%.*s", base, n - (int)sizeof base,
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
        assert_int_equal(strlen(path), n);
        assert_int_equal(runtime_dir_take(&dir, path, error, sizeof error), n == 99 ? 0 : -ENAMETOOLONG);
        if (n > 99)
            continue;
        make_socket(dir.control + strlen("ipc://"));
        runtime_dir_release(&dir);
        strcat(path, "/lock");
        unlink(path);
        *strrchr(path, '/') = '\0';
        assert_int_equal(rmdir(path), 0);
    }
    rmdir(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoints_that_are_allowed),  cmocka_unit_test(test_endpoints_that_are_refused),
        cmocka_unit_test(test_curve_opens_the_network),     cmocka_unit_test(test_runtime_dir),
        cmocka_unit_test(test_runtime_dirs_that_cannot_be), cmocka_unit_test(test_longest_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
