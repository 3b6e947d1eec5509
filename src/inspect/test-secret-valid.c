// SPDX-License-Identifier: Apache-2.0
/* What can be told of secrets offline. Tokens are made up, or published as examples by their makers. */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "inspect/secret_valid.h"
#include "inspect/test-secret.h"

/* The states' names joined by commas, then the detail behind a slash. */
static const char *told(const char *secret, const char *match, const char *around, uint64_t now)
{
    static char text[512];
    _cleanup_(arena_done) struct arena a = {};
    struct secret_validity v =
        secret_validity_of(str_from(secret), str_from(match ? match : secret), str_from(around ? around : ""), now, &a);
    text[0] = 0;
    for (enum secret_state i = 0; i < SECRET_STATE__N; i++)
        if (v.states >> i & 1)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] ? "," : "", secret_state_name(i));
    if (v.detail.n)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "/%.*s", STR_ARG(v.detail));
    return text;
}

TEST(checksums_of_github_and_npm)
{
    CHECK_CSTR(told("ghp_"
                    "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17",
                    NULL, NULL, 0),
               "checksum-ok");
    CHECK_CSTR(told("ghp_"
                    "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18",
                    NULL, NULL, 0),
               "checksum-wrong");
    CHECK_CSTR(told("npm_"
                    "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17",
                    NULL, NULL, 0),
               "checksum-ok");
    CHECK_CSTR(told("npm_"
                    "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXi",
                    NULL, NULL, 0),
               "checksum-wrong");
    /* Of fine-grained tokens only a right one tells something. */
    CHECK_CSTR(told("github_pat_"
                    "k3Jx9Qz7Lm2wR8vBt5Yc1N_k3Jx9Qz7Lm2wR8vBt5Yc1Nd4Pf6Hs0GaUeXiZp8Wq2Es4Rd6Tf1Yg3Uh5Ij",
                    NULL, NULL, 0),
               "");
    CHECK_CSTR(told("no-token-at-all", NULL, NULL, 0), "");
}

/* {"alg":"HS256"} . payload . signature, each in base64 */
#define JWT(payload) "eyJhbGciOiJIUzI1NiJ9." payload ".dBjftJeZ4CVPmB92K27uhbUJU1p1r"

TEST(tokens_expire)
{
    static const char ends_2023[] = JWT("eyJzdWIiOiJhIiwiZXhwIjoxNzAwMDAwMDAwfQ"); /* exp 1700000000 */
    CHECK_CSTR(told(ends_2023, NULL, NULL, TEST_NOW), "expired");
    CHECK_CSTR(told(ends_2023, NULL, NULL, 1'600'000'000'000'000'000), "not-expired");
    CHECK_CSTR(told(ends_2023, NULL, NULL, 0), ""); /* nobody said when it is */
    CHECK_CSTR(told(JWT("eyJzdWIiOiJhIn0"), NULL, NULL, TEST_NOW), "no-expiry");
    CHECK_CSTR(told(JWT("bm90IGpzb24"), NULL, NULL, TEST_NOW), "");
    /* {"sub":"system:serviceaccount:kube-system:deployer"} */
    CHECK_CSTR(told(JWT("eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6a3ViZS1zeXN0ZW06ZGVwbG95ZXIifQ"), NULL, NULL, TEST_NOW),
               "no-expiry/service account kube-system:deployer");
    /* the example of jwt.io */
    CHECK_CSTR(told("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
                    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
                    NULL, NULL, TEST_NOW),
               "no-expiry,example");
    CHECK_CSTR(told("q8Zr3Vn1", "sv=2022-11-02&se=2023-01-01T00%3A00%3A00Z&sr=b&sig=q8Zr3Vn1", NULL, TEST_NOW), "expired");
    CHECK_CSTR(told("q8Zr3Vn1", "sv=2022-11-02&se=2030-01-01&sr=b&sig=q8Zr3Vn1", NULL, TEST_NOW), "not-expired");
}

