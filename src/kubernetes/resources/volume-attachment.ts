// Owns the VolumeAttachment kind: the wish that a volume is attached to a node, and whether it is.
import type { VolumeAttachment } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { volumeAttachments } from '../client/resources.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, required, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'
import { defineKind } from './kind.ts'
import { validateInlineVolume } from './persistent-volume-rules.ts'
import { validateDriverName } from './storage-rules.ts'

const EXACTLY_ONE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

function validateSource({ source }: VolumeAttachment['spec']): FieldError[] {
  const field = 'spec.source'
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source ?? {}
  if (name === undefined && inline === undefined) return [required(field, EXACTLY_ONE)]
  if (name !== undefined && inline !== undefined) return [forbidden(field, EXACTLY_ONE)]
  if (inline !== undefined) return validateInlineVolume(inline, `${field}.inlineVolumeSpec`)
  if (name) return []
  return [required(`${field}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
}

function validate({ spec }: VolumeAttachment): FieldError[] {
  return [
    ...(spec.attacher ? [] : [required('spec.attacher')]),
    ...validateSource(spec),
    ...namedBy('spec.nodeName', spec.nodeName, 'subdomain'),
  ]
}

// v1 alone checks these (ValidateVolumeAttachmentV1).
function validateCreate({ spec }: VolumeAttachment): FieldError[] {
  const name = spec.source?.persistentVolumeName
  return [
    ...validateDriverName('spec.attacher', spec.attacher),
    ...(name === undefined ? [] : namedBy('spec.source.persistentVolumeName', name, 'subdomain')),
  ]
}

// The spec as Go prints it: the fields of the internal type.
function printSpec({ attacher, source, nodeName }: VolumeAttachment['spec']): object {
  const { persistentVolumeName = null, inlineVolumeSpec = null } = source ?? {}
  return {
    Attacher: attacher,
    Source: { PersistentVolumeName: persistentVolumeName, InlineVolumeSpec: inlineVolumeSpec },
    NodeName: nodeName,
  }
}

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  resource: volumeAttachments,
  type: 'storage/v1.VolumeAttachment',
  needsVersion: true,
  status: true,
  columns: [
    nameColumn,
    { name: 'Attacher', type: 'string', format: 'name', cell: ({ spec }) => spec.attacher },
    { name: 'PV', type: 'string', cell: ({ spec }) => spec.source?.persistentVolumeName ?? '' },
    { name: 'Node', type: 'string', cell: ({ spec }) => spec.nodeName },
    { name: 'Attached', type: 'boolean', cell: ({ status }) => status?.attached ?? false },
    ageColumn,
  ],
  prepareForCreate: (attachment) => ({ ...attachment, status: { attached: false } }),
  validate,
  validateCreate,
  validateUpdate: (next, old) =>
    deepEqual(next.spec, old.spec) ? [] : [invalid('spec', printSpec(next.spec), 'field is immutable')],
})
