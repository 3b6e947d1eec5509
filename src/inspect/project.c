// SPDX-License-Identifier: Apache-2.0
/* The project analyzer: tells by its name which family a file belongs to, and states its commands. */
#include <ctype.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "inspect/loads.h"
#include "inspect/package.h"
#include "inspect/project.h"

#define IMAGE_CONFIGURATION "(image configuration)" /* the name of what worker/walk.c shows beside an image's files */

/* A name that begins or ends with a star is that of all that end or begin so; one with a slash is the end of the path. */
static const struct family {
    const char *names;
    const char *tool, *when;
    void (*read)(struct project *p);
    const char *keys;
    struct str says; /* that the file must hold; empty: nothing */
} FAMILIES[] = {
    {".vscode/tasks.json *.code-workspace", "vscode", "builds", project_read_json, NULL, {}},
    {"devcontainer.json .devcontainer.json", "devcontainer", "starts", project_read_json, NULL, {}},
    {"*.ipynb", "jupyter", "starts", project_read_json, NULL, {}},
    {"CMakeLists.txt *.cmake", "cmake", "builds", project_read_cmake, NULL, {}},
    {"Makefile makefile GNUmakefile *.mk Makefile.*", "make", "builds", project_read_make, NULL, {}},
    {"justfile Justfile .justfile", "just", "builds", project_read_make, NULL, {}},
    {"Dockerfile Containerfile Dockerfile.* Containerfile.* *.Dockerfile *.dockerfile", "docker", "builds", project_read_image, NULL, {}},
    {IMAGE_CONFIGURATION, "image", "starts", project_read_config, NULL, {}},
    {"build.gradle build.gradle.kts settings.gradle settings.gradle.kts *.gradle", "gradle", "builds", project_read_calls, NULL, {}},
    {"Jenkinsfile Jenkinsfile.* *.jenkinsfile", "jenkins", "ci", project_read_calls, NULL, {}},
    {"meson.build", "meson", "builds", project_read_calls, NULL, {}},
    {"pom.xml", "maven", "builds", project_read_xml, NULL, {}},
    {"build.xml", "ant", "builds", project_read_xml, NULL, {}},
    {"Vagrantfile", "vagrant", "starts", project_read_settings, "inline", {}},
    {"*.tf", "terraform", "starts", project_read_settings, "command inline user_data", {}},
    {"BUILD BUILD.bazel *.bzl", "bazel", "builds", project_read_settings, "cmd cmd_bash", {}},
    {"Procfile", "procfile", "starts", project_read_lines, NULL, {}},
    {".envrc", "direnv", "opens", project_read_shell, NULL, {}},
    {".gitconfig .git/config etc/gitconfig .config/git/config", "git", "opens", project_read_git, NULL, {}},
    {"apt.conf.d/* apt.conf", "apt", "hooks", project_read_apt, NULL, {}},
    {"post-transaction-actions.d/*.action", "dnf", "hooks", project_read_dnf, NULL, {}},
    {"hooks/*.hook", "pacman", "hooks", project_read_directives, "Exec", STR("[Action]")},
    {"commit_hooks.d/*", "apk", "hooks", project_read_shell, NULL, {}},
    {"logrotate.d/* logrotate.conf", "logrotate", "hooks", project_read_logrotate, NULL, {}},
    {"modprobe.d/*.conf", "modprobe", "hooks", project_read_modprobe, NULL, {}},
    {"incron.d/* incron/*", "incron", "hooks", project_read_incron, NULL, {}},
    {"sshd_config sshd_config.d/*", "sshd", "hooks", project_read_sshd, "AuthorizedKeysCommand AuthorizedPrincipalsCommand ForceCommand", {}},
    {"etc/nsswitch.conf", "nss", "hooks", project_read_nss, NULL, {}},
    {".tmux.conf tmux.conf", "tmux", "hooks", project_read_directives, "run-shell run", {}},
    {".ssh/config ssh_config ssh_config.d/*", "ssh", "hooks", project_read_directives, "ProxyCommand LocalCommand KnownHostsCommand", {}},
    {"*.conf *.ini", "supervisor", "starts", project_read_directives, "command", STR("[program:")},
    {".cargo/config.toml .cargo/config", "cargo", "builds", project_read_cargo, "rustc-wrapper rustc-workspace-wrapper runner linker", {}},
    {"dpkg.cfg dpkg.cfg.d/*", "dpkg", "hooks", project_read_directives, "pre-invoke post-invoke status-logger", {}},
    {"actions.d/*.actions", "dnf", "hooks", project_read_actions, NULL, {}},
    {"network/interfaces interfaces.d/*", "ifupdown", "hooks", project_read_directives, "up pre-up post-up down pre-down post-down", {}},
    {"acpi/events/* events/*", "acpi", "hooks", project_read_directives, "action", STR("event=")},
    {"wireguard/*.conf", "wireguard", "hooks", project_read_directives, "PreUp PostUp PreDown PostDown", {}},
    {"*.conf *.ovpn", "openvpn", "hooks", project_read_directives,
     "up down route-up route-pre-down ipchange tls-verify auth-user-pass-verify client-connect client-disconnect learn-address", STR("script-security")},
    {"rsyslog.conf rsyslog.d/*.conf", "rsyslog", "hooks", project_read_settings, "binary", {}},
    {"snmpd.conf", "snmpd", "hooks", project_read_snmp, NULL, {}},
    {"etc/aliases .forward .procmailrc procmailrc", "mail", "hooks", project_read_pipes, NULL, {}},
    {".vimrc vimrc vimrc.local .gvimrc .exrc init.vim plugin/*.vim autoload/*.vim", "vim", "hooks", project_read_vim, "vim", {}},
    {".emacs init.el site-start.el default.el site-start.d/*.el", "emacs", "hooks", project_read_emacs, NULL, {}},
    {".irbrc .pryrc", "ruby", "hooks", project_read_code, "ruby", {}},
    {".Rprofile Rprofile.site", "r", "hooks", project_read_code, "r", {}},
    {"rules.d/*.rules", "polkit", "hooks", project_read_code, "node", STR("polkit.")},
    {"hooks.d/*.json", "oci-hook", "hooks", project_read_container_hook, NULL, STR("\"hook\"")},
    {"daemon.json", "docker", "starts", project_read_docker, NULL, STR("\"runtimes\"")},
    {"containers.conf containers.conf.d/*.conf", "containers", "starts", project_read_loads, "hooks_dir conmon_path runc crun kata youki runsc", {}},
    {"crio.conf crio.conf.d/*.conf", "crio", "starts", project_read_loads, "hooks_dir runtime_path monitor_path conmon", {}},
    {"config.toml", "containerd", "starts", project_read_loads, "BinaryName", STR("BinaryName")},
    {"ld.so.conf ld.so.conf.d/* ld-musl-*.path", "ld.so", "starts", project_read_loader, NULL, {}},
    {".npmrc npmrc", "npm", "builds", project_read_loads, "script-shell shell node-options", {}},
    {".yarnrc .yarnrc.yml", "yarn", "builds", project_read_loads, "yarn-path yarnPath", {}},
    {"go/env", "go", "builds", project_read_loads, "GOFLAGS CC CXX", {}},
    {"cloud.cfg cloud.cfg.d/*", "cloud-init", "starts", project_read_yaml, "runcmd bootcmd", {}},
    {"config.xml", "jenkins", "ci", project_read_xml, NULL, STR("hudson.tasks.Shell")},
    {"*.groovy", "groovy", "builds", project_read_calls, NULL, {}},
    {".user.ini php.ini .htaccess php-fpm.conf php-fpm.d/*.conf pool.d/*.conf php.d/*.ini mods-available/*.ini mods-enabled/*.ini conf.d/*.ini", "php",
     "starts", project_read_web, NULL, {}},
    {"nginx.conf apache2.conf httpd.conf lighttpd.conf conf.d/*.conf conf-enabled/*.conf conf-available/*.conf sites-enabled/* sites-available/* "
     "modules-enabled/*.conf mods-enabled/* mods-available/*.conf mods-available/*.load conf.modules.d/*.conf vhosts.d/*.conf vhost/*.conf",
     "web-server", "starts", project_read_web, NULL, {}},
    {"*.lua", "web-server", "starts", project_read_lua, NULL, STR("ngx.")},
    {".gitlab-ci.yml", "gitlab-ci", "ci", project_read_yaml, "script before_script after_script", {}},
    {".circleci/config.yml", "circleci", "ci", project_read_yaml, "run command", {}},
    {"bitbucket-pipelines.yml", "bitbucket", "ci", project_read_yaml, "script after-script", {}},
    {"azure-pipelines.yml", "azure-pipelines", "ci", project_read_yaml, "script bash", {}},
    {".drone.yml .woodpecker.yml .woodpecker.yaml", "drone", "ci", project_read_yaml, "commands", {}},
    {".travis.yml", "travis", "ci", project_read_yaml, "before_install install before_script script after_success after_failure after_script deploy", {}},
    {".gitpod.yml", "gitpod", "opens", project_read_yaml, "before init command prebuild", {}},
    {".pre-commit-config.yaml .pre-commit-hooks.yaml", "pre-commit", "commits", project_read_yaml, "entry", {}},
    {"lefthook.yml .lefthook.yml", "lefthook", "commits", project_read_yaml, "run", {}},
    {"Taskfile.yml Taskfile.yaml", "task", "builds", project_read_yaml, "cmds cmd sh", {}},
    {"snapcraft.yaml", "snapcraft", "builds", project_read_yaml, "override-pull override-build override-prime override-stage", {}},
    {"cloudbuild.yaml cloudbuild.yml", "cloudbuild", "ci", project_read_yaml, "script", {}},
    {"buildspec.yml buildspec.yaml", "codebuild", "ci", project_read_yaml, "commands", {}},
    {"compose.yml compose.yaml docker-compose*", "compose", "starts", project_read_yaml, NULL, STR("services")},
    {"workflows/*.yml workflows/*.yaml", "github-actions", "ci", project_read_yaml, "run", {}},
    {"*.yml *.yaml", "github-actions", "ci", project_read_yaml, "run", STR("runs-on")},
    {"action.yml action.yaml", "github-actions", "ci", project_read_yaml, "run", STR("runs:")},
    {"*.yml *.yaml user-data", "cloud-init", "starts", project_read_yaml, "runcmd bootcmd", STR("#cloud-config")},
    {"*.yml *.yaml", "kubernetes", "starts", project_read_yaml, NULL, STR("apiVersion:")},
    {"*.yml *.yaml", "ansible", "starts", project_read_yaml,
     "shell command raw cmd ansible.builtin.shell ansible.builtin.command ansible.builtin.raw", STR("tasks:")},
    {"tasks/*.yml tasks/*.yaml handlers/*.yml handlers/*.yaml", "ansible", "starts", project_read_yaml,
     "shell command raw cmd ansible.builtin.shell ansible.builtin.command ansible.builtin.raw", STR("- name:")},
};

