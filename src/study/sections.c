/* SPDX-License-Identifier: Apache-2.0 */
/* sections.c -- see sections.h */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "report/amount.h"
#include "report/html.h"
#include "report/text.h"
#include "study/sections.h"

typedef struct {
    const json_t *sections;
    const char *directory;
} repeated;

static void
tell_heading(teller *t, const char *text, const json_t *item)
{
    const char *const element = json_integer_value(json_object_get(item, "level")) == 3 ? "h3" : "h2";
    if (!t->page) {
        fprintf(t->out, "%s\n", text);
        return;
    }
    html_open(t->out, element, "id", amount_string(item, "id"));
    html_text(t->out, text);
    fprintf(t->out, "</%s>\n", element);
}

/* A first word that ends in a full stop, "Zeros.", is a title. */
static void
tell_paragraph(teller *t, const char *text, const json_t *item)
{
    const size_t word = strcspn(text, " ");
    const bool lead = word > 1 && text[word - 1] == '.' && text[word] != '\0';
    if (!t->page) {
        text_wrapped(t->out, text, 0, 1);
        return;
    }
    char *const first = strndup(text, lead ? word : 0);
    html_open(t->out, "p", "class", amount_string(item, "style"));
    fputs(lead ? "<strong>" : "", t->out);
    html_text(t->out, first != NULL ? first : "");
    fputs(lead ? "</strong>" : "", t->out);
    html_text(t->out, text + (lead ? word : 0));
    free(first);
    fputs("</p>\n", t->out);
}

/* The SVG as a data URI: its element names and ids stay private. */
static void
tell_figure(teller *t, const char *caption, const char *name, const char *directory)
{
    char path[8192];
    file_bytes svg;
    FILE *const out = t->out;
    snprintf(path, sizeof path, "%s/%s.svg", directory, name);
    if (file_read(&svg, path, FILE_CAP, FILE_PLAIN, NULL) != GA_OK) {
        fputs("<p><small>", out);
        html_text(out, caption);
        fprintf(out, " Not drawn, because gnuplot was not there; %s.tsv has its numbers.</small></p>\n", name);
        return;
    }
    fprintf(out, "<figure><img alt=\"%s\" src=\"data:image/svg+xml,", name);
    for (size_t i = 0; i < svg.size; i++)
        if (isalnum(svg.data[i]) || strchr("-._~ /:=;,()", svg.data[i]) != NULL)
            fputc(svg.data[i] == '\0' ? ' ' : svg.data[i], out);
        else
            fprintf(out, "%%%02X", svg.data[i]);
    fputs("\"><figcaption>", out);
    html_text(out, caption);
    fputs("</figcaption></figure>\n", out);
    free(svg.data);
}

static void
tell_all(teller *t, const json_t *scope, size_t i, void *data)
{
    const repeated *r = data;
    (void)i;
    sections_tell(t, scope, r->sections, r->directory);
}

/* A blank line in a text. */
static void
begin(teller *t)
{
    if (t->begun && !t->page && !t->check)
        fputc('\n', t->out);
    t->begun = true;
}

static void
tell_words(teller *t, const json_t *scope, const char *kind, const json_t *item, const char *directory)
{
    const bool figure = strcmp(kind, "figure") == 0;
    const char *const name = amount_string(item, "figure");
    teller_members(t, item, figure ? "figure:text! caption:words! when:array on:side" : strcmp(kind, "heading") == 0
                   ? "heading:words! level:count id:text when:array on:side" : "paragraph:words! style:text when:array on:side");
    if (figure && t->check && json_object_get(json_object_get(t->study, "figures"), name) == NULL)
        teller_fault(t, "the study has no figure '%.60s'", name);
    char *const text = words_text(t, scope, json_object_get(item, figure ? "caption" : kind));
    if (text != NULL && !t->check && (t->page || !figure)) {
        begin(t);
        if (figure)
            tell_figure(t, text, name, directory);
        else
            (strcmp(kind, "heading") == 0 ? tell_heading : tell_paragraph)(t, text, item);
    }
    free(text);
}

static void
tell_item(teller *t, const json_t *scope, const json_t *item, const char *directory)
{
    static const char *const kinds[] = { "heading", "paragraph", "figure" };
    const bool holds = words_hold(t, scope, json_object_get(item, "when"));
    if ((!holds && !t->check) || !teller_shows(t, item))
        return;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (json_object_get(item, kinds[k]) != NULL) {
            tell_words(t, scope, kinds[k], item, directory);
            return;
        }
    if (json_object_get(item, "table") != NULL) {
        teller_members(t, item, "table:any! when:array on:side");
        begin(t);
        table_tell(t, scope, json_object_get(item, "table"));
    } else {
        repeated r = { json_object_get(item, "do"), directory };
        teller_members(t, item, "each:list! do:array! where:array when:array on:side");
        words_each(t, scope, json_object_get(item, "each"), json_object_get(item, "where"), tell_all, &r);
    }
}

void
sections_tell(teller *t, const json_t *scope, const json_t *sections, const char *directory)
{
    size_t i;
    const json_t *item;
    json_array_foreach(sections, i, item) {
        const size_t n = teller_enter(t, "[%zu]", i);
        if (t->fault[0] == '\0')
            tell_item(t, scope, item, directory);
        teller_leave(t, n);
    }
}
