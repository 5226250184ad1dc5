/* SPDX-License-Identifier: Apache-2.0 */
/* audit_html.c -- an audit's page, its figures' files and its words for the terminal; see audit.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/escape.h"
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
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>gradaudit: an audit of gradients</title>\n"
    "<style>\n"
    ":root{--ink:#1c1c1c;--paper:#fff;--soft:#5c5c5c;--edge:#d8d8d8;--tint:#f3f6f9;--accent:#0072b2}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#17191c;--soft:#a8a8a8;--edge:#3a3d41;--tint:#21262c;"
    "--accent:#5ab4ea}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1.2rem 1rem 4rem;color:var(--ink);background:var(--paper);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}\n"
    "h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0 1rem;max-width:48rem}h2{font-size:1.2rem;margin:2.4rem 0 .6rem}"
    "h3{font-size:1rem;margin:1.4rem 0 .3rem}p{max-width:48rem}.sub,.note,.legend,figcaption,small{color:var(--soft)}"
    ".sub{margin:0;max-width:none}.note,.legend{font-size:.88rem}\n"
    ".verdict{background:var(--tint);border-left:4px solid var(--accent);padding:.6rem .9rem;max-width:48rem;margin:0 0 1rem}\n"
    "dl{margin:0;max-width:62rem}dt{font-weight:600;color:var(--soft);font-size:.88rem;margin-top:.9rem}dd{margin:0}"
    "dd b{font-weight:600}dd span{color:var(--soft);font-size:.92rem}\n"
    ".charts{columns:2 23rem;column-gap:2.4rem}.charts figure{margin:0 0 1.8rem;max-width:36rem;break-inside:avoid}"
    ".charts svg{width:100%;height:auto;display:block}.charts h3{margin-top:0}figcaption{font-size:.85rem}\n"
    ".wide{overflow-x:auto;"
    "background:linear-gradient(to left,var(--paper) 2rem,transparent) right/3rem 100% no-repeat local,"
    "linear-gradient(to left,#8886,transparent) right/1rem 100% no-repeat scroll}"
    "table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;"
    "padding:.8rem 0 .2rem}th,td{padding:.3rem .7rem .3rem 0;border-bottom:1px solid var(--edge);text-align:right;"
    "vertical-align:top;white-space:nowrap}thead th{white-space:normal;vertical-align:bottom;min-width:4.4rem}th{font-weight:600}"
    "th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}tbody th{font-weight:400}"
    "td.none{color:var(--soft)}td.words,th.words{text-align:left;white-space:normal;min-width:16rem;overflow-wrap:anywhere}\n"
    "@media(max-width:40rem){h1{font-size:1.25rem}tbody th:first-child{white-space:normal;min-width:7rem;max-width:9rem}}\n"
    ".pair{display:flex;flex-wrap:wrap;gap:0 3rem}.pair>div{max-width:100%}"
    "summary{cursor:pointer;padding:.4rem 0;font-weight:600}\n"
    ".picture{break-inside:avoid}.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.4rem,1fr));gap:.7rem;"
    "max-width:62rem}.strips{grid-template-columns:repeat(auto-fill,minmax(14rem,1fr))}.tiles figure{margin:0}.tile{width:100%;"
    "height:auto;display:block;border:1px solid var(--edge);shape-rendering:crispEdges}.tiles figcaption{font-size:.78rem;"
    "line-height:1.3;padding-top:.2rem}.tiles b{color:var(--ink);font-weight:600}.key{width:9rem;height:.8rem;"
    "border:1px solid var(--edge);vertical-align:baseline}\n"
    "@media print{body{max-width:none;padding:0;font-size:9.5pt}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}"
    ".wide{overflow:visible}table{font-size:7.5pt}th,td{padding-right:.4rem}th:first-child{position:static}"
    ".charts{columns:2 14rem}.tiles{grid-template-columns:repeat(7,1fr)}}\n";

/* "784-128-128-10, sigmoid": the layers' sizes, and the activations of the hidden ones where there are any. */
static void
print_network(FILE *out, const audit_view *v)
{
    size_t i;
    const char *last = NULL;
    const json_t *model = json_object_get(v->head, "model"), *layer, *layers = json_object_get(model, "layers");
    fputs(amount_count(v->p->shape.n_elements).s, out);
    json_array_foreach((json_t *)(uintptr_t)layers, i, layer)
        fprintf(out, "\u2013%s", amount_count(amount_integer(layer, "outputs")).s);
    json_array_foreach((json_t *)(uintptr_t)layers, i, layer) {
        const char *activation = amount_string(layer, "activation");
        if (i + 1 == json_array_size(layers) || (last != NULL && strcmp(last, activation) == 0))
            continue;
        fputs(last == NULL ? ", " : "/", out);
        html_text(out, activation);
        last = activation;
    }
    fputs(", ", out);
    html_text(out, amount_string(model, "dtype"));
    if (json_is_true(json_object_get(model, "rounded")))
        fputs(", rounded to it", out);
    if (json_array_size(json_object_get(model, "normalise")) > 0)
        fputs(", its inputs normalised (gradients are with respect to the normalised ones)", out);
    if (json_object_get(model, "output") != NULL) {
        fputs(", ending in ", out);
        html_text(out, amount_string(model, "output"));
    }
}

