/* SPDX-License-Identifier: Apache-2.0 */
/* test_study.c -- the language of studies: paths, formats, conditions and sentences by hand; files with a fault, and hostile ones;
   and that the sentences of every study have no number but the report's. */
#include <ctype.h>
#include <dirent.h>

#include "io/datadir.h"
#include "study/study.h"
#include "study/words.h"
#include "test.h"

static const char report_text[] =
    "{'settings': {'eps': 0.25, 'images': 10000}, 'networks': {'one': {'plain_percent': 97.5, 'attacks': "
    "{'random-1': {'a': 10}, 'random-2': {'a': 20}, 'exact': {'a': 99.999}, 'tiny': {'a': 0.001}, 'none': null}, "
    "'tests': [{'attack': 'exact', 'control': 'random signs', 'log10_p': -82.5, 'beaten': true}, {'attack': "
    "'exact', 'control': 'filled', 'log10_p': -0.1, 'beaten': false}]}}, 'answer': {'seeds': [2, 1, 3], 'one': "
    "{'drop': {'mean': 95.204, 'least': 94.71, 'greatest': 95.59}, 'median': {'mean': -832.2, 'least': -892.5, "
    "'greatest': -780.1}, 'same': {'mean': 3, 'least': 3, 'greatest': 3}, 'nothing': {'mean': null, 'least': null, "
    "'greatest': null}, 'answers': ['yes', 'no', 'yes'], 'sure': ['yes', 'yes'], 'empty': []}}}";

static const char study_text_of[] =
    "{'schema': 1, 'title': 't', 'source': {'citation': 'c', 'url': 'u'}, 'settings': {'eps': 0.25}, 'networks': "
    "[{'name': 'one', 'audit': 'a'}], 'audits': {'a': {'estimators': {'naive-float': 'float,naive', 'naive-double': "
    "'double,naive'}}}, 'answer': {'networks': {'one': {}}, 'quantities': [], 'answers': [{'name': 'unknown', "
    "'word': 'open', 'if': [1, '>', 2]}, {'name': 'yes', 'word': 'sure'}, {'name': 'no', 'word': 'never'}], "
    "'success': []}, 'levels': {'ten': 10}, 'published': [{'what': 'w', 'unit': '%', 'value': 96, 'where': 'there', "
    "'ours': 'networks/one/plain_percent'}], 'terms': ['Table 1'], 'sections': [SECTIONS]}";

