// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>

#include "inspect/script_tools.h"

bool sh_in(struct str name, const char *list)
{
    const char *end = list + strlen(list);
    if (!name.n)
        return false;
    for (const char *p = list; (size_t)(end - p) >= name.n;) {
        if (*p == name.p[0] && !memcmp(p, name.p, name.n) && (p[name.n] == ' ' || !p[name.n]))
            return true;
        const char *blank = memchr(p, ' ', (size_t)(end - p));
        if (!blank)
            return false;
        p = blank + 1;
    }
    return false;
}

struct str sh_interpreter(struct str name)
{
    name = str_basename(name);
    while (name.n > 1 && (isdigit((unsigned char)name.p[name.n - 1]) || name.p[name.n - 1] == '.'))
        name.n--;
    return str_is(name, "nodejs") ? STR("node") : name;
}

bool sh_is_shell(struct str name)
{
    return sh_in(sh_interpreter(name), "sh bash dash ash zsh ksh mksh rbash");
}

bool sh_is_interpreter(struct str name)
{
    return sh_is_shell(name) || sh_in(sh_interpreter(name), "python pypy perl php ruby node lua tclsh");
}

bool sh_runs_stdin(struct str name, struct sh_args a)
{
    /* Options that bring the program themselves. */
    const char *own = sh_is_shell(name) ? "c" : str_starts(name, STR("py")) ? "cm" : "enprR";
    for (size_t i = 1; i < a.n; i++) {
        struct str w = a.v[i].text;
        if (str_is(w, "-") || str_is(w, "-s") || str_is(w, "/dev/stdin"))
            return true;
        if (!w.n || w.p[0] != '-')
            return false;
        for (size_t k = 1; k < w.n && w.p[1] != '-'; k++)
            if (strchr(own, w.p[k]))
                return false;
    }
    return true;
}

/* A short option among others: d in -di. */
static bool has_option(struct sh_args a, const char *letters, const char *name)
{
    for (size_t i = 1; i < a.n; i++) {
        struct str w = a.v[i].text;
        if (w.n < 2 || w.p[0] != '-')
            continue;
        if (w.p[1] == '-') {
            if (w.n >= 3 && str_starts(str_from(name), str_sub(w, 2, w.n)))
                return true;
            continue;
        }
        for (size_t k = 1; k < w.n; k++)
            if (strchr(letters, w.p[k]))
                return true;
    }
    return false;
}

bool sh_decodes(struct str name, struct sh_args a)
{
    if (sh_in(name, "gunzip zcat bzcat bunzip2 xzcat unxz lzcat zstdcat uudecode rev"))
        return true;
    if (sh_in(name, "base64 base32 basenc"))
        return has_option(a, "dD", "decode");
    if (sh_in(name, "gzip xz bzip2 lzma zstd openssl"))
        return has_option(a, "d", "decompress");
    /* Text spelled in numbers; colours need only a few. */
    if (sh_in(name, "printf echo"))
        for (size_t i = 1; i < a.n; i++) {
            unsigned n = 0;
            for (ptrdiff_t at = 0; (at = str_find(a.v[i].text, STR("\\x"), (size_t)at)) >= 0; at += 4)
                if (++n >= 8)
                    return true;
        }
    if (str_is(name, "xxd"))
        return has_option(a, "r", "revert");
    for (size_t i = 1; sh_is_interpreter(name) && i < a.n; i++)
        if (str_has(a.v[i].text, STR("b64decode")) || str_has(a.v[i].text, STR("decode_base64")) ||
            str_has(a.v[i].text, STR("base64_decode")))
            return true;
    return false;
}

bool sh_is_downloader(struct str name)
{
    return sh_in(name,
                 "curl wget fetch aria2c axel lwp-download lwp-request GET wget2 http https tftp ftpget");
}

bool sh_download_option(struct str name, struct str o, bool *ret_output)
{
    bool is_wget = str_starts(name, STR("wget"));
    *ret_output = sh_in(name, "tftp") && (str_is(o, "-r") || str_is(o, "-l"));
    if (*ret_output)
        return true;
    if (o.n < 2 || o.p[0] != '-')
        return false;
    if (o.p[1] == '-') {
        if (str_has(o, STR("=")))
            return false;
        *ret_output = sh_in(o, "--output --output-document --out");
        return *ret_output ||
               sh_in(o, "--header --user-agent --data --data-raw --data-binary --request --user --referer "
                        "--proxy --cookie "
                        "--connect-timeout --max-time --retry --retry-delay --retry-max-time --form "
                        "--timeout --tries "
                        "--directory-prefix --cacert --cert --key --resolve --interface --post-data");
    }
    /* The last letter of a cluster takes the value; a value may also follow it directly (-ofile). */
    char last = o.p[o.n - 1];
    if (is_wget ? last == 'O' : last == 'o') {
        *ret_output = true;
        return true;
    }
    return o.n == 2 ? strchr(is_wget ? "UTtPoaQ" : "HAdXuexbcmTFKwCEYyzU", last) != NULL
                    : !is_wget && strchr("HAdXuexbcmFKw", last) != NULL;
}

