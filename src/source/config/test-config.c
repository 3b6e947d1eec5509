// SPDX-License-Identifier: Apache-2.0
/* Files that change under a root of their own, and what the context makes of that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "context/test-records.h"
#include "harness/test.h"
#include "source/config/config.h"
#include "source/config/rewrite.h"

/* DAVY TEST IMITATION: bodies of nothing but zeros and ones. */
#define KEY(c) "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c " test\n"

struct machine {
    char root[64];
    struct config_source *c;
    struct stream s;
    unsigned events, records;
};

static void put_file(const struct machine *m, const char *path, const char *text)
{
    char whole[256];
    (void)snprintf(whole, sizeof(whole), "%s%s", m->root, path);
    FILE *f = fopen(whole, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void make_folder(const struct machine *m, const char *path)
{
    char whole[256];
    (void)snprintf(whole, sizeof(whole), "%s%s", m->root, path);
    CHECK_INT(mkdir(whole, 0700), 0);
}

static int take(void *ctx, const struct record *r)
{
    struct machine *m = ctx;
    struct live_event *e = NULL;
    CHECK_INT(record_check(r, r->size, NULL, NULL), 0);
    CHECK(!memmem(r, r->size, "$6$", 3));
    m->records++;
    /* the event borrows the record: a copy lives on */
    memcpy(record_begin(&m->s.w, r->kind), r, r->size);
    if (context_take(m->s.c, m->s.w.record, &e) == 1) {
        m->events++;
        m->s.e = e;
    }
    return 0;
}

/* Until so many records came. */
static void wait_for(struct machine *m, unsigned records)
{
    for (int i = 0; i < 12'000 && m->records < records; i++) {
        (void)config_source_take(m->c, 1'000'000'000, take, m);
        (void)nanosleep(&(struct timespec){.tv_nsec = 10'000'000}, NULL);
    }
    CHECK_INT(m->records, records);
}

static void machine_init(struct machine *m)
{
    *m = (struct machine){.root = "/tmp/davy-config-XXXXXX"};
    CHECK(mkdtemp(m->root));
    stream_init(&m->s, (struct context_options){});
    make_folder(m, "/etc");
    make_folder(m, "/etc/sudoers.d");
    make_folder(m, "/root");
    make_folder(m, "/root/.ssh");
    put_file(m, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    put_file(m, "/etc/shadow", "root:$6$one:1::::::\nann:!:1::::::\n");
    put_file(m, "/etc/group", "sudo:x:27:ann\n");
    put_file(m, "/etc/sudoers", "# x\nroot ALL=(ALL) ALL\n");
    put_file(m, "/root/.ssh/authorized_keys", KEY("A") KEY("B"));
    m->c = config_source_new(m->root);
    config_source_begin(m->c, 1);
    wait_for(m, 9); /* four of the machine, two for each home, a folder */
    CHECK_INT(m->events, 0);
    m->records = 0;
}

static void machine_done(struct machine *m)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", m->root);
    CHECK_INT(system(command), 0);
    config_source_free(m->c);
    stream_done(&m->s);
}

static void touch(struct machine *m, const char *path, const char *text)
{
    put_file(m, path, text);
    const struct record *about = stream_call(&m->s, EVENT_OPENAT, 30, 20, "sh");
    m->records = m->events = 0;
    config_source_ask(m->c, about, str_from(path));
    wait_for(m, 1);
}

TEST(keys)
{
    struct machine m;
    machine_init(&m);
    touch(&m, "/root/.ssh/authorized_keys", KEY("B") "# a comment is no key\n" KEY("A"));
    CHECK_INT(m.events, 0);
    touch(&m, "/root/.ssh/authorized_keys", KEY("A") KEY("B") KEY("C"));
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "evt.type", "config_change");
    CHECK_FIELD(&m.s, "config.kind", "keys");
    CHECK_FIELD(&m.s, "config.path", "/root/.ssh/authorized_keys");
    CHECK_FIELD(&m.s, "config.added.count", "1");
    CHECK_FIELD(&m.s, "config.removed.count", "0");
    CHECK_FIELD(&m.s, "config.kept.count", "2");
    CHECK_FIELD(&m.s, "proc.name", "sh");
    touch(&m, "/root/.ssh/authorized_keys", KEY("D"));
    CHECK_FIELD(&m.s, "config.added.count", "1");
    CHECK_FIELD(&m.s, "config.removed.count", "3");
    CHECK_FIELD(&m.s, "config.kept.count", "0");
    touch(&m, "/root/.ssh/authorized_keys", "command=\"x\" " KEY("D"));
    CHECK_INT(m.events, 1);
    machine_done(&m);
}

TEST(accounts)
{
    struct machine m;
    machine_init(&m);
    touch(&m, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nsysd:x:0:0::/var/x:/bin/sh\n");
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.kind", "users");
    CHECK_FIELD(&m.s, "config.added", "(sysd:0:0:/var/x:/bin/sh)");
    CHECK_FIELD(&m.s, "config.removed", "(ann:1000:1000:/home/ann:/bin/sh)");
    CHECK_FIELD(&m.s, "config.changed", "<NA>");
    CHECK_FIELD(&m.s, "config.roots", "(sysd)");
    touch(&m, "/etc/passwd", "root:x:0:0::/root:/bin/bash\nsysd:x:5:0::/var/x:/bin/sh\n");
    CHECK_FIELD(&m.s, "config.changed", "(root,sysd)");
    touch(&m, "/etc/shadow", "root:$6$two:1::::::\nann:!:1::::::\n");
    CHECK_FIELD(&m.s, "config.kind", "passwords");
    CHECK_FIELD(&m.s, "config.changed", "(root)");
    touch(&m, "/etc/shadow", "root:$6$two:99::::::\nann:!:1::::::\n");
    CHECK_INT(m.events, 0);
    touch(&m, "/etc/group", "sudo:x:27:ann,sysd\n");
    CHECK_FIELD(&m.s, "config.kind", "groups");
    CHECK_FIELD(&m.s, "config.changed", "(sudo)");
    touch(&m, "/etc/sudoers", "root ALL=(ALL)   ALL\n\n# y\nsysd ALL=(ALL) NOPASSWD: ALL\n");
    CHECK_FIELD(&m.s, "config.kind", "rights");
    CHECK_FIELD(&m.s, "config.added", "(sysd ALL=(ALL) NOPASSWD: ALL)");
    CHECK_FIELD(&m.s, "config.kept.count", "1");
    /* a file that was not there at the beginning: all of it is new */
    touch(&m, "/etc/sudoers.d/x", "# y\neve ALL=(ALL) NOPASSWD: ALL\n");
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.added", "(eve ALL=(ALL) NOPASSWD: ALL)");
    CHECK_FIELD(&m.s, "config.removed.count", "0");
    CHECK_FIELD(&m.s, "config.kept.count", "0");
    touch(&m, "/etc/sudoers.d/x", "");
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.removed", "(eve ALL=(ALL) NOPASSWD: ALL)");
    /* so it is with keys of a user whose home was looked into */
    touch(&m, "/root/.ssh/authorized_keys2", KEY("A"));
    CHECK_INT(m.events, 1);
    machine_done(&m);
}

/* A process in another space of mounts, with a file of its own and one that is the machine's there too. */
static void make_space(const struct machine *m, int pid, const char *space)
{
    char at[256], to[256];
    const char *const folders[] = {"/proc", "/proc/self", "/proc/self/ns", "/inner", "/inner/etc", "/inner/root", "/inner/root/.ssh"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        make_folder(m, folders[i]);
    (void)snprintf(at, sizeof(at), "/proc/%d", pid);
    make_folder(m, at);
    (void)snprintf(at, sizeof(at), "/proc/%d/ns", pid);
    make_folder(m, at);
    (void)snprintf(at, sizeof(at), "%s/proc/self/ns/mnt", m->root);
    CHECK_INT(symlink("mnt:[4026531840]", at), 0);
    (void)snprintf(at, sizeof(at), "%s/proc/%d/ns/mnt", m->root, pid);
    CHECK_INT(symlink(space, at), 0);
    (void)snprintf(at, sizeof(at), "%s/proc/%d/root", m->root, pid);
    (void)snprintf(to, sizeof(to), "%s/inner", m->root);
    CHECK_INT(symlink(to, at), 0);
    (void)snprintf(at, sizeof(at), "%s/inner/etc/passwd", m->root);
    (void)snprintf(to, sizeof(to), "%s/etc/passwd", m->root);
    CHECK_INT(link(to, at), 0);
}

/* Somebody in space 7, whom the header names as pid 30, ppid 20, changed the file. */
static void ask_in(struct machine *m, const char *path)
{
    struct record about = *stream_call(&m->s, EVENT_OPENAT, 30, 20, "sh");
    about.mntns = 7;
    m->records = m->events = 0;
    config_source_ask(m->c, &about, str_from(path));
    wait_for(m, 1);
}

TEST(other_mounts)
{
    static const char KEYS[] = "/root/.ssh/authorized_keys", INNER[] = "/inner/root/.ssh/authorized_keys";
    char at[128], to[128];
    struct machine m;
    machine_init(&m);
    config_source_free(m.c);
    make_space(&m, 20, "mnt:[7]"); /* the parent is there, who wrote is gone */
    m.c = config_source_new(m.root);
    put_file(&m, INNER, KEY("C"));
    ask_in(&m, KEYS);
    CHECK_INT(m.events, 0); /* it was never looked at before; the machine's is another */
    put_file(&m, INNER, KEY("D"));
    ask_in(&m, KEYS);
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.path", KEYS);
    CHECK_FIELD(&m.s, "config.added.count", "1");
    CHECK_FIELD(&m.s, "config.removed.count", "1");
    touch(&m, KEYS, KEY("A") KEY("B") KEY("C"));
    CHECK_FIELD(&m.s, "config.kept.count", "2");
    /* one that its mounts share with the machine is the machine's, which was looked at */
    put_file(&m, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nsysd:x:0:0::/var/x:/bin/sh\n");
    ask_in(&m, "/etc/passwd");
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.roots", "(sysd)");
    /* links end beneath the root there, where nothing is: no keys are left */
    (void)snprintf(at, sizeof(at), "%s%s", m.root, INNER);
    (void)snprintf(to, sizeof(to), "%s%s", m.root, KEYS);
    CHECK_INT(unlink(at), 0);
    CHECK_INT(symlink(to, at), 0);
    ask_in(&m, KEYS);
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "config.added.count", "0");
    CHECK_FIELD(&m.s, "config.removed.count", "1");
    machine_done(&m);
}

/* Bytes of a generator, as even as those of a cipher (xorshift64*). */
static void fill_random(char *bytes, size_t n)
{
    uint64_t x = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < n; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        bytes[i] = (char)(x * 0x2545f4914f6cdd1dULL >> 56);
    }
}

TEST(random_bytes_are_told_from_others)
{
    static char bytes[REWRITE_BYTES];
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct rewrite_fact f;
    fill_random(bytes, sizeof(bytes));
    for (size_t n = REWRITE_LEAST; n <= sizeof(bytes); n *= 2)
        CHECK(rewrite_look(str_n(bytes, n), &f) && f.is_random && f.entropy > 7.4);
    CHECK(!rewrite_look(str_n(bytes, REWRITE_LEAST - 1), &f));
    /* a header before them */
    memcpy(bytes, "Salted__", 8);
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && f.is_random);
    /* formats that hold compressed data */
    memcpy(bytes, "\x1f\x8b\x08\0", 4);
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_random && f.entropy > 7.9);
    memcpy(bytes, "\0\0\0\x18" "ftypmp42", 12);
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_random);
    /* as a program, a database or a text has them: some values more often than others */
    fill_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i += 12)
        bytes[i] = 0;
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_random);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = LETTERS[bytes[i] & 63];
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_random && f.entropy < 6.1);
    memset(bytes, 'a', sizeof(bytes));
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_random);
    CHECK_INT((int)(f.entropy * 1000), 0);
}

