// SPDX-License-Identifier: GPL-3.0-or-later
#include "publish/curve.h"

#include "publish/curve_key.h"

#include <dirent.h>
#include <errno.h>

#define DIR_BITS  0022U // that others may not have
#define PATH_SIZE 600
// ZMQ_ZAP_ENFORCE_DOMAIN: libzmq 4.3 knows it, its header names it only in draft builds, and czmq's setter is empty
// then.
#define ENFORCE_DOMAIN 93

struct curve {
    char dir[256];
    struct curve_key server;
    zactor_t *auth;
    unsigned n_clients;
};

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && strcmp(name + n - m, suffix) == 0;
}

// czmq's store stops the program when it is given one key twice.
static void insert(zcertstore_t *store, const struct curve_key *key, unsigned *n)
{
    uint8_t public_raw[32], none[32] = {0};
    if (zcertstore_lookup(store, key->public_text) || !zmq_z85_decode(public_raw, key->public_text))
        return;
    zcert_t *certificate = zcert_new_from(public_raw, none);
    zcertstore_insert(store, &certificate);
    ++*n;
}

static int read_clients(zcertstore_t *store, const char *path, DIR *folder, unsigned *n, char *error, size_t size)
{
    struct dirent *entry;
    struct curve_key key;
    char file[PATH_SIZE];
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (!ends_in(entry->d_name, CURVE_PUBLIC_SUFFIX)) {
            snprintf(error, size, "publish.curve: %s is no public key (*%s); a secret stays with its client", file,
                     CURVE_PUBLIC_SUFFIX);
            return -EINVAL;
        }
        char problem[PATH_SIZE + 160];
        if (curve_key_load(&key, file, false, problem, sizeof problem) != 0) {
            snprintf(error, size, "publish.curve: %s", problem);
            return -EINVAL;
        }
        insert(store, &key, n);
    }
    return 0;
}

// The allow-list, or NULL with a sentence. To begin with nobody is a mistake; later it may be what is wanted.
static zcertstore_t *load_clients(const char *dir, bool may_be_empty, unsigned *n, char *error, size_t size)
{
    char path[PATH_SIZE / 2], problem[PATH_SIZE];
    *n = 0;
    snprintf(path, sizeof path, "%s/clients", dir);
    DIR *folder = opendir(path);
    if (!folder) {
        snprintf(error, size, "publish.curve: no allow-list: %s: %s; poisectl keygen makes it", path, strerror(errno));
        return NULL;
    }
    zcertstore_t *store = NULL;
    if (curve_key_check_file(path, DIR_BITS, problem, sizeof problem) != 0) {
        snprintf(error, size, "publish.curve: %s", problem);
    } else {
        store = zcertstore_new(NULL);
        if (read_clients(store, path, folder, n, error, size) != 0) {
            zcertstore_destroy(&store);
        } else if (*n == 0 && !may_be_empty) {
            snprintf(error, size,
                     "publish.curve: the allow-list %s is empty, nobody could connect; poisectl keygen --client NAME "
                     "makes a key, its public file NAME%s goes there",
                     path, CURVE_PUBLIC_SUFFIX);
            zcertstore_destroy(&store);
        }
    }
    closedir(folder);
    return store;
}

// The actor owns the store and one thread uses it, so a new list is a new actor. Between the two nobody answers, and
// an enforced domain makes libzmq refuse whom nobody answers for.
static int replace_actor(struct curve *c, zcertstore_t *store, unsigned n, char *error, size_t size)
{
    zactor_destroy(&c->auth);
    c->auth = zactor_new(zauth, store);
    c->n_clients = n;
    if (c->auth)
        return 0;
    snprintf(error, size, "publish.curve: the authentication does not start");
    return -EAGAIN;
}

int curve_open(struct curve **out, const char *dir, char *error, size_t error_size)
{
    char path[PATH_SIZE], problem[PATH_SIZE + 160];
    struct curve *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return -ENOMEM;
    snprintf(c->dir, sizeof c->dir, "%s", dir);
    snprintf(path, sizeof path, "%s/server" CURVE_SECRET_SUFFIX, dir);
    zcertstore_t *store = NULL;
    unsigned n = 0;
    int rc = curve_key_check_file(dir, DIR_BITS, problem, sizeof problem);
    if (rc == 0)
        rc = curve_key_load(&c->server, path, true, problem, sizeof problem);
    if (rc != 0)
        snprintf(error, error_size, "publish.curve: %s", problem);
    else
        store = load_clients(dir, false, &n, error, error_size);
    rc = store ? replace_actor(c, store, n, error, error_size) : -EINVAL;
    if (rc != 0)
        curve_close(c);
    else
        *out = c;
    return rc;
}

int curve_apply(const struct curve *c, zsock_t *socket, char *error, size_t error_size)
{
    int one = 1;
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_publickey(socket, c->server.public_text);
    zsock_set_curve_secretkey(socket, c->server.secret_text);
    zsock_set_zap_domain(socket, "poise");
    if (zmq_setsockopt(zsock_resolve(socket), ENFORCE_DOMAIN, &one, sizeof one) == 0)
        return 0;
    snprintf(error, error_size, "publish.curve: this libzmq cannot refuse clients that nobody answers for: %s",
             zmq_strerror(zmq_errno()));
    return -ENOTSUP;
}

int curve_reload(struct curve *c, char *error, size_t error_size)
{
    unsigned n;
    zcertstore_t *store = load_clients(c->dir, true, &n, error, error_size);
    return store ? replace_actor(c, store, n, error, error_size) : -EINVAL;
}

unsigned curve_n_clients(const struct curve *c)
{
    return c->n_clients;
}

void curve_close(struct curve *c)
{
    if (!c)
        return;
    zactor_destroy(&c->auth);
    explicit_bzero(&c->server, sizeof c->server);
    free(c);
}
