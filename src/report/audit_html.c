/* SPDX-License-Identifier: Apache-2.0 */
/* audit_html.c -- an audit's page and its figures' files; see audit.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/file.h"
#include "report/amount.h"
#include "report/audit.h"
#include "report/audit_page.h"
#include "report/html.h"
#include "report/svg.h"

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--soft:#5c5c5c;--edge:#d8d8d8;--tint:#f3f6f9;--accent:#0072b2}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#17191c;--soft:#a8a8a8;--edge:#3a3d41;--tint:#21262c;"
    "--accent:#5ab4ea}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1.2rem 1rem 4rem;color:var(--ink);background:var(--paper);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}\n"
    "h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0 1rem;max-width:48rem}h2{font-size:1.2rem;margin:2.4rem 0 .6rem}"
    "h3{font-size:1rem;margin:1.4rem 0 .3rem}p{max-width:48rem}.sub,.note,.legend,figcaption,small{color:var(--soft)}"
    ".note,.legend{font-size:.88rem}\n"
    ".about{margin:0 0 1.2rem;font-size:.88rem;color:var(--soft);display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;"
    "max-width:62rem}.about dt{margin:0;font-size:inherit}.about dd{overflow-wrap:anywhere}dfn{font-style:normal;font-weight:600;"
    "color:var(--ink)}code{font-size:.92em}\n"
    ".verdict{background:var(--tint);border-left:4px solid var(--accent);padding:.6rem .9rem;max-width:48rem;margin:0 0 1rem}\n"
    "dl{margin:0;max-width:62rem}dt{font-weight:600;color:var(--soft);font-size:.88rem;margin-top:.9rem}dd{margin:0}"
    "dd+dd{margin-top:.5rem}dd b{font-weight:600}dd>span{color:var(--soft);font-size:.92rem}\n"
    ".charts{columns:2 23rem;column-gap:2.4rem}.charts figure{margin:0 0 1.8rem;max-width:36rem;break-inside:avoid}"
    ".charts svg{width:100%;height:auto;display:block}.charts h3{margin-top:0}figcaption{font-size:.85rem}\n"
    ".wide{overflow-x:auto;"
    "background:linear-gradient(to left,var(--paper) 2rem,transparent) right/3rem 100% no-repeat local,"
    "linear-gradient(to left,#8886,transparent) right/1rem 100% no-repeat scroll}"
    "table{border-collapse:separate;border-spacing:0;border-bottom:1px solid var(--edge);"
    "font-size:.88rem;font-variant-numeric:tabular-nums}"
    ".caption{font-weight:600;font-size:.88rem;margin:.8rem 0 .2rem;max-width:none}"
    "th,td{padding:.3rem .7rem .3rem 0;text-align:right;"
    "vertical-align:top;white-space:nowrap}thead th{white-space:normal;vertical-align:bottom;min-width:4.4rem}th{font-weight:600}"
    "th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}tbody th{font-weight:400}"
    "tbody th,tbody td{border-top:1px solid var(--edge)}"
    "td.none{color:var(--soft)}td.name,th.name{text-align:left}"
    "td.words,th.words{text-align:left;white-space:normal;min-width:16rem;overflow-wrap:anywhere}"
    ".origins{max-width:62rem}.origins th,.origins td,.origins th:first-child{white-space:normal;min-width:0;max-width:none;"
    "position:static;text-align:left}.origins th{width:45%}small{font-weight:400}\n"
    ".pair{display:flex;flex-wrap:wrap;gap:0 3rem}.pair>div{max-width:100%}"
    "summary{cursor:pointer;padding:.4rem 0;font-weight:600}\n"
    ".picture{break-inside:avoid}.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.4rem,1fr));gap:.7rem;"
    "max-width:62rem}.strips{grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr))}.tiles figure{margin:0}.tile{width:100%;"
    "height:auto;display:block;border:1px solid var(--edge);image-rendering:pixelated;}.channels{display:grid;"
    "grid-template-columns:1fr 1fr;gap:2px}.bars{height:4rem}.tiles figcaption{font-size:.78rem;"
    "line-height:1.3;padding-top:.2rem}.tiles b{color:var(--ink);font-weight:600}.key{width:9rem;height:.8rem;"
    "border:1px solid var(--edge);vertical-align:baseline}\n"
    "@media(max-width:40rem){h1{font-size:1.25rem}tbody th:first-child{white-space:normal;min-width:7rem;max-width:9rem}"
    ".tiles:not(.strips){grid-template-columns:repeat(4,1fr);gap:.5rem}.tiles:not(.strips) figcaption{font-size:.7rem}"
    ".tiles:not(.strips) figure:nth-child(5):nth-last-child(3),.tiles:not(.strips) figure:nth-child(4):nth-last-child(2)"
    "{grid-column-start:2}}\n"
    "@media print{body{max-width:none;padding:0;font-size:9.5pt}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}"
    ".wide{overflow:visible}table{font-size:7.5pt}th,td{padding-right:.4rem}th:first-child{position:static}"
    ".charts{columns:2 14rem}.tiles{grid-template-columns:repeat(7,1fr)}}\n";

/* A paragraph of an answer; false: there is none. */
static bool
print_paragraph(FILE *out, const audit_answer *a, size_t k)
{
    char *const lead = audit_paragraph(a->lead, k), *const more = audit_paragraph(a->more, k);
    const bool is = lead != NULL && lead[0] != '\0';
    if (is) {
        fputs("<dd><b>", out);
        html_text(out, lead);
        fputs("</b> <span>", out);
        html_text(out, more != NULL ? more : "");
        fputs("</span></dd>\n", out);
    }
    free(lead);
    free(more);
    return is;
}

