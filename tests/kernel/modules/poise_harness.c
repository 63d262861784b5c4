// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The harness as a board would describe it: BMI160s on an I2C bus, each with the properties `label` (where it is worn)
 * and `mount-matrix` of its own, which on a real board come from the device tree. Here they come from the module's
 * parameters and reach the drivers as software nodes:
 *
 *   modprobe poise_harness bus=1 address=0x10,0x11 label=c7,t12 mount=1:0:0:0:1:0:0:0:1,0:1:0:-1:0:0:0:0:1
 *
 * An empty mount leaves the property out. Unloading takes the devices away.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/string.h>

#define MOST     16
#define N_MATRIX 9

static int bus;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number of the I2C bus");
static unsigned short address[MOST];
static unsigned int n_addresses;
module_param_array(address, ushort, &n_addresses, 0444);
MODULE_PARM_DESC(address, "addresses of the chips");
static char *label[MOST];
static unsigned int n_labels;
module_param_array(label, charp, &n_labels, 0444);
MODULE_PARM_DESC(label, "label of each chip");
static char *mount[MOST];
static unsigned int n_mounts;
module_param_array(mount, charp, &n_mounts, 0444);
MODULE_PARM_DESC(mount, "mount matrix of each chip, nine numbers with colons between");

/* The drivers keep pointers to the strings of a mount matrix, so all this lives as long as the module. */
struct worn {
    char *text;
    const char *matrix[N_MATRIX];
    struct property_entry properties[3];
    struct software_node node;
    struct i2c_client *client;
};
static struct worn worn[MOST];

static int split_mount(struct worn *one, const char *text)
{
    char *rest, *word;
    int n = 0;

    one->text = kstrdup(text, GFP_KERNEL);
    if (!one->text)
        return -ENOMEM;
    rest = one->text;
    while ((word = strsep(&rest, ":")))
        if (*word && n < N_MATRIX)
            one->matrix[n++] = word;
    return n == N_MATRIX ? 0 : -EINVAL;
}

static int make_one(struct worn *one, struct i2c_adapter *adapter, unsigned int i)
{
    struct i2c_board_info info = {I2C_BOARD_INFO("bmi160", address[i])};
    int n = 0, rc;

    if (i < n_labels)
        one->properties[n++] = PROPERTY_ENTRY_STRING("label", label[i]);
    if (i < n_mounts && *mount[i]) {
        rc = split_mount(one, mount[i]);
        if (rc)
            return rc;
        one->properties[n++] = PROPERTY_ENTRY_STRING_ARRAY("mount-matrix", one->matrix);
    }
    one->node.properties = one->properties;
    info.swnode = &one->node;
    one->client = i2c_new_client_device(adapter, &info);
    return PTR_ERR_OR_ZERO(one->client);
}

static void take_away(void)
{
    unsigned int i;

    for (i = 0; i < n_addresses; i++) {
        if (!IS_ERR_OR_NULL(worn[i].client))
            i2c_unregister_device(worn[i].client);
        kfree(worn[i].text);
    }
}

static int __init harness_init(void)
{
    struct i2c_adapter *adapter = i2c_get_adapter(bus);
    unsigned int i;
    int rc = 0;

    if (!adapter)
        return -ENODEV;
    for (i = 0; i < n_addresses && !rc; i++) {
        rc = make_one(&worn[i], adapter, i);
        if (rc)
            pr_err("poise_harness: chip at 0x%02x: error %d\n", address[i], rc);
    }
    i2c_put_adapter(adapter);
    if (rc)
        take_away();
    return rc;
}
module_init(harness_init);

static void __exit harness_exit(void)
{
    take_away();
}
module_exit(harness_exit);

MODULE_DESCRIPTION("Labelled and mounted IMUs on an I2C bus");
MODULE_LICENSE("GPL");
