// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "base/argument.h"

/* Arguments divided by '|' as a process has them, and how they are kept. */
static const char *const LINES[][2] = {
    {"--password|hunter2|--host|db", "--password … --host db"},
    {"--password=hunter2", "--password=…"},
    {"--db-password=hunter2", "--db-password=…"},
    {"-password|hunter2", "-password …"},
    {"--dbPassword=hunter2", "--dbPassword=…"},
    {"env|DB_PASSWORD=hunter2|run", "env DB_PASSWORD=… run"},
    {"-e|API_TOKEN=abc", "-e API_TOKEN=…"},
    {"--api-key|k3y", "--api-key …"},
    {"--secret.key=abc|x", "--secret.key=abc x"},
    {"--password-file|/run/secrets/db", "--password-file /run/secrets/db"},
    {"--private-key|/etc/ssl/key.pem", "--private-key /etc/ssl/key.pem"},
    {"--token=@/run/t", "--token=@/run/t"},
    {"--password|--verbose|x", "--password --verbose x"},
    {"--compass|north", "--compass north"},
    {"--bypass=yes", "--bypass=yes"},
    {"tokens|are|many", "tokens are many"},
    {"password|is|a|word", "password is a word"},
    {"-p|x|-o|pool.example:3333", "-p x -o pool.example:3333"},
    {"--pass|x", "--pass …"},
    {"--pass=", "--pass=…"},
    {"-", "-"},
    {"", ""},
};

TEST(what_is_named_a_secret_is_not_kept)
{
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        struct strbuf b = {};
        struct str rest = str_from(LINES[i][0]), argument;
        bool hide = false;
        while (str_split(&rest, '|', &argument)) {
            if (b.n)
                strbuf_addc(&b, ' ');
            argument_add(&b, argument, &hide);
        }
        CHECK_STR(strbuf_str(&b), LINES[i][1]);
        strbuf_done(&b);
    }
}

static const char *const TEXTS[][2] = {
    {"mysql --password=hunter2 -h db", "mysql --password=… -h db"},
    {"curl -H Authorization: Bearer abcdef https://x/", "curl -H Authorization: Bearer … https://x/"},
    {"curl -H Proxy-Authorization: abcdef x", "curl -H Proxy-Authorization: … x"},
    {"git clone https://ann:s3cret@git.example/x.git", "git clone https://ann:…@git.example/x.git"},
    {"git clone https://git.example:8443/x@y", "git clone https://git.example:8443/x@y"},
    {"git clone https://ann@git.example/x", "git clone https://ann@git.example/x"},
    {"run TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345 x", "run TOKEN=… x"},
    {"run x=ghp_0123456789abcdefghijABCDEFGHIJ012345,y", "run x=…,y"},
    {"ls  ghp_short AKIAxyz", "ls  ghp_short AKIAxyz"},
    {"ls ", "ls "},
};

TEST(secrets_are_hidden_in_lines)
{
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        struct strbuf b = {};
        const bool is_hidden = argument_add_line(&b, str_from(TEXTS[i][0]), ' ');
        CHECK_STR(strbuf_str(&b), TEXTS[i][1]);
        CHECK(is_hidden == !!strcmp(TEXTS[i][0], TEXTS[i][1]));
        strbuf_done(&b);
    }
    struct strbuf b = {};
    CHECK(argument_add_line(&b, STR("--token.hunter2.-x."), '.'));
    CHECK_STR(strbuf_str(&b), "--token.….-x.");
    strbuf_done(&b);
}
