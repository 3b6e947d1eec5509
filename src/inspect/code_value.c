// SPDX-License-Identifier: Apache-2.0
#include "inspect/code_value.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"
#include "inspect/kind.h"
#include "inspect/unwrap.h"

enum {
    TEXT_MAX = 1 << 20, /* of one value */
};

enum does {
    DOES_BASE64,
    DOES_BASE32,
    DOES_HEX,
    DOES_PERCENT,
    DOES_ROT13,
    DOES_TURN,
    DOES_INFLATE, /* zlib, gzip, bzip2, xz or a bare stream, as its bytes say */
    DOES_CODEC,   /* the encoding is an argument: Buffer.from(x, 'hex'), codecs.decode(x, 'rot13'), x.decode('base64') */
    DOES_LETTERS, /* of numbers */
    DOES_JOIN,
    DOES_MAP,
    DOES_SAME,
    DOES_REPLACE, /* x.replace(a, b); PHP: str_replace(a, b, x) */
    DOES_LIST,
    DOES_MEMBER,  /* getattr(x, 'name') */
    DOES_MODULE,  /* __import__('name') */
    DOES_PACK,    /* pack('H*', x) */
    DOES_MARSHAL,
};

static const struct function {
    const char *name;
    enum does does;
} FUNCTIONS[] = {
    {"b64decode", DOES_BASE64},       {"base64_decode", DOES_BASE64},   {"decode_base64", DOES_BASE64}, {"decode64", DOES_BASE64},
    {"atob", DOES_BASE64},            {"urlsafe_b64decode", DOES_BASE64}, {"standard_b64decode", DOES_BASE64}, {"a2b_base64", DOES_BASE64},
    {"decodebytes", DOES_BASE64},     {"b32decode", DOES_BASE32},       {"b16decode", DOES_HEX},        {"unhexlify", DOES_HEX},
    {"a2b_hex", DOES_HEX},            {"fromhex", DOES_HEX},            {"hex2bin", DOES_HEX},          {"unescape", DOES_PERCENT},
    {"decodeURIComponent", DOES_PERCENT}, {"decodeURI", DOES_PERCENT},  {"urldecode", DOES_PERCENT},    {"rawurldecode", DOES_PERCENT},
    {"unquote", DOES_PERCENT},        {"str_rot13", DOES_ROT13},        {"strrev", DOES_TURN},          {"reverse", DOES_TURN},
    {"reversed", DOES_TURN},          {"array_reverse", DOES_TURN},     {"decompress", DOES_INFLATE},   {"gzuncompress", DOES_INFLATE},
    {"gzinflate", DOES_INFLATE},      {"gzdecode", DOES_INFLATE},       {"inflateSync", DOES_INFLATE},  {"inflateRawSync", DOES_INFLATE},
    {"gunzipSync", DOES_INFLATE},     {"unzipSync", DOES_INFLATE},      {"zlib_decode", DOES_INFLATE},  {"from", DOES_CODEC},
    {"Buffer", DOES_CODEC},           {"decode", DOES_CODEC},           {"chr", DOES_LETTERS},          {"unichr", DOES_LETTERS},
    {"fromCharCode", DOES_LETTERS},   {"fromCodePoint", DOES_LETTERS},  {"bytes", DOES_LETTERS},        {"bytearray", DOES_LETTERS},
    {"join", DOES_JOIN},              {"implode", DOES_JOIN},           {"map", DOES_MAP},              {"array_map", DOES_MAP},
    {"str", DOES_SAME},               {"String", DOES_SAME},            {"toString", DOES_SAME},        {"encode", DOES_SAME},
    {"trim", DOES_SAME},              {"strip", DOES_SAME},             {"split", DOES_SAME},           {"str_split", DOES_SAME},
    {"list", DOES_SAME},              {"compile", DOES_SAME},           {"replace", DOES_REPLACE},      {"str_replace", DOES_REPLACE},
    {"array", DOES_LIST},             {"getattr", DOES_MEMBER},         {"__import__", DOES_MODULE},    {"import_module", DOES_MODULE},
    {"pack", DOES_PACK},              {"loads", DOES_MARSHAL},
};

