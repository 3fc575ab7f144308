// Owns the PodTemplate kind.
import type { PodTemplate } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { podTemplates } from '../client/resources.ts'
import { containerColumns, formatPairs, nameColumn } from './columns.ts'
import { defineKind } from './kind.ts'
import { defaultTemplate } from './pod-defaults.ts'
import { podWarnings } from './pod-warnings.ts'
import { validatePodTemplate } from './pod-spec.ts'

export const podTemplateKind = defineKind<PodTemplate>({
  resource: podTemplates,
  type: 'core/v1.PodTemplate',
  generation: true,
  warnings: ({ template = {} }, old) =>
    old && deepEqual(old.template, template) ? [] : podWarnings(template, 'template'),
  defaults: defaultTemplate,
  columns: [
    nameColumn,
    ...containerColumns<PodTemplate>(({ template }) => template?.spec?.containers ?? []).map(
      ({ priority: _wide, ...column }) => column,
    ),
    { name: 'Pod Labels', type: 'string', cell: ({ template }) => formatPairs(template?.metadata?.labels) },
  ],
  validate: ({ template }) => validatePodTemplate(template, 'template'),
})