/* Whether there is room to look at that much more; states whose commands they are. */
static bool takes(struct project *p, struct str text)
{
    if (!text.n || p->commands >= PROJECT_COMMANDS_MAX || p->bytes + text.n > PROJECT_BYTES_MAX)
        return false;
    p->commands++;
    p->bytes += text.n;
    facts_str(p->facts, F_PROJECT_TOOL, str_from(p->tool));
    (void)facts_add(p->facts, F_PROJECT_WHEN, str_from(p->when));
    return true;
}

void project_command(struct project *p, struct str command, size_t at)
{
    command = str_trim(command);
    if (!takes(p, command))
        return;
    at = at < p->c->data.n ? at : 0;
    if (p->commands <= PROJECT_SHOWN_MAX)
        inspection_see(p->facts, F_PROJECT_COMMANDS, str_sub(command, 0, PROJECT_SHOWN_BYTES), p->c, at,
                       at + 1 < p->c->data.n ? at + 1 : p->c->data.n);
    if (!strcmp(p->when, "hooks"))
        loads_program(p->c, p->tool, command, at, p->facts);
    package_look_command(p->c, command, at, p->facts);
}

void project_script(struct project *p, struct str script, size_t at)
{
    if (takes(p, script))
        package_look_command(p->c, script, at, p->facts);
}