bool code_value_runs(struct str name, enum code_language language)
{
    enum { JS = 1U << CODE_JAVASCRIPT, PHP = 1U << CODE_PHP, PYTHON = 1U << CODE_PYTHON, PAGES = 1U << CODE_JAVA | 1U << CODE_ASP };
    /* "call" and "run" are everybody's in JavaScript */
    static const struct {
        const char *name;
        unsigned languages;
    } NAMES[] = {
        {"eval", JS | PHP | PYTHON | PAGES}, {"exec", JS | PHP | PYTHON | PAGES}, {"Function", JS},  {"assert", PHP},         {"create_function", PHP},
        {"system", PHP | PYTHON},            {"popen", PHP | PYTHON},             {"shell_exec", PHP}, {"passthru", PHP},     {"execSync", JS},
        {"spawn", JS},                       {"spawnSync", JS},                   {"check_output", PYTHON}, {"check_call", PYTHON}, {"Popen", PYTHON},
        {"run", PYTHON},                     {"call", PYTHON},                    {"getoutput", PYTHON}, {"runInThisContext", JS}, {"runInNewContext", JS},
    };
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (*NAMES[i].name == *name.p && str_is(name, NAMES[i].name))
            return NAMES[i].languages >> language & 1;
    return false;
}

bool code_value_takes_all(struct str name)
{
    return str_is(name, "fromCharCode") || str_is(name, "fromCodePoint") || str_is(name, "array");
}

static const struct function *function_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(FUNCTIONS); i++)
        if (FUNCTIONS[i].name[0] == *name.p && str_is(name, FUNCTIONS[i].name))
            return &FUNCTIONS[i];
    return NULL;
}

bool code_value_is_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && !memchr("\t\n\r", s.p[i], 3)) || s.p[i] == 0x7f)
            return false;
    return s.n && text_is_utf8(s);
}

bool code_value_is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(isalpha((unsigned char)s.p[i]) || s.p[i] == '_' || s.p[i] == '$' || (i && isdigit((unsigned char)s.p[i]))))
            return false;
    return s.n > 0;
}

void code_value_write(struct strbuf *out, struct str s, bool in_page)
{
    strbuf_addc(out, '"');
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '\n':
            strbuf_adds(out, "\\n");
            break;
        case '"':
        case '\\':
            strbuf_addc(out, '\\');
            strbuf_addc(out, s.p[i]);
            break;
        case '/':
            if (in_page && i && s.p[i - 1] == '<')
                strbuf_addc(out, '\\');
            strbuf_addc(out, s.p[i]);
            break;
        default:
            strbuf_addc(out, s.p[i]);
        }
    strbuf_addc(out, '"');
}

static struct str how_and(struct arena *a, struct str how, const char *more)
{
    if (how.n > 128)
        return how;
    return how.n ? arena_printf(a, "%.*s>%s", STR_ARG(how), more) : str_from(more);
}

static struct code_value text_value(struct arena *a, size_t *bytes, struct str text, struct str how)
{
    *bytes += text.n + 64;
    if (text.n > TEXT_MAX || *bytes > CODE_VALUES_MAX)
        return (struct code_value){};
    return (struct code_value){.kind = VALUE_OF_TEXT, .text = arena_str(a, text), .how = how};
}

static void put_code_point(struct strbuf *b, int64_t n)
{
    if (n < 0x80 || n > 0x10ffff) {
        strbuf_addc(b, (char)n);
    } else {
        unsigned more = n < 0x800 ? 1 : n < 0x10000 ? 2 : 3;
        static const uint8_t FIRST[] = {0, 0xc0, 0xe0, 0xf0};
        strbuf_addc(b, (char)(FIRST[more] | n >> 6 * more));
        while (more--)
            strbuf_addc(b, (char)(0x80 | (n >> 6 * more & 0x3f)));
    }
}

/* The elements as letters, or texts one behind the other; false when one is something else. */
static bool joined(const struct code_value *v, bool in_bytes, struct str separator, struct strbuf *out)
{
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            strbuf_add(out, separator);
        if (v->items[i].kind == VALUE_OF_TEXT)
            strbuf_add(out, v->items[i].text);
        else if (v->items[i].kind == VALUE_OF_NUMBER && in_bytes)
            strbuf_addc(out, (char)v->items[i].number);
        else if (v->items[i].kind == VALUE_OF_NUMBER)
            put_code_point(out, v->items[i].number);
        else
            return false;
        if (out->n > TEXT_MAX)
            return false;
    }
    return true;
}

