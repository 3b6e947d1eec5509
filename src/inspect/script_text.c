// SPDX-License-Identifier: Apache-2.0
#include "inspect/script_text.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "inspect/unwrap.h"

enum {
    SPELLED_MIN = 3, /* letters written as numbers: fewer stand in patterns and prompts */
    WIDTH_MAX = 64,  /* of a number that printf pads */
    TURNED_MIN = 8,  /* letters that tr gives other letters for */
};

void sh_text_done(struct sh_text *t)
{
    strbuf_done(&t->text);
    strbuf_done(&t->how);
}

static void put(struct strbuf *b, char c)
{
    if (b->n < SH_TEXT_MAX)
        strbuf_addc(b, c);
}

static void put_str(struct strbuf *b, struct str s)
{
    strbuf_add(b, str_sub(s, 0, b->n < SH_TEXT_MAX ? SH_TEXT_MAX - b->n : 0));
}

static void folded(struct sh_text *t, struct str how)
{
    if (t->how.n > 256)
        return;
    if (t->how.n)
        strbuf_addc(&t->how, '>');
    strbuf_add(&t->how, how);
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static bool is_octal(struct str s, size_t i)
{
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '7';
}

/* The escape whose backslash is at *at, as printf and echo -e know it; counts letters that are spelled in numbers. */
static void escape(struct str s, size_t *at, struct strbuf *out, unsigned *spelled)
{
    size_t i = *at + 1;
    char c = i < s.n ? s.p[i++] : '\\';
    int v = -1;
    if (c == 'x' && i < s.n && hex(s.p[i]) >= 0) {
        v = hex(s.p[i++]);
        if (i < s.n && hex(s.p[i]) >= 0)
            v = v << 4 | hex(s.p[i++]);
    } else if ((c == 'u' || c == 'U') && i < s.n && hex(s.p[i]) >= 0) {
        v = 0;
        for (unsigned k = c == 'u' ? 4 : 8; k && i < s.n && hex(s.p[i]) >= 0; k--)
            v = (v << 4 | hex(s.p[i++])) & 0xffffff;
        v = v < 0x80 ? v : '?';
    } else if (c >= '0' && c <= '7') {
        v = c - '0';
        for (unsigned k = c == '0' ? 3 : 2; k && is_octal(s, i); k--)
            v = (v << 3 | (s.p[i++] - '0')) & 0xff;
    }
    if (v >= 0) {
        *spelled += isalnum(v) != 0;
        put(out, (char)v);
    } else {
        static const char FROM[] = "abefnrtv\\\"'", TO[] = "\a\b\033\f\n\r\t\v\\\"'";
        const char *known = strchr(FROM, c);
        if (known && c) {
            put(out, TO[known - FROM]);
        } else {
            put(out, '\\');
            put(out, c);
        }
    }
    *at = i;
}

static void unescape(struct str s, struct strbuf *out, unsigned *spelled)
{
    for (size_t i = 0; i < s.n;)
        if (s.p[i] == '\\')
            escape(s, &i, out, spelled);
        else
            put(out, s.p[i++]);
}

static void echo(struct sh_text *t, struct sh_args a)
{
    bool ends = true, escapes = false;
    unsigned spelled = 0;
    size_t i = 1;
    for (; i < a.n && a.v[i].text.n > 1 && a.v[i].text.p[0] == '-'; i++) {
        struct str o = str_sub(a.v[i].text, 1, a.v[i].text.n);
        bool is_option = true;
        for (size_t k = 0; k < o.n; k++)
            is_option &= strchr("neE", o.p[k]) && o.p[k];
        if (!is_option)
            break;
        ends &= !memchr(o.p, 'n', o.n);
        escapes |= memchr(o.p, 'e', o.n) != NULL;
    }
    for (size_t first = i; i < a.n; i++) {
        if (i > first)
            put(&t->text, ' ');
        if (escapes)
            unescape(a.v[i].text, &t->text, &spelled);
        else
            put_str(&t->text, a.v[i].text);
    }
    if (ends)
        put(&t->text, '\n');
    if (spelled >= SPELLED_MIN)
        folded(t, STR("escapes"));
}

/* Decimal or 0x…, or 'c for the number of a letter, as printf takes it. */
static bool number(struct str s, int64_t *ret)
{
    *ret = 0;
    if (s.n && (s.p[0] == '\'' || s.p[0] == '"')) {
        *ret = s.n > 1 ? (unsigned char)s.p[1] : 0;
        return true;
    }
    bool minus = s.n && s.p[0] == '-', is_hex = str_starts(s, STR("0x"));
    s = str_sub(s, is_hex ? 2 : minus, s.n);
    if (s.n > 8)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (is_hex ? hex(s.p[i]) < 0 : !isdigit((unsigned char)s.p[i]))
            return false;
        *ret = *ret * (is_hex ? 16 : 10) + hex(s.p[i]);
    }
    *ret = minus ? -*ret : *ret;
    return true;
}

