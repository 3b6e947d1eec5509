// SPDX-License-Identifier: Apache-2.0
/* The unwrap analyzer: what is encoded or packed within content goes through all analyzers again. */
#include "inspect/unwrap.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "inspect/archive_walk.h"
#include "inspect/code_fold.h"
#include "inspect/patterns.h"
#include "inspect/web.h"

enum {
    UTF16_BYTES_MAX = 4 << 20, /* larger ones are data */
    MEMBERS_MAX = 16,          /* packed members tried within content of no known kind */
};

/* What a text says of its own encodings: words that the pass over it finds. */
enum sign {
    SIGN_TURNS,    /* strings are turned round: [::-1] in Python, rev in shells */
    SIGN_DEFLATED, /* base64 is inflated once it is decoded */
    SIGN_BASE32,
    SIGN_FOLDS,    /* a program makes text of numbers or encoded text, */
    SIGN_RUNS,     /* and runs text */
    SIGN_PIECES,   /* names put together, as PHP may call them */
    SIGN_WITHIN,   /* a page has code or pages in its attributes that are not as they are written */
    SIGN__N,
};

static const struct {
    const char *text;
    enum sign sign;
} WORDS[] = {
    {"[::-1]", SIGN_TURNS},       {"| rev", SIGN_TURNS},       {"|rev", SIGN_TURNS},
    {"reverse(", SIGN_TURNS},     {"strrev(", SIGN_TURNS},     {"gzinflate", SIGN_DEFLATED},
    {"inflateRaw", SIGN_DEFLATED}, {"base32", SIGN_BASE32},     {"b32decode", SIGN_BASE32},
    {"fromCharCode", SIGN_FOLDS}, {"fromCodePoint", SIGN_FOLDS}, {"atob", SIGN_FOLDS},      {"b64decode", SIGN_FOLDS},
    {"base64_decode", SIGN_FOLDS}, {"fromhex", SIGN_FOLDS},     {"unhexlify", SIGN_FOLDS},  {"hex2bin", SIGN_FOLDS},
    {"rot13", SIGN_FOLDS},        {"rot_13", SIGN_FOLDS},       {"chr(", SIGN_FOLDS},       {"(chr,", SIGN_FOLDS},
    {"decompress(", SIGN_FOLDS},  {"marshal.loads", SIGN_FOLDS}, {"[::-1]", SIGN_FOLDS},    {"strrev", SIGN_FOLDS},
    {".reverse()", SIGN_FOLDS},   {"'base64'", SIGN_FOLDS},     {"\"base64\"", SIGN_FOLDS}, {"'hex'", SIGN_FOLDS},
    {"\"hex\"", SIGN_FOLDS},      {"_0x", SIGN_FOLDS},          {"\\x6", SIGN_FOLDS},       {"\\x7", SIGN_FOLDS},
    {"\\u006", SIGN_FOLDS},       {"\\u007", SIGN_FOLDS},       {"unescape(", SIGN_FOLDS},     {"pack('H", SIGN_FOLDS},      {"pack(\"H", SIGN_FOLDS},     {"].join(", SIGN_FOLDS},
    {"p,a,c,k,e", SIGN_FOLDS},    {"p,a,c,k,e", SIGN_RUNS},     {"RegExp('\\\\b'", SIGN_FOLDS}, {"RegExp('\\\\b'", SIGN_RUNS}, {"RegExp(\"\\\\b\"", SIGN_FOLDS}, {"RegExp(\"\\\\b\"", SIGN_RUNS},
    {"' . '", SIGN_PIECES},       {"'.'", SIGN_PIECES},         {"\".\"", SIGN_PIECES},     {"\" . \"", SIGN_PIECES},
    {"eval(", SIGN_RUNS},         {"exec(", SIGN_RUNS},         {"execSync", SIGN_RUNS},    {"Function(", SIGN_RUNS},
    {"assert(", SIGN_RUNS},       {"system(", SIGN_RUNS},       {"popen(", SIGN_RUNS},      {"Popen(", SIGN_RUNS},
    {"create_function", SIGN_RUNS}, {"child_process", SIGN_RUNS}, {"subprocess.", SIGN_RUNS}, {"passthru(", SIGN_RUNS},
    {"spawn(", SIGN_RUNS},        {"__import__(", SIGN_RUNS},   {"_0x", SIGN_RUNS},         {"require('\\", SIGN_RUNS},
    {"require(\"\\", SIGN_RUNS},  {"['\\x", SIGN_RUNS},         {"[\"\\x", SIGN_RUNS},
};

