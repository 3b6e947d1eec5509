// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "event/record_kind.h"
#include "rule/eval.h"
#include "rule/prefilter_leaf.h"
#include "rule/prefilter_spot.h"

#define BIT(fact) (1ULL << (fact))

static const struct view BLANK = {.can_hold = true, .can_fail = true};
static const struct view NEVER = {.can_fail = true};

/* One more way the leaf may come out. */
static void add_case(struct view *v, bool holds, uint64_t yes, uint64_t no)
{
    bool *can = holds ? &v->can_hold : &v->can_fail;
    struct term *t = holds ? &v->hold : &v->fail;
    *t = *can ? (struct term){t->yes & yes, t->no & no, SPOTS_ANY} : (struct term){yes, no, SPOTS_ANY};
    *can = true;
}

/* Fields that are one of a few words, each a fact; the facts of a group exclude each other. */

struct word {
    const char *text;
    uint64_t fact; /* several words may have one fact, and one word several */
    bool is_socket;
};
struct words {
    enum field_id field;
    uint64_t group, other; /* other: the fact of every other text */
    const struct word *v;
    size_t n;
};

#define FD_FACTS                                                                                                       \
    (BIT(FILTER_FILE) | BIT(FILTER_DIRECTORY) | BIT(FILTER_IPV4) | BIT(FILTER_IPV6) | BIT(FILTER_UNIX) |               \
     BIT(FILTER_OTHER_FD))
#define L4_FACTS (BIT(FILTER_TCP) | BIT(FILTER_UDP) | BIT(FILTER_OTHER_L4))

static const struct word TYPECHARS[] = {{"f", BIT(FILTER_FILE)},       {"d", BIT(FILTER_DIRECTORY)},
                                        {"4", BIT(FILTER_IPV4), true}, {"6", BIT(FILTER_IPV6), true},
                                        {"u", BIT(FILTER_UNIX), true}};
static const struct word TYPES[] = {{"file", BIT(FILTER_FILE)},
                                    {"directory", BIT(FILTER_DIRECTORY)},
                                    {"ipv4", BIT(FILTER_IPV4), true},
                                    {"ipv6", BIT(FILTER_IPV6), true},
                                    {"unix", BIT(FILTER_UNIX), true}};
static const struct word L4PROTOS[] = {{"tcp", BIT(FILTER_TCP), true}, {"udp", BIT(FILTER_UDP), true}};
static const struct words WORDS[] = {
    {F_FD_TYPECHAR, FD_FACTS, BIT(FILTER_OTHER_FD), TYPECHARS, sizeof(TYPECHARS) / sizeof(*TYPECHARS)},
    {F_FD_TYPE, FD_FACTS, BIT(FILTER_OTHER_FD), TYPES, sizeof(TYPES) / sizeof(*TYPES)},
    /* What is no socket may have a text of its own here, and not that fact. */
    {F_FD_L4PROTO, L4_FACTS, 0, L4PROTOS, sizeof(L4PROTOS) / sizeof(*L4PROTOS)},
};

static bool is_equality(enum operator op)
{
    return op == OP_EQ || op == OP_EQ2 || op == OP_NE || op == OP_IN || op == OP_INTERSECTS;
}

/* Whether a text that is none of the words may meet the leaf, and may not. Only for equality it is known of all. */
static void try_other(const struct leaf *l, const struct words *w, bool *ret_holds, bool *ret_fails)
{
    static const struct value probe = {.type = VALUE_STRING, .s = {"\1", 1}};
    *ret_holds = *ret_fails = !is_equality(l->op) || l->modifier == MOD_ONEOF || l->modifier == MOD_ALLOF;
    if (*ret_holds)
        return;
    *(eval_leaf(l, &probe) ? ret_holds : ret_fails) = true;
    for (size_t k = 0; k < l->n_constants; k++) {
        bool is_word = false;
        for (size_t i = 0; i < w->n; i++)
            is_word |= str_is(l->texts[k], w->v[i].text);
        if (!is_word)
            *(eval_leaf(l, &VALUE_OF_STR(l->texts[k])) ? ret_holds : ret_fails) = true;
    }
}