/* JSON is written with ' here. */
static char *
quoted(char *text)
{
    for (char *at = text; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    return text;
}

static json_t *
parse(const char *text)
{
    json_error_t error;
    char *json_text = quoted(strdup(text));
    json_t *json = json_loads(json_text, 0, &error);
    ASSERT(json != NULL, "%s: %.100s", error.text, json_text);
    free(json_text);
    return json;
}

/* The study with these sections. */
static char *
with_sections(const char *sections)
{
    const char *const at = strstr(study_text_of, "SECTIONS");
    char *text = calloc(1, sizeof study_text_of + strlen(sections));
    sprintf(text, "%.*s%s%s", (int)(at - study_text_of), study_text_of, sections, at + strlen("SECTIONS"));
    return quoted(text);
}

/* The text of one paragraph with these words, for the caller to free. */
static char *
paragraph(const char *words)
{
    char *section = NULL, *text = NULL;
    size_t size;
    study_file s;
    ga_status st = { 0 };
    ASSERT(asprintf(&section, "{'paragraph': %s}", words) > 0);
    char *file = with_sections(section);
    json_t *report = parse(report_text);
    FILE *out = open_memstream(&text, &size);
    if (ASSERT(study_parse(&s, "s.json", file, strlen(file), &st) == GA_OK, "%s", st.message)) {
        ASSERT(study_text(out, &s, report, &st) == GA_OK, "%s", st.message);
        study_free(&s);
    }
    fclose(out);
    text[strcspn(text, "\n")] = '\0';
    json_decref(report);
    free(section);
    free(file);
    return text;
}

/* Paths and formats; the values are by hand. */
static void
numbers(void)
{
    static const char *const say[][2] = {
        { "{networks/one/plain_percent|%.2f}", "97.50" },
        { "{networks/one/plain_percent|%g}", "97.5" },
        { "{networks/one/plain_percent|%.2f points}", "97.50 points" },
        { "{networks/one/plain_percent - study/published/0/value|%+.2f}", "+1.50" },
        { "{100 - networks/one/plain_percent - 1|%g}", "1.5" },
        { "{networks/one/attacks/random-*/a|%.1f}", "15.0 (10.0 to 20.0)" },
        { "{networks/one/attacks/exact/a|share}", "more than 99.99 %" },
        { "{networks/one/attacks/tiny/a|share}", "less than 0.01 %" },
        { "{networks/one/attacks/none|share}", "an unknown share" },
        { "{networks/one/attacks/none|%.2f}", "-" },
        { "{networks/one/attacks/none|%.2f points}", "an unknown number of points" },
        { "{networks/one/tests/attack=exact&control=random signs/log10_p|p}", "p < 1e-82" },
        { "{networks/one/tests/control=filled/log10_p|p}", "p = 0.79" },
        { "{networks/one/tests/1/log10_p|%.1f}", "-0.1" },
        { "{networks/one/tests/2/log10_p|%.1f}", "-" },
        { "{settings/images|count}", "10,000" },
        { "{settings/images|count image}", "10,000 images" },
        { "{answer/seeds|count training}", "3 trainings" },
        { "{answer/one/drop|share}", "95.20 % (94.71 to 95.59)" },
        { "{answer/one/drop/mean|%.1f}", "95.2" },
        { "{answer/one/same|%.0f}", "3" },
        { "{answer/one/nothing|%.0f}", "-" },
        { "{answer/one/median|decade}", "1e-833 (1e-893 to 1e-781)" },
        { "{answer/one/median|exponent}", "1e-833 (-893 to -781)" },
        { "{answer/one/answers|votes}", "sure for 2 of 3 seeds, never for 1 of 3 seeds" },
        { "{answer/one/sure|votes}", "sure" },
        { "{answer/one/empty|votes}", "open" },
        { "{study/published/value=96/value|[%.4g]} {study/published/value=5/value|[%.4g]}", " [96]" },
        { "{study/published/what=w/where}", "there" },
    };
    for (size_t i = 0; i < sizeof say / sizeof *say; i++) {
        char words[256];
        snprintf(words, sizeof words, "'%s'", say[i][0]);
        char *text = paragraph(words);
        char *const end = text + strlen(text);
        if (end > text && end[-1] == ' ')
            end[-1] = '\0';
        const char *const want = say[i][1] + (*text != ' ' && *say[i][1] == ' ');
        ASSERT(strcmp(text, want) == 0, "%s is '%s', not '%s'", say[i][0], text, want);
        free(text);
    }
}

/* Words by hand: "yes" where the condition holds, "no" where not. */
static void
conditions(void)
{
    static const struct {
        const char *condition;
        bool holds;
    } all[] = {
        { "['networks/one/plain_percent', '>', 97.4]", true },
        { "['networks/one/plain_percent', '>', 97.5]", false },
        { "['networks/one/plain_percent', '>=', 97.5]", true },
        { "['networks/one/plain_percent', '<', 'study/published/0/value']", false },
        { "['study/published/0/value', '<=', 96]", true },
        { "['study/levels/ten', '=', 10]", true },
        { "['networks/one/attacks/none', '=', 0]", false },
        { "['networks/one/attacks/none', '<', 1]", false },
        { "['not', ['networks/one/attacks/none', '>', 0]]", true },
        { "['networks/one/plain_percent - 100', 'beyond', 2.5]", true },
        { "['networks/one/plain_percent - 100', 'beyond', 2.6]", false },
        { "['known', 'networks/one/plain_percent']", true },
        { "['known', 'networks/one/attacks/none']", false },
        { "['known', 'answer/one/drop']", true },
        { "['known', 'answer/one/nothing']", false },
        { "['networks/one/tests/0/beaten', 'is', true]", true },
        { "['networks/one/tests/1/beaten', 'is', true]", false },
        { "['networks/one/tests/1/control', 'is', 'filled']", true },
        { "['some', 'networks/one/tests', ['attack', 'is', '$control']]", false },
        { "['some', 'networks/one/tests', ['attack', 'is', '$attack']]", true },
        { "['answer/one/answers', 'has', 'no']", true },
        { "['answer/one/sure', 'has', 'no']", false },
        { "['answer/one/answers', 'only', 'yes']", false },
        { "['answer/one/sure', 'only', 'yes']", true },
        { "['all', [1, '<', 2], [2, '<', 1]]", false },
        { "['any', [1, '<', 2], [2, '<', 1]]", true },
        { "['all']", true },
        { "['any']", false },
        { "['some', 'networks/one/tests', ['beaten', 'is', false]]", true },
        { "['some', 'networks/one/tests', ['log10_p', '<', -100]]", false },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char words[256];
        snprintf(words, sizeof words, "{'if': %s, 'then': 'yes', 'else': 'no'}", all[i].condition);
        char *text = paragraph(words);
        ASSERT(strcmp(text, all[i].holds ? "yes" : "no") == 0, "%s is '%s'", all[i].condition, text);
        free(text);
    }
}

static void
sentences(void)
{
    static const char *const say[][2] = {
        { "['a', [' b'], {'if': [1, '>', 2], 'then': 'c'}]", "a b" },
        { "{'each': 'answer/seeds', 'do': '{value|%g}', 'between': ', '}", "2, 1, 3" },
        { "{'each': 'answer/seeds', 'where': ['value', '>', 1], 'do': '{value|%g}', 'between': ' and '}", "2 and 3" },
        { "{'each': 'answer/seeds', 'where': ['value', '>', 9], 'do': 'x', 'none': 'none'}", "none" },
        { "{'each': [{'n': 'one', 'f': '%.1f'}], 'do': '{n}: {networks/$n/plain_percent|$f}'}", "one: 97.5" },
        { "{'each': [{'x': 0.375, 'n': 2}], 'do': '{$x - 0.25|%g} {$x - $n|%g}'}", "0.125 -1.625" },
        { "{'each': [{'w': '{n|words}', 'n': 'deep'}], 'do': '{w|words}'}", "deep" },
        { "{'each': 'networks', 'do': '{key} {plain_percent|%.1f} {networks/$key/plain_percent|%.1f}'}", "one 97.5 97.5" },
        { "'Table 1: {study/levels/ten|%g} \\u001b[J'", "Table 1: 10 \\x1B[J" },
    };
    for (size_t i = 0; i < sizeof say / sizeof *say; i++) {
        char *text = paragraph(say[i][0]);
        ASSERT(strcmp(text, say[i][1]) == 0, "%s is '%s'", say[i][0], text);
        free(text);
    }
}

/* A file with one thing changed, and what is said. */
static void
faults(void)
{
    static const char *const sections[][2] = {
        { "{'paragraph': '{networks/two/plain_percent|%.2f}'}", "sections[0]: the study has no network 'two'" },
        { "{'paragraph': '{netwoks/one/plain_percent|%.2f}'}", "no report has 'netwoks/one/plain_percent'" },
        { "{'paragraph': '{study/levels/nine|%g}'}", "the study has no 'study/levels/nine'" },
        { "{'paragraph': '{networks/one/plain_percent|%s}'}", "'%s' is no format" },
        { "{'paragraph': '{networks/one/plain_percent|%n}'}", "'%n' is no format" },
        { "{'paragraph': '{networks/one/plain_percent|%.99f}'}", "is no format" },
        { "{'paragraph': '{networks/one/plain_percent|%f%n}'}", "is no format" },
        { "{'paragraph': 'it is 97.5 %'}", "the number at '97.5 %' comes from nowhere" },
        { "{'paragraph': 'Table 1 and 2'}", "the number at '2' comes from nowhere" },
        { "{'heading': 'Table 2'}", "comes from nowhere" },
        { "{'paragraph': {'if': [1, '<', 2], 'then': '', 'else': '7'}}", "comes from nowhere" },
        { "{'paragraph': '{networks/one/plain_percent|%.2f'}", "a brace has no other" },
        { "{'paragraph': 'x}'}", "a brace has no other" },
        { "{'paragraph': '{$x/y|%g}'}", "nothing is called 'x'" },
        { "{'paragraph': {'if': [1, '~', 2], 'then': ''}}", "a condition is [a, op, b]" },
        { "{'paragraph': {'if': [[], '<', 2], 'then': ''}}", "a condition compares numbers and paths" },
        { "{'paragraph': {'if': [1, '<', 2]}}", "it needs 'then'" },
        { "{'paragraph': {'if': [1, '<', 2], 'then': '', 'esle': ''}}", "there is no member 'esle' here" },
        { "{'paragraph': {'each': 'study/title', 'do': ''}}", "is no list" },
        { "{'paragraph': 7}", "'paragraph' must be words" },
        { "{'paragraph': '', 'on': 'paper'}", "'on' must be one of: page text" },
        { "{'paragraph': '', 'on': 'page text'}", "'on' must be one of: page text" },
        { "{'each': 'answer/seeds', 'do': [{'heading': ''}, {'paragraph': '7'}]}", "sections[0][1]: the number at '7'" },
        { "{'paragrahp': ''}", "there is no member 'paragrahp' here" },
        { "{'figure': 'f', 'caption': ''}", "the study has no figure 'f'" },
        { "{'table': {'columns': [], 'rows': ['answer/seeds']}}", "a table has no columns" },
        { "{'table': {'columns': [{'head': ''}], 'rows': ['answer/seeds']}}", "it needs 'cell'" },
        { "{'paragraph': {'each': [{'w': '{w|words}'}], 'do': '{w|words}'}}", "without end" },
    };
    static const char *const changes[][3] = {
        { "'schema': 1", "'schema': 2", "'schema' must be 1" },
        { "'title': 't', ", "", "it needs 'title'" },
        { "'title': 't'", "'title': ''", "'title' must be a text" },
        { "'title'", "'titel'", "there is no member 'titel' here" },
        { "'audit': 'a'", "'audit': 'b'", "networks[0]: 'audit' must be an audit of the study" },
        { "'name': 'one'", "'name': '../one'", "networks[0]: 'name' must be a name" },
        { "'audit': 'a'}", "'audit': 'a'}, {'name': 'one', 'audit': 'a'}", "networks[1]: another network is called 'one'" },
        { "'audit': 'a'", "'audit': 'a', 'from': 'one', 'times': 3", "'from' is a network before it" },
        { "'audit': 'a'", "'audit': 'a', 'file': '../../etc/passwd'", "'file' must be a path below" },
        { "'audit': 'a'", "'audit': 'a', 'seed': 2, 'spread': true", "'spread' is of networks" },
        { "'eps': 0.25", "'eps': 0", "'settings' needs a positive 'eps'" },
        { "'naive-float'", "'naive'", "audits.a: an audit's first two estimators" },
        { "'eps': 0.25", "'eps': '0.25'", "settings.eps: 'settings' must be a number" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'gain', 'formats': ['flaot'], 'from': 1, 'to': "
                             "2, 'points': 9}], 'settings': {", "'formats' must be an estimator" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'gain', 'formats': ['float'], 'from': 1, 'to': "
                             "2}], 'settings': {", "sweeps[0]: 'points' must be 2 to 1000" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': ['float'], 'from': 1, 'to': "
                             "2}], 'settings': {",
          "sweeps[0]: loss scales are swept of a precision recipe without one, which 'float'" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': "
                             "['amp-float16,loss-scale=2'], 'from': 1, 'to': 2}], 'settings': {",
          "which 'amp-float16,loss-scale=2'" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': ['amp-float16'], 'from': 1, "
                             "'to': 3}], 'settings': {", "'from' and 'to' must be powers of two" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': ['amp-float16'], 'from': 2, "
                             "'to': 1}], 'settings': {", "'from' no greater than 'to'" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': ['amp-float16'], 'from': 1, "
                             "'to': 2, 'points': 2}], 'settings': {", "without 'points'" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'gain', 'formats': ['float'], 'from': 1, 'to': 2, "
                             "'points': 2}], 'figures': {'f': {'kind': 'scales', 'title': 't', 'network': 'one'}}, 'settings': {",
          "figures.f: 'one' is not one of the study's 'sweeps' of loss scales" },
        { "'settings': {", "'sweeps': [{'network': 'one', 'parameter': 'loss-scale', 'formats': ['amp-float16'], 'from': 1, "
                             "'to': 2}], 'figures': {'f': {'kind': 'sweep', 'title': 't', 'network': 'one'}}, 'settings': {",
          "figures.f: 'one' is not one of the study's 'sweeps'" },
        { "'settings': {", "'thresholds': ['half'], 'settings': {", "thresholds[0]: 'thresholds' must be one of: float double" },
        { "'settings': {", "'random_seeds': 65, 'settings': {", "more than 64 'random_seeds'" },
        { "networks/one/plain", "networks/two/plain", "published[0]: the study has no network 'two'" },
        { "'settings': {", "'figures': {'f': {'kind': 'sweep', 'title': 't', 'network': 'one'}}, 'settings': {",
          "figures.f: 'one' is not one of the study's 'sweeps'" },
        { "'settings': {", "'figures': {'f': {'kind': 'magnitudes', 'title': 't'}}, 'settings': {", "has two 'networks'" },
        { "'quantities': []", "'quantities': [{'heading': 'h'}, {'path': 'p'}]", "quantities[1]: it needs 'key'" },
        { "{'schema'", "['schema'", "line 1 is no JSON" },
    };
    study_file s;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        ga_status st = { 0 };
        char *file = with_sections(sections[i][0]);
        ASSERT(study_parse(&s, "s.json", file, strlen(file), &st) == GA_BAD_FILE, "%s", sections[i][0]);
        ASSERT(strncmp(st.message, "s.json: ", 8) == 0 && strstr(st.message, sections[i][1]) != NULL, "%s: %s", sections[i][0],
               st.message);
        free(file);
    }
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        ga_status st = { 0 };
        char *file = with_sections(""), *what = quoted(strdup(changes[i][0])), *const at = strstr(file, what);
        char *changed = calloc(1, strlen(file) + strlen(changes[i][1]) + 1);
        ASSERT(at != NULL, "%s", what);
        sprintf(changed, "%.*s%s%s", (int)(at - file), file, changes[i][1], at + strlen(what));
        quoted(changed);
        free(what);
        ASSERT(study_parse(&s, "s.json", changed, strlen(changed), &st) == GA_BAD_FILE, "%s", changes[i][1]);
        ASSERT(strstr(st.message, changes[i][2]) != NULL, "%s: %s", changes[i][1], st.message);
        free(file);
        free(changed);
    }
}