/* The same in any case of letters. */
static const char *const WITHIN[] = {"srcdoc", "data:text/", "data:application/", "data:image/svg", "script:", "=\"&#", "='&#", "(&#", "(&quot;"};

struct signs_seen {
    bool has[SIGN__N];
};

struct work {
    struct inspection *in;
    const struct content *c;
    struct signs_seen signs;
    struct strbuf out; /* of the decoder at work */
};

typedef bool next_run(struct str text, size_t *at, struct unwrap_run *ret);
typedef bool decode_run(const struct unwrap_run *run, struct strbuf *out);

static void each_run(struct work *w, next_run *next, decode_run *decode, const char *how)
{
    struct unwrap_run run;
    for (size_t at = 0; inspection_room(w->in, w->c) && next(w->c->data, &at, &run);)
        if (decode(&run, &w->out))
            inspection_unwrap(w->in, w->c, how, strbuf_str(&w->out));
}

/* What is no text in base64 may be deflated, without a mark in front. */
static void look_deflated(struct work *w, const struct unwrap_run *run)
{
    _cleanup_(strbuf_done) struct strbuf plain = {};
    unwrap_base64_any(run, &w->out);
    if (unwrap_deflate(strbuf_str(&w->out), inspection_room(w->in, w->c), &plain) && unwrap_is_worth(strbuf_str(&plain)))
        inspection_unwrap(w->in, w->c, "base64>deflate", strbuf_str(&plain));
}

static void look_base64(struct work *w)
{
    struct unwrap_run run;
    for (size_t at = 0; inspection_room(w->in, w->c) && unwrap_next_base64(w->c->data, w->signs.has[SIGN_TURNS], &at, &run);) {
        struct unwrap_run straight = {.encoded = run.encoded};
        if (unwrap_base64(&straight, &w->out))
            inspection_unwrap(w->in, w->c, "base64", strbuf_str(&w->out));
        else if (run.is_reversed && unwrap_base64(&run, &w->out))
            inspection_unwrap(w->in, w->c, "rev>base64", strbuf_str(&w->out));
        else if (w->signs.has[SIGN_DEFLATED])
            look_deflated(w, &straight);
    }
}

/*
 * "… TEXT | rev": the quoted or last word before the pipe, turned round. Regular expressions also have
 * "|rev|" in them, so a pipe needs a blank or a quote beside it. No byte is looked at for two pipes.
 */
static void look_rev(struct work *w)
{
    struct str t = w->c->data;
    size_t floor = 0;
    for (ptrdiff_t at = 0; (at = str_find(t, STR("rev"), (size_t)at)) >= 0; at += 3) {
        size_t end = (size_t)at, behind = end + 3;
        if (behind < t.n && !strchr(" \t\n|;)&`\"'", t.p[behind]))
            continue;
        while (end && (t.p[end - 1] == ' ' || t.p[end - 1] == '\t'))
            end--;
        if (!end || t.p[end - 1] != '|')
            continue;
        bool spaced = end < (size_t)at;
        end--;
        while (end && (t.p[end - 1] == ' ' || t.p[end - 1] == '\t')) {
            end--;
            spaced = true;
        }
        char quote = end && (t.p[end - 1] == '\'' || t.p[end - 1] == '"') ? t.p[end - 1] : 0;
        if ((!spaced && !quote) || end <= floor)
            continue;
        end -= quote != 0;
        size_t from = end;
        while (from > floor && t.p[from - 1] != '\n' &&
               (quote ? t.p[from - 1] != quote : t.p[from - 1] != ' '))
            from--;
        floor = behind;
        strbuf_clear(&w->out);
        for (size_t i = end; i > from; i--)
            strbuf_addc(&w->out, t.p[i - 1]);
        if (unwrap_is_worth(strbuf_str(&w->out)))
            inspection_unwrap(w->in, w->c, "rev", strbuf_str(&w->out));
    }
}

