// Owns images for tests, made of programs of this machine: no registry is asked for any.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import type { EngineApi } from '../api.ts'
import { imageArchive } from '../image-archive.ts'
import type { TarEntry } from '../tar.ts'

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'
const BUSYBOX = '/bin/busybox'
const LINKS =
  'cat date echo env false head hostname httpd id kill ls mkdir mount nc nslookup ps rm sh sleep sort stat tail tar test touch true wget'

/** Loads busybox under a name, with a server of files in `/www` on port 80 as its command. */
export async function loadBusybox(api: EngineApi, tag: string): Promise<void> {
  const program = { name: 'bin/busybox', data: readFileSync(BUSYBOX), mode: 0o755 }
  const links = LINKS.split(' ').map((name) => ({ name: `bin/${name}`, linkTo: 'busybox' }))
  const page = { name: 'www/index.html', data: Buffer.from('it works\n') }
  await load(api, tag, [program, ...links, { name: 'tmp/', mode: 0o1777 }, page], {
    Cmd: ['/bin/sh', '-c', 'echo serving; trap "exit 0" TERM; httpd -f -p 80 -h /www & wait'],
    Env: ['PATH=/bin'],
  })
}

const NGINX = '/usr/sbin/nginx'
const NGINX_CONFIGURATION = `user root;
worker_processes 1;
error_log /dev/stderr notice;
pid /tmp/nginx.pid;
events { worker_connections 256; }
http {
  access_log /dev/stdout;
  server { listen 80; root /usr/share/nginx/html; index index.html; }
}
`

/** Loads this machine's nginx with its libraries under a name, with a shell beside it. */
export async function loadNginx(api: EngineApi, tag: string): Promise<void> {
  const shell = ['sh', 'cat', 'ls', 'tar', 'sleep', 'mkdir', 'rm', 'mv', 'test', 'echo']
  const files: TarEntry[] = [
    { name: 'usr/sbin/nginx', data: readFileSync(NGINX), mode: 0o755 },
    ...librariesOf(NGINX).map((path) => ({
      name: path.slice(1),
      data: readFileSync(realpathSync(path)),
      mode: 0o755,
    })),
    { name: 'bin/busybox', data: readFileSync(BUSYBOX), mode: 0o755 },
    ...shell.map((name) => ({ name: `bin/${name}`, linkTo: 'busybox' })),
    { name: 'etc/nginx/nginx.conf', data: Buffer.from(NGINX_CONFIGURATION) },
    { name: 'etc/passwd', data: Buffer.from('root:x:0:0:root:/root:/bin/sh\n') },
    { name: 'etc/group', data: Buffer.from('root:x:0:\n') },
    {
      name: 'usr/share/nginx/html/index.html',
      data: Buffer.from('<title>Welcome to nginx!</title>\n'),
    },
    ...['tmp/', 'var/log/nginx/', 'var/lib/nginx/', 'run/'].map((name) => ({ name, mode: 0o1777 })),
  ]
  await load(api, tag, files, {
    Cmd: ['/usr/sbin/nginx', '-g', 'daemon off;'],
    Env: ['PATH=/usr/sbin:/bin'],
    StopSignal: 'SIGQUIT',
  })
}

/** Loads the Node.js that runs this, with its libraries, and packages in `/node_modules`, under a name. */
export async function loadNode(api: EngineApi, tag: string, packages: readonly string[] = []): Promise<void> {
  const files: TarEntry[] = [
    { name: 'bin/node', data: readFileSync(process.execPath), mode: 0o755 },
    ...librariesOf(process.execPath).map((path) => ({
      name: path.slice(1),
      data: readFileSync(realpathSync(path)),
      mode: 0o755,
    })),
    { name: 'tmp/', mode: 0o1777 },
    ...packageDirectories(packages).flatMap(filesBelow),
  ]
  await load(api, tag, files, { Entrypoint: ['/bin/node'], Env: ['PATH=/bin'] })
}

const MODULES = 'node_modules'

/** Packages of this project, and all that they depend on, each once and flat as npm lays them. */
function packageDirectories(packages: readonly string[]): string[] {
  const found = new Set<string>()
  const open = [...packages]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const directory = join(MODULES, name)
    if (found.has(directory)) continue
    found.add(directory)
    // npm's own file: its form is known.
    const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>
    }
    open.push(...Object.keys(dependencies))
  }
  return [...found]
}

function filesBelow(directory: string): TarEntry[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(c?js|json)$/.test(entry.name) && !entry.parentPath.includes('/dist-es'),
    )
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { name: path, data: readFileSync(path), mode: 0o644 }
    })
}

function librariesOf(program: string): string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' })
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path).filter((path) => existsSync(path))
}

async function load(
  api: EngineApi,
  tag: string,
  files: readonly TarEntry[],
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const body = imageArchive({ tag, architecture: ARCHITECTURE, files, config })
  await api.text('POST', '/images/load', { body })
}
