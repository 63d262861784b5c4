// SPDX-License-Identifier: GPL-3.0-or-later
// The report's page from a model that is hostile, odd or empty, and the filter that gnuplot's SVG passes.
#include "report_html.h"
#include "report_html_write.h"
#include "report_svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char hostile[] = "</title></style><script>alert(1)</script><img src=x onerror=\"a\">'&\x01\xE2\x80\xAE";

static json_t *sample(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/system/report_sample.json", getenv("POISE_SOURCE_DIR"));
    json_error_t error;
    json_t *model = json_load_file(path, 0, &error);
    if (!model)
        fail_msg("%s: %s", path, error.text);
    return model;
}

static char *page_of(const json_t *model)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(report_html(out, model), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static bool is_void(const char *name, size_t length)
{
    return (length == 4 && strncmp(name, "meta", 4) == 0) || (length == 8 && strncmp(name, "!DOCTYPE", 8) == 0);
}

// Every element that is opened is closed in its order.
static void check_balance(const char *page)
{
    const char *open[64];
    size_t length[64], n = 0;
    for (const char *at = page; (at = strchr(at, '<')) != NULL; at++) {
        bool closes = at[1] == '/';
        const char *name = at + 1 + closes, *end = strchr(at, '>');
        assert_non_null(end);
        size_t size = strcspn(name, " \n/>");
        if (is_void(name, size) || end[-1] == '/')
            continue;
        if (closes) {
            assert_true(n > 0);
            n--;
            if (size != length[n] || strncmp(name, open[n], size) != 0)
                fail_msg("</%.*s> closes <%.*s>", (int)size, name, (int)length[n], open[n]);
        } else {
            assert_true(n < 64);
            open[n] = name;
            length[n++] = size;
        }
    }
    assert_int_equal(n, 0);
}

static json_t *with_texts(const json_t *value, const char *text)
{
    const char *key;
    json_t *item, *copy;
    size_t i;
    if (json_is_string(value))
        return json_string(text);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, item) json_array_append_new(copy, with_texts(item, text));
        return copy;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    copy = json_object();
    json_object_foreach((json_t *)(uintptr_t)value, key, item) json_object_set_new(copy, key, with_texts(item, text));
    return copy;
}

static void hostile_text_stays_text(void **state)
{
    (void)state;
    json_t *model = sample(), *bad = with_texts(model, hostile);
    // Levels that are raised, so that all of a finding is written.
    json_object_set_new(json_array_get(json_object_get(bad, "findings"), 0), "level", json_string("warn"));
    char *page = page_of(bad);
    check_balance(page);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img"));
    assert_null(strchr(page, '\x01'));
    assert_null(strstr(page, "\xE2\x80\xAE"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)"));
    assert_non_null(strstr(page, "onerror=&quot;a&quot;&gt;&#39;&amp;"));
    free(page);
    json_decref(bad);
    json_decref(model);
}

static void the_sample_is_told(void **state)
{
    (void)state;
    json_t *model = sample();
    char *page = page_of(model);
    check_balance(page);
    assert_non_null(strstr(page, "<h1>Saturday 21 November 2026, 18:10 UTC</h1>"));
    assert_non_null(strstr(page, "<dt>Thoracic flexion</dt><dd>13.6°"));
    assert_non_null(strstr(page, "7:20–8:20"));
    free(page);
    json_decref(model);
}

// One value after the other is of a wrong kind, absurd or missing; without gnuplot, for the sake of time.
static void mutate(json_t *root, json_t *value)
{
    static const char *const wrong[] = {"null", "true", "-1e300", "1e18", "\"7\"", "[]", "{}", "[null, 3, \"x\", {}]"};
    const char *key;
    void *next;
    json_t *item;
    json_object_foreach_safe(value, next, key, item)
    {
        char name[64];
        snprintf(name, sizeof name, "%s", key);
        json_incref(item);
        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            json_object_set_new(value, name, json_loads(wrong[k], JSON_DECODE_ANY, NULL));
            char *page = page_of(root);
            check_balance(page);
            free(page);
        }
        json_object_set(value, name, item);
        mutate(root, json_is_array(item) ? json_array_get(item, 0) : item);
        json_decref(item);
    }
}

