/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c -- words found in any case; the nearest one against distances by hand and against every single slip of a finger. */
#include <string.h>

#include "num/words.h"
#include "test.h"

static const char *const names[] = { "sigmoid", "tanh", "relu", "cross-entropy", "mpfr:BITS", "audit", "attack", "inspect", "dot" };
static const word_list list = WORD_LIST("thing", names);

static void
any_case(void)
{
    static const struct { const char *text; int place; } cases[] = {
        { "sigmoid", 0 }, { "Sigmoid", 0 }, { "SIGMOID", 0 }, { "sIgMoId", 0 }, { "ReLU", 2 }, { "MPFR:bits", 4 }, { "relu ", -1 },
        { " relu", -1 }, { "rel", -1 }, { "", -1 }, { "reluu", -1 }, { "s\xc4\xb1gmoid", -1 }, /* a Turkish i without its dot */
        { "mpfr;bits", -1 }, { "mpfr\x1a" "bits", -1 }, { "cross\rentropy", -1 }, /* off by the bit of the case, and no letters */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT(word_find(&list, cases[i].text) == cases[i].place, "%s", cases[i].text);
}

/* Keys stand before a value, or alone; the first of several is taken, and none that is longer than the text. */
static void
beginnings(void)
{
    static const char *const keys[] = { "p=", "emin=", "emax=", "e" };
    static const word_list before = WORD_LIST("key", keys);
    static const struct { const char *text; int place; } cases[] = {
        { "p=11", 0 }, { "P=", 0 }, { "p", -1 }, { "", -1 }, { "EMAX=3", 2 }, { "emin=-4", 1 }, { "emi", 3 }, { "xp=1", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT(word_begins(&before, cases[i].text) == cases[i].place, "%s", cases[i].text);
}

static void
nearest_by_hand(void)
{
    static const struct { const char *text, *nearest; } cases[] = {
        { "sigmod", "sigmoid" }, { "simgoid", "sigmoid" }, { "siigmoid", "sigmoid" }, { "Sigmund", "sigmoid" },
        { "igmoid", "sigmoid" },
        { "gelu", NULL }, { "selu", NULL }, { "rleu", "relu" }, { "relo", "relu" }, { "erlu", "relu" }, { "RELUU", "relu" },
        { "rxlx", NULL }, { "ce", "cross-entropy" }, { "CE", "cross-entropy" }, { "c", NULL }, { "c-", NULL },
        { "cross", "cross-entropy" }, { "crossentropy", "cross-entropy" }, { "mpfr", "mpfr:BITS" }, { "adit", "audit" },
        { "audti", "audit" }, { "Audit", "audit" }, { "atack", "attack" }, { "nspect", "inspect" }, { "inspekt", "inspect" },
        { "tan", "tanh" }, { "ta", NULL }, { "do", "dot" }, { "d", NULL }, { "", NULL }, { "nonsense", NULL },
        { "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const got = word_nearest(&list, cases[i].text), *const want = cases[i].nearest;
        ASSERT(got == NULL || want == NULL ? got == want : strcmp(got, want) == 0, "'%s' is near '%s', not '%s'", cases[i].text,
               got != NULL ? got : "-", want != NULL ? want : "-");
    }
    static const char *const two[] = { "do" }; /* one letter of two, or none, says nothing */
    const word_list shortest = WORD_LIST("thing", two);
    ASSERT(word_nearest(&shortest, "d") == NULL && word_nearest(&shortest, "") == NULL);
    ASSERT(word_nearest(&shortest, "doo") == two[0] && word_nearest(&shortest, "od") == two[0]);
}

/* Of the texts that one slip makes of a name: a letter left out, put in, changed (not the first), or swapped with the next. */
static void
one_slip(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz-:";
    char text[32];
    size_t tried = 0;
    for (size_t w = 0; w < list.n; w++) {
        const char *const name = names[w];
        const size_t n = strlen(name);
        for (size_t at = 0; at <= n; at++)
            for (size_t c = 0; c < sizeof letters - 1; c++) {
                const char put[] = { letters[c], '\0' };
                snprintf(text, sizeof text, "%.*s%s%s", (int)at, name, put, name + at);
                ASSERT(strcmp(word_nearest(&list, text), name) == 0, "%s", text);
                snprintf(text, sizeof text, "%.*s%s%s", (int)at, name, put, name + (at < n ? at + 1 : n));
                ASSERT(at == 0 || strcmp(word_nearest(&list, text), name) == 0, "%s", text);
                tried += 2;
            }
        for (size_t at = 0; at < n; at++) {
            snprintf(text, sizeof text, "%.*s%s", (int)at, name, name + at + 1);
            ASSERT(strcmp(word_nearest(&list, text), name) == 0, "%s", text);
            snprintf(text, sizeof text, "%s", name);
            if (at + 1 < n) {
                text[at] = name[at + 1];
                text[at + 1] = name[at];
            }
            ASSERT(strcmp(word_nearest(&list, text), name) == 0, "%s", text);
            tried += 2;
        }
    }
    ASSERT(tried > 3000, "%zu", tried);
}

static void
messages(void)
{
    ga_status st = { 0 };
    char text[64];
    ASSERT(word_parse(&list, "Dot", &st) == 8 && st.code == GA_OK);
    ASSERT(word_parse(&list, "rellu", &st) == -1 && st.code == GA_USAGE);
    ASSERT(strcmp(st.message, "no thing is called 'rellu': sigmoid, tanh, relu, cross-entropy, mpfr:BITS, audit, attack, inspect "
                              "or dot; did you mean 'relu'?") == 0, "%s", st.message);
    ASSERT(word_parse(&(word_list){ "word", names, 1 }, "x", &st) == -1);
    ASSERT(strcmp(st.message, "no word is called 'x': sigmoid") == 0, "%s", st.message);
    ASSERT(word_parse(&list, "x", NULL) == -1);
    memset(text, 'x', sizeof text);
    word_names(text, 10, &list);
    ASSERT(strcmp(text, "sigmoid, ") == 0 && text[10] == 'x', "%.20s", text);
    word_hint(text, 5, &list, "rellu");
    ASSERT(strcmp(text, "; di") == 0, "%.20s", text);
    word_hint(text, sizeof text, &list, "x");
    ASSERT(text[0] == '\0');
}

TEST_MAIN("words", TEST(any_case), TEST(beginnings), TEST(nearest_by_hand), TEST(one_slip), TEST(messages))
