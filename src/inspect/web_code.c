// SPDX-License-Identifier: Apache-2.0
/*
 * Code in pages. Calls are followed by their parentheses: which calls a token stands within tells whether what a visitor
 * sends is run, and whether a miner waits for a click. Variables carry what they were given on, by name, through the file.
 */
#include <ctype.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "inspect/web.h"

enum {
    OPEN_MAX = 256,         /* parentheses within each other */
    VARIABLES_MAX = 4096,   /* remembered per piece of code */
    DECODED_MAX = 4096,     /* literals decoded again per file */
    NUMBERS_MAX = 1 << 20,  /* bytes of one list of numbers */
    NUMBERS_MIN = 8,
    KEY_BYTES_MIN = 16,     /* of a site key */
    KEY_BYTES_SHORT = 4,    /* of one that stands where nothing but a site key does */
    CARRY_BYTES = 8 << 10,  /* of JavaScript, in which a variable stands for what it was given: a bundle has the same short names again and again */
    WRITTEN_MIN = 16,       /* of text that a script writes into its page */
    NESTED_MAX = 4,         /* pages in code in pages */
    SELECTOR_MAX = 256,
};

enum role {
    ROLE_NONE,
    ROLE_RUNS,       /* its argument, as code or command */
    ROLE_CLEANS,     /* what comes out can do no harm, or is only asked about */
    ROLE_DECODES,    /* may give the name of a function */
    ROLE_CALLS_BACK, /* runs a function that an argument names */
    ROLE_REPLACES,   /* runs its replacement where the pattern says so */
    ROLE_LISTENS,
    ROLE_ASKS,
    ROLE_SENDS, /* its argument, to some host */
};

static const struct {
    const char *name;
    const char *languages;
    enum role role;
} ROLES[] = {
    {"eval", "jpb", ROLE_RUNS},
    {"assert", "p", ROLE_RUNS},
    {"system", "p", ROLE_RUNS},
    {"exec", "jpa", ROLE_RUNS},
    {"execSync", "j", ROLE_RUNS},
    {"spawn", "j", ROLE_RUNS},
    {"spawnSync", "j", ROLE_RUNS},
    {"Function", "j", ROLE_RUNS},
    {"shell_exec", "p", ROLE_RUNS},
    {"passthru", "p", ROLE_RUNS},
    {"popen", "p", ROLE_RUNS},
    {"proc_open", "p", ROLE_RUNS},
    {"pcntl_exec", "p", ROLE_RUNS},
    {"create_function", "p", ROLE_RUNS},
    {"call_user_func", "p", ROLE_RUNS},
    {"call_user_func_array", "p", ROLE_RUNS},
    {"register_shutdown_function", "p", ROLE_RUNS},
    {"processbuilder", "a", ROLE_RUNS},
    {"defineclass", "a", ROLE_RUNS},
    {"exec", "b", ROLE_RUNS},
    {"execute", "b", ROLE_RUNS},
    {"executeglobal", "b", ROLE_RUNS},
    {"start", "b", ROLE_RUNS},
    {"processstartinfo", "b", ROLE_RUNS},
    {"intval", "p", ROLE_CLEANS},
    {"floatval", "p", ROLE_CLEANS},
    {"absint", "p", ROLE_CLEANS},
    {"escapeshellarg", "p", ROLE_CLEANS},
    {"escapeshellcmd", "p", ROLE_CLEANS},
    {"basename", "p", ROLE_CLEANS},
    {"isset", "p", ROLE_CLEANS},
    {"empty", "p", ROLE_CLEANS},
    {"md5", "p", ROLE_CLEANS},
    {"sha1", "p", ROLE_CLEANS},
    {"hash", "p", ROLE_CLEANS},
    {"count", "p", ROLE_CLEANS},
    {"strlen", "p", ROLE_CLEANS},
    {"in_array", "p", ROLE_CLEANS},
    {"is_numeric", "p", ROLE_CLEANS},
    {"is_array", "p", ROLE_CLEANS},
    {"preg_match", "p", ROLE_CLEANS},
    {"array_key_exists", "p", ROLE_CLEANS},
    {"filter_var", "p", ROLE_CLEANS},
    {"parseInt", "ja", ROLE_CLEANS},
    {"Number", "j", ROLE_CLEANS},
    {"base64_decode", "p", ROLE_DECODES},
    {"str_rot13", "p", ROLE_DECODES},
    {"strrev", "p", ROLE_DECODES},
    {"hex2bin", "p", ROLE_DECODES},
    {"gzinflate", "p", ROLE_DECODES},
    {"pack", "p", ROLE_DECODES},
    {"chr", "p", ROLE_DECODES},
    {"array_map", "p", ROLE_CALLS_BACK},
    {"array_filter", "p", ROLE_CALLS_BACK},
    {"array_walk", "p", ROLE_CALLS_BACK},
    {"array_reduce", "p", ROLE_CALLS_BACK},
    {"usort", "p", ROLE_CALLS_BACK},
    {"uasort", "p", ROLE_CALLS_BACK},
    {"uksort", "p", ROLE_CALLS_BACK},
    {"ob_start", "p", ROLE_CALLS_BACK},
    {"preg_replace_callback", "p", ROLE_CALLS_BACK},
    {"preg_replace", "p", ROLE_REPLACES},
    {"addEventListener", "j", ROLE_LISTENS},
    {"attachEvent", "j", ROLE_LISTENS},
    {"click", "j", ROLE_LISTENS},
    {"on", "j", ROLE_LISTENS},
    {"one", "j", ROLE_LISTENS},
    {"confirm", "j", ROLE_ASKS},
    {"sendBeacon", "j", ROLE_SENDS},
    {"fetch", "j", ROLE_SENDS},
    {"ajax", "j", ROLE_SENDS},
    {"axios", "j", ROLE_SENDS},
    {"send", "j", ROLE_SENDS},
    {"post", "j", ROLE_SENDS}, /* of jQuery; many other things have these members */
    {"get", "j", ROLE_SENDS},
    {"getJSON", "j", ROLE_SENDS},
};