static struct view view_words(const struct leaf *l, const struct words *w, bool has_socket)
{
    struct view v = {};
    bool holds, fails;
    uint64_t named = 0; /* facts of the words */
    for (size_t i = 0; i < w->n; i++)
        named |= w->v[i].fact;
    for (size_t i = 0; i < w->n; i++)
        if (has_socket || !w->v[i].is_socket)
            add_case(&v, eval_leaf(l, &VALUE_OF_STR(str_from(w->v[i].text))), w->v[i].fact, w->group & ~w->v[i].fact);
    try_other(l, w, &holds, &fails);
    if (holds)
        add_case(&v, true, w->other, named);
    if (fails)
        add_case(&v, false, w->other, named);
    add_case(&v, false, 0, w->group);
    return v;
}

/* Fields that are true or false */

static struct view view_flag(const struct leaf *l, uint64_t fact, bool can_be_true)
{
    struct view v = {};
    if (can_be_true)
        add_case(&v, eval_leaf(l, &VALUE_OF_BOOL(true)), fact, 0);
    add_case(&v, eval_leaf(l, &VALUE_OF_BOOL(false)), 0, can_be_true ? fact : 0);
    add_case(&v, false, 0, can_be_true ? fact : 0);
    return v;
}

/* Numbers and what the call returned */

struct range {
    int64_t from, to;
    uint64_t yes, no;
};
static const struct range RESULTS[] = {
    {INT64_MIN, -1, BIT(FILTER_FAILED), BIT(FILTER_OK) | BIT(FILTER_RES_STDIO)},
    {0, 2, BIT(FILTER_OK) | BIT(FILTER_RES_STDIO), BIT(FILTER_FAILED)},
    {3, INT64_MAX, BIT(FILTER_OK), BIT(FILTER_FAILED) | BIT(FILTER_RES_STDIO)},
};
enum { RESULT_FAILED, RESULT_STDIO, RESULT_OTHER };

static void try_number(struct view *v, const struct leaf *l, const struct range *r, int64_t number, bool is_unsigned)
{
    const struct value value = is_unsigned ? VALUE_OF_UINT((uint64_t)number) : VALUE_OF_INT(number);
    if (number >= r->from && number <= r->to)
        add_case(v, eval_leaf(l, &value), r->yes, r->no);
}

/* Comparisons change only at their constants: those, their neighbours and both ends stand for the whole range. */
static void view_range(struct view *v, const struct leaf *l, const struct range *r, bool is_unsigned)
{
    try_number(v, l, r, r->from, is_unsigned);
    try_number(v, l, r, r->to, is_unsigned);
    for (size_t k = 0; k < l->n_constants; k++) {
        const struct value *c = &l->constants[k];
        if ((c->type == VALUE_UINT && c->u > INT64_MAX) || (c->type != VALUE_UINT && c->type != VALUE_INT))
            continue;
        for (int d = -1; d <= 1; d++) {
            int64_t number;
            if (!__builtin_add_overflow(c->i, d, &number))
                try_number(v, l, r, number, is_unsigned);
        }
    }
}

static struct view view_result(const struct leaf *l, bool may_be_absent)
{
    struct view v = {};
    for (size_t i = 0; i < sizeof(RESULTS) / sizeof(*RESULTS); i++)
        view_range(&v, l, &RESULTS[i], false);
    if (may_be_absent)
        add_case(&v, false, 0, 0);
    return v;
}

/* evt.res: SUCCESS or the name of an error, of which any may exist. */
static struct view view_error_name(const struct leaf *l, bool may_be_absent)
{
    static const struct word success[] = {{.text = "SUCCESS"}};
    const struct words w = {.v = success, .n = 1};
    const struct range *failed = &RESULTS[RESULT_FAILED];
    struct view v = {};
    bool holds, fails;
    add_case(&v, eval_leaf(l, &VALUE_OF_STR(STR("SUCCESS"))), BIT(FILTER_OK), BIT(FILTER_FAILED));
    try_other(l, &w, &holds, &fails);
    if (holds)
        add_case(&v, true, failed->yes, failed->no);
    if (fails)
        add_case(&v, false, failed->yes, failed->no);
    if (may_be_absent)
        add_case(&v, false, 0, 0);
    return v;
}

