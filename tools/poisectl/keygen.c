// SPDX-License-Identifier: GPL-3.0-or-later
#include "keygen.h"

#include "core/name.h"
#include "ctl.h"
#include "publish/curve_key.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <zmq.h>

#define PATH_SIZE 512

static const char help[] =
    "usage: poisectl keygen --server DIR\n"
    "       poisectl keygen --client NAME --out DIR [--allow SERVER_DIR]\n"
    "\n"
    "Makes keys for reading the stream over a network, encrypted (publish.curve). Nothing is overwritten.\n"
    "\n"
    "  --server DIR    the daemon's pair: DIR/server.key_secret and DIR/server.key, and an empty DIR/clients/\n"
    "  --client NAME   a client's pair: NAME.key_secret and NAME.key in the folder of --out\n"
    "  --out DIR       where the client's keys go\n"
    "  --allow DIR     the daemon's folder, when it is on this machine: NAME.key is put into its clients/, and its\n"
    "                  server.key beside the client's keys\n"
    "  --json          print what was made as JSON\n"
    "\n"
    "A client needs its own NAME.key_secret and the daemon's server.key. The daemon needs each client's NAME.key in\n"
    "clients/; poised reads the list at its start and on SIGHUP. Run it as the user that will read the keys: a secret\n"
    "is for its owner alone. Then, on the client:\n"
    "\n"
    "  poisectl sub --curve DIR --endpoint tcp://HOST:PORT\n";

struct keygen {
    const char *server, *client, *out, *allow;
    bool json;
};

static int usage(const char *what)
{
    fprintf(stderr, "poisectl: keygen: %s; see poisectl keygen --help\n", what);
    return EX_USAGE;
}

static int make_folder(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0 || errno == EEXIST)
        return 0;
    return ctl_fail("%s: %s", path, strerror(errno));
}

static int join(char path[PATH_SIZE], const char *dir, const char *name, const char *suffix)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s%s", dir, name, suffix);
    return n > 0 && n < PATH_SIZE ? 0 : ctl_fail("'%s' is too long a path", dir);
}

// A new file with its permissions from the beginning.
static int write_new(const char *path, mode_t mode, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST)
        return ctl_fail("%s is there already; remove it first if nobody needs it any more", path);
    if (fd < 0)
        return ctl_fail("%s: %s", path, strerror(errno));
    ssize_t n = (ssize_t)strlen(text);
    bool written = fchmod(fd, mode) == 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
    int problem = errno;
    if (close(fd) == 0 && written)
        return 0;
    unlink(path);
    return ctl_fail("%s: %s", path, strerror(problem));
}

static int write_key(const char *path, const struct curve_key *key, bool secret)
{
    char text[512];
    snprintf(text, sizeof text,
             "#   %s key for poised, made by poisectl keygen\n"
             "metadata\n    name = \"%s\"\ncurve\n    public-key = \"%s\"\n",
             secret ? "Secret" : "Public", key->name, key->public_text);
    if (secret) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "    secret-key = \"%s\"\n", key->secret_text);
    }
    int rc = write_new(path, secret ? 0600 : 0644, text);
    explicit_bzero(text, sizeof text);
    return rc;
}

// Both files of a fresh pair in dir, or neither.
static int make_pair(struct curve_key *key, const char *dir, const char *name)
{
    char secret[PATH_SIZE], open_path[PATH_SIZE];
    if (join(secret, dir, name, CURVE_SECRET_SUFFIX) != 0 || join(open_path, dir, name, CURVE_PUBLIC_SUFFIX) != 0)
        return 1;
    memset(key, 0, sizeof *key);
    snprintf(key->name, sizeof key->name, "%s", name);
    if (zmq_curve_keypair(key->public_text, key->secret_text) != 0)
        return ctl_fail("this libzmq cannot make keys: %s", zmq_strerror(zmq_errno()));
    int rc = write_key(secret, key, true);
    if (rc == 0 && (rc = write_key(open_path, key, false)) != 0)
        unlink(secret);
    explicit_bzero(key->secret_text, sizeof key->secret_text);
    return rc;
}

static int finish(const struct keygen *k, const struct curve_key *key, const char *dir)
{
    if (k->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:s}", "name", key->name, "public_key", key->public_text, "directory", dir);
        json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        json_decref(object);
        putchar('\n');
    }
    return fflush(stdout) == 0 ? 0 : 1;
}