/* Where what a visitor sends comes from; for the last two languages these are members of the request. */
static const struct {
    const char *name, *languages;
} SOURCES[] = {
    {"$_get", "p"},           {"$_post", "p"},          {"$_request", "p"},   {"$_cookie", "p"},
    {"$http_raw_post_data", "p"}, {"getallheaders", "p"}, {"apache_request_headers", "p"},
    {"getparameter", "a"},    {"getheader", "a"},       {"getquerystring", "a"}, {"getparametervalues", "a"},
    {"getreader", "a"},       {"getinputstream", "a"},
};

enum variable { VARIABLE_SENT = 1, VARIABLE_RUNS = 2, VARIABLE_SHELL = 4, VARIABLE_FORM = 8 };
enum { VARIABLE_BITS = 4 };

struct open {
    enum role role;
    struct str callee; /* in the code */
    bool is_click;     /* listens for a click */
    bool is_index;     /* a bracket */
    bool has_sent;     /* what a visitor sent stands among its arguments */
};

struct look {
    struct web *w;
    struct str code;
    size_t at; /* of the token at hand */
    enum code_language language;
    struct open open[OPEN_MAX];
    size_t depth;
    struct map variables; /* name → enum variable (what a visitor sent, what may name a function that runs things, a module that starts programs, what a form holds), and above VARIABLE_BITS where in the code it was given it */
    struct str before, before2; /* names: the last token, and the one before its dot; empty for other tokens */
    char mark;                  /* the last token when it was a mark */
    bool is_member;             /* the last name follows . or -> or :: */
    bool was_sent;              /* the last expression was what a visitor sent, written this deep: */
    size_t sent_depth;
    bool is_arrow;              /* the last two marks were -> or :: */
    bool is_indexing;           /* the bracket that was opened last follows a value */
    bool picks_card;            /* the running statement names a field for cards to jQuery */
    bool sets_source;           /* it assigns to .src */
    size_t passwords_end;       /* where "current-password" or "new-password" last stood, plus 1; 0: nowhere yet */
    size_t shell_end;           /* where the name of a module that starts programs last ended; 0: nowhere yet */
    struct str indexed;         /* x["name"]: that name, as x.name would be; in the arena */
    struct str assigned;        /* variable that the running statement assigns to */
    size_t assigned_depth;
    bool runs_statement; /* include, require, eval without parentheses: until the statement ends */
    struct str statement;
    /* The numbers of a list. */
    struct strbuf numbers;
    bool in_numbers;
    size_t numbers_from;
    /* A call of a constructor with a key. */
    struct strbuf constructor;
};

