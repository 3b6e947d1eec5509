// SPDX-License-Identifier: Apache-2.0
/* The media analyzer: what stands behind the true end of a picture or document, and programs and code anywhere in one.
 */
#include "inspect/media.h"

#include <ctype.h>
#include <stdlib.h>

#include "inspect/unwrap.h"

enum {
    EMBEDDED_MAX = 16,      /* programs looked at per content */
    PARTS_MAX = 64,         /* comments and chunks looked at per content */
    PART_BYTES_MIN = 12,    /* shorter text is a name or a date */
    PART_TEXT_MAX = 1 << 20, /* unpacked text of one part */
    CODE_MAX = 8,           /* places of PHP looked at per content */
    CODE_BYTES_MAX = 1 << 20,
    CHUNK_BYTES_MIN = 4096,
    PROBE_BYTES = 4096,     /* unpacked to tell whether a program comes out */
    STREAMS_MAX = 1024,     /* of a document */
};

/* Unknown chunks with more bits per byte are packed or encrypted. */
static const double CHUNK_ENTROPY_MIN = 7.2;

static bool is_padding(struct str tail)
{
    for (size_t i = 0; i < tail.n; i++)
        if (!strchr(" \t\r\n\xff", tail.p[i])) /* strchr finds the NUL too */
            return false;
    return true;
}

static void look_tail(struct inspection *in, const struct content *c, size_t end, struct facts *facts)
{
    struct str tail = str_sub(c->data, end, c->data.n);
    bool is_first = !facts_has(facts, F_MEDIA_END);
    struct histogram h = {};
    histogram_add(&h, tail);
    enum file_kind kind = kind_sniff(tail, kind_is_text(tail, &h), STR_NULL);
    bool padding = is_padding(tail);
    if (is_first) {
        facts_uint(facts, F_MEDIA_END, end);
        facts_uint(facts, F_MEDIA_TAIL_SIZE, tail.n);
    }
    if (is_first && tail.n) {
        facts_double(facts, F_MEDIA_TAIL_ENTROPY, histogram_entropy(&h));
        facts_str(facts, F_MEDIA_TAIL_KIND, padding ? STR("padding") : str_from(kind_name(kind)));
    }
    /* A film behind a photo is what telephones write; it is no content that analyzers read. */
    if (!padding && kind != KIND_MP4)
        inspection_unwrap(in, c, "tail", tail);
}

static const char *key_hex(const struct embedded *e, char *text)
{
    text[0] = 0;
    for (unsigned i = 0; i < e->n_key && e->how != SCRAMBLE_GROWS; i++)
        sprintf(text + 2 * i, "%02x", e->key[i]);
    if (e->how == SCRAMBLE_GROWS)
        sprintf(text, "%02x+%02x", e->key[0], e->key[1]);
    return text;
}

static void look_embedded(struct inspection *in, const struct content *c, const struct embedded *e,
                          size_t end, struct facts *facts)
{
    static const char *const HOW[] = {"", "^0x", "+0x", "<<0x", "^0x", "^chain", "^before", "^0x", ",turned"},
                             *const UNWRAP[] = {"", "xor:", "add:", "rol:", "xor:", "xor-chain", "xor-before", "xor-skip:", "rev"};
    struct str rest = str_sub(c->data, e->at, c->data.n);
    char hex[2 * MEDIA_KEY_MAX + 1] = "", how[16 + 2 * MEDIA_KEY_MAX];
    const char *name = kind_name(e->kind);
    struct str value = str_from(name);
    if (e->how != SCRAMBLE_NONE)
        value = arena_printf(&facts->arena, "%s%s%s", name, HOW[e->how], key_hex(e, hex));
    inspection_see(facts, F_MEDIA_EMBEDDED, value, c, e->at, e->at + 4);
    if (e->how == SCRAMBLE_NONE) {
        if (!end || e->at != end) /* else the tail is this program */
            inspection_unwrap(in, c, "embedded", rest);
        return;
    }
    rest = str_sub(rest, 0, inspection_room(in, c));
    uint8_t *plain = malloc(rest.n ? rest.n : 1);
    if (!plain)
        return;
    media_unscramble(e, rest, plain);
    snprintf(how, sizeof(how), "%s%s", UNWRAP[e->how], hex);
    inspection_unwrap(in, c, how, str_n(plain, rest.n));
    free(plain);
}

