// Owns trying objects at an API server as they were tried at a real one: without keeping them, in a namespace of their own.
import { InternalError } from '../../../base/errors.ts'
import { apiRoot } from '../../../rules/kubernetes/resource-names.ts'
import { namespaces, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../../server/testing/api-fixture.ts'
import { sendTo } from '../../server/testing/send.ts'
import { builtinKinds } from '../index.ts'

/** An object as it was sent; one without a name is called `x`. */
export interface Tried {
  readonly kind: string
  readonly case: string
  readonly sent: { readonly metadata?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>
}

/** A server with the namespace `d`, in which pods may be made. */
export async function trialServer(): Promise<ApiFixture> {
  const fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
  return fixture
}

/** Creates the object with `dryRun=All`. */
export function tryObject({ server }: ApiFixture, tried: Tried): ReturnType<typeof sendTo> {
  const kind = builtinKinds.find(
    ({ resource }) => resource.kind === tried.kind && resource.group !== 'events.k8s.io',
  )
  if (!kind) throw new InternalError(`${tried.kind} is not served`)
  const { namespaced, plural } = kind.resource
  const url = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}?dryRun=All`
  const named = tried.sent.metadata && 'generateName' in tried.sent.metadata ? {} : { name: 'x' }
  const body = { ...tried.sent, metadata: { ...named, ...tried.sent.metadata } }
  return sendTo(server, 'POST', url, { body })
}
