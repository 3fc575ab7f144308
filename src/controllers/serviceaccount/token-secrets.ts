// Owns secrets of type kubernetes.io/service-account-token: a token for the account they name; without it they go.
// Source: kubernetes pkg/controller/serviceaccount/tokens_controller.go.
import type { Secret } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { secrets, serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'

const TYPE = 'kubernetes.io/service-account-token'
const ACCOUNT_NAME = 'kubernetes.io/service-account.name'
const ACCOUNT_UID = 'kubernetes.io/service-account.uid'
const BY_ACCOUNT = 'token-secrets/account'

/** Signs a token that lasts as long as its secret does. */
export type IssueToken = (binding: {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly secretName: string
}) => Promise<string>

/** The control loop of token secrets. */
export function createTokenSecretController(
  context: ControllerContext,
  { caPem, issueToken }: { readonly caPem: string; readonly issueToken: IssueToken },
): Controller {
  const all = context.informer(secrets)
  const accounts = context.informer(serviceAccounts)
  all.addIndex(BY_ACCOUNT, (secret) => {
    const account = accountOf(secret)
    return account === undefined ? [] : [account]
  })
  return {
    name: 'service-account-token',
    sources: [
      all.source((secret) => (accountOf(secret) === undefined ? [] : [keyFor(secret)])),
      accounts.source(({ metadata }) =>
        all.byIndex(BY_ACCOUNT, `${metadata.namespace}/${metadata.name}`).map(keyFor),
      ),
    ],
    async reconcile(key) {
      const secret = all.get(key)
      const account = secret && accountOf(secret)
      if (!secret || account === undefined || secret.metadata.deletionTimestamp) return
      const { name, namespace = '', annotations } = secret.metadata
      const uid = accounts.get(account)?.metadata.uid ?? (await liveUid(context, account))
      const named = annotations?.[ACCOUNT_UID]
      if (uid === undefined || (named !== undefined && named !== uid)) return remove(context, secret)
      const data = {
        ...secret.data,
        'ca.crt': encode(caPem),
        namespace: encode(namespace),
        token:
          secret.data?.['token'] ??
          encode(await issueToken({ namespace, name: nameOf(account), uid, secretName: name })),
      }
      if (named === uid && deepEqual(secret.data, data)) return
      const metadata = { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } }
      await unlessOvertaken(() => context.client.update(secrets, { ...secret, metadata, data }))
    },
  }
}

/** `namespace/name` of the account that a token secret names; undefined for other secrets. */
function accountOf({ type, metadata }: Secret): string | undefined {
  const name = metadata.annotations?.[ACCOUNT_NAME]
  return type === TYPE && name ? `${metadata.namespace}/${name}` : undefined
}

function keyFor({ metadata }: Secret): string {
  return `${metadata.namespace}/${metadata.name}`
}

function nameOf(account: string): string {
  return account.slice(account.indexOf('/') + 1)
}

// The informer may be behind: ask, before a secret goes whose account has just been made.
async function liveUid({ client }: ControllerContext, account: string): Promise<string | undefined> {
  const namespace = account.slice(0, account.indexOf('/'))
  try {
    return (await client.get(serviceAccounts, { namespace, name: nameOf(account) })).metadata.uid
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function remove({ client }: ControllerContext, { metadata }: Secret): Promise<void> {
  const { name, namespace = '', uid, resourceVersion } = metadata
  await unlessOvertaken(() =>
    client.delete(secrets, { namespace, name }, { preconditions: { uid, resourceVersion } }),
  )
}

// Whoever wrote or removed it in between wakes this loop again.
async function unlessOvertaken(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
