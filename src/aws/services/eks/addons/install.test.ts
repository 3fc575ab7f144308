import { expect, it } from 'vitest'

import { systemClock } from '../../../../base/clock.ts'
import { FakeClient } from '../../../../kubernetes/client/testing/fake-client.ts'
import { addons } from './catalog.ts'
import { applyManifests, deleteManifests } from './install.ts'

const install = {
  region: 'eu-west-1',
  clusterName: 'c',
  clusterEndpoint: 'https://127.0.0.1:1',
  serviceIpv4Cidr: '10.100.0.0/16',
  version: 'v1.0.0-eksbuild.1',
  values: {},
}

it.each(addons.map(({ name, manifests }) => ({ name, manifests: manifests(install) })))(
  'add-on $name can be put in and taken out, every object of it',
  async ({ manifests }) => {
    const client = new FakeClient({ clock: systemClock })
    const done = (verb: string): number => client.actions.filter((action) => action.verb === verb).length
    await applyManifests(client, manifests, { force: true })
    expect(done('patch')).toBe(manifests.length)
    await deleteManifests(client, manifests)
    expect(done('delete')).toBe(manifests.length)
  },
)
