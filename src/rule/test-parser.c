// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "harness/test.h"
#include "rule/limits.h"
#include "rule/parser.h"

static void dump_operand(struct strbuf *b, const struct operand *o)
{
    if (o->is_literal) {
        strbuf_printf(b, "'%.*s'", STR_ARG(o->literal));
        return;
    }
    strbuf_add(b, o->name);
    if (o->transformer != TR_NONE) {
        strbuf_printf(b, "%s{", transformer_name(o->transformer));
        for (size_t i = 0; i < o->n_args; i++) {
            strbuf_adds(b, i ? " " : "");
            dump_operand(b, o->args[i]);
        }
        strbuf_addc(b, '}');
    }
    if (o->has_arg)
        strbuf_printf(b, "[%.*s]", STR_ARG(o->arg));
}

/* The tree as text: every choice of the grammar shows. */
static void dump(struct strbuf *b, const struct ast *a)
{
    static const char *const names[] = {[AST_AND] = "and", [AST_OR] = "or", [AST_NOT] = "not"};
    switch (a->kind) {
    case AST_AND:
    case AST_OR:
    case AST_NOT:
        strbuf_printf(b, "(%s", names[a->kind]);
        for (size_t i = 0; i < a->n_children; i++) {
            strbuf_addc(b, ' ');
            dump(b, a->children[i]);
        }
        strbuf_addc(b, ')');
        break;
    case AST_MACRO:
        strbuf_printf(b, "@%.*s", STR_ARG(a->macro));
        break;
    case AST_UNARY:
    case AST_CHECK:
        strbuf_addc(b, '<');
        dump_operand(b, a->left);
        strbuf_printf(b, " %s", operator_name(a->op));
        if (a->modifier != MOD_NONE)
            strbuf_printf(b, " %s", list_modifier_name(a->modifier));
        if (a->is_list)
            strbuf_adds(b, " list");
        for (size_t i = 0; i < a->n_literals; i++) {
            strbuf_printf(b, a->literals[i].quoted ? " \"" : " ");
            text_add_safe(b, a->literals[i].text);
            strbuf_adds(b, a->literals[i].quoted ? "\"" : "");
        }
        if (a->right) {
            strbuf_addc(b, ' ');
            dump_operand(b, a->right);
        }
        strbuf_addc(b, '>');
        break;
    }
}

static void parses(const char *text, const char *want)
{
    _cleanup_(arena_done) struct arena arena = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct parse_error err;
    struct ast *a = NULL;
    if (parser_parse(str_from(text), 1, &arena, &a, &err))
        test_fail(text, (int)err.offset, "%.*s", STR_ARG(err.message));
    dump(&b, a);
    CHECK_STR(strbuf_str(&b), want);
}

/* `marked` has '^' in front of the byte that the error must point to. */
static void refuses(const char *marked, const char *message)
{
    _cleanup_(arena_done) struct arena arena = {};
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct parse_error err;
    struct ast *a = NULL;
    const char *caret = strchr(marked, '^');
    CHECK(caret);
    strbuf_add(&text, str_n(marked, (size_t)(caret - marked)));
    strbuf_adds(&text, caret + 1);
    CHECK_INT(parser_parse(strbuf_str(&text), 1, &arena, &a, &err), -EINVAL);
    CHECK(!a);
    CHECK_STR(err.message, message);
    CHECK(err.cure.n > 0);
    CHECK_INT(err.offset, caret - marked);
}

TEST(expressions)
{
    parses("proc.name=sh", "<proc.name = sh>");
    parses("  a.b = 1 \n", "<a.b = 1>");
    parses("m", "@m");
    parses("a and b or c and d", "(or (and @a @b) (and @c @d))");
    parses("a and (b or c)", "(and @a (or @b @c))");
    parses("not a", "(not @a)");
    parses("not not a", "@a");
    parses("not not not a", "(not @a)");
    parses("not(a)", "(not @a)");
    parses("not (a or b) and c", "(and (not (or @a @b)) @c)");
    parses("a or(b)and(c)", "(or @a (and @b @c))");
    parses("(((a)))", "@a");
    parses("a\nand\tb", "(and @a @b)");
    parses("order and android or nothing", "(or (and @order @android) @nothing)");
}

TEST(fields)
{
    parses("evt.arg.flags exists", "<evt.arg.flags exists>");
    parses("proc.aname[2]=sh", "<proc.aname[2] = sh>");
    parses("proc.env[\"a b\"] exists", "<proc.env[a b] exists>");
    parses("json.value[/a/b-c]=x", "<json.value[/a/b-c] = x>");
    parses("container.mount.dest[/proc*] exists", "<container.mount.dest[/proc*] exists>");
}