static void begins(const char *format, const char *head, size_t n)
{
    char bytes[64] = {};
    struct rewrite_fact f;
    memcpy(bytes, head, n);
    CHECK(format ? rewrite_look(str_n(bytes, sizeof(bytes)), &f) && f.is_random && f.format && !strcmp(f.format, format)
                 : !rewrite_look(str_n(bytes, sizeof(bytes)), &f));
}

TEST(formats_of_encrypted_content)
{
    begins("openssl", "Salted__12345678", 16);
    begins("openssl", "U2FsdGVkX18", 11);
    begins("age", "age-encryption.org/v1\n", 22);
    begins("openpgp", "-----BEGIN PGP MESSAGE-----\n", 28);
    begins("openpgp", "\x8c\x0d\x04\x09\x03\x0a", 6);  /* gpg -c */
    begins("openpgp", "\x85\x02\x0c\x03\xaa", 5);      /* gpg -e, RSA of 4096 bits */
    begins("openpgp", "\x84\x5e\x03\xaa", 4);          /* to a curve */
    begins("openpgp", "\xc3\x0d\x04\x09\x03\x08", 6);
    begins("zip", "PK\x03\x04\x14\0\x09\0\x08\0", 10);
    begins("luks", "LUKS\xba\xbe\0\x02", 8);
    begins(NULL, "PK\x03\x04\x14\0\x08\0\x08\0", 10); /* not locked */
    begins(NULL, "-----BEGIN PGP PUBLIC KEY BLOCK-----", 36);
    begins(NULL, "\x99\x01\x0d\x04", 4);              /* a public key */
    begins(NULL, "\xc8\x0d\x04\x09", 4);
    CHECK(rewrite_is_7z_encrypted(STR("\x17\x06\x24\x06\xf1\x07\x01\x0a")));
    CHECK(!rewrite_is_7z_encrypted(STR("\x17\x06\x23\x03\x01\x01\x05")));
    /* cut anywhere */
    for (size_t n = 0; n < 24; n++) {
        struct rewrite_fact f;
        char *piece = malloc(n + 1);
        memcpy(piece, "\xc1\xff\x03\x04\x05\x06\x07\x08\xc1\xff\x03\x04\x05\x06\x07\x08\xc1\xff\x03\x04\x05\x06\x07\x08", n);
        (void)rewrite_look(str_n(piece, n), &f);
        free(piece);
    }
}

