// SPDX-License-Identifier: GPL-3.0-or-later
// publish.*
#include "publish/publisher.h"

#define ROW(member) .offset = offsetof(struct publish_params, member)
#define TEXT(member)                                                                                                   \
    .type = SETTING_TEXT, ROW(member), .size = sizeof((struct publish_params *)0)->member, .nullable = true

const struct setting publish_settings[] = {
    {.key = "ipc",
     .type = SETTING_BOOL,
     ROW(ipc),
     .def = 1,
     .sentence = "Publish on ipc://<runtime-dir>/metrics, for programs on this machine"},
    {.key = "tcp",
     TEXT(tcp),
     .def_text = "127.0.0.1:5556",
     .sentence = "Publish on this ADDRESS:PORT too; null opens none, port 0 takes a free one and prints it"},
    {.key = "curve",
     TEXT(curve),
     .sentence =
         "Directory of keys that poisectl keygen makes: the TCP address is encrypted with CURVE, and only clients "
         "whose public key lies in its clients/ get in; null: not encrypted"},
    {.key = "insecure_lan",
     .type = SETTING_BOOL,
     ROW(insecure_lan),
     .def = 0,
     .sentence = "Permit an address outside this machine without encryption: whoever reaches the port reads along"},
    {.key = "frames",
     .type = SETTING_BOOL,
     ROW(frames),
     .def = 1,
     .sentence =
         "Offer the aligned 1 kHz samples of all sites on ipc://<runtime-dir>/frames; costs nothing while nobody "
         "subscribes"},
    {.key = "send_hwm",
     .type = SETTING_INT,
     ROW(send_hwm),
     .def = 50,
     .min = 2,
     .max = 10000,
     .sentence = "Messages kept for a subscriber that is slow. Small drops early and stays fresh, large delivers old "
                 "values late"},
};
const size_t n_publish_settings = sizeof publish_settings / sizeof publish_settings[0];
