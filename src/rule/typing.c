// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/intl.h"
#include "rule/parser.h"
#include "rule/typing.h"

bool typing_is_number(enum value_type type)
{
    return type == VALUE_INT || type == VALUE_UINT || type == VALUE_DOUBLE || type == VALUE_PORT ||
           type == VALUE_TIME || type == VALUE_DURATION;
}

static bool is_text(enum value_type type)
{
    return type == VALUE_STRING || type == VALUE_BYTES || type == VALUE_DYNAMIC;
}

static bool is_address(enum value_type type)
{
    return type == VALUE_IP || type == VALUE_NET;
}

bool typing_is_any(const struct operand *o)
{
    return o->transformer == TR_NONE && !o->is_literal &&
           (FIELDS[o->ref.id].flags & (o->ref.has_arg ? FIELD_ANY_ARG : FIELD_ANY));
}

bool typing_takes(enum operator op, enum value_type type, bool is_list)
{
    /* Of texts one is enough for the operators that Falco does not have, and for those that fold case. */
    const bool is_folded = op == OP_IEQUALS || op == OP_ISTARTSWITH || op == OP_IENDSWITH || op == OP_ICONTAINS || op == OP_IGLOB || op == OP_MATCHES;
    if (is_list)
        return op == OP_EXISTS || op == OP_IN || op == OP_INTERSECTS || (is_folded && type == VALUE_STRING);
    switch (op) {
    case OP_EXISTS:
    case OP_EQ:
    case OP_EQ2:
    case OP_NE:
    case OP_IN:
    case OP_INTERSECTS:
        return true;
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return typing_is_number(type) || type == VALUE_STRING || type == VALUE_DYNAMIC;
    case OP_CONTAINS:
    case OP_BCONTAINS:
    case OP_STARTSWITH:
    case OP_BSTARTSWITH:
    case OP_ENDSWITH:
        return is_text(type);
    case OP_ICONTAINS:
    case OP_GLOB:
    case OP_IGLOB:
    case OP_REGEX:
    case OP_PMATCH:
    case OP_IEQUALS:
    case OP_ISTARTSWITH:
    case OP_IENDSWITH:
    case OP_MATCHES:
    case OP_CIDR:
        return type == VALUE_STRING || type == VALUE_DYNAMIC;
    case OP__N:
        break;
    }
    return false;
}

bool typing_takes_modifier(enum operator op)
{
    return op != OP_EXISTS && op != OP_IN && op != OP_INTERSECTS && op != OP_CIDR;
}

bool typing_pair(enum operator op, const struct operand *left, const struct operand *right)
{
    enum value_type a = left->type, b = right->type;
    /* A pattern is compiled with the rule: it cannot come from an event. */
    if (op == OP_EXISTS || op == OP_GLOB || op == OP_IGLOB || op == OP_REGEX || op == OP_BCONTAINS ||
        op == OP_BSTARTSWITH || op == OP_MATCHES || op == OP_CIDR)
        return false;
    if (right->is_list && op != OP_IN && op != OP_INTERSECTS && op != OP_PMATCH)
        return false;
    return (is_text(a) && is_text(b)) || (typing_is_number(a) && typing_is_number(b)) ||
           (is_address(a) && is_address(b)) || (a == VALUE_BOOL && b == VALUE_BOOL) ||
           (a == VALUE_DYNAMIC && typing_is_number(b)) || (typing_is_number(a) && b == VALUE_DYNAMIC);
}

/* Fields */

static int fail(struct typing_error *e, struct arena *a, const char *cure, const char *fmt, struct str name)
    __attribute__((__format__(__printf__, 4, 0)));
static int fail(struct typing_error *e, struct arena *a, const char *cure, const char *fmt, struct str name)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    e->message = arena_printf(a, intl_text(fmt), STR_ARG(name));
#pragma GCC diagnostic pop
    e->cure = cure ? arena_str(a, str_from(cure)) : STR_NULL;
    return -EINVAL;
}

/* evt.arg.flags: the longest known name before a dot that takes its argument so. */
static enum field_id field_before_dot(struct str name, struct str *ret_arg)
{
    for (size_t n = name.n; n-- > 1;) {
        if (name.p[n] != '.')
            continue;
        enum field_id id = field_from(str_n(name.p, n));
        if (id >= 0 && (FIELDS[id].flags & FIELD_ARG_DOT) && n + 1 < name.n) {
            *ret_arg = str_sub(name, n + 1, name.n);
            return id;
        }
    }
    return FIELD__INVALID;
}

