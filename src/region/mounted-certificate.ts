// Owns the certificate that a container serves by: what a Secret holds that is mounted into it.
import { isNotFound } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { pods, secrets } from '../kubernetes/client/resources.ts'
import type { ContainerSpec, SandboxSpec } from '../runtime/runtime.ts'
import type { StandinCertificate } from '../runtime/standin/builtins.ts'

export interface MountedCertificateOptions {
  readonly sandbox: SandboxSpec
  readonly container: ContainerSpec
  /** Where the container looks for `tls.crt` and `tls.key`. */
  readonly directory: string
}

/** What the Secret says now; undefined when none is mounted there, or it is not a certificate's. */
export async function servingCertificate(
  client: KubernetesClient,
  { sandbox: { namespace, name }, container, directory }: MountedCertificateOptions,
): Promise<StandinCertificate | undefined> {
  try {
    const { spec } = await client.get(pods, { namespace, name })
    const mounts = spec.containers.find((each) => each.name === container.name)?.volumeMounts ?? []
    const volume = mounts.find(({ mountPath }) => mountPath.replace(/\/$/, '') === directory)?.name
    const secretName = spec.volumes?.find((each) => each.name === volume)?.secret?.secretName
    if (secretName === undefined) return undefined
    const { data = {} } = await client.get(secrets, { namespace, name: secretName })
    const { 'tls.crt': cert, 'tls.key': key } = data
    return cert === undefined || key === undefined ? undefined : { cert: decode(cert), key: decode(key) }
  } catch (error) {
    // The pod or the Secret has gone meanwhile.
    if (isNotFound(error)) return undefined
    throw error
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
