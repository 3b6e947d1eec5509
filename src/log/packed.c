// SPDX-License-Identifier: Apache-2.0
#include "log/packed.h"

#include <isa-l/igzip_lib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "log/limits.h"

static bool is_json(struct str s)
{
    s = str_trim(s);
    return s.n && (s.p[0] == '{' || s.p[0] == '[');
}

/* Lines: something to read, and nothing that no line has. */
static bool is_text(struct str s)
{
    enum { LEAST = 16 };
    bool is = s.n >= LEAST;
    for (size_t i = 0; is && i < s.n; i++)
        is = (unsigned char)s.p[i] >= ' ' ? s.p[i] != 0x7f : s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r';
    return is && str_find(s, STR(" "), 0) > 0;
}

/* One member of gzip; what is behind it is left out. */
static bool gunzip(struct arena *a, struct str s, struct str *ret)
{
    enum { PIECE = 64 << 10 };
    _cleanup_free_ struct inflate_state *z = xnew(struct inflate_state);
    _cleanup_(strbuf_done) struct strbuf b = {};
    isal_inflate_init(z);
    z->crc_flag = ISAL_GZIP;
    z->next_in = (uint8_t *)s.p;
    z->avail_in = (uint32_t)s.n;
    while (z->block_state != ISAL_BLOCK_FINISH) {
        if (b.n >= LOG_RECORD_MAX)
            return false;
        strbuf_reserve(&b, PIECE);
        z->next_out = (uint8_t *)b.p + b.n;
        z->avail_out = PIECE;
        if (isal_inflate(z) != ISAL_DECOMP_OK || z->avail_out == PIECE)
            break;
        b.n += PIECE - z->avail_out;
    }
    if (z->block_state != ISAL_BLOCK_FINISH || !(is_json(strbuf_str(&b)) || is_text(strbuf_str(&b))))
        return false;
    *ret = arena_str(a, strbuf_str(&b));
    return true;
}

bool log_unpack(struct arena *a, struct str s, struct str *ret)
{
    enum { LEAST = 8, SOON = 64 };
    struct str bytes;
    /* what has a blank soon is no base64, and most texts have one */
    if (s.n < LEAST || s.n > LOG_RECORD_MAX || memchr(s.p, ' ', s.n < SOON ? s.n : SOON) || !base64_decode(a, s, &bytes))
        return false;
    if (is_json(bytes) || is_text(bytes)) {
        *ret = bytes;
        return true;
    }
    return str_starts(bytes, STR("\x1f\x8b")) && gunzip(a, bytes, ret);
}