static struct code_value letters(struct arena *a, size_t *bytes, const struct code_value *v, bool in_bytes)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct code_value one = {.kind = VALUE_OF_LIST, .items = (struct code_value *)v, .n = 1};
    if (v->kind == VALUE_OF_TEXT)
        return *v;
    if (v->kind == VALUE_OF_NAME || v->kind == VALUE_OF_NOTHING)
        return (struct code_value){.kind = VALUE_OF_CHR};
    if (!joined(v->kind == VALUE_OF_LIST ? v : &one, in_bytes, STR(""), &b))
        return (struct code_value){};
    bool says = false;
    for (size_t i = 0; i < b.n && !says; i++)
        says = isalnum((unsigned char)b.p[i]);
    return text_value(a, bytes, strbuf_str(&b), says ? STR("numbers") : STR_NULL);
}

static struct code_value base64(struct arena *a, size_t *bytes, const struct code_value *v)
{
    struct str plain;
    if (*bytes + v->text.n > CODE_VALUES_MAX || v->text.n < 4 || !base64_decode(a, v->text, &plain) || !plain.n)
        return (struct code_value){};
    *bytes += plain.n + 64;
    return (struct code_value){.kind = VALUE_OF_TEXT, .text = plain, .how = how_and(a, v->how, "base64")};
}

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static struct code_value hex(struct arena *a, size_t *bytes, const struct code_value *v)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    int high = -1;
    for (size_t i = 0; i < v->text.n; i++) {
        int n = digit(v->text.p[i]);
        if (n < 0 && !isspace((unsigned char)v->text.p[i]))
            return (struct code_value){};
        if (n < 0)
            continue;
        if (high >= 0)
            strbuf_addc(&b, (char)(high << 4 | n));
        high = high >= 0 ? -1 : n;
    }
    return b.n ? text_value(a, bytes, strbuf_str(&b), how_and(a, v->how, "hex")) : (struct code_value){};
}

static struct code_value base32(struct arena *a, size_t *bytes, const struct code_value *v)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct unwrap_run run = {.encoded = v->text};
    while (run.encoded.n && run.encoded.p[run.encoded.n - 1] == '=')
        run.encoded.n--;
    for (size_t i = 0; i < run.encoded.n; i++)
        if (!isupper((unsigned char)run.encoded.p[i]) && !(run.encoded.p[i] >= '2' && run.encoded.p[i] <= '7'))
            return (struct code_value){};
    (void)unwrap_base32(&run, &b);
    return text_value(a, bytes, strbuf_str(&b), how_and(a, v->how, "base32"));
}

static struct code_value percent(struct arena *a, size_t *bytes, const struct code_value *v)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str s = v->text;
    unsigned n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '%' && i + 2 < s.n && digit(s.p[i + 1]) >= 0 && digit(s.p[i + 2]) >= 0) {
            strbuf_addc(&b, (char)(digit(s.p[i + 1]) << 4 | digit(s.p[i + 2])));
            i += 2;
            n++;
        } else {
            strbuf_addc(&b, s.p[i]);
        }
    return text_value(a, bytes, strbuf_str(&b), n >= 3 ? how_and(a, v->how, "percent") : v->how);
}

static struct code_value rot13(struct arena *a, size_t *bytes, const struct code_value *v)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < v->text.n; i++) {
        char c = v->text.p[i], first = (char)(c & ~0x20);
        strbuf_addc(&b, first >= 'A' && first <= 'Z' ? (char)((c & 0x20) | ('A' + (first - 'A' + 13) % 26)) : c);
    }
    return text_value(a, bytes, strbuf_str(&b), how_and(a, v->how, "rot13"));
}

static struct code_value turned(struct arena *a, size_t *bytes, const struct code_value *v)
{
    if (v->kind == VALUE_OF_LIST) {
        size_t size = v->n * sizeof(*v->items);
        if (!v->n || *bytes + size > CODE_VALUES_MAX)
            return (struct code_value){};
        *bytes += size;
        struct code_value list = *v;
        list.items = arena_array(a, struct code_value, v->n);
        for (size_t i = 0; i < v->n; i++)
            list.items[i] = v->items[v->n - 1 - i];
        list.how = how_and(a, v->how, "rev");
        return list;
    }
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = v->text.n; v->kind == VALUE_OF_TEXT && i > 0; i--)
        strbuf_addc(&b, v->text.p[i - 1]);
    return b.n ? text_value(a, bytes, strbuf_str(&b), how_and(a, v->how, "rev")) : (struct code_value){};
}