static char *
read_study(const char *name, size_t *size)
{
    char path[4096], *data = datadir(NULL), *text = calloc(1, 1 << 20);
    snprintf(path, sizeof path, "%s/studies/%s.json", data, name);
    FILE *in = fopen(path, "rb");
    if (!ASSERT(in != NULL && text != NULL, "%s", path))
        exit(99);
    *size = fread(text, 1, (1 << 20) - 1, in);
    fclose(in);
    free(data);
    return text;
}

/* Every prefix is refused, and changed bytes never crash: what is read can be told. */
static void
hostile_files(void)
{
    char *file = with_sections("{'paragraph': '{networks/one/plain_percent|%.2f} {study/levels/ten|%g}'}"), *out_text = NULL;
    size_t n = strlen(file), size, told = 0;
    json_t *report = parse(report_text);
    uint64_t state = test_seed();
    study_file s;
    ga_status st = { 0 };
    for (size_t i = 0; i < n; i++)
        ASSERT(study_parse(&s, "s.json", file, i, &st) == GA_BAD_FILE && strchr(st.message, '\n') == NULL, "%zu bytes", i);
    free(file);
    file = read_study(STUDY_DEFAULT, &n);
    for (size_t i = 0; i < 400; i++) {
        const size_t at = (size_t)(test_random(&state) % n);
        const char was = file[at];
        file[at] = (char)(32 + test_random(&state) % 96);
        if (study_parse(&s, "s.json", file, n, &st) == GA_OK) {
            FILE *out = open_memstream(&out_text, &size);
            told += study_text(out, &s, report, &st) == GA_OK;
            fclose(out);
            free(out_text);
            study_free(&s);
        } else
            ASSERT(st.code == GA_BAD_FILE && strchr(st.message, '\n') == NULL, "%s", st.message);
        file[at] = was;
    }
    ASSERT(told > 10, "%zu", told);
    json_decref(report);
    free(file);
}