struct str project_word(struct str *s)
{
    size_t n = 0;
    *s = str_trim(*s);
    while (n < s->n && !isspace((unsigned char)s->p[n]))
        n++;
    struct str word = str_sub(*s, 0, n);
    *s = str_trim(str_sub(*s, n, s->n));
    return word;
}

void project_read_shell(struct project *p)
{
    if (facts_has(p->facts, F_SCRIPT_INTERPRETER) && takes(p, p->c->data)) /* the script analyzer has been here */
        return;
    project_script(p, p->c->data, 0);
}

void project_read_lines(struct project *p)
{
    struct str rest = p->c->data, line, name;
    while (str_split(&rest, '\n', &line))
        if (line.n && line.p[0] != '#' && memchr(line.p, ':', line.n) && str_split(&line, ':', &name))
            project_command(p, line, (size_t)(line.p - p->c->data.p));
}

/* The name, or the end of the path, against one pattern. */
static bool matches(struct str path, struct str name, struct str pattern)
{
    const char *star = memchr(pattern.p, '*', pattern.n), *slash = memrchr(pattern.p, '/', pattern.n);
    if (slash && star) { /* a folder, and how the name ends */
        struct str folder = str_sub(pattern, 0, (size_t)(slash - pattern.p)), end = str_sub(pattern, (size_t)(star - pattern.p) + 1, pattern.n);
        struct str dir = str_dirname(path);
        return str_ends(name, end) && str_eq(str_basename(dir), folder);
    }
    if (slash)
        return str_ends(path, pattern) && (path.n == pattern.n || path.p[path.n - pattern.n - 1] == '/');
    if (!star)
        return str_eq(name, pattern);
    struct str before = str_sub(pattern, 0, (size_t)(star - pattern.p)), after = str_sub(pattern, before.n + 1, pattern.n);
    return name.n >= before.n + after.n && str_starts(name, before) && str_ends(name, after);
}

