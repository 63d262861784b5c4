// SPDX-License-Identifier: GPL-3.0-or-later
// The runtime directory: made when missing, held by one daemon through a lock, cleared of sockets that an earlier one
// left. Without the lock a second daemon would silently take over the first one's ipc paths. Private to publish/.
#ifndef POISE_PUBLISH_RUNTIME_DIR_H
#define POISE_PUBLISH_RUNTIME_DIR_H

#include <stddef.h>
#include <sys/types.h>

#define IPC_ENDPOINT_MAX 128 // "ipc://" and at most 107 characters of path

struct runtime_dir {
    int lock;    // file descriptor
    gid_t group; // of the directory: whose members may connect
    char metrics[IPC_ENDPOINT_MAX], control[IPC_ENDPOINT_MAX], frames[IPC_ENDPOINT_MAX];
    // libzmq's own, behind the gate; for this user alone.
    char inner_metrics[IPC_ENDPOINT_MAX], inner_control[IPC_ENDPOINT_MAX], inner_remote[IPC_ENDPOINT_MAX];
    char inner_frames[IPC_ENDPOINT_MAX];
};

// 0; -EADDRINUSE when another daemon holds it; -ENAMETOOLONG or what the system said. error gets the sentence.
__attribute__((warn_unused_result)) int runtime_dir_take(struct runtime_dir *out, const char *path, char *error,
                                                         size_t error_size);
// The path in one of its endpoints.
const char *runtime_dir_path(const char *endpoint);
void runtime_dir_release(struct runtime_dir *dir); // removes the sockets' files, gives up the lock

#endif