/* Whether the digits at text are a number of the study's own: a level, a setting, or a published value. */
static bool
is_of_study(const json_t *x, const char *digits)
{
    size_t i;
    const char *key;
    json_t *one;
    char number[64];
    if (json_is_number(x)) {
        snprintf(number, sizeof number, "%.4g", json_number_value(x));
        return strcmp(digits, number) == 0;
    }
    json_array_foreach(x, i, one)
        if (is_of_study(one, digits))
            return true;
    json_object_foreach((json_t *)(uintptr_t)x, key, one)
        if (is_of_study(one, digits))
            return true;
    return false;
}

static void
without_terms(char *text, const json_t *study)
{
    size_t i;
    const json_t *term;
    json_array_foreach(json_object_get(study, "terms"), i, term)
        for (char *at = text; (at = strstr(at, json_string_value(term))) != NULL; at++)
            memset(at, '.', strlen(json_string_value(term)));
}

/* With a report that has no numbers, a text has none but its terms and what the study says was published. */
static void
numbers_come_from_the_report(const char *name)
{
    char *text = NULL;
    size_t size;
    study_file s;
    ga_status st = { 0 };
    if (!ASSERT(study_load(&s, name, &st) == GA_OK, "%s", st.message))
        return;
    json_t *report = json_object();
    FILE *out = open_memstream(&text, &size);
    ASSERT(study_text(out, &s, report, &st) == GA_OK, "%s", st.message);
    fclose(out);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    without_terms(text, s.json);
    for (const char *at = text; *at != '\0';) {
        const size_t n = strspn(at, "0123456789.");
        char digits[32];
        snprintf(digits, sizeof digits, "%.*s", (int)(n > 0 && at[n - 1] == '.' ? n - 1 : n), at);
        char negative[40];
        snprintf(negative, sizeof negative, "-%s", digits);
        if (strpbrk(digits, "0123456789") != NULL)
            ASSERT(is_of_study(s.json, digits) || is_of_study(s.json, negative), "%s: %s in '%.40s'", name, digits,
                   at - text > 20 ? at - 20 : text);
        at += n > 0 ? n : 1;
    }
    free(text);
    json_decref(report);
    study_free(&s);
}

