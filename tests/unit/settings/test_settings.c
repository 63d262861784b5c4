// SPDX-License-Identifier: GPL-3.0-or-later
// Every refusal with the contents of its message; values, merging and null; printing as the inverse of loading.
#include "example_schema.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct example fresh(void)
{
    struct example config;
    memset(&config, 0x5a, sizeof config);
    settings_defaults(&example_schema, &config);
    return config;
}

static struct example loaded(const char *text)
{
    struct example config = fresh();
    char error[SETTINGS_ERROR] = "";
    int result = settings_load_text(&example_schema, &config, "test.yaml", text, error);
    if (result)
        fail_msg("%s", error);
    return config;
}

// Loading text must fail with a message that holds every one of the words (a list that ends with NULL), and change
// nothing.
static void check_refused(const char *text, const char *const *words)
{
    struct example config = fresh(), before = config;
    char error[SETTINGS_ERROR] = "";
    int result = settings_load_text(&example_schema, &config, "test.yaml", text, error);
    if (result != -EINVAL)
        fail_msg("taken (%d): %s", result, text);
    for (; *words; words++)
        if (!strstr(error, *words))
            fail_msg("message lacks '%s': %s", *words, error);
    assert_memory_equal(&config, &before, sizeof config);
}
#define REFUSED(text, ...) check_refused(text, (const char *const[]){__VA_ARGS__, NULL})

static void check_set_refused(const char *assignment, const char *const *words)
{
    struct example config = fresh(), before = config;
    char error[SETTINGS_ERROR] = "";
    int result = settings_set(&example_schema, &config, assignment, error);
    if (result != -EINVAL)
        fail_msg("taken (%d): %s", result, assignment);
    for (; *words; words++)
        if (!strstr(error, *words))
            fail_msg("message lacks '%s': %s", *words, error);
    assert_memory_equal(&config, &before, sizeof config);
}
#define SET_REFUSED(assignment, ...) check_set_refused(assignment, (const char *const[]){__VA_ARGS__, NULL})

static void set(struct example *config, const char *assignment)
{
    char error[SETTINGS_ERROR] = "";
    if (settings_set(&example_schema, config, assignment, error))
        fail_msg("%s", error);
}

static void defaults_are_the_tables(void **state)
{
    (void)state;
    struct example config = fresh();
    assert_int_equal(config.top.version, 1);
    assert_string_equal(config.top.rig, "rig");
    assert_int_equal(config.align.deadline_ms, 80);
    assert_true(config.align.gap_s == 0.005 && config.align.fill && config.align.mode == 0);
    assert_string_equal(config.align.folder, "");
    assert_true(config.align.range[0] == 0.25 && config.align.range[1] == 4);
    for (int i = 0; i < N_PLACES; i++)
        assert_true(!config.places[i].present && isnan(config.places[i].mount[8]));
    for (int i = 0; i < N_NAMES; i++)
        assert_string_equal(config.names[i].key, "");
    assert_int_equal(config.beyond[0], 0x5a);
}

static void every_type_is_read(void **state)
{
    (void)state;
    struct example config = loaded("version: 1\n"
                                   "rig: 0042 # text stays text\n"
                                   "align:\n"
                                   "  deadline_ms: 1000\n"
                                   "  gap_s: 1.25e-1\n"
                                   "  drift: null\n"
                                   "  fill: false\n"
                                   "  limits: {mode: exit, folder: \"/a b\", range: [-1, .5]}\n"
                                   "places:\n"
                                   "  sacrum: {uri: \"local:\", accel: {name: x_accel}, mount: [1,0,0,0,1,0,0,0,-1]}\n"
                                   "  c7:\n"
                                   "    uri: ip:127.0.0.1:30431\n"
                                   "import:\n"
                                   "  map: {hip.imu: sacrum, \"back (2)\": c7}\n");
    assert_string_equal(config.top.rig, "0042");
    assert_int_equal(config.align.deadline_ms, 1000);
    assert_true(config.align.gap_s == 0.125 && isnan(config.align.drift) && !config.align.fill);
    assert_int_equal(config.align.mode, 1);
    assert_string_equal(config.align.folder, "/a b");
    assert_true(config.align.range[0] == -1 && config.align.range[1] == 0.5);
    assert_true(config.places[0].present && config.places[1].present && !config.places[2].present);
    assert_string_equal(config.places[0].uri, "ip:127.0.0.1:30431");
    assert_string_equal(config.places[1].accel_name, "x_accel");
    assert_true(config.places[1].mount[8] == -1 && isnan(config.places[0].mount[0]));
    assert_string_equal(config.names[0].key, "hip.imu");
    assert_int_equal(config.names[0].place, 1);
    assert_string_equal(config.names[1].key, "back (2)");
    assert_int_equal(config.beyond[15], 0x5a);
}