TEST(key_ids_of_aws_name_their_account)
{
    /* The published example of the scheme. */
    CHECK_CSTR(told("ASIA"
                    "QNZGKIQY56JQ7WML",
                    NULL, NULL, 0),
               "/account 029608264753");
    CHECK_CSTR(told("AKIAJDAVYTESTIMITATI", NULL, NULL, 0), ""); /* made before 2019 */
    CHECK_CSTR(told("AKIAIOSFODNN7EXAMPLE", NULL, NULL, 0), "example");
    CHECK_CSTR(told("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL, NULL, 0), "example");
}

TEST(modes_users_and_accounts)
{
    CHECK_CSTR(told("sk_live_"
                    "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4",
                    NULL, NULL, 0),
               "live-key");
    CHECK_CSTR(told("sk_test_"
                    "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4",
                    NULL, NULL, 0),
               "test-key");
    CHECK_CSTR(told("Ym9iOmszSng5UXo3TG0yd1I4dkI=", NULL, NULL, 0), "/user bob");
    /* A token in the place of the name: "ghp_ABCDEFGHIJ:x-oauth-basic" */
    CHECK_CSTR(told("Z2hwX0FCQ0RFRkdISUo6eC1vYXV0aC1iYXNpYw==", NULL, NULL, 0), "");
    CHECK_CSTR(told("8f3a1c9d7e5b2046f8a1c3e5d7b9024681ace0f2", "\"private_key_id\": \"8f3a1c9d\"",
                    "\"client_email\": \"build@acme-prod.iam.gserviceaccount.com\",", 0),
               "/service account build@acme-prod.iam.gserviceaccount.com");
}

static void check_key(EVP_PKEY *key, const char *want)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    CHECK(key && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    size_t n = (size_t)BIO_get_mem_data(bio, &pem);
    struct strbuf b = {};
    strbuf_add(&b, str_n(pem, n));
    CHECK_CSTR(told(b.p, NULL, NULL, 0), want);
    /* as a string of JSON */
    struct strbuf json = {};
    for (size_t i = 0; i < b.n; i++)
        b.p[i] == '\n' ? strbuf_adds(&json, "\\n") : strbuf_addc(&json, b.p[i]);
    CHECK_CSTR(told(json.p, NULL, NULL, 0), want);
    /* cut short */
    strbuf_clear(&json);
    strbuf_add(&json, str_sub(strbuf_str(&b), 0, 100));
    strbuf_adds(&json, "\n-----END PRIVATE KEY-----\n");
    CHECK_CSTR(told(json.p, NULL, NULL, 0), "key-broken");
    strbuf_done(&json);
    strbuf_done(&b);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

TEST(keys_really_parse)
{
    check_key(EVP_EC_gen("P-256"), "key-ok/EC 256 bits");
    check_key(EVP_RSA_gen(1024), "key-ok/RSA 1024 bits");
    check_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "key-ok/ED25519 256 bits");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    CHECK(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "DAVY", 4, NULL, NULL));
    size_t n = (size_t)BIO_get_mem_data(bio, &pem);
    struct strbuf b = {};
    strbuf_add(&b, str_n(pem, n));
    CHECK_CSTR(told(b.p, NULL, NULL, 0), "encrypted");
    (void)BIO_reset(bio);
    CHECK(PEM_write_bio_PrivateKey_traditional(bio, key, EVP_des_ede3_cbc(), (const unsigned char *)"DAVY", 4, NULL, NULL));
    n = (size_t)BIO_get_mem_data(bio, &pem);
    strbuf_clear(&b);
    strbuf_add(&b, str_n(pem, n));
    CHECK_CSTR(told(b.p, NULL, NULL, 0), "encrypted");
    strbuf_done(&b);
    BIO_free(bio);
    EVP_PKEY_free(key);
    /* what a program that reads and writes keys has among its strings */
    CHECK_CSTR(told("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,\nsign with a key of this kind\n"
                    "write the key as other programs write it and then ask for a passphrase\nabcdefghijklmnopqrstuvwx\n-----END EC PRIVATE KEY-----\n",
                    NULL, NULL, 0),
               "key-broken");
}

static void put(struct strbuf *b, const char *p, size_t n)
{
    char size[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};
    strbuf_add(b, str_n(size, 4));
    strbuf_add(b, str_n(p, n));
}

/* openssh-key-v1 with a public key of 2048 bits of zeros and ones, which opens nothing. */
static const char *openssh(const char *cipher, bool right)
{
    static char text[4096];
    struct strbuf b = {}, public = {}, number = {}, private = {};
    strbuf_addc(&number, 0);
    strbuf_pad(&number, (char)0xaa, 256);
    put(&public, "ssh-rsa", 7);
    put(&public, "\1\0\1", 3);
    put(&public, number.p, number.n);
    strbuf_adds(&private, right ? "abcdabcd" : "abcdabce");
    strbuf_pad(&private, 'x', 64);
    strbuf_add(&b, str_n("openssh-key-v1", 15));
    put(&b, cipher, strlen(cipher));
    put(&b, "none", 4);
    put(&b, "", 0);
    strbuf_add(&b, str_n("\0\0\0\1", 4));
    put(&b, public.p, public.n);
    put(&b, private.p, private.n);
    char base64[2048];
    EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)b.p, (int)b.n);
    snprintf(text, sizeof(text), "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n", base64);
    strbuf_done(&b);
    strbuf_done(&public);
    strbuf_done(&number);
    strbuf_done(&private);
    return text;
}

