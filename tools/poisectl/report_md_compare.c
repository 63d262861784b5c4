// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_data.h"
#include "report_md.h"

#include <string.h>

void report_md_compare(FILE *out, const json_t *model)
{
    static const char *const sides[] = {"a", "b"};
    struct table table;
    size_t i;
    json_t *row;
    fputs("# Two sessions\n\n", out);
    for (int k = 0; k < 2; k++) {
        const json_t *side = json_object_get(model, sides[k]);
        fprintf(out, "%c: ", 'A' + k);
        md_text(out, report_text(side, "label"));
        fprintf(out, " (data %s). ", report_text(side, "verdict"));
        md_text(out, report_text(side, "did"));
        fputs(k == 0 ? "  \n" : "\n\n", out);
    }
    md_list(out, json_object_get(model, "warnings"), NULL);
    table_begin(&table, "Finding|A|B");
    json_array_foreach(json_object_get(model, "findings"), i, row)
    {
        table_cell(&table, "%s", report_text(row, "title"));
        table_cell(&table, "%s", report_text(row, "a"));
        table_cell(&table, "%s", report_text(row, "b"));
    }
    table_end(&table, out);
    table_begin(&table, "Quantity|in|unit|A|B|B − A|%|");
    json_array_foreach(json_object_get(model, "rows"), i, row)
    {
        const json_t *better = json_object_get(row, "better");
        bool sides_row = strcmp(report_text(row, "group"), "left_minus_right") == 0;
        table_cell(&table, "%s%s", report_text(row, "title"), sides_row ? ", left − right" : "");
        table_cell(&table, "%s", report_text(row, "activity"));
        table_cell(&table, "%s", md_unit_of(row));
        md_cell(&table, row, "a", md_decimals_of(row));
        md_cell(&table, row, "b", md_decimals_of(row));
        md_cell(&table, row, "change", md_decimals_of(row));
        md_cell(&table, row, "change_pct", 1);
        table_cell(&table, "%s", json_is_true(better) ? "better" : json_is_false(better) ? "worse" : "");
    }
    table_end(&table, out);
}