static struct code_value inflated(struct arena *a, size_t *bytes, const struct code_value *v)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    enum file_kind kind = kind_sniff(v->text, false, STR_NULL);
    bool more = false, is_zlib = unwrap_is_zlib(v->text);
    *bytes += v->text.n;
    bool ok = is_zlib                                                                       ? unwrap_zlib(v->text, TEXT_MAX, &b)
              : kind == KIND_GZIP || kind == KIND_BZIP2 || kind == KIND_XZ || kind == KIND_ZSTD ? unwrap_inflate(kind, v->text, TEXT_MAX, &b, &more)
                                                                                            : unwrap_deflate(v->text, TEXT_MAX, &b);
    *bytes += ok ? 0 : b.n;
    const char *how = is_zlib ? "zlib" : kind == KIND_DATA || !ok ? "deflate" : kind_name(kind);
    return ok ? text_value(a, bytes, strbuf_str(&b), how_and(a, v->how, how)) : (struct code_value){};
}

/* x in the encoding that an argument names; without one it is what it was. */
static struct code_value codec(struct arena *a, size_t *bytes, const struct code_value *x, const struct code_value *name)
{
    if (x->kind == VALUE_OF_LIST)
        return letters(a, bytes, x, true);
    if (x->kind != VALUE_OF_TEXT)
        return (struct code_value){};
    struct str n = name && name->kind == VALUE_OF_TEXT ? name->text : STR_NULL;
    if (str_is(n, "base64") || str_is(n, "base64url") || str_is(n, "base_64"))
        return base64(a, bytes, x);
    if (str_is(n, "hex") || str_is(n, "hex_codec"))
        return hex(a, bytes, x);
    if (str_is(n, "rot13") || str_is(n, "rot_13") || str_is(n, "rot-13"))
        return rot13(a, bytes, x);
    if (str_is(n, "zlib") || str_is(n, "bz2"))
        return inflated(a, bytes, x);
    return *x;
}

static struct code_value replaced(struct arena *a, size_t *bytes, const struct code_value *x, const struct code_value *from, const struct code_value *to)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    if (x->kind != VALUE_OF_TEXT || from->kind != VALUE_OF_TEXT || to->kind != VALUE_OF_TEXT || !from->text.n)
        return (struct code_value){};
    unsigned n = 0;
    for (size_t i = 0; i < x->text.n && b.n <= TEXT_MAX; n++) {
        ptrdiff_t at = str_find(x->text, from->text, i);
        strbuf_add(&b, str_sub(x->text, i, at < 0 ? x->text.n : (size_t)at));
        if (at < 0)
            break;
        strbuf_add(&b, to->text);
        i = (size_t)at + from->text.n;
    }
    return text_value(a, bytes, strbuf_str(&b), n >= 2 ? how_and(a, x->how, "replace") : x->how);
}

static struct code_value join(struct arena *a, size_t *bytes, const struct code_value *list, const struct code_value *separator)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    if (list->kind == VALUE_OF_TEXT)
        return separator->kind == VALUE_OF_TEXT && !separator->text.n ? *list : (struct code_value){};
    if (list->kind != VALUE_OF_LIST || separator->kind == VALUE_OF_NAME || !joined(list, false, separator->text, &b))
        return (struct code_value){};
    bool pieces = list->n >= 3 && b.n < list->n * 4 && !separator->text.n; /* three letters each */
    return text_value(a, bytes, strbuf_str(&b), list->how.n ? list->how : pieces ? STR("pieces") : STR_NULL);
}