TEST(keys_of_openssh)
{
    CHECK_CSTR(told(openssh("none", true), NULL, NULL, 0), "key-ok/RSA 2048 bits");
    CHECK_CSTR(told(openssh("none", false), NULL, NULL, 0), "key-broken");
    CHECK_CSTR(told(openssh("aes256-ctr", false), NULL, NULL, 0), "encrypted/RSA 2048 bits");
}

TEST(facts_count_what_opens_something)
{
    _cleanup_(secret_rules_freep) struct secret_rules *r =
        load("[[rules]]\nid = 'tok'\nregex = '''\\bgh[pours]_[0-9A-Za-z]{36}\\b'''\nkeywords = ['gh']\n"
             "[[rules]]\nid = 'stripe'\nregex = '''\\bsk_[a-z]+_[0-9A-Za-z]{24}\\b'''\nkeywords = ['sk_']\n");
    struct facts f;
    look(r,
         STR("a ghp_"
             "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17\nb ghp_"
             "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18\nc sk_prod_"
             "k3Jx9Qz7Lm2wR8vBt5Yc1Nd4\n"),
         "/a", true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 3);
    CHECK_INT(facts_get(&f, F_SECRET_LIVE)->u, 2);
    CHECK_INT(facts_get(&f, F_SECRET_VALID)->u, 1);
    CHECK(facts_list(&f, F_SECRET_STATES, "checksum-ok") && facts_list(&f, F_SECRET_STATES, "checksum-wrong"));
    CHECK_STR(f.notes[0].excerpt, "a ghp_…17 (checksum-ok)");
    CHECK(!facts_has(&f, F_SECRET_DETAILS));
    facts_done(&f);
    look(r, STR("nothing"), "/a", true, &f);
    CHECK(!facts_has(&f, F_SECRET_STATES) && !facts_has(&f, F_SECRET_LIVE) && !facts_has(&f, F_SECRET_VALID));
    facts_done(&f);
    look(r, STR("k = sk_test_4eC39HqLyjWDarjtT1zdp7dc"), "/a", true, &f);
    CHECK_INT(facts_get(&f, F_SECRET_COUNT)->u, 1);
    CHECK(!facts_has(&f, F_SECRET_LIVE));
    facts_done(&f);
}
