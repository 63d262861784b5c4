// SPDX-License-Identifier: GPL-3.0-or-later
// Which trigger a device gets, over a tree of files like the kernel's; tests/kernel does it with the kernel itself.
#include "acquire/trigger_tree.h"
#include "trigger_rig.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct trigger_rig rig;
static struct trigger_home *home;
static char reason[REASON_MAX];

static int begin(void **state)
{
    (void)state;
    rig_begin(&rig, true);
    reason[0] = '\0';
    return trigger_home_create(&home, &rig.places);
}

static int end(void **state)
{
    (void)state;
    trigger_home_destroy(home);
    rig_end(&rig);
    return 0;
}

static void add_devices(int n)
{
    for (int i = 0; i < n; i++) {
        char item[24], parent[24], label[24];
        snprintf(item, sizeof item, "iio:device%d", i);
        snprintf(parent, sizeof parent, "1-00%02x", 0x68 + i);
        snprintf(label, sizeof label, "site%d", i);
        rig_device(&rig, item, parent, "bmi160", label);
    }
}

static int assign(const char *device, const char *name, bool keep, struct trigger_got *got)
{
    const struct trigger_wish wish = {device, name, keep, 1000};
    return trigger_assign(home, &wish, got, reason);
}

static void made_triggers_serve_two_devices_each_and_go_at_the_end(void **state)
{
    (void)state;
    struct trigger_got got;
    add_devices(5);
    for (int i = 0; i < 5; i++) {
        char device[24], expected[24];
        snprintf(device, sizeof device, "iio:device%d", i);
        snprintf(expected, sizeof expected, "poise-%d", i / 2);
        if (assign(device, "", false, &got) != 0)
            fail_msg("%s", reason);
        assert_string_equal(got.name, expected);
        assert_string_equal(rig_read(&rig, device, "trigger/current_trigger"), expected);
        assert_true(fabs(got.clock_hz - 1000) < 1e-9);
        assert_int_equal(got.made, i % 2 == 0);
        assert_string_equal(got.note, "");
    }
    assert_int_equal(rig_count_hrtimers(&rig), 3);
    trigger_home_destroy(home);
    home = NULL;
    assert_int_equal(rig_count_hrtimers(&rig), 0);
    assert_string_equal(rig_read(&rig, "iio:device4", "trigger/current_trigger"), "");
}

static void what_an_earlier_run_left_is_used_again(void **state)
{
    (void)state;
    struct trigger_got got;
    char path[128];
    add_devices(2);
    snprintf(path, sizeof path, "%s/iio/triggers/hrtimer/poise-0", rig.configfs);
    assert_int_equal(mkdir(path, 0755), 0);
    char item[SYSFS_TEXT];
    while (!tree_find_trigger(rig.devices, "poise-0", item))
        usleep(1000);
    rig_write(&rig, "iio:device0", "trigger/current_trigger", "poise-0\n"); // the daemon was killed
    assert_int_equal(assign("iio:device0", "", false, &got), 0);
    assert_string_equal(got.name, "poise-0");
    assert_false(got.made);
    assert_true(fabs(got.clock_hz - 1000) < 1e-9); // it stood at 100
    assert_int_equal(assign("iio:device1", "", false, &got), 0);
    assert_string_equal(got.name, "poise-0");
    assert_int_equal(rig_count_hrtimers(&rig), 1);
    trigger_home_destroy(home);
    home = NULL;
    assert_int_equal(rig_count_hrtimers(&rig), 0);

    // What names a trigger that is gone has none.
    assert_true(rig_wait_gone(&rig, "poise-0"));
    rig_write(&rig, "iio:device0", "trigger/current_trigger", "poise-0\n");
    assert_int_equal(trigger_home_create(&home, &rig.places), 0);
    assert_int_equal(assign("iio:device0", "", false, &got), 0);
    assert_true(got.made);
}

