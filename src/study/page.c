/* SPDX-License-Identifier: Apache-2.0 */
/* page.c -- a study's report as text, and as one self-contained page; see study.h */
#include <string.h>

#include "io/escape.h"
#include "io/file.h"
#include "report/amount.h"
#include "report/html.h"
#include "study/sections.h"
#include "study/study.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>gradaudit: a reproduction</title>\n<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--soft:#666;--line:#d8d8d8;--tint:#f4f6f8}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#17191c;--soft:#a0a0a0;--line:#3a3d41;--tint:#22262b}}\n"
    "body{margin:0 auto;max-width:84rem;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);"
    "font:1rem/1.55 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.6rem 0 .4rem}\n"
    "a{color:inherit}.wide{overflow-x:auto;background:linear-gradient(to left,var(--paper) 2rem,transparent) right/3rem 100% "
    "no-repeat local,linear-gradient(to left,#8886,transparent) right/1rem 100% no-repeat scroll}"
    "table{border-collapse:collapse;font-size:.94rem;font-variant-numeric:tabular-nums;width:100%}\n"
    "th,td{padding:.35rem .45rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}\n"
    "th:first-child,.text{text-align:left}th{font-weight:600}td.text{white-space:pre-wrap;min-width:11rem}\n"
    "p{max-width:62rem}.note{background:var(--tint);border-left:4px solid #c98a1b;padding:.7rem 1rem}\n"
    ".answer{width:auto}.answer th[colspan]{padding-top:1rem}.answer td small{color:inherit;font-size:1em}\n"
    "figure{margin:1.5rem 0;overflow-x:auto}img{width:100%;min-width:44rem;max-width:70rem;height:auto;"
    "background:#fff;border-radius:4px}figcaption,small{color:var(--soft)}\n"
    "@media(max-width:46rem){figure::before{content:\"\u2194 wider than the screen: scroll it\";position:sticky;left:0;"
    "font-size:.85rem;color:var(--soft)}figcaption{position:sticky;left:0}}\n"
    "@media print{body{max-width:none;font-size:10pt}figure{break-inside:avoid}}\n"
    html_style "</style>\n</head>\n<body>\n";

static ga_code
tell(FILE *out, const study_file *s, const json_t *report, const char *directory, ga_status *st)
{
    teller t = { .study = s->json, .out = out, .page = directory != NULL };
    json_t *scope = words_scope(s->json, report);
    sections_tell(&t, scope, json_object_get(s->json, "sections"), directory);
    json_decref(scope);
    st->code = GA_OK;
    return t.fault[0] == '\0' ? GA_OK : file_fail(st, GA_BAD_FILE, s->name, "%s: %s", t.where, t.fault);
}

ga_code
study_text(FILE *out, const study_file *s, const json_t *report, ga_status *st)
{
    return tell(out, s, report, NULL, st);
}

/* The source is a link only if it begins as one does. */
static void
tell_source(FILE *out, const json_t *source)
{
    const char *const url = amount_string(source, "url");
    const bool link = strncmp(url, "https://", strlen("https://")) == 0;
    fputs("<p>Source: ", out);
    html_text(out, amount_string(source, "citation"));
    fputs(". ", out);
    if (link)
        html_open(out, "a", "href", url);
    escape_html(out, url);
    fputs(link ? "</a></p>\n" : "</p>\n", out);
}

ga_code
study_page(FILE *out, const study_file *s, const json_t *report, const char *directory, ga_status *st)
{
    fputs(head, out);
    fputs("<h1>", out);
    html_text(out, amount_string(s->json, "title"));
    fputs("</h1>\n", out);
    tell_source(out, json_object_get(s->json, "source"));
    const ga_code code = tell(out, s, report, directory, st);
    fputs("</body>\n</html>\n", out);
    return code;
}