static bool is_picture(enum file_kind k)
{
    return k == KIND_GIF || k == KIND_PNG || k == KIND_JPEG || k == KIND_BMP || k == KIND_WEBP || k == KIND_ICO ||
           k == KIND_SVG;
}

/* PHP runs wherever the server is told to look for it, in a comment or between pixels. */
static void look_code(struct inspection *in, const struct content *c, struct facts *facts)
{
    struct str s = c->data;
    ptrdiff_t at = 0;
    for (unsigned n = 0; n < CODE_MAX && (at = str_find_nocase(s, STR("<?php"), (size_t)at)) >= 0; n++) {
        size_t end = (size_t)at + 5;
        while (end < s.n && end - (size_t)at < CODE_BYTES_MAX &&
               ((unsigned char)s.p[end] >= 0x20 || strchr("\t\r\n", s.p[end])) && s.p[end] &&
               !str_starts(str_sub(s, end, s.n), STR("?>")))
            end++;
        struct str code = str_sub(s, (size_t)at, end);
        inspection_see(facts, F_MEDIA_CODE, STR("php"), c, (size_t)at, end);
        inspection_unwrap(in, c, "php", code);
        at = (ptrdiff_t)end;
    }
}

/* Comments of GIF stand in blocks of up to 255 bytes, each behind its length. */
static struct str joined(struct str blocks, struct strbuf *out)
{
    strbuf_clear(out);
    for (size_t i = 0; i < blocks.n; i += (uint8_t)blocks.p[i] + 1u)
        strbuf_add(out, str_sub(blocks, i + 1, i + 1 + (uint8_t)blocks.p[i]));
    return strbuf_str(out);
}

/* The longest run of text, for parts that mix text with numbers, such as Exif. */
static struct str longest_text(struct str s)
{
    struct str best = {};
    for (size_t from = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && ((unsigned char)s.p[i] >= 0x20 || (s.p[i] && strchr("\t\r\n", s.p[i]))) && s.p[i] != 0x7f)
            continue;
        if (i - from > best.n)
            best = str_sub(s, from, i);
        from = i + 1;
    }
    return best;
}

static bool is_letters(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalpha((unsigned char)s.p[i]))
            return false;
    return true;
}

static void look_part(struct inspection *in, const struct content *c, const struct media_part *part,
                      struct strbuf *out, struct facts *facts)
{
    struct str data = part->data;
    if (part->name.n) {
        if (data.n < CHUNK_BYTES_MIN)
            return;
        if (entropy_of(data) >= CHUNK_ENTROPY_MIN)
            inspection_see(facts, F_MEDIA_CHUNKS, is_letters(part->name) ? part->name : STR("?"), c,
                           (size_t)(data.p - c->data.p), (size_t)(data.p - c->data.p) + 4);
        inspection_unwrap(in, c, part->how, data);
        return;
    }
    if (c->kind == KIND_GIF)
        data = joined(data, out);
    if (part->is_deflated) {
        size_t room = inspection_room(in, c);
        if (!unwrap_is_zlib(data) || !unwrap_zlib(data, room < PART_TEXT_MAX ? room : PART_TEXT_MAX, out))
            return;
        data = strbuf_str(out);
    } else if (!str_is(str_from(part->how), "exif")) {
        data = str_trim(data);
    } else {
        data = longest_text(data);
    }
    /* XMP is in nearly every photo and edited picture; it is data about them. */
    if (data.n >= PART_BYTES_MIN && unwrap_is_worth(data) && !str_has(str_sub(data, 0, 512), STR("xpacket")) &&
        !str_has(str_sub(data, 0, 512), STR("adobe:ns:meta")))
        inspection_unwrap(in, c, part->how, data);
}