static void another_daemons_triggers_stay_its_own(void **state)
{
    (void)state;
    struct trigger_got got;
    struct trigger_home *other;
    add_devices(3);
    assert_int_equal(trigger_home_create(&other, &rig.places), 0);
    const struct trigger_wish slow = {"iio:device0", "", false, 200};
    assert_int_equal(trigger_assign(other, &slow, &got, reason), 0);
    assert_string_equal(got.name, "poise-0");
    assert_int_equal(assign("iio:device1", "", false, &got), 0); // not at 200 Hz
    assert_string_equal(got.name, "poise-1");
    assert_string_equal(rig_read(&rig, "trigger100", "sampling_frequency"), "200");
    trigger_home_destroy(home);
    home = NULL;
    assert_int_equal(rig_count_hrtimers(&rig), 1);
    assert_string_equal(rig_read(&rig, "iio:device0", "trigger/current_trigger"), "poise-0");
    trigger_home_destroy(other);
    assert_int_equal(rig_count_hrtimers(&rig), 0);
}

static void a_set_trigger_stays_and_a_chips_own_comes_before_a_timer(void **state)
{
    (void)state;
    struct trigger_got got;
    add_devices(2);
    rig_trigger(&rig, "trigger3", "virtual", "hr1");
    rig_write(&rig, "trigger3", "sampling_frequency", "100\n");
    rig_write(&rig, "iio:device0", "trigger/current_trigger", "hr1\n");
    assert_int_equal(assign("iio:device0", "", false, &got), 0);
    assert_string_equal(got.name, "hr1");
    assert_string_equal(rig_read(&rig, "trigger3", "sampling_frequency"), "1000");

    rig_trigger(&rig, "trigger0", "1-0069", "bmi160-any-motion-dev1");
    rig_trigger(&rig, "trigger1", "1-0069", "bmi160-dev1");
    rig_trigger(&rig, "trigger2", "1-0068", "bmi160-dev0");
    assert_int_equal(assign("iio:device1", "", false, &got), 0);
    assert_string_equal(got.name, "bmi160-dev1");
    assert_true(isnan(got.clock_hz)); // the chip is its own clock

    rig_device(&rig, "iio:device7", "spi0.1", "lis3dh", NULL);
    rig_trigger(&rig, "trigger5", "spi0.1", "lis3dh-trigger"); // by where it hangs
    assert_int_equal(assign("iio:device7", "", false, &got), 0);
    assert_string_equal(got.name, "lis3dh-trigger");
    assert_int_equal(rig_count_hrtimers(&rig), 0);
    trigger_home_destroy(home);
    home = NULL;
    assert_string_equal(rig_read(&rig, "iio:device7", "trigger/current_trigger"), "lis3dh-trigger");
}

static void chips_with_a_fifo_are_left_alone(void **state)
{
    (void)state;
    struct trigger_got got;
    add_devices(1);
    rig_write(&rig, "iio:device0", "buffer/hwfifo_watermark_max", "32\n");
    assert_int_equal(assign("iio:device0", "", false, &got), 0);
    assert_string_equal(got.name, "");
    rig_device(&rig, "iio:device1", "spi0.0", "icm42688-accel", "c7");
    char path[160];
    snprintf(path, sizeof path, "%s/iio:device1/trigger/current_trigger", rig.devices);
    assert_int_equal(unlink(path), 0); // knows no triggers
    assert_int_equal(assign("iio:device1", "", false, &got), 0);
    assert_string_equal(got.name, "");
    assert_int_equal(assign("iio:device1", "hr1", false, &got), 0);
    assert_string_equal(got.note, "takes no trigger; hr1 is not used");
    assert_int_equal(rig_count_hrtimers(&rig), 0);
}

static void a_named_trigger_is_set_or_the_others_are_named(void **state)
{
    (void)state;
    struct trigger_got got;
    add_devices(1);
    assert_int_equal(assign("iio:device0", "hr2", false, &got), -ENOENT);
    assert_string_equal(reason, "no trigger 'hr2'; there is none");
    rig_trigger(&rig, "trigger0", "virtual", "hr1");
    assert_int_equal(assign("iio:device0", "hr2", false, &got), -ENOENT);
    assert_string_equal(reason, "no trigger 'hr2'; there are: hr1");
    assert_int_equal(assign("iio:device0", "hr1", true, &got), 0); // keep does not overrule a name
    assert_string_equal(rig_read(&rig, "iio:device0", "trigger/current_trigger"), "hr1");
}

