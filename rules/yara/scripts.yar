// SPDX-License-Identifier: Apache-2.0
// Pages and scripts that give a stranger a shell. Low weight: administration tools have the same shapes; where the file
// lies decides (rules/behaviour/signatures.yaml).

rule davy_webshell_php_request : webshell
{
    meta:
        description = "PHP that runs what a visitor sends"
        row = "33 50"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<?"
        $run = /(eval|assert|system|passthru|shell_exec|popen|proc_open)[ \t]{0,4}\([ \t]{0,4}(base64_decode[ \t]{0,4}\([ \t]{0,4}|stripslashes[ \t]{0,4}\([ \t]{0,4})?\$_(GET|POST|REQUEST|COOKIE|SERVER)[ \t]{0,4}\[/
    condition:
        filesize < 1MB and $tag and $run
}

rule davy_webshell_php_packed : webshell
{
    meta:
        description = "PHP that unpacks itself and runs the result"
        row = "14 33"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<?"
        $run = /eval[ \t]{0,4}\([ \t]{0,4}(gzinflate|gzuncompress|str_rot13)[ \t]{0,4}\([ \t]{0,4}(str_rot13[ \t]{0,4}\([ \t]{0,4})?base64_decode/
    condition:
        filesize < 4MB and $tag and $run
}

rule davy_webshell_jsp : webshell
{
    meta:
        description = "JSP that runs a request parameter"
        row = "33"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<%"
        $run = "Runtime.getRuntime().exec("
        $from = "request.getParameter("
    condition:
        filesize < 256KB and all of them
}

rule davy_reverseshell_devtcp : reverseshell
{
    meta:
        description = "a shell whose input and output are a network connection"
        row = "33"
        source = "bash's manual on /dev/tcp"
    strings:
        $shell = /(bash|sh|zsh) -i[^\n]{0,24}[>&][ \t]{0,2}\/dev\/(tcp|udp)\/[A-Za-z0-9._$\{-]{1,64}\/[0-9$]/
    condition:
        filesize < 1MB and $shell
}

rule davy_reverseshell_python : reverseshell
{
    meta:
        description = "Python that puts a shell on a socket"
        row = "33"
        source = "Python's manual on os.dup2"
    strings:
        $connect = ".connect(("
        $dup = /os\.dup2\([^\n]{0,24}\.fileno\(\)[ \t]{0,2},[ \t]{0,2}[012]\)/
        $shell = /(subprocess\.(call|Popen|run)|pty\.spawn|os\.execl?v?p?)\([^\n]{0,8}["'](\/bin\/)?(ba|z)?sh["']/
    condition:
        filesize < 1MB and all of them
}