static bool is_for(const char *languages, enum code_language language)
{
    return strchr(languages, "jpaby"[language]);
}

static enum role role_of(const struct look *l, struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(ROLES); i++)
        if (is_for(ROLES[i].languages, l->language) &&
            (l->language == CODE_JAVASCRIPT ? str_is(name, ROLES[i].name) : str_eq_nocase(name, str_from(ROLES[i].name))))
            return ROLES[i].role;
    return ROLE_NONE;
}

static bool is_source_name(const struct look *l, struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(SOURCES); i++)
        if (is_for(SOURCES[i].languages, l->language) && str_eq_nocase(name, str_from(SOURCES[i].name)))
            return true;
    if (l->language == CODE_ASP)
        return str_eq_nocase(name, STR("request"));
    /* req.query.x, request.body */
    static const char *const MEMBERS[] = {"query", "body", "params", "headers", "cookies"};
    for (size_t i = 0; l->language == CODE_JAVASCRIPT && l->is_member && i < ARRAY_SIZE(MEMBERS); i++)
        if (str_is(name, MEMBERS[i]))
            return str_is(l->before2, "req") || str_is(l->before2, "request");
    return false;
}

static void give(struct look *l, struct str name, enum variable what)
{
    struct map_entry *e = l->variables.n < VARIABLES_MAX || map_has(&l->variables, name) ? map_put(&l->variables, name, NULL) : NULL;
    if (e)
        e->u64 = (e->u64 & ((1 << VARIABLE_BITS) - 1)) | what | (uint64_t)l->at << VARIABLE_BITS;
}

/* The variable that the statement assigns to holds such a thing from here on. */
static void carry(struct look *l, enum variable what)
{
    give(l, l->assigned, what);
}

/* Whether the name stands for such a thing here. A module that starts programs is named once, at the beginning. */
static bool stands_for(const struct look *l, struct str name, enum variable what)
{
    const struct map_entry *v = name.n ? map_get(&l->variables, name) : NULL;
    if (!v || !(v->u64 & what))
        return false;
    return l->language != CODE_JAVASCRIPT || what == VARIABLE_SHELL || l->at - (size_t)(v->u64 >> VARIABLE_BITS) <= CARRY_BYTES;
}

static void see_run(struct look *l, struct str callee)
{
    char text[64];
    size_t n = callee.n < sizeof(text) ? callee.n : sizeof(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)tolower((unsigned char)callee.p[i]);
    web_see(l->w, F_WEB_RUNS_REQUEST, str_n(text, n), callee);
}

/* A call turns out to run what it gets. */
static void now_runs(struct look *l, struct open *o)
{
    o->role = ROLE_RUNS;
    if (o->has_sent)
        see_run(l, o->callee);
}

/* preg_replace('/…/e'): what comes out is run. */
static bool is_running_pattern(struct str s)
{
    if (s.n < 3 || isalnum((unsigned char)s.p[0]) || s.p[0] == '\\')
        return false;
    const char *end = memrchr(s.p + 1, s.p[0], s.n - 1);
    return end && memchr(end, 'e', s.n - (size_t)(end - s.p));
}

/* What a visitor sent stands here: in which calls? */
static void sent(struct look *l)
{
    l->was_sent = true;
    l->sent_depth = l->depth;
    for (size_t i = l->depth; i-- > 0;) {
        struct open *o = &l->open[i];
        o->has_sent = true;
        if (o->role == ROLE_CLEANS || (o->is_index && l->language != CODE_PHP))
            return;
        if (o->role == ROLE_RUNS) {
            see_run(l, o->callee);
            return;
        }
    }
    if (l->runs_statement)
        see_run(l, l->statement);
    if (l->assigned.n)
        carry(l, VARIABLE_SENT);
}

