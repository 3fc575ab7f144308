// Owns the programs that Neargate's load balancers are compared with: haproxy in TCP mode and nginx as HTTP proxy.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

import { becomes } from './client.ts'
import type { Keys } from './keys.ts'
import type { Front, Stage } from './scenario.ts'
import { Target } from './target.ts'

/** Where Debian's libnginx-mod-stream puts it. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

/** Those of the programs that are not installed, by the names of their packages. */
export function missingPrograms(): string[] {
  const programs = ['haproxy', 'nginx'].filter((name) => spawnSync(name, ['-v']).status !== 0)
  return [...programs, ...(existsSync(STREAM_MODULE) ? [] : ['libnginx-mod-stream'])]
}

interface Settings {
  readonly directory: string
  readonly keys: Keys
}

/** haproxy in TCP mode, on one thread. */
export async function startHaproxy({ directory, keys }: Settings): Promise<Stage> {
  const target = await Target.start()
  const fronts = ['plain', 'dead', 'brief', 'tls', 'proxied'] as const
  const ports = await freePorts(fronts)
  const backend = (front: Front): string =>
    front === 'dead'
      ? '127.0.0.1:1'
      : `127.0.0.1:${target.port}${front === 'proxied' ? ' send-proxy-v2' : ''}`
  const sections = fronts.map((front) => {
    const secure = front === 'tls' ? ` ssl crt ${keys.file} ssl-min-ver TLSv1.2` : ''
    const seconds = front === 'brief' ? 1 : 350
    return `listen ${front}
  bind 127.0.0.1:${ports[front]}${secure}
  timeout client ${seconds}s
  timeout server ${seconds}s
  server target ${backend(front)}`
  })
  const file = join(directory, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  option tcp-smart-connect
  retries 0
${sections.join('\n')}
`,
  )
  return await running('haproxy', ['-db', '-q', '-f', file], { target, ports })
}

/** nginx as proxy of datagrams, in one process. */
export async function startNginxStream({ directory }: Settings): Promise<Stage> {
  const target = await Target.start()
  const fronts = ['datagrams', 'dead'] as const
  const ports = await freePorts(fronts)
  const servers = fronts.map(
    (front) => `server {
    listen 127.0.0.1:${ports[front]} udp;
    proxy_pass 127.0.0.1:${front === 'dead' ? 1 : target.datagramPort}; proxy_timeout 120s; proxy_buffer_size 64k;
  }`,
  )
  // That it listens is seen at a port of TCP.
  const { ready } = await freePorts(['ready'])
  const file = join(directory, 'nginx-stream.conf')
  writeFileSync(
    file,
    `load_module ${STREAM_MODULE};
daemon off; master_process off; pid ${directory}/stream-pid; error_log /dev/null crit;
events { worker_connections 4096; }
stream {
  server { listen 127.0.0.1:${ready}; return ready; }
  ${servers.join('\n  ')}
}
`,
  )
  const stage = await running('nginx', ['-p', directory, '-c', file, '-e', '/dev/null'], {
    target,
    ports: { ready },
  })
  return {
    ...stage,
    name: 'nginx stream',
    port: (front) => (front === 'dead' ? ports.dead : ports.datagrams),
  }
}

/** nginx as HTTP proxy, in one process. */
export async function startNginx({ directory, keys }: Settings): Promise<Stage> {
  const target = await Target.start()
  const fronts = ['plain', 'dead', 'brief', 'tls', 'grpc'] as const
  const ports = await freePorts(fronts)
  const servers = fronts.map((front) => {
    const isTls = front === 'tls' || front === 'grpc'
    const secure = isTls ? ' ssl http2' : ''
    const pass = front === 'grpc' ? 'grpc_pass grpc' : 'proxy_pass http'
    const brief =
      front === 'brief'
        ? 'keepalive_timeout 1s; client_header_timeout 1s; client_body_timeout 1s; send_timeout 1s; proxy_read_timeout 1s; proxy_send_timeout 1s;'
        : ''
    return `server {
    listen 127.0.0.1:${ports[front]}${secure};
    ${isTls ? `ssl_certificate ${keys.file}; ssl_certificate_key ${keys.file}; ssl_protocols TLSv1.2 TLSv1.3;` : ''}
    ${brief}
    location / { ${pass}://${front === 'dead' ? '127.0.0.1:1' : 'target'}; }
  }`
  })
  mkdirSync(join(directory, 'nginx'), { recursive: true })
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, nginxConfiguration(join(directory, 'nginx'), target.port, servers))
  return await running('nginx', ['-p', directory, '-c', file, '-e', '/dev/null'], { target, ports })
}

function nginxConfiguration(directory: string, port: number, servers: readonly string[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ')
  return `daemon off; master_process off; pid ${directory}/pid; error_log /dev/null crit;
events { worker_connections 4096; }
http {
  access_log off; server_tokens off; ${temporary}
  client_max_body_size 0; client_header_buffer_size 16k; large_client_header_buffers 4 16k;
  ignore_invalid_headers off; underscores_in_headers on;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream target { server 127.0.0.1:${port} max_fails=0; keepalive 16; }
  proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off; proxy_next_upstream off;
  proxy_buffer_size 32k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  ${servers.join('\n  ')}
}
`
}

async function running(
  program: string,
  args: readonly string[],
  { target, ports }: { readonly target: Target; readonly ports: Readonly<Record<string, number>> },
): Promise<Stage> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const port of Object.values(ports)) await becomesOpen(port, child)
  await target.clear()
  return {
    name: program,
    target,
    port: (front) => ports[front] ?? 0,
    async stop() {
      await ended(child)
      await target.stop()
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

async function becomesOpen(port: number, child: ChildProcess): Promise<void> {
  let isOpen = false
  const attempt = (): void => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('connect', () => {
      isOpen = true
      socket.destroy()
    })
    socket.on('error', () => void (child.exitCode === null && setTimeout(attempt, 10)))
  }
  attempt()
  if (!(await becomes(() => isOpen, 5000))) throw new Error(`${child.spawnfile} does not listen on ${port}`)
}

async function freePorts<F extends string>(names: readonly F[]): Promise<Record<F, number>> {
  const servers = names.map((name) => ({ name, server: createServer().listen(0, '127.0.0.1') }))
  const ports = await Promise.all(
    servers.map(async ({ name, server }) => {
      await new Promise((resolve) => server.once('listening', resolve))
      return [name, (server.address() as AddressInfo).port] as const
    }),
  )
  await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))))
  // One entry a name, as they were given.
  return Object.fromEntries(ports) as Record<F, number>
}
