/* SPDX-License-Identifier: Apache-2.0 */
/* one_network.c -- whether the names of the weights are those of one network; see assemble.h

   Shapes alone would chain two networks of which one has as many inputs as the other has outputs. Names tell them apart in two
   ways: a word says what a network is for (actor, critic), or the names start again under another prefix (G.fc1, G.fc2, D.fc1,
   D.fc2).
   They may start again where a word orders the prefixes (encoder before decoder, see tensor_names.h), and in numbered blocks. */
#include <stdlib.h>
#include <string.h>

#include "io/assemble.h"

static const char separators[] = "./_";

static bool
is_word_of(const char *const *list, const char *word, size_t length)
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strlen(list[i]) == length && memcmp(list[i], word, length) == 0)
            return true;
    return false;
}

/* The first part of a name, between separators, that says which of several networks it is of, and its length; 0: none. A head is
   named by what follows: head_a, head_b. */
static size_t
find_role(const char **role, const char *name)
{
    static const char *const roles[] = { "actor",   "critic", "policy", "value",  "generator", "discriminator", "G", "D",
                                         "teacher", "student", "target", "online", "mu",        "logvar",        NULL };
    for (size_t n; *name != '\0'; name += n + (name[n] != '\0')) {
        n = strcspn(name, separators);
        *role = name;
        if (is_word_of(roles, name, n))
            return n;
        if (n == 4 && memcmp(name, "head_", 5) == 0 && strcspn(name + 5, separators) == 1 && strchr("0123456789", name[5]) == NULL)
            return 6;
    }
    return 0;
}

/* Of two weights, what each name has before the longest end that both share, which begins after a separator or is all of it. */
static void
find_prefixes(size_t prefix[2], const char *a, const char *b)
{
    size_t i = strlen(a), j = strlen(b);
    prefix[0] = i;
    prefix[1] = j;
    while (i > 0 && j > 0 && a[i - 1] == b[j - 1]) {
        i--, j--;
        if ((i == 0 || strchr(separators, a[i - 1]) != NULL) && (j == 0 || strchr(separators, b[j - 1]) != NULL)) {
            prefix[0] = i;
            prefix[1] = j;
        }
    }
}

/* Whether two prefixes differ first in a number that counts the layers or blocks of one network. */
static bool
are_blocks(const char *a, const char *b)
{
    static const char *const blocks[] = { "layer", "layers", "block", "blocks", "stage", "stages", "hidden", NULL };
    size_t end = 0, begin;
    while (a[end] == b[end])
        end++;
    while (end > 0 && strchr("0123456789", a[end - 1]) != NULL)
        end--;
    while (end > 0 && strchr(separators, a[end - 1]) != NULL)
        end--;
    for (begin = end; begin > 0 && strchr(separators, a[begin - 1]) == NULL;)
        begin--;
    return is_word_of(blocks, a + begin, end - begin);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp((*(const layer *const *)a)->weight->name, (*(const layer *const *)b)->weight->name);
}

/* Those of the n layers, sorted by name, that begin with the first length characters of layer i's: from *from to before *to. */
static void
find_group(size_t *from, size_t *to, const layer *const *l, size_t n, size_t i, size_t length)
{
    const char *const name = l[i]->weight->name;
    for (*from = i; *from > 0 && strncmp(l[*from - 1]->weight->name, name, length) == 0;)
        --*from;
    for (*to = i + 1; *to < n && strncmp(l[*to]->weight->name, name, length) == 0;)
        ++*to;
}

/* Whether another pair of weights has the prefixes of a and b, and the same after them. */
static bool
start_again(const layer *const *l, size_t n, size_t a, size_t b)
{
    size_t prefix[2], from[2], to[2];
    find_prefixes(prefix, l[a]->weight->name, l[b]->weight->name);
    if (l[a]->weight->name[prefix[0]] == '\0') /* as of W1 and W2 */
        return false;
    find_group(&from[0], &to[0], l, n, a, prefix[0]);
    find_group(&from[1], &to[1], l, n, b, prefix[1]);
    for (size_t c = from[0]; c < to[0]; c++)
        for (size_t d = from[1]; d < to[1]; d++)
            if (c != a && d != b && strcmp(l[c]->weight->name + prefix[0], l[d]->weight->name + prefix[1]) == 0)
                return true;
    return false;
}

/* Whether layers a and b are of different networks. */
static bool
differ(const layer *const *l, size_t n, size_t a, size_t b)
{
    const char *const first = l[a]->weight->name, *const second = l[b]->weight->name, *role[2];
    const size_t length[2] = { find_role(&role[0], first), find_role(&role[1], second) };
    if (length[0] > 0 && length[1] > 0)
        if (length[0] != length[1] || memcmp(role[0], role[1], length[0]) != 0)
            return true;
    return l[a]->name.precedence == l[b]->name.precedence && !are_blocks(first, second) && start_again(l, n, a, b);
}

ga_code
one_network_check(const assembly *p)
{
    const layer **const sorted = malloc(p->n * sizeof *sorted);
    ga_code code = sorted != NULL ? GA_OK : file_fail(p->source->st, GA_NO_MEMORY, p->source->path, "out of memory");
    if (code != GA_OK)
        return code;
    for (size_t l = 0; l < p->n; l++)
        sorted[l] = p->layer + l;
    qsort(sorted, p->n, sizeof *sorted, by_name);
    for (size_t a = 0; a < p->n && code == GA_OK; a++)
        for (size_t b = a + 1; b < p->n && code == GA_OK; b++)
            if (differ(sorted, p->n, a, b))
                code = FILE_FAULT(p, "'%.60s' and '%.60s' look like layers of two networks by their names: save one network alone, "
                                     "or, if they are one chain, as an ONNX file (in PyTorch: torch.onnx.export)",
                                  sorted[a]->weight->name, sorted[b]->weight->name);
    free(sorted);
    return code;
}