/* What a form holds stands here: within a call that sends it, in an image's address, or for a variable. */
static void form_values(struct look *l)
{
    bool sends = l->sets_source;
    for (size_t i = 0; i < l->depth; i++)
        sends |= l->open[i].role == ROLE_SENDS;
    if (sends)
        web_mark(l->w, MARK_FORM_SENT);
    if (l->assigned.n)
        carry(l, VARIABLE_FORM);
}

static void push(struct look *l, struct open o)
{
    if (l->depth < OPEN_MAX)
        l->open[l->depth++] = o;
}

/* A list of numbers that turn out to be a module or a text. */
static void end_numbers(struct look *l)
{
    struct str bytes = strbuf_str(&l->numbers);
    if (bytes.n >= NUMBERS_MIN) {
        if (str_starts(bytes, STR("\0asm")))
            inspection_unwrap(l->w->in, l->w->content, "numbers", bytes);
        bool text = true;
        for (size_t i = 0; i < bytes.n && text; i++)
            text = (unsigned char)bytes.p[i] >= 0x20 || bytes.p[i] == '\n' || bytes.p[i] == '\t';
        if (text) {
            web_word(l->w, bytes, l->language);
            web_url(l->w, F_WEB_HOSTS, bytes);
            if (bytes.n >= WRITTEN_MIN)
                inspection_unwrap(l->w->in, l->w->content, "numbers", bytes);
        }
    }
    strbuf_clear(&l->numbers);
    l->in_numbers = false;
}

static void number(struct look *l, struct str text)
{
    unsigned v = 0;
    bool is_hex = text.n > 2 && text.p[0] == '0' && (text.p[1] | 0x20) == 'x';
    for (size_t i = is_hex ? 2 : 0; i < text.n && v < 256; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (is_hex ? !isxdigit(c) : !isdigit(c))
            v = 256;
        else
            v = v * (is_hex ? 16 : 10) + (unsigned)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (l->in_numbers && v < 256 && l->numbers.n < NUMBERS_MAX)
        strbuf_addc(&l->numbers, (char)v);
    else
        end_numbers(l);
}

static bool is_key(struct str s, size_t least)
{
    if (s.n < least || s.n > 128)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
            return false;
    return true;
}

/* Names of tokens, which parsers make new ones of, have none. */
static bool has_digit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (isdigit((unsigned char)s.p[i]))
            return true;
    return false;
}

/* new X.Anonymous('key'), X.User('key', …): with the first name a short key is enough; parsers have an Anonymous(',') too. */
static bool is_miner_class(struct str name)
{
    return str_is(name, "Anonymous") || str_is(name, "User") || str_is(name, "Token");
}

static void see_constructor(struct look *l, struct str key, struct str place)
{
    struct str name = strbuf_str(&l->constructor), last = name;
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    if (dot)
        last = str_sub(name, (size_t)(dot - name.p) + 1, name.n);
    const bool is_anonymous = str_is(last, "Anonymous");
    if (dot && is_miner_class(last) && is_key(key, is_anonymous ? KEY_BYTES_SHORT : KEY_BYTES_MIN) && (is_anonymous || has_digit(key)))
        web_see(l->w, F_WEB_MINERS, name, place);
}

/* Card numbers as patterns write them: Visa's first digit and twelve more, Mastercard's second, thirteen to sixteen digits. */
static bool is_card_pattern(struct str s)
{
    static const char *const PARTS[] = {"4[0-9]{12}", "4\\d{12}",   "4[0-9]{3}", "5[1-5][0-9]", "5[1-5]\\d", "3[47][0-9]{13}",
                                        "3[47]\\d",   "{13,16}",    "{15,16}",   "{13,19}",     "{12,19}",   "{14,16}"};
    if (s.n < 7 || s.n > 2048 || !memchr(s.p, '{', s.n))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++)
        if (str_has(s, str_from(PARTS[i])))
            return true;
    return false;
}