static struct view view_failed(const struct leaf *l, bool may_be_absent)
{
    struct view v = {};
    add_case(&v, eval_leaf(l, &VALUE_OF_BOOL(true)), BIT(FILTER_FAILED), BIT(FILTER_OK));
    add_case(&v, eval_leaf(l, &VALUE_OF_BOOL(false)), BIT(FILTER_OK), BIT(FILTER_FAILED));
    if (may_be_absent)
        add_case(&v, false, 0, 0);
    return v;
}

/* Parameters */

struct param {
    enum event_type type;
    unsigned position;
    const char *name, *kind, *from;
};
static const struct param PARAMS[] = {
#define PARAM(event, position, name, kind, words, from) {EVENT_##event, position, name, #kind, #from},
#include "event/param.def"
#undef PARAM
};

static const struct param *find_param(enum event_type t, const struct field_ref *ref, bool *ret_has_params)
{
    *ret_has_params = false;
    for (size_t i = 0; i < sizeof(PARAMS) / sizeof(*PARAMS); i++) {
        const struct param *p = &PARAMS[i];
        *ret_has_params |= p->type == t;
        if (p->type == t && (ref->arg_is_index ? p->position == ref->index : str_is(ref->arg, p->name)))
            return p;
    }
    return NULL;
}

/* Whether evt.rawres and its like are there: in every system call. */
static bool has_result(enum event_type t)
{
    const int kind = record_kind_of(t);
    return kind >= 0 && kind < RECORD_KIND_OTHER;
}

/* Whether FILTER_DOTDOT tells of the path as the call was given it. */
static bool tells_dotdot(enum event_type t)
{
    return record_kind_traits(t) & RECORD_IS_OPEN && t != EVENT_OPEN_BY_HANDLE_AT;
}

/* As written a path need not be normal, while the kernel side may have looked at it made normal. */
static struct view view_raw_path(const struct leaf *l, enum event_type t)
{
    struct view v = BLANK;
    if (tells_dotdot(t) && spot_holds_constant(l, STR("..")))
        v.hold.yes = BIT(FILTER_DOTDOT);
    return v;
}

/* What a leaf over a path, a port or an address asks for; the same for every type. */
enum spot_kind { SPOT_PATH, SPOT_WRITTEN, SPOT_FOLDER, SPOT_NAME, SPOT_PORT, SPOT_ADDRESS };
static uint32_t set_of(const struct viewer *viewer, const struct leaf *l, enum spot_kind kind)
{
    uint32_t *known = &viewer->sets[l - viewer->program->leaves];
    struct spots *s = viewer->spots;
    if (!*known)
        *known = 1 + (l->n_constants > SPOTS_SET_MAX ? SPOTS_ANY
                      : kind == SPOT_PORT            ? spot_of_port(s, l)
                      : kind == SPOT_ADDRESS         ? spot_of_address(s, l)
                      : kind == SPOT_WRITTEN         ? spot_of_path(s, l, PATH_WRITTEN)
                      : kind == SPOT_FOLDER          ? spot_of_path(s, l, PATH_FOLDER)
                      : kind == SPOT_NAME            ? spot_of_path(s, l, PATH_NAME)
                                                     : spot_of_path(s, l, PATH_WHOLE));
    return *known - 1;
}

static struct view view_spot(const struct viewer *viewer, const struct leaf *l, enum spot_kind kind)
{
    struct view v = BLANK;
    v.hold.spots = set_of(viewer, l, kind);
    return v;
}

/*
 * A path that is given as it was written when that is absolute. With ".." in it, it lies elsewhere: an open then tells so, and
 * of other calls such a path cannot be told.
 */