TEST(a_text_that_becomes_random)
{
    char bytes[REWRITE_BYTES];
    struct rewrite_fact f;
    memset(bytes, 'a', sizeof(bytes));
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && f.is_text && !rewrite_is_random_piece(str_n(bytes, sizeof(bytes))));
    fill_random(bytes + 1024, 1024);
    CHECK(rewrite_is_random_piece(str_n(bytes, sizeof(bytes))));
    CHECK(rewrite_look(str_n(bytes, sizeof(bytes)), &f) && !f.is_text);
    /* letters as base64 has them, and a program's code, are not random */
    fill_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)('0' + (bytes[i] & 63));
    CHECK(!rewrite_is_random_piece(str_n(bytes, sizeof(bytes))));
    CHECK(!rewrite_is_random_piece(str_n(bytes, REWRITE_WINDOW - 1)));
}

static void ask_about(struct machine *m, const char *path)
{
    struct record about = {.pid = 30, .start_ns = 5};
    config_source_ask_rewrite(m->c, &about, str_from(path));
}

TEST(a_file_that_was_written_anew_is_looked_at)
{
    struct machine m = {};
    static char bytes[REWRITE_BYTES];
    strcpy(m.root, "/tmp/davy-config-XXXXXX");
    CHECK(mkdtemp(m.root) != NULL);
    stream_init(&m.s, (struct context_options){});
    m.c = config_source_new(m.root);
    fill_random(bytes, sizeof(bytes) - 1);
    for (size_t i = 0; i < sizeof(bytes) - 1; i++)
        bytes[i] = bytes[i] ? bytes[i] : 1;
    put_file(&m, "/a", bytes);
    put_file(&m, "/b", "too few");
    ask_about(&m, "/nowhere");
    ask_about(&m, "/b");
    ask_about(&m, "/a");
    wait_for(&m, 1);
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "evt.type", "rewrite");
    CHECK_FIELD(&m.s, "rewrite.path", "/a");
    CHECK_FIELD(&m.s, "rewrite.is_random", "true");
    /* the beginning spared, one block of many taken */
    static char text[100 * REWRITE_BYTES];
    memset(text, 'x', sizeof(text) - 1);
    put_file(&m, "/c", text);
    memcpy(text + 60 * REWRITE_BYTES, bytes, REWRITE_BYTES - 1);
    text[61 * REWRITE_BYTES - 1] = 'x';
    memcpy(text + 61 * REWRITE_BYTES, text + 60 * REWRITE_BYTES, REWRITE_BYTES);
    for (unsigned i = 62; i < 70; i++)
        memcpy(text + i * REWRITE_BYTES, text + 60 * REWRITE_BYTES, REWRITE_BYTES);
    put_file(&m, "/d", text);
    ask_about(&m, "/c");
    wait_for(&m, 2);
    CHECK_FIELD(&m.s, "rewrite.is_random", "false");
    ask_about(&m, "/d");
    wait_for(&m, 3);
    CHECK_FIELD(&m.s, "rewrite.is_random", "true");
    put_file(&m, "/e", "age-encryption.org/v1 and a few more bytes");
    ask_about(&m, "/e");
    wait_for(&m, 4);
    CHECK_FIELD(&m.s, "rewrite.format", "age");
    m.c = config_source_free(m.c);
    stream_done(&m.s);
    char whole[128];
    (void)snprintf(whole, sizeof(whole), "rm -r %s", m.root);
    CHECK_INT(system(whole), 0);
}