static bool is_base64_text(struct str s, char *out, size_t *ret_n)
{
    if (s.n < 8 || s.n > 512 || !base64_decode_into(s, out, ret_n) || *ret_n < 4)
        return false;
    for (size_t i = 0; i < *ret_n; i++)
        if ((unsigned char)out[i] < 0x20 || (unsigned char)out[i] >= 0x7f)
            return false;
    return true;
}

static bool is_jquery(struct str name)
{
    return str_is(name, "$") || str_is(name, "jQuery") || str_is(name, "jquery");
}

/* Each part of a selector as jQuery takes it: "#cc, #cvv", "form input[name=cc_number]". */
static void look_selector(struct look *l, struct str s)
{
    if (l->language != CODE_JAVASCRIPT || s.n < 3 || s.n > SELECTOR_MAX || !strchr("#.[fi", s.p[0]))
        return;
    size_t from = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && !strchr(", =\"'[]", s.p[i]))
            continue;
        if (i > from && i - from < s.n)
            web_word(l->w, str_sub(s, from, i), l->language);
        from = i + 1;
    }
}

/* Whether the text names a field for cards. */
static bool names_card(struct str s)
{
    static const char *const PARTS[] = {"card", "cc", "cvv", "cvc"};
    for (size_t i = 0; i < ARRAY_SIZE(PARTS); i++) {
        ptrdiff_t at = str_find_nocase(str_sub(s, 0, SELECTOR_MAX), str_from(PARTS[i]), 0);
        if (at == 0 || (at > 0 && !isalpha((unsigned char)s.p[at - 1])))
            return true;
    }
    return false;
}

/*
 * Values of autocomplete, those of passwords first: of fields that recorders of sessions leave out. Half of all web applications carry one,
 * which does with forms whatever else a script that copies cards does.
 */
static bool is_left_out(struct look *l, struct str s)
{
    enum { LIST_BYTES = 160 };
    if (str_is(s, "current-password") || str_is(s, "new-password"))
        l->passwords_end = l->at + 1;
    return str_starts(s, STR("cc-")) && l->passwords_end && l->at + 1 - l->passwords_end <= LIST_BYTES;
}

static void look_text(struct look *l, struct str s, struct str place)
{
    if (is_left_out(l, s))
        return;
    web_word(l->w, s, l->language);
    look_selector(l, s);
    web_url(l->w, F_WEB_HOSTS, s);
    if (is_card_pattern(s))
        web_mark(l->w, MARK_CARD_PATTERN);
    if (str_find_nocase(str_sub(s, 0, 512), STR("checkout"), 0) >= 0 || str_has(str_sub(s, 0, 512), STR("onepage")))
        web_mark(l->w, MARK_CHECKOUT);
    if (str_has(s, STR("api.telegram.org")))
        web_mark(l->w, MARK_TELEGRAM);
    if (str_has(s, STR("discord.com/api/webhooks/")) || str_has(s, STR("discordapp.com/api/webhooks/")))
        web_mark(l->w, MARK_WEBHOOK);
    if (str_find_nocase(str_sub(s, 0, 256), STR("authedmine"), 0) >= 0)
        web_see(l->w, F_WEB_CONSENT, STR("authedmine"), place);
    if (l->language == CODE_JAVASCRIPT && (str_eq_nocase(s, STR("optin")) || str_eq_nocase(s, STR("askForConsent"))))
        web_see(l->w, F_WEB_CONSENT, STR("opt-in"), place);
}

/* Modules of Node.js whose exec() starts programs. */
static bool is_shell_module(struct str s)
{
    return str_is(s, "child_process") || str_is(s, "node:child_process") || str_is(s, "shelljs");
}

static void see_shell_module(struct look *l, const struct token *t)
{
    l->shell_end = t->end;
    if (l->assigned.n)
        carry(l, VARIABLE_SHELL);
    else if (str_is(l->before, "from") && l->before2.n) /* import x from, import * as x from */
        give(l, l->before2, VARIABLE_SHELL);
}

