// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "store/feed_key.h"

struct feed_key {
    EVP_PKEY *key;
    struct feed_public public;
};

/* SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }: what stands before the 32 bytes of every Ed25519 key. */
static const uint8_t DER_HEAD[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
enum { RAW_BYTES = 32 };
_Static_assert(sizeof(DER_HEAD) + RAW_BYTES == FEED_PUBLIC_BYTES, "the parts of a public key");

static void pkey_freep(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void md_ctx_freep(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}

struct str feed_base64(struct arena *a, const void *p, size_t n)
{
    char *text = arena_alloc(a, (n + 2) / 3 * 4 + 1);
    int length = EVP_EncodeBlock((unsigned char *)text, p, (int)n);
    return str_n(text, (size_t)length);
}

bool feed_public_parse(struct str base64, struct feed_public *ret)
{
    char bytes[BASE64_ROOM(64)];
    size_t n = 0;
    if (base64.n > 64 || !base64_decode_into(base64, bytes, &n) || n != FEED_PUBLIC_BYTES || memcmp(bytes, DER_HEAD, sizeof(DER_HEAD)))
        return false;
    memcpy(ret->der, bytes, sizeof(ret->der));
    return true;
}

struct str feed_public_text(struct arena *a, const struct feed_public *k)
{
    return feed_base64(a, k->der, sizeof(k->der));
}

void feed_public_fingerprint(const struct feed_public *k, uint8_t ret[SHA256_BYTES])
{
    sha256_once(k->der, sizeof(k->der), ret);
}

bool feed_public_verify(const struct feed_public *k, struct str message, struct str signature)
{
    _cleanup_(pkey_freep) EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->der + sizeof(DER_HEAD), RAW_BYTES);
    _cleanup_(md_ctx_freep) EVP_MD_CTX *c = EVP_MD_CTX_new();
    return key && c && signature.n == FEED_SIGNATURE_BYTES && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
           EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n, (const unsigned char *)message.p, message.n) == 1;
}

int feed_key_make(const char *path, struct error *err)
{
    _cleanup_(pkey_freep) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!key)
        return error_set(err, -ENOMEM, "OpenSSL makes no Ed25519 key");
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0 && errno == EEXIST)
        return error_set(err, -EEXIST, "%s is there; a key is never replaced, name another file", path);
    _cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return error_errno(err, -errno, "cannot make %s", path);
    fd = -1; /* the stream closes it */
    if (PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && !fflush(f) && !fsync(fileno(f)))
        return 0;
    int r = error_errno(err, errno ? -errno : -EIO, "cannot write %s", path);
    (void)unlink(path);
    return r;
}

static int check_owner(int fd, const char *path, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, -errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, -EINVAL, "%s is no file", path);
    if (st.st_uid != geteuid())
        return error_set(err, -EPERM, "%s belongs to somebody else, who can sign with it too; use a key of your own", path);
    if (st.st_mode & 077)
        return error_set(err, -EPERM, "others may use %s (mode %04o): `chmod 600 %s`, and if somebody may have read it, change the key", path,
                         st.st_mode & 07777, path);
    return st.st_size > FEED_KEY_FILE_MAX ? error_set(err, -EFBIG, "%s is too large for a key", path) : 0;
}

/* A key with a passphrase is no key for us: nobody is asked. */
static int no_passphrase(char *, int, int, void *)
{
    return -1;
}

int feed_key_load(const char *path, struct feed_key **ret, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? error_set(err, -ENOENT, "there is no key at %s; `davy feed key new` makes one", path)
                               : error_errno(err, -errno, "%s", path);
    int r = check_owner(fd, path, err);
    if (r < 0)
        return r;
    _cleanup_fclose_ FILE *f = fdopen(fd, "r");
    if (!f)
        return error_errno(err, -errno, "%s", path);
    fd = -1;
    _cleanup_(feed_key_freep) struct feed_key *k = xnew(struct feed_key);
    size_t n = RAW_BYTES;
    k->key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
    if (!k->key || EVP_PKEY_get_id(k->key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(k->key, k->public.der + sizeof(DER_HEAD), &n) != 1)
        return error_set(err, -EINVAL, "%s holds no private Ed25519 key in PEM without a passphrase; `davy feed key new` makes one", path);
    memcpy(k->public.der, DER_HEAD, sizeof(DER_HEAD));
    *ret = TAKE_PTR(k);
    return 0;
}

struct feed_key *feed_key_free(struct feed_key *k)
{
    if (k)
        EVP_PKEY_free(k->key);
    free(k);
    return NULL;
}

const struct feed_public *feed_key_public(const struct feed_key *k)
{
    return &k->public;
}

void feed_key_sign(const struct feed_key *k, struct str message, uint8_t ret[FEED_SIGNATURE_BYTES])
{
    _cleanup_(md_ctx_freep) EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = FEED_SIGNATURE_BYTES;
    if (!c || EVP_DigestSignInit(c, NULL, NULL, NULL, k->key) != 1 ||
        EVP_DigestSign(c, ret, &n, (const unsigned char *)message.p, message.n) != 1)
        abort();
}