static void look_packed(struct work *w, enum file_kind kind, struct str packed)
{
    bool more;
    if (unwrap_inflate(kind, packed, inspection_room(w->in, w->c), &w->out, &more))
        inspection_unwrap(w->in, w->c, kind_name(kind), strbuf_str(&w->out));
    if (more)
        inspection_refuse(w->in);
}

/* Archives behind scripts, and packed members within content of no known kind. */
static void look_members(struct work *w)
{
    static const struct {
        enum file_kind kind;
        struct str magic;
    } MAGIC[] = {
        {KIND_GZIP, {"\x1f\x8b\x08", 3}},
        {KIND_XZ,
         {"\xfd"
          "7zXZ\0",
          6}},
        {KIND_BZIP2, {"BZh91AY&SY", 10}},
        {KIND_ZSTD, {"\x28\xb5\x2f\xfd", 4}},
    };
    struct str t = w->c->data;
    for (size_t m = 0; m < ARRAY_SIZE(MAGIC); m++) {
        unsigned tries = 0;
        for (ptrdiff_t at = 1; tries < MEMBERS_MAX && (at = str_find(t, MAGIC[m].magic, (size_t)at)) >= 0;
             at++) {
            /* gzip's flags have three bits that must be 0. */
            if (MAGIC[m].kind == KIND_GZIP && ((size_t)at + 4 > t.n || t.p[at + 3] & 0xe0))
                continue;
            tries++;
            look_packed(w, MAGIC[m].kind, str_sub(t, (size_t)at, t.n));
        }
    }
}

/* UTF-16 with its mark in front, as editors elsewhere write it, in UTF-8. Halves of pairs that stand alone
 * end it. */
