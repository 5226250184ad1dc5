/* SPDX-License-Identifier: Apache-2.0 */
/* svg.c -- see svg.h */
#include <string.h>

#include "io/escape.h"
#include "report/svg.h"

/* Colours of Okabe and Ito, distinct to the colour-blind; what went wrong is hatched as well. */
const char svg_style[] =
    "svg{--f:#1c1c1c;--s:#5c5c5c;--g:#e2e2e2;--bar:#0072b2;--z:#d55e00;--band:#e8eef4;--right:#009e73;--zero:#9a9a9a;"
    "--below:#56b4e9;--above:#0072b2;--inacc:#e69f00;--sign:#cc79a7;--und:#777;--h:#0009}\n"
    "@media(prefers-color-scheme:dark){svg{--f:#e6e6e6;--s:#a8a8a8;--g:#33373c;--bar:#5ab4ea;--z:#ff8a3d;--band:#22303c;"
    "--right:#2bbf93;--zero:#8a8a8a;--inacc:#f0b53a;--sign:#dd93bb;--und:#999;--h:#000a}}\n"
    "@media print{svg{--f:#000;--s:#444;--g:#ddd;--bar:#0072b2;--z:#d55e00;--band:#eef2f6}}\n"
    "svg text{font:11px system-ui,sans-serif;fill:var(--f)}svg .soft{fill:var(--s)}svg .strong{font-weight:600}"
    "svg .mid{text-anchor:middle}svg .end{text-anchor:end}.line{stroke:var(--f);stroke-width:1}.grid{stroke:var(--g);"
    "stroke-width:1}.thick{stroke-width:2}.weak{stroke:var(--s)}.bar{fill:var(--bar)}.zbar{fill:var(--z)}.frame{fill:none;"
    "stroke:var(--s);stroke-width:.6}.band{fill:var(--band)}.k-right{fill:var(--right)}.k-zero{fill:var(--zero)}"
    ".k-below-range{fill:var(--below)}.k-above-range{fill:var(--above)}"
    ".k-inaccurate{fill:var(--inacc)}.k-wrong-sign{fill:var(--sign)}"
    ".k-lost,.k-spurious{fill:var(--z)}.k-nonfinite{fill:var(--f)}.k-undecided{fill:var(--und)}.h-lost{fill:url(#h-slash)}"
    ".h-wrong-sign{fill:url(#h-cross)}.h-inaccurate{fill:url(#h-dots)}.h-spurious{fill:url(#h-flat)}.m-open{fill:none;"
    "stroke:var(--f);stroke-width:1.5}.m-full{fill:var(--bar)}.m-exact{fill:var(--z)}\n";

void
svg_patterns(FILE *out)
{
    static const char *const drawn[][2] = { { "slash", "M-1 5L5 -1M-1 9L9 -1M3 9L9 3" },
                                            { "cross", "M0 0L8 8M0 8L8 0" },
                                            { "dots", "M2 2h1M6 6h1" },
                                            { "flat", "M0 2h8M0 6h8" } };
    fputs("<defs>", out);
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        fprintf(out, "<pattern id=\"h-%s\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><path d=\"%s\" fill=\"none\" "
                     "style=\"stroke:var(--h)\" stroke-width=\"1.4\"/></pattern>", drawn[i][0], drawn[i][1]);
    fputs("</defs>\n", out);
}

void
svg_open(FILE *out, double height, const char *title, bool alone)
{
    const int margin = alone ? 10 : 0;
    if (alone)
        fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                     "height=\"%.6g\" ", 2 * (SVG_WIDTH + 2 * margin),
                2 * (height + 2 * margin));
    else
        fputs("<svg ", out);
    fprintf(out, "viewBox=\"%d %d %d %.6g\" role=\"img\">\n<title>", -margin, -margin, SVG_WIDTH + 2 * margin, height + 2 * margin);
    escape_html(out, title);
    fputs("</title>\n", out);
    if (!alone)
        return;
    fprintf(out, "<style>%s.paper{fill:#fff}@media(prefers-color-scheme:dark){.paper{fill:#17191c}}</style>\n", svg_style);
    svg_patterns(out);
    fprintf(out, "<rect class=\"paper\" x=\"%d\" y=\"%d\" width=\"100%%\" height=\"100%%\"/>\n", -margin, -margin);
}

void
svg_close(FILE *out)
{
    fputs("</svg>\n", out);
}

void
svg_rect(FILE *out, double x, double y, double width, double height, const char *classes)
{
    fprintf(out, "<rect x=\"%.5g\" y=\"%.5g\" width=\"%.4g\" height=\"%.4g\" class=\"%s\"/>\n", x, y, width, height, classes);
}

void
svg_line(FILE *out, double x1, double y1, double x2, double y2, const char *classes)
{
    fprintf(out, "<path d=\"M%.5g %.5gL%.5g %.5g\" class=\"%s\"/>\n", x1, y1, x2, y2, classes);
}

void
svg_text(FILE *out, double x, double y, const char *classes, const char *text)
{
    fprintf(out, "<text x=\"%.5g\" y=\"%.5g\" class=\"%s\">", x, y, classes);
    escape_html(out, text);
    fputs("</text>\n", out);
}

/* Widths at 11 pixels in DejaVu Sans, a wide font: of a digit, and of the signs that stand before one, which are wider. */
double
svg_width(const char *text)
{
    static const double digit = 7, sign = 9.3;
    static const char *const signs[] = { "+", "=", "<", ">", "^", "\u00d7", "\u00f7", "\u2212" };
    double width = 0;
    for (; *text != '\0'; text++) {
        bool wide = false;
        for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
            wide = wide || strncmp(text, signs[i], strlen(signs[i])) == 0;
        width += ((unsigned char)*text & 0xc0) == 0x80 ? 0 : wide ? sign : digit;
    }
    return width;
}

void
svg_label(FILE *out, double x, double y, const char *classes, const char *text, size_t most)
{
    char cut[512];
    size_t n = 0, characters = 0;
    for (; text[n] != '\0' && n < sizeof cut - 4; n++) {
        characters += ((unsigned char)text[n] & 0xc0) != 0x80;
        if (characters == most && text[n + 1] != '\0')
            break;
    }
    snprintf(cut, sizeof cut, "%.*s%s", (int)n, text, text[n] != '\0' ? "\u2026" : "");
    svg_text(out, x, y, classes, cut);
}

void
svg_marker(FILE *out, double x, double y, char shape, const char *classes)
{
    if (shape == 'o')
        fprintf(out, "<circle cx=\"%.5g\" cy=\"%.5g\" r=\"3.6\" class=\"%s\"/>\n", x, y, classes);
    else if (shape == 'd')
        fprintf(out, "<path d=\"M%.5g %.5gl4.6 4.6l-4.6 4.6l-4.6 -4.6z\" class=\"%s\"/>\n", x, y - 4.6, classes);
    else
        svg_rect(out, x - 3.2, y - 3.2, 6.4, 6.4, classes);
}