static void whole_numbers_are_whole(void **state)
{
    (void)state;
    static const char *const wrong[] = {"5x", "1.5",  "100abc", "0x50",   "0o50", "010", "1_0",  "1e2",  "+50",
                                        "",   "null", "true",   "\"50\"", "'50'", "50-", "five", "50 60"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[100];
        snprintf(text, sizeof text, "version: 1\nalign:\n  deadline_ms: %s\n", wrong[i]);
        REFUSED(text, "test.yaml:3: ", "key 'align.deadline_ms'", "is not a whole number", "allowed: 10 … 1000 ms");
    }
    REFUSED("version: 1\nalign: {deadline_ms: 5x}", "test.yaml:2: key 'align.deadline_ms': value '5x' is not a whole "
                                                    "number; allowed: 10 … 1000 ms");
    static const char *const beyond[] = {"9", "1001", "-80", "99999999999999999999", "4294967376"};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        char text[100];
        snprintf(text, sizeof text, "version: 1\nalign: {deadline_ms: %s}\n", beyond[i]);
        REFUSED(text, "test.yaml:2: ", "'align.deadline_ms'", beyond[i], "is out of range", "10 … 1000 ms");
    }
}

static void numbers_are_plain_decimals(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1.5s", "0x1", ".inf", ".nan", "nan", "inf", ".", "1e", "1,5", "null", "\"1\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[100];
        snprintf(text, sizeof text, "version: 1\nalign:\n\n  gap_s: %s\n", wrong[i]);
        REFUSED(text, "test.yaml:4: ", "'align.gap_s'", "is not a number", "allowed: 0 … 2.5 s");
    }
    REFUSED("version: 1\nalign: {gap_s: 2.51}", "'2.51' is out of range", "0 … 2.5 s");
    REFUSED("version: 1\nalign: {drift: 1e999}", "'1e999' is out of range", "or null");
}

static void other_types_say_what_is_allowed(void **state)
{
    (void)state;
    REFUSED("version: 1\nalign:\n  fill: yes\n", "test.yaml:3: ", "'align.fill'", "'yes'", "allowed: true, false");
    REFUSED("version: 1\nalign: {fill: 1}", "'1' is neither true nor false");
    REFUSED("version: 1\nalign:\n  limits:\n    mode: Exit\n", "test.yaml:4: ", "'align.limits.mode'", "'Exit'",
            "allowed: wait, exit");
    REFUSED("version: 1\nrig: null\n", "test.yaml:2: ", "'rig'", "'null' is not a text", "1 to 11 bytes");
    REFUSED("version: 1\nrig: \"\"\n", "'rig'", "is too short");
    REFUSED("version: 1\nrig: twelve_bytes\n", "'rig'", "'twelve_bytes' is too long", "1 to 11 bytes");
    REFUSED("version: 1\nrig: \"a\\nb\"\n", "'rig'", "'a?b'", "control character");
    REFUSED("version: 1\nrig: \"a\\0b\"\n", "'rig'", "control character");
    REFUSED("version: 1\nrig: \"\\x9b\"\n", "'rig'", "control character");
    REFUSED("version: 1\nrig: [a]\n", "'rig'", "value (a list of 1) is not a text");
    REFUSED("version: 1\nrig: {a: b}\n", "'rig'", "value (a mapping) is not a single value");
    REFUSED("version: 1\nalign:\n  limits:\n    range: [1, 2, 3]\n", "test.yaml:4: ", "'align.limits.range'",
            "a list of 3", "a list of 2 numbers, each -8 … 8 g");
    REFUSED("version: 1\nalign: {limits: {range: [1, two]}}", "'align.limits.range'", "(a list of 2)",
            "a list of 2 numbers");
    REFUSED("version: 1\nalign: {limits: {range: [1, 9]}}", "'align.limits.range'", "out of range");
    REFUSED("version: 1\nalign: {limits: {range: [1, [2]]}}", "'align.limits.range'", "more than single values");
    REFUSED("version: 1\nalign: {limits: {range: 1}}", "'align.limits.range'", "value '1' is not a list");
    REFUSED("version: 1\nalign: {limits: {range: null}}", "'align.limits.range'", "is not a list");
    REFUSED("version: 1\nalign: 5\n", "test.yaml:2: ", "'align'", "'5' is not a mapping", "deadline_ms, gap_s");
    REFUSED("version: 1\nalign: [deadline_ms]\n", "'align'", "(a list) is not a mapping");
    REFUSED("[version, 1]\n", "test.yaml:1: ", "(a list) is not a mapping", "version, rig, align, places, import");
    REFUSED("hello\n", "test.yaml:1: ", "value 'hello' is not a mapping");
    REFUSED("version: 1\n? [a]\n: b\n", "test.yaml:2: ", "list or mapping as a key");
}