static void look_utf16(struct work *w)
{
    static const uint8_t FIRST[] = {0, 0xc0, 0xe0, 0xf0};
    struct str t = w->c->data;
    bool little = t.n >= 4 && t.p[0] == '\xff' && t.p[1] == '\xfe',
         big = t.n >= 4 && t.p[0] == '\xfe' && t.p[1] == '\xff';
    if ((!little && !big) || !w->c->last || t.n > UTF16_BYTES_MAX)
        return;
    strbuf_clear(&w->out);
    for (size_t i = 2; i + 1 < t.n; i += 2) {
        uint32_t v = (uint32_t)(uint8_t)t.p[i + big] | (uint32_t)(uint8_t)t.p[i + little] << 8;
        if (v >= 0xd800 && v < 0xdc00 && i + 3 < t.n) {
            uint32_t low = (uint32_t)(uint8_t)t.p[i + 2 + big] | (uint32_t)(uint8_t)t.p[i + 2 + little] << 8;
            if (low < 0xdc00 || low > 0xdfff)
                return;
            v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        if (!v || (v >= 0xd800 && v < 0xe000))
            return;
        if (v < 0x80) {
            strbuf_addc(&w->out, (char)v);
            continue;
        }
        unsigned more = v < 0x800 ? 1 : v < 0x10000 ? 2 : 3;
        strbuf_addc(&w->out, (char)(FIRST[more] | v >> 6 * more));
        while (more--)
            strbuf_addc(&w->out, (char)(0x80 | (v >> 6 * more & 0x3f)));
    }
    inspection_unwrap(w->in, w->c, "utf16", strbuf_str(&w->out));
}

/* The language of a program, or of what came out of it. */
static bool language_of(const struct content *c, const struct facts *facts, enum code_language *ret)
{
    static const struct {
        const char *interpreter, *end;
        enum code_language language;
    } ROWS[] = {{"node", ".js", CODE_JAVASCRIPT}, {"node", ".mjs", CODE_JAVASCRIPT}, {"node", ".cjs", CODE_JAVASCRIPT},
                {"python", ".py", CODE_PYTHON},   {"php", ".php", CODE_PHP},         {"python", ".pth", CODE_PYTHON}};
    struct str interpreter = c->language ? str_from(c->language) : facts_get_str(facts, F_SCRIPT_INTERPRETER);
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
        if (interpreter.n ? str_is(interpreter, ROWS[i].interpreter) : str_ends(c->place, str_from(ROWS[i].end))) {
            *ret = ROWS[i].language;
            return true;
        }
    *ret = CODE_JAVASCRIPT;
    enum file_kind outer = kind_expected(c->path);
    return c->kind == KIND_JAVASCRIPT || (c->depth && !interpreter.n && (outer == KIND_HTML || outer == KIND_SVG));
}

static void look_folded(struct work *w, struct facts *facts)
{
    enum code_language language;
    bool folds = w->signs.has[SIGN_RUNS] && w->signs.has[SIGN_FOLDS];
    /* PHP may call what it puts together of pieces, whatever that is. */
    bool joins = w->signs.has[SIGN_RUNS] && w->signs.has[SIGN_PIECES];
    if (!folds && !joins && !w->signs.has[SIGN_WITHIN])
        return;
    if (web_is_page(w->c))
        code_fold_page(w->in, w->c, folds || joins, facts);
    else if (language_of(w->c, facts, &language) && (folds || (joins && language == CODE_PHP)))
        code_fold(w->in, w->c, w->c->data, language, facts);
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    struct signs_seen *signs = state;
    struct work w = {.in = in, .c = c, .signs = *signs};
    *signs = (struct signs_seen){}; /* what is unwrapped has its own pass */
    if (c->is_text || c->kind == KIND_SCRIPT) {
        if (c->first)
            look_folded(&w, facts); /* before others: it knows the language of what comes out */
        look_base64(&w);
        if (w.signs.has[SIGN_BASE32])
            each_run(&w, unwrap_next_base32, unwrap_base32, "base32");
        each_run(&w, unwrap_next_hex, unwrap_hex, "hex");
        each_run(&w, unwrap_next_escapes, unwrap_escapes, "escapes");
        each_run(&w, unwrap_next_percent, unwrap_percent, "percent");
        look_rev(&w);
    }
    if (c->first) {
        look_utf16(&w);
        if (c->depth && archive_packs(c->kind)) /* files that are compressed have a member instead */
            look_packed(&w, c->kind, c->data);
        if ((c->kind == KIND_SCRIPT && !c->is_text) || (c->kind == KIND_DATA && c->depth))
            look_members(&w);
        if (c->depth && unwrap_is_zlib(c->data) && unwrap_zlib(c->data, inspection_room(in, c), &w.out))
            inspection_unwrap(in, c, "zlib", strbuf_str(&w.out));
    }
    strbuf_done(&w.out);
    return 0;
}

static int unwrap_init(const struct inspect_options *options, void **ret, struct error *err)
{
    (void)options;
    (void)err;
    *ret = xnew(struct signs_seen);
    return 0;
}

static void on_word(void *state, unsigned sign, const struct content *c, size_t end)
{
    (void)c;
    (void)end;
    ((struct signs_seen *)state)->has[sign] = true;
}

static void unwrap_subscribe(void *state, struct patterns *patterns)
{
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        patterns_add(patterns, str_from(WORDS[i].text), false, true, on_word, state, WORDS[i].sign);
    for (size_t i = 0; i < ARRAY_SIZE(WITHIN); i++)
        patterns_add(patterns, str_from(WITHIN[i]), true, true, on_word, state, SIGN_WITHIN);
}

const struct analyzer analyzer_unwrap = {
    .name = "unwrap", .init = unwrap_init, .done = free, .subscribe = unwrap_subscribe, .look = look};
