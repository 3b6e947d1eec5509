// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/glob.h"
#include "rule/pathset.h"

/* Components of an entry beyond this are not kept apart: the walk recurses once per component. */
enum { DEPTH_MAX = 256 };

struct node {
    struct map exact;           /* component → node */
    struct node *first_pattern; /* children whose component is a pattern … */
    struct node *next_pattern;  /* … in a list */
    struct node *next_all;      /* every node, for giving them back */
    struct str component;
    bool is_end;
};

struct pathset {
    struct arena arena;
    struct node relative, absolute; /* roots */
    struct node *all;
    bool has_empty; /* the empty entry fits the empty path only */
};

struct pathset *pathset_new(void)
{
    return xnew(struct pathset);
}

struct pathset *pathset_free(struct pathset *p)
{
    if (!p)
        return NULL;
    for (struct node *n = p->all; n; n = n->next_all)
        map_done(&n->exact);
    map_done(&p->relative.exact);
    map_done(&p->absolute.exact);
    arena_done(&p->arena);
    free(p);
    return NULL;
}

/* The next non-empty component. */
static bool next_component(struct str *path, struct str *ret)
{
    while (str_split(path, '/', ret))
        if (ret->n)
            return true;
    return false;
}

static struct node *child(struct pathset *p, struct node *parent, struct str component)
{
    bool is_pattern = glob_is_pattern(component);
    struct map_entry *e = NULL;
    if (is_pattern) {
        for (struct node *n = parent->first_pattern; n; n = n->next_pattern)
            if (str_eq(n->component, component))
                return n;
    } else if ((e = map_get(&parent->exact, component))) {
        return e->ptr;
    }
    struct node *n = arena_new(&p->arena, struct node);
    n->component = arena_str(&p->arena, component);
    n->next_all = p->all;
    p->all = n;
    if (is_pattern) {
        n->next_pattern = parent->first_pattern;
        parent->first_pattern = n;
    } else {
        map_put(&parent->exact, n->component, NULL)->ptr = n;
    }
    return n;
}

void pathset_add(struct pathset *p, struct str path)
{
    if (!path.n) {
        p->has_empty = true;
        return;
    }
    struct node *n = path.p[0] == '/' ? &p->absolute : &p->relative;
    struct str component;
    for (int depth = 0; depth < DEPTH_MAX && next_component(&path, &component); depth++)
        n = child(p, n, component);
    n->is_end = true;
}

static bool match_below(const struct node *n, struct str rest)
{
    struct str component;
    if (n->is_end)
        return true;
    if (!next_component(&rest, &component))
        return false;
    const struct map_entry *e = map_get(&n->exact, component);
    if (e && match_below(e->ptr, rest))
        return true;
    for (const struct node *c = n->first_pattern; c; c = c->next_pattern)
        if (glob_match(c->component, component, false) && match_below(c, rest))
            return true;
    return false;
}

bool pathset_match(const struct pathset *p, struct str path)
{
    if (!path.n)
        return p->has_empty;
    return match_below(path.p[0] == '/' ? &p->absolute : &p->relative, path);
}

bool pathset_is_below(struct str path, struct str above)
{
    struct str a, b;
    if (!path.n || !above.n)
        return !path.n && !above.n;
    if ((path.p[0] == '/') != (above.p[0] == '/'))
        return false;
    while (next_component(&above, &b))
        if (!next_component(&path, &a) || !glob_match(b, a, false))
            return false;
    return true;
}