static void string(struct look *l, const struct token *t)
{
    struct str s = t->text, place = str_sub(l->code, t->at, t->end);
    char decoded[BASE64_ROOM(512)];
    size_t n;
    look_text(l, s, place);
    if (l->w->decodes < DECODED_MAX && is_base64_text(s, decoded, &n)) {
        l->w->decodes++;
        look_text(l, str_n(decoded, n), place);
    }
    if (l->language == CODE_PHP) {
        static const char *const NAMES[] = {"_GET", "_POST", "_REQUEST", "_COOKIE", "php://input"};
        for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
            if (str_is(s, NAMES[i]))
                sent(l);
        if (t->mark == '`' && (str_has(s, STR("$_GET")) || str_has(s, STR("$_POST")) || str_has(s, STR("$_REQUEST"))))
            see_run(l, STR("backticks"));
        if (str_starts(s, STR("HTTP_")) && str_eq_nocase(l->before2, STR("$_SERVER")) && !str_is(s, "HTTP_HOST") &&
            !str_is(s, "HTTP_USER_AGENT"))
            sent(l);
        bool names_runner = role_of(l, s) == ROLE_RUNS;
        if (l->assigned.n && names_runner)
            carry(l, VARIABLE_RUNS);
        struct open *call = l->depth ? &l->open[l->depth - 1] : NULL;
        if (call && ((call->role == ROLE_CALLS_BACK && names_runner) ||
                     (call->role == ROLE_REPLACES && l->mark == '(' && is_running_pattern(s))))
            now_runs(l, call);
    }
    if (l->language == CODE_JAVASCRIPT && is_shell_module(s))
        see_shell_module(l, t);
    if (l->language == CODE_JAVASCRIPT && l->mark == '[' && l->is_indexing && s.n <= 64) {
        l->indexed = arena_str(&l->w->arena, s);
        strbuf_addc(&l->constructor, '.');
        strbuf_add(&l->constructor, s);
    }
    struct open *o = l->depth ? &l->open[l->depth - 1] : NULL;
    if (o && str_is(o->callee, "getElementById") && s.n <= 32) {
        char selector[34] = "#";
        memcpy(selector + 1, s.p, s.n);
        web_word(l->w, str_n(selector, s.n + 1), l->language);
    }
    if (o && l->mark == '(' && is_jquery(o->callee) && names_card(s))
        l->picks_card = true;
    if (o && o->role == ROLE_LISTENS && l->mark == '(')
        o->is_click = str_is(s, "click") || str_is(s, "onclick");
    if (o && l->mark == '(' && l->constructor.n)
        see_constructor(l, s, place);
    /* What a script writes into its page is a page of its own. */
    if (s.n >= WRITTEN_MIN && l->language == CODE_JAVASCRIPT && l->w->nested < NESTED_MAX &&
        (str_find_nocase(s, STR("<script"), 0) >= 0 || str_find_nocase(s, STR("<input"), 0) >= 0)) {
        struct str copy = arena_str(&l->w->arena, s);
        l->w->nested++;
        web_page(l->w, copy);
        l->w->nested--;
    }
}

/* Whether x in x.exec(…) starts programs; patterns and databases have an exec() too, and many more than these. */
static bool has_shell(const struct look *l)
{
    enum { CALL_BYTES = 16 }; /* behind the name in require("…").exec( */
    static const char *const NAMES[] = {"child_process", "childProcess", "cp", "shell"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_is(l->before2, NAMES[i]))
            return true;
    return stands_for(l, l->before2, VARIABLE_SHELL) || (l->shell_end && (size_t)(l->before.p - l->code.p) - l->shell_end <= CALL_BYTES);
}