TEST(a_journal_tells_where_no_syslog_writes)
{
    struct machine m = {};
    char program[128], log[128];
    bool has_ended = false;
    strcpy(m.root, "/tmp/davy-config-XXXXXX");
    CHECK(mkdtemp(m.root) != NULL);
    stream_init(&m.s, (struct context_options){});
    m.c = config_source_new(m.root);
    CHECK_INT(config_source_journal(m.c, "/nowhere"), 0); /* there is none */
    static const char *const FOLDERS[] = {"/run", "/run/log", "/run/log/journal", "/var", "/var/log"};
    for (size_t i = 0; i < sizeof(FOLDERS) / sizeof(FOLDERS[0]); i++)
        make_folder(&m, FOLDERS[i]);
    CHECK_INT(config_source_journal(m.c, "/nowhere"), -ENOENT);
    put_file(&m, "/var/log/auth.log", "");
    CHECK_INT(config_source_journal(m.c, "/nowhere"), 0);
    /* left behind when syslog went */
    (void)snprintf(log, sizeof(log), "%s/var/log/auth.log", m.root);
    CHECK_INT(utimensat(AT_FDCWD, log, (const struct timespec[]){{.tv_sec = 1000}, {.tv_sec = 1000}}, 0), 0);
    put_file(&m, "/journalctl", "#!/bin/sh\necho '2025-11-29T15:00:00+0000 web1 sshd[7]: Failed password for eve from 203.0.113.9 port 42 ssh2'\n");
    (void)snprintf(program, sizeof(program), "%s/journalctl", m.root);
    CHECK_INT(chmod(program, 0755) | chmod(m.root, 0755), 0); /* it runs as nobody */
    CHECK_INT(config_source_journal(m.c, program), 1);
    config_source_follow(m.c);
    wait_for(&m, 1);
    CHECK_INT(m.events, 1);
    CHECK_FIELD(&m.s, "login.user", "eve");
    CHECK_FIELD(&m.s, "login.ip", "203.0.113.9");
    CHECK_FIELD(&m.s, "log.file", "journal");
    for (int i = 0; i < 12'000 && !has_ended; i++) {
        (void)config_source_take(m.c, 1'000'000'000, take, &m);
        has_ended = config_source_has_journal_ended(m.c);
        (void)nanosleep(&(struct timespec){.tv_nsec = 10'000'000}, NULL);
    }
    CHECK(has_ended && !config_source_has_journal_ended(m.c));
    m.c = config_source_free(m.c);
    stream_done(&m.s);
    (void)snprintf(program, sizeof(program), "rm -r %s", m.root);
    CHECK_INT(system(program), 0);
}