static struct view view_written(const struct viewer *viewer, const struct leaf *l, enum event_type t)
{
    struct view v = view_spot(viewer, l, SPOT_WRITTEN);
    v.holds_else = tells_dotdot(t) && v.hold.spots;
    v.hold_else.yes = BIT(FILTER_DOTDOT);
    return v;
}

/* A parameter that prints as words with bars between; `word` is the one that the fact stands for. */
static struct view view_word_of(const struct leaf *l, const char *word, uint64_t fact)
{
    struct view v = BLANK;
    if (spot_holds_constant(l, str_from(word)))
        v.hold.yes = fact;
    if (l->op == OP_CONTAINS && l->n_constants == 1 && str_is(l->texts[0], word))
        v.fail.no = fact;
    return v;
}

static struct view view_param(const struct viewer *viewer, const struct leaf *l, const struct field_ref *ref, enum event_type t)
{
    bool has_params;
    const struct param *p = find_param(t, ref, &has_params);
    if (!p)
        return has_params || !(ref->arg_is_index ? !ref->index : str_is(ref->arg, "res") || str_is(ref->arg, "fd")) ? NEVER
                                                                                                              : BLANK;
    if (!strcmp(p->from, "BLOCK") &&
        (!strcmp(p->kind, "FSPATH") || !strcmp(p->kind, "FSRELPATH") || !strcmp(p->name, "target")))
        return !(record_kind_traits(t) & RECORD_HAS_PATH) ? BLANK
               : ref->id == F_EVT_RAWARG                  ? view_raw_path(l, t)
                                                          : view_written(viewer, l, t);
    if (record_kind_traits(t) & RECORD_IS_OPEN && !strcmp(p->name, "flags"))
        return view_word_of(l, "O_TRUNC", BIT(FILTER_TRUNC));
    if (t == EVENT_SOCKET && !strcmp(p->name, "domain"))
        return view_word_of(l, "AF_PACKET", BIT(FILTER_PACKET));
    return BLANK;
}

/* Addresses */

static bool covers_net(const struct leaf *l, const char *text)
{
    struct net inner;
    if (!net_from_str(str_from(text), &inner))
        return false;
    for (size_t k = 0; k < l->n_constants; k++) {
        const struct value *v = &l->constants[k];
        if ((v->type == VALUE_NET || v->type == VALUE_IP) && v->net->prefix <= inner.prefix && net_contains(v->net, &inner))
            return true;
    }
    return false;
}

static struct view view_address(const struct viewer *viewer, const struct leaf *l, enum field_id field)
{
    struct view v = BLANK;
    const bool either = field == F_FD_IP || field == F_FD_NET, server = field == F_FD_SIP || field == F_FD_SNET;
    const bool is_one_of = l->op == OP_EQ || l->op == OP_EQ2 || l->op == OP_IN || l->op == OP_INTERSECTS;
    if (is_one_of)
        v.hold.spots = set_of(viewer, l, SPOT_ADDRESS);
    if (l->modifier != MOD_NONE)
        return v;
    /* Of "either end" no end is in the network: it differs from it, or is none of it. */
    if (either && covers_net(l, "127.0.0.0/8")) {
        if (l->op == OP_NE)
            v.hold.no = BIT(FILTER_LOOPBACK);
        else if (is_one_of)
            v.fail.no = BIT(FILTER_LOOPBACK);
    }
    if (server && is_one_of && covers_net(l, "10.0.0.0/8") && covers_net(l, "172.16.0.0/12") &&
        covers_net(l, "192.168.0.0/16"))
        v.fail.no = BIT(FILTER_PRIVATE);
    return v;
}

/* Fields that the type alone decides, and container.id */

static struct view view_constant(const struct leaf *l, const struct operand *o, enum event_type t)
{
    struct value value = {};
    struct view v = {};
    if (event_get(&(struct event){.type = t}, &o->ref, &value) != 1)
        return NEVER;
    add_case(&v, eval_leaf(l, &value), 0, 0);
    return v;
}