TEST(every_operator_takes_the_longest_spelling)
{
    parses("a.b = x", "<a.b = x>");
    parses("a.b == x", "<a.b == x>");
    parses("a.b==x", "<a.b == x>");
    parses("a.b != x", "<a.b != x>");
    parses("a.b < 1", "<a.b < 1>");
    parses("a.b<=1", "<a.b <= 1>");
    parses("a.b > 1", "<a.b > 1>");
    parses("a.b >= 1", "<a.b >= 1>");
    parses("a.b contains x", "<a.b contains x>");
    parses("a.b icontains x", "<a.b icontains x>");
    parses("a.b bcontains x", "<a.b bcontains x>");
    parses("a.b startswith /x", "<a.b startswith /x>");
    parses("a.b bstartswith 7f45", "<a.b bstartswith 7f45>");
    parses("a.b endswith .so", "<a.b endswith .so>");
    parses("a.b glob /*/x", "<a.b glob /*/x>");
    parses("a.b iglob x", "<a.b iglob x>");
    parses("a.b regex 'x+'", "<a.b regex \"x+\">");
    parses("a.b in (x)", "<a.b in list x>");
    parses("a.b intersects (x,y)", "<a.b intersects list x y>");
    parses("a.b pmatch (/x)", "<a.b pmatch list /x>");
    parses("a.b exists", "<a.b exists>");
}

TEST(values)
{
    parses("a.b=x.y/z*[0]{}", "<a.b = x.y/z*[0]{}>");
    parses("a.b=\"x y\"", "<a.b = \"x y\">");
    parses("a.b='it is \"so\"'", "<a.b = \"it is \"so\"\">");
    parses("a.b=\"\"", "<a.b = \"\">");
    parses("a.b='\\\\ \\\" \\' \\/ \\x41 \\t'", "<a.b = \"\\ \" ' / A \\x09\">");
    parses("a.b='x\\ y'", "<a.b = \"x\\y\">");
    parses("a.b=tolower", "<a.b = tolower>");
    parses("a.b=anyof", "<a.b = anyof>");
    parses("a.b>=-1.5e+3", "<a.b >= -1.5e+3>");
    parses("(a.b<0xfF)", "<a.b < 0xfF>");
}

TEST(lists)
{
    parses("a.b in ()", "<a.b in list>");
    parses("a.b in ( x , 'y z',1 )", "<a.b in list x \"y z\" 1>");
    parses("a.b in(x)", "<a.b in list x>");
    parses("a.b in name_of_list", "<a.b in list name_of_list>");
    parses("a.b contains oneof (x, y)", "<a.b contains oneof list x y>");
    parses("a.b = anyof(x)", "<a.b = anyof list x>");
    parses("a.b startswith allof ()", "<a.b startswith allof list>");
    parses("a.b > anyof (1, 2)", "<a.b > anyof list 1 2>");
}

TEST(transformers)
{
    parses("tolower(a.b) = x", "<tolower{a.b} = x>");
    parses("toupper( tolower( a.b[1] ) ) = x", "<toupper{tolower{a.b[1]}} = x>");
    parses("a.b = val(c.d)", "<a.b = val{c.d}>");
    parses("a.b = val( c.d[1] )", "<a.b = val{c.d[1]}>");
    parses("a.b = basename(c.d)", "<a.b = basename{c.d}>");
    parses("a.b in val(c.d)", "<a.b in val{c.d}>");
    parses("a.b > len(c.d)", "<a.b > len{c.d}>");
    parses("concat(a.b, \":\", a.c) in (\"x:1\")", "<concat{a.b ':' a.c} in list \"x:1\">");
    parses("concat(\"p\", a.b, 80)=x", "<concat{'p' a.b '80'} = x>");
    parses("join(a.b, \"->\") contains x", "<join{a.b '->'} contains x>");
    parses("join( \"->\" , ( a.b , 'c',join(\",\",())) ) = x", "<join{'->' a.b 'c' join{','}} = x>");
    parses("getopt(proc.args, \"nt:\")[t] = v", "<getopt{proc.args 'nt:'}[t] = v>");
    parses("getopt(proc.args, \"nt:\") intersects (n, t)", "<getopt{proc.args 'nt:'} intersects list n t>");
}

