// SPDX-License-Identifier: GPL-3.0-or-later
// The allow-list in force: with czmq's own sockets and keys in files, over loopback.
#include "publish/curve.h"
#include "publish/curve_key.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <sys/stat.h>

#define HEARD_MS  5000
#define SILENT_MS 700

struct fixture {
    char dir[64];
    struct curve_key server, listed, other;
    zsock_t *pub;
    struct curve *curve;
    char endpoint[64], error[900];
};

static void make_key(struct curve_key *key)
{
    assert_int_equal(zmq_curve_keypair(key->public_text, key->secret_text), 0);
}

static void save(const struct fixture *f, const char *name, const struct curve_key *key, bool secret)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "curve\n    public-key = \"%s\"\n", key->public_text);
    if (secret)
        fprintf(file, "    secret-key = \"%s\"\n", key->secret_text);
    fclose(file);
    chmod(path, secret ? 0600 : 0644);
}

static int set_up(void **state)
{
    static struct fixture f;
    char path[96];
    memset(&f, 0, sizeof f);
    setenv("ZSYS_SIGHANDLER", "false", 1);
    zsys_init();
    strcpy(f.dir, "/tmp/poise-curve-XXXXXX");
    assert_non_null(mkdtemp(f.dir));
    snprintf(path, sizeof path, "%s/clients", f.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    make_key(&f.server);
    make_key(&f.listed);
    make_key(&f.other);
    save(&f, "server.key_secret", &f.server, true);
    save(&f, "clients/a.key", &f.listed, false);
    save(&f, "clients/b.key", &f.listed, false); // the same once more
    if (curve_open(&f.curve, f.dir, f.error, sizeof f.error) != 0)
        fail_msg("%s", f.error);
    f.pub = zsock_new(ZMQ_PUB);
    assert_int_equal(curve_apply(f.curve, f.pub, f.error, sizeof f.error), 0);
    zsock_set_linger(f.pub, 0);
    assert_true(zsock_bind(f.pub, "tcp://127.0.0.1:*") > 0);
    snprintf(f.endpoint, sizeof f.endpoint, "%s", zsock_endpoint(f.pub));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    zsock_destroy(&f->pub);
    curve_close(f->curve);
    zdir_t *dir = zdir_new(f->dir, NULL);
    zdir_remove(dir, true);
    zdir_destroy(&dir);
    return 0;
}

// Whether a client with this key hears anything.
static bool hears(const struct fixture *f, const struct curve_key *key)
{
    zsock_t *sub = zsock_new(ZMQ_SUB);
    bool heard = false;
    int patience = key == &f->listed ? HEARD_MS : SILENT_MS;
    zsock_set_curve_serverkey(sub, f->server.public_text);
    zsock_set_curve_publickey(sub, key->public_text);
    zsock_set_curve_secretkey(sub, key->secret_text);
    zsock_set_subscribe(sub, "");
    zsock_set_linger(sub, 0);
    assert_int_equal(zsock_connect(sub, "%s", f->endpoint), 0);
    for (int ms = 0; !heard && ms < patience; ms += 20) {
        zstr_send(f->pub, "x");
        zsock_set_rcvtimeo(sub, 20);
        char *text = zstr_recv(sub);
        heard = text != NULL;
        zstr_free(&text);
    }
    zsock_destroy(&sub);
    return heard;
}

static void test_only_who_is_listed(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(curve_n_clients(f->curve), 1);
    assert_true(hears(f, &f->listed));
    assert_false(hears(f, &f->other));
}

static void test_lists_are_exchanged(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(curve_reload(f->curve, f->error, sizeof f->error), 0);
    assert_true(hears(f, &f->listed));
    save(f, "clients/c.key", &f->other, false);
    assert_int_equal(curve_reload(f->curve, f->error, sizeof f->error), 0);
    assert_int_equal(curve_n_clients(f->curve), 2);
    assert_true(hears(f, &f->other));
}

// As between two lists, for as long as one likes.
static void test_nobody_while_nobody_answers(void **state)
{
    struct fixture *f = *state;
    curve_close(f->curve);
    f->curve = NULL;
    assert_false(hears(f, &f->other));
    struct curve_key patient = f->listed; // for the short time of the unlisted
    assert_false(hears(f, &patient));
}

// Whatever a fresh pair looks like, its file can be read: the alphabet has #, * and brackets.
static void test_any_key_can_be_kept(void **state)
{
    struct fixture *f = *state;
    char path[128];
    struct curve_key key, read;
    snprintf(path, sizeof path, "%s/any", f->dir);
    for (int i = 0; i < 200; i++) {
        make_key(&key);
        save(f, "any", &key, true);
        if (curve_key_load(&read, path, true, f->error, sizeof f->error) != 0)
            fail_msg("%s: %s", f->error, key.secret_text);
        assert_string_equal(read.secret_text, key.secret_text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_who_is_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lists_are_exchanged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_while_nobody_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_key_can_be_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