static struct view view_text_or_absent(const struct leaf *l, const char *text)
{
    struct view v = NEVER;
    add_case(&v, eval_leaf(l, &VALUE_OF_STR(str_from(text))), 0, 0);
    return v;
}

static struct view view_container(const struct leaf *l)
{
    static const struct word host[] = {{"host", BIT(FILTER_HOST), false}};
    return view_words(l, &(struct words){.group = BIT(FILTER_HOST), .v = host, .n = 1}, false);
}

static struct view view_opened(const struct leaf *l, uint64_t fact, unsigned traits)
{
    return view_flag(l, fact, traits & RECORD_IS_OPEN);
}

/* A plain field with constants on the right. */
static struct view view_field(const struct viewer *viewer, const struct leaf *l, const struct operand *o, enum event_type t)
{
    const unsigned traits = record_kind_traits(t);
    const bool has_socket = traits & RECORD_HAS_SOCKET;
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(*WORDS); i++)
        if (WORDS[i].field == o->ref.id)
            return view_words(l, &WORDS[i], has_socket);
    switch (o->ref.id) {
    case F_EVT_TYPE_IS:
    case F_EVT_SOURCE:
    case F_EVT_IS_ASYNC:
    case F_EVT_ASYNCTYPE:
        return view_constant(l, o, t);
    case F_EVT_DIR:
        return view_text_or_absent(l, "<");
    case F_SYSCALL_TYPE:
        return view_text_or_absent(l, event_type_name(t));
    case F_EVT_NUM: {
        struct view v = {};
        view_range(&v, l, &(struct range){.from = 1, .to = INT64_MAX}, true);
        return v;
    }
    case F_EVT_RAWRES:
        return view_result(l, !has_result(t));
    case F_EVT_RES:
        return view_error_name(l, !has_result(t));
    case F_EVT_FAILED:
        return view_failed(l, !has_result(t));
    case F_FD_NUM:
        return traits & RECORD_IS_OPEN ? view_result(l, true) : BLANK;
    case F_EVT_IS_OPEN_READ:
        return view_opened(l, BIT(FILTER_READ), traits);
    case F_EVT_IS_OPEN_WRITE:
        return view_opened(l, BIT(FILTER_WRITE), traits);
    case F_EVT_IS_OPEN_CREATE:
        return view_opened(l, BIT(FILTER_CREATED), traits);
    case F_EVT_IS_OPEN_EXEC:
        return view_opened(l, BIT(FILTER_EXECUTABLE), traits);
    case F_FD_CONNECTED:
        return view_flag(l, BIT(FILTER_CONNECTED), has_socket);
    case F_FD_NAME_CHANGED:
        return view_flag(l, BIT(FILTER_NAME_CHANGED), has_socket);
    case F_FD_NAMERAW:
    case F_FS_PATH_NAMERAW:
    case F_FS_PATH_SOURCERAW:
    case F_FS_PATH_TARGETRAW:
        return view_raw_path(l, t);
    case F_FD_NAME:
    case F_FS_PATH_NAME:
    case F_FS_PATH_SOURCE:
    case F_EVT_ABSPATH:
        return view_spot(viewer, l, SPOT_PATH);
    case F_FS_PATH_TARGET: /* of a symbolic link what it says */
        return view_written(viewer, l, t);
    case F_FD_DIRECTORY:
        return view_spot(viewer, l, SPOT_FOLDER);
    case F_FD_FILENAME:
        return view_spot(viewer, l, SPOT_NAME);
    case F_EVT_ARG:
    case F_EVT_RAWARG:
        return view_param(viewer, l, &o->ref, t);
    case F_FD_PORT:
    case F_FD_CPORT:
    case F_FD_SPORT:
    case F_FD_LPORT:
    case F_FD_RPORT:
        return view_spot(viewer, l, SPOT_PORT);
    case F_FD_IP:
    case F_FD_CIP:
    case F_FD_SIP:
    case F_FD_LIP:
    case F_FD_RIP:
    case F_FD_NET:
    case F_FD_CNET:
    case F_FD_SNET:
    case F_FD_LNET:
    case F_FD_RNET:
        return view_address(viewer, l, o->ref.id);
    case F_CONTAINER_ID:
        return view_container(l);
    default:
        return BLANK;
    }
}