TEST(expressions_that_are_wrong)
{
    refuses("^", "expected a check, found the end");
    refuses("a and ^", "expected a check, found the end");
    refuses("a ^b", "expected 'and', 'or' or the end, found \"b\"");
    refuses("a^)", "expected 'and', 'or' or the end, found ')'");
    refuses("^(a or b", "this '(' is never closed");
    refuses("(a ^b)", "expected 'and', 'or' or ')', found \"b\"");
    refuses("a or ^and b", "expected a check, found 'and'");
    refuses("not^", "expected a check, found the end");
    refuses("(^)", "expected a check, found ')'");
    refuses("^= x", "expected a check, found '='");
    refuses("^a = x", "\"a\" is no field, and a macro takes no operator");
    refuses("^lower(a.b) = x", "there is no transformer lower()");
    refuses("a and ^val(a.b) = x", "val() stands on the right of an operator only");
}

TEST(checks_that_are_wrong)
{
    refuses("a.b ^", "expected an operator after the field, found the end");
    refuses("a.b ^contain x", "expected an operator after the field, found \"contain\"");
    refuses("a.b ^inside (x)", "expected an operator after the field, found \"inside\"");
    refuses("a.b = ^", "expected a value after '=', found the end");
    refuses("a.b = ^(x)", "expected a value after '=', found '('");
    refuses("a.b = ^'x", "the quote opened here is never closed");
    refuses("a.b = ^'x\\'", "the quote opened here is never closed");
    refuses("a.b = 'x^\\q'", "unknown escape");
    refuses("a.b = 'x^\\xg1'", "unknown escape");
    refuses("a.b > ^x", "expected a number after '>', found \"x\"");
    refuses("a.b > ^12x", "expected a number after '>', found \"12x\"");
    refuses("a.b > ^0x", "expected a number after '>', found \"0x\"");
    refuses("a.b in ^'x'", "expected a list after 'in', found '''");
    refuses("a.b in (x ^y)", "expected ',' or ')' in the list");
    refuses("a.b in (x,^)", "a value is missing after the last comma of the list");
    refuses("a.b in (^,x)", "expected a value of the list");
    refuses("a.b in ^(x, y", "this list is never closed");
    refuses("a.b in ^(x,", "this list is never closed");
    refuses("a.b in (x, ^'y)", "the quote opened here is never closed");
    refuses("a.b = x ^y z", "expected 'and', 'or' or the end, found \"y\"");
    refuses("a.b[^] = x", "expected an argument after '['");
    refuses("a.b^[1 = x", "this '[' is never closed");
    refuses("a.b[^'1] = x", "the quote opened here is never closed");
    refuses("tolower^(a.b = x", "this '(' of tolower() is never closed");
    refuses("tolower(^) = x", "expected a field, found ')'");
    refuses("tolower(^'x') = x", "expected a field, found '''");
    refuses("a.b = val(^x)", "val() takes the name of one field");
    refuses("a.b = val^(c.d, e.f)", "this '(' of val() is never closed");
    refuses("a.b = val(^tolower(c.d))", "val() takes the name of one field");
}

static void refuses_built(struct strbuf *text, const char *message)
{
    _cleanup_(arena_done) struct arena arena = {};
    struct parse_error err;
    struct ast *a = NULL;
    CHECK_INT(parser_parse(strbuf_str(text), 1, &arena, &a, &err), -EINVAL);
    CHECK_STR(err.message, message);
}

TEST(depth_is_bounded)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, '(', 100'000);
    refuses_built(&b, "the condition is nested more than 1000 deep");
    strbuf_clear(&b);
    for (int i = 0; i < 10'000; i++)
        strbuf_adds(&b, "tolower(");
    refuses_built(&b, "the condition is nested more than 1000 deep");
    strbuf_clear(&b);
    for (int i = 0; i < 100'000; i++)
        strbuf_adds(&b, "not(");
    refuses_built(&b, "the condition is nested more than 1000 deep");
}

TEST(nodes_and_arguments_are_bounded)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (int i = 0; i <= RULE_NODES; i++)
        strbuf_adds(&b, i ? " or a" : "a");
    refuses_built(&b, "the condition has more than 50000 parts");
    strbuf_clear(&b);
    strbuf_adds(&b, "concat(");
    for (int i = 0; i <= RULE_ARGS; i++)
        strbuf_adds(&b, i ? ", a.b" : "a.b");
    refuses_built(&b, "more than 64 arguments of concat()");
}

TEST(places_point_to_the_beginning)
{
    _cleanup_(arena_done) struct arena arena = {};
    struct parse_error err;
    struct ast *a = NULL;
    CHECK_INT(parser_parse(STR("m and  a.b in (x, 'y')"), 7, &arena, &a, &err), 0);
    const struct ast *check = a->children[1];
    CHECK_INT(check->place.text, 7);
    CHECK_INT(check->place.offset, 7);
    CHECK_INT(check->left->place.offset, 7);
    CHECK_INT(check->literals[1].place.offset, 18);
}
