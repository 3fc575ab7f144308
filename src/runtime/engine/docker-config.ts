// Owns the keys to registries that `docker login` has left on this machine: an engine's API takes them with each pull.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { messageOf } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import {
  registryCredentials,
  registryServer,
  type RegistryCredential,
} from '../../rules/kubernetes/registry-keys.ts'
import { RuntimeError } from '../runtime.ts'

/** What a credential helper says where it has no key (docker-credential-helpers, credentials/error.go). */
const NO_KEY = 'credentials not found in native keychain'

const HELPER_MS = 30_000

const run = promisify(execFile)

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The keys that fit an image: of the helper that the configuration names for its registry (`credHelpers`, `credsStore`), else
 * those in the file itself. Source: docs.docker.com, docker login, "Credential stores" and "Credential helpers".
 * @throws RuntimeError ImageNotFound when the helper fails
 */
export async function dockerKeys(environment: Environment, image: string): Promise<RegistryCredential[]> {
  const { auths, credHelpers, credsStore } = await configOf(environment)
  const server = registryServer(image)
  const helper = (isObject(credHelpers) && credHelpers[server]) || credsStore
  const key = typeof helper === 'string' ? await keyOf(server, helper, environment) : undefined
  if (key) return [key]
  return isObject(auths) ? registryCredentials([auths], image) : []
}

async function configOf({
  DOCKER_CONFIG,
  HOME = '/',
}: Environment): Promise<Readonly<Record<string, unknown>>> {
  try {
    const config: unknown = JSON.parse(
      await readFile(join(DOCKER_CONFIG || join(HOME, '.docker'), 'config.json'), 'utf8'),
    )
    return isObject(config) ? config : {}
  } catch {
    // Nobody has logged in, or Docker itself could not read it either.
    return {}
  }
}

async function keyOf(
  server: string,
  helper: string,
  env: Environment,
): Promise<RegistryCredential | undefined> {
  const program = `docker-credential-${helper}`
  let answer: string
  try {
    const asked = run(program, ['get'], { env, timeout: HELPER_MS })
    asked.child.stdin?.on('error', () => undefined).end(server)
    answer = (await asked).stdout
  } catch (cause) {
    // Helpers say on standard output what is wrong.
    const { stdout = '' } = cause as { readonly stdout?: string }
    if (stdout.includes(NO_KEY)) return undefined
    throw new RuntimeError(
      'ImageNotFound',
      `error getting credentials: ${stdout.trim() || messageOf(cause)}`,
      { cause },
    )
  }
  const key = keyIn(answer)
  // Nothing of the answer: it may be the secret.
  if (!key) throw new RuntimeError('ImageNotFound', `error getting credentials: ${program} gave no key`)
  return { ...key, serverAddress: server }
}

// The protocol of helpers: docker-credential-helpers, credentials.Credentials.
function keyIn(answer: string): Pick<RegistryCredential, 'username' | 'password'> | undefined {
  try {
    const { Username: username = '', Secret: password = '' } = JSON.parse(answer) as {
      Username?: string
      Secret?: string
    }
    return password === '' ? undefined : { username, password }
  } catch {
    return undefined
  }
}