static struct str join_sources(struct arena *a, unsigned sources)
{
    struct str s = STR_NULL;
    for (int i = 0; i < SOURCE__N; i++)
        if (sources & 1U << i)
            s = s.n ? arena_printf(a, "%.*s, %s", STR_ARG(s), event_source_name((enum event_source)i))
                    : str_from(event_source_name((enum event_source)i));
    return s;
}

static int resolve_argument(struct operand *o, const struct field *f, struct arena *arena,
                            struct typing_error *e)
{
    const unsigned takes = FIELD_ARG_ALLOWED | FIELD_ARG_REQUIRED;
    if (!o->has_arg) {
        if (f->flags & FIELD_ARG_REQUIRED)
            return fail(e, arena, N_("write the argument in brackets after the name"),
                        N_("field \"%.*s\" needs an argument"), o->name);
        return 0;
    }
    if (!(f->flags & takes))
        return fail(e, arena, N_("leave the brackets out"), N_("field \"%.*s\" takes no argument"), o->name);
    o->ref.has_arg = true;
    o->ref.arg = o->arg;
    uint64_t index;
    if (str_to_u64(o->arg, &index) && index <= UINT32_MAX && (f->flags & FIELD_ARG_INDEX)) {
        o->ref.arg_is_index = true;
        o->ref.index = (uint32_t)index;
    } else if (!(f->flags & FIELD_ARG_KEY)) {
        return fail(e, arena, N_("write a number such as [1]"),
                    N_("the argument of field \"%.*s\" is a position, not a name"), o->name);
    }
    if (o->ref.id == F_EVT_TYPE_IS && event_type_from(o->arg) < 0)
        return fail(e, arena, NULL, N_("unknown event type \"%.*s\""), o->arg);
    return 0;
}

static int resolve_field(struct operand *o, enum operand_use use, unsigned sources, struct arena *arena,
                         struct typing_error *e)
{
    enum field_id id = field_from(o->name);
    if (id < 0 && !o->has_arg && (id = field_before_dot(o->name, &o->arg)) >= 0)
        o->has_arg = true;
    if (id < 0) {
        const char *near = e->is_terse ? NULL : field_nearest(o->name);
        e->is_unknown_field = true;
        (void)fail(e, arena, NULL, N_("unknown field \"%.*s\""), o->name);
        if (near)
            e->cure = arena_printf(arena, _("did you mean \"%s\"?"), near);
        return -EINVAL;
    }
    const struct field *f = &FIELDS[id];
    o->ref = (struct field_ref){.id = id};
    o->family = field_family(id);
    o->brief = field_brief(id);
    o->is_of_kind = field_is_of_kind(id);
    if (!(f->sources & sources)) {
        e->is_unknown_field = true;
        (void)fail(e, arena, NULL, N_("field \"%.*s\" is not given by the source of this rule"), o->name);
        struct str given = join_sources(arena, f->sources);
        e->cure = arena_printf(arena, _("it is given by: %.*s"), STR_ARG(given));
        return -EINVAL;
    }
    if (f->flags & FIELD_TABLE_ONLY)
        return fail(e, arena, NULL, N_("field \"%.*s\" can be used neither in conditions nor in output"),
                    o->name);
    if (use == USE_OUTPUT && (f->flags & FIELD_FILTER_ONLY))
        return fail(e, arena, NULL, N_("field \"%.*s\" is for conditions only"), o->name);
    if (use != USE_OUTPUT && (f->flags & FIELD_PRINT_ONLY))
        return fail(e, arena, NULL, N_("field \"%.*s\" is for output only"), o->name);
    if (use == USE_RIGHT && (f->flags & FIELD_NO_RHS))
        return fail(e, arena, NULL, N_("field \"%.*s\" cannot stand on the right of an operator"), o->name);
    o->type = f->type;
    o->is_list = f->flags & FIELD_LIST;
    return resolve_argument(o, f, arena, e);
}

/* Transformers */

static bool is_textual(const struct operand *o)
{
    return o->is_literal || is_text(o->type);
}

