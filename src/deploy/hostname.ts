// Owns the wait for a hostname in the status of a Service, an Ingress or a Gateway, and what its events say of why none comes.
import type { Event } from '../../generated/kubernetes.d.ts'
import { UserError } from '../base/errors.ts'
import type { BalancedObject } from '../explain/balanced.ts'
import type { KubernetesClient, Resource } from '../kubernetes/client/client.ts'
import { events } from '../kubernetes/client/resources.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { DeployContext } from './context.ts'
import { waitFor } from './wait.ts'

/** A kind that gets load balancers. */
export interface Balanced<T extends BalancedObject> {
  readonly resource: Resource<T>
  /** That of a load balancer which is there. */
  readonly hostnameOf: (object: T) => string | undefined
  /** The annotation that names certificates, as the help calls it. */
  readonly certificates: string
}

export interface HostnameOptions {
  readonly context: DeployContext
  readonly kubernetes: KubernetesClient
  readonly timeoutMs: number
  readonly detail: (text: string) => void
}

// The controller tries again at once, so that what it refers to may still be in the making.
const FAILED_BUILD_GRACE_MS = 5_000

/**
 * Waits until the controller has written a hostname into the object's status.
 * @throws UserError when it cannot make the load balancer, or time runs out
 */
export async function withHostname<T extends BalancedObject>(
  { resource, certificates, hostnameOf }: Balanced<T>,
  key: { readonly namespace: string; readonly name: string },
  { context, kubernetes, timeoutMs, detail }: HostnameOptions,
): Promise<{ readonly object: T; readonly hostname: string }> {
  const noun = resource.kind.toLowerCase()
  const subject = `${noun} ${key.namespace}/${key.name}`
  let lastEvent = ''
  let failedSinceMs: number | undefined
  return waitFor(
    async () => {
      const object = await kubernetes.get(resource, key)
      const hostname = hostnameOf(object)
      if (hostname !== undefined) return { object, hostname }
      const happened = await eventsOf(kubernetes, resource.kind, object)
      const latest = happened.at(-1)
      if (latest) lastEvent = `; last event: ${latest.reason}: ${latest.message}`
      detail(`${key.name}: waiting for a hostname${lastEvent}`)
      if (!latest || !isHopeless(latest)) failedSinceMs = undefined
      else if (context.clock.now() - (failedSinceMs ??= context.clock.now()) >= FAILED_BUILD_GRACE_MS) {
        throw new UserError(`${subject} gets no load balancer: ${latest.message}`, {
          help: NO_CERTIFICATE.test(latest.message ?? '')
            ? `Make the certificate that ${certificates} names, by aws acm request-certificate or import-certificate, and run the same command again.`
            : `Correct the ${resource.kind} and run the same command again.`,
        })
      }
      return undefined
    },
    {
      clock: context.clock,
      pace: context.pace,
      timeoutMs,
      describe: () => ({
        message: `${subject} has no load balancer${lastEvent}`,
        help: `Look closer with: kubectl -n ${key.namespace} describe ${noun} ${key.name}`,
      }),
    },
  )
}

// What trying again does not mend. FailedLoadGroupID is of Ingresses: a class or a group that cannot be.
const HOPELESS: ReadonlySet<string | undefined> = new Set(['FailedBuildModel', 'FailedLoadGroupID'])
const NO_CERTIFICATE = /Certificate '[^']*' not found/

/** An object that is wrong, or a certificate that nobody has made. */
function isHopeless({ reason, message = '' }: Event): boolean {
  return HOPELESS.has(reason) || (reason === 'FailedDeployModel' && NO_CERTIFICATE.test(message))
}

// Events of the object as it is now, oldest first: those of an earlier mistake stay for an hour.
async function eventsOf(
  kubernetes: KubernetesClient,
  kind: string,
  object: BalancedObject,
): Promise<readonly Event[]> {
  const { name, namespace = 'default' } = object.metadata
  const { items } = await kubernetes.list(events, {
    namespace,
    fieldSelector: `involvedObject.name=${name},involvedObject.kind=${kind}`,
  })
  const changedAtMs = changedAt(object)
  return items.filter((event) => timeOf(event) >= changedAtMs).toSorted((a, b) => timeOf(a) - timeOf(b))
}

// Server-side apply keeps the time of the last change of what was applied, to the second.
function changedAt({ metadata }: BalancedObject): number {
  const applied = metadata.managedFields?.find(({ manager }) => manager === FIELD_MANAGER)
  return Date.parse(applied?.time ?? metadata.creationTimestamp)
}

function timeOf(event: Event): number {
  const { lastTimestamp, eventTime, firstTimestamp, metadata } = event
  return Date.parse(lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp)
}