static int make_server(const struct keygen *k)
{
    struct curve_key key;
    char clients[PATH_SIZE];
    if (join(clients, k->server, "clients", "") != 0 || make_folder(k->server, 0700) != 0 ||
        make_pair(&key, k->server, "server") != 0 || make_folder(clients, 0700) != 0)
        return 1;
    if (!k->json)
        printf("public key %s\n\n"
               "%s/server.key_secret   stays here, for the user that runs poised alone\n"
               "%s/server.key          goes to every client, beside its own keys\n"
               "%s/clients/            takes the public key (NAME.key) of everyone who may connect\n\n"
               "In the configuration: publish: {curve: \"%s\", tcp: \"ADDRESS:PORT\"}\n"
               "Next: poisectl keygen --client NAME --out DIR --allow %s\n",
               key.public_text, k->server, k->server, k->server, k->server, k->server);
    return finish(k, &key, k->server);
}

static int allow(const struct keygen *k, const struct curve_key *key)
{
    char error[PATH_SIZE + 200], from[PATH_SIZE], to[PATH_SIZE], listed[PATH_SIZE];
    struct curve_key server;
    if (join(from, k->allow, "server", CURVE_PUBLIC_SUFFIX) != 0 ||
        join(to, k->out, "server", CURVE_PUBLIC_SUFFIX) != 0 || join(listed, k->allow, "clients/", key->name) != 0)
        return 1;
    if (curve_key_load(&server, from, false, error, sizeof error) != 0)
        return ctl_fail("%s", error);
    strncat(listed, CURVE_PUBLIC_SUFFIX, sizeof listed - strlen(listed) - 1);
    int rc = write_key(listed, key, false);
    return rc == 0 && access(to, F_OK) != 0 ? write_key(to, &server, false) : rc;
}

static int make_client(const struct keygen *k)
{
    struct curve_key key;
    if (make_folder(k->out, 0700) != 0 || make_pair(&key, k->out, k->client) != 0)
        return 1;
    if (k->allow && allow(k, &key) != 0)
        return 1;
    if (!k->json) {
        printf("public key %s\n\n%s/%s.key_secret   stays with the client, for its user alone\n", key.public_text,
               k->out, k->client);
        if (k->allow)
            printf("%s/clients/%s.key   allows it; tell a running poised: systemctl reload poised, or kill -HUP\n",
                   k->allow, k->client);
        else
            printf("%s/%s.key          goes to the daemon, into clients/ of its keys; then kill -HUP it\n"
                   "server.key             comes from the daemon's keys into %s\n",
                   k->out, k->client, k->out);
        printf("\nThen: poisectl sub --curve %s --endpoint tcp://HOST:PORT\n", k->out);
    }
    return finish(k, &key, k->out);
}

static int read_options(struct keygen *k, int argc, char **argv)
{
    static const struct option options[] = {{"server", required_argument, NULL, 's'},
                                            {"client", required_argument, NULL, 'c'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"allow", required_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 's':
            k->server = optarg;
            break;
        case 'c':
            k->client = optarg;
            break;
        case 'o':
            k->out = optarg;
            break;
        case 'a':
            k->allow = optarg;
            break;
        case 'j':
            k->json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return fflush(stdout) == 0 ? -1 : 1;
        default:
            return EX_USAGE; // getopt has said it
        }
    }
    return 0;
}

int poisectl_keygen(int argc, char **argv)
{
    struct keygen k = {.json = false};
    int rc = read_options(&k, argc, argv);
    if (rc != 0)
        return rc < 0 ? EX_OK : rc;
    if (optind < argc)
        return usage("only options are taken");
    if (k.server && (k.client || k.out || k.allow))
        return usage(
            "--server goes alone; a client's keys are --client NAME --out DIR, with --allow for the server's folder");
    if (k.server)
        return make_server(&k);
    if (!k.client || !k.out)
        return usage("--server DIR, or --client NAME with --out DIR, is wanted");
    if (!name_is_plain(k.client) || strcmp(k.client, "server") == 0)
        return usage("--client takes letters, digits, dots, dashes and underscores, and not 'server'");
    return make_client(&k);
}