static void odd_values_break_nothing(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    json_t *model = sample(), *empty = json_object();
    setenv("PATH", "/nonexistent", 1);
    // Long lists say no more than short ones here.
    json_t *series = json_object_get(model, "series"), *item;
    const char *key;
    json_object_foreach(series, key, item) while (json_is_array(item) && json_array_size(item) > 3)
        json_array_remove(item, 3);
    mutate(model, model);
    char *page = page_of(model);
    assert_non_null(strstr(page, "gnuplot is not installed"));
    free(page);
    page = page_of(empty);
    check_balance(page);
    free(page);
    setenv("PATH", path, 1);
    free(path);
    json_decref(empty);
    json_decref(model);
}

static void the_filter_keeps_shapes_alone(void **state)
{
    (void)state;
    static const char svg[] =
        "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 9 9\"><title>t</title><defs><path id='x' d='M0,0 L1,1'/></defs>"
        "<script>alert(1)</script><style>*{}</style><g color=\"red\" onclick=\"alert(2)\" stroke-width=\"1.00\">\n"
        "<path stroke='rgb(  0,   0,   6)' onload='alert(3)' d='M1.04,2.00 L3.50,4.26'/><path d='M1,1 '/></g>\n"
        "<g><g fill=\"none\"></g></g><image href='http://x.invalid/'/>"
        "<g fill=\"rgb(0,0,3)\" transform=\"translate(1,2)\"><text onclick='a'> 3 &lt; 4</text></g>"
        "<use xlink:href='#gpPt6' transform='translate(1,1)' color='rgb(  0,   0,   6)'/></svg><svg></svg>";
    char *content[3] = {NULL};
    assert_int_equal(svg_content(svg, content, 3), 2);
    assert_string_equal(content[0],
                        "<g stroke-width=\"1\"><path stroke=\"var(--plot-first)\" d=\"M1,2 L3.5,4.3\"/>\n</g>\n"
                        "<g transform=\"translate(1,2)\" fill=\"var(--plot-text)\"><text>3 &lt; 4</text></g>\n"
                        "<circle r=\"1\" transform=\"translate(1,1)\" stroke=\"none\" "
                        "fill=\"var(--plot-first)\"/>\n");
    assert_string_equal(content[1], "");
    free(content[0]);
    free(content[1]);
    content[0] = content[1] = NULL;
    assert_true(svg_content(svg, content, 1) < 0); // one too many
    free(content[0]);
    for (size_t n = 0; n < sizeof svg - 1; n++) { // cut anywhere
        char *cut = strndup(svg, n);
        memset(content, 0, sizeof content);
        (void)svg_content(cut, content, 3);
        for (int i = 0; i < 3; i++)
            free(content[i]);
        free(cut);
    }
}

static void written(void (*write)(FILE *), const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void numbers(FILE *out)
{
    html_number(out, -0.04, 1);
    fputs(" ", out);
    html_number(out, -1234567.25, 1);
    fputs(" ", out);
    html_signed(out, 3, 0);
}

static void times(FILE *out)
{
    html_clock(out, 59.6);
    fputs(" ", out);
    html_span(out, 3599, 3661);
    fputs(" ", out);
    html_duration(out, 7380);
    fputs(" ", out);
    html_date(out, "2026-02-30T25:61:00Z; drop");
}

static void numbers_look_the_same(void **state)
{
    (void)state;
    written(numbers, "0.0 −1\u202F234\u202F567.2 +3");
    written(times, "1:00 59:59–1:01:01 2\u00A0h 3\u00A0min <bdi>2026-02-30T25:61:00Z; drop</bdi>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_text_stays_text), cmocka_unit_test(the_sample_is_told),
                                       cmocka_unit_test(odd_values_break_nothing),
                                       cmocka_unit_test(the_filter_keeps_shapes_alone),
                                       cmocka_unit_test(numbers_look_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
