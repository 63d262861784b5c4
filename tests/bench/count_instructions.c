// SPDX-License-Identifier: GPL-3.0-or-later
// A plug-in for qemu's user mode that counts the instructions the emulated program executes:
//   qemu-aarch64 -plugin libcount_instructions.so,count=PATH program
// The count is 64 bits at the start of PATH, mapped and shared, so that the program itself can read how far it has come
// (meter.c) and tell its parts from each other. qemu translates code in straight pieces; on entering one its number of
// instructions is added, so a count is exact but for the piece that runs at that moment. One thread: two of them could
// lose each other's additions.
//
// Debian ships qemu with plug-ins but not their header; what is used of version 1 of the interface is declared here.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct qemu_plugin_tb;
struct qemu_info;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *piece);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *piece, int operation, void *to,
                                                     uint64_t value);
extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                                  void (*translated)(uint64_t id, struct qemu_plugin_tb *piece));

__attribute__((visibility("default"))) extern int qemu_plugin_version;
int qemu_plugin_version = 1;

static uint64_t *count;

static void on_translated(uint64_t id, struct qemu_plugin_tb *piece)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(piece, QEMU_PLUGIN_INLINE_ADD_U64, count, qemu_plugin_tb_n_insns(piece));
}

static uint64_t *map_count(const char *path)
{
    uint64_t zero = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, &zero, sizeof zero) != (ssize_t)sizeof zero)
        return MAP_FAILED;
    void *page = mmap(NULL, sizeof zero, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return page;
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc,
                                                               char **argv);
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "count=", 6) != 0) {
        fprintf(stderr, "count_instructions: wants count=PATH\n");
        return -1;
    }
    count = map_count(argv[0] + 6);
    if (count == MAP_FAILED) {
        perror(argv[0] + 6);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    return 0;
}