static void look_parts(struct inspection *in, const struct content *c, struct facts *facts)
{
    _cleanup_(strbuf_done) struct strbuf out = {};
    struct media_part part;
    size_t at = 0;
    for (unsigned n = 0; n < PARTS_MAX && media_next_part(c->kind, c->data, &at, &part); n++)
        look_part(in, c, &part, &out, facts);
}

/*
 * What else a reader would take the content for: readers of archives look at the end, readers of documents within the first
 * kilobyte, and a browser that is told that it is a script takes the first bytes of a picture for a name and a comment.
 */
static void look_also(const struct content *c, struct facts *facts)
{
    struct str s = c->data;
    if (c->kind != KIND_ZIP && media_end(KIND_ZIP, s) == s.n && str_has(s, STR("PK\1\2")))
        (void)facts_add(facts, F_MEDIA_ALSO, STR("zip"));
    if (c->kind != KIND_PDF && str_has(str_sub(s, 0, 1024), STR("%PDF-1")) && str_has(s, STR("%%EOF")))
        (void)facts_add(facts, F_MEDIA_ALSO, STR("pdf"));
    size_t comment = c->kind == KIND_GIF ? 6 : c->kind == KIND_BMP ? 2 : c->kind == KIND_JPEG ? 4 : 0;
    struct str mark = str_sub(s, comment, comment + 2);
    if (comment && (str_is(mark, "/*") || (c->kind == KIND_GIF && mark.n && mark.p[0] == '=')) &&
        (str_is(mark, "/*") ? str_has(s, STR("*/")) : c->is_text || !media_end(c->kind, s)))
        (void)facts_add(facts, F_MEDIA_ALSO, STR("javascript"));
    if (is_picture(c->kind) && c->kind != KIND_SVG && str_find_nocase(s, STR("<script"), 0) >= 0)
        (void)facts_add(facts, F_MEDIA_ALSO, STR("html"));
}

static bool begins_program(struct str s)
{
    struct embedded e;
    enum file_kind kind = kind_sniff(s, false, STR_NULL);
    return kind == KIND_ELF || kind == KIND_PE || kind == KIND_SCRIPT || (kind == KIND_DATA && media_is_program(s, false, &e));
}

/* What is packed there, when a program comes out. */
static void look_packed(struct inspection *in, const struct content *c, enum file_kind kind, const char *how, struct str packed, struct strbuf *out)
{
    for (size_t room = PROBE_BYTES;; room = inspection_room(in, c)) {
        bool more;
        bool ok = kind == KIND_DATA ? unwrap_zlib(packed, room, out) : unwrap_inflate(kind, packed, room, out, &more);
        if (!ok || !begins_program(strbuf_str(out)))
            return;
        if (room == PROBE_BYTES)
            continue;
        inspection_unwrap(in, c, how, strbuf_str(out));
        return;
    }
}

/* The streams of a document, which are mostly letters and pictures: only what begins as a program is more. */
static void look_streams(struct inspection *in, const struct content *c)
{
    _cleanup_(strbuf_done) struct strbuf out = {};
    struct str s = c->data;
    ptrdiff_t at = 0;
    for (unsigned n = 0; n < STREAMS_MAX && (at = str_find(s, STR("stream"), (size_t)at)) >= 0; at += 6) {
        if (at && isalpha((unsigned char)s.p[at - 1])) /* endstream */
            continue;
        size_t i = (size_t)at + 6;
        i += i < s.n && s.p[i] == '\r';
        i += i < s.n && s.p[i] == '\n';
        n++;
        struct str data = str_sub(s, i, s.n);
        if (unwrap_is_zlib(data))
            look_packed(in, c, KIND_DATA, "stream", data, &out);
    }
}

