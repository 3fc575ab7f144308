// Owns what a container's command says about how it runs: a script that ends by itself, a server that runs on, or
// nothing that can be told.
import type { ContainerSpec } from '../runtime.ts'
import { isRepository } from './builtins.ts'
import { parseScript, UnknownScript, type Script } from './shell/parse.ts'
import { isKnown } from './shell/run.ts'

export type Program =
  | { readonly type: 'script'; readonly script: Script }
  | { readonly type: 'server' }
  | { readonly type: 'unknown' }

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash'])
// Images whose command is whatever they are given.
const BARE_IMAGES = ['busybox', 'alpine', 'ubuntu', 'debian', 'amazonlinux', 'fedora']
// Images that serve until they are stopped when they are given nothing.
const SERVER_IMAGES = [
  'pause',
  'agnhost',
  'caddy',
  'envoy',
  'haproxy',
  'httpd',
  'mariadb',
  'memcached',
  'mongo',
  'mysql',
  'nginx',
  'nginx-new',
  'postgres',
  'rabbitmq',
  'redis',
  'registry',
  'traefik',
]
// Sub-commands of Kubernetes' test image that run until they are stopped.
const AGNHOST_SERVERS = new Set([
  'audit-proxy',
  'fake-gitserver',
  'grpc-health-checking',
  'guestbook',
  'liveness',
  'logs-generator',
  'net',
  'netexec',
  'no-snat-test-proxy',
  'pause',
  'porter',
  'resource-consumer',
  'resource-consumer-controller',
  'serve-hostname',
  'test-webserver',
  'webhook',
])

/** What is known of a container by its image, command and arguments alone. */
export function programOf({ image, command, args }: ContainerSpec): Program {
  if (command.length > 0) return commandLine([...command, ...args])
  if (isRepository(image, 'agnhost')) return agnhost(args)
  if (args.length > 0) return isRepository(image, ...BARE_IMAGES) ? commandLine(args) : { type: 'unknown' }
  return isRepository(image, ...SERVER_IMAGES) ? { type: 'server' } : { type: 'unknown' }
}

/** What is known of a command that is run in a container. */
export function programOfCommand(command: readonly string[]): Program {
  return commandLine(command)
}

function agnhost([first = 'pause']: readonly string[]): Program {
  return AGNHOST_SERVERS.has(first) ? { type: 'server' } : { type: 'unknown' }
}

function commandLine(words: readonly string[]): Program {
  const [path = '', ...parameters] = words
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === 'agnhost') return agnhost(parameters)
  if (name === 'pause') return { type: 'server' }
  if (!SHELLS.has(name)) return scriptOf([name, ...parameters].map(quoted).join(' '))
  const flag = parameters.findIndex((word) => /^-[a-z]*c$/.test(word))
  const script = flag < 0 ? undefined : parameters[flag + 1]
  return script === undefined ? { type: 'unknown' } : scriptOf(script)
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`
}

function scriptOf(text: string): Program {
  try {
    const script = parseScript(text)
    return script.length > 0 && isKnown(script) ? { type: 'script', script } : { type: 'unknown' }
  } catch (error) {
    if (error instanceof UnknownScript) return { type: 'unknown' }
    throw error
  }
}
