// Owns virtual MFA devices: their seeds, and whose they are.
import type {
  CreateVirtualMFADeviceRequest,
  CreateVirtualMFADeviceResponse,
  DeactivateMFADeviceRequest,
  DeleteVirtualMFADeviceRequest,
  EnableMFADeviceRequest,
  ListMFADevicesRequest,
  ListMFADevicesResponse,
  ListVirtualMFADevicesRequest,
  ListVirtualMFADevicesResponse,
  VirtualMFADevice,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import { encodeBase32, isPairOfCodes } from '../../../rules/iam/totp.ts'
import { operation } from '../../protocol/operation.ts'
import { alreadyExists, deleteConflict, noSuchEntity } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import type { IamState, MfaDeviceRecord } from './state.ts'
import { readTags, TAGS } from './tags.ts'
import { describeInList, findUser, userNameOf } from './users.ts'

// "Base32StringSeed": 64 characters.
const SEED_BYTES = 40

/** @throws AwsError EntityAlreadyExists */
export const createVirtualMFADevice = operation<
  IamState,
  CreateVirtualMFADeviceRequest,
  CreateVirtualMFADeviceResponse
>()({
  honours: ['VirtualMFADeviceName', 'Path', ...TAGS],
  handle: async (input, iam) => {
    const serial = iam.arn('mfa', input.Path ?? '/', input.VirtualMFADeviceName ?? '')
    const seed = encodeBase32(Buffer.from(iam.deps.ids.hex(SEED_BYTES * 2), 'hex'))
    const device: MfaDeviceRecord = { serial, seed, tags: readTags(input.Tags) }
    if (!(await iam.devices.create(serial, device))) {
      throw alreadyExists('MFADevice entity at the same path and name already exists.')
    }
    // A picture of the seed (QRCodePNG) is not drawn.
    const shown = { SerialNumber: serial, Base32StringSeed: Buffer.from(seed) }
    return { VirtualMFADevice: { ...shown, ...tagsOf(device) } }
  },
})

function tagsOf({ tags }: MfaDeviceRecord): Pick<VirtualMFADevice, 'Tags'> {
  return tags.length > 0 ? { Tags: [...tags] } : {}
}

function findDevice(iam: IamState, serial: string | undefined): MfaDeviceRecord {
  const device = iam.devices.get(serial ?? '')
  if (!device) throw noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`)
  return device
}

/** @throws AwsError NoSuchEntity, DeleteConflict while it is somebody's */
export const deleteVirtualMFADevice = operation<IamState, DeleteVirtualMFADeviceRequest, void>()({
  honours: ['SerialNumber'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const { serial, userName } = findDevice(iam, input.SerialNumber)
      if (userName !== undefined) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.')
      iam.devices.deleteIn(tx, serial)
    })
  },
})

export const listVirtualMFADevices = operation<
  IamState,
  ListVirtualMFADevicesRequest,
  ListVirtualMFADevicesResponse
>()({
  honours: ['AssignmentStatus', ...PAGES],
  handle: (input, iam) => {
    const { AssignmentStatus: status = 'Any' } = input
    const devices = iam.devices
      .list()
      .filter(({ userName }) => status === 'Any' || (status === 'Assigned') === (userName !== undefined))
    const { items, more } = pageOf(devices, input)
    return {
      VirtualMFADevices: items.map((device) => ({
        SerialNumber: device.serial,
        ...(device.userName === undefined ? {} : { User: describeInList(findUser(iam, device.userName)) }),
        ...(device.enabledAtMs === undefined ? {} : { EnableDate: new Date(device.enabledAtMs) }),
        ...tagsOf(device),
      })),
      ...more,
    }
  },
})

/** Takes two codes in a row, as the device shows them. @throws AwsError NoSuchEntity, InvalidAuthenticationCode */
export const enableMFADevice = operation<IamState, EnableMFADeviceRequest, void>()({
  honours: ['UserName', 'SerialNumber', 'AuthenticationCode1', 'AuthenticationCode2'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      const { name: userName } = findUser(iam, input.UserName)
      const device = findDevice(iam, input.SerialNumber)
      if (device.userName !== undefined) {
        throw alreadyExists(`MFADevice entity with serial number ${device.serial} already exists.`)
      }
      const now = iam.deps.clock.now()
      const codes = [input.AuthenticationCode1 ?? '', input.AuthenticationCode2 ?? ''] as const
      if (!isPairOfCodes(device.seed ?? '', codes, now)) {
        throw new AwsError('InvalidAuthenticationCode', 'Authentication code for device is not valid', {
          status: 403,
        })
      }
      iam.devices.putIn(tx, device.serial, { ...device, userName, enabledAtMs: now })
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const deactivateMFADevice = operation<IamState, DeactivateMFADeviceRequest, void>()({
  honours: ['UserName', 'SerialNumber'],
  handle: async (input, iam, { principal }) => {
    const name = userNameOf(iam, input.UserName, principal)
    await iam.deps.store.transact((tx) => {
      findUser(iam, name)
      const { userName, enabledAtMs: _, ...device } = findDevice(iam, input.SerialNumber)
      if (userName !== name) throw noSuchEntity(`Device with serial ${device.serial} not found`)
      iam.devices.putIn(tx, device.serial, device)
    })
  },
})

/** Those of one user. @throws AwsError NoSuchEntity */
export const listMFADevices = operation<IamState, ListMFADevicesRequest, ListMFADevicesResponse>()({
  honours: ['UserName', ...PAGES],
  handle: (input, iam, { principal }) => {
    const { name } = findUser(iam, userNameOf(iam, input.UserName, principal))
    const { items, more } = pageOf(
      iam.devices.list().filter(({ userName }) => userName === name),
      input,
    )
    return {
      MFADevices: items.map(({ serial, enabledAtMs = 0 }) => ({
        UserName: name,
        SerialNumber: serial,
        EnableDate: new Date(enabledAtMs),
      })),
      ...more,
    }
  },
})