/* A question and its answer, if there is one. */
static void
print_answer(FILE *out, const audit_answer *a)
{
    size_t k = 0;
    if (a->lead[0] == '\0')
        return;
    fprintf(out, "<dt>%s</dt>", a->question);
    while (print_paragraph(out, a, k))
        k++;
}

static void
first_screen(FILE *out, const audit_view *v, const audit_answer *answer)
{
    const json_t *warning, *warnings = json_object_get(v->report, "warnings");
    size_t w;
    audit_head_html(out, v);
    fputs("<h1>", out);
    html_text(out, answer[0].lead);
    fputs("</h1>\n<p class=\"verdict\">", out);
    html_text(out, answer[0].more);
    fputs("</p>\n", out);
    json_array_foreach((json_t *)(uintptr_t)warnings, w, warning) {
        fputs("<p class=\"verdict\">", out);
        html_text(out, json_is_string(warning) ? json_string_value(warning) : "");
        fputs("</p>\n", out);
    }
    audit_glossary_html(out, v);
    fputs("<dl>\n", out);
    for (size_t i = 1; i < AUDIT_ANSWERS; i++)
        print_answer(out, answer + i);
    fputs("</dl>\n", out);
}

static void
print_charts(FILE *out, const audit_figures *f)
{
    fputs("<h2>Figures</h2>\n<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\">", out);
    svg_patterns(out);
    fputs("</svg>\n<div class=\"charts\">\n", out);
    for (size_t k = 0; k < AUDIT_FIGURES; k++) {
        fprintf(out, "<figure><h3>%s</h3>\n", f->title[k]);
        f->figure[k].svg(out, f->figure[k].data, false);
        fputs("<figcaption>", out);
        html_text(out, f->caption[k]);
        fputs("</figcaption></figure>\n", out);
    }
    fputs("</div>\n", out);
}

static ga_code
write_page(const char *directory, const audit_view *v, const audit_figures *f, const audit_answer *answer, ga_status *st)
{
    char path[8192];
    out_file out;
    snprintf(path, sizeof path, "%s/report.html", directory);
    const ga_code code = out_open(&out, path, st);
    if (code != GA_OK)
        return code;
    fprintf(out.stream, "%s%s%s</style>\n<title>", head, html_style, svg_style);
    audit_title(out.stream, v);
    fputs("</title>\n</head>\n<body>\n", out.stream);
    first_screen(out.stream, v, answer);
    print_charts(out.stream, f);
    audit_tables_html(out.stream, v);
    if (!audit_pictures_html(out.stream, v)) {
        out_abort(&out);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the pictures of an audit");
    }
    audit_details_html(out.stream, v);
    audit_method_html(out.stream, v);
    fputs("</body>\n</html>\n", out.stream);
    return out_commit(&out, st);
}

static ga_code
write_figures(const char *directory, const audit_figures *f, bool *drawn, ga_status *st)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/figures", directory);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return file_fail_errno(st, path, "make the directory", errno);
    return figures_make(path, f->figure, AUDIT_FIGURES, drawn, st);
}

ga_code
audit_render(const char *directory, const json_t *report, bool *drawn, ga_status *st)
{
    audit_view v;
    audit_figures f = { .caption = { NULL } };
    audit_answer answer[AUDIT_ANSWERS] = { { .question = NULL } };
    ga_status fault = { 0 };
    if (*directory == '\0') /* "" and a name would be a file of the root */
        return file_fail_errno(st, directory, "write", ENOENT);
    if (strlen(directory) > 4096)
        return file_fail(st, GA_IO_ERROR, directory, "the path is too long");
    ga_code code = audit_view_make(&v, report, &fault);
    if (code == GA_OK)
        code = audit_figures_make(&f, &v, &fault);
    if (code == GA_OK)
        code = audit_words_make(answer, &v, &fault);
    if (code != GA_OK)
        file_fail(st, code, directory, "report.json: %s", fault.message);
    if (code == GA_OK)
        code = write_page(directory, &v, &f, answer, st);
    if (code == GA_OK)
        code = write_figures(directory, &f, drawn, st);
    audit_words_free(answer);
    audit_figures_free(&f);
    audit_view_free(&v);
    return code;
}