static void unknown_keys_name_the_nearest(void **state)
{
    (void)state;
    REFUSED("version: 1\nalign:\n  fill: true\n  deadlin_ms: 5\n", "test.yaml:4: ", "key 'align.deadlin_ms'",
            "value '5'", "unknown key, did you mean 'deadline_ms'?", "allowed: deadline_ms, gap_s");
    REFUSED("version: 1\nalign: {deadline: 5}\n", "'align.deadline'", "did you mean 'deadline_ms'?");
    REFUSED("version: 1\ndeadline_ms: 5\n", "test.yaml:2: ", "'deadline_ms'", "did you mean 'align.deadline_ms'?");
    REFUSED("version: 1\nAlign: {}\n", "'Align'", "did you mean 'align'?");
    REFUSED("version: 1\nzzzzzzzz: {}\n", "key 'zzzzzzzz'", "unknown key; allowed: version, rig, align");
    REFUSED("version: 1\nplaces:\n  c8: {}\n", "test.yaml:3: ", "'places.c8'", "did you mean 'c7'?",
            "allowed: c7, sacrum, foot_left");
    REFUSED("version: 1\nplaces:\n  c7: {url: x}\n", "'places.c7.url'", "did you mean 'uri'?");
    REFUSED("version: 1\n\"\": 1\n", "unknown key");
    REFUSED("version: 1\n<<: {rig: a}\n", "'<<'", "unknown key");
}

static void twice_is_refused(void **state)
{
    (void)state;
    REFUSED("version: 1\nplaces:\n  c7: {uri: a}\n  sacrum: {uri: b}\n  c7: {uri: c}\n", "test.yaml:5: ", "'places.c7'",
            "twice, first on line 3");
    REFUSED("version: 1\nversion: 1\n", "test.yaml:2: ", "'version'", "value '1' comes twice, first on line 1");
    REFUSED("version: 1\nalign: {fill: true, \"fill\": false}\n", "'align.fill'", "twice");
    REFUSED("version: 1\nimport: {map: {a: c7, a: c7}}\n", "'import.map.a'", "twice");
}

static void free_keys_are_checked(void **state)
{
    (void)state;
    REFUSED("version: 1\nimport: {map: {a: elbow}}\n", "test.yaml:2: ", "'import.map.a'", "'elbow'",
            "allowed: c7, sacrum, foot_left");
    REFUSED("version: 1\nimport: {map: {a: c7, b: c7, c: c7, d: c7, e: c7}}\n", "'import.map'",
            "'e' is one entry too many");
    REFUSED("version: 1\nimport: {map: {\"\": c7}}\n", "is no name", "1 to 63 bytes");
    REFUSED("version: 1\nimport: {map: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: c7}}\n",
            "is no name", "1 to 63 bytes");
    REFUSED("version: 1\nimport: {map: c7}\n", "'import.map'", "'c7' is not a mapping", "name: value");
}

static void the_version_must_be_there(void **state)
{
    (void)state;
    REFUSED("", "test.yaml:1: ", "'version'", "is missing", "allowed: 1");
    REFUSED("# nothing but a comment\n\n", "test.yaml:1: ", "'version'", "empty");
    REFUSED("null\n", "'version'", "is missing");
    REFUSED("---\n...\n", "'version'", "is missing");
    REFUSED("rig: a\n", "test.yaml:1: ", "'version'", "is missing", "allowed: 1");
    REFUSED("version: 2\n", "test.yaml:1: ", "'version'", "'2' is out of range", "allowed: 1");
}

