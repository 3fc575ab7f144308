// Loads what the conformance tests run in pods into a container engine, under the names that the tests use. No registry
// is asked: agnhost is built from the Kubernetes version of the cluster, the rest is made of programs of this machine.
//   npm run test:conformance:images -- --agnhost FILE --nonewprivs FILE
//     (CGO_ENABLED=0 go build k8s.io/kubernetes/test/images/agnhost, and .../nonewprivs)
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { createAuthority, issueServerCertificate } from '../../src/base/certificate-authority.ts'
import { systemClock } from '../../src/base/clock.ts'
import { randomIds } from '../../src/base/ids.ts'
import { findEngine } from '../../src/runtime/engine/find-engine.ts'
import { imageArchive } from '../../src/runtime/engine/image-archive.ts'
import { pauseProgram } from '../../src/runtime/engine/pause.ts'
import type { TarEntry } from '../../src/runtime/engine/tar.ts'
import { loadNginx } from '../../src/runtime/engine/testing/images.ts'

const TESTS = 'registry.k8s.io/e2e-test-images'
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'
const BUSYBOX = '/bin/busybox'
const BASH = '/bin/bash'
// What scripts of the tests call beside a shell; those that this machine lacks are left out.
const PROGRAMS = ['curl', 'nc', 'dig', 'getent', 'ip', 'ss', 'iperf']
const NAME_SERVICE = ['libnss_dns.so.2', 'libnss_files.so.2']
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const { values } = parseArgs({
  options: {
    agnhost: { type: 'string', default: 'agnhost' },
    nonewprivs: { type: 'string', default: 'nonewprivs' },
  },
})
const engine = await findEngine(process.env)
if ('missing' in engine) {
  console.error(engine.missing)
  process.exit(2)
}
const { api } = engine

function findProgram(name: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(':')
  const found = places.map((place) => `${place}/${name}`).find((path) => existsSync(path))
  return found && realpathSync(found)
}

/** The libraries of a program, and those by which the C library looks up names. */
function libraries(programs: readonly string[]): TarEntry[] {
  const linked = programs.flatMap((program) => {
    const text = execFileSync('ldd', [program], { encoding: 'utf8' })
    return [...text.matchAll(/(?:(\S+) => )?(\/\S+) \(0x/g)].map(([, name, path = '']) => ({
      name: name && !name.startsWith('/') ? `lib/${name}` : path.slice(1),
      path,
    }))
  })
  const root = linked.find(({ path }) => path.endsWith('/libc.so.6'))?.path.replace('libc.so.6', '')
  const lookups =
    root === undefined ? [] : NAME_SERVICE.map((name) => ({ name: `lib/${name}`, path: root + name }))
  const all = new Map([...linked, ...lookups].map((each) => [each.name, each]))
  return [...all.values()]
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => ({ name, data: readFileSync(realpathSync(path)), mode: 0o755 }))
}

function shellTools(): TarEntry[] {
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  return [
    { name: 'bin/busybox', data: readFileSync(BUSYBOX), mode: 0o755 },
    ...applets
      .filter((name) => name !== 'busybox' && name !== 'sh')
      .map((name) => ({ name: `bin/${name}`, linkTo: 'busybox' })),
    // The shell of Debian's busybox takes its applets before programs in the path, and drops variables with a hyphen.
    { name: 'bin/bash', data: readFileSync(BASH), mode: 0o755 },
    { name: 'bin/sh', linkTo: 'bash' },
    ...libraries([BASH]),
    { name: 'tmp/', mode: 0o1777 },
    { name: 'root/', mode: 0o700 },
    {
      name: 'etc/passwd',
      data: Buffer.from('root:x:0:0:root:/root:/bin/sh\nuser-defined-in-image:x:1000:1000::/:/bin/sh\n'),
    },
    {
      name: 'etc/group',
      data: Buffer.from('root:x:0:\ngroup-defined-in-image:x:50000:user-defined-in-image\n'),
    },
    { name: 'etc/nsswitch.conf', data: Buffer.from('hosts: files dns\n') },
  ]
}

async function agnhostFiles(): Promise<TarEntry[]> {
  const programs = PROGRAMS.map((name) => ({ name, path: findProgram(name) }))
  const present = programs.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]))
  const missing = programs.filter(({ path }) => path === undefined).map(({ name }) => name)
  if (missing.length > 0) console.error(`not on this machine: ${missing.join(', ')}`)
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await createAuthority('agnhost', sources)
  const { cert, key } = await issueServerCertificate(authority, ['localhost'], sources)
  const isReplaced = (name: string): boolean => present.some((each) => `bin/${each.name}` === name)
  return [
    ...shellTools().filter(({ name }) => !isReplaced(name)),
    ...present.map(({ name, path }) => ({ name: `usr/bin/${name}`, data: readFileSync(path), mode: 0o755 })),
    ...libraries(present.map(({ path }) => path)),
    { name: 'agnhost', data: readFileSync(values.agnhost), mode: 0o755 },
    { name: 'agnhost-2', linkTo: 'agnhost' },
    { name: 'uploads/', mode: 0o777 },
    { name: 'localhost.crt', data: Buffer.from(cert) },
    { name: 'localhost.key', data: Buffer.from(key) },
  ]
}

async function load(
  tag: string,
  files: readonly TarEntry[],
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  // Programs share libraries.
  const once = [...new Map(files.map((file) => [file.name, file])).values()]
  await api.text('POST', '/images/load', {
    body: imageArchive({ tag, architecture: ARCHITECTURE, files: once, config }),
  })
  console.log(tag)
}

const agnhost = await agnhostFiles()
// A program that is found first stands before the shell's own of that name.
const config = { Entrypoint: ['/agnhost'], Cmd: ['pause'], Env: ['PATH=/usr/bin:/bin:/sbin'] }
await load(`${TESTS}/agnhost:2.59`, agnhost, config)
await load(`${TESTS}/agnhost:2.55`, agnhost, config)
await load(`${TESTS}/jessie-dnsutils:1.7`, agnhost, { Cmd: ['/bin/sh'], Env: config.Env })
for (const animal of ['nautilus', 'kitten']) {
  const data = Buffer.from(`{"image": "${animal}.jpg"}\n`)
  const page = { name: 'data.json', data }
  await load(`${TESTS}/${animal}:1.7`, [...agnhost, page], { ...config, Cmd: ['test-webserver'] })
}
await load(`${TESTS}/busybox:1.37.0-1`, shellTools(), { Cmd: ['sh'], Env: [PATH] })
await load(`${TESTS}/nonroot:1.4`, shellTools(), { Cmd: ['id', '-u'], Env: [PATH], User: '1234' })
// Set-user-ID: what it says is whose it runs as.
const privileged = { name: 'usr/local/bin/nnp', data: readFileSync(values.nonewprivs), mode: 0o6755 }
await load(`${TESTS}/nonewprivs:1.3`, [...shellTools(), privileged], {
  Cmd: ['nnp'],
  Env: [PATH],
})
for (const tag of ['1.14-4', '1.15-4']) {
  await loadNginx(api, `${TESTS}/nginx:${tag}`)
  console.log(`${TESTS}/nginx:${tag}`)
}
const pause = { name: 'pause', data: pauseProgram(ARCHITECTURE), mode: 0o755 }
await load('registry.k8s.io/pause:3.10.1', [pause], { Entrypoint: ['/pause'] })