static void
first_screen(FILE *out, const audit_view *v, const audit_answer *answer)
{
    const json_t *images = json_object_get(v->report, "images");
    const uint64_t n = amount_integer(images, "n"), correct = amount_integer(images, "correct");
    const json_t *warning, *warnings = json_object_get(v->report, "warnings");
    size_t w;
    fputs("<p class=\"sub\">gradaudit \u00b7 a network of ", out);
    print_network(out, v);
    fprintf(out, " \u00b7 %s, %s to %s, %s classified correctly</p>\n<h1>", amount_nouns(n, "image").s,
            amount_count(amount_integer(images, "first")).s, amount_count(amount_integer(images, "last")).s,
            correct == n && n > 1 ? "all" : amount_count(correct).s);
    html_text(out, answer[0].lead);
    fputs("</h1>\n<p class=\"verdict\">", out);
    html_text(out, answer[0].more);
    fputs("</p>\n", out);
    json_array_foreach((json_t *)(uintptr_t)warnings, w, warning) {
        fputs("<p class=\"verdict\">", out);
        html_text(out, json_is_string(warning) ? json_string_value(warning) : "");
        fputs("</p>\n", out);
    }
    fputs("<dl>\n", out);
    for (size_t i = 1; i < AUDIT_ANSWERS; i++) {
        if (answer[i].lead[0] == '\0')
            continue;
        fprintf(out, "<dt>%s</dt><dd><b>", answer[i].question);
        html_text(out, answer[i].lead);
        fputs("</b> <span>", out);
        html_text(out, answer[i].more);
        fputs("</span></dd>\n", out);
    }
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
    fprintf(out.stream, "%s%s</style>\n</head>\n<body>\n", head, svg_style);
    first_screen(out.stream, v, answer);
    print_charts(out.stream, f);
    audit_tables_html(out.stream, v);
    audit_pictures_html(out.stream, v);
    audit_details_html(out.stream, v);
    audit_method_html(out.stream, v);
    fputs("</body>\n</html>\n", out.stream);
    return out_commit(&out, st);
}

static ga_code
write_figures(const char *directory, const audit_figures *f, bool *drawn, ga_status *st)
{
    char path[8192];
    ga_code code = GA_OK;
    *drawn = true;
    snprintf(path, sizeof path, "%s/figures", directory);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return file_fail_errno(st, path, "make the directory", errno);
    for (size_t k = 0; k < AUDIT_FIGURES && code == GA_OK; k++) {
        bool one;
        code = figure_make(path, f->figure + k, &one, st);
        *drawn = *drawn && one;
    }
    return code;
}

ga_code
audit_render(const char *directory, const json_t *report, bool *drawn, ga_status *st)
{
    audit_view v;
    audit_figures f = { .caption = { NULL } };
    audit_answer answer[AUDIT_ANSWERS] = { { NULL, NULL, NULL } };
    ga_status fault = { 0 };
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

/* Words of text, after `used` columns of the first line, in lines of at most 80 columns, the later ones indented by two. */
static void
print_wrapped(FILE *out, const char *text, size_t used)
{
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        n += strncmp(text + n, " %", 2) == 0 ? 1 + strcspn(text + n + 1, " ") : 0;
        size_t columns = 0;
        for (size_t i = 0; i < n; i++)
            columns += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (used + 1 + columns > 80) {
            fputs("\n ", out);
            used = 1;
        }
        fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)n, text);
        used += (used > 0) + columns;
        text += n + (text[n] == ' ');
    }
    fputc('\n', out);
}

void
audit_text(FILE *out, const json_t *report)
{
    audit_view v;
    audit_answer answer[AUDIT_ANSWERS] = { { NULL, NULL, NULL } };
    const json_t *warning, *warnings = json_object_get(report, "warnings");
    size_t w;
    json_array_foreach((json_t *)(uintptr_t)warnings, w, warning) {
        char *text = escape_copy(escape_terminal, json_is_string(warning) ? json_string_value(warning) : "");
        fputs("Warning.", out);
        print_wrapped(out, text != NULL ? text : "out of memory", strlen("Warning."));
        free(text);
    }
    if (audit_view_make(&v, report, NULL) == GA_OK && audit_words_make(answer, &v, NULL) == GA_OK)
        for (size_t i = 0; i < AUDIT_ANSWERS; i++) {
            char *lead = escape_copy(escape_terminal, answer[i].lead), *more = escape_copy(escape_terminal, answer[i].more);
            if (i > 0 && answer[i].lead[0] != '\0')
                fputs(answer[i].question, out);
            if (answer[i].lead[0] != '\0')
                print_wrapped(out, lead != NULL ? lead : "out of memory", i > 0 ? strlen(answer[i].question) : 0);
            if (i == 0)
                print_wrapped(out, more != NULL ? more : "out of memory", 0);
            free(lead);
            free(more);
        }
    audit_words_free(answer);
    audit_view_free(&v);
}