/* The names of all families, taken apart once. */
struct name {
    struct str pattern;
    const struct family *family;
};
struct project_state {
    VEC(struct name) names;
    const struct family *image;
};

/* By the last byte of the path and the first of the name, which tell most files from most patterns. */
static bool may_match(struct str path, struct str name, struct str pattern)
{
    const char first = pattern.p[0], last = pattern.p[pattern.n - 1];
    return (last == '*' || path.p[path.n - 1] == last) && (first == '*' || name.p[0] == first || memchr(pattern.p, '/', pattern.n));
}

static const struct family *family_of(const struct project_state *s, const struct content *c)
{
    struct str name = str_basename(c->place);
    if (str_is(c->place, IMAGE_CONFIGURATION))
        return s->image;
    for (size_t i = 0; name.n && i < s->names.n; i++) {
        const struct name *n = &s->names.v[i];
        if (may_match(c->place, name, n->pattern) && matches(c->place, name, n->pattern) &&
            (!n->family->says.n || str_has(str_sub(c->data, 0, PROJECT_TEXT_MAX), n->family->says)))
            return n->family;
    }
    return NULL;
}

/* The hooks of git, and of what keeps them in the folder itself. */
static bool is_hook(struct str path)
{
    struct str dir = str_dirname(path), name = str_basename(path);
    if (str_ends(name, STR(".sample")))
        return false;
    return str_ends(dir, STR("/.git/hooks")) || str_ends(dir, STR("/.husky")) || str_ends(dir, STR("/.githooks")) ||
           str_ends(dir, STR("/git-core/templates/hooks"));
}

static bool wants(const struct content *c)
{
    return c->first && !c->depth && c->data.n && c->is_text;
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    const struct family *f = family_of(state, c);
    struct content cut = *c;
    cut.data = str_sub(c->data, 0, PROJECT_TEXT_MAX);
    struct project p = {.c = &cut, .facts = facts};
    if (f) {
        p.tool = f->tool;
        p.when = f->when;
        p.keys = f->keys;
        f->read(&p);
    } else if (is_hook(c->place)) {
        p.tool = "git";
        p.when = "commits";
        project_read_shell(&p);
    }
    return 0;
}

static int init(const struct inspect_options *options, void **ret, struct error *err)
{
    (void)options, (void)err;
    struct project_state *s = xnew(struct project_state);
    for (size_t i = 0; i < ARRAY_SIZE(FAMILIES); i++) {
        struct str rest = str_from(FAMILIES[i].names), pattern;
        if (str_is(rest, IMAGE_CONFIGURATION))
            s->image = &FAMILIES[i];
        else
            while (str_split(&rest, ' ', &pattern))
                vec_add(&s->names, (struct name){pattern, &FAMILIES[i]});
    }
    *ret = s;
    return 0;
}

static void done(void *state)
{
    struct project_state *s = state;
    if (s)
        vec_done(&s->names);
    free(s);
}

const struct analyzer analyzer_project = {.name = "project", .init = init, .done = done, .wants = wants, .look = look};