/* In code of servers: does this call, or the one that a variable stands for, run something? */
static void open_call(struct look *l)
{
    if (l->mark == ']' && l->indexed.n) {
        l->before = l->indexed;
        l->is_member = true;
    }
    struct open o = {.callee = l->before};
    bool declares = str_is(l->before2, "function") && !l->is_member && l->before.n;
    if (l->before.n && !declares) {
        o.role = role_of(l, l->before);
        /* $db->exec(…) asks a database. */
        if (o.role == ROLE_RUNS && l->is_member && l->language == CODE_PHP)
            o.role = ROLE_NONE;
        if (o.role == ROLE_RUNS && l->is_member && l->language == CODE_JAVASCRIPT && str_is(l->before, "exec") && !has_shell(l))
            o.role = ROLE_NONE;
        if (stands_for(l, l->before, VARIABLE_RUNS))
            o.role = ROLE_RUNS;
        if (o.role == ROLE_SENDS && (str_is(l->before, "post") || str_is(l->before, "get") || str_is(l->before, "getJSON"))) {
            if (l->is_member && is_jquery(l->before2))
                web_mark(l->w, MARK_XHR);
            else
                o.role = ROLE_NONE;
        }
        if (l->language == CODE_JAVASCRIPT &&
            ((l->is_member && (str_is(l->before, "serialize") || str_is(l->before, "serializeArray"))) || str_is(l->before, "FormData") ||
             (l->is_member && l->picks_card && str_is(l->before, "val"))))
            form_values(l);
    }
    /* $_GET['f'](…), $f(…) with $f from the visitor. */
    if (l->language == CODE_PHP && ((l->mark == ']' && l->was_sent && l->sent_depth == l->depth) || (l->before.p && l->before.p[0] == '$' && stands_for(l, l->before, VARIABLE_SENT))))
        see_run(l, STR("variable"));
    if (l->language == CODE_JAVASCRIPT && str_is(l->before, "start") && l->is_member) {
        bool waits = false;
        for (size_t i = 0; i < l->depth; i++)
            waits |= l->open[i].is_click || l->open[i].role == ROLE_ASKS;
        if (!waits)
            web_mark(l->w, MARK_START);
    }
    if (o.role == ROLE_DECODES && l->assigned.n)
        carry(l, VARIABLE_RUNS);
    if (o.role == ROLE_LISTENS && str_eq_nocase(l->before, STR("click")))
        o.is_click = true;
    push(l, o);
}

static void mark(struct look *l, const struct token *t, const struct code_reader *r)
{
    char c = t->mark, next = code_peek(r);
    switch (c) {
    case '(':
        open_call(l);
        break;
    case '[':
        l->indexed = STR_NULL;
        l->is_indexing = l->before.n || l->mark == ']' || l->mark == ')';
        push(l, (struct open){.is_index = true});
        break;
    case ')':
    case ']':
        if (l->depth)
            l->depth--;
        break;
    case '=':
        if (l->before.n && next != '=' && l->mark != '=' && l->mark != '!' && !l->is_member) {
            l->assigned = l->before;
            l->assigned_depth = l->depth;
        }
        if (l->before.n && next != '=' && l->mark != '=' && l->mark != '!')
            l->sets_source = l->is_member && str_is(l->before, "src");
        break;
    case ';':
        if (l->depth <= l->assigned_depth)
            l->assigned = STR_NULL;
        l->runs_statement = l->picks_card = l->sets_source = false;
        break;
    default:
        break;
    }
    if (c == '[' || c == '(') {
        end_numbers(l);
        l->in_numbers = true;
    } else if (c != ',') {
        end_numbers(l);
    }
    if (c != '.' && c != '(' && c != ']' && !(c == '[' && l->is_indexing))
        strbuf_clear(&l->constructor);
}

/*
 * "interface Name" on one line: TypeScript. To a browser it is a mistake in the grammar, for which it runs nothing of the
 * script; so it tells something of a script that is a file, and nothing of one among others in a page.
 */
static bool is_type_declaration(const struct look *l, const struct token *t)
{
    if (l->language != CODE_JAVASCRIPT || !str_is(l->before, "interface") || !t->at)
        return false;
    const char *end = l->before.p + l->before.n, *begin = l->code.p + t->at;
    for (const char *p = end; p < begin; p++)
        if (*p != ' ' && *p != '\t')
            return false;
    return begin > end;
}

