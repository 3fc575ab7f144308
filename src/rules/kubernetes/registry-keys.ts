// Owns which keys to registries fit an image, of the files that `docker login` writes and of secrets like them.
import { wildcardMatches } from '../../base/glob.ts'
import { isObject } from '../../base/json.ts'
import { fullImageName } from './image-name.ts'

export interface RegistryCredential {
  /** `<token>`: the password is an identity token. */
  readonly username: string
  readonly password: string
  readonly serverAddress: string
}

/** The part `auths` of a Docker configuration: entries by server. */
export type RegistryAuths = Readonly<Record<string, unknown>>

const DOCKER_HUB = 'docker.io'

/**
 * The keys that fit an image, in the order in which the kubelet tries them: more specific servers first, and of one server
 * in the order of the files. Source: kubernetes pkg/credentialprovider/keyring.go; kubernetes.io, Images, "Interpretation of
 * config.json".
 */
export function registryCredentials(files: readonly RegistryAuths[], image: string): RegistryCredential[] {
  const name = (fullImageName(image) ?? '').replace(/@.*$|:[^/]*$/, '')
  const fitting = files.flatMap((auths) =>
    Object.entries(auths).flatMap(([server, entry]) => {
      const key = serverKey(server)
      const [username, password] = isObject(entry) && covers(key, name) ? keysOf(entry) : []
      if (username === undefined || password === undefined) return []
      return [{ key, credential: { username, password, serverAddress: server } }]
    }),
  )
  return fitting
    .toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0))
    .map(({ credential }) => credential)
}

/** The registry of an image as `docker login` and its helpers name it. */
export function registryServer(image: string): string {
  const [host = ''] = (fullImageName(image) ?? '').split('/')
  return host === DOCKER_HUB ? 'https://index.docker.io/v1/' : host
}

// `https://index.docker.io/v1/`, `registry.example.com`, `registry.example.com/team`.
function serverKey(server: string): string {
  return server
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\//, '/')
    .replace(/\/(v[12])?$/, '')
    .replace(/^index\.docker\.io/, DOCKER_HUB)
}

// A part of the host may have wildcards, and none of them stands for more than its part; a path covers what begins with it.
function covers(key: string, name: string): boolean {
  const [keyHost = '', ...keyPath] = key.split('/')
  const [host = '', ...path] = name.split('/')
  const [keyName = '', keyPort] = keyHost.split(':')
  const [hostName = '', port] = host.split(':')
  const [keyParts, parts] = [keyName.split('.'), hostName.split('.')]
  return (
    keyPort === port &&
    keyParts.length === parts.length &&
    keyParts.every((part, index) => wildcardMatches(part, parts[index] ?? '')) &&
    path.join('/').startsWith(keyPath.join('/'))
  )
}

function keysOf(entry: Readonly<Record<string, unknown>>): readonly (string | undefined)[] {
  const { auth, username, password, identitytoken } = entry
  if (typeof identitytoken === 'string' && identitytoken !== '') return ['<token>', identitytoken]
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString()
    const colon = text.indexOf(':')
    return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1).replace(/^\0+|\0+$/g, '')]
  }
  return typeof username === 'string' && username !== '' && typeof password === 'string'
    ? [username, password]
    : []
}