bool sh_names_urls(struct str name)
{
    return sh_in(
        name,
        "echo printf grep egrep fgrep sed awk test [ [[ export local declare readonly typeset read set git "
        "svn "
        "hg apt apt-get aptitude apt-key add-apt-repository yum dnf yum-config-manager zypper apk pip pip3 "
        "npm "
        "yarn gem go cargo docker podman helm kubectl systemctl case case: for open xdg-open "
        "sensible-browser "
        "cat expr log info warn warning error die fail msg usage return exit alias unset trap shift gpg "
        "rpm debootstrap openssl xmlcatalog db_input db_set composer cpan cpanm java mvn : eval sh bash "
        "dash zsh ksh su sudo python python3 perl php ruby node");
}

bool sh_is_url(struct str s)
{
    return s.n > 8 && (str_starts(s, STR("http://")) || str_starts(s, STR("https://")) ||
                       str_starts(s, STR("ftp://")) || str_starts(s, STR("tftp://")));
}

struct sh_args sh_unwrap_command(struct sh_args a, bool *ret_xargs)
{
    static const struct {
        const char *name, *valued; /* options that take a value */
        unsigned operands;         /* that stand before the command */
    } WRAPPERS[] = {
        {"sudo", "-u -g -U -h -p -C -r -t", 0},
        {"doas", "-u -C", 0},
        {"nohup", "", 0},
        {"setsid", "", 0},
        {"env", "-u -S -C", 0},
        {"exec", "-a", 0},
        {"builtin", "", 0},
        {"time", "-f -o", 0},
        {"nice", "-n", 0},
        {"ionice", "-c -n", 0},
        {"timeout", "-s -k", 1},
        {"stdbuf", "-i -o -e", 0},
        {"busybox", "", 0},
        {"toybox", "", 0},
        {"unbuffer", "", 0},
        {"chroot", "", 1},
        {"command", "", 0},
        {"xargs", "-I -n -P -L -d -s -a -E", 0},
        {"chronic", "", 0},
        {"taskset", "-c", 0},
    };
    *ret_xargs = false;
    for (unsigned round = 0; round < 8 && a.n; round++) {
        struct str name = str_basename(a.v[0].text);
        size_t k = 0;
        while (k < ARRAY_SIZE(WRAPPERS) && !str_is(name, WRAPPERS[k].name))
            k++;
        if (k == ARRAY_SIZE(WRAPPERS))
            return a;
        if (str_is(name, "command") && a.n > 1 && (str_is(a.v[1].text, "-v") || str_is(a.v[1].text, "-V")))
            return a;
        size_t i = 1;
        while (i < a.n && ((a.v[i].text.n && a.v[i].text.p[0] == '-') || a.v[i].assign))
            i += sh_in(a.v[i].text, WRAPPERS[k].valued) ? 2 : 1;
        i += WRAPPERS[k].operands;
        if (i >= a.n)
            return a;
        *ret_xargs |= str_is(name, "xargs");
        a = (struct sh_args){a.v + i, a.n - i};
    }
    return a;
}

bool sh_is_flag_spec(struct str s)
{
    if (s.n < 2 || s.n > 12 || (s.p[0] != '+' && s.p[0] != '-' && s.p[0] != '='))
        return false;
    bool locks = false;
    for (size_t i = 1; i < s.n; i++) {
        if (!strchr("aAcCdDeEFijmPsStTux", s.p[i]))
            return false;
        locks |= s.p[i] == 'i' || s.p[i] == 'a';
    }
    return locks;
}

bool sh_has_own_options(struct str name)
{
    return sh_in(
        name,
        "ls grep egrep fgrep rm cp mv ln tee sed perl id ps netstat ss lsof cat stat df du date set sort "
        "uname "
        "mount umount env sudo ssh scp rsync tar test [ read declare typeset local export install find "
        "ip ifconfig sysctl update-alternatives dpkg apt apt-get git make which type ping docker kubectl "
        "less more wc cmp diff lsmod modprobe insmod pgrep pkill killall last who w crontab mkdir touch curl "
        "wget nc socat gcc ld ar strip nm readelf objdump iptables mkfs losetup echo printf exec bash sh "
        "swapoff swapon hostname hostnamectl useradd usermod groupadd userdel adduser passwd chage tail head "
        "ldconfig update-initramfs depmod nohup screen tmux vim vi ed patch xargs python perl getent");
}
