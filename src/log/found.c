// SPDX-License-Identifier: Apache-2.0
#include "log/found.h"

/* /srv/a: b.php: Php.Malware.Agent(44d88612fea8a8f36de82e1278abb02f:68) FOUND: a name may hold a colon and blanks, a signature neither. */
bool found_in(struct str message, struct str *ret_file, struct str *ret_signature)
{
    static const struct str END = {" FOUND", 6};
    struct str s = str_trim(message);
    if (!str_ends(s, END))
        return false;
    s = str_trim(str_sub(s, 0, s.n - END.n));
    const char *blank = s.n ? memrchr(s.p, ' ', s.n) : NULL;
    if (!blank || blank < s.p + 2 || blank[-1] != ':')
        return false;
    const size_t at = (size_t)(blank - s.p);
    struct str signature = str_sub(s, at + 1, s.n);
    const ptrdiff_t open = str_find(signature, STR("("), 0); /* with a digest and the size, where it is told to say them */
    if (open > 0 && signature.p[signature.n - 1] == ')')
        signature = str_sub(signature, 0, (size_t)open);
    *ret_file = str_sub(s, 0, at - 1);
    *ret_signature = signature;
    return signature.n > 0;
}

bool found_take(struct str program, struct str message, struct log_values *v)
{
    struct str file, signature;
    if (!str_starts(program, STR("clam")) || !found_in(message, &file, &signature))
        return false;
    log_set_named(v, STR("file"), file);
    log_set_named(v, STR("signature"), signature);
    return true;
}
