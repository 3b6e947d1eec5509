// SPDX-License-Identifier: Apache-2.0
// Scans files with YARA-X: node bench/yara-x.mjs FOLDER-WITH-node_modules FOLDER RULES…
import {createRequire} from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [modules, folder, ...files] = process.argv.slice(2);
const {compile} = createRequire(path.join(modules, 'x.js'))('@litko/yara-x');
const names = ['filename', 'filepath', 'extension', 'filetype', 'owner', 'md5'];
const rules = compile(files.map(f => fs.readFileSync(f, 'utf8')).join('\n'),
                      {defineVariables: Object.fromEntries(names.map(n => [n, '']))});
let matches = 0;
for (const entry of fs.readdirSync(folder, {recursive: true, withFileTypes: true}))
    if (entry.isFile())
        matches += rules.scan(fs.readFileSync(path.join(entry.parentPath ?? entry.path, entry.name))).length;
console.log(matches);
