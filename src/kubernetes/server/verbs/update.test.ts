import { beforeAll, describe, expect, it } from 'vitest'

import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo, wholeText } from '../testing/send.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
})

async function putLease(metadata: { readonly name: string } & Readonly<Record<string, string>>) {
  const body = { metadata, spec: { holderIdentity: 'me' } }
  const answer = await sendTo(fixture.server, 'PUT', `${leases}/${metadata.name}`, { body })
  return { status: answer.status, body: JSON.parse(wholeText(answer)) as Record<string, unknown> }
}

describe('PUT of what is not there', () => {
  it('is a conflict for one with a uid: its object has been deleted', async () => {
    const { status, body } = await putLease({ name: 'gone', uid: 'u-1', resourceVersion: '7' })
    expect(status).toBe(409)
    expect(body).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on leases.coordination.k8s.io "gone": StorageError: invalid object, Code: 4, Key: /registry/leases/default/gone, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u-1, UID in object meta: ',
      details: { name: 'gone', group: 'coordination.k8s.io', kind: 'leases' },
    })
  })

  it('creates one without, whatever version it claims', async () => {
    const { status, body } = await putLease({ name: 'new', resourceVersion: '7' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ metadata: { name: 'new', namespace: 'default' } })
  })
})
