// SPDX-License-Identifier: Apache-2.0
/* What code could do, by the names of the calls in it. */
#include <ctype.h>

#include "inspect/package.h"

/* A call by its name. Names that begin with a letter count only where no other name ends before them. */
static const struct sign {
    struct str call;
    const char *what;
} SIGNS[] = {
    {STR("urllib.request"), "network"},
    {STR("urllib2."), "network"},
    {STR("urlopen("), "network"},
    {STR("urlretrieve("), "network"},
    {STR("requests.get("), "network"},
    {STR("requests.post("), "upload"},
    {STR("http.client"), "network"},
    {STR("httpx."), "network"},
    {STR("aiohttp."), "network"},
    {STR("socket.socket("), "network"},
    {STR("socket.create_connection("), "network"},
    {STR("socket.gethostbyname("), "network"},
    {STR("Net::HTTP"), "network"},
    {STR("URI.open("), "network"},
    {STR("require('http"), "network"},
    {STR("require(\"http"), "network"},
    {STR("require('net')"), "network"},
    {STR("require('dns')"), "network"},
    {STR("curl "), "network"},
    {STR("wget "), "network"},
    {STR(" --data"), "upload"},
    {STR(" --post-data"), "upload"},
    {STR(" --post-file"), "upload"},
    {STR(" -X POST"), "upload"},
    {STR("subprocess."), "process"},
    {STR("os.system("), "process"},
    {STR("os.popen("), "process"},
    {STR("os.exec"), "process"},
    {STR("os.spawn"), "process"},
    {STR("Popen("), "process"},
    {STR("child_process"), "process"},
    {STR("exec("), "exec"},
    {STR("eval("), "exec"},
    {STR("b64decode("), "decode"},
    {STR("b85decode("), "decode"},
    {STR("a85decode("), "decode"},
    {STR("zlib.decompress("), "decode"},
    {STR("lzma.decompress("), "decode"},
    {STR("marshal.loads("), "decode"},
    {STR("codecs.decode("), "decode"},
    {STR("bytes.fromhex("), "decode"},
    {STR("unhexlify("), "decode"},
    {STR("Fernet("), "decode"},
    {STR("'base64')"), "decode"},
    {STR("\"base64\")"), "decode"},
    {STR("atob("), "decode"},
    {STR(".ssh/"), "credentials"},
    {STR("id_rsa"), "credentials"},
    {STR(".aws/"), "credentials"},
    {STR(".npmrc"), "credentials"},
    {STR(".pypirc"), "credentials"},
    {STR(".git-credentials"), "credentials"},
    {STR("/etc/passwd"), "credentials"},
    {STR("/etc/shadow"), "credentials"},
    {STR("Login Data"), "credentials"},
    {STR("cmdclass"), "cmdclass"},
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Where the call stands first; -1 where it does not. exec and eval as methods (regexp.exec(…)) are others. */
static ptrdiff_t find_call(struct str t, const struct sign *s)
{
    bool is_word = is_name(s->call.p[0]), is_exec = !strcmp(s->what, "exec");
    for (ptrdiff_t at = 0; (at = str_find(t, s->call, (size_t)at)) >= 0; at++)
        if (!at || !((is_word && is_name(t.p[at - 1])) || (is_exec && t.p[at - 1] == '.')))
            return at;
    return -1;
}

void package_code(const struct content *c, struct str text, size_t at, struct facts *facts)
{
    text = str_sub(text, 0, PACKAGE_TEXT_MAX);
    bool within = text.p >= c->data.p && text.p + text.n <= c->data.p + c->data.n;
    for (size_t i = 0; i < ARRAY_SIZE(SIGNS); i++) {
        ptrdiff_t found = find_call(text, &SIGNS[i]);
        if (found < 0)
            continue;
        size_t from = within ? at + (size_t)found : at, to = within ? from + SIGNS[i].call.n : from;
        inspection_see(facts, F_PACKAGE_CODE, str_from(SIGNS[i].what), c, from < c->data.n ? from : c->data.n,
                       to < c->data.n ? to : c->data.n);
    }
}