static void name(struct look *l, const struct token *t)
{
    struct str s = t->text;
    l->is_member = l->language == CODE_PHP ? l->is_arrow : l->mark == '.';
    web_word(l->w, s, l->language);
    if (l->mark == '.' && l->constructor.n && l->language == CODE_JAVASCRIPT) {
        strbuf_addc(&l->constructor, '.');
        strbuf_add(&l->constructor, s);
    } else {
        strbuf_clear(&l->constructor);
        strbuf_add(&l->constructor, str_sub(s, 0, 64));
    }
    if (l->w->content->data.p == l->code.p && !l->w->content->depth && is_type_declaration(l, t))
        web_mark(l->w, MARK_TYPES);
    if (is_source_name(l, s) || (!l->is_member && stands_for(l, s, VARIABLE_SENT)))
        sent(l);
    if (!l->is_member && stands_for(l, s, VARIABLE_FORM))
        form_values(l);
    static const char *const STATEMENTS[] = {"include", "include_once", "require", "require_once", "eval", "execute", "executeglobal"};
    for (size_t i = 0; i < ARRAY_SIZE(STATEMENTS) && (l->language == CODE_PHP || l->language == CODE_ASP); i++)
        if (str_eq_nocase(s, str_from(STATEMENTS[i])) && !l->is_member) {
            l->runs_statement = true;
            l->statement = s;
        }
}

/* Names that a pattern looks for: /card|cvv|cvc/ names fields as literals do. */
static void look_pattern(struct web *w, struct str s, enum code_language language)
{
    if (is_card_pattern(s))
        web_mark(w, MARK_CARD_PATTERN);
    if (str_has(s, STR("checkout")) || str_has(s, STR("onepage")))
        web_mark(w, MARK_CHECKOUT);
    static const char *const FIELDS_OF_CARDS[] = {"#cvv", "#cvc", "#cardnum", "#ccnum"};
    for (size_t i = 0; i < ARRAY_SIZE(FIELDS_OF_CARDS); i++)
        if (str_has(s, str_from(FIELDS_OF_CARDS[i] + 1)))
            web_word(w, str_from(FIELDS_OF_CARDS[i]), language);
}

void web_code(struct web *w, struct str code, enum code_language language)
{
    struct look l = {.w = w, .code = code, .language = language};
    struct code_reader r;
    struct token t;
    const size_t before = w->at; /* pieces of a page follow each other */
    code_begin(&r, code, language);
    while (code_next(&r, &t)) {
        l.at = t.at;
        w->at = before + t.at;
        /* Basic ends statements with the line. */
        if (r.line_ended && language == CODE_ASP)
            l.runs_statement = false;
        switch (t.kind) {
        case TOKEN_NAME:
            end_numbers(&l);
            name(&l, &t);
            break;
        case TOKEN_STRING:
            end_numbers(&l);
            string(&l, &t);
            break;
        case TOKEN_NUMBER:
            number(&l, t.text);
            break;
        case TOKEN_REGEX:
            look_pattern(w, t.text, language);
            break;
        case TOKEN_MARK:
            mark(&l, &t, &r);
            break;
        }
        if (t.kind == TOKEN_NAME) {
            l.before2 = l.before.n ? l.before : l.before2;
            l.before = str_sub(code, t.at, t.end);
            l.mark = 0;
            l.is_arrow = false;
        } else {
            if (t.kind == TOKEN_MARK && t.mark != '.' && t.mark != '>' && t.mark != '-' && t.mark != ':' && t.mark != '[')
                l.before2 = STR_NULL;
            else if (l.before.n)
                l.before2 = l.before;
            l.before = STR_NULL;
            l.is_arrow = t.kind == TOKEN_MARK && ((t.mark == '>' && l.mark == '-') || (t.mark == ':' && l.mark == ':'));
            l.mark = t.kind == TOKEN_MARK ? t.mark : 0;
            l.was_sent &= t.kind != TOKEN_MARK || t.mark == ']' || t.mark == '[';
        }
    }
    end_numbers(&l);
    w->at = before + code.n;
    strbuf_done(&l.numbers);
    strbuf_done(&l.constructor);
    map_done(&l.variables);
    code_done(&r);
}