static void keep_changes_nothing(void **state)
{
    (void)state;
    struct trigger_got got;
    add_devices(1);
    rig_trigger(&rig, "trigger1", "1-0068", "bmi160-dev0");
    assert_int_equal(assign("iio:device0", "", true, &got), 0);
    assert_string_equal(got.name, "");
    assert_string_equal(rig_read(&rig, "iio:device0", "trigger/current_trigger"), "");
}

static void what_is_missing_is_said_with_what_to_do(void **state)
{
    (void)state;
    struct trigger_got got;
    char path[128];
    add_devices(1);
    snprintf(path, sizeof path, "%s/iio/triggers/hrtimer", rig.configfs);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(assign("iio:device0", "", false, &got), -ENOENT);
    assert_non_null(strstr(reason, "modprobe iio-trig-hrtimer"));
    assert_null(strstr(reason, "mount"));
    assert_int_equal(truncate(rig.mounts, 0), 0);
    assert_int_equal(assign("iio:device0", "", false, &got), -ENOENT);
    assert_non_null(strstr(reason, "mount -t configfs none"));

    if (geteuid() == 0)
        return; // to root nothing is forbidden
    assert_int_equal(mkdir(path, 0555), 0);
    assert_int_equal(assign("iio:device0", "", false, &got), -EACCES);
    assert_non_null(strstr(reason, "no right to make one"));
}

static void silence_is_explained_by_the_trigger(void **state)
{
    (void)state;
    static const char generic[] = "no data for 1000 ms";
    add_devices(4);
    rig_trigger(&rig, "trigger0", "virtual", "hr1");
    rig_write(&rig, "trigger0", "sampling_frequency", "1000\n");
    snprintf(reason, sizeof reason, "%s", generic);
    trigger_explain(home, "iio:device0", reason);
    assert_non_null(strstr(reason, "no trigger is set"));

    rig_write(&rig, "iio:device0", "trigger/current_trigger", "hr1\n");
    snprintf(reason, sizeof reason, "%s", generic);
    trigger_explain(home, "iio:device0", reason);
    assert_string_equal(reason, generic); // nothing wrong with it

    rig_write(&rig, "trigger0", "sampling_frequency", "0\n");
    trigger_explain(home, "iio:device0", reason);
    assert_string_equal(reason, "no data: its trigger hr1 stands at 0 Hz");

    rig_write(&rig, "iio:device3", "trigger/current_trigger", "gone\n");
    trigger_explain(home, "iio:device3", reason);
    assert_string_equal(reason, "no data: its trigger gone does not exist any more");

    rig_trigger(&rig, "trigger1", "1-006b", "bmi160-dev3");
    rig_write(&rig, "iio:device3", "trigger/current_trigger", "bmi160-dev3\n");
    trigger_explain(home, "iio:device3", reason);
    assert_non_null(strstr(reason, "its own trigger bmi160-dev3 does not fire"));
}

// The kernel must not be asked for a third: its driver would be spoilt.
static void a_third_device_is_turned_away_with_the_names_of_two(void **state)
{
    (void)state;
    static const char third[] = "trigger hr1 serves site0 and site1 already; no more than two devices may share one "
                                "(CONFIG_IIO_CONSUMERS_PER_TRIGGER=2): give this one another";
    struct trigger_got got;
    add_devices(4);
    rig_trigger(&rig, "trigger0", "virtual", "hr1");
    rig_write(&rig, "iio:device3", "trigger/current_trigger", "hr1\n"); // named, but nobody reads it
    assert_int_equal(assign("iio:device0", "hr1", false, &got), 0);
    assert_int_equal(assign("iio:device1", "hr1", false, &got), 0);
    assert_int_equal(assign("iio:device1", "hr1", false, &got), 0); // opened anew: still the second
    assert_int_equal(assign("iio:device2", "hr1", false, &got), -EBUSY);
    assert_string_equal(reason, third);
    assert_string_equal(rig_read(&rig, "iio:device2", "trigger/current_trigger"), "");
    rig_write(&rig, "iio:device2", "trigger/current_trigger", "hr1\n"); // neither when somebody set it
    assert_int_equal(assign("iio:device2", "", false, &got), -EBUSY);
    trigger_release(home, "iio:device1");
    assert_int_equal(assign("iio:device2", "", false, &got), 0);
    trigger_release(home, "iio:device2");
    rig_write(&rig, "iio:device1", "buffer/enable", "1\n"); // another program's
    assert_int_equal(assign("iio:device2", "", false, &got), -EBUSY);
    assert_string_equal(reason, third);
}