/* The list has every file, each can be told, and its numbers are the report's. */
static void
studies_that_are_shipped(void)
{
    char *list = NULL, line[256], path[4096], *data = datadir(NULL);
    size_t size, n = 0, lines = 0;
    ga_status st = { 0 };
    FILE *out = open_memstream(&list, &size);
    ASSERT(study_list(out, &st) == GA_OK, "%s", st.message);
    fclose(out);
    snprintf(path, sizeof path, "%s/studies", data);
    DIR *const d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char *const end = strstr(e->d_name, ".json");
        if (end == NULL || end[5] != '\0')
            continue;
        *end = '\0';
        n++;
        snprintf(line, sizeof line, "%.200s\t", e->d_name);
        const char *const at = strstr(list, line);
        ASSERT(at != NULL && (at == list || at[-1] == '\n'), "%s is not listed", e->d_name);
        numbers_come_from_the_report(e->d_name);
    }
    for (const char *at = list; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ASSERT(n == lines && n > 0, "%zu files, %zu lines", n, lines);
    closedir(d);
    free(list);
    free(data);
    study_file s;
    ASSERT(study_load(&s, "no such study", &st) == GA_USAGE && strstr(st.message, "--list") != NULL, "%s", st.message);
    ASSERT(study_load(&s, "../schema/audit-2", &st) == GA_USAGE, "%s", st.message);
}

TEST_MAIN("study", TEST(numbers), TEST(conditions), TEST(sentences), TEST(faults), TEST(hostile_files),
          TEST(studies_that_are_shipped))