static void text_that_is_no_plain_document_is_refused(void **state)
{
    (void)state;
    REFUSED("version: 1\n---\nversion: 1\n", "test.yaml:2: ", "second document");
    REFUSED("version: 1\n...\nrig: b\n", "test.yaml:3:1: ", "document start");
    REFUSED("version: 1\nrig: &a b\n", "test.yaml:2:6: ", "anchors");
    REFUSED("version: 1\nalign: &x {limits: *x}\n", "test.yaml:2:8: ", "anchors");
    REFUSED("version: 1\nrig: *a\n", "test.yaml:2:6: ", "aliases");
    REFUSED("version: !!int 1\n", "test.yaml:1:10: ", "tags");
    REFUSED("version: 1\nalign:\n\tfill: true\n", "test.yaml:3:1: ", "not YAML", "tabs");
    REFUSED("version: 1\nrig: [a\n", "test.yaml:", "not YAML");
    REFUSED("version: 1\nplaces: \n  c7:\n    uri: local:\n", "test.yaml:4:", "needs quotes");
    REFUSED("version: 1\nrig: \"\xff\"\n", "test.yaml:2: ", "not UTF-8");
    char deep[3000] = "version: 1\nrig: ";
    memset(deep + strlen(deep), '[', 2000);
    REFUSED(deep, "test.yaml:2:", "nested deeper");
}