/* One conversion of printf at *at, where '%' stands; takes its argument. */
static bool conversion(struct str f, size_t *at, struct str argument, struct strbuf *out, unsigned *spelled)
{
    size_t i = *at + 1, width = 0;
    bool zero = i < f.n && f.p[i] == '0';
    for (; i < f.n && isdigit((unsigned char)f.p[i]); i++)
        width = width < WIDTH_MAX ? width * 10 + (size_t)(f.p[i] - '0') : WIDTH_MAX;
    char c = i < f.n ? f.p[i] : 0, text[24] = "";
    *at = i + 1;
    int64_t n = 0;
    struct str s = argument;
    switch (c) {
    case 's':
        break;
    case 'b':
        unescape(argument, out, spelled);
        return true;
    case 'c':
        s = str_sub(argument, 0, 1);
        break;
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        if (!number(argument, &n))
            return false;
        (void)snprintf(text, sizeof(text), c == 'o' ? "%lo" : c == 'x' ? "%lx" : c == 'X' ? "%lX" : "%ld", (long)n);
        s = str_from(text);
        break;
    default:
        return false;
    }
    for (size_t k = s.n; k < width && k < WIDTH_MAX; k++)
        put(out, zero && c != 's' ? '0' : ' ');
    put_str(out, s);
    return true;
}

/* What printf was given, as it is written: the format is one that only its machine knows. */
static void as_written(struct sh_text *t, struct sh_args a)
{
    strbuf_clear(&t->text);
    for (size_t i = 1; i < a.n; i++) {
        if (i > 1)
            put(&t->text, ' ');
        put_str(&t->text, a.v[i].text);
    }
    t->is_dynamic = true;
}

/* The format is used until no argument is left. */
static bool print_format(struct sh_text *t, struct sh_args a)
{
    size_t next = 1;
    if (next < a.n && str_is(a.v[next].text, "--"))
        next++;
    if (next >= a.n || str_is(a.v[next].text, "-v"))
        return false;
    struct str f = a.v[next++].text;
    unsigned spelled = 0;
    bool takes;
    do {
        takes = false;
        for (size_t i = 0; i < f.n;) {
            if (f.p[i] == '\\') {
                escape(f, &i, &t->text, &spelled);
            } else if (f.p[i] == '%' && i + 1 < f.n && f.p[i + 1] == '%') {
                put(&t->text, '%');
                i += 2;
            } else if (f.p[i] == '%') {
                takes = true;
                if (!conversion(f, &i, next < a.n ? a.v[next].text : STR(""), &t->text, &spelled))
                    return false;
                next++;
            } else {
                put(&t->text, f.p[i++]);
            }
        }
    } while (takes && next < a.n && t->text.n < SH_TEXT_MAX);
    if (spelled >= SPELLED_MIN)
        folded(t, STR("escapes"));
    return true;
}

