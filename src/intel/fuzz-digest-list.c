// SPDX-License-Identifier: Apache-2.0
/* Lists of digests from strangers: each is refused with words, or counts and finds what it holds. */
#include "intel/intel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.hdb", "a.fp", "a.hsu", "a.json"};
    struct error err = ERROR_NULL;
    if (!size || size > 1 << 16)
        return 0;
    _cleanup_(intel_freep) struct intel *in = intel_new(UINT64_C(1'764'288'000) * 1'000'000'000U);
    struct str text = str_n(data + 1, size - 1);
    const bool is_leaked = data[0] & 0x80; /* of secrets */
    if ((is_leaked ? intel_add_leaked_text(in, "a", text, &err) : intel_add_digests_text(in, names[data[0] % 4], text, &err)) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    intel_seal(in);
    size_t n;
    const struct intel_list *list = intel_lists(in, &n);
    if (str_starts(text, STR("ClamAV-VDB:"))) { /* a container of lists */
        uint64_t digests = 0;
        for (size_t i = 0; i < n; i++)
            digests += list[i].digests;
        if (!n || digests != intel_totals(in).digests)
            __builtin_trap();
        return 0;
    }
    if (n != 1 || list->digests != intel_totals(in).digests || (list->bad && !list->bad_shown.n))
        __builtin_trap();
    /* Whatever hex of a digest's length stands at the start of a line is looked up. */
    struct str rest = text, line;
    while (str_split(&rest, '\n', &line)) {
        struct intel_known known = {};
        uint8_t digest[DIGEST_BYTES_MAX] = {};
        if (line.n >= SHA256_HEX && hex_decode(str_sub(line, 0, SHA256_HEX), digest))
            (is_leaked ? intel_know_leaked(in, DIGEST_SHA256, digest, &known) : intel_know(in, DIGEST_SHA256, digest, line.n, &known));
        else if (line.n >= 32 && hex_decode(str_sub(line, 0, 32), digest))
            intel_know(in, DIGEST_MD5, digest, DIGEST_ANY_SIZE, &known);
        if (known.n > 8 || (known.n && !known.bad && !known.unwanted && !known.expired))
            __builtin_trap();
    }
    return 0;
}