static int check_arguments(const struct operand *o, struct arena *arena, struct typing_error *e)
{
    struct str name = str_from(transformer_name(o->transformer));
    const bool is_single = o->transformer <= TR_LEN || o->transformer >= TR_TEXT;
    if (o->n_args > TYPING_ARGS_MAX)
        return fail(e, arena, NULL, N_("%.*s() takes at most 16 arguments"), name);
    if (is_single && o->n_args != 1)
        return fail(e, arena, NULL, N_("%.*s() takes one field"), name);
    if (is_single && o->args[0]->is_literal)
        return fail(e, arena, NULL, N_("%.*s() takes a field, not a text"), name);
    for (size_t i = 0; i < o->n_args; i++) {
        const struct operand *arg = o->args[i];
        if (arg->transformer == TR_VAL)
            return fail(e, arena, N_("write the field itself"), N_("val() cannot stand inside %.*s()"), name);
        if (o->transformer != TR_VAL && arg->transformer == TR_NONE && !arg->is_literal &&
            (FIELDS[arg->ref.id].flags & FIELD_NO_TRANSFORMER))
            return fail(e, arena, NULL, N_("%.*s() cannot be used with this field"), name);
    }
    switch (o->transformer) {
    case TR_VAL:
        if (o->args[0]->transformer != TR_NONE)
            return fail(e, arena, N_("write the transformer without val()"), N_("%.*s() takes a field"), name);
        break;
    case TR_TOLOWER:
    case TR_TOUPPER:
    case TR_B64:
    case TR_BASENAME:
        if (!is_textual(o->args[0]))
            return fail(e, arena, NULL, N_("%.*s() takes a text field"), name);
        break;
    case TR_LEN:
        if (!is_textual(o->args[0]) && !o->args[0]->is_list)
            return fail(e, arena, NULL, N_("%.*s() takes a text or list field"), name);
        break;
    case TR_JOIN:
        if (!o->n_args || o->args[0]->is_list || !is_textual(o->args[0]))
            return fail(e, arena, N_("write join(\", \", field) or join(\", \", (a, b))"),
                        N_("%.*s() takes a separator and a list"), name);
        for (size_t i = 1; o->n_args > 2 && i < o->n_args; i++)
            if (o->args[i]->is_list)
                return fail(e, arena, N_("put join() around it"), N_("%.*s() takes no list inside a list"), name);
        break;
    case TR_CONCAT:
        if (o->n_args < 2)
            return fail(e, arena, NULL, N_("%.*s() takes two or more fields or texts"), name);
        for (size_t i = 0; i < o->n_args; i++)
            if (o->args[i]->is_list || !is_textual(o->args[i]))
                return fail(e, arena, o->args[i]->is_list ? N_("put join() around a list") : NULL,
                            N_("%.*s() takes text fields"), name);
        break;
    case TR_GETOPT:
        if (o->n_args != 2 || o->args[0]->is_literal || !is_textual(o->args[0]) || !o->args[1]->is_literal)
            return fail(e, arena, N_("write getopt(proc.args, \"ab:c\")[b]"),
                        N_("%.*s() takes a field and the option letters in quotes"), name);
        if (o->has_arg && (o->arg.n != 1 || o->arg.p[0] == ':'))
            return fail(e, arena, N_("write getopt(proc.args, \"ab:c\")[b]"),
                        N_("%.*s() takes one option letter in brackets"), name);
        break;
    case TR_NUMBER:
        if (!is_textual(o->args[0]))
            return fail(e, arena, N_("compare the field itself"), N_("%.*s() takes a text field"), name);
        break;
    case TR_MINUTE:
    case TR_HOUR:
    case TR_DAY:
    case TR_WEEK:
    case TR_MONTH:
    case TR_YEAR:
        if (!is_textual(o->args[0]) && o->args[0]->type != VALUE_TIME)
            return fail(e, arena, NULL, N_("%.*s() takes a time, or a text that is one"), name);
        break;
    case TR_TEXT:
    case TR_NONE:
    case TR__N:
        break;
    }
    if (o->has_arg && o->transformer != TR_GETOPT)
        return fail(e, arena, NULL, N_("%.*s() takes no argument in brackets"), name);
    return 0;
}

int typing_operand(struct operand *o, enum operand_use use, unsigned sources, struct arena *arena,
                   struct typing_error *e)
{
    *e = (struct typing_error){.is_terse = e->is_terse};
    if (o->is_literal) {
        o->type = VALUE_STRING;
        o->is_list = false;
        return 0;
    }
    if (o->transformer == TR_NONE)
        return resolve_field(o, use, sources, arena, e);
    if (o->transformer == TR_VAL && use != USE_RIGHT)
        return fail(e, arena, N_("write the field itself"), N_("%.*s() stands on the right of an operator only"),
                    STR("val"));
    int r = check_arguments(o, arena, e);
    if (r < 0)
        return r;
    const struct operand *first = o->args[0];
    o->type = o->transformer == TR_LEN || o->transformer >= TR_MINUTE ? VALUE_UINT
              : o->transformer == TR_NUMBER                           ? VALUE_DOUBLE
              : o->transformer == TR_VAL                              ? first->type
                                                                      : VALUE_STRING;
    o->is_list = o->transformer == TR_GETOPT ? !o->has_arg : transformer_is_map(o->transformer) && first->is_list;
    return 0;
}

