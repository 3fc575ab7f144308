import { expect, it } from 'vitest'

import { systemClock } from '../../../../base/clock.ts'
import { FakeClient } from '../../../../kubernetes/client/testing/fake-client.ts'
import { addons } from './catalog.ts'
import { deleteManifests } from './install.ts'

const install = {
  region: 'eu-west-1',
  clusterName: 'c',
  clusterEndpoint: 'https://127.0.0.1:1',
  serviceCidr: '10.100.0.0/16',
  version: 'v1.0.0-eksbuild.1',
  values: {},
}

it.each(addons.map(({ name, manifests }) => ({ name, manifests: manifests(install) })))(
  'each object of add-on $name is of a kind that add-ons may have',
  async ({ manifests }) => {
    const client = new FakeClient({ clock: systemClock })
    expect(manifests.length).toBeGreaterThan(0)
    // What is not there is no error; a kind that nobody knows is.
    await expect(deleteManifests(client, manifests)).resolves.toBeUndefined()
  },
)
