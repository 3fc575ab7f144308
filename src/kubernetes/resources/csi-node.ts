// Owns the CSINode kind: which CSI drivers run on a node, and how many volumes each can attach there.
import type { CSINode, CSINodeDriver } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { csiNodes } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, invalid, required, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { validateQualifiedName } from './naming.ts'
import { atLeastZero } from './field-rules.ts'
import { validateDriverName } from './storage-rules.ts'

const MAXIMUM_NODE_ID = 256

function validateDriver(driver: CSINodeDriver, at: string): FieldError[] {
  const { name, nodeID, allocatable, topologyKeys } = driver
  const keys = topologyKeys ?? []
  return [
    ...validateDriverName(`${at}.name`, name),
    ...(nodeID ? [] : [required(`${at}.nodeID`)]),
    ...(nodeID.length > MAXIMUM_NODE_ID
      ? [invalid(`${at}.nodeID`, nodeID, `must be ${MAXIMUM_NODE_ID} characters or less`)]
      : []),
    ...atLeastZero(`${at}.allocatable.count`, allocatable?.count),
    ...keys.flatMap((key, i) => [
      ...(key ? [] : [required(at)]),
      ...(keys.indexOf(key) < i ? [duplicate(at, key)] : []),
      ...validateQualifiedName(at, key),
    ]),
  ]
}

function validate({ spec }: CSINode): FieldError[] {
  const names = spec.drivers.map(({ name }) => name)
  return spec.drivers.flatMap((driver, i) => {
    const at = `spec.drivers[${i}]`
    const isTwice = names.indexOf(driver.name) < i
    return [...validateDriver(driver, at), ...(isTwice ? [duplicate(`${at}.name`, driver.name)] : [])]
  })
}

// Drivers come and go; what stands of one stays, but for how many volumes it can attach.
function validateUpdate(next: CSINode, old: CSINode): FieldError[] {
  const fixed = ({ allocatable: _count, ...rest }: CSINodeDriver): object => rest
  return next.spec.drivers.flatMap((driver) => {
    const before = old.spec.drivers.find(({ name }) => name === driver.name)
    if (!before || deepEqual(fixed(before), fixed(driver))) return []
    return [invalid('spec.drivers', driver, 'field is immutable')]
  })
}

export const csiNodeKind = defineKind<CSINode>({
  resource: csiNodes,
  type: 'storage/v1.CSINode',
  needsVersion: true,
  columns: [
    nameColumn,
    { name: 'Drivers', type: 'integer', cell: ({ spec }) => spec.drivers.length },
    ageColumn,
  ],
  validate,
  validateUpdate,
})
