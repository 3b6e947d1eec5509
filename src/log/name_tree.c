// SPDX-License-Identifier: Apache-2.0
#include "log/name_tree.h"

static struct name_step *make(struct name_tree *t)
{
    if (!t->n)
        t->n = 1;
    if (t->n == NAME_STEPS)
        return NULL;
    struct name_step *s = &t->steps[t->n++];
    *s = (struct name_step){};
    return s;
}

struct name_step *name_tree_within(struct name_tree *t, struct name_step *step)
{
    if (!step->within)
        step->within = make(t);
    return step->within;
}

static void spell(struct name_step *s, struct str name, bool is_string)
{
    char text[NAME_SIZE + 4] = "\"";
    memcpy(text + 1, name.p, name.n);
    memcpy(text + 1 + name.n, "\":\"", 3);
    s->is_string = is_string;
    s->size = (uint32_t)name.n + 3 + is_string;
    s->word = (uint64_t)'"' << 56 | (uint64_t)name.n << 32 | 1;
    memcpy(s->words, text, 16);
    memset(s->masks, 0xff, s->size < sizeof(s->masks) ? s->size : sizeof(s->masks));
    if (s->size > 16)
        memcpy(&s->words[2], text + s->size - 16, 16);
}

struct name_step *name_tree_learn(struct name_tree *t, struct name_step *behind, struct str name, bool is_string, uint64_t digest)
{
    struct name_step fresh = {.digest = digest}, **at = &behind->next;
    if (!name.n || name.n > NAME_SIZE)
        return NULL;
    spell(&fresh, name, is_string);
    for (unsigned n = 0; *at; at = &(*at)->beside, n++) {
        if ((*at)->size == fresh.size && (*at)->is_string == is_string && !memcmp((*at)->words, fresh.words, sizeof(fresh.words)))
            return *at;
        if (n == NAME_BESIDE)
            return NULL;
    }
    if ((*at = make(t)))
        **at = fresh;
    return *at;
}

void name_tree_lost(struct name_tree *t)
{
    if (t->n < NAME_STEPS || ++t->lost < NAME_LOST)
        return;
    t->n = t->lost = 0;
    t->steps[0] = (struct name_step){};
}