struct code_value code_value_call(struct arena *a, size_t *bytes, struct str name, const struct code_value *receiver, const struct code_value *v, size_t n)
{
    static const struct code_value NONE = {}, EMPTY = {.kind = VALUE_OF_TEXT};
    const struct function *f = name.n && *bytes < CODE_VALUES_MAX ? function_of(name) : NULL;
    bool is_method = receiver && (receiver->kind == VALUE_OF_TEXT || receiver->kind == VALUE_OF_LIST);
    const struct code_value *first = n ? &v[0] : is_method ? receiver : &NONE, *subject = is_method ? receiver : first;
    if (!f)
        return NONE;
    *bytes += first->text.n + subject->text.n + (first->n + subject->n + (n > 1 ? v[1].n : 0)) * 8;
    switch (f->does) {
    case DOES_BASE64:
        return first->kind == VALUE_OF_TEXT ? base64(a, bytes, first) : NONE;
    case DOES_BASE32:
        return first->kind == VALUE_OF_TEXT ? base32(a, bytes, first) : NONE;
    case DOES_HEX:
        return first->kind == VALUE_OF_TEXT ? hex(a, bytes, first) : NONE;
    case DOES_PERCENT:
        return first->kind == VALUE_OF_TEXT ? percent(a, bytes, first) : NONE;
    case DOES_ROT13:
        return first->kind == VALUE_OF_TEXT ? rot13(a, bytes, first) : NONE;
    case DOES_TURN:
        return turned(a, bytes, subject);
    case DOES_INFLATE:
        return first->kind == VALUE_OF_TEXT ? inflated(a, bytes, first) : NONE;
    case DOES_CODEC:
        return is_method ? codec(a, bytes, receiver, n ? &v[0] : NULL) : codec(a, bytes, first, n > 1 ? &v[1] : NULL);
    case DOES_LETTERS:
        return letters(a, bytes, first, str_starts(name, STR("byte")));
    case DOES_JOIN: /* JavaScript joins a list by a text, the others a text by a list */
        if (is_method && receiver->kind == VALUE_OF_LIST)
            return join(a, bytes, receiver, n ? &v[0] : &NONE);
        if (is_method)
            return n && v[0].kind == VALUE_OF_TEXT && receiver->text.n && !v[0].text.n ? *receiver : join(a, bytes, first, receiver);
        return n > 1 ? join(a, bytes, &v[1], &v[0]) : join(a, bytes, first, &EMPTY);
    case DOES_MAP:
        return n > 1 && v[0].kind && (str_is(v[0].text, "chr") || str_is(v[0].text, "unichr")) ? letters(a, bytes, &v[1], false) : NONE;
    case DOES_SAME:
        return *subject;
    case DOES_REPLACE:
        return is_method && n > 1 ? replaced(a, bytes, receiver, &v[0], &v[1]) : n > 2 ? replaced(a, bytes, &v[2], &v[0], &v[1]) : NONE;
    case DOES_LIST:
        return *first;
    case DOES_MEMBER:
        return n > 1 && v[1].kind == VALUE_OF_TEXT ? (struct code_value){.kind = VALUE_OF_NAME, .text = v[1].text} : NONE;
    case DOES_MODULE:
        return (struct code_value){.kind = VALUE_OF_NAME, .text = name};
    case DOES_PACK:
        return n > 1 && v[0].kind == VALUE_OF_TEXT && str_starts(v[0].text, STR("H")) && v[1].kind == VALUE_OF_TEXT ? hex(a, bytes, &v[1]) : NONE;
    case DOES_MARSHAL: {
        struct code_value m = *first;
        if (m.kind == VALUE_OF_TEXT && m.how.n)
            m.how = how_and(a, m.how, "marshal");
        return m;
    }
    }
    return NONE;
}

struct code_value code_value_sum(struct arena *a, size_t *bytes, const struct code_value *v, const struct code_value *w, char op)
{
    if (v->kind == VALUE_OF_NUMBER && w->kind == VALUE_OF_NUMBER) {
        int64_t n = op == '+' ? v->number + w->number : op == '-' ? v->number - w->number : v->number ^ w->number;
        return (struct code_value){.kind = n < 0 || n > INT32_MAX ? VALUE_OF_NOTHING : VALUE_OF_NUMBER, .number = n};
    }
    if (v->kind != VALUE_OF_TEXT || w->kind != VALUE_OF_TEXT || v->text.n + w->text.n > TEXT_MAX || *bytes + v->text.n + w->text.n > CODE_VALUES_MAX)
        return (struct code_value){};
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, v->text);
    strbuf_add(&b, w->text);
    return text_value(a, bytes, strbuf_str(&b), v->how.n ? v->how : w->how);
}

struct code_value code_value_element(const struct code_value *v, const struct code_value *index)
{
    if (index->kind != VALUE_OF_NUMBER || index->number < 0)
        return (struct code_value){};
    size_t i = (size_t)index->number;
    if (v->kind == VALUE_OF_LIST && i < v->n)
        return v->items[i];
    if (v->kind == VALUE_OF_TEXT && i < v->text.n)
        return (struct code_value){.kind = VALUE_OF_TEXT, .text = str_sub(v->text, i, i + 1), .how = STR("pieces")};
    return (struct code_value){};
}

void code_value_list(struct code_value *list)
{
    for (size_t i = 0; i < list->n && !list->how.n; i++)
        list->how = list->items[i].how;
}

void code_value_decode_all(struct arena *a, size_t *bytes, struct code_value *list)
{
    struct code_value *plain = arena_array(a, struct code_value, list->n);
    for (size_t i = 0; i < list->n; i++) {
        plain[i] = base64(a, bytes, &list->items[i]);
        if (plain[i].kind != VALUE_OF_TEXT || !code_value_is_text(plain[i].text))
            return;
    }
    memcpy(list->items, plain, list->n * sizeof(*plain));
}