/* A set of tr in full: ranges, classes, escapes; at most 512 bytes. */
static size_t set_of(struct str s, uint8_t ret[512])
{
    size_t n = 0;
    unsigned unused = 0;
    _cleanup_(strbuf_done) struct strbuf b = {};
    unescape(s, &b, &unused);
    s = strbuf_str(&b);
    for (size_t i = 0; i < s.n && n < 512;) {
        static const struct {
            struct str name;
            const char *from, *to;
        } CLASSES[] = {{{"[:upper:]", 9}, "A", "Z"}, {{"[:lower:]", 9}, "a", "z"}, {{"[:digit:]", 9}, "0", "9"}};
        size_t k = 0;
        while (k < ARRAY_SIZE(CLASSES) && !str_starts(str_sub(s, i, s.n), CLASSES[k].name))
            k++;
        uint8_t from = (uint8_t)s.p[i], to = from;
        if (k < ARRAY_SIZE(CLASSES)) {
            from = (uint8_t)*CLASSES[k].from;
            to = (uint8_t)*CLASSES[k].to;
            i += CLASSES[k].name.n;
        } else if (i + 2 < s.n && s.p[i + 1] == '-') {
            to = (uint8_t)s.p[i + 2];
            i += 3;
        } else {
            i++;
        }
        for (unsigned c = from; c <= to && n < 512; c++)
            ret[n++] = (uint8_t)c;
    }
    return n;
}

/* Whether the letters are given others that are not their own in the other case. */
static bool turns_letters(const uint8_t map[256])
{
    unsigned n = 0;
    for (int c = 'A'; c <= 'z'; c++)
        n += isalpha(c) && isalpha(map[c]) && (map[c] | 0x20) != (c | 0x20);
    return n >= TURNED_MIN;
}

static bool translate(struct sh_text *t, struct str in, struct sh_args a)
{
    uint8_t from[512], to[512], map[256];
    bool deletes = a.n > 1 && str_is(a.v[1].text, "-d"), drops[256] = {};
    if (a.n != 3)
        return false;
    size_t n = set_of(a.v[deletes ? 2 : 1].text, from), m = deletes ? 0 : set_of(a.v[2].text, to);
    if (!deletes && (!m || a.v[1].text.p[0] == '-'))
        return false;
    for (unsigned c = 0; c < 256; c++)
        map[c] = (uint8_t)c;
    for (size_t i = 0; i < n; i++)
        if (deletes)
            drops[from[i]] = true;
        else
            map[from[i]] = to[i < m ? i : m - 1];
    for (size_t i = 0; i < in.n; i++)
        if (!drops[(uint8_t)in.p[i]])
            put(&t->text, (char)map[(uint8_t)in.p[i]]);
    if (!deletes && turns_letters(map))
        folded(t, STR("tr"));
    return true;
}

static void turn_lines(struct sh_text *t, struct str in)
{
    struct str line;
    bool ends = in.n && in.p[in.n - 1] == '\n';
    in.n -= ends;
    for (bool more = false; str_split(&in, '\n', &line); more = true) {
        if (more)
            put(&t->text, '\n');
        for (size_t i = line.n; i > 0; i--)
            put(&t->text, line.p[i - 1]);
    }
    if (ends)
        put(&t->text, '\n');
    folded(t, STR("rev"));
}

/* xxd -r -p; blanks and line ends are left out. */
static bool from_hex(struct sh_text *t, struct str in)
{
    int high = -1;
    for (size_t i = 0; i < in.n; i++) {
        int v = hex(in.p[i]);
        if (v < 0 && !isspace((unsigned char)in.p[i]))
            return false;
        if (v < 0)
            continue;
        if (high >= 0)
            put(&t->text, (char)(high << 4 | v));
        high = high >= 0 ? -1 : v;
    }
    folded(t, STR("hex"));
    return true;
}

static bool from_base64(struct sh_text *t, struct str in)
{
    char *out = xrealloc(NULL, BASE64_ROOM(in.n), 1);
    size_t n = 0;
    bool ok = base64_decode_into(in, out, &n) && n;
    if (ok)
        put_str(&t->text, str_n(out, n));
    free(out);
    if (ok)
        folded(t, STR("base64"));
    return ok;
}

static bool from_base32(struct sh_text *t, struct str in)
{
    struct unwrap_run run = {.encoded = str_trim(in)};
    while (run.encoded.n && run.encoded.p[run.encoded.n - 1] == '=')
        run.encoded.n--;
    for (size_t i = 0; i < run.encoded.n; i++)
        if (!isupper((unsigned char)run.encoded.p[i]) && !(run.encoded.p[i] >= '2' && run.encoded.p[i] <= '7'))
            return false;
    (void)unwrap_base32(&run, &t->text);
    folded(t, STR("base32"));
    return t->text.n;
}

