import { expect, test } from 'vitest'

import { persistentVolumeClaims, storageClasses } from '../../kubernetes/client/resources.ts'
import { EFS_DRIVER, NO_FILE_SYSTEMS } from '../../rules/kubernetes/csi.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createClaimController } from './claims.ts'
import { createRefusingProvisioner } from './refusing-provisioner.ts'

test('a claim hears why it stays without a volume', async () => {
  await using rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  const options = { driver: EFS_DRIVER, podName: 'efs-csi-controller-1', why: NO_FILE_SYSTEMS }
  rehearsal.start(createClaimController(context), createRefusingProvisioner(context, options))
  await client.create(storageClasses, { metadata: { name: 'files' }, provisioner: EFS_DRIVER })
  await client.create(storageClasses, { metadata: { name: 'other' }, provisioner: 'x.y' })
  for (const name of ['files', 'other']) {
    await client.create(persistentVolumeClaims, {
      metadata: { namespace: 'default', name },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: name,
        resources: { requests: { storage: '1Gi' } },
      },
    })
  }
  await rehearsal.settle()
  expect((await rehearsal.told()).filter((text) => text.startsWith('Provisioning'))).toEqual([
    'Provisioning: External provisioner is provisioning volume for claim "default/files"',
    'ProvisioningFailed: failed to provision volume with StorageClass "files": rpc error: code = Unimplemented desc = file systems of EFS are not emulated',
  ])
})