static void a_kernel_built_for_more_gets_more(void **state)
{
    (void)state;
    struct trigger_got got;
    char path[128];
    snprintf(path, sizeof path, "%s/kernel", rig.root);
    FILE *to = fopen(path, "we");
    assert_non_null(to);
    fputs("CONFIG_IIO_TRIGGER=y\nCONFIG_IIO_CONSUMERS_PER_TRIGGER=3\n", to);
    fclose(to);
    trigger_home_destroy(home);
    rig.places.kernel = path;
    assert_int_equal(trigger_home_create(&home, &rig.places), 0);
    add_devices(4);
    for (int i = 0; i < 4; i++) {
        char device[24];
        snprintf(device, sizeof device, "iio:device%d", i);
        assert_int_equal(assign(device, "", false, &got), 0);
        assert_string_equal(got.name, i < 3 ? "poise-0" : "poise-1");
    }
}

enum { N_THREADS = 12 };

static void *assign_one(void *arg)
{
    struct trigger_got got;
    char said[REASON_MAX], device[24];
    snprintf(device, sizeof device, "iio:device%d", *(int *)arg);
    const struct trigger_wish wish = {device, "", false, 1000};
    *(int *)arg = trigger_assign(home, &wish, &got, said);
    return NULL;
}

static void readers_at_once_never_share_a_trigger_by_three(void **state)
{
    (void)state;
    pthread_t thread[N_THREADS];
    int number[N_THREADS];
    add_devices(N_THREADS);
    for (int i = 0; i < N_THREADS; i++) {
        number[i] = i;
        assert_int_equal(pthread_create(&thread[i], NULL, assign_one, &number[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(number[i], 0);
    }
    assert_int_equal(rig_count_hrtimers(&rig), N_THREADS / 2);
    for (int i = 0; i < N_THREADS / 2; i++) {
        char name[24];
        snprintf(name, sizeof name, "poise-%d", i);
        struct tree_user users[TREE_USERS];
        assert_int_equal(tree_users(rig.devices, name, users), 2);
    }
}

static void a_place_is_read_from_where_a_device_hangs(void **state)
{
    (void)state;
    char parent[SYSFS_TEXT];
    add_devices(1);
    sysfs_parent(rig.devices, "iio:device0", parent);
    assert_string_equal(parent, "1-0068");
    sysfs_parent(rig.devices, "iio:device9", parent);
    assert_string_equal(parent, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(made_triggers_serve_two_devices_each_and_go_at_the_end),
        TEST(what_an_earlier_run_left_is_used_again),
        TEST(another_daemons_triggers_stay_its_own),
        TEST(a_set_trigger_stays_and_a_chips_own_comes_before_a_timer),
        TEST(chips_with_a_fifo_are_left_alone),
        TEST(a_named_trigger_is_set_or_the_others_are_named),
        TEST(keep_changes_nothing),
        TEST(what_is_missing_is_said_with_what_to_do),
        TEST(silence_is_explained_by_the_trigger),
        TEST(a_third_device_is_turned_away_with_the_names_of_two),
        TEST(a_kernel_built_for_more_gets_more),
        TEST(readers_at_once_never_share_a_trigger_by_three),
        TEST(a_place_is_read_from_where_a_device_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
