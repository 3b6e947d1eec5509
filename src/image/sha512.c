// SPDX-License-Identifier: Apache-2.0
#define OPENSSL_SUPPRESS_DEPRECATED /* the newer interface opens files when it is first used, which a confined process cannot */
#include <openssl/sha.h>

#include "base/digest.h"
#include "image/sha512.h"

static const struct str PREFIX = {"sha512:", 7};

bool sha512_is(struct str digest)
{
    uint8_t bytes[SHA512_DIGEST_LENGTH];
    return str_starts(digest, PREFIX) && digest.n == PREFIX.n + 2 * sizeof(bytes) && hex_decode(str_sub(digest, PREFIX.n, digest.n), bytes);
}

bool sha512_fits(const struct part *part, struct str digest)
{
    uint8_t want[SHA512_DIGEST_LENGTH], is[SHA512_DIGEST_LENGTH], buffer[32 << 10];
    SHA512_CTX ctx;
    size_t n = 1;
    if (!sha512_is(digest) || !hex_decode(str_sub(digest, PREFIX.n, digest.n), want) || !SHA512_Init(&ctx))
        return false;
    for (uint64_t at = 0; n; at += n)
        if (part_read(part, at, buffer, sizeof(buffer), &n) < 0 || !SHA512_Update(&ctx, buffer, n))
            return false;
    return SHA512_Final(is, &ctx) && !memcmp(is, want, sizeof(is));
}
