// Owns what a stand-in says: the text, JSON and headers by which it shows that nothing runs behind it.
import type { SandboxSpec } from '../runtime.ts'
import type { BuiltinServer } from './builtins.ts'

export interface StandinIdentity {
  readonly sandbox: SandboxSpec
  readonly container: string
  readonly image: string
}

/** Whose port it is. */
export interface PortOwner {
  readonly identity: StandinIdentity
  /** Answers what it knows before the stand-in does. */
  readonly server?: BuiltinServer
  /** One line a request. */
  log(text: string): void
}

export interface StandinAnswer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The answer to an HTTP request, as JSON when the client asks for it, as text otherwise. */
export function httpAnswer(identity: StandinIdentity, accept: string | undefined): StandinAnswer {
  const isJson = accept?.includes('application/json') ?? false
  const body = isJson ? `${JSON.stringify(describe(identity))}\n` : plainText(identity)
  return {
    headers: {
      'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      server: 'neargate-standin',
      'x-neargate-pod': `${identity.sandbox.namespace}/${identity.sandbox.name}`,
      'x-neargate-node': identity.sandbox.node,
      'x-neargate-image': identity.image,
    },
    body,
  }
}

/** The answer to a client that does not speak HTTP. */
export function plainText({ sandbox, image }: StandinIdentity): string {
  return [
    `Neargate stand-in for ${image}`,
    `pod: ${sandbox.namespace}/${sandbox.name}`,
    `node: ${sandbox.node}`,
    `ip: ${sandbox.ip}`,
    '',
  ].join('\n')
}

function describe({ sandbox, container, image }: StandinIdentity): object {
  return {
    standin: true,
    image,
    container,
    namespace: sandbox.namespace,
    pod: sandbox.name,
    node: sandbox.node,
    ip: sandbox.ip,
  }
}