static bool inflate(struct sh_text *t, struct str in, enum file_kind kind)
{
    bool more;
    if (!unwrap_inflate(kind, in, SH_TEXT_MAX, &t->text, &more) || more)
        return false;
    folded(t, str_from(kind_name(kind)));
    return true;
}

/* cut -c FROM-TO of each line. */
static bool cut(struct sh_text *t, struct str in, struct sh_args a)
{
    struct str range = a.n == 2 && str_starts(a.v[1].text, STR("-c")) ? str_sub(a.v[1].text, 2, a.v[1].text.n)
                       : a.n == 3 && str_is(a.v[1].text, "-c")        ? a.v[2].text
                                                                      : STR_NULL,
               line, first;
    uint64_t from = 1, to = SH_TEXT_MAX;
    bool has_end = range.n && memchr(range.p, '-', range.n);
    if (!range.n)
        return false;
    (void)str_split(&range, '-', &first);
    if ((first.n && !str_to_u64(first, &from)) || (has_end && range.n && !str_to_u64(range, &to)) || !from)
        return false;
    to = has_end ? to : from;
    while (str_split(&in, '\n', &line)) {
        put_str(&t->text, from <= line.n ? str_sub(line, (size_t)from - 1, to < line.n ? (size_t)to : line.n) : STR(""));
        put(&t->text, '\n');
    }
    return true;
}

static bool has(struct sh_args a, const char *options)
{
    for (size_t i = 1; i < a.n; i++)
        if (sh_in(a.v[i].text, options))
            return true;
    return false;
}

/* The output of a tool that reads what comes in; false for all that it does not know. */
static bool filter(struct sh_text *t, struct str in, struct str name, struct sh_args a)
{
    if (str_is(name, "cat") && (a.n == 1 || (a.n == 2 && str_is(a.v[1].text, "-")))) {
        put_str(&t->text, in);
        return true;
    }
    if (t->is_dynamic)
        return false;
    if (str_is(name, "rev") && a.n == 1) {
        turn_lines(t, in);
        return true;
    }
    if (str_is(name, "tr"))
        return translate(t, in, a);
    if (str_is(name, "cut"))
        return cut(t, in, a);
    if (str_is(name, "xxd") && (has(a, "-rp -pr -r") && has(a, "-rp -pr -p -ps -plain")))
        return from_hex(t, in);
    if (str_is(name, "openssl") && a.n > 1 && (has(a, "base64") || has(a, "-base64 -a")) && has(a, "-d"))
        return from_base64(t, in);
    if (!sh_decodes(name, a))
        return false;
    if (str_is(name, "base64"))
        return from_base64(t, in);
    if (str_is(name, "base32"))
        return from_base32(t, in);
    if (sh_in(name, "gunzip zcat gzip"))
        return inflate(t, in, KIND_GZIP);
    if (sh_in(name, "bunzip2 bzcat bzip2"))
        return inflate(t, in, KIND_BZIP2);
    if (sh_in(name, "unxz xzcat xz"))
        return inflate(t, in, KIND_XZ);
    return false;
}

void sh_text_through(struct sh_text *t, struct str name, struct sh_args a)
{
    struct strbuf in = t->text;
    t->text = (struct strbuf){};
    if (sh_in(name, "echo printf")) {
        strbuf_clear(&t->how);
        t->is_dynamic = false;
        for (size_t i = 1; i < a.n; i++) {
            t->is_dynamic |= a.v[i].is_dynamic || a.v[i].text.n >= SH_WORD_MAX; /* it was cut there */
            if (a.v[i].origin.how.n && !t->how.n)
                strbuf_add(&t->how, a.v[i].origin.how);
        }
        t->is_known = true;
        if (str_is(name, "echo"))
            echo(t, a);
        else if (!print_format(t, a))
            as_written(t, a);
    } else if (t->is_known) {
        t->is_known = filter(t, strbuf_str(&in), name, a);
    }
    strbuf_done(&in);
}