static char *write_file(char path[64], const void *bytes, size_t n)
{
    strcpy(path, "/tmp/poise-settings-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    return path;
}

static void files_are_read_or_named(void **state)
{
    (void)state;
    struct example config = fresh();
    char error[SETTINGS_ERROR], path[64];
    assert_int_equal(settings_load_file(&example_schema, &config, "/nonexistent/poised.yaml", error), -ENOENT);
    assert_non_null(strstr(error, "'/nonexistent/poised.yaml': No such file"));
    assert_int_equal(settings_load_file(&example_schema, &config, "/tmp", error), -EISDIR);

    write_file(path, "version: 1\nrig: file\n", 21);
    assert_int_equal(settings_load_file(&example_schema, &config, path, error), 0);
    assert_string_equal(config.top.rig, "file");
    unlink(path);

    write_file(path, "version: 1\n\0rig: b\n", 19);
    assert_int_equal(settings_load_file(&example_schema, &config, path, error), -EINVAL);
    assert_non_null(strstr(error, ":2: a NUL byte"));
    assert_non_null(strstr(error, path));
    unlink(path);

    size_t n = ((size_t)1 << 20) + 1;
    char *large = malloc(n);
    memset(large, '#', n);
    write_file(path, large, n);
    assert_int_equal(settings_load_file(&example_schema, &config, path, error), -EINVAL);
    assert_non_null(strstr(error, "larger than 1 MiB"));
    unlink(path);
    memcpy(large, "version: 1\n", 11);
    write_file(path, large, n - 1);
    assert_int_equal(settings_load_file(&example_schema, &config, path, error), 0);
    unlink(path);
    free(large);
}

static void later_texts_lie_over_earlier_ones(void **state)
{
    (void)state;
    struct example config = loaded("version: 1\nplaces: {c7: {uri: a}, sacrum: {uri: b}}\nimport: {map: {x: c7}}\n"
                                   "align:\n");
    char error[SETTINGS_ERROR];
    assert_int_equal(settings_load_text(&example_schema, &config, "t",
                                        "version: 1\nplaces: {c7: {accel: {name: n}}, sacrum: null}\n", error),
                     0);
    assert_true(config.places[0].present);
    assert_string_equal(config.places[0].uri, "a");
    assert_string_equal(config.places[0].accel_name, "n");
    assert_false(config.places[1].present);
    assert_string_equal(config.places[1].uri, "");
    assert_string_equal(config.names[0].key, "x");
    assert_int_equal(settings_load_text(&example_schema, &config, "t", "version: 1\nplaces:\nimport: {map: }\n", error),
                     0);
    assert_false(config.places[0].present);
    assert_string_equal(config.names[0].key, "");
}

static void assignments_reach_every_kind_of_key(void **state)
{
    (void)state;
    struct example config = fresh();
    set(&config, "align.deadline_ms=90");
    set(&config, "align.limits.folder=/tmp/a=b: #c");
    set(&config, "align.limits.range=[1, 2]");
    set(&config, "places.c7.uri=local:");
    set(&config, "places.sacrum={uri: \"usb:\", accel: {name: q}}");
    set(&config, "places.foot_left=null");
    set(&config, "import.map.my.stream=sacrum");
    set(&config, "rig=\"q\"");
    assert_int_equal(config.align.deadline_ms, 90);
    assert_string_equal(config.align.folder, "/tmp/a=b: #c");
    assert_true(config.align.range[1] == 2);
    assert_true(config.places[0].present && config.places[1].present && !config.places[2].present);
    assert_string_equal(config.places[0].uri, "local:");
    assert_string_equal(config.places[1].accel_name, "q");
    assert_string_equal(config.names[0].key, "my.stream");
    assert_int_equal(config.names[0].place, 1);
    assert_string_equal(config.top.rig, "q");
    set(&config, "align.limits.folder=null");
    set(&config, "places.c7=null");
    set(&config, "import.map.my.stream=c7");
    assert_string_equal(config.align.folder, "");
    assert_false(config.places[0].present);
    assert_int_equal(config.names[0].place, 0);
    assert_string_equal(config.names[1].key, "");
    set(&config, "align.limits.folder=");
    set(&config, "places=null");
    assert_false(config.places[1].present);
}

static void assignments_are_refused_by_name(void **state)
{
    (void)state;
    SET_REFUSED("align.deadline_ms=5x",
                "--set 'align.deadline_ms=5x': key 'align.deadline_ms': value '5x' is not a whole "
                "number; allowed: 10 … 1000 ms");
    SET_REFUSED("align.deadline_ms=", "value '' is not a whole number");
    SET_REFUSED("align.deadline_ms", "--set 'align.deadline_ms'", "key=value");
    SET_REFUSED("=5", "key=value");
    SET_REFUSED("align.deadlin_ms=5", "--set 'align.deadlin_ms=5'", "did you mean 'deadline_ms'?");
    SET_REFUSED("align.deadline_ms.x=5", "--set 'align.deadline_ms.x=5'", "unknown key");
    SET_REFUSED("align=5", "--set 'align=5'", "is not a mapping");
    SET_REFUSED("places.elbow.uri=x", "'places.elbow'", "allowed: c7, sacrum, foot_left");
    SET_REFUSED("places.c7.uri=0123456789012345678901234567890123456789", "'places.c7.uri'", "too long");
    SET_REFUSED("import.map.x=elbow", "'import.map.x'", "allowed: c7");
    SET_REFUSED("import.map.=c7", "'import.map'", "is not a mapping", "name: value");
    SET_REFUSED("align.limits.range=[1, 2", "--set 'align.limits.range=[1, 2'", "not YAML");
    SET_REFUSED("align.limits.mode=", "'align.limits.mode'", "allowed: wait, exit");
    SET_REFUSED("rig=\xff\xfe", "'rig'", "not UTF-8");
    SET_REFUSED(".=1", "unknown key");
    SET_REFUSED("align..fill=true", "unknown key");
}

static uint64_t random_state;

static uint64_t draw(void) // xorshift64*
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

static double draw_real(double min, double max)
{
    static const double corners[] = {0, -0.0, 1, 0.1, 1e-300, 123456789};
    double value = draw() % 3 ? min + (max - min) * ((double)(draw() >> 11) * 0x1p-53) : corners[draw() % 6];
    return value < min ? min : value > max ? max : value;
}

static void draw_text(char *text, size_t size, size_t least)
{
    static const char *const pieces[] = {"a",    "Z9",   "_", "-", " ", ":",  "#",   "\"", "\\", "'",
                                         "null", "true", "~", "é", "½", "語", "{",   "]",  ",",  "&",
                                         "*",    "!",    "%", "@", "`", "0",  "1.5", "- ", "?",  "\U0001F3C3"};
    memset(text, 0, size);
    for (size_t n = draw() % 8 + least; n > 0; n--) {
        const char *piece = pieces[draw() % (sizeof pieces / sizeof *pieces)];
        if (strlen(text) + strlen(piece) < size)
            strcat(text, piece);
    }
}

static struct example draw_config(void)
{
    struct example config = fresh();
    draw_text(config.top.rig, sizeof config.top.rig, 1);
    config.align.deadline_ms = 10 + (int)(draw() % 991);
    config.align.gap_s = draw_real(0, 2.5);
    config.align.drift = draw() % 4 ? draw_real(-1e300, 1e300) : (double)NAN;
    config.align.fill = draw() % 2;
    config.align.mode = (int)(draw() % 2);
    draw_text(config.align.folder, sizeof config.align.folder, 0);
    config.align.range[0] = draw_real(-8, 8);
    config.align.range[1] = draw_real(-8, 8);
    for (int i = 0; i < N_PLACES; i++) {
        struct example_place *place = &config.places[i];
        place->present = draw() % 2;
        if (!place->present)
            continue;
        draw_text(place->uri, sizeof place->uri, 0);
        draw_text(place->accel_name, sizeof place->accel_name, 0);
        bool has_mount = draw() % 2;
        for (int k = 0; k < 9 && has_mount; k++)
            place->mount[k] = draw_real(-1, 1);
    }
    for (size_t i = 0; i < draw() % (N_NAMES + 1); i++) {
        draw_text(config.names[i].key, 60, 1);
        snprintf(config.names[i].key + strlen(config.names[i].key), 3, "%d", (int)i);
        config.names[i].place = (int)(draw() % N_PLACES);
    }
    return config;
}

static char *printed(const struct example *config, bool commented)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert_int_equal(settings_print(&example_schema, config, to, commented), 0);
    fclose(to);
    return text;
}