/* Literals */

enum literal_form typing_form(enum operator op, enum value_type type)
{
    if (op == OP_BCONTAINS || op == OP_BSTARTSWITH)
        return FORM_HEX;
    if (op == OP_CIDR)
        return FORM_NET;
    if (is_text(type))
        return FORM_TEXT;
    return is_address(type) ? FORM_NET : FORM_VALUE;
}

bool typing_number(struct str s, struct value *ret)
{
    bool is_negative = s.n && s.p[0] == '-';
    if (is_negative)
        s = str_sub(s, 1, s.n);
    uint64_t u = 0;
    if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
        if (s.n > 2 + 16)
            return false;
        for (size_t i = 2; i < s.n; i++) {
            char c = s.p[i];
            int digit = c >= '0' && c <= '9'                     ? c - '0'
                        : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                 : -1;
            if (digit < 0)
                return false;
            u = u << 4 | (unsigned)digit;
        }
    } else if (!str_to_u64(s, &u)) {
        return false;
    }
    if (is_negative && u > (uint64_t)INT64_MAX + 1)
        return false;
    *ret = is_negative ? VALUE_OF_INT((int64_t)(0 - u)) : VALUE_OF_UINT(u);
    return true;
}

/* Decimal fraction in the C locale, whatever the program's is. */
bool typing_double(struct str s, double *ret)
{
    char text[64], *end;
    struct value v;
    if (typing_number(s, &v)) {
        *ret = v.type == VALUE_INT ? (double)v.i : (double)v.u;
        return true;
    }
    if (!s.n || s.n >= sizeof(text) || s.p[0] == ' ')
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return false;
    double d = strtod_l(text, &end, c);
    freelocale(c);
    if (end != text + s.n || !isfinite(d))
        return false;
    *ret = d;
    return true;
}

static int read_value(struct str s, enum value_type type, struct value *ret, const char **why)
{
    struct value n;
    switch (type) {
    case VALUE_BOOL:
        *why = N_("write true or false");
        if (!str_is(s, "true") && !str_is(s, "false"))
            return -EINVAL;
        *ret = VALUE_OF_BOOL(str_is(s, "true"));
        return 0;
    case VALUE_DOUBLE:
        *why = N_("write a number");
        ret->type = VALUE_DOUBLE;
        return typing_double(s, &ret->d) ? 0 : -EINVAL;
    case VALUE_INT:
        *why = N_("write a whole number, decimal or 0x…");
        if (!typing_number(s, &n) || (n.type == VALUE_UINT && n.u > INT64_MAX))
            return -EINVAL;
        *ret = VALUE_OF_INT(n.i);
        return 0;
    default:
        *why = type == VALUE_PORT ? N_("write a port from 0 to 65535")
               : type == VALUE_TIME || type == VALUE_DURATION
                   ? N_("write a whole number of nanoseconds")
                   : N_("write a whole number that is not negative, decimal or 0x…");
        if (!typing_number(s, &n) || n.type != VALUE_UINT || (type == VALUE_PORT && n.u > UINT16_MAX))
            return -EINVAL;
        *ret = (struct value){.type = type, .u = n.u};
        return 0;
    }
}

int typing_literal(struct str text, enum operator op, enum value_type type, struct arena *arena,
                   struct value *ret, const char **why)
{
    *why = "";
    *ret = (struct value){};
    switch (typing_form(op, type)) {
    case FORM_TEXT:
        if ((op == OP_GLOB || op == OP_IGLOB || op == OP_REGEX || op == OP_MATCHES) && text.n > TYPING_PATTERN_MAX) {
            *why = N_("the pattern is longer than 4096 bytes");
            return -EINVAL;
        }
        *ret = VALUE_OF_STR(text);
        return 0;
    case FORM_HEX: {
        uint8_t *bytes = arena_alloc(arena, text.n / 2 + 1);
        *why = N_("write bytes in hex, two digits each");
        if (text.n % 2 || !hex_decode(text, bytes))
            return -EINVAL;
        *ret = (struct value){.type = VALUE_BYTES, .s = str_n(bytes, text.n / 2)};
        return 0;
    }
    case FORM_NET: {
        struct net *net = arena_new(arena, struct net);
        *why = N_("write an address such as 10.0.0.1 or a network such as 10.0.0.0/8");
        if (!net_from_str(text, net))
            return -EINVAL;
        *ret = (struct value){.type = VALUE_NET, .net = net};
        return 0;
    }
    case FORM_VALUE:
        return read_value(text, type, ret, why);
    }
    return -EINVAL;
}
