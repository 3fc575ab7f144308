// Owns the admission of connections: exec, attach, port-forward and proxies are asked about with their options.
// Source: apiserver pkg/endpoints/handlers/rest.go (ConnectResource), pkg/apis/core/types.go (PodExecOptions and others).
import type { Kind } from '../resources/kind.ts'
import type { Api } from './api.ts'
import type { UserInfo } from './ports.ts'
import { isTrue, type ResourceRoute } from './route.ts'

const kindNames: Readonly<Record<string, string>> = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
}

export interface Connection {
  readonly kind: Kind
  readonly route: ResourceRoute
  readonly query: URLSearchParams
  readonly user: UserInfo
}

/** Lets a connection pass. @throws StatusError of the step of admission that refuses. */
export async function admitConnection(
  { registry }: Pick<Api, 'registry'>,
  { kind, route, query, user }: Connection,
): Promise<void> {
  const { resource, subresource, namespace, name } = route
  const optionsKind = kindNames[`${resource}/${subresource}`] ?? ''
  await registry.admit(kind, {
    operation: 'CONNECT',
    subresource,
    namespace,
    name,
    object: { kind: optionsKind, apiVersion: 'v1', ...optionsOf(route, query) },
    objectKind: { group: '', version: 'v1', kind: optionsKind },
    context: { user, dryRun: false },
  })
}

function optionsOf({ subresource, rest }: ResourceRoute, query: URLSearchParams): object {
  const flags = ['stdin', 'stdout', 'stderr', 'tty'].flatMap((name) =>
    isTrue(query.get(name)) ? [[name, true] as const] : [],
  )
  const container = query.get('container')
  const command = query.getAll('command')
  switch (subresource) {
    case 'exec':
    case 'attach':
      return {
        ...Object.fromEntries(flags),
        ...(container ? { container } : {}),
        ...(command.length > 0 ? { command } : {}),
      }
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number))
      return ports.length > 0 ? { ports } : {}
    }
    default:
      return rest === '' ? {} : { path: rest }
  }
}
