// SPDX-License-Identifier: GPL-3.0-or-later
#include "chip.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REG_DATA      0x0c // gyro x, y, z, accelerometer x, y, z; 16 bits each, low byte first
#define REG_ACC_RANGE 0x41
#define REG_GYR_RANGE 0x43
#define G_M_S2        9.80665
#define FULL_COUNTS   32768.0

static int transfer(const struct chip *chip, uint8_t direction, uint8_t reg, uint32_t size, union i2c_smbus_data *data)
{
    struct i2c_smbus_ioctl_data args = {.read_write = direction, .command = reg, .size = size, .data = data};
    return ioctl(chip->fd, I2C_SMBUS, &args) < 0 ? -errno : 0;
}

int chip_open(struct chip *chip, int bus, int address)
{
    char path[32];
    snprintf(path, sizeof path, "/dev/i2c-%d", bus);
    chip->fd = open(path, O_RDWR | O_CLOEXEC);
    // FORCE: the driver has the address too, and reads while this writes.
    if (chip->fd < 0 || ioctl(chip->fd, I2C_SLAVE_FORCE, address) < 0)
        return -errno;
    return chip_read_ranges(chip);
}

void chip_close(struct chip *chip)
{
    if (chip->fd >= 0)
        close(chip->fd);
    chip->fd = -1;
}

int chip_read_ranges(struct chip *chip)
{
    union i2c_smbus_data acc, gyro;
    int rc = transfer(chip, I2C_SMBUS_READ, REG_ACC_RANGE, I2C_SMBUS_BYTE_DATA, &acc);
    if (rc == 0)
        rc = transfer(chip, I2C_SMBUS_READ, REG_GYR_RANGE, I2C_SMBUS_BYTE_DATA, &gyro);
    if (rc != 0)
        return rc;
    double acc_g = acc.byte == 0x0c ? 16 : acc.byte == 0x08 ? 8 : acc.byte == 0x05 ? 4 : 2;
    double gyro_deg_s = 2000.0 / (1 << (gyro.byte & 7));
    chip->acc_lsb = acc_g * G_M_S2 / FULL_COUNTS;
    chip->gyro_lsb = gyro_deg_s * M_PI / 180 / FULL_COUNTS;
    return 0;
}

static void put_count(struct chip *chip, uint8_t *at, double counts)
{
    double whole = nearbyint(counts);
    if (whole > 32767 || whole < -32768) {
        whole = whole > 0 ? 32767 : -32768;
        chip->n_clipped++;
    }
    uint16_t bits = (uint16_t)(int16_t)whole;
    at[0] = (uint8_t)(bits & 0xff);
    at[1] = (uint8_t)(bits >> 8);
}

int chip_measure(struct chip *chip, const double value[N_CHANNELS])
{
    union i2c_smbus_data data;
    data.block[0] = 12;
    for (int i = 0; i < 3; i++) {
        put_count(chip, &data.block[1 + 2 * i], value[CH_GYRO_X + i] / chip->gyro_lsb);
        put_count(chip, &data.block[7 + 2 * i], value[CH_ACC_X + i] / chip->acc_lsb);
    }
    return transfer(chip, I2C_SMBUS_WRITE, REG_DATA, I2C_SMBUS_I2C_BLOCK_DATA, &data);
}
