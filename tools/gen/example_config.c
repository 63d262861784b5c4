// SPDX-License-Identifier: GPL-3.0-or-later
// config/poised.yaml: every key there is with its default and meaning, and a worked example of a harness.
#include "config.h"
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
    "# Configuration of poised for a real rig: copy it to /etc/poise/poised.yaml and change what differs. Only the "
    "sites\n"
    "# have to be said; every other key stands here with its default. See what the board offers with iio_info, check\n"
    "# the file with poised --check-config -c FILE. poised.yaml(5) lists the keys.\n"
    "# Written by poise-gen from the rooms' tables; run tools/gen/update instead of editing it here.\n\n";

static const char sites[] =
    "# Where a sensor is worn and how its device is found: uri and label, or uri and name. Any subset works; leave out "
    "what\n"
    "# is not worn. sacrum alone gives the cadence, sternum or abdomen alone the breathing at rest.\n"
    "#   uri     where the device is: \"local:\", \"ip:HOST\", \"ip:HOST:PORT\" or \"usb:BUS.DEVICE.INTERFACE\"\n"
    "#   label   the device's label from the device tree; both halves of a split chip share it\n"
    "#   name    the device's name as iio_info shows it, when it has no label\n"
    "#   parent  where a local: device hangs, \"1-0068\" or \"spi0.1\", to tell equal chips without labels apart\n"
    "#   accel, gyro   {name, label} of the halves of a chip whose halves are named apart\n"
    "#   mount   rotation from the chip's axes to the site's (x forward, y left, z up when standing), row by row;\n"
    "#           without it the device's own mount_matrix is taken, else none\n"
    "sites:\n"
    "  head: {uri: \"local:\", label: head}\n"
    "  c7: {uri: \"local:\", label: c7}\n"
    "  t12: {uri: \"local:\", label: t12}\n"
    "  sacrum: {uri: \"local:\", label: sacrum}\n"
    "  # Worn turned by 90 degrees about x: its y axis points up, its z axis to the right.\n"
    "  sternum: {uri: \"local:\", label: sternum, mount: [1, 0, 0, 0, 0, -1, 0, 1, 0]}\n"
    "  abdomen: {uri: \"local:\", label: abdomen}\n"
    "  shoulder_left: {uri: \"local:\", label: shoulder_left}\n"
    "  shoulder_right: {uri: \"local:\", label: shoulder_right}\n"
    "  # A chip without a label whose halves are devices of their own, on another board in the harness:\n"
    "  # foot_left: {uri: \"ip:10.0.0.5\", accel: {name: lsm6dso_accel}, gyro: {name: lsm6dso_gyro}}\n"
    "  foot_left: {uri: \"local:\", label: foot_left}\n"
    "  foot_right: {uri: \"local:\", label: foot_right}\n";

// The printed configuration with the example in the place of its empty sites.
static int print_with_sites(const char *printed, FILE *to)
{
    static const char empty[] = "\nsites: {}\n";
    const char *at = strstr(printed, empty);
    if (!at)
        return -EPROTO;
    // What the printer says of the section stands in the example in other words.
    const char *before = at;
    while (before > printed && !(before[0] == '\n' && before[-1] == '\n'))
        before--;
    fprintf(to, "%s%.*s\n%s%s", head, (int)(before - printed), printed, sites, at + sizeof empty - 1);
    return ferror(to) ? -EIO : 0;
}

int gen_example_config(FILE *to)
{
    static const char *const own[] = {"rig=lab1", "subject.id=s01"};
    static struct config config;
    config_defaults(&config);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        char error[SETTINGS_ERROR];
        if (settings_set(&config_schema, &config, own[i], error)) {
            fprintf(stderr, "poise-gen: %s\n", error);
            return -EINVAL;
        }
    }
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return -ENOMEM;
    int result = settings_print(&config_schema, &config, memory, true);
    if (fclose(memory) && result == 0)
        result = -EIO;
    result = result ? result : print_with_sites(text, to);
    free(text);
    return result;
}