/* Whether events of the type may hold what was read or written. */
static bool has_data(enum event_type t)
{
    bool has_params;
    const struct param *p = find_param(t, &(struct field_ref){.has_arg = true, .arg = STR("data")}, &has_params);
    return p && !strcmp(p->from, "DATA");
}

/* Whether no event of the type has the field. */
static bool is_absent(const struct operand *o, enum event_type t)
{
    const unsigned traits = record_kind_traits(t);
    switch (o->ref.id) {
    case F_FD_NUM ... F_FD_FILENAME:
    case F_FD_UID ... F_FD_CONTAINERDIRECTORY:
    case F_FD_DEV ... F_FD_NAMERAW:
    case F_FD_IS_UPPER_LAYER ... F_FD_IS_LOWER_LAYER:
        return !(traits & RECORD_HAS_FD);
    case F_FD_L4PROTO ... F_FD_IS_SERVER:
    case F_FD_CONNECTED ... F_FD_NAME_CHANGED:
        return !(traits & RECORD_HAS_FD);
    case F_FD_IP ... F_FD_RPORT:
    case F_FD_PROTO ... F_FD_RNET:
    case F_FD_CIP_NAME ... F_FD_RIP_NAME:
        return !(traits & RECORD_HAS_SOCKET);
    case F_FS_PATH_NAME ... F_FS_PATH_TARGETRAW:
        return !(traits & (RECORD_HAS_FD | RECORD_HAS_PATH));
    case F_EVT_ABSPATH:
        return !(traits & RECORD_HAS_PATH);
    case F_EVT_BUFFER:
        return !has_data(t);
    default:
        return false;
    }
}

void viewer_init(struct viewer *v, const struct program *p)
{
    *v = (struct viewer){p, spots_new(), xalloc(p->n_leaves * sizeof(*v->sets))};
}

void viewer_done(struct viewer *v)
{
    v->spots = spots_free(v->spots);
    free(v->sets);
    v->sets = NULL;
}

struct view viewer_look(const struct viewer *viewer, uint32_t leaf, enum event_type t)
{
    const struct leaf *l = &viewer->program->leaves[leaf];
    const struct operand *o = &viewer->program->operands[l->left];
    if (l->is_type_test) {
        const bool holds = l->types[t / 64] >> (t % 64) & 1;
        return (struct view){.can_hold = holds, .can_fail = !holds};
    }
    if (o->transformer != TR_NONE || o->is_literal)
        return BLANK;
    if (is_absent(o, t))
        return NEVER;
    if (l->op == OP_EXISTS || l->right != PROGRAM_NONE)
        return BLANK;
    if (!l->n_constants)
        return NEVER;
    return view_field(viewer, l, o, t);
}

bool viewer_is_own(const struct viewer *viewer, uint32_t leaf, enum event_type t)
{
    const struct leaf *l = &viewer->program->leaves[leaf];
    bool has_params;
    if (l->is_type_test)
        return false;
    if (t == EVENT_OPEN_BY_HANDLE_AT || record_kind_of(t) >= RECORD_KIND_OTHER)
        return true;
    switch (viewer->program->operands[l->left].ref.id) {
    case F_EVT_TYPE_IS:
    case F_EVT_SOURCE:
    case F_EVT_IS_ASYNC:
    case F_EVT_ASYNCTYPE:
    case F_SYSCALL_TYPE:
    case F_EVT_BUFFER:
        return true;
    case F_EVT_ARG:
    case F_EVT_RAWARG:
        (void)find_param(t, &(struct field_ref){.arg_is_index = true, .index = UINT32_MAX}, &has_params);
        return has_params;
    default:
        return false;
    }
}