/* Programs that are compressed or in base64 somewhere in a picture, a sound or a document. */
static void look_encoded(struct inspection *in, const struct content *c)
{
    static const struct {
        enum file_kind kind;
        struct str mark;
    } PACKED[] = {{KIND_GZIP, {"\x1f\x8b\x08", 3}}, {KIND_XZ, {"\xfd" "7zXZ\0", 6}}, {KIND_BZIP2, {"BZh91AY&SY", 10}}, {KIND_ZSTD, {"\x28\xb5\x2f\xfd", 4}}};
    static const struct str TEXT[] = {{"f0VMRg", 6}, {"TVqQAA", 6}, {"TVpQAA", 6}, {"IyEvYmlu", 8}};
    _cleanup_(strbuf_done) struct strbuf out = {};
    struct str s = c->data;
    for (size_t k = 0; k < ARRAY_SIZE(PACKED); k++) {
        ptrdiff_t at = 4;
        for (unsigned n = 0; n < EMBEDDED_MAX && (at = str_find(s, PACKED[k].mark, (size_t)at)) >= 0; n++, at++)
            look_packed(in, c, PACKED[k].kind, kind_name(PACKED[k].kind), str_sub(s, (size_t)at, s.n), &out);
    }
    for (size_t k = 0; k < ARRAY_SIZE(TEXT); k++) {
        ptrdiff_t at = 0;
        for (unsigned n = 0; n < EMBEDDED_MAX && (at = str_find(s, TEXT[k], (size_t)at)) >= 0; n++) {
            struct unwrap_run run;
            size_t next = (size_t)at;
            at += (ptrdiff_t)TEXT[k].n;
            if (!unwrap_next_base64(s, false, &next, &run) || run.encoded.p != s.p + at - TEXT[k].n)
                continue;
            unwrap_base64_any(&run, &out);
            inspection_unwrap(in, c, "base64", strbuf_str(&out));
            at = (ptrdiff_t)next;
        }
    }
}

/* Bytes of no known kind that are a program once they are unscrambled: a tail, a chunk, or all of a file. */
static void look_whole(struct inspection *in, const struct content *c, struct facts *facts)
{
    struct embedded e;
    bool is_hidden = c->depth || kind_expected(c->path) != KIND_DATA;
    if (media_is_program(c->data, is_hidden, &e))
        look_embedded(in, c, &e, 0, facts);
}

static bool wants(const struct content *c)
{
    if (c->kind == KIND_DATA)
        return c->first;
    return c->first && c->last &&
           (is_picture(c->kind) || c->kind == KIND_PDF || c->kind == KIND_ZIP || c->kind == KIND_WAV || c->kind == KIND_MP3 ||
            c->kind == KIND_MP4 || c->kind == KIND_HEIF);
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)state;
    if (c->kind == KIND_DATA) {
        look_whole(in, c, facts);
        return 0;
    }
    size_t end = media_end(c->kind, c->data);
    /* An archive holds programs openly; only what it hides behind its end counts. They come first, so that their place is told. */
    size_t at = c->kind == KIND_ZIP ? (end ? end : c->data.n) : 4;
    struct embedded e;
    for (unsigned n = 0; n < EMBEDDED_MAX && media_find_program(c->data, at, &e); n++) {
        look_embedded(in, c, &e, end, facts);
        at = e.at + 4;
    }
    if (end)
        look_tail(in, c, end, facts);
    if (c->kind != KIND_ZIP)
        look_also(c, facts);
    if (is_picture(c->kind)) {
        look_code(in, c, facts);
        look_parts(in, c, facts);
    }
    if (c->kind == KIND_PDF)
        look_streams(in, c);
    if (c->kind != KIND_ZIP && !c->is_text)
        look_encoded(in, c);
    return 0;
}

const struct analyzer analyzer_media = {.name = "media", .wants = wants, .look = look};