static void what_is_printed_loads_back_the_same(void **state)
{
    (void)state;
    const char *given = getenv("POISE_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("seed %llu (POISE_SEED sets it)\n", (unsigned long long)seed);
    random_state = seed * 2 + 1;
    for (int i = 0; i < 2000; i++) {
        struct example config = draw_config(), back = fresh();
        char *text = printed(&config, i % 2), error[SETTINGS_ERROR];
        if (settings_load_text(&example_schema, &back, "printed", text, error))
            fail_msg("%s\n%s", error, text);
        char *again = printed(&back, i % 2);
        assert_string_equal(text, again);
        if (memcmp(&config, &back, sizeof config) != 0)
            fail_msg("not the same values:\n%s", text);
        free(text);
        free(again);
    }
}

static void comments_explain_and_wrap(void **state)
{
    (void)state;
    struct example config = loaded("version: 1\nplaces: {c7: {uri: a}, sacrum: {uri: b}}\n");
    char *text = printed(&config, true);
    assert_non_null(strstr(text, "  # Allowed: 10 … 1000 ms. Default: 80\n  deadline_ms: 80\n"));
    assert_non_null(strstr(text, "  # How long a late sensor is waited for. Small values"));
    assert_non_null(strstr(text, "# Where sensors are worn.\nplaces:\n"));
    assert_non_null(strstr(text, "Allowed: wait, exit. Default: wait\n"));
    assert_non_null(strstr(text, "  map: {}\n"));
    assert_non_null(strstr(text, "  gap_s: 0.005\n"));
    const char *first = strstr(text, "# Where it is.");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# Where it is."));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_in_range(strcspn(line, "\n"), 0, 104); // bytes; the range's … and – take three
    free(text);
}

static void every_key_is_described_once(void **state)
{
    (void)state;
    struct setting_description rows[32];
    int n = settings_describe(&example_schema, rows, 32);
    assert_int_equal(n, 13);
    assert_string_equal(rows[0].path, "version");
    assert_string_equal(rows[2].path, "align.deadline_ms");
    assert_string_equal(rows[2].allowed, "10 … 1000 ms");
    assert_string_equal(rows[2].initial, "80");
    assert_string_equal(rows[6].path, "align.limits.mode");
    assert_string_equal(rows[9].path, "places.NAME.uri");
    assert_string_equal(rows[9].initial, "null");
    assert_string_equal(rows[12].path, "import.map.NAME");
    assert_int_equal(settings_describe(&example_schema, rows, 1), 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_tables),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(whole_numbers_are_whole),
        cmocka_unit_test(numbers_are_plain_decimals),
        cmocka_unit_test(other_types_say_what_is_allowed),
        cmocka_unit_test(unknown_keys_name_the_nearest),
        cmocka_unit_test(twice_is_refused),
        cmocka_unit_test(free_keys_are_checked),
        cmocka_unit_test(the_version_must_be_there),
        cmocka_unit_test(text_that_is_no_plain_document_is_refused),
        cmocka_unit_test(files_are_read_or_named),
        cmocka_unit_test(later_texts_lie_over_earlier_ones),
        cmocka_unit_test(assignments_reach_every_kind_of_key),
        cmocka_unit_test(assignments_are_refused_by_name),
        cmocka_unit_test(what_is_printed_loads_back_the_same),
        cmocka_unit_test(comments_explain_and_wrap),
        cmocka_unit_test(every_key_is_described_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
