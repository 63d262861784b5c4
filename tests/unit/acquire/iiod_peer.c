// SPDX-License-Identifier: GPL-3.0-or-later
#include "iiod_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 64
#define XML_BYTES       65536
#define HEAD_BYTES      32
#define DATA_BYTES      16384
#define PERIOD_NS(hz)   (INT64_C(1000000000) / (hz))

struct connection {
    struct iiod_peer *peer;
    int fd;
    pthread_t thread;
    int device; // open for reading, or -1
    unsigned mask;
    int64_t start_ns, k;
};

struct iiod_peer {
    const struct peer_device *devices;
    int n_devices, listener, port;
    atomic_int hang;
    atomic_bool stopping;
    pthread_t thread;
    struct connection connections[MAX_CONNECTIONS];
    atomic_int n_connections;
    pthread_mutex_t lock; // of what follows
    char rate[16][32], trigger_rate[16][32];
    char scale[16][2][32]; // accelerometer, gyroscope
    char clock[16][16];
};

static const char *const axis_ids[] = {"accel_x", "accel_y", "accel_z", "anglvel_x", "anglvel_y", "anglvel_z"};

int64_t peer_value(int channel, int64_t k)
{
    return (k * 7 + channel * 301) % 4001 - 2000;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static bool has_channel(const struct peer_device *device, int channel)
{
    return channel < 3 ? device->accel : device->gyro;
}

static int scan_index(const struct peer_device *device, int channel)
{
    if (!(device->accel && device->gyro))
        return channel % 3;
    return device->gyro_first ? (channel + 3) % 6 : channel;
}

static int stamp_index(const struct peer_device *device)
{
    return device->accel && device->gyro ? 6 : 3;
}

struct format {
    bool big;
    int bits, storage, shift;
};

static struct format parse_format(const char *text)
{
    struct format f = {.big = text[0] == 'b'};
    char sign;
    if (sscanf(text + 3, "%c%d/%d>>%d", &sign, &f.bits, &f.storage, &f.shift) != 4)
        abort();
    return f;
}

// ---- XML ------------------------------------------------------------------------------------------------------------

static void add(char *xml, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *xml, const char *format, ...)
{
    size_t used = strlen(xml);
    va_list args;
    va_start(args, format);
    vsnprintf(xml + used, XML_BYTES - used, format, args);
    va_end(args);
}

static void escape_format(const char *format, char out[64])
{
    const char *shift = strstr(format, ">>");
    snprintf(out, 64, "%.*s&gt;&gt;%s", (int)(shift - format), format, shift + 2);
}

static void add_device(char *xml, const struct peer_device *device, int id)
{
    char format[64];
    escape_format(device->format, format);
    add(xml, "<device id=\"iio:device%d\" name=\"%s\"", id, device->name);
    if (device->label)
        add(xml, " label=\"%s\"", device->label);
    add(xml, ">");
    for (int c = 0; c < 6; c++) {
        if (!has_channel(device, c))
            continue;
        const char *type = c < 3 ? "accel" : "anglvel";
        const char *scale = c < 3 ? device->scale_accel : device->scale_gyro;
        const char *scales = c < 3 ? device->scales_accel : device->scales_gyro;
        add(xml, "<channel id=\"%s\" type=\"input\"><scan-element index=\"%d\" format=\"%s\" />", axis_ids[c],
            scan_index(device, c), format);
        if (scale)
            add(xml, "<attribute name=\"scale\" filename=\"in_%s_scale\" />", type);
        if (scales)
            add(xml, "<attribute name=\"scale_available\" filename=\"in_%s_scale_available\" />", type);
        if (c < 3 && device->offset_accel)
            add(xml, "<attribute name=\"offset\" filename=\"in_%s_offset\" />", type);
        add(xml, "</channel>");
    }
    if (!device->no_timestamp)
        add(xml,
            "<channel id=\"timestamp\" type=\"input\"><scan-element index=\"%d\" format=\"le:S64/64&gt;&gt;0\" />"
            "</channel>",
            stamp_index(device));
    add(xml, "<attribute name=\"current_timestamp_clock\" />");
    if (device->rates)
        add(xml, "<attribute name=\"sampling_frequency\" /><attribute name=\"sampling_frequency_available\" />");
    if (device->mount)
        add(xml, "<attribute name=\"mount_matrix\" />");
    add(xml, "</device>");
}

static void make_xml(const struct iiod_peer *peer, char *xml)
{
    xml[0] = '\0';
    add(xml, "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context [<!ELEMENT context (device)*>"
             "<!ELEMENT device (channel | attribute)*><!ELEMENT channel (scan-element?, attribute*)>"
             "<!ELEMENT attribute EMPTY><!ELEMENT scan-element EMPTY>"
             "<!ATTLIST context name CDATA #REQUIRED description CDATA #IMPLIED>"
             "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED label CDATA #IMPLIED>"
             "<!ATTLIST channel id CDATA #REQUIRED type (input|output) #REQUIRED>"
             "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED>"
             "<!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>]>"
             "<context name=\"peer\" description=\"test peer\">");
    for (int i = 0; i < peer->n_devices; i++)
        add_device(xml, &peer->devices[i], i);
    for (int i = 0; i < peer->n_devices; i++)
        if (peer->devices[i].trigger)
            add(xml, "<device id=\"trigger%d\" name=\"%s\"><attribute name=\"sampling_frequency\" /></device>", i,
                peer->devices[i].trigger);
    add(xml, "</context>");
}

// ---- Wire -----------------------------------------------------------------------------------------------------------

static bool send_all(int fd, const void *data, size_t n)
{
    const char *at = data;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool send_number(int fd, long number)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", number);
    return send_all(fd, text, (size_t)n);
}

static bool send_value(int fd, const char *value)
{
    size_t n = strlen(value) + 1;
    return send_number(fd, (long)n) && send_all(fd, value, n) && send_all(fd, "\n", 1);
}

static bool read_line(int fd, char *line, size_t size)
{
    size_t n = 0;
    while (n + 1 < size) {
        if (recv(fd, line + n, 1, 0) != 1)
            return false;
        if (line[n] == '\n')
            break;
        n++;
    }
    while (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
    return true;
}

static bool hang(struct connection *connection, enum peer_hang where)
{
    char sink;
    if (atomic_load(&connection->peer->hang) != (int)where)
        return false;
    while (recv(connection->fd, &sink, 1, 0) == 1)
        ;
    return true;
}

static int device_index(const struct iiod_peer *peer, const char *id)
{
    int index = -1;
    if (sscanf(id, "iio:device%d", &index) != 1 || index < 0 || index >= peer->n_devices)
        return -1;
    return index;
}

static bool read_attribute(struct connection *connection, int index, const char *channel, const char *name)
{
    struct iiod_peer *peer = connection->peer;
    const struct peer_device *device = &peer->devices[index];
    char text[128] = "";
    const char *value = NULL; // of at most 127 bytes
    bool gyro = strncmp(channel, "anglvel", 7) == 0;
    pthread_mutex_lock(&peer->lock);
    if (channel[0] != '\0' && strcmp(name, "scale") == 0)
        value = (gyro ? device->scale_gyro : device->scale_accel) ? peer->scale[index][gyro] : NULL;
    else if (channel[0] != '\0' && strcmp(name, "scale_available") == 0)
        value = gyro ? device->scales_gyro : device->scales_accel;
    else if (channel[0] != '\0' && strcmp(name, "offset") == 0)
        value = device->offset_accel;
    else if (strcmp(name, "sampling_frequency") == 0)
        value = peer->rate[index];
    else if (strcmp(name, "sampling_frequency_available") == 0)
        value = device->rates;
    else if (strcmp(name, "current_timestamp_clock") == 0)
        value = peer->clock[index];
    else if (strcmp(name, "mount_matrix") == 0)
        value = device->mount;
    snprintf(text, sizeof text, "%s", value ? value : "");
    pthread_mutex_unlock(&peer->lock);
    return value ? send_value(connection->fd, text) : send_number(connection->fd, -ENOENT);
}

// As drivers do: only what is offered, to the letter.
static long write_scale(struct iiod_peer *peer, int index, bool gyro, const char *value)
{
    const struct peer_device *device = &peer->devices[index];
    const char *offered = gyro ? device->scales_gyro : device->scales_accel;
    if (device->scale_error != 0)
        return device->scale_error;
    for (const char *at = offered ? strstr(offered, value) : NULL; at; at = strstr(at + 1, value)) {
        bool begins = at == offered || at[-1] == ' ';
        if (!begins || (at[strlen(value)] != ' ' && at[strlen(value)] != '\0'))
            continue;
        snprintf(peer->scale[index][gyro], sizeof peer->scale[index][gyro], "%.31s", value);
        return 0;
    }
    return -EINVAL;
}

static bool write_attribute(struct connection *connection, int index, const char *channel, const char *name,
                            long n_bytes)
{
    struct iiod_peer *peer = connection->peer;
    const struct peer_device *device = &peer->devices[index];
    char value[64] = "";
    if (n_bytes < 0 || n_bytes >= (long)sizeof value ||
        recv(connection->fd, value, (size_t)n_bytes, MSG_WAITALL) != n_bytes)
        return false;
    long answer = n_bytes;
    pthread_mutex_lock(&peer->lock);
    value[n_bytes] = '\0';
    if (channel[0] != '\0' && strcmp(name, "scale") == 0) {
        long rc = write_scale(peer, index, strncmp(channel, "anglvel", 7) == 0, value);
        answer = rc != 0 ? rc : answer;
    } else if (strcmp(name, "sampling_frequency") == 0 && !device->rate_fixed)
        snprintf(peer->rate[index], sizeof peer->rate[index], "%.31s", value);
    else if (strcmp(name, "current_timestamp_clock") == 0 && !device->clock_fixed)
        snprintf(peer->clock[index], sizeof peer->clock[index], "%.15s", value);
    else
        answer = -EINVAL;
    pthread_mutex_unlock(&peer->lock);
    return send_number(connection->fd, answer);
}

// One sample as the kernel lays it out: scan order, each element aligned to its own size, the whole to the largest.
static size_t put_sample(const struct connection *connection, unsigned char *out)
{
    const struct peer_device *device = &connection->peer->devices[connection->device];
    struct format f = parse_format(device->format);
    size_t at = 0, axis = (size_t)f.storage / 8;
    for (int index = 0; index < 6; index++) {
        for (int c = 0; c < 6; c++) {
            if (!has_channel(device, c) || scan_index(device, c) != index || (connection->mask & 1U << index) == 0)
                continue;
            // Neighbouring bits are not zero: the reader has to shift and mask them away.
            uint64_t raw = (uint64_t)peer_value(c, connection->k) & ((UINT64_C(1) << f.bits) - 1);
            raw = raw << f.shift | ((UINT64_C(1) << f.shift) - 1);
            at = (at + axis - 1) / axis * axis;
            for (size_t b = 0; b < axis; b++)
                out[at + b] = (unsigned char)(raw >> 8 * (f.big ? axis - 1 - b : b));
            at += axis;
        }
    }
    if ((connection->mask & 1U << stamp_index(device)) != 0) {
        int64_t stamp =
            connection->start_ns + connection->k * PERIOD_NS(device->deliver_hz ? device->deliver_hz : 1000);
        at = (at + 7) / 8 * 8;
        memcpy(out + at, &stamp, 8);
        at += 8;
    }
    return at;
}

// Byte by byte until the peer is told to be well again.
static bool drip(const struct connection *connection, const char *data, size_t n)
{
    while (n > 1 && atomic_load(&connection->peer->hang) == HANG_DRIPPING) {
        if (atomic_load(&connection->peer->stopping) || !send_all(connection->fd, data, 1))
            return false;
        data++;
        n--;
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return send_all(connection->fd, data, n);
}

static bool read_buffer(struct connection *connection, long n_bytes)
{
    static const int64_t ms = 1000000;
    char reply[HEAD_BYTES + DATA_BYTES]; // one send: pieces would wake the reader three times
    unsigned char *data = (unsigned char *)reply + HEAD_BYTES;
    if (connection->device < 0)
        return send_number(connection->fd, -EBADF);
    int hz = connection->peer->devices[connection->device].deliver_hz;
    size_t n = 0;
    bool part = connection->peer->devices[connection->device].short_reads;
    while ((long)n < (part ? n_bytes / 3 : n_bytes) && n + 64 < DATA_BYTES) {
        int64_t due_ns = connection->start_ns + connection->k * PERIOD_NS(hz ? hz : 1000);
        while (due_ns > now_ns()) {
            if (atomic_load(&connection->peer->stopping))
                return false;
            struct timespec nap = {.tv_nsec = due_ns - now_ns() > 5 * ms ? 5 * ms : ms / 2};
            nanosleep(&nap, NULL);
        }
        n += put_sample(connection, data + n);
        connection->k++;
    }
    if (hang(connection, HANG_IN_STREAM))
        return false;
    char head[HEAD_BYTES];
    int length = snprintf(head, sizeof head, "%zu\n%08x\n", n, connection->mask);
    memcpy(reply + HEAD_BYTES - length, head, (size_t)length);
    if (part) { // no more comes in this read
        memcpy(data + n, "0\n", 2);
        n += 2;
    }
    return drip(connection, reply + HEAD_BYTES - length, (size_t)length + n);
}

static bool open_buffer(struct connection *connection, int device, unsigned mask)
{
    connection->device = device;
    connection->mask = mask;
    connection->start_ns = now_ns() / 100 * 100;
    connection->k = 0;
    return !hang(connection, HANG_AT_OPEN) && send_number(connection->fd, 0);
}

static bool answer_trigger(struct connection *connection, const char *device)
{
    int index = device_index(connection->peer, device);
    const char *name = index >= 0 ? connection->peer->devices[index].trigger : NULL;
    char reply[64];
    if (!name)
        return send_number(connection->fd, -ENOENT);
    int n = snprintf(reply, sizeof reply, "%zu\n%s\n", strlen(name), name);
    return send_all(connection->fd, reply, (size_t)n);
}

static bool answer(struct connection *connection, const char *line)
{
    struct iiod_peer *peer = connection->peer;
    char device[32] = "", channel[32] = "", name[64] = "";
    long n = 0;
    unsigned mask = 0;
    if (line[0] == '\0')
        return true;
    if (strcmp(line, "EXIT") == 0)
        return false;
    if (strcmp(line, "VERSION") == 0)
        return send_all(connection->fd, "0.24.v0.24  \n", 13);
    if (strcmp(line, "PRINT") == 0) {
        char xml[XML_BYTES];
        make_xml(peer, xml);
        return !hang(connection, HANG_AT_PRINT) && send_number(connection->fd, (long)strlen(xml)) &&
               send_all(connection->fd, xml, strlen(xml)) && send_all(connection->fd, "\n", 1);
    }
    if (strncmp(line, "TIMEOUT ", 8) == 0)
        return send_number(connection->fd, 0);
    if (sscanf(line, "READBUF %31s %ld", device, &n) == 2)
        return read_buffer(connection, n);
    if (sscanf(line, "OPEN %31s %ld %x", device, &n, &mask) == 3 && device_index(peer, device) >= 0)
        return open_buffer(connection, device_index(peer, device), mask);
    if (strncmp(line, "CLOSE ", 6) == 0 || strncmp(line, "SET ", 4) == 0)
        return send_number(connection->fd, 0);
    if (strncmp(line, "GETTRIG ", 8) == 0)
        return answer_trigger(connection, line + 8);
    if (sscanf(line, "READ trigger%ld sampling_frequenc%c", &n, name) == 2 && n >= 0 && n < peer->n_devices)
        return send_value(connection->fd, peer->trigger_rate[n]);
    long index = 0;
    if (sscanf(line, "WRITE trigger%ld sampling_frequency %ld", &index, &n) == 2 && index >= 0 &&
        index < peer->n_devices && n > 0 && n < 32)
        return recv(connection->fd, peer->trigger_rate[index], (size_t)n, MSG_WAITALL) == n &&
               send_number(connection->fd, n);
    if (sscanf(line, "READ %31s INPUT %31s %63s", device, channel, name) == 3 && device_index(peer, device) >= 0)
        return read_attribute(connection, device_index(peer, device), channel, name);
    if (sscanf(line, "READ %31s %63s", device, name) == 2 && device_index(peer, device) >= 0)
        return read_attribute(connection, device_index(peer, device), "", name);
    if (sscanf(line, "WRITE %31s INPUT %31s %63s %ld", device, channel, name, &n) == 4 &&
        device_index(peer, device) >= 0)
        return write_attribute(connection, device_index(peer, device), channel, name, n);
    if (sscanf(line, "WRITE %31s %63s %ld", device, name, &n) == 3 && device_index(peer, device) >= 0)
        return write_attribute(connection, device_index(peer, device), "", name, n);
    return send_number(connection->fd, -EINVAL);
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    char line[256];
    if (!hang(connection, HANG_AT_ONCE))
        while (read_line(connection->fd, line, sizeof line) && answer(connection, line))
            ;
    shutdown(connection->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct iiod_peer *peer = arg;
    while (peer->n_connections < MAX_CONNECTIONS) {
        int fd = accept(peer->listener, NULL, NULL);
        if (fd < 0)
            break;
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *connection = &peer->connections[peer->n_connections++];
        *connection = (struct connection){.peer = peer, .fd = fd, .device = -1};
        if (pthread_create(&connection->thread, NULL, serve, connection) != 0)
            abort();
    }
    return NULL;
}

struct iiod_peer *peer_start(const struct peer_device *devices, int n_devices, int port)
{
    struct iiod_peer *peer = calloc(1, sizeof *peer);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int one = 1;
    if (!peer)
        abort();
    peer->devices = devices;
    peer->n_devices = n_devices;
    pthread_mutex_init(&peer->lock, NULL);
    for (int i = 0; i < n_devices; i++) {
        snprintf(peer->rate[i], sizeof peer->rate[i], "%s", devices[i].rate ? devices[i].rate : "0");
        snprintf(peer->trigger_rate[i], sizeof peer->trigger_rate[i], "100");
        snprintf(peer->scale[i][0], sizeof peer->scale[i][0], "%s",
                 devices[i].scale_accel ? devices[i].scale_accel : "");
        snprintf(peer->scale[i][1], sizeof peer->scale[i][1], "%s", devices[i].scale_gyro ? devices[i].scale_gyro : "");
        snprintf(peer->clock[i], sizeof peer->clock[i], "realtime");
    }
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(peer->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(peer->listener, 64) != 0 ||
        getsockname(peer->listener, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&peer->thread, NULL, accept_all, peer) != 0) {
        perror("test peer");
        abort();
    }
    peer->port = ntohs(address.sin_port);
    return peer;
}

int peer_port(const struct iiod_peer *peer)
{
    return peer->port;
}

int peer_connections(const struct iiod_peer *peer)
{
    return atomic_load(&peer->n_connections);
}

void peer_setting(struct iiod_peer *peer, int device, char which, char text[32])
{
    pthread_mutex_lock(&peer->lock);
    snprintf(text, 32, "%s",
             which == 'r'   ? peer->rate[device]
             : which == 't' ? peer->trigger_rate[device]
                            : peer->scale[device][which == 'g']);
    pthread_mutex_unlock(&peer->lock);
}

void peer_set_hang(struct iiod_peer *peer, enum peer_hang where)
{
    atomic_store(&peer->hang, (int)where);
}

void peer_stop(struct iiod_peer *peer)
{
    atomic_store(&peer->stopping, true);
    shutdown(peer->listener, SHUT_RDWR);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    for (int i = 0; i < peer->n_connections; i++)
        shutdown(peer->connections[i].fd, SHUT_RDWR);
    for (int i = 0; i < peer->n_connections; i++) {
        pthread_join(peer->connections[i].thread, NULL);
        close(peer->connections[i].fd);
    }
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}
