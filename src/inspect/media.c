// SPDX-License-Identifier: Apache-2.0
/* The media analyzer: what stands behind the true end of a picture or document, and programs anywhere in one.
 */
#include <stdlib.h>

#include "inspect/media.h"

enum {
    EMBEDDED_MAX = 16, /* programs looked at per content */
    SCRIPT_MARK = 7,   /* #!/bin/ */
    PE_OFFSET_MAX = 4096,
};

/* An ELF header, read through the key; chance agreement is beyond 2^-60. */
static bool is_elf_header(const uint8_t *p, size_t n, uint8_t key)
{
    uint8_t h[52];
    if (n < sizeof(h))
        return false;
    for (size_t i = 0; i < sizeof(h); i++)
        h[i] = p[i] ^ key;
    bool big = h[5] == 2;
    unsigned type = big ? (unsigned)h[16] << 8 | h[17] : (unsigned)h[17] << 8 | h[16];
    unsigned version = big ? h[23] : h[20];
    for (size_t i = 9; i < 16; i++)
        if (h[i])
            return false;
    return (h[4] == 1 || h[4] == 2) && (h[5] == 1 || h[5] == 2) && h[6] == 1 && type >= 1 && type <= 4 &&
           version == 1;
}

static bool is_pe_header(const uint8_t *p, size_t n, uint8_t key)
{
    if (n < 64)
        return false;
    uint32_t at = (uint32_t)(p[60] ^ key) | (uint32_t)(p[61] ^ key) << 8 | (uint32_t)(p[62] ^ key) << 16 |
                  (uint32_t)(p[63] ^ key) << 24;
    return at >= 64 && at <= PE_OFFSET_MAX && at + 6 <= n && (p[at] ^ key) == 'P' &&
           (p[at + 1] ^ key) == 'E' && p[at + 2] == key && p[at + 3] == key;
}

static bool is_script_mark(const uint8_t *p, size_t n, uint8_t key)
{
    static const char MARK[] = "#!/bin/", USR[] = "#!/usr/";
    bool bin = n >= SCRIPT_MARK, usr = bin;
    for (size_t i = 0; i < SCRIPT_MARK && (bin || usr); i++) {
        bin &= (p[i] ^ key) == MARK[i];
        usr &= (p[i] ^ key) == USR[i];
    }
    return key && (bin || usr);
}

bool media_find_program(struct str data, size_t from, struct embedded *ret)
{
    /* Neighbours XORed: 7f 45 4c 46 → 3a 09 0a, 4d 5a → 17, 23 21 2f → 02 0e (little endian below). */
    enum { ELF_STEPS = 0x0a093a, PE_STEP = 0x17, SCRIPT_STEPS = 0x0e02 };
    const uint8_t *p = (const uint8_t *)data.p;
    for (size_t i = from; i + 4 <= data.n; i++) {
        uint32_t steps = ((uint32_t)(p[i] ^ p[i + 1])) | (uint32_t)(p[i + 1] ^ p[i + 2]) << 8 |
                         (uint32_t)(p[i + 2] ^ p[i + 3]) << 16;
        *ret = (struct embedded){.at = i};
        if (steps == ELF_STEPS) {
            ret->key = p[i] ^ 0x7f;
            ret->kind = KIND_ELF;
            if (is_elf_header(p + i, data.n - i, ret->key))
                return true;
        } else if ((steps & 0xff) == PE_STEP) {
            ret->key = p[i] ^ 'M';
            ret->kind = KIND_PE;
            if (is_pe_header(p + i, data.n - i, ret->key))
                return true;
        } else if ((steps & 0xffff) == SCRIPT_STEPS) {
            ret->key = p[i] ^ '#';
            ret->kind = KIND_SCRIPT;
            if (is_script_mark(p + i, data.n - i, ret->key))
                return true;
        }
    }
    return false;
}

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

static void look_embedded(struct inspection *in, const struct content *c, const struct embedded *e,
                          size_t end, struct facts *facts)
{
    struct str rest = str_sub(c->data, e->at, c->data.n);
    const char *name = kind_name(e->kind);
    struct str value = e->key ? arena_printf(&facts->arena, "%s^0x%02x", name, e->key) : str_from(name);
    inspection_see(facts, F_MEDIA_EMBEDDED, value, c, e->at, e->at + 4);
    if (!e->key) {
        if (!end || e->at != end) /* else the tail is this program */
            inspection_unwrap(in, c, "embedded", rest);
        return;
    }
    size_t room = inspection_room(in, c);
    rest = str_sub(rest, 0, room);
    uint8_t *plain = malloc(rest.n ? rest.n : 1);
    char how[8];
    if (!plain)
        return;
    for (size_t i = 0; i < rest.n; i++)
        plain[i] = (uint8_t)rest.p[i] ^ e->key;
    snprintf(how, sizeof(how), "xor:%02x", e->key);
    inspection_unwrap(in, c, how, str_n(plain, rest.n));
    free(plain);
}

static bool wants(const struct content *c)
{
    return c->first && c->last &&
           (c->kind == KIND_GIF || c->kind == KIND_PNG || c->kind == KIND_JPEG || c->kind == KIND_BMP ||
            c->kind == KIND_WEBP || c->kind == KIND_PDF || c->kind == KIND_ZIP);
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)state;
    size_t end = media_end(c->kind, c->data);
    if (end)
        look_tail(in, c, end, facts);
    /* An archive holds programs openly; only what it hides behind its end counts. */
    size_t at = c->kind == KIND_ZIP ? (end ? end : c->data.n) : 4;
    struct embedded e;
    for (unsigned n = 0; n < EMBEDDED_MAX && media_find_program(c->data, at, &e); n++) {
        look_embedded(in, c, &e, end, facts);
        at = e.at + 4;
    }
    return 0;
}

const struct analyzer analyzer_media = {.name = "media", .wants = wants, .look = look};
